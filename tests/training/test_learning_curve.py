"""The learning curve: equal steps, points that are done are kept, what a doubling brings."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("yaml", reason="the training extra is not installed")

from commands import ROOT

from rasid.errors import ConfigError
from recipe.config import DataConfig, TrainConfig
from recipe.data import training_documents
from recipe.learning_curve import FIGURES, Plan, doubling, point_configs, run_point, table, write_all

SMOKE = str(ROOT / "configs" / "smoke.yaml")


def plan(out: Path, **changes: Any) -> Plan:
    said: dict[str, Any] = {"config": SMOKE, "overrides": ("data.limit=null",), "limits": (16, None, 8), "seeds": (0,), "output": out}
    return Plan(**(said | changes))


def rows(*points: tuple[int, float]) -> list[dict[str, Any]]:
    return [
        {"documents": n, "tokens": 10 * n, "seed": 0, "epochs": 2.0, "minutes": 1, **dict.fromkeys(FIGURES, value)} for n, value in points
    ]


def test_every_point_takes_the_same_number_of_steps(tmp_path: Path) -> None:
    configs = point_configs(plan(tmp_path, steps=6))
    assert [c.data.limit for c in configs] == [8, 16, None]
    assert [c.optim.epochs for c in configs[:2]] == [6, 3]  # of 1 and 2 steps
    assert [Path(c.run.output).name for c in configs] == ["8-seed-0", "16-seed-0", "all-seed-0"]


def test_no_document_is_seen_more_often_than_allowed(tmp_path: Path) -> None:
    assert point_configs(plan(tmp_path, steps=600, most_epochs=20))[0].optim.epochs == 20


def test_a_limit_that_is_no_smaller_than_all(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="got a limit of 9999 documents, expected 1 to"):
        point_configs(plan(tmp_path, limits=(9999,)))


def test_a_limit_counts_documents_and_not_how_often_they_are_taken(tmp_path: Path) -> None:
    path = "training/corpus/reports.jsonl"
    twice = training_documents(DataConfig(train=(path,), dev=(), limit=5, repeat={path: 2}))
    assert (len(twice), len({d["id"] for d in twice})) == (10, 5)


def test_a_point_that_is_done_is_not_trained_again(tmp_path: Path) -> None:
    asked = []

    def training(config: TrainConfig) -> Mapping[str, Any]:
        asked.append(config.run.output)
        out = Path(config.run.output)
        (out / "model").mkdir(parents=True)
        (out / "metrics.json").write_text(json.dumps({"steps": 6, "minutes": 0.1}), encoding="utf-8")
        return dict.fromkeys(FIGURES, 50.0)

    config = point_configs(plan(tmp_path, steps=6))[0]
    row = run_point(config, training)
    assert (row["documents"], row["steps"], row["facts"]) == (8, 6, 50.0)
    assert row["tokens"] > 100
    assert run_point(config, training) == row
    assert len(asked) == 1
    assert not (Path(config.run.output) / "model").exists()
    other = config.model_copy(update={"optim": config.optim.model_copy(update={"epochs": 1})})
    with pytest.raises(ConfigError, match="another configuration"):
        run_point(other, training)


def test_what_a_doubling_brings() -> None:
    fit = doubling(rows((40, 40.0), (80, 50.0), (160, 60.0), (320, 70.0)), "facts")
    assert (fit.points, fit.last) == (pytest.approx(10), pytest.approx(10))
    assert fit.error == pytest.approx(0, abs=1e-9)
    flattening = doubling(rows((40, 40.0), (80, 50.0), (160, 54.0)), "facts")
    assert flattening.points == pytest.approx(7)
    assert flattening.last == pytest.approx(4)
    with pytest.raises(ConfigError, match="two or more"):
        doubling(rows((40, 40.0)), "facts")


def test_what_is_written(tmp_path: Path) -> None:
    points = rows((40, 40.0), (80, 50.0))
    write_all(points, tmp_path)
    assert [json.loads(line) for line in (tmp_path / "curve.jsonl").read_text().splitlines()] == points
    fits = json.loads((tmp_path / "curve.json").read_text())["points_per_doubling"]
    assert fits["casualties"] == {"points": 10.0, "error": None, "last": 10.0}
    assert "| facts | +10.0 | +10.0 |" in (tmp_path / "curve.md").read_text()
    assert "doubl" not in table(points[:1])
