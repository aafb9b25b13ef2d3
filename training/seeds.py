#!/usr/bin/env python
"""Table of several exported packages on annotated files: each seed, mean and spread, bootstrap intervals by document.

python training/seeds.py runs/compact-0/package runs/compact-1/package ... --gold ../shared/corpus/dev.jsonl [-o seeds.json]
python training/seeds.py PACKAGE ... --gold training/corpus/news_held.jsonl --raw ../shared/corpus/unlabelled.jsonl.gz
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))

import rasid
from rasid.errors import RasidError
from rasid.evaluation import evaluate, intervals
from recipe.data import cut_texts, read_gold
from recipe.trainer import FIGURES


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("packages", nargs="+", type=Path)
    parser.add_argument("--gold", nargs="+", default=["../shared/corpus/dev.jsonl"], help="relative to the project's root")
    parser.add_argument("--raw", help="the gzipped file of articles that annotations without text were made on")
    parser.add_argument("-o", "--output", type=Path, help="write the figures as JSON")
    args = parser.parse_args()
    try:
        texts = cut_texts(args.gold, args.raw) if args.raw else {}
        gold = [document for path in args.gold for document in read_gold(path, split="test", texts=texts)]
        rows = []
        for package in args.packages:
            records = {r.doc_id: r.to_dict() for r in rasid.load(package).extract_many(gold)}
            scores, bounds = evaluate(gold, records), intervals(gold, records, FIGURES)
            rows.append({name: (round(scores.f1(name), 1), bounds[name]) for name in FIGURES})
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    summary = {}
    print(f"{'figure (F1, %)':16s} " + " ".join(f"{p.parent.name or p.name:>20s}" for p in args.packages) + f" {'mean (spread)':>16s}")
    for name in FIGURES:
        values = [row[name][0] for row in rows]
        spread = statistics.stdev(values) if len(values) > 1 else 0.0
        summary[name] = {"mean": round(statistics.mean(values), 1), "spread": round(spread, 1)}
        cells = " ".join(f"{f1:6.1f} [{low:.1f}, {high:.1f}]".rjust(20) for f1, (low, high) in (row[name] for row in rows))
        print(f"{name:16s} {cells} {summary[name]['mean']:9.1f} ({spread:.1f})")
    if args.output:
        text = json.dumps(
            {
                "gold": args.gold,
                "documents": len(gold),
                "seeds": [{n: {"f1": f1, "interval": bounds} for n, (f1, bounds) in row.items()} for row in rows],
                "mean": summary,
            },
            indent=1,
        )
        args.output.write_text(text + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
