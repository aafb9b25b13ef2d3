"""Tells records from reports among the inputs of `rasid view`, and reads records back from `rasid extract`'s JSON lines."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter, ValidationError

from rasid.document import parse_day
from rasid.errors import InputError
from rasid.readers import Fault, decoded_lines, parse_object, parsed_lines
from rasid.records import SCHEMA, STATUSES, Record


def holds_records(path: str | Path) -> bool:
    """Whether a file is JSON lines that open with a record of Rasid (its `schema` says so)."""
    if Path(path).suffix.lower() not in (".jsonl", ".ndjson"):
        return False
    try:
        with open(path, "rb") as stream:
            first = next((line for line in decoded_lines(stream) if line.strip()), "")
            return str(parse_object(first).get("schema", "")).startswith("rasid/")
    except (OSError, InputError):
        return False  # the reader of reports says what is wrong


def read_records(path: str | Path) -> Iterator[Record | Fault]:
    """Read a file of records; a line that is none is a Fault and costs no other."""
    with open(path, "rb") as stream:
        for item in parsed_lines(stream, str(path), parse_record):
            yield item if isinstance(item, Fault) else item[1]


def parse_record(value: Mapping[str, Any]) -> Record:
    """Make a Record of what `Record.to_dict` gave.

    Raises:
        InputError: for another schema, or the first field that is missing or of a wrong kind.
    """
    if value.get("schema") != SCHEMA:
        raise InputError(f"got {value.get('schema')!r}, expected {SCHEMA!r}", field="schema")
    try:
        record = _adapter().validate_python(_renamed(value))
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join(str(part).rstrip("_") for part in first["loc"])
        raise InputError(f"got {str(first['input'])[:60]!r}: {first['msg']}", field=field) from error
    for n, event in enumerate(record.events):
        if event.status not in STATUSES:
            # A status that the page does not know could pass for a fact.
            raise InputError(f"got {event.status!r}, expected one of {', '.join(STATUSES)}", field=f"events.{n}.status")
        for day in (event.date.from_, event.date.to) if event.date else ():
            parse_day(day)
    return record


def by_id(documents: Iterable[Any]) -> dict[str, Any]:
    """Documents by their ids."""
    return {document.id: document for document in documents}


@lru_cache(maxsize=1)
def _adapter() -> TypeAdapter[Record]:
    return TypeAdapter(Record)


def _renamed(value: Any) -> Any:
    """`from` is no name in Python: the field is called `from_`."""
    if isinstance(value, Mapping):
        return {"from_" if key == "from" else key: _renamed(item) for key, item in value.items()}
    return [_renamed(item) for item in value] if isinstance(value, list) else value
