"""A batch as a user sees it: what is in the folder, what is done once, what is set aside, and what is refused."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import STUB, archive, lines, report, results, run

import rasid
from rasid.batching import plan, read_status
from rasid.batching.engine import InlineEngine
from rasid.batching.shards import Shard
from rasid.batching.work import Done, Job, Read
from rasid.errors import ConfigError, InputError, OutputError, WorkerError
from rasid.extractor import Extractor
from rasid.records import Record
from rasid.tables import CASUALTY_COLUMNS, EVENT_COLUMNS
from stubs import StubBackend, stub_extractor

LOADED: list[StubBackend] = []


def counted() -> Extractor:
    """A stub whose windows the test can count."""
    LOADED.append(StubBackend())
    return stub_extractor(backend=LOADED[-1])


class Fragile(Extractor):
    """Makes no record of the report with 13 killed."""

    def record(self, document: Any, analysis: Any) -> Record:
        if " 13 " in document.text:
            raise ValueError("unlucky")
        return super().record(document, analysis)


def fragile() -> Extractor:
    stub = stub_extractor()
    return Fragile(stub._backend, stub._encoder, stub.manifest)


def deadly() -> Extractor:
    """A worker that cannot start."""
    raise SystemExit(3)


def windows(**_: Any) -> int:
    return LOADED.pop().windows


def test_the_records_are_those_of_extract_in_the_order_of_the_input(tmp_path: Path, extractor: Extractor) -> None:
    path = archive(tmp_path / "in.jsonl", 12)
    run(path, tmp_path / "out")
    expected = [record.to_dict() for record in extractor.extract_many(lines(path))]
    assert lines(tmp_path / "out" / "records.jsonl") == json.loads(json.dumps(expected))


def test_every_output_is_there_and_says_the_same(tmp_path: Path) -> None:
    pq = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
    out = tmp_path / "out"
    summary = run(archive(tmp_path / "in.jsonl", 12), out, profiles=["acled", "ucdp"])
    records = lines(out / "records.jsonl")
    events = [event for record in records for event in record["events"]]
    figures = [figure for event in events for figure in event["casualties"]]
    with open(out / "events.csv", encoding="utf-8", newline="") as stream:
        assert [row["event_id"] for row in csv.DictReader(stream)] == [event["id"] for event in events]
    table = pq.read_table(out / "events.parquet")
    assert table.column_names == list(EVENT_COLUMNS)
    assert table["event_id"].to_pylist() == [event["id"] for event in events]
    assert table["aggregate"].to_pylist() == [event["aggregate"] for event in events]
    assert all(field.metadata[b"description"] for field in table.schema)
    table = pq.read_table(out / "casualties.parquet")
    assert table.column_names == list(CASUALTY_COLUMNS)
    assert table["low"].to_pylist() == [figure["low"] for figure in figures]
    features = json.loads((out / "events.geojson").read_text(encoding="utf-8"))["features"]
    located = [e for e in events if any(place["lat"] is not None for place in e["locations"])]
    assert [feature["id"] for feature in features] == [event["id"] for event in located]
    assert features[0]["geometry"]["coordinates"] == [located[0]["locations"][0]["lon"], located[0]["locations"][0]["lat"]]
    for name in ("acled", "ucdp"):
        with open(out / f"{name}.csv", encoding="utf-8", newline="") as stream:
            assert len(list(csv.reader(stream))) == 1 + sum(event["status"] not in ("denied", "planned") for event in events)
    assert summary.counts["events"] == len(events)
    assert summary.counts["casualties"] == len(figures)
    assert summary.counts["located"] == len(located)


def test_run_json_says_what_was_done_with_what(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 12, broken=6, copies=2)
    run(path, tmp_path / "out")
    said = json.loads((tmp_path / "out" / "run.json").read_text(encoding="utf-8"))
    assert (said["counts"]["documents"], said["counts"]["failed"], said["counts"]["copies"]) == (12, 2, 2)
    assert said["inputs"][0]["documents"] == 12
    assert len(said["inputs"][0]["sha256"]) == len(said["model"]["sha256"]) == 64
    assert said["failures"]["reasons"][0]["count"] == 2
    assert set(said["files"]) == {p.name for p in (tmp_path / "out").iterdir() if p.is_file()} - {"run.json", "plan.json", ".lock"}
    assert said["speed"]["documents_now"] == 14


@pytest.mark.parametrize("workers", [0, 1, 2])
def test_any_number_of_workers_gives_the_same_bytes(tmp_path: Path, workers: int) -> None:
    path = archive(tmp_path / "in.jsonl", 30, broken=10, copies=9)
    run(path, tmp_path / "one")
    run(path, tmp_path / "two", workers=workers)
    assert results(tmp_path / "one") == results(tmp_path / "two")


def test_copies_are_predicted_once_however_far_apart_and_keep_their_own_offsets(tmp_path: Path, extractor: Extractor) -> None:
    path = archive(tmp_path / "in.jsonl", 20)
    run(path, tmp_path / "plain", loader="test_batch:counted")
    alone = windows()
    path = archive(tmp_path / "in.jsonl", 20, copies=20)
    run(path, tmp_path / "copies", loader="test_batch:counted")
    assert windows() == alone
    got = lines(tmp_path / "copies" / "records.jsonl")
    assert got == json.loads(json.dumps([record.to_dict() for record in extractor.extract_many(lines(path))]))
    marks = [document["copy"] for document in lines(tmp_path / "copies" / "documents.jsonl")]
    assert marks == [False] * 20 + [True] * 20


def test_the_readings_of_shards_out_of_the_window_are_deleted_and_all_at_the_end(tmp_path: Path) -> None:
    kept: list[int] = []
    folder = tmp_path / "out" / "readings"
    run(archive(tmp_path / "in.jsonl", 60), tmp_path / "out", window=10, on_progress=lambda _: kept.append(len(list(folder.iterdir()))))
    assert max(kept) <= 5
    assert not list(folder.iterdir())


class Late(InlineEngine):
    """Finishes no shard before three more are handed out, as workers beside each other may."""

    def __init__(self, job: Job):
        super().__init__(job)
        self._read: deque[Read] = deque()

    def submit(self, shard: Shard) -> Iterator[Done]:
        self._read.append(self._worker.predict(shard))
        if len(self._read) > 3:
            yield self._worker.finish(self._read.popleft())

    def drain(self) -> Iterator[Done]:
        return map(self._worker.finish, self._read)


@pytest.mark.parametrize("engine", [InlineEngine, Late])
@pytest.mark.parametrize("window", [7, 20, 1000])
def test_a_copy_in_the_window_never_goes_through_the_network(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, window: int, engine: type[InlineEngine]
) -> None:
    monkeypatch.setattr("rasid.batching.run.make_engine", lambda _, job, **__: engine(job))
    path = tmp_path / "in.jsonl"
    path.write_text("".join(json.dumps({"id": f"d{k}", "text": report(1)}) + "\n" for k in range(60)), encoding="utf-8")
    summary = run(path, tmp_path / "out", window=window, loader="test_batch:counted")
    read = -(-60 // (window + 1))  # a report is one window of the stub; it is read again where the first is out of the batch's window
    assert (windows(), summary.counts["copies"]) == (read, 60 - read)


def test_one_percent_of_broken_rows_costs_nothing_else(tmp_path: Path) -> None:
    whole, broken = archive(tmp_path / "a.jsonl", 300), archive(tmp_path / "b.jsonl", 300, broken=100)
    run(whole, tmp_path / "whole", shard_documents=50)
    summary = run(broken, tmp_path / "broken", shard_documents=50)
    assert (summary.counts["documents"], summary.counts["failed"]) == (297, 3)
    lost = {"d99", "d199", "d299"}
    expected = [r for r in lines(tmp_path / "whole" / "records.jsonl") if r["doc_id"] not in lost]
    assert lines(tmp_path / "broken" / "records.jsonl") == expected
    failed = lines(tmp_path / "broken" / "failed.jsonl")
    assert [(f["source"], f["line"]) for f in failed] == [(str(broken), n) for n in (100, 200, 300)]
    assert all("not JSON" in f["reason"] for f in failed)


def test_a_document_that_gives_no_record_is_set_aside_with_its_place(tmp_path: Path) -> None:
    summary = run(archive(tmp_path / "in.jsonl", 20), tmp_path / "out", loader="test_batch:fragile")
    assert (summary.counts["documents"], summary.counts["failed"]) == (19, 1)
    [failed] = lines(tmp_path / "out" / "failed.jsonl")
    assert (failed["item"], failed["id"], failed["reason"]) == (13, "d12", "ValueError: unlucky")


def test_a_finished_batch_is_not_done_again(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 12, broken=6)
    first = run(path, tmp_path / "out")
    before = {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*") if p.is_file()}
    again = run(path, tmp_path / "out", loader="nowhere:to_be_loaded")
    assert again.documents_now == 0
    assert (again.counts, again.reasons) == (first.counts, first.reasons)
    assert {p: p.stat().st_mtime_ns for p in (tmp_path / "out").rglob("*") if p.is_file()} == before


@pytest.mark.parametrize("change", ["a word", "one more", "one less"])
def test_a_changed_input_is_refused_and_the_results_stay(tmp_path: Path, change: str) -> None:
    path = archive(tmp_path / "in.jsonl", 12)
    run(path, tmp_path / "out")
    before = results(tmp_path / "out")
    text = path.read_text(encoding="utf-8")
    archive(path, 13 if change == "one more" else 10 if change == "one less" else 12)
    if change == "a word":
        path.write_text(text.replace(" 9 ", " 8 "), encoding="utf-8")
    with pytest.raises(InputError, match="not the one whose results are in"):
        run(path, tmp_path / "out")
    assert results(tmp_path / "out") == before


def test_an_input_that_has_grown_by_whole_shards_is_changed_too_once_the_batch_is_finished(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 5)
    run(path, tmp_path / "out")
    before = results(tmp_path / "out")
    archive(path, 8)
    with pytest.raises(InputError, match=r"it is longer now: shard 1, which begins in .*in\.jsonl, is new"):
        run(path, tmp_path / "out")
    assert results(tmp_path / "out") == before


def test_another_config_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 6)
    run(path, tmp_path / "out")
    with pytest.raises(OutputError, match="was made with date None, this command has '2024-01-01'"):
        run(path, tmp_path / "out", date="2024-01-01")


def test_a_file_that_breaks_off_leaves_what_came_before_finished(tmp_path: Path) -> None:
    import gzip

    whole = archive(tmp_path / "a.jsonl", 20)
    packed = tmp_path / "b.jsonl.gz"
    raw = gzip.compress(archive(tmp_path / "b.jsonl", 400).read_bytes().replace(b'"d', b'"e'))
    packed.write_bytes(raw[: len(raw) // 2])
    with pytest.raises(InputError, match="cannot be read to its end"):
        run([whole, packed], tmp_path / "out")
    assert read_status(tmp_path / "out").counts["documents"] >= 20
    packed.write_bytes(raw)
    summary = run([whole, packed], tmp_path / "out")
    assert summary.documents_now < 420
    run([whole, packed], tmp_path / "fresh")
    assert results(tmp_path / "out") == results(tmp_path / "fresh")


def test_a_worker_that_dies_is_an_error_with_its_status(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"SystemExit|ended with status"):
        run(archive(tmp_path / "in.jsonl", 6), tmp_path / "out", loader="test_batch:deadly", workers=1)


def test_limit_reads_only_so_many_items(tmp_path: Path) -> None:
    assert run(archive(tmp_path / "in.jsonl", 30), tmp_path / "out", limit=7).counts["documents"] == 7


def test_a_plan_writes_nothing(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 12, broken=6, copies=2)
    planned = plan(path, tmp_path / "out", shard_documents=5)
    assert not (tmp_path / "out").exists()
    assert (planned.documents, planned.failed, planned.copies, planned.shards, planned.done) == (12, 2, 2, 3, 0)
    run(path, tmp_path / "out")
    assert plan(path, tmp_path / "out", shard_documents=5).done == 3


def test_an_option_that_there_is_not_is_an_error(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 3)
    with pytest.raises(TypeError, match="shard_document"):
        plan(path, shard_document=1)  # type: ignore[call-arg]
    with pytest.raises(ConfigError, match="engine: got 'spark', expected local or ray"):
        run(path, tmp_path / "out", engine="spark")
    with pytest.raises(ConfigError, match="got address, expected none with the engine local"):
        run(path, tmp_path / "out", engine_options={"address": "foo:1"})
    with pytest.raises(ConfigError, match="got cpu, expected some of address, cpus with the engine ray"):
        run(path, tmp_path / "out", engine="ray", engine_options={"cpu": 2})
    assert not (tmp_path / "out").exists()


def test_a_dataset_is_an_input(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets", reason="needs datasets")
    path = archive(tmp_path / "in.jsonl", 12)
    run(path, tmp_path / "file")
    run(datasets.Dataset.from_list(lines(path)), tmp_path / "set")
    assert (tmp_path / "set" / "records.jsonl").read_bytes() == (tmp_path / "file" / "records.jsonl").read_bytes()


def test_status_counts_what_is_finished(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"without plan\.json"):
        read_status(tmp_path)
    run(archive(tmp_path / "in.jsonl", 12), tmp_path / "out")
    status = read_status(tmp_path / "out")
    assert (status.state, status.counts["documents"], status.counts["shards"]) == ("finished", 12, 3)


def test_batch_is_public() -> None:
    assert callable(rasid.batch)
    assert STUB
    assert report(1)
