"""The pass over records: order, memory, inputs that are damaged, what the command writes."""

from __future__ import annotations

import csv
import gzip
import json
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from generated import TOWNS, make_record, many, write
from hypothesis import given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

import rasid
from rasid.cli import app
from rasid.incident import COLUMNS, Counts
from rasid.incident.groups import Groups
from rasid.readers import Fault

RUN = CliRunner()

events = st.builds(
    make_record,
    st.sampled_from([f"d{k}" for k in range(12)]),
    day=st.sampled_from(["2016-03-10", "2016-03-11", "2016-03-12", None]),
    town=st.sampled_from([*TOWNS[:3], None]),
    killed=st.sampled_from([None, 3, 9, 10, 11, 40]),
    type=st.sampled_from(["airstrike", "shelling", "casualties", "protest"]),
    status=st.sampled_from(["asserted", "asserted", "denied", "alleged", "planned"]),
    aggregate=st.booleans(),
)


@settings(max_examples=15, deadline=None)
@given(st.lists(events, max_size=12), st.randoms())
def test_the_order_of_records_changes_nothing(records: list[dict[str, Any]], rng: random.Random) -> None:
    shuffled = [*records]
    rng.shuffle(shuffled)
    assert [i.to_dict() for i in rasid.incidents(records)] == [i.to_dict() for i in rasid.incidents(shuffled)]


@settings(max_examples=15, deadline=None)
@given(st.lists(events, max_size=12))
def test_every_event_is_in_one_group_and_what_must_stay_apart_does(records: list[dict[str, Any]]) -> None:
    groups = list(rasid.incidents(records))
    told = {json.dumps(record, sort_keys=True) for record in records}
    documents = {(r["doc_id"], json.dumps(r["events"], sort_keys=True)) for r in map(json.loads, told)}
    assert sum(len(incident.members) for incident in groups) <= len(documents)
    assert len({incident.group_id for incident in groups}) == len(groups)
    for incident in groups:
        planned = {member.status == "planned" for member in incident.members}
        assert len(planned) == 1
        asserted = [f.low or 0 for m in incident.members if m.status == "asserted" for f in m.figures]
        assert [f.highest for f in incident.figures] == ([max(asserted)] if asserted else [])


def test_a_later_report_does_not_rename_an_incident() -> None:
    documents = [{"id": n, "text": f"خبر {n}", "date": d} for n, d in (("a", "2016-03-10"), ("b", "2016-03-11"))]
    (before,) = rasid.incidents([make_record("a")], documents=documents)
    (after,) = rasid.incidents([make_record("b"), make_record("a")], documents=documents)
    assert before.group_id == after.group_id


@pytest.mark.parametrize("size", [1, 50])
def test_groups_join_and_list_their_members(size: int) -> None:
    groups = Groups(size)
    for thing in range(2, size, 2):
        groups.join(thing, thing - 2)
    assert sorted(groups.members(0)) == list(range(0, size, 2))
    assert groups.root(size - 1) == (0 if size % 2 else 1 if size == 2 else size - 1)


