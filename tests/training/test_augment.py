"""Varied reports: other names, numbers and spellings, and the annotation still stands on its words."""

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
