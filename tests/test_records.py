"""The record: its keys are the contract `rasid/1` (DESIGN.md, section 1), and it is JSON as it stands."""

from __future__ import annotations

import dataclasses
import json

import pytest

from rasid.extractor import Extractor
from rasid.records import (
    Acled,
    Actor,
    Casualty,
    Event,
    Evidence,
    Mention,
    ModelInfo,
    Place,
    Record,
    Span,
    When,
)
from stubs import REPORT

# Keys that the contract names, in its order; a record may say more behind them (a reason).
CONTRACT = {
    "record": ["doc_id", "schema", "model", "spans", "events"],
    "model": ["name", "version"],
    "span": ["label", "start", "end", "text", "score"],
    "event": [
        *("id", "type", "status", "aggregate", "confidence", "triggers", "perpetrators", "targets", "casualties", "locations", "date"),
        *("sources", "evidence", "acled"),
    ],
    "mention": ["text", "start", "end"],
    "actor": ["text", "start", "end", "name", "actor_id", "kind"],
    "casualty": ["kind", "low", "high", "approx", "number", "victims", "civilian", "part_of"],
    "place": [
        *("text", "start", "end", "name", "name_en", "lat", "lon", "country", "admin1", "kind", "precision", "gazetteer_id", "reason"),
    ],
    "date": ["text", "start", "end", "from", "to", "precision"],
    "evidence": ["start", "end"],
    "acled": ["event_type", "sub_event_type"],
}

MENTION = Mention("غارة", 0, 4)
EVENT = Event(
    id="ev-1",
    type="airstrike",
    status="denied",
    aggregate=False,
    confidence=None,
    triggers=(MENTION,),
    perpetrators=(Actor("الطيران", 5, 12, kind="state"),),
    targets=(),
    casualties=(Casualty("killed", 3, None, False, MENTION, (MENTION,), None, None),),
    locations=(Place("حلب", 13, 16, name="حلب", lat=36.2, lon=37.16),),
    date=When("أمس", 17, 20, from_="2020-01-01", to="2020-01-01", precision="day"),
    sources=(),
    evidence=(Evidence(0, 20),),
    acled=Acled("Explosions/Remote violence", "Air/drone strike"),
)
RECORD = Record("d", "rasid/1", ModelInfo("m", "1"), (Span("TRIGGER", 0, 4, "غارة", 0.9),), (EVENT,))


def test_the_keys_are_the_contract() -> None:
    record = RECORD.to_dict()
    event = record["events"][0]
    parts = {
        "record": record,
        "model": record["model"],
        "span": record["spans"][0],
        "event": event,
        "mention": event["triggers"][0],
        "actor": event["perpetrators"][0],
        "casualty": event["casualties"][0],
        "place": event["locations"][0],
        "date": event["date"],
        "evidence": event["evidence"][0],
        "acled": event["acled"],
    }
    for name, keys in CONTRACT.items():
        assert [key for key in parts[name] if key in keys] == keys, name
    assert list(record) == CONTRACT["record"]
    assert list(event) == [*CONTRACT["event"], "flags"]  # behind the contract: what of the figures contradicts what


def test_it_is_plain_json() -> None:
    record = RECORD.to_dict()
    assert json.loads(json.dumps(record, ensure_ascii=False)) == record
    assert record["events"][0]["date"]["from"] == "2020-01-01"
    assert record["events"][0]["targets"] == []
    assert record["events"][0]["confidence"] is None


def test_it_is_frozen_and_hashable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        RECORD.doc_id = "x"  # type: ignore[misc]
    assert hash(RECORD) == hash(dataclasses.replace(RECORD))


def test_what_is_not_known_is_null_or_empty(extractor: Extractor) -> None:
    event = extractor.extract("قصف على حلب").to_dict()["events"][0]
    assert event["date"] is None
    assert [event[name] for name in ("perpetrators", "targets", "casualties", "sources")] == [[], [], [], []]


def test_an_extracted_record_is_the_contract(extractor: Extractor) -> None:
    record = extractor.extract({"id": "a", "text": REPORT}).to_dict()
    assert (record["doc_id"], record["schema"], record["model"]) == ("a", "rasid/1", {"name": "stub", "version": "0"})
    assert all(REPORT[s["start"] : s["end"]] == s["text"] and 0 <= s["score"] <= 1 for s in record["spans"])
    assert json.loads(json.dumps(record)) == record
