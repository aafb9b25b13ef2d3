"""What the commands share: exit statuses, messages on standard error, progress."""

from __future__ import annotations

import functools
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn, ParamSpec

import typer

from rasid.document import Document
from rasid.errors import InputError, RasidError
from rasid.readers import Fault, Item

if TYPE_CHECKING:
    from rasid.extractor import Extractor
    from rasid.records import Record

EXIT_GOOD, EXIT_SOME_FAULTS, EXIT_UNUSABLE = 0, 1, 2
# A run that ends sooner shows no progress.
PROGRESS_AFTER = 3.0
P = ParamSpec("P")
# Options that several commands have.
_COLUMN = "Name of the key or column that holds the {}."
IdColumn = Annotated[str, typer.Option(help=_COLUMN.format("document's id"))]
TextColumn = Annotated[str, typer.Option(help=_COLUMN.format("report's text"))]
DateColumn = Annotated[str, typer.Option(help=_COLUMN.format("report's date"))]
OutletColumn = Annotated[str, typer.Option(help=_COLUMN.format("outlet's name"))]
CountryColumn = Annotated[str, typer.Option(help=_COLUMN.format("outlet's country"))]
Day = Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Date of the reports that have none of their own.")]
Model = Annotated[Path | None, typer.Option("--model", metavar="DIR", help="A model folder (default: the model that ships with Rasid).")]


def report(message: object) -> None:
    """Print a message on standard error."""
    typer.echo(f"rasid: {message}", err=True)


def fail(message: object) -> NoReturn:
    """Report what makes the command useless, and end it with status 2."""
    report(message)
    raise typer.Exit(EXIT_UNUSABLE)


def stops_on_errors(command: Callable[P, None]) -> Callable[P, None]:
    """Make errors that Rasid raises on purpose end a command with their message and status 2, without a traceback."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            command(*args, **kwargs)
        except RasidError as error:
            fail(error)

    return run


class FaultReport:
    """Reports faults as they come and counts them."""

    def __init__(self) -> None:
        self.count = 0

    def add(self, fault: Fault | InputError) -> None:
        """Report one."""
        self.count += 1
        report(fault)

    def status(self, good: int) -> int:
        """The exit status of a run that read `good` items beside the faults."""
        if good == 0:
            return EXIT_UNUSABLE
        return EXIT_SOME_FAULTS if self.count else EXIT_GOOD


def good_documents(items: Iterable[Item], faults: FaultReport) -> Iterator[Document]:
    """The documents among what a reader gives; its faults are reported."""
    for item in items:
        if isinstance(item, Fault):
            faults.add(item)
        else:
            yield item


def read_documents(extractor: Extractor, documents: Iterable[Document], faults: FaultReport) -> Iterator[tuple[Document, Record]]:
    """Documents with their records; one that no record can be made of is reported, and costs no other."""
    for document, outcome in extractor.outcomes(documents):
        if isinstance(outcome, InputError):
            faults.add(outcome)
        else:
            yield document, outcome


@contextmanager
def progress(total: int | None = None, *, shown: bool = True) -> Iterator[Callable[[], None]]:
    """Give a function to call after each document; a bar appears on standard error if that is a terminal and the run goes on."""
    if not (shown and sys.stderr.isatty()):
        yield lambda: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    columns = ("reading", BarColumn(), MofNCompleteColumn(), "documents", TextColumn("{task.fields[speed]}"), TimeElapsedColumn())
    bar = Progress(*columns, console=Console(stderr=True), transient=True)
    task = bar.add_task("", total=total, speed="")
    start, started, done = time.monotonic(), False, 0

    def advance() -> None:
        nonlocal started, done
        done += 1
        elapsed = time.monotonic() - start
        if not started and elapsed > PROGRESS_AFTER:
            bar.start()
            started = True
        if started:
            bar.update(task, completed=done, speed=f"{done / elapsed:.1f}/s")

    try:
        yield advance
    finally:
        if started:
            bar.stop()
