"""The blocks that an event is compared in: events that share none of these keys are never looked at together."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator

from rasid.incident.facts import Facts, day

# A figure of at least so many finds another report that names no place.
_TELLING_FIGURE = 10


def block_keys(facts: Facts) -> dict[int, bool]:
    """Keys of an event's blocks; of two events of a block at least one must be marked True to be compared.

    A block is a day and a province, a country (for reports that know no more), a name that is in no gazetteer, or a figure (for reports
    without a place); for a toll over a period it is its figure and place; and the group of near-duplicate articles.
    """
    made: dict[int, bool] = {}
    for key, mark in _keys(facts):
        number = int.from_bytes(hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little", signed=True)
        made[number] = made.get(number, False) or mark
    return made


def sort_key(facts: Facts) -> str:
    """How events stand in a crowded block: those that are likely to be one next to each other."""
    place = next((site.id or site.key for site in facts.sites), "")
    figures = " ".join(sorted(f"{f.kind}{f.low or f.high or 0:06d}" for f in facts.figures))
    return f"{place}|{facts.first}|{figures}|{facts.type}"


def _keys(facts: Facts) -> Iterator[tuple[str, bool]]:
    if facts.copies:
        yield f"copies {facts.copies}", True
    if facts.aggregate:
        for place in {site.id or site.key for site in facts.sites[:1]} | {site.id for site in facts.sites if site.id}:
            yield from ((f"toll {place} {f.kind} {f.low} {f.high}", True) for f in facts.figures)
        return
    if facts.vague:
        return
    for when in _days(facts):
        yield from ((f"{when} {where}", mark) for where, mark in _places(facts))


def _days(facts: Facts) -> Iterator[str]:
    """The days that the event can have happened on, and the one after, if the calendar has one: nights run into it."""
    assert facts.first is not None
    first = day(facts.first).toordinal()
    last = min(first + (facts.days or 1), dt.date.max.toordinal())
    yield from (dt.date.fromordinal(number).isoformat() for number in range(first, last + 1))


def _places(facts: Facts) -> Iterator[tuple[str, bool]]:
    provinces = {f"{site.country} {site.admin1}" for site in facts.sites if site.admin1}
    countries = {site.country for site in facts.sites if site.country}
    yield from ((f"in {province}", True) for province in sorted(provinces))
    yield from ((f"country {country}", not provinces) for country in sorted(countries))
    yield from ((f"name {site.key}", True) for site in facts.sites if not site.common and (site.precision or 1) <= 2)
    # What is near a point may lie in the next province.
    yield from ((f"cell {cell}", True) for site in facts.sites if site.precision == 2 for cell in _cells(site.lat, site.lon, 1))
    yield from ((f"cell {cell}", False) for site in facts.sites if site.precision == 1 for cell in _cells(site.lat, site.lon, 0))
    for figure in facts.figures:
        count = figure.low if figure.low is not None else figure.high
        if count is not None and count >= _TELLING_FIGURE:
            yield f"figure {figure.kind} {count}", not countries


def _cells(lat: float | None, lon: float | None, reach: int) -> Iterator[str]:
    """Cells of half a degree round a point."""
    if lat is not None and lon is not None:
        row, column = int(lat * 2 // 1), int(lon * 2 // 1)
        yield from (f"{row + i} {column + j}" for i in range(-reach, reach + 1) for j in range(-reach, reach + 1))
