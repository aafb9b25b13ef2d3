"""Varied reports: other names, numbers and spellings, and the annotation still stands on its words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

from recipe.augment import rename_mentions, respell, varied


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
    for copy in varied(reports, 1.0, seed=0):
        old = before[copy["id"]]
        assert copy["events"] == old["events"]
        assert [(i, label) for i, label, _ in words_of(copy)] == [(i, label) for i, label, _ in words_of(old)]
        for _, _, mention in words_of(copy):
            assert mention == mention.strip() != ""
        assert copy["text"] != old["text"]


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
