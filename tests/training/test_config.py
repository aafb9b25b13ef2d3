"""Configurations: what is wrong in one is named with the nearest right key; the shipped ones are valid and say how to run them."""

from __future__ import annotations

import re
from itertools import takewhile
from pathlib import Path

import pytest

pytest.importorskip("yaml", reason="the training extra is not installed")

import yaml
from commands import ROOT

from rasid.errors import ConfigError
from recipe.config import PretrainConfig, load_config, read_config

CONFIGS = sorted((ROOT / "configs").glob("*.yaml"))
SMOKE = ROOT / "configs" / "smoke.yaml"
PRETRAIN = ROOT / "configs" / "pretrain.yaml"
SMALLEST = "model: {name: tiny}\ndata: {train: [a.jsonl], dev: [b.jsonl]}\nrun: {output: out}\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "c.yaml"
    path.write_text(text, encoding="utf-8")
    return path


# The shipped configurations


def test_the_configurations_are_there() -> None:
    assert {"arabert.yaml", "compact.yaml", "finetune.yaml", "finish.yaml", "own.yaml", "pretrain.yaml", "smoke.yaml"} == {
        p.name for p in CONFIGS
    }


@pytest.mark.parametrize("path", [path for path in CONFIGS if path != PRETRAIN], ids=lambda p: p.name)
def test_a_shipped_configuration_is_valid(path: Path) -> None:
    config = load_config(path)
    assert config.run.first_eval < config.optim.epochs
    assert 2 * config.model.overlap < config.model.max_positions - 2
    assert Path(config.run.output).name == path.stem


def test_the_shipped_configuration_of_pretraining_is_valid() -> None:
    config = read_config(PretrainConfig, PRETRAIN)
    assert config.data.width <= config.model.max_positions
    assert Path(config.run.output).name == PRETRAIN.stem


def header(path: Path) -> str:
    lines = path.read_text(encoding="utf-8").splitlines()
    return "\n".join(line.lstrip("# ") for line in takewhile(lambda line: line.startswith("#"), lines))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.name)
def test_a_shipped_configuration_opens_with_its_command_time_score_and_split(path: Path) -> None:
    said = header(path)
    assert re.search(rf"^(python|accelerate launch) training/(pre)?train\.py configs/{path.name}", said, re.MULTILINE)
    assert re.search(r"minute|hour", said)
    assert re.search(r"expected", said, re.IGNORECASE)
    assert re.search(r"\bdev\b|\bsplit\b|\btest\b", said, re.IGNORECASE)


# Reading


def test_what_is_left_out_has_its_default(tmp_path: Path) -> None:
    config = load_config(written(tmp_path, SMALLEST))
    assert config.optim.batch_size == 8
    assert config.model.normalization == "light"
    assert config.data.limit is None


def test_overrides_are_laid_over_in_order(tmp_path: Path) -> None:
    path = written(tmp_path, SMALLEST)
    overrides = [
        "optim.epochs=2",
        "optim.epochs=3",
        "data.train=[c.jsonl, d.jsonl]",
        "run.output=runs/x=y",
        "model.layers=6",
        "run.bf16=false",
    ]
    config = load_config(path, overrides)
    assert config.optim.epochs == 3
    assert config.data.train == ("c.jsonl", "d.jsonl")
    assert config.run.output == "runs/x=y"
    assert config.model.layers == 6
    assert config.run.bf16 is False


@pytest.mark.parametrize("said", ["1e-4", "1.0e-4", "0.0001"])
def test_a_rate_may_be_written_as_people_write_it(said: str) -> None:
    assert load_config(SMOKE, [f"optim.learning_rate={said}"]).optim.learning_rate == pytest.approx(1e-4)


def test_a_resolved_configuration_reads_back_the_same(tmp_path: Path) -> None:
    config = load_config(SMOKE, ["optim.epochs=1"])
    again = load_config(written(tmp_path, yaml.safe_dump(config.model_dump(mode="json"))))
    assert again == config


# Faults


@pytest.mark.parametrize(
    ("override", "nearest"),
    [
        ("optim.epoch=3", "optim.epoch: unknown key; the nearest known one is optim.epochs"),
        ("optim.warmup_steps=10", "the nearest known one is optim.warmup"),
        ("optim.lerning_rate=1", "the nearest known one is optim.learning_rate"),
        ("run.outptu=x", "the nearest known one is run.output"),
        ("modle.name=x", "modle: unknown key; the nearest known one is model"),
        ("data.limits=3", "the nearest known one is data.limit"),
    ],
)
def test_an_unknown_key_names_the_nearest_known_one(override: str, nearest: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(nearest)):
        load_config(SMOKE, [override])


