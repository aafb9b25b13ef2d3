"""Find the numbers of a text: digits and number words, composed, vague, fractional and in ranges, with offsets."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from rasid.fold import fold_with_map, original_span
from rasid.numbers.tables import Lexeme, approximators, split_clitics, traps, vague_lexicon, word_lexicon, words_of

__all__ = [
    "Chunk",
    "Token",
    "chunk_at",
    "find_chunks",
    "is_dash",
    "is_old_figure",
    "named_like_a_day",
    "range_at",
    "sentence_tokens",
    "tokenize",
]

# Thousands separated by , . ٬ ، or a space; else digits with a decimal part; else a word; else one sign.
_TOKEN = re.compile(r"(?<![\d.,])\d{1,3}(?:[,.٬،]\d{3})+(?![\d]|[.,]\d)|(?<!\d)\d{1,3}(?: \d{3})+(?!\d)|\d+(?:[.,٫]\d+)?|[^\W\d_]+|\S")
_GROUPED = re.compile(r"[,.٬، ]")
_TANWIN = re.compile("[\u064b\u0652]")
_DASHES = frozenset("-–—")
# Words for a figure that changes: rose, rise, grew, fell, fall.
_CHANGES = frozenset({"ارتفع", "ارتفعت", "ارتفاع", "يرتفع", "زاد", "زادت", "قفز", "انخفض", "انخفضت", "تراجع", "تراجعت"})
# Words between the two ends of a range: إلى (to), حتى (until), أو (or).
_RANGE_WORDS = frozenset({"الي", "حتي", "او"})


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word, number or sign; [start, end) are its characters in the original text."""

    text: str
    start: int
    end: int
    glued: bool
    """Nothing stands between it and the token before it (`15` and `حوثيا` in `15حوثيا`)."""
    tanwin: bool
    """It carries the mark of an indefinite ending, which tells `ألفاً` (1000) from `ألفا` (2000 of)."""

    @property
    def is_digits(self) -> bool:
        """It is a number in digits."""
        return self.text[0].isdigit()

    @property
    def is_word(self) -> bool:
        """It is made of letters."""
        return self.text[0].isalpha()


@dataclass(frozen=True, slots=True)
class Chunk:
    """A number in the tokens [first, last): exact, rounded, one_of, vague or range, with its bounds (None: open)."""

    first: int
    last: int
    low: int
    high: int | None
    kind: str
    waw: bool = False
    """It is joined by و (and) to what stands before it."""
    scale: Fraction = Fraction(1)
    """The scale word that ends it, for `20 إلى 30 ألفا`, where it counts for both ends."""
    decimal: Fraction | None = None
    """The value of a decimal that waits for the scale of the other end (`1.5 إلى 2 مليون`)."""


def tokenize(text: str, offset: int = 0, pattern: re.Pattern[str] = _TOKEN) -> list[Token]:
    """Fold `text` and cut it into tokens (by `pattern`) whose offsets are those of `text` plus `offset`."""
    folded, origins = fold_with_map(text)
    tokens: list[Token] = []
    last = -1
    # Most texts: none of these marks, and no character dropped or joined.
    marked = _TANWIN.search(text) is not None
    unchanged = len(folded) == len(text) and origins == list(range(len(text) + 1))
    for match in pattern.finditer(folded):
        first, behind = match.span()
        start, end = (first, behind) if unchanged else original_span(origins, first, behind)
        tanwin = marked and _TANWIN.search(text, start, end) is not None
        tokens.append(Token(match.group(), start + offset, end + offset, first == last, tanwin))
        last = behind
    return tokens


@lru_cache(maxsize=256)  # a sentence has several numbers and dates, read one behind the other
def sentence_tokens(sentence: str, pattern: re.Pattern[str] = _TOKEN) -> tuple[Token, ...]:
    """The tokens of a sentence, with offsets in it."""
    return tuple(tokenize(sentence, 0, pattern))


