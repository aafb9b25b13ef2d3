"""Fills in what the mentions of events stand for: days, places with coordinates, actors, and who the victims are."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property, lru_cache

from rasid.acled import acled_type
from rasid.actors import ActorContext, ActorValue, resolve_actor
from rasid.checks import check_casualties
from rasid.dates import resolve_date
from rasid.document import Document
from rasid.places import PlaceContext, PlaceValue, resolve_place
from rasid.records import Actor, Casualty, Event, Place, Span, When

# Mentions round an actor that say which "army" or "ministry" is meant; more would cost time and blur the context of a long text.
CONTEXT_MENTIONS = 40
# Reports of one incident, and one report's agency copies, name the same places side by side.
_resolve_place = lru_cache(maxsize=4096)(resolve_place)


def resolve_events(document: Document, spans: Sequence[Span], events: Sequence[Event]) -> tuple[Event, ...]:
    """Resolve every mention of `events` with the document's other mentions (`spans`, in text order), its country and its date.

    What the text does not decide stays None. Nothing is looked up outside the package. With that, contradictions among an event's
    figures are flagged, and its ACLED type is made as fine as what is known of its sides and of the document's battles.
    """
    resolver = _Resolver(document, spans)
    resolved = [resolver.event(event) for event in events]
    fought = {key for event in resolved if event.type == "battle" and event.status == "asserted" for key in _places(event)}
    return tuple(replace(e, acled=acled_type(e, document.text, fought=not fought.isdisjoint(_places(e)))) for e in resolved)


def _places(event: Event) -> set[str]:
    """The narrowest place of an event, known by its gazetteer id where there is one: the wider ones are shared by much else."""
    return {event.locations[0].gazetteer_id or event.locations[0].text} if event.locations else set()


def _start(span: Span) -> int:
    return span.start


def _round(spans: Sequence[Span], start: int, end: int) -> tuple[str, ...]:
    """The mentions nearest to the one at [start, end), in text order and without it; `spans` are in text order."""
    if len(spans) <= CONTEXT_MENTIONS:  # as in most reports
        return tuple([s.text for s in spans if (s.start, s.end) != (start, end)])
    at = bisect_left(spans, start, key=_start)
    # The nearest on both sides lie within this many places: a long text is not sorted anew for every mention.
    close = [s for s in spans[max(0, at - CONTEXT_MENTIONS) : at + CONTEXT_MENTIONS + 1] if (s.start, s.end) != (start, end)]
    nearest = sorted(close, key=lambda span: abs(span.start - start))[:CONTEXT_MENTIONS]
    return tuple(span.text for span in sorted(nearest, key=_start))


class _Resolver:
    """Resolves the mentions of one document, each once."""

    def __init__(self, document: Document, spans: Sequence[Span]):
        self.document = document
        self.locations = [span for span in spans if span.label == "LOCATION"]
        self.actors = [span for span in spans if span.label == "ACTOR"]
        self.at: dict[tuple[int, int], PlaceValue | None] = {}
        self.who: dict[tuple[int, int], ActorValue | None] = {}

    def event(self, event: Event) -> Event:
        casualties = tuple(self.casualty(entry) for entry in event.casualties)
        return replace(
            event,
            perpetrators=tuple(self.actor(actor) for actor in event.perpetrators),
            targets=tuple(self.actor(actor) for actor in event.targets),
            sources=tuple(self.actor(actor) for actor in event.sources),
            locations=tuple(self.place(place) for place in event.locations),
            date=self.when(event.date) if event.date else None,
            casualties=casualties,
            flags=check_casualties(casualties),
        )

    def place(self, place: Place) -> Place:
        value = self._place_value(place.text, place.start, place.end)
        if value is None:
            return place
        return Place(
            place.text,
            place.start,
            place.end,
            name=value.name,
            name_en=value.name_en,
            lat=value.lat,
            lon=value.lon,
            country=value.country,
            admin1=value.admin1,
            kind=value.kind,
            precision=value.precision,
            gazetteer_id=value.gazetteer_id,
            reason=value.reason,
        )

    def actor(self, actor: Actor) -> Actor:
        value = self._actor_value(actor.text, actor.start, actor.end)
        if value is None:
            return actor
        return Actor(
            actor.text,
            actor.start,
            actor.end,
            name=value.name,
            name_en=value.name_en,
            actor_id=value.actor_id,
            kind=value.kind,
            country=value.country,
            label=value.label,
            reason=value.reason,
        )

    def when(self, when: When) -> When:
        value = resolve_date(self.document.text, when.start, when.end, self.document.date)
        if value is None:
            return when
        return replace(when, from_=value.from_, to=value.to, precision=value.precision, reason=value.reason)

    def casualty(self, entry: Casualty) -> Casualty:
        values = [value for v in entry.victims if (value := self._actor_value(v.text, v.start, v.end)) is not None]
        classes = {value.victim_class for value in values} - {None}
        groups = {value.group for value in values} - {None}
        civilian = classes == {"civilian"} if len(classes) == 1 else None
        return replace(entry, civilian=civilian, group=groups.pop() if len(groups) == 1 else None)

    def _place_value(self, text: str, start: int, end: int) -> PlaceValue | None:
        if (start, end) not in self.at:
            before = bisect_left(self.locations, start, key=_start)
            context = PlaceContext(
                places=_round(self.locations, start, end),
                country=self.document.country,
                previous=self.locations[before - 1].text if before else None,
            )
            self.at[start, end] = _resolve_place(text, context)
        return self.at[start, end]

    def _actor_value(self, text: str, start: int, end: int) -> ActorValue | None:
        if (start, end) not in self.who:
            context = ActorContext(
                actors=_round(self.actors, start, end),
                places=self._places_said,
                country=self.document.country,
            )
            self.who[start, end] = resolve_actor(text, context)
        return self.who[start, end]

    @cached_property
    def _places_said(self) -> tuple[str, ...]:
        """Countries of the document's places, by how often they are meant."""
        values = [self._place_value(span.text, span.start, span.end) for span in self.locations[:CONTEXT_MENTIONS]]
        return tuple(value.country for value in values if value is not None and value.country)
