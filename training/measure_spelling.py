#!/usr/bin/env python
"""How the shipped model does on the spellings of the web: annotated documents without hamza, without punctuation, with the other digits.

    python training/measure_spelling.py ../shared/corpus/dev.jsonl [--model DIR]

Each way puts one character for one, so the annotation's offsets hold. Time: some ten seconds for 40 reports.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import rasid
from rasid.errors import RasidError
from rasid.evaluation import evaluate
from recipe.augment import SPELLINGS
from recipe.data import read_gold
from recipe.trainer import FIGURES

HAMZA = {old: new for way in ("hamza", "ta marbuta", "final ya") for old, new in SPELLINGS[way].items()}
PUNCTUATION = {old: new for way in ("quotes", "commas", "dashes and brackets") for old, new in SPELLINGS[way].items()}
LATIN, ARABIC = "0123456789", "٠١٢٣٤٥٦٧٨٩"
WAYS = {
    "as it is": {},
    "no hamza": HAMZA,
    "no punctuation": PUNCTUATION,
    "both": HAMZA | PUNCTUATION,
    "other digits": dict(zip(LATIN + ARABIC, ARABIC + LATIN, strict=True)),
}


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", nargs="+", help="annotated files; relative to the project's root")
    parser.add_argument("--model", type=Path, help="a model folder (default: the shipped one)")
    args = parser.parse_args()
    try:
        gold = [document for path in args.gold for document in read_gold(path, split="test")]
        extractor = rasid.load(args.model)
        print(f"{'F1, %':16s}" + "".join(f"{name:>14s}" for name in FIGURES))
        for name, way in WAYS.items():
            # Ids stay those of the documents: the text's own would change with its spelling.
            spelt = [{**document, "text": document["text"].translate(str.maketrans(way))} for document in gold]
            records = {record.doc_id: record.to_dict() for record in extractor.extract_many(spelt)}
            scores = evaluate(spelt, records)
            print(f"{name:16s}" + "".join(f"{scores.f1(figure):14.1f}" for figure in FIGURES), flush=True)
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
