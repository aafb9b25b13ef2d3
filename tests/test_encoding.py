"""Encoding: what the encoder is given, which pieces are whose word's, and how a long text is cut into windows."""

from __future__ import annotations

import re
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from builders import SENTENCES, unigram, word_piece
from rasid.encoding import Encoding, PieceEncoder, normalize
from rasid.errors import ConfigError
from rasid.words import split_words

NASTY = "قُتِلَ ١٢ جُنديًّا\u200f في حلـب 😀. وأُصيب\r\n\r\n(Reuters) ﻻ ﷲ ـــ 15حوثيا \u202b24/12\u202c و\u200cمن"


@pytest.fixture(scope="module", params=[unigram, word_piece], ids=["unigram", "word_piece"])
def tokenizer(request: pytest.FixtureRequest) -> Tokenizer:
    made: Tokenizer = request.param()
    return made


# Normalisation


@pytest.mark.parametrize(
    ("text", "light", "arabert"),
    [
        ("حلـــب", "حلب", "حلب"),  # tatweel
        ("قُتِلَ ثَلاثَةٌ", "قتل ثلاثة", "قتل ثلاثة"),  # vowel marks
        ("ﻗﺘﻞ ﻻ ﷲ", "قتل لا الله", "قتل لا الله"),  # presentation forms and ligatures
        ("إدلب أسرة فتى مؤتة", "إدلب أسرة فتى مؤتة", "إدلب أسرة فتى مؤتة"),  # letters keep their spelling
        ("٢٤ ۴ ５", "24 4 5", "24 4 5"),
        ("\u200f24\u200e \u202bقتيلا\u202c\ufeff", "24 قتيلا", "24 قتيلا"),  # bidi controls
        ("أ\r\nب", "أ\r\nب", "أ\r\nب"),
        ("قتل 😀", "قتل 😀", "قتل 😀"),
        ("15حوثيا", "15حوثيا", "15 حوثيا"),  # a number glued to its noun
        ("F16 سي4", "F16 سي4", "F 16 سي 4"),
        ("(قتل)", "(قتل)", "( قتل )"),
        ("قتل، جرح.", "قتل، جرح.", "قتل ، جرح ."),
        ("12/2", "12/2", "12 / 2"),
        ("Café", "Café", "Café"),
        ("", "", ""),
        ("\u200f", "", ""),
        ("!", "!", "!"),
    ],
)
def test_normalize(text: str, light: str, arabert: str) -> None:
    assert normalize(text, "light")[0] == light
    assert re.sub(" +", " ", normalize(text, "arabert")[0]) == arabert  # WordPiece does not see how many spaces there are


@pytest.mark.parametrize("scheme", ["light", "arabert"])
@settings(max_examples=60, deadline=None)
@given(text=st.text(alphabet="قتلإأة\u064e\u0640\u0654ﻻﷲ٢4 \r\n\u200f\u202b😀Aé.,،(/", max_size=40))
def test_the_map_leads_back(scheme: str, text: str) -> None:
    normal, origins = normalize(text, scheme)
    assert len(origins) == len(normal) + 1
    assert origins[-1] == len(text)
    assert origins == sorted(origins)
    assert all(0 <= origin < len(text) for origin in origins[:-1])
    for char, origin in zip(normal, origins, strict=False):
        if not char.isspace():  # a character comes from one that folds into it, or (أ of ا and U+0654) from its base
            behind = text[origin + 1 :].lstrip("\u064e\u0640\u200f\u202b")  # what is dropped may stand between the two
            assert char in normalize(text[origin], "light")[0] or behind.startswith("\u0654")


def test_unknown_normalization_names_what_is_known() -> None:
    with pytest.raises(ConfigError, match=r"'camel'.*light, arabert"):
        normalize("قتل", "camel")


# Words and pieces


def characters(encoding: Encoding, tokenizer: Tokenizer, word: int) -> str:
    """What the pieces of a word say, without the marks of the tokenizer."""
    ids = encoding.ids[encoding.first[word] : encoding.last[word] + 1]
    return "".join(tokenizer.id_to_token(int(i)).replace("▁", "").removeprefix("##") for i in ids)


@pytest.mark.parametrize("scheme", ["light", "arabert"])
def test_each_word_has_its_own_pieces(tokenizer: Tokenizer, scheme: str) -> None:
    text = "\r\n".join(SENTENCES)
    words = split_words(text)
    encoding = PieceEncoder(tokenizer, normalization=scheme).encode(text, words)
    for k, word in enumerate(words.items):
        said = characters(encoding, tokenizer, k)
        if "unk" not in said.lower():
            assert text[word.start : word.end] in said
    assert (encoding.first <= encoding.last).all()
    assert (np.diff(encoding.first) > 0).all()


