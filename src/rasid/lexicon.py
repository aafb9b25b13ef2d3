"""Reads the reviewable tables under `rasid/data`."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.resources import files


def rows(name: str) -> Iterator[list[str]]:
    """The rows of a tab-separated file under `rasid/data`, without comments (`#`) and blank lines."""
    for line in (files("rasid") / "data" / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield [cell.strip() for cell in line.split("\t")]
