#!/usr/bin/env python
"""Pretrain an encoder further on texts without annotation.

    python training/pretrain.py configs/pretrain.yaml [section.key=value ...]

Writes the run folder `run.output`: config.yaml (resolved), metrics.json, checkpoints (a run that was stopped goes on from the last one),
and `model/`, an encoder with its tokenizer that `model.name` of a training configuration and `training/ner.py --model` take.
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rasid.errors import RasidError
from recipe.config import PretrainConfig, read_config
from recipe.pretrain import pretrain


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("config", help="a YAML file of configs/")
    parser.add_argument("overrides", nargs="*", metavar="section.key=value")
    parser.add_argument("--fresh", action="store_true", help="start anew, though the run folder holds checkpoints")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", datefmt="%H:%M:%S")
    try:
        print(json.dumps(pretrain(read_config(PretrainConfig, args.config, args.overrides), fresh=args.fresh), indent=2))
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
