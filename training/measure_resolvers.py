#!/usr/bin/env python
"""How well the resolvers do when the spans and events are given: counts, dates, places and actors of annotated documents.

    python training/measure_resolvers.py ../shared/corpus/dev.jsonl [--failures]

Counts are compared with the annotated bounds. Dates, places and actors have no annotated values: the share that is resolved is given, and
`--failures` lists the others, to be judged by a person. Documents without a date resolve no relative dates, as for a user.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))

from rasid.document import Document
from rasid.errors import RasidError
from rasid.numbers import read_count, read_noun_count
from rasid.records import Actor, Event, Place, Span, When
from rasid.resolving import resolve_events
from rasid.words import split_words
from recipe.data import read_gold


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("gold", nargs="+", help="annotated files; relative to the project's root")
    parser.add_argument("--failures", action="store_true", help="list what is not resolved, and counts that differ")
    args = parser.parse_args()
    try:
        documents = [d for path in args.gold for d in read_gold(path)]
    except RasidError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    right: dict[str, int] = {}
    total: dict[str, int] = {}
    failures: list[str] = []

    def count(what: str, document: Mapping[str, Any], said: str, good: bool) -> None:
        total[what] = total.get(what, 0) + 1
        right[what] = right.get(what, 0) + good
        if not good:
            failures.append(f"{what}: {document['id']}: {said}")

    for document in documents:
        for said, good, numbered in counts(document):
            count("counts with a number" if numbered else "counts by a noun", document, said, good)
        for event in resolved(document):
            if event.date:
                dated = "of a dated report" if document.get("date") else "of an undated report"
                count(f"dates {dated}", document, event.date.text, bool(event.date.from_ or event.date.to))
            for place in event.locations:
                count("places with coordinates", document, place.text, place.lat is not None)
            for actor in (*event.perpetrators, *event.targets, *event.sources):
                count("actors with an id", document, actor.text, actor.actor_id is not None)
                count("actors with a kind", document, actor.text, actor.kind not in (None, "unidentified"))
    for what, n in sorted(total.items()):
        print(f"{what:32s} {right[what]:5d} of {n:5d}  {100 * right[what] / n:5.1f} %")
    if args.failures:
        print("\n".join(failures))
    return 0


def counts(document: Mapping[str, Any]) -> list[tuple[str, bool, bool]]:
    """For each casualty entry what was read, whether the bounds are the annotated ones, and whether it has a number."""
    text, words = document["text"], split_words(document["text"])
    spans = {s["id"]: s for s in document["spans"]}
    out = []
    for event in document["events"]:
        for entry in event["casualties"]:
            heads = [entry["number"]] if entry.get("number") else [*entry.get("victims", ()), *event["triggers"]]
            read = read_count if entry.get("number") else read_noun_count
            values = (read(text, spans[h]["start"], spans[h]["end"], window=words.sentence_of(spans[h]["start"])) for h in heads)
            value = next((v for v in values if v is not None), None)
            bounds = (value.low, value.high) if value else None
            expected = (entry["low"], entry["high"])
            out.append((f"{spans[heads[0]]['text']}: got {bounds}, expected {expected}", bounds == expected, bool(entry.get("number"))))
    return out


def resolved(document: Mapping[str, Any]) -> tuple[Event, ...]:
    """The annotated events with their mentions resolved."""
    spans = {s["id"]: s for s in document["spans"]}
    ordered = sorted(document["spans"], key=lambda s: s["start"])
    given = [Span(s["label"], s["start"], s["end"], document["text"][s["start"] : s["end"]], None) for s in ordered]

    def where(i: str) -> tuple[str, int, int]:
        start, end = spans[i]["start"], spans[i]["end"]
        return document["text"][start:end], start, end

    events = [
        Event(
            id="",
            type=e["type"],
            status=e["status"],
            aggregate=e["aggregate"],
            confidence=None,
            triggers=(),
            perpetrators=tuple(Actor(*where(i)) for i in e["perpetrators"]),
            targets=tuple(Actor(*where(i)) for i in e["targets"] if spans[i]["label"] == "ACTOR"),
            casualties=(),
            locations=tuple(Place(*where(i)) for i in e["locations"]),
            date=When(*where(e["date"])) if e.get("date") else None,
            sources=tuple(Actor(*where(i)) for i in e["sources"]),
            evidence=(),
            acled=None,
        )
        for e in document["events"]
    ]
    return resolve_events(Document.make(document), given, events)


if __name__ == "__main__":
    sys.exit(main())
