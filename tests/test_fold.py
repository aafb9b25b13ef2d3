"""Folding: what becomes equal, what stays apart, and that the map leads back to the original characters."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rasid.fold import FoldOptions, fold, fold_with_map, original_span

KEEP = FoldOptions(alef=False, hamza=False, ya=False, ta_marbuta=False, digits=False)


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("حلـــب", "حلب"),  # tatweel
        ("قُتِلَ ثَلاثَةٌ", "قتل ثلاثه"),  # vowel marks
        ("هٰذا", "هذا"),  # superscript alef
        ("إدلب أريحا آمرلي ٱسم", "ادلب اريحا امرلي اسم"),
        ("مؤتة مئة مستشفى", "موته ميه مستشفي"),
        ("الثلاثاء", "الثلاثاء"),  # a hamza on the line stays
        ("ﻗﺘﻞ ﻻ", "قتل لا"),  # presentation forms B, with a ligature
        ("ﷲ", "الله"),
        ("ﹰﱞ", ""),  # isolated vowel marks bring no space
        ("\u200f٢٤\u200e \u202bقتيلا\u202c\ufeff", "24 قتيلا"),  # bidi controls
        ("٣۴５", "345"),  # Eastern, Persian, full width
        ("١٬٢٠٠ ١٫٥", "1٬200 1٫5"),
        ("کرکوک ایران", "كركوك ايران"),  # Persian letters
        ("ا\u0654ربعة و\u0654 ي\u0654", "اربعه و ي"),  # combining hamza
        ("م²", "م²"),  # no digit is made
        ("أ\u00a0ب\r\nج", "ا ب\r\nج"),
        ("Café 😀", "Café 😀"),
        ("", ""),
        ("\u0654", ""),
    ],
)
def test_fold(text: str, folded: str) -> None:
    assert fold(text) == folded


def test_options_keep_letters() -> None:
    assert fold("أُسرةٌ مؤتة مئة فتى ٣", KEEP) == "أسرة مؤتة مئة فتى ٣"
    assert fold("ا\u0654سرة", KEEP) == "أسرة"
    assert fold("أسرة", FoldOptions(ta_marbuta=False)) == "اسرة"


@pytest.mark.parametrize("text", ["قُتِلَ ٢٤ جُنديًّا\u200f في حلـب", "ﷲ ﻻ", "😀\r\nإدلب", "ا\u0654ب", ""])
def test_map_leads_back(text: str) -> None:
    folded, origins = fold_with_map(text)
    assert len(origins) == len(folded) + 1
    assert origins == sorted(origins)
    assert origins[-1] == len(text)
    for index, char in enumerate(folded):
        start, end = original_span(origins, index, index + 1)
        assert char in fold(text[start:end])


def test_original_span_takes_trailing_marks_and_whole_ligatures() -> None:
    text = "في حَلَبُ اليوم"
    folded, origins = fold_with_map(text)
    start = folded.index("حلب")
    first, last = original_span(origins, start, start + 3)
    assert text[first:last] == "حَلَبُ"
    assert original_span(fold_with_map("ﷲ")[1], 0, 2) == (0, 1)
    assert original_span(origins, 2, 2) == (2, 2)


def test_fold_is_idempotent_on_the_arabic_blocks() -> None:
    for code in [*range(0x600, 0x700), *range(0x750, 0x780), *range(0xFB50, 0xFE00), *range(0xFE70, 0xFF00)]:
        char = chr(code)
        if unicodedata.category(char) != "Cn":
            assert fold(fold(char)) == fold(char), hex(code)


@given(
    st.lists(st.sampled_from(["حلب", "قُتِلَ", "ـ", "ﻻ", "أ", "٣", "\u200f", " ", "Café", "ا\u0654", "ﷲ"]), max_size=8).map("".join),
    st.booleans(),
)
def test_the_map_and_the_form_are_those_of_the_characters_one_by_one(text: str, keep: bool) -> None:
    options = KEEP if keep else FoldOptions()
    form, origins = fold_with_map(text, options)
    assert fold(text, options) == form
    if "\u0654" not in text:  # which alone looks back at the letter before it
        assert form == "".join(fold(char, options) for char in text)
        assert origins == [k for k, char in enumerate(text) for _ in fold(char, options)] + [len(text)]
