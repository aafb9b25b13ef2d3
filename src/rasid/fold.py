"""Fold Arabic spelling variants into one form for look-ups, with a map back to the original characters."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

__all__ = ["FoldOptions", "fold", "fold_with_map", "original_span"]


@dataclass(frozen=True, slots=True)
class FoldOptions:
    """Which letter variants are folded.

    Always done, because these never tell two words apart: vowel marks, superscript alef, Quranic signs, tatweel, bidi
    controls and other zero-width characters are dropped; presentation forms and full-width forms become ordinary
    letters; Persian and Urdu look-alikes of Arabic letters become Arabic; every kind of space but the line ends
    becomes U+0020.
    """

    alef: bool = True
    """أ إ آ ٱ -> ا"""
    hamza: bool = True
    """ؤ -> و and ئ -> ي; a hamza on the line (ء) stays."""
    ya: bool = True
    """ى -> ي"""
    ta_marbuta: bool = True
    """ة -> ه"""
    digits: bool = True
    """Eastern, Persian and all other decimal digits -> 0-9. The separators ٬ and ٫ stay: they differ in meaning."""


DEFAULT = FoldOptions()
# Texts of up to this length are words, which come again and again: they are folded once.
_WORD = 24
# Characters whose folded form is kept; no text but a list of all characters has so many.
_CHARACTERS = 8192

_TATWEEL = "\u0640"
_ALEF = str.maketrans("أإآٱٲٳ", "اااااا")
_HAMZA = str.maketrans("ؤئ", "وي")
# Look-alikes typed on Persian, Urdu or Kurdish keyboards.
_LOOKALIKES = str.maketrans({"ی": "ي", "ې": "ي", "ۍ": "ي", "ے": "ي", "ک": "ك", "ڪ": "ك", "ہ": "ه", "ھ": "ه", "ە": "ه", "ۀ": "ه", "ۃ": "ة"})
# Combining madda and hamza: they make another letter with the one before (ا + U+0654 = أ).
_COMBINING_HAMZA = frozenset("\u0653\u0654\u0655")
_HAS_HAMZA = re.compile("[\u0653-\u0655]").search


def fold(text: str, options: FoldOptions = DEFAULT) -> str:
    """Return `text` with its spelling variants folded; its length may differ from that of `text`."""
    if options is DEFAULT and len(text) <= _WORD:
        return _fold_word(text)
    return _fold(text, options)


@lru_cache(maxsize=1 << 16)
def _fold_word(text: str) -> str:
    return _fold(text, DEFAULT)


def _fold(text: str, options: FoldOptions) -> str:
    if _HAS_HAMZA(text):
        return _fold_combining(text, options)[0]
    return "".join(map(_folded(options).__getitem__, text))


class _Folded(dict[str, str]):
    """What each character folds to, by `options`; a character is worked out when it is first met."""

    def __init__(self, options: FoldOptions):
        self._options = options

    def __missing__(self, char: str) -> str:
        if len(self) >= _CHARACTERS:
            self.clear()
        return self.setdefault(char, _fold_char(char, self._options))


@lru_cache(maxsize=64)
def _folded(options: FoldOptions) -> _Folded:
    return _Folded(options)


def fold_with_map(text: str, options: FoldOptions = DEFAULT) -> tuple[str, list[int]]:
    """Return the folded text and, for each of its characters, the index in `text` of the character it came from.

    The map has one entry more than the folded text: the last is `len(text)`, so that a folded end can be looked up too.
    It never falls. `original_span` turns a folded span into one of `text`.
    """
    if _HAS_HAMZA(text):
        return _fold_combining(text, options)
    pieces = list(map(_folded(options).__getitem__, text))
    folded = "".join(pieces)
    if len(folded) == len(text) and "" not in pieces:  # one for one, as in most texts
        return folded, list(range(len(text) + 1))
    origins = [index for index, piece in enumerate(pieces) for _ in piece]
    origins.append(len(text))
    return folded, origins


def original_span(origins: Sequence[int], start: int, end: int) -> tuple[int, int]:
    """Turn the folded span [start, end) into the span of the original text, by the map of `fold_with_map`.

    Marks and controls dropped after the span's last letter belong to the span; an empty span stays empty.
    """
    if end <= start:
        return origins[start], origins[start]
    last = origins[end - 1]
    # A ligature gives several folded characters with one origin: a span that ends inside it takes it whole.
    while end < len(origins) and origins[end] <= last:
        end += 1
    return origins[start], origins[end] if end < len(origins) else last + 1


def _fold_combining(text: str, options: FoldOptions) -> tuple[str, list[int]]:
    """The same as `fold_with_map` for a text in which a combining hamza may change the letter before it."""
    table = _folded(options)
    out: list[str] = []
    origins: list[int] = []
    for index, char in enumerate(text):
        if char in _COMBINING_HAMZA:
            _combine(out, char, options)
            continue
        for piece in table[char]:
            out.append(piece)
            origins.append(index)
    return "".join(out), [*origins, len(text)]


def _combine(out: list[str], mark: str, options: FoldOptions) -> None:
    """Join a combining hamza to the letter before it, in place; a mark that joins nothing is dropped."""
    if not out:
        return
    composed = unicodedata.normalize("NFC", out[-1] + mark)
    if len(composed) == 1:
        out[-1] = _fold_char(composed, options) or out[-1]


def _fold_char(char: str, options: FoldOptions) -> str:
    """Fold one character into none, one or (a ligature) several."""
    if char < "\u0080" or char in "\u0085\u2028\u2029":
        return char
    expanded = unicodedata.normalize("NFKC", char) if _is_compatibility_form(char) else char
    if expanded != char:
        if any(unicodedata.category(piece) == "Mn" for piece in expanded):
            expanded = expanded.replace(" ", "")  # the carrier of an isolated vowel mark is no word boundary
        return "".join(_fold_char(piece, options) for piece in expanded)
    category = unicodedata.category(char)
    if category == "Zs":
        return " "
    if char == _TATWEEL or category == "Cf" or (category == "Mn" and _is_arabic(char)):
        return ""
    if category == "Nd":
        return str(unicodedata.decimal(char)) if options.digits else char
    char = char.translate(_LOOKALIKES)
    if options.alef:
        char = char.translate(_ALEF)
    if options.hamza:
        char = char.translate(_HAMZA)
    if options.ya and char == "ى":
        char = "ي"
    if options.ta_marbuta and char == "ة":
        char = "ه"
    return char


def _is_compatibility_form(char: str) -> bool:
    """Tell Arabic presentation forms A and B and full-width ASCII (not ² or ½, whose NFKC would make new numbers)."""
    return "\ufb50" <= char <= "\ufdff" or "\ufe70" <= char <= "\ufefc" or "\uff01" <= char <= "\uff5e"


def _is_arabic(char: str) -> bool:
    return "\u0600" <= char <= "\u06ff" or "\u0750" <= char <= "\u077f" or "\u0870" <= char <= "\u08ff"
