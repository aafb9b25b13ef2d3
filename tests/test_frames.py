"""Records as typed tables."""

from __future__ import annotations

import sys
from dataclasses import replace

import pytest

import rasid
from rasid.errors import InputError, MissingDependencyError
from rasid.records import Record
from stubs import DENIAL, REPORT, stub_extractor


@pytest.fixture
def records() -> list[Record]:
    documents = [{"id": "a", "text": f"{REPORT} {DENIAL}", "date": "2024-11-30"}, {"id": "b", "text": DENIAL}]
    return list(stub_extractor().extract_many(documents))


def test_a_frame_of_events_is_typed(records: list[Record]) -> None:
    pytest.importorskip("pandas", reason="the frames extra is not installed")
    frame = rasid.to_pandas(records)
    assert list(frame["doc_id"]) == ["a", "a", "b"]
    assert list(frame["status"]) == ["asserted", "denied", "denied"]
    kinds = {name: str(frame[name].dtype) for name in ("killed_low", "confidence", "aggregate", "date_from", "status", "place_precision")}
    assert kinds == {
        "killed_low": "Int64",
        "confidence": "Float64",
        "aggregate": "boolean",
        "date_from": "datetime64[s]",
        "status": "category",
        "place_precision": "Int64",
    }
    assert frame["killed_low"].isna().tolist() == [False, True, True]
    assert frame["killed_low"].sum() == 7
    assert str(frame["date_from"][0].date()) == "2024-11-29"
    assert frame["date_from"].isna().tolist() == [False, True, True]


def test_casualties_and_spans(records: list[Record]) -> None:
    pytest.importorskip("pandas", reason="the frames extra is not installed")
    casualties = rasid.Records(records).to_pandas("casualties")
    assert casualties[["kind", "low", "high", "victims"]].values.tolist() == [["killed", 7, 7, "مدنيين"]]
    assert str(casualties["part_of"].dtype) == "Int64"
    spans = rasid.Records(records).to_pandas("spans")
    assert len(spans) == sum(len(record.spans) for record in records)


def test_no_records_give_an_empty_typed_frame() -> None:
    pytest.importorskip("pandas", reason="the frames extra is not installed")
    frame = rasid.to_pandas([])
    assert (len(frame), str(frame["killed_low"].dtype), str(frame["date_to"].dtype)) == (0, "Int64", "datetime64[s]")


def test_the_stream_of_the_extractor_is_a_table_too() -> None:
    pytest.importorskip("pandas", reason="the frames extra is not installed")
    assert len(stub_extractor().extract_many([REPORT, DENIAL]).to_pandas()) == 2


def test_a_dataset_is_typed(records: list[Record]) -> None:
    pytest.importorskip("datasets", reason="the frames extra is not installed")
    data = rasid.Records(records).to_dataset()
    assert data.features["status"].names == ["asserted", "denied", "alleged", "planned"]
    assert (data.features["killed_low"].dtype, data.features["date_from"].dtype) == ("int64", "date32")
    assert data["killed_low"][:] == [7, None, None]
    assert len(rasid.to_dataset(records, "casualties")) == 1
    assert len(rasid.to_dataset([], "spans")) == 0


def test_another_table_and_a_missing_library_are_told(records: list[Record], monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="got 'actors', expected one of events, casualties, spans"):
        rasid.to_pandas(records, "actors")
    for library, make in (("pandas", rasid.to_pandas), ("datasets", rasid.to_dataset)):
        monkeypatch.setitem(sys.modules, library, None)
        with pytest.raises(MissingDependencyError, match=r"pip install 'rasid\[frames\]'"):
            make(records)


def test_days_out_of_the_ordinary_are_kept(records: list[Record]) -> None:
    pytest.importorskip("pandas", reason="the frames extra is not installed")
    event = records[0].events[0]
    assert event.date is not None
    old = replace(records[0], events=(replace(event, date=replace(event.date, from_="0622-07-16", to=None)),))
    assert rasid.to_pandas([old])["date_from"][0].year == 622
