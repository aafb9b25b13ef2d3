"""The int8 tagger: it says what the torch model says, whatever the batch's padding, in a form that ONNX Runtime is quick at."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("transformers", reason="the training extra is not installed")
pytest.importorskip("onnx", reason="the training extra is not installed")

import onnx
import onnxruntime
import torch
from transformers import BertConfig, BertForTokenClassification, RobertaConfig, RobertaForTokenClassification

from rasid.errors import ModelError
from recipe.int8 import IR, OUTLIERS, measure, smoothing, split_outliers, write_int8

LABELS, WIDTH, PAD = 5, 48, 0
Outputs = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def tagger() -> BertForTokenClassification:
    """An untrained encoder with what trained ones have: one inner neuron and one channel that are far greater than the others."""
    torch.manual_seed(1)
    shape = BertConfig(
        vocab_size=200, hidden_size=WIDTH, num_hidden_layers=3, num_attention_heads=4, intermediate_size=96, num_labels=LABELS,
        initializer_range=0.2, pad_token_id=PAD,
    )  # fmt: skip
    model = BertForTokenClassification(shape).eval()
    for layer in model.bert.encoder.layer:
        up, down, norm = layer.intermediate.dense, layer.output.dense, layer.attention.output.LayerNorm
        up.bias.data[7] = 200.0
        down.weight.data[:, 7] /= 300
        norm.weight.data[3] = 15.0
        up.weight.data[:, 3] /= 15
        down.bias.data[3] -= 8.0
    return model


@pytest.fixture(scope="module")
def windows() -> list[list[int]]:
    draw = np.random.default_rng(0)
    return [[2, *draw.integers(5, 200, size=size).tolist(), 3] for size in (60, 25, 44, 9)]


@pytest.fixture(scope="module")
def written(tagger: BertForTokenClassification, windows: list[list[int]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("int8") / "tagger.onnx"
    write_int8(tagger, path, windows)
    return path


def padded(windows: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    ids = np.full((len(windows), max(map(len, windows))), PAD, dtype=np.int64)
    mask = np.zeros_like(ids)
    for row, window in enumerate(windows):
        ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return ids, mask


def with_torch(tagger: BertForTokenClassification, ids: np.ndarray, mask: np.ndarray) -> Outputs:
    with torch.inference_mode():
        out = tagger(input_ids=torch.tensor(ids), attention_mask=torch.tensor(mask), output_hidden_states=True)
    return out.logits.numpy(), out.hidden_states[-1].numpy()


def with_onnx(path: Path, ids: np.ndarray, mask: np.ndarray) -> Outputs:
    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    logits, hidden = session.run(["logits", "hidden"], {"input_ids": ids, "attention_mask": mask})
    return logits, hidden


def error(got: np.ndarray, expected: np.ndarray) -> float:
    """Against the size of what is expected."""
    return float(np.linalg.norm(got - expected) / np.linalg.norm(expected))


def test_it_says_what_torch_says_in_a_padded_batch(tagger: BertForTokenClassification, windows: list[list[int]], written: Path) -> None:
    ids, mask = padded(windows)
    kept = mask.astype(bool)
    for got, expected in zip(with_onnx(written, ids, mask), with_torch(tagger, ids, mask), strict=True):
        assert got.shape == expected.shape
        assert error(got[kept], expected[kept]) < 0.1


def test_padding_is_not_looked_at(windows: list[list[int]], written: Path) -> None:
    ids, mask = padded(windows[3:])
    alone = with_onnx(written, ids, mask)
    wide = with_onnx(written, np.pad(ids, ((0, 0), (0, 90)), constant_values=PAD), np.pad(mask, ((0, 0), (0, 90))))
    for one, two in zip(alone, wide, strict=True):
        assert error(two[:, : ids.shape[1]], one) < 0.1  # the padding takes part in the choice of the scales, no more


@pytest.mark.parametrize("size", [1, 2, 510])
def test_windows_of_any_length_are_taken(tagger: BertForTokenClassification, written: Path, size: int) -> None:
    ids = np.random.default_rng(size).integers(5, 200, size=(1, size))
    for got, expected in zip(with_onnx(written, ids, np.ones_like(ids)), with_torch(tagger, ids, np.ones_like(ids)), strict=True):
        assert error(got, expected) < 0.1


def test_outliers_kept_apart_and_channels_evened_out_are_what_keeps_it_right(
    tagger: BertForTokenClassification, windows: list[list[int]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ids, mask = padded(windows)
    kept = mask.astype(bool)
    expected = with_torch(tagger, ids, mask)[1][kept]
    errors = {}
    for name, replaced in {
        "kept": {},
        "no outliers": {"split_outliers": lambda inner: (np.arange(len(inner)), np.arange(0))},
        "not evened out": {"smoothing": lambda greatest, weight: np.ones(len(weight), dtype=np.float32)},
    }.items():
        with monkeypatch.context() as patch:
            for function, other in replaced.items():
                patch.setattr(f"recipe.int8.{function}", other)
            write_int8(tagger, tmp_path / "tagger.onnx", windows)
        errors[name] = error(with_onnx(tmp_path / "tagger.onnx", ids, mask)[1][kept], expected)
    assert errors["kept"] < 0.8 * min(errors["no outliers"], errors["not evened out"]), errors


def test_ranges_are_the_greatest_magnitudes(tagger: BertForTokenClassification, windows: list[list[int]]) -> None:
    ranges = measure(tagger, windows)
    assert len(ranges) == 3
    assert [len(x) for x in (ranges[0].attention, ranges[0].mixed, ranges[0].feed, ranges[0].inner)] == [WIDTH, WIDTH, WIDTH, 96]
    assert all(r.inner.argmax() == 7 and r.feed.argmax() == 3 for r in ranges)
    first = measure(tagger, windows[:1])
    assert all((one.inner <= all_.inner).all() for one, all_ in zip(first, ranges, strict=True))
    assert not any(module._forward_pre_hooks for module in tagger.modules())


def test_outliers_are_the_greatest_neurons() -> None:
    greatest = np.ones(100, dtype=np.float32)
    greatest[[90, 5, 40]] = 9, 8, 7
    rest, outliers = split_outliers(greatest)
    assert {90, 5, 40} <= set(outliers)
    assert len(outliers) == OUTLIERS
    assert sorted([*rest, *outliers]) == list(range(100))


def test_smoothing_evens_out_the_channels_and_leaves_the_product() -> None:
    draw = np.random.default_rng(0)
    values, weight = draw.normal(size=(50, 8)).astype(np.float32), draw.normal(size=(8, 6)).astype(np.float32)
    values[:, 2] *= 40
    greatest = np.abs(values).max(axis=0)
    scale = smoothing(greatest, weight)
    assert np.allclose(values / scale @ (scale[:, None] * weight), values @ weight, rtol=1e-4, atol=1e-4)
    assert np.log(scale).mean() == pytest.approx(0, abs=1e-5)
    assert np.ptp(greatest / scale) < 0.3 * np.ptp(greatest)
    assert np.isfinite(smoothing(np.zeros(8, dtype=np.float32), 0 * weight)).all()


def test_onnx_runtime_keeps_it_as_it_is_laid_out(written: Path, tmp_path: Path) -> None:
    model = onnx.load(str(written))
    assert model.ir_version == IR
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "optimized.onnx")
    onnxruntime.InferenceSession(str(written), options, providers=["CPUExecutionProvider"])
    kinds = [node.op_type for node in onnx.load(options.optimized_model_filepath).graph.node]
    assert kinds.count("MultiHeadAttention") == 3
    assert kinds.count("LayerNormalization") == 7
    assert "SkipLayerNormalization" not in kinds


def test_what_it_does_not_know_is_refused(windows: list[list[int]], tagger: BertForTokenClassification, tmp_path: Path) -> None:
    other = RobertaForTokenClassification(
        RobertaConfig(vocab_size=200, hidden_size=WIDTH, num_hidden_layers=1, num_attention_heads=4, intermediate_size=96)
    )
    with pytest.raises(ModelError, match="got an encoder of kind roberta with gelu, expected bert with gelu"):
        write_int8(other, tmp_path / "tagger.onnx", windows)
    with pytest.raises(ModelError, match="got no texts"):
        write_int8(tagger, tmp_path / "tagger.onnx", [])
    assert not list(tmp_path.iterdir())
