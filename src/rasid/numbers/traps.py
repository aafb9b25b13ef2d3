"""Tell numbers that are no counts: ages, dates, times, prices, measures, percentages, phone and flight numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rasid.numbers.grammar import Chunk, Token, is_old_figure
from rasid.numbers.tables import split_clitics, traps

__all__ = ["is_trapped"]

_YEAR = re.compile(r"(?:1[3-9]|20)\d\d")
# Signs that tie digits into a date, a time, a score or a phone number when they are glued to them.
_TIES = frozenset("/:#@\\=")


def is_trapped(tokens: Sequence[Token], chunk: Chunk) -> bool:
    """Tell whether the words round a number make it something else than a count."""
    if is_old_figure(tokens, chunk.first):
        return True
    return _is_total_label(tokens, chunk) or _by_words(tokens, chunk) or _by_form(tokens, chunk)


def _is_total_label(tokens: Sequence[Token], chunk: Chunk) -> bool:
    """Tell `عدد القتلى` (the number of the dead), which names a figure, from `عدد من القتلى`, which is one."""
    word = tokens[chunk.last - 1].text
    following = tokens[chunk.last].text if chunk.last < len(tokens) else ""
    return chunk.kind == "vague" and word.endswith("عدد") and following.startswith("ال")


def _by_words(tokens: Sequence[Token], chunk: Chunk) -> bool:
    before = chunk.first - 1
    if before >= 0 and tokens[before].text == "في" and tokens[chunk.first].text in ("الميه", "المايه"):
        return True  # في المئة, per cent
    while before >= 0 and tokens[before].text in ("ال", "ب", "(", "-", '"', "«", "عن", "الي"):
        before -= 1
    if before >= 0:
        kind = _trap("before", tokens[before].text)
        if kind == "year" and not _YEAR.fullmatch(str(chunk.low)):
            kind = None
        if kind is not None:
            return True
    after = chunk.last
    while after < len(tokens) and tokens[after].text in ("ال", "-", "/", "من", "في"):
        after += 1
    return after < len(tokens) and _trap("after", tokens[after].text) is not None


def _trap(side: str, word: str) -> str | None:
    for clitics, rest in split_clitics(word):
        if clitics in ("", "ال", "و", "ب", "ل", "بال", "وال") and (kind := traps().get((side, rest))) is not None:
            return kind
    return None


def _by_form(tokens: Sequence[Token], chunk: Chunk) -> bool:
    """Long digit strings, dates and times in digits, years after منذ (since) and في (in)."""
    first, last = tokens[chunk.first], tokens[chunk.last - 1]
    digits = [token.text for token in tokens[chunk.first : chunk.last] if token.is_digits]
    if any(text.startswith("0") and len(text) > 1 for text in digits):
        return True
    if any(len(text) >= 8 and text.isdigit() for text in digits):
        return True
    previous = tokens[chunk.first - 1] if chunk.first else None
    following = tokens[chunk.last] if chunk.last < len(tokens) else None
    if previous is not None and first.glued and previous.text in _TIES | {"-", "+"} and first.is_digits:
        return True
    if previous is not None and first.glued and first.is_digits and previous.text.isascii() and previous.is_word:
        return True  # F16, BM21
    if following is not None and following.glued and following.text in _TIES and last.is_digits:
        return True
    tail = tokens[chunk.last : chunk.last + 2]
    if len(tail) == 2 and tail[0].text == "-" and tail[1].is_digits and tail[0].glued and tail[1].glued:
        return True  # 2024-11-30, 555-1234
    years = [text for text in digits if _YEAR.fullmatch(text)]
    if chunk.kind == "range" and len(years) == 2:
        return True  # 2011-2015
    year = len(digits) == 1 and len(digits[0]) == 4 and _YEAR.fullmatch(digits[0]) is not None
    ends = following is None or not following.is_word or following.text in ("حتي", "الي", "و")
    return year and ends and previous is not None and previous.text in ("منذ", "في", "حتي", "بين", "قبل", "بعد", "الي")
