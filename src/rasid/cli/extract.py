"""The work of `rasid extract`: items read, faults reported, records written as they come."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from enum import Enum
from importlib.resources import files as package_files
from itertools import chain
from pathlib import Path
from typing import TextIO

import rasid
from rasid.cli.calibration import ConfidenceFilter
from rasid.cli.common import EXIT_UNUSABLE, FaultReport, fail, good_documents, progress, read_documents, report
from rasid.document import Document, parse_day
from rasid.profiles import Profile, ProfileWriter
from rasid.readers import Columns, Item, Settings, read_all
from rasid.writers import CsvWriter, JsonLinesWriter, JsonWriter, TableWriter, Writer

# The report that ships with Rasid was written for it; this is the day it is set on.
EXAMPLE_DATE = "2019-08-14"


class OutputFormat(str, Enum):
    """What `--format` takes."""

    table = "table"
    json = "json"
    jsonl = "jsonl"
    csv = "csv"


def example_document() -> Document:
    """The report that ships with Rasid."""
    text = (package_files("rasid") / "data" / "examples" / "report.txt").read_bytes().decode("utf-8")
    return Document.make({"id": "example", "text": text, "date": EXAMPLE_DATE})


def make_writer(output_format: OutputFormat, stream: TextIO, *, terminal: bool) -> Writer:
    """The writer of a format to `stream`, which is a terminal or not."""
    if output_format is OutputFormat.table:
        return TableWriter(stream, terminal=terminal)
    plain: dict[OutputFormat, Callable[[TextIO], Writer]] = {
        OutputFormat.json: JsonWriter,
        OutputFormat.jsonl: JsonLinesWriter,
        OutputFormat.csv: CsvWriter,
    }
    return plain[output_format](stream)


def extract_command(
    files: list[str],
    *,
    output_format: OutputFormat | None,
    profile: Profile | None = None,
    output: Path | None,
    date: str | None,
    model: Path | None,
    threads: int | None,
    columns: Columns,
    min_confidence: float | None = None,
) -> int:
    """Run `rasid extract` on `files`, or on the example if there are none, and return the exit status.

    Args:
        min_confidence: leave out events of a lower confidence, and count them on standard error.

    Raises:
        RasidError: for a wrong date or a model that cannot be loaded.
    """
    if profile is not None and output_format not in (None, OutputFormat.csv):
        fail(f"got --profile {profile.value} and --format {output_format.value}, expected csv: a profile is the columns of a CSV file")
    settings = Settings(columns, parse_day(date))
    if output is not None and any(output.exists() and Path(file).exists() and output.samefile(file) for file in files):
        fail(f"{output}: is an input too, and would be overwritten")
    items: Iterable[Item] = read_all(files, settings) if files else [example_document()]
    faults = FaultReport()
    documents = good_documents(items, faults)
    first = next(documents, None)
    if first is None:
        if not faults.count:
            report("got no documents in the input")
        return EXIT_UNUSABLE
    extractor = rasid.load(model, threads=threads)  # late: a command with nothing to read need not wait for it
    confident = ConfidenceFilter(min_confidence)
    confident.check(extractor)
    with _writing_to(output), ExitStack() as stack:
        stream = stack.enter_context(open(output, "w", encoding="utf-8", newline="")) if output else sys.stdout
        terminal = stream.isatty()
        writer: Writer = (
            ProfileWriter(stream, profile)
            if profile is not None
            else make_writer(output_format or (OutputFormat.table if terminal else OutputFormat.jsonl), stream, terminal=terminal)
        )
        # A bar would be torn apart by records on the same terminal.
        advance = stack.enter_context(progress(shown=not terminal))
        good = 0
        for document, record in read_documents(extractor, chain([first], documents), faults):
            writer.write(confident.kept(record), document)
            good += 1
            advance()
        writer.close()
        stream.flush()
    if isinstance(writer, ProfileWriter) and (left_out := writer.summary()) is not None:
        report(left_out)
    confident.tell()
    return faults.status(good)


@contextmanager
def _writing_to(output: Path | None) -> Iterator[None]:
    """End the command where `output` cannot be opened or written to the end; what befalls standard output is typer's to handle."""
    try:
        yield
    except OSError as error:
        if output is None:
            raise
        fail(f"{output}: cannot be written: {error.strerror or error}")
