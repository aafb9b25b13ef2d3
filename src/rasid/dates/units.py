"""Dates made of units of time: `الأسبوع الماضي`, `خلال الأيام الثلاثة الماضية`, `قبل أسبوعين`, `الصيف الماضي`, `ثمانينيات القرن الماضي`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from rasid.dates.calendar import Period, last_unit, occurrence, season_of, unit_at
from rasid.dates.explicit import Context, Line, Match, year_behind, years
from rasid.dates.tables import bare, cardinal, find, forms_of

__all__ = [
    "Count",
    "after_count",
    "before_count",
    "count_of_units",
    "decade",
    "during_count",
    "first_units",
    "modified_unit",
    "season",
    "since_count",
]

_MORE = (("اكثر", "من"), ("ما", "يزيد", "عن"), ("ما", "يزيد", "علي"))
_PARTS = frozenset({"الصباح", "الفجر", "الليل", "المساء", "الظهر", "النهار", "الاولي", "صباح", "فجر"})
_ABOUT = frozenset({"نحو", "حوالي", "قرابه", "زهاء"})


@dataclass(frozen=True, slots=True)
class Count:
    """So many units of time, read up to `last`; `number` is None where the words do not say how many."""

    unit: str
    number: int | None
    last: int
    more: bool = False
    """More than the number is said."""
    definite: bool = False


def count_of_units(line: Line, at: int) -> Count | None:
    """Read `ثلاثة أيام`, `الأيام الثلاثة`, `الـ24 ساعة`, `يومين`, `أسبوع`, `عدة أيام`, `أكثر من عامين`."""
    tokens = line.tokens
    more = False
    for words in _MORE:
        if tuple(line.text(at + ahead) for ahead in range(len(words))) == words:
            more, at = True, at + len(words)
    if (line.text(at), line.text(at + 1)) == ("اقل", "من"):
        at += 2
    at += line.text(at) in _ABOUT
    vague = line.text(at) in forms_of("traps", "vague")
    number = cardinal(tokens, at) if not vague else None
    if number is not None:
        unit = find("units", tokens, number[1], article=True)
        if unit is not None and unit[0][1] != "2" and 0 < number[0] <= 1000:
            return Count(unit[0][0], number[0], unit[1], more)
        if line.text(at).isdigit():
            return None
    unit = find("units", tokens, at + vague, article=True)
    if unit is None:
        return None
    (name, grammatical), last = unit
    definite = bare(line.text(at)) != line.text(at)
    if line.text(at - 1) in forms_of("traps", "before_general") and line.text(at) == "العام":
        return None
    if name == "hour" and line.text(last) in _PARTS:
        return None  # the hours of the morning, no count of hours
    if grammatical != "n":
        return Count(name, int(grammatical), last, more, definite)
    number = cardinal(tokens, last) if definite else None
    if number is None and definite and line.text(last).startswith("ال"):
        number = cardinal(tokens, last)
    if number is not None and 0 < number[0] <= 1000:
        return Count(name, number[0], number[1], more, definite)
    last += line.text(last) in forms_of("traps", "vague")
    return Count(name, None, last, more, definite)


def modified_unit(line: Line, at: int) -> Match | None:
    """Read units with a word that places them by the report: `الشهر الماضي`, `هذا الأسبوع`, `الأيام الثلاثة الماضية`."""
    shown = line.text(at).removeprefix("و").removeprefix("ل") in ("هذا", "هذه")
    count = count_of_units(line, at + shown)
    if count is None:
        return None
    side = find("modifiers", line.tokens, count.last, clitics=False)
    if side is None and not shown:
        return None
    if (
        side is not None
        and line.text(side[1] - 1).startswith("الاخير")
        and (line.text(side[1]).startswith("لل") or line.text(side[1]) == "من")
    ):
        return None  # the last days of a war, not the last days
    direction, last = (side[0][0], side[1]) if side is not None else ("present", count.last)

    def resolve(context: Context) -> Period | None:
        return _by_side(count, direction, context.reference) if context.reference is not None else None

    return Match(last, "unit" if count.number == 1 else "duration", resolve)


def _by_side(count: Count, direction: str, reference: date) -> Period | None:
    """The units before, around or after the report's day."""
    sign = {"past": -1, "present": 0, "future": 1}[direction]
    number = count.number
    if number == 1 and count.unit != "hour":
        moved = last_unit(count.unit, reference, sign)
        period = unit_at(count.unit, moved) if moved is not None else None
        which = {-1: "before", 0: "of", 1: "after"}[sign]
        return period.because(f"the {count.unit} {which} the report of {reference}") if period is not None else None
    if sign == 0:
        return None
    if number is None:
        if count.unit != "hour":
            reason = f"some {count.unit}s {'before' if sign < 0 else 'after'} the report, their number not said"
            return Period(None, reference, "open", reason) if sign < 0 else Period(reference, None, "open", reason)
        number = 1
    moved = last_unit(count.unit, reference, sign * number)
    if moved is None:
        return None
    if sign < 0:
        return Period(moved, reference, "interval", f"{number} {count.unit}s up to the report of {reference}")
    return Period(reference, moved, "interval", f"{number} {count.unit}s from the report of {reference}")


