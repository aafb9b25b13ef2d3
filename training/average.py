#!/usr/bin/env python
"""Average the weights of models that come of one another or of one start: the mean often does better than each of them.

    python training/average.py runs/compact/model runs/compact-on/model -o runs/mean/model [--weights 0.4 0.6]

The output folder is an ordinary checkpoint with the linker beside it, as a run's `model` folder; what it says of its training is the last
model's. Models that were trained apart, from different seeds, have no useful mean. Where some tell annotators apart and one
does not, its one vector stands for all of them.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rasid.errors import RasidError
from recipe.average import write_mean


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("models", nargs="+", type=Path, help="`model` folders of runs")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--weights", nargs="+", type=float, help="one for each model; equal where not given")
    args = parser.parse_args()
    try:
        write_mean(args.models, args.output, args.weights)
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(args.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
