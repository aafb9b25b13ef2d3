"""The worked example: what counts as killed by month and side, and that it runs on its invented reports."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path

import pytest

import rasid
from rasid.document import Document
from rasid.examples.syria import ALLEGED, as_text, killed_by_month_and_side, main, plot
from rasid.records import Casualty, Event, Mention, Record
from stubs import REPORT, stub_extractor

REPORTS = files("rasid") / "data" / "examples" / "syria" / "reports.jsonl"


@pytest.fixture
def pair() -> tuple[Record, Document]:
    document = Document.make({"id": "a", "text": REPORT, "date": "2018-03-02"})
    return stub_extractor().extract(document), document


def changed(pair: tuple[Record, Document], low: int | None = 7, high: int | None = 7, **fields: object) -> tuple[Record, Document]:
    entry = Casualty("killed", low, high, False, Mention("7", 24, 25), (), None, None)
    event: Event = replace(pair[0].events[0], **{"casualties": (entry,), **fields})
    return replace(pair[0], events=(event,)), pair[1]


def test_what_is_denied_planned_or_a_toll_is_left_out_and_counted(pair: tuple[Record, Document]) -> None:
    pairs = [changed(pair, status="denied"), changed(pair, status="planned"), changed(pair, aggregate=True)]
    killed = killed_by_month_and_side([*pairs, changed(pair)])
    assert [cell.low for cell in killed.cells.values()] == [7]
    assert killed.left_out == {"denied": 1, "planned": 1, "toll over a period": 1}
    assert "left out, events with deaths: 1 denied, 1 planned, 1 toll over a period" in as_text(killed)


def test_bounds_add_up_and_stay_open(pair: tuple[Record, Document]) -> None:
    ((_, cell),) = killed_by_month_and_side([changed(pair, 5, 8), changed(pair, 3, 3)]).cells.items()
    assert str(cell) == "8 to 11"
    ((_, cell),) = killed_by_month_and_side([changed(pair, 5, None), changed(pair, 3, 3)]).cells.items()
    assert str(cell) == "8 or more"


def test_what_is_alleged_stands_apart_and_last(pair: tuple[Record, Document]) -> None:
    killed = killed_by_month_and_side([changed(pair, status="alleged"), changed(pair)])
    assert killed.sides[-1] == ALLEGED
    assert len(killed.sides) == 2
    assert {month for month, _ in killed.cells} == {"2018-03"}  # yesterday, from the second of March


def test_the_plot(pair: tuple[Record, Document], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="matplotlib is not installed")
    plot(killed_by_month_and_side([changed(pair, 5, 8)]), tmp_path / "killed.png")
    assert (tmp_path / "killed.png").read_bytes().startswith(b"\x89PNG")


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(rasid, "load", stub_extractor)
    (tmp_path / "a.jsonl").write_text(json.dumps({"id": "a", "text": REPORT, "date": "2018-03-15"}), encoding="utf-8")
    assert main([str(tmp_path / "a.jsonl")]) == 0
    assert "2018-03" in capsys.readouterr().out
    assert main([]) == 0
    assert capsys.readouterr().out.startswith("INVENTED reports")


def test_the_invented_reports_are_marked(shipped_model: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reports = [json.loads(line) for line in REPORTS.read_text(encoding="utf-8").splitlines()]
    assert 20 <= len(reports) <= 25
    assert all(report["invented"] is True for report in reports)
    assert main([]) == 0
    out = capsys.readouterr().out
    assert all(month in out for month in ("2018-01", "2018-02", "2018-03", "2018-04", "2018-05"))
