"""The model card and the curves of a run, filled from the run itself."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rasid.errors import MissingDependencyError
from recipe.config import DEFAULT_BEST, TrainConfig
from recipe.plots import pyplot

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
- {chosen}

| dev figure (F1, %) | value |
| --- | --- |
{rows}

The figures are of the checkpoint in full precision with the default grouping options; those of the exported package are in its own card.
"""


def write_card(config: TrainConfig, summary: Mapping[str, Any], path: Path) -> None:
    """Write the model card of a run from its configuration and its `metrics.json`."""
    rows = "\n".join(f"| {name} | {value:.1f} |" for name, value in summary["dev"].items())
    dev = ", ".join(Path(p).name for p in config.data.dev)
    steps = summary["steps"]
    if config.optim.average:
        chosen = f"Weights: the moving average of {steps} steps (decay {config.optim.average}); nothing was chosen on {dev}."
    else:
        chosen = f"Chosen on {dev} (best `{config.run.best or DEFAULT_BEST}`), step {summary['best_step']} of {steps}."
    text = CARD.format(
        output=Path(config.run.output).name,
        encoder=config.model.name,
        normalization=config.model.normalization,
        positions=config.model.max_positions,
        documents=summary["training_documents"],
        train=", ".join(Path(p).name for p in config.data.train),
        seed=summary["seed"],
        epochs=config.optim.epochs,
        batch=config.optim.batch_size,
        rate=config.optim.learning_rate,
        minutes=summary["minutes"],
        chosen=chosen,
        rows=rows,
    )
    path.write_text(text, encoding="utf-8")


PACKAGE_CARD = """# {name} {version}: model card

The model that `rasid.load` reads: an int8 ONNX token classifier (`tagger.onnx`) and linker (`linker.onnx`), {mib} MiB with its tokenizer.
It reads Arabic conflict reports: labels ACTOR, NUMBER, LOCATION, DATE and TRIGGER, and links the spans into events.

- **Encoder**: {encoder} (MIT), {layers} layers, hidden size {hidden}, normalisation `{normalization}`.
- **Made by** the developers of Rasid, {date}; MIT.
- **For**: people who build casualty and conflict records from Arabic news, with a person who checks what is published.
- **Not for**: targeting, accusing or prosecuting anybody; evidence by itself; automatic publication; texts other than news reports.

## What it was trained on

{documents} annotated reports ({train}).
The written reports among them are invented; the others are public news, whose texts are not in the project. The project's README, "Data",
says who annotated which, how well they agree and what else is known of the texts.

## Scores

F1 in percent on {dev} ({dev_documents} reports), measured on {date} with `training/export.py`: the package (int8)
against the checkpoint in full precision. The same reports chose the model, the grouping options and the temperature of the spans' scores:
scores on unseen outlets will be lower (a fall of 10 points or more is normal in this field). The events' confidence was fitted on
{fitted_on}.

| figure | package | checkpoint |
| --- | --- | --- |
{rows}

The two give the same word label for {agreement} % of the words.

{parts}

{seeds}
## Limits

Modern standard Arabic news of the Middle East and North Africa, 2005 to 2024. Weak on perpetrators in long lists, on which of two near
events a place belongs to, on dialect and on other languages in Arabic letters. Alleged and denied events are rare in
training{rare}. A report's point of view becomes the record's: who is named a perpetrator, and with which word, is
what the outlet wrote.
"""


def write_package_card(facts: Mapping[str, Any], parity: Mapping[str, Any], seeds: Mapping[str, Any] | None, path: Path) -> None:
    """Write the card of an exported package.

    Args:
        facts: what fills the template beside the scores.
        parity: as `recipe.export.export` makes it.
        seeds: the table that `training/seeds.py -o` wrote, or None.
    """
    rows = "\n".join(f"| {name} | {value:.1f} | {parity['checkpoint'][name]:.1f} |" for name, value in parity["package"].items())
    path.write_text(
        PACKAGE_CARD.format(
            **facts, rows=rows, agreement=parity["label_agreement"], parts=_parts_table(parity["parts"]), seeds=_seed_table(seeds)
        ),
        encoding="utf-8",
    )


def rare_statuses(statuses: Mapping[str, int]) -> str:
    """How many events of training are alleged and denied, as a bracket for the card; nothing where it is not known."""
    if not statuses:
        return ""
    alleged, denied = (statuses.get(status, 0) for status in ("alleged", "denied"))
    return f" ({alleged} and {denied} of {sum(statuses.values()):,})"


def _parts_table(parts: Mapping[str, Mapping[str, float]]) -> str:
    """What is missed and what is wrongly said of each label, event type, role and casualty kind; few cases say little."""
    lines = ["How often each part is wrong, in percent; with few cases the figures say little:", ""]
    lines += ["| part | in the annotation | of these missed | said | of these wrong |", "| --- | ---: | ---: | ---: | ---: |"]
    for name, row in parts.items():
        missed, wrong = (f"{100 - row[k]:.0f}" if row[n] else "" for k, n in (("r", "gold"), ("p", "pred")))
        lines.append(f"| {name.replace('/', ': ')} | {row['gold']:g} | {missed} | {row['pred']:g} | {wrong} |")
    return "\n".join(lines)


def _seed_table(seeds: Mapping[str, Any] | None) -> str:
    """Each seed with its 95 % bootstrap interval by document, and the mean with the standard deviation over seeds."""
    if seeds is None:
        return ""
    heads = [f"seed {k}" for k in range(len(seeds["seeds"]))]
    lines = [f"The same recipe over {len(heads)} seeds, {seeds['documents']} reports; 95 % bootstrap intervals by document:", ""]
    lines += ["| figure | " + " | ".join(heads) + " | mean (spread) |", "| --- " * (len(heads) + 2) + "|"]
    for name, mean in seeds["mean"].items():
        cells = [f"{row[name]['f1']} [{row[name]['interval'][0]}, {row[name]['interval'][1]}]" for row in seeds["seeds"]]
        lines.append(f"| {name} | " + " | ".join(cells) + f" | {mean['mean']} ({mean['spread']}) |")
    return "\n".join(lines) + "\n"


def write_curves(history: Sequence[Mapping[str, float]], out: Path) -> None:
    """Write the log history as curves.json, and as curves.png where matplotlib is installed."""
    (out / "curves.json").write_text(json.dumps(list(history), indent=1) + "\n", encoding="utf-8")
    try:
        plt = pyplot()
    except MissingDependencyError:
        return
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
