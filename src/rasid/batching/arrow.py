"""What needs pyarrow or datasets: Parquet read and written in row groups, data sets that were saved to a folder."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from rasid.errors import InputError, MissingDependencyError
from rasid.readers import Fault, Item, Settings, listed, make_item, warn_of_absent

# Rows of a Parquet file that are in memory at once when it is read, and in a row group when it is written.
READ_ROWS = 1_000
GROUP_ROWS = 20_000


def need_arrow() -> Any:
    """The module pyarrow.

    Raises:
        MissingDependencyError: where it is not installed.
    """
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError as error:
        raise MissingDependencyError("pyarrow", "batch", "Parquet") from error
    return pyarrow


def read_parquet(stream: BinaryIO, source: str, settings: Settings, *, seekable: bool) -> Iterator[Item]:
    """Read a Parquet file, a row a document; what cannot be sought in (a compressed file) is unpacked to a temporary file first."""
    pa = need_arrow()
    names = {getattr(settings.columns, part): part for part in ("id", "text", "date", "outlet", "country")}
    with tempfile.TemporaryFile() as copy:
        if not seekable:
            shutil.copyfileobj(stream, copy)
            copy.seek(0)
            stream = copy
        try:
            file = pa.parquet.ParquetFile(stream)
            present = file.schema_arrow.names
            text = settings.columns.text
            if text not in present:
                yield Fault(source, None, text, f"got the columns {listed(present)}, expected one with this name")
                return
            warn_of_absent(settings.columns, present, source)
            row = 0
            for batch in file.iter_batches(batch_size=READ_ROWS, columns=[n for n in present if n in names or n == "doc_id"]):
                for at in range(batch.num_rows):
                    row += 1
                    yield _item(batch, at, source, row, settings)
        except pa.ArrowException as error:
            raise InputError(f"cannot be read to its end: {error}", source=source) from error


def _item(batch: Any, at: int, source: str, row: int, settings: Settings) -> Item:
    """One row of a batch; a value that Python has no equal for (a day after the year 9999, bytes that are no UTF-8) is a Fault."""
    value = {}
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        try:
            value[name] = column[at].as_py()
        except (ValueError, OverflowError) as error:
            return Fault(source, row, name, f"got a value that cannot be read: {error}")
    return make_item(value, source, row, settings)


def is_saved_dataset(folder: Path) -> bool:
    """Whether `datasets.Dataset.save_to_disk` wrote this folder."""
    return (folder / "state.json").is_file() and (folder / "dataset_info.json").is_file()


def load_saved_dataset(folder: str) -> Any:
    """The data set in a folder, its rows on the disk and not in memory."""
    try:
        import datasets
    except ImportError as error:
        raise MissingDependencyError("datasets", "frames", "a folder written by save_to_disk") from error
    return datasets.load_from_disk(folder)


def saved_dataset_rows(folder: str) -> int:
    """How many rows it has."""
    return len(load_saved_dataset(folder))


def schema(columns: Mapping[str, Any]) -> Any:
    """An Arrow schema of columns with a `type` and a `meaning`; the meaning is kept in the file as the field's description."""
    pa = need_arrow()
    types = {"str": pa.string(), "int": pa.int64(), "float": pa.float64(), "bool": pa.bool_()}
    return pa.schema([pa.field(name, types[c.type], metadata={"description": c.meaning}) for name, c in columns.items()])


def write_table(path: Path, columns: Mapping[str, Any], rows: Sequence[Mapping[str, object]]) -> None:
    """Write the rows of one shard as Parquet."""
    pa = need_arrow()
    made = schema(columns)
    table = pa.Table.from_pydict({name: [row[name] for row in rows] for name in columns}, schema=made)
    pa.parquet.write_table(table, path, compression="zstd")


def merge_tables(parts: Iterable[Path], path: Path, columns: Mapping[str, Any]) -> None:
    """Write the rows of many Parquet files as one, in row groups of some size."""
    pa = need_arrow()
    made = schema(columns)
    with pa.parquet.ParquetWriter(path, made, compression="zstd") as writer:
        waiting: list[Any] = []
        rows = 0
        for part in parts:
            table = pa.parquet.read_table(part, schema=made)
            waiting.append(table)
            rows += table.num_rows
            if rows >= GROUP_ROWS:
                writer.write_table(pa.concat_tables(waiting), row_group_size=rows)
                waiting, rows = [], 0
        if rows:
            writer.write_table(pa.concat_tables(waiting), row_group_size=rows)
