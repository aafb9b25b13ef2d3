"""The model measured on other spellings: offsets hold, and each way changes what it says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

from commands import REPORTS, ROOT, run

import measure_spelling


def test_each_way_keeps_the_length_and_changes_something() -> None:
    text = "أعلن: «قُتل 3 أشخاص»، في قرية سلمى (٢٠١٤)"
    for name, way in measure_spelling.WAYS.items():
        spelt = text.translate(str.maketrans(way))
        assert len(spelt) == len(text)
        assert (spelt == text) == (name == "as it is")


def test_the_table_has_a_row_for_each_way(tmp_path: Path) -> None:
    lines = [line for line in (ROOT / REPORTS).read_text(encoding="utf-8").splitlines() if json.loads(line)["split"] == "test"]
    (tmp_path / "gold.jsonl").write_text("\n".join(lines[:3]), encoding="utf-8")
    process, _ = run("training/measure_spelling.py", tmp_path / "gold.jsonl")
    assert process.returncode == 0, process.stderr
    head, *rows = process.stdout.splitlines()
    assert "facts" in head
    assert len(rows) == len(measure_spelling.WAYS)
    assert all(0 < float(row.split()[-6]) <= 100 for row in rows)  # spans


def test_a_file_that_is_not_there() -> None:
    process, _ = run("training/measure_spelling.py", "nowhere.jsonl")
    assert process.returncode == 2
    assert "nowhere.jsonl" in process.stderr
