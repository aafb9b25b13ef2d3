"""Faults of annotated reports mended as they are read, from a list that says which and why; the annotators' file stays as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rasid.errors import InputError
from recipe.jsonl import numbered_lines

ROLES = ("triggers", "perpetrators", "targets", "locations", "sources")
Document = Mapping[str, Any]


def mended(documents: Sequence[Document], path: Path) -> list[dict[str, Any]]:
    """Copies of `documents` with the mends of `path` applied, in the file's order.

    Each line names a document (`id`), says why (`reason`), and does one thing: gives an event (`event`, its number) the spans of a role
    (`targets` and so on), drops a span everywhere (`drop`), or gives a span other edges (`span`, `start`, `end`, characters).

    Raises:
        InputError: for a line that is none of these, or names a document, event or span that is not there, with its number.
    """
    found = {document["id"]: dict(document) for document in documents}
    for number, mend in numbered_lines(path):
        try:
            found[mend["id"]] = _mend(found[mend["id"]], mend)
        except (ValueError, KeyError, IndexError, TypeError) as error:
            raise InputError(f"got a mend that fits no document: {error!r}", source=str(path), line=number) from error
    return [found[document["id"]] for document in documents]


def _mend(document: Document, mend: Mapping[str, Any]) -> dict[str, Any]:
    spans = {span["id"]: span for span in document["spans"]}
    if "drop" in mend:
        del spans[mend["drop"]]
        return {**document, "spans": [*spans.values()], "events": [_without(event, mend["drop"]) for event in document["events"]]}
    if "span" in mend:
        spans[mend["span"]] = {**spans[mend["span"]], "start": mend["start"], "end": mend["end"]}
        return {**document, "spans": [*spans.values()]}
    [role] = [role for role in ROLES if role in mend]
    if unknown := set(mend[role]) - set(spans):
        raise KeyError(*unknown)
    events = list(document["events"])
    events[mend["event"]] = {**events[mend["event"]], role: list(mend[role])}
    return {**document, "events": events}


def _without(event: Mapping[str, Any], span: str) -> dict[str, Any]:
    out = dict(event)
    for role in ROLES:
        out[role] = [name for name in event.get(role) or () if name != span]
    out["date"] = None if event.get("date") == span else event.get("date")
    out["casualties"] = [
        {
            **casualty,
            "victims": [name for name in casualty.get("victims") or () if name != span],
            "number": None if casualty.get("number") == span else casualty.get("number"),
        }
        for casualty in event.get("casualties") or ()
    ]
    return out
