"""The evaluator: hand-computed cases, and the same figures as the shared scorer."""

from __future__ import annotations

import copy
import importlib.util
import json
import random
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from rasid.calibration import event_outcomes, span_outcomes
from rasid.evaluation import Scores, Tally, evaluate
from rasid.extractor import Extractor
from rasid.records import EVENT_TYPES, LABELS, STATUSES
from rasid.standoff import check_standoff
from stubs import DENIAL, REPORT

Json = dict[str, Any]
TEXT = "قصف الجيش حلب أمس وقتل 7 مدنيين و3 جنود"
#       0    1    2  3   4   5  6   7   8
WORDS = TEXT.split()


def at(first: int, last: int | None = None) -> Json:
    """The characters of the words `first` to `last` of TEXT."""
    last = first if last is None else last
    starts = [len(" ".join(WORDS[:k])) + (k > 0) for k in range(len(WORDS))]
    return {"start": starts[first], "end": starts[last] + len(WORDS[last])}


def span(label: str, first: int, last: int | None = None) -> Json:
    return {"label": label, **at(first, last)}


def killed(number: int, victim: int, count: int) -> Json:
    return {"kind": "killed", "low": count, "high": count, "number": at(number), "victims": [at(victim)]}


def event(**changes: Any) -> Json:
    return {
        "type": "shelling",
        "status": "asserted",
        "triggers": [at(0)],
        "perpetrators": [at(1)],
        "locations": [at(2)],
        "date": at(3),
        "casualties": [killed(5, 6, 7)],
        **changes,
    }


SPANS = [span("TRIGGER", 0), span("ACTOR", 1), span("LOCATION", 2), span("DATE", 3), span("NUMBER", 5), span("ACTOR", 6)]


def score(predicted: Json, gold: Json | None = None) -> Scores:
    return evaluate([gold or {"id": "a", "text": TEXT, "spans": SPANS, "events": [event()]}], {"a": predicted})


def counts(scores: Scores, name: str) -> tuple[int, int, int]:
    tally = scores.tallies[name]
    return tally.right, tally.gold, tally.predicted


def test_precision_recall_and_f1() -> None:
    tally = Tally(2, 4, 3)
    assert tally.to_dict() == {"p": 66.7, "r": 50.0, "f1": 57.1, "gold": 4, "pred": 3}
    assert Tally().to_dict() == {"p": 0.0, "r": 0.0, "f1": 0.0, "gold": 0, "pred": 0}


def test_gold_against_itself_is_perfect() -> None:
    scores = score({"spans": SPANS, "events": [event()]})
    for name, tally in scores.tallies.items():
        assert tally.right == tally.gold == tally.predicted, name
    assert scores.to_dict()["status"] == {"status": 100.0, "aggregate": 100.0, "events": 1}


def test_a_document_that_is_not_predicted_counts_as_empty() -> None:
    scores = evaluate([{"id": "a", "text": TEXT, "spans": SPANS, "events": [event()]}], {})
    assert counts(scores, "spans") == (0, 6, 0)
    assert counts(scores, "facts") == (0, 5, 0)
    assert scores.f1("spans") == scores.f1("no such figure") == 0.0


def test_spans_are_exact_and_their_overlap_is_told_apart() -> None:
    predicted = [
        span("TRIGGER", 0),  # right
        span("ACTOR", 1, 2),  # too long: overlaps
        span("LOCATION", 3),  # beside
        span("NUMBER", 6),  # wrong label
    ]
    scores = score({"spans": predicted, "events": []})
    assert counts(scores, "spans") == (1, 6, 4)
    assert counts(scores, "spans/TRIGGER") == (1, 1, 1)
    assert counts(scores, "spans/ACTOR") == (0, 2, 1)
    assert counts(scores, "overlap/ACTOR") == (1, 2, 1)
    assert counts(scores, "overlap/LOCATION") == (0, 1, 1)
    assert counts(scores, "overlap") == (2, 6, 4)


def test_punctuation_at_an_edge_does_not_count() -> None:
    text = "«قصف» حلب"
    gold = {"id": "a", "text": text, "spans": [{"label": "TRIGGER", "start": 1, "end": 4}], "events": []}
    assert counts(score({"spans": [{"label": "TRIGGER", "start": 0, "end": 5}]}, gold), "spans") == (1, 1, 1)


@pytest.mark.parametrize(
    ("changes", "wrong"),
    [
        ({"type": "battle"}, {"events typed", "events typed/shelling", "events typed/battle", "facts", "records"}),
        ({"status": "denied"}, {"records"}),
        ({"perpetrators": [at(2)]}, {"arguments/perpetrators", "arguments", "facts", "records"}),
        ({"perpetrators": []}, {"arguments/perpetrators", "arguments", "facts", "records"}),
        ({"date": None}, {"arguments/date", "arguments", "facts"}),
        ({"casualties": [killed(5, 6, 8)]}, {"casualties", "casualties/killed", "casualties+victim", "facts", "records"}),
        ({"casualties": [killed(5, 8, 7)]}, {"casualties+victim"}),
        ({"triggers": [at(4)]}, set()),  # still aligned by its number
        ({"aggregate": True}, set()),
    ],
)
def test_what_a_slip_costs(changes: Json, wrong: set[str]) -> None:
    scores = score({"spans": SPANS, "events": [event(**changes)]})
    assert {name for name, tally in scores.tallies.items() if not tally.right == tally.gold == tally.predicted} == wrong
    assert scores.events == 1
    assert scores.status_right == ("status" not in changes)
    assert scores.aggregate_right == ("aggregate" not in changes)


