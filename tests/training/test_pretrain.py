"""Pretraining: hidden pieces are guessed better, a stopped run goes on, and what it writes is an encoder."""

from __future__ import annotations

import gzip
import json
import math
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("transformers", reason="the training extra is not installed")

from commands import ROOT, run
from transformers import AutoModel

from rasid.errors import ConfigError, InputError
from recipe.config import PretrainConfig, TinyConfig, read_config
from recipe.pretrain import cut_windows, pretrain, read_articles
from recipe.run import load_tokenizer, piece_encoder
from recipe.tiny import make_tiny_bert

HELD = 20


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory, reports: list[dict[str, Any]]) -> Path:
    """A tiny encoder, and the texts of the project's own reports as articles."""
    made = tmp_path_factory.mktemp("pretrain")
    texts = [report["text"] for report in reports]
    make_tiny_bert(made / "encoder", texts, TinyConfig(), normalization="light")
    with gzip.open(made / "articles.jsonl.gz", "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in texts)
    return made


def config(folder: Path, **optim: float) -> PretrainConfig:
    return PretrainConfig.model_validate(
        {
            "model": {"name": str(folder / "encoder")},
            "data": {"articles": str(folder / "articles.jsonl.gz"), "width": 64, "held": HELD},
            "optim": {"epochs": 2, "batch_size": 8, "learning_rate": 2e-3, **optim},
            "run": {"output": str(folder / "run"), "save_steps": 20, "threads": 1, "bf16": False},
        }
    )


@pytest.fixture(scope="module")
def done(folder: Path) -> dict[str, Any]:
    return pretrain(config(folder))


def test_hidden_pieces_are_guessed_better(folder: Path, done: dict[str, Any]) -> None:
    steps = sorted((folder / "run" / "checkpoints").iterdir(), key=lambda path: int(path.name.rpartition("-")[2]))
    history = json.loads((steps[-1] / "trainer_state.json").read_text(encoding="utf-8"))["log_history"]
    losses = [row["eval_loss"] for row in history if "eval_loss" in row]
    assert losses == sorted(losses, reverse=True)
    vocabulary = AutoModel.from_pretrained(folder / "run" / "model").config.vocab_size
    assert done["loss"] < math.log(vocabulary) - 0.4  # of guessing at random
    assert json.loads((folder / "run" / "metrics.json").read_text(encoding="utf-8")) == done


def test_what_it_writes_is_an_encoder_that_training_takes(folder: Path, done: dict[str, Any]) -> None:
    model = AutoModel.from_pretrained(folder / "run" / "model")
    assert model.config.hidden_size == TinyConfig().hidden
    named = config(folder).model.model_copy(update={"name": str(folder / "run" / "model")})
    assert load_tokenizer(named).mask_token_id is not None


def test_a_run_that_is_called_again_goes_on_from_its_last_checkpoint(folder: Path, done: dict[str, Any]) -> None:
    again = pretrain(config(folder))
    assert (again["steps"], again["windows"]) == (done["steps"], done["windows"])
    assert again["minutes"] <= done["minutes"]
    assert again["loss"] == pytest.approx(done["loss"], abs=0.05)


def test_another_run_goes_on_from_what_it_wrote(folder: Path, done: dict[str, Any], caplog: pytest.LogCaptureFixture) -> None:
    first = config(folder, epochs=0.1)
    later = first.model_copy(
        update={
            "model": first.model.model_copy(update={"name": str(folder / "run" / "model")}),
            "run": first.run.model_copy(update={"output": str(folder / "later")}),
        }
    )
    with caplog.at_level("INFO", logger="pretrain"):
        pretrain(later)
    (before,) = (record.args[0] for record in caplog.records if record.msg.startswith("before") and isinstance(record.args, tuple))
    assert before == pytest.approx(done["loss"], abs=0.01)


def test_articles_that_are_to_measure_with_are_left_out(folder: Path) -> None:
    out = folder / "held.jsonl"
    out.write_text('{"line": 0}\n{"line": 2}\n', encoding="utf-8")
    full = config(folder)
    left = full.model_copy(update={"data": full.data.model_copy(update={"left_out": (str(out),)})})
    texts = list(read_articles(full))
    assert list(read_articles(left)) == [texts[1], *texts[3:]]


def test_a_line_without_a_text_is_named(folder: Path) -> None:
    path = folder / "bad.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as stream:
        stream.write('{"text": "قصف"}\n{"title": "قصف"}\n')
    full = config(folder)
    bad = full.model_copy(update={"data": full.data.model_copy(update={"articles": str(path)})})
    with pytest.raises(InputError, match=r"bad\.jsonl\.gz:2: expected a JSON object with a text"):
        list(read_articles(bad))


def test_windows_hold_every_piece_but_a_short_rest(folder: Path, reports: list[dict[str, Any]]) -> None:
    settings = config(folder).model
    encoder = piece_encoder(load_tokenizer(settings), settings)
    windows = list(cut_windows([reports[0]["text"]], encoder, width=34))
    assert all(len(window) == 32 for window in windows[:-1])
    assert 16 <= len(windows[-1]) <= 32


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("optim.average=0.99", r"got optim\.average 0\.99, expected 0: pretraining keeps the last weights"),
        ("model.layers=6", r"model\.layers: unknown key"),
        ("model.linker_size=64", r"model\.linker_size: unknown key"),
        ("data.width=1024", r"got data\.width 1024, expected at most model\.max_positions 512"),
    ],
)
def test_what_pretraining_does_not_read_is_refused(override: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read_config(PretrainConfig, ROOT / "configs" / "pretrain.yaml", [override])


def test_an_unknown_key_is_named_by_the_command(tmp_path: Path) -> None:
    process, _ = run("training/pretrain.py", "configs/pretrain.yaml", f"run.output={tmp_path}", "data.mask=0.3")
    assert process.returncode == 2
    assert "data.mask: unknown key; the nearest known one is data.masked" in process.stderr
