"""Training configurations: validated data classes read from YAML, with overrides from the command line."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError, ValidationInfo, field_validator, model_validator

from rasid.errors import ConfigError

ROOT = Path(__file__).resolve().parents[2]
DEFAULT_BEST = "score"


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class TinyConfig(_Section):
    """A tiny untrained encoder, made in the run folder: for smoke runs and tests, where no pretrained one is at hand."""

    layers: int = Field(2, ge=1)
    hidden: int = Field(64, ge=8)
    heads: int = Field(2, ge=1)
    vocabulary: int = Field(4000, ge=200)
    positions: int = Field(512, ge=32)


class EncoderConfig(_Section):
    """The encoder, and how texts are prepared for it."""

    name: str = Field(description="a hub name or a folder; for a training also `tiny`: an untrained encoder of the shape in `tiny`")
    fallback: str | None = Field(None, description="a folder to take where the hub name is not in the cache and cannot be fetched")
    normalization: Literal["light", "arabert"] = "light"
    max_positions: int = Field(512, ge=32, le=8192)
    dropout: float = Field(0.1, ge=0, lt=1)
    attention_dropout: float = Field(0.0, ge=0, lt=1)
    attention: Literal["eager", "sdpa"] = "sdpa"

    @property
    def path(self) -> str:
        """Where to load the encoder from: the folder or hub name, or the fallback where the name is no folder and it is."""
        for choice in (self.name, self.fallback):
            if choice is not None and (ROOT / choice).is_dir():
                return str(ROOT / choice)
        return self.name


class ModelConfig(EncoderConfig):
    """The encoder and the heads."""

    tiny: TinyConfig = TinyConfig()
    start: str | None = Field(
        None, description="what this run goes on from: the `model` folder of an earlier run, or a package, as src/rasid/model"
    )
    overlap: int = Field(128, ge=0)
    layers: int | None = Field(None, ge=1, description="keep this many of the encoder's layers; all where null")
    linker_size: int = Field(192, ge=8, multiple_of=4)
    linker_layers: int = Field(2, ge=0, description="transformer layers over the spans")
    linker_dropout: float = Field(0.2, ge=0, lt=1)

    @property
    def path(self) -> str:
        """Where to load the encoder from: `start`, else as `EncoderConfig.path`."""
        return str(ROOT / self.start) if self.start else super().path


class DataConfig(_Section):
    """Annotated documents, stand-off JSONL; paths are relative to the project's root."""

    train: tuple[str, ...]
    dev: tuple[str, ...]
    texts: tuple[str, ...] = Field((), description="files with the texts of annotations that are kept without them, matched by id")
    raw_texts: dict[str, str] = Field(
        default_factory=dict, description="for a training file whose rows name a line and a length: the gzipped file of articles"
    )
    limit: int | None = Field(None, ge=1, description="take only this many training documents (learning curves, smoke runs)")
    repeat: dict[str, PositiveInt] = Field(default_factory=dict, description="how often a training file is taken; once where not named")
    mends: dict[str, str] = Field(default_factory=dict, description="for a training file: the list of its faults and how to mend them")
    false_spans: tuple[str, ...] = Field(
        (), description="files of spans that a tagger marked and annotators did not: the linker learns to give them no part in any event"
    )
    annotators: dict[str, str] = Field(
        default_factory=dict,
        description="for a training file that others annotated than those whose habits the model is to follow: a name for them",
    )
    varied: float = Field(
        0.0, ge=0, le=1, description="share of the documents that are taken once more with other names and spellings, or cut short"
    )
    masked: float = Field(0.0, ge=0, lt=1, description="share of the pieces that are hidden in training, each time other ones")

    @field_validator("repeat", "raw_texts", "mends", "annotators")
    @classmethod
    def _of_training_files(cls, told: dict[str, Any], info: ValidationInfo) -> dict[str, Any]:
        train = info.data.get("train", ())
        if unknown := set(told) - set(train):
            raise ValueError(f"only files of data.train ({', '.join(train)}), not {', '.join(sorted(unknown))}")
        return told

    @property
    def annotator_names(self) -> tuple[str, ...]:
        """The other annotators, in a fixed order; in the model they are 1, 2, …, and those whose habits it follows are 0."""
        return tuple(sorted(set(self.annotators.values())))


