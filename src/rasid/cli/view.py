"""The work of `rasid view`: reports read by the model, or records read back, and one page written."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import rasid
from rasid.cli.common import EXIT_UNUSABLE, FaultReport, fail, good_documents, progress, read_documents, report
from rasid.cli.extract import example_document
from rasid.document import Document, parse_day
from rasid.errors import InputError
from rasid.readers import Columns, Fault, Settings, read_all
from rasid.view import Reading, make_page, page_data
from rasid.view.inputs import by_id, holds_records, read_records

# A page of more is slow to open.
MANY_DOCUMENTS = 5_000


def view_command(
    files: list[str],
    *,
    output: Path,
    texts: list[str],
    title: str | None,
    lang: str,
    date: str | None,
    model: Path | None,
    threads: int | None,
    columns: Columns,
) -> int:
    """Run `rasid view` on `files`, or on the example if there are none, and return the exit status.

    Raises:
        RasidError: for a wrong date or a model that cannot be loaded.
    """
    if any(output.exists() and Path(file).exists() and output.samefile(file) for file in (*files, *texts)):
        fail(f"{output}: is an input too, and would be overwritten")
    settings = Settings(columns, parse_day(date))
    faults = FaultReport()
    readings: list[Reading] = []
    records = [file for file in files if holds_records(file)]
    if texts and not records:
        fail("got --texts, but no file of records that they could belong to")
    reports = by_id(good_documents(read_all(texts, settings), faults)) if texts else {}
    waiting: list[str] = []
    with progress() as advance:
        # In the order of the files; reports that stand together go through the model together.
        for file in files:
            if file not in records:
                waiting.append(file)
                continue
            if waiting:
                readings += _read(waiting, settings, faults, advance, model, threads)
            waiting = []
            readings += _read_back(file, reports, faults)
        if waiting or not files:
            readings += _read(waiting, settings, faults, advance, model, threads)
    if not readings:
        if not faults.count:
            report("got no documents in the input")
        return EXIT_UNUSABLE
    if len(readings) > MANY_DOCUMENTS:
        report(f"{len(readings)} reports on one page: a browser will be slow to open it")
    page = make_page(page_data(readings, title=title, faults=faults.count), lang=lang)
    try:
        output.write_text(page, encoding="utf-8", newline="")
    except OSError as error:
        fail(f"{output}: cannot be written: {error.strerror}")
    events = sum(len(reading.record.events) for reading in readings)
    report(f"{output}: {len(readings)} reports, {events} events, {len(page.encode()) / 1e6:.1f} MB")
    return faults.status(len(readings))


def _read(
    files: list[str], settings: Settings, faults: FaultReport, advance: Callable[[], None], model: Path | None, threads: int | None
) -> Iterator[Reading]:
    """Read reports with the model; loaded late, as a page of records needs none."""
    documents = good_documents(read_all(files, settings), faults) if files else iter([example_document()])
    first = next(documents, None)
    if first is None:
        return
    extractor = rasid.load(model, threads=threads)
    for document, record in read_documents(extractor, chain([first], documents), faults):
        yield Reading.of(record, document)
        advance()


def _read_back(file: str, reports: dict[str, Document], faults: FaultReport) -> Iterator[Reading]:
    """Records with their reports where those are given; a record of another text is a fault."""
    for item in read_records(file):
        if isinstance(item, Fault):
            faults.add(item)
            continue
        document = reports.get(item.doc_id)
        try:
            yield Reading.of(item, document) if document else Reading(item)
        except InputError as error:
            faults.add(Fault(file, None, None, str(error)))
