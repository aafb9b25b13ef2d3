"""The names that users import from `rasid`."""

from __future__ import annotations

import subprocess
import sys

import pytest

import rasid


def test_every_public_name_is_there_and_listed() -> None:
    assert set(rasid.__all__) == set(rasid._PUBLIC)
    for name in rasid.__all__:
        assert getattr(rasid, name).__name__ == name
        assert name in dir(rasid)


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        rasid.lod  # noqa: B018


@pytest.mark.parametrize("statement", ["import rasid", "from rasid import parse_number; parse_number('3')", "from rasid import cli"])
def test_no_model_and_no_torch_is_loaded_before_it_is_needed(statement: str) -> None:
    heavy = "[m for m in ('onnxruntime', 'tokenizers', 'torch', 'transformers') if m in sys.modules]"
    done = subprocess.run([sys.executable, "-c", f"import sys\n{statement}\nprint({heavy})"], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_reading_needs_no_tables_and_no_profiles() -> None:
    """A module imports only what lies before it; the tables come when they are asked for."""
    later = "[m for m in ('rasid.frames', 'rasid.tables', 'rasid.writers', 'rasid.profiles') if m in sys.modules]"
    done = subprocess.run(
        [sys.executable, "-c", f"import sys, rasid.extractor\nprint({later})"], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
