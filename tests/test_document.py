"""Documents: what makes one, what is refused, and with which words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import pytest

from rasid.document import Document, check_arabic, iter_documents, parse_day, text_id
from rasid.errors import InputError

TEXT = "قصف على حلب"
DAY = dt.date(2020, 2, 27)


def test_of_a_str() -> None:
    document = Document.make(TEXT)
    assert document == Document(text_id(TEXT), TEXT)
    assert document.id.startswith("doc-")
    assert Document.make(TEXT + " ").id != document.id


def test_of_a_mapping() -> None:
    given = {"id": 7, "text": TEXT, "date": "2020-02-27", "outlet": "Radio", "country": "SY", "title": "ignored"}
    assert Document.make(given) == Document("7", TEXT, DAY, "Radio", "SY")
    assert Document.make({"doc_id": "a", "text": TEXT}).id == "a"
    assert Document.make({"id": None, "doc_id": "a", "text": TEXT}).id == "a"
    assert Document.make({"text": TEXT, "outlet": None, "country": ""}).outlet is None


def test_a_document_is_read_as_a_mapping_of_its_fields_is() -> None:
    document = Document("a", TEXT, DAY, "Radio", "SY")
    assert Document.make(document, date="1999-01-01") == document
    assert Document.make(Document("a", TEXT), date=DAY) == Document("a", TEXT, DAY)
    assert Document.make(Document("a", TEXT, "2020-02-27")).date == DAY  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("document", "message"),
    [
        (Document("a", TEXT, "27/02/2020"), "field 'date': got '27/02/2020'"),  # type: ignore[arg-type]
        (Document("a", 3), "field 'text': got int"),  # type: ignore[arg-type]
        (Document("a", " "), "field 'text': got an empty text"),
        (Document("a", f"{TEXT}\x00"), "field 'text': got binary data"),
        (Document("a", f"{TEXT}\ud800"), "field 'text': got a lone surrogate"),
        (Document("a", TEXT, outlet=3), "field 'outlet': got int"),  # type: ignore[arg-type]
    ],
)
def test_a_document_of_wrong_fields(document: Document, message: str) -> None:
    with pytest.raises(InputError, match=message):
        Document.make(document)


def test_its_own_date_goes_first() -> None:
    assert Document.make({"text": TEXT, "date": "2020-02-27"}, date="1999-01-01").date == DAY
    for none in (None, ""):
        assert Document.make({"text": TEXT, "date": none}, date=DAY).date == DAY
    assert Document.make(TEXT).date is None


def test_the_text_is_kept_as_given() -> None:
    text = "\ufeff  قصـف\r\n\r\nحَلب\u200f  \n"
    assert Document.make(text).text == text


@pytest.mark.parametrize(
    "value", ["2020-02-27", " 2020-02-27 ", "2020-02-27T23:59:59Z", "2020-02-27 08:00", DAY, dt.datetime(2020, 2, 27, 8)]
)
def test_days(value: object) -> None:
    assert parse_day(value) == DAY


@pytest.mark.parametrize(
    "value",
    ["27/02/2020", "2020-02-30", "2020-2-7", "", "2020", "2020-02-27x", "20200227", "2020-W09-4", "٢٠٢٠-٠٢-٢٧", 20200227, 1.5],
)
def test_what_is_no_day(value: object) -> None:
    with pytest.raises(InputError, match=r"a.csv:3: field 'date': got .*, expected a date as YYYY-MM-DD"):
        parse_day(value, source="a.csv", line=3)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "got int, expected a str, a Document, a mapping"),
        ({"id": "a"}, "field 'text': got nothing, expected the report as a str"),
        ({"text": None}, "field 'text': got NoneType"),
        ({"text": ["a"]}, "field 'text': got list"),
        ({"text": "\n "}, "field 'text': got an empty text"),
        ({"text": "ab\x00"}, "field 'text': got binary data"),
        ({"text": "ab\udcff"}, r"field 'text': got a lone surrogate \(U\+DCFF\) at character 2"),
        ({"text": TEXT, "id": "\ud800"}, "field 'id': got a lone surrogate"),
        ({"text": TEXT, "outlet": 3}, "field 'outlet': got int, expected a str or null"),
    ],
)
def test_what_is_refused(value: object, message: str) -> None:
    with pytest.raises(InputError, match="^a.jsonl:9: " + message) as caught:
        Document.make(value, source="a.jsonl", line=9)
    assert (caught.value.source, caught.value.line) == ("a.jsonl", 9)


@pytest.mark.parametrize("text", [TEXT, "ﺣﻠﺐ", "قال متحدث باسم UNHCR", "حلب Aleppo x", "سقوط 12 #قتيلا 😀 @user"])
def test_arabic(text: str) -> None:
    document = Document.make(text)
    assert check_arabic(document) is document


@pytest.mark.parametrize("text", ["Aleppo was shelled", "حلب is the name of a city in the north of Syria", "12 / 13", "😀😀", "Київ"])
def test_not_arabic(text: str) -> None:
    with pytest.raises(InputError, match=r"^a:2: field 'text': no Arabic text"):
        check_arabic(Document.make(text), source="a", line=2)


def test_one_value_or_many() -> None:
    one: Mapping[str, Any] = {"id": "1", "text": TEXT}
    assert [d.id for d in iter_documents(one)] == ["1"]
    assert [d.text for d in iter_documents(TEXT)] == [TEXT]
    assert [d.id for d in iter_documents(iter([one, Document("2", TEXT)]))] == ["1", "2"]


def test_an_error_in_a_stream_names_the_item() -> None:
    stream = iter_documents([TEXT, {"id": "x"}])
    next(stream)
    with pytest.raises(InputError, match="item:2: field 'text': got nothing"):
        next(stream)


@pytest.mark.parametrize("wrong", [b"bytes", bytearray(b"x"), 5, None])
def test_what_is_no_stream(wrong: object) -> None:
    with pytest.raises(InputError, match="expected a str, a Document"):
        list(iter_documents(wrong))
