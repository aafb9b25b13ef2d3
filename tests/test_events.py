"""Events: drafts become records; counts read, ids stable, offsets exact."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from builders import Sketch
from rasid.analysis import Analysis
from rasid.confidence import ConfidenceWeights
from rasid.document import Document
from rasid.events import make_events, make_spans
from rasid.grouping import GroupingOptions
from rasid.records import Event
from rasid.resolving import resolve_events

OPTIONS = GroupingOptions()


def events(sketch: Sketch, doc_id: str = "d1", **more: object) -> tuple[Event, ...]:
    return make_events(Document(doc_id, sketch.text), sketch.analysis, OPTIONS, **more)  # type: ignore[arg-type]


def event(sketch: Sketch) -> Event:
    (made,) = events(sketch)
    return made


# Arguments and offsets

DRESSED = "\ufeffعاجل 😀\r\n\r\nقَصَفَت\u200f قوات  النّظام (بلدة كفرعين) يوم الخميس،\r\nفقُتـــل ١٢ مَدنيًّا\u202c — Reuters\r\n"


def dressed() -> Sketch:
    sketch = Sketch(
        DRESSED,
        ("t1", "TRIGGER", "قَصَفَت"),
        ("a1", "ACTOR", "قوات  النّظام"),
        ("l", "LOCATION", "بلدة كفرعين"),
        ("d", "DATE", "يوم الخميس"),
        ("t2", "TRIGGER", "فقُتـــل"),
        ("n", "NUMBER", "١٢"),
        ("a2", "ACTOR", "مَدنيًّا"),
        ("s", "ACTOR", "Reuters"),
    )
    sketch.link("same_event", "t1", "t2").type("t1", shelling=1.0).type("t2", shelling=1.0)
    for t in ("t1", "t2"):
        sketch.link("perpetrator", t, "a1").link("target", t, "a2").link("location", t, "l").link("date", t, "d")
        sketch.link("source", t, "s").link("casualty", t, "n")
    return sketch.kind("n", "killed").link("victim", "n", "a2")


def test_offsets_are_exact_in_the_text_as_given() -> None:
    made = event(dressed())
    casualty = made.casualties[0]
    assert made.date is not None
    assert casualty.number is not None
    mentions = [*made.triggers, *made.perpetrators, *made.targets, *made.locations, made.date, *made.sources, casualty.number]
    for mention in [*mentions, *casualty.victims]:
        assert DRESSED[mention.start : mention.end] == mention.text
    said = [m.text for m in mentions]
    assert said == ["قَصَفَت", "فقُتـــل", "قوات  النّظام", "مَدنيًّا", "بلدة كفرعين", "يوم الخميس", "Reuters", "١٢"]


def test_spans_have_the_texts_that_stand_at_their_offsets() -> None:
    spans = make_spans(DRESSED, dressed().analysis)
    assert [s.label for s in spans] == ["TRIGGER", "ACTOR", "LOCATION", "DATE", "TRIGGER", "NUMBER", "ACTOR", "ACTOR"]
    assert all(DRESSED[s.start : s.end] == s.text for s in spans)
    assert [s.start for s in spans] == sorted(s.start for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert {s.score for s in spans} == {0.9}


def test_evidence_is_the_sentences_of_the_triggers() -> None:
    made = event(dressed())
    assert [DRESSED[e.start : e.end] for e in made.evidence] == [
        "قَصَفَت\u200f قوات  النّظام (بلدة كفرعين) يوم الخميس",
        "فقُتـــل ١٢ مَدنيًّا\u202c — Reuters",
    ]


def test_a_sentence_with_two_triggers_is_evidence_once() -> None:
    sketch = Sketch("قصف ومقتل.\nقصف", ("t1", "TRIGGER", "قصف"), ("t2", "TRIGGER", "ومقتل")).link("same_event", "t1", "t2")
    assert len(event(sketch).evidence) == 1


def test_what_is_not_known_is_null_or_empty() -> None:
    made = event(Sketch("وقع قصف", ("t", "TRIGGER", "قصف"))).to_dict()
    assert made["date"] is None
    assert made["confidence"] is None
    for name in ("perpetrators", "targets", "casualties", "locations", "sources"):
        assert list(made[name]) == []
    place = event(Sketch("قصف حلب", ("t", "TRIGGER", "قصف"), ("l", "LOCATION", "حلب")).link("location", "t", "l")).to_dict()["locations"][0]
    assert {k: v for k, v in place.items() if v is not None} == {"text": "حلب", "start": 4, "end": 7}


def test_the_acled_type_follows_the_type() -> None:
    def made_of(sketch: Sketch) -> Event:
        return resolve_events(Document("d", sketch.text), (), (event(sketch),))[0]

    made = made_of(Sketch("وقع قصف", ("t", "TRIGGER", "قصف")).type("t", airstrike=1.0))
    assert made.acled is not None
    assert (made.acled.event_type, made.acled.sub_event_type) == ("Explosions/Remote violence", "Air/drone strike")
    assert made_of(Sketch("وقع قصف", ("t", "TRIGGER", "قصف")).type("t", displacement=1.0)).acled is None


def test_a_record_is_plain_json() -> None:
    assert json.loads(json.dumps(event(dressed()).to_dict(), ensure_ascii=False))["type"] == "shelling"


def test_the_events_of_a_long_text_are_those_of_its_sections_in_order() -> None:
    """A long text is linked in sections; span numbers count within each, offsets in the whole text."""
    text = "قصف حلب.\nخطف رجل"
    whole = Sketch(text, ("t1", "TRIGGER", "قصف"), ("l", "LOCATION", "حلب"), ("t2", "TRIGGER", "خطف"), ("a", "ACTOR", "رجل"))
    one = Sketch(text, ("t", "TRIGGER", "قصف"), ("l", "LOCATION", "حلب")).link("location", "t", "l")
    two = Sketch(text, ("t", "TRIGGER", "خطف"), ("a", "ACTOR", "رجل")).link("target", "t", "a")
    whole.link("location", "t1", "l").link("target", "t2", "a")
    cut = Analysis(whole.words, (*one.analysis.sections, *two.analysis.sections))
    document = Document("d1", text)
    assert make_events(document, cut, OPTIONS) == make_events(document, whole.analysis, OPTIONS)
    assert make_spans(text, cut) == make_spans(text, whole.analysis)


# Confidence


def test_confidence_is_that_of_the_status_in_the_end() -> None:
    """A cue of the text that changes the model's status makes the event less sure, not as sure as the model was of the other status."""
    only_status = ConfidenceWeights(type=0.0, status=1.0, figures=0.0, trigger=0.0, bias=0.0)
    (plain,) = events(Sketch("وقع قصف", ("t", "TRIGGER", "قصف")).status("t", asserted=0.9), confidence=only_status)
    (denied,) = events(Sketch("نفى الجيش وقوع قصف", ("t", "TRIGGER", "قصف")).status("t", asserted=0.9, denied=0.1), confidence=only_status)
    assert (plain.status, plain.confidence) == ("asserted", pytest.approx(0.9))
    assert (denied.status, denied.confidence) == ("denied", pytest.approx(0.1))


