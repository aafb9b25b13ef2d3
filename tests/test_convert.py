"""Conversion of annotations: the project's own corpus through every format and back, odd texts, files made by people, and losses told."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from rasid.cli import app
from rasid.convert import FORMATS, Annotated, AnnotatedCasualty, AnnotatedEvent, AnnotatedSpan, Losses, convert, read, write
from rasid.convert.label_studio_config import labelling_config
from rasid.errors import InputError
from rasid.readers import Fault
from rasid.records import CASUALTY_KINDS, EVENT_TYPES, LABELS, STATUSES

CORPUS = Path(__file__).resolve().parents[1] / "training" / "corpus" / "reports.jsonl"
TEXT = "قصف الجيش بلدة سرمين أمس ما أدى إلى مقتل 7 مدنيين"


def all_of(path: Path, format: str, losses: Losses | None = None) -> list[Annotated]:
    found = list(read(path, format, losses))
    assert not [item for item in found if isinstance(item, Fault)]
    return [item for item in found if isinstance(item, Annotated)]


@pytest.fixture(scope="module")
def corpus() -> list[Annotated]:
    return all_of(CORPUS, "standoff")


def held(document: Annotated, format: str) -> Annotated:
    """What the format can hold of a document, as the README says."""
    events = document.events
    if format == "doccano":
        events = tuple(replace(e, confidence=None, casualties=tuple(replace(c, low=None, high=None) for c in e.casualties)) for e in events)
        document = replace(document, spans=tuple(replace(s, score=None) for s in document.spans))
    if format == "conll":
        events = ()
        document = replace(document, spans=tuple(replace(s, score=None) for s in document.spans))
    return replace(document, events=events, about={} if format == "brat" else document.about).renamed()


def skip_without(format: str) -> None:
    if format == "datasets":
        pytest.importorskip("datasets", reason="the frames extra is not installed")


@pytest.mark.parametrize("format", FORMATS)
def test_the_corpus_through_every_format_and_back_is_equal(corpus: list[Annotated], format: str, tmp_path: Path) -> None:
    skip_without(format)
    lost, lost_again = write(corpus, tmp_path / "out", format), Losses()
    back = {document.id: document.renamed() for document in all_of(tmp_path / "out", format, lost_again)}
    assert back == {document.id: held(document, format) for document in corpus}
    assert not lost_again
    expected = {"doccano": {"bounds of casualties"}, "conll": {"events"}, "brat": {"what is said of the document beside its id and text"}}
    assert set(lost.counts) == expected.get(format, set())


def test_standoff_keeps_every_value_of_the_file(corpus: list[Annotated], tmp_path: Path) -> None:
    write(corpus, tmp_path / "out.jsonl", "standoff")
    lines = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").split("\n") if line]
    assert [json.loads(line) for line in (tmp_path / "out.jsonl").read_text(encoding="utf-8").split("\n") if line] == lines


# --- odd texts

ODD = "ابجد قصف7  \n\r\t\u200f\u202e\u0301\u00a0\u2028😀𞸀#\"'%/-."


@st.composite
def documents(draw: st.DrawFn) -> Annotated:
    """Documents with odd texts, spans that may overlap, and events over them."""
    text = "م" + draw(st.text(ODD, min_size=1, max_size=40))
    places = draw(
        st.lists(
            st.tuples(st.sampled_from(LABELS), st.integers(0, len(text) - 1), st.integers(1, 9)),
            max_size=8,
            unique_by=lambda p: (p[0], p[1], min(p[1] + p[2], len(text))),
        )
    )
    score = st.none() | st.floats(0, 1)
    spans = tuple(
        AnnotatedSpan(f"{label[0].lower()}{n}", label, start, min(start + size, len(text)), draw(score))
        for n, (label, start, size) in enumerate(places)
    )

    def some(label: str, least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
        names = [span.id for span in spans if span.label == label]
        return st.lists(st.sampled_from(names), min_size=least, unique=True).map(tuple) if names else st.just(())

    def one(label: str) -> st.SearchStrategy[str | None]:
        return st.none() | st.sampled_from([span.id for span in spans if span.label == label] or [None])

    triggers = some("TRIGGER", 1) if any(span.label == "TRIGGER" for span in spans) else None
    events = []
    for _ in range(draw(st.integers(0, 3)) if triggers is not None else 0):
        count = st.none() | st.integers(0, 10**7)
        # A highest below the lowest is no figure.
        bounds = st.tuples(count, count).map(lambda p: p if None in p or p[0] <= p[1] else (p[1], p[0]))
        casualties = tuple(
            AnnotatedCasualty(
                draw(st.sampled_from(CASUALTY_KINDS)),
                *draw(bounds),
                draw(st.booleans()),
                draw(one("NUMBER")),
                draw(some("ACTOR")),
            )
            for _ in range(draw(st.integers(0, 3)))
        )
        if len(casualties) > 1 and draw(st.booleans()):
            casualties = (*casualties[:-1], replace(casualties[-1], part_of=0))
        assert triggers is not None
        events.append(
            AnnotatedEvent(
                draw(st.sampled_from(EVENT_TYPES)),
                draw(st.sampled_from(STATUSES)),
                draw(st.booleans()),
                draw(triggers),
                draw(some("ACTOR")),
                draw(some("ACTOR")),
                casualties,
                draw(some("LOCATION")),
                draw(one("DATE")),
                draw(some("ACTOR")),
                draw(score),
            )
        )
    name = draw(st.text("ab/\\.% \u0627\n", min_size=1, max_size=6))
    about = draw(st.dictionaries(st.sampled_from(["date", "split", "note"]), st.text(ODD, max_size=5) | st.integers(), max_size=2))
    return Annotated(name, text, spans, tuple(events), about)


@pytest.mark.parametrize("format", ["standoff", "label-studio", "label-studio-predictions", "doccano", "brat"])
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(document=documents())
def test_odd_documents_come_back_equal(document: Annotated, format: str, tmp_path: Path) -> None:
    target = tmp_path / "out"
    if target.is_dir():
        for file in target.iterdir():
            file.unlink()
    lost = write([document], target, format)
    expected, got = [held(document, format)], [d.renamed() for d in all_of(target, format)]
    if lost.counts["places of a span in the order of its role"]:
        assert [in_text_order(d) for d in got] == [in_text_order(d) for d in expected]
    else:
        assert got == expected


def in_text_order(document: Annotated) -> tuple[Annotated, list[Any]]:
    """The document but for its events; and these with the spans of each role and the figures sorted. The first trigger stays the first."""

    def of(event: AnnotatedEvent) -> tuple[AnnotatedEvent, list[tuple[str, str]]]:
        roles = {role: tuple(sorted(getattr(event, role))) for role in ("perpetrators", "targets", "locations", "sources")}
        figures = [repr(replace(c, part_of=None, victims=tuple(sorted(c.victims)))) for c in event.casualties]
        wholes = ["" if c.part_of is None else figures[c.part_of] for c in event.casualties]
        triggers = (*event.triggers[:1], *sorted(event.triggers[1:]))
        return replace(event, triggers=triggers, casualties=(), **roles), sorted(zip(figures, wholes, strict=True))

    return replace(document, events=()), [of(event) for event in document.events]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(document=documents())
def test_conll_keeps_the_text_and_tells_every_span_that_it_loses(document: Annotated, tmp_path: Path) -> None:
    # A span that loses its white space must not get the edges that another, which is dropped, had: the two could not be told apart.
    assume(
        len({(s.label, document.text[s.start : s.end].strip(), stripped_start(document, s)) for s in document.spans}) == len(document.spans)
    )
    lost = write([document], tmp_path / "out", "conll")
    (back,) = all_of(tmp_path / "out", "conll")
    assert (back.id, back.text, dict(back.about)) == (document.id, document.text, dict(document.about))
    gone = lost.counts["spans that overlap another"] + lost.counts["spans of nothing but white space"]
    assert len(back.spans) == len(document.spans) - gone
    same = {(s.label, s.start, s.end) for s in back.spans} & {(s.label, s.start, s.end) for s in document.spans}
    assert len(back.spans) - len(same) == lost.counts["white space at the edge of a span"]


def stripped_start(document: Annotated, span: AnnotatedSpan) -> int:
    """Where the span starts without the white space at its edges."""
    mention = document.text[span.start : span.end]
    return span.start + len(mention) - len(mention.lstrip())


# --- what tools and people make


def test_label_studio_counts_code_points_and_old_exports_in_utf16_are_noticed(tmp_path: Path) -> None:
    text = "😀 قصف سرمين"
    new, old = ({"start": 2, "end": 5}, {"start": 3, "end": 6})
    for value in (new, old):
        region = {
            "id": "r",
            "from_name": "label",
            "to_name": "text",
            "type": "labels",
            "value": {**value, "text": "قصف", "labels": ["TRIGGER"]},
        }
        (tmp_path / "a.json").write_text(json.dumps([{"id": 5, "data": {"text": text}, "annotations": [{"result": [region]}]}]))
        (document,) = all_of(tmp_path / "a.json", "label-studio")
        assert (document.id, [(s.start, s.end) for s in document.spans]) == ("5", [(2, 5)])


@pytest.mark.parametrize("place", [(0, 3, "حلب"), (0, 4, "قتل"), (1, 3, "\ud83d")])
def test_a_region_of_label_studio_whose_text_is_not_in_its_place_is_a_fault(place: tuple[int, int, str], tmp_path: Path) -> None:
    start, end, said = place
    value = {"start": start, "end": end, "text": said, "labels": ["TRIGGER"]}
    result = [{"id": "r", "from_name": "label", "to_name": "text", "type": "labels", "value": value}]
    (tmp_path / "a.json").write_text(json.dumps([{"id": 5, "data": {"text": "قتل😀3"}, "annotations": [{"result": result}]}]))
    [fault] = read(tmp_path / "a.json", "label-studio")
    assert isinstance(fault, Fault)
    assert (fault.field, fault.reason.startswith("got the text ")) == ("result[0]", True)


@pytest.mark.parametrize("said", ["سطر واحد", "سطر\\nواحد", "سطر واحد ", "سطر\r\nواحد"])
def test_label_studio_may_change_the_white_space_of_a_region(said: str, tmp_path: Path) -> None:
    text = "سطر  \nواحد"
    value = {"start": 0, "end": len(text), "text": said, "labels": ["TRIGGER"]}
    result = [{"id": "r", "from_name": "label", "to_name": "text", "type": "labels", "value": value}]
    (tmp_path / "a.json").write_text(json.dumps([{"id": 5, "data": {"text": text}, "annotations": [{"result": result}]}]))
    (document,) = all_of(tmp_path / "a.json", "label-studio")
    assert [(s.start, s.end) for s in document.spans] == [(0, len(text))]


def region(name: str, said: str, label: str) -> dict[str, Any]:
    start = TEXT.index(said)
    value = {"start": start, "end": start + len(said), "text": said, "labels": [label]}
    return {"id": name, "from_name": "label", "to_name": "text", "type": "labels", "value": value}


def choice(name: str, control: str, value: str | int) -> dict[str, Any]:
    kind, given = ("number", {"number": value}) if isinstance(value, int) else ("choices", {"choices": [value]})
    return {"id": name, "from_name": control, "to_name": "text", "type": kind, "value": given}


def relation(kind: str, head: str, tail: str, direction: str = "right") -> dict[str, Any]:
    return {"type": "relation", "from_id": head, "to_id": tail, "direction": direction, "labels": [kind]}


def test_what_a_person_draws_in_label_studio_becomes_an_event(tmp_path: Path) -> None:
    result = [
        region("x", "قصف", "TRIGGER"),
        region("y", "الجيش", "ACTOR"),
        region("z", "7", "NUMBER"),
        region("m", "مدنيين", "ACTOR"),
        region("k", "مقتل", "TRIGGER"),
        choice("x", "type", "shelling"),
        choice("x", "status", "denied"),
        choice("z", "kind", "killed"),
        choice("z", "low", 7),
        choice("z", "high", 7),
        relation("trigger", "x", "k"),
        relation("perpetrator", "y", "x", "left"),  # drawn from the actor, arrow turned round
        relation("casualty", "k", "z"),  # from the further trigger: the event is the same
        relation("victim", "z", "m"),
        relation("cause", "x", "m"),  # not of the scheme
    ]
    cancelled = {"was_cancelled": True, "result": []}
    tasks = [{"data": {"text": TEXT, "id": "d"}, "annotations": [cancelled, {"result": result}, {"result": []}]}]
    (tmp_path / "a.json").write_text(json.dumps(tasks))
    losses = Losses()
    (document,) = all_of(tmp_path / "a.json", "label-studio", losses)
    casualty = AnnotatedCasualty("killed", 7, 7, number="z", victims=("m",))
    assert document.events == (AnnotatedEvent("shelling", "denied", triggers=("x", "k"), perpetrators=("y",), casualties=(casualty,)),)
    assert losses.counts == {"relations of another name or of no region": 1, "further annotations of a task": 1}


def test_an_export_of_label_studio_is_read_whole() -> None:
    """Exported by Label Studio 1.23.2 after work in its editor: a figure changed, its upper bound emptied, a place deleted, a word marked.

    The second task was skipped by hand in the file.
    """
    losses = Losses()
    (document,) = all_of(Path(__file__).parent / "data" / "label_studio_export.json", "label-studio", losses)
    assert losses.counts == {"tasks that were skipped": 1}
    assert document.id == "own-a-006"
    said = {span.id: document.text[span.start : span.end] for span in document.spans}
    (event,) = document.events
    assert (event.type, event.status) == ("shelling", "asserted")
    assert [said[t] for t in event.triggers] == ["شهداء", "جريحا", "سقوط", "أطلقتها"]
    assert [said[name] for name in (*event.perpetrators, *event.sources)] == ["المجموعات المسلحة", "الإعلام الحربي"]
    assert [said[name] for name in event.locations] == ["بدمشق"]  # the quarter was deleted
    figures = [(c.kind, c.low, c.high, c.part_of) for c in event.casualties]
    assert figures == [("killed", 5, None, None), ("wounded", 15, 15, None), ("wounded", 1, 1, 1)]
    by_hand = [span for span in document.spans if span.score is None]
    assert [(span.label, said[span.id]) for span in by_hand] == [("DATE", "ظهر")]


def test_label_studio_gets_one_relation_for_a_pair_of_regions(corpus: list[Annotated], tmp_path: Path) -> None:
    """Its editor drops a second one: those who are the target and the casualty of an event would lose one of both."""
    actors = tuple(AnnotatedSpan(name, "ACTOR", n, n + 1) for n, name in enumerate("ab", 5))
    killed = AnnotatedCasualty("killed", 2, victims=("b",))
    event = AnnotatedEvent("attack", triggers=("t",), perpetrators=("a", "b"), targets=("b",), casualties=(killed,), sources=("b", "a"))
    document = Annotated("d", TEXT, (AnnotatedSpan("t", "TRIGGER", 0, 3), *actors), (event,))
    write([document, *corpus], tmp_path / "a.json", "label-studio")
    for task in json.loads((tmp_path / "a.json").read_text(encoding="utf-8")):
        drawn = [(r["from_id"], r["to_id"]) for r in task["annotations"][0]["result"] if r["type"] == "relation"]
        assert len(drawn) == len(set(drawn))
    assert all_of(tmp_path / "a.json", "label-studio")[0].renamed() == document.renamed()  # sources in their order, too


@pytest.mark.parametrize(("low", "high", "read_as"), [(7, 0, (7, None)), (0, 0, (0, 0)), (7, 7, (7, 7))])
def test_an_upper_bound_emptied_in_label_studio_is_none(low: int, high: int, read_as: tuple[int, int | None], tmp_path: Path) -> None:
    result = [
        region("x", "قصف", "TRIGGER"),
        choice("x", "type", "shelling"),
        region("z", "7", "NUMBER"),
        choice("z", "kind", "killed"),
        choice("z", "low", low),
        choice("z", "high", high),  # its editor writes 0 where a number was deleted
        relation("casualty", "x", "z"),
    ]
    (tmp_path / "a.json").write_text(json.dumps([{"data": {"text": TEXT, "id": "d"}, "annotations": [{"result": result}]}]))
    ((casualty,),) = (event.casualties for document in all_of(tmp_path / "a.json", "label-studio") for event in document.events)
    assert (casualty.low, casualty.high) == read_as


def test_the_labelling_configuration_has_the_whole_scheme() -> None:
    root = ElementTree.fromstring(labelling_config())
    assert [e.get("value") for e in root.iter("Label")] == list(LABELS)
    choices = {e.get("name"): [c.get("value") for c in e] for e in root.iter("Choices")}
    assert (choices["type"], choices["status"], choices["kind"]) == (list(EVENT_TYPES), list(STATUSES), list(CASUALTY_KINDS))
    assert {e.get("perRegion") for kind in ("Choices", "Number") for e in root.iter(kind)} == {"true"}
    names = {e.get("name") for e in root.iter() if e.get("name")}
    assert names == {"label", "text", "type", "status", "aggregate", "kind", "low", "high", "approx"}
    assert {e.get("toName") for e in root.iter() if e.get("toName")} == {"text"}
    assert "perpetrator" in [e.get("value") for e in root.iter("Relation")]


def test_the_labelling_configuration_is_right_to_left_and_names_every_control() -> None:
    root = ElementTree.fromstring(labelling_config())
    (style,) = root.iter("Style")
    # The class of the text's element in a running Label Studio 1.23.2; the text's own attributes cannot set a direction.
    assert ".lsf-htx-richtext, .htx-richtext { white-space: pre-wrap; direction: rtl;" in str(style.text)
    named = {e[1].get("name"): e[0].get("value") for e in root.iter("View") if len(e) == 2 and e[0].tag == "Header"}
    assert [name for name, caption in named.items() if not str(caption).startswith(str(name))] == []
    assert set(named) == {"type", "status", "aggregate", "kind", "low", "high", "approx"}


def test_brat_writes_fragments_over_line_breaks_and_reads_gaps(tmp_path: Path) -> None:
    document = Annotated("a/b", "مدينة\nحلب هنا", (AnnotatedSpan("s1", "LOCATION", 0, 9),))
    write([document], tmp_path, "brat")
    assert (tmp_path / "a%2Fb.ann").read_text(encoding="utf-8") == "T1\tLOCATION 0 5;6 9\tمدينة حلب\n"
    assert all_of(tmp_path, "brat") == [replace(document, spans=(AnnotatedSpan("T1", "LOCATION", 0, 9),))]
    (tmp_path / "a%2Fb.ann").write_text("T1\tLOCATION 0 5;10 13\tx\nN1\tReference T1 W:1\tx\n", encoding="utf-8")
    losses = Losses()
    (back,) = all_of(tmp_path, "brat", losses)
    assert (back.spans[0].start, back.spans[0].end) == (0, 13)
    assert losses.counts == {"spans with a gap, made whole": 1, "lines of another kind than T, E, R, A and #": 1}


def test_doccano_plain_labels_and_conll_of_others_are_read(tmp_path: Path) -> None:
    (tmp_path / "d.jsonl").write_text(json.dumps({"id": 3, "text": TEXT, "label": [[0, 3, "TRIGGER"]], "Comments": []}) + "\n")
    (document,) = all_of(tmp_path / "d.jsonl", "doccano")
    assert [(s.label, s.start, s.end) for s in document.spans] == [("TRIGGER", 0, 3)]
    (tmp_path / "c.conll").write_text(
        "-DOCSTART- O\n\nقصف B-TRIGGER\nمدينة B-LOCATION\nحلب I-LOCATION\n\n# O\nثم I-DATE\n", encoding="utf-8"
    )
    losses = Losses()
    (document,) = all_of(tmp_path / "c.conll", "conll", losses)
    assert document.text == "قصف مدينة حلب\n# ثم"
    assert [(s.label, document.text[s.start : s.end]) for s in document.spans] == [
        ("TRIGGER", "قصف"),
        ("LOCATION", "مدينة حلب"),
        ("DATE", "ثم"),
    ]
    assert losses.counts == {"tags I- that begin a span, read as B-": 1}


@pytest.mark.parametrize(
    ("format", "content", "said"),
    [
        ("standoff", '{"id": "a", "spans": []}', "field 'text': got nothing"),
        ("label-studio", '{"a": 1}', "expected a list of tasks"),
        ("label-studio", '[{"data": {}}]', "task 1: field 'data.text'"),
        ("label-studio", "[", "not JSON"),
        (
            "doccano",
            '{"id": 1, "text": "x", "entities": [{"id": 1, "label": "PER", "start_offset": 0, "end_offset": 1}]}',
            "got the label 'PER'",
        ),
        ("conll", '# text = "ab"\nac\tO\n', "got the token 'ac'"),
        ("conll", "ab B-PER\n", "got the tag 'B-PER'"),
        ("brat", "", "got no folder"),
        ("datasets", "", "cannot be read as a folder of datasets"),
    ],
)
def test_bad_input_is_a_fault_that_says_where(format: str, content: str, said: str, tmp_path: Path) -> None:
    skip_without(format)
    path = tmp_path / "in"
    path.write_text(content + "\n", encoding="utf-8")
    done = convert(path, tmp_path / "out", from_=format, to="standoff")
    assert done.documents == 0
    assert said in str(done.faults[0])


def test_a_bad_document_costs_no_good_one(tmp_path: Path) -> None:
    good = {"id": "a", "text": TEXT, "spans": [], "events": []}
    (tmp_path / "in.jsonl").write_text("\n".join(json.dumps(d) for d in (good, {"id": "b"}, {**good, "id": "c"})), encoding="utf-8")
    done = convert(tmp_path / "in.jsonl", tmp_path / "out", from_="standoff", to="brat")
    assert (done.documents, [fault.line for fault in done.faults]) == (2, [2])


@pytest.mark.parametrize(
    ("format", "bad", "said"),
    [
        ("doccano", {"entities": 5}, "field 'entities': got int, expected a list"),
        ("doccano", {"label": 5}, "field 'label': got int, expected a list"),
        ("doccano", {"entities": [], "relations": 5}, "field 'relations': got int, expected a list"),
        (
            "standoff",
            {"spans": [{"id": [1], "label": "TRIGGER", "start": 0, "end": 3}]},
            "field 'spans[0].id': got list, expected a string",
        ),
        ("standoff", {"text": "قصف \ud83d"}, "field 'text': got a lone surrogate (U+D83D) at character 4"),
        ("standoff", {"outlet": "\ud83d"}, "field 'about': got a lone surrogate (U+D83D)"),
    ],
)
def test_a_bad_line_costs_no_other(format: str, bad: dict[str, Any], said: str, tmp_path: Path) -> None:
    lines = [{"id": "a", "text": TEXT}, {"id": "b", "text": TEXT, **bad}, {"id": "c", "text": TEXT}]
    (tmp_path / "in.jsonl").write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    done = convert(tmp_path / "in.jsonl", tmp_path / "out", from_=format, to="standoff")
    assert (done.documents, [fault.line for fault in done.faults]) == (2, [2])
    assert said in str(done.faults[0])


@pytest.mark.parametrize(
    ("ann", "said"),
    [
        ("T1\tTRIGGER 0 3\tقصف\nR1\tVictim X:T1 Y:T1\n", "b.ann:2: got 'R1\\tVictim X:T1 Y:T1', expected a line of brat"),
        ("T1\tNUMBER 0 3\tقصف\nA1\tKind T1 killed\n#1\tAnnotatorNotes T1\tlow=3.5\n", "b.ann:3: got '#1\\tAnnotatorNotes T1\\tlow=3.5'"),
        ("T1\tNUMBER 0 3\tقصف\n#1\tAnnotatorNotes T1\tscore=1.2.3\n", "b.ann:2: got '#1"),
    ],
)
def test_a_bad_file_of_brat_costs_no_other(ann: str, said: str, tmp_path: Path) -> None:
    for name in "abc":
        (tmp_path / f"{name}.txt").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.ann").write_text(ann, encoding="utf-8")
    first, fault, third = read(tmp_path, "brat")
    assert (isinstance(first, Annotated), isinstance(third, Annotated)) == (True, True)
    assert said in str(fault)


def changed(value: Any, odd: Any) -> Iterator[Any]:
    """`value` with each part of it, one after the other, replaced by `odd`."""
    yield odd
    parts: Iterable[tuple[Any, Any]] = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, part in parts:
        for other in changed(part, odd):
            yield {**value, key: other} if isinstance(value, dict) else [*value[:key], other, *value[key + 1 :]]


ODD_VALUES = [None, True, 5, -1, 3.5, float("nan"), 10**30, "", "x", "\ud83d", [], [1], [None], {}, {"a": 1}]


@pytest.mark.parametrize("format", ["standoff", "label-studio", "label-studio-predictions", "doccano"])
def test_whatever_is_wrong_in_a_document_it_costs_no_other(format: str, tmp_path: Path) -> None:
    spans = (AnnotatedSpan("t", "TRIGGER", 0, 3, 0.5), AnnotatedSpan("a", "ACTOR", 4, 9), AnnotatedSpan("n", "NUMBER", 42, 43))
    casualties = (AnnotatedCasualty("killed", 7, 7, True, "n", ("a",)), AnnotatedCasualty("wounded", victims=("a",), part_of=0))
    event = AnnotatedEvent("shelling", "denied", True, ("t",), ("a",), casualties=casualties, confidence=0.5)
    write([Annotated("d", TEXT, spans, (event,), {"outlet": "x"})], tmp_path / "good", format)
    content = (tmp_path / "good").read_text(encoding="utf-8")
    lines = format in ("standoff", "doccano")
    good = json.loads(content) if lines else json.loads(content)[0]
    bad = [json.dumps(other) for odd in ODD_VALUES for other in changed(good, odd)]
    documents = [document.replace('"d"', f'"d{n}"') for n, document in enumerate(bad)]  # each with an id of its own
    (tmp_path / "in").write_text("\n".join(documents) if lines else f"[{','.join(documents)}]", encoding="utf-8")
    items = list(read(tmp_path / "in", format))
    assert len(items) == len(documents)
    sound = [item for item in items if isinstance(item, Annotated)]
    assert len(documents) / 10 < len(sound) < len(documents)
    for other in ("standoff", "label-studio", "doccano", "brat", "conll"):
        write(sound, tmp_path / f"out-{other}", other)


def test_unknown_formats_and_writing_over_the_input_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="got 'csv', expected one of standoff, label-studio"):
        convert(tmp_path / "none", tmp_path / "out", from_="standoff", to="csv")
    with pytest.raises(InputError, match="would be overwritten"):
        convert(CORPUS, CORPUS, from_="standoff", to="conll")


@pytest.mark.parametrize("content", [None, "[", "[]", '[{"data": {}}]'])
def test_nothing_readable_leaves_the_target_as_it_was(content: str | None, tmp_path: Path) -> None:
    source, target = tmp_path / "in.json", tmp_path / "keep.jsonl"
    if content is not None:
        source.write_text(content, encoding="utf-8")
    target.write_text("old", encoding="utf-8")
    result = CliRunner().invoke(app, ["convert", str(source), "--from", "label-studio", "--to", "standoff", "-o", str(target)])
    assert result.exit_code == 2
    assert target.read_text(encoding="utf-8") == "old"
    assert f"{target}: nothing is written" in result.stderr


@pytest.mark.parametrize("format", ["standoff", "label-studio", "doccano", "conll"])
def test_a_file_that_is_not_written_whole_leaves_the_old_one(corpus: list[Annotated], format: str, tmp_path: Path) -> None:
    def broken_off() -> Iterator[Annotated]:
        yield from corpus[:20]
        raise OSError(28, "No space left on device")

    (tmp_path / "keep").write_text("old", encoding="utf-8")
    with pytest.raises(InputError, match="keep: cannot be written: No space left on device"):
        write(broken_off(), tmp_path / "keep", format)
    assert [(p.name, p.read_text(encoding="utf-8")) for p in tmp_path.iterdir()] == [("keep", "old")]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no links and pipes")
def test_a_link_or_a_pipe_is_written_to_and_not_replaced(corpus: list[Annotated], tmp_path: Path) -> None:
    (tmp_path / "there").write_text("old", encoding="utf-8")
    (tmp_path / "link").symlink_to(tmp_path / "there")
    write(corpus, tmp_path / "link", "standoff")
    assert (tmp_path / "link").is_symlink()
    assert len(all_of(tmp_path / "there", "standoff")) == len(corpus)
    os.mkfifo(tmp_path / "pipe")
    with ThreadPoolExecutor(1) as pool:
        read_back = pool.submit((tmp_path / "pipe").read_bytes)
        write(corpus, tmp_path / "pipe", "standoff")
        assert read_back.result(60) == (tmp_path / "there").read_bytes()
    assert (tmp_path / "pipe").is_fifo()


def test_the_command_tells_losses_on_standard_error(tmp_path: Path) -> None:
    arguments = ["convert", str(CORPUS), "--from", "standoff", "--to", "conll", "-o", str(tmp_path / "out"), "--json"]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 0
    assert json.loads(result.stdout)["lost"]["write"]["events"]["count"] == 477
    assert "rasid: not held by conll: events: 477, in documents: 138" in result.stderr
