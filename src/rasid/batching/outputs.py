"""Writes the results of one shard, and joins those of all shards to the files of the batch."""

from __future__ import annotations

import csv
import dataclasses
import hashlib
import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TextIO

from rasid.batching import arrow
from rasid.batching.config import BatchConfig
from rasid.batching.shards import Entry, Failure
from rasid.batching.store import DONE
from rasid.files import written
from rasid.profiles import Profile, ProfileWriter
from rasid.records import Record
from rasid.tables import CASUALTY_COLUMNS, EVENT_COLUMNS, Row, casualty_rows, event_row, feature
from rasid.writers import CsvWriter, JsonLinesWriter, dump_line, flat_row, located

RECORDS, DOCUMENTS, FAILED = "records.jsonl", "documents.jsonl", "failed.jsonl"
EVENTS_CSV, CASUALTIES_CSV, EVENTS_PARQUET, CASUALTIES_PARQUET = "events.csv", "casualties.csv", "events.parquet", "casualties.parquet"
# One feature a line in a shard; joined they are one FeatureCollection.
FEATURES, GEOJSON = "features.jsonl", "events.geojson"
_CHUNK = 1 << 20


def joined_names(config: BatchConfig) -> list[str]:
    """The files that a finished batch has beside `run.json`."""
    by_format = {
        "jsonl": [RECORDS, DOCUMENTS],
        "csv": [EVENTS_CSV, CASUALTIES_CSV],
        "parquet": [EVENTS_PARQUET, CASUALTIES_PARQUET],
        "geojson": [GEOJSON],
    }
    return [name for f in config.formats for name in by_format[f]] + [f"{p}.csv" for p in config.profiles] + [FAILED]


class ShardWriter:
    """Writes one shard to a folder, record by record; `close` gives its counts, the files' hashes among them."""

    def __init__(self, folder: Path, config: BatchConfig, stack: ExitStack):
        self._folder, self._config = folder, config

        def opened(name: str) -> TextIO:
            return stack.enter_context(open(folder / name, "w", encoding="utf-8", newline=""))

        self._documents, self._failed = opened(DOCUMENTS), opened(FAILED)
        self._streams = [self._documents, self._failed]
        self._writers: list[Any] = [JsonLinesWriter(self._open(opened, RECORDS))]
        self._events_csv = self._casualties_csv = self._features = None
        if "csv" in config.formats:
            self._events_csv = CsvWriter(self._open(opened, EVENTS_CSV))
            self._casualties_csv = csv.writer(self._open(opened, CASUALTIES_CSV), lineterminator="\n")
            self._casualties_csv.writerow(CASUALTY_COLUMNS)
        if "geojson" in config.formats:
            self._features = self._open(opened, FEATURES)
        self._writers += [ProfileWriter(self._open(opened, f"{name}.csv"), Profile(name)) for name in config.profiles]
        self._flat = not {"csv", "geojson", "parquet"}.isdisjoint(config.formats)
        self._event_rows: list[Row] = []
        self._casualty_rows: list[Row] = []
        self._counts = dict.fromkeys(("documents", "failed", "copies", "events", "casualties", "located"), 0)

    def _open(self, opened: Any, name: str) -> TextIO:
        stream: TextIO = opened(name)
        self._streams.append(stream)
        return stream

    def write(self, record: Record, entry: Entry) -> None:
        """Write the record of one document to every file."""
        document = entry.document
        for writer in self._writers:
            writer.write(record, document)
        about = {
            "doc_id": document.id,
            "date": document.date.isoformat() if document.date else None,
            "outlet": document.outlet,
            "country": document.country,
            "source": entry.source,
            "item": entry.number,
            "text_digest": entry.digest,
            "copy": entry.copy_of is not None,
            "text": document.text,
        }
        self._documents.write(dump_line(about) + "\n")
        for event in record.events if self._flat else ():
            row = flat_row(event, record, document)
            casualties = list(casualty_rows(event, record, document))
            if self._events_csv is not None:
                self._events_csv.write_row(row)
            if self._casualties_csv is not None:
                self._casualties_csv.writerows([[_cell(value) for value in figure.values()] for figure in casualties])
            if self._features is not None and (made := feature(event, record, document, row)) is not None:
                self._features.write(dump_line(made) + "\n")
            if "parquet" in self._config.formats:
                self._event_rows.append(event_row(event, record, document, row))
                self._casualty_rows += casualties
        self._counts["casualties"] += sum(len(event.casualties) for event in record.events)
        self._counts["located"] += sum(located(event) is not None for event in record.events)
        self._counts["events"] += len(record.events)
        self._counts["documents"] += 1
        self._counts["copies"] += entry.copy_of is not None

    def fail(self, failure: Failure) -> None:
        """Write what gave no record."""
        self._failed.write(dump_line(dataclasses.asdict(failure)) + "\n")
        self._counts["failed"] += 1

    def close(self) -> dict[str, Any]:
        """Write what is written last, the completion marker."""
        for stream in self._streams:
            stream.close()
        if "parquet" in self._config.formats:
            arrow.write_table(self._folder / EVENTS_PARQUET, EVENT_COLUMNS, self._event_rows)
            arrow.write_table(self._folder / CASUALTIES_PARQUET, CASUALTY_COLUMNS, self._casualty_rows)
        files = {p.name: {"bytes": p.stat().st_size, "sha256": file_hash(p)} for p in sorted(self._folder.iterdir())}
        marker = {**self._counts, "files": files}
        (self._folder / DONE).write_text(json.dumps(marker, indent=1) + "\n", encoding="utf-8")
        return marker


def join(folders: Sequence[Path], root: Path, config: BatchConfig) -> dict[str, Any]:
    """Make the files of the batch of those of its shards, in order; each is whole or absent. Gives their sizes and hashes."""
    made = {}
    for name in joined_names(config):
        with written(root / name) as temporary:
            if name in (EVENTS_PARQUET, CASUALTIES_PARQUET):
                columns = EVENT_COLUMNS if name == EVENTS_PARQUET else CASUALTY_COLUMNS
                arrow.merge_tables((folder / name for folder in folders), temporary, columns)
            elif name == GEOJSON:
                _join_features([folder / FEATURES for folder in folders], temporary)
            else:
                _join_lines([folder / name for folder in folders], temporary, header=name.endswith(".csv"))
        made[name] = {"bytes": (root / name).stat().st_size, "sha256": file_hash(root / name)}
    return made


def file_hash(path: Path) -> str:
    """SHA-256 of a file."""
    digest = hashlib.sha256()
    with open(path, "rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def _join_lines(parts: Sequence[Path], path: Path, *, header: bool) -> None:
    with open(path, "wb") as out:
        for number, part in enumerate(parts):
            with open(part, "rb") as stream:
                if header and number:
                    stream.readline()
                shutil.copyfileobj(stream, out, _CHUNK)


def _join_features(parts: Sequence[Path], path: Path) -> None:
    with open(path, "w", encoding="utf-8", newline="") as out:
        out.write('{"type": "FeatureCollection", "features": [')
        for number, line in enumerate(_lines(parts)):
            out.write((",\n" if number else "\n") + line)
        out.write("\n]}\n")


def _lines(parts: Sequence[Path]) -> Iterator[str]:
    for part in parts:
        with open(part, encoding="utf-8", newline="\n") as stream:
            for line in stream:
                yield line.rstrip("\n")


def _cell(value: object) -> object:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else value
