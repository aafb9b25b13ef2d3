#!/usr/bin/env python
"""Export a trained checkpoint as the int8 ONNX package that `rasid.load` reads, and check that it says the same.

    python training/export.py runs/compact/model -o src/rasid/model [--name rasid-compact --version 1] [--dev FILE ...]

    python training/export.py MODEL -o PACKAGE --calibrate training/corpus/news_held.jsonl --raw ../shared/corpus/unlabelled.jsonl.gz

Steps: export tagger and linker to ONNX, the tagger in int8 (`recipe/int8.py`) fitted to the project's own reports; choose the grouping
options and the temperature of the span scores on dev; fit the events' confidence on dev or, as the second command does (and as the shipped
model's was), on other reports, which leaves dev to say how good it is; write `rasid.json`, the model card and `parity.json` (dev figures in
full precision and int8, agreement of labels).
"""

from __future__ import annotations

import argparse
import json
import logging
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rasid.errors import RasidError
from recipe.config import load_config
from recipe.export import export


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("checkpoint", type=Path, help="the `model` folder of a run")
    parser.add_argument("-o", "--output", type=Path, required=True, help="the package's folder")
    parser.add_argument("--name", default="rasid-compact")
    parser.add_argument("--version", default="1")
    parser.add_argument("--dev", nargs="*", default=["../shared/corpus/dev.jsonl"], help="annotated files; relative to the project's root")
    parser.add_argument(
        "--calibrate", nargs="*", default=[], metavar="FILE", help="annotated files to fit the events' confidence on (default: --dev)"
    )
    parser.add_argument("--raw", help="the gzipped file of articles that files of --calibrate without texts were made on")
    parser.add_argument("--full-precision", action="store_true", help="do not quantise")
    parser.add_argument("--seeds", type=Path, help="a table that training/seeds.py wrote, for the model card")
    parser.add_argument("--trained-on", type=Path, metavar="CONFIG", help="whose data the card names, of weights that several runs made")
    args = parser.parse_args()
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s: %(message)s", datefmt="%H:%M:%S")
    try:
        parity = export(
            args.checkpoint,
            args.output,
            name=args.name,
            version=args.version,
            dev_files=args.dev,
            calibration_files=args.calibrate,
            raw=args.raw,
            int8=not args.full_precision,
            seeds=args.seeds,
            trained_on=load_config(args.trained_on).data if args.trained_on else None,
        )
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(json.dumps(parity, indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