class LossConfig(_Section):
    """Weights of the parts of the loss."""

    tags: float = 1.0
    type: float = 0.3
    status: float = 0.3
    aggregate: float = 0.3
    kind: float = 0.5
    pairs: float = 0.5
    pieces: float = Field(0.0, ge=0, description="of guessing the hidden pieces (`data.masked`) from what stands round them")
    smoothing: float = Field(0.0, ge=0, lt=1)


class OptimConfig(_Section):
    """The optimiser and its schedule."""

    epochs: float = Field(12, gt=0)
    batch_size: int = Field(8, ge=1)
    learning_rate: float = Field(2e-4, gt=0)
    head_learning_rate: float = Field(1e-3, gt=0)
    layer_decay: float = Field(1.0, gt=0, le=1, description="each layer below the top learns this much slower than the one above")
    weight_decay: float = Field(0.01, ge=0)
    warmup: float = Field(0.1, ge=0, lt=1, description="share of the steps")
    schedule: Literal["linear", "cosine", "constant_with_warmup"] = "linear"
    clip: float = Field(1.0, gt=0)
    average: float = Field(0.0, ge=0, lt=1, description="decay of the moving average of the weights that is evaluated and kept; 0: none")


class RunConfig(_Section):
    """Where and how the run goes."""

    output: str = Field(description="run folder, relative to the working directory")
    seed: int = 0
    bf16: bool | None = Field(None, description="bf16 autocast; null: where the CPU or GPU has it")
    evals_per_epoch: float = Field(1, gt=0)
    first_eval: float = Field(0, ge=0, description="no evaluation before this epoch")
    best: Literal["score", "spans", "seqeval", "events_typed", "arguments", "facts", "casualties", "records"] | None = Field(
        None,
        description="the dev figure that chooses the best checkpoint; `score` (where null) is the mean of spans and facts F1. With "
        "optim.average there is nothing to choose",
    )
    keep_checkpoints: int = Field(2, ge=1)
    threads: int | None = Field(None, ge=1, description="CPU threads; null: all cores")
    tensorboard: bool = False


class TrainConfig(_Section):
    """A whole training configuration."""

    model: ModelConfig
    data: DataConfig
    loss: LossConfig = LossConfig()
    optim: OptimConfig = OptimConfig()
    run: RunConfig

    @model_validator(mode="after")
    def _an_average_is_not_chosen(self) -> TrainConfig:
        if self.optim.average and self.run.best:
            raise ValueError(
                f"got run.best {self.run.best} with optim.average {self.optim.average}, expected one of the two: the average of the last "
                "steps is kept, whichever checkpoint is best"
            )
        return self

    @model_validator(mode="after")
    def _pieces_are_hidden(self) -> TrainConfig:
        if self.loss.pieces and not self.data.masked:
            raise ValueError(
                f"got loss.pieces {self.loss.pieces} with data.masked 0, expected both or neither: only hidden pieces are guessed"
            )
        return self


class PretrainDataConfig(_Section):
    """Texts to pretrain on; paths are relative to the project's root."""

    articles: str = Field(description="texts, one JSON object with `text` a line, gzipped")
    left_out: tuple[str, ...] = Field((), description="annotations that name lines of `articles` which are to measure with")
    width: int = Field(256, ge=16, description="pieces a window")
    masked: float = Field(0.2, gt=0, lt=1, description="share of the pieces that are hidden, each time other ones")
    held: int = Field(200, ge=1, description="windows kept back to measure how well hidden pieces are guessed")


