"""The nearest ACLED event and sub-event type of an event, as finely as its words, figures and actors tell (ACLED Codebook, 2023)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rasid.fold import fold
from rasid.lexicon import rows
from rasid.records import Acled, Event

__all__ = ["ActorClass", "acled_type", "actor_class", "aimed_at"]

# Characters behind an event word that may say what kind of event it is: (تفجير) انتحاري، (انفجار) سيارة مفخخة.
_REACH = 30
_STOP = re.compile(r"[.،؛؟!:\n\r]")
_WORD_START = r"(?<!\w)(?:[وف]?[بلك]?(?:ال)?|ولل|لل)"


@dataclass(frozen=True, slots=True)
class ActorClass:
    """What a kind of actor is in ACLED and UCDP: its `side` (`state`, `armed`, `civilian` or None), ACLED's inter code and generic name."""

    side: str | None
    inter: int | None
    generic: str | None


def actor_class(kind: str | None) -> ActorClass:
    """The row of `lexicon/actor_classes.tsv` for a kind of actor; all None for a kind that is not known."""
    return _classes().get(kind or "", ActorClass(None, None, None))


def aimed_at(event: Event) -> frozenset[str]:
    """The sides (`state`, `armed`, `civilian`) among the targets; where these do not tell, of the victims (combatants are `armed`)."""
    sides = {side for target in event.targets if (side := actor_class(target.kind).side)}
    if not sides:
        sides = {"civilian" if entry.civilian else "armed" for entry in event.casualties if entry.civilian is not None}
    return frozenset(sides)


def acled_type(event: Event, text: str = "", *, fought: bool = False) -> Acled | None:
    """The nearest ACLED type, None where ACLED has none (displacement, tolls with no act named).

    Args:
        event: its actors, places and victims may be resolved or not; the more is known, the finer the type.
        text: the document's text: the words behind an event word are read too.
        fought: whether the document tells of a battle in the same place, so that a place taken was taken by fighting.
    """
    base = _base().get(event.type)
    worded = _by_words(event, text)
    if worded is not None:
        return worded
    if event.type == "territory":
        return _conquest(event) if fought or _hurt(event) else base
    if event.type == "protest":
        return _protest(event) or base
    if event.type == "attack" and aimed_at(event) and "civilian" not in aimed_at(event):
        return Acled("Battles", "Armed clash")  # ACLED's attacks are on the unarmed
    return base


def _by_words(event: Event, text: str) -> Acled | None:
    said = [_with_words_behind(trigger.text, trigger.end, text) for trigger in event.triggers]
    folded = fold(" | ".join([*said, *(actor.text for actor in event.perpetrators)]))
    return next((found for types, found, pattern in _triggers() if event.type in types and pattern.search(folded)), None)


def _with_words_behind(trigger: str, end: int, text: str) -> str:
    behind = text[end : end + _REACH]
    stop = _STOP.search(behind)
    return trigger + (behind[: stop.start()] if stop else behind)


def _hurt(event: Event) -> bool:
    return any(entry.kind in ("killed", "wounded", "killed_or_wounded", "captured") for entry in event.casualties)


def _conquest(event: Event) -> Acled:
    """Who took the place: its own state, or anybody else (the code book files a foreign state with the non-state actors)."""
    places = {place.country for place in event.locations if place.country}
    taker = next(((actor_class(a.kind).side, a.country) for a in event.perpetrators if actor_class(a.kind).side), (None, None))
    if taker[0] == "state" and taker[1] and len(places) == 1:
        return Acled("Battles", "Government regains territory" if taker[1] in places else "Non-state actor overtakes territory")
    if taker[0] == "armed":
        return Acled("Battles", "Non-state actor overtakes territory")
    return Acled("Battles", "Armed clash")


def _protest(event: Event) -> Acled | None:
    """Deaths: excessive force; deaths of the other side alone: a riot; armed sides, arrests or wounded: an intervention."""
    killed = [entry for entry in event.casualties if entry.kind == "killed"]
    if any(entry.civilian is not False for entry in killed):
        return Acled("Protests", "Excessive force against protesters")
    if killed:
        return Acled("Riots", "Violent demonstration")
    forces = any(actor_class(actor.kind).side in ("state", "armed") for actor in (*event.perpetrators, *event.targets))
    return Acled("Protests", "Protest with intervention") if forces or _hurt(event) else None


@lru_cache(maxsize=1)
def _base() -> dict[str, Acled]:
    return {row[0]: Acled(row[1], row[2]) for row in rows("lexicon/acled_types.tsv")}


@lru_cache(maxsize=1)
def _triggers() -> tuple[tuple[frozenset[str], Acled, re.Pattern[str]], ...]:
    return tuple(
        (
            frozenset(types.split("|")),
            Acled(event_type, sub_event_type),
            re.compile(_WORD_START + "(?:" + "|".join(re.escape(fold(word)) for word in words.split("|")) + ")"),
        )
        for types, event_type, sub_event_type, words in rows("lexicon/acled_triggers.tsv")
    )


@lru_cache(maxsize=1)
def _classes() -> dict[str, ActorClass]:
    def known(cell: str) -> str | None:
        return None if cell == "-" else cell

    return {
        kind: ActorClass(known(side), int(inter) if known(inter) else None, known(generic))
        for kind, side, inter, generic in rows("lexicon/actor_classes.tsv")
    }
