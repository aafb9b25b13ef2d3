"""A package (int8 ONNX) back to the checkpoint that it was exported from, as near as 8 bits tell, so that training can go on from it.

The reverse of `recipe/int8.py`: what that wrote in a fixed order is read in that order. Three things do not come back: what 8 bits rounded
off, the vectors of annotators other than the first (`data.annotators` starts with all alike), and the order of a layer's inner neurons,
which changes nothing that the network says but keeps two restored packages from being averaged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import helper, numpy_helper
from safetensors.torch import save_file
from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

from rasid.backend import LINKER_ONNX, TAGGER_ONNX
from rasid.errors import ModelError
from rasid.linking import LINKER_FILE
from rasid.package import MANIFEST_FILE, TOKENIZER_FILE, Manifest, read_encoder, read_manifest
from recipe.model import Linker, linker_shape, write_preparation

Floats = NDArray[np.float32]
MASKS = ("<mask>", "[MASK]")


def is_package(folder: Path) -> bool:
    """Whether `folder` is a package, and not the `model` folder of a run."""
    return (folder / MANIFEST_FILE).is_file()


def restore(package: Path, output: Path) -> None:
    """Write the package's model as the `model` folder of a run.

    Raises:
        ModelError: where `package` is no package, or its tagger is not laid out as `recipe/int8.py` does it (full precision, say).
    """
    manifest = read_manifest(package)
    tokenizer = read_encoder(package, manifest).tokenizer
    tagger = _tagger(package / TAGGER_ONNX, manifest)
    linker = _linker(package / LINKER_ONNX, tagger.config.hidden_size)
    output.mkdir(parents=True, exist_ok=True)
    special = {f"{name}_token": tokenizer.id_to_token(getattr(manifest, name)) for name in ("cls", "sep", "pad")}
    mask = next((token for token in MASKS if tokenizer.token_to_id(token) is not None), None)
    PreTrainedTokenizerFast(tokenizer_file=str(package / TOKENIZER_FILE), mask_token=mask, **special).save_pretrained(output)
    write_preparation(
        output,
        normalization=manifest.normalization,
        max_positions=manifest.max_positions,
        overlap=manifest.overlap,
        encoder=f"{manifest.name} {manifest.version}",
    )
    save_file(linker, output / LINKER_FILE)
    tagger.save_pretrained(output)  # last: a folder with weights is whole


class _Reader:
    """The graph's nodes of each kind, in the order in which they were written, and the weights that they name."""

    def __init__(self, path: Path):
        try:
            graph = onnx.load(str(path)).graph
        except Exception as error:  # onnx raises its decoder's own errors
            raise ModelError(f"{path}: cannot be read: {error}") from error
        self.weights = {weight.name: numpy_helper.to_array(weight) for weight in graph.initializer}
        kinds: dict[str, list[onnx.NodeProto]] = defaultdict(list)
        for node in graph.node:
            kinds[node.op_type].append(node)
        self.kinds = kinds

    def of(self, kind: str) -> Iterator[onnx.NodeProto]:
        return iter(self.kinds[kind])

    def weight(self, node: onnx.NodeProto, at: int) -> Floats:
        found: Floats = self.weights[node.input[at]].astype(np.float32)
        return found

    def matrix(self, node: onnx.NodeProto) -> tuple[Floats, Floats]:
        """A matrix of shape (in, out) in full precision, and its bias."""
        return self.weight(node, 1) * self.weight(node, 3), self.weight(node, 6)


def _tagger(path: Path, manifest: Manifest) -> BertForTokenClassification:
    reader = _Reader(path)
    try:
        weights, attributes = _encoder_weights(reader)
    except (StopIteration, IndexError, KeyError, ValueError) as error:
        raise ModelError(f"{path}: got another graph, expected an int8 tagger as training/export.py writes it") from error
    labels = dict(enumerate(manifest.labels))
    config = BertConfig(
        type_vocab_size=1,
        pad_token_id=manifest.pad,
        num_labels=len(labels),
        id2label=labels,
        label2id={label: k for k, label in labels.items()},
        **attributes,
    )
    tagger = BertForTokenClassification(config)
    tagger.load_state_dict({name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in weights.items()})
    return tagger


