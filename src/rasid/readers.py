"""Reads files and standard input into Documents, as a stream in which a bad item is a Fault and never costs a good one."""

from __future__ import annotations

import codecs
import csv
import dataclasses
import datetime as dt
import io
import json
import logging
import os
import re
import sys
from collections import deque
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

from rasid.document import Document, check_arabic
from rasid.errors import InputError

log = logging.getLogger(__name__)

STDIN = "-"
ACCEPTED_FILES = ".txt, .jsonl, .csv or .tsv"
# A quotation mark that is never closed must not swallow the file: a row of a table spans at most this many lines.
MAX_ROW_LINES = 5_000
_ESCAPE = "rasid.escape"
_ESCAPED = re.compile("[\ud800-\udfff]")
_HIGHEST_FIELD = 2**31 - 1
_LONGEST_LIST = 300

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of the keys or columns that hold a document's parts; `doc_id` stands in for a missing `id`."""

    id: str = "id"
    text: str = "text"
    date: str = "date"
    outlet: str = "outlet"
    country: str = "country"

    def given(self) -> dict[str, str]:
        """The parts whose column was named otherwise than the default, with that name."""
        return {f.name: getattr(self, f.name) for f in dataclasses.fields(self) if getattr(self, f.name) != f.default}


@dataclass(frozen=True, slots=True)
class Fault:
    """An item that could not be read: where it stood (1-based line), which field is wrong, and why."""

    source: str
    line: int | None
    field: str | None
    reason: str

    def __str__(self) -> str:
        place = self.source if self.line is None else f"{self.source}:{self.line}"
        return f"{place}: " + (f"field {self.field!r}: " if self.field else "") + self.reason


@dataclass(frozen=True, slots=True)
class Settings:
    """How items become documents: the columns, and the date of those that have none."""

    columns: Columns = Columns()
    date: dt.date | None = None


Item = Document | Fault


def read_all(inputs: Iterable[str | Path], settings: Settings | None = None) -> Iterator[Item]:
    """Read files one after the other (`-` is standard input); an id met before gets a suffix (`#2`), so that ids stay unique."""
    seen: dict[str, int] = {}
    for path in inputs:
        for item in read_path(path, settings):
            yield _unique(item, seen) if isinstance(item, Document) else item


def read_path(path: str | Path, settings: Settings | None = None) -> Iterator[Item]:
    """Read one file by its suffix, or standard input (`-`), which is JSON lines if it opens with `{` and else one text."""
    settings = settings or Settings()
    if str(path) == STDIN:
        yield from _read_unknown(sys.stdin.buffer, "<stdin>", settings)
        return
    source, suffix = str(path), Path(path).suffix.lower()
    read = READERS.get(suffix)
    if read is None:
        hint = "; of a JSON array make one document a line (jq -c '.[]')" if suffix == ".json" else ""
        yield Fault(source, None, None, f"got a file named *{suffix}, expected {ACCEPTED_FILES}{hint}")
        return
    try:
        with open(path, "rb") as stream:
            yield from read(stream, source, settings)
    except OSError as error:
        yield Fault(source, None, None, f"cannot be read: {error.strerror or error}")


def read_text(stream: BinaryIO, source: str, settings: Settings) -> Iterator[Item]:
    """Read a stream that is one report; its id is the file's name without the suffix."""
    yield _whole(decoded_lines(stream), source, settings)


def read_jsonl(stream: BinaryIO, source: str, settings: Settings) -> Iterator[Item]:
    """Read a stream of JSON objects, one a line."""
    yield from _json_documents(decoded_lines(stream), source, settings)


def read_table(stream: BinaryIO, source: str, settings: Settings) -> Iterator[Item]:
    """Read a table with a header (RFC 4180 quoting); the separator (comma, semicolon, tab) is that which finds the text's column."""
    csv.field_size_limit(_HIGHEST_FIELD)  # of the whole process; the module's own, 128 KiB, is less than a long report
    rows = _Rows(decoded_lines(stream, newline=""))
    header_line = rows.peek()
    if header_line is None:
        yield Fault(source, None, None, "got an empty file, expected a table with a header")
        return
    columns = settings.columns
    try:
        headers = [(mark, [cell.strip() for cell in next(csv.reader([header_line], delimiter=mark), [])]) for mark in ",;\t"]
    except csv.Error as error:
        yield Fault(source, 1, None, _broken(error))
        return
    separator, header = next((pair for pair in headers if columns.text in pair[1]), headers[0])
    if columns.text not in header:
        reason = _encoding_reason(header_line) or f"got the columns {listed(header)}, expected one with this name"
        yield Fault(source, 1, columns.text, reason)
        return
    warn_of_absent(columns, header, source)
    names = {name: header.index(name) for name in (*dataclasses.astuple(columns), "doc_id") if name in header}
    for line, row in rows.parsed(separator):
        if isinstance(row, str):
            yield Fault(source, line, None, row)
        elif line > 1 and any(row):
            if any(row[len(header) :]):  # most likely the text itself: a part of it must not pass for the whole
                yield Fault(source, line, None, f"got {len(row)} cells, expected {len(header)}; is a text with {separator!r} not quoted?")
                continue
            cells = {name: row[at] for name, at in names.items() if at < len(row)}
            yield make_item(cells, source, line, settings)


