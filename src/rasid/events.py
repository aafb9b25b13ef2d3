"""Drafts of events to event records: counts read, status settled, ids made."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from rasid.analysis import Analysis
from rasid.candidates import SpanWords
from rasid.cues import Forms, settle_status, weigh_kinds
from rasid.document import Document
from rasid.fold import fold
from rasid.grouping import CasualtyDraft, EventDraft, GroupingOptions, group
from rasid.labels import WordSpan
from rasid.numbers import Quantity, read_count, read_noun_count
from rasid.records import Actor, Casualty, Event, Evidence, Mention, Place, Span, When
from rasid.words import Words

# The act says what those taken are: in the annotated reports (2026-11) 1,586 of 1,597 in abductions are abducted, and all 3,185 in arrests
# captured.
TAKEN = {("abduction", "captured"): "abducted", ("arrest", "abducted"): "captured"}


def make_spans(text: str, analysis: Analysis) -> tuple[Span, ...]:
    """The spans of a document with their characters."""
    places = ((s, *_characters(analysis.words, s)) for s in analysis.spans)
    return tuple(Span(s.label, start, end, text[start:end], round(s.score, 4)) for s, start, end in places)


def make_events(
    document: Document, analysis: Analysis, options: GroupingOptions, confidence: Sequence[tuple[float, float]] = ()
) -> tuple[Event, ...]:
    """Group the document's spans and make a record of each group, in text order.

    Args:
        confidence: knots (raw, calibrated) that turn a draft's probability into a confidence; without them there is none.
    """
    forms = Forms(document.text, analysis.words)
    events: list[Event] = []
    for section in analysis.sections:
        spans = [SpanWords(s.label, s.first, s.last) for s in section.spans]
        links = weigh_kinds(forms, section.spans, section.links)
        drafts = group(spans, [s.score for s in section.spans], links, options)
        used = frozenset(entry.head for draft in drafts for entry in draft.casualties)
        counts = _Counts(document.text, analysis.words, section.spans)
        for draft in drafts:
            status = settle_status(forms, [spans[t].first for t in draft.triggers], draft.status_probabilities)
            events.append(_event(document, analysis.words, section.spans, replace(draft, status=status), used, counts, confidence))
    return _with_ids(document.id, events)


def _event(
    document: Document,
    words: Words,
    spans: Sequence[WordSpan],
    draft: EventDraft,
    used: frozenset[int],
    counts: _Counts,
    confidence: Sequence[tuple[float, float]],
) -> Event:
    text = document.text

    def mention(k: int) -> Mention:
        start, end = _characters(words, spans[k])
        return Mention(text[start:end], start, end)

    def actor(k: int) -> Actor:
        found = mention(k)
        return Actor(found.text, found.start, found.end)

    def place(k: int) -> Place:
        found = mention(k)
        return Place(found.text, found.start, found.end)

    casualties = _casualties(text, words, spans, draft, used, counts)
    when = mention(draft.date) if draft.date is not None else None
    return Event(
        id="",
        type=draft.type,
        status=draft.status,
        aggregate=draft.aggregate,
        confidence=_calibrated(draft.probability, confidence),
        triggers=tuple(mention(k) for k in draft.triggers),
        perpetrators=tuple(actor(k) for k in draft.perpetrators),
        targets=tuple(actor(k) for k in draft.targets),
        casualties=casualties,
        locations=tuple(place(k) for k in draft.locations),
        date=When(when.text, when.start, when.end) if when else None,
        sources=tuple(actor(k) for k in draft.sources),
        evidence=_evidence(words, [spans[k] for k in draft.triggers]),
        acled=None,  # made when actors and places are resolved
    )


def _casualties(
    text: str, words: Words, spans: Sequence[WordSpan], draft: EventDraft, used: frozenset[int], counts: _Counts
) -> tuple[Casualty, ...]:
    """The entries whose counts can be read, `part_of` counted among those.

    Of entries whose numbers say the same of the same kind the first stays, with the victims of all (`_told_again`). `used` holds the spans
    that carry an entry of any event: another mention of the same number may bound an entry's count.
    """
    free = [k for k, span in enumerate(spans) if span.label == "NUMBER" and k not in used]
    entries = [replace(entry, kind=TAKEN.get((draft.type, entry.kind), entry.kind)) for entry in draft.casualties]

    def said(k: int) -> str:
        start, end = _characters(words, spans[k])
        return fold(text[start:end])

    def sentence(k: int) -> int:
        return words.items[spans[k].first].sentence

    def beside(k: int, n: int) -> bool:
        return spans[k].last + 1 == spans[n].first and sentence(k) == sentence(n)

    entries, read = _beside_their_nouns(spans, said, beside, entries, [_count(entry, free, counts) for entry in entries])
    kept: list[tuple[CasualtyDraft, int, Quantity]] = []
    place: dict[int, int] = {}
    for n, (entry, found) in enumerate(zip(entries, read, strict=True)):
        if found is None:
            continue
        head, quantity = found
        for k, (former, where, figure) in enumerate(kept):
            alike = (former.kind, figure.low, figure.high) == (entry.kind, quantity.low, quantity.high)
            counted = spans[where].label == spans[head].label == "NUMBER"
            if alike and counted and _told_again(former, entry, same_sentence=sentence(where) == sentence(head)):
                kept[k] = (replace(former, victims=_victims(former, entry)), where, figure)
                place[n] = k
                break
        else:
            place[n] = len(kept)
            kept.append((entry, head, quantity))
    out = []
    for entry, head, quantity in kept:
        start, end = _characters(words, spans[head])
        victims = tuple(Mention(text[a:b], a, b) for a, b in (_characters(words, spans[v]) for v in entry.victims))
        out.append(
            Casualty(
                kind=entry.kind,
                low=quantity.low,
                high=quantity.high,
                approx=quantity.approx,
                number=Mention(text[start:end], start, end) if spans[head].label == "NUMBER" else None,
                victims=victims,
                civilian=None,
                part_of=place.get(entry.part_of) if entry.part_of is not None else None,
                reason=quantity.reason,
            )
        )
    return tuple(out)


def _told_again(former: CasualtyDraft, latter: CasualtyDraft, *, same_sentence: bool) -> bool:
    """Whether two entries of one kind with the same figure tell one fact.

    They do, for of the 1,284 figures of three and more in the training reports three stand twice in an event (2026-11). Parts may be alike
    (3 women and 3 children), unless another sentence has the figure again and one of the two does not say of whom (ثلاثة منهم … ثلاث نساء).
    """
    if former.part_of is None and latter.part_of is None:
        return True
    return not same_sentence and bool(former.victims) != bool(latter.victims)


def _victims(one: CasualtyDraft, other: CasualtyDraft) -> tuple[int, ...]:
    """The victims of both entries, in text order."""
    return tuple(sorted({*one.victims, *other.victims}))


def _beside_their_nouns(
    spans: Sequence[WordSpan],
    said: Callable[[int], str],
    beside: Callable[[int, int], bool],
    entries: Sequence[CasualtyDraft],
    read: Sequence[tuple[int, Quantity] | None],
) -> tuple[list[CasualtyDraft], list[tuple[int, Quantity] | None]]:
    """The entries, and their counts, where a noun that was taken for a figure of its own goes to the number beside it as its victims.

    In `قياديان اثنان` (two leaders, two) noun and number say one figure. Both must be of the same kind and count alike; a number and a bare
    plural behind it do. So do both nouns of `102 طالب وطالبة` (102 students, men and women). The entry of the noun is left in its place
    without a count, so that places in the list hold.

    Args:
        said: the words of a span, folded. beside: whether the second span is the next word of the first's sentence.
    """
    out, counts = list(entries), list(read)
    for n, entry in enumerate(entries):
        if spans[entry.head].label != "NUMBER":
            continue
        for m, other in enumerate(entries):
            number, noun = counts[n], counts[m]
            if spans[other.head].label != "ACTOR" or other.kind != entry.kind or number is None or noun is None:
                continue
            behind = any(beside(v, entry.head) for v in other.victims)
            before = any(beside(entry.head, v) for v in other.victims)
            both = _man_and_woman(spans, said, beside, entry.head, other.head)
            if both or (behind and noun[1].low == number[1].low) or (before and (noun[1].low or 0) <= (number[1].low or 0)):
                whole = next((k for k in (out[n].part_of, other.part_of) if k not in (None, n, m)), None)
                out[n] = replace(out[n], victims=_victims(out[n], other), part_of=whole)
                counts[m] = None
                out = [replace(e, part_of=n) if e.part_of == m and k != n else e for k, e in enumerate(out)]
    return out, counts


def _man_and_woman(
    spans: Sequence[WordSpan], said: Callable[[int], str], beside: Callable[[int, int], bool], number: int, woman: int
) -> bool:
    """Whether behind the number stand a noun and `woman`, the same noun in the feminine (طالب وطالبة)."""
    man = woman - 1
    in_a_row = spans[man].label == "ACTOR" and beside(number, man) and beside(man, woman)
    return in_a_row and said(woman) == f"و{said(man).removesuffix('ا')}ه"


def _count(entry: CasualtyDraft, free: Sequence[int], counts: _Counts) -> tuple[int, Quantity] | None:
    """The count of an entry and the span that gives it: its own, or another mention of the same number that bounds it.

    A headline says 40, the sentence below "40 at least": of such pairs annotators took the bounded mention 24 times in 28 (training
    reports, 2026-11).
    """
    own = counts.of(entry.head)
    if own is None:
        return None
    if own.precision == "exact" and own.low is not None and own.low > 2:
        for k in free:
            other = counts.of(k)
            if other is not None and other.precision == "bound" and own.low in (other.low, other.high):
                return k, other
    return entry.head, own


class _Counts:
    """The counts of a section's spans, by their numbers, each read once."""

    def __init__(self, text: str, words: Words, spans: Sequence[WordSpan]):
        self._text, self._words, self._spans = text, words, spans
        self._read: dict[int, Quantity | None] = {}

    def of(self, k: int) -> Quantity | None:
        """The count of a NUMBER in its sentence, else of the noun that carries it."""
        if k not in self._read:
            span, words = self._spans[k], self._words
            start, end = _characters(words, span)
            read = read_count if span.label == "NUMBER" else read_noun_count
            self._read[k] = read(self._text, start, end, window=words.sentences[words.items[span.first].sentence])
        return self._read[k]


