"""How sure the reader is that an event's type, status and every figure are right: what its parts' probabilities say, weighed."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields

from rasid.grouping import EventDraft
from rasid.records import STATUSES

SUREST = 0.999
"""Probabilities are held between this and what it lacks of 1, so that no single part decides by itself."""


@dataclass(frozen=True, slots=True)
class ConfidenceParts:
    """What the confidence of an event is made from; log odds, but for `figures`, a sum of logs.

    type, status: of the type, and of the status that the event has in the end. figures: of every casualty entry together; 0 where there is
    none. trigger: of the least sure trigger.
    """

    type: float
    status: float
    figures: float
    trigger: float


@dataclass(frozen=True, slots=True)
class ConfidenceWeights:
    """Weights of the parts, and a bias: a logistic regression, fitted on annotated reports by `training/export.py`.

    One weight for each part did better than one for their product (training/EXPERIMENTS.md, "Confidence of events").
    """

    __pydantic_config__ = {"extra": "forbid"}  # noqa: RUF012  (read by the manifest, see rasid.package)

    type: float
    status: float
    figures: float
    trigger: float
    bias: float

    def __post_init__(self) -> None:
        for name in (field.name for field in fields(ConfidenceParts)):
            if getattr(self, name) < 0:
                raise ValueError(f"got {name} {getattr(self, name)}, expected at least 0: a surer part must not make an event less sure")


def confidence_parts(draft: EventDraft) -> ConfidenceParts:
    """The parts of an event whose status is settled."""
    return ConfidenceParts(
        type=_log_odds(draft.type_probability),
        status=_log_odds(draft.status_probabilities[STATUSES.index(draft.status)]),
        figures=sum(math.log(_held(entry.probability)) for entry in draft.casualties),
        trigger=_log_odds(draft.trigger_score),
    )


def confidence_of(draft: EventDraft, weights: ConfidenceWeights | None) -> float | None:
    """The probability, 0 to 1, that the type, the status and every figure of an event are right.

    None without weights, as a figure that was not fitted would mislead.
    """
    if weights is None:
        return None
    parts = confidence_parts(draft)
    total = weights.bias + sum(getattr(weights, field.name) * getattr(parts, field.name) for field in fields(ConfidenceParts))
    return round(1 / (1 + math.exp(-total)), 4)


def _held(probability: float) -> float:
    return min(max(probability, 1 - SUREST), SUREST)


def _log_odds(probability: float) -> float:
    held = _held(probability)
    return math.log(held / (1 - held))
