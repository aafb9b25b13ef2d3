#!/usr/bin/env python
"""List the spans that a model marks in annotated reports and the annotators did not, for `data.false_spans`.

    python training/false_spans.py MODEL_PACKAGE configs/compact.yaml -o training/corpus/false_spans.jsonl [--seen FILE ...]

The model must not have been trained on the reports: what it was trained on it knows by heart, and its mistakes there are not those that it
makes elsewhere. `--seen` names files with ids (stand-off JSONL) that are left out for that; reports that the output already holds are left
out too, so that several models can each give what they have not seen. One line a report: its id, and label, start and end of each span.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

from tqdm.auto import tqdm

import rasid
from rasid.errors import RasidError
from recipe.config import load_config
from recipe.data import touching_none, training_documents
from recipe.jsonl import numbered_lines


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="a folder that training/export.py wrote")
    parser.add_argument("config", help="whose training reports are read")
    parser.add_argument("--seen", nargs="*", type=Path, default=[], help="files of reports that the model was trained on")
    parser.add_argument("-o", "--output", type=Path, required=True)
    args = parser.parse_args()
    try:
        config = load_config(args.config, ["data.false_spans=[]"])
        there = [args.output] if args.output.is_file() else []
        left_out = {row["id"] for path in [*args.seen, *there] for _, row in numbered_lines(path)}
        documents = {d["id"]: d for d in training_documents(config.data) if d["id"] not in left_out}
        extractor = rasid.load(args.model)
        count = 0
        with args.output.open("a", encoding="utf-8") as stream:
            # One by one: in a batch the int8 encoder's ranges depend on the other texts, and the list would change with the selection.
            for name, document in tqdm(documents.items(), desc="reading"):
                marked = [{"label": s.label, "start": s.start, "end": s.end} for s in extractor.extract(document["text"]).spans]
                false = touching_none(document, marked)
                count += len(false)
                stream.write(json.dumps({"id": name, "spans": [[s["label"], s["start"], s["end"]] for s in false]}) + "\n")
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    print(f"{len(documents)} reports, {count} spans -> {args.output}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
