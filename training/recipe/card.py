"""The model card and the curves of a run, filled from the run itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from recipe.config import TrainConfig

CARD = """---
language: ar
license: mit
library_name: transformers
pipeline_tag: token-classification
tags: [arabic, conflict, event-extraction, rasid]
---
# Rasid model: {output}

Labels the words of Arabic conflict reports (ACTOR, NUMBER, LOCATION, DATE, TRIGGER; IOB2) and, with `linker.safetensors`, links them
into events. `AutoModelForTokenClassification.from_pretrained` loads the labeller; `training/export.py` makes the package that
`rasid.load` reads.

- Encoder: `{encoder}`, normalisation `{normalization}`, {positions} positions.
- Training: {documents} documents of {train}; seed {seed}; {epochs} epochs, batch {batch}, learning rate {rate}; {minutes} minutes.
- Chosen on {dev} (best `{best}`), step {step} of {steps}.

| dev figure (F1, %) | value |
| --- | --- |
{rows}

The figures are of the checkpoint in full precision with the default grouping options; those of the exported package are in its own card.
"""


def write_card(config: TrainConfig, summary: Mapping[str, Any], path: Path) -> None:
    """Write the model card of a run from its configuration and its `metrics.json`."""
    rows = "\n".join(f"| {name} | {value:.1f} |" for name, value in summary["dev"].items())
    text = CARD.format(
        output=Path(config.run.output).name,
        encoder=config.model.name,
        normalization=config.model.normalization,
        positions=config.model.max_positions,
        documents=summary["training_documents"],
        train=", ".join(Path(p).name for p in config.data.train),
        dev=", ".join(Path(p).name for p in config.data.dev),
        seed=summary["seed"],
        epochs=config.optim.epochs,
        batch=config.optim.batch_size,
        rate=config.optim.learning_rate,
        minutes=summary["minutes"],
        best=config.run.best,
        step=summary["best_step"],
        steps=summary["steps"],
        rows=rows,
    )
    path.write_text(text, encoding="utf-8")


def write_curves(history: Sequence[Mapping[str, float]], out: Path) -> None:
    """Write the log history as curves.json, and as curves.png where matplotlib is installed."""
    (out / "curves.json").write_text(json.dumps(list(history), indent=1) + "\n", encoding="utf-8")
    try:
        import matplotlib
    except ImportError:
        return
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(10, 4))
    for name in ("loss", "loss_tags", "loss_pairs"):
        points = [(row["epoch"], row[name]) for row in history if name in row]
        if points:
            left.plot(*zip(*points, strict=True), label=name)
    for name in ("eval_spans", "eval_facts", "eval_casualties", "eval_records"):
        points = [(row["epoch"], row[name]) for row in history if name in row]
        if points:
            right.plot(*zip(*points, strict=True), marker="o", label=name.removeprefix("eval_"))
    left.set(xlabel="epoch", ylabel="training loss")
    right.set(xlabel="epoch", ylabel="dev F1 (%)")
    for axis in (left, right):
        axis.legend()
    figure.tight_layout()
    figure.savefig(out / "curves.png", dpi=110)
    plt.close(figure)