READERS: dict[str, Callable[[BinaryIO, str, Settings], Iterator[Item]]] = {
    ".txt": read_text,
    ".text": read_text,
    ".jsonl": read_jsonl,
    ".ndjson": read_jsonl,
    ".csv": read_table,
    ".tsv": read_table,
}
"""What reads a stream, by the suffix of the file's name."""


def parsed_lines(stream: BinaryIO, source: str, parse: Callable[[dict[str, Any]], T]) -> Iterator[tuple[int, T] | Fault]:
    """What `parse` makes of each JSON object of a stream, one a line, with its line's number; what is none, or is refused, is a Fault."""
    for number, line in enumerate(decoded_lines(stream), 1):
        if not line.strip():
            continue
        try:
            value = parse(parse_object(line))
        except InputError as error:
            yield as_fault(error, source, number)
        else:
            yield number, value


def decoded_lines(stream: BinaryIO, *, newline: str = "\n") -> Iterator[str]:
    """Decode a stream line by line, line ends kept: UTF-8, or UTF-16 where a byte order mark says so; the mark is dropped.

    Bytes that cannot be decoded become lone surrogates, so that the lines about them stay good.
    """
    buffered = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
    mark = buffered.peek(4)[:2]
    encoding = "utf-16" if mark in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "utf-8-sig"
    yield from io.TextIOWrapper(buffered, encoding=encoding, errors=_ESCAPE, newline=newline)


def parse_object(line: str) -> dict[str, Any]:
    """Parse one line of JSON lines.

    Raises:
        InputError: where it cannot be decoded or is no JSON object.
    """
    if reason := _encoding_reason(line):
        raise InputError(reason)
    try:
        value = json.loads(line)
    except json.JSONDecodeError as error:
        raise InputError(f"not JSON: {error.msg} at character {error.pos}") from error
    except ValueError as error:  # Python's own bound (sys.set_int_max_str_digits), which is not JSON's
        raise InputError("got an integer of more digits than Python reads, expected a shorter one") from error
    except RecursionError as error:
        raise InputError("not JSON: nested too deeply") from error
    if not isinstance(value, dict):
        raise InputError(f"got a JSON {type(value).__name__}, expected an object")
    return value


def as_fault(error: InputError, source: str, line: int | None, columns: Columns | None = None) -> Fault:
    """Make a Fault of an error that names no place itself; the field is called as the user calls it."""
    reason = str(error).removeprefix(f"field {error.field!r}: ")
    field = getattr(columns, error.field, error.field) if columns and error.field else error.field
    return Fault(source, line, field, reason)


def _read_unknown(stream: BinaryIO, source: str, settings: Settings) -> Iterator[Item]:
    lines = decoded_lines(stream)
    before: list[str] = []
    for line in lines:
        before.append(line)
        if line.strip():
            break
    everything = chain(before, lines)
    if before and before[-1].lstrip().startswith("{"):
        yield from _json_documents(everything, source, settings)
    else:
        yield _whole(everything, source, settings)


def _whole(lines: Iterable[str], source: str, settings: Settings) -> Item:
    kept: list[str] = []
    for number, line in enumerate(lines, 1):
        if reason := _encoding_reason(line):
            return Fault(source, number, None, reason)
        kept.append(line)
    # A file's name can be any bytes; an id is text.
    name = "stdin" if source == "<stdin>" else os.fsencode(Path(source).stem).decode("utf-8", "replace")
    columns = settings.columns
    return make_item({columns.id: name, columns.text: "".join(kept)}, source, None, settings)


def _json_documents(lines: Iterable[str], source: str, settings: Settings) -> Iterator[Item]:
    keys: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = parse_object(line)
        except InputError as error:
            yield as_fault(error, source, number)
            continue
        keys.update(value)
        yield make_item(value, source, number, settings)
    if keys:
        warn_of_absent(settings.columns, keys, source)


