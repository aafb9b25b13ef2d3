"""Folders of runs: what a run has made is cleared, what it has not is never."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pydantic", reason="the training extra is not installed")

from rasid.errors import ConfigError
from recipe.folders import clear_run


def test_a_runs_folder_is_cleared(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.yaml").touch()
    clear_run(folder, "config.yaml")
    assert not folder.exists()


def test_a_folder_that_no_run_has_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("three years", encoding="utf-8")
    with pytest.raises(
        ConfigError, match=r"got --fresh for a folder without seed-\*/settings\.json or config\.yaml, expected one that a run"
    ):
        clear_run(tmp_path, "seed-*/settings.json", "config.yaml")
    assert (tmp_path / "thesis.txt").read_text(encoding="utf-8") == "three years"


def test_an_empty_folder_and_none_are_no_fault(tmp_path: Path) -> None:
    clear_run(tmp_path / "none", "config.yaml")
    (tmp_path / "empty").mkdir()
    clear_run(tmp_path / "empty", "config.yaml")