def find_chunks(tokens: Sequence[Token]) -> list[Chunk]:
    """Return all numbers in the tokens, from left to right, ranges joined, none overlapping another."""
    chunks: list[Chunk] = []
    at = 0
    while at < len(tokens):
        chunk = range_at(tokens, at)
        if chunk is None:
            at += 1
        else:
            chunks.append(chunk)
            at = chunk.last
    return chunks


def range_at(tokens: Sequence[Token], at: int, *, between: bool | None = None) -> Chunk | None:
    """Return the number that begins at token `at`, joined with a second end if it is a range, or None.

    `between` says whether `و` joins two ends: None looks for `بين` (between) before the number.
    """
    first = chunk_at(tokens, at) or _decimal_at(tokens, at)
    if first is None or first.last >= len(tokens):
        return _whole(first)
    if between is None:
        before = [token.text for token in tokens[max(0, at - 2) : at] if token.text != "ال"]
        between = bool(before) and before[-1] in ("بين", "وبين", "مابين")
    joint = tokens[first.last].text
    if is_old_figure(tokens, at):
        return _whole(first)
    if is_dash(tokens[first.last]) or joint in _RANGE_WORDS:
        second = chunk_at(tokens, first.last + 1)
    elif between:
        second = chunk_at(tokens, first.last)
        second = second if second is not None and second.waw else None
    else:
        return _whole(first)
    if second is None or (first.decimal is not None and second.scale == 1):
        return _whole(first)
    joined = _join(first, second)
    # `نقل 20 إلى 3 مستشفيات`: only بين and a dash join a larger number to a smaller one.
    falls = second.high is not None and joined.high != second.high
    return _whole(first) if falls and joint in _RANGE_WORDS else joined


def _decimal_at(tokens: Sequence[Token], at: int) -> Chunk | None:
    """Return 1.5 of `بين 1.5 و2 مليون`: no number of its own, but the first end of a range."""
    head, word_at = _clitic_token(tokens, at)
    value = _digits(tokens[word_at].text) if tokens[word_at].is_digits else None
    if value is None or value.denominator == 1:
        return None
    return Chunk(at, word_at + 1, int(value), int(value), "exact", head.startswith("و"), decimal=value)


def _whole(chunk: Chunk | None) -> Chunk | None:
    return None if chunk is None or chunk.decimal is not None else chunk


def is_dash(token: Token) -> bool:
    """It is a dash, which may join the ends of a range."""
    return token.text in _DASHES


def named_like_a_day(tokens: Sequence[Token], at: int) -> Chunk | None:
    """The two of `لا نعرف شيئا عن الاثنين` (about the two), which free text has for Monday; for a word that is trusted to be a count."""
    word = tokens[at].text.removeprefix("و")
    lexeme = word_lexicon().get(word.removeprefix("ال")) if traps().get(("self", word)) == "weekday" else None
    if lexeme is None or lexeme.kind != "unit":
        return None
    return Chunk(at, at + 1, int(lexeme.value), int(lexeme.value), "exact")


def is_old_figure(tokens: Sequence[Token], at: int) -> bool:
    """Tell 20 in `ارتفع العدد من 20 إلى 30` (rose from 20 to 30): no end of a range, and not the count that holds.

    The من of `ارتفع العدد إلى أكثر من 30` (to more than 30) bounds the new figure.
    """
    if not at or tokens[at - 1].text != "من":
        return False
    if at > 1 and any(rest in _bounding_with_from() for _, rest in split_clitics(tokens[at - 2].text)):
        return False
    return any(token.text.removeprefix("و") in _CHANGES for token in tokens[max(0, at - 8) : at - 1])


@lru_cache(maxsize=1)
def _bounding_with_from() -> frozenset[str]:
    """The words that make a bound with من behind them: أكثر, أقل, أزيد."""
    return frozenset(entry.words[-2] for entry in approximators() if len(entry.words) > 1 and entry.words[-1] == "من")


