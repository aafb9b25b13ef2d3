"""Writes records in the formats that users ask for, one record at a time; no reader may take a denied event for a fact."""

from __future__ import annotations

import csv
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Protocol, TextIO

from rasid.document import Document
from rasid.records import CASUALTY_KINDS, Actor, Casualty, Event, Mention, Place, Record

SEPARATOR = " | "
# Line ends to many readers (`str.splitlines`, editors), but legal inside a JSON string: written as escapes, a record stays one line.
_LINE_ENDS = {"\u0085": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_encode = json.JSONEncoder(ensure_ascii=False).encode

CSV_COLUMNS = {
    "doc_id": "the document's id",
    "doc_date": "its date (YYYY-MM-DD)",
    "outlet": "who published it",
    "event_id": "stable id of the event",
    "type": "event type",
    "status": "asserted, alleged, denied (a source says that it did not happen) or planned (it has not happened)",
    "aggregate": "true for a toll over a period or a campaign",
    "confidence": "calibrated probability that the event is right, 0 to 1",
    "triggers": "the words that name the event",
    "perpetrators": "who did it, as the text says",
    "perpetrator_names": "their full names, one for each perpetrator, empty where unknown",
    "perpetrator_ids": "their ids in the table of actors, likewise",
    "targets": "to whom it was done, as the text says",
    "target_names": "their full names, one for each target, empty where unknown",
    "target_ids": "their ids, likewise",
    **{
        f"{kind}_{bound}": f"{edge} bound of those {kind.replace('_', ' ')}: one value for each figure of the event that is no part of "
        "another, never added up; empty where the text gives no such bound"
        for kind in CASUALTY_KINDS
        for bound, edge in (("low", "lower"), ("high", "upper"))
    },
    "casualties": "all figures in words, parts too",
    "flags": "contradictions among the figures, each as code: reason; empty where there is none",
    "locations": "where, as the text says, narrowest first",
    "place": "the narrowest of them that has coordinates: its name",
    "place_en": "its English name",
    "lat": "its latitude in degrees (WGS 84)",
    "lon": "its longitude in degrees (WGS 84)",
    "country": "its country (ISO 3166 alpha-2)",
    "admin1": "its first-level division",
    "place_precision": "precision code of the place",
    "date": "when, as the text says",
    "date_from": "first day it can mean (YYYY-MM-DD)",
    "date_to": "last day it can mean",
    "date_precision": "precision of the date",
    "sources": "to whom the report is attributed",
    "acled_event_type": "nearest ACLED event type",
    "acled_sub_event_type": "nearest ACLED sub-event type",
    "evidence": "the sentences that name the event",
    "model": "name and version of the model",
}

FIRST_STRONG_ISOLATE, POP_ISOLATE = "\u2068", "\u2069"
# status: margin of each line, what the headline says, style of both. The margin tells even where there is no colour.
STATUS_MARKS = {
    "asserted": ("  ", "", "bold green"),
    "alleged": ("? ", "ALLEGED, not confirmed: ", "bold yellow"),
    "denied": ("✗ ", "DENIED, said not to have happened: ", "bold red"),
    "planned": ("… ", "PLANNED, has not happened: ", "bold cyan"),
}
FLAG_MARK = "⚠"
_LABEL_WIDTH = 12
# Where lines are not broken by a terminal they are not broken at all, so that they can be searched.
_ENDLESS = 1_000_000


class Writer(Protocol):
    """Writes records to a stream as they come."""

    def write(self, record: Record, document: Document) -> None:
        """Write the record of `document`."""
        ...

    def close(self) -> None:
        """Write what closes the output; the stream stays open, as it is the caller's."""
        ...


def dump_line(value: object) -> str:
    """`value` as JSON in one line, Arabic letters as they are, for any reader's notion of a line."""
    line = _encode(value)
    for end, escape in _LINE_ENDS.items():
        if end in line:  # hardly ever
            line = line.replace(end, escape)
    return line


class JsonLinesWriter:
    """One record a line: the contract `rasid/1`."""

    def __init__(self, stream: TextIO):
        self._stream = stream

    def write(self, record: Record, document: Document) -> None:
        """See `Writer.write`."""
        self._stream.write(dump_line(record.to_dict()) + "\n")

    def close(self) -> None:
        """See `Writer.close`."""


class JsonWriter:
    """One JSON array of records, written as they come."""

    def __init__(self, stream: TextIO):
        self._stream = stream
        self._count = 0

    def write(self, record: Record, document: Document) -> None:
        """See `Writer.write`."""
        self._stream.write(("[\n" if self._count == 0 else ",\n") + dump_line(record.to_dict()))
        self._count += 1

    def close(self) -> None:
        """See `Writer.close`."""
        self._stream.write("\n]\n" if self._count else "[]\n")


class CsvWriter:
    """One event a row, columns as `CSV_COLUMNS` describes them; several values of a cell are joined by ` | `."""

    def __init__(self, stream: TextIO):
        self._rows = csv.writer(stream, lineterminator="\n")
        self._rows.writerow(CSV_COLUMNS)

    def write(self, record: Record, document: Document) -> None:
        """See `Writer.write`."""
        for event in record.events:
            self.write_row(flat_row(event, record, document))

    def write_row(self, row: Mapping[str, object]) -> None:
        """Write an event whose `flat_row` is made already."""
        self._rows.writerow([row[name] for name in CSV_COLUMNS])

    def close(self) -> None:
        """See `Writer.close`."""


def located(event: Event) -> Place | None:
    """The narrowest place of an event that has coordinates."""
    return next((place for place in event.locations if place.lat is not None and place.lon is not None), None)


def flat_row(event: Event, record: Record, document: Document) -> dict[str, str | float | None]:
    """An event as one row, keys as in `CSV_COLUMNS`; None is an empty cell."""
    place = located(event) or Place("", 0, 0)
    when = event.date
    return {
        "doc_id": record.doc_id,
        "doc_date": document.date.isoformat() if document.date else None,
        "outlet": document.outlet,
        "event_id": event.id,
        "type": event.type,
        "status": event.status,
        "aggregate": "true" if event.aggregate else "false",
        "confidence": event.confidence,
        "triggers": _texts(event.triggers),
        **_side("perpetrator", event.perpetrators),
        **_side("target", event.targets),
        **_bounds(event.casualties),
        "casualties": SEPARATOR.join(figure(c, event.casualties) for c in event.casualties),
        "flags": SEPARATOR.join(f"{flag.code}: {flag.reason}" for flag in event.flags),
        "locations": _texts(event.locations),
        "place": place.name,
        "place_en": place.name_en,
        "lat": place.lat,
        "lon": place.lon,
        "country": place.country,
        "admin1": place.admin1,
        "place_precision": place.precision,
        "date": when.text if when else None,
        "date_from": when.from_ if when else None,
        "date_to": when.to if when else None,
        "date_precision": when.precision if when else None,
        "sources": _texts(event.sources),
        "acled_event_type": event.acled.event_type if event.acled else None,
        "acled_sub_event_type": event.acled.sub_event_type if event.acled else None,
        "evidence": SEPARATOR.join(document.text[e.start : e.end] for e in event.evidence),
        "model": f"{record.model.name} {record.model.version}",
    }


def count_in_words(low: int | None, high: int | None, *, approx: bool = False) -> str:
    """The bounds as a reader says them: `11`, `at least 11`, `up to 50`, `20 to 30`, `about 40`, `number unknown`."""
    if low is None and high is None:
        return "number unknown"
    if low is None or high is None:
        return (f"at least {low}" if high is None else f"up to {high}") + (" (vague)" if approx else "")
    return ("about " if approx else "") + (f"{low}" if low == high else f"{low} to {high}")


def figure(casualty: Casualty, entries: Sequence[Casualty], show: Callable[[str], str] = str) -> str:
    """A casualty entry in words; `show` prepares the Arabic victims for where the words go."""
    who = f" ({', '.join(show(v.text) for v in casualty.victims)})" if casualty.victims else ""
    civilian = {True: ", civilian", False: ", combatant", None: ""}[casualty.civilian]
    part = ""
    if casualty.part_of is not None:
        whole = entries[casualty.part_of]
        part = f", of the {_count(whole)} {_kind(whole)}"
    return f"{_kind(casualty)}: {_count(casualty)}{who}{civilian}{part}"


def _kind(casualty: Casualty) -> str:
    return casualty.kind.replace("_", " ")


def _count(casualty: Casualty) -> str:
    return count_in_words(casualty.low, casualty.high, approx=casualty.approx)


def _texts(mentions: Sequence[Mention | Actor | Place]) -> str:
    return SEPARATOR.join(mention.text for mention in mentions)


def _side(role: str, actors: Sequence[Actor]) -> dict[str, str | float | None]:
    """Texts, names and ids of one side; a list of nothing but unknowns is an empty cell."""
    known = [[a.name or a.name_en or "" for a in actors], [a.actor_id or "" for a in actors]]
    names, ids = (SEPARATOR.join(values) if any(values) else None for values in known)
    return {f"{role}s": _texts(actors), f"{role}_names": names, f"{role}_ids": ids}


def _bounds(casualties: Sequence[Casualty]) -> dict[str, str | float | None]:
    """The bounds of each kind. Several figures stay apart: sources that differ and groups that add up look the same here."""
    cells: dict[str, str | float | None] = {}
    for kind in CASUALTY_KINDS:
        whole = [c for c in casualties if c.kind == kind and c.part_of is None]
        for bound, values in (("low", [c.low for c in whole]), ("high", [c.high for c in whole])):
            known = any(value is not None for value in values)
            cells[f"{kind}_{bound}"] = SEPARATOR.join("" if v is None else str(v) for v in values) if known else None
    return cells


class TableWriter:
    """Blocks of labelled lines.

    Args:
        stream: where to write.
        terminal: whether a person looks at `stream` through a terminal: Arabic is then isolated (U+2068 and U+2069), so that a terminal
            that orders right-to-left text does not tear the line apart, lines are wrapped, and there is colour.
        width: columns of the terminal; None asks it.
    """

    def __init__(self, stream: TextIO, *, terminal: bool = False, width: int | None = None):
        from rich.console import Console  # not at import: most formats need no rich

        self._terminal = terminal
        self._console = Console(
            file=stream, force_terminal=terminal, width=width if terminal else _ENDLESS, highlight=False, markup=False, emoji=False
        )
        self._documents = 0

    def write(self, record: Record, document: Document) -> None:
        """See `Writer.write`."""
        from rich.text import Text

        count = len(record.events)
        about = [str(document.date or ""), self._show(document.outlet) if document.outlet else "", _plural(count, "event")]
        if self._documents:
            self._console.print()
        self._console.print(Text.assemble((self._show(record.doc_id), "bold underline"), "  ", "  ".join(part for part in about if part)))
        self._documents += 1
        for number, event in enumerate(record.events, 1):
            self._write_event(number, event, document)

    def close(self) -> None:
        """See `Writer.close`."""

    def _write_event(self, number: int, event: Event, document: Document) -> None:
        from rich.text import Text

        margin, said, style = STATUS_MARKS[event.status]
        aggregate = ", total of a period" if event.aggregate else ""
        sure = f"  (confidence {event.confidence:.2f})" if event.confidence is not None else ""
        self._console.print()
        self._console.print(Text.assemble((f"{margin}{number}. {said}{event.type}{aggregate}", style), (sure, "dim")))
        room = max(self._console.width - _LABEL_WIDTH - len(margin) - 3, 20)
        for label, value in self._lines(event, document):
            for k, line in enumerate(self._wrapped(value, room)):
                self._console.print(Text.assemble((margin, style), ("   " + ("" if k else label).ljust(_LABEL_WIDTH), "dim"), line))

    def _lines(self, event: Event, document: Document) -> Iterator[tuple[str, str]]:
        """The labels and values of a block; a label without a value is left out."""
        several = [
            ("event words", [self._show(t.text) for t in event.triggers]),
            ("who", [self._actor(a) for a in event.perpetrators]),
            ("to whom", [self._actor(a) for a in event.targets]),
        ]
        yield from ((label, ", ".join(values)) for label, values in several if values)
        for k, casualty in enumerate(event.casualties):
            yield ("" if k else "casualties"), figure(casualty, event.casualties, self._show)
        for flag in event.flags:
            yield f"{FLAG_MARK} check", flag.reason
        if event.locations:
            yield "where", ", ".join(self._place(p) for p in event.locations)
        if event.date:
            days = [day for day in dict.fromkeys((event.date.from_, event.date.to)) if day]
            yield "when", self._show(event.date.text) + (f" = {' to '.join(days)}" if days else "")
        if event.sources:
            yield "says who", ", ".join(self._actor(a) for a in event.sources)
        for k, evidence in enumerate(event.evidence):
            yield ("" if k else "text"), self._show(document.text[evidence.start : evidence.end])

    def _actor(self, actor: Actor) -> str:
        return self._show(actor.text) + (f" [{self._show(actor.name_en)}]" if actor.name_en else "")

    def _place(self, place: Place) -> str:
        known = [part for part in (place.name_en, place.country) if part]
        at = f" {place.lat:.2f},{place.lon:.2f}" if place.lat is not None and place.lon is not None else ""
        return self._show(place.text) + (f" [{', '.join(map(self._show, known))}{at}]" if known or at else "")

    def _show(self, text: str) -> str:
        """A user's text for display: in one line, without characters that steer a terminal or its direction."""
        shown = "".join(" " if char in "\r\n\t\u2028\u2029" else char for char in text)
        shown = "".join(char for char in shown if unicodedata.category(char) not in ("Cc", "Cf", "Cs") or char in "\u200c\u200d")
        return f"{FIRST_STRONG_ISOLATE}{shown}{POP_ISOLATE}" if self._terminal else shown

    def _wrapped(self, value: str, room: int) -> list[str]:
        """Break a value into lines; an isolate that is cut is closed at the end of its line and opened anew on the next."""
        if not self._terminal:
            return [value]
        from rich.text import Text

        lines = []
        inside = False
        for piece in Text(value).wrap(self._console, room):
            line = (FIRST_STRONG_ISOLATE if inside else "") + piece.plain.rstrip()
            inside = line.count(FIRST_STRONG_ISOLATE) > line.count(POP_ISOLATE)
            lines.append(line + (POP_ISOLATE if inside else ""))
        return lines


def _plural(count: int, noun: str) -> str:
    return f"{count or 'no'} {noun}{'' if count == 1 else 's'}"
