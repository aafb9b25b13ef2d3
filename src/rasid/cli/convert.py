"""`rasid convert`: annotations from one format to another, with a report of what the target cannot hold."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from rasid.cli.common import FaultReport, report, stops_on_errors

_FORMATS = "standoff, label-studio, label-studio-predictions, doccano, brat (a folder), conll, datasets (a folder)"


@stops_on_errors
def convert(
    source: Annotated[Path, typer.Argument(metavar="SOURCE", help="The annotations: a file, or a folder for brat and datasets.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="TARGET", help="What is written: a file or a folder, likewise.")],
    from_: Annotated[str, typer.Option("--from", metavar="FORMAT", help=f"One of {_FORMATS}.")],
    to: Annotated[str, typer.Option("--to", metavar="FORMAT", help="Another of them.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print what was converted and what was lost as JSON.")] = False,
) -> None:
    """Convert annotations to another format; what it cannot hold is told on standard error.

    Exit status: 0 all was converted (losses are no fault), 1 some documents could not be read, 2 none could or the command is wrong.
    """
    from rasid.convert import convert as run  # late: `rasid --help` needs none of it

    done = run(source, output, from_=from_, to=to)
    faults = FaultReport()
    for fault in done.faults:
        faults.add(fault)
    for where, losses in ((f"not read from {from_}", done.read_losses), (f"not held by {to}", done.write_losses)):
        for what, row in losses.to_dict().items():
            report(f"{where}: {what}: {row['count']}, in documents: {row['documents']}")
    if as_json:
        lost = {"read": done.read_losses.to_dict(), "write": done.write_losses.to_dict()}
        typer.echo(json.dumps({"documents": done.documents, "faults": len(done.faults), "lost": lost}, ensure_ascii=False))
    else:
        report(f"{output}: {done.documents} documents" if done.documents else f"{output}: nothing is written: got no documents")
    raise typer.Exit(faults.status(done.documents))
