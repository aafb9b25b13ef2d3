"""The work of `rasid batch`: archives to a folder of results, what it would do, and how far it is."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rasid.cli.common import (
    EXIT_GOOD,
    EXIT_SOME_FAULTS,
    EXIT_UNUSABLE,
    CountryColumn,
    DateColumn,
    Day,
    IdColumn,
    Model,
    OutletColumn,
    TextColumn,
    fail,
    report,
    stops_on_errors,
)
from rasid.readers import Columns

if TYPE_CHECKING:
    from rasid.batching.run import BatchSummary, Plan, Progress

STATUS = "status"
# Without a terminal a line is printed so often.
_LINE_EVERY = 60.0


@stops_on_errors
def batch_command(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT…", help="Files, folders, quoted globs; or `status DIR` for how far it is.", show_default=False),
    ],
    output: Annotated[Path | None, typer.Option("--output", "-o", metavar="DIR", help="Folder of the results.", show_default=False)] = None,
    formats: Annotated[
        str | None,
        typer.Option("--formats", metavar="LIST", help="Of jsonl, csv, parquet, geojson, with commas (default: all).", show_default=False),
    ] = None,
    profile: Annotated[list[str] | None, typer.Option("--profile", help="Write acled.csv or ucdp.csv too; may be repeated.")] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1, help="Read only so many items.", show_default=False)] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read the input, say what would be done, write nothing.")] = False,
    workers: Annotated[
        int | None,
        typer.Option("--workers", min=0, help="Processes (default: one for each core; 0: none beside this).", show_default=False),
    ] = None,
    threads: Annotated[int, typer.Option("--threads", min=1, help="Threads of the model in each worker.")] = 1,
    shard_documents: Annotated[
        int | None, typer.Option("--shard-documents", min=1, help="Documents of a shard, what a kill loses at most a few of.")
    ] = None,
    engine: Annotated[str, typer.Option("--engine", help="local, or ray for a cluster.")] = "local",
    ray_address: Annotated[
        str | None, typer.Option("--ray-address", help="Of a Ray cluster (default: RAY_ADDRESS, or a local Ray).", show_default=False)
    ] = None,
    ray_cpus: Annotated[
        float | None, typer.Option("--ray-cpus", help="CPUs that each Ray worker asks for (default: 1).", show_default=False)
    ] = None,
    model: Model = None,
    date: Day = None,
    id_column: IdColumn = "id",
    text_column: TextColumn = "text",
    date_column: DateColumn = "date",
    outlet_column: OutletColumn = "outlet",
    country_column: CountryColumn = "country",
) -> None:
    """Read archives of reports (JSONL, CSV, TSV, Parquet, text, each also .gz or .zst) into a folder of results.

    A run that was stopped, by whatever, is taken up by the same command. What cannot be read is written to failed.jsonl, with the place
    and the reason. Exit status: 0 all was read, 1 some was not, 2 nothing could be read or the run could not go on.
    """
    if inputs[0] == STATUS and not Path(STATUS).exists():
        if len(inputs) != 2:
            fail("got no folder, expected: rasid batch status DIR")
        _print_status(inputs[1])
        return
    from rasid import batching

    logging.basicConfig(level=logging.WARNING, format="rasid: %(message)s")
    if engine not in ("local", "ray"):
        fail(f"got --engine {engine}, expected local or ray")
    given = {"address": ray_address, "cpus": ray_cpus}
    engine_options = {name: value for name, value in given.items() if value is not None}
    if engine_options and engine != "ray":
        fail(f"got {', '.join(f'--ray-{name}' for name in engine_options)}, expected it with --engine ray only")
    if output is None and not dry_run:
        fail("got no --output, expected a folder for the results")
    columns = Columns(id_column, text_column, date_column, outlet_column, country_column)
    asked = [name.strip() for name in formats.split(",") if name.strip()] if formats is not None else None
    if dry_run:
        planned = batching.plan(
            inputs,
            output,
            columns=columns,
            date=date,
            formats=asked,
            profiles=profile or (),
            limit=limit,
            shard_documents=shard_documents,
        )
        _print_plan(planned)
        raise typer.Exit(_status(planned.documents, planned.failed))
    assert output is not None
    try:
        with _bar() as advance:
            summary = batching.batch(
                inputs,
                output,
                model=model,
                columns=columns,
                date=date,
                formats=asked,
                profiles=profile or (),
                workers=workers,
                threads=threads,
                limit=limit,
                shard_documents=shard_documents,
                engine=engine,
                engine_options=engine_options,
                on_progress=advance,
            )
    except KeyboardInterrupt:
        fail("stopped; the finished shards are good, the same command goes on from there")
    _print_summary(summary)
    raise typer.Exit(_status(summary.counts["documents"], summary.counts["failed"]))


def _status(documents: int, failed: int) -> int:
    if documents == 0:
        return EXIT_UNUSABLE
    return EXIT_SOME_FAULTS if failed else EXIT_GOOD


def _print_plan(planned: Plan) -> None:
    typer.echo(f"{planned.sources} inputs: {planned.documents} documents, {planned.characters} characters")
    typer.echo(f"{planned.copies} copies of another, predicted with it; {planned.failed} items cannot be read")
    typer.echo(f"{planned.shards} shards, of which {planned.done} are done")
    _print_reasons(planned.reasons)


def _print_summary(summary: BatchSummary) -> None:
    counts = summary.counts
    before = counts["documents"] + counts["failed"] - summary.documents_now
    speed = f", {summary.documents_now / summary.seconds:.1f} documents a second" if summary.seconds and summary.documents_now else ""
    report(
        f"{counts['documents']} documents ({counts['copies']} copies), {counts['events']} events, {counts['casualties']} figures"
        f" in {summary.output}; {summary.seconds:.0f} s{speed}" + (f"; {before} were done before" if before else "")
    )
    if counts["failed"]:
        report(f"{counts['failed']} {'item' if counts['failed'] == 1 else 'items'} gave no record: {summary.output / 'failed.jsonl'}")
        _print_reasons(summary.reasons)


def _print_reasons(reasons: tuple[tuple[str, int], ...]) -> None:
    for reason, count in reasons[:5]:
        report(f"  {count} × {reason}")


def _print_status(folder: str) -> None:
    from rasid.batching.status import read_status

    status = read_status(folder)
    counts = status.counts
    typer.echo(f"{status.state}: shards done: {counts.get('shards', 0)}")
    typer.echo(
        f"{counts.get('documents', 0)} documents ({counts.get('copies', 0)} copies), {counts.get('failed', 0)} failed, "
        f"{counts.get('events', 0)} events, {counts.get('casualties', 0)} figures"
    )
    if status.state == "running" and status.share is not None and status.seconds and status.items_now:
        typer.echo(f"{status.share:.0%} of the input, {status.items_now / status.seconds:.1f} documents a second")
    if status.state == "finished" and status.run is not None:
        typer.echo(f"model {status.run['model']['name']} {status.run['model']['version']}")
    if status.state == "stopped":
        typer.echo("the command that began it goes on from here")


@contextmanager
def _bar() -> Iterator[Callable[[Progress], None]]:
    """A bar with documents a second, time left and failures on a terminal; elsewhere a line now and then."""
    if not sys.stderr.isatty():
        last = time.monotonic()

        def line(progress: Progress) -> None:
            nonlocal last
            if time.monotonic() - last >= _LINE_EVERY:
                last = time.monotonic()
                report(_state(progress))

        yield line
        return
    from rich.console import Console
    from rich.progress import BarColumn, TextColumn
    from rich.progress import Progress as Bar

    with Bar("reading", BarColumn(), TextColumn("{task.description}"), console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("loading the model", total=None)

        def advance(progress: Progress) -> None:
            bar.update(task, description=_state(progress), total=None if progress.share is None else 1.0, completed=progress.share or 0.0)

        yield advance


def _state(progress: Progress) -> str:
    now = progress.done - progress.skipped
    parts = [f"{progress.done} documents"]
    if progress.seconds and now:
        speed = now / progress.seconds
        parts.append(f"{speed:.1f}/s")
        if progress.share:
            left = max(0.0, progress.done / progress.share - progress.done) / speed
            parts.append(f"{int(left) // 3600}:{int(left) // 60 % 60:02}:{int(left) % 60:02} left")
    parts.append(f"{progress.failed} failed")
    return ", ".join(parts)
