"""Scores predicted records against annotated ones: spans, events, arguments, casualties, facts, records."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

# The scorer's own notion of a word, kept apart from rasid.words so that figures stay comparable when that changes.
_WORD = re.compile(r"[\w\u064b-\u065f\u0670]+")
T = TypeVar("T")
WordSet = frozenset[int]
ROLES = ("perpetrators", "targets", "locations", "date", "sources")


@dataclass(slots=True)
class Tally:
    """Counts of right, gold and predicted items, and the figures made of them."""

    right: int = 0
    gold: int = 0
    predicted: int = 0

    def add(self, right: int, gold: int, predicted: int) -> None:
        """Count one document or event."""
        self.right += right
        self.gold += gold
        self.predicted += predicted

    @property
    def precision(self) -> float:
        """Share of the predicted that is right, 0 to 1."""
        return self.right / self.predicted if self.predicted else 0.0

    @property
    def recall(self) -> float:
        """Share of the gold that was found, 0 to 1."""
        return self.right / self.gold if self.gold else 0.0

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 to 1."""
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    def to_dict(self) -> dict[str, float]:
        """Percentages to one decimal, and counts."""
        return {
            "p": round(100 * self.precision, 1),
            "r": round(100 * self.recall, 1),
            "f1": round(100 * self.f1, 1),
            "gold": self.gold,
            "pred": self.predicted,
        }


@dataclass(frozen=True, slots=True)
class Scores:
    """The tallies by name, and how often status and aggregate are right over the events that were found."""

    tallies: Mapping[str, Tally]
    events: int
    status_right: int
    aggregate_right: int

    def f1(self, name: str) -> float:
        """F1 of one tally in percent; 0 where there is nothing to count."""
        tally = self.tallies.get(name)
        return 100 * tally.f1 if tally else 0.0

    def to_dict(self) -> dict[str, dict[str, float]]:
        """All figures by name, in percent."""
        rows = {name: tally.to_dict() for name, tally in sorted(self.tallies.items())}
        n = self.events or 1
        status, aggregate = round(100 * self.status_right / n, 1), round(100 * self.aggregate_right / n, 1)
        return {**rows, "status": {"status": status, "aggregate": aggregate, "events": self.events}}


@dataclass(frozen=True, slots=True)
class _Casualty:
    kind: str
    low: int | None
    high: int | None
    number: WordSet | None
    victims: tuple[WordSet, ...]

    @property
    def count(self) -> tuple[str, int | None, int | None]:
        return self.kind, self.low, self.high


@dataclass(frozen=True, slots=True)
class _Event:
    type: str
    status: str
    aggregate: bool
    triggers: tuple[WordSet, ...]
    roles: Mapping[str, tuple[WordSet, ...]]
    casualties: tuple[_Casualty, ...]


@dataclass(slots=True)
class _Counts:
    tallies: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    events: int = 0
    status: int = 0
    aggregate: int = 0


def evaluate(gold: Iterable[Mapping[str, Any]], predicted: Mapping[str, Mapping[str, Any]]) -> Scores:
    """Score predictions.

    Spans are compared by the words they cover, so a clitic or a quotation mark more or less never counts. Events are aligned one to
    one by triggers, numbers and arguments; an argument is right where it overlaps the gold one by half of the shorter's words.

    Args:
        gold: annotated documents with `id`, `text`, `spans`, `events` (events may name spans by id).
        predicted: records as dicts (`Record.to_dict()`), by document id; a document that is not there was predicted empty.
    """
    counts = _Counts()
    for document in gold:
        prediction = predicted.get(str(document.get("doc_id") or document["id"]), {})
        index = _word_index(document["text"])
        gold_spans, gold_events = _read(document, index)
        spans, events = _read(prediction, index)
        _count_spans(counts, gold_spans, spans)
        _count_events(counts, gold_events, events)
    return Scores(dict(counts.tallies), counts.events, counts.status, counts.aggregate)


