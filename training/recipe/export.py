"""A checkpoint to the int8 ONNX package, with the parity of the two checked on dev."""

from __future__ import annotations

import datetime
import json
import logging
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoTokenizer

import rasid
from rasid.analysis import Analysis, SpecialPieces
from rasid.backend import LINKER_ONNX, TAGGER_ONNX, OnnxBackend
from rasid.encoding import PieceEncoder
from rasid.errors import ModelError
from rasid.evaluation import Scores, evaluate
from rasid.grouping import GroupingOptions
from rasid.labels import IOB2
from rasid.package import FORMAT, MANIFEST_FILE, TOKENIZER_FILE, Manifest
from rasid.words import split_words
from recipe.calibration import choose_options, event_confidence, span_temperature
from recipe.card import rare_statuses, write_package_card
from recipe.config import DataConfig
from recipe.data import about_training, cut_texts, read_gold, training_documents
from recipe.int8 import write_int8
from recipe.model import PREPARATION_FILE, EventModel, SpanInputs
from recipe.run import piece_ids
from recipe.trainer import FIGURES, TorchBackend, read_all, records_of

log = logging.getLogger("export")
OWN_REPORTS = "training/corpus/reports.jsonl"
SAMPLES = 100  # of the project's own reports, to which the quantisation is fitted


class _Tagger(nn.Module):
    """The part that runs over pieces: label logits and the last layer."""

    def __init__(self, model: EventModel):
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        return self.model.encode(input_ids, attention_mask)


class _Linker(nn.Module):
    """The part that runs over spans, with its inputs by position."""

    def __init__(self, model: EventModel):
        super().__init__()
        self.linker = model.linker

    def forward(
        self, hidden: Tensor, first: Tensor, last: Tensor, label: Tensor, sentence: Tensor, head: Tensor, other: Tensor, features: Tensor
    ) -> tuple[Tensor, Tensor]:
        out: tuple[Tensor, Tensor] = self.linker(hidden, SpanInputs(first, last, label, sentence, head, other, features))
        return out


def export(
    checkpoint: Path,
    output: Path,
    *,
    name: str,
    version: str,
    dev_files: Sequence[str],
    calibration_files: Sequence[str] = (),
    raw: str | None = None,
    int8: bool = True,
    seeds: Path | None = None,
    trained_on: DataConfig | None = None,
) -> dict[str, Any]:
    """Write the package and return its parity figures (also written to `parity.json` in it).

    Args:
        checkpoint: the `model` folder of a run.
        output: the package's folder; what is in it is replaced.
        dev_files: annotated documents on which options and the temperature of the spans' scores are chosen and parity is checked.
        calibration_files: annotated documents on which the events' confidence is fitted; `dev_files` where there are none. Others, that
            nothing was trained on, leave dev to say how good it is.
        raw: the gzipped file of articles that calibration files without texts were made on.
        seeds: a table written by `training/seeds.py -o`, for the card.
        trained_on: the data that the card names, where the checkpoint is a mean of runs and each run knows its own share alone; None is
            what the checkpoint says itself.

    Raises:
        ModelError: where the checkpoint is incomplete.
        InputError: where annotated documents cannot be read; the package is as it was then.
    """
    if not (checkpoint / PREPARATION_FILE).is_file():
        raise ModelError(f"{checkpoint}: got no {PREPARATION_FILE}, expected the `model` folder of a run of training/train.py")
    preparation = json.loads((checkpoint / PREPARATION_FILE).read_text(encoding="utf-8"))
    dev = [document for path in dev_files for document in read_gold(path, split="test")]
    texts = cut_texts(calibration_files, raw) if raw else {}
    fitted_on = [document for path in calibration_files for document in read_gold(path, split="test", texts=texts)] or dev
    table = json.loads(seeds.read_text(encoding="utf-8")) if seeds else None
    training = about_training(training_documents(trained_on), trained_on) if trained_on else preparation
    model = EventModel.load(checkpoint).eval()
    output.parent.mkdir(parents=True, exist_ok=True)
    # Half a new package over half an old one would load, and read nonsense: it is made beside its place and put there whole.
    with tempfile.TemporaryDirectory(dir=output.parent, prefix=f".{output.name}-") as beside:
        made = Path(beside)
        encoder, special = _write_network(model, checkpoint, preparation, made, int8=int8)
        full = read_all(dev, TorchBackend(model, bf16=False), encoder, special)
        small = read_all(dev, OnnxBackend(made), encoder, special)
        options = choose_options(dev, small)
        temperature = span_temperature(dev, OnnxBackend(made), encoder, special)
        read_again = read_all(fitted_on, OnnxBackend(made), encoder, special, temperature)
        manifest = Manifest(
            format=FORMAT,
            name=name,
            version=version,
            labels=IOB2,
            normalization=preparation["normalization"],
            max_positions=preparation["max_positions"],
            overlap=preparation["overlap"],
            cls=special.cls,
            sep=special.sep,
            pad=special.pad,
            temperature=temperature,
            grouping=options,
            confidence=event_confidence(fitted_on, read_again, GroupingOptions(**options)),
        )
        (made / MANIFEST_FILE).write_text(manifest.model_dump_json(indent=1) + "\n", encoding="utf-8")
        parity = _parity(dev, full, small, GroupingOptions(**options))
        parity["mib"] = round(sum(f.stat().st_size for f in made.iterdir() if f.is_file()) / 2**20, 1)
        parity["rasid"] = rasid.__version__
        (made / "parity.json").write_text(json.dumps(parity, indent=2) + "\n", encoding="utf-8")
        facts = {
            "name": name,
            "version": version,
            "mib": parity["mib"],
            "encoder": preparation["encoder"],
            "layers": model.tagger.config.num_hidden_layers,
            "hidden": model.tagger.config.hidden_size,
            "normalization": preparation["normalization"],
            "documents": training["documents"],
            "rare": rare_statuses(training.get("statuses", {})),
            "train": ", ".join(training["train"]),
            "dev": ", ".join(Path(path).name for path in dev_files),
            "dev_documents": len(dev),
            "fitted_on": f"{', '.join(Path(path).name for path in calibration_files or dev_files)} ({len(fitted_on)} reports)",
            "date": datetime.date.today().isoformat(),
        }
        write_package_card(facts, parity, table, made / "README.md")
        _put(made, output)
    return parity


