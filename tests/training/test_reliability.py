"""The reliability plot: drawn from the evaluator's figures; another file is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

pytest.importorskip("matplotlib", reason="the training extra is not installed")
pytest.importorskip("pydantic")

import numpy as np

import reliability
from rasid.calibration import Outcomes, calibrate
from rasid.errors import InputError
from recipe.plots import pyplot


def test_it_is_drawn(tmp_path: Path) -> None:
    found = Outcomes(np.asarray([0.9, 0.8, 0.2]), np.asarray([True, True, False]), np.asarray([0, 0, 1]), 2, 3, 0)
    figures = calibrate(found, samples=10).to_dict()
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"calibration": {"spans": figures, "events": figures}}), encoding="utf-8")
    reliability.draw({"dev": reliability.read_figures(path)}, tmp_path / "r.png", pyplot())
    assert (tmp_path / "r.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("content", ["{", "[]", '{"scores": {}}'])
def test_a_file_without_calibration(tmp_path: Path, content: str) -> None:
    path = tmp_path / "x.json"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(InputError):
        reliability.read_figures(path)
