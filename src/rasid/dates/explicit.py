"""Dates that name a day, a month or a year: numeric forms, days with months of every naming system, years and lists of years."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from rasid.dates.calendar import Period, add_months, day_of, month_of, occurrence, year_of
from rasid.dates.tables import Token, bare, cardinal, find, forms_of, is_a

__all__ = ["Context", "Line", "Match", "Month", "day_number", "explicit_day", "month_at", "named_month", "year_behind", "years"]

YEARS = range(1300, 2101)
_DASHES = frozenset("-–—ـ")
_YEAR_WORDS = frozenset({"عام", "سنه", "عامي", "سنتي", "اعوام", "سنوات"})
_HIJRI_MARKS = frozenset({"ه", "هجري", "هجريه", "للهجره"})
_COMMON_ERA = frozenset({"م", "ميلادي", "ميلاديه"})


@dataclass(frozen=True, slots=True)
class Context:
    """What a date is counted from: the report's day, and the first end of the interval whose second end is read."""

    reference: date | None
    anchor: Period | None = None
    planned: bool = False
    """The words before the date say that it is still to come."""


@dataclass(frozen=True, slots=True)
class Line:
    """The tokens that are read. A second date joins the first only before token `limit`.

    `whole` says that the tokens before `limit` are known to be a date, so that a bare year or month is one.
    """

    tokens: Sequence[Token]
    limit: int
    whole: bool

    def text(self, at: int) -> str:
        """The folded token `at`, empty outside the line."""
        return self.tokens[at].text if 0 <= at < len(self.tokens) else ""


@dataclass(frozen=True, slots=True)
class Match:
    """A date found in the tokens up to `last`; `resolve` gives its days, or None where the report's day is needed and unknown."""

    last: int
    kind: str
    """day, weekday, month, year, season, unit, duration or open."""
    resolve: Callable[[Context], Period | None]
    yearless: bool = False
    """It names no year, and may take it from the date joined to it."""


@dataclass(frozen=True, slots=True)
class Month:
    """A month named in the tokens up to `last`."""

    calendar: str
    number: int
    sure: bool
    last: int


@dataclass(frozen=True, slots=True)
class _Year:
    """What stands for the year: a number, a shift from the report's year, the year of the date before, or a side of the report."""

    last: int
    number: int | None = None
    shift: int | None = None
    same: bool = False
    side: str = ""
    hijri: bool = False

    @property
    def said(self) -> bool:
        """A year is said; a side alone is not one."""
        return self.number is not None or self.shift is not None or self.same


def explicit_day(line: Line, at: int) -> Match | None:
    """Read a day: 27/11/2024, `6 مارس/آذار 2020`, `السابع من نوفمبر الجاري`, `23 و24 أكتوبر`, `10 من الشهر الجاري`."""
    return _numeric(line, at) or _numeric_yearless(line, at) or _day_and_month(line, at)


def named_month(line: Line, at: int) -> Match | None:
    """Read a month with or without its year: `أكتوبر 2014`, `شهر رمضان الماضي`, `مايو/أيار من العام الماضي`."""
    tokens = line.tokens
    month_word = bare(line.text(at).removeprefix("و")) in ("شهر", "شهري")
    month = month_at(tokens, at + month_word)
    # A number before it that is no day of a month (45 يناير) leaves no month either.
    if month is None or line.text(at - 1).isdigit():
        return None
    year = year_behind(line, month.last)
    if not (month.sure or month_word or year.said or year.side or _cued(line, at) or (line.whole and month.last >= line.limit)):
        return None
    return Match(year.last, "month", lambda context: _placed(month, year, context, None), not year.said)


def month_at(tokens: Sequence[Token], at: int) -> Month | None:
    """Read the name of a month, and the same month's name in another system behind it (`مارس/آذار`, `مارس (آذار)`)."""
    found = find("months", tokens, at)
    if found is None:
        return None
    (calendar, number, sure, _), last = found
    month = Month(calendar, int(number), sure == "y", last)
    joint = last < len(tokens) and tokens[last].text in ("/", "(", "-", "،", "\\")
    alias = find("months", tokens, last + joint, clitics=False)
    if alias is not None and alias[0][:2] == (calendar, number):
        closed = joint and alias[1] < len(tokens) and tokens[alias[1]].text == ")"
        return Month(calendar, int(number), True, alias[1] + closed)
    return month


def years(line: Line, at: int) -> Match | None:
    """Read a year with its word, or bare where it is known to be one: `عام 2016`, `عامي 2005 و2007`, `في 2014`, `عام 1445 هـ`."""
    word = bare(line.text(at).removeprefix("و").removeprefix("ل"))
    cue = word in _YEAR_WORDS
    loose = line.text(at) in ("في", "وفي")
    number = _year_number(line, at + (cue or loose))
    if number is None or not (cue or loose or (line.whole and _alone(line, at))):
        return None
    values = [number]
    while True:
        ahead = values[-1].last + (line.text(values[-1].last) == "،")
        joined = line.text(ahead) == "و"
        following = _year_number(line, ahead + joined)
        if following is None or not cue or (not joined and line.text(ahead - 1) != "،"):
            break
        values.append(following)
    first, last = (_one_year(value) for value in (values[0], values[-1]))
    if first is None or last is None:
        return None
    if len(values) == 1:
        return Match(values[-1].last, "year", lambda context: first)
    span = Period(first.first, last.last, "interval", f"{first.reason} to {last.reason}")
    return Match(values[-1].last, "year", lambda context: span)


