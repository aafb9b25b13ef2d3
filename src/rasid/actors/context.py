"""What the context says: the country of the report, and the longer name that a shortened one stands for."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

from rasid.actors.tables import tables
from rasid.actors.values import ActorContext, ActorValue
from rasid.actors.words import core, split_mention, variants

STATE_KINDS = ("state", "state force", "police")


def make_context(context: ActorContext | str | None) -> ActorContext:
    """A context from a plain string of other mentions separated by commas (each counts as an actor and as a place)."""
    if context is None:
        return ActorContext()
    if isinstance(context, str):
        mentions = tuple(part.strip() for part in context.replace("،", ",").split(",") if part.strip())
        return ActorContext(actors=mentions, places=mentions)
    return context


def country_code(text: str | None) -> str | None:
    """The alpha-2 code of an alpha-2 or alpha-3 code, else None."""
    if not text:
        return None
    data = tables()
    code = text.strip().upper()
    return code if code in data.countries else data.alpha3.get(code)


@lru_cache(maxsize=8192)
def country_of_place(place: str) -> str | None:
    """The country of a place: its code, the name of a state, or a city or region of countries.tsv that the mention holds."""
    code = country_code(place)
    if code is not None or not place.strip():
        return code
    data = tables()
    words = split_mention(place)
    for size in range(len(words), 0, -1):
        for at in range(len(words) - size + 1):
            rest = tuple(word.folded for word in words[at + 1 : at + size])
            for form in variants(words[at].folded):
                phrase = (form, *rest)
                alias = data.aliases.phrases.get(phrase)
                if alias is not None and alias.actor_id.upper() in data.countries:
                    return alias.actor_id.upper()
                if phrase in data.cities.phrases:
                    return data.cities.phrases[phrase]
    return None


def country_of_context(context: ActorContext, actors: tuple[ActorValue, ...]) -> tuple[str | None, str]:
    """The country that the context points to, and why: most of its places, else the document's country, else its state actors."""
    outlet = country_code(context.country)
    votes = Counter(code for code in map(country_of_place, context.places) if code)
    if votes:
        most = max(votes.values())
        first = [code for code, count in votes.items() if count == most]
        if len(first) == 1:
            return first[0], f"most places of the context are in {first[0]}"
        if outlet in first:
            return outlet, f"places of {', '.join(first)}; the document's country is {outlet}"
        return None, f"places of {', '.join(first)} in the context: undecided"
    if outlet:
        return outlet, f"the document's country is {outlet}"
    states = {actor.country for actor in actors if actor.country and actor.kind in STATE_KINDS}
    if len(states) == 1:
        code = states.pop()
        return code, f"the other actors are of {code}"
    return None, "the context names several countries" if states else "the context names no country"


def longer_name(short: str, actors: tuple[ActorValue, ...], mentions: tuple[str, ...]) -> tuple[ActorValue, str] | None:
    """The last earlier actor one of whose names starts with the noun `short` (المرصد -> المرصد السوري لحقوق الإنسان), and its mention."""
    for actor, mention in zip(reversed(actors), reversed(mentions), strict=True):
        if actor.actor_id is None:
            continue
        if any(short in _first_readings(name) for name in (mention, actor.name or "", *actor.aliases)):
            return actor, mention
    return None


@lru_cache(maxsize=16384)
def _first_readings(name: str) -> tuple[str, ...]:
    """The readings without article of a name's first word; none for a name of one word, which is not the longer one."""
    words = split_mention(name)
    return tuple(core(form) for form in variants(words[0].folded)) if len(words) > 1 else ()


__all__ = ["country_code", "country_of_context", "country_of_place", "longer_name", "make_context"]
