"""An event as a row of ACLED's data (ACLED Codebook, 2023); `data/profiles/acled.tsv` documents every column."""

from __future__ import annotations

from functools import lru_cache

from rasid.acled import actor_class, aimed_at
from rasid.document import Document
from rasid.lexicon import rows
from rasid.places import acled_precision
from rasid.profiles.codes import acled_day, best_place, country_codes, one_year
from rasid.profiles.deaths import Deaths
from rasid.records import Acled, Actor, Event

__all__ = ["acled_row"]

Row = dict[str, str | int | float | None]


def acled_row(event: Event, document: Document, deaths: Deaths) -> Row:
    """The cells of ACLED's columns, without those that stay empty always; None is an empty cell."""
    place = best_place(event)
    country = country_codes(place.country if place else None)
    day = acled_day(event.date)
    return {
        "event_date": day[0] if day else None,
        "year": one_year(event.date),
        "time_precision": day[1] if day else None,
        "disorder_type": _disorder(event.acled) if event.acled else None,
        "event_type": event.acled.event_type if event.acled else None,
        "sub_event_type": event.acled.sub_event_type if event.acled else None,
        **_actors(event, place.country if place else None, country.acled_name),
        "civilian_targeting": "Civilian targeting" if _targets_civilians(event) else None,
        "iso": country.iso,
        "region": country.acled_region,
        "country": country.acled_name,
        "admin1": place.admin1 if place else None,
        "location": (place.name_en or place.name or place.text) if place else None,
        "latitude": place.lat if place else None,
        "longitude": place.lon if place else None,
        "geo_precision": acled_precision(place.precision) if place and place.precision and place.lat is not None else None,
        "source": "; ".join(dict.fromkeys([*([document.outlet] if document.outlet else []), *(_name(a) for a in event.sources)])),
        "notes": " ".join(document.text[e.start : e.end].strip() for e in event.evidence),
        # Where figures differ, ACLED takes the most conservative one; where none is reported, it is 0.
        "fatalities": deaths.low if deaths.reported else 0,
        "tags": "; ".join(tag for tag, holds in (("alleged", event.status == "alleged"), ("aggregate", event.aggregate)) if holds),
    }


def _actors(event: Event, country: str | None, country_name: str | None) -> Row:
    first, second = event.perpetrators, event.targets
    if event.type == "agreement" and not second:
        first, second = first[:1], first[1:]  # all parties of an agreement are perpetrators
    names = [list(dict.fromkeys(_acled_name(a, country_name) for a in actors)) for actors in (first, second)]
    inters = [_inter(actors[0], country) if actors else None for actors in (first, second)]
    if not second and event.type != "protest" and aimed_at(event) == {"civilian"}:
        names[1], inters[1] = [_of_country("Civilians", country_name)], actor_class("civilian").inter
    if not second and event.type == "protest" and first:
        inters[1] = 0  # the code book's mark for no second actor
    one, two = inters
    return {
        "actor1": names[0][0] if names[0] else None,
        "assoc_actor_1": "; ".join(names[0][1:]),
        "inter1": one,
        "actor2": names[1][0] if names[1] else None,
        "assoc_actor_2": "; ".join(names[1][1:]),
        "inter2": two,
        "interaction": None if one is None or two is None else one * 10 if two == 0 else min(one, two) * 10 + max(one, two),
    }


def _acled_name(actor: Actor, country_name: str | None) -> str:
    generic = actor_class(actor.kind).generic
    return _of_country(generic, country_name) if generic and actor.actor_id is None else _name(actor)


def _of_country(generic: str, country_name: str | None) -> str:
    return f"{generic} ({country_name})" if country_name else generic


def _name(actor: Actor) -> str:
    return actor.name_en or actor.name or actor.text


def _inter(actor: Actor, country: str | None) -> int | None:
    """The inter code: a state's forces are 8 outside their country; of a named group only what is settled."""
    settled = _settled().get(actor.actor_id or "")
    if settled is not None:
        return settled
    code = actor_class(actor.kind).inter
    if code == 1 and (country is None or actor.country is None):
        return None
    return 8 if code == 1 and actor.country != country else code


def _targets_civilians(event: Event) -> bool:
    if event.acled is None:
        return False
    if event.acled.event_type == "Violence against civilians" or event.acled.sub_event_type == "Excessive force against protesters":
        return True
    return event.acled.event_type in ("Explosions/Remote violence", "Riots") and aimed_at(event) == {"civilian"}


def _disorder(acled: Acled) -> str | None:
    table = _disorders()
    return table.get((acled.event_type, acled.sub_event_type)) or table.get((acled.event_type, "*"))


@lru_cache(maxsize=1)
def _disorders() -> dict[tuple[str, str], str]:
    return {(row[0], row[1]): row[2] for row in rows("profiles/acled_disorder.tsv")}


@lru_cache(maxsize=1)
def _settled() -> dict[str, int]:
    return {row[0]: int(row[1]) for row in rows("lexicon/acled_inter.tsv")}
