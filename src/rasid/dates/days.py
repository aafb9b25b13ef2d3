"""Dates of a day: words that count from the report (`أمس`), weekdays, parts of the day, and these with an explicit day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from rasid.dates.calendar import Period, nearest_weekday, occurrence, weekday_before
from rasid.dates.calendar import day_of as calendar_day
from rasid.dates.explicit import Context, Line, Match, day_number, explicit_day, named_month, year_behind
from rasid.dates.tables import find, forms_of

__all__ = ["day"]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_DAY_WORDS = frozenset({"يوم", "يومي", "نهار", "تاريخ", "الموافق"})
_WEEKDAY_JOINTS = frozenset({"/", "-", "–", "ـ", "و", "الي", "علي"})
_SEPARATORS = frozenset({"(", "-", "–", "/", "ـ", "،", "الموافق", "الموافقه", "في", "يوم", "بتاريخ"})


def day(line: Line, at: int) -> Match | None:
    """Read a day, with the part of the day before or behind it: `صباح اليوم الجمعة 15 مايو`, `ليل الأربعاء الخميس`, `أمس ليلا`."""
    part_word = find("parts_of_day", line.tokens, at)
    if part_word is not None and part_word[0][0] == "before":
        start = part_word[1]
        while (filler := find("parts_of_day", line.tokens, start)) is not None and filler[0][0] == "filler":
            start = filler[1]
        inner = _plain_day(line, start, night=part_word[0][1] == "night")
        return _part_of_day(inner, part_word[0][1]) if inner is not None else None
    found = _plain_day(line, at)
    if found is None:
        return None
    behind = find("parts_of_day", line.tokens, found.last)
    if behind is not None and behind[0][0] == "behind" and found.kind in ("day", "weekday"):
        return replace(_part_of_day(found, behind[0][1]), last=behind[1])
    return found


def _part_of_day(inner: Match, name: str) -> Match:
    """The day of `inner`, known to a part of it; after midnight runs into the next day."""

    def resolve(context: Context) -> Period | None:
        period = inner.resolve(context)
        if period is None or period.last is None:
            return None
        first, last = period.first, period.last + timedelta(days=1) if name == "after_midnight" else period.last
        if name == "night" and inner.kind == "weekday" and first == last == context.reference:
            # The night after the report's own day is still to come: ليلة السبت in a report of Saturday led to it.
            first = period.last - timedelta(days=1)
        return Period(first, last, "part_of_day", f"{name.replace('_', ' ')} of {period.reason}")

    return replace(inner, resolve=resolve)


def _plain_day(line: Line, at: int, *, night: bool = False) -> Match | None:
    """Read relative words, weekdays and explicit days that stand together and name one day; the most exact counts."""
    start = at + (line.text(at).removeprefix("و").removeprefix("ب") in _DAY_WORDS)
    relative = _relative(line, at) or (_relative(line, start) if start > at else None)
    last = relative.last if relative is not None else start
    weekday_at = _skip(line, last) if relative is not None else last
    weekday = _weekday(line, weekday_at, night=night, near=relative)
    if weekday is not None:
        last = weekday.last
    explicit_at = _skip(line, last) if relative is not None or weekday is not None else start
    explicit = explicit_day(line, explicit_at) or (_holiday(line, start) if relative is None and weekday is None else None)
    best = explicit or weekday or relative
    if best is None:
        return None
    if explicit is not None and relative is not None:
        best = replace(explicit, resolve=lambda context: _agreed(explicit.resolve(context), relative.resolve(context)))
    closed = any(line.text(ahead) == "(" for ahead in range(at, best.last)) and line.text(best.last) == ")"
    return replace(best, last=best.last + closed)


def _agreed(explicit: Period | None, relative: Period | None) -> Period | None:
    """The explicit day, unless it is the relative one (`اليوم 7 يناير 2016`) but for its year, which is then a slip of the pen."""
    if explicit is None or relative is None or explicit.first is None or relative.first is None:
        return explicit
    if (explicit.first.month, explicit.first.day) != (relative.first.month, relative.first.day) or explicit.first == relative.first:
        return explicit
    return relative.because(f"{relative.reason}; the year in {explicit.reason} contradicts it")


def _skip(line: Line, at: int) -> int:
    """Step over a bracket, a dash, a comma or `الموافق` between two names of one day."""
    for _ in range(2):
        at += line.text(at) in _SEPARATORS
    return at


def _relative(line: Line, at: int) -> Match | None:
    """Read a word that counts from the report's day; `لليوم الثالث` is a run of three days that ends with it."""
    found = find("relative_days", line.tokens, at)
    if found is None:
        return None
    (first, last, precision), end = found
    if line.text(end - 1).endswith("يوم") or line.text(end - 1).endswith("اليوم"):
        ordinal = day_number(line.tokens, end) if line.text(end).startswith("ال") else None
        if ordinal is not None and find("weekdays", line.tokens, end) is None and not line.tokens[end].is_digits:
            return _run_of_days(line, at, ordinal)
        anaphors = forms_of("traps", "anaphor")
        if line.text(end) in anaphors or line.text(at - 1).removeprefix("و").removeprefix("في") in anaphors - {"التي", "الذي"}:
            return None
    words = " ".join(line.text(token) for token in range(at, end))

    def resolve(context: Context) -> Period | None:
        if context.reference is None:
            return None
        ends = [None if offset == "*" else context.reference + timedelta(days=int(offset)) for offset in (first, last)]
        return Period(ends[0], ends[1], precision, f"{words}: counted from the report of {context.reference}")

    return Match(end, "open" if precision == "open" else "day", resolve)


