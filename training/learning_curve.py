#!/usr/bin/env python
"""Train on 40, 80, 160, 320 and all training documents, and say what more annotation would bring.

    python training/learning_curve.py configs/compact.yaml -o runs/curve [section.key=value ...]
    python training/learning_curve.py configs/compact.yaml -o runs/curve-own data.train=[../shared/corpus/train.jsonl] data.repeat={}

The smaller sets are subsets of the larger ones. Every point takes the same number of optimiser steps under the same schedule (warm-up and
decay laid over them), so that a small set is not scored half trained: what the configuration does with all documents, or --steps. No
document is seen more than --most-epochs times. Documents of files that the configuration repeats are repeated in every point too.

Writes to the output folder: curve.jsonl (one row a point: training documents, tokens, dev figures), curve.md (table, and F1 points for
twice the documents with the standard error of the fit), curve.json, curve.png, and a folder for each point. Points that are done are not
trained again, one that was stopped goes on from its last checkpoint; more limits or seeds may be asked for later.

Time expected: for each point at most that of `training/train.py` with the same configuration. Figures are those of the checkpoint on dev,
with the default grouping options.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rasid.errors import MissingDependencyError, RasidError
from recipe.folders import clear_run
from recipe.learning_curve import Plan, draw, point_configs, run_point, table, write_all
from recipe.plots import pyplot

LIMITS = ("40", "80", "160", "320", "all")


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", help="a YAML file of configs/")
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    parser.add_argument("--limits", type=_limit, nargs="+", default=[_limit(said) for said in LIMITS], help="documents, or all")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--steps", type=int, help="optimiser steps of every point (default: the configuration's with all documents)")
    parser.add_argument("--most-epochs", type=float, default=60, help="a document is seen at most this often (default: 60)")
    parser.add_argument("--evaluations", type=int, default=4, help="evaluations and checkpoints of each point (default: 4)")
    parser.add_argument("--keep-models", action="store_true", help="keep the model of each point")
    parser.add_argument("--fresh", action="store_true", help="start anew, though the folder holds points")
    parser.add_argument("-o", "--output", type=Path, default=Path("runs/curve"))
    args = parser.parse_intermixed_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", datefmt="%H:%M:%S")
    plan = Plan(
        config=args.config,
        overrides=tuple(args.overrides),
        limits=tuple(dict.fromkeys(args.limits)),
        seeds=tuple(dict.fromkeys(args.seeds)),
        output=args.output,
        steps=args.steps,
        most_epochs=args.most_epochs,
        evaluations=args.evaluations,
    )
    from recipe.run import train  # late: torch need not be loaded to print the help

    try:
        if args.fresh:
            clear_run(args.output, "curve.jsonl", "*/config.yaml")
        rows = []
        for config in point_configs(plan):
            rows.append(run_point(config, train, keep_models=args.keep_models))
            write_all(rows, args.output)
        draw(rows, args.output / "curve.png", pyplot())
    except MissingDependencyError as error:
        print(f"no plot: {error}", file=sys.stderr)
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(table(rows), end="")
    return 0


def _limit(said: str) -> int | None:
    if said == "all":
        return None
    try:
        return int(said)
    except ValueError:
        raise argparse.ArgumentTypeError(f"got {said!r}, expected a number of documents or all") from None


if __name__ == "__main__":
    sys.exit(main())
