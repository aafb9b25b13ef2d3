"""How far two annotators agree: spans and words by label, events, and the fields of the events that both have."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rasid.alignment import ROLES, EventWords, LabelledWords, align, overlap, pair_off, read_words, same_count, same_people, word_index
from rasid.evaluation import Tally
from rasid.records import LABELS

OUTSIDE = "O"


@dataclass(slots=True)
class Choices:
    """Pairs of choices that two annotators made for the same things."""

    pairs: Counter[tuple[Hashable, Hashable]] = field(default_factory=Counter)

    def add(self, a: Hashable, b: Hashable) -> None:
        """Count one thing."""
        self.pairs[a, b] += 1

    @property
    def count(self) -> int:
        """How many things both judged."""
        return self.pairs.total()

    @property
    def share(self) -> float | None:
        """Share of the things on which they agree, 0 to 1; None without any."""
        return sum(n for (a, b), n in self.pairs.items() if a == b) / self.count if self.count else None

    @property
    def kappa(self) -> float | None:
        """Cohen's kappa: agreement beyond chance, 1 at most; None where there is nothing or where both always choose the same one thing."""
        if not self.count or self.share is None:
            return None
        first: Counter[Hashable] = Counter()
        second: Counter[Hashable] = Counter()
        for (a, b), n in self.pairs.items():
            first[a] += n
            second[b] += n
        chance = sum(n * second[choice] for choice, n in first.items()) / self.count**2
        return (self.share - chance) / (1 - chance) if chance < 1 else None


@dataclass(slots=True)
class Agreement:
    """Counts of a comparison; tallies take A for gold, which F1 does not notice."""

    documents: int = 0
    spans: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    overlaps: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    words: defaultdict[str, Choices] = field(default_factory=lambda: defaultdict(Choices))
    events: Tally = field(default_factory=Tally)
    chosen: defaultdict[str, Choices] = field(default_factory=lambda: defaultdict(Choices))
    fields: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def add(self, a: Mapping[str, Any], b: Mapping[str, Any]) -> None:
        """Compare one document as both annotated it; `a` must hold the text."""
        index = word_index(a["text"])
        (spans_a, events_a), (spans_b, events_b) = read_words(a, index), read_words(b, index)
        self.documents += 1
        self._add_spans(spans_a, spans_b, max(index.values(), default=-1) + 1)
        pairs = [(events_a[i], events_b[j]) for i, j in align(events_a, events_b)]
        self.events.add(len(pairs), len(events_a), len(events_b))
        for pair in pairs:
            self._add_event(*pair)

    def _add_spans(self, a: set[LabelledWords], b: set[LabelledWords], words: int) -> None:
        for label in LABELS:
            mine, theirs = ([words for name, words in sorted(spans, key=_first) if name == label] for spans in (a, b))
            exact, touching = len(set(mine) & set(theirs)), len(pair_off(mine, theirs, lambda x, y: bool(x & y)))
            for name in (label, "all"):
                self.spans[name].add(exact, len(mine), len(theirs))
                self.overlaps[name].add(touching, len(mine), len(theirs))
        at_a, at_b = ({word: name for name, covered in sorted(spans, key=_first) for word in covered} for spans in (a, b))
        for word in range(words):
            said = at_a.get(word, OUTSIDE), at_b.get(word, OUTSIDE)
            self.words["all"].add(*said)
            for label in LABELS:
                self.words[label].add(said[0] == label, said[1] == label)

    def _add_event(self, a: EventWords, b: EventWords) -> None:
        for name in ("type", "status", "aggregate"):
            self.chosen[name].add(getattr(a, name), getattr(b, name))
        for role in ROLES:
            mine, theirs = a.roles[role], b.roles[role]
            self.fields[role].add(len(pair_off(mine, theirs, overlap)), len(mine), len(theirs))
        for name, same in (
            ("casualties (kind and bounds)", same_count),
            ("casualties (with victims)", lambda x, y: same_count(x, y) and same_people(x.victims, y.victims)),
        ):
            right = len(pair_off(a.casualties, b.casualties, same))
            self.fields[name].add(right, len(a.casualties), len(b.casualties))

    def to_dict(self) -> dict[str, Any]:
        """All figures: F1 in percent, kappa from -1 to 1, counts of A and of B; null where there is nothing to compare."""
        labels = {
            name: {
                "f1": _f1(self.spans[name]),
                "overlap_f1": _f1(self.overlaps[name]),
                "word_kappa": _rounded(self.words[name].kappa),
                "a": self.spans[name].gold,
                "b": self.spans[name].predicted,
            }
            for name in (*LABELS, "all")
        }
        fields: dict[str, Any] = {
            name: {"agree": _percent(c.share), "kappa": _rounded(c.kappa), "n": c.count}
            for name in ("type", "status", "aggregate")
            for c in (self.chosen[name],)
        }
        fields |= {name: {"f1": _f1(tally), "a": tally.gold, "b": tally.predicted} for name, tally in self.fields.items()}
        events = {"f1": _f1(self.events), "aligned": self.events.right, "a": self.events.gold, "b": self.events.predicted}
        return {"documents": self.documents, "labels": labels, "events": events, "fields": fields}


def compare(pairs: Iterable[tuple[Mapping[str, Any], Mapping[str, Any]]]) -> Agreement:
    """Compare documents as two annotators left them (stand-off dicts of the same text; the first of each pair holds it)."""
    agreement = Agreement()
    for a, b in pairs:
        agreement.add(a, b)
    return agreement


def _first(span: LabelledWords) -> tuple[int, int, str]:
    return min(span[1]), len(span[1]), span[0]


def _f1(tally: Tally) -> float | None:
    return _percent(tally.f1) if tally.gold or tally.predicted else None


def _percent(share: float | None) -> float | None:
    return None if share is None else round(100 * share, 1)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 3)


__all__: Sequence[str] = ["Agreement", "Choices", "compare"]
