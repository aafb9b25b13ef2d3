"""Clears the folder of an earlier run, and nothing that no run has made."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from rasid.errors import ConfigError


def clear_run(out: Path, *marks: str) -> None:
    """Remove `out` with all that is in it; nothing happens where it does not exist.

    Args:
        marks: patterns of the files by which a run's folder is known, such as `config.yaml`.

    Raises:
        ConfigError: where the folder holds something, but none of these.
    """
    if not out.is_dir():
        return
    if any(out.iterdir()) and not any(next(out.glob(mark), None) for mark in marks):
        raise ConfigError(f"{out}: got --fresh for a folder without {' or '.join(marks)}, expected one that a run has made")
    shutil.rmtree(out)


def is_main_process() -> bool:
    """Whether this process is the first, or the only one, of those that `accelerate launch` has started."""
    return int(os.environ.get("RANK", "0")) == 0
