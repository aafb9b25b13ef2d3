"""Drafts of casualty entries to casualty records: counts read, figures that are told twice made one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from rasid.fold import fold
from rasid.grouping import CasualtyDraft, EventDraft
from rasid.labels import WordSpan
from rasid.numbers import Quantity, read_count, read_noun_count
from rasid.records import Casualty, Mention
from rasid.words import Words

# The act says what those taken are: in the annotated reports (2026-11) 1,586 of 1,597 in abductions are abducted, and all 3,185 in arrests
# captured.
TAKEN = {("abduction", "captured"): "abducted", ("arrest", "abducted"): "captured"}


class Figures:
    """What the figures of a section are read from: its spans by their numbers, what they say, where they stand and count."""

    def __init__(self, text: str, words: Words, spans: Sequence[WordSpan]):
        self._text, self._words, self._spans = text, words, spans
        self._read: dict[int, Quantity | None] = {}

    def __len__(self) -> int:
        return len(self._spans)

    def label(self, k: int) -> str:
        """The label of a span."""
        return self._spans[k].label

    def mention(self, k: int) -> Mention:
        """A span with its characters."""
        start, end = self._words.characters(self._spans[k].first, self._spans[k].last)
        return Mention(self._text[start:end], start, end)

    def said(self, k: int) -> str:
        """The words of a span, folded."""
        return fold(self.mention(k).text)

    def sentence(self, k: int) -> int:
        """The number of the sentence that a span begins in."""
        return self._words.items[self._spans[k].first].sentence

    def beside(self, k: int, n: int) -> bool:
        """Whether the second span begins with the next word of the first's sentence."""
        return self._spans[k].last + 1 == self._spans[n].first and self.sentence(k) == self.sentence(n)

    def count(self, k: int) -> Quantity | None:
        """The count of a NUMBER in its sentence, else of the noun that carries it; each is read once."""
        if k not in self._read:
            self._read[k] = self._read_number(k) if self.label(k) == "NUMBER" else self._read_span(k, read_noun_count)
        return self._read[k]

    def _read_number(self, k: int) -> Quantity | None:
        """The count of a NUMBER, or the two of a dual that was taken for one (وجنديين)."""
        counted = self._read_span(k, read_count)
        if counted is not None:
            return counted
        noun = self._read_span(k, read_noun_count)
        return noun if noun is not None and (noun.low, noun.high) == (2, 2) else None

    def _read_span(self, k: int, read: Callable[..., Quantity | None]) -> Quantity | None:
        span = self.mention(k)
        return read(self._text, span.start, span.end, window=self._words.sentences[self.sentence(k)])


def make_casualties(draft: EventDraft, used: frozenset[int], figures: Figures) -> tuple[Casualty, ...]:
    """The entries whose counts can be read, `part_of` counted among those.

    Of entries whose numbers say the same of the same kind the first stays, with the victims of all (`_told_again`). `used` holds the spans
    that carry an entry of any event: another mention of the same number may bound an entry's count.
    """
    free = [k for k in range(len(figures)) if figures.label(k) == "NUMBER" and k not in used]
    entries = [replace(entry, kind=TAKEN.get((draft.type, entry.kind), entry.kind)) for entry in draft.casualties]
    entries, read = _beside_their_nouns(figures, entries, [_count(entry, free, figures) for entry in entries])
    kept: list[tuple[CasualtyDraft, int, Quantity]] = []
    place: dict[int, int] = {}
    for n, (entry, found) in enumerate(zip(entries, read, strict=True)):
        if found is None:
            continue
        head, quantity = found
        for k, (former, where, figure) in enumerate(kept):
            alike = (former.kind, figure.low, figure.high) == (entry.kind, quantity.low, quantity.high)
            counted = figures.label(where) == figures.label(head) == "NUMBER"
            if alike and counted and _told_again(former, entry, same_sentence=figures.sentence(where) == figures.sentence(head)):
                kept[k] = (replace(former, victims=_victims(former, entry)), where, figure)
                place[n] = k
                break
        else:
            place[n] = len(kept)
            kept.append((entry, head, quantity))
    out = []
    for n, (entry, head, quantity) in enumerate(kept):
        whole = place.get(entry.part_of) if entry.part_of is not None else None
        out.append(
            Casualty(
                kind=entry.kind,
                low=quantity.low,
                high=quantity.high,
                approx=quantity.approx,
                number=figures.mention(head) if figures.label(head) == "NUMBER" else None,
                victims=tuple(map(figures.mention, entry.victims)),
                civilian=None,
                part_of=whole if whole is not None and _may_be_part(kept, n, whole) else None,
                reason=quantity.reason,
            )
        )
    return tuple(out)


