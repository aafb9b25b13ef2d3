"""Mends: each line changes what it names and nothing else; one that fits nothing is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

from rasid.errors import InputError
from recipe.config import ROOT
from recipe.data import read_gold
from recipe.mends import mended

DOCUMENT: dict[str, Any] = {
    "id": "d",
    "text": "قتل رجل وآخرون",
    "spans": [
        {"id": "t", "label": "TRIGGER", "start": 0, "end": 3},
        {"id": "a", "label": "ACTOR", "start": 4, "end": 7},
        {"id": "b", "label": "ACTOR", "start": 8, "end": 14},
    ],
    "events": [
        {
            "triggers": ["t"],
            "targets": ["a"],
            "date": None,
            "casualties": [{"kind": "killed", "number": None, "victims": ["a", "b"], "low": 2, "high": None}],
        }
    ],
}


def mend(folder: Path, *lines: object) -> dict[str, Any]:
    path = folder / "mends.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    [out] = mended([DOCUMENT], path)
    return out


def test_an_event_is_given_the_spans_of_a_role(tmp_path: Path) -> None:
    out = mend(tmp_path, {"id": "d", "event": 0, "targets": ["a", "b"], "reason": "victims are targets"})
    assert out["events"][0]["targets"] == ["a", "b"]
    assert out["spans"] == DOCUMENT["spans"]
    assert DOCUMENT["events"][0]["targets"] == ["a"]


def test_a_dropped_span_is_dropped_everywhere(tmp_path: Path) -> None:
    out = mend(tmp_path, {"id": "d", "drop": "a", "reason": "none"})
    assert [s["id"] for s in out["spans"]] == ["t", "b"]
    assert out["events"][0]["targets"] == []
    assert out["events"][0]["casualties"][0]["victims"] == ["b"]


def test_a_span_is_given_other_edges(tmp_path: Path) -> None:
    out = mend(tmp_path, {"id": "d", "span": "b", "start": 9, "end": 14, "reason": "none"})
    assert out["spans"][2] == {"id": "b", "label": "ACTOR", "start": 9, "end": 14}


@pytest.mark.parametrize(
    "line",
    [
        {"id": "other", "drop": "a"},
        {"id": "d", "drop": "z"},
        {"id": "d", "event": 3, "targets": []},
        {"id": "d"},
        {"id": "d", "event": 0, "targets": ["z"]},
    ],
)
def test_a_mend_that_fits_nothing_is_named(tmp_path: Path, line: object) -> None:
    with pytest.raises(InputError, match=r"mends\.jsonl:2: got a mend that fits no document"):
        mend(tmp_path, {"id": "d", "drop": "a"}, line)


def test_the_list_for_the_shared_reports_fits_them(shared_folder: Path) -> None:
    documents = read_gold(shared_folder / "corpus" / "train.jsonl")
    before = {d["id"]: d for d in documents}
    changed = [d["id"] for d in mended(documents, ROOT / "training" / "corpus" / "train_mends.jsonl") if d != before[d["id"]]]
    assert len(changed) > 30