def year_behind(line: Line, at: int) -> _Year:
    """Read what says the year behind a month: a number, `من العام الماضي`, `من نفس العام`, or `الماضي` and its like."""
    tokens = line.tokens
    side = find("modifiers", tokens, at, clitics=False)
    if side is not None:
        return _Year(side[1], side=side[0][0])
    start = at + (line.text(at) in ("من", "،", "(", "في", "للعام"))
    if line.text(start) in ("نفس", "ذات") and bare(line.text(start + 1)) in _YEAR_WORDS:
        return _Year(start + 2, same=True)
    word = bare(line.text(start).removeprefix("ل")) in _YEAR_WORDS
    if word and line.text(start + 1) in ("نفسه", "نفسها", "ذاته", "ذاتها"):
        return _Year(start + 2, same=True)
    if line.text(start) in ("هذا", "هذه") and bare(line.text(start + 1)) in _YEAR_WORDS:
        return _Year(start + 2, shift=0)
    if word:
        side = find("modifiers", tokens, start + 1, clitics=False)
        if side is not None:
            return _Year(side[1], shift={"past": -1, "present": 0, "future": 1}[side[0][0]])
    number = _year_number(line, start + word)
    # `مايو (2015)` closes the bracket that it opens.
    closes = number is not None and line.text(start - 1) == "(" and line.text(number.last) == ")"
    return _Year(number.last + closes, number=number.number, hijri=number.hijri) if number is not None else _Year(at)


