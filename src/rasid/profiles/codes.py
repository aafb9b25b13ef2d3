"""Codes that the profiles of ACLED and UCDP GED share: precision of dates, countries, and the grid of PRIO."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from functools import lru_cache

from rasid.lexicon import rows
from rasid.records import Event, Place, When

__all__ = ["Country", "acled_day", "best_place", "country_codes", "one_year", "priogrid", "ucdp_date_precision", "ucdp_region"]

# UCDP GED's date_prec (UCDP GED Codebook) by the precision of a date; `interval` and `open` go by their length.
_UCDP_DATE = {"week": 3, "month": 4, "season": 5, "year": 5}
# Cells of half a degree, numbered from the south-west corner eastward (PRIO-GRID).
_CELL, _CELLS_ROUND = 0.5, 720


@dataclass(frozen=True, slots=True)
class Country:
    """How ACLED and UCDP name and number a country; None where the table does not say."""

    iso: int | None
    acled_name: str | None
    acled_region: str | None
    ucdp_name: str | None
    ucdp_id: int | None


def country_codes(alpha2: str | None) -> Country:
    """The row of `profiles/countries.tsv` for a country (ISO 3166-1 alpha-2); for another country only its English name."""
    if not alpha2:
        return Country(None, None, None, None, None)
    name = _names().get(alpha2)
    return _countries().get(alpha2, Country(None, name, None, name, None))


def ucdp_region(country_id: int | None) -> str | None:
    """UCDP's region of a country by its Gleditsch and Ward number, as in the UCDP/PRIO Armed Conflict Dataset Codebook."""
    if country_id is None:
        return None
    bounds = ((200, "Americas"), (400, "Europe"), (630, "Africa"), (700, "Middle East"))
    return next((region for bound, region in bounds if country_id < bound), "Asia")


def best_place(event: Event) -> Place | None:
    """The narrowest place of an event that has coordinates, else the narrowest that the text names."""
    return next((place for place in event.locations if place.lat is not None), event.locations[0] if event.locations else None)


def days(when: When | None) -> tuple[dt.date, dt.date] | None:
    """The first and the last day of a date, None where either is open or not known."""
    if when is None or when.from_ is None or when.to is None:
        return None
    first, last = dt.date.fromisoformat(when.from_), dt.date.fromisoformat(when.to)
    return (first, last) if first <= last else None


def one_year(when: When | None) -> int | None:
    """The year of a date, None where it is not known or not one."""
    ends = days(when)
    return ends[0].year if ends and ends[0].year == ends[1].year else None


def ucdp_date_precision(when: When | None) -> int | None:
    """UCDP GED's `date_prec`: 1 the day, 2 two to six days, 3 the week, 4 the month, 5 more than a month within one calendar year.

    None where an end is open or the days are of several years and more than a month apart, for which UCDP has no code.
    """
    ends = days(when)
    if when is None or ends is None:
        return None
    count = (ends[1] - ends[0]).days + 1
    if count > 31 and ends[0].year != ends[1].year:
        return None
    by_length = next((code for most, code in ((1, 1), (6, 2), (7, 3), (31, 4)) if count <= most), 5)
    return _UCDP_DATE.get(when.precision or "", by_length)


def acled_day(when: When | None) -> tuple[str, int] | None:
    """ACLED's `event_date` (ISO 8601) and `time_precision`: 1 the day is known, 2 the week, 3 the month.

    Of a longer time the day in its middle stands for all, as the code book has it. None where more than a month is possible: ACLED has
    no code for it.
    """
    ends = days(when)
    if ends is None:
        return None
    apart = (ends[1] - ends[0]).days
    if apart > 30:
        return None
    middle = ends[0] + dt.timedelta(days=apart // 2)
    return middle.isoformat(), 1 if apart == 0 else 2 if apart < 7 else 3


def priogrid(lat: float, lon: float) -> int:
    """The PRIO-GRID cell (`gid`) of a point (degrees, WGS 84)."""
    row = min(int((lat + 90) / _CELL), 359)
    column = min(int((lon + 180) / _CELL), _CELLS_ROUND - 1)
    return row * _CELLS_ROUND + column + 1


@lru_cache(maxsize=1)
def _countries() -> dict[str, Country]:
    def number(cell: str) -> int | None:
        return None if cell == "-" else int(cell)

    return {row[0]: Country(number(row[1]), row[2], row[3], row[4], number(row[5])) for row in rows("profiles/countries.tsv")}


@lru_cache(maxsize=1)
def _names() -> dict[str, str]:
    return {row[0]: row[4] for row in rows("places/countries.tsv")}
