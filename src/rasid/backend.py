"""What runs the network: the interface that the pipeline needs, and its implementation with ONNX Runtime."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from rasid.candidates import APART, Pairs, SpanWords
from rasid.cores import cores
from rasid.encoding import Encoding
from rasid.errors import ModelError
from rasid.linking import Floats
from rasid.records import LABELS
from rasid.words import Words

Ints = NDArray[np.int64]
TAGGER_ONNX, LINKER_ONNX = "tagger.onnx", "linker.onnx"


class Backend(Protocol):
    """Runs the two parts of the network; ONNX Runtime for users, torch during training."""

    def encode(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
        """Piece ids and mask of shape (batch, positions) to label logits (batch, positions, labels) and vectors (…, hidden)."""
        ...

    def link(self, hidden: Floats, inputs: dict[str, Ints]) -> tuple[Floats, Floats]:
        """Vectors (pieces, hidden) and `link_inputs` to logits of spans and of pairs, as `rasid.linking.read_links` takes them."""
        ...


def link_inputs(spans: Sequence[SpanWords], pairs: Pairs, encoding: Encoding, words: Words) -> dict[str, Ints]:
    """The linker's inputs by name: spans as pieces, label numbers and sentence numbers, pairs as span numbers and features."""
    return {
        "first": np.asarray([encoding.first[s.first] for s in spans], dtype=np.int64),
        "last": np.asarray([encoding.last[s.last] for s in spans], dtype=np.int64),
        "label": np.asarray([LABELS.index(s.label) for s in spans], dtype=np.int64),
        "sentence": np.asarray([words.items[s.first].sentence for s in spans], dtype=np.int64),
        "head": pairs.head,
        "other": pairs.other,
        "features": pairs.features,
    }


def join_inputs(parts: Sequence[tuple[Floats, dict[str, Ints]]]) -> tuple[Floats, dict[str, Ints]]:
    """Vectors and `link_inputs` of several texts as those of one, whose sentences stand so far apart that no text sees another."""
    if len(parts) == 1:
        return parts[0]
    joined: dict[str, list[Ints]] = {name: [] for name in parts[0][1]}
    pieces = spans = sentence = 0
    for hidden, inputs in parts:
        shifts = {"first": pieces, "last": pieces, "head": spans, "other": spans, "sentence": sentence - int(inputs["sentence"].min())}
        for name, value in inputs.items():
            joined[name].append(value + shifts[name] if name in shifts else value)
        pieces += len(hidden)
        spans += len(inputs["first"])
        sentence = int(joined["sentence"][-1].max()) + APART
    return np.concatenate([hidden for hidden, _ in parts]), {name: np.concatenate(values) for name, values in joined.items()}


class OnnxBackend:
    """The exported network on ONNX Runtime.

    Args:
        folder: holds `tagger.onnx` and `linker.onnx`.
        threads: CPU threads; None is one for each core this process may use.

    Raises:
        ModelError: where a file is missing or is no ONNX model.
    """

    def __init__(self, folder: Path, *, threads: int | None = None):
        import onnxruntime as ort  # heavy: not at import of rasid

        options = ort.SessionOptions()
        options.intra_op_num_threads = threads or cores()
        options.inter_op_num_threads = 1
        options.log_severity_level = 3

        def session(name: str) -> ort.InferenceSession:
            path = folder / name
            if not path.is_file():
                raise ModelError(f"{folder}: got no {name}, expected a folder written by training/export.py")
            try:
                return ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
            except Exception as error:  # ONNX Runtime has no public base class of its errors
                raise ModelError(f"{path}: not a model that ONNX Runtime {ort.__version__} reads: {error}") from error

        self._tagger = session(TAGGER_ONNX)
        self._linker = session(LINKER_ONNX)

    def encode(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
        """See `Backend.encode`."""
        logits, hidden = self._tagger.run(["logits", "hidden"], {"input_ids": ids, "attention_mask": mask})
        return logits, hidden

    def link(self, hidden: Floats, inputs: dict[str, Ints]) -> tuple[Floats, Floats]:
        """See `Backend.link`."""
        spans, pairs = self._linker.run(["span_logits", "pair_logits"], {"hidden": hidden, **inputs})
        return spans, pairs
