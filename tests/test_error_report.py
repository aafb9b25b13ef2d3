"""The report of errors: a hand-made case for every cause, the facts add up, the page is well-formed and hostile text harmless in it."""

from __future__ import annotations

import json
import random
import xml.etree.ElementTree as ET
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rasid.cli import app
from rasid.error_causes import CAUSES, Comparison, cause_table, compare, markdown_table
from rasid.error_report import bounds, error_report, layered
from rasid.evaluation import evaluate
from rasid.markup import Markup, inert, tag
from test_evaluation import SPANS, TEXT, Json, at, event, killed, perturbed, span

GOLD = {"id": "a", "text": TEXT, "spans": SPANS, "events": [event()]}
# A second event in the same report: word 4 names it (`وقتل`, "and killed"), word 7 counts its dead.
SECOND = {**event(type="attack", triggers=[at(4)], perpetrators=[], locations=[], date=None), "casualties": [killed(7, 8, 3)]}
EVENT_FACTS = 5  # type, perpetrator, location, date, casualty


def causes(predicted: Json, gold: Json | None = None) -> Counter[str]:
    return Counter(slip.cause for slip in compare(gold or GOLD, predicted).slips)


def of_event(*events: Json, spans: list[Json] = SPANS) -> Counter[str]:
    """The causes where the gold has one event and the prediction has `events`."""
    return causes({"spans": spans, "events": list(events)}, {**GOLD, "spans": spans})


def of_casualties(gold: list[Json], predicted: list[Json]) -> Counter[str]:
    return causes({"spans": SPANS, "events": [event(casualties=predicted)]}, {**GOLD, "events": [event(casualties=gold)]})


def test_a_perfect_prediction_has_no_errors() -> None:
    assert causes(GOLD) == Counter()


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ([span("ACTOR", 1)], [], ["span missed"]),
        ([], [span("ACTOR", 1)], ["span spurious"]),
        ([span("ACTOR", 1)], [span("ACTOR", 1, 2)], ["span edges wrong"]),
        ([span("ACTOR", 1)], [span("LOCATION", 1)], ["span label wrong"]),
        ([span("ACTOR", 1)], [span("LOCATION", 1, 2)], ["span label wrong"]),
        ([span("ACTOR", 1)], [span("LOCATION", 2)], ["span missed", "span spurious"]),
        # Less than half of the words is still the same mention if the label is.
        ([span("ACTOR", 0, 3)], [span("ACTOR", 3, 6)], ["span edges wrong"]),
        ([span("ACTOR", 0, 3)], [span("LOCATION", 3, 6)], ["span missed", "span spurious"]),
        # One span cut in two: one half stands for it, the other for nothing.
        ([span("ACTOR", 0, 3)], [span("ACTOR", 0, 1), span("ACTOR", 2, 3)], ["span edges wrong", "span spurious"]),
        # The span that is right is not used to explain another.
        ([span("ACTOR", 1), span("ACTOR", 2)], [span("ACTOR", 1)], ["span missed"]),
    ],
)
def test_spans(gold: list[Json], predicted: list[Json], expected: list[str]) -> None:
    assert causes({"spans": predicted}, {"id": "a", "text": TEXT, "spans": gold, "events": []}) == Counter(expected)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([event(type="battle")], ["type wrong"]),
        ([event(status="denied")], ["status wrong"]),
        ([event(aggregate=True)], ["aggregate wrong"]),
        ([event(), event(type="battle", perpetrators=[])], ["event split"]),
        ([event(), SECOND], ["event spurious"]),
        ([], ["event missed: trigger found"]),
        # A record without any of its words is another event.
        ([SECOND], ["event missed: trigger found", "event spurious"]),
    ],
)
def test_events(events: list[Json], expected: list[str]) -> None:
    assert of_event(*events) == Counter(expected)


def test_an_event_whose_trigger_is_no_span() -> None:
    found = causes({"spans": SPANS[1:], "events": []})
    assert found == Counter(["span missed", "event missed: trigger missed"])


