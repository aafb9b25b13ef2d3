"""Calendar arithmetic of dates: months, weeks, seasons and their parts as intervals of days, Gregorian and Hijri.

The calendar runs from 0001-01-01 to 9999-12-31. Reports of its first and last days do come (an empty date of .NET is 0001-01-01), and
what is counted from one may lie outside: that raises OverflowError, which `rasid.dates` makes a date that cannot be placed.
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, timedelta

from hijridate import Gregorian, Hijri

__all__ = [
    "Period",
    "add_months",
    "day_of",
    "last_unit",
    "month_of",
    "nearest_weekday",
    "occurrence",
    "part",
    "season_of",
    "unit_at",
    "weekday_before",
    "year_of",
]


@dataclass(frozen=True, slots=True)
class Period:
    """An interval of days, both ends included; None is an open end. `precision` is that of `dates.DateValue`."""

    first: date | None
    last: date | None
    precision: str
    reason: str

    def because(self, reason: str) -> Period:
        """The same period with another reason."""
        return replace(self, reason=reason)


def add_months(day: date, months: int) -> date | None:
    """The same day `months` later, or the last day of a shorter month; None outside the calendar."""
    count = day.year * 12 + day.month - 1 + months
    year, month = divmod(count, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def day_of(calendar: str, year: int, month: int, day: int) -> Period | None:
    """One day; None if the calendar has no such day."""
    try:
        if calendar == "hijri":
            found: date = Hijri(year, month, day).to_gregorian()
            found = date(found.year, found.month, found.day)
        else:
            found = date(year, month, day)
    except (ValueError, OverflowError):
        return None
    return Period(found, found, "day", f"{day}/{month}/{year}{' AH' if calendar == 'hijri' else ''}")


def month_of(calendar: str, year: int, month: int) -> Period | None:
    """One month; None if the calendar has no such month."""
    first = day_of(calendar, year, month, 1)
    after = day_of(calendar, year + month // 12, month % 12 + 1, 1)
    if first is None or after is None or first.first is None or after.first is None:
        return None
    reason = f"month {month}/{year}{' AH' if calendar == 'hijri' else ''}"
    return Period(first.first, after.first - timedelta(days=1), "month", reason)


def year_of(calendar: str, year: int) -> Period | None:
    """One year; None if the calendar has no such year."""
    first, last = month_of(calendar, year, 1), month_of(calendar, year, 12)
    if first is None or last is None:
        return None
    return Period(first.first, last.last, "year", f"year {year}{' AH' if calendar == 'hijri' else ''}")


def season_of(year: int, month: int) -> Period | None:
    """The season of three months that begins in `month`."""
    first, last = month_of("gregorian", year, month), month_of("gregorian", year + (month + 1) // 12, (month + 1) % 12 + 1)
    if first is None or last is None:
        return None
    return Period(first.first, last.last, "season", f"season of months {month} to {(month + 1) % 12 + 1}, {year}")


def unit_at(unit: str, day: date) -> Period | None:
    """The day, ISO week (from Monday), month, year, decade or century that holds `day`; None where the calendar ends before it does."""
    if unit in ("hour", "day"):
        return Period(day, day, "day", "the day")
    if unit == "week":
        monday = day - timedelta(days=day.weekday())
        return Period(monday, monday + timedelta(days=6), "week", "the week from Monday")
    if unit == "month":
        return month_of("gregorian", day.year, day.month)
    if unit == "year":
        return year_of("gregorian", day.year)
    years = {"decade": 10, "century": 100}[unit]
    # A century runs from year 1 to year 100, a decade from 0 to 9.
    start = (day.year - (years == 100)) // years * years + (years == 100)
    last = day_of("gregorian", start + years - 1, 12, 31)
    return Period(date(max(start, 1), 1, 1), last.last, "interval", f"the {unit} from {start}") if last is not None else None


def last_unit(unit: str, day: date, count: int) -> date | None:
    """The day `count` units after `day` (before it if negative), None outside the calendar; hours make whole days, rounded up."""
    if unit == "hour":
        whole_days = -(-abs(count) // 24)
        return _add_days(day, whole_days if count > 0 else -whole_days)
    if unit in ("day", "week"):
        return _add_days(day, count * (7 if unit == "week" else 1))
    return add_months(day, count * {"month": 1, "year": 12, "decade": 120, "century": 1200}[unit])


def _add_days(day: date, days: int) -> date | None:
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def weekday_before(reference: date, weekday: int, side: str) -> date:
    """The latest such weekday (ISO number) not after the reference; strictly before it if `side` is past, after it if future."""
    back = (reference.isoweekday() - weekday) % 7
    if side == "future":
        return reference + timedelta(days=7 - back)
    return reference - timedelta(days=back or (7 if side == "past" else 0))


def nearest_weekday(day: date, weekday: int) -> date:
    """That weekday (ISO number) from five days before `day` to one after it.

    A report may be dated a day early (time zones), or some days late (copied from an agency).
    """
    ahead = (weekday - day.isoweekday()) % 7
    return day + timedelta(days=ahead if ahead <= 1 else ahead - 7)


def occurrence(make: Callable[[int], Period | None], calendar: str, reference: date, side: str) -> Period | None:
    """Which year's period a yearless one is, `make(year)` making each.

    The latest that has begun by the reference; ended before it if `side` is past; the first that begins after it if future;
    that of the reference's own year if present.
    """
    try:
        year = Gregorian(reference.year, reference.month, reference.day).to_hijri().year if calendar == "hijri" else reference.year
    except (ValueError, OverflowError):
        return None
    if side == "present":
        return make(year)
    # Nine years hold a 29 February on either side of 1900 and 2100.
    for candidate in range(year, year + 10) if side == "future" else range(year + 1, year - 10, -1):
        period = make(candidate)
        if period is None or period.first is None or period.last is None:
            continue
        if side == "future" and period.first > reference:
            return period
        if side != "future" and (period.last < reference if side == "past" else period.first <= reference):
            return period
    return None


def part(period: Period, which: str) -> Period | None:
    """The early, middle or late third of a period, or `half 1`, `quarter 3`, by months for years, else by days."""
    if period.first is None or period.last is None:
        return None
    parts, index = _PARTS[which]
    if period.precision in ("year", "season", "interval"):
        months = (period.last.year - period.first.year) * 12 + period.last.month - period.first.month + 1
        if period.first.day == 1 and months % parts == 0:
            first, after = (add_months(period.first, months // parts * edge) for edge in (index, index + 1))
            if first is None or after is None:
                return None
            return Period(first, after - timedelta(days=1), "interval", f"{which} part of {period.reason}")
    days = (period.last - period.first).days + 1
    if days < parts:
        return None
    first = period.first + timedelta(days=days * index // parts)
    last = period.first + timedelta(days=days * (index + 1) // parts - 1)
    if period.precision == "month" and parts == 3:
        first = period.first + timedelta(days=10 * index)
        last = period.last if index == 2 else first + timedelta(days=9)
    return Period(first, last, "interval", f"{which} part of {period.reason}")


_PARTS = {"early": (3, 0), "middle": (3, 1), "late": (3, 2)}
_PARTS |= {f"half {n}": (2, n - 1) for n in (1, 2)}
_PARTS |= {f"quarter {n}": (4, n - 1) for n in (1, 2, 3, 4)}
