"""The Document that every reader makes and every step of the pipeline takes."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any

from rasid.errors import InputError

ACCEPTED = "a str, a Document, a mapping with a 'text' (and optional 'id', 'date', 'outlet', 'country'), or an iterable of these"
# Below this share of Arabic letters among its letters a text is no Arabic report; quotations and names in Latin stay far above it.
ARABIC_SHARE = 0.2
_LETTERS = re.compile(r"[^\W\d_]+")
_ARABIC_LETTERS = re.compile("[\u0620-\u064a\u066e-\u06d3\u06fa-\u06ff\u0750-\u077f\u08a0-\u08c9\ufb50-\ufdfb\ufe70-\ufefc]+")
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(?:[T ].*)?", re.ASCII | re.DOTALL)
_SURROGATE = re.compile("[\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Document:
    """One report.

    Attributes:
        id: unique in its corpus; where none is given, made from the text.
        text: the report as the user gave it; every offset of a record counts characters (code points) of it.
        date: the day it was published, or None where that is not known.
        outlet: who published it, or None.
        country: ISO 3166 alpha-2 code of the outlet's or the report's country, or None.
    """

    id: str
    text: str
    date: dt.date | None = None
    outlet: str | None = None
    country: str | None = None

    @classmethod
    def make(cls, value: object, *, date: dt.date | str | None = None, source: str | None = None, line: int | None = None) -> Document:
        """Make a Document of a str, a mapping or a Document; one that came as such is checked as a mapping of its fields is.

        Args:
            value: what to read; a mapping's `doc_id` stands in for a missing `id`.
            date: the report's date where `value` has none: a date or `YYYY-MM-DD`.
            source, line: where `value` came from, for the error message.

        Raises:
            InputError: for any other type, a missing or empty text, or a date that is not `YYYY-MM-DD`.
        """
        if isinstance(value, Document):
            value = {field.name: getattr(value, field.name) for field in fields(value)}
        elif isinstance(value, str):
            value = {"text": value}
        if not isinstance(value, Mapping):
            raise InputError(f"got {type(value).__name__}, expected {ACCEPTED}", source=source, line=line)
        text = value.get("text")
        if not isinstance(text, str):
            got = "nothing" if "text" not in value else type(text).__name__
            raise InputError(f"got {got}, expected the report as a str", source=source, line=line, field="text")
        if not text.strip():
            raise InputError("got an empty text, expected a report", source=source, line=line, field="text")
        when = value.get("date")
        name = value.get("id") if value.get("id") is not None else value.get("doc_id")
        document = cls(
            id=str(name) if name is not None else text_id(text),
            text=text,
            date=parse_day(when if when not in (None, "") else date, source=source, line=line),
            outlet=_string(value, "outlet", source, line),
            country=_string(value, "country", source, line),
        )
        for field in ("text", "id", "outlet", "country"):
            check_characters(getattr(document, field) or "", field, source=source, line=line)
        return document


def check_arabic(document: Document, *, source: str | None = None, line: int | None = None) -> Document:
    """Give back `document` if it is written in Arabic letters (Persian and Urdu are not told apart).

    Raises:
        InputError: where less than `ARABIC_SHARE` of the text's letters are Arabic.
    """
    letters = sum(map(len, _LETTERS.findall(document.text)))
    share = sum(map(len, _ARABIC_LETTERS.findall(document.text))) / letters if letters else 0.0
    if share < ARABIC_SHARE:
        got = f"{share:.0%} of its letters" if letters else "it has no letters"
        raise InputError(f"no Arabic text ({got}), expected a report in Arabic", source=source, line=line, field="text")
    return document


def check_characters(value: str, field: str, *, source: str | None = None, line: int | None = None) -> None:
    """Refuse what no text holds: NUL, and lone surrogates, which neither a tokenizer nor a UTF-8 file takes.

    Raises:
        InputError: where there is one.
    """
    if "\x00" in value:
        raise InputError("got binary data (a NUL character), expected text", source=source, line=line, field=field)
    if found := _SURROGATE.search(value):
        got = f"a lone surrogate (U+{ord(found[0]):04X}) at character {found.start()}"
        raise InputError(f"got {got}, expected Unicode text", source=source, line=line, field=field)


def text_id(text: str) -> str:
    """A stable id for a text that came without one: `doc-` and 12 hex digits of its SHA-256."""
    return "doc-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:12]


def parse_day(value: object, *, source: str | None = None, line: int | None = None) -> dt.date | None:
    """Read a report date: a date, a datetime, or a string that is `YYYY-MM-DD`, or is so up to a `T` or space; None stays None.

    Raises:
        InputError: where the value is neither.
    """
    if value is None:
        return None
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    # From Python 3.11 on `fromisoformat` alone takes `20241130` and `2024-W48-6` too.
    if isinstance(value, str) and (found := _DAY.fullmatch(value.strip())):
        try:
            return dt.date.fromisoformat(found[1])
        except ValueError:
            pass
    raise InputError(f"got {value!r}, expected a date as YYYY-MM-DD", source=source, line=line, field="date")


def iter_documents(values: object) -> Iterator[Document]:
    """Make Arabic Documents, one at a time, of one value or of an iterable of values (a `datasets.Dataset` is one).

    Raises:
        InputError: at the first value that is no document or not Arabic, with its place in the iterable.
    """
    if isinstance(values, (str, Document, Mapping)):
        yield check_arabic(Document.make(values))
        return
    if isinstance(values, (bytes, bytearray)) or not isinstance(values, Iterable):
        raise InputError(f"got {type(values).__name__}, expected {ACCEPTED}")
    for number, value in enumerate(values, 1):
        yield check_arabic(Document.make(value, source="item", line=number), source="item", line=number)


def _string(value: Mapping[str, Any], field: str, source: str | None, line: int | None) -> str | None:
    got = value.get(field)
    if got is None or isinstance(got, str):
        return got or None
    raise InputError(f"got {type(got).__name__}, expected a str or null", source=source, line=line, field=field)
