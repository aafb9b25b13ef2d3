"""The data and the markup of the page, without a browser."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.errors import InputError
from rasid.view import Reading, make_page, page_data
from rasid.view.inputs import holds_records, parse_record, read_records
from rasid.view.page import asset, json_block
from rasid.writers import dump_line
from readings import HOSTILE, full_reading, reading
from stubs import REPORT


def blocks(page: str) -> dict[str, object]:
    return {name: json.loads(text) for name, text in re.findall(r'<script type="application/json" id="(\w+)">(.*?)</script>', page, re.S)}


def test_a_page_holds_the_report_as_data_and_nothing_from_the_network():
    page = make_page(page_data([reading(REPORT)]))
    assert blocks(page)["data"]["documents"][0]["text"] == REPORT  # type: ignore[index]
    markup = re.sub(r"<script>.*?</script>", "", page, flags=re.S)  # Leaflet's own holds the address of its site
    assert not re.search(r"""(src|href)\s*=\s*["']?(https?:)?//""", markup)
    assert "@import" not in page
    assert not re.search(r"url\((?!#)", page.split("<script")[0])
    assert "default-src &#x27;none&#x27;" in page
    assert "unsafe-inline" not in page


def test_a_hostile_report_can_open_no_markup_and_reorders_nothing():
    page = make_page(page_data([reading(HOSTILE)], title="</title><script>alert(4)</script>\u202e"))
    assert "alert(1)</script>" not in page
    assert "<img src=x" not in page
    assert "<script>alert" not in page
    assert not re.search("[\u202a-\u202e\u2066-\u2069\u0007\u2028]", page.split('id="data"')[1].split("</script>")[0])
    text = blocks(page)["data"]["documents"][0]["text"]  # type: ignore[index]
    assert len(text) == len(HOSTILE)  # one for one: offsets hold


@given(st.text())
def test_json_in_a_page_is_what_it_was_and_holds_no_markup(text: str):
    assert json.loads(json_block(text)) == text
    assert not set("<>&") & set(json_block(text))


def test_killed_and_wounded_are_told_by_side_and_parts_are_not_added():
    tolls = page_data([full_reading()])["documents"][0]["events"][0]["tolls"]
    assert tolls["killed"] == {"best": 7, "low": 7, "high": None, "sides": {"civilians": 7}}
    assert tolls["wounded"]["best"] == 20
    assert tolls["wounded"]["sides"] == {"unknown": 20}


def test_records_of_extract_are_read_back_whole(tmp_path):
    record = full_reading().record
    path = tmp_path / "records.jsonl"
    path.write_text(dump_line(record.to_dict()) + "\n{}\n", encoding="utf-8")
    assert holds_records(path)
    back, fault = read_records(path)
    assert back == record
    assert "expected 'rasid/1'" in str(fault)
    assert ":2:" in str(fault)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda r: r["events"][1].update(status="sure"), "expected one of asserted"),
        (lambda r: r["events"][0].pop("triggers"), "events.0.triggers"),
        (lambda r: r["spans"][0].update(start="x"), "spans.0.start"),
        (lambda r: r.update(schema="rasid/9"), "expected 'rasid/1'"),
    ],
)
def test_a_record_of_a_wrong_kind_is_refused_with_its_field(spoil, said):
    plain = full_reading().record.to_dict()
    spoil(plain)
    with pytest.raises(InputError, match=said):
        parse_record(plain)


def test_a_record_is_not_shown_over_another_text():
    good = reading(REPORT)
    with pytest.raises(InputError, match="belongs to another text"):
        Reading.of(good.record, replace_text(good, "نص آخر " + REPORT))


def replace_text(good: Reading, text: str):
    from rasid.document import Document

    return Document.make({"id": good.record.doc_id, "text": text})


def test_both_languages_have_the_same_labels():
    labels = json.loads(asset("labels.json"))
    assert labels["en"].keys() == labels["ar"].keys()
    for key, value in labels["en"].items():
        if isinstance(value, dict):
            assert value.keys() == labels["ar"][key].keys(), key
        else:
            assert set(re.findall(r"\{\w+\}", value)) == set(re.findall(r"\{\w+\}", labels["ar"][key])), key


def test_labels_cover_every_type_status_and_kind():
    from rasid.dates import PRECISIONS
    from rasid.places import PRECISION
    from rasid.records import CASUALTY_KINDS, EVENT_TYPES, STATUSES

    labels = json.loads(asset("labels.json"))["ar"]
    assert set(EVENT_TYPES) <= labels["types"].keys()
    assert set(STATUSES) == labels["statuses"].keys()
    assert set(CASUALTY_KINDS) <= labels["kinds"].keys()
    assert {str(code) for code in PRECISION} == labels["precision"].keys()
    assert set(PRECISIONS) <= labels["date_precision"].keys()


def test_another_language_is_an_error():
    with pytest.raises(ValueError, match="expected one of ar, en"):
        make_page(page_data([]), lang="fr")


def test_a_reading_without_its_text_is_shown_by_its_words():
    page = make_page(page_data([replace(full_reading(), text=None)]))
    assert blocks(page)["data"]["documents"][0]["text"] is None  # type: ignore[index]