def test_events_merged() -> None:
    both = event(triggers=[at(0), at(4)], casualties=[killed(5, 6, 7), killed(7, 8, 3)])
    found = compare({**GOLD, "events": [event(), SECOND]}, {"spans": SPANS, "events": [both]})
    merged, spurious = found.slips
    assert (merged.cause, merged.detail, merged.missed) == ("event merged", "attack", 2)
    assert merged.predicted is not None
    assert merged.predicted.event == 0
    assert (spurious.cause, spurious.detail, spurious.extra) == ("casualty spurious", "killed", 1)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"perpetrators": [], "targets": [at(1)]}, ["role wrong"]),
        ({"perpetrators": [], "locations": [at(2), at(1)]}, ["role wrong"]),
        # Right where it belongs and said once more elsewhere.
        ({"targets": [at(1)]}, ["argument spurious"]),
        ({"perpetrators": []}, ["argument missed: span found"]),
        ({"perpetrators": [at(6)]}, ["argument missed: span found", "argument spurious"]),
        ({"date": at(4)}, ["date wrong"]),
        ({"date": None}, ["argument missed: span found"]),
        ({"sources": [at(8)]}, ["argument spurious"]),
    ],
)
def test_arguments(changes: Json, expected: list[str]) -> None:
    assert of_event(event(**changes)) == Counter(expected)


def test_an_argument_whose_span_is_not_found() -> None:
    spans = [s for s in SPANS if s != span("ACTOR", 1)]
    assert of_event(event(perpetrators=[]), spans=spans) == Counter(["argument missed: span not found"])
    # A span of another kind there is not the span.
    assert of_event(event(perpetrators=[]), spans=[*spans, span("LOCATION", 1)]) == Counter(["argument missed: span not found"])


SEVEN = killed(5, 6, 7)


@pytest.mark.parametrize(
    ("gold", "predicted", "expected"),
    [
        ([SEVEN], [], ["casualty missed"]),
        ([], [SEVEN], ["casualty spurious"]),
        ([SEVEN], [killed(5, 8, 7)], ["victim wrong"]),
        ([SEVEN], [{**SEVEN, "victims": []}], ["victim wrong"]),
        ([SEVEN], [{**SEVEN, "kind": "wounded"}], ["casualty kind wrong"]),
        ([SEVEN], [{**SEVEN, "kind": "wounded", "high": None}], ["casualty kind wrong"]),
        ([SEVEN], [{**SEVEN, "kind": "wounded", "number": None}], ["casualty kind wrong"]),
        ([SEVEN], [{**SEVEN, "high": None}], ["casualty bound wrong"]),
        ([SEVEN], [{**SEVEN, "number": None, "low": 2, "high": None}], ["casualty bound wrong"]),
        ([SEVEN], [{"kind": "killed", "low": 2, "high": None}], ["casualty bound wrong"]),
        ([SEVEN], [{**SEVEN, "low": None, "high": None}], ["casualty count unread"]),
        # Numbers at different places are different figures, whoever the people are.
        ([SEVEN], [{**SEVEN, "number": at(7), "low": 3, "high": 3}], ["casualty missed", "casualty spurious"]),
        # Right entries are set aside first, in whatever order they come.
        ([SEVEN, killed(7, 8, 3)], [killed(7, 8, 3), SEVEN], []),
        ([SEVEN, killed(7, 8, 3)], [killed(7, 8, 4), SEVEN], ["casualty bound wrong"]),
    ],
)
def test_casualties(gold: list[Json], predicted: list[Json], expected: list[str]) -> None:
    assert of_casualties(gold, predicted) == Counter(expected)


def test_every_cause_has_a_case_here() -> None:
    """The cases above, read back from their parameters, name every cause."""
    marks = [m for test in (test_spans, test_events, test_arguments, test_casualties) for m in test.pytestmark]  # type: ignore[attr-defined]
    named = {cause for m in marks for case in m.args[1] for cause in case[-1]}
    elsewhere = {"event missed: trigger missed", "event merged", "argument missed: span not found"}
    assert named | elsewhere == set(CAUSES)


