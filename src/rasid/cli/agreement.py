"""`rasid agreement`: how far two files of annotations agree, as a table or JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from rasid.cli.common import EXIT_UNUSABLE, FaultReport, report, stops_on_errors
from rasid.readers import Fault


@stops_on_errors
def agreement(
    a: Annotated[Path, typer.Argument(metavar="A", help="One annotator's documents (stand-off JSONL with the texts).")],
    b: Annotated[Path, typer.Argument(metavar="B", help="The other's, of the same reports (stand-off JSONL, or records).")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
) -> None:
    """Compare two annotators: F1 of spans, kappa of words by label, F1 of events, agreement on each field of the events both have.

    Other formats are converted first (rasid convert). Documents that only one file has are reported and left out.
    """
    from rasid.agreement import Agreement
    from rasid.standoff import document_id, read_standoff

    faults = FaultReport()
    sides: list[dict[str, tuple[int, dict[str, Any]]]] = []
    for path, with_text in ((a, True), (b, False)):
        documents: dict[str, tuple[int, dict[str, Any]]] = {}
        for item in read_standoff(path, with_text=with_text):
            if isinstance(item, Fault):
                faults.add(item)
            else:
                documents[document_id(item[1])] = item
        sides.append(documents)
    mine, theirs = sides
    for path, only in ((a, mine.keys() - theirs.keys()), (b, theirs.keys() - mine.keys())):
        if only:
            report(f"{path}: {len(only)} documents are not in the other file and were left out: {', '.join(sorted(only)[:5])}…")
    found = Agreement()
    for name, (_, document) in mine.items():
        if name not in theirs:
            continue
        line, other = theirs[name]
        if other.get("text", document["text"]) != document["text"]:
            faults.add(Fault(str(b), line, "text", f"got another text of {name!r} than {a}, expected the same"))
        else:
            found.add(document, other)
    if not found.documents:
        report("got no document in both files")
        raise typer.Exit(EXIT_UNUSABLE)
    if as_json:
        typer.echo(json.dumps(found.to_dict(), ensure_ascii=False))
    else:
        _print(found.to_dict())
    raise typer.Exit(faults.status(found.documents))


def _print(figures: dict[str, Any]) -> None:
    from rich.console import Console
    from rich.table import Table

    def shown(value: float | int | None) -> str:
        return "–" if value is None else str(value)

    spans = Table("spans", title=f"{figures['documents']} documents", title_justify="left")
    for heading in ("F1, exact", "F1, overlap", "kappa of words", "A", "B"):
        spans.add_column(heading, justify="right")
    for label, row in figures["labels"].items():
        spans.add_row(
            label, *(shown(row[key]) for key in ("f1", "overlap_f1", "word_kappa", "a", "b")), style="bold" if label == "all" else ""
        )
    events = Table("events, and fields of those in both")
    for heading in ("agree, %", "kappa", "F1", "A", "B"):
        events.add_column(heading, justify="right")
    row = figures["events"]
    events.add_row("events", "", "", shown(row["f1"]), shown(row["a"]), shown(row["b"]), style="bold")
    for name, row in figures["fields"].items():
        counts = [row.get("a", row.get("n")), row.get("b", row.get("n"))]
        cells = [shown(row[key]) if key in row else "" for key in ("agree", "kappa", "f1")]
        events.add_row("  " + name, *cells, *(shown(count) for count in counts))
    console = Console(file=sys.stdout, highlight=False, width=None if sys.stdout.isatty() else 100)
    console.print(spans)
    console.print(events)