def test_events_that_share_no_word_are_not_aligned() -> None:
    stray = event(triggers=[at(4)], casualties=[killed(7, 8, 3)])
    scores = score({"spans": SPANS, "events": [stray]})
    assert counts(scores, "events") == (0, 1, 1)
    assert counts(scores, "facts") == (0, 5, 5)


def test_each_event_is_aligned_once_and_best_first() -> None:
    good, copy_ = event(), event(type="battle", perpetrators=[])
    scores = score({"spans": SPANS, "events": [copy_, good]})
    assert counts(scores, "events") == (1, 1, 2)
    assert counts(scores, "events typed") == (1, 1, 2)


def test_each_event_type_and_casualty_kind_has_its_own_figures() -> None:
    scores = score({"spans": SPANS, "events": [event(type="battle")]})
    assert counts(scores, "events typed/shelling") == (0, 1, 0)
    assert counts(scores, "events typed/battle") == (0, 0, 1)
    assert counts(scores, "casualties/killed") == (1, 1, 1)


@pytest.mark.parametrize("nothing", [{"spans": None}, {"events": None}, {"spans": None, "events": None}])
def test_null_is_no_spans_and_no_events(nothing: Json) -> None:
    document = {"id": "x", "text": TEXT, "spans": SPANS, "events": [event()], **nothing}
    check_standoff(document, with_text=True)
    scores = evaluate([document], {"x": document})
    assert counts(scores, "spans")[0] == (0 if "spans" in nothing else len(SPANS))
    assert event_outcomes([document], {"x": document}).documents == span_outcomes([document], {"x": document}).documents == 1


def test_span_ids_are_understood() -> None:
    spans = [{**s, "id": f"s{k}"} for k, s in enumerate(SPANS)]
    by_id = event(
        triggers=["s0"],
        perpetrators=["s1"],
        locations=["s2"],
        date="s3",
        casualties=[{"kind": "killed", "low": 7, "high": 7, "number": "s4", "victims": ["s5"]}],
    )
    scores = score({"spans": SPANS, "events": [event()]}, {"doc_id": "a", "text": TEXT, "spans": spans, "events": [by_id]})
    assert all(tally.right == tally.gold == tally.predicted for tally in scores.tallies.values())


# --- the shared scorer


@pytest.fixture(scope="module")
def scorer(shared_folder: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("shared_score", shared_folder / "annotation" / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["shared_score"] = module
    spec.loader.exec_module(module)
    return module


def assert_same(scorer: ModuleType, gold: list[Json], predicted: dict[str, Json]) -> None:
    expected, _ = scorer.score({d.get("doc_id") or d["id"]: d for d in gold}, predicted)
    got = evaluate(gold, predicted).to_dict()
    ours = ("overlap", "events typed/", "casualties/")  # figures that the shared scorer does not give
    assert {name: row for name, row in got.items() if not name.startswith(ours)} == expected


def perturbed(document: Json, rng: random.Random) -> Json:
    """A copy with spans dropped, moved and renamed, and events changed in every field."""
    out = copy.deepcopy(document)
    spans = [s for s in out["spans"] if rng.random() > 0.05]
    for item in spans:
        if rng.random() < 0.1:
            item["end"] = min(len(out["text"]), item["end"] + rng.randrange(1, 12))
        if rng.random() < 0.05:
            item["label"] = rng.choice(LABELS)
    names = [s["id"] for s in spans]
    events = [e for e in out["events"] if rng.random() > 0.1]
    events += [copy.deepcopy(e) for e in events if rng.random() < 0.1]
    for item in events:
        if rng.random() < 0.2:
            item["type"] = rng.choice(EVENT_TYPES)
        if rng.random() < 0.2:
            item["status"] = rng.choice(STATUSES)
        if rng.random() < 0.1:
            item["aggregate"] = not item["aggregate"]
        for role in ("triggers", "perpetrators", "targets", "locations", "sources"):
            item[role] = [name for name in item[role] if name in names and rng.random() > 0.1]
            if names and rng.random() < 0.1:
                item[role].append(rng.choice(names))
        item["date"] = item["date"] if item["date"] in names and rng.random() > 0.2 else None
        for casualty in item["casualties"]:
            casualty["number"] = casualty["number"] if casualty["number"] in names else None
            casualty["victims"] = [name for name in casualty["victims"] if name in names and rng.random() > 0.1]
            if rng.random() < 0.2:
                casualty["low"] = rng.choice([None, 1, 2])
    rng.shuffle(events)
    return {**out, "spans": spans, "events": events}


def read(path: Path) -> list[Json]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line.strip()]


def test_two_annotators(scorer: ModuleType, shared_folder: Path) -> None:
    gold, second = (read(shared_folder / "corpus" / name) for name in ("dev.jsonl", "dev.second.jsonl"))
    assert_same(scorer, gold, {d["id"]: d for d in second})
    names = {d["id"] for d in second}
    assert_same(scorer, [d for d in gold if d["id"] in names], {d["id"]: d for d in second})


@pytest.mark.parametrize("seed", range(5))
def test_perturbed_predictions(scorer: ModuleType, shared_folder: Path, seed: int) -> None:
    rng = random.Random(seed)
    gold = read(shared_folder / "corpus" / "dev.jsonl")
    assert_same(scorer, gold, {d["id"]: perturbed(d, rng) for d in gold if rng.random() > 0.05})


def test_records_of_the_extractor(scorer: ModuleType, extractor: Extractor) -> None:
    text = f"{REPORT}\n{DENIAL}"
    record = extractor.extract({"id": "a", "text": text}).to_dict()
    gold = {"id": "a", "text": text, "spans": record["spans"][:-1], "events": record["events"]}
    assert_same(scorer, [gold], {"a": record})
