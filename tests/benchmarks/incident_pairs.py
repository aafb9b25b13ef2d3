"""Scores the links of reports and the near-duplicate step on labelled data: python tests/benchmarks/incident_pairs.py.

`dev` was tuned on, `held_out` was not. `--model` reads the reports with the shipped model instead of the hand-made annotation.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import rasid
from labelled_incidents import HALVES, Score, document_of, read_pairs, record_of, score_links, score_near_duplicates
from rasid.records import Record


def main() -> None:
    """Print the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", action="store_true", help="records by the shipped model (end to end)")
    parser.add_argument("--half", choices=HALVES, help="only this half")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    read = record_of
    if options.model:
        extractor = rasid.load()

        def read(report: Mapping[str, Any], name: str) -> Record:
            return extractor.extract(document_of(report, name))

    by = "the shipped model" if options.model else "hand-made annotation"
    scores: dict[str, Score] = {}
    for half in (options.half,) if options.half else HALVES:
        scores[f"links, {half}, records by {by}"] = score_links(read_pairs(half), read)
    if not options.half and not options.model:
        scores |= {f"near duplicates, {kind}": score for kind, score in score_near_duplicates().items()}
    if options.json:
        print(json.dumps({k: {"pairs": s.total, "precision": s.precision, "recall": s.recall, "f1": s.f1} for k, s in scores.items()}))
        return
    for name, score in scores.items():
        print(f"{name}: {score}" if "other" not in name else f"{name}: {len(score.wrong)} of {score.total} pairs taken for near duplicates")
        for what, names in (("wrongly linked", score.wrong), ("missed", score.missed)):
            if names and "dev" in name:
                print(f"  {what}: {', '.join(names)}")
            elif names:
                print(f"  {what}: {len(names)}")


if __name__ == "__main__":
    main()
