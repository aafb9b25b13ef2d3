"""`rasid annotate`: reports to pre-annotated Label Studio tasks and the labelling configuration they are opened with."""

from __future__ import annotations

from itertools import chain
from pathlib import Path
from typing import Annotated

import typer

import rasid
from rasid.cli.common import EXIT_UNUSABLE, FaultReport, fail, good_documents, progress, read_documents, report, stops_on_errors
from rasid.document import parse_day
from rasid.readers import Settings, read_all


@stops_on_errors
def annotate(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="Reports as .txt, .jsonl, .csv or .tsv; - is standard input.")],
    output: Annotated[Path, typer.Option("--output", "-o", metavar="TASKS.json", help="The tasks, to import into Label Studio.")],
    config: Annotated[
        Path | None,
        typer.Option(
            "--config", metavar="XML", help="The labelling configuration (default: beside the tasks, as .xml).", show_default=False
        ),
    ] = None,
    date: Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="Date of the reports that have none.")] = None,
    model: Annotated[Path | None, typer.Option("--model", metavar="DIR", help="A model folder.", show_default=False)] = None,
    threads: Annotated[int | None, typer.Option("--threads", min=1, help="CPU threads (default: one for each core).")] = None,
) -> None:
    """Write reports as Label Studio tasks that the model has annotated, the reports it is least sure of first.

    How sure is the mean of the mean score of the spans and the mean confidence of the events (0 to 1, the prediction's score).
    """
    from rasid.convert.label_studio import write_tasks
    from rasid.convert.label_studio_config import labelling_config
    from rasid.pre_annotation import make_tasks

    config = config or output.with_suffix(".xml")
    for target in (output, config):
        if any(target.exists() and Path(file).exists() and target.samefile(file) for file in files):
            fail(f"{target}: is an input too, and would be overwritten")
    if config.absolute() == output.absolute():
        fail(f"{output}: is the place of the tasks and of the configuration; name another with --config")
    faults = FaultReport()
    documents = good_documents(read_all(files, Settings(date=parse_day(date))), faults)
    first = next(documents, None)
    if first is None:
        if not faults.count:
            report("got no documents in the input")
        raise typer.Exit(EXIT_UNUSABLE)
    extractor = rasid.load(model, threads=threads)
    pairs = []
    with progress() as advance:
        for document, record in read_documents(extractor, chain([first], documents), faults):
            pairs.append((record, document))
            advance()
    try:
        write_tasks(make_tasks(pairs), output)
        config.write_text(labelling_config(), encoding="utf-8")
    except OSError as error:
        fail(f"{error.filename}: cannot be written: {error.strerror}")
    report(f"{output}: {len(pairs)} tasks, least sure first; {config}: the labelling configuration")
    raise typer.Exit(faults.status(len(pairs)))
