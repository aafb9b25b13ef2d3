"""Small generated records: reports of made-up incidents, several of each, so that what belongs together is known."""

from __future__ import annotations

import datetime as dt
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rasid.records import SCHEMA

TOWNS = (
    ("سرمين", "geonames:164782", 35.904, 36.725, "SY", "Idlib"),
    ("أريحا", "geonames:172994", 35.8137, 36.6096, "SY", "Idlib"),
    ("حلب", "geonames:170063", 36.2012, 37.1612, "SY", "Aleppo"),
    ("غزة", "geonames:281133", 31.5016, 34.4667, "PS", "Gaza Strip"),
    ("تعز", "geonames:70225", 13.5795, 44.0209, "YE", "Taiz"),
    ("الخرطوم", "geonames:379252", 15.5518, 32.5324, "SD", "Khartoum"),
)
FIRST = dt.date(2015, 1, 1)


def make_record(
    name: str,
    *,
    day: str | None = "2016-03-10",
    town: tuple[Any, ...] | None = TOWNS[0],
    killed: int | None = 9,
    type: str = "airstrike",
    status: str = "asserted",
    aggregate: bool = False,
) -> dict[str, Any]:
    """A record of one event."""
    places = []
    if town is not None:
        text, gazetteer_id, lat, lon, country, admin1 = town
        known = {"lat": lat, "lon": lon, "country": country, "admin1": admin1, "kind": "town", "precision": 1, "gazetteer_id": gazetteer_id}
        places = [{"text": text, "start": 0, "end": len(text), **known}]
    figure = {"kind": "killed", "low": killed, "high": killed, "approx": False, "number": None, "victims": [], "part_of": None}
    return {
        "doc_id": name,
        "schema": SCHEMA,
        "spans": [],
        "events": [
            {
                "id": f"ev-{name}",
                "type": type,
                "status": status,
                "aggregate": aggregate,
                "locations": places,
                "date": {"text": "اليوم", "start": 0, "end": 5, "from": day, "to": day} if day else None,
                "casualties": [figure] if killed is not None else [],
            }
        ],
    }


def many(count: int, seed: int = 0) -> Iterator[dict[str, Any]]:
    """`count` records, three of each incident: one for each day and town."""
    rng = random.Random(seed)
    for number in range(count):
        incident = number // 3
        day = FIRST + dt.timedelta(days=2 * (incident // len(TOWNS)))
        yield make_record(f"d{number}", day=day.isoformat(), town=TOWNS[incident % len(TOWNS)], killed=20 + rng.randrange(4))


def write(records: Iterator[dict[str, Any]], path: Path) -> Path:
    """Write records as JSON lines."""
    with open(path, "w", encoding="utf-8") as out:
        out.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)
    return path
