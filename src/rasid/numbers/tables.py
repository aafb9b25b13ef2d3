"""Load the tables of number words, approximators, traps and counted nouns, folded for look-up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache

from rasid.fold import fold
from rasid.lexicon import rows

__all__ = [
    "Approximator",
    "Lexeme",
    "approximators",
    "clause_openers",
    "split_clitics",
    "table_rows",
    "traps",
    "vague_lexicon",
    "word_lexicon",
    "words_of",
]

# Proclitics that may stand before a number word or a noun, longest first: و ف (and), ب ل ك (by, for, as), ال (the).
_CLITICS = (
    "وبال",
    "وال",
    "فال",
    "بال",
    "كال",
    "ولل",
    "فلل",
    "لل",
    "ال",
    "وب",
    "ول",
    "فب",
    "فل",
    "و",
    "ف",
    "ب",
    "ل",
    "ك",
)


@dataclass(frozen=True, slots=True)
class Lexeme:
    """One number word: its kind (see number_words.tsv and vague_words.tsv) and its value or lower bound."""

    kind: str
    value: Fraction


@dataclass(frozen=True, slots=True)
class Approximator:
    """One phrase that bounds the number after it or before it; `gap` is how many words may stand between."""

    bound: str
    side: str
    gap: int
    words: tuple[str, ...]


def table_rows(name: str) -> Iterator[list[str]]:
    """The rows of data/numbers/`name`, as `rasid.lexicon.rows` reads them."""
    return rows(f"numbers/{name}")


@lru_cache(maxsize=50_000)  # the same words come again and again
def split_clitics(word: str) -> tuple[tuple[str, str], ...]:
    """(clitics, rest) of a folded word: first the whole word, then each way of taking a proclitic off."""
    taken = ((clitic, word[len(clitic) :]) for clitic in _CLITICS if word.startswith(clitic) and len(word) > len(clitic))
    return (("", word), *taken)


@lru_cache(maxsize=16)  # one for each table
def words_of(table: str) -> frozenset[str]:
    """The folded forms of a table that is nothing but forms (separated by |)."""
    return frozenset(fold(form) for row in table_rows(table) for form in row[0].split("|"))


@lru_cache(maxsize=1)
def word_lexicon() -> dict[str, Lexeme]:
    """Folded number word -> lexeme (number_words.tsv)."""
    return {fold(form): Lexeme(kind, Fraction(value)) for kind, value, forms in table_rows("number_words.tsv") for form in forms.split("|")}


@lru_cache(maxsize=1)
def vague_lexicon() -> dict[str, Lexeme]:
    """Folded vague word -> lexeme with its lower bound (vague_words.tsv)."""
    return {fold(form): Lexeme(kind, Fraction(low)) for kind, low, forms in table_rows("vague_words.tsv") for form in forms.split("|")}


@lru_cache(maxsize=1)
def approximators() -> tuple[Approximator, ...]:
    """All approximators, the longest phrase first."""
    entries = (
        Approximator(bound, side, int(gap), tuple(fold(phrase).split()))
        for bound, side, gap, phrases in table_rows("approximators.tsv")
        for phrase in phrases.split("|")
    )
    return tuple(sorted(entries, key=lambda entry: -len(entry.words)))


@lru_cache(maxsize=1)
def traps() -> dict[tuple[str, str], str]:
    """(side, folded form) -> kind of trap (traps.tsv)."""
    return {(side, fold(form)): kind for kind, side, forms in table_rows("traps.tsv") for form in forms.split("|")}


def clause_openers() -> frozenset[str]:
    """Folded words that begin another statement (clause_openers.tsv): an approximator after one belongs there."""
    return words_of("clause_openers.tsv")
