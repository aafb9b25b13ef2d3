"""Reads annotated and predicted documents as sets of word numbers, and says which of their events speak of one incident."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

# The scorer's own notion of a word, kept apart from rasid.words so that figures stay comparable when that changes.
_WORD = re.compile(r"[\w\u064b-\u065f\u0670]+")
T = TypeVar("T")
WordSet = frozenset[int]
LabelledWords = tuple[str, WordSet]
ROLES = ("perpetrators", "targets", "locations", "date", "sources")


@dataclass(frozen=True, slots=True)
class CasualtyWords:
    """A casualty entry; `number` and `victims` are the words that they cover."""

    kind: str
    low: int | None
    high: int | None
    number: WordSet | None
    victims: tuple[WordSet, ...]

    @property
    def count(self) -> tuple[str, int | None, int | None]:
        """What is compared: kind and bounds."""
        return self.kind, self.low, self.high


@dataclass(frozen=True, slots=True)
class EventWords:
    """An event; its triggers and arguments are the words that they cover."""

    type: str
    status: str
    aggregate: bool
    triggers: tuple[WordSet, ...]
    roles: Mapping[str, tuple[WordSet, ...]]
    casualties: tuple[CasualtyWords, ...]


def word_ranges(text: str) -> list[tuple[int, int]]:
    """The characters `[start, end)` of each word, in order."""
    return [match.span() for match in _WORD.finditer(text)]


def word_index(text: str) -> dict[int, int]:
    """The number of the word that each character belongs to; characters between words are not in it."""
    return {c: k for k, (start, end) in enumerate(word_ranges(text)) for c in range(start, end)}


def read_words(document: Mapping[str, Any], index: Mapping[int, int]) -> tuple[set[LabelledWords], list[EventWords]]:
    """A document's spans and events, with every span as the set of its words' numbers."""
    listed = document.get("spans") or ()
    by_id = {span["id"]: span for span in listed if "id" in span}
    # No further than the last word: a prediction may name any offset.
    length = max(index, default=-1) + 1

    def cover(reference: Any) -> WordSet:
        span = by_id.get(reference) if isinstance(reference, str) else reference
        return frozenset(index[c] for c in range(span["start"], min(span["end"], length)) if c in index) if span else frozenset()

    def covers(references: Any) -> tuple[WordSet, ...]:
        several = references if isinstance(references, (list, tuple)) else [references]
        return tuple(words for words in map(cover, several) if words)

    spans = {(span["label"], cover(span)) for span in listed}
    events = [
        EventWords(
            type=event["type"],
            status=event.get("status") or "asserted",
            aggregate=bool(event.get("aggregate")),
            triggers=covers(event.get("triggers") or ([event["trigger"]] if event.get("trigger") else [])),
            roles={role: covers(event.get(role) or []) for role in ROLES},
            casualties=tuple(
                CasualtyWords(c["kind"], c.get("low"), c.get("high"), cover(c.get("number")) or None, covers(c.get("victims") or []))
                for c in event.get("casualties") or ()
            ),
        )
        for event in document.get("events") or ()
    ]
    return {span for span in spans if span[1]}, events


def align(gold: Sequence[EventWords], predicted: Sequence[EventWords]) -> list[tuple[int, int]]:
    """One-to-one pairs (gold, predicted) of events that speak of one incident, the surest first."""
    scored = sorted(
        ((affinity(g, p), i, j) for i, g in enumerate(gold) for j, p in enumerate(predicted)), key=lambda t: (-t[0], t[1], t[2])
    )
    used_gold: set[int] = set()
    used_predicted: set[int] = set()
    pairs = []
    for score, i, j in scored:
        if score > 0 and i not in used_gold and j not in used_predicted:
            used_gold.add(i)
            used_predicted.add(j)
            pairs.append((i, j))
    return pairs


def affinity(gold: EventWords, predicted: EventWords) -> float:
    """How much two events speak of one incident; 0 where they share no trigger and no number."""
    score = 3.0 * len(pair_off(gold.triggers, predicted.triggers, overlap))
    numbers = [[c.number for c in event.casualties if c.number] for event in (gold, predicted)]
    score += 3.0 * len(pair_off(numbers[0], numbers[1], overlap))
    if score == 0:
        return 0.0
    score += 0.5 * (gold.type == predicted.type)
    score += 0.5 * len(pair_off(gold.casualties, predicted.casualties, same_count))
    return score + sum(0.5 * len(pair_off(gold.roles[role], predicted.roles[role], overlap)) for role in ROLES)


def overlap(a: WordSet, b: WordSet) -> bool:
    """Whether two mentions share half of the shorter's words."""
    return bool(a and b) and 2 * len(a & b) >= min(len(a), len(b)) and len(a & b) > 0


def same_count(a: CasualtyWords, b: CasualtyWords) -> bool:
    """Whether two entries agree in kind and bounds."""
    return a.count == b.count


def same_people(a: Sequence[WordSet], b: Sequence[WordSet]) -> bool:
    """Whether two lists of victims share one, or name none."""
    return bool(pair_off(a, b, overlap)) or not (a or b)


def pair_off(gold: Sequence[T], predicted: Sequence[T], same: Callable[[T, T], bool]) -> list[tuple[int, int]]:
    """Greedy one-to-one pairs of two lists, in their order, as indices."""
    pairs: list[tuple[int, int]] = []
    used: set[int] = set()
    for i, g in enumerate(gold):
        for k, p in enumerate(predicted):
            if k not in used and same(g, p):
                used.add(k)
                pairs.append((i, k))
                break
    return pairs
