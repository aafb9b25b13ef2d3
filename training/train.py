#!/usr/bin/env python
"""Train a model from a configuration.

    python training/train.py configs/compact.yaml [section.key=value ...]
    accelerate launch training/train.py configs/arabert.yaml        # several GPUs

Writes the run folder `run.output`: config.yaml (resolved), metrics.json, curves.json and curves.png, README.md (model card),
checkpoints (a run that was stopped goes on from the last one), and `model/`, an ordinary checkpoint that
`AutoModelForTokenClassification.from_pretrained` loads, with the linker beside it.
"""

from __future__ import annotations

import argparse
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rasid.errors import RasidError
from recipe.config import load_config
from recipe.run import train


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", help="a YAML file of configs/")
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    parser.add_argument("--fresh", action="store_true", help="start anew, though the run folder holds checkpoints")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", datefmt="%H:%M:%S")
    try:
        train(load_config(args.config, args.overrides), fresh=args.fresh)
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
