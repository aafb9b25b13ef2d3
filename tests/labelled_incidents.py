"""The labelled pairs of reports (tests/data/incident_pairs.jsonl) as records, and scores of links and of near duplicates."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasid.document import Document
from rasid.incident import Incident, incidents
from rasid.numbers import read_count, read_noun_count
from rasid.records import SCHEMA, Actor, Casualty, Event, Mention, ModelInfo, Place, Record, Span, When
from rasid.resolving import resolve_events

ROOT = Path(__file__).resolve().parents[1]
PAIRS = ROOT / "tests" / "data" / "incident_pairs.jsonl"
REPORTS = ROOT / "training" / "corpus" / "reports.jsonl"
HALVES = ("dev", "held_out")
ROLES = {"triggers": "TRIGGER", "perpetrators": "ACTOR", "targets": "ACTOR", "locations": "LOCATION"}


def read_pairs(half: str | None = None) -> list[dict[str, Any]]:
    """The pairs of a half, or all."""
    pairs = [json.loads(line) for line in PAIRS.read_text(encoding="utf-8").splitlines()]
    return [pair for pair in pairs if half in (None, pair["split"])]


def document_of(report: Mapping[str, Any], name: str) -> Document:
    """The report as a document."""
    return Document.make({"id": name, **{key: report[key] for key in ("text", "date", "outlet", "country")}})


def record_of(report: Mapping[str, Any], name: str) -> Record:
    """The record that a perfect model would make of a report: its hand-made annotation with the resolvers' values."""
    document, text = document_of(report, name), report["text"]

    def mention(said: str) -> Mention:
        start = text.index(said)
        return Mention(said, start, start + len(said))

    spans: dict[tuple[int, int], Span] = {}

    def noted(said: str, label: str) -> Mention:
        made = mention(said)
        spans[made.start, made.end] = Span(label, made.start, made.end, made.text, None)
        return made

    events = []
    for number, event in enumerate(report["events"]):
        at = {role: [noted(said, label) for said in event[role]] for role, label in ROLES.items()}
        when = noted(event["date"], "DATE") if event["date"] else None
        casualties = []
        for kind, number_said, victims in event["casualties"]:
            who = noted(victims, "ACTOR")
            what = noted(number_said, "NUMBER") if number_said else who
            count = (read_count if number_said else read_noun_count)(text, what.start, what.end, window=(0, len(text)))
            low, high, approx = (count.low, count.high, count.approx) if count else (1, 1, False)
            casualties.append(Casualty(kind, low, high, approx, what if number_said else None, (who,), None, None))
        events.append(
            Event(
                id=f"ev-{name}-{number}",
                type=event["type"],
                status=event["status"],
                aggregate=event["aggregate"],
                confidence=None,
                triggers=tuple(at["triggers"]),
                perpetrators=tuple(Actor(m.text, m.start, m.end) for m in at["perpetrators"]),
                targets=tuple(Actor(m.text, m.start, m.end) for m in at["targets"]),
                casualties=tuple(casualties),
                locations=tuple(Place(m.text, m.start, m.end) for m in at["locations"]),
                date=When(when.text, when.start, when.end) if when else None,
                sources=(),
                evidence=(),
                acled=None,
            )
        )
    ordered = tuple(spans[key] for key in sorted(spans))
    return Record(name, SCHEMA, ModelInfo("hand", "1"), ordered, resolve_events(document, ordered, events))


@dataclass(slots=True)
class Score:
    """Counts of decisions, and what was wrong."""

    right: int = 0
    wrong: list[str] = field(default_factory=list)
    missed: list[str] = field(default_factory=list)
    total: int = 0

    def add(self, name: str, *, same: bool, said: bool) -> None:
        """Count a decision."""
        self.total += 1
        self.right += same and said
        if said and not same:
            self.wrong.append(name)
        if same and not said:
            self.missed.append(name)

    @property
    def precision(self) -> float:
        """Share of the links that are right, 0 to 1."""
        return self.right / max(self.right + len(self.wrong), 1)

    @property
    def recall(self) -> float:
        """Share of the right links that were made, 0 to 1."""
        return self.right / max(self.right + len(self.missed), 1)

    @property
    def f1(self) -> float:
        """Harmonic mean of both."""
        return 2 * self.precision * self.recall / max(self.precision + self.recall, 1e-9)

    def __str__(self) -> str:
        return f"{self.total} pairs: precision {self.precision:.3f}, recall {self.recall:.3f}, F1 {self.f1:.3f}"


def score_links(pairs: Sequence[Mapping[str, Any]], records: Callable[[Mapping[str, Any], str], Record] = record_of) -> Score:
    """Run the whole pass over each pair: it is linked where an event of the one report shares a group with one of the other."""
    score = Score()
    for pair in pairs:
        names = [f"{pair['id']}-{side}" for side in "ab"]
        made = [records(pair[side], name) for side, name in zip("ab", names, strict=True)]
        documents = [document_of(pair[side], name) for side, name in zip("ab", names, strict=True)]
        score.add(pair["id"], same=pair["same"], said=any(_both(i, names) for i in incidents(made, documents=documents)))
    return score


def _both(incident: Incident, names: Sequence[str]) -> bool:
    return {member.doc_id for member in incident.members} >= set(names)


def variants(text: str, seed: int) -> Iterator[tuple[str, str]]:
    """What other outlets make of an article: its kind and the text."""
    words = text.split()
    rng = random.Random(seed)
    yield "tail cut", " ".join(words[: int(len(words) * 0.7)])
    yield "new lead", "نقلت وكالات الأنباء اليوم عن مصادر ميدانية ما يأتي من تفاصيل الحادثة: " + text
    changed = [word if rng.random() > 0.05 else "كذا" for word in words]
    yield "5 % of the words changed", " ".join(changed)
    yield "spelling", text.replace("أ", "ا").replace("إ", "ا").replace("ة", "ه").replace("ى", "ي")


def score_near_duplicates(count: int = 60) -> dict[str, Score]:
    """Variants of the project's own reports against other reports: a score for each kind of variant, and `other reports` for the rest."""
    texts = [json.loads(line)["text"] for line in REPORTS.read_text(encoding="utf-8").splitlines()[:count]]
    documents, kinds = [], {}
    for number, text in enumerate(texts):
        documents.append({"id": f"{number}", "text": text})
        for kind, variant in variants(text, number):
            kinds[f"{number} {kind}"] = kind
            documents.append({"id": f"{number} {kind}", "text": variant})
    event = {"type": "attack", "status": "asserted", "aggregate": False}
    records = [{"doc_id": d["id"], "schema": SCHEMA, "spans": [], "events": [{**event, "id": f"ev-{d['id']}"}]} for d in documents]
    groups = {
        member.doc_id: member.copies or member.doc_id for incident in incidents(records, documents=documents) for member in incident.members
    }
    scores: dict[str, Score] = {}
    for name, kind in kinds.items():
        scores.setdefault(kind, Score()).add(name, same=True, said=groups[name] == groups[name.split(" ")[0]])
    other = scores["other reports"] = Score()
    for a in range(count):
        for b in range(a):
            other.add(f"{a} {b}", same=False, said=groups[str(a)] == groups[str(b)])
    return scores
