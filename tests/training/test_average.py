"""Averages of weights: over the steps of a run, and over models."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

import torch

from rasid.errors import ConfigError
from recipe.average import WeightAverage, write_mean
from recipe.config import LossConfig, ModelConfig
from recipe.model import EventModel


def step(average: WeightAverage, model: torch.nn.Module, value: float) -> None:
    with torch.no_grad():
        model.weight.fill_(value)
    average.on_step_end(None, None, None)


def test_the_average_follows_the_weights_slowly_and_early_steps_do_not_linger() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    average = WeightAverage(model, 0.9)
    for _ in range(200):
        step(average, model, 1.0)
    assert average.average["weight"].item() == pytest.approx(1.0, abs=1e-4)
    step(average, model, 2.0)
    assert average.average["weight"].item() == pytest.approx(1.1, abs=1e-3)


def test_within_the_context_the_model_has_the_average_and_afterwards_its_own() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    average = WeightAverage(model, 0.5)
    step(average, model, 4.0)
    mean = average.average["weight"].item()
    with average.swapped_in():
        assert model.weight.item() == pytest.approx(mean)
    assert model.weight.item() == pytest.approx(4.0)
    assert average.average["weight"].item() == pytest.approx(mean)


def test_a_resumed_run_goes_on_from_the_average_in_its_checkpoint(tmp_path: Path) -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    average = WeightAverage(model, 0.9)
    for value in (1.0, 2.0, 3.0):
        step(average, model, value)
    folder = tmp_path / "checkpoint-3"
    folder.mkdir()
    average.on_save(SimpleNamespace(output_dir=str(tmp_path)), SimpleNamespace(global_step=3, is_world_process_zero=True), None)
    resumed = WeightAverage(model, 0.9)
    resumed.load(folder, 3)
    for each in (average, resumed):
        step(each, model, 5.0)
    assert resumed.average["weight"].item() == average.average["weight"].item()


def model(tiny_bert: Path, folder: Path, value: float, size: int = 16, annotators: int = 1) -> Path:
    """A model folder whose every weight is `value`."""
    settings = ModelConfig(name=str(tiny_bert), normalization="arabert", linker_size=size)
    made = EventModel.from_config(settings, LossConfig(), annotators=annotators)
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.fill_(value)
    made.save(folder)
    (folder / "rasid_preparation.json").write_text("{}", encoding="utf-8")
    return folder


def test_the_average_follows_the_model_to_its_device() -> None:
    model = torch.nn.Linear(1, 1, bias=False)
    average = WeightAverage(model, 0.9)
    model.to("meta")  # as a GPU, to which the Trainer moves the model after this was made
    average.on_train_begin(None, None, None)
    assert average.average["weight"].device.type == "meta"
    average.on_step_end(None, None, None)


def test_models_of_different_annotators_have_no_mean(tiny_bert: Path, tmp_path: Path) -> None:
    folders = [model(tiny_bert, tmp_path / name, 1.0, annotators=3) for name in ("a", "b")]
    for folder, names in zip(folders, (["readers", "writers"], ["readers", "settlers"]), strict=True):
        (folder / "rasid_preparation.json").write_text(json.dumps({"annotators": names}), encoding="utf-8")
    with pytest.raises(ConfigError, match="different annotators"):
        write_mean(folders, tmp_path / "mean")


def test_the_mean_of_models_is_a_model(tiny_bert: Path, tmp_path: Path) -> None:
    folders = [model(tiny_bert, tmp_path / "a", 1.0), model(tiny_bert, tmp_path / "b", 4.0)]
    write_mean(folders, tmp_path / "mean", [2.0, 1.0])
    mean = EventModel.load(tmp_path / "mean")
    assert all(torch.allclose(parameter, torch.tensor(2.0)) for parameter in mean.parameters())
    assert (tmp_path / "mean" / "rasid_preparation.json").is_file()


@pytest.mark.parametrize("last", ["one", "three"])
def test_the_vector_of_a_model_that_knows_one_annotator_stands_for_all(tiny_bert: Path, tmp_path: Path, last: str) -> None:
    first = "three" if last == "one" else "one"
    folders = [
        model(tiny_bert, tmp_path / name, {"one": 1.0, "three": 4.0}[name], annotators={"one": 1, "three": 3}[name])
        for name in (first, last)
    ]
    write_mean(folders, tmp_path / "mean")
    mean = EventModel.load(tmp_path / "mean")
    vectors = mean.tagger.base_model.embeddings.token_type_embeddings.weight
    assert vectors.shape[0] == mean.tagger.config.annotators == 3
    assert torch.allclose(vectors, torch.tensor(2.5))


def test_models_without_a_mean_are_refused(tiny_bert: Path, tmp_path: Path) -> None:
    one, other = model(tiny_bert, tmp_path / "a", 1.0), model(tiny_bert, tmp_path / "b", 1.0, size=32)
    with pytest.raises(ConfigError, match="different shapes"):
        write_mean([one, other], tmp_path / "mean")
    with pytest.raises(ConfigError, match="one positive number for each"):
        write_mean([one, one], tmp_path / "mean", [1.0])
    with pytest.raises(ConfigError, match="expected `model` folders"):
        write_mean([one, tmp_path / "none"], tmp_path / "mean")
