"""Checks the figures of one event against one another: contradictions are flagged and never mended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rasid.fold import fold
from rasid.records import Casualty, Flag

__all__ = ["CODES", "Flag", "check_casualties"]

CODES = {
    "bounds": "the lower bound of a figure is above its upper bound",
    "cycle": "figures are parts of one another in a circle",
    "part": "a part is larger than the whole",
    "parts": "the parts together are larger than the whole",
    "tolls": "figures of the same kind for the same victims differ",
}
"""What each value of `Flag.code` says."""

# What may be counted as a part of a figure of another kind; a part of any other kind says nothing of the whole's size.
_WITHIN = {"killed_or_wounded": frozenset({"killed", "wounded", "killed_or_wounded"})}


def check_casualties(casualties: Sequence[Casualty]) -> tuple[Flag, ...]:
    """The contradictions among the figures of one event, none where they agree or where the words leave a bound open.

    An open bound contradicts nothing: at least 3 of up to 10 are no contradiction, at least 11 of up to 10 are one. Parts may overlap
    in the text (civilians, children): their sum is flagged all the same, for a reader to decide. A `part_of` that points to no entry
    is ignored.
    """
    return (*_bounds(casualties), *_cycles(casualties), *_parts(casualties), *_tolls(casualties))


def _bounds(casualties: Sequence[Casualty]) -> Iterator[Flag]:
    for n, entry in enumerate(casualties):
        if entry.low is not None and entry.high is not None and entry.low > entry.high:
            yield Flag("bounds", (n,), f"{_kind(entry)}: at least {entry.low}, but at most {entry.high}")


def _cycles(casualties: Sequence[Casualty]) -> Iterator[Flag]:
    """Each circle once, by its first entry."""
    for n in range(len(casualties)):
        circle = _above(casualties, n)
        if _whole(casualties, circle[-1]) == n == min(circle):
            entries = tuple(sorted(circle))
            reason = "a figure is a part of itself" if len(circle) == 1 else f"{len(circle)} figures are parts of one another"
            yield Flag("cycle", entries, reason)


def _parts(casualties: Sequence[Casualty]) -> Iterator[Flag]:
    for w, whole in enumerate(casualties):
        kinds = _WITHIN.get(whole.kind, frozenset({whole.kind}))
        parts = [
            (n, entry.low)
            for n, entry in enumerate(casualties)
            if _whole(casualties, n) == w and n not in _above(casualties, w) and entry.kind in kinds and entry.low is not None
        ]
        if whole.high is None:
            continue
        larger = [(n, low) for n, low in parts if low > whole.high]
        for n, low in larger:
            yield Flag("part", (w, n), f"{_kind(casualties[n])}: a part of at least {low} of a whole of at most {whole.high}")
        total = sum(low for _, low in parts)
        if not larger and total > whole.high:
            said = " + ".join(str(low) for _, low in parts)
            reason = f"{_kind(whole)}: parts of at least {said} = {total} of a whole of at most {whole.high}, unless they overlap"
            yield Flag("parts", (w, *(n for n, _ in parts)), reason)


def _tolls(casualties: Sequence[Casualty]) -> Iterator[Flag]:
    """Figures of one kind for the same victims, from different mentions, that no count can fit."""
    for n, one in enumerate(casualties):
        for m, other in enumerate(casualties[n + 1 :], n + 1):
            if one.kind != other.kind or one.part_of != other.part_of or _source(one) == _source(other):
                continue
            if one.part_of is not None and not one.victims:
                continue  # parts of one whole that name nobody (7 here, 3 there) stand side by side
            if _victims(one) != _victims(other) or (one.civilian, one.group) != (other.civilian, other.group):
                continue
            lows = [low for low in (one.low, other.low) if low is not None]
            highs = [high for high in (one.high, other.high) if high is not None]
            if lows and highs and max(lows) > min(highs):
                yield Flag("tolls", (n, m), f"{_kind(one)}: {_range(one)} and {_range(other)} of the same victims")


def _whole(casualties: Sequence[Casualty], n: int) -> int | None:
    """The entry that entry `n` is a part of, None where it is no part or points nowhere."""
    whole = casualties[n].part_of
    return whole if whole is not None and 0 <= whole < len(casualties) else None


def _above(casualties: Sequence[Casualty], n: int) -> list[int]:
    """Entry `n`, the entry that it is a part of, and so on, until an entry that is no part or was passed already."""
    path = [n]
    while (whole := _whole(casualties, path[-1])) is not None and whole not in path:
        path.append(whole)
    return path


def _source(entry: Casualty) -> tuple[tuple[int, int], ...]:
    """The characters that the figure was read from."""
    mentions = (entry.number,) if entry.number is not None else entry.victims
    return tuple((mention.start, mention.end) for mention in mentions)


def _victims(entry: Casualty) -> frozenset[str]:
    return frozenset(fold(victim.text) for victim in entry.victims)


def _kind(entry: Casualty) -> str:
    return entry.kind.replace("_", " ")


def _range(entry: Casualty) -> str:
    low = "?" if entry.low is None else str(entry.low)
    high = "?" if entry.high is None else str(entry.high)
    return low if low == high else f"{low} to {high}"