# Ids


def strike(*, lead: str = "", low: str = "12") -> Sketch:
    text = f"{lead}قصف حلب قتل {low}"
    spans = [("t", "TRIGGER", "قصف"), ("l", "LOCATION", "حلب"), ("n", "NUMBER", low)]
    if lead:
        spans.insert(0, ("t0", "TRIGGER", "خطف"))
    return Sketch(text, *spans).link("location", "t", "l").kind("n", "killed").link("casualty", "t", "n")


def test_the_same_content_has_the_same_id() -> None:
    assert event(strike()).id == event(strike()).id
    assert event(strike()).id.startswith("ev-")


def test_another_place_in_the_list_or_text_is_the_same_id() -> None:
    first, second = events(strike(lead="خطف رجل.\n"))
    assert second.id == event(strike()).id
    assert first.id != second.id


def test_the_models_confidence_does_not_change_the_id() -> None:
    sketch = strike()
    ids = {e.id for weights in (None, ConfidenceWeights(1.0, 1.0, 1.0, 1.0, 0.0)) for e in events(sketch, confidence=weights)}
    assert len(ids) == 1


def test_other_content_or_another_document_is_another_id() -> None:
    assert event(strike()).id != event(strike(low="13")).id
    assert event(strike()).id != events(strike(), doc_id="d2")[0].id
    assert event(strike()).id != event(strike().status("t", denied=1.0)).id
    assert event(strike()).id != event(strike().type("t", shelling=1.0)).id


def test_two_events_with_the_same_content_have_two_ids() -> None:
    first, second = events(Sketch("قصف.\nقصف.", ("t1", "TRIGGER", "قصف"), ("t2", "TRIGGER", "قصف")))
    assert first.id != second.id
