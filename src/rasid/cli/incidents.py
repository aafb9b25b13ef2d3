"""`rasid incidents`: a pass over records that puts the reports of one incident together."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated

import typer

from rasid.cli.common import FaultReport, fail, progress, report, stops_on_errors


@stops_on_errors
def incidents(
    inputs: Annotated[
        list[Path],
        typer.Argument(metavar="DIR_OR_FILE…", help="Output folders of rasid batch, or records as JSON lines (.jsonl, .jsonl.gz)."),
    ],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="OUT", help="Folder for incidents.jsonl and incidents.csv.")],
    documents: Annotated[
        list[Path] | None,
        typer.Option(
            "--documents",
            metavar="FILE",
            help="The reports of the records (.jsonl, .csv …), for days, outlets and near duplicates; those of a batch are known.",
            show_default=False,
        ),
    ] = None,
    near_duplicates: Annotated[bool, typer.Option(help="Find near-duplicate articles, where the texts are known.")] = True,
) -> None:
    """Group the events that report one incident: every source's figures side by side, the lowest, highest and latest, and why.

    Denied, alleged and planned reports change no asserted figure; tolls over a period stay apart from single incidents. Exit status:
    0 all was read, 1 some was not, 2 nothing could be read or the command is wrong.
    """
    from rasid.incident import Counts, write_incidents
    from rasid.incident import incidents as find_incidents
    from rasid.incident.inputs import find_parts
    from rasid.incident.outputs import JSON_LINES, TABLE

    names = [output / name for name in (JSON_LINES, TABLE)]
    parts = find_parts(inputs)
    for part in parts:
        if any(name.exists() and part.records.exists() and name.samefile(part.records) for name in names):
            fail(f"{part.records}: is an input too, and would be overwritten")
    faults, counts = FaultReport(), Counts()
    with ExitStack() as stack:
        if not output.exists():
            stack.callback(_leave_none_empty, output)
        temporary = [name.with_name(f".tmp-{name.name}") for name in names]
        try:
            output.mkdir(parents=True, exist_ok=True)
            lines, table = (stack.enter_context(open(name, "w", encoding="utf-8", newline="")) for name in temporary)
            advance = stack.enter_context(progress())
            found = find_incidents(
                [part.records for part in parts],
                documents=documents or (),
                near_duplicates=near_duplicates,
                on_fault=faults.add,
                counts=counts,
                advance=advance,
                folder=output,
            )
            for _ in write_incidents(found, lines, table):
                pass
            lines.close()
            table.close()
            if counts.records or not faults.count:  # where nothing could be read, what was there stays
                for made, name in zip(temporary, names, strict=True):
                    os.replace(made, name)
        except OSError as error:
            fail(f"{output}: cannot be written: {error.strerror or error}")
        finally:
            for name in temporary:
                name.unlink(missing_ok=True)
    together = counts.events - counts.incidents
    report(
        f"{counts.records} records ({counts.repeated} twice, {counts.copies} near duplicates), {counts.events} events, "
        f"{counts.incidents} incidents: {together} events were reports of an incident that another event tells of; {output}"
    )
    raise typer.Exit(faults.status(counts.records))


def _leave_none_empty(folder: Path) -> None:
    """Remove a folder that was made and that nothing came of: for want of an extra, say."""
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