def _encoder_weights(reader: _Reader) -> tuple[dict[str, Floats], dict[str, Any]]:
    """The weights by the names of transformers' BERT, and what its configuration says of their shape."""
    table, scale = next(reader.of("Gather")), next(reader.of("DequantizeLinear"))
    words = reader.weight(table, 0) * reader.weight(scale, 1)
    places = reader.weight(reader.kinds["Slice"][1], 0)
    norms, matrices, gemms = reader.of("LayerNormalization"), reader.of("MatMulIntegerToFloat"), reader.of("Gemm")
    evened = iter(reader.kinds["Mul"][1:])  # the first is the padding mask's
    hidden = words.shape[1]
    weights: dict[str, Floats] = {}

    def norm(module: str) -> onnx.NodeProto:
        node = next(norms)
        weights[f"{module}.weight"], weights[f"{module}.bias"] = reader.weight(node, 1), reader.weight(node, 2)
        return node

    def linear(module: str, matrix: Floats, bias: Floats) -> None:
        weights[f"{module}.weight"], weights[f"{module}.bias"] = matrix.T, bias

    weights["bert.embeddings.word_embeddings.weight"] = words
    weights["bert.embeddings.position_embeddings.weight"] = places  # with the first row of the token types in them
    weights["bert.embeddings.token_type_embeddings.weight"] = np.zeros((1, hidden), dtype=np.float32)
    epsilon = _attribute(norm("bert.embeddings.LayerNorm"), "epsilon")
    attention = reader.kinds["MultiHeadAttention"]  # one a layer
    (count,) = {_attribute(node, "num_heads") for node in attention}
    for k in range(len(attention)):
        at = f"bert.encoder.layer.{k}"
        scale_in = reader.weight(next(evened), 1)[:, None]  # what the input was multiplied by to even it out
        for name in ("query", "key"):
            matrix, bias = reader.matrix(next(matrices))
            linear(f"{at}.attention.self.{name}", *_without_mask_channel(scale_in * matrix, bias, count))
        value, value_bias = reader.matrix(next(matrices))
        output, output_bias = reader.matrix(next(matrices))
        value = scale_in * value
        # The two were scaled against one another, which no output tells; they are given back with channels of equal size.
        balance = np.sqrt(np.linalg.norm(output, axis=1) / np.maximum(np.linalg.norm(value, axis=0), 1e-12))
        balance = np.where(balance > 0, balance, 1).astype(np.float32)
        linear(f"{at}.attention.self.value", value * balance, value_bias * balance)
        linear(f"{at}.attention.output.dense", output / balance[:, None], output_bias)
        norm(f"{at}.attention.output.LayerNorm")

        scale_in = reader.weight(next(evened), 1)[:, None]
        (up, up_bias), (up_far, bias_far) = reader.matrix(next(matrices)), reader.matrix(next(matrices))
        down_far = reader.weight(next(gemms), 1)
        down, down_bias = reader.matrix(next(matrices))
        linear(f"{at}.intermediate.dense", scale_in * np.concatenate([up, up_far], axis=1), np.concatenate([up_bias, bias_far]))
        linear(f"{at}.output.dense", np.concatenate([down, down_far]), down_bias)
        norm(f"{at}.output.LayerNorm")
    last = next(gemms)
    linear("classifier", reader.weight(last, 1), reader.weight(last, 2))
    return weights, {
        "vocab_size": words.shape[0],
        "hidden_size": hidden,
        "max_position_embeddings": places.shape[0],
        "num_hidden_layers": len(attention),
        "num_attention_heads": count,
        "intermediate_size": len(weights["bert.encoder.layer.0.intermediate.dense.bias"]),
        "layer_norm_eps": epsilon,
    }


def _attribute(node: onnx.NodeProto, name: str) -> Any:
    return next(helper.get_attribute_value(attribute) for attribute in node.attribute if attribute.name == name)


def _without_mask_channel(matrix: Floats, bias: Floats, heads: int) -> tuple[Floats, Floats]:
    """Query or key without the channel of each head that carries the padding mask."""
    rows = len(matrix)
    return matrix.reshape(rows, heads, -1)[:, :, :-1].reshape(rows, -1), bias.reshape(heads, -1)[:, :-1].ravel()


def _linker(path: Path, hidden: int) -> dict[str, torch.Tensor]:
    """The linker's weights, which the exporter keeps in full precision: all but one table under their names."""
    every = _Reader(path).weights
    named = {name.removeprefix("linker."): value for name, value in every.items() if name.startswith("linker.")}
    try:
        wanted = Linker(hidden, *linker_shape(named), dropout=0.0).state_dict()
        for name in wanted.keys() - named.keys():  # torch's exporter gives a table that it folds a name of its own
            (named[name],) = (v for n, v in every.items() if not n.startswith("linker.") and v.shape == wanted[name].shape)
    except (KeyError, ValueError) as error:
        raise ModelError(f"{path}: got another graph, expected a linker as training/export.py writes it") from error
    return {name: torch.tensor(value) for name, value in named.items()}
