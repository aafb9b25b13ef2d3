"""`rasid batch` on the command line."""

from __future__ import annotations

from pathlib import Path

import pytest
from archives import STUB, archive, results, run
from typer.testing import CliRunner, Result

import rasid.batching
from rasid.cli import app


@pytest.fixture(autouse=True)
def _stubbed(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = rasid.batching.batch
    monkeypatch.setattr(rasid.batching, "batch", lambda *a, **k: whole(*a, **{**k, "loader": STUB}))


def command(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["batch", *map(str, arguments)])


def test_an_archive_becomes_a_folder(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 12)
    done = command(path, "--output", tmp_path / "out", "--workers", 0, "--shard-documents", 5, "--profile", "acled")
    assert done.exit_code == 0, done.output
    assert "12 documents (0 copies)" in done.stderr
    run(path, tmp_path / "python", profiles=["acled"])
    assert results(tmp_path / "out") == results(tmp_path / "python")
    again = command(path, "--output", tmp_path / "out", "--workers", 0, "--shard-documents", 5, "--profile", "acled")
    assert "12 were done before" in again.stderr


def test_the_status_says_that_some_failed_and_the_summary_why(tmp_path: Path) -> None:
    done = command(archive(tmp_path / "in.jsonl", 12, broken=6), "-o", tmp_path / "out", "--workers", 0)
    assert done.exit_code == 1
    assert "2 items gave no record" in done.stderr
    assert "2 × not JSON" in done.stderr


def test_nothing_readable_is_status_2(tmp_path: Path) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text("{\n", encoding="utf-8")
    assert command(path, "-o", tmp_path / "out", "--workers", 0).exit_code == 2
    missing = command(tmp_path / "none.jsonl", "-o", tmp_path / "out")
    assert missing.exit_code == 2
    assert "no such file" in missing.stderr


def test_dry_run_counts_and_writes_nothing(tmp_path: Path) -> None:
    planned = command(archive(tmp_path / "in.jsonl", 12, copies=3), "-o", tmp_path / "out", "--dry-run", "--shard-documents", 5)
    assert planned.exit_code == 0
    assert "15 documents" in planned.stdout
    assert "3 copies" in planned.stdout
    assert "3 shards, of which 0 are done" in planned.stdout
    assert not (tmp_path / "out").exists()


def test_status_of_a_folder(tmp_path: Path) -> None:
    run(archive(tmp_path / "in.jsonl", 12), tmp_path / "out")
    said = command("status", tmp_path / "out")
    assert said.exit_code == 0
    assert "finished: shards done: 3" in said.stdout
    assert "12 documents" in said.stdout
    assert command("status", tmp_path).exit_code == 2


def test_a_wrong_command_says_what_was_expected(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 3)
    assert "expected a folder" in command(path).stderr
    assert "expected local or ray" in command(path, "-o", tmp_path / "o", "--engine", "spark").stderr
    options = ("--ray-address", "foo:1", "--ray-cpus", 0)
    assert "got --ray-address, --ray-cpus, expected it with --engine ray only" in command(path, "-o", tmp_path / "o", *options).stderr
    assert "cpus: got 0, expected more than 0" in command(path, "-o", tmp_path / "o", "--engine", "ray", "--ray-cpus", 0).stderr
    assert "expected some of jsonl" in command(path, "-o", tmp_path / "o", "--formats", "xml").stderr
