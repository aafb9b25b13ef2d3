"""The command line: one function for each command; longer ones have a module of their own."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from rasid.cli.agreement import agreement
from rasid.cli.annotate import annotate
from rasid.cli.batch import batch_command
from rasid.cli.common import (
    EXIT_UNUSABLE,
    CountryColumn,
    DateColumn,
    Day,
    IdColumn,
    Model,
    OutletColumn,
    TextColumn,
    fail,
    stops_on_errors,
)
from rasid.cli.convert import convert
from rasid.cli.evaluate import evaluate_command
from rasid.cli.extract import OutputFormat, extract_command
from rasid.cli.incidents import incidents
from rasid.cli.normalize import app as normalize_app
from rasid.cli.serve import serve_command
from rasid.cli.view import view_command
from rasid.profiles import Profile
from rasid.readers import Columns
from rasid.service import Limits

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.add_typer(normalize_app, name="normalize")
for _command in (annotate, convert, agreement, incidents):
    app.command()(_command)
app.command("batch")(batch_command)

_Threads = Annotated[int | None, typer.Option("--threads", min=1, help="CPU threads (default: one for each core).")]


def _one_of(files: list[str] | None, example: bool) -> None:
    """End the command where it has both files and --example, or neither."""
    if example == bool(files):
        fail("got --example and files, expected one of them" if example else "got no FILE, expected files, - or --example")


@app.callback()
def main() -> None:
    """Read Arabic reports of conflict and write event records: what, who, whom, how many, where, when, says who."""
    for stream in (sys.stdout, sys.stderr):
        # UTF-8 whatever the locale: a record or a file's name that cannot be written would end the run.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(encoding="utf-8", errors="surrogateescape")


@app.command()
@stops_on_errors
def extract(
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE…", help="Reports as .txt, .jsonl, .csv or .tsv; - is standard input.", show_default=False),
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Read the report that ships with Rasid.")] = False,
    output_format: Annotated[
        OutputFormat | None, typer.Option("--format", "-f", help="Default: table on a terminal, else jsonl.", show_default=False)
    ] = None,
    profile: Annotated[
        Profile | None,
        typer.Option(
            "--profile", help="Write CSV with the columns of ACLED or UCDP GED, without what is denied or planned.", show_default=False
        ),
    ] = None,
    output: Annotated[Path | None, typer.Option("--output", "-o", help="Write to this file (default: standard output).")] = None,
    date: Day = None,
    min_confidence: Annotated[
        float | None,
        typer.Option(
            "--min-confidence", min=0, max=1, metavar="X", help="Leave out events of a lower confidence (0 to 1); their count is told."
        ),
    ] = None,
    model: Model = None,
    threads: _Threads = None,
    id_column: IdColumn = "id",
    text_column: TextColumn = "text",
    date_column: DateColumn = "date",
    outlet_column: OutletColumn = "outlet",
    country_column: CountryColumn = "country",
) -> None:
    """Read reports and write their events.

    What cannot be read is reported on standard error with its file, line and field, and costs nothing else. Exit status: 0 all was read,
    1 some was not, 2 nothing could be read or the command is wrong.
    """
    _one_of(files, example)
    columns = Columns(id_column, text_column, date_column, outlet_column, country_column)
    status = extract_command(
        files or [],
        output_format=output_format,
        profile=profile,
        output=output,
        date=date,
        model=model,
        threads=threads,
        columns=columns,
        min_confidence=min_confidence,
    )
    raise typer.Exit(status)


@app.command()
@stops_on_errors
def view(
    output: Annotated[Path, typer.Option("--output", "-o", metavar="HTML", help="Write the page to this file.")],
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="FILE…", help="Reports as `rasid extract` takes them, or the JSON lines that it wrote.", show_default=False),
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Read the report that ships with Rasid.")] = False,
    texts: Annotated[
        list[str] | None,
        typer.Option("--texts", metavar="FILE", help="The reports that records were read from, found by their ids.", show_default=False),
    ] = None,
    title: Annotated[str | None, typer.Option("--title", help="Heading of the page.", show_default=False)] = None,
    lang: Annotated[str, typer.Option("--lang", metavar="ar|en", help="Language of the labels when the page opens.")] = "ar",
    date: Day = None,
    model: Model = None,
    threads: _Threads = None,
    id_column: IdColumn = "id",
    text_column: TextColumn = "text",
    date_column: DateColumn = "date",
    outlet_column: OutletColumn = "outlet",
    country_column: CountryColumn = "country",
) -> None:
    """Write one page, for any browser and without the network, that shows reports, their events, a map, a timeline and a table."""
    _one_of(files, example)
    if lang not in ("ar", "en"):
        fail(f"--lang: got {lang!r}, expected ar or en")
    status = view_command(
        files or [],
        output=output,
        texts=texts or [],
        title=title,
        lang=lang,
        date=date,
        model=model,
        threads=threads,
        columns=Columns(id_column, text_column, date_column, outlet_column, country_column),
    )
    raise typer.Exit(status)


@app.command()
@stops_on_errors
def serve(
    host: Annotated[str, typer.Option("--host", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=1, max=65535)] = 8000,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Processes that read reports (default: one for each core).", show_default=False)
    ] = None,
    model: Model = None,
    max_characters: Annotated[int, typer.Option(min=1, help="Characters of one report.")] = Limits().characters,
    max_documents: Annotated[int, typer.Option(min=1, help="Reports of one request.")] = Limits().documents,
    max_body: Annotated[int, typer.Option(min=1, help="Bytes of one request.")] = Limits().body,
    max_waiting: Annotated[int, typer.Option(min=1, help="Reports that may wait for a worker.")] = Limits().waiting,
    max_seconds: Annotated[float, typer.Option(min=0.1, help="Seconds until a request is given up.")] = Limits().seconds,
) -> None:
    """Serve the extractor over HTTP on this machine, with a page to paste reports into (needs the extra `serve`)."""
    limits = Limits(max_body, max_characters, max_documents, max_seconds, max_waiting)
    serve_command(host=host, port=port, workers=workers, model=model, limits=limits)


@app.command()
@stops_on_errors
def evaluate(
    gold: Annotated[Path, typer.Argument(metavar="GOLD", help="Annotated documents (stand-off JSONL).")],
    model: Model = None,
    predicted: Annotated[Path | None, typer.Option("--predicted", metavar="FILE", help="Score these records and run no model.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the figures as JSON.")] = False,
    errors: Annotated[
        Path | None, typer.Option("--errors", metavar="HTML", help="Write a page that shows what is wrong and why, and print the causes.")
    ] = None,
    split: Annotated[str | None, typer.Option("--split", metavar="NAME", help="Take only the documents whose `split` is this.")] = None,
    calibration: Annotated[
        bool, typer.Option("--calibration", help="Say how far confidences can be trusted, and what each threshold keeps.")
    ] = False,
    threads: _Threads = None,
) -> None:
    """Score the model, or records in a file, against annotated documents."""
    if predicted is not None and model is not None:
        fail("got --predicted and --model, expected one of them")
    status = evaluate_command(
        gold,
        model=model,
        predicted=predicted,
        as_json=as_json,
        threads=threads,
        errors=errors,
        split=split,
        calibration=calibration,
    )
    raise typer.Exit(status)


@app.command()
def version() -> None:
    """Print the versions of Rasid and of the model that ships with it, and whom its data are owed to."""
    from rasid import __version__
    from rasid.errors import ModelError
    from rasid.package import default_folder, read_manifest
    from rasid.places.gazetteer import GEONAMES_CREDIT

    typer.echo(f"rasid {__version__}")
    try:
        manifest = read_manifest(default_folder())
    except ModelError as error:
        typer.echo(f"model: none ({error})")
        raise typer.Exit(EXIT_UNUSABLE) from error
    typer.echo(f"model {manifest.name} {manifest.version}")
    typer.echo(f"places: {GEONAMES_CREDIT}")
