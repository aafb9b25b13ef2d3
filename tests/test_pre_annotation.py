"""Pre-annotated tasks: what the model read, the least sure report first, with the configuration beside it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import rasid
from rasid.cli import app
from rasid.convert.document import Losses
from rasid.convert.label_studio import from_task
from rasid.convert.label_studio_config import labelling_config
from rasid.convert.standoff import from_record
from rasid.document import Document
from rasid.pre_annotation import make_tasks, sureness
from rasid.records import Record
from stubs import DENIAL, REPORT, stub_extractor


def read(text: str, name: str = "a") -> tuple[Record, Document]:
    document = Document.make({"id": name, "text": text, "date": "2020-01-02", "outlet": "x"})
    return stub_extractor().extract(document), document


def with_scores(record: Record, spans: float, events: float) -> Record:
    return replace(
        record,
        spans=tuple(replace(span, score=spans) for span in record.spans),
        events=tuple(replace(event, confidence=events) for event in record.events),
    )


def test_sureness_is_the_mean_of_two_means() -> None:
    record, _ = read(REPORT)
    assert sureness(with_scores(record, 0.9, 0.5)) == 0.7
    assert sureness(replace(with_scores(record, 0.9, 0.5), events=())) == 0.9
    assert sureness(replace(record, spans=(), events=())) is None  # unknown, not sure


def test_the_least_sure_come_first_with_their_score() -> None:
    (sure, a), (unsure, b) = read(REPORT, "sure"), read(REPORT, "unsure")
    tasks = make_tasks([(with_scores(sure, 0.9, 0.9), a), (with_scores(unsure, 0.8, 0.4), b)])
    assert [task["data"]["id"] for task in tasks] == ["unsure", "sure"]
    assert [task["predictions"][0]["score"] for task in tasks] == [0.6, 0.9]


def test_a_task_holds_all_that_was_read() -> None:
    record, document = read(f"{REPORT} {DENIAL}")
    (task,) = make_tasks([(record, document)])
    losses = Losses()
    assert from_task(task, losses).renamed() == from_record(record, document).renamed()
    assert not losses
    assert task["data"]["date"] == "2020-01-02"
    assert from_task(task, losses).events[1].status == "denied"


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasid, "load", lambda path=None, *, threads=None: stub_extractor())
    (tmp_path / "in.jsonl").write_text(
        "".join(json.dumps({"id": n, "text": t}) + "\n" for n, t in (("a", REPORT), ("b", DENIAL), ("c", "x")))
    )
    result = CliRunner().invoke(app, ["annotate", str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "tasks.json")])
    assert result.exit_code == 1  # one is not Arabic
    assert {task["data"]["id"] for task in json.loads((tmp_path / "tasks.json").read_text(encoding="utf-8"))} == {"a", "b"}
    assert (tmp_path / "tasks.xml").read_text(encoding="utf-8") == labelling_config()
    again = CliRunner().invoke(app, ["annotate", str(tmp_path / "in.jsonl"), "-o", str(tmp_path / "in.jsonl")])
    assert (again.exit_code, "would be overwritten" in again.stderr) == (2, True)
