"""A package is turned back into a checkpoint that training goes on from."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("transformers", reason="the training extra is not installed")
pytest.importorskip("onnxscript", reason="the training extra is not installed")

import torch
from commands import REPORTS, Finished, run

from rasid.analysis import SpecialPieces
from rasid.backend import TAGGER_ONNX, OnnxBackend
from rasid.errors import ModelError
from rasid.package import read_encoder, read_manifest
from rasid.words import split_words
from recipe.model import PREPARATION_FILE, EventModel
from recipe.restore import is_package, restore
from recipe.trainer import TorchBackend


@pytest.fixture(scope="module")
def small(smoke: Finished, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The smoke run's checkpoint as an int8 package."""
    folder = tmp_path_factory.mktemp("int8") / "model"
    process, _ = run("training/export.py", smoke.folder / "model", "-o", folder, "--name", "smoke", "--version", "3", "--dev", REPORTS)
    assert process.returncode == 0, process.stderr[-3000:]
    return folder


@pytest.fixture(scope="module")
def restored(small: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("restored") / "model"
    restore(small, folder)
    return folder


def test_packages_are_told_from_model_folders(small: Path, smoke: Finished) -> None:
    assert is_package(small)
    assert not is_package(smoke.folder / "model")


def test_the_restored_tagger_says_what_the_package_says(small: Path, restored: Path, reports: list[dict[str, Any]]) -> None:
    manifest = read_manifest(small)
    encoder = read_encoder(small, manifest)
    special = SpecialPieces(manifest.cls, manifest.sep, manifest.pad)
    ids = [special.cls, *encoder.encode(reports[0]["text"], split_words(reports[0]["text"])).ids[:300], special.sep]
    pieces = np.array([ids], dtype=np.int64)
    package, torch_model = OnnxBackend(small), TorchBackend(EventModel.load(restored).eval(), bf16=False)
    for got, expected in zip(torch_model.encode(pieces, np.ones_like(pieces)), package.encode(pieces, np.ones_like(pieces)), strict=True):
        assert np.abs(got - expected).mean() < 0.05 * np.abs(expected).mean()


def test_every_weight_comes_back_as_near_as_8_bits_tell(smoke: Finished, restored: Path) -> None:
    made, back = (EventModel.load(folder) for folder in (smoke.folder / "model", restored))
    for name, weight in made.linker.state_dict().items():
        assert torch.equal(weight, back.linker.state_dict()[name]), name
    made_weights, back_weights = made.tagger.state_dict(), back.tagger.state_dict()
    assert made_weights.keys() == back_weights.keys()
    for name, weight in made_weights.items():
        # Inner neurons come in another order, values are scaled against the output's matrix, token types are part of the positions.
        if not any(part in name for part in ("intermediate", "output.dense", "self.value", "token_type", "position_embeddings")):
            step = weight.abs().max() / 127
            assert (weight - back_weights[name]).abs().max() <= step, name


def test_the_restored_folder_is_a_model_folder_of_a_run(small: Path, restored: Path) -> None:
    preparation = json.loads((restored / PREPARATION_FILE).read_text(encoding="utf-8"))
    manifest = read_manifest(small)
    assert preparation["encoder"] == "smoke 3"
    assert (preparation["normalization"], preparation["overlap"]) == (manifest.normalization, manifest.overlap)


def test_training_goes_on_from_a_package(small: Path, tmp_path: Path) -> None:
    process, _ = run(
        "training/train.py",
        "configs/smoke.yaml",
        f"run.output={tmp_path / 'run'}",
        f"model.start={small}",
        "optim.epochs=0.1",
        "optim.learning_rate=1e-9",
        "optim.head_learning_rate=1e-9",
        "run.threads=1",
    )
    assert process.returncode == 0, process.stderr[-3000:]
    begun, ended = (EventModel.load(tmp_path / "run" / name) for name in ("start", "model"))
    for name, weight in begun.named_parameters():
        assert torch.allclose(weight, dict(ended.named_parameters())[name], atol=1e-5), name


@pytest.mark.parametrize("fault", ["full precision", "no onnx"])
def test_other_graphs_are_refused(fault: str, small: Path, package: Finished, tmp_path: Path) -> None:
    folder = tmp_path / "package"
    shutil.copytree(small, folder)
    if fault == "full precision":
        shutil.copyfile(package.folder / TAGGER_ONNX, folder / TAGGER_ONNX)
    else:
        (folder / TAGGER_ONNX).write_bytes(b"no graph")
    with pytest.raises(ModelError, match=TAGGER_ONNX):
        restore(folder, tmp_path / "out")