def day_number(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """Read the number of a day of the month, in digits or as an ordinal in words, and the token behind it."""
    if at < len(tokens) and tokens[at].text in ("ال", "و", "وال", "ب", "لل", "في", "ل") and at + 1 < len(tokens):
        at += tokens[at + 1].is_digits
    if at >= len(tokens):
        return None
    if tokens[at].is_digits:
        value = int(tokens[at].text)
        return (value, at + 1) if 1 <= value <= 31 and len(tokens[at].text) <= 2 else None
    found = find("ordinals", tokens, at, article=True)
    if found is None:
        return None
    value, last = int(found[0][0]), found[1]
    if last < len(tokens) and tokens[last].text in ("عشر", "عشره") and value < 10:
        return value + 10, last + 1
    if value < 10 and last < len(tokens) and tokens[last].text.startswith("و"):
        tens = find("ordinals", tokens, last, article=True)
        if tens is not None and int(tens[0][0]) >= 20:
            return value + int(tens[0][0]), tens[1]
    return value, last


def _numeric(line: Line, at: int) -> Match | None:
    """Read day, month and year in digits, the year first or last, joined by one of / - . with or without spaces."""
    start = at + (line.text(at) in ("ال", "و", "ب", "في"))
    pieces, signs = [line.text(start + ahead) for ahead in (0, 2, 4)], {line.text(start + 1), line.text(start + 3)}
    if len(signs) != 1 or not signs <= {"/", "-", ".", "\\"} or not all(piece.isdigit() for piece in pieces):
        return None
    last = start + 5
    # A longer chain of digits is a phone number or the like.
    if line.text(last) in signs and line.text(last + 1).isdigit():
        return None
    if line.text(start - 1) in signs and line.text(start - 2).isdigit():
        return None
    if len(pieces[0]) == 4:
        pieces.reverse()
    if len(pieces[2]) != 4 or max(len(piece) for piece in pieces[:2]) > 2 or int(pieces[2]) not in YEARS:
        return None
    day, month, year = (int(piece) for piece in pieces)
    calendar = "hijri" if year <= 1500 else "gregorian"
    if month > 12 >= day:
        day, month = month, day  # the American order, where no other can be meant
    last += line.text(last) in _HIJRI_MARKS | _COMMON_ERA
    period = day_of(calendar, year, month, day)
    return Match(last, "day", lambda context: period)


def _numeric_yearless(line: Line, at: int) -> Match | None:
    """Read 27/11 behind `يوم`, `بتاريخ` or a weekday: elsewhere it may be a score or a fraction."""
    day, sign, month = (line.text(at + ahead) for ahead in range(3))
    if sign not in ("/", "-") or not (day.isdigit() and month.isdigit()) or max(len(day), len(month)) > 2:
        return None
    if line.text(at - 1) not in ("يوم", "بتاريخ", "تاريخ", "الموافق") and find("weekdays", line.tokens, at - 1) is None:
        return None
    if not 1 <= int(month) <= 12 or line.text(at + 3) == sign:
        return None
    named, days = Month("gregorian", int(month), True, at + 3), [int(day)]
    return Match(at + 3, "day", lambda context: _placed(named, _Year(at + 3), context, days), True)


def _day_and_month(line: Line, at: int) -> Match | None:
    """Read one day, or several of one month, and the month."""
    tokens = line.tokens
    number = day_number(tokens, at)
    if number is None:
        return None
    days, last = [number[0]], number[1]
    while True:
        joint = line.text(last)
        joined = joint in _DASHES or is_a("connectors", "to", tokens, last) or joint in ("و", "او", "،")
        following = day_number(tokens, last + joined) if joined or joint.startswith("وال") else None
        if following is None:
            break
        days.append(following[0])
        last = following[1]
    last += line.text(last) in ("من", "لشهر")
    last += line.text(last) in ("شهر", "لشهر")
    month = month_at(tokens, last)
    if month is None:
        return _day_of_this_month(line, days, last)
    year = year_behind(line, month.last)
    return Match(year.last, "day", lambda context: _placed(month, year, context, days), not year.said)


def _day_of_this_month(line: Line, days: Sequence[int], at: int) -> Match | None:
    """Read `من الشهر الجاري` behind the number of a day."""
    shown = line.text(at) in ("هذا", "نفس")
    if line.text(at + shown) != "الشهر":
        return None
    side = find("modifiers", line.tokens, at + shown + 1, clitics=False)
    if side is None and line.text(at) != "هذا":
        return None
    shift = {"past": -1, "present": 0, "future": 1}[side[0][0]] if side is not None else 0

    def resolve(context: Context) -> Period | None:
        month = add_months(context.reference, shift) if context.reference is not None else None
        if month is None:
            return None
        return _several([day_of("gregorian", month.year, month.month, day) for day in days])

    return Match(side[1] if side is not None else at + 2, "day", resolve)


def _placed(month: Month, year: _Year, context: Context, days: Sequence[int] | None) -> Period | None:
    """The days, or the month, in the year that is said, else in the year that fits the report's day."""

    def make(number: int) -> Period | None:
        if days is None:
            return month_of(month.calendar, number, month.number)
        return _several([day_of(month.calendar, number, month.number, day) for day in days])

    if year.number is not None:
        return make(year.number)
    if year.same:
        return make(context.anchor.first.year) if context.anchor is not None and context.anchor.first is not None else None
    if context.reference is None:
        return None
    side = year.side or ("future" if context.planned else "")
    if year.shift is not None and month.calendar == "gregorian":
        period = make(context.reference.year + year.shift)
    else:
        period = occurrence(make, month.calendar, context.reference, side)
    if period is None:
        return None
    said = {"past": "ended before", "future": "first after", "present": "in the year of"}.get(side, "latest not after")
    return period.because(f"{period.reason}: {said} the report of {context.reference}" if year.shift is None else period.reason)


def _several(periods: Sequence[Period | None]) -> Period | None:
    """The interval from the first to the last of some days."""
    first, last = periods[0], periods[-1]
    if first is None or last is None:
        return None
    if len(periods) == 1:
        return first
    if first.first is None or last.first is None or first.first > last.first:
        return None
    return Period(first.first, last.last, "interval", f"{first.reason} to {last.reason}")


def _one_year(year: _Year) -> Period | None:
    return year_of("hijri" if year.hijri else "gregorian", year.number) if year.number is not None else None


def _year_number(line: Line, at: int) -> _Year | None:
    """Read the number of a year, in four digits or in words, and the mark of its era."""
    if line.text(at).isdigit() and len(line.text(at)) != 4:
        return None
    number = cardinal(line.tokens, at)
    if number is None or number[0] not in YEARS or line.text(at) == "ال":
        return None
    value, last = number
    # 2008/2009 and 1.200 are something else; 2015-2016 is read by the grammar of intervals.
    if line.text(last) in (".", ",", "%") and line.text(last + 1).isdigit() and line.tokens[last + 1].glued:
        return None
    hijri = line.text(last) in _HIJRI_MARKS
    return _Year(last + (hijri or line.text(last) in _COMMON_ERA), number=value, hijri=hijri)


def _alone(line: Line, at: int) -> bool:
    """Tell whether a bare year at `at` fills what is known to be a date, or is an end of an interval in it."""
    edge = at + 1 >= line.limit or is_a("connectors", "to", line.tokens, at + 1) or line.text(at + 1) in _DASHES | {"م", "ه"}
    return edge or line.text(at + 1) in ("و", "،")


def _cued(line: Line, at: int) -> bool:
    """Tell whether the word before an unsure month shows that it is one: a connector, a part of a month, `في` (in)."""
    before = line.text(at - 1)
    if before.removeprefix("و") in ("في", "شهر"):
        return True
    tables = (("connectors", ("since", "until", "during", "by", "before", "after")), ("edges", ("early", "middle", "late")))
    return any(before.removeprefix("و") in forms_of(table, kind) for table, kinds in tables for kind in kinds)
