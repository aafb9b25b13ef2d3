"""What more annotation brings: one run for each number of training documents, and the points that a doubling is worth."""

from __future__ import annotations

import gc
import json
import logging
import math
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from rasid.errors import ConfigError
from rasid.words import split_words
from recipe.config import TrainConfig, load_config
from recipe.data import training_documents

log = logging.getLogger(__name__)
FIGURES = ("spans", "events_typed", "arguments", "facts", "casualties", "records")
DRAWN = ("spans", "facts", "casualties", "records")
Row = dict[str, Any]
Training = Callable[[TrainConfig], Mapping[str, Any]]


@dataclass(frozen=True)
class Plan:
    """What is run: a configuration with overrides, document limits (None: all), seeds, and how long each point is trained.

    Every point takes the same number of optimiser steps, with the same warm-up and decay laid over them, so that small sets are not
    scored half trained: `steps`, or what the configuration does with all documents where that is None. Documents are seen at most
    `most_epochs` times, which keeps the smallest sets from being learned by heart for the time that the largest one takes.
    """

    config: str
    overrides: tuple[str, ...]
    limits: tuple[int | None, ...]
    seeds: tuple[int, ...]
    output: Path
    steps: int | None = None
    most_epochs: float = 60
    evaluations: int = 4


@dataclass(frozen=True)
class Doubling:
    """F1 points that twice the documents bring: over the whole curve (least squares on log2 of the documents, with the standard error of
    the slope where more than two points are there), and between the two largest sets."""

    points: float
    error: float | None
    last: float


def point_configs(plan: Plan) -> list[TrainConfig]:
    """The configuration of each point, smaller sets first.

    Raises:
        ConfigError: for a configuration that cannot be read, or a limit that is not below the number of documents there are.
    """
    base = load_config(plan.config, plan.overrides)
    every = training_documents(base.data)
    there = len({document["id"] for document in every})
    for limit in plan.limits:
        if limit is not None and not 0 < limit < there:
            raise ConfigError(f"got a limit of {limit} documents, expected 1 to {there - 1} or all: there are {there}")
    batch = base.optim.batch_size
    steps = plan.steps or math.ceil(base.optim.epochs * math.ceil(len(every) / batch))
    out = []
    for limit in sorted(plan.limits, key=lambda n: n or there):
        few = every if limit is None else training_documents(base.data.model_copy(update={"limit": limit}))
        epochs = round(min(plan.most_epochs, steps / math.ceil(len(few) / batch)), 3)
        for seed in plan.seeds:
            said = {
                "data.limit": "null" if limit is None else limit,
                "optim.epochs": epochs,
                "run.seed": seed,
                "run.output": plan.output / f"{limit or 'all'}-seed-{seed}",
                "run.evals_per_epoch": round(plan.evaluations / epochs, 6),
                "run.first_eval": 0,
            }
            out.append(load_config(plan.config, [*plan.overrides, *(f"{name}={value}" for name, value in said.items())]))
    return out


def run_point(config: TrainConfig, training: Training, *, keep_models: bool = False) -> Row:
    """Train one point and return its row, which is kept in its folder: a point that is done is read and not trained again.

    Args:
        training: trains a configuration (`recipe.run.train`, which goes on from the last checkpoint of a stopped run).
        keep_models: keep the trained model; else the folder holds figures and curves only.

    Raises:
        ConfigError: where the folder holds a run of another configuration.
    """
    out = Path(config.run.output)
    kept = out / "point.json"
    if kept.is_file():
        held = json.loads(kept.read_text(encoding="utf-8"))
        if held["config"] != config.model_dump(mode="json"):
            raise ConfigError(f"{out}: holds a point of another configuration; give another -o, or --fresh")
        log.info("%s: done before", out.name)
        return dict(held["row"])
    documents = list({d["id"]: d for d in training_documents(config.data)}.values())
    log.info("%s: %d documents, %g epochs", out.name, len(documents), config.optim.epochs)
    dev = training(config)
    summary = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    row = {
        "documents": len(documents),
        "tokens": sum(len(split_words(d["text"])) for d in documents),
        "annotated_spans": sum(len(d["spans"]) for d in documents),
        "annotated_events": sum(len(d["events"]) for d in documents),
        "seed": config.run.seed,
        "steps": summary["steps"],
        "epochs": config.optim.epochs,
        "minutes": summary["minutes"],
        **{name: dev[name] for name in FIGURES},
    }
    kept.write_text(json.dumps({"config": config.model_dump(mode="json"), "row": row}, indent=1) + "\n", encoding="utf-8")
    if not keep_models:
        for name in ("checkpoints", "model"):
            shutil.rmtree(out / name, ignore_errors=True)
    gc.collect()
    return row


