"""Says how far confidences can be trusted: expected calibration error, reliability bins, and the table by which to choose a threshold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rasid.alignment import LabelledWords, read_words, word_index
from rasid.evaluation import sound_events
from rasid.records import Record
from rasid.standoff import document_id

BINS = 10
THRESHOLDS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99)
WANTED = (0.8, 0.9, 0.95, 0.99)
"""Precisions for which the least threshold is looked up."""
LEAST_KEPT = 10
"""A threshold that keeps fewer items than this promises nothing."""
SAMPLES = 1000
Floats = NDArray[np.float64]
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Outcomes:
    """Predicted items of several documents: arrays of one length, and counts.

    `document` numbers the items' documents, of which there are `documents`; `gold` counts the annotated items; `without` the
    predicted ones that have no confidence and so are in no array.
    """

    confidence: Floats
    right: NDArray[np.bool_]
    document: NDArray[np.int64]
    documents: int
    gold: int
    without: int


@dataclass(frozen=True, slots=True)
class Bin:
    """Items with confidence in `[low, high)` (the last bin holds 1 too): how many, their mean confidence, the share that is right."""

    low: float
    high: float
    count: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Threshold:
    """What keeping items of at least a confidence gives; `interval` is the 95 % bootstrap interval of `precision`.

    precision: share of the kept that is right. kept: count. share: kept of all predicted. found: kept and right of all annotated.
    """

    confidence: float
    kept: int
    share: float
    found: float
    precision: float
    interval: Interval

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types; shares from 0 to 1."""
        return {
            "confidence": self.confidence,
            "kept": self.kept,
            "share": round(self.share, 4),
            "found": round(self.found, 4),
            "precision": round(self.precision, 4),
            "interval": list(self.interval),
        }