def make_item(value: Mapping[str, Any], source: str, line: int | None, settings: Settings) -> Item:
    """Make a Document of a mapping whose keys are the columns of `settings`; where it is none, the Fault that says why."""
    columns = settings.columns
    parts = {part: value[name] for part, name in _named(columns) if name in value}
    if parts.get("id") in (None, ""):
        parts["id"] = value.get("doc_id") or None
    try:
        return check_arabic(Document.make(parts, date=settings.date))
    except InputError as error:
        return as_fault(error, source, line, columns)


@lru_cache(maxsize=8)
def _named(columns: Columns) -> tuple[tuple[str, str], ...]:
    return tuple(dataclasses.asdict(columns).items())


def _unique(document: Document, seen: dict[str, int]) -> Document:
    """`seen` holds, for each id, how many documents had it; a made id is entered too."""
    name = document.id
    while name in seen:
        seen[document.id] += 1
        name = f"{document.id}#{seen[document.id]}"
    seen[name] = 1
    if name == document.id:
        return document
    log.warning("document id %r was met before: this one is called %r", document.id, name)
    return dataclasses.replace(document, id=name)


def listed(names: Iterable[str]) -> str:
    """Names of columns in a message, cut where they are long: the first line of a table without a header is a report."""
    joined = ", ".join(names)
    return joined if len(joined) <= _LONGEST_LIST else joined[:_LONGEST_LIST] + "…"


def warn_of_absent(columns: Columns, present: Collection[str], source: str) -> None:
    """A column asked for by name that is nowhere is most likely misspelt; the documents are good without it."""
    for part, name in columns.given().items():
        if part != "text" and name not in present:
            log.warning("%s: no column %r for the %s; there are: %s", source, name, part, listed(sorted(present)))


class _Rows:
    """The rows of a table, read so that a row with broken quoting is given up at its first line and the next line starts afresh."""

    def __init__(self, lines: Iterator[str]):
        self._lines = lines
        self._ahead: deque[str] = deque()
        self._taken: list[str] = []

    def peek(self) -> str | None:
        """The first line, or None; only before `parsed`."""
        first = next(self._lines, None)
        if first is not None:
            self._ahead.append(first)
        return first

    def __iter__(self) -> _Rows:
        return self

    def __next__(self) -> str:
        if len(self._taken) >= MAX_ROW_LINES:
            raise StopIteration  # the parser calls this an unexpected end of data
        line = self._ahead.popleft() if self._ahead else next(self._lines)
        self._taken.append(line)
        return line

    def parsed(self, separator: str) -> Iterator[tuple[int, list[str] | str]]:
        """Each row with the number of its first line; in place of a row that cannot be read, the reason."""
        parser = csv.reader(self, delimiter=separator, strict=True)
        line = 1
        while True:
            self._taken = []
            row: list[str] | str
            try:
                row = next(parser)
                used = len(self._taken)
            except StopIteration:
                return
            except csv.Error as error:
                row = _broken(error)
                used = 1
                self._ahead.extendleft(reversed(self._taken[1:]))
            yield line, _encoding_reason("".join(self._taken[:used])) or row
            line += used


def _broken(error: csv.Error) -> str:
    return "got binary data (a NUL character), expected text" if "NUL" in str(error) else f"broken quoting: {error}"


def _encoding_reason(line: str) -> str | None:
    """What is wrong with a line that holds undecodable bytes; None for a good one."""
    found = _ESCAPED.search(line)
    if found is None:
        return None
    byte = ord(found[0]) - 0xDC00
    raw = line.encode("utf-8", "surrogateescape") if all(0xDC80 <= ord(c) <= 0xDCFF for c in _ESCAPED.findall(line)) else b""
    hint = "; it looks like Windows-1256: convert it first (iconv -f CP1256 -t UTF-8)" if _is_cp1256(raw) else ""
    return f"got byte 0x{byte:02X} at character {found.start()}, which is no UTF-8 text{hint}"


def _is_cp1256(raw: bytes) -> bool:
    """Bytes above ASCII that are nearly all Arabic letters in Windows-1256, the older encoding of Arabic files."""
    high = bytes(byte for byte in raw if byte >= 0x80).decode("cp1256", "replace")
    return len(high) > 2 and sum("\u0621" <= char <= "\u064a" for char in high) > 0.8 * len(high)


def _escape(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeDecodeError)
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(_ESCAPE, _escape)
