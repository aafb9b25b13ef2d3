"""An event as a row of UCDP GED (UCDP GED Codebook, version 23.1); `data/profiles/ucdp.tsv` documents every column."""

from __future__ import annotations

from collections.abc import Sequence

from rasid.acled import actor_class, aimed_at
from rasid.document import Document
from rasid.profiles.codes import best_place, country_codes, one_year, priogrid, ucdp_date_precision, ucdp_region
from rasid.profiles.deaths import Deaths
from rasid.records import Actor, Event

__all__ = ["ucdp_row"]

Row = dict[str, str | int | float | None]

_STATE_BASED, _NON_STATE, _ONE_SIDED = 1, 2, 3
# Types that are the use of armed force; of the others none is a kind of organised violence.
_ARMED_FORCE = frozenset(
    {"airstrike", "shelling", "bombing", "battle", "attack", "abduction", "arrest", "territory", "destruction", "casualties"}
)
_ORGANISED = ("state", "armed")


def ucdp_row(event: Event, document: Document, deaths: Deaths) -> Row:
    """The cells of GED's columns, without those that stay empty always; None is an empty cell."""
    place = best_place(event)
    country = country_codes(place.country if place else None)
    point = (place.lat, place.lon) if place and place.lat is not None and place.lon is not None else None
    return {
        "year": one_year(event.date),
        **_sides(event, deaths),
        "number_of_sources": 1,
        "source_article": ",".join(part for part in (document.outlet, document.date.isoformat() if document.date else None) if part),
        "source_office": document.outlet,
        "source_date": document.date.isoformat() if document.date else None,
        "source_original": ";".join(dict.fromkeys(_name(actor) for actor in event.sources)),
        "where_prec": place.precision if place and point else None,
        "where_coordinates": (place.name_en or place.name) if place and point else None,
        "where_description": "; ".join(dict.fromkeys(p.text for p in event.locations)),
        "adm_1": place.admin1 if place else None,
        "latitude": point[0] if point else None,
        "longitude": point[1] if point else None,
        "geom_wkt": f"POINT ({point[1]} {point[0]})" if point else None,
        "priogrid_gid": priogrid(*point) if point else None,
        "country": country.ucdp_name,
        "country_id": country.ucdp_id,
        "region": ucdp_region(country.ucdp_id),
        "event_clarity": 2 if event.status == "alleged" or event.aggregate else 1,
        "date_prec": ucdp_date_precision(event.date),
        "date_start": event.date.from_ if event.date else None,
        "date_end": event.date.to if event.date else None,
        "best": deaths.best,
        "high": deaths.high,
        "low": deaths.low,
    }


def _sides(event: Event, deaths: Deaths) -> Row:
    """Both sides, the type of violence, and the deaths of each. The government is side A of a state-based conflict, whoever attacked."""
    ours, theirs = _main(event.perpetrators), _main(event.targets)
    violence = _type_of_violence(event, ours, theirs)
    sides = [(_ucdp_name(actor), _state_number(actor)) if actor else (None, None) for actor in (ours, theirs)]
    if violence == _ONE_SIDED or (violence is None and _side(theirs) == "civilian"):
        sides[1] = ("Civilians", None)
    roles = ["perpetrators", "targets"]
    if violence == _STATE_BASED and _side(ours) != "state":
        sides.reverse()
        roles.reverse()
    (name_a, number_a), (name_b, number_b) = sides
    return {
        "type_of_violence": violence,
        "dyad_name": f"{name_a} - {name_b}" if violence and name_a and name_b else None,
        "side_a": name_a,
        "side_b": name_b,
        "deaths_a": deaths.by_bucket.get(roles[0]),
        "deaths_b": deaths.by_bucket.get(roles[1]),
        "deaths_civilians": deaths.by_bucket.get("civilians"),
        "deaths_unknown": deaths.by_bucket.get("unknown"),
        "gwnoa": number_a,
        "gwnob": number_b,
    }


def _type_of_violence(event: Event, ours: Actor | None, theirs: Actor | None) -> int | None:
    if event.type not in _ARMED_FORCE or _side(ours) not in _ORGANISED:
        return None
    if _side(theirs) in _ORGANISED:
        return _STATE_BASED if "state" in (_side(ours), _side(theirs)) else _NON_STATE
    return _ONE_SIDED if aimed_at(event) == {"civilian"} else None


def _main(actors: Sequence[Actor]) -> Actor | None:
    """The actor that stands for a side: the first organised one, else the first; a known one before the unnamed of the same kind of side.

    Of warplanes of the Syrian government, two mentions, it is the government.
    """
    first = next((actor for actor in actors if _side(actor) in _ORGANISED), actors[0] if actors else None)
    if first is None or first.actor_id is not None:
        return first
    return next((actor for actor in actors if actor.actor_id is not None and _side(actor) == _side(first)), first)


def _side(actor: Actor | None) -> str | None:
    return actor_class(actor.kind).side if actor else None


def _ucdp_name(actor: Actor) -> str:
    """`Government of …` for a state and its forces, as UCDP has it."""
    state = country_codes(actor.country).ucdp_name if _is_government(actor) else None
    return f"Government of {state}" if state else _name(actor)


def _state_number(actor: Actor) -> int | None:
    return country_codes(actor.country).ucdp_id if _is_government(actor) else None


def _is_government(actor: Actor) -> bool:
    return actor.country is not None and actor.kind in ("state", "state force", "police")


def _name(actor: Actor) -> str:
    return actor.name_en or actor.name or actor.text
