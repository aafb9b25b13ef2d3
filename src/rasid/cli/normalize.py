"""`rasid normalize`: one number, date, place or actor resolved, with the reason."""

from __future__ import annotations

import json
from typing import Annotated, Any, Protocol

import typer

from rasid.cli.common import stops_on_errors
from rasid.document import parse_day

app = typer.Typer(help="Resolve one number, date, place or actor.", no_args_is_help=True)

_Text = Annotated[str, typer.Argument(metavar="TEXT", help="The words, in Arabic.")]
_Json = Annotated[bool, typer.Option("--json", help="Print the object as JSON; null where the words do not say.")]
# Every kind takes both, so that a script can pass them whatever it asks for; dates use the one, places and actors the other.
_Date = Annotated[str | None, typer.Option("--date", metavar="YYYY-MM-DD", help="The report's date (for dates).")]
_Context = Annotated[
    str | None, typer.Option("--context", metavar="TEXT", help="Other places or actors of the report, separated by commas (for those).")
]


class _Resolved(Protocol):
    def to_dict(self) -> dict[str, Any]: ...


@app.command()
@stops_on_errors
def number(text: _Text, date: _Date = None, context: _Context = None, as_json: _Json = False) -> None:
    """Read a count: its bounds, and whether it is approximate."""
    parse_day(date)
    from rasid.numbers import parse_number

    _show(parse_number(text), as_json)


@app.command("date")
@stops_on_errors
def date_(text: _Text, date: _Date = None, context: _Context = None, as_json: _Json = False) -> None:
    """Read a date: the first and the last day that it can mean. Relative dates need the report's date."""
    day = parse_day(date)
    from rasid.dates import parse_date

    _show(parse_date(text, day), as_json)


@app.command()
@stops_on_errors
def place(text: _Text, date: _Date = None, context: _Context = None, as_json: _Json = False) -> None:
    """Find a place: its coordinates, country and precision."""
    parse_day(date)
    from rasid.places import resolve_place

    _show(resolve_place(text, context), as_json)


@app.command()
@stops_on_errors
def actor(text: _Text, date: _Date = None, context: _Context = None, as_json: _Json = False) -> None:
    """Find an actor: id, names, kind and country."""
    parse_day(date)
    from rasid.actors import resolve_actor

    _show(resolve_actor(text, context), as_json)


def _show(found: _Resolved | None, as_json: bool) -> None:
    value = found.to_dict() if found is not None else None
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False))
    elif value is None:
        typer.echo("not resolved: the words do not say")
    else:
        for key, part in value.items():
            shown = ", ".join(map(str, part)) if isinstance(part, (list, tuple)) else part
            typer.echo(f"{key + ':':14s} {'' if shown is None else shown}".rstrip())
