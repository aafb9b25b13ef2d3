"""Rasid's own format: stand-off JSON lines, one document a line, which holds everything; records with their text are read too."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasid.convert.document import ROLE_LABELS, Annotated, AnnotatedCasualty, AnnotatedEvent, AnnotatedSpan, Losses
from rasid.document import Document
from rasid.errors import InputError
from rasid.readers import Fault, as_fault
from rasid.records import Record
from rasid.standoff import check_standoff, document_id, read_standoff
from rasid.writers import dump_line

_OWN_KEYS = {"id", "doc_id", "text", "spans", "events", "schema", "model"}
_SPAN_KEYS = {"id", "label", "start", "end", "text", "score"}
_CASUALTY_KEYS = {"kind", "low", "high", "approx", "number", "victims", "part_of"}
_EVENT_KEYS = {"type", "status", "aggregate", "confidence", "trigger", "triggers", *ROLE_LABELS, "casualties", "date"}


def read(path: Path, losses: Losses) -> Iterator[Annotated | Fault]:
    """Read a file of stand-off JSON lines; each document must hold its text."""
    for item in read_standoff(path, with_text=True):
        if isinstance(item, Fault):
            yield item
            continue
        line, value = item
        try:
            yield from_dict(value, losses)
        except InputError as error:
            yield as_fault(error, str(path), line)


def write(documents: Iterable[Annotated], path: Path, losses: Losses) -> None:
    """Write a file of stand-off JSON lines. Nothing is lost."""
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for document in documents:
            stream.write(dump_line(to_dict(document)) + "\n")


def to_dict(document: Annotated) -> dict[str, Any]:
    """A document as the stand-off format writes it; scores only where there are any."""
    spans = [
        {
            "id": s.id,
            "label": s.label,
            "start": s.start,
            "end": s.end,
            "text": document.text[s.start : s.end],
            **({} if s.score is None else {"score": s.score}),
        }
        for s in document.spans
    ]
    events = [
        {
            "type": e.type,
            "triggers": list(e.triggers),
            "status": e.status,
            "aggregate": e.aggregate,
            **({} if e.confidence is None else {"confidence": e.confidence}),
            "perpetrators": list(e.perpetrators),
            "targets": list(e.targets),
            "casualties": [
                {
                    "kind": c.kind,
                    "number": c.number,
                    "victims": list(c.victims),
                    "low": c.low,
                    "high": c.high,
                    "approx": c.approx,
                    "part_of": c.part_of,
                }
                for c in e.casualties
            ],
            "locations": list(e.locations),
            "date": e.date,
            "sources": list(e.sources),
        }
        for e in document.events
    ]
    return {"id": document.id, **document.about, "text": document.text, "spans": spans, "events": events}


def from_dict(value: Mapping[str, Any], losses: Losses) -> Annotated:
    """Make a document of a stand-off document or of a record with its text.

    References by characters (as records have them) become references to the span there; where none is, one is made with the role's
    label. Resolved values of records (names, coordinates, days) are counted as lost: they are not annotations.

    Raises:
        InputError: where it is not sound.
    """
    check_standoff(value, with_text=True)
    name = document_id(value)
    spans = _Spans(name, losses)
    for span in value.get("spans") or ():
        spans.add(span)
        losses.add("unknown keys of spans", name, len(set(span) - _SPAN_KEYS))
    events = tuple(_event(event, spans, name, losses) for event in value.get("events") or ())
    about = {key: part for key, part in value.items() if key not in _OWN_KEYS}
    return Annotated(name, value["text"], tuple(spans.made), events, about)


def from_record(record: Record, document: Document) -> Annotated:
    """The annotation that a record is, with scores; resolved values are left out."""
    about = {"date": document.date.isoformat() if document.date else None, "outlet": document.outlet, "country": document.country}
    value = {**record.to_dict(), "text": document.text, **{key: part for key, part in about.items() if part is not None}}
    return from_dict(value, Losses())


@dataclass(slots=True)
class _Spans:
    """The spans of a document while it is read: one for each label and place, found by id or by place."""

    document: str
    losses: Losses
    made: list[AnnotatedSpan] = field(default_factory=list)
    names: dict[str, str] = field(default_factory=dict)
    places: dict[tuple[str, int, int], str] = field(default_factory=dict)
    fresh: int = 0

    def add(self, span: Mapping[str, Any]) -> str:
        place = (span["label"], span["start"], span["end"])
        given = None if span.get("id") is None else str(span["id"])
        if place in self.places:
            self.losses.add("spans given twice", self.document)
        else:
            name = given if given is not None and given not in self.names else self._name()
            self.places[place] = name
            self.made.append(AnnotatedSpan(name, *place, score=span.get("score")))
        if given is not None:
            self.names.setdefault(given, self.places[place])
        return self.places[place]

    def one(self, reference: Any, label: str) -> str | None:
        if reference is None:
            return None
        if isinstance(reference, str):
            return self.names[reference]
        place = (reference["start"], reference["end"])
        at = self.places.get((label, *place))
        return at if at is not None else self.add({"label": label, "start": place[0], "end": place[1]})

    def several(self, references: Sequence[Any] | None, label: str) -> tuple[str, ...]:
        found = [self.one(reference, label) for reference in references or ()]
        return tuple(dict.fromkeys(name for name in found if name is not None))

    def _name(self) -> str:
        taken = set(self.names) | {span.id for span in self.made}
        while f"s{self.fresh}" in taken:
            self.fresh += 1
        return f"s{self.fresh}"


def _event(event: Mapping[str, Any], spans: _Spans, name: str, losses: Losses) -> AnnotatedEvent:
    losses.add("resolved and unknown keys of events", name, len(set(event) - _EVENT_KEYS))
    casualties = []
    entries = event.get("casualties") or ()
    for n, c in enumerate(entries):
        losses.add("resolved and unknown keys of casualties", name, len(set(c) - _CASUALTY_KEYS))
        whole = c.get("part_of")
        if whole is not None and not (isinstance(whole, int) and 0 <= whole < len(entries) and whole != n):
            losses.add("parts of no other figure", name)
            whole = None
        casualties.append(
            AnnotatedCasualty(
                kind=c["kind"],
                low=c.get("low"),
                high=c.get("high"),
                approx=bool(c.get("approx")),
                number=spans.one(c.get("number"), "NUMBER"),
                victims=spans.several(c.get("victims"), "ACTOR"),
                part_of=whole,
            )
        )
    triggers = event.get("triggers") or ([event["trigger"]] if event.get("trigger") is not None else [])
    return AnnotatedEvent(
        type=event["type"],
        status=event.get("status") or "asserted",
        aggregate=bool(event.get("aggregate")),
        triggers=spans.several(triggers, "TRIGGER"),
        casualties=tuple(casualties),
        date=spans.one(event.get("date"), "DATE"),
        confidence=event.get("confidence"),
        **{role: spans.several(event.get(role), label) for role, label in ROLE_LABELS.items()},
    )
