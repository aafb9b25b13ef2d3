"""Calibration: right as the evaluator counts it, errors and thresholds worked out by hand, and events left out by confidence."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

import rasid
from rasid.calibration import Outcomes, calibrate, event_outcomes, keep_confident, span_outcomes
from rasid.cli import app
from rasid.confidence import ConfidenceWeights
from rasid.extractor import Extractor
from stubs import DENIAL, REPORT, stub_extractor

TEXT = "قصف الجيش حلب أمس"
SPANS = [("TRIGGER", 0, 3), ("ACTOR", 4, 9), ("LOCATION", 10, 13)]


def span(label: str, start: int, end: int, score: float | None = None) -> dict[str, Any]:
    return {"label": label, "start": start, "end": end, "score": score}


def event(confidence: float | None = None, **changes: Any) -> dict[str, Any]:
    trigger = {"start": 0, "end": 3}
    return {"type": "shelling", "status": "asserted", "triggers": [trigger], "casualties": [], "confidence": confidence, **changes}


GOLD = {"id": "a", "text": TEXT, "spans": [span(*s) for s in SPANS], "events": [event()]}


def outcomes(*items: tuple[float, bool], documents: int | None = None) -> Outcomes:
    """Each item in a document of its own, unless the number of documents is given."""
    import numpy as np

    there = documents or max(len(items), 1)
    return Outcomes(
        np.asarray([c for c, _ in items], dtype=float),
        np.asarray([r for _, r in items], dtype=bool),
        np.asarray([k % there for k in range(len(items))], dtype=np.int64),
        there,
        len(items),
        0,
    )


def test_a_span_is_right_where_gold_has_its_label_on_the_same_words() -> None:
    said = [span("TRIGGER", 0, 3, 0.9), span("LOCATION", 4, 9, 0.4), span("LOCATION", 10, 17, 0.7), span("ACTOR", 4, 10, 0.8)]
    found = span_outcomes([GOLD], {"a": {"spans": said}})
    assert dict(zip(found.confidence.tolist(), found.right.tolist(), strict=True)) == {0.9: True, 0.4: False, 0.7: False, 0.8: True}
    assert (found.gold, found.documents, found.without) == (3, 1, 0)


def test_an_event_is_right_where_type_status_and_figures_are() -> None:
    said = {"a": {"events": [event(0.8)]}, "b": {"events": [event(0.3, status="denied")]}}
    found = event_outcomes([GOLD, {**GOLD, "id": "b"}, {**GOLD, "id": "c"}], said)
    assert found.confidence.tolist() == [0.8, 0.3]
    assert found.right.tolist() == [True, False]
    assert (found.gold, found.documents) == (3, 3)


def test_what_has_no_confidence_is_counted_apart() -> None:
    found = event_outcomes([GOLD], {"a": {"events": [event(None)]}})
    assert (len(found.confidence), found.without) == (0, 1)
    figures = calibrate(found)
    assert (figures.count, figures.without, figures.ece, figures.thresholds) == (0, 1, 0.0, ())


def test_the_error_is_the_mean_distance_over_the_bins() -> None:
    # 0.9 to 1.0: confidence 0.95, half right; 0.3 to 0.4: confidence 0.3, none right.
    figures = calibrate(outcomes((0.95, True), (0.95, False), (0.3, False), (0.3, False)), samples=50)
    assert figures.ece == pytest.approx((2 * 0.45 + 2 * 0.3) / 4)
    assert figures.gap == pytest.approx(0.375)
    assert [(b.low, b.count, b.right) for b in figures.bins] == [(0.3, 2, 0.0), (0.9, 2, 0.5)]


def test_the_table_says_what_each_threshold_keeps() -> None:
    figures = calibrate(outcomes((0.95, True), (0.75, True), (0.65, False), (0.2, False)), samples=50)
    rows = {t.confidence: (t.kept, t.share, t.precision, t.found) for t in figures.thresholds}
    assert rows[0.0] == (4, 1.0, 0.5, 0.5)
    assert rows[0.7] == (2, 0.5, 1.0, 0.5)
    assert 0.1 not in rows  # keeps what 0.0 keeps
    assert 0.99 not in rows  # keeps nothing


def test_the_least_threshold_for_a_wanted_precision() -> None:
    items = [(0.9, True)] * 19 + [(0.9, False)] + [(0.5, False)] * 10
    choices = dict(calibrate(outcomes(*items), samples=50).choices)
    found = choices[0.95]
    assert found is not None
    assert (found.confidence, found.kept, found.precision) == (0.51, 20, 0.95)
    assert choices[0.99] is None


def test_a_threshold_that_keeps_too_few_promises_nothing() -> None:
    assert dict(calibrate(outcomes(*[(0.9, True)] * 9), samples=50).choices)[0.8] is None


def test_documents_are_drawn_whole() -> None:
    one = calibrate(outcomes(*[(0.9, True), (0.9, False)] * 20, documents=1), samples=50).thresholds[0]
    many = calibrate(outcomes(*[(0.9, True), (0.9, False)] * 20), samples=200).thresholds[0]
    assert one.interval == (0.5, 0.5)
    assert many.interval[0] < 0.5 < many.interval[1]


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=30))
def test_shares_lie_between_0_and_1_and_fewer_are_kept_the_higher_the_bound(items: list[tuple[float, bool]]) -> None:
    figures = calibrate(outcomes(*items), samples=5)
    kept = [t.kept for t in figures.thresholds]
    assert kept == sorted(kept, reverse=True)
    assert sum(b.count for b in figures.bins) == len(items)
    assert all(0 <= v <= 1 for t in figures.thresholds for v in (t.share, t.precision, *t.interval))
    assert abs(figures.gap) <= figures.ece + 1e-9
    json.dumps(figures.to_dict())


# --- the commands


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [str(a) for a in arguments])


def stub(always: float | None) -> Extractor:
    """An extractor whose events all have one confidence."""
    made = stub_extractor()
    weights = None if always is None else ConfidenceWeights(0.0, 0.0, 0.0, 0.0, bias=math.log(always / (1 - always)))
    made.manifest = made.manifest.model_copy(update={"confidence": weights})
    return made


@pytest.fixture
def report(tmp_path: Path) -> Path:
    path = tmp_path / "a.txt"
    path.write_text(f"{REPORT} {DENIAL}", encoding="utf-8")
    return path


def test_events_below_a_confidence_are_left_out_and_counted(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasid, "load", lambda *_, **__: stub(0.4))
    result = run("extract", report, "--min-confidence", 0.5)
    assert (result.exit_code, result.stderr) == (0, "rasid: 2 of 2 events left out: confidence below 0.5\n")
    record = json.loads(result.stdout)
    assert (record["events"], len(record["spans"]) > 0) == ([], True)
    kept = run("extract", report, "--min-confidence", 0.4)
    assert (len(json.loads(kept.stdout)["events"]), kept.stderr) == (2, "rasid: 0 of 2 events left out: confidence below 0.4\n")
    assert run("extract", report).stderr == ""


def test_a_model_without_confidences_cannot_choose_by_them(report: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasid, "load", lambda *_, **__: stub(None))
    result = run("extract", report, "--min-confidence", 0.5)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "the model stub gives no confidence" in result.stderr


def test_a_confidence_out_of_range(report: Path) -> None:
    assert run("extract", report, "--min-confidence", 95).exit_code == 2


def test_only_events_at_or_above_are_kept() -> None:
    record = stub_extractor().extract(f"{REPORT} {DENIAL}")
    first, second = record.events
    mixed = replace(record, events=(replace(first, confidence=0.5), replace(second, confidence=None)))
    kept, left_out = keep_confident(mixed, 0.5)
    assert ([e.id for e in kept.events], left_out) == ([first.id], 1)


@pytest.fixture
def scored(tmp_path: Path) -> tuple[Path, Path]:
    gold, said = tmp_path / "gold.jsonl", tmp_path / "said.jsonl"
    plain = [{k: v for k, v in s.items() if k != "score"} | {"id": f"s{n}"} for n, s in enumerate(GOLD["spans"])]
    events = [{"type": "shelling", "status": "asserted", "triggers": ["s0"], "casualties": []}]
    gold.write_text(json.dumps({**GOLD, "spans": plain, "events": events}, ensure_ascii=False) + "\n", encoding="utf-8")
    record = {"doc_id": "a", "spans": [span(*s, 0.9) for s in SPANS], "events": [event(0.8)]}
    said.write_text(json.dumps(record) + "\n", encoding="utf-8")
    return gold, said


def test_evaluate_says_how_far_confidences_can_be_trusted(scored: tuple[Path, Path]) -> None:
    gold, said = scored
    plain = run("evaluate", gold, "--predicted", said, "--calibration")
    assert plain.exit_code == 0, plain.stderr
    for told in ("calibration of spans", "calibration of events", "expected calibration error 0.100", "keep at least", "for 95 % right: "):
        assert told in plain.stdout
    figures = json.loads(run("evaluate", gold, "--predicted", said, "--calibration", "--json").stdout)["calibration"]
    assert (figures["spans"]["ece"], figures["events"]["ece"], figures["events"]["predicted"]) == (0.1, 0.2, 1)
    assert "calibration" not in json.loads(run("evaluate", gold, "--predicted", said, "--json").stdout)