def intervals(
    gold: Sequence[Mapping[str, Any]],
    predicted: Mapping[str, Mapping[str, Any]],
    names: Sequence[str],
    *,
    samples: int = 1000,
    seed: int = 0,
) -> dict[str, tuple[float, float]]:
    """95 % bootstrap intervals of F1 in percent, documents drawn with replacement.

    Args:
        names: which tallies (`spans`, `facts`, …).
        samples: how many corpora are drawn; `seed` fixes them.
    """
    each = [evaluate([document], predicted).tallies for document in gold]
    empty = Tally()
    counts = np.asarray([[(t.get(n, empty).right, t.get(n, empty).gold, t.get(n, empty).predicted) for n in names] for t in each])
    drawn = np.random.default_rng(seed).integers(0, len(each), size=(samples, len(each)))
    right, there, said = np.moveaxis(counts[drawn].sum(axis=1), -1, 0)
    f1 = 200 * right / np.maximum(there + said, 1)
    low, high = np.percentile(f1, [2.5, 97.5], axis=0)
    return {name: (round(float(low[k]), 1), round(float(high[k]), 1)) for k, name in enumerate(names)}


def exact_events(gold: Mapping[str, Any], predicted: Mapping[str, Any]) -> list[bool]:
    """For each predicted event of a document, whether its whole record is right (type, status, casualties, perpetrators, locations)."""
    index = _word_index(gold["text"])
    gold_events, events = _read(gold, index)[1], _read(predicted, index)[1]
    exact = {j for i, j in _align(gold_events, events) if _exact(gold_events[i], events[j])}
    return [j in exact for j in range(len(events))]


def _word_index(text: str) -> dict[int, int]:
    return {c: k for k, match in enumerate(_WORD.finditer(text)) for c in range(match.start(), match.end())}


def _read(document: Mapping[str, Any], index: Mapping[int, int]) -> tuple[set[tuple[str, WordSet]], list[_Event]]:
    """A document's spans and events, with every span as the set of its words' numbers."""
    by_id = {span["id"]: span for span in document.get("spans", ()) if "id" in span}

    def cover(reference: Any) -> WordSet:
        span = by_id.get(reference) if isinstance(reference, str) else reference
        return frozenset(index[c] for c in range(span["start"], span["end"]) if c in index) if span else frozenset()

    def covers(references: Any) -> tuple[WordSet, ...]:
        several = references if isinstance(references, (list, tuple)) else [references]
        return tuple(words for words in map(cover, several) if words)

    spans = {(span["label"], cover(span)) for span in document.get("spans", ())}
    events = [
        _Event(
            type=event["type"],
            status=event.get("status") or "asserted",
            aggregate=bool(event.get("aggregate")),
            triggers=covers(event.get("triggers") or ([event["trigger"]] if event.get("trigger") else [])),
            roles={role: covers(event.get(role) or []) for role in ROLES},
            casualties=tuple(
                _Casualty(c["kind"], c.get("low"), c.get("high"), cover(c.get("number")) or None, covers(c.get("victims") or []))
                for c in event.get("casualties") or ()
            ),
        )
        for event in document.get("events", ())
    ]
    return {span for span in spans if span[1]}, events


def _count_spans(counts: _Counts, gold: set[tuple[str, WordSet]], predicted: set[tuple[str, WordSet]]) -> None:
    counts.tallies["spans"].add(len(gold & predicted), len(gold), len(predicted))
    for label in sorted({span[0] for span in gold | predicted}):
        g, p = {s for s in gold if s[0] == label}, {s for s in predicted if s[0] == label}
        counts.tallies[f"spans/{label}"].add(len(g & p), len(g), len(p))
        # Overlap: the share of the label's spans that touch one of the other side, each used once.
        touching = len(_pair_off([s[1] for s in g], [s[1] for s in p], lambda a, b: bool(a & b)))
        for name in (f"overlap/{label}", "overlap"):
            counts.tallies[name].add(touching, len(g), len(p))


