"""The tagger as an int8 ONNX graph, laid out by hand: what ONNX Runtime is quick at on processors, and where 8 bits lose little.

EXPERIMENTS.md, speed of the tagger, has what each choice gains. No exporter or optimiser gives these:

- A few inner values of a feed-forward layer are ten times the others, on a few pieces. Their neurons (`OUTLIERS` a layer) are taken out and
  their part of the sum stays in full precision, so that the others can share one scale.
- The inputs of the other matrices are evened out first, channel by channel, and the weights the other way round (SmoothQuant, Xiao et
  al. 2023).
- The padding mask is part of the product of queries and keys, as one more channel: ONNX Runtime's flash attention takes no mask.
- Sums before a LayerNormalization are `Sum`, not `Add`: ONNX Runtime would fuse the two to SkipLayerNormalization, which is slower.
- All is of shape (pieces, channels), so that a residual is the third input of a Gemm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import torch
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper
from transformers import PreTrainedModel

from rasid.errors import ModelError

Floats = NDArray[np.float32]

OUTLIERS = 16  # neurons of a feed-forward layer that stay in full precision
SMOOTHING = 0.7  # how much of the unevenness of the activations goes to the weights: 0 none, 1 all
LARGEST = 127  # of a quantised weight
OPSET, IR = 20, 10  # read by ONNX Runtime from 1.18 on
MICROSOFT = "com.microsoft"  # ONNX Runtime's own operators
MASKED = 1e5  # taken from the attention score of a padding piece


@dataclass(frozen=True, slots=True)
class Ranges:
    """The greatest magnitude of each channel that enters one layer's matrices."""

    attention: Floats
    mixed: Floats
    feed: Floats
    inner: Floats