def _run_of_days(line: Line, at: int, ordinal: tuple[int, int]) -> Match | None:
    """Read `لليوم الثالث على التوالي`, for the third day running."""
    if not line.text(at).removeprefix("و").startswith("لل"):
        return None
    count, last = ordinal
    running = line.text(last) == "علي" and line.text(last + 1) == "التوالي"

    def resolve(context: Context) -> Period | None:
        if context.reference is None:
            return None
        reason = f"{count} days that end with the report of {context.reference}"
        return Period(context.reference - timedelta(days=count - 1), context.reference, "interval", reason)

    return Match(last + 2 * running, "open", resolve)


def _weekday(line: Line, at: int, *, night: bool, near: Match | None) -> Match | None:
    """Read a weekday, or two in a row (`الخميس والجمعة`); `near` is the relative word that it explains (`أمس الجمعة`)."""
    tokens = line.tokens
    found = find("weekdays", tokens, at)
    if found is None:
        return None
    if line.text(at - 1).removeprefix("و") in forms_of("traps", "each") or line.text(at) == "واحد":
        return None
    number, last = int(found[0][0]), found[1]
    nth = _nth_of_month(line, number, last)
    ordinal = line.text(last).startswith("ال") and find("ordinals", tokens, last, article=True) is not None
    if nth is not None or (ordinal and explicit_day(line, last) is None):
        return nth
    second = None
    if near is None:
        while True:
            joined = line.text(last) in _WEEKDAY_JOINTS
            following = find("weekdays", tokens, last + joined) if last + joined < line.limit or night else None
            if following is None or int(following[0][0]) == number:
                break
            second, last = int(following[0][0]), following[1]
    side = find("modifiers", tokens, last, clitics=False)
    if side is not None:
        last = side[1]
    direction = side[0][0] if side is not None else ""

    def resolve(context: Context) -> Period | None:
        if context.reference is None:
            return None
        base = near.resolve(context) if near is not None else None
        if base is not None and base.first is not None:
            named = nearest_weekday(base.first, number)
            return Period(named, named, "day", f"{_DAYS[number - 1]} nearest to {base.reason}")
        if context.planned and not direction and context.reference.isoweekday() != number:
            return _weekdays(context.reference, number, second, "future")
        return _weekdays(context.reference, number, second, direction)

    return Match(last, "weekday", resolve)


def _weekdays(reference: date, number: int, second: int | None, direction: str) -> Period:
    """One weekday, or the run from it to the second, by the report's day."""
    how = {"past": "strictly before", "future": "first after"}.get(direction, "latest not after")
    if second is None:
        found = weekday_before(reference, number, direction)
        return Period(found, found, "day", f"{_DAYS[number - 1]}: {how} the report of {reference}")
    gap = (second - number) % 7
    if direction == "future":
        first = weekday_before(reference, number, direction)
        last = first + timedelta(days=gap)
    else:
        last = weekday_before(reference, second, direction)
        first = last - timedelta(days=gap)
    return Period(first, last, "interval", f"{_DAYS[number - 1]} to {_DAYS[second - 1]}: {how} the report of {reference}")


def _nth_of_month(line: Line, weekday: int, at: int) -> Match | None:
    """Read `الجمعة الثالثة من شهر رمضان`."""
    ordinal = find("ordinals", line.tokens, at, clitics=False, article=True)
    if ordinal is None or line.text(ordinal[1]) != "من" or int(ordinal[0][0]) > 5:
        return None
    month = named_month(replace(line, whole=True), ordinal[1] + 1)
    if month is None:
        return None
    count = int(ordinal[0][0])

    def resolve(context: Context) -> Period | None:
        period = month.resolve(context)
        if period is None or period.first is None or period.last is None:
            return None
        found = period.first + timedelta(days=(weekday - period.first.isoweekday()) % 7 + 7 * (count - 1))
        return Period(found, found, "day", f"{_DAYS[weekday - 1]} {count} of {period.reason}") if found <= period.last else None

    return Match(month.last, "day", resolve) if _is_day_of_month_free(line, at) else None


def _is_day_of_month_free(line: Line, at: int) -> bool:
    """Tell that the ordinal is not a day of the month: `الخميس الثالث من مايو` names 3 May, `الجمعة الثالثة` the third Friday."""
    return line.text(at).endswith(("ه", "ي")) and line.text(at) != "الثاني"


def _holiday(line: Line, at: int) -> Match | None:
    """Read a day that has a name."""
    found = find("holidays", line.tokens, at)
    if found is None:
        return None
    (calendar, month, number), last = found
    last += line.text(last) in ("المبارك", "الشريف", "المجيد")
    year = year_behind(line, last)

    def make(value: int) -> Period | None:
        return calendar_day(calendar, value, int(month), int(number))

    def resolve(context: Context) -> Period | None:
        if year.number is not None:
            return make(year.number)
        if context.reference is None:
            return None
        if year.shift is not None:
            return make(context.reference.year + year.shift)
        return occurrence(make, calendar, context.reference, year.side)

    return Match(year.last, "day", resolve, not year.said)
