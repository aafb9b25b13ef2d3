"""The shipped gazetteer: a sorted text of folded names and places, searched by bisection without parsing its rows.

File `data/places/gazetteer.tsv.gz`: UTF-8 lines sorted by bytes, `key, id, name, name_en, lat, lon, country, admin1, kind, weight`, one
line for each name of a place. Loading is one gunzip; a look-up reads the lines of one key only. `training/build_gazetteer.py` makes the
file.
"""

from __future__ import annotations

import gzip
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

from rapidfuzz import fuzz, process

from rasid.fold import fold
from rasid.lexicon import rows

GEONAMES_CREDIT = (
    "Contains data of GeoNames (https://www.geonames.org), CC BY 4.0 (https://creativecommons.org/licenses/by/4.0/), selected and changed."
)
"""Credit that the licence of GeoNames asks for; show it wherever places of the gazetteer are shown."""

FUZZY_MIN_LENGTH = 5
"""Folded names shorter than this are never matched by likeness."""
FUZZY_MIN_RATIO = 92.0
"""Least `rapidfuzz.fuzz.ratio` of two spellings of one name: true variants score 92 and more, others 86 and less."""

_FOREIGN = str.maketrans({"پ": "ب", "چ": "ج", "ژ": "ج", "گ": "ك", "ڤ": "ف", "ڨ": "ق", "ڭ": "ك", "ء": None})
_NOT_NAME = re.compile(r"[^\w]|_")


@dataclass(frozen=True, slots=True)
class Entry:
    """One place under one of its names. `lat`, `lon` in degrees; `weight` is its importance (people, or the weight of its kind)."""

    gazetteer_id: str
    name: str
    name_en: str
    lat: float
    lon: float
    country: str | None
    admin1: str | None
    kind: str
    weight: int


@dataclass(frozen=True, slots=True)
class Kind:
    """What a kind of place implies: UCDP precision of a bare mention, weight where none is known, and the group it belongs to."""

    precision: int
    weight: int
    group: str


@lru_cache(maxsize=32768)
def place_key(name: str) -> str:
    """The form under which a name is looked up: folded, without spaces, punctuation and lone hamzas (so البو كمال = البوكمال)."""
    return _NOT_NAME.sub("", fold(name).translate(_FOREIGN))


@lru_cache(maxsize=1)
def kinds() -> dict[str, Kind]:
    """The kinds of places (`data/places/place_kinds.tsv`)."""
    return {row[0]: Kind(int(row[1]), int(row[2]), row[3]) for row in rows("places/place_kinds.tsv")}


def find(key: str) -> tuple[Entry, ...]:
    """All places of exactly this key (see `place_key`), the most important first."""
    return _find(key)


@lru_cache(maxsize=16384)
def _find(key: str) -> tuple[Entry, ...]:
    if not key:
        return ()
    wanted, text = key.encode() + b"\t", _text()
    low, high = 0, len(text)
    while low < high:
        start = text.rfind(b"\n", low, (low + high) // 2) + 1 or low
        end = text.find(b"\n", start)
        if text[start:end] < wanted:
            low = end + 1
        else:
            high = start
    found = []
    while text.startswith(wanted, low):
        end = text.find(b"\n", low)
        found.append(_entry(text[low:end].decode()))
        low = end + 1
    return tuple(sorted(found, key=lambda entry: (-entry.weight, entry.gazetteer_id)))


@lru_cache(maxsize=16384)
def similar_keys(key: str) -> tuple[str, ...]:
    """Keys that are spellings of nearly the same name (ratio of at least 92, both of five letters or more), the likest first.

    Up to 12 letters such a ratio leaves room for one letter more or less, so that the first or the last half is the same; of longer
    names the first or the last third must be. Only names that share one of these are compared.
    """
    if len(key) < FUZZY_MIN_LENGTH:
        return ()
    piece = len(key) // 2 if len(key) <= 12 else len(key) // 3
    forward, backward = _keys()
    near = {*_starting(forward, key[:piece]), *(other[::-1] for other in _starting(backward, key[::-1][:piece]))}
    room = len(key) // 6 + 1
    near = {other for other in near if abs(len(other) - len(key)) <= room and len(other) >= FUZZY_MIN_LENGTH}
    hits = process.extract(key, near, scorer=fuzz.ratio, score_cutoff=FUZZY_MIN_RATIO, limit=5)
    return tuple(other for other, _, _ in sorted(hits, key=lambda hit: (-hit[1], hit[0])))


def _starting(words: list[str], prefix: str) -> list[str]:
    return words[bisect_left(words, prefix) : bisect_left(words, prefix + "\U0010ffff")]


def entries() -> Iterator[tuple[str, Entry]]:
    """Every line of the gazetteer as (key, place); slow, for tests and tools."""
    for line in _text().decode().splitlines():
        yield line.split("\t", 1)[0], _entry(line)


def _entry(line: str) -> Entry:
    _, ident, name, name_en, lat, lon, country, admin1, kind, weight = line.split("\t")
    return Entry(ident, name, name_en, float(lat), float(lon), country or None, admin1 or None, kind, int(weight))


@lru_cache(maxsize=1)
def _text() -> bytes:
    return gzip.decompress((files("rasid") / "data" / "places" / "gazetteer.tsv.gz").read_bytes())


@lru_cache(maxsize=1)
def _keys() -> tuple[list[str], list[str]]:
    """The distinct keys in order, and the same spelt backwards in order; made at the first search by likeness."""
    keys = sorted(set(re.findall(r"^[^\t\n]+", _text().decode(), re.MULTILINE)))
    return keys, sorted(key[::-1] for key in keys)
