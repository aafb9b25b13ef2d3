"""Words and sentences: where they begin and end in the text as given."""

from __future__ import annotations

import pytest

from rasid.words import split_words


def words(text: str) -> list[str]:
    return [text[word.start : word.end] for word in split_words(text).items]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split_words(text).sentences]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("قُصِفَتْ حلـــب", ["قُصِفَتْ", "حلـــب"]),  # vowel marks and tatweel belong to the word
        ("«حلب»، (إدلب)", ["حلب", "إدلب"]),
        ("15حوثيا و100", ["15حوثيا", "و100"]),
        ("هٰذا", ["هٰذا"]),  # superscript alef
        ("ال\u200fبلدة", ["ال\u200fبلدة"]),  # a control between letters is inside
        ("\u200fالبلدة\u200f", ["البلدة"]),  # and at the edges outside
        ("حلب\u200f \u200fإدلب", ["حلب", "إدلب"]),
        ("a_b UN-1", ["a_b", "UN", "1"]),
        ("😀", []),
        ("1,200", ["1", "200"]),
        ("", []),
    ],
)
def test_words(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("قصف حلب. قتل اثنان", ["قصف حلب", "قتل اثنان"]),
        ("هل قصفت؟ نعم! ثم…", ["هل قصفت", "نعم", "ثم"]),
        ('قال: "قصفت." ثم مضى', ['قال: "قصفت', "ثم مضى"]),
        ("قصف\nحلب\r\n\r\nإدلب\u2028سرمين", ["قصف", "حلب", "إدلب", "سرمين"]),  # a line break ends a sentence
        ("3.5 مليون و1.200 شخص", ["3.5 مليون و1.200 شخص"]),  # a point between digits ends none
        ("... . \n", []),
        ("\n\nقصف", ["قصف"]),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


def test_each_word_knows_its_sentence() -> None:
    assert [word.sentence for word in split_words("قصف حلب. قتل.\nنزوح").items] == [0, 0, 1, 2]


def test_look_ups_by_character() -> None:
    text = "قصف حلب. قتل"
    split = split_words(text)
    assert len(split) == 3
    assert [split.at(k) for k in (0, 2, 3, 4, 8, 11)] == [0, 0, 0, 1, 1, 2]
    assert split.range(0, 7) == (0, 1)
    assert split.range(4, 4) == (1, 1)
    assert split.characters(0, 1) == (0, 7)
    assert split.sentence_of(5) == (0, 7)
    assert split.sentence_of(10) == (9, 12)
