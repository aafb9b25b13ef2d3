"""Which pairs of spans the linker looks at, and what it is told of each pair beside the encoder's vectors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from rasid.fold import fold
from rasid.records import LABELS
from rasid.words import Words

# A relation holds between a head (a trigger, or the span that carries a casualty's count) and another span.
RELATIONS = ("same_event", "perpetrator", "target", "location", "date", "source", "casualty", "victim", "part_of")
ALLOWED: dict[tuple[str, str], tuple[str, ...]] = {
    ("TRIGGER", "TRIGGER"): ("same_event",),
    ("TRIGGER", "ACTOR"): ("perpetrator", "target", "source", "casualty"),
    ("TRIGGER", "LOCATION"): ("location", "target"),
    ("TRIGGER", "DATE"): ("date",),
    ("TRIGGER", "NUMBER"): ("casualty",),
    ("NUMBER", "ACTOR"): ("victim",),
    ("ACTOR", "ACTOR"): ("victim",),
    ("NUMBER", "NUMBER"): ("part_of",),
}
DISTANCES = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96)
DISTANCE_BUCKETS = 2 * (len(DISTANCES) + 1)
SENTENCE_REACH = 4
SENTENCE_BUCKETS = 2 * SENTENCE_REACH + 1
BETWEEN_BUCKETS = 5
# Farther apart than this many sentences two spans are never linked: reports restate within the page, and it bounds the work.
MAX_SENTENCES = 25
# Spans this many sentences apart do not see each other in the linker's span layers.
APART = 100


@dataclass(frozen=True, slots=True)
class SpanWords:
    """A labelled run of words, what the linker needs of a span."""

    label: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Pairs:
    """Candidate pairs of one document.

    Attributes:
        head, other: numbers of the two spans, int64 of shape (pairs,).
        features: bucketed word distance (signed), sentence distance (signed), triggers between, same text; int64 of shape (pairs, 4).
        allowed: which relations the pair's labels permit, bool of shape (pairs, relations).
    """

    head: NDArray[np.int64]
    other: NDArray[np.int64]
    features: NDArray[np.int64]
    allowed: NDArray[np.bool_]


def make_pairs(text: str, words: Words, spans: Sequence[SpanWords]) -> Pairs:
    """Every ordered pair of `spans` (in text order) whose labels permit a relation."""
    count = len(spans)
    if count == 0:
        nothing = np.zeros(0, dtype=np.int64)
        return Pairs(nothing, nothing, np.zeros((0, 4), dtype=np.int64), np.zeros((0, len(RELATIONS)), dtype=np.bool_))
    label = np.asarray([LABELS.index(span.label) for span in spans])
    first = np.asarray([span.first for span in spans])
    last = np.asarray([span.last for span in spans])
    sentence = np.asarray([words.items[span.first].sentence for span in spans])
    forms: dict[str, int] = {}
    form = np.asarray([forms.setdefault(fold(text[words.items[s.first].start : words.items[s.last].end]), len(forms)) for s in spans])
    is_trigger = label == LABELS.index("TRIGGER")
    triggers_before = np.concatenate([[0], np.cumsum(is_trigger)])

    table = _allowed_table()
    near = np.abs(sentence[:, None] - sentence[None, :]) <= MAX_SENTENCES
    possible = table[label[:, None], label[None, :]].any(axis=-1) & near & ~np.eye(count, dtype=bool)
    # Coreference of triggers is symmetric, and the first-named of two victims heads their casualty: one direction is enough.
    same = label[:, None] == label[None, :]
    one_way = same & (is_trigger[:, None] | (label == LABELS.index("ACTOR"))[:, None])
    possible &= ~(one_way & np.tri(count, dtype=bool))
    head, other = np.nonzero(possible)

    after = other > head
    gap = np.where(after, first[other] - last[head], first[head] - last[other])
    bucket = np.searchsorted(DISTANCES, gap, side="right")
    low, high = np.minimum(head, other), np.maximum(head, other)
    between = triggers_before[high] - triggers_before[low + 1]
    features = np.stack(
        [
            bucket + np.where(after, len(DISTANCES) + 1, 0),
            np.clip(sentence[other] - sentence[head], -SENTENCE_REACH, SENTENCE_REACH) + SENTENCE_REACH,
            np.clip(between, 0, BETWEEN_BUCKETS - 1),
            form[head] == form[other],
        ],
        axis=1,
    ).astype(np.int64)
    return Pairs(head.astype(np.int64), other.astype(np.int64), features, table[label[head], label[other]])


@lru_cache(maxsize=1)
def _allowed_table() -> NDArray[np.bool_]:
    table = np.zeros((len(LABELS), len(LABELS), len(RELATIONS)), dtype=np.bool_)
    for (one, two), relations in ALLOWED.items():
        for relation in relations:
            table[LABELS.index(one), LABELS.index(two), RELATIONS.index(relation)] = True
    return table