def _join(first: Chunk, second: Chunk) -> Chunk:
    low = first.low
    high = second.high
    # `20 إلى 30 ألفا`: the scale of the second end belongs to both, unless the first has its own or would be the larger (`800 وألف`).
    if second.scale > 1 and first.scale == 1 and low < second.scale and first.kind == "exact":
        scaled = int((first.decimal or low) * second.scale)
        low = scaled if high is None or scaled <= high else low
    if high is not None and high < low:
        low, high = high, low
    return Chunk(first.first, second.last, low, high, "range", first.waw)


def chunk_at(tokens: Sequence[Token], at: int) -> Chunk | None:
    """Return the one number that begins at token `at`, as long as it goes, or None."""
    if at >= len(tokens):
        return None
    head, word_at = _clitic_token(tokens, at)
    lexeme, clitics = _look_up(tokens, word_at)
    if lexeme is None:
        return None
    waw = (head + clitics).startswith("و")
    if lexeme.kind in ("tens_vague", "few", "scales"):
        chunk = _vague(tokens, at, word_at, lexeme)
    elif lexeme.kind == "one_of" and not _continues_one(tokens, word_at + 1):
        chunk = Chunk(at, word_at + 1, 1, 1, "one_of")
    else:
        chunk = _Composer(tokens, at, word_at).run()
    return replace(chunk, waw=waw) if chunk is not None and chunk.waw != waw else chunk


def _continues_one(tokens: Sequence[Token], at: int) -> bool:
    """Tell إحدى عشرة (11) and إحدى وعشرون (21) from إحدى alone (one of)."""
    following, clitics = _look_up(tokens, at)
    return following is not None and (following.kind == "ten" or (following.kind == "tens" and clitics == "و"))


def _clitic_token(tokens: Sequence[Token], at: int) -> tuple[str, int]:
    """Step over a proclitic that is a token of its own before digits (`الـ24`, `و100`, `بـ 15`)."""
    text = tokens[at].text
    if text == "و" and at + 1 < len(tokens) and tokens[at + 1].is_word and tokens[at + 1].text[0] != "و":
        return text, at + 1  # `ثلاثة و ثلاثين`, waw written apart
    if text in ("و", "ال", "ب", "ل", "وال", "بال", "لل", "ف", "وب", "ول", "ك") and at + 1 < len(tokens):
        following = tokens[at + 1]
        if following.is_digits and (following.glued or text in ("و", "ال", "ب", "ل")):
            return text, at + 1
    return "", at


def _look_up(tokens: Sequence[Token], at: int) -> tuple[Lexeme | None, str]:
    """Return the lexeme of a token and the proclitics it carries; digits are of kind `digits`."""
    if at >= len(tokens):
        return None, ""
    text = tokens[at].text
    if tokens[at].is_digits:
        value = _digits(text)
        return (Lexeme("digits", value), "") if value is not None else (None, "")
    # واحد (one) before عشر is و + أحد (`مئة وأحد عشر`), and الأحد (Sunday) is the eleven.
    if text in ("واحد", "الاحد", "والاحد") and at + 1 < len(tokens) and tokens[at + 1].text in ("عشر", "عشره"):
        return Lexeme("unit", Fraction(1)), text[: -len("احد")]
    return _lexeme_of(text)


@lru_cache(maxsize=50_000)  # the same words come again and again
def _lexeme_of(text: str) -> tuple[Lexeme | None, str]:
    """The lexeme of a word in whatever company, and its proclitics."""
    if ("self", text) in traps():
        return None, ""
    for clitics, rest in split_clitics(text):
        if (lexeme := word_lexicon().get(rest)) is not None:
            if clitics == "و" and ("self", rest) in traps():
                break
            return lexeme, clitics
        if (lexeme := vague_lexicon().get(rest)) is not None:
            return (Lexeme("tens_vague", lexeme.value) if lexeme.kind == "tens" else lexeme), clitics
        if clitics and ("self", rest) in traps():
            break
    return None, ""


def _kind(tokens: Sequence[Token], at: int) -> str:
    lexeme = _look_up(tokens, at)[0]
    return lexeme.kind if lexeme is not None else ""


