"""The tables of `rasid evaluate --calibration`, and the work of `rasid extract --min-confidence`."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rasid.calibration import LEAST_KEPT, Calibration, calibrate, event_outcomes, keep_confident, span_outcomes
from rasid.cli.common import fail, report
from rasid.records import Record

if TYPE_CHECKING:
    from rasid.extractor import Extractor


class ConfidenceFilter:
    """Lets through events of at least a confidence and counts the others; without a bound it changes nothing."""

    def __init__(self, least: float | None):
        self.least, self.seen, self.left_out = least, 0, 0

    def check(self, extractor: Extractor) -> None:
        """End the command where events would have no confidence to be judged by."""
        if self.least is not None and not extractor.manifest.confidence:
            fail(f"got --min-confidence, but the model {extractor.model.name} gives no confidence: it was exported without a calibration")

    def kept(self, record: Record) -> Record:
        """The record without the events that fall below."""
        if self.least is None:
            return record
        self.seen += len(record.events)
        record, left_out = keep_confident(record, self.least)
        self.left_out += left_out
        return record

    def tell(self) -> None:
        """Say on standard error how many events were left out, none included."""
        if self.least is not None:
            report(f"{self.left_out} of {self.seen} events left out: confidence below {self.least:g}")


def calibrations(gold: Sequence[Mapping[str, Any]], records: Mapping[str, Mapping[str, Any]]) -> dict[str, Calibration]:
    """The calibration of spans and of events."""
    return {"spans": calibrate(span_outcomes(gold, records)), "events": calibrate(event_outcomes(gold, records))}


def print_calibrations(figures: Mapping[str, Calibration]) -> None:
    """Print both tables."""
    right = {"spans": "label and words right", "events": "type, status and every casualty figure right"}
    for name, figure in figures.items():
        _print(name, right[name], figure)


def _print(name: str, right: str, figure: Calibration) -> None:
    from rich.console import Console
    from rich.table import Table

    console = Console(file=sys.stdout, highlight=False, markup=False, width=None if sys.stdout.isatty() else 100)
    said = f"; {figure.without} more have no confidence" if figure.without else ""
    console.print(f"calibration of {name} ({right}), {figure.count} predicted{said}")
    if not figure.count:
        console.print("nothing to calibrate\n")
        return
    bins = Table("confidence")
    for heading in (name, "mean confidence", "right"):
        bins.add_column(heading, justify="right")
    for b in figure.bins:
        bins.add_row(f"{b.low:.1f} to {b.high:.1f}", str(b.count), f"{b.confidence:.3f}", f"{100 * b.right:.1f} %")
    console.print(bins)
    ece, gap = figure.ece_interval, figure.gap_interval
    console.print(f"expected calibration error {figure.ece:.3f} [{ece[0]:.3f}, {ece[1]:.3f}]")
    console.print(f"mean confidence less share right {figure.gap:+.3f} [{gap[0]:+.3f}, {gap[1]:+.3f}] (above 0: promises too much)")
    table = Table("keep at least")
    for heading in ("kept", "share kept", "right (95 % interval)", "of gold found"):
        table.add_column(heading, justify="right")
    for t in figure.thresholds:
        precision = f"{100 * t.precision:.1f} % [{100 * t.interval[0]:.0f}, {100 * t.interval[1]:.0f}]"
        table.add_row(f"{t.confidence:.2f}", str(t.kept), f"{100 * t.share:.1f} %", precision, f"{100 * t.found:.1f} %")
    console.print(table)
    for wanted, found in figure.choices:
        if found is None:
            console.print(f"for {100 * wanted:g} % right: no threshold reaches it with {LEAST_KEPT} {name} or more")
        else:
            low, high = (100 * bound for bound in found.interval)
            console.print(
                f"for {100 * wanted:g} % right: keep at least {found.confidence:.2f}: {100 * found.precision:.1f} % right "
                f"[{low:.0f}, {high:.0f}], {100 * found.share:.1f} % kept"
            )
    console.print()
