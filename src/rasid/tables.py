"""The columns of the flat tables, each documented, and the rows that an event fills in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from rasid.document import Document
from rasid.records import Casualty, Event, Place, Record
from rasid.writers import CSV_COLUMNS, SEPARATOR, flat_row, located

Row = dict[str, object]


@dataclass(frozen=True, slots=True)
class Column:
    """A column: what it means, and its type in Parquet (str, int, float or bool)."""

    meaning: str
    type: str = "str"


_TYPES = {"aggregate": "bool", "confidence": "float", "lat": "float", "lon": "float", "place_precision": "int"}
EVENT_COLUMNS = {name: Column(meaning, _TYPES.get(name, "str")) for name, meaning in CSV_COLUMNS.items()}
"""Columns of `events.parquet`: those of `events.csv`, with types."""

CASUALTY_COLUMNS = {
    "doc_id": Column("the document's id"),
    "doc_date": Column("its date (YYYY-MM-DD)"),
    "outlet": Column("who published it"),
    "event_id": Column("the event whose figure this is"),
    "event_type": Column("its type"),
    "status": Column("asserted, alleged, denied or planned: a figure of a denied event counts nobody"),
    "aggregate": Column("whether the event is a toll over a period or a campaign", "bool"),
    "figure": Column("number of the figure in its event, from 0", "int"),
    "kind": Column("killed, wounded, killed_or_wounded, captured, missing, displaced or abducted"),
    "low": Column("least number of people that the words mean; empty where they give no such bound", "int"),
    "high": Column("highest number, likewise", "int"),
    "approx": Column("whether the words say that the figure is not exact", "bool"),
    "part_of": Column("`figure` of the figure that this one is a part of: do not add the two up; empty where it is a whole", "int"),
    "civilian": Column("whether those are civilians; empty where the words do not say", "bool"),
    "group": Column("children, women, journalists and the like, where all are"),
    "number": Column("the words that give the number"),
    "victims": Column("the words that name the victims"),
    "country": Column("country of the event's place (ISO 3166 alpha-2)"),
    "place_en": Column("English name of the place"),
    "date_from": Column("first day that the event's date can mean (YYYY-MM-DD)"),
    "date_to": Column("last day it can mean"),
    "flagged": Column("whether the figure contradicts another of its event", "bool"),
    "reason": Column("how the figure was read"),
}
"""Columns of `casualties.parquet` and `casualties.csv`."""


def event_row(event: Event, record: Record, document: Document, flat: Mapping[str, object] | None = None) -> Row:
    """An event as a row of `EVENT_COLUMNS`; `flat` is its `flat_row` where that is made already."""
    return {**(flat or flat_row(event, record, document)), "aggregate": event.aggregate}


def casualty_rows(event: Event, record: Record, document: Document) -> Iterator[Row]:
    """Each figure of an event as a row of `CASUALTY_COLUMNS`."""
    place = located(event) or Place("", 0, 0)
    flagged = {n for flag in event.flags for n in flag.entries}
    about: Row = {
        "doc_id": record.doc_id,
        "doc_date": document.date.isoformat() if document.date else None,
        "outlet": document.outlet,
        "event_id": event.id,
        "event_type": event.type,
        "status": event.status,
        "aggregate": event.aggregate,
        "country": place.country,
        "place_en": place.name_en,
        "date_from": event.date.from_ if event.date else None,
        "date_to": event.date.to if event.date else None,
    }
    for n, casualty in enumerate(event.casualties):
        row = {**about, **figure_row(casualty), "figure": n, "flagged": n in flagged}
        yield {name: row[name] for name in CASUALTY_COLUMNS}


def feature(event: Event, record: Record, document: Document, flat: Mapping[str, object] | None = None) -> Row | None:
    """An event as a GeoJSON feature (RFC 7946), properties as in `EVENT_COLUMNS`; None where it has no coordinates.

    `flat` is its `flat_row` where that is made already.
    """
    place = located(event)
    if place is None:
        return None
    row = event_row(event, record, document, flat)
    properties = {name: value for name, value in row.items() if name not in ("lat", "lon") and value not in (None, "")}
    return {
        "type": "Feature",
        "id": event.id,
        "geometry": {"type": "Point", "coordinates": [place.lon, place.lat]},
        "properties": properties,
    }


def figure_row(casualty: Casualty) -> Row:
    """What a figure says by itself, as columns of `CASUALTY_COLUMNS`."""
    return {
        "kind": casualty.kind,
        "low": casualty.low,
        "high": casualty.high,
        "approx": casualty.approx,
        "part_of": casualty.part_of,
        "civilian": casualty.civilian,
        "group": casualty.group,
        "number": casualty.number.text if casualty.number else None,
        "victims": SEPARATOR.join(victim.text for victim in casualty.victims) or None,
        "reason": casualty.reason,
    }
