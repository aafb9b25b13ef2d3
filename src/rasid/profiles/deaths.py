"""The deaths of an event as data sets want them: best, low and high, and whose the dead are, without adding what may overlap."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from rasid.acled import actor_class
from rasid.actors import ActorContext, resolve_actor
from rasid.records import Actor, Casualty, Event
from rasid.writers import count_in_words

__all__ = ["BUCKETS", "Deaths", "count_deaths"]

BUCKETS = ("perpetrators", "targets", "civilians", "unknown")
"""Whose the dead are: fighters of either side, civilians of any, and those of whom the text does not tell."""

# More figures than these are no count of one incident: none of them are added up.
_MOST_ADDED = 12
# Groups that no child is in. Of other pairs of groups one person can be in both.
_ADULT = frozenset({"women", "elderly", "journalists", "medics", "aid workers"})


@dataclass(frozen=True, slots=True)
class Deaths:
    """The killed of an event.

    `best` is the lower bound of the first figure among the most precise ones; `low` and `high` are the extremes of all (None: the text
    gives no such bound). `by_bucket` splits `best` over `BUCKETS`; it is empty where there is no `best`. `notes` say what a reader of
    the numbers must know. `reported` tells whether the text speaks of deaths at all, counted or not.
    """

    best: int | None
    low: int | None
    high: int | None
    by_bucket: dict[str, int]
    notes: tuple[str, ...]
    reported: bool


@dataclass(frozen=True, slots=True)
class _Party:
    """What is known of the people of a figure; None is not known."""

    role: str | None
    actor_id: str | None
    civilian: bool | None
    group: str | None

    def apart(self, other: _Party) -> bool:
        """Whether nobody can be counted in both."""
        named = [(self.role, other.role), (self.actor_id, other.actor_id), (self.civilian, other.civilian)]
        if any(a is not None and b is not None and a != b for a, b in named):
            return True
        groups = {self.group, other.group}
        return "children" in groups and bool(groups & _ADULT)

    def closer(self, other: _Party) -> bool:
        """Whether these may be some of `other`: nothing contradicts that, and more is said of who they are."""
        pairs = [(getattr(self, name), getattr(other, name)) for name in ("role", "actor_id", "civilian", "group")]
        return all(a is None or b is None or a == b for a, b in pairs) and any(a is not None and b is None for a, b in pairs)


def count_deaths(event: Event) -> Deaths:
    """Read the deaths of an event off its figures.

    Only `killed` counts: of those `killed_or_wounded` nobody can tell how many died. A part is not added to its whole, nor to a larger
    figure that may hold it. Figures are added only where nobody can be counted in both (fighters and civilians, the dead of two sides,
    women and children); all others are taken for tolls of the same dead that differ.
    """
    entries = event.casualties
    killed = [n for n, entry in enumerate(entries) if entry.kind == "killed"]
    parties = {n: _party(event, entries[n]) for n in killed}
    wholes = [n for n in killed if _killed_whole(entries, n) is None]
    wholes = [n for n in wholes if not any(_may_hold(entries, parties, m, n) for m in wholes if m != n)]
    readings = _readings(wholes, parties)
    notes = [
        f"{count_in_words(entry.low, entry.high, approx=entry.approx)} killed or wounded, not told apart: not counted as deaths"
        for entry in entries
        if entry.kind == "killed_or_wounded"
    ]
    reported = bool(killed or notes)
    if not readings:
        return Deaths(None, None, None, {}, tuple(notes), reported)
    if len(readings) > 1:
        said = "; ".join(" + ".join(count_in_words(entries[n].low, entries[n].high, approx=entries[n].approx) for n in r) for r in readings)
        notes.append(f"figures of deaths differ: {said}")
    chosen = min(readings, key=lambda reading: (_vagueness(entries, reading), reading))
    best = _best(entries, chosen)
    if best is not None and any(entries[n].approx or entries[n].low != entries[n].high for n in chosen):
        notes.append("deaths: " + " + ".join(count_in_words(entries[n].low, entries[n].high, approx=entries[n].approx) for n in chosen))
    shares: Counter[str] = Counter()
    if best is not None:
        for n in chosen:
            shares += _shares(event, parties, n)
    low, high = _extremes(entries, readings)
    return Deaths(best, low, high, {bucket: shares[bucket] for bucket in BUCKETS} if best is not None else {}, tuple(notes), reported)


def _killed_whole(entries: Sequence[Casualty], n: int) -> int | None:
    """The nearest figure of killed that entry `n` is a part of. The first of a circle of parts has none: one of them must count."""
    if entries[n].part_of in (None, n):
        return None
    above = [k for k in _walk(entries, n)[1:] if entries[k].kind == "killed"]
    if not above or (n in _walk(entries, above[0]) and n < min(above)):
        return None
    return above[0]


def _walk(entries: Sequence[Casualty], n: int) -> list[int]:
    """Entry `n`, the entry that it is a part of, and so on, until an entry that is no part or was passed already."""
    path = [n]
    while (whole := entries[path[-1]].part_of) is not None and 0 <= whole < len(entries) and whole not in path:
        path.append(whole)
    return path


def _may_hold(entries: Sequence[Casualty], parties: dict[int, _Party], whole: int, n: int) -> bool:
    """Whether figure `n` may be a part of `whole` that the text does not mark as one: said more closely, and no larger."""
    part, most = entries[n].low, entries[whole].low
    if part is None or most is None or not parties[n].closer(parties[whole]):
        return False
    # Of two equal figures that may each hold the other one has to stay: the first.
    return part < most or (part == most and (whole < n or not parties[whole].closer(parties[n])))


def _readings(wholes: Sequence[int], parties: dict[int, _Party]) -> list[tuple[int, ...]]:
    """The largest sets of figures that may be added; several sets are tolls that differ."""
    if len(wholes) > _MOST_ADDED:
        return [(n,) for n in wholes]
    apart = {n: {m for m in wholes if m != n and parties[n].apart(parties[m])} for n in wholes}
    found: list[tuple[int, ...]] = []
    for size in range(len(wholes), 0, -1):
        for some in combinations(wholes, size):
            if all(b in apart[a] for a, b in combinations(some, 2)) and not any(set(some) <= set(larger) for larger in found):
                found.append(some)
    return sorted(found)


def _vagueness(entries: Sequence[Casualty], reading: Sequence[int]) -> tuple[int, int]:
    """How vague a reading is: about, an open end, a range, exact; then the width of its ranges."""
    figures = [entries[n] for n in reading]
    width = sum((f.high - f.low) for f in figures if f.low is not None and f.high is not None)
    if any(f.low is None for f in figures):
        return 4, width
    if any(f.approx for f in figures):
        return 3, width
    return (2 if any(f.high is None for f in figures) else 1 if width else 0), width


def _best(entries: Sequence[Casualty], reading: Sequence[int]) -> int | None:
    lows = [entries[n].low for n in reading]
    known = [low for low in lows if low is not None]
    return sum(known) if known and len(known) == len(lows) else None


def _extremes(entries: Sequence[Casualty], readings: Sequence[Sequence[int]]) -> tuple[int | None, int | None]:
    """The lowest lower and the highest upper bound. A bound left open gives way to another toll's, unless it starts above that."""
    lows, highs, open_from = [], [], 0
    for reading in readings:
        known = [low for n in reading if (low := entries[n].low) is not None]
        if known:
            lows.append(sum(known))
        tops = [top for n in reading if (top := entries[n].high) is not None]
        if len(tops) == len(reading):
            highs.append(sum(tops))
        else:
            open_from = max(open_from, sum(known))
    high = max(highs, default=None)
    return min(lows, default=None), high if high is not None and high >= open_from else None


