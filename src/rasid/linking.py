"""The linker's output for one document: what each span and each pair of spans probably is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rasid.candidates import RELATIONS, Pairs
from rasid.records import CASUALTY_KINDS, EVENT_TYPES, STATUSES

# "none" first: most spans carry no casualty count.
KINDS = ("none", *CASUALTY_KINDS)
LINKER_FILE = "linker.safetensors"

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Links:
    """Probabilities for the spans of one document (spans in text order).

    Attributes:
        type: event type of each span if it is a trigger, shape (spans, event types).
        status: shape (spans, statuses).
        aggregate: shape (spans,).
        kind: casualty kind that the span carries, "none" first, shape (spans, 8).
        relation: shape (relations, spans, spans): relation r holds between head i and other j; 0 for pairs not looked at.
    """

    type: Floats
    status: Floats
    aggregate: Floats
    kind: Floats
    relation: Floats

    @classmethod
    def empty(cls) -> Links:
        """The links of a document without spans."""
        return cls(
            type=np.zeros((0, len(EVENT_TYPES)), dtype=np.float32),
            status=np.zeros((0, len(STATUSES)), dtype=np.float32),
            aggregate=np.zeros(0, dtype=np.float32),
            kind=np.zeros((0, len(KINDS)), dtype=np.float32),
            relation=np.zeros((len(RELATIONS), 0, 0), dtype=np.float32),
        )

    def of(self, relation: str) -> Floats:
        """The matrix of one relation, shape (spans, spans)."""
        matrix: Floats = self.relation[RELATIONS.index(relation)]
        return matrix


def read_links(span_logits: Floats, pair_logits: Floats, pairs: Pairs) -> Links:
    """Turn the linker's logits into probabilities.

    Args:
        span_logits: shape (spans, types + statuses + 1 + kinds).
        pair_logits: shape (pairs, relations).
        pairs: the candidates that were scored.
    """
    count = len(span_logits)
    types, statuses = len(EVENT_TYPES), len(STATUSES)
    relation = np.zeros((len(RELATIONS), count, count), dtype=np.float32)
    relation[:, pairs.head, pairs.other] = np.where(pairs.allowed, _sigmoid(pair_logits), 0.0).T
    same = RELATIONS.index("same_event")
    relation[same] = np.maximum(relation[same], relation[same].T)
    return Links(
        type=_softmax(span_logits[:, :types]),
        status=_softmax(span_logits[:, types : types + statuses]),
        aggregate=_sigmoid(span_logits[:, types + statuses]),
        kind=_softmax(span_logits[:, types + statuses + 1 :]),
        relation=relation,
    )


def _sigmoid(x: Floats) -> Floats:
    return np.asarray(1.0 / (1.0 + np.exp(-np.clip(x, -30, 30))), dtype=np.float32)


def _softmax(x: Floats) -> Floats:
    if x.size == 0:
        return x
    shifted = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(shifted / shifted.sum(axis=-1, keepdims=True), dtype=np.float32)