@lru_cache(maxsize=4096)
def _digits(text: str) -> Fraction | None:
    """Value of a digit token: separators of thousands dropped, else a decimal fraction."""
    parts = _GROUPED.split(text)
    if len(parts) > 1 and all(len(part) == 3 for part in parts[1:]) and parts[0] != "0":
        return Fraction("".join(parts))
    try:
        return Fraction(text.replace("٫", ".").replace(",", "."))
    except ValueError:
        return None


def _vague(tokens: Sequence[Token], first: int, at: int, lexeme: Lexeme) -> Chunk | None:
    """Read عشرات, عشرات الآلاف, آلاف, بضع مئات: a lower bound only."""
    low = lexeme.value * 2 if lexeme.kind == "scales" else lexeme.value
    last = at + 1
    following, clitics = _look_up(tokens, last)
    if lexeme.kind == "few" and following is not None and clitics in ("", "ال"):
        if following.kind in ("tens_vague", "scales"):
            return _vague(tokens, first, last, following)
        if following.kind == "ten" and not clitics:
            return Chunk(first, last + 1, 13, 19, "vague")
    while following is not None and following.kind in ("scales", "scale") and not clitics.startswith("و"):
        low *= following.value
        last += 1
        following, clitics = _look_up(tokens, last)
    return Chunk(first, last, int(low), None, "vague")