# --- the table


def assert_adds_up(gold: list[Json], predicted: dict[str, Json]) -> None:
    """Facts missed and added by all causes are those that the evaluator misses."""
    rows = cause_table(slip for d in gold for slip in compare(d, predicted.get(d["id"], {})).slips)
    tallies = evaluate(gold, predicted).tallies
    facts, counts, victims = (tallies[name] for name in ("facts", "casualties", "casualties+victim"))
    assert sum(row.missed for row in rows) == facts.gold - facts.right
    assert sum(row.extra for row in rows) == facts.predicted - facts.right
    assert sum(row.count for row in rows if row.cause == "victim wrong") == counts.right - victims.right
    assert all(row.count == sum(row.details.values()) for row in rows)


def test_an_event_takes_its_facts_with_it() -> None:
    (missed,) = compare(GOLD, {"spans": SPANS, "events": []}).slips
    assert (missed.missed, missed.extra) == (EVENT_FACTS, 0)
    (spurious,) = compare({**GOLD, "events": []}, GOLD).slips
    assert (spurious.missed, spurious.extra) == (0, EVENT_FACTS)


def test_facts_add_up_on_real_annotations(shared_folder: Path) -> None:
    gold = [json.loads(line) for line in (shared_folder / "corpus" / "dev.jsonl").read_text(encoding="utf-8").splitlines()]
    rng = random.Random(4)
    assert_adds_up(gold, {d["id"]: perturbed(d, rng) for d in gold})
    second = (shared_folder / "corpus" / "dev.second.jsonl").read_text(encoding="utf-8").splitlines()
    assert_adds_up(gold, {d["id"]: d for d in map(json.loads, second)})


def test_the_table_counts_details_and_writes_markdown() -> None:
    spans = [span("LOCATION", 1), *SPANS[2:5]]
    rows = cause_table(compare(GOLD, {"spans": spans, "events": [event(type="battle")]}).slips)
    assert [row.to_dict() for row in rows] == [
        {"count": 2, "facts_missed": 0, "facts_added": 0, "details": {"ACTOR": 1, "TRIGGER": 1}},
        {"count": 1, "facts_missed": 0, "facts_added": 0, "details": {"ACTOR → LOCATION": 1}},
        {"count": 1, "facts_missed": 1, "facts_added": 1, "details": {"shelling → battle": 1}},
    ]
    assert markdown_table(rows).splitlines()[2:] == [
        "| span missed | 2 | 0 | 0 | ACTOR 1, TRIGGER 1 |",
        "| span label wrong | 1 | 0 | 0 | ACTOR → LOCATION 1 |",
        "| type wrong | 1 | 1 | 1 | shelling → battle 1 |",
    ]


# --- the page


def page(gold: list[Json], predicted: dict[str, Json], caption: str = "gold.jsonl") -> str:
    found: list[Comparison] = [compare(d, predicted.get(d["id"], {})) for d in gold]
    return error_report(gold, found, evaluate(gold, predicted), caption=caption)


def parsed(html: str) -> ET.Element:
    """The page read by a strict XML parser, which stops at anything that is left open."""
    return ET.fromstring(html)


def of_class(root: ET.Element, name: str) -> list[ET.Element]:
    return [e for e in root.iter() if name in (e.get("class") or "").split()]


def said(element: ET.Element) -> str:
    return "".join(element.itertext())


def test_a_page_without_errors() -> None:
    root = parsed(page([GOLD], {"a": GOLD}))
    assert "0 of 1 documents have errors" in said(root)
    assert not list(root.iter("article"))


