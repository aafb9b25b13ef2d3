"""The spans that a model marks and annotators did not: listed once a report, by offsets, for reports that the model has not seen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")

from commands import REPORTS, ROOT, run

from rasid.package import default_folder


def test_what_is_listed_touches_no_gold_span(tmp_path: Path) -> None:
    reports = [json.loads(line) for line in (ROOT / REPORTS).read_text(encoding="utf-8").splitlines()]
    bare = [{**d, "split": "train", "spans": [], "events": []} for d in reports[:3]]
    full = [{**d, "split": "train"} for d in reports[3:6]]
    (tmp_path / "gold.jsonl").write_text("\n".join(json.dumps(d) for d in [*bare, *full]), encoding="utf-8")
    (tmp_path / "seen.jsonl").write_text(json.dumps({"id": full[2]["id"]}), encoding="utf-8")
    config = tmp_path / "c.yaml"
    data = f"data: {{train: [{tmp_path}/gold.jsonl], dev: []}}"
    config.write_text(f"model: {{name: tiny}}\n{data}\nrun: {{output: runs/x}}\n", encoding="utf-8")
    out = tmp_path / "false.jsonl"
    args = ("training/false_spans.py", default_folder(), config, "--seen", tmp_path / "seen.jsonl", "-o", out)
    process, _ = run(*args)
    assert process.returncode == 0, process.stderr
    rows = {row["id"]: row["spans"] for row in map(json.loads, out.read_text(encoding="utf-8").splitlines())}
    assert list(rows) == [d["id"] for d in [*bare, *full[:2]]]
    assert all(rows[d["id"]] for d in bare)  # without gold spans, whatever is marked is false
    for document in full[:2]:
        gold = [(s["start"], s["end"]) for s in document["spans"]]
        assert not any(start < b and a < end for _, start, end in rows[document["id"]] for a, b in gold)
    process, _ = run(*args)  # a second run adds what is not there yet: nothing
    assert process.stdout.startswith("0 reports")


def test_a_configuration_that_is_not_there(tmp_path: Path) -> None:
    process, _ = run("training/false_spans.py", default_folder(), tmp_path / "no.yaml", "-o", tmp_path / "x.jsonl")
    assert process.returncode == 2
    assert "no.yaml" in process.stderr