def _may_be_part(kept: Sequence[tuple[CasualtyDraft, int, Quantity]], part: int, whole: int) -> bool:
    """Whether one entry can be a part of another.

    None is a part of itself, where a figure is told again as its own whole, and the wounded are no part of the killed (25 شهيدا بينهم 4
    مسعفين و127 جريحا): none of 2,500 parts in the annotated reports (2026-11).
    """
    return part != whole and (kept[part][0].kind, kept[whole][0].kind) != ("wounded", "killed")


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
    figures: Figures, entries: Sequence[CasualtyDraft], read: Sequence[tuple[int, Quantity] | None]
) -> tuple[list[CasualtyDraft], list[tuple[int, Quantity] | None]]:
    """The entries, and their counts, where a noun that was taken for a figure of its own goes to the number beside it as its victims.

    In `قياديان اثنان` (two leaders, two) noun and number say one figure. Both must be of the same kind and count alike; a number and a bare
    plural behind it do. So do both nouns of `102 طالب وطالبة` (102 students, men and women). The entry of the noun is left in its place
    without a count, so that places in the list hold.
    """
    out, counts = list(entries), list(read)
    for n, entry in enumerate(entries):
        if figures.label(entry.head) != "NUMBER":
            continue
        for m, other in enumerate(entries):
            number, noun = counts[n], counts[m]
            if figures.label(other.head) != "ACTOR" or other.kind != entry.kind or number is None or noun is None:
                continue
            behind = any(figures.beside(v, entry.head) for v in other.victims)
            before = any(figures.beside(entry.head, v) for v in other.victims)
            both = _man_and_woman(figures, entry.head, other.head)
            if both or (behind and noun[1].low == number[1].low) or (before and (noun[1].low or 0) <= (number[1].low or 0)):
                whole = next((k for k in (out[n].part_of, other.part_of) if k not in (None, n, m)), None)
                out[n] = replace(out[n], victims=_victims(out[n], other), part_of=whole)
                counts[m] = None
                out = [replace(e, part_of=n) if e.part_of == m and k != n else e for k, e in enumerate(out)]
    return out, counts


def _man_and_woman(figures: Figures, number: int, woman: int) -> bool:
    """Whether behind the number stand a noun and `woman`, the same noun in the feminine (طالب وطالبة)."""
    man = woman - 1
    in_a_row = figures.label(man) == "ACTOR" and figures.beside(number, man) and figures.beside(man, woman)
    return in_a_row and figures.said(woman) == f"و{figures.said(man).removesuffix('ا')}ه"


def _count(entry: CasualtyDraft, free: Sequence[int], figures: Figures) -> tuple[int, Quantity] | None:
    """The count of an entry and the span that gives it: its own, or another mention of the same number that bounds it.

    A headline says 40, the sentence below "40 at least": of such pairs annotators took the bounded mention 24 times in 28 (training
    reports, 2026-11).
    """
    own = figures.count(entry.head)
    if own is None:
        return None
    if own.precision == "exact" and own.low is not None and own.low > 2:
        for k in free:
            other = figures.count(k)
            if other is not None and other.precision == "bound" and own.low in (other.low, other.high):
                return k, other
    return entry.head, own
