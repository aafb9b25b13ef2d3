"""Inputs: files, folders, globs and data sets, packed or not, read as one stream."""

from __future__ import annotations

import csv
import gzip
import hashlib
import json
import sys
from pathlib import Path

import pytest
from archives import report

from rasid.batching.inputs import find_inputs, read_sources
from rasid.document import Document
from rasid.errors import InputError, MissingDependencyError
from rasid.readers import Columns, Fault, Settings

TEXTS = [report(k) for k in range(3)]
ROWS = [{"id": f"r{k}", "text": text, "date": "2024-01-02", "outlet": None} for k, text in enumerate(TEXTS)]


def read(*inputs: object, settings: Settings | None = None) -> list[Document | Fault]:
    return [placed.item for placed in read_sources(find_inputs(inputs), settings or Settings())]


def write(path: Path) -> Path:
    """A file with the three reports, as its suffixes say."""
    kind = Path(path.name.removesuffix(".gz").removesuffix(".zst")).suffix
    if kind == ".jsonl":
        raw = "".join(json.dumps(row) + "\n" for row in ROWS).encode()
    elif kind == ".parquet":
        pq = pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
        pa = pytest.importorskip("pyarrow")
        sink = pa.BufferOutputStream()
        pq.write_table(pa.Table.from_pylist(ROWS), sink, row_group_size=2)
        raw = sink.getvalue().to_pybytes()
    else:
        made = path.with_name("plain")
        with open(made, "w", encoding="utf-8", newline="") as stream:
            table = csv.DictWriter(stream, ["id", "text", "date", "outlet"], delimiter="\t" if kind == ".tsv" else ",")
            table.writeheader()
            table.writerows(ROWS)
        raw = made.read_bytes()
        made.unlink()
    if path.suffix == ".gz":
        raw = gzip.compress(raw)
    elif path.suffix == ".zst":
        raw = pytest.importorskip("zstandard", reason="needs zstandard").ZstdCompressor().compress(raw)
    path.write_bytes(raw)
    return path


@pytest.mark.parametrize("packed", ["", ".gz", ".zst"])
@pytest.mark.parametrize("kind", [".jsonl", ".csv", ".tsv", ".parquet"])
def test_every_format_packed_or_not_gives_the_same_documents(tmp_path: Path, kind: str, packed: str) -> None:
    got = read(write(tmp_path / f"a{kind}{packed}"))
    assert [(d.id, d.text, str(d.date)) for d in got if isinstance(d, Document)] == [(r["id"], r["text"], r["date"]) for r in ROWS]


@pytest.mark.parametrize("name", ["a.txt", "a.txt.gz"])
def test_a_text_file_is_one_report_named_like_the_file(tmp_path: Path, name: str) -> None:
    raw = TEXTS[0].encode()
    (tmp_path / name).write_bytes(gzip.compress(raw) if name.endswith("gz") else raw)
    assert [d.id for d in read(tmp_path / name) if isinstance(d, Document)] == ["a"]


