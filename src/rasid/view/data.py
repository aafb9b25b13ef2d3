"""Prepares reports and records for the page: plain JSON values without characters that could disturb it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from rasid.document import Document
from rasid.errors import InputError
from rasid.markup import harmless
from rasid.records import Event, Record
from rasid.view.tolls import tolls


@dataclass(frozen=True, slots=True)
class Reading:
    """A record and what is known of the report that it was read from; `text` is None where the report is not at hand."""

    record: Record
    text: str | None = None
    date: dt.date | None = None
    outlet: str | None = None

    @classmethod
    def of(cls, record: Record, document: Document) -> Reading:
        """The record of a document.

        Raises:
            InputError: where the record was not made from this text.
        """
        check_offsets(record, document.text)
        return cls(record, document.text, document.date, document.outlet)


def check_offsets(record: Record, text: str) -> None:
    """Raise InputError at the first mention of `record` that does not stand in `text` where it says."""
    for mention in (*record.spans, *(m for event in record.events for m in event_mentions(event))):
        if text[mention.start : mention.end] != mention.text:
            got = f"{text[mention.start : mention.end][:40]!r} at characters {mention.start} to {mention.end}"
            raise InputError(f"record {record.doc_id!r} belongs to another text: got {got}, expected {mention.text[:40]!r}")


def event_mentions(event: Event) -> Iterable[Any]:
    """All mentions of an event, in the order of its fields."""
    yield from (*event.triggers, *event.perpetrators, *event.targets)
    for entry in event.casualties:
        yield from (*((entry.number,) if entry.number else ()), *entry.victims)
    yield from (*event.locations, *((event.date,) if event.date else ()), *event.sources)


def page_data(readings: Iterable[Reading], *, title: str | None = None, faults: int = 0) -> dict[str, Any]:
    """What the page's scripts read.

    Args:
        readings: in the order to show them.
        title: the page's heading; None is the page's own, in the language chosen.
        faults: how many items could not be read; the page tells.
    """
    data = {"title": title, "faults": faults, "documents": [_document(reading) for reading in readings]}
    plain = _harmless(data)
    assert isinstance(plain, dict)
    return plain


def _document(reading: Reading) -> dict[str, Any]:
    record = reading.record.to_dict()
    events = [{**plain, "tolls": tolls(event)} for plain, event in zip(record["events"], reading.record.events, strict=True)]
    return {
        "id": record["doc_id"],
        "date": reading.date.isoformat() if reading.date else None,
        "outlet": reading.outlet,
        "text": reading.text,
        "model": record["model"],
        "spans": record["spans"],
        "events": events,
    }


def _harmless(value: object) -> object:
    """`value` with every text made harmless, character for character, so that offsets hold."""
    if isinstance(value, str):
        return harmless(value)
    if isinstance(value, dict):
        return {key: _harmless(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_harmless(item) for item in value]
    return value