def _shares(event: Event, parties: dict[int, _Party], whole: int) -> Counter[str]:
    """Whose the dead of one figure are: its parts where they are told apart, the rest as the figure itself says."""
    entries = event.casualties
    count, own = entries[whole].low or 0, _bucket(event, entries[whole], parties[whole])
    shares: Counter[str] = Counter()
    if own != "civilians":
        below = [n for n in parties if n != whole and whole in _walk(entries, n)]
        for bucket in BUCKETS[:3]:
            same = [n for n in below if bucket != own and _bucket(event, entries[n], parties[n]) == bucket]
            top = [n for n in same if not any(m in _walk(entries, n) for m in same if m != n)]
            readings = _readings(top, parties)
            if readings:
                shares[bucket] = _best(entries, min(readings, key=lambda reading: (_vagueness(entries, reading), reading))) or 0
    if sum(shares.values()) > count:
        shares.clear()  # a contradiction, flagged elsewhere
    shares[own] += count - sum(shares.values())
    return shares


def _bucket(event: Event, entry: Casualty, party: _Party) -> str:
    if entry.civilian:
        return "civilians"
    if party.role is None:
        return "unknown"
    actors = event.perpetrators if party.role == "perpetrators" else event.targets
    sides = {actor_class(actor.kind).side for actor in actors if _names(actor, entry) or actor.actor_id == party.actor_id is not None}
    if sides == {"civilian"}:
        return "civilians"
    return party.role if entry.civilian is False or sides & {"state", "armed"} else "unknown"


def _party(event: Event, entry: Casualty) -> _Party:
    """The side and the actor of a figure's victims: those of the actor that they are, else of the one that their words resolve to."""
    matched = [(role, a) for role, actors in _sides(event) for a in actors if _names(a, entry)]
    if not matched and entry.victims:
        context = ActorContext(
            actors=tuple(actor.text for _, actors in _sides(event) for actor in actors),
            country=next((place.country for place in event.locations if place.country), None),
        )
        ids = {value.actor_id for v in entry.victims if (value := resolve_actor(v.text, context)) is not None and value.actor_id}
        matched = [(role, actor) for role, actors in _sides(event) for actor in actors if actor.actor_id in ids]
    roles = {role for role, _ in matched}
    actors = {actor.actor_id for _, actor in matched}
    return _Party(roles.pop() if len(roles) == 1 else None, actors.pop() if len(actors) == 1 else None, entry.civilian, entry.group)


def _sides(event: Event) -> tuple[tuple[str, tuple[Actor, ...]], ...]:
    return ("perpetrators", event.perpetrators), ("targets", event.targets)


def _names(actor: Actor, entry: Casualty) -> bool:
    """Whether an actor is among the victims: their characters overlap."""
    return any(actor.start < victim.end and victim.start < actor.end for victim in entry.victims)
