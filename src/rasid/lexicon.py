"""Reads the reviewable tables under `rasid/data`, and the nearest ACLED type of an event from its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib.resources import files

from rasid.records import Acled


def rows(name: str) -> Iterator[list[str]]:
    """The rows of a tab-separated file under `rasid/data`, without comments (`#`) and blank lines."""
    for line in (files("rasid") / "data" / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield [cell.strip() for cell in line.split("\t")]


def acled_type(event_type: str, casualty_kinds: Iterable[str]) -> Acled | None:
    """The nearest ACLED type; None where ACLED has none. `casualty_kinds` is not used yet by any row."""
    found = _acled().get(event_type)
    return Acled(*found) if found else None


@lru_cache(maxsize=1)
def _acled() -> dict[str, tuple[str, str]]:
    return {row[0]: (row[1], row[2]) for row in rows("lexicon/acled_types.tsv")}
