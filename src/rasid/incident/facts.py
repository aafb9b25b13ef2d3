"""What of an event decides whether another report tells of the same incident, read from a record and from what is known of its document."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from rasid.document import parse_day
from rasid.errors import InputError
from rasid.fold import fold
from rasid.incident.tables import limit, part_of_day, site_class
from rasid.places.gazetteer import place_key
from rasid.places.text import read_mention
from rasid.standoff import document_id

_STATE = frozenset({"state", "state force", "police"})


@dataclass(frozen=True, slots=True)
class Site:
    """A place of an event; `key` is its folded name, coordinates are degrees (WGS 84).

    `common` is the class of a site that every town has (a market, a school), which the name alone does not place.
    """

    key: str
    text: str
    common: str | None = None
    id: str | None = None
    lat: float | None = None
    lon: float | None = None
    country: str | None = None
    admin1: str | None = None
    kind: str | None = None
    precision: int | None = None


@dataclass(frozen=True, slots=True)
class Figure:
    """A casualty figure that is no part of another."""

    kind: str
    low: int | None
    high: int | None
    approx: bool
    civilian: bool | None


@dataclass(frozen=True, slots=True)
class Side:
    """An actor of an event."""

    text: str
    id: str | None
    country: str | None
    state: bool
    """Whether it is a state, or its army or police."""


@dataclass(frozen=True, slots=True)
class About:
    """What is known of a document beside its record: publication day (ISO 8601), outlet, country, and its text (for near duplicates)."""

    date: str | None = None
    outlet: str | None = None
    country: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class Facts:
    """An event as far as it is compared; days are ISO 8601 and included. `key` is made of the document's id and all that the event says.

    `document` tells documents apart whose ids are the same (rows of two archives). `first` and `last` are the
    days that it can have happened on; `assumed` tells that they are taken from the publication day.
    """

    key: str
    document: str
    doc_id: str
    event_id: str
    type: str
    status: str
    aggregate: bool
    sites: tuple[Site, ...]
    figures: tuple[Figure, ...]
    perpetrators: tuple[Side, ...]
    targets: tuple[Side, ...]
    sources: tuple[str, ...]
    triggers: tuple[str, ...]
    date: str | None
    first: str | None
    last: str | None
    assumed: bool
    hours: tuple[int, ...]
    night: bool
    published: str | None
    outlet: str | None
    country: str | None
    """The document's country, which need not be where the event happened."""
    copies: int = 0
    """Number of the document's group of near duplicates; 0: it has none."""

    @property
    def days(self) -> int | None:
        """Length of the interval it happened in, in days; None where an end is open."""
        if self.first is None or self.last is None:
            return None
        return (day(self.last) - day(self.first)).days + 1

    @property
    def vague(self) -> bool:
        """Whether the days say too little to look for other reports by them."""
        return self.days is None or self.days > limit("vague_days")


def day(value: str) -> dt.date:
    """An ISO 8601 day."""
    return _date(value[:10])


_date = lru_cache(4096)(dt.date.fromisoformat)


def document_key(record: Mapping[str, Any], about: About) -> str:
    """What tells a document from all others: made of its id, its text or spans, day and outlet."""
    return _hash([document_id(record), about.date, about.outlet, about.text, record.get("spans")])


def read_facts(record: Mapping[str, Any], about: About) -> Iterator[Facts]:
    """The facts of each event of a record (a dict of contract `rasid/1`).

    Raises:
        InputError: where a day is none, or an event is not as the contract has it.
    """
    try:
        yield from _read(record, about)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"got an event that cannot be read ({error}), expected those of a record of rasid/1", field="events") from error


def _read(record: Mapping[str, Any], about: About) -> Iterator[Facts]:
    doc_id = document_id(record)
    document = document_key(record, about)
    for event in record.get("events") or ():
        date = event.get("date") or {}
        text = date.get("text") if isinstance(date, dict) else None
        first, last, assumed = _days(date if isinstance(date, dict) else {}, about.date)
        parts = [part for word in fold(text or "").split() if (part := part_of_day(word)) is not None]
        yield Facts(
            key=_hash([document, event]),
            document=document,
            doc_id=doc_id,
            event_id=str(event.get("id") or ""),
            type=event["type"],
            status=event.get("status") or "asserted",
            aggregate=bool(event.get("aggregate")),
            sites=tuple(_site(place) for place in event.get("locations") or () if isinstance(place, dict)),
            figures=tuple(_figure(c) for c in event.get("casualties") or () if c.get("part_of") is None),
            perpetrators=_sides(event, "perpetrators"),
            targets=_sides(event, "targets"),
            sources=_texts(event, "sources"),
            triggers=_texts(event, "triggers"),
            date=text,
            first=first,
            last=last,
            assumed=assumed,
            hours=tuple(hour for hour, _ in parts),
            night=any(night for _, night in parts),
            published=about.date,
            outlet=about.outlet,
            country=about.country,
        )


def _hash(value: object) -> str:
    said = json.dumps(value, ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(said.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _days(date: Mapping[str, Any], published: str | None) -> tuple[str | None, str | None, bool]:
    first, last = (found.isoformat() if (found := parse_day(date.get(name))) is not None else None for name in ("from", "to"))
    if first is not None or last is not None or published is None:
        return first, last, False
    before = day(published).toordinal() - int(limit("assumed_days"))  # an empty date of .NET is the calendar's first day
    return dt.date.fromordinal(max(before, dt.date.min.toordinal())).isoformat(), published, True


def _site(place: Mapping[str, Any]) -> Site:
    text = str(place.get("text") or place.get("name") or "")
    values = {name: place.get(name) for name in ("lat", "lon", "country", "admin1", "kind", "precision")}
    mention = read_mention(text)
    # مشفى ميداني and المشفى الميداني are one: articles are left out of keys.
    words = [fold(word).removeprefix("ال") for word in mention.written.split()]
    common = next((found for size in (2, 1) if (found := site_class(" ".join(words[:size])))), None)
    if common is None and mention.names:
        words = [fold(word).removeprefix("ال") for word in mention.names[0].text.split()] or words
    elif common is not None:
        words[0] = words[0].removesuffix("ا")
    return Site(key=place_key(" ".join(words)), text=text, common=common, id=place.get("gazetteer_id"), **values)


def _figure(casualty: Mapping[str, Any]) -> Figure:
    return Figure(casualty["kind"], casualty.get("low"), casualty.get("high"), bool(casualty.get("approx")), casualty.get("civilian"))


def _sides(event: Mapping[str, Any], role: str) -> tuple[Side, ...]:
    actors = [actor for actor in event.get(role) or () if isinstance(actor, dict)]
    return tuple(Side(str(a.get("text") or ""), a.get("actor_id"), a.get("country"), a.get("kind") in _STATE) for a in actors)


def _texts(event: Mapping[str, Any], role: str) -> tuple[str, ...]:
    return tuple(str(mention.get("text") or "") for mention in event.get(role) or () if isinstance(mention, dict))