def doubling(rows: Sequence[Row], name: str) -> Doubling:
    """What twice the documents bring to a figure; all seeds count.

    Raises:
        ConfigError: where all rows have the same number of documents.
    """
    sizes = sorted({row["documents"] for row in rows})
    if len(sizes) < 2:
        raise ConfigError("got one size of training set, expected two or more to fit a curve")
    x = np.log2([row["documents"] for row in rows])
    y = np.asarray([row[name] for row in rows], dtype=float)
    spread = x - x.mean()
    slope = float(spread @ y / (spread @ spread))
    error = None
    if len(rows) > 2:
        residue = y - y.mean() - slope * spread
        error = float(np.sqrt(residue @ residue / (len(rows) - 2) / (spread @ spread)))
    before, after = (float(np.mean([row[name] for row in rows if row["documents"] == size])) for size in sizes[-2:])
    return Doubling(slope, error, (after - before) / math.log2(sizes[-1] / sizes[-2]))


def table(rows: Sequence[Row]) -> str:
    """The rows as a Markdown table, the worth of a doubling below."""
    heads = ["documents", "tokens", "seed", "epochs", "minutes", *FIGURES]
    lines = ["| " + " | ".join(name.replace("_", " ") for name in heads) + " |", "| " + "---: | " * len(heads)]
    for row in rows:
        cells = [f"{row[name]:.1f}" if name in FIGURES else f"{row[name]:g}" if name == "epochs" else str(row[name]) for name in heads]
        lines.append("| " + " | ".join(cells) + " |")
    text = "\n".join(line.rstrip() for line in lines) + "\n"
    if len({row["documents"] for row in rows}) < 2:
        return text
    text += (
        "\n| F1 points for twice the documents | over the curve (standard error) | between the two largest sets |\n| --- | ---: | ---: |\n"
    )
    for name in FIGURES:
        fit = doubling(rows, name)
        error = "" if fit.error is None else f" ({fit.error:.1f})"
        text += f"| {name.replace('_', ' ')} | {fit.points:+.1f}{error} | {fit.last:+.1f} |\n"
    return text


def write_all(rows: Sequence[Row], out: Path) -> None:
    """Write curve.jsonl (a row a point), curve.md and, from two sizes on, curve.json with what a doubling brings."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "curve.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    (out / "curve.md").write_text(table(rows), encoding="utf-8")
    if len({row["documents"] for row in rows}) > 1:
        fits = {name: doubling(rows, name) for name in FIGURES}
        plain = {
            n: {"points": round(f.points, 2), "error": f.error and round(f.error, 2), "last": round(f.last, 2)} for n, f in fits.items()
        }
        (out / "curve.json").write_text(json.dumps({"points_per_doubling": plain}, indent=1) + "\n", encoding="utf-8")


def draw(rows: Sequence[Row], path: Path, plt: Any) -> None:
    """Draw figures over documents (logarithmic), each seed a mark, the mean a line, the fit dashed."""
    figure, axis = plt.subplots(figsize=(7, 4.5))
    sizes = sorted({row["documents"] for row in rows})
    for name in DRAWN:
        means = [np.mean([row[name] for row in rows if row["documents"] == size]) for size in sizes]
        (line,) = axis.plot(sizes, means, label=name)
        axis.plot([row["documents"] for row in rows], [row[name] for row in rows], "o", color=line.get_color(), markersize=4)
        if len(sizes) > 1:
            fit = doubling(rows, name)
            middle = np.log2([row["documents"] for row in rows]).mean(), np.mean([row[name] for row in rows])
            ends = np.asarray([sizes[0], 2 * sizes[-1]])
            axis.plot(ends, middle[1] + fit.points * (np.log2(ends) - middle[0]), "--", color=line.get_color(), linewidth=0.8)
            line.set_label(f"{name}: {fit.points:+.1f} a doubling")
    axis.set_xscale("log", base=2)
    axis.set_xticks(sizes, [str(size) for size in sizes])
    axis.set(xlabel="training documents", ylabel="dev F1 (%)")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)
