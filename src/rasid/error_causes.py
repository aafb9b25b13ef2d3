"""Says why predicted records differ from annotated ones: each difference once, under one cause, with the facts that it costs."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from rasid.alignment import (
    ROLES,
    CasualtyWords,
    EventWords,
    LabelledWords,
    WordSet,
    affinity,
    align,
    overlap,
    pair_off,
    read_words,
    same_count,
    same_people,
    word_index,
)

T = TypeVar("T")
# Every cause and what it means, in the order of the tables.
CAUSES = {
    "span missed": "an annotated span that no predicted one stands for",
    "span spurious": "a predicted span that stands for no annotated one",
    "span edges wrong": "the right label, but words too many or too few",
    "span label wrong": "half of the words or more, but another label",
    "event missed: trigger missed": "none of its triggers was found as a trigger",
    "event missed: trigger found": "a trigger of it was found, but made no event",
    "event merged": "its trigger or number stands in the record of another event",
    "event split": "one record too many of an event that has one already",
    "event spurious": "a record that shares no trigger and no number with an annotated one",
    "type wrong": "the event was found, its type is another",
    "status wrong": "the event was found, its status is another",
    "aggregate wrong": "a toll over a period taken for one incident, or the reverse",
    "role wrong": "the right span in the right event, in another role",
    "argument missed: span found": "the span is there, but not in this role of this event",
    "argument missed: span not found": "no span of the role's label stands there",
    "argument spurious": "a span in a role that it does not have in this event",
    "date wrong": "another date than the annotated one",
    "casualty kind wrong": "the right figure or people, another kind",
    "casualty bound wrong": "the right kind and figure or people, other bounds",
    "casualty count unread": "the entry is there, without any bound",
    "casualty missed": "nothing in the event's record stands for the entry",
    "casualty spurious": "an entry that stands for no annotated one",
    "victim wrong": "kind and bounds are right, the people are others",
}
_LABEL_OF = {"perpetrators": "ACTOR", "targets": "ACTOR", "sources": "ACTOR", "locations": "LOCATION", "date": "DATE"}


@dataclass(frozen=True, slots=True)
class Spot:
    """Where in a document's annotation or prediction something stands.

    `event` is the number of the event, None for spans that are looked at on their own; `field` is `spans`, `triggers` (the event
    as a whole), `type`, `status`, `aggregate`, a role or `casualties`; `index` is the place in that list; `words` is what to show.
    """

    event: int | None
    field: str
    index: int
    words: WordSet


@dataclass(frozen=True, slots=True)
class Slip:
    """One difference: its cause, a detail to count by (a label, role, kind …), both sides, and the facts missed and added by it."""

    cause: str
    detail: str
    gold: Spot | None
    predicted: Spot | None
    missed: int = 0
    extra: int = 0


@dataclass(frozen=True, slots=True)
class Comparison:
    """A document's gold and predicted spans and events, the pairs of events (gold, predicted) and all slips."""

    gold_spans: tuple[LabelledWords, ...]
    spans: tuple[LabelledWords, ...]
    gold_events: tuple[EventWords, ...]
    events: tuple[EventWords, ...]
    pairs: tuple[tuple[int, int], ...]
    slips: tuple[Slip, ...]


