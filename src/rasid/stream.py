"""The stream of records that an Extractor gives."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from rasid.records import Record

if TYPE_CHECKING:
    import pandas


class RecordStream(Iterator[Record]):
    """Records as they are made; the tables read what is left of it to the end."""

    def __init__(self, records: Iterator[Record]):
        self._records = records

    def __next__(self) -> Record:
        return next(self._records)

    def to_pandas(self, table: str = "events") -> pandas.DataFrame:
        """See `rasid.to_pandas`."""
        from rasid.frames import to_pandas  # late: reading a report needs no tables

        return to_pandas(self, table)

    def to_dataset(self, table: str = "events") -> Any:
        """See `rasid.to_dataset`."""
        from rasid.frames import to_dataset

        return to_dataset(self, table)
