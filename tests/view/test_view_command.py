"""`rasid view`: what it takes, what it writes, and its exit status."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import rasid
from rasid.cli import app
from rasid.writers import dump_line
from readings import full_reading
from stubs import REPORT, stub_extractor


@pytest.fixture(autouse=True)
def stub_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasid, "load", lambda *_, **__: stub_extractor(), raising=False)


def shown(page: Path) -> list[dict[str, Any]]:
    [block] = re.findall(r'id="data">(.*?)</script>', page.read_text(encoding="utf-8"), re.S)
    documents: list[dict[str, Any]] = json.loads(block)["documents"]
    return documents


def test_reports_and_records_come_on_one_page_in_the_order_of_the_files(tmp_path: Path):
    (tmp_path / "a.txt").write_text(REPORT, encoding="utf-8")
    full = full_reading()
    (tmp_path / "b.jsonl").write_text(dump_line(full.record.to_dict()) + "\n", encoding="utf-8")
    page = tmp_path / "page.html"
    result = CliRunner().invoke(app, ["view", str(tmp_path / "b.jsonl"), str(tmp_path / "a.txt"), "-o", str(page)])
    assert result.exit_code == 0, result.output
    assert [(document["id"], document["text"]) for document in shown(page)] == [("full", None), ("a", REPORT)]


def test_texts_join_records_by_id_and_a_wrong_text_is_a_fault(tmp_path: Path):
    full = full_reading()
    (tmp_path / "r.jsonl").write_text(dump_line(full.record.to_dict()) + "\n", encoding="utf-8")
    (tmp_path / "t.jsonl").write_text(json.dumps({"id": "full", "text": full.text}) + "\n", encoding="utf-8")
    (tmp_path / "w.jsonl").write_text(json.dumps({"id": "full", "text": "نص آخر"}) + "\n", encoding="utf-8")
    page = tmp_path / "page.html"
    run = ["view", str(tmp_path / "r.jsonl"), "-o", str(page), "--texts"]
    assert CliRunner().invoke(app, [*run, str(tmp_path / "t.jsonl")]).exit_code == 0
    assert shown(page)[0]["text"] == full.text
    result = CliRunner().invoke(app, [*run, str(tmp_path / "w.jsonl")])
    assert result.exit_code == 2
    assert "belongs to another text" in result.output


def test_a_bad_line_is_reported_and_the_page_tells(tmp_path: Path):
    path = tmp_path / "a.jsonl"
    path.write_text(json.dumps({"id": "a", "text": REPORT}) + "\nnot json\n", encoding="utf-8")
    result = CliRunner().invoke(app, ["view", str(path), "-o", str(tmp_path / "page.html")])
    assert result.exit_code == 1
    assert "a.jsonl:2" in result.output


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["view", "-o", "x.html"], "got no FILE"),
        (["view", "a.txt", "--lang", "fr", "-o", "x.html"], "expected ar or en"),
        (["view", "--example", "--texts", "a.txt", "-o", "x.html"], "no file of records"),
    ],
)
def test_a_wrong_command_says_why(arguments: list[str], said: str):
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert said in result.output


def test_a_report_without_a_record_is_reported_and_the_rest_is_shown(tmp_path: Path, bad_document: str):
    path = tmp_path / "a.jsonl"
    path.write_text("".join(json.dumps({"id": name, "text": REPORT}) + "\n" for name in ("a", bad_document, "c")), encoding="utf-8")
    page = tmp_path / "page.html"
    result = CliRunner().invoke(app, ["view", str(path), "-o", str(page)])
    assert result.exit_code == 1
    assert [document["id"] for document in shown(page)] == ["a", "c"]
    assert "document 'bad': could not be read" in result.output
