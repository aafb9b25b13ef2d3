"""Candidates: which pairs of spans are looked at, and what is told of each."""

from __future__ import annotations

import numpy as np
import pytest

from builders import Sketch
from rasid.candidates import ALLOWED, BETWEEN_BUCKETS, DISTANCE_BUCKETS, MAX_SENTENCES, RELATIONS, SENTENCE_BUCKETS, SpanWords, make_pairs


def pairs_of(sketch: Sketch) -> dict[tuple[str, str], tuple[set[str], list[int]]]:
    """Relations and features of each pair, by names."""
    pairs = make_pairs(sketch.text, sketch.words, [SpanWords(s.label, s.first, s.last) for s in sketch.spans])
    out = {}
    for head, other, features, allowed in zip(pairs.head, pairs.other, pairs.features, pairs.allowed, strict=True):
        a, b = sketch.names([int(head), int(other)])
        out[a, b] = ({r for r, ok in zip(RELATIONS, allowed, strict=True) if ok}, features.tolist())
    return out


def test_only_pairs_whose_labels_permit_a_relation() -> None:
    pairs = pairs_of(Sketch.of("t:TRIGGER a:ACTOR n:NUMBER l:LOCATION d:DATE"))
    assert {pair: relations for pair, (relations, _) in pairs.items()} == {
        ("t", "a"): {"perpetrator", "target", "source", "casualty"},
        ("t", "l"): {"location", "target"},
        ("t", "d"): {"date"},
        ("t", "n"): {"casualty"},
        ("n", "a"): {"victim"},
    }


def test_triggers_and_victims_are_paired_one_way_and_numbers_both() -> None:
    pairs = pairs_of(Sketch.of("t1:TRIGGER t2:TRIGGER a1:ACTOR a2:ACTOR n1:NUMBER n2:NUMBER"))
    same = {pair for pair in pairs if pair[0][0] == pair[1][0]}
    assert same == {("t1", "t2"), ("a1", "a2"), ("n1", "n2"), ("n2", "n1")}
    assert pairs["t1", "t2"][0] == {"same_event"}
    assert pairs["a1", "a2"][0] == {"victim"}
    assert pairs["n2", "n1"][0] == {"part_of"}


def test_every_relation_is_allowed_between_some_labels() -> None:
    assert {relation for relations in ALLOWED.values() for relation in relations} == set(RELATIONS)


def test_distance_is_signed_and_bucketed() -> None:
    pairs = pairs_of(Sketch("w w a w w w w t w w w w w w w w w w b", ("a", "ACTOR", "a"), ("t", "TRIGGER", "t"), ("b", "ACTOR", "b")))
    before, after = pairs["t", "a"][1][0], pairs["t", "b"][1][0]
    assert before < DISTANCE_BUCKETS // 2 <= after < DISTANCE_BUCKETS
    assert before == 4  # five words: 4 <= 5 < 6
    assert after - DISTANCE_BUCKETS // 2 == 6  # eleven words: 8 <= 11 < 12


def test_distance_is_counted_between_the_spans_edges() -> None:
    wide = Sketch("t قوات الجيش السوري d", ("t", "TRIGGER", "t"), ("a", "ACTOR", "قوات الجيش السوري"), ("d", "DATE", "d"))
    near = Sketch("t a", ("t", "TRIGGER", "t"), ("a", "ACTOR", "a"))
    assert pairs_of(wide)["t", "a"][1][0] == pairs_of(near)["t", "a"][1][0]


def test_sentence_distance_is_clipped() -> None:
    text = "a.\nt.\n" + "w.\n" * 8 + "b."
    pairs = pairs_of(Sketch(text, ("a", "ACTOR", "a"), ("t", "TRIGGER", "t"), ("b", "ACTOR", "b")))
    centre = SENTENCE_BUCKETS // 2
    assert pairs["t", "a"][1][1] == centre - 1
    assert pairs["t", "b"][1][1] == SENTENCE_BUCKETS - 1


@pytest.mark.parametrize("between", range(7))
def test_triggers_between_are_counted_up_to_a_bound(between: int) -> None:
    inside = [(f"t{k}", "TRIGGER", f"t{k}") for k in range(between + 1)]
    text = " ".join(name for name, _, _ in inside) + " a"
    features = pairs_of(Sketch(text, *inside, ("a", "ACTOR", "a")))["t0", "a"][1]
    assert features[2] == min(between, BETWEEN_BUCKETS - 1)


def test_same_text_is_told_without_regard_to_spelling() -> None:
    sketch = Sketch("قصف وقصف قَصْف", ("t1", "TRIGGER", "قصف"), ("t2", "TRIGGER", "وقصف"), ("t3", "TRIGGER", "قَصْف"))
    pairs = pairs_of(sketch)
    assert pairs["t1", "t3"][1][3] == 1
    assert pairs["t1", "t2"][1][3] == 0


def test_spans_too_many_sentences_apart_are_no_pair() -> None:
    def text(gap: int) -> Sketch:
        return Sketch("t.\n" + "w.\n" * (gap - 1) + "a.", ("t", "TRIGGER", "t"), ("a", "ACTOR", "a"))

    assert ("t", "a") in pairs_of(text(MAX_SENTENCES))
    assert pairs_of(text(MAX_SENTENCES + 1)) == {}


def test_no_spans_no_pairs() -> None:
    pairs = make_pairs("", Sketch("w").words, [])
    assert pairs.head.shape == pairs.other.shape == (0,)
    assert pairs.features.shape == (0, 4)
    assert pairs.allowed.shape == (0, len(RELATIONS))
    assert pairs.allowed.dtype == np.bool_
