"""What is chosen after training: grouping options and the temperature of span scores on dev, the events' confidence there or elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, astuple, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasid.analysis import Analysis, SpecialPieces
from rasid.backend import Backend, Ints
from rasid.confidence import ConfidenceParts, ConfidenceWeights, confidence_parts
from rasid.document import Document
from rasid.encoding import PieceEncoder
from rasid.evaluation import evaluate, sound_events
from rasid.events import settled_drafts
from rasid.grouping import GroupingOptions
from rasid.linking import Floats
from recipe.trainer import read_all, records_of

# Coarse on purpose: 40 documents cannot tell finer steps apart.
GRID = (0.3, 0.4, 0.5, 0.6)
TEMPERATURES = tuple(round(0.8 + 0.1 * k, 1) for k in range(18))
LEAST_GAIN = 0.3  # points; less is noise on 40 documents: a finer choice (merge 0.2) lost on the own held-out reports
LEAST_EVENTS = 20  # from which their confidence can be fitted
RIDGE = 5.0  # of some hundred events, each part scaled to a deviation of 1: a tenth of what the data say
Array = NDArray[np.float64]


class _Remembering:
    """A backend that runs each batch of the encoder once: only what follows it differs between temperatures."""

    def __init__(self, backend: Backend):
        self.backend = backend
        self.seen: dict[bytes, tuple[Floats, Floats]] = {}

    def encode(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
        key = ids.tobytes()
        if key not in self.seen:
            self.seen[key] = self.backend.encode(ids, mask)
        return self.seen[key]

    def link(self, hidden: Floats, inputs: dict[str, Ints]) -> tuple[Floats, Floats]:
        return self.backend.link(hidden, inputs)


def choose_options(dev: Sequence[Mapping[str, Any]], analyses: Sequence[Analysis]) -> dict[str, float]:
    """Two rounds of coordinate ascent over a coarse grid, by facts (counted twice), casualties and records F1; a gain below
    `LEAST_GAIN` keeps what is there."""

    def value(options: GroupingOptions) -> float:
        scores = evaluate(dev, records_of(dev, analyses, options))
        return (2 * scores.f1("facts") + scores.f1("casualties") + scores.f1("records")) / 4

    options = GroupingOptions()
    best = value(options)
    for _ in range(2):
        before = options
        for name in asdict(options):
            if name in ("trigger", "part_of"):  # neither moves these figures reliably
                continue
            for step in GRID:
                trial = replace(options, **{name: step})
                gained = value(trial)
                if gained > best + LEAST_GAIN:
                    best, options = gained, trial
        if options == before:
            break
    return asdict(options)


def span_temperature(dev: Sequence[Mapping[str, Any]], backend: Backend, encoder: PieceEncoder, special: SpecialPieces) -> float:
    """The temperature with which the spans' scores fit best (least log loss of "span right") on dev."""
    best, chosen = float("inf"), 1.0
    backend = _Remembering(backend)
    for temperature in TEMPERATURES:
        scores, right = span_outcomes(dev, read_all(dev, backend, encoder, special, temperature))
        if not len(scores):
            return 1.0
        loss = _log_loss(scores, right)
        if loss < best:
            best, chosen = loss, temperature
    return chosen


def span_outcomes(dev: Sequence[Mapping[str, Any]], analyses: Sequence[Analysis]) -> tuple[Array, Array]:
    """Score of each predicted span, and whether gold has it with the same edges and label."""
    scores, right = [], []
    for document, analysis in zip(dev, analyses, strict=True):
        gold = {(s["label"], *analysis.words.range(s["start"], s["end"])) for s in document["spans"]}
        for span in analysis.spans:
            scores.append(span.score)
            right.append((span.label, span.first, span.last) in gold)
    return np.asarray(scores), np.asarray(right, dtype=float)


def event_confidence(
    documents: Sequence[Mapping[str, Any]], analyses: Sequence[Analysis], options: GroupingOptions
) -> ConfidenceWeights | None:
    """The weights with which an event's parts tell best whether its type, status and figures are right; None of too few events.

    A part that would count against the event gets no weight, and the others are fitted without it.
    """
    parts, right = event_outcomes(documents, analyses, options)
    if len(right) < LEAST_EVENTS or right.min() == right.max():
        return None
    names = [field.name for field in fields(ConfidenceParts)]
    taken = list(range(len(names)))
    while True:
        weights, bias = fit_logistic(parts[:, taken], right)
        if not len(weights) or weights.min() >= 0:
            break
        taken.remove(taken[int(weights.argmin())])
    found = dict.fromkeys(names, 0.0) | {names[k]: round(float(w), 4) for k, w in zip(taken, weights, strict=True)}
    return ConfidenceWeights(**found, bias=round(bias, 4))


def event_outcomes(documents: Sequence[Mapping[str, Any]], analyses: Sequence[Analysis], options: GroupingOptions) -> tuple[Array, Array]:
    """The parts of each predicted event's confidence, shape (events, parts), and whether its type, status and figures are right."""
    records = records_of(documents, analyses, options)
    parts: list[tuple[float, ...]] = []
    right: list[bool] = []
    for raw, analysis in zip(documents, analyses, strict=True):
        document = Document.make(raw)
        drafts = [draft for _, found in settled_drafts(document, analysis, options) for draft in found]
        parts.extend(astuple(confidence_parts(draft)) for draft in drafts)
        right.extend(sound_events(raw, records[document.id]))
    return np.asarray(parts).reshape(len(right), len(fields(ConfidenceParts))), np.asarray(right, dtype=float)


def fit_logistic(x: Array, y: Array) -> tuple[Array, float]:
    """Weights and bias of a logistic regression by Newton's method, the weights of the scaled columns drawn a little towards 0.

    Args:
        x: shape (items, columns). y: 0 or 1, shape (items,).
    """
    scale = x.std(axis=0) + 1e-6
    design = np.column_stack([x / scale, np.ones(len(x))])
    ridge = np.diag([RIDGE] * x.shape[1] + [0.0])
    weights = np.zeros(design.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (p - y) + ridge @ weights
        hessian = design.T @ (design * (p * (1 - p))[:, None]) + ridge + 1e-9 * np.eye(len(weights))
        weights -= np.linalg.solve(hessian, gradient)
    return weights[:-1] / scale, float(weights[-1])


def _log_loss(p: Array, y: Array) -> float:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())