def test_a_folder_is_read_with_all_below_in_a_fixed_order_and_without_the_output(tmp_path: Path) -> None:
    for name in ("b/z.txt", "a.txt", "b/a.txt", "out/x.txt", "note.pdf"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(TEXTS[0], encoding="utf-8")
    found = find_inputs([tmp_path], leave_out=tmp_path / "out")
    assert [source.name for source in found] == [str(tmp_path / name) for name in ("a.txt", "b/a.txt", "b/z.txt")]


def test_results_of_another_batch_below_a_folder_are_no_reports(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("a.txt", "first/plan.json", "first/shards/000000-x/records.jsonl", "first/records.jsonl", "own/plan.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / name).write_text(TEXTS[0], encoding="utf-8")
    (tmp_path / "own" / "shards").mkdir()
    found = find_inputs([tmp_path], leave_out=tmp_path / "own")
    assert [source.name for source in found] == [str(tmp_path / "a.txt")]
    assert caplog.messages == [f"{tmp_path / 'first'}: holds the results of another batch, and is left out"]


def test_a_glob_is_sorted_and_a_file_given_twice_is_read_once(tmp_path: Path) -> None:
    for name in ("2.jsonl", "1.jsonl"):
        write(tmp_path / name)
    found = find_inputs([str(tmp_path / "*.jsonl"), tmp_path / "1.jsonl"])
    assert [Path(source.name).name for source in found] == ["1.jsonl", "2.jsonl"]


def test_columns_are_named_by_the_user(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"key": 7, "body": TEXTS[0], "day": "2024-01-02", "paper": "p"}), encoding="utf-8")
    [got] = read(path, settings=Settings(Columns(id="key", text="body", date="day", outlet="paper")))
    assert isinstance(got, Document)
    assert (got.id, got.outlet, str(got.date)) == ("7", "p", "2024-01-02")


def test_a_dataset_is_an_input_and_so_is_any_iterable() -> None:
    datasets = pytest.importorskip("datasets", reason="needs datasets")
    assert [d.id for d in read(datasets.Dataset.from_list(ROWS)) if isinstance(d, Document)] == ["r0", "r1", "r2"]
    assert len(read(row for row in ROWS)) == 3


def test_a_bad_item_of_an_iterable_is_a_fault() -> None:
    got = read([ROWS[0], {"text": ""}, 7, TEXTS[1]])
    assert [isinstance(item, Fault) for item in got] == [False, True, True, False]


def test_a_row_of_parquet_that_cannot_be_read_costs_no_other(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow", reason="needs pyarrow"), pytest.importorskip("pyarrow.parquet", reason="needs pyarrow")
    day = 1_704_153_600_000  # 2024-01-02
    dates = pa.array([day, 10**15, day], pa.timestamp("ms"))
    outlets = pa.array([b"a", b"b", b"\xc7"]).view(pa.string())
    pq.write_table(pa.table({"id": ["x", "y", "z"], "text": TEXTS, "date": dates, "outlet": outlets}), tmp_path / "a.parquet")
    first, *faults = read(tmp_path / "a.parquet")
    assert isinstance(first, Document)
    assert (first.id, str(first.date)) == ("x", "2024-01-02")
    assert [(fault.line, fault.field) for fault in faults if isinstance(fault, Fault)] == [(2, "date"), (3, "outlet")]
    assert all(isinstance(fault, Fault) and fault.reason.startswith("got a value that cannot be read: ") for fault in faults)


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv", "a.parquet", "saved"])
def test_a_misspelt_column_is_told_whatever_the_input(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / name
    if name == "saved":
        pytest.importorskip("datasets", reason="needs datasets").Dataset.from_list(ROWS).save_to_disk(str(path))
    else:
        write(path)
    assert len(read(path, settings=Settings(Columns(date="dya")))) == 3
    assert f"{path}: no column 'dya' for the date; there are: date, id, outlet, text" in caplog.text


def test_without_datasets_the_error_names_the_smaller_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("state.json", "dataset_info.json"):
        (tmp_path / name).write_text("{}")
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'rasid\[frames\]'"):
        find_inputs([tmp_path])


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("missing.jsonl", "no such file"),
        ("*.jsonl", "no file fits"),
        ("a.docx", r"expected \.jsonl"),
        ("folder", "a folder without a file"),
    ],
)
def test_an_input_that_cannot_be_read_is_an_error_before_the_work(tmp_path: Path, name: str, why: str) -> None:
    (tmp_path / "a.docx").write_bytes(b"x")
    (tmp_path / "folder").mkdir()
    with pytest.raises(InputError, match=why):
        find_inputs([tmp_path / name])


def test_a_report_where_a_path_is_expected_is_an_error_that_says_so() -> None:
    text = "قصف على بلدة " * 50
    with pytest.raises(
        InputError, match=r"^got a text of 650 characters, expected a path or a glob; reports themselves are given as documents"
    ):
        find_inputs([text])


@pytest.mark.parametrize("packed", [".gz", ".zst"])
def test_a_packed_file_that_was_cut_off_is_an_error_and_no_end(tmp_path: Path, packed: str) -> None:
    path = write(tmp_path / f"a.jsonl{packed}")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"cannot be read to its end"):
        read(path)


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.parquet"])
def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name)
    sources = find_inputs([path])
    assert list(read_sources(sources, Settings()))
    assert sources[0].sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_is_written_to_while_it_is_read_is_an_error(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl")
    stream = read_sources(find_inputs([path]), Settings())
    next(stream)
    with open(path, "a", encoding="utf-8") as more:
        more.write("\n")
    with pytest.raises(InputError, match="was changed while it was read"):
        list(stream)