def test_an_unknown_key_two_levels_down_names_the_nearest_known_one() -> None:
    with pytest.raises(ConfigError, match=r"nearest known one is model\.tiny\.hidden"):
        load_config(SMOKE, ["model.tiny={hiden: 8}"])


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("optim.epochs=many", "optim.epochs: got 'many', expected: .*number"),
        ("optim.batch_size=0", "optim.batch_size: got 0, expected: .*greater than or equal to 1"),
        ("model.normalization=camel", "model.normalization: got 'camel', expected: .*'light' or 'arabert'"),
        ("data.train=one.jsonl", "data.train: got 'one.jsonl', expected: .*tuple"),
        ("model.dropout=1", "model.dropout: got 1, expected: .*less than 1"),
        ("run.seed=1.5", "run.seed: got 1.5, expected: .*integer"),
        ("loss.tags=null", "loss.tags: got None, expected: .*number"),
    ],
)
def test_a_wrong_value_says_what_was_got_and_expected(override: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(SMOKE, [override])


def test_all_faults_are_named_at_once() -> None:
    with pytest.raises(ConfigError, match=r"optim\.epoch: .*; run\.seeds: "):
        load_config(SMOKE, ["optim.epoch=1", "run.seeds=2"])


@pytest.mark.parametrize("override", ["epochs=3", "optim.epochs", "optim.=3", ".epochs=3", "optim epochs 3"])
def test_an_override_of_another_form(override: str) -> None:
    with pytest.raises(ConfigError, match=r"expected section\.key=value"):
        load_config(SMOKE, [override])


def test_an_override_that_is_no_yaml() -> None:
    with pytest.raises(ConfigError, match=r"run\.output"):
        load_config(SMOKE, ["run.output=["])


def test_an_average_is_kept_whichever_checkpoint_is_best() -> None:
    with pytest.raises(ConfigError, match=r"got run\.best facts with optim\.average 0\.99, expected one of the two"):
        load_config(SMOKE, ["run.best=facts", "optim.average=0.99"])


@pytest.mark.parametrize("count", [0, -3])
def test_a_training_file_is_taken_once_at_least(count: int) -> None:
    with pytest.raises(ConfigError, match=r"data\.repeat\.training/corpus/reports\.jsonl: got -?\d, expected"):
        load_config(SMOKE, ["data.train=[training/corpus/reports.jsonl]", f"data.repeat={{training/corpus/reports.jsonl: {count}}}"])


def test_an_unknown_figure_to_choose_by() -> None:
    with pytest.raises(ConfigError, match=r"run\.best"):
        load_config(SMOKE, ["run.best=fact"])


@pytest.mark.parametrize(("field", "value"), [("repeat", "3"), ("annotators", "readers")])
def test_what_is_said_of_a_file_that_is_not_trained_on(field: str, value: str) -> None:
    with pytest.raises(ConfigError, match=rf"data\.{field}.*report\.jsonl"):
        load_config(SMOKE, [f"data.{field}={{training/corpus/report.jsonl: {value}}}"])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "got NoneType, expected sections"),
        ("- a", "got list, expected sections"),
        ("model: [", "not YAML"),
        ("model: {name: tiny}", r"data: got .*required.*run: "),
    ],
)
def test_a_file_that_is_no_configuration(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        load_config(written(tmp_path, text))


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nowhere\.yaml: cannot be read"):
        load_config(tmp_path / "nowhere.yaml")


def test_the_encoder_is_the_folder_else_the_fallback_else_the_hub_name(tmp_path: Path) -> None:
    def path(**model: str) -> str:
        return load_config(SMOKE, [f"model.{k}={v}" for k, v in model.items()]).model.path

    assert path(name=str(tmp_path), fallback="training") == str(tmp_path)
    assert path(name="some/hub-name", fallback=str(tmp_path)) == str(tmp_path)
    assert path(name="some/hub-name", fallback="not/there") == "some/hub-name"


def test_another_training_file_takes_what_was_said_of_the_old_ones_away() -> None:
    compact = ROOT / "configs" / "compact.yaml"
    assert load_config(compact).data.repeat
    data = load_config(compact, ["data.train=[mine.jsonl]"]).data
    assert (data.train, data.repeat, data.raw_texts) == (("mine.jsonl",), {}, {})
    kept = load_config(compact, ["data.train=[../shared/corpus/train.jsonl]"]).data
    assert kept.repeat == {"../shared/corpus/train.jsonl": 2}


def test_guessing_needs_hidden_pieces(tmp_path: Path) -> None:
    path = tmp_path / "c.yaml"
    path.write_text(SMALLEST, encoding="utf-8")
    with pytest.raises(ConfigError, match=r"got loss\.pieces 0\.1 with data\.masked 0, expected both or neither"):
        load_config(path, ["loss.pieces=0.1"])
    assert load_config(path, ["loss.pieces=0.1", "data.masked=0.1"]).loss.pieces == 0.1
