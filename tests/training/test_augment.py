"""Varied reports: other names, numbers and spellings, cut short or run together, and the annotation still stands on its words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

from recipe.augment import leave_out_sentences, rename_mentions, respell, varied


def words_of(document: dict[str, Any]) -> list[tuple[str, str, str]]:
    return [(s["id"], s["label"], document["text"][s["start"] : s["end"]]) for s in sorted(document["spans"], key=lambda s: s["start"])]


def test_the_share_of_the_documents_is_varied_and_the_same_for_the_same_seed(reports: list[dict[str, Any]]) -> None:
    half = varied(reports[:40], 0.5, seed=1)
    assert len(half) == 20
    assert half == varied(reports[:40], 0.5, seed=1)
    assert half != varied(reports[:40], 0.5, seed=2)
    assert varied(reports[:40], 0.0, seed=1) == []


def test_every_copy_differs_from_its_document_and_keeps_its_annotation(reports: list[dict[str, Any]]) -> None:
    before = {d["id"]: d for d in reports}
    whole = 0
    for copy in varied(reports, 1.0, seed=0):
        old = before[copy["id"]]
        labels = {i: label for i, label, _ in words_of(old)}
        assert all(labels[i] == label for i, label, _ in words_of(copy))
        if len(copy["spans"]) == len(old["spans"]):
            whole += 1
            assert copy["events"] == old["events"]
        for _, _, mention in words_of(copy):
            assert mention == mention.strip() != ""
        assert copy["text"] != old["text"]
    assert 0.4 < whole / len(reports) < 1  # the others were cut short


def test_the_words_between_the_names_stay() -> None:
    document = {"id": "d", "text": "قصف حلب، ثم حلب.", "spans": [place("a", 4, 7), place("b", 12, 15)], "events": []}
    names = {("LOCATION", "1", "", ""): ["حمص"]}
    for seed in range(8):
        text = rename_mentions(document, names, np.random.default_rng(seed))["text"]
        assert text in ("قصف حلب، ثم حلب.", "قصف حمص، ثم حمص.")  # the same name is always swapped for the same one


def place(name: str, start: int, end: int) -> dict[str, Any]:
    return {"id": name, "label": "LOCATION", "start": start, "end": end}


def test_digits_that_change_the_counted_noun_stay() -> None:
    document = {"id": "d", "text": "قتل 2 وجرح 57", "spans": [number("a", 4, 5), number("b", 11, 13)], "events": []}
    texts = {rename_mentions(document, {}, np.random.default_rng(seed))["text"] for seed in range(20)}
    assert len(texts) > 5
    assert all(text.startswith("قتل 2 وجرح ") and len(text) == 13 and not set(text[11:]) & set("012") for text in texts)


def number(name: str, start: int, end: int) -> dict[str, Any]:
    return {"id": name, "label": "NUMBER", "start": start, "end": end}


def test_another_spelling_is_as_long_as_the_text() -> None:
    text = "أعلنت «كتيبة» في إدلب، أمس، (الجمعة) مقتل فتى"
    for seed in range(10):
        other = respell(text, np.random.default_rng(seed))
        assert len(other) == len(text)
        assert other != text


# sentences left out

# "Aircraft bombed Aleppo. 5 civilians were killed. The army denied bombing Homs."
TEXT = "قصف الطيران حلب. وقتل 5 مدنيين. ونفى الجيش قصف حمص."


def spot(name: str, label: str, words: str, after: int = 0) -> dict[str, Any]:
    start = TEXT.index(words, after)
    return {"id": name, "label": label, "start": start, "end": start + len(words)}


REPORT = {
    "id": "d",
    "text": TEXT,
    "spans": [
        spot("bombed", "TRIGGER", "قصف"),
        spot("aircraft", "ACTOR", "الطيران"),
        spot("aleppo", "LOCATION", "حلب"),
        spot("killed", "TRIGGER", "قتل"),
        spot("five", "NUMBER", "5"),
        spot("civilians", "ACTOR", "مدنيين"),
        spot("army", "ACTOR", "الجيش"),
        spot("bombing", "TRIGGER", "قصف", 30),
        spot("homs", "LOCATION", "حمص"),
    ],
    "events": [
        {
            "type": "airstrike",
            "triggers": ["bombed", "killed"],
            "perpetrators": ["aircraft"],
            "targets": [],
            "locations": ["aleppo"],
            "sources": [],
            "date": None,
            "casualties": [{"kind": "killed", "number": "five", "victims": ["civilians"], "part_of": None}],
        },
        {
            "type": "shelling",
            "triggers": ["bombing"],
            "perpetrators": ["army"],
            "targets": [],
            "locations": ["homs"],
            "sources": ["army"],
            "date": None,
            "casualties": [],
        },
    ],
}


def shortened() -> dict[str, dict[str, Any]]:
    """All shortened forms of the report, by their text."""
    forms = (leave_out_sentences(REPORT, np.random.default_rng(seed)) for seed in range(200))
    return {form["text"]: form for form in forms}


def test_sentences_are_left_out_but_never_all() -> None:
    first, second, third = "قصف الطيران حلب. ", "وقتل 5 مدنيين. ", "ونفى الجيش قصف حمص."
    assert set(shortened()) == {first, second, third, first + second, first + third, second + third, TEXT}


def test_the_spans_that_are_left_stand_on_their_words() -> None:
    old = {name: words for name, _, words in words_of(REPORT)}
    for form in shortened().values():
        assert all(words == old[name] for name, _, words in words_of(form))


def test_what_a_sentence_alone_told_goes_with_it() -> None:
    forms = shortened()
    (airstrike,) = forms["قصف الطيران حلب. "]["events"]
    assert (airstrike["triggers"], airstrike["perpetrators"], airstrike["casualties"]) == (["bombed"], ["aircraft"], [])
    (airstrike,) = forms["وقتل 5 مدنيين. "]["events"]
    assert (airstrike["triggers"], airstrike["locations"]) == (["killed"], [])
    assert airstrike["casualties"] == REPORT["events"][0]["casualties"]
    (shelling,) = forms["ونفى الجيش قصف حمص."]["events"]
    assert shelling == REPORT["events"][1]


def test_spans_whose_event_went_have_no_part_any_more() -> None:
    early = {"id": "d", "text": TEXT, "spans": REPORT["spans"], "events": [{**REPORT["events"][1], "locations": ["aleppo", "homs"]}]}
    forms = (leave_out_sentences(early, np.random.default_rng(seed)) for seed in range(200))
    form = next(f for f in forms if f["text"] == "قصف الطيران حلب. ")
    assert form["events"] == []
    assert {s["id"]: s.get("false", False) for s in form["spans"]} == {"bombed": False, "aircraft": False, "aleppo": True}


def test_parts_still_name_their_wholes() -> None:
    entries = [
        {"kind": "killed", "number": None, "victims": ["army"], "part_of": None},
        {"kind": "killed", "number": "five", "victims": [], "part_of": None},
        {"kind": "killed", "number": None, "victims": ["civilians"], "part_of": 1},
        {"kind": "killed", "number": None, "victims": ["civilians"], "part_of": 0},
    ]
    document = {**REPORT, "events": [{**REPORT["events"][0], "casualties": entries}]}
    forms = (leave_out_sentences(document, np.random.default_rng(seed)) for seed in range(200))
    form = next(f for f in forms if f["text"] == "قصف الطيران حلب. وقتل 5 مدنيين. ")
    assert [c["part_of"] for c in form["events"][0]["casualties"]] == [None, 0, None]


def cut(document: dict[str, Any], text: str) -> dict[str, Any]:
    """The form of `document` with that text."""
    forms = (leave_out_sentences(document, np.random.default_rng(seed)) for seed in range(400))
    return next(f for f in forms if f["text"] == text)


def marked(text: str, *spans: tuple[str, str, str], **event: Any) -> dict[str, Any]:
    """A document of one event; spans by name, label and words, each found behind the one before."""
    at, made = 0, []
    for name, label, words in spans:
        start = text.index(words, at)
        made.append({"id": name, "label": label, "start": start, "end": start + len(words)})
        at = start + len(words)
    empty = {role: [] for role in ("perpetrators", "targets", "locations", "sources")}
    return {"id": "d", "text": text, "spans": made, "events": [{"type": "attack", **empty, "date": None, "casualties": [], **event}]}


def test_a_figure_said_again_is_counted_where_it_is_said_again() -> None:
    # "An attack on a market kills 9 on Monday. It killed 9 on Monday."
    document = marked(
        "هجوم على سوق يقتل 9 الاثنين. وقتل 9 الاثنين.",
        ("attack", "TRIGGER", "هجوم"),
        ("nine", "NUMBER", "9"),
        ("monday", "DATE", "الاثنين"),
        ("killed", "TRIGGER", "قتل"),
        ("again", "NUMBER", "9"),
        ("the-same-day", "DATE", "الاثنين"),
        triggers=["attack", "killed"],
        date="monday",
        casualties=[{"kind": "killed", "number": "nine", "victims": [], "part_of": None}],
    )
    (event,) = cut(document, "وقتل 9 الاثنين.")["events"]
    assert (event["casualties"][0]["number"], event["date"]) == ("again", "the-same-day")


def test_a_document_whose_figure_would_go_without_its_victims_stays_whole() -> None:
    # "9 were killed. The attack hit soldiers."
    document = marked(
        "قتل 9. وأصاب الهجوم جنودا.",
        ("killed", "TRIGGER", "قتل"),
        ("nine", "NUMBER", "9"),
        ("attack", "TRIGGER", "الهجوم"),
        ("soldiers", "ACTOR", "جنودا"),
        triggers=["killed", "attack"],
        casualties=[{"kind": "killed", "number": "nine", "victims": ["soldiers"], "part_of": None}],
    )
    texts = {leave_out_sentences(document, np.random.default_rng(seed))["text"] for seed in range(200)}
    assert texts == {document["text"], "قتل 9. "}


def test_an_entry_that_a_trigger_tells_stays_with_that_trigger() -> None:
    # "An attack in Homs. There were dead (qatla)."
    entry = {"kind": "killed", "number": None, "victims": [], "part_of": None}
    document = marked(
        "هجوم في حمص. وسقط قتلى.",
        ("attack", "TRIGGER", "هجوم"),
        ("dead", "TRIGGER", "قتلى"),
        triggers=["attack", "dead"],
        casualties=[entry],
    )
    assert cut(document, "هجوم في حمص. ")["events"][0]["casualties"] == []
    assert cut(document, "وسقط قتلى.")["events"][0]["casualties"] == [entry]


def test_an_opening_mark_goes_with_the_sentence_that_it_opens() -> None:
    document = marked(
        "قتل جندي. «هجوم» في حمص.", ("killed", "TRIGGER", "قتل"), ("attack", "TRIGGER", "هجوم"), triggers=["killed", "attack"]
    )
    assert cut(document, "قتل جندي. ")["spans"] == document["spans"][:1]
    assert words_of(cut(document, "«هجوم» في حمص.")) == [("attack", "TRIGGER", "هجوم")]
