"""Readers: every kind of input, every kind of bad item, and that a bad item never costs a good one."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import logging
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rasid.document import Document
from rasid.readers import Columns, Fault, Item, Settings, read_all, read_jsonl, read_path, read_table

ARABIC = "قصف على حلب"
DAY = dt.date(2020, 2, 27)


def write(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def lines(*values: object) -> str:
    return "".join((v if isinstance(v, str) else json.dumps(v, ensure_ascii=False)) + "\n" for v in values)


def texts(items: list[Item]) -> list[str]:
    return [item.text for item in items if isinstance(item, Document)]


def faults(items: list[Item]) -> list[tuple[int | None, str | None, str]]:
    return [(item.line, item.field, item.reason) for item in items if isinstance(item, Fault)]


def read(path: Path, **settings: object) -> list[Item]:
    return list(read_path(path, Settings(**settings)))  # type: ignore[arg-type]


def one_fault(items: list[Item]) -> Fault:
    (fault,) = items
    assert isinstance(fault, Fault)
    return fault


# --- text files


def test_a_text_file_is_one_document(tmp_path: Path) -> None:
    text = f"\r\n{ARABIC}\r\n\r\nقُتِل 😀\n"
    assert read(write(tmp_path / "report 1.txt", text), date=DAY) == [Document("report 1", text, DAY)]


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere file names are Unicode")
def test_a_name_that_is_no_text_makes_an_id_all_the_same(tmp_path: Path) -> None:
    path = write(Path(os.fsdecode(bytes(tmp_path) + b"/\xc7\xe1.txt")), ARABIC)
    assert read(path) == [Document("\ufffd\ufffd", ARABIC)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_byte_order_marks(tmp_path: Path, encoding: str) -> None:
    mark = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}.get(encoding, b"")
    assert texts(read(write(tmp_path / "a.txt", mark + ARABIC.encode(encoding)))) == [ARABIC]
    assert texts(read(write(tmp_path / "a.csv", mark + f"id,text\n1,{ARABIC}\n".encode(encoding)))) == [ARABIC]
    assert texts(read(write(tmp_path / "a.jsonl", mark + lines({"text": ARABIC}).encode(encoding)))) == [ARABIC]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "got an empty text"),
        (b" \n\r\n\t", "got an empty text"),
        (b"Aleppo was shelled.", "no Arabic text"),
        (f"{ARABIC}\x00".encode(), "got binary data"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", "got byte 0x89 at character 0, which is no UTF-8 text"),
        (ARABIC.encode("utf-16-le"), "got b"),  # without its mark
    ],
)
def test_bad_text_files(tmp_path: Path, content: bytes, reason: str) -> None:
    path = write(tmp_path / "a.txt", content)
    fault = one_fault(read(path))
    assert fault.source == str(path)
    assert fault.reason.startswith(reason)


def test_windows_1256_is_refused_with_advice(tmp_path: Path) -> None:
    fault = one_fault(read(write(tmp_path / "a.txt", f"line one\n{ARABIC}".encode("cp1256"))))
    assert fault.line == 2
    assert "it looks like Windows-1256: convert it first (iconv -f CP1256 -t UTF-8)" in fault.reason
    assert str(fault).startswith(f"{tmp_path / 'a.txt'}:2: got byte 0x")


def test_utf_16_cut_short(tmp_path: Path) -> None:
    whole = lines({"text": ARABIC}, {"text": ARABIC + "."}).encode("utf-16")
    items = read(write(tmp_path / "a.jsonl", whole[:-5]))
    assert texts(items) == [ARABIC]
    assert [line for line, _, _ in faults(items)] == [2]


# --- JSON lines


def test_json_lines(tmp_path: Path) -> None:
    path = write(
        tmp_path / "a.jsonl",
        lines(
            {"id": 1, "text": ARABIC, "date": "2020-02-27", "outlet": "Radio", "country": "SY", "spans": []},
            "",
            {"doc_id": "b", "text": ARABIC},
            "  ",
            {"text": ARABIC},
        ),
    )
    first, second, third = read(path, date=dt.date(1999, 1, 1))
    assert first == Document("1", ARABIC, DAY, "Radio", "SY")
    assert second == Document("b", ARABIC, dt.date(1999, 1, 1))
    assert isinstance(third, Document)
    assert third.id.startswith("doc-")


def test_bad_lines_cost_no_good_ones(tmp_path: Path) -> None:
    good = {"text": ARABIC}
    content = b"".join(
        [
            lines(good, '{"text": "' + ARABIC, [ARABIC], '"x"', "null", {"id": "x"}, {"text": None}, {"text": ""}).encode(),
            b'{"text": "\xc7\xe1\xc7\xe1"}\n',
            lines({"text": ARABIC, "date": "27/2/2020"}, {"text": "English only"}, {"text": "ق\x00"}, '{"text": "ق\\ud800"}').encode(),
            lines({"text": ARABIC, "outlet": 3}, "[" * 100_000, good).encode(),
        ]
    )
    items = read(write(tmp_path / "a.jsonl", content))
    assert texts(items) == [ARABIC, ARABIC]
    expected = [
        (2, None, "not JSON: Invalid control character at"),
        (3, None, "got a JSON list, expected an object"),
        (4, None, "got a JSON str, expected an object"),
        (5, None, "got a JSON NoneType, expected an object"),
        (6, "text", "got nothing, expected the report as a str"),
        (7, "text", "got NoneType"),
        (8, "text", "got an empty text"),
        (9, None, "got byte 0xC7 at character 10"),
        (10, "date", "got '27/2/2020', expected a date as YYYY-MM-DD"),
        (11, "text", "no Arabic text (0% of its letters), expected a report in Arabic"),
        (12, "text", "got binary data (a NUL character)"),
        (13, "text", "got a lone surrogate (U+D800)"),
        (14, "outlet", "got int, expected a str or null"),
        (15, None, "not JSON: "),
    ]
    got = faults(items)
    assert [(line, field) for line, field, _ in got] == [(line, field) for line, field, _ in expected]
    for (_, _, reason), (_, _, begin) in zip(got, expected, strict=True):
        assert reason.startswith(begin)


@pytest.mark.skipif(not hasattr(sys, "get_int_max_str_digits"), reason="this Python reads integers of any length")
def test_an_integer_too_long_for_python_costs_its_line_only(tmp_path: Path) -> None:
    content = lines({"text": ARABIC}, '{"id": ' + "9" * 5_000 + ', "text": "' + ARABIC + '"}', {"text": ARABIC})
    items = read(write(tmp_path / "a.jsonl", content))
    assert texts(items) == [ARABIC, ARABIC]
    assert faults(items) == [(2, None, "got an integer of more digits than Python reads, expected a shorter one")]


def test_line_separators_inside_a_string_end_no_line(tmp_path: Path) -> None:
    text = f"{ARABIC}\u2028{ARABIC}\x85{ARABIC}"
    assert texts(read(write(tmp_path / "a.jsonl", lines({"text": text})))) == [text]


# --- tables


def test_a_table(tmp_path: Path) -> None:
    content = f'id,date,text,outlet\r\n1,2020-02-27,"{ARABIC}, ""حلب""\r\nسطر",\r\n\r\n,,{ARABIC},Radio\r\n'
    first, second = read(write(tmp_path / "a.csv", content))
    assert first == Document("1", f'{ARABIC}, "حلب"\r\nسطر', DAY)
    assert isinstance(second, Document)
    assert (second.text, second.outlet, second.date) == (ARABIC, "Radio", None)
    assert second.id.startswith("doc-")


@pytest.mark.parametrize(("name", "mark"), [("a.csv", ";"), ("a.csv", "\t"), ("a.tsv", "\t"), ("a.TSV", ",")])
def test_separators(tmp_path: Path, name: str, mark: str) -> None:
    assert texts(read(write(tmp_path / name, f"id{mark} text\n1{mark}{ARABIC}\n"))) == [ARABIC]


def test_bad_rows_cost_no_good_ones(tmp_path: Path) -> None:
    rows = [
        "id,text,date",
        f"1,{ARABIC},",
        "2,,2020-01-01",
        f"3,{ARABIC},yesterday",
        f"4,{ARABIC}, وحمص,2020-01-01",
        f'5,"{ARABIC}',
        f'6,"{ARABIC}",',
        f'7,"{ARABIC}" x,',
        f"8,{ARABIC}",
        "9",
        "10,English,",
        f'11,"{ARABIC}\nسطر ثان",',
        f'12,"{ARABIC}',
    ]
    items = read(write(tmp_path / "a.csv", "\n".join(rows) + "\n"))
    assert [item.id for item in items if isinstance(item, Document)] == ["1", "6", "8", "11"]
    got = faults(items)
    assert [(line, field) for line, field, _ in got] == [
        *[(3, "text"), (4, "date"), (5, None), (6, None), (8, None), (10, "text"), (11, "text"), (14, None)],
    ]
    assert got[2][2] == "got 4 cells, expected 3; is a text with ',' not quoted?"
    assert got[3][2].startswith("broken quoting")


def test_an_open_quotation_mark_swallows_no_file(tmp_path: Path) -> None:
    rows = ["id,text", f'0,"{ARABIC}', *(f"{n},{ARABIC}" for n in range(1, 12_000))]
    items = read(write(tmp_path / "a.csv", "\n".join(rows)))
    assert len(texts(items)) == 11_999
    assert [line for line, _, _ in faults(items)] == [2]


def test_a_bad_byte_costs_its_row_only(tmp_path: Path) -> None:
    content = b"id,text\n1," + ARABIC.encode("cp1256") + f"\n2,{ARABIC}\n".encode() + b"3,\xff\n"
    items = read(write(tmp_path / "a.csv", content))
    assert texts(items) == [ARABIC]
    assert [line for line, _, _ in faults(items)] == [2, 4]
    assert "Windows-1256" in faults(items)[0][2]


def test_nul_in_a_table(tmp_path: Path) -> None:
    items = read(write(tmp_path / "a.csv", f"id,text\n1,{ARABIC}\x00\n2,{ARABIC}\n"))
    assert texts(items) == [ARABIC]
    assert faults(items)[0][0] == 2
    assert "got binary data (a NUL character)" in faults(items)[0][2]


def test_a_long_cell(tmp_path: Path) -> None:
    text = f"{ARABIC} " * 50_000
    assert texts(read(write(tmp_path / "a.csv", f"text\n{text}\n"))) == [text]


@pytest.fixture
def small_fields() -> Iterator[None]:
    """The csv module as a new process has it: a cell holds 128 KiB."""
    before = csv.field_size_limit(128 * 1024)
    yield
    csv.field_size_limit(before)


@pytest.mark.usefixtures("small_fields")
def test_a_long_first_line_is_a_header_like_any_other_in_whatever_order_files_are_read(tmp_path: Path) -> None:
    long = write(tmp_path / "long.csv", "x" * 200_000 + f",text\n1,{ARABIC}\n")
    report = write(tmp_path / "report.csv", ARABIC * 20_000 + f"\n{ARABIC}\n")
    good = write(tmp_path / "good.csv", f"id,text\n1,{ARABIC}\n")
    for paths in ([long, report, good], [good, report, long]):
        items = list(read_all(paths))
        assert texts(items) == [ARABIC, ARABIC]
        [(line, field, reason)] = faults(items)
        assert (line, field) == (1, "text")
        assert reason.startswith(f"got the columns {ARABIC}")
        assert reason.endswith("…, expected one with this name")
        assert len(reason) < 500


def test_a_header_that_cannot_be_parsed_is_a_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> Iterator[list[str]]:
        raise csv.Error("line contains NUL")  # Python 3.10

    path = write(tmp_path / "a.csv", "id,\x00text\n")
    monkeypatch.setattr(csv, "reader", refuse)
    assert read(path) == [Fault(str(path), 1, None, "got binary data (a NUL character), expected text")]


@pytest.mark.parametrize(
    ("content", "line", "field", "reason"),
    [
        ("", None, None, "got an empty file, expected a table with a header"),
        (f"id,body\n1,{ARABIC}\n", 1, "text", "got the columns id, body, expected one with this name"),
    ],
)
def test_tables_without_a_text(tmp_path: Path, content: str, line: int | None, field: str | None, reason: str) -> None:
    path = write(tmp_path / "a.csv", content)
    assert read(path) == [Fault(str(path), line, field, reason)]


# --- columns


def test_columns_can_be_named(tmp_path: Path) -> None:
    columns = Columns(id="key", text="body", date="day", outlet="paper", country="cc")
    row = {"key": "k", "body": ARABIC, "day": "2020-02-27", "paper": "P", "cc": "SY", "id": "no", "text": "no"}
    expected = [Document("k", ARABIC, DAY, "P", "SY")]
    assert read(write(tmp_path / "a.jsonl", lines(row)), columns=columns) == expected
    table = ",".join(row) + "\n" + ",".join(row.values()) + "\n"
    assert read(write(tmp_path / "a.csv", table), columns=columns) == expected
    assert texts(read(write(tmp_path / "a.txt", ARABIC), columns=columns)) == [ARABIC]


def test_a_fault_calls_the_field_as_the_user_does(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", lines({"body": ARABIC, "day": "x"}, {"text": ARABIC}))
    assert [field for _, field, _ in faults(read(path, columns=Columns(text="body", date="day")))] == ["day", "body"]


@pytest.mark.parametrize("name", ["a.jsonl", "a.csv"])
def test_a_misspelt_column_is_told(tmp_path: Path, name: str, caplog: pytest.LogCaptureFixture) -> None:
    path = write(
        tmp_path / name, lines({"text": ARABIC, "date": "2020-02-27"}) if name == "a.jsonl" else f"text,date\n{ARABIC},2020-02-27\n"
    )
    with caplog.at_level(logging.WARNING):
        assert texts(read(path, columns=Columns(date="dat"))) == [ARABIC]
    assert f"{path}: no column 'dat' for the date; there are: date, text" in caplog.text


# --- files and standard input


def test_many_files_in_order_and_unreadable_ones(tmp_path: Path) -> None:
    (tmp_path / "folder.txt").mkdir()
    paths = [
        write(tmp_path / "b.txt", ARABIC),
        tmp_path / "none.txt",
        tmp_path / "folder.txt",
        write(tmp_path / "a.pdf", b"%PDF"),
        write(tmp_path / "a.json", "[]"),
        write(tmp_path / "a.jsonl", lines({"id": "x", "text": ARABIC})),
    ]
    items = list(read_all(paths))
    assert [item.id for item in items if isinstance(item, Document)] == ["b", "x"]
    reasons = [item.reason for item in items if isinstance(item, Fault)]
    assert reasons[0] == "cannot be read: No such file or directory"
    assert reasons[1] == "cannot be read: Is a directory"
    assert reasons[2] == "got a file named *.pdf, expected .txt, .jsonl, .csv or .tsv"
    assert "jq" in reasons[3]


def test_ids_met_before_get_a_suffix(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    ids = ["a", "a", "a#2", "a", "b"]
    first = write(tmp_path / "a.jsonl", lines(*({"id": name, "text": ARABIC} for name in ids)))
    with caplog.at_level(logging.WARNING):
        items = list(read_all([first, write(tmp_path / "b.txt", ARABIC)]))
    names = [item.id for item in items if isinstance(item, Document)]
    assert names == ["a", "a#2", "a#2#2", "a#3", "b", "b#2"]
    assert "document id 'a' was met before: this one is called 'a#2'" in caplog.text


class Stdin:
    def __init__(self, content: bytes):
        self.buffer = io.BytesIO(content)


@pytest.mark.parametrize("before", ["", "\n \n", "\ufeff"])
def test_standard_input(monkeypatch: pytest.MonkeyPatch, before: str) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin((before + lines({"id": "x", "text": ARABIC}, "{")).encode()))
    items = list(read_path("-"))
    assert texts(items) == [ARABIC]
    assert [(item.source, item.line) for item in items if isinstance(item, Fault)] == [("<stdin>", 2 + before.count("\n"))]
    monkeypatch.setattr(sys, "stdin", Stdin((before + ARABIC + "\n{}").encode()))
    assert list(read_path("-")) == [Document("stdin", before.lstrip("\ufeff") + ARABIC + "\n{}")]


def test_empty_standard_input(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", Stdin(b""))
    assert one_fault(list(read_path("-"))).reason.startswith("got an empty text")


def test_streams_are_read_little_by_little() -> None:
    class Endless(io.RawIOBase):
        taken = 0

        def __init__(self, line: bytes):
            self.line = line

        def readable(self) -> bool:
            return True

        def readinto(self, buffer: bytearray) -> int:  # type: ignore[override]
            buffer[: len(self.line)] = self.line
            Endless.taken += len(self.line)
            return len(self.line)

    for read_stream, line in ((read_jsonl, lines({"text": ARABIC})), (read_table, f"text,text\n{ARABIC},x\n")):
        Endless.taken = 0
        endless: Any = Endless(line.encode())
        stream = read_stream(io.BufferedReader(endless), "endless", Settings())
        assert sum(isinstance(next(stream), Document) for _ in range(10)) >= 5
        assert Endless.taken < 100_000
