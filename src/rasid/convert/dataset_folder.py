"""A folder of the `datasets` library (`save_to_disk`): typed columns for spans and events, and tokens with tags to train a tagger on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from rasid.convert.conll import tag_tokens
from rasid.convert.document import Annotated, Losses
from rasid.convert.standoff import from_dict, to_dict
from rasid.errors import InputError, MissingDependencyError
from rasid.labels import IOB2
from rasid.readers import Fault, as_fault
from rasid.records import CASUALTY_KINDS, EVENT_TYPES, LABELS, STATUSES

_PURPOSE = "a folder of datasets"


def read(path: Path, losses: Losses) -> Iterator[Annotated | Fault]:
    """Read a folder that `save_to_disk` wrote: a Dataset, or a DatasetDict whose splits are read one after the other."""
    datasets = _library()
    try:
        loaded = datasets.load_from_disk(str(path))
    except Exception as error:  # the library raises many kinds
        yield Fault(str(path), None, None, f"cannot be read as a folder of datasets: {error}")
        return
    parts = loaded.values() if isinstance(loaded, datasets.DatasetDict) else [loaded]
    for part in parts:
        missing = {"id", "text", "spans", "events"} - set(part.column_names)
        if missing:
            yield Fault(str(path), None, None, f"got the columns {', '.join(part.column_names)}, expected {', '.join(sorted(missing))} too")
            continue
        for row in part:
            try:
                about = json.loads(row["about"]) if row.get("about") else {}
                yield from_dict({"id": row["id"], **about, "text": row["text"], **_lists(row)}, losses)
            except (InputError, ValueError, TypeError, KeyError) as error:
                yield as_fault(error if isinstance(error, InputError) else InputError(str(error)), f"{path}: {row.get('id')}", None)


def write(documents: Iterable[Annotated], path: Path, losses: Losses) -> None:
    """Write a Dataset. Nothing is lost; `tokens` and `tags` (IOB2) are made of the spans and not read back."""
    datasets = _library()
    rows = [_row(document) for document in documents]
    datasets.Dataset.from_list(rows, features=features()).save_to_disk(str(path))


def features() -> Any:
    """The types of the columns."""
    datasets = _library()
    value, names = datasets.Value, datasets.ClassLabel

    def several(kind: Any) -> Any:
        return datasets.List(kind) if hasattr(datasets, "List") else [kind]

    span = {"id": value("string"), "label": names(names=list(LABELS)), "start": value("int32"), "end": value("int32")}
    casualty = {
        "kind": names(names=list(CASUALTY_KINDS)),
        "number": value("string"),
        "victims": several(value("string")),
        "low": value("int64"),
        "high": value("int64"),
        "approx": value("bool"),
        "part_of": value("int32"),
    }
    event = {
        "type": names(names=list(EVENT_TYPES)),
        "triggers": several(value("string")),
        "status": names(names=list(STATUSES)),
        "aggregate": value("bool"),
        "confidence": value("float64"),
        "perpetrators": several(value("string")),
        "targets": several(value("string")),
        "casualties": several(casualty),
        "locations": several(value("string")),
        "date": value("string"),
        "sources": several(value("string")),
    }
    return datasets.Features(
        {
            "id": value("string"),
            "text": value("string"),
            "about": value("string"),
            "spans": several({**span, "text": value("string"), "score": value("float64")}),
            "events": several(event),
            "tokens": several(value("string")),
            "tags": several(names(names=list(IOB2))),
        }
    )


def _row(document: Annotated) -> dict[str, Any]:
    plain = to_dict(document)
    tokens = tag_tokens(document, Losses())  # what the tags cannot hold is in the spans
    return {
        "id": document.id,
        "text": document.text,
        "about": json.dumps(dict(document.about), ensure_ascii=False),
        "spans": [{"score": None, **span} for span in plain["spans"]],
        "events": [{"confidence": None, **event} for event in plain["events"]],
        "tokens": [document.text[t.start : t.end] for t in tokens],
        "tags": [t.tag for t in tokens],
    }


def _lists(row: dict[str, Any]) -> dict[str, Any]:
    """The spans and events of a row, with the names of class labels, which are numbers in it."""

    def name(value: Any, names: tuple[str, ...]) -> Any:
        return names[value] if isinstance(value, int) and 0 <= value < len(names) else value

    spans = [{**span, "label": name(span["label"], LABELS)} for span in row["spans"]]
    events = []
    for event in row["events"]:
        casualties = [{**c, "kind": name(c["kind"], CASUALTY_KINDS)} for c in event["casualties"]]
        events.append(
            {**event, "type": name(event["type"], EVENT_TYPES), "status": name(event["status"], STATUSES), "casualties": casualties}
        )
    return {"spans": spans, "events": events}


def _library() -> Any:
    try:
        import datasets
    except ImportError as error:
        raise MissingDependencyError("datasets", "frames", _PURPOSE) from error
    datasets.disable_progress_bars()
    return datasets
