"""Compares the places of two events: the same, one within the other, near, or another."""

from __future__ import annotations

from collections.abc import Iterator

from rapidfuzz.fuzz import ratio

from rasid.incident.facts import Site
from rasid.incident.findings import Finding, found, ruled_out
from rasid.incident.tables import limit
from rasid.places.choice import distance_km

_QUARTERS = frozenset({"quarter", "site", "camp", "airport", "base", "port", "crossing", "dam"})
_SETTLEMENTS = frozenset({"city", "town", "village"})


def compare_sites(a: tuple[Site, ...], b: tuple[Site, ...]) -> Iterator[Finding]:
    """Findings about the places of two events, each with its narrowest first."""
    if not a or not b:
        yield found("place_unknown", "a report names no place")
        return
    left, right = _located(a), _located(b)
    names = _same_name(a, b)
    if left is not None and right is not None:
        finding = _located_pair(left, right, a, b)
        if names and finding.code in ("place_division", "place_country"):
            finding = found("place_name", f"{names[0].text} and {names[1].text}")
        yield finding
        if finding.code in ("place_division", "place_country") and _unlisted_town(a, b):
            yield found("place_other", f"{a[0].text} and {b[0].text}")
        parts = [next((s for s in _named(sites[:1]) if s.lat is None), None) for sites in (a, b)]
        if finding.code == "place_same" and parts[0] and parts[1] and not names:
            yield found("part_differs", f"{parts[0].text} and {parts[1].text}")
    elif names:
        yield found("place_name", f"{names[0].text} and {names[1].text}")
    else:
        yield found("place_unknown", "a place is in no gazetteer")
        if _named(a) and _named(b):
            yield found("place_other", f"{_named(a)[0].text} and {_named(b)[0].text}")
    yield from _common(a, b)


def same_places(a: tuple[Site, ...], b: tuple[Site, ...]) -> bool:
    """Whether the widest or narrowest place of one event is among those of the other: enough for tolls, whose figures tell the rest."""
    keys = [[site.id or site.key for site in sites] for sites in (a, b)]
    return any(key in other for mine, other in (keys, keys[::-1]) for key in (mine[:1] + mine[-1:]))


def _located(sites: tuple[Site, ...]) -> Site | None:
    """The narrowest place with coordinates; of those listed first, the most exact."""
    known = [site for site in sites if site.lat is not None and site.lon is not None]
    return min(known, key=lambda site: site.precision or 9, default=None) if known else None


def _located_pair(a: Site, b: Site, of_a: tuple[Site, ...], of_b: tuple[Site, ...]) -> Finding:
    fine = [(site.precision or 9) <= 2 for site in (a, b)]
    said = f"{a.text} and {b.text}"
    if a.country and b.country and a.country != b.country:
        return ruled_out("places", f"{said}: {a.country} and {b.country}")
    if a.id == b.id:
        return found("place_same" if fine[0] and fine[1] else "place_division" if (a.precision or 9) <= 4 else "place_country", said)
    if not all(fine):
        return _within(a, b, said)
    apart = distance_km(a.lat or 0, a.lon or 0, b.lat or 0, b.lon or 0)
    ids = [{site.id for site in sites if site.id} for sites in (of_a, of_b)]
    quarters = [a.kind in _QUARTERS, b.kind in _QUARTERS]
    if (a.id in ids[1] or b.id in ids[0]) and any(quarters):
        return found("place_contained", said)
    if quarters[0] != quarters[1] and apart <= limit("quarter_km"):
        # A quarter of the town, unless its own report puts it in another one.
        quarter, town, beside = (a, b, of_a) if quarters[0] else (b, a, of_b)
        other = next((s for s in beside if s.kind in _SETTLEMENTS and s.id != town.id), None)
        if other is None and town.kind in _SETTLEMENTS and quarter.admin1 == town.admin1:
            return found("place_contained", f"{said}, {apart:.0f} km apart")
    if 2 in (a.precision, b.precision) and apart <= limit("near_km"):
        return found("place_near", f"{said}, {apart:.0f} km apart")
    if apart <= limit("same_km") and quarters == [False, False]:
        return found("place_same", f"{said}, {apart:.0f} km apart")
    return ruled_out("places", f"{said}, {apart:.0f} km apart")


def _within(a: Site, b: Site, said: str) -> Finding:
    """One of the two is an area: a district, a province, a country."""
    wide = max(a.precision or 9, b.precision or 9)
    if wide >= 5:
        return found("place_country", said)
    if a.admin1 and b.admin1 and a.admin1 != b.admin1:
        return ruled_out("places", f"{said}: {a.admin1} and {b.admin1}")
    return found("place_division", said)


def _common(a: tuple[Site, ...], b: tuple[Site, ...]) -> Iterator[Finding]:
    """Markets, schools, roads: what every town has and no gazetteer holds."""
    left, right = ([site for site in sites if site.common and site.lat is None] for sites in (a, b))
    said = f"{left[0].text} and {right[0].text}" if left and right else ""
    if any(x.key.startswith(y.key) or y.key.startswith(x.key) or _alike(x.key, y.key) for x in left for y in right):
        yield found("site_same", said)
    elif said and {site.common for site in left}.isdisjoint({site.common for site in right}):
        yield found("site_differs", said)


def _named(sites: tuple[Site, ...]) -> list[Site]:
    """Places with a name of their own, areas left out."""
    return [site for site in sites if not site.common and (site.precision or 1) <= 2]


def _unlisted_town(a: tuple[Site, ...], b: tuple[Site, ...]) -> bool:
    """Whether both name a town, one of which is in no gazetteer: only the area about them is compared."""
    return bool(_named(a)) and bool(_named(b))


def _same_name(a: tuple[Site, ...], b: tuple[Site, ...]) -> tuple[Site, Site] | None:
    """The first two places that are called the same, or nearly so, one of them unknown to the gazetteer."""
    for x in _named(a):
        for y in _named(b):
            if (x.lat is None or y.lat is None) and (x.key == y.key or _alike(x.key, y.key)):
                return x, y
    return None


def _alike(a: str, b: str) -> bool:
    return min(len(a), len(b)) >= 5 and ratio(a, b) >= limit("name_ratio")
