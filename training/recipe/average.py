"""Averages of weights: over the steps of a run, which is what gets evaluated and kept, and over models; they do better than their parts."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import TrainerCallback

from rasid.errors import ConfigError
from recipe.model import PREPARATION_FILE, EventModel, annotators_of, tell_annotators_apart

AVERAGE_FILE = "average.safetensors"


class WeightAverage(TrainerCallback):  # type: ignore[misc]
    """Exponential moving average of a model's parameters; kept in each checkpoint, so that a resumed run is the same run.

    `decay` is the weight of the past at each step (0.99: about the last hundred steps); early on it is lower, so that the first
    steps do not linger.
    """

    def __init__(self, model: nn.Module, decay: float):
        self.model, self.decay, self.steps = model, decay, 0
        self.average: dict[str, Tensor] = {name: p.detach().clone() for name, p in model.named_parameters()}

    def load(self, checkpoint: Path, steps: int) -> None:
        """Go on from a checkpoint of `steps` steps."""
        self.average = load_file(checkpoint / AVERAGE_FILE)
        self.steps = steps

    def on_train_begin(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Follow the model to the device that the Trainer has put it on."""
        self.average = {name: self.average[name].to(p.device) for name, p in self.model.named_parameters()}

    def on_step_end(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Take in the weights after an optimiser step."""
        self.steps += 1
        past = min(self.decay, (1 + self.steps) / (10 + self.steps))
        with torch.no_grad():
            names = list(self.average)
            parameters = dict(self.model.named_parameters())
            torch._foreach_lerp_([self.average[n] for n in names], [parameters[n] for n in names], 1 - past)

    def on_save(self, args: Any, state: Any, control: Any, **kwargs: Any) -> None:
        """Write the average beside the Trainer's checkpoint."""
        folder = Path(args.output_dir) / f"checkpoint-{state.global_step}"
        if state.is_world_process_zero and folder.is_dir():
            save_file({name: value.contiguous().cpu() for name, value in self.average.items()}, folder / AVERAGE_FILE)

    @contextmanager
    def swapped_in(self) -> Iterator[None]:
        """Within, the model has the averaged weights."""
        self._swap()
        try:
            yield
        finally:
            self._swap()

    @torch.no_grad()
    def _swap(self) -> None:
        for name, parameter in self.model.named_parameters():
            kept = parameter.detach().clone()
            parameter.copy_(self.average[name])
            self.average[name] = kept

    def keep(self) -> None:
        """Give the model the averaged weights for good."""
        self._swap()


def write_mean(folders: Sequence[Path], output: Path, weights: Sequence[float] | None = None) -> None:
    """Write the weighted mean of models (`model` folders of runs) as another such folder; `weights` are equal where not given.

    Beside models that tell annotators apart, the one vector of a model that does not stands for all of them.

    Raises:
        ConfigError: for a folder that holds no such model, models of different shapes or of different annotators, or weights that are
            not one positive number a model.
    """
    weights = weights or [1.0] * len(folders)
    if len(weights) != len(folders) or min(weights) <= 0:
        raise ConfigError(f"got weights {list(weights)} for {len(folders)} models, expected one positive number for each")
    try:
        models = [EventModel.load(folder) for folder in folders]
    except (OSError, ValueError, KeyError) as error:
        raise ConfigError(f"got {', '.join(map(str, folders))}, expected `model` folders of runs: {error}") from error
    named = [tuple(names) for folder in folders if (names := _preparation(folder).get("annotators"))]
    if len(set(named)) > 1:
        raise ConfigError(f"got models that tell different annotators apart ({named}), expected the same")
    most = max(annotators_of(model.tagger) for model in models)
    for model in models:
        if annotators_of(model.tagger) == 1:
            tell_annotators_apart(model.tagger, most)
    parts = [dict(model.named_parameters()) for model in models]
    if any({n: p.shape for n, p in part.items()} != {n: p.shape for n, p in parts[0].items()} for part in parts):
        raise ConfigError(f"got models of different shapes ({', '.join(map(str, folders))}), expected one shape")
    with torch.no_grad():
        for name, parameter in parts[-1].items():
            parameter.copy_(torch.stack([w / sum(weights) * part[name] for w, part in zip(weights, parts, strict=True)]).sum(dim=0))
    output.mkdir(parents=True, exist_ok=True)
    for file in folders[-1].glob("*.json"):
        shutil.copyfile(file, output / file.name)
    models[-1].save(output)


def _preparation(folder: Path) -> dict[str, Any]:
    path = folder / PREPARATION_FILE
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found
