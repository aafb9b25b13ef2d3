"""Words and sentences of a text, with their character offsets."""

from __future__ import annotations

import re
from bisect import bisect_right
from dataclasses import dataclass

# A word is a run of letters, digits, vowel marks and tatweel. Invisible format characters (zero-width joiners, bidi controls) between
# two letters are inside it: agencies' systems leave them there, and a reader sees one word.
_INVISIBLE = "\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"
_LETTER = r"[\w\u064b-\u065f\u0670]"
WORD = re.compile(rf"{_LETTER}+(?:[{_INVISIBLE}]+{_LETTER}+)*")
# Rulings of the guidelines: a span never crosses a sentence end, and a line break is one.
# A point behind a single letter is an initial's (الطفل خ. ع).
SENTENCE_END = re.compile(r"(?:(?<![\s(«\"][\u0621-\u064a])\.|[!?؟۔…])(?=[\s\"'»”’)\]]|$)|[\r\n\u2028\u2029]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word: characters `text[start:end]` and the number of the sentence it stands in."""

    start: int
    end: int
    sentence: int


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one text in order, and the sentences as character ranges (start of first word, end of last word)."""

    items: tuple[Word, ...]
    sentences: tuple[tuple[int, int], ...]

    def __len__(self) -> int:
        return len(self.items)

    def at(self, char: int) -> int:
        """Number of the word that holds or precedes character `char` (0 where it precedes all)."""
        return max(0, bisect_right(self.items, char, key=lambda word: word.start) - 1)

    def range(self, start: int, end: int) -> tuple[int, int]:
        """First and last word number of the characters `[start, end)`."""
        return self.at(start), self.at(max(start, end - 1))

    def characters(self, first: int, last: int) -> tuple[int, int]:
        """Character range `[start, end)` of the words `first` to `last`, both included."""
        return self.items[first].start, self.items[last].end

    def sentence_of(self, char: int) -> tuple[int, int]:
        """Character range of the sentence that holds character `char`."""
        return self.sentences[self.items[self.at(char)].sentence]


def split_words(text: str) -> Words:
    """Split `text` into words and sentences; offsets are characters of `text`, which is not changed."""
    ends = iter([match.start() for match in SENTENCE_END.finditer(text)])
    items: list[Word] = []
    sentences: list[tuple[int, int]] = []
    stop = next(ends, len(text))  # where the sentence that is read ends
    opened, last, sentence = -1, 0, 0
    for match in WORD.finditer(text):
        start, end = match.span()
        if stop < start:
            while stop < start:
                stop = next(ends, len(text))
            if opened >= 0:
                sentences.append((opened, last))
                opened, sentence = -1, sentence + 1
        if opened < 0:
            opened = start
        items.append(Word(start, end, sentence))
        last = end
    if opened >= 0:
        sentences.append((opened, last))
    return Words(tuple(items), tuple(sentences))