@dataclass(slots=True)
class _Graph:
    """Nodes and weights so far; every method returns the name of what it adds."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    weights: list[onnx.TensorProto] = field(default_factory=list)

    def constant(self, value: Any) -> str:
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def shape(self, *sizes: int) -> str:
        return self.constant(np.asarray(sizes, dtype=np.int64))

    def many(self, op: str, inputs: Sequence[str], count: int, *, domain: str = "", **attributes: Any) -> list[str]:
        outputs = [f"{op}{len(self.nodes)}_{k}" for k in range(count)]
        self.nodes.append(helper.make_node(op, inputs, outputs, name=f"{op}{len(self.nodes)}", domain=domain, **attributes))
        return outputs

    def add(self, op: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        return self.many(op, inputs, 1, domain=domain, **attributes)[0]

    def name(self, value: str, output: str) -> None:
        self.nodes.append(helper.make_node("Identity", [value], [output], name=output))

    def quantized(self, value: str) -> list[str]:
        """The value in 8 bits, its scale and its zero point."""
        return self.many("DynamicQuantizeLinear", [value], 3)

    def linear(self, value: Sequence[str], weight: Floats, bias: Floats) -> str:
        """A matrix of shape (in, out) in int8, one scale a column, on what `quantized` gave."""
        scale = np.abs(weight).max(axis=0) / LARGEST
        scale[scale == 0] = 1
        small = np.round(weight / scale).astype(np.int8)
        names = self.constant(small), self.constant(scale.astype(np.float32)), self.constant(bias)
        return self.add("MatMulIntegerToFloat", value[0], names[0], value[1], names[1], value[2], "", names[2], domain=MICROSOFT)


def measure(tagger: PreTrainedModel, samples: Sequence[Sequence[int]]) -> list[Ranges]:
    """The ranges of each layer's activations, in full precision.

    Args:
        samples: piece ids of windows of text, the special pieces included.
    """
    greatest: dict[tuple[int, str], torch.Tensor] = {}

    def watch(layer: int, name: str) -> Any:
        def hook(_: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            here = inputs[0].abs().flatten(0, -2).amax(dim=0)
            known = greatest.get((layer, name))
            greatest[layer, name] = here if known is None else torch.maximum(known, here)

        return hook

    layers = tagger.base_model.encoder.layer
    hooks = []
    for k, layer in enumerate(layers):
        for name, module in (
            ("attention", layer.attention.self.query),
            ("mixed", layer.attention.output.dense),
            ("feed", layer.intermediate.dense),
            ("inner", layer.output.dense),
        ):
            hooks.append(module.register_forward_pre_hook(watch(k, name)))
    try:
        with torch.inference_mode():
            for sample in samples:
                tagger(input_ids=torch.tensor([list(sample)]))
    finally:
        for one in hooks:
            one.remove()
    names = ("attention", "mixed", "feed", "inner")
    return [Ranges(*(greatest[k, name].numpy() for name in names)) for k in range(len(layers))]


def write_int8(tagger: PreTrainedModel, path: Path, samples: Sequence[Sequence[int]]) -> None:
    """Write the tagger's graph, which takes and gives what the one of full precision does.

    Args:
        tagger: a token classifier on a BERT encoder.
        samples: piece ids of windows of text like those it will read; what is quantised how is fitted to them.

    Raises:
        ModelError: where the encoder is no BERT, or there are no samples.
    """
    config = tagger.config
    got = config.model_type, config.hidden_act
    if got != ("bert", "gelu"):
        raise ModelError(f"int8: got an encoder of kind {got[0]} with {got[1]}, expected bert with gelu (--full-precision takes any)")
    if not samples:
        raise ModelError("int8: got no texts to fit the quantisation to, expected some")
    weights = {name: value.detach().float().numpy() for name, value in tagger.state_dict().items()}
    hidden, heads = config.hidden_size, config.num_attention_heads
    graph = _Graph()
    batch_shape = graph.add("Shape", "input_ids")

    def to_batch(value: str, width: int) -> str:
        """Pieces as (batch, positions, width)."""
        return graph.add("Reshape", value, graph.add("Concat", batch_shape, graph.shape(width), axis=0))

    def flat(value: str, width: int) -> str:
        return graph.add("Reshape", value, graph.shape(-1, width))

    def normed(value: str, module: str) -> str:
        names = graph.constant(weights[f"{module}.weight"]), graph.constant(weights[f"{module}.bias"])
        return graph.add("LayerNormalization", value, *names, axis=-1, epsilon=config.layer_norm_eps)

    def matrix(module: str) -> tuple[Floats, Floats]:
        return weights[f"{module}.weight"].T, weights[f"{module}.bias"]

    pieces = flat(_embedded(graph, weights, batch_shape), hidden)
    pieces = normed(pieces, "bert.embeddings.LayerNorm")
    mask = flat(_mask_channels(graph, heads, hidden // heads), hidden + heads)
    for k, ranges in enumerate(measure(tagger, samples)):
        at = f"bert.encoder.layer.{k}"
        query, key, value = (matrix(f"{at}.attention.self.{name}") for name in ("query", "key", "value"))
        output, output_bias = matrix(f"{at}.attention.output.dense")

        scale = smoothing(ranges.attention, np.concatenate([query[0], key[0], value[0]], axis=1))
        even = graph.quantized(graph.add("Mul", pieces, graph.constant(1 / scale)))
        mixed_scale = smoothing(ranges.mixed, output)  # the values' matrix takes it: no operation of its own
        q = graph.linear(even, *_with_mask_channel(scale[:, None] * query[0], query[1], heads, 1.0))
        k_ = graph.linear(even, *_with_mask_channel(scale[:, None] * key[0], key[1], heads, 0.0))
        v = graph.linear(even, scale[:, None] * value[0] / mixed_scale, value[1] / mixed_scale)
        parts = to_batch(q, hidden + heads), to_batch(graph.add("Add", k_, mask), hidden + heads), to_batch(v, hidden)
        mixed = graph.add("MultiHeadAttention", *parts, domain=MICROSOFT, num_heads=heads, scale=float((hidden // heads) ** -0.5))
        mixed = graph.linear(graph.quantized(flat(mixed, hidden)), mixed_scale[:, None] * output, output_bias)
        pieces = normed(graph.add("Sum", mixed, pieces), f"{at}.attention.output.LayerNorm")

        up, up_bias = matrix(f"{at}.intermediate.dense")
        down, down_bias = matrix(f"{at}.output.dense")
        rest, outliers = split_outliers(ranges.inner)
        scale = smoothing(ranges.feed, up)
        even = graph.quantized(graph.add("Mul", pieces, graph.constant(1 / scale)))
        inner, far = (
            graph.add("Gelu", graph.linear(even, scale[:, None] * up[:, part], up_bias[part]), domain=MICROSOFT)
            for part in (rest, outliers)
        )
        residual = graph.add("Gemm", far, graph.constant(down[outliers]), pieces)
        fed = graph.add("Sum", graph.linear(graph.quantized(inner), down[rest], down_bias), residual)
        pieces = normed(fed, f"{at}.output.LayerNorm")

    classifier, bias = matrix("classifier")
    graph.name(to_batch(pieces, hidden), "hidden")
    graph.name(to_batch(graph.add("Gemm", pieces, graph.constant(classifier), graph.constant(bias)), len(bias)), "logits")
    _save(graph, path, labels=len(bias), hidden=hidden)


def smoothing(greatest: Floats, weight: Floats) -> Floats:
    """What each channel of a matrix's input is divided by, and its row of `weight`, shape (in, out), multiplied by; geometric mean 1."""
    rows = np.maximum(np.abs(weight).max(axis=1), 1e-5)
    scale = np.maximum(greatest, 1e-5) ** SMOOTHING / rows ** (1 - SMOOTHING)
    even: Floats = (scale / np.exp(np.log(scale).mean())).astype(np.float32)
    return even