@dataclass(frozen=True, slots=True)
class Calibration:
    """The figures of one kind of item; shares and errors from 0 to 1, intervals at 95 % by bootstrap over documents.

    ece: mean distance of confidence and share right over equally wide bins, weighted by their items. Its interval leans upwards, as
        drawing with replacement adds noise to each bin.
    gap: mean confidence less the share right: above 0 the confidences promise too much.
    choices: for each wanted precision the least threshold (in hundredths) that reaches it and keeps `LEAST_KEPT` items, or None.
    """

    count: int
    without: int
    gold: int
    ece: float
    ece_interval: Interval
    gap: float
    gap_interval: Interval
    bins: tuple[Bin, ...]
    thresholds: tuple[Threshold, ...]
    choices: tuple[tuple[float, Threshold | None], ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON types."""
        return {
            "predicted": self.count,
            "without_confidence": self.without,
            "gold": self.gold,
            "ece": round(self.ece, 4),
            "ece_interval": list(self.ece_interval),
            "gap": round(self.gap, 4),
            "gap_interval": list(self.gap_interval),
            "bins": [
                {"low": b.low, "high": b.high, "count": b.count, "confidence": round(b.confidence, 4), "right": round(b.right, 4)}
                for b in self.bins
            ],
            "thresholds": [t.to_dict() for t in self.thresholds],
            "choices": [{"wanted": wanted, "threshold": found.to_dict() if found else None} for wanted, found in self.choices],
        }


def span_outcomes(gold: Iterable[Mapping[str, Any]], predicted: Mapping[str, Mapping[str, Any]]) -> Outcomes:
    """Each predicted span with its `score`; right where gold has its label on the same words, as in `rasid.evaluation.evaluate`.

    Args:
        gold: annotated documents.
        predicted: records as dicts, by document id; a document that is not there was predicted empty.
    """
    rows: list[tuple[int, float | None, bool]] = []
    there = documents = 0
    for number, document in enumerate(gold):
        documents += 1
        index = word_index(document["text"])
        annotated = read_words(document, index)[0]
        there += len(annotated)
        # Spans of the same words and label count once, with the highest score.
        best: dict[LabelledWords, float | None] = {}
        for span in _prediction(document, predicted).get("spans") or ():
            for words in read_words({"spans": [span]}, index)[0]:
                scores = [s for s in (best.get(words), span.get("score")) if s is not None]
                best[words] = max(scores, default=None)
        rows.extend((number, score, words in annotated) for words, score in best.items())
    return _outcomes(rows, documents, there)


def event_outcomes(gold: Iterable[Mapping[str, Any]], predicted: Mapping[str, Mapping[str, Any]]) -> Outcomes:
    """Each predicted event with its `confidence`; right as in `rasid.evaluation.sound_events`: type, status, every casualty figure.

    Args:
        gold: annotated documents.
        predicted: records as dicts, by document id; a document that is not there was predicted empty.
    """
    rows: list[tuple[int, float | None, bool]] = []
    there = documents = 0
    for number, document in enumerate(gold):
        documents += 1
        there += len(document.get("events") or ())
        record = _prediction(document, predicted)
        if record.get("events"):
            sound = sound_events(document, record)
            rows.extend((number, event.get("confidence"), right) for event, right in zip(record["events"], sound, strict=True))
    return _outcomes(rows, documents, there)


def calibrate(outcomes: Outcomes, *, samples: int = SAMPLES, seed: int = 0) -> Calibration:
    """The figures of a set of outcomes; of none at all they are 0.

    Args:
        samples: how many corpora are drawn, documents with replacement, for the intervals; `seed` fixes them.
    """
    weights = _document_weights(outcomes, samples, seed)
    return Calibration(
        count=len(outcomes.confidence),
        without=outcomes.without,
        gold=outcomes.gold,
        ece=_ece(outcomes),
        ece_interval=_interval([_ece(outcomes, w) for w in weights]),
        gap=_gap(outcomes),
        gap_interval=_interval([_gap(outcomes, w) for w in weights]),
        bins=_bins(outcomes),
        thresholds=_table(outcomes, weights),
        choices=tuple((wanted, _choose(outcomes, weights, wanted)) for wanted in WANTED),
    )


def keep_confident(record: Record, least: float) -> tuple[Record, int]:
    """The record without its events of a confidence below `least` (0 to 1), and how many those were.

    An event without confidence, of a model that is not calibrated, is left out too: nothing speaks for it.
    """
    kept = tuple(event for event in record.events if event.confidence is not None and event.confidence >= least)
    return replace(record, events=kept), len(record.events) - len(kept)


def _prediction(document: Mapping[str, Any], predicted: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    return predicted.get(document_id(document), {})


def _outcomes(rows: Sequence[tuple[int, float | None, bool]], documents: int, gold: int) -> Outcomes:
    known = [(number, score, right) for number, score, right in rows if score is not None]
    return Outcomes(
        confidence=np.asarray([score for _, score, _ in known], dtype=np.float64),
        right=np.asarray([right for _, _, right in known], dtype=np.bool_),
        document=np.asarray([number for number, _, _ in known], dtype=np.int64),
        documents=documents,
        gold=gold,
        without=len(rows) - len(known),
    )


def _document_weights(outcomes: Outcomes, samples: int, seed: int) -> Floats:
    """How often each item counts in each drawn corpus, shape (samples, items)."""
    if not len(outcomes.confidence):
        return np.zeros((0, 0))
    draws = np.random.default_rng(seed).multinomial(outcomes.documents, [1 / outcomes.documents] * outcomes.documents, size=samples)
    return np.asarray(draws[:, outcomes.document], dtype=np.float64)


def _bin_of(confidence: Floats) -> NDArray[np.int64]:
    # Rounded first: 0.7 * 10 is 7.000000000000001 and 0.29 * 100 is 28.999999999999996.
    return np.minimum(np.floor(np.round(confidence * BINS, 9)), BINS - 1).astype(np.int64)


def _ece(outcomes: Outcomes, weights: Floats | None = None) -> float:
    weight = np.ones_like(outcomes.confidence) if weights is None else weights
    excess = np.bincount(_bin_of(outcomes.confidence), weights=weight * (outcomes.confidence - outcomes.right), minlength=BINS)
    return float(np.abs(excess).sum() / max(weight.sum(), 1))


def _gap(outcomes: Outcomes, weights: Floats | None = None) -> float:
    weight = np.ones_like(outcomes.confidence) if weights is None else weights
    return float((weight * (outcomes.confidence - outcomes.right)).sum() / max(weight.sum(), 1))


def _bins(outcomes: Outcomes) -> tuple[Bin, ...]:
    """The bins that hold anything."""
    number = _bin_of(outcomes.confidence)
    out = []
    for k in np.unique(number).tolist():
        inside = number == k
        confidence, right = outcomes.confidence[inside].mean(), outcomes.right[inside].mean()
        out.append(Bin(k / BINS, (k + 1) / BINS, int(inside.sum()), float(confidence), float(right)))
    return tuple(out)


def _table(outcomes: Outcomes, weights: Floats) -> tuple[Threshold, ...]:
    """A row for each of `THRESHOLDS` that keeps something, and something else than the row before."""
    rows: list[Threshold] = []
    for confidence in THRESHOLDS:
        row = _threshold(outcomes, weights, confidence)
        if row.kept and not (rows and rows[-1].kept == row.kept):
            rows.append(row)
    return tuple(rows)


def _choose(outcomes: Outcomes, weights: Floats, wanted: float) -> Threshold | None:
    for hundredths in range(101):
        least = hundredths / 100
        kept = outcomes.confidence >= least
        if kept.sum() < LEAST_KEPT:
            return None
        if outcomes.right[kept].mean() >= wanted:
            return _threshold(outcomes, weights, least)
    return None


def _threshold(outcomes: Outcomes, weights: Floats, least: float) -> Threshold:
    kept = outcomes.confidence >= least
    count, right = int(kept.sum()), int((kept & outcomes.right).sum())
    drawn = weights[:, kept]
    sizes = drawn.sum(axis=1)
    precisions = drawn[sizes > 0] @ outcomes.right[kept] / sizes[sizes > 0]
    return Threshold(
        confidence=least,
        kept=count,
        share=count / max(len(kept), 1),
        found=right / max(outcomes.gold, 1),
        precision=right / max(count, 1),
        interval=_interval(precisions.tolist()),
    )


def _interval(values: Sequence[float]) -> Interval:
    if not len(values):
        return 0.0, 0.0
    low, high = np.percentile(values, [2.5, 97.5])
    return round(float(low), 4), round(float(high), 4)
