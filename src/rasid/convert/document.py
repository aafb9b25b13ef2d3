"""The annotated document that every format of annotation is read into and written from, and the account of what a format cannot hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from rasid.document import check_characters
from rasid.errors import InputError
from rasid.records import LABELS
from rasid.writers import dump_line

ROLES = ("perpetrators", "targets", "locations", "sources")
"""The fields of an event that list spans, beside its triggers, its date and its casualties."""
ROLE_LABELS = {"perpetrators": "ACTOR", "targets": "ACTOR", "locations": "LOCATION", "sources": "ACTOR"}


@dataclass(frozen=True, slots=True)
class AnnotatedSpan:
    """Characters (code points) `[start, end)` of the text with a label; `score` is a model's, 0 to 1, None where a person made it."""

    id: str
    label: str
    start: int
    end: int
    score: float | None = None


@dataclass(frozen=True, slots=True)
class AnnotatedCasualty:
    """A casualty entry as `rasid.records.Casualty` has it; `number` and `victims` are ids of spans."""

    kind: str
    low: int | None = None
    high: int | None = None
    approx: bool = False
    number: str | None = None
    victims: tuple[str, ...] = ()
    part_of: int | None = None


@dataclass(frozen=True, slots=True)
class AnnotatedEvent:
    """An event; triggers, roles and date are ids of spans. `confidence` is a model's, 0 to 1."""

    type: str
    status: str = "asserted"
    aggregate: bool = False
    triggers: tuple[str, ...] = ()
    perpetrators: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    casualties: tuple[AnnotatedCasualty, ...] = ()
    locations: tuple[str, ...] = ()
    date: str | None = None
    sources: tuple[str, ...] = ()
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class Annotated:
    """A report with its spans and events.

    No two spans have the same label, start and end; ids of spans are names without meaning, unique in the document. `about` holds what
    else is said of the report (date, outlet, country, split, …) as plain JSON values.

    Raises:
        InputError: where the id is empty, or a part holds what cannot be written to a file (a lone surrogate, half of a cut emoji).
    """

    id: str
    text: str
    spans: tuple[AnnotatedSpan, ...] = ()
    events: tuple[AnnotatedEvent, ...] = ()
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.id:
            raise InputError("got an empty id, expected a name", field="id")
        check_characters(self.id, "id")
        check_characters(self.text, "text")
        check_characters("".join(span.id for span in self.spans), "spans")
        check_characters(dump_line(dict(self.about)), "about")

    def renamed(self) -> Annotated:
        """The same with spans in text order and their ids numbered anew: two of these are equal where the annotations are the same."""
        ordered = sorted(self.spans, key=lambda s: (s.start, s.end, LABELS.index(s.label)))
        names = {span.id: f"s{n}" for n, span in enumerate(ordered, 1)}

        def several(ids: Iterable[str]) -> tuple[str, ...]:
            return tuple(names[i] for i in ids)

        def one(name: str | None) -> str | None:
            return None if name is None else names[name]

        events = [
            replace(
                event,
                triggers=several(event.triggers),
                perpetrators=several(event.perpetrators),
                targets=several(event.targets),
                locations=several(event.locations),
                sources=several(event.sources),
                date=one(event.date),
                casualties=tuple(replace(c, number=one(c.number), victims=several(c.victims)) for c in event.casualties),
            )
            for event in self.events
        ]
        return replace(self, spans=tuple(replace(span, id=names[span.id]) for span in ordered), events=tuple(events))


@dataclass(slots=True)
class Losses:
    """What was dropped or changed on the way, counted by kind; `documents` counts how many documents each kind touched."""

    counts: Counter[str] = field(default_factory=Counter)
    documents: Counter[str] = field(default_factory=Counter)
    _last: dict[str, str] = field(default_factory=dict)

    def add(self, what: str, document: str, count: int = 1) -> None:
        """Count a loss of the document with this id; `count` may be 0."""
        if count:
            self.counts[what] += count
            if self._last.get(what) != document:
                self.documents[what] += 1
                self._last[what] = document

    def __bool__(self) -> bool:
        return bool(self.counts)

    def __str__(self) -> str:
        return "; ".join(f"{what}: {n} in {_plural(self.documents[what])}" for what, n in sorted(self.counts.items()))

    def to_dict(self) -> dict[str, dict[str, int]]:
        """The counts by kind."""
        return {what: {"count": n, "documents": self.documents[what]} for what, n in sorted(self.counts.items())}


def _plural(count: int) -> str:
    return f"{count} document" + ("" if count == 1 else "s")