def test_a_wrong_record_stands_beside_the_gold_right_to_left() -> None:
    wrong = event(perpetrators=[], targets=[at(1)], casualties=[{**SEVEN, "high": None}])
    root = parsed(page([{**GOLD, "title": "عنوان"}], {"a": {"spans": SPANS, "events": [wrong]}}))
    (record,) = of_class(root, "record")
    (table,) = record.iter("table")
    assert table.get("dir") == "rtl"
    rows = {cells[0]: cells[1:] for cells in ([said(cell) for cell in row] for row in table.iter("tr"))}
    assert rows[""] == ["gold 1", "predicted 1"]
    assert rows["type"] == ["shelling", "shelling"]
    assert rows["perpetrators"] == ["الجيش", ""]
    assert rows["targets"] == ["", "الجيش"]
    assert rows["casualties"] == ["killed 7 · 7 · مدنيين", "killed ≥ 7 · 7 · مدنيين"]
    # In the order of the rows: the perpetrator that became a target, then the casualty on both sides.
    bad = ["الجيش", "الجيش", "killed 7 · 7 · مدنيين", "killed ≥ 7 · 7 · مدنيين"]
    assert [said(e) for e in of_class(record, "bad")] == bad
    assert [said(e) for e in of_class(record, "cause")] == ["role wrong", "casualty bound wrong"]


def test_records_without_a_counterpart_say_where_their_event_went() -> None:
    split = {"spans": SPANS, "events": [event(), event(type="battle", perpetrators=[])]}
    both = event(triggers=[at(0), at(4)])
    heads = [
        said(parsed(html).find(".//article"))  # type: ignore[arg-type]
        for html in (
            page([GOLD], {"a": split}),
            page([{**GOLD, "events": [event(), SECOND]}], {"a": {"spans": SPANS, "events": [both]}}),
            page([GOLD], {"a": {"spans": SPANS, "events": []}}),
            page([{**GOLD, "events": []}], {"a": GOLD}),
        )
    ]
    for text, told in zip(heads, ("part of gold 1 (قصف)", "in predicted 1 (قصف)", "no predicted record", "no gold record"), strict=True):
        assert told in text


def test_a_case_highlights_only_what_is_wrong() -> None:
    root = parsed(page([GOLD], {"a": {"spans": SPANS, "events": [event(targets=[at(6)])]}}))
    (case,) = of_class(root, "cases")[0]
    assert "gold: shelling قصف · predicted: targets مدنيين" in said(case)
    assert [(e.text, e.get("title")) for e in of_class(case, "word")] == [("مدنيين", "predicted ACTOR")]


def test_links_lead_somewhere_and_ids_are_unique(shared_folder: Path) -> None:
    lines = (shared_folder / "corpus" / "dev.jsonl").read_text(encoding="utf-8").splitlines()[:4]
    gold, rng = [json.loads(line) for line in lines], random.Random(1)
    root = parsed(page(gold, {d["id"]: perturbed(d, rng) for d in gold}))
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    links = {e.get("href", "")[1:] for e in root.iter("a")}
    assert links
    assert links <= set(ids)


def test_the_text_is_whole_and_has_two_layers() -> None:
    root = ET.fromstring(
        f"<p>{layered(TEXT, 0, len(TEXT), [(0, 3, 'TRIGGER'), (4, 9, 'ACTOR')], [(0, 3, 'TRIGGER'), (4, 13, 'ACTOR')])}</p>"
    )
    assert said(root) == TEXT
    assert [(e.get("class"), e.text, e.get("title")) for e in root] == [
        ("word g-trigger p-trigger", "قصف", "gold TRIGGER, predicted TRIGGER"),
        ("word g-actor p-actor differs", "الجيش", "gold ACTOR, predicted ACTOR"),
        ("word p-actor differs", " حلب", "predicted ACTOR"),
    ]


@pytest.mark.parametrize(
    ("low", "high", "shown"), [(7, 7, "7"), (20, 30, "20–30"), (300, None, "≥ 300"), (None, 50, "≤ 50"), (None, None, "?"), (0, 0, "0")]
)
def test_bounds(low: int | None, high: int | None, shown: str) -> None:
    assert bounds(low, high) == shown


