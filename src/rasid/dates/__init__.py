"""Resolve the date of a phrase or of a span into an interval of days, relative to the report's date."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import date

from rasid.dates.calendar import Period, year_of
from rasid.dates.explicit import Context, Line, Match
from rasid.dates.grammar import date_at, whole_time
from rasid.dates.tables import Token, bare, corrected, find, forms_of, sentence_tokens, tokenize
from rasid.document import parse_day
from rasid.fold import fold
from rasid.words import SENTENCE_END

__all__ = ["PRECISIONS", "DateValue", "parse_date", "resolve_date"]

PRECISIONS = {
    "part_of_day": "a part of one day, or the night between two",
    "day": "one day",
    "week": "one week, from Monday to Sunday (ISO 8601)",
    "month": "one month of either calendar",
    "season": "three months (March to May, and so on)",
    "year": "one year of either calendar",
    "interval": "another interval with both ends: days in a row, thirds of a month or year, the last 24 hours, a decade",
    "open": "an interval that the words leave open at one end; `since` runs up to the report where its date is known",
}
"""What each value of `DateValue.precision` says of the interval."""

# Tokens behind a span that may belong to its date: a year, الماضي (last), من العام الماضي (of last year).
_BEHIND = 4
# Tokens between الساعة (at the hour of) and the day that it is of.
_CLOCK_REACH = 6
# Tokens between a word of plans and its date.
_PLAN_REACH = 6
# Characters between `نفس العام` and the year that it goes back to.
_YEAR_REACH = 300
_YEAR = re.compile(r"(?<!\d)(?:1[89]|20)\d\d(?!\d)")
_FUTURE = re.compile(r"[وف]?س[يت]\w{3}")


@dataclass(frozen=True, slots=True)
class DateValue:
    """The days that a date means, ISO 8601, both included. An open end is None; `reason` says how the words were read."""

    from_: str | None
    to: str | None
    precision: str
    reason: str

    def to_dict(self) -> dict[str, str | None]:
        """The value as a JSON object, with the key `from`."""
        return {"from": self.from_, "to": self.to, "precision": self.precision, "reason": self.reason}


def parse_date(text: str, reference: date | str | None = None) -> DateValue | None:
    """Read the first date in a phrase, counted from `reference`, the report's day (a date or `YYYY-MM-DD`).

    None if the phrase holds no date, or one that cannot be placed without a report's day. Raises InputError for a
    reference that is no day.
    """
    tokens = tokenize(text)
    return _value(_first(Line(tokens, len(tokens), False), 0) or _whole(tokens), parse_day(reference))


def resolve_date(text: str, start: int, end: int, reference: date | str | None = None) -> DateValue | None:
    """Read the DATE span [start, end) of `text`, counted from `reference`, the report's day.

    The span is trusted to be a date: a bare year or month is one. Words of its sentence right behind it (a year, `الماضي`) and a
    preposition before it (`منذ`, `قبل`) count too. None if it cannot be placed. Raises InputError as `parse_date`.
    """
    day = parse_day(reference)
    low, high = _sentence(text, start, end)
    tokens = sentence_tokens(text[low:high])
    inside = [index for index, token in enumerate(tokens) if token.start < end - low and token.end > start - low]
    if not inside:
        return None
    first, limit = inside[0], inside[-1] + 1
    line = Line(tokens[: limit + _BEHIND], limit, True)
    opened = next((at for at in (first - 1, first - 2) if _opens(line, at)), None)
    if opened is not None:
        found = date_at(line, opened)
        if found is not None and found.last >= limit:
            value = _value(_with_plan(line, opened, found), day)
            if value is not None:
                return value
    found = _first(line, first)
    if found is None:
        mended = [corrected(token) if first <= index < limit else token for index, token in enumerate(line.tokens)]
        found = _first(replace(line, tokens=mended), first) or _same_year(line, first)
    return _value(found, day, _year_before(text, start))


def _first(line: Line, at: int) -> Match | None:
    """The first date from token `at` on that begins before the line's limit."""
    for start in range(at, line.limit):
        found = date_at(line, start)
        if found is not None:
            return _with_plan(line, start, _with_clock(line, start, found))
    return None


def _whole(tokens: list[Token]) -> Match | None:
    """The phrase as a bare year or month, if it is nothing else."""
    line = Line(tokens, len(tokens), True)
    found = date_at(line, 0) if tokens else None
    return found if found is not None and found.last == len(tokens) else None


def _opens(line: Line, at: int) -> bool:
    """Tell whether token `at`, before the span, is a word that opens an interval: the span's own date may need it."""
    found = find("connectors", line.tokens, at) if at >= 0 else None
    return found is not None and found[0][0] in ("since", "before", "during")


def _with_clock(line: Line, at: int, found: Match) -> Match:
    """A day with an hour before it (`الساعة الثالثة من يوم الجمعة`) is known to a part of the day."""
    before = [line.text(index) for index in range(max(0, at - _CLOCK_REACH), at)]
    if found.kind not in ("day", "weekday") or not any(word.endswith("الساعه") for word in before):
        return found

    def resolve(context: Context) -> Period | None:
        period = found.resolve(context)
        return replace(period, precision="part_of_day") if period is not None and period.precision == "day" else period

    return replace(found, resolve=resolve)


def _with_plan(line: Line, at: int, found: Match) -> Match:
    """A date behind a word of plans (`من المقرر`), or a run of time behind a future verb, is still to come."""
    before = [line.text(index) for index in range(max(0, at - _PLAN_REACH), at)]
    planned = any(word.removeprefix("و") in forms_of("traps", "planned") for word in before)
    verbs = [word for word in before[-3:] if _FUTURE.match(word)]
    future = any(not word.lstrip("وف").startswith(tuple(forms_of("traps", "not_future"))) for word in verbs)
    if not planned and not (future and found.kind == "open"):
        return found
    return replace(found, resolve=lambda context: found.resolve(replace(context, planned=True)))


def _same_year(line: Line, at: int) -> Match | None:
    """A span that only says `العام نفسه` (the same year)."""
    starts = (start for start in range(at, line.limit) if bare(line.text(start)) in ("عام", "سنه"))
    return next((found for start in starts if (found := whole_time(line, start)) is not None), None)


def _year_before(text: str, start: int) -> Period | None:
    """The last year in digits before the span: what `نفس العام` (the same year) goes back to."""
    found = _YEAR.findall(fold(text[max(0, start - _YEAR_REACH) : start]))
    return year_of("gregorian", int(found[-1])) if found else None


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """The characters of the sentence that holds the span, no further than 200 on either side."""
    low, high = max(0, start - 200), min(len(text), end + 200)
    for match in SENTENCE_END.finditer(text, low, high):
        if match.end() <= start:
            low = match.end()
        elif match.start() >= end:
            return low, match.start()
    return low, high


def _value(found: Match | None, reference: date | None, anchor: Period | None = None) -> DateValue | None:
    """The days of a match as text; None where they cannot be told, or lie outside the calendar."""
    try:
        period = found.resolve(Context(reference, anchor)) if found is not None else None
    except OverflowError:
        return None
    if period is None or (period.first is None and period.last is None):
        return None
    first, last = (end.isoformat() if end is not None else None for end in (period.first, period.last))
    return DateValue(first, last, period.precision, period.reason)
