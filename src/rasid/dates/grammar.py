"""The grammar of dates: parts of a time, open intervals, ranges; one date at one place of the tokens."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from rasid.dates.calendar import Period, last_unit, part, unit_at
from rasid.dates.days import day
from rasid.dates.explicit import Context, Line, Match, named_month, years
from rasid.dates.tables import find, forms_of, is_a, known_days
from rasid.dates.units import (
    after_count,
    before_count,
    count_of_units,
    decade,
    during_count,
    first_units,
    modified_unit,
    season,
    since_count,
)

__all__ = ["date_at", "whole_time"]

_DASHES = frozenset("-–—")
_PUNCTUATION = frozenset("،,؛;:.()«»\"'“”")
# Words between منذ (since) and the day of the event that it names (`منذ بدء الهجوم الأربعاء`): more is another clause.
_SINCE_GAP = 4


def date_at(line: Line, at: int) -> Match | None:
    """Read the date that begins at token `at`, as long as it goes, or None."""
    if line.text(at).removeprefix("و") in forms_of("traps", "each") or line.text(at - 1).removeprefix("و") in forms_of("traps", "each"):
        return None
    opened = find("connectors", line.tokens, at)
    kind = opened[0][0] if opened is not None else ""
    start = opened[1] if opened is not None else at
    if kind == "since":
        return _since(line, start)
    first = _simple(line, at)
    if first is not None:
        return _joined(line, first, between=False)
    if kind == "until":
        return _bounded(line, start, _until)
    if kind == "by":
        return _bounded(line, start, _until)
    if kind in ("before", "after"):
        return _beside(line, start, kind)
    if kind == "during":
        return _during(line, start)
    if kind in ("from", "between"):
        first = _simple(replace(line, whole=True), start)
        joined = _joined(line, first, between=kind == "between") if first is not None else None
        return joined if first is not None and joined is not None and (joined.last > first.last or first.kind != "year") else None
    return None


def _simple(line: Line, at: int) -> Match | None:
    """Read a date that is no open interval and no range."""
    for reader in (_edge, _half, _first_of, day, named_month, season, decade, modified_unit, years):
        found = reader(line, at)
        if found is not None and not _is_name(line, at, found):
            return _known(line, at, found)
    return None


def _known(line: Line, at: int, found: Match) -> Match:
    """A day known without its year by the word before it: `هجمات 11 سبتمبر` (attacks of 11 September) are of 2001."""
    if not found.yearless or found.kind != "day":
        return found
    before = line.text(at - 1).removeprefix("و")
    for day_text in known_days().get(before, ()):
        known = date.fromisoformat(day_text)
        period = found.resolve(Context(known))
        if period is not None and period.first == period.last == known:
            return _constant(found.last, known, period.because(f"{day_text}, the known day named with {before}"))
    return found


def _constant(last: int, known: date, period: Period) -> Match:
    def resolve(context: Context) -> Period | None:
        return period if context.reference is None or context.reference >= known else None

    return Match(last, "day", resolve)


def _is_name(line: Line, at: int, found: Match) -> bool:
    """Tell whether a yearless day or month is part of a name: `ثورة 25 يناير`, `حرب أكتوبر`."""
    return found.yearless and found.kind in ("day", "month") and line.text(at - 1).removeprefix("ال") in forms_of("traps", "name")


def _edge(line: Line, at: int) -> Match | None:
    """Read `مطلع مايو`, `أواخر الشهر الماضي`, `نهاية عام 2001`, `بداية العام` (of the report's year)."""
    found = find("edges", line.tokens, at)
    if found is None or found[0][0] not in ("early", "middle", "late"):
        return None
    which, start = found[0][0], found[1]
    again = find("edges", line.tokens, start)
    start = again[1] if again is not None else start
    start += line.text(start) in ("من", "ل")
    inner = whole_time(line, start)
    return _part(inner, which) if inner is not None else None


def _half(line: Line, at: int) -> Match | None:
    """Read `النصف الأول من عام 2022`, `الربع الأخير من`."""
    found = find("edges", line.tokens, at)
    if found is None or found[0][0] not in ("half", "quarter"):
        return None
    kind, start = found[0][0], found[1]
    ordinal = find("ordinals", line.tokens, start, article=True, clitics=False)
    number = int(ordinal[0][0]) if ordinal is not None else (4 if kind == "quarter" else 2) if line.text(start) == "الاخير" else 0
    if not 1 <= number <= (2 if kind == "half" else 4):
        return None
    start += 1
    inner = whole_time(line, start + (line.text(start) == "من"))
    return _part(inner, f"{kind} {number}") if inner is not None else None


def _first_of(line: Line, at: int) -> Match | None:
    """Read `الأشهر الستة الأولى من العام`, `الخمسة أيام الأولى من يونيو`."""
    head = first_units(line, at)
    inner = whole_time(line, head[1]) if head is not None else None
    if head is None or inner is None:
        return None
    count = head[0]

    def resolve(context: Context) -> Period | None:
        period = inner.resolve(context)
        after = last_unit(count.unit, period.first, count.number or 0) if period is not None and period.first is not None else None
        if period is None or after is None:
            return None
        return Period(period.first, after - timedelta(days=1), "interval", f"first {count.number} {count.unit}s of {period.reason}")

    return replace(inner, resolve=resolve, kind="part")


def whole_time(line: Line, at: int) -> Match | None:
    """Read the time whose part is named: a month, year, season, decade or unit, or the current one (`العام`, `الشهر`)."""
    trusting = replace(line, whole=True)
    for reader in (named_month, season, decade, modified_unit, years):
        found = reader(trusting, at)
        if found is not None:
            return found
    count = count_of_units(line, at)
    if count is None or count.number != 1 or not count.definite or count.unit in ("hour", "day"):
        return None
    last = count.last
    if line.text(last) in forms_of("traps", "anaphor"):
        return _same_year(last + 1) if count.unit == "year" else None

    def resolve(context: Context) -> Period | None:
        return unit_at(count.unit, context.reference) if context.reference is not None else None

    return Match(last, "unit", resolve)


def _same_year(last: int) -> Match:
    """`العام نفسه`: the year of the date before."""

    def resolve(context: Context) -> Period | None:
        return unit_at("year", context.anchor.first) if context.anchor is not None and context.anchor.first is not None else None

    return Match(last, "year", resolve)


def _part(inner: Match, which: str) -> Match:
    def resolve(context: Context) -> Period | None:
        period = inner.resolve(context)
        return part(period, which) if period is not None else None

    return replace(inner, resolve=resolve, kind="part")


def _joined(line: Line, first: Match, *, between: bool) -> Match:
    """Join the second end of an interval to a date: `إلى`, `حتى`, a dash, or و behind `بين` and where the span holds both."""
    at = first.last + (line.text(first.last) == "،")
    to = find("connectors", line.tokens, at)
    if to is not None and to[0][0] in ("to", "until"):
        start = to[1]
    elif line.text(at) in _DASHES:
        start = at + 1
    elif line.text(at).startswith("و") and (between or (line.whole and at < line.limit)):
        start = at + (line.text(at) == "و")
    else:
        return first
    if start >= line.limit:
        return first
    second = _simple(replace(line, whole=True), start)
    if second is None:
        return first

    def resolve(context: Context) -> Period | None:
        begin = first.resolve(context)
        end = second.resolve(replace(context, anchor=begin))
        if first.yearless and not second.yearless and end is not None:
            # The year of the second end holds for both: the latest first end not after it.
            begin = first.resolve(Context(end.last)) or begin
        if begin is None or end is None:
            return None
        if begin.first is not None and end.last is not None and begin.first > end.last:
            return begin
        return Period(begin.first, end.last, "interval", f"from {begin.reason} to {end.reason}")

    return Match(second.last, "interval", resolve)


def _since(line: Line, at: int) -> Match | None:
    """Read `منذ` and a date, or a count of units, or an event with its day (`منذ بدء الهجوم الأربعاء`): up to the report."""
    first = _simple(line, at) or _simple_year(line, at)
    if first is None:
        count = count_of_units(line, at)
        if count is not None:
            return Match(count.last, "open", lambda context: since_count(count, context))
        reach = line.limit if line.whole else min(line.limit, at + 1 + _SINCE_GAP)
        for start in range(at + 1, reach):
            if line.text(start) in _PUNCTUATION:
                return None
            first = _simple(line, start) or (_since(line, start + 1) if is_a("connectors", "since", line.tokens, start) else None)
            if first is not None:
                break
        else:
            return None
    joined = _joined(line, first, between=False)
    if joined.last > first.last and joined.kind == "interval":
        return joined
    begun = first

    def resolve(context: Context) -> Period | None:
        period = begun.resolve(context)
        if period is None:
            return None
        reference = context.reference
        last = reference if reference is None or period.first is None or period.first <= reference else None
        return Period(period.first, last, "open", f"since {period.reason}, up to the report")

    return Match(begun.last, "open", resolve)


def _simple_year(line: Line, at: int) -> Match | None:
    """Read a bare year behind `منذ`, `حتى`, `قبل`, `بعد`, or the current unit (`العام`), unless it counts something."""
    return years(Line(line.tokens, at + 1, True), at) if line.text(at).isdigit() and len(line.text(at)) == 4 else None


def _bounded(line: Line, at: int, change: Callable[[Period], Period]) -> Match | None:
    inner = _simple(line, at) or _simple_year(line, at)
    if inner is None:
        return None

    def resolve(context: Context) -> Period | None:
        period = inner.resolve(context)
        return change(period) if period is not None else None

    return Match(inner.last, "open", resolve)


def _until(period: Period) -> Period:
    return Period(None, period.last, "open", f"until {period.reason}")


def _before(period: Period) -> Period:
    if period.precision == "part_of_day" or period.first is None:
        return period
    return Period(None, period.first - timedelta(days=1), "open", f"before {period.reason}")


def _after(period: Period) -> Period:
    if period.precision == "part_of_day" or period.last is None:
        return period
    return Period(period.last + timedelta(days=1), None, "open", f"after {period.reason}")


def _beside(line: Line, at: int, kind: str) -> Match | None:
    """Read `قبل` or `بعد` with a date or a count; a count of another event (`قبل يومين من`) says nothing."""
    inner = _bounded(line, at, _before if kind == "before" else _after)
    if inner is not None:
        return inner
    count = count_of_units(line, at)
    if count is None or _is_anchored(line, count.last):
        return None
    resolve = before_count if kind == "before" else after_count
    return Match(count.last, "open", lambda context: resolve(count, context))


def _is_anchored(line: Line, at: int) -> bool:
    """Tell whether a count begins at an event named behind it: `بعد يومين من الهجوم`, not `قبل أسبوع من جانب واحد`."""
    return line.text(at) in forms_of("traps", "anchored") and line.text(at + 1) not in forms_of("traps", "unanchored")


def _during(line: Line, at: int) -> Match | None:
    """Read `خلال` and a date or a count."""
    inner = _simple(line, at)
    if inner is not None:
        return _joined(line, inner, between=False)
    if is_a("connectors", "from", line.tokens, at) or is_a("connectors", "between", line.tokens, at):
        return date_at(line, at)
    count = count_of_units(line, at)
    if count is None or _is_anchored(line, count.last):
        return None
    return Match(count.last, "open", lambda context: during_count(count, context))