def split_outliers(greatest: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Numbers of the neurons whose greatest magnitudes are ordinary, and of the `OUTLIERS` with the greatest, each in order."""
    order = np.argsort(-greatest, kind="stable")
    return np.sort(order[OUTLIERS:]), np.sort(order[:OUTLIERS])


def _embedded(graph: _Graph, weights: dict[str, Floats], batch_shape: str) -> str:
    """The sum of the embeddings; those of the pieces are int8 with one scale."""
    table = weights["bert.embeddings.word_embeddings.weight"]
    scale = np.float32(np.abs(table).max() / LARGEST)
    found = graph.add("Gather", graph.constant(np.round(table / scale).astype(np.int8)), "input_ids")
    found = graph.add("DequantizeLinear", found, graph.constant(scale), graph.constant(np.int8(0)))
    places = weights["bert.embeddings.position_embeddings.weight"] + weights["bert.embeddings.token_type_embeddings.weight"][0]
    length = graph.add("Slice", batch_shape, graph.shape(1), graph.shape(2))
    return graph.add("Add", found, graph.add("Slice", graph.constant(places), graph.shape(0), length, graph.shape(0)))


def _mask_channels(graph: _Graph, heads: int, size: int) -> str:
    """What is added to the keys: 0 everywhere but in the last channel of each head of a padding piece."""
    channels = np.zeros((heads, size + 1), dtype=np.float32)
    channels[:, size] = MASKED
    mask = graph.add("Cast", "attention_mask", to=TensorProto.FLOAT)
    padding = graph.add("Unsqueeze", graph.add("Sub", mask, graph.constant(np.float32(1))), graph.shape(-1))
    return graph.add("Mul", padding, graph.constant(channels.ravel()))


def _with_mask_channel(weight: Floats, bias: Floats, heads: int, value: float) -> tuple[Floats, Floats]:
    """One more channel for each head, which is `value` everywhere."""
    size = len(bias) // heads
    weight = np.pad(weight.reshape(-1, heads, size), ((0, 0), (0, 0), (0, 1)))
    bias = np.pad(bias.reshape(heads, size), ((0, 0), (0, 1)), constant_values=value)
    return weight.reshape(len(weight), -1), bias.ravel()


def _save(graph: _Graph, path: Path, *, labels: int, hidden: int) -> None:
    sizes = ["batch", "positions"]
    inputs = [helper.make_tensor_value_info(name, TensorProto.INT64, sizes) for name in ("input_ids", "attention_mask")]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [*sizes, width]) for name, width in (("logits", labels), ("hidden", hidden))
    ]
    made = helper.make_graph(graph.nodes, "tagger", inputs, outputs, graph.weights)
    opsets = [helper.make_opsetid("", OPSET), helper.make_opsetid(MICROSOFT, 1)]
    onnx.save(helper.make_model(made, opset_imports=opsets, ir_version=IR, producer_name="rasid"), str(path))
