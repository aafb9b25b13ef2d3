"""A small corpus to a table of the killed by month and side, with a plot: `python -m rasid.examples.syria [FILE…] [--plot killed.png]`.

The corpus is invented (`data/examples/syria`); give files of your own to read those. What counts: events that are asserted, by the month in
which they began (else of the report); the side is who the report says did it, in a battle the side that the dead fought. What does not:
events that are denied or planned, and tolls over a period, which would count the dead of other reports again. What is alleged stands
apart. Figures are the bounds that the words give, added over events: `12 to 15`, `30 or more`. No two reports here tell of one
incident; in a real corpus they would, and the table would count that incident twice.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import rasid
from rasid.document import Document
from rasid.errors import MissingDependencyError, RasidError
from rasid.profiles.deaths import Deaths, count_deaths
from rasid.readers import Fault, read_all
from rasid.records import Event, Record

UNKNOWN, ALLEGED = "not named", "alleged, any side"
_BAR = 40


@dataclass(slots=True)
class Cell:
    """Deaths of some events: the sums of the bounds, whether any upper bound is open, and of how many events."""

    low: int = 0
    high: int = 0
    open: bool = False
    events: int = 0

    def add(self, low: int | None, high: int | None) -> None:
        """Add the bounds of one event; no lower bound is 0."""
        self.low += low or 0
        self.high += high if high is not None else low or 0
        self.open |= high is None
        self.events += 1

    def __str__(self) -> str:
        if self.open:
            return f"{self.low} or more"
        return str(self.low) if self.low == self.high else f"{self.low} to {self.high}"


@dataclass(frozen=True, slots=True)
class Killed:
    """The table, by month (`YYYY-MM`) and side, and how many events with deaths were left out, by reason."""

    cells: dict[tuple[str, str], Cell]
    left_out: dict[str, int]

    @property
    def months(self) -> list[str]:
        """The months, in order."""
        return sorted({month for month, _ in self.cells})

    @property
    def sides(self) -> list[str]:
        """The sides, that with most dead first, then those not named and what is alleged."""
        total: dict[str, int] = {}
        for (_, side), cell in self.cells.items():
            total[side] = total.get(side, 0) + cell.low
        return sorted(total, key=lambda side: (side == ALLEGED, side == UNKNOWN, -total[side], side))


def killed_by_month_and_side(pairs: Iterable[tuple[Record, Document]]) -> Killed:
    """Count the dead of records as the module's docstring says."""
    cells: dict[tuple[str, str], Cell] = {}
    left_out: dict[str, int] = {}
    for record, document in pairs:
        for event in record.events:
            deaths = count_deaths(event)
            if deaths.low is None and deaths.high is None:
                continue
            reason = event.status if event.status in ("denied", "planned") else "toll over a period" if event.aggregate else None
            month = _month(event, document)
            if reason is None and month is None:
                reason = "without a date"
            if reason is not None or month is None:
                left_out[str(reason)] = left_out.get(str(reason), 0) + 1
                continue
            side = ALLEGED if event.status == "alleged" else _side(event, deaths)
            cells.setdefault((month, side), Cell()).add(deaths.low, deaths.high)
    return Killed(cells, left_out)


def _month(event: Event, document: Document) -> str | None:
    if event.date is not None and event.date.from_:
        return event.date.from_[:7]
    return document.date.isoformat()[:7] if document.date else None


def _side(event: Event, deaths: Deaths) -> str:
    """Who did it: the perpetrators, but where most of the dead are theirs (a battle names one side first) the other side."""
    own = deaths.by_bucket.get("perpetrators", 0)
    actors = event.targets if 2 * own > sum(deaths.by_bucket.values()) else event.perpetrators
    names = [actor.name_en or actor.name or actor.text for actor in actors]
    return names[0] if names else UNKNOWN


def as_text(killed: Killed) -> str:
    """The table, bars of the lower bounds, and what was left out."""
    head = ["month", *killed.sides]
    rows = [[month, *(str(killed.cells.get((month, side), "–")) for side in killed.sides)] for month in killed.months]
    widths = [max(len(row[k]) for row in (head, *rows)) for k in range(len(head))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in (head, *rows)]
    lines += ["", "killed by month, lower bounds without what is alleged"]
    totals = {month: sum(c.low for (m, side), c in killed.cells.items() if m == month and side != ALLEGED) for month in killed.months}
    most = max(totals.values(), default=0)
    lines += [f"{month}  {'█' * round(_BAR * total / most) if most else ''} {total}" for month, total in totals.items()]
    if killed.left_out:
        lines += ["", "left out, events with deaths: " + ", ".join(f"{n} {reason}" for reason, n in sorted(killed.left_out.items()))]
    return "\n".join(lines) + "\n"


def plot(killed: Killed, path: Path) -> None:
    """Draw stacked bars by month and side: lower bounds, with a line to the upper bound of the month.

    Raises:
        MissingDependencyError: without matplotlib.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise MissingDependencyError("matplotlib", "plot", "a plot") from error
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    months = killed.months
    figure, axis = plt.subplots(figsize=(10, 4.5))
    below = [0] * len(months)
    for side in killed.sides:
        if side == ALLEGED:
            continue
        cells = [killed.cells.get((month, side), Cell()) for month in months]
        # Before 3.11 Matplotlib neither joins Arabic letters nor orders them.
        shown = side if side.isascii() or matplotlib.__version_info__ >= (3, 11) else "a side with an Arabic name"
        axis.bar(months, [cell.low for cell in cells], bottom=below, label=shown)
        below = [b + cell.low for b, cell in zip(below, cells, strict=True)]
    above = [sum(c.high - c.low for (m, side), c in killed.cells.items() if m == month and side != ALLEGED) for month in months]
    axis.errorbar(months, below, yerr=[[0] * len(months), above], fmt="none", ecolor="black", capsize=4)
    axis.set(ylabel="killed (bar: lower bounds, line: upper)", title="Killed by month and side named (invented reports)")
    for k, month in enumerate(months):
        if any(c.open for (m, side), c in killed.cells.items() if m == month and side != ALLEGED):
            axis.annotate("or more", (k, below[k] + above[k]), ha="center", va="bottom", xytext=(0, 4), textcoords="offset points")
    axis.margins(y=0.1)
    axis.legend(loc="upper left", bbox_to_anchor=(1, 1))
    figure.tight_layout()
    figure.savefig(path, dpi=120)
    plt.close(figure)


def main(arguments: Sequence[str] | None = None) -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m rasid.examples.syria", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("files", nargs="*", help="reports of your own (default: the invented ones)")
    parser.add_argument("--plot", type=Path, metavar="PNG", help="draw the table too (needs matplotlib)")
    args = parser.parse_args(arguments)
    own = str(files("rasid") / "data" / "examples" / "syria" / "reports.jsonl")
    if not args.files:
        print("INVENTED reports, written for this example: nothing in them happened.\n")
    documents = []
    for item in read_all(args.files or [own]):
        if isinstance(item, Fault):
            print(f"rasid: {item}", file=sys.stderr)
        else:
            documents.append(item)
    try:
        killed = killed_by_month_and_side(zip(rasid.load().extract_many(documents), documents, strict=True))
        print(as_text(killed), end="")
        if args.plot:
            plot(killed, args.plot)
    except RasidError as error:
        print(f"rasid: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
