"""Finds the records of a batch folder or of files, and what is known of their documents."""

from __future__ import annotations

import gzip
import logging
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasid.document import Document
from rasid.errors import InputError
from rasid.incident.facts import About
from rasid.readers import Fault, parsed_lines, read_path
from rasid.records import SCHEMA, Record
from rasid.standoff import check_standoff

RECORDS, DOCUMENTS, SHARDS, DONE, RUN = "records.jsonl", "documents.jsonl", "shards", "done.json", "run.json"
SUFFIXES = (".jsonl", ".jsonl.gz")

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """A file of records, and the file of the documents that they were read in, where there is one."""

    records: Path
    documents: Path | None


def find_parts(paths: Iterable[str | Path]) -> list[Part]:
    """The files of records among `paths`: files as they are; of a folder its `records.jsonl`, else the finished shards of a batch, else
    all files of JSON lines in it. `documents.jsonl` beside a file of records belongs to it.

    Raises:
        InputError: for a path that is neither, or a folder without records.
    """
    parts = []
    for path in map(Path, paths):
        files = _in_folder(path) if path.is_dir() else [path]
        if not files:
            raise InputError(
                f"got a folder without records, expected {RECORDS}, the shards of a batch or files of JSON lines", source=str(path)
            )
        parts += [Part(file, beside if (beside := file.with_name(DOCUMENTS)).is_file() and beside != file else None) for file in files]
    return parts


def read_about(path: str | Path) -> Iterator[tuple[str, About] | Fault]:
    """What the reports of a file are: by document id their day, outlet and text."""
    for item in read_path(path):
        yield item if isinstance(item, Fault) else (item.id, about_of(item))


def about_of(document: Document) -> About:
    """What is known of a document."""
    return About(document.date.isoformat() if document.date else None, document.outlet, document.country, document.text)


def read_records(path: Path) -> Iterator[tuple[int, dict[str, Any]] | Fault]:
    """The records of a file of JSON lines, as dicts, each with its line's number; what is none is a Fault."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else open(path, "rb") as stream:
            yield from parsed_lines(stream, str(path), check_record)  # type: ignore[arg-type]
    except (OSError, EOFError) as error:
        yield Fault(str(path), None, None, f"cannot be read: {getattr(error, 'strerror', None) or error}")


def check_record(record: Record | Mapping[str, Any]) -> dict[str, Any]:
    """A record as a dict.

    Raises:
        InputError: where it is none of contract `rasid/1`.
    """
    value = record.to_dict() if isinstance(record, Record) else dict(record)
    if value.get("schema") != SCHEMA:
        raise InputError(f"got {value.get('schema')!r}, expected {SCHEMA!r}: a record that rasid wrote", field="schema")
    check_standoff(value, with_text=False)
    return value


def _in_folder(folder: Path) -> list[Path]:
    if (folder / RECORDS).is_file():
        return [folder / RECORDS]
    shards = sorted(shard / RECORDS for shard in (folder / SHARDS).glob("*") if (shard / DONE).is_file() and (shard / RECORDS).is_file())
    if shards:
        if not (folder / RUN).is_file():
            log.warning("%s: the batch is not finished: only what its %d finished shards hold is read", folder, len(shards))
        return shards
    return sorted(file for file in folder.iterdir() if file.name.endswith(SUFFIXES) and file.name != DOCUMENTS)