def since_count(count: Count, context: Context) -> Period | None:
    """`منذ` and a count: from that long ago up to the report."""
    if context.reference is None:
        return None
    number = 1 if count.unit == "hour" and count.number is None else count.number
    first = last_unit(count.unit, context.reference, -number) if number is not None and not count.more else None
    reason = f"since {'more than ' * count.more}{count.number or 'some'} {count.unit}s before the report of {context.reference}"
    return Period(first, context.reference, "open", reason)


def before_count(count: Count, context: Context) -> Period | None:
    """`قبل` and a count: the day, week, month or year that lies so far back; open at its start if it is `more than`."""
    return _distant(count, context, -1)


def after_count(count: Count, context: Context) -> Period | None:
    """`بعد` and a count: the day, week, month or year that lies so far ahead; less than a day says nothing."""
    if count.unit == "hour" and (count.number or 0) < 24:
        return None
    return _distant(count, context, 1)


def _distant(count: Count, context: Context, sign: int) -> Period | None:
    reference = context.reference
    if reference is None:
        return None
    where = f"{count.number or 'some'} {count.unit}s {'before' if sign < 0 else 'after'} the report of {reference}"
    moved = last_unit(count.unit, reference, sign * count.number) if count.number is not None else reference
    if moved is None:
        return None
    if count.number is None and count.unit == "hour" and sign < 0:
        return Period(last_unit("hour", reference, -1), reference, "interval", where)
    if count.number is None or count.more:
        return Period(None, moved, "open", where) if sign < 0 else Period(moved, None, "open", where)
    if count.unit == "hour" and count.number < 24:
        return Period(moved, reference, "interval", where)
    period = unit_at(count.unit, moved)
    return period.because(where) if period is not None else None


def during_count(count: Count, context: Context) -> Period | None:
    """`خلال` and a count of hours or days, which a report gives of the time up to it; longer ones do not say where they lie."""
    if context.reference is None or count.unit not in ("hour", "day") or count.number is None or count.definite:
        return None
    return _by_side(count, "future" if context.planned else "past", context.reference) if count.number > 1 else None


def first_units(line: Line, at: int) -> tuple[Count, int] | None:
    """Read `الأشهر الستة الأولى من`, the first so many units of the time behind it."""
    count = count_of_units(line, at)
    if count is None or count.number is None or line.text(count.last) not in ("الاولي", "الاول", "الاولين", "الاوليين"):
        return None
    of = line.text(count.last + 1)
    return (count, count.last + 2) if of in ("من", "ل") else None


def season(line: Line, at: int) -> Match | None:
    """Read a season that has a year or stands by the report: `صيف 2014`, `الصيف الماضي`, `هذا الشتاء`, `صيف العام الماضي`."""
    shown = line.text(at) in ("هذا", "وهذا")
    found = find("seasons", line.tokens, at + shown, article=True)
    if found is None:
        return None
    month, last = int(found[0][0]), found[1]
    numbered = years(Line(line.tokens, line.limit, True), last) if line.text(last) not in ("في", "وفي") else None
    year = year_behind(line, last)
    during = line.text(at - 1).removeprefix("و") in forms_of("connectors", "during")
    if numbered is None and not (year.said or year.side or shown or during):
        return None

    def resolve(context: Context) -> Period | None:
        if year.number is not None:
            return season_of(year.number, month)
        if context.reference is None:
            return None
        if year.shift is not None:
            return season_of(context.reference.year + year.shift, month)
        side = "" if shown or year.side == "present" else year.side
        return occurrence(lambda value: season_of(value, month), "gregorian", context.reference, side)

    return Match(year.last, "season", resolve)


def decade(line: Line, at: int) -> Match | None:
    """Read `ثمانينيات القرن الماضي` and `الثمانينيات` (of the twentieth century)."""
    found = find("decades", line.tokens, at, article=True)
    if found is None:
        return None
    start, last = 1900 + int(found[0][0]), found[1]
    century = line.text(last) == "القرن"
    if century and line.text(last + 1) in ("الماضي", "العشرين", "المنصرم"):
        last += 2
    elif century or start == 1920:
        return None
    period = Period(date(start, 1, 1), date(start + 9, 12, 31), "interval", f"the years {start} to {start + 9}")
    return Match(last, "decade", lambda context: period)
