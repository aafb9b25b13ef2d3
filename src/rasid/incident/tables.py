"""Reads the tables of `data/incidents`: compatible types, points of findings, limits, parts of the day."""

from __future__ import annotations

from functools import cache

from rasid.fold import fold
from rasid.lexicon import rows


@cache
def points(code: str) -> float:
    """Points of a finding (`weights.tsv`); raises KeyError for a code that is not there."""
    return _numbers("weights")[code]


@cache
def limit(name: str) -> float:
    """A limit (`limits.tsv`); raises KeyError for a name that is not there."""
    return _numbers("limits")[name]


@cache
def type_points(a: str, b: str) -> float | None:
    """What two types are worth as reports of one incident, None where they cannot be of one."""
    return points("type_same") if a == b else _types().get(frozenset((a, b)))


@cache
def part_of_day(word: str) -> tuple[int, bool] | None:
    """Middle hour of the part of the day that a folded word names, and whether it is of the night."""
    return _parts().get(word)


@cache
def site_class(word: str) -> str | None:
    """The class of the sites that a folded word (without al-) calls, None where it is none that every town has."""
    forms = _sites()
    return forms.get(word) or (forms.get(word.removesuffix("ا")) if word.endswith("ا") else None)


@cache
def _numbers(table: str) -> dict[str, float]:
    return {name: float(value) for name, value, _ in rows(f"incidents/{table}.tsv")}


@cache
def _types() -> dict[frozenset[str], float]:
    return {frozenset((a, b)): float(value) for a, b, value, _ in rows("incidents/types.tsv")}


@cache
def _parts() -> dict[str, tuple[int, bool]]:
    return {word: (int(hour), night == "night") for word, hour, night in rows("incidents/parts_of_day.tsv")}


@cache
def _sites() -> dict[str, str]:
    return {fold(form): name for name, forms in rows("incidents/sites.tsv") for form in forms.split("|")}
