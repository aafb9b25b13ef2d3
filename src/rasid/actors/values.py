"""What the actor resolver takes and gives: `ActorContext`, `ActorValue` and the list of kinds."""

from __future__ import annotations

from dataclasses import dataclass

from rasid.records import _Plain

KINDS: dict[str, str] = {
    "state": "a state, its government, a ministry or the head of state",
    "state force": "army, air force, navy, intelligence, border or security forces, militias inside a state's chain of command",
    "police": "police and gendarmerie",
    "non-state": "an armed group, a militia or an unnamed armed side",
    "coalition": "forces of several states under one command",
    "intergovernmental": "the UN, its agencies and missions, alliances and unions of states",
    "ngo": "relief and civil organisations, Red Cross and Red Crescent, civil defence",
    "monitor": "who counts and documents: observatories, rights organisations, doctors' committees",
    "media": "agencies, channels, papers, correspondents",
    "political": "parties, parliaments, political councils",
    "social": "tribes, sects, minorities",
    "civilian": "people outside the sides",
    "protester": "demonstrators",
    "militant": "unnamed armed people (gunmen, rebels, attackers)",
    "official": "an unnamed or unplaced leader, spokesman or office holder",
    "source": "unnamed sources and witnesses",
    "person": "a named person, or people of whom only the number is known (شخصا, آخرين)",
    "unidentified": "none of these can be told from the words",
}
PRECISIONS: dict[str, str] = {
    "exact": "the mention is the actor's name",
    "alias": "the mention is another name of it, a shortened one that the context decides, or a misspelling",
    "head": "the mention is a part, a speaker, a member or an organ of it (جنود الجيش السوري, قوات روسية)",
    "generic": "a class of people, or an organ that only the context (or nothing) places",
}


@dataclass(frozen=True, slots=True)
class ActorContext:
    """What else the document says.

    `actors` are the earlier actor mentions in the order of the text, `places` names of places or alpha-2 codes, `country` the code
    (alpha-2 or alpha-3) of the document's or the outlet's country.
    """

    actors: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    country: str | None = None


@dataclass(frozen=True, slots=True)
class ActorValue(_Plain):
    """An actor mention resolved.

    `actor_id` is None where no organised actor is named or the context does not decide. `country` is alpha-2. `label` is the hostile or
    partisan name as the text has it, None where the name is neutral. `victim_class` and `group` say who counted people are.
    """

    actor_id: str | None
    name: str | None
    name_en: str | None
    kind: str
    country: str | None
    aliases: tuple[str, ...]
    precision: str
    label: str | None
    victim_class: str | None
    group: str | None
    reason: str
