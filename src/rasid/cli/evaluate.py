"""The work of `rasid evaluate`: gold read, records read or made, figures printed."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import typer

import rasid
from rasid.alignment import ROLES
from rasid.cli.calibration import calibrations, print_calibrations
from rasid.cli.common import EXIT_UNUSABLE, FaultReport, fail, progress, read_documents, report
from rasid.document import Document, check_arabic
from rasid.error_causes import CauseRow, cause_table, compare
from rasid.error_report import error_report
from rasid.errors import InputError
from rasid.evaluation import Scores, evaluate
from rasid.readers import Fault, as_fault
from rasid.records import CASUALTY_KINDS, EVENT_TYPES, LABELS
from rasid.standoff import document_id, read_standoff

# A document with the number of its line.
Numbered = tuple[int, dict[str, Any]]
# Rows of the printed table, in groups: spans exact, spans that touch, events and what they hold, the headline figures.
GROUPS = (
    ("spans", *(f"spans/{label}" for label in LABELS)),
    ("overlap", *(f"overlap/{label}" for label in LABELS)),
    ("events", "events typed", *(f"events typed/{kind}" for kind in EVENT_TYPES)),
    ("arguments", *(f"arguments/{role}" for role in ROLES)),
    ("casualties", *(f"casualties/{kind}" for kind in CASUALTY_KINDS), "casualties+victim"),
    ("facts", "records"),
)


def evaluate_command(
    gold: Path,
    *,
    model: Path | None,
    predicted: Path | None,
    as_json: bool,
    threads: int | None,
    errors: Path | None = None,
    split: str | None = None,
    calibration: bool = False,
) -> int:
    """Run `rasid evaluate` and return the exit status.

    Args:
        errors: where the page of errors goes.
        split: take only gold documents of this split; all where it is None.
        calibration: say too how far the confidences can be trusted.

    Raises:
        RasidError: for a model that cannot be loaded.
    """
    if errors is not None:
        _check_place(errors, gold, predicted)
    faults = FaultReport()
    documents = _sound(gold, faults, with_text=True)
    if split is not None:
        documents = [(line, document) for line, document in documents if document.get("split") == split]
    if predicted is not None:
        records = {document_id(r): r for _, r in _sound(predicted, faults, with_text=False)}
        name = str(predicted)
        _tell_of_gaps({document_id(d) for _, d in documents}, set(records))
    else:
        documents, reports = _reports(documents, gold, faults)
        if reports:
            extractor = rasid.load(model, threads=threads)
            name = f"{extractor.model.name} {extractor.model.version}"
            records = _predict(extractor, reports, faults)
            _tell_of_gaps({document.id for document in reports}, set(records))
    if not documents:
        if not faults.count:
            report(f"{gold}: got no documents")
        return EXIT_UNUSABLE
    scores = evaluate([d for _, d in documents], records)
    caption = f"{gold}{f' ({split})' if split else ''}, {len(documents)} documents; predicted by {name}"
    causes = None if errors is None else _write_errors(errors, [d for _, d in documents], records, scores, caption)
    trust = calibrations([d for _, d in documents], records) if calibration else {}
    if as_json:
        about = {"data": str(gold), "documents": len(documents), "predicted_by": name, "rasid": rasid.__version__}
        told: dict[str, Any] = {} if causes is None else {"causes": {row.cause: row.to_dict() for row in causes}}
        if calibration:
            told["calibration"] = {kind: figure.to_dict() for kind, figure in trust.items()}
        typer.echo(json.dumps({**about, "faults": faults.count, "scores": scores.to_dict(), **told}, ensure_ascii=False))
    else:
        _print_table(scores, caption)
        if causes is not None:
            _print_causes(causes)
        print_calibrations(trust)
    return faults.status(len(documents))


def _sound(path: Path, faults: FaultReport, *, with_text: bool) -> list[Numbered]:
    sound = []
    for item in read_standoff(path, with_text=with_text):
        if isinstance(item, Fault):
            faults.add(item)
        else:
            sound.append(item)
    return sound


def _reports(gold: list[Numbered], path: Path, faults: FaultReport) -> tuple[list[Numbered], list[Document]]:
    """The gold documents that can be read as reports, and the reports."""
    usable, reports = [], []
    for line, document in gold:
        try:
            reports.append(check_arabic(Document.make({**document, "id": document_id(document)})))
            usable.append((line, document))
        except InputError as error:
            faults.add(as_fault(error, str(path), line))
    return usable, reports


def _predict(extractor: rasid.Extractor, reports: list[Document], faults: FaultReport) -> dict[str, dict[str, Any]]:
    records = {}
    with progress(len(reports)) as advance:
        for _, record in read_documents(extractor, reports, faults):
            records[record.doc_id] = record.to_dict()
            advance()
    return records


def _tell_of_gaps(gold: set[str], predicted: set[str]) -> None:
    if missing := len(gold - predicted):
        report(f"{missing} of {len(gold)} gold documents are not predicted: counted as predicted empty")
    if extra := len(predicted - gold):
        report(f"{extra} predicted documents are not in the gold file: left out")


def _check_place(errors: Path, gold: Path, predicted: Path | None) -> None:
    """End the command before the model's long run where the page could not be written, or would overwrite what is read."""
    for file in (gold, predicted):
        if file is not None and errors.exists() and file.exists() and errors.samefile(file):
            fail(f"{errors}: is an input too, and would be overwritten")
    if errors.is_dir() or not errors.absolute().parent.is_dir():
        fail(f"{errors}: cannot be written: {'is a folder' if errors.is_dir() else 'no such folder'}")


def _write_errors(
    path: Path, documents: list[dict[str, Any]], records: dict[str, dict[str, Any]], scores: Scores, caption: str
) -> list[CauseRow]:
    comparisons = [compare(document, records.get(document_id(document), {})) for document in documents]
    try:
        path.write_text(error_report(documents, comparisons, scores, caption=caption), encoding="utf-8")
    except OSError as error:
        fail(f"{path}: cannot be written: {error.strerror}")
    return cause_table(slip for comparison in comparisons for slip in comparison.slips)


def _print_table(scores: Scores, caption: str) -> None:
    from rich.console import Console
    from rich.table import Table

    typer.echo(caption)
    table = Table()
    table.add_column("")
    for heading in ("P", "R", "F1", "gold", "predicted"):
        table.add_column(heading, justify="right")
    for group in GROUPS:
        for name in group:
            if tally := scores.tallies.get(name):
                row = tally.to_dict()
                shown = "  " + name.split("/")[1] if "/" in name else {"spans": "spans, exact", "overlap": "spans, overlap"}.get(name, name)
                style = "bold" if name in ("spans", "facts") else ""
                table.add_row(shown, *(f"{row[k]:.1f}" for k in ("p", "r", "f1")), str(row["gold"]), str(row["pred"]), style=style)
        table.add_section()
    status = scores.to_dict()["status"]
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 100)
    console.print(table)
    console.print(f"of {status['events']} events found: status right {status['status']} %, aggregate right {status['aggregate']} %")


def _print_causes(causes: list[CauseRow]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("cause of error")
    for heading in ("count", "facts missed", "facts added"):
        table.add_column(heading, justify="right")
    table.add_column("commonest")
    for row in causes:
        table.add_row(row.cause, str(row.count), str(row.missed), str(row.extra), row.commonest())
    Console(file=sys.stdout, highlight=False, markup=False, width=None if sys.stdout.isatty() else 140).print(table)
