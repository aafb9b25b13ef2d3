"""Records as typed tables: pandas frames and `datasets` with nullable integers and dates, one row for each event, casualty or span."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from rasid.document import Document
from rasid.errors import InputError, MissingDependencyError
from rasid.profiles.deaths import count_deaths
from rasid.records import CASUALTY_KINDS, EVENT_TYPES, LABELS, STATUSES, Event, Record
from rasid.tables import EVENT_COLUMNS, event_row, figure_row

if TYPE_CHECKING:
    import pandas

EXTRA = "frames"
_TYPES = {"str": "string", "int": "Int64", "float": "Float64", "bool": "boolean"}
_DAYS = {"date_from", "date_to"}
_CHOICES = {"type": EVENT_TYPES, "status": STATUSES}
# Columns of the CSV that hold several figures in one cell, or need the report: its date, its outlet, its sentences.
_LEFT_OUT = {"doc_date", "outlet", "evidence", *(f"{kind}_{bound}" for kind in CASUALTY_KINDS for bound in ("low", "high"))}
_DEATHS = ("killed_best", "killed_low", "killed_high")

TABLES: dict[str, dict[str, Any]] = {
    "events": {
        **{
            name: _CHOICES.get(name) or ("day" if name in _DAYS else _TYPES[column.type])
            for name, column in EVENT_COLUMNS.items()
            if name not in _LEFT_OUT
        },
        **dict.fromkeys(_DEATHS, "Int64"),
    },
    "casualties": {
        "doc_id": "string",
        "event_id": "string",
        "entry": "Int64",
        "kind": CASUALTY_KINDS,
        "low": "Int64",
        "high": "Int64",
        "approx": "boolean",
        "number": "string",
        "victims": "string",
        "civilian": "boolean",
        "group": "string",
        "part_of": "Int64",
    },
    "spans": {"doc_id": "string", "label": LABELS, "start": "Int64", "end": "Int64", "text": "string", "score": "Float64"},
}
"""The columns of each table and their types: a pandas type, `day`, or the values of a category."""


class Records(list[Record]):
    """A list of records that turns into tables: `Records(extractor.extract_many(documents)).to_pandas()`."""

    def to_pandas(self, table: str = "events") -> pandas.DataFrame:
        """See `to_pandas`."""
        return to_pandas(self, table)

    def to_dataset(self, table: str = "events") -> Any:
        """See `to_dataset`."""
        return to_dataset(self, table)


def to_pandas(records: Iterable[Record], table: str = "events") -> pandas.DataFrame:
    """A typed frame of records.

    Args:
        records: any iterable of them.
        table: `events` (one row an event, the columns of the CSV without what needs the report; `killed_best`, `killed_low` and
            `killed_high` count the dead without adding what may overlap), `casualties` (one row a figure; `part_of` is the `entry` of
            the same event that it is a part of) or `spans`.

    Returns:
        Strings, nullable integers, floats and booleans, categories, and days as `datetime64[s]`; what is not known is missing.

    Raises:
        InputError: for another table.
        MissingDependencyError: without pandas.
    """
    columns = _columns(table)
    try:
        import pandas as pd
    except ImportError as error:
        raise MissingDependencyError("pandas", EXTRA, "a data frame") from error
    rows = list(_rows(records, table))
    made = {}
    for name, kind in columns.items():
        values = [row[name] for row in rows]
        if isinstance(kind, tuple):
            made[name] = pd.Series(pd.Categorical(values, categories=list(kind)), name=name)
        elif kind == "day":
            made[name] = pd.Series(pd.to_datetime(pd.Series(values, dtype="object"), errors="coerce")).astype("datetime64[s]")
        else:
            made[name] = pd.Series(values, dtype=kind, name=name)
    return pd.DataFrame(made, columns=list(columns))


def to_dataset(records: Iterable[Record], table: str = "events") -> Any:
    """A `datasets.Dataset` of records, with the tables of `to_pandas`; choices are class labels, days `date32`.

    Raises:
        InputError: for another table.
        MissingDependencyError: without datasets.
    """
    columns = _columns(table)
    try:
        import datasets
    except ImportError as error:
        raise MissingDependencyError("datasets", EXTRA, "a Dataset") from error
    plain = {"string": "string", "Int64": "int64", "Float64": "float64", "boolean": "bool", "day": "date32"}
    features = datasets.Features(
        {n: datasets.ClassLabel(names=list(k)) if isinstance(k, tuple) else datasets.Value(plain[k]) for n, k in columns.items()}
    )
    days = [name for name, kind in columns.items() if kind == "day"]
    rows = [{**row, **{name: _day(row[name]) for name in days}} for row in _rows(records, table)]
    return datasets.Dataset.from_dict({name: [row[name] for row in rows] for name in columns}, features=features)


def _columns(table: str) -> dict[str, Any]:
    if table not in TABLES:
        raise InputError(f"got {table!r}, expected one of {', '.join(TABLES)}", field="table")
    return TABLES[table]


def _day(value: str | None) -> dt.date | None:
    return dt.date.fromisoformat(value) if value else None


def _rows(records: Iterable[Record], table: str) -> Iterator[dict[str, Any]]:
    for record in records:
        if table == "spans":
            yield from ({"doc_id": record.doc_id, **span.to_dict()} for span in record.spans)
            continue
        for event in record.events:
            if table == "events":
                yield _event_row(event, record)
            else:
                yield from _casualty_rows(event, record)


def _event_row(event: Event, record: Record) -> dict[str, Any]:
    deaths = count_deaths(event)
    row: dict[str, Any] = event_row(event, record, Document(record.doc_id, ""))
    row |= dict(zip(_DEATHS, (deaths.best, deaths.low, deaths.high), strict=True))
    return {name: row[name] if row[name] != "" else None for name in TABLES["events"]}


def _casualty_rows(event: Event, record: Record) -> Iterator[dict[str, Any]]:
    for n, entry in enumerate(event.casualties):
        row = {**figure_row(entry), "doc_id": record.doc_id, "event_id": event.id, "entry": n}
        yield {name: row[name] for name in TABLES["casualties"]}