def _count_events(counts: _Counts, gold: Sequence[_Event], predicted: Sequence[_Event]) -> None:
    tallies = counts.tallies
    pairs = [(gold[i], predicted[j]) for i, j in _align(gold, predicted)]
    sizes = len(gold), len(predicted)
    tallies["events"].add(len(pairs), *sizes)
    typed = sum(g.type == p.type for g, p in pairs)
    for name in ("events typed", "facts"):
        tallies[name].add(typed, *sizes)
    for role in ROLES:
        right = sum(len(_pair_off(g.roles[role], p.roles[role], _overlap)) for g, p in pairs)
        row = right, sum(len(e.roles[role]) for e in gold), sum(len(e.roles[role]) for e in predicted)
        for name in (f"arguments/{role}", "arguments", "facts"):
            tallies[name].add(*row)
    entries = sum(len(e.casualties) for e in gold), sum(len(e.casualties) for e in predicted)
    right = sum(len(_pair_off(g.casualties, p.casualties, lambda a, b: a.count == b.count)) for g, p in pairs)
    for name in ("casualties", "facts"):
        tallies[name].add(right, *entries)
    with_victim = sum(
        len(_pair_off(g.casualties, p.casualties, lambda a, b: a.count == b.count and _same_people(a.victims, b.victims))) for g, p in pairs
    )
    tallies["casualties+victim"].add(with_victim, *entries)
    tallies["records"].add(sum(_exact(g, p) for g, p in pairs), *sizes)
    counts.events += len(pairs)
    counts.status += sum(g.status == p.status for g, p in pairs)
    counts.aggregate += sum(g.aggregate == p.aggregate for g, p in pairs)


def _exact(gold: _Event, predicted: _Event) -> bool:
    """Right in all of type, status, casualties, perpetrators and locations."""

    def same(role: str) -> bool:
        g, p = gold.roles[role], predicted.roles[role]
        return len(g) == len(p) == len(_pair_off(g, p, _overlap))

    return (
        gold.type == predicted.type
        and gold.status == predicted.status
        and same("perpetrators")
        and same("locations")
        and Counter(c.count for c in gold.casualties) == Counter(c.count for c in predicted.casualties)
    )


def _align(gold: Sequence[_Event], predicted: Sequence[_Event]) -> list[tuple[int, int]]:
    scored = sorted(
        ((_affinity(g, p), i, j) for i, g in enumerate(gold) for j, p in enumerate(predicted)), key=lambda t: (-t[0], t[1], t[2])
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


def _affinity(gold: _Event, predicted: _Event) -> float:
    """How much two events speak of one incident; 0 where they share no trigger and no number."""
    score = 3.0 * len(_pair_off(gold.triggers, predicted.triggers, _overlap))
    numbers = [[c.number for c in event.casualties if c.number] for event in (gold, predicted)]
    score += 3.0 * len(_pair_off(numbers[0], numbers[1], _overlap))
    if score == 0:
        return 0.0
    score += 0.5 * (gold.type == predicted.type)
    score += 0.5 * len(_pair_off(gold.casualties, predicted.casualties, lambda a, b: a.count == b.count))
    return score + sum(0.5 * len(_pair_off(gold.roles[role], predicted.roles[role], _overlap)) for role in ROLES)


def _overlap(a: WordSet, b: WordSet) -> bool:
    return bool(a and b) and 2 * len(a & b) >= min(len(a), len(b)) and len(a & b) > 0


def _same_people(a: Sequence[WordSet], b: Sequence[WordSet]) -> bool:
    return bool(_pair_off(a, b, _overlap)) or not (a or b)


def _pair_off(gold: Sequence[T], predicted: Sequence[T], same: Callable[[T, T], bool]) -> list[tuple[T, T]]:
    """Greedy one-to-one pairs of two lists, in their order."""
    pairs: list[tuple[T, T]] = []
    used: set[int] = set()
    for g in gold:
        for k, p in enumerate(predicted):
            if k not in used and same(g, p):
                used.add(k)
                pairs.append((g, p))
                break
    return pairs
