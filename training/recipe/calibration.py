"""What is chosen on dev after training: grouping options, the temperature of span scores, the confidence of events."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import numpy as np

from rasid import calibration
from rasid.analysis import Analysis, SpecialPieces
from rasid.backend import Backend, Ints
from rasid.encoding import PieceEncoder
from rasid.evaluation import evaluate
from rasid.grouping import GroupingOptions
from rasid.linking import Floats
from recipe.trainer import read_all, records_of

# Coarse on purpose: 40 documents cannot tell finer steps apart.
GRID = (0.3, 0.4, 0.5, 0.6)
TEMPERATURES = tuple(round(0.8 + 0.1 * k, 1) for k in range(18))
KNOTS = tuple(round(0.05 * k, 2) for k in range(21))
LEAST_GAIN = 0.3  # points; less is noise on 40 documents: a finer choice (merge 0.2) lost on the own held-out reports


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


def span_outcomes(dev: Sequence[Mapping[str, Any]], analyses: Sequence[Analysis]) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Score of each predicted span, and whether gold has it with the same edges and label."""
    scores, right = [], []
    for document, analysis in zip(dev, analyses, strict=True):
        gold = {(s["label"], *analysis.words.range(s["start"], s["end"])) for s in document["spans"]}
        for span in analysis.spans:
            scores.append(span.score)
            right.append((span.label, span.first, span.last) in gold)
    return np.asarray(scores), np.asarray(right, dtype=float)


def event_confidence(
    dev: Sequence[Mapping[str, Any]], analyses: Sequence[Analysis], options: GroupingOptions
) -> tuple[tuple[float, float], ...]:
    """Knots that turn a draft's probability into the chance that type, status and figures are right (logistic regression on dev)."""
    raw, right = event_outcomes(dev, analyses, options)
    if len(raw) < 20 or right.min() == right.max():
        return ()
    slope, bias = _fit_logistic(_logit(raw), right)
    return tuple((k, round(float(1 / (1 + np.exp(-(slope * _logit(np.asarray([k]))[0] + bias)))), 4)) for k in KNOTS)


def event_outcomes(
    dev: Sequence[Mapping[str, Any]], analyses: Sequence[Analysis], options: GroupingOptions
) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """Raw confidence of each predicted event, and whether its type, status and figures are right."""
    identity = tuple((k, k) for k in KNOTS)
    outcomes = calibration.event_outcomes(dev, records_of(dev, analyses, options, identity))
    return outcomes.confidence, outcomes.right.astype(float)


def _logit(p: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    p = np.clip(p, 1e-3, 1 - 1e-3)
    return np.asarray(np.log(p / (1 - p)))


def _fit_logistic(x: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> tuple[float, float]:
    """Slope and bias by Newton's method, lightly regularised; the slope is kept from falling."""
    design = np.stack([x, np.ones_like(x)], axis=1)
    weights = np.zeros(2)
    for _ in range(50):
        p = 1 / (1 + np.exp(-design @ weights))
        gradient = design.T @ (p - y) + 1e-2 * weights
        hessian = design.T @ (design * (p * (1 - p))[:, None]) + 1e-2 * np.eye(2)
        weights -= np.linalg.solve(hessian, gradient)
    return max(float(weights[0]), 0.0), float(weights[1])


def _log_loss(p: np.ndarray[Any, Any], y: np.ndarray[Any, Any]) -> float:
    p = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-(y * np.log(p) + (1 - y) * np.log(1 - p)).mean())
