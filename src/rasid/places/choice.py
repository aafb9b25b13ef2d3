"""Choose one of the places that a name may mean, by the document's other places, the report's country, and importance."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rasid.places.gazetteer import Entry, kinds

DOMINANT_WEIGHT = 1_000_000
"""A town of at least so many people, or a country, wins over homonyms in the report's own country that are 50 times smaller (القاهرة)."""
DOMINANT_FACTOR = 50
IMPORTANCE_FACTOR = 10
"""Among homonyms that nothing else tells apart, one at least ten times as important as the next wins alone."""
SAME_PLACE_KM = 25.0
"""Homonyms this close are taken for one place (a town and the district, camp or base called after it)."""
NEAR_KM = 100.0
"""A homonym within this distance of the document's other places, and three times nearer than the next, is chosen."""
MIN_TOWN_WEIGHT = 5_000
"""A bare name of a governorate and of a village smaller than this means the governorate (ميسان); else the town (حلب)."""
FOREIGN_MIN_WEIGHT = 50_000
FOREIGN_MIN_TOWN_WEIGHT = 500_000
"""A region, or a town, outside every country of the context needs this weight: a lesser place of that name elsewhere is no evidence.

The build gives every capital, and small towns that the news of other countries names (لوكربي, Lockerbie), the weight that a town needs.
"""

KNOWN_SITE_WEIGHT = 5_000
"""A site that is weighed less (القصر الجمهوري, مستشفى الثورة) is meant in reports of its own country only."""

# Sites that are in the table because news of other countries names them too (غوانتانامو).
_KNOWN_SITES = frozenset({"site", "base", "camp", "airport", "crossing", "port", "island", "dam"})


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a context says: countries and divisions named (with how often), points, names said to be divisions, and the report's country."""

    countries: tuple[tuple[str, int], ...] = ()
    divisions: frozenset[tuple[str, str]] = frozenset()
    points: tuple[tuple[float, float], ...] = ()
    division_keys: frozenset[str] = frozenset()
    country: str | None = None

    def knows(self, country: str | None) -> bool:
        """Whether the context names the country or a place in it, or is of it."""
        return country is not None and (country == self.country or any(code == country for code, _ in self.countries))

    @property
    def empty(self) -> bool:
        """Whether the context says nothing of countries."""
        return not self.countries and self.country is None


def choose(pool: tuple[Entry, ...], evidence: Evidence, *, division: bool | None = None) -> tuple[Entry | None, str]:
    """The place that is meant and why, or None and why not.

    `division`: True where the words ask for a governorate, False for a town, None for a bare name (a town, unless the context says
    otherwise).
    """
    if len(pool) == 1:
        return _accept(pool[0], evidence, "the only place of this name")
    top = max(pool, key=lambda entry: entry.weight)
    rivals = [entry.weight for entry in pool if entry is not top and entry.country != top.country]
    big = top.weight >= DOMINANT_WEIGHT and _group(top) in ("settlement", "country", "division", "area")
    if rivals and big and top.weight >= DOMINANT_FACTOR * max(rivals):
        pool, why = _same_country(pool, top), [f"far more important than its homonyms ({_codes(pool)})"]
    else:
        pool, why = _by_country(pool, evidence)
    if len({entry.country for entry in pool}) > 1:
        ranked = sorted(pool, key=lambda entry: -entry.weight)
        other = next(entry for entry in ranked if entry.country != ranked[0].country)
        if ranked[0].weight < IMPORTANCE_FACTOR * other.weight:
            return None, f"homonyms in {_codes(pool)}; the context does not tell them apart"
        pool = _same_country(pool, ranked[0])
        why.append(f"at least {IMPORTANCE_FACTOR} times as important as its homonyms abroad")
    pool = _by_level(pool, division, why)
    return _within_country(pool, evidence, why)


def _by_country(pool: tuple[Entry, ...], evidence: Evidence) -> tuple[tuple[Entry, ...], list[str]]:
    """Keep the candidates in the countries that the other places name, then those in the report's country."""
    why: list[str] = []
    if len({entry.country for entry in pool}) == 1:
        return pool, why
    votes = dict(evidence.countries)
    if kept := _keep(pool, lambda entry: entry.country in votes):
        if len(kept) < len(pool):
            why.append(f"the other places are in {_codes(kept)}")
        pool = kept
    if kept := _keep(pool, lambda entry: entry.country == evidence.country):
        if len(kept) < len(pool):
            why.append(f"the report is of {evidence.country}")
        pool = kept
    most = max((votes.get(entry.country or "", 0) for entry in pool), default=0)
    if most and len(kept := _keep(pool, lambda entry: votes.get(entry.country or "", 0) == most)) < len(pool):
        pool, why = kept, [*why, f"most other places are in {_codes(kept)}"]
    return pool, why


