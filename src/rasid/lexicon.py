"""Small reviewable lexicons: the ACLED type of an event, and who counts as a civilian."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from importlib.resources import files

from rasid.fold import fold
from rasid.records import Acled

_PROCLITICS = ("وال", "بال", "كال", "فال", "لل", "ال", "و", "ب", "ل", "ف", "ك")


def rows(name: str) -> Iterator[list[str]]:
    """The rows of a tab-separated file under `rasid/data`, without comments (`#`) and blank lines."""
    for line in (files("rasid") / "data" / name).read_text(encoding="utf-8").splitlines():
        if line.strip() and not line.startswith("#"):
            yield [cell.strip() for cell in line.split("\t")]


def acled_type(event_type: str, casualty_kinds: Iterable[str]) -> Acled | None:
    """The nearest ACLED type; None where ACLED has none. `casualty_kinds` is not used yet by any row."""
    found = _acled().get(event_type)
    return Acled(*found) if found else None


def victim_class(victims: Sequence[str]) -> bool | None:
    """True where a victim noun names civilians, False where it names fighters, None where the words do not say or disagree."""
    table = _victims()
    said = {table[form] for text in victims for word in fold(text).split() for form in _forms(word) if form in table}
    return said.pop() if len(said) == 1 else None


def _forms(word: str) -> Iterator[str]:
    yield word
    for clitic in _PROCLITICS:
        if word.startswith(clitic) and len(word) - len(clitic) > 2:
            yield word[len(clitic) :]


@lru_cache(maxsize=1)
def _acled() -> dict[str, tuple[str, str]]:
    return {row[0]: (row[1], row[2]) for row in rows("lexicon/acled_types.tsv")}


@lru_cache(maxsize=1)
def _victims() -> dict[str, bool]:
    return {fold(form): row[0] == "civilian" for row in rows("lexicon/victims.tsv") for form in row[1].split()}