def _write_network(
    model: EventModel, checkpoint: Path, preparation: Mapping[str, Any], folder: Path, *, int8: bool
) -> tuple[PieceEncoder, SpecialPieces]:
    """Write tokenizer, tagger and linker; return the text encoder and the special pieces that they are read with."""
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    backend.save(str(folder / TOKENIZER_FILE), pretty=False)
    encoder = PieceEncoder(
        backend,
        normalization=preparation["normalization"],
        max_positions=preparation["max_positions"],
        overlap=preparation["overlap"],
    )
    special = SpecialPieces(*piece_ids(tokenizer))
    write_onnx(model, folder, samples=sample_windows(encoder, special) if int8 else None)
    return encoder, special


def _put(made: Path, output: Path) -> None:
    """Move the files of a package to their place. The manifest goes first and comes last: without it nothing is loaded."""
    output.mkdir(exist_ok=True)
    (output / MANIFEST_FILE).unlink(missing_ok=True)
    for path in sorted(made.iterdir(), key=lambda path: path.name == MANIFEST_FILE):
        path.replace(output / path.name)


def sample_windows(encoder: PieceEncoder, special: SpecialPieces) -> list[list[int]]:
    """Piece ids, special pieces included, of windows of `SAMPLES` of the project's own training reports."""
    reports = [document for document in read_gold(OWN_REPORTS) if document.get("split") != "test"]
    chosen = reports[:: max(1, len(reports) // SAMPLES)][:SAMPLES]
    encodings = [encoder.encode(report["text"], split_words(report["text"])) for report in chosen]
    return [[special.cls, *e.ids[start:end], special.sep] for e in encodings for start, end in e.windows]


def write_onnx(model: EventModel, output: Path, *, samples: Sequence[Sequence[int]] | None) -> None:
    """Export the two parts; the tagger in int8 where there are `samples` (piece ids of windows of text) to fit it to."""
    hidden = model.tagger.config.hidden_size
    batch, positions, pieces = torch.export.Dim("batch"), torch.export.Dim("positions"), torch.export.Dim("pieces")
    spans, pairs = torch.export.Dim("spans"), torch.export.Dim("pairs")
    model.tagger.set_attn_implementation("eager")
    some, many = torch.tensor([0, 1, 2]), torch.tensor([0, 1, 2, 1, 0])
    if samples is not None:
        write_int8(model.tagger, output / TAGGER_ONNX, samples)
    else:
        ids = torch.ones((2, 16), dtype=torch.long)
        torch.onnx.export(
            _Tagger(model).eval(),
            (ids, torch.ones_like(ids)),
            str(output / TAGGER_ONNX),
            input_names=["input_ids", "attention_mask"],
            output_names=["logits", "hidden"],
            dynamic_shapes=({0: batch, 1: positions}, {0: batch, 1: positions}),
            dynamo=True,
            external_data=False,
            verbose=False,
        )
    torch.onnx.export(
        _Linker(model).eval(),
        # A tensor given twice would be taken for one input: every input is a tensor of its own.
        (torch.zeros(7, hidden), *(some.clone() for _ in range(4)), many, many.clone(), torch.zeros((5, 4), dtype=torch.long)),
        str(output / LINKER_ONNX),
        input_names=["hidden", "first", "last", "label", "sentence", "head", "other", "features"],
        output_names=["span_logits", "pair_logits"],
        dynamic_shapes=({0: pieces}, {0: spans}, {0: spans}, {0: spans}, {0: spans}, {0: pairs}, {0: pairs}, {0: pairs}),
        dynamo=True,
        external_data=False,
        verbose=False,
    )


def _parity(
    dev: Sequence[Mapping[str, Any]], full: Sequence[Analysis], small: Sequence[Analysis], options: GroupingOptions
) -> dict[str, Any]:
    """Dev figures of the checkpoint and of the package with the same options, how often their word labels agree, and the package's figures
    of each label, type, role and kind (`parts`)."""
    figures = {}
    for name, analyses in (("checkpoint", full), ("package", small)):
        scores: Scores = evaluate(dev, records_of(dev, analyses, options))
        figures[name] = {figure: round(scores.f1(figure), 2) for figure in FIGURES}
    same = total = 0
    for a, b in zip(full, small, strict=True):
        tags = [np.zeros(len(x.words), dtype=int) for x in (a, b)]
        for array, analysis in zip(tags, (a, b), strict=True):
            for span in analysis.spans:
                array[span.first] = IOB2.index(f"B-{span.label}")
                array[span.first + 1 : span.last + 1] = IOB2.index(f"I-{span.label}")
        same += int((tags[0] == tags[1]).sum())
        total += len(tags[0])
    lost = {figure: round(figures["checkpoint"][figure] - figures["package"][figure], 2) for figure in FIGURES}
    parts = {name: row for name, row in scores.to_dict().items() if "/" in name and not name.startswith("overlap")}
    return {"documents": len(dev), **figures, "lost": lost, "label_agreement": round(100 * same / max(total, 1), 2), "parts": parts}