MEASURE = """
import resource, sys
import rasid
from rasid.incident import Counts
counts = Counts()
next(rasid.incidents(sys.argv[1] + "/small.jsonl"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in rasid.incidents(sys.argv[1] + "/large.jsonl", counts=counts):
    pass
print(counts.events, counts.incidents, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def test_memory_does_not_grow_with_20_000_records(tmp_path: Path) -> None:
    pytest.importorskip("resource", reason="no resource module on this system")
    write(many(30), tmp_path / "small.jsonl")
    write(many(20_000), tmp_path / "large.jsonl")
    ran = subprocess.run([sys.executable, "-c", MEASURE, str(tmp_path)], capture_output=True, text=True, check=True)
    made, incidents, grown = map(int, ran.stdout.split())
    assert made == 20_000
    assert incidents == 6_667
    assert grown < 120  # MiB: pages of the index and what is kept at hand, at most


def test_a_batch_folder_with_broken_lines(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    shard = tmp_path / "in" / "shards" / "000000-x"
    unfinished = tmp_path / "in" / "shards" / "000001-y"
    for folder in (shard, unfinished):
        folder.mkdir(parents=True)
    write(iter([make_record("a"), make_record("b", killed=11)]), shard / "records.jsonl")
    write(iter([make_record("c", killed=10)]), unfinished / "records.jsonl")
    (shard / "done.json").write_text("{}")
    with open(shard / "records.jsonl", "a", encoding="utf-8") as out:
        out.write('{"doc_id": \n{"doc_id": "x", "schema": "other/1"}\n')
        bad = make_record("z")
        bad["events"][0]["date"]["from"] = "yesterday"
        out.write(json.dumps(bad) + "\n")
    about = [{"doc_id": n, "text": f"خبر {n}", "date": "2016-03-11", "outlet": f"وكالة {n}"} for n in "ab"]
    (shard / "documents.jsonl").write_text("".join(json.dumps(a) + "\n" for a in about), encoding="utf-8")

    result = RUN.invoke(app, ["incidents", str(tmp_path / "in"), "-o", str(tmp_path / "out")])

    assert result.exit_code == 1, result.output
    assert result.output.count("records.jsonl") == 3
    assert "the batch is not finished: only what its 1 finished shards hold is read" in caplog.text
    assert "2 events, 1 incidents" in result.output
    (line,) = (tmp_path / "out" / "incidents.jsonl").read_text(encoding="utf-8").splitlines()
    incident = json.loads(line)
    assert [member["outlet"] for member in incident["members"]] == ["وكالة a", "وكالة b"]
    assert incident["links"][0]["reasons"][0].keys() == {"code", "points", "text"}
    with open(tmp_path / "out" / "incidents.csv", encoding="utf-8", newline="") as table:
        (row,) = csv.DictReader(table)
    assert list(row) == list(COLUMNS)
    assert (row["reports"], row["killed_lowest"], row["killed_highest"]) == ("2", "9", "11")
    assert row["group_id"] == incident["group_id"]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["incidents.csv", "incidents.jsonl"]


def test_a_document_that_is_none_costs_no_other() -> None:
    given = [{"id": "b"}, {"id": "a", "text": "خبر", "outlet": "وكالة"}]
    faults: list[Fault] = []
    (incident,) = rasid.incidents([make_record("a")], documents=given, on_fault=faults.append)
    assert [member.outlet for member in incident.members] == ["وكالة"]
    assert [str(fault) for fault in faults] == ["document:1: field 'text': got nothing, expected the report as a str"]
    with pytest.raises(rasid.InputError, match="document:1: field 'text': got nothing"):
        list(rasid.incidents([make_record("a")], documents=given))


def test_files_gzipped_or_plain_and_several(tmp_path: Path) -> None:
    first = write(iter([make_record("a")]), tmp_path / "a.jsonl")
    second = tmp_path / "b.jsonl.gz"
    second.write_bytes(gzip.compress((json.dumps(make_record("b")) + "\n").encode()))
    counts = Counts()
    assert len(list(rasid.incidents([first, second], counts=counts))) == 1
    assert (counts.records, counts.events, counts.links) == (2, 2, 1)


def test_a_missing_extra_leaves_no_empty_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rensa", None)
    text = " ".join(a + b for a in "ابتثجحخد" for b in "رزسشصضطظ")  # long enough to be compared with others
    records, documents = write(iter([make_record("a")]), tmp_path / "a.jsonl"), tmp_path / "documents.jsonl"
    documents.write_text(json.dumps({"doc_id": "a", "text": text, "date": "2016-03-11"}) + "\n", encoding="utf-8")
    result = RUN.invoke(app, ["incidents", str(records), "--documents", str(documents), "-o", str(tmp_path / "out")])
    assert (result.exit_code, "rasid[incidents]" in result.output) == (2, True)
    assert not (tmp_path / "out").exists()


def test_the_ends_of_the_calendar_are_days_as_any_other() -> None:
    empty_date = {"id": "a", "text": "خبر", "date": "0001-01-01"}
    undated, last_day, good = make_record("a", day=None), make_record("b", day="9999-12-31"), make_record("c")
    groups = list(rasid.incidents([undated, last_day, good], documents=[empty_date]))
    assert sorted(member.doc_id for group in groups for member in group.members) == ["a", "b", "c"]


def test_nothing_to_read_is_an_error_that_says_what_was_expected(tmp_path: Path) -> None:
    result = RUN.invoke(app, ["incidents", str(tmp_path), "-o", str(tmp_path / "out")])
    assert result.exit_code == 2
    assert "expected records.jsonl" in result.output
    with pytest.raises(rasid.InputError, match="schema"):
        list(rasid.incidents([{"doc_id": "a"}]))


def test_where_nothing_can_be_read_earlier_results_stay(tmp_path: Path) -> None:
    (tmp_path / "incidents.jsonl").write_text("{}\n", encoding="utf-8")
    (tmp_path / "incidents.csv").write_text("id\n", encoding="utf-8")
    assert RUN.invoke(app, ["incidents", str(tmp_path / "nowhere.jsonl"), "-o", str(tmp_path)]).exit_code == 2
    assert {path.name: path.read_text(encoding="utf-8") for path in tmp_path.iterdir()} == {
        "incidents.jsonl": "{}\n",
        "incidents.csv": "id\n",
    }