@dataclass(frozen=True, slots=True)
class CauseRow:
    """A row of the table of causes: how many slips, facts missed and added by them, and what they are in detail."""

    cause: str
    count: int
    missed: int
    extra: int
    details: Mapping[str, int]

    def commonest(self, most: int = 3) -> str:
        """The commonest details with their counts."""
        return ", ".join(f"{name} {count}" for name, count in self._sorted()[:most])

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON types, the commonest details first."""
        return {"count": self.count, "facts_missed": self.missed, "facts_added": self.extra, "details": dict(self._sorted())}

    def _sorted(self) -> list[tuple[str, int]]:
        return sorted(((name, n) for name, n in self.details.items() if name), key=lambda item: (-item[1], item[0]))


def compare(gold: Mapping[str, Any], predicted: Mapping[str, Any]) -> Comparison:
    """Compare a predicted document (empty: nothing was predicted) with the annotated one, which has the `text`."""
    index = word_index(gold["text"])
    (gold_set, gold_events), (span_set, events) = read_words(gold, index), read_words(predicted, index)
    gold_spans, spans = _in_order(gold_set), _in_order(span_set)
    pairs = align(gold_events, events)
    slips = [*span_slips(gold_spans, spans), *unpaired_slips(gold_events, events, pairs, spans)]
    for i, j in pairs:
        slips += field_slips(gold_events[i], events[j], i, j)
        slips += argument_slips(gold_events[i], events[j], i, j, spans)
        slips += casualty_slips(gold_events[i], events[j], i, j)
    return Comparison(gold_spans, spans, tuple(gold_events), tuple(events), tuple(pairs), tuple(slips))


def cause_table(slips: Iterable[Slip]) -> list[CauseRow]:
    """A row for each cause that occurs, in the order of `CAUSES`."""
    by_cause: defaultdict[str, list[Slip]] = defaultdict(list)
    for slip in slips:
        by_cause[slip.cause].append(slip)
    return [
        CauseRow(cause, len(found), sum(s.missed for s in found), sum(s.extra for s in found), Counter(s.detail for s in found))
        for cause in CAUSES
        if (found := by_cause[cause])
    ]


def markdown_table(rows: Iterable[CauseRow]) -> str:
    """The table of causes as Markdown."""
    lines = ["| cause | count | facts missed | facts added | commonest |", "| --- | ---: | ---: | ---: | --- |"]
    lines += [f"| {row.cause} | {row.count} | {row.missed} | {row.extra} | {row.commonest()} |" for row in rows]
    return "\n".join(lines)


def span_slips(gold: Sequence[LabelledWords], predicted: Sequence[LabelledWords]) -> Iterator[Slip]:
    """What is wrong with the spans on their own. They cost no facts: what hangs on them is counted where it is used."""
    pairing = _Pairing(gold, predicted)
    pairing.take(lambda g, p: g == p)
    for cause, same in (
        ("span label wrong", lambda g, p: g[1] == p[1]),
        ("span edges wrong", lambda g, p: g[0] == p[0] and overlap(g[1], p[1])),
        ("span edges wrong", lambda g, p: g[0] == p[0] and bool(g[1] & p[1])),
        ("span label wrong", lambda g, p: overlap(g[1], p[1])),
    ):
        for i, j in pairing.take(same):
            detail = gold[i][0] if cause == "span edges wrong" else f"{gold[i][0]} → {predicted[j][0]}"
            yield Slip(cause, detail, Spot(None, "spans", i, gold[i][1]), Spot(None, "spans", j, predicted[j][1]))
    for i in pairing.gold:
        yield Slip("span missed", gold[i][0], Spot(None, "spans", i, gold[i][1]), None)
    for j in pairing.predicted:
        yield Slip("span spurious", predicted[j][0], None, Spot(None, "spans", j, predicted[j][1]))


def unpaired_slips(
    gold: Sequence[EventWords], predicted: Sequence[EventWords], pairs: Sequence[tuple[int, int]], spans: Sequence[LabelledWords]
) -> Iterator[Slip]:
    """Events that have no counterpart of their own; all their facts are lost with them.

    Alignment is greedy, so whatever shares a trigger or a number with an event of the other side, and is left over, has lost that
    event to a better one: it was merged with it, or split from it.
    """
    triggers = [words for label, words in spans if label == "TRIGGER"]
    for i, event in enumerate(gold):
        if i in {pair[0] for pair in pairs}:
            continue
        nearest = max(range(len(predicted)), key=lambda j: affinity(event, predicted[j]), default=None)
        if nearest is not None and affinity(event, predicted[nearest]) > 0:
            cause, other = "event merged", _whole(predicted[nearest], nearest)
        else:
            found = any(overlap(words, trigger) for words in event.triggers for trigger in triggers)
            cause, other = "event missed: trigger found" if found else "event missed: trigger missed", None
        yield Slip(cause, event.type, _whole(event, i), other, missed=_facts(event))
    for j, event in enumerate(predicted):
        if j in {pair[1] for pair in pairs}:
            continue
        nearest = max(range(len(gold)), key=lambda i: affinity(gold[i], event), default=None)
        split = nearest is not None and affinity(gold[nearest], event) > 0
        whole = _whole(gold[nearest], nearest) if split and nearest is not None else None
        yield Slip("event split" if split else "event spurious", event.type, whole, _whole(event, j), extra=_facts(event))


def field_slips(gold: EventWords, predicted: EventWords, i: int, j: int) -> Iterator[Slip]:
    """Type, status and aggregate of a pair of events; only the type is a fact."""
    for field in ("type", "status", "aggregate"):
        there, said = getattr(gold, field), getattr(predicted, field)
        if there != said:
            sides = Spot(i, field, 0, _trigger(gold)), Spot(j, field, 0, _trigger(predicted))
            cost = int(field == "type")
            yield Slip(f"{field} wrong", f"{there} → {said}".lower(), *sides, missed=cost, extra=cost)


def argument_slips(gold: EventWords, predicted: EventWords, i: int, j: int, spans: Sequence[LabelledWords]) -> Iterator[Slip]:
    """The arguments of a pair of events; `spans` are the predicted ones, which tell whether a missed argument could be linked."""
    rest: list[tuple[str, int, WordSet]] = []
    rest_predicted: list[tuple[str, int, WordSet]] = []
    for role in ROLES:
        there, said = gold.roles[role], predicted.roles[role]
        pairing = _Pairing(there, said)
        pairing.take(overlap)
        rest += [(role, k, there[k]) for k in pairing.gold]
        rest_predicted += [(role, k, said[k]) for k in pairing.predicted]
    pairing = _Pairing(rest, rest_predicted)
    for cause, same in (
        ("role wrong", lambda g, p: overlap(g[2], p[2])),
        ("date wrong", lambda g, p: g[0] == p[0] == "date"),
    ):
        for g, p in pairing.take(same):
            detail = f"{rest[g][0]} → {rest_predicted[p][0]}" if cause == "role wrong" else ""
            yield Slip(cause, detail, Spot(i, *rest[g]), Spot(j, *rest_predicted[p]), missed=1, extra=1)
    for role, k, words in (rest[g] for g in pairing.gold):
        found = any(label == _LABEL_OF[role] and overlap(words, there) for label, there in spans)
        cause = f"argument missed: span {'found' if found else 'not found'}"
        yield Slip(cause, role, Spot(i, role, k, words), _whole(predicted, j), missed=1)
    for role, k, words in (rest_predicted[p] for p in pairing.predicted):
        yield Slip("argument spurious", role, _whole(gold, i), Spot(j, role, k, words), extra=1)


def casualty_slips(gold: EventWords, predicted: EventWords, i: int, j: int) -> Iterator[Slip]:
    """The casualty entries of a pair of events: the surest pairs first, those of one number before those of one group of people."""
    there, said = gold.casualties, predicted.casualties

    def pair(cause: str, g: int, p: int, cost: int) -> Slip:
        kinds = (there[g].kind, said[p].kind)
        detail = f"{kinds[0]} → {kinds[1]}" if kinds[0] != kinds[1] else kinds[0]
        sides = Spot(i, "casualties", g, _figure(there[g])), Spot(j, "casualties", p, _figure(said[p]))
        return Slip(cause, detail, *sides, missed=cost, extra=cost)

    pairing = _Pairing(there, said)
    pairing.take(lambda g, p: same_count(g, p) and same_people(g.victims, p.victims))
    for g, p in pairing.take(same_count):
        yield pair("victim wrong", g, p, 0)
    for same in (
        lambda g, p: g.kind == p.kind and _same_number(g, p),
        _same_number,
        lambda g, p: g.kind == p.kind and _may_be_one(g, p) and bool(pair_off(g.victims, p.victims, overlap)),
        lambda g, p: _may_be_one(g, p) and (g.low, g.high) == (p.low, p.high) and same_people(g.victims, p.victims),
        # No words tell them apart: an entry read from the trigger alone, or one whose number is not a span.
        lambda g, p: g.kind == p.kind and _may_be_one(g, p) and not (g.victims and p.victims),
    ):
        for g, p in pairing.take(same):
            if there[g].kind != said[p].kind:
                yield pair("casualty kind wrong", g, p, 1)
            elif said[p].low is None and said[p].high is None:
                yield pair("casualty count unread", g, p, 1)
            else:
                yield pair("casualty bound wrong", g, p, 1)
    for g in pairing.gold:
        spot = Spot(i, "casualties", g, _figure(there[g]))
        yield Slip("casualty missed", there[g].kind, spot, _whole(predicted, j), missed=1)
    for p in pairing.predicted:
        spot = Spot(j, "casualties", p, _figure(said[p]))
        yield Slip("casualty spurious", said[p].kind, _whole(gold, i), spot, extra=1)


class _Pairing:
    """Two lists that are paired off in several passes; `gold` and `predicted` are the indices that no pass has taken yet."""

    def __init__(self, gold: Sequence[T], predicted: Sequence[T]):
        self._items: tuple[Sequence[Any], Sequence[Any]] = (gold, predicted)
        self.gold = list(range(len(gold)))
        self.predicted = list(range(len(predicted)))

    def take(self, same: Callable[[Any, Any], bool]) -> list[tuple[int, int]]:
        """Pair what is left by `same`, and return the pairs."""
        gold, predicted = self._items
        taken = [
            (self.gold[a], self.predicted[b]) for a, b in pair_off(self.gold, self.predicted, lambda i, j: same(gold[i], predicted[j]))
        ]
        self.gold = [i for i in self.gold if i not in {pair[0] for pair in taken}]
        self.predicted = [j for j in self.predicted if j not in {pair[1] for pair in taken}]
        return taken


def _in_order(spans: Iterable[LabelledWords]) -> tuple[LabelledWords, ...]:
    return tuple(sorted(spans, key=lambda span: (min(span[1]), max(span[1]), span[0])))


def _trigger(event: EventWords) -> WordSet:
    return event.triggers[0] if event.triggers else frozenset()


def _whole(event: EventWords, number: int) -> Spot:
    return Spot(number, "triggers", 0, _trigger(event))


def _facts(event: EventWords) -> int:
    """How many facts the evaluator counts in an event: its type, its arguments and its casualty entries."""
    return 1 + sum(map(len, event.roles.values())) + len(event.casualties)


def _figure(casualty: CasualtyWords) -> WordSet:
    return casualty.number or frozenset().union(*casualty.victims)


def _same_number(gold: CasualtyWords, predicted: CasualtyWords) -> bool:
    return gold.number is not None and predicted.number is not None and overlap(gold.number, predicted.number)


def _may_be_one(gold: CasualtyWords, predicted: CasualtyWords) -> bool:
    """Two entries with numbers at different places are two figures."""
    return gold.number is None or predicted.number is None or overlap(gold.number, predicted.number)