def test_markup_escapes_what_is_not_markup() -> None:
    assert tag("b", "<i>", Markup("<u></u>"), class_='"x"', title=None) == '<b class="&quot;x&quot;">&lt;i&gt;<u></u></b>'
    assert inert("a\x00\u202eb\u2069\ud800\n") == "a\ufffd\ufffdb\ufffd\ufffd\n"


HOSTILE = "قصف </p><script>alert(1)</script> \u202e\u2069\u2066 الجيش\x00 <img src=x onerror=alert(1)> ]]> --> $body \ud800 &amp; 'حلب'"


def test_hostile_text_is_harmless() -> None:
    start = HOSTILE.index("الجيش")
    spans = [{"label": "TRIGGER", "start": 0, "end": 3}, {"label": "ACTOR", "start": 4, "end": start + 5}]
    gold = {"id": "<b>\u202e\"'", "title": HOSTILE, "outlet": "<i>", "text": HOSTILE, "spans": spans}
    gold["events"] = [event(triggers=[spans[0]], perpetrators=[spans[1]], locations=[], date=None, casualties=[])]
    predicted = {"spans": [{**spans[1], "end": 10**15}], "events": []}
    html = page([gold], {str(gold["id"]): predicted}, caption="a<script>.jsonl\udcff")
    html.encode("utf-8")
    root = parsed(html)
    assert {e.tag for e in root.iter()}.isdisjoint({"script", "img", "b", "i", "iframe", "object", "form", "link"})
    assert not [name for e in root.iter() for name in e.attrib if name.startswith("on") or name in ("src", "style")]
    assert not set(html) & {chr(c) for c in (0, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}
    assert html.count("<h1>") == 1
    assert "alert(1)" in said(root)
    text = [said(e) for e in of_class(root, "text")]
    assert len(max(text, key=len)) == len(HOSTILE)


def test_the_page_needs_nothing_from_elsewhere() -> None:
    html = page([GOLD], {})
    assert "default-src 'none'" in html
    assert "http://" not in html
    assert "https://" not in html
    assert "prefers-color-scheme: dark" in html
    assert "width=device-width" in html


# --- the command


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, ["evaluate", *map(str, arguments)])


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Gold and predictions that differ in one type."""
    gold, predicted = tmp_path / "gold.jsonl", tmp_path / "predicted.jsonl"
    gold.write_text(json.dumps(GOLD), encoding="utf-8")
    predicted.write_text(json.dumps({"doc_id": "a", "spans": SPANS, "events": [event(type="battle")]}), encoding="utf-8")
    return gold, predicted


def test_the_command_writes_the_page_and_prints_the_causes(files: tuple[Path, Path], tmp_path: Path) -> None:
    gold, predicted = files
    out = tmp_path / "out.html"
    result = run(gold, "--predicted", predicted, "--errors", out)
    assert (result.exit_code, result.stderr) == (0, "")
    assert "cause of error" in result.stdout
    assert "shelling → battle 1" in result.stdout
    assert "type wrong" in said(parsed(out.read_text(encoding="utf-8")))
    told = json.loads(run(gold, "--predicted", predicted, "--errors", out, "--json").stdout)
    assert told["causes"] == {"type wrong": {"count": 1, "facts_missed": 1, "facts_added": 1, "details": {"shelling → battle": 1}}}
    plain = run(gold, "--predicted", predicted)
    assert "cause of error" not in plain.stdout
    assert "causes" not in json.loads(run(gold, "--predicted", predicted, "--json").stdout)


def test_a_page_that_cannot_be_written_is_told_before_the_run(files: tuple[Path, Path], tmp_path: Path) -> None:
    gold, predicted = files
    for place, told in ((tmp_path / "no" / "out.html", "no such folder"), (tmp_path, "is a folder"), (gold, "is an input too")):
        result = run(gold, "--predicted", predicted, "--errors", place)
        assert (result.exit_code, result.stdout) == (2, "")
        assert told in result.stderr
    assert json.loads(gold.read_text(encoding="utf-8"))["id"] == "a"
