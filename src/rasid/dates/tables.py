"""The word tables of dates: tokens of a text, and phrases found in them with their clitics taken off."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

from rapidfuzz.distance import OSA

from rasid.fold import fold
from rasid.lexicon import rows
from rasid.numbers.grammar import Token, chunk_at
from rasid.numbers.grammar import sentence_tokens as number_sentence_tokens
from rasid.numbers.grammar import tokenize as number_tokens

__all__ = ["Found", "Token", "bare", "cardinal", "corrected", "find", "forms_of", "is_a", "known_days", "sentence_tokens", "tokenize"]

# Digits, letters or one sign: unlike the tokens of numbers, 27.11.2024 and 20 2013 come apart.
_TOKEN = re.compile(r"\d+|[^\W\d_]+|\S")
_CLITICS = ("", "و", "ف", "ب", "ل", "ك", "وب", "ول", "فب", "فل")

Found = tuple[tuple[str, ...], int]
"""The other columns of a phrase's row, and the token behind the phrase."""


def tokenize(text: str, offset: int = 0) -> list[Token]:
    """Tokens as those of numbers, but digits and separators apart: 27/11/2024 and 1.200 are cut alike."""
    return number_tokens(text, offset, _TOKEN)


def sentence_tokens(sentence: str) -> tuple[Token, ...]:
    """The same of a sentence, kept, as several dates are read in it; offsets are in it."""
    return number_sentence_tokens(sentence, _TOKEN)


def find(table: str, tokens: Sequence[Token], at: int, *, clitics: bool = True, article: bool = False) -> Found | None:
    """Find the longest phrase of data/dates/`table`.tsv that begins at token `at`.

    With `clitics`, one may stand before the first word (`والخميس`, `لليوم`); with `article`, the table has no articles, and each
    word may have one.
    """
    if not 0 <= at < len(tokens):
        return None
    entries = _phrases(table)
    for head in _heads(tokens[at].text, clitics, article):
        for words, columns in entries.get(head, ()):
            if not words:
                return columns, at + 1
            behind = [token.text for token in tokens[at + 1 : at + 1 + len(words)]]
            if behind == list(words) or (article and [bare(word) for word in behind] == list(words)):
                return columns, at + 1 + len(words)
    return None


def is_a(table: str, kind: str, tokens: Sequence[Token], at: int) -> bool:
    """Tell whether a phrase of the table whose first column is `kind` begins at token `at`."""
    found = find(table, tokens, at)
    return found is not None and found[0][0] == kind


@lru_cache(maxsize=64)
def forms_of(table: str, kind: str) -> frozenset[str]:
    """All folded forms of one kind of a table."""
    return frozenset(fold(form) for row in rows(f"dates/{table}.tsv") if row[0] == kind for form in row[-1].split("|"))


def corrected(token: Token) -> Token:
    """The token with a slip of one letter mended, where one word of the tables alone is so near (`الصباج` -> `الصباح`)."""
    if len(token.text) < 4 or token.is_digits or token.text in _words():
        return token
    near = [word for word in _words() if len(word) > 4 and OSA.distance(word, token.text, score_cutoff=1) == 1]
    return replace(token, text=near[0]) if len(near) == 1 else token


@lru_cache(maxsize=1)
def _words() -> frozenset[str]:
    """Every word of the tables of days and months, for spelling."""
    tables = ("weekdays", "months", "relative_days", "modifiers", "parts_of_day")
    words = {word for table in tables for row in rows(f"dates/{table}.tsv") for word in fold(row[-1].replace("|", " ")).split()}
    return frozenset(words | {"العام", "الاسبوع", "الشهر"})


@lru_cache(maxsize=1)
def known_days() -> dict[str, tuple[str, ...]]:
    """Word -> the days (ISO 8601) that it names by day and month alone."""
    known: dict[str, tuple[str, ...]] = {}
    for day, forms in rows("dates/known_days.tsv"):
        for form in forms.split("|"):
            known[fold(form)] = (*known.get(fold(form), ()), day)
    return known


def bare(word: str) -> str:
    """The folded word without its article, and without a preposition joined to the article (`للعام` -> `عام`)."""
    for head in ("وال", "بال", "لل", "ال"):
        if word.startswith(head) and len(word) > len(head) + 1:
            return word[len(head) :]
    return word


def cardinal(tokens: Sequence[Token], at: int) -> tuple[int, int] | None:
    """Read the cardinal number at token `at`, in digits or words, with or without its article, and the token behind it."""
    if at < len(tokens) and tokens[at].text == "ال" and at + 1 < len(tokens) and tokens[at + 1].is_digits:
        at += 1
    if at >= len(tokens):
        return None
    if tokens[at].is_digits:
        return (int(tokens[at].text), at + 1) if len(tokens[at].text) <= 4 else None
    chunk = chunk_at(tokens[at : at + 5], 0)
    if chunk is None or chunk.low != chunk.high or chunk.kind != "exact":
        return None
    return chunk.low, at + chunk.last


@lru_cache(maxsize=50_000)  # the same words come again and again, and each is looked up in every table
def _heads(word: str, clitics: bool, article: bool) -> tuple[str, ...]:
    """The forms under which a first word may stand in a table, the longest first."""
    return tuple(_stripped(word, clitics, article))


def _stripped(word: str, clitics: bool, article: bool) -> Iterator[str]:
    for clitic in _CLITICS if clitics else ("",):
        if clitic and (not word.startswith(clitic) or len(word) < len(clitic) + 2):
            continue
        rest = word[len(clitic) :]
        # ل and the article are written لل: لليوم is ل + اليوم.
        if clitic.endswith("ل") and rest.startswith("ل"):
            rest = "ا" + rest
        yield rest
        if article and rest.startswith("ال") and len(rest) > 3:
            yield rest[2:]


@lru_cache(maxsize=32)
def _phrases(table: str) -> dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]]:
    """First word -> (the words behind it, the other columns), the longest phrases first."""
    entries: dict[str, list[tuple[tuple[str, ...], tuple[str, ...]]]] = {}
    for *columns, forms in rows(f"dates/{table}.tsv"):
        for form in forms.split("|"):
            head, *words = fold(form).split()
            entries.setdefault(head, []).append((tuple(words), tuple(columns)))
    for listed in entries.values():
        listed.sort(key=lambda entry: -len(entry[0]))
    return entries