@pytest.mark.parametrize("scheme", ["light", "arabert"])
def test_marks_forms_and_controls_do_not_move_words(tokenizer: Tokenizer, scheme: str) -> None:
    """A word has the pieces of its plain spelling, whatever stands in it or round it."""
    plain, dressed = "قتل 12 مدنيا في حلب", "\u202bقُتِلَ ١٢\u200f مَدنيًا  في حلـــب\u202c"
    encoder = PieceEncoder(tokenizer, normalization=scheme)
    one, two = encoder.encode(plain, split_words(plain)), encoder.encode(dressed, split_words(dressed))
    assert len(split_words(plain)) == len(split_words(dressed)) == 5
    for k in range(5):
        assert characters(one, tokenizer, k) == characters(two, tokenizer, k)


def test_words_of_nasty_texts_point_at_pieces(tokenizer: Tokenizer) -> None:
    words = split_words(NASTY)
    encoding = PieceEncoder(tokenizer, normalization="light").encode(NASTY, words)
    assert len(encoding.first) == len(encoding.last) == len(words)
    assert ((encoding.first >= 0) & (encoding.first <= encoding.last) & (encoding.last < len(encoding.ids))).all()
    assert (np.diff(encoding.first) >= 0).all()


def test_a_word_without_letters_of_its_own_takes_the_piece_before(tokenizer: Tokenizer) -> None:
    text = "قتل ـــ جنود"  # a run of tatweel alone
    encoding = PieceEncoder(tokenizer, normalization="light").encode(text, split_words(text))
    assert encoding.first[1] == encoding.last[1] == encoding.last[0]
    assert encoding.first[2] > encoding.last[1]


def test_two_words_in_one_piece_share_it() -> None:
    joined = unigram(["قتيلا/جريحا"] * 50 + list(SENTENCES), size=400)
    text = "قتيلا/جريحا"
    encoding = PieceEncoder(joined, normalization="light").encode(text, split_words(text))
    assert len(encoding.ids) == 1
    assert encoding.first.tolist() == encoding.last.tolist() == [0, 0]


@pytest.mark.parametrize("text", ["", "\u200f", "  \r\n", "😀"])
def test_texts_without_words(tokenizer: Tokenizer, text: str) -> None:
    encoding = PieceEncoder(tokenizer, normalization="light").encode(text, split_words(text))
    assert encoding.first.shape == encoding.last.shape == (0,)
    assert encoding.windows == ((0, len(encoding.ids)),)


# Windows


def encode(tokenizer: Tokenizer, sentences: int, size: int = 60, overlap: int = 12) -> Encoding:
    text = "\n".join(SENTENCES[k % len(SENTENCES)] for k in range(sentences))
    return PieceEncoder(tokenizer, normalization="light", max_positions=size + 2, overlap=overlap).encode(text, split_words(text))


def test_a_short_text_is_one_window(tokenizer: Tokenizer) -> None:
    encoding = encode(tokenizer, 1, size=510)
    assert encoding.windows == ((0, len(encoding.ids)),)
    assert not encoding.owner.any()


@pytest.mark.parametrize("sentences", [3, 7, 40])
@pytest.mark.parametrize(("size", "overlap"), [(60, 12), (60, 0), (31, 15), (510, 128)])
def test_windows_cover_all_pieces_and_overlap(tokenizer: Tokenizer, sentences: int, size: int, overlap: int) -> None:
    encoding = encode(tokenizer, sentences, size, overlap)
    windows = encoding.windows
    assert windows[0][0] == 0
    assert windows[-1][1] == len(encoding.ids)
    assert all(0 < end - start <= size for start, end in windows)
    for (_, end), (start, _) in pairwise(windows):
        assert end - start == overlap


def test_windows_end_at_a_sentence_where_one_ends_in_their_last_third(tokenizer: Tokenizer) -> None:
    text = "\n".join(SENTENCES * 8)
    words = split_words(text)
    encoding = PieceEncoder(tokenizer, normalization="light", max_positions=62, overlap=12).encode(text, words)
    starts = {int(encoding.first[k]) for k in range(1, len(words)) if words.items[k].sentence != words.items[k - 1].sentence}
    for start, end in encoding.windows[:-1]:
        late = {s for s in starts if start + 40 < s <= start + 60}
        assert end == max(late, default=start + 60)
    assert any(end in starts for _, end in encoding.windows)


@pytest.mark.parametrize(("size", "overlap"), [(60, 12), (31, 15), (60, 0)])
def test_a_piece_is_owned_by_the_window_where_it_is_farthest_from_an_edge(tokenizer: Tokenizer, size: int, overlap: int) -> None:
    encoding = encode(tokenizer, 12, size, overlap)
    total = len(encoding.ids)

    def margin(piece: int, window: int) -> int:
        start, end = encoding.windows[window]
        left = piece - start if start > 0 else total  # the text's own ends are no edge
        right = end - 1 - piece if end < total else total
        return min(left, right)

    for piece in range(total):
        holders = [w for w, (start, end) in enumerate(encoding.windows) if start <= piece < end]
        assert int(encoding.owner[piece]) in holders
        assert margin(piece, int(encoding.owner[piece])) == max(margin(piece, w) for w in holders)


def test_an_overlap_of_half_a_window_is_refused(tokenizer: Tokenizer) -> None:
    with pytest.raises(ConfigError, match="overlap: got 30"):
        PieceEncoder(tokenizer, normalization="light", max_positions=62, overlap=30)
