"""Reads stand-off JSONL: documents with spans and events, annotated or predicted, checked before anyone counts on them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rasid.errors import InputError
from rasid.readers import Fault, parsed_lines
from rasid.records import CASUALTY_KINDS, EVENT_TYPES, LABELS, STATUSES

_ONE, _SEVERAL = ("date",), ("triggers", "perpetrators", "targets", "locations", "sources")


def read_standoff(path: str | Path, *, with_text: bool) -> Iterator[tuple[int, dict[str, Any]] | Fault]:
    """Read the documents of a file, one a line: each with its line number as the JSON says it or, where it is not sound, as a Fault.

    Args:
        with_text: whether each must hold its `text` (annotations must; records need not).
    """
    source = str(path)
    seen: set[str] = set()

    def sound(document: dict[str, Any]) -> dict[str, Any]:
        check_standoff(document, with_text=with_text)
        name = document_id(document)
        if name in seen:
            raise InputError(f"got {name!r} a second time, expected each document once", field="id")
        seen.add(name)
        return document

    try:
        with open(path, "rb") as stream:
            yield from parsed_lines(stream, source, sound)
    except OSError as error:
        yield Fault(source, None, None, f"cannot be read: {error.strerror or error}")


def document_id(document: Mapping[str, Any]) -> str:
    """The id of a stand-off document, which records call `doc_id`."""
    return str(document.get("doc_id") or document["id"])


def check_standoff(document: Mapping[str, Any], *, with_text: bool) -> None:
    """Check a stand-off document.

    Raises:
        InputError: where a part is missing, of the wrong kind, outside the text or not of the scheme.
    """
    if not (document.get("doc_id") or document.get("id")):
        raise InputError("got no id, expected 'id' or 'doc_id'", field="id")
    text = document.get("text")
    if with_text and not isinstance(text, str):
        raise InputError(f"got {_kind(text)}, expected the report as a string", field="text")
    length = len(text) if isinstance(text, str) else None
    ids: set[str] = set()
    for n, span in enumerate(objects_of(document, "spans")):
        _check_range(span, length, f"spans[{n}]")
        _check_choice(span.get("label"), LABELS, f"spans[{n}].label")
        _check_kind(span.get("id"), (str, int), f"spans[{n}].id", "a string")
        _check_kind(span.get("score"), (int, float), f"spans[{n}].score", "a number")
        if isinstance(name := span.get("id"), str):
            ids.add(name)
    for n, event in enumerate(objects_of(document, "events")):
        where = f"events[{n}]."
        _check_choice(event.get("type"), EVENT_TYPES, where + "type")
        _check_choice(event.get("status") or "asserted", STATUSES, where + "status")
        _check_kind(event.get("confidence"), (int, float), where + "confidence", "a number")
        for role in _SEVERAL:
            for reference in list_of(event, role, where):
                _check_reference(reference, ids, length, where + role)
        _check_optional(event.get("trigger"), ids, length, where + "trigger")
        _check_optional(event.get("date"), ids, length, where + "date")
        for k, casualty in enumerate(objects_of(event, "casualties", where)):
            here = f"{where}casualties[{k}]."
            _check_choice(casualty.get("kind"), CASUALTY_KINDS, here + "kind")
            for bound in ("low", "high"):
                _check_kind(casualty.get(bound), (int,), here + bound, "an integer")
            _check_optional(casualty.get("number"), ids, length, here + "number")
            for victim in list_of(casualty, "victims", here):
                _check_reference(victim, ids, length, here + "victims")


def list_of(holder: Mapping[str, Any], name: str, where: str = "") -> list[Any]:
    """The list that a JSON object holds under `name`, empty where it holds null or nothing; `where` is the object's own place.

    Raises:
        InputError: where it holds something else.
    """
    value = holder.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise InputError(f"got {_kind(value)}, expected a list", field=where + name)
    return value


def objects_of(holder: Mapping[str, Any], name: str, where: str = "") -> list[dict[str, Any]]:
    """The same for a list whose items are all JSON objects."""
    values = list_of(holder, name, where)
    for n, value in enumerate(values):
        if not isinstance(value, dict):
            raise InputError(f"got {_kind(value)}, expected an object", field=f"{where}{name}[{n}]")
    return values


def _check_optional(reference: object, ids: set[str], length: int | None, where: str) -> None:
    if reference is not None:
        _check_reference(reference, ids, length, where)


def _check_reference(reference: object, ids: set[str], length: int | None, where: str) -> None:
    """A reference is the id of one of the document's spans, or an object with `start` and `end`."""
    if isinstance(reference, dict):
        _check_range(reference, length, where)
    elif not isinstance(reference, str):
        raise InputError(f"got {_kind(reference)}, expected a span's id or an object with start and end", field=where)
    elif reference not in ids:
        raise InputError(f"got the id {reference!r}, expected that of a span", field=where)


def _check_range(span: Mapping[str, Any], length: int | None, where: str) -> None:
    start, end = span.get("start"), span.get("end")
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end):
        raise InputError(f"got start {start!r} and end {end!r}, expected integers with 0 <= start < end", field=where)
    if length is not None and end > length:
        raise InputError(f"got end {end}, expected at most {length}, the length of the text", field=where)


def _check_choice(value: object, allowed: tuple[str, ...], where: str) -> None:
    if value not in allowed:
        raise InputError(f"got {value!r}, expected one of {', '.join(allowed)}", field=where)


def _check_kind(value: object, kinds: tuple[type, ...], where: str, expected: str) -> None:
    if value is not None and not isinstance(value, kinds):
        raise InputError(f"got {_kind(value)}, expected {expected} or null", field=where)


def _kind(value: object) -> str:
    return "nothing" if value is None else type(value).__name__
