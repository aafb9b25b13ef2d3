"""What the place resolver takes and gives: the context of a mention, its value, and the precision codes."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

PRECISION = {
    1: "exact: the town, village, quarter or site itself",
    2: "near: within about 25 km of the point given",
    3: "second-order division: a district, or an island of that size",
    4: "first-order division: a governorate, province or state, or a part of one",
    5: "a fuzzy or larger area or a line: a region of a country, a mountain range, a river, a border",
    6: "the country only",
    7: "international: a sea or a part of a continent",
}
"""Codes of UCDP GED's `where_prec` (UCDP GED Codebook): the smaller, the more exact."""

_ACLED = {1: 1, 2: 2, 3: 2, 4: 3, 5: 3, 6: 3}


def acled_precision(code: int) -> int | None:
    """ACLED's `geo_precision` (ACLED Codebook) for one of the codes above.

    1, the town is named, is 1. 2 and 3, a small part of a region or near a town, are 2. 4 and 5, a larger region, are 3, and so is 6: ACLED
    puts what is known by country only at a capital, with code 3. ACLED has no code for 7: None. Another number raises ValueError.
    """
    if code not in PRECISION:
        raise ValueError(f"precision {code!r}: expected one of {sorted(PRECISION)}")
    return _ACLED.get(code)


@dataclass(frozen=True, slots=True)
class PlaceContext:
    """What helps to tell homonyms apart.

    `places`: the document's other location mentions as they stand there, in the document's order. `country`: the outlet's or the
    report's country, ISO 3166 alpha-2 or alpha-3. `previous`: the mention that stands directly before this one; where it is not given,
    a name joined by و is read as carried on from any mention of `places` with a dual or plural type noun (محافظتي حلب، وإدلب: two
    governorates).
    """

    places: tuple[str, ...] = ()
    country: str | None = None
    previous: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceValue:
    """The place that a mention names.

    `lat`, `lon` in degrees (WGS 84). `country` is ISO 3166 alpha-2, None for seas and borders. `precision` is one of `PRECISION`. Where
    the words leave it open, `name`, coordinates and `gazetteer_id` are None and `candidates` holds the places that it may be.
    """

    name: str | None
    name_en: str | None
    lat: float | None
    lon: float | None
    country: str | None
    admin1: str | None
    kind: str | None
    precision: int | None
    gazetteer_id: str | None
    reason: str
    candidates: tuple[PlaceValue, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """This value as plain JSON types, `candidates` as a list of the same."""
        plain = {f.name: getattr(self, f.name) for f in fields(self)}
        plain["candidates"] = [candidate.to_dict() for candidate in self.candidates]
        return plain