class _Composer:
    """Add up one number from its words: hundreds, units and tens joined by و, times their scales."""

    def __init__(self, tokens: Sequence[Token], first: int, at: int) -> None:
        self.tokens, self.first, self.at = tokens, first, at
        self.begin = at
        self.total = Fraction(0)
        self.group: Fraction | None = None  # the part below the next scale
        self.kind = ""  # of the last word of the group
        self.scale = Fraction(0)  # the last scale used
        self.pending = False  # a fraction that still wants its scale

    def run(self, *, one_scale: bool = False) -> Chunk | None:
        """Take words as long as they fit; None if what stands is no whole number.

        `one_scale` stops where `و` follows the first scale word: 30,000 of `30 ألفا و500`.
        """
        while self.at < len(self.tokens):
            head, word_at = _clitic_token(self.tokens, self.at)
            lexeme, clitics = _look_up(self.tokens, word_at)
            if lexeme is None:
                break
            joined = (head + clitics).startswith("و")
            if self.at > self.begin and not joined and (head or clitics not in ("", "ال")):
                break
            if joined and self.scale and self.group is None and (one_scale or self._next_is_as_large(word_at)):
                break
            if not self._take(lexeme, word_at, joined or self.at == self.begin, self.at == self.begin):
                break
            self.at = word_at + 1
        value = self.total + (self.group or 0)
        if self.pending or self.at == self.begin or (value.denominator != 1 and not self.scale):
            return None
        scale = self.scale if self.group is None and self.scale else Fraction(1)
        kind = "exact" if value.denominator == 1 else "rounded"  # ثلث مليون
        return Chunk(self.first, self.at, int(value), int(value), kind, scale=scale)

    def _next_is_as_large(self, word_at: int) -> bool:
        """Whether a number of this scale or a higher one begins at `word_at`: another number (`3 آلاف و5 آلاف`), no part of this one.

        `مئة ألف وألفان` (102,000) stays one number.
        """
        if _kind(self.tokens, word_at) == "fraction":  # مليون ونصف المليون
            return False
        following = _Composer(self.tokens, self.at, word_at).run(one_scale=True)
        if following is None or following.scale < self.scale:
            return False
        return following.scale > self.scale or following.low >= self.scale * 100 or not self._has_hundreds()

    def _take(self, lexeme: Lexeme, at: int, additive: bool, first: bool) -> bool:
        value, kind = lexeme.value, lexeme.kind
        if kind == "one_of":  # أحد عشر
            kind = "unit"
        if kind in ("unit", "ten", "tens", "digits"):
            return self._take_small(value, kind, additive, first)
        if kind in ("hundred", "hundreds") or (kind == "tens_vague" and value == 200):
            return self._take_hundred(value, kind, additive)
        if kind == "fraction":
            return self._take_fraction(value, at, additive, first)
        if kind in ("scale", "scales", "scale_bare"):
            return self._take_scale(value, kind, at, additive, first)
        if kind == "scale_dual" and self.group is None and additive and (first or self._fits(value / 2)):
            self.total += value
            self.scale = value / 2
            return True
        return False

    def _take_small(self, value: Fraction, kind: str, additive: bool, first: bool) -> bool:
        if kind == "ten" and self.kind == "unit" and not additive and self.group is not None and self.group % 100 < 10:
            self.group, self.kind = self.group + 10, "teen"
            return True
        if not additive:
            return False
        if self.group is None:
            if not first and value >= self.scale:
                return False
            self.group, self.kind = value, kind
            return True
        after_hundred = self.kind == "hundred" and kind != "digits"
        if after_hundred or (self.kind == "unit" and kind == "tens"):
            self.group, self.kind = self.group + value, kind
            return True
        return False

    def _take_hundred(self, value: Fraction, kind: str, additive: bool) -> bool:
        if self.group is None and additive and kind != "tens_vague":
            if self.scale and value >= self.scale:
                return False
            self.group, self.kind = value, "hundred"
            return True
        multiplied = self.group is not None and self.kind in ("unit", "digits") and 3 <= self.group <= 9
        if not additive and multiplied and self.group is not None and kind != "hundreds":
            self.group, self.kind = self.group * 100, "hundred"
            return True
        return False

    def _take_fraction(self, value: Fraction, at: int, additive: bool, first: bool) -> bool:
        scaled = _kind(self.tokens, at + 1) in ("scale", "scale_bare")
        if first and scaled:  # نصف مليون
            self.group, self.kind, self.pending = value, "fraction", True
            return True
        if self.kind == "unit" and not additive and scaled and self.group is not None and value == Fraction(1, 4):
            self.group, self.kind, self.pending = self.group * value, "fraction", True  # ثلاثة أرباع المليون
            return True
        if additive and self.group is None and self.scale:  # مليون ونصف (المليون)
            self.total += value * self.scale
            self.group, self.kind = None, "closed"
            return True
        return False

    def _fits(self, scale: Fraction) -> bool:
        """A lower scale may follow with و, and so may the same one after a hundred of it (`مئة ألف وألفان`)."""
        return scale < self.scale or (scale == self.scale and self._has_hundreds())

    def _has_hundreds(self) -> bool:
        return self.total % (self.scale * 1000) >= self.scale * 100

    def _counts_a_noun(self, at: int) -> bool:
        """Whether a noun stands behind the scale at token `at`: ألفا شخص, not ألفا وخمسمئة or ألفا من السكان."""
        if at + 1 >= len(self.tokens):
            return False
        following = self.tokens[at + 1]
        if not following.is_word or following.glued or following.text in words_of("not_nouns.tsv"):
            return False
        return not _kind(self.tokens, _clitic_token(self.tokens, at + 1)[1])

    def _take_scale(self, value: Fraction, kind: str, at: int, additive: bool, first: bool) -> bool:
        if self.kind == "closed":  # the scale named again after مليون ونصف
            self.kind = "done"
            return not additive and value == self.scale
        if self.group is not None:
            if (additive and not first) or (self.scale and value >= self.scale):
                return False
            factor = self.group
            text = self.tokens[at - 1].text
            # `1.250 مليون` is a decimal, `1.250 شخص` are thousands.
            if self.kind == "digits" and re.fullmatch(r"\d{1,3}\.\d{3}", text) and value > 1000:
                factor = Fraction(text)
            self.total += factor * value
            self.group, self.kind, self.scale, self.pending = None, "scale", value, False
            return True
        if not additive:
            if self.kind == "scale" and value > self.scale:  # ألف مليون
                self.total *= value
                self.scale = value
                return True
            return False
        if kind == "scales" or not (first or self._fits(value)):
            return False
        dual = kind == "scale_bare" and not self.tokens[at].tanwin and self._counts_a_noun(at)
        self.total += 2 * value if dual else value
        self.kind, self.scale = "scale", value
        return True