def _by_level(pool: tuple[Entry, ...], division: bool | None, why: list[str]) -> tuple[Entry, ...]:
    """Of a country, a governorate and a town of one name keep what is meant."""
    groups = {_group(entry) for entry in pool}
    if "country" in groups and division is None:
        return _keep(pool, lambda entry: _group(entry) == "country")
    if "division" not in groups or len(groups) == 1:
        return pool
    towns = _keep(pool, lambda entry: _group(entry) == "settlement" and entry.weight >= MIN_TOWN_WEIGHT)
    if division or (division is None and not towns):
        why.append("the governorate: " + ("the words or the context say so" if division else "no town of this name"))
        return _keep(pool, lambda entry: _group(entry) == "division")
    if towns:
        said = "the words say so" if division is False else "the name stands alone"
        why.append(f"the city, not the governorate: {said}")
        return _keep(pool, lambda entry: _group(entry) != "division")
    return pool


def _within_country(pool: tuple[Entry, ...], evidence: Evidence, why: list[str]) -> tuple[Entry | None, str]:
    ranked = sorted(pool, key=lambda entry: -entry.weight)
    named = _keep(tuple(ranked), lambda entry: (entry.country or "", entry.admin1 or "") in evidence.divisions)
    if named and len(named) < len(ranked) and not _one_place(ranked):
        why.append(f"in {named[0].admin1}, which the context names")
        ranked = list(named)
    if len(ranked) > 1 and not _one_place(ranked):
        near = sorted(ranked, key=lambda entry: _distance(entry, evidence))
        first, second = _distance(near[0], evidence), _distance(near[1], evidence)
        if ranked[0].weight >= IMPORTANCE_FACTOR * ranked[1].weight:
            why.append(f"at least {IMPORTANCE_FACTOR} times as important as its homonyms in {ranked[0].country}")
        elif first <= NEAR_KM and first * 3 <= second:
            ranked = near
            why.append("the nearest to the other places")
        else:
            return None, f"{len(ranked)} homonyms in {ranked[0].country}; the context does not tell them apart"
    return _accept(ranked[0], evidence, "; ".join(why) or "the most important of this name here")


def _accept(entry: Entry, evidence: Evidence, why: str) -> tuple[Entry | None, str]:
    least = FOREIGN_MIN_TOWN_WEIGHT if _group(entry) == "settlement" else FOREIGN_MIN_WEIGHT
    known = entry.gazetteer_id.startswith("rasid:") and entry.kind in _KNOWN_SITES and entry.weight >= KNOWN_SITE_WEIGHT
    lesser = entry.weight < least and not known
    if lesser and entry.country and not evidence.empty and not evidence.knows(entry.country):
        return None, f"only a lesser place in {entry.country} has this name, and the context is of other countries"
    return entry, why


def _keep(pool: tuple[Entry, ...], test: Callable[[Entry], bool]) -> tuple[Entry, ...]:
    return tuple(entry for entry in pool if test(entry))


def _same_country(pool: tuple[Entry, ...], chosen: Entry) -> tuple[Entry, ...]:
    return _keep(pool, lambda entry: entry.country == chosen.country)


def _group(entry: Entry) -> str:
    return kinds()[entry.kind].group


def _one_place(entries: list[Entry]) -> bool:
    return all(distance_km(entries[0].lat, entries[0].lon, entry.lat, entry.lon) <= SAME_PLACE_KM for entry in entries[1:])


def _distance(entry: Entry, evidence: Evidence) -> float:
    """Kilometres to the nearest point of the context; infinite without any."""
    return min((distance_km(entry.lat, entry.lon, lat, lon) for lat, lon in evidence.points), default=math.inf)


def distance_km(lat1: float, lon1: float, lat2: float, lon2: float) -> float:
    """Kilometres between two points given in degrees, on a locally flat earth (1 % at 500 km)."""
    return 111.2 * math.hypot(lat1 - lat2, (lon1 - lon2) * math.cos(math.radians((lat1 + lat2) / 2)))


def count(codes: Iterable[str | None]) -> tuple[tuple[str, int], ...]:
    """How often each country occurs, the most frequent first."""
    return tuple(Counter(code for code in codes if code).most_common())


def _codes(pool: Iterable[Entry]) -> str:
    return ", ".join(sorted({entry.country or "no country" for entry in pool}))