def _calibrated(raw: float, knots: Sequence[tuple[float, float]]) -> float | None:
    """Interpolate between the knots; None without any, as an uncalibrated figure would mislead."""
    if not knots:
        return None
    return round(float(np.interp(raw, [k[0] for k in knots], [k[1] for k in knots])), 4)


def _evidence(words: Words, triggers: Sequence[WordSpan]) -> tuple[Evidence, ...]:
    """The sentences that hold the event's triggers."""
    numbers = sorted({words.items[t.first].sentence for t in triggers})
    return tuple(Evidence(*words.sentences[n]) for n in numbers)


def _with_ids(document_id: str, events: Sequence[Event]) -> tuple[Event, ...]:
    """Give each event an id made from the document's id and from what it says, not from where in the list it stands.

    Events of one document that say the same are told apart by a count.
    """
    made: Counter[str] = Counter()
    out = []
    for event in events:
        said = "\x1f".join(_said(document_id, event))
        made[said] += 1
        digest = hashlib.sha256(f"{said}\x1f{made[said]}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
        out.append(replace(event, id=f"ev-{digest}"))
    return tuple(out)


def _said(document_id: str, event: Event) -> list[str]:
    return [
        document_id,
        event.type,
        event.status,
        *(trigger.text for trigger in event.triggers),
        *(actor.text for actor in (*event.perpetrators, *event.targets)),
        *(place.text for place in event.locations),
        *(f"{c.kind}:{c.low}:{c.high}" for c in event.casualties),
        event.date.text if event.date else "",
    ]


def _characters(words: Words, span: WordSpan) -> tuple[int, int]:
    return words.items[span.first].start, words.items[span.last].end
