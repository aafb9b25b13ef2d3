"""Labels: only valid IOB2 comes out, no span crosses a sentence end, and scores are those of the weakest word."""

from __future__ import annotations

from itertools import pairwise, product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from rasid.labels import IOB2, WordSpan, decode, log_softmax
from rasid.records import LABELS
from rasid.words import split_words

Floats = NDArray[np.float32]


def logits(*rows: dict[str, float]) -> Floats:
    """Label log-probabilities of each word; labels that a row does not name share what is left."""
    out = np.zeros((len(rows), len(IOB2)), dtype=np.float32)
    for k, row in enumerate(rows):
        out[k] = (1 - sum(row.values())) / (len(IOB2) - len(row))
        for name, share in row.items():
            out[k, IOB2.index(name)] = share
    return np.log(out)


def spans(log_probs: Floats, text: str, glued: list[bool] | None = None) -> list[tuple[str, int, int]]:
    found = decode(log_probs, split_words(text), None if glued is None else np.asarray(glued))
    return [(s.label, s.first, s.last) for s in found]


def test_the_label_set_is_iob2_over_the_five_labels() -> None:
    assert IOB2[0] == "O"
    assert set(IOB2[1:]) == {f"{p}-{label}" for p in "BI" for label in LABELS}
    assert len(IOB2) == 11


def test_log_softmax_is_stable_and_sums_to_one() -> None:
    out = log_softmax(np.asarray([[1e4, 0.0, -1e4], [0.0, 0.0, 0.0]], dtype=np.float32))
    assert np.exp(out).sum(axis=-1) == pytest.approx([1.0, 1.0])
    assert out.dtype == np.float32


def test_a_span_runs_from_b_over_its_is() -> None:
    found = spans(logits({"B-ACTOR": 0.9}, {"I-ACTOR": 0.9}, {"O": 0.9}, {"B-NUMBER": 0.9}), "قوات الجيش قرب 12")
    assert found == [("ACTOR", 0, 1), ("NUMBER", 3, 3)]


def test_two_bs_in_a_row_are_two_spans() -> None:
    assert spans(logits({"B-LOCATION": 0.9}, {"B-LOCATION": 0.9}), "حلب وإدلب") == [("LOCATION", 0, 0), ("LOCATION", 1, 1)]


def test_an_i_without_its_b_is_repaired_by_the_most_probable_valid_labelling() -> None:
    sure = logits({"B-ACTOR": 0.4, "O": 0.5}, {"I-ACTOR": 0.98})
    assert spans(sure, "قوات الجيش") == [("ACTOR", 0, 1)]
    unsure = logits({"O": 0.95, "B-ACTOR": 0.01}, {"I-ACTOR": 0.5, "O": 0.45})
    assert spans(unsure, "قوات الجيش") == []


def test_no_span_crosses_a_sentence_end() -> None:
    two = logits({"B-ACTOR": 0.9}, {"I-ACTOR": 0.9, "B-ACTOR": 0.05})
    assert spans(two, "الجيش\nالجيش") == [("ACTOR", 0, 0), ("ACTOR", 1, 1)]
    assert spans(two, "الجيش. الجيش") == [("ACTOR", 0, 0), ("ACTOR", 1, 1)]
    assert spans(two, "الجيش، الجيش") == [("ACTOR", 0, 1)]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), words=st.integers(1, 12), scale=st.sampled_from([0.1, 3.0, 50.0]))
def test_whatever_the_logits_only_valid_iob2_comes_out(seed: int, words: int, scale: float) -> None:
    rng = np.random.default_rng(seed)
    text = "".join(f"w{k}{rng.choice([' ', chr(10), '. '])}" for k in range(words))
    split = split_words(text)
    found = decode(log_softmax(scale * rng.normal(size=(words, len(IOB2))).astype(np.float32)), split, rng.random(words) < 0.3)
    taken: list[int] = []
    for span in found:
        assert 0 <= span.first <= span.last < words
        assert split.items[span.first].sentence == split.items[span.last].sentence
        assert 0.0 <= span.score <= 1.0
        taken.extend(range(span.first, span.last + 1))
    assert taken == sorted(set(taken))  # in text order, no overlap


@pytest.mark.parametrize("seed", range(5))
def test_the_labelling_is_the_most_probable_valid_one(seed: int) -> None:
    """Against all labellings of three words."""
    log_probs = log_softmax(2 * np.random.default_rng(seed).normal(size=(3, len(IOB2))).astype(np.float32))

    def valid(path: tuple[int, ...]) -> bool:
        before = ("O", *(IOB2[k] for k in path))
        return all(not b.startswith("I-") or a in (f"B-{b[2:]}", b) for a, b in pairwise(before))

    paths = [p for p in product(range(len(IOB2)), repeat=3) if valid(p)]
    best = max(paths, key=lambda p: sum(log_probs[k, p[k]] for k in range(3)))
    labels = ["O"] * 3
    for span in decode(log_probs, split_words("w0 w1 w2")):
        labels[span.first : span.last + 1] = [f"B-{span.label}", *[f"I-{span.label}"] * (span.last - span.first)]
    assert labels == [IOB2[k] for k in best]


def test_the_score_is_that_of_the_least_sure_word() -> None:
    (span,) = decode(logits({"B-ACTOR": 0.9}, {"I-ACTOR": 0.6}, {"I-ACTOR": 0.8}), split_words("قوات الجيش السوري"))
    assert span == WordSpan("ACTOR", 0, 2, pytest.approx(0.6, abs=1e-5))


def test_glued_words_share_the_label_of_their_piece() -> None:
    """Two words in one piece are one span or none: the piece was trained with the first one's label."""
    row = {"B-TRIGGER": 0.6, "O": 0.3}
    assert spans(logits(row, row), "قتيلا/جريحا", [False, True]) == [("TRIGGER", 0, 1)]
    row = {"B-TRIGGER": 0.3, "O": 0.6}
    assert spans(logits(row, row), "قتيلا/جريحا", [False, True]) == []


def test_glued_words_are_counted_once() -> None:
    """The piece's probability weighs once, however many words lie in it."""
    piece = {"B-ACTOR": 0.30, "O": 0.60}
    after = {"I-ACTOR": 0.75, "O": 0.2}
    assert spans(logits(piece, piece, piece, after), "ا/ب/ج د", [False, True, True, False]) == [("ACTOR", 0, 3)]


def test_the_score_of_glued_words_is_their_pieces() -> None:
    row = {"B-TRIGGER": 0.9}
    (span,) = decode(logits(row, row), split_words("قتيلا/جريحا"), np.asarray([False, True]))
    assert span.score == pytest.approx(0.9, abs=1e-5)


def test_no_words_no_spans() -> None:
    assert decode(np.zeros((0, len(IOB2)), dtype=np.float32), split_words("")) == ()


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), sharp=st.sampled_from([0.5, 4.0, 20.0]))
def test_a_text_whose_best_labels_are_plainly_valid_is_read_as_the_search_reads_it(seed: int, sharp: float) -> None:
    rng = np.random.default_rng(seed)
    text = "قصف الجيش حلب أمس. قتل 12 مدنيا"
    words = split_words(text)
    log_probs = log_softmax((sharp * rng.standard_normal((len(words), len(IOB2)))).astype(np.float32))
    glued = rng.random(len(words)) < 0.1
    glued[0] = glued[4] = False
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("rasid.labels._BY_FAR", np.inf)  # search in every sentence
        searched = decode(log_probs, words, glued)
    assert decode(log_probs, words, glued) == searched
