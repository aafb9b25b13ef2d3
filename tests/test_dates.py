"""Dates: the table of phrases, spans in their sentences, and every day in many forms read back."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
from hijridate import Gregorian
from hypothesis import given, settings
from hypothesis import strategies as st

from rasid.dates import PRECISIONS, DateValue, parse_date, resolve_date
from rasid.errors import InputError

TABLE = Path(__file__).parent / "data" / "dates.tsv"
REPORT = "2024-11-30"  # a Saturday


def _rows() -> list[tuple[str, str | None, tuple[str | None, str | None, str] | None]]:
    rows: list[tuple[str, str | None, tuple[str | None, str | None, str] | None]] = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        text, reference, first, last, precision = line.split("\t")
        expected = None if first == "none" else (first if first != "-" else None, last if last != "-" else None, precision)
        rows.append((text, reference if reference != "-" else None, expected))
    return rows


def _days(value: DateValue | None) -> tuple[str | None, str | None] | None:
    return (value.from_, value.to) if value is not None else None


def test_table_is_large_enough() -> None:
    rows = _rows()
    assert sum(expected is not None for *_, expected in rows) >= 150
    assert sum(expected is None for *_, expected in rows) >= 30


@pytest.mark.parametrize(("text", "reference", "expected"), _rows())
def test_parse_date(text: str, reference: str | None, expected: tuple[str | None, str | None, str] | None) -> None:
    got = parse_date(text, reference)
    if expected is None or got is None:
        assert got is expected
        return
    assert (got.from_, got.to, got.precision) == expected
    assert got.precision in PRECISIONS
    assert got.reason
    assert "\n" not in got.reason


def test_to_dict_has_the_keys_of_the_contract() -> None:
    value = parse_date("الخميس", REPORT)
    assert value is not None
    assert value.to_dict() == {
        "from": "2024-11-28",
        "to": "2024-11-28",
        "precision": "day",
        "reason": "Thursday: latest not after the report of 2024-11-30",
    }


def test_reference_may_be_a_date_or_text() -> None:
    assert parse_date("أمس", date(2024, 11, 30)) == parse_date("أمس", REPORT) == parse_date("أمس", datetime(2024, 11, 30, 9))


@pytest.mark.parametrize(
    ("text", "reference"),
    [
        ("الخميس", "0001-01-01"),
        ("قبل اليوم", "0001-01-01"),
        ("أمس", "0001-01-01"),
        ("قبل يومين", "0001-01-01"),
        ("بعد اليوم", "9999-12-31"),
        ("هذا الأسبوع", "9999-12-31"),
        ("الجمعة المقبل", "9999-12-31"),
        ("بعد 79 قرنا", "2024-11-30"),
    ],
)
def test_what_lies_outside_the_calendar_is_no_date(text: str, reference: str) -> None:
    assert parse_date(text, reference) is None


def test_the_first_and_the_last_day_of_the_calendar_are_days() -> None:
    assert _days(parse_date("اليوم", "0001-01-01")) == ("0001-01-01", "0001-01-01")
    assert _days(parse_date("أمس", "9999-12-31")) == ("9999-12-30", "9999-12-30")


@pytest.mark.parametrize("reference", ["0001-01-01", "0001-01-02", "9999-12-30", "9999-12-31"])
def test_no_phrase_fails_at_an_end_of_the_calendar(reference: str) -> None:
    for text, _, _ in _rows():
        value = parse_date(text, reference)
        assert value is None or value.precision in PRECISIONS
        resolve_date(text, 0, len(text), reference)


@pytest.mark.parametrize("reference", ["2024-13-01", "2024-11-30garbage", "20241130", 20241130])
def test_reference_that_is_no_day_is_an_input_error(reference: Any) -> None:
    for read in (parse_date, lambda text, day: resolve_date(text, 0, len(text), day)):
        with pytest.raises(InputError, match=rf"field 'date': got .*{reference}.*, expected a date as YYYY-MM-DD"):
            read("أمس", reference)


@pytest.mark.parametrize(
    ("before", "span", "behind", "expected"),
    [
        # A year, a side or a larger unit right behind the span.
        ("قتل الحارس في ", "3 تموز", " 2013 قرب الجسر", ("2013-07-03", "2013-07-03")),
        ("وقع التفجير في ", "أيلول", " الماضي", ("2024-09-01", "2024-09-30")),
        ("بدأت الحملة يوم ", "الخميس", " المقبل", ("2024-12-05", "2024-12-05")),
        ("انهار الاتفاق في ", "حزيران", " من العام الماضي", ("2023-06-01", "2023-06-30")),
        # A preposition before it.
        ("قتلوا قبل ", "يومين", " قرب الجسر", ("2024-11-28", "2024-11-28")),
        ("قتل عشرة منذ ", "الثلاثاء", " في القرية", ("2024-11-26", "2024-11-30")),
        # The span is trusted: a bare year or month is a date.
        ("اندلعت الحرب في ", "2014", " ثم توقفت", ("2014-01-01", "2014-12-31")),
        ("سقطت القرية في ", "آب", " بلا قتال", ("2024-08-01", "2024-08-31")),
        # Two days in one span; the next date outside it is not joined.
        ("قصفت القرية ", "السبت والأحد", " بالمدافع", ("2024-11-23", "2024-11-24")),
        ("قصفت القرية ", "الخميس", " والجمعة قصف الجسر", ("2024-11-28", "2024-11-28")),
        ("هدأت الجبهة ", "منذ توقيع الاتفاق الثاني بين القريتين في 9 أيار", " الماضي", ("2024-05-09", "2024-11-30")),
        # The sentence ends: what is behind it does not count.
        ("وصلت الدورية ", "الخميس", ".\nالماضي لا يعود", ("2024-11-28", "2024-11-28")),
        # Still to come: a word of plans before it, a future verb before a run of time.
        ("من المقرر أن يعقد اللقاء في ", "5 كانون الأول", " في القرية", ("2024-12-05", "2024-12-05")),
        ("هددوا بأنهم سيقصفون القرية في ", "غضون 48 ساعة", " إن لم تسلم", ("2024-11-30", "2024-12-02")),
        # The same year goes back to the one before; one letter may be mistyped; a slip in the year of today is seen.
        ("دخلوا القرية في مايو 2013 وخرجوا في ", "أكتوبر من نفس السنة", " بلا قتال", ("2013-10-01", "2013-10-31")),
        ("دخلوا القرية في 2013 ثم خرجوا في ", "العام نفسه", " بلا قتال", ("2013-01-01", "2013-12-31")),
        ("هاجموا الحاجز ", "هذا الصباج", " قرب الجسر", ("2024-11-30", "2024-11-30")),
        ("قتل الحارس ", "اليوم السبت 30 نوفمبر 2023", " قرب الجسر", ("2024-11-30", "2024-11-30")),
        # The night after the report's own day is still to come.
        ("قصف الجسر ", "ليلة السبت", " بالمدافع", ("2024-11-29", "2024-11-30")),
        ("أقاموا الحاجز ", "منذ ساعات الفجر الأولى الجمعة", " قرب الجسر", ("2024-11-29", "2024-11-30")),
        ("أوقفت النار ", "قبل يومين", " من جانب واحد", ("2024-11-28", "2024-11-28")),
        ("قتل الحارس ", "بعد يومين", " من الهجوم الأول", None),
        ("استمر الحصار ", "على مدى ثلاثة أشهر", " ثم رفع", None),
    ],
)
def test_resolve_date_reads_the_words_round_the_span(before: str, span: str, behind: str, expected: tuple[str, str] | None) -> None:
    text = before + span + behind
    assert _days(resolve_date(text, len(before), len(before) + len(span), REPORT)) == expected


def test_resolve_date_without_report_gives_only_absolute_days() -> None:
    text = "قتل الحارس الخميس 5 آذار 2020 وجرح آخر الجمعة"
    start = text.index("الخميس")
    assert _days(resolve_date(text, start, text.index(" وجرح"), None)) == ("2020-03-05", "2020-03-05")
    friday = text.index("الجمعة")
    assert resolve_date(text, friday, len(text), None) is None


LEVANT = ["كانون الثاني", "شباط", "آذار", "نيسان", "أيار", "حزيران", "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني", "كانون الأول"]
EGYPT = ["يناير", "فبراير", "مارس", "أبريل", "مايو", "يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"]
TUNIS = ["جانفي", "فيفري", "مارس", "أفريل", "ماي", "جوان", "جويلية", "أوت", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"]
RABAT = ["يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو", "يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر"]
HIJRI = [
    "محرم",
    "صفر",
    "ربيع الأول",
    "ربيع الآخر",
    "جمادى الأولى",
    "جمادى الآخرة",
    "رجب",
    "شعبان",
    "رمضان",
    "شوال",
    "ذو القعدة",
    "ذو الحجة",
]
UNITS = ["", "الحادي", "الثاني", "الثالث", "الرابع", "الخامس", "السادس", "السابع", "الثامن", "التاسع"]
WEEKDAYS = ["الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت", "الأحد"]
EASTERN = str.maketrans("0123456789", "٠١٢٣٤٥٦٧٨٩")


def _ordinal(day: int) -> str:
    tens, unit = divmod(day, 10)
    if unit == 0:
        return ["", "العاشر", "العشرين", "الثلاثين"][tens]
    if tens == 0:
        return "الأول" if unit == 1 else UNITS[unit]
    return f"{UNITS[unit]} عشر" if tens == 1 else f"{UNITS[unit]} {['', '', 'والعشرين', 'والثلاثين'][tens]}"


def _forms(day: date) -> list[str]:
    month, year = day.month - 1, day.year
    forms = [f"{day.day} {names[month]} {year}" for names in (LEVANT, EGYPT, TUNIS, RABAT)]
    forms += [f"{day.day} {LEVANT[month]}{sign}{EGYPT[month]} {year}" for sign in ("/", " / ", " ")]
    forms += [f"{day.day} {EGYPT[month]} ({LEVANT[month]}) {year}", f"{WEEKDAYS[day.weekday()]} {day.day} {EGYPT[month]} عام {year}"]
    forms += [f"{_ordinal(day.day)} من {LEVANT[month]} {year}", day.isoformat(), f"{day.day}/{day.month}/{year}", f"{day:%d.%m.%Y}"]
    forms += [f"{day.day}-{day.month}-{year}م", f"{day.day}/{day.month}/{year}".translate(EASTERN)]
    hijri = Gregorian(year, day.month, day.day).to_hijri()
    forms += [f"{hijri.day} {HIJRI[hijri.month - 1]} {hijri.year} هـ", f"{hijri.day}/{hijri.month}/{hijri.year}هـ"]
    return forms


@settings(max_examples=200, deadline=None)
@given(st.dates(date(1925, 1, 1), date(2077, 1, 1)))
def test_every_day_in_every_form_reads_back(day: date) -> None:
    for form in _forms(day):
        assert _days(parse_date(form)) == (day.isoformat(), day.isoformat()), form


@settings(max_examples=100, deadline=None)
@given(st.dates(date(1930, 1, 1), date(2070, 1, 1)), st.integers(0, 364))
def test_yearless_day_is_the_latest_not_after_the_report(report: date, back: int) -> None:
    day = date.fromordinal(report.toordinal() - back)
    if (day.month, day.day) == (2, 29):
        return
    assert _days(parse_date(f"{day.day} {LEVANT[day.month - 1]}", report)) == (day.isoformat(), day.isoformat())


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet="الخميس أمس منذ 0123456789/-و،من بين عام شهر\n()", max_size=40), st.sampled_from([None, REPORT]))
def test_no_text_makes_it_fail(text: str, reference: str | None) -> None:
    value = parse_date(text, reference)
    if value is not None and value.from_ is not None and value.to is not None:
        assert value.from_ <= value.to
    resolve_date(text, 0, len(text), reference)
