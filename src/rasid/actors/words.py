"""Cut an actor mention into folded words and strip the clitics that Arabic writes together with a word."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rasid.fold import fold, fold_with_map, original_span

# Digits glued to a noun (15حوثيا) are a word of their own.
_WORD = re.compile(r"\d+|[^\W\d_]+")


@dataclass(frozen=True, slots=True)
class MentionWord:
    """A word: folded, and as the text has it."""

    folded: str
    original: str


@lru_cache(maxsize=16384)
def split_mention(text: str) -> tuple[MentionWord, ...]:
    """The words of a mention, without quotes, dashes and other punctuation; Latin letters in lower case."""
    folded, origins = fold_with_map(text)
    words = []
    for match in _WORD.finditer(folded):
        start, end = original_span(origins, match.start(), match.end())
        words.append(MentionWord(match.group().casefold(), text[start:end]))
    return tuple(words)


def folded_words(text: str) -> tuple[str, ...]:
    """The folded words of a table's cell."""
    return tuple(_WORD.findall(text.casefold()))


def quick_fold(text: str) -> str:
    """Fold a whole data file by one translation table: the same as `fold` on text without combining hamzas, and much faster."""
    return text.translate({ord(char): fold(char) for char in set(text)})


@lru_cache(maxsize=16384)
def variants(word: str) -> tuple[str, ...]:
    """The word itself, then without conjunction (و, ف) and preposition (ب, ل, ك; لل gives ال): the readings to try, in order."""
    out = [word]
    if word[0] in "وف" and len(word) > 3:
        out.append(word[1:])
    for form in tuple(out):
        if form.startswith("لل") and len(form) > 4:
            out.append("ال" + form[2:])
        elif form[0] in "بلك" and len(form) > 3:
            out.append(form[1:])
    return tuple(out)


def core(word: str) -> str:
    """The word without its article."""
    return word[2:] if word.startswith("ال") and len(word) > 3 else word


@lru_cache(maxsize=16384)
def cores(word: str) -> tuple[str, ...]:
    """The readings of `variants` without article."""
    return tuple(dict.fromkeys(core(form) for form in variants(word)))


@lru_cache(maxsize=16384)
def owned(word: str) -> tuple[str, ...]:
    """Readings without a possessive suffix (جنوده, قواتها, عناصرهم): tried only where nothing else fits."""
    out = []
    for form in cores(word):
        for suffix in ("هما", "هم", "ها", "نا", "ه"):
            if form.endswith(suffix) and len(form) - len(suffix) > 2:
                out.append(form[: -len(suffix)])
                break
    return tuple(out)


def without_clitics(word: MentionWord, reading: str) -> str:
    """The original spelling of a word cut to the reading chosen for it."""
    if reading == word.folded:
        return word.original
    if reading.startswith("ال") and not word.folded.endswith(reading):
        return "ال" + word.original[word.original.find("لل") + 2 :]
    cut = len(word.folded) - len(reading)
    return word.original[cut:]