class PretrainRunConfig(_Section):
    """Where and how the run goes."""

    output: str = Field(description="run folder, relative to the working directory")
    seed: int = 0
    bf16: bool | None = Field(None, description="bf16 autocast; null: where the CPU or GPU has it")
    save_steps: int = Field(500, ge=1, description="steps between checkpoints, from which a stopped run goes on")
    threads: int | None = Field(None, ge=1, description="CPU threads; null: all cores")


class PretrainConfig(_Section):
    """A whole configuration of an encoder's pretraining."""

    model: EncoderConfig
    data: PretrainDataConfig
    optim: OptimConfig = OptimConfig()
    run: PretrainRunConfig

    @model_validator(mode="after")
    def _says_nothing_that_is_not_read(self) -> PretrainConfig:
        if self.optim.average:
            raise ValueError(f"got optim.average {self.optim.average}, expected 0: pretraining keeps the last weights")
        if self.data.width > self.model.max_positions:
            raise ValueError(f"got data.width {self.data.width}, expected at most model.max_positions {self.model.max_positions}")
        return self


Config = TypeVar("Config", TrainConfig, PretrainConfig)


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> TrainConfig:
    """Read a YAML configuration of a training and lay `section.key=value` overrides over it.

    Raises:
        ConfigError: as `read_config`.
    """
    return read_config(TrainConfig, path, overrides)


def read_config(kind: type[Config], path: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Read a YAML configuration of a `kind` and lay `section.key=value` overrides over it.

    Raises:
        ConfigError: for a file that cannot be read, an override of another form, an unknown key (the message names the nearest known
            one) or a value of the wrong kind (the message says what was got and what was expected).
    """
    try:
        raw = yaml.safe_load(Path(path).read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be read: {error.strerror}") from error
    except yaml.YAMLError as error:
        raise ConfigError(f"{path}: not YAML: {error}") from error
    if not isinstance(raw, dict):
        raise ConfigError(f"{path}: got {type(raw).__name__}, expected sections ({', '.join(kind.model_fields)})")
    for override in overrides:
        _lay_over(raw, override)
    try:
        return kind.model_validate(raw)
    except ValidationError as error:
        raise ConfigError(f"{path}: " + "; ".join(_explain(fault, kind) for fault in error.errors())) from error


def _lay_over(raw: dict[str, Any], override: str) -> None:
    name, equals, value = override.partition("=")
    section, dot, key = name.partition(".")
    if not (equals and dot and section and key):
        raise ConfigError(f"got {override!r}, expected section.key=value")
    target = raw.setdefault(section, {})
    if not isinstance(target, dict):
        raise ConfigError(f"{section}: got {type(target).__name__}, expected keys and values")
    try:
        target[key] = yaml.safe_load(value)
    except yaml.YAMLError as error:
        raise ConfigError(f"{name}: got {value!r}, expected a YAML value: {error}") from error
    if name == "data.train" and isinstance(target[key], list):
        # What the file said of training files that are no longer taken goes with them: who trains on another file need not know it.
        for about in ("repeat", "raw_texts", "mends", "annotators"):
            if isinstance(target.get(about), dict):
                target[about] = {path: told for path, told in target[about].items() if path in target[key]}


def _explain(fault: Any, kind: type[BaseModel]) -> str:
    place = [str(part) for part in fault["loc"]]
    name = ".".join(place)
    if not name:  # of the whole configuration
        return str(fault["msg"]).removeprefix("Value error, ")
    if fault["type"] != "extra_forbidden":
        return f"{name}: got {fault['input']!r}, expected: {fault['msg']}"
    fields = kind.model_fields
    for part in place[:-1]:
        section = fields[part].annotation
        assert isinstance(section, type)
        assert issubclass(section, BaseModel)
        fields = section.model_fields
    near = difflib.get_close_matches(place[-1], list(fields), n=1, cutoff=0.0)
    return f"{name}: unknown key; the nearest known one is {'.'.join([*place[:-1], *near])}"
