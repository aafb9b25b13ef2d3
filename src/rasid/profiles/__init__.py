"""Export profiles: events as rows of the columns of ACLED and of UCDP GED, in CSV."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TextIO

from rasid.document import Document
from rasid.lexicon import rows
from rasid.profiles.acled import acled_row
from rasid.profiles.deaths import Deaths, count_deaths
from rasid.profiles.ucdp import ucdp_row
from rasid.records import Event, Record

__all__ = ["LEFT_OUT", "Column", "Profile", "ProfileWriter", "columns", "profile_row"]

LEFT_OUT = ("denied", "planned")
"""Statuses of what has not happened: neither data set holds such events, and a reader of fatalities must not count them."""


class Profile(str, Enum):
    """What `--profile` takes."""

    acled = "acled"
    ucdp = "ucdp"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a profile: what its code book says, how Rasid fills it, and when it is empty."""

    name: str
    meaning: str
    filled: str
    empty: str


_Row = dict[str, str | int | float | None]
_ROWS: dict[Profile, Callable[[Event, Document, Deaths], _Row]] = {Profile.acled: acled_row, Profile.ucdp: ucdp_row}


@lru_cache(maxsize=2)
def columns(profile: Profile) -> tuple[Column, ...]:
    """The columns of a profile in the order of the data set, then Rasid's own; the documentation of each is `data/profiles/*.tsv`."""
    return tuple(Column(*row) for name in (profile.value, "rasid") for row in rows(f"profiles/{name}.tsv"))


def profile_row(profile: Profile, event: Event, record: Record, document: Document) -> _Row:
    """An event as one row, a key for each of `columns`; None and the empty str are empty cells."""
    deaths = count_deaths(event)
    filled = {
        **_ROWS[profile](event, document, deaths),
        "rasid_event_id": event.id,
        "rasid_doc_id": record.doc_id,
        "rasid_type": event.type,
        "rasid_status": event.status,
        "rasid_aggregate": "true" if event.aggregate else "false",
        "rasid_confidence": event.confidence,
        "rasid_notes": "; ".join([*deaths.notes, *(f"check: {flag.reason}" for flag in event.flags)]),
    }
    return {column.name: filled.get(column.name) for column in columns(profile)}


class ProfileWriter:
    """One event a row; what is denied or planned is left out and counted in `left_out`."""

    def __init__(self, stream: TextIO, profile: Profile):
        self._profile = profile
        self._names = [column.name for column in columns(profile)]
        self._rows = csv.writer(stream, lineterminator="\n")
        self._rows.writerow(self._names)
        self.left_out: Counter[str] = Counter()

    def write(self, record: Record, document: Document) -> None:
        """See `rasid.writers.Writer.write`."""
        for event in record.events:
            if event.status in LEFT_OUT:
                self.left_out[event.status] += 1
                continue
            row = profile_row(self._profile, event, record, document)
            self._rows.writerow([row[name] for name in self._names])

    def close(self) -> None:
        """See `rasid.writers.Writer.close`."""

    def summary(self) -> str | None:
        """What was left out, in one line; None where nothing was."""
        if not self.left_out:
            return None
        total = sum(self.left_out.values())
        said = ", ".join(f"{self.left_out[status]} {status}" for status in LEFT_OUT if self.left_out[status])
        return f"left out of profile {self._profile.value}: {total} event{'' if total == 1 else 's'} that did not happen ({said})"
