#!/usr/bin/env python
"""Draw how far confidences can be trusted, and what each threshold keeps, from the figures of `rasid evaluate --calibration --json`.

    rasid evaluate ../shared/corpus/dev.jsonl --calibration --json > dev.json
    python training/reliability.py dev.json -o reliability.png           # several files are drawn together, named by their stems

Above: the share that is right over the mean confidence of each bin, beside the diagonal of perfect confidences; marks grow with the bin's
items. Below: precision over the share kept, for each threshold, with 95 % bootstrap intervals by document.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rasid.errors import InputError, RasidError
from recipe.plots import pyplot

KINDS = ("spans", "events")
SIZES = 20, 320  # area of a bin's mark in square points: of the least, and what is added for the share of all items


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("figures", nargs="+", type=Path, metavar="JSON")
    parser.add_argument("-o", "--output", type=Path, default=Path("reliability.png"))
    args = parser.parse_args()
    try:
        draw({path.stem: read_figures(path) for path in args.figures}, args.output, pyplot())
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def read_figures(path: Path) -> dict[str, Any]:
    """The `calibration` of a file that `rasid evaluate --calibration --json` printed.

    Raises:
        InputError: where the file cannot be read or holds none.
    """
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from error
    except ValueError as error:
        raise InputError(f"not JSON: {error}", source=str(path)) from error
    found = value.get("calibration") if isinstance(value, dict) else None
    if not isinstance(found, dict) or set(found) != set(KINDS):
        raise InputError("got no calibration, expected the output of `rasid evaluate GOLD --calibration --json`", source=str(path))
    return found


def draw(named: Mapping[str, Mapping[str, Any]], path: Path, plt: Any) -> None:
    """Draw the figures of each name to a PNG file."""
    figure, axes = plt.subplots(2, len(KINDS), figsize=(10, 9))
    for (above, below), kind in zip(axes.T, KINDS, strict=True):
        above.plot([0, 1], [0, 1], color="0.7", linewidth=1)
        for name, figures in named.items():
            told = figures[kind]
            bins, rows = told["bins"], told["thresholds"]
            sizes = [SIZES[0] + SIZES[1] * b["count"] / max(told["predicted"], 1) for b in bins]
            low, high = told["ece_interval"]
            label = f"{name}: ECE {told['ece']:.3f} [{low:.3f}, {high:.3f}]"
            (line,) = above.plot([b["confidence"] for b in bins], [b["right"] for b in bins], linewidth=1, label=label)
            above.scatter([b["confidence"] for b in bins], [b["right"] for b in bins], s=sizes, color=line.get_color(), alpha=0.7)
            shares = [row["share"] for row in rows]
            below.plot(shares, [row["precision"] for row in rows], marker="o", markersize=4, color=line.get_color(), label=name)
            bounds = [[row["interval"][k] for row in rows] for k in (0, 1)]
            below.fill_between(shares, *bounds, color=line.get_color(), alpha=0.15, linewidth=0)
            for row in rows:
                below.annotate(
                    f"{row['confidence']:g}", (row["share"], row["precision"]), xytext=(3, 4), textcoords="offset points", size=7
                )
        above.set(xlim=(0, 1), ylim=(0, 1), xlabel="mean confidence", ylabel="share right", title=kind)
        below.set(xlim=(0, 1.03), ylim=(0, 1.03), xlabel="share kept", ylabel="right among the kept")
        above.legend(loc="upper left", frameon=False)
        below.legend(loc="lower left", frameon=False)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


if __name__ == "__main__":
    sys.exit(main())
