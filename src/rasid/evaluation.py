"""Scores predicted records against annotated ones: spans, events, arguments, casualties, facts, records."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from rasid.alignment import ROLES, EventWords, LabelledWords, align, overlap, pair_off, read_words, same_count, same_people, word_index
from rasid.standoff import document_id


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
        prediction = predicted.get(document_id(document), {})
        index = word_index(document["text"])
        gold_spans, gold_events = read_words(document, index)
        spans, events = read_words(prediction, index)
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


def sound_events(gold: Mapping[str, Any], predicted: Mapping[str, Any]) -> list[bool]:
    """For each predicted event of a document, whether it happened as said: type, status and every casualty figure right."""
    index = word_index(gold["text"])
    gold_events, events = read_words(gold, index)[1], read_words(predicted, index)[1]
    sound = {j for i, j in align(gold_events, events) if _same_core(gold_events[i], events[j])}
    return [j in sound for j in range(len(events))]


def _count_spans(counts: _Counts, gold: set[LabelledWords], predicted: set[LabelledWords]) -> None:
    counts.tallies["spans"].add(len(gold & predicted), len(gold), len(predicted))
    for label in sorted({span[0] for span in gold | predicted}):
        g, p = {s for s in gold if s[0] == label}, {s for s in predicted if s[0] == label}
        counts.tallies[f"spans/{label}"].add(len(g & p), len(g), len(p))
        # Overlap: the share of the label's spans that touch one of the other side, each used once.
        touching = len(pair_off([s[1] for s in g], [s[1] for s in p], lambda a, b: bool(a & b)))
        for name in (f"overlap/{label}", "overlap"):
            counts.tallies[name].add(touching, len(g), len(p))


def _count_events(counts: _Counts, gold: Sequence[EventWords], predicted: Sequence[EventWords]) -> None:
    tallies = counts.tallies
    pairs = [(gold[i], predicted[j]) for i, j in align(gold, predicted)]
    sizes = len(gold), len(predicted)
    tallies["events"].add(len(pairs), *sizes)
    typed = sum(g.type == p.type for g, p in pairs)
    for name in ("events typed", "facts"):
        tallies[name].add(typed, *sizes)
    for kind in sorted({e.type for e in (*gold, *predicted)}):
        right = sum(g.type == p.type == kind for g, p in pairs)
        tallies[f"events typed/{kind}"].add(right, sum(e.type == kind for e in gold), sum(e.type == kind for e in predicted))
    for role in ROLES:
        right = sum(len(pair_off(g.roles[role], p.roles[role], overlap)) for g, p in pairs)
        row = right, sum(len(e.roles[role]) for e in gold), sum(len(e.roles[role]) for e in predicted)
        for name in (f"arguments/{role}", "arguments", "facts"):
            tallies[name].add(*row)
    entries = sum(len(e.casualties) for e in gold), sum(len(e.casualties) for e in predicted)
    right = sum(len(pair_off(g.casualties, p.casualties, same_count)) for g, p in pairs)
    for name in ("casualties", "facts"):
        tallies[name].add(right, *entries)
    for kind in sorted({c.kind for e in (*gold, *predicted) for c in e.casualties}):
        of_kind = [([c for c in g.casualties if c.kind == kind], [c for c in p.casualties if c.kind == kind]) for g, p in pairs]
        told = (sum(c.kind == kind for e in events for c in e.casualties) for events in (gold, predicted))
        tallies[f"casualties/{kind}"].add(sum(len(pair_off(g, p, same_count)) for g, p in of_kind), *told)
    with_victim = sum(
        len(pair_off(g.casualties, p.casualties, lambda a, b: same_count(a, b) and same_people(a.victims, b.victims))) for g, p in pairs
    )
    tallies["casualties+victim"].add(with_victim, *entries)
    tallies["records"].add(sum(_exact(g, p) for g, p in pairs), *sizes)
    counts.events += len(pairs)
    counts.status += sum(g.status == p.status for g, p in pairs)
    counts.aggregate += sum(g.aggregate == p.aggregate for g, p in pairs)


def _exact(gold: EventWords, predicted: EventWords) -> bool:
    """Right in all of type, status, casualties, perpetrators and locations."""

    def same(role: str) -> bool:
        g, p = gold.roles[role], predicted.roles[role]
        return len(g) == len(p) == len(pair_off(g, p, overlap))

    return _same_core(gold, predicted) and same("perpetrators") and same("locations")


def _same_core(gold: EventWords, predicted: EventWords) -> bool:
    figures = [Counter(c.count for c in event.casualties) for event in (gold, predicted)]
    return gold.type == predicted.type and gold.status == predicted.status and figures[0] == figures[1]
