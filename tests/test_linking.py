"""Linking: logits become probabilities, and only pairs that were looked at hold anything."""

from __future__ import annotations

import numpy as np
import pytest

from builders import Sketch
from rasid.backend import join_inputs
from rasid.candidates import APART, RELATIONS, SpanWords, make_pairs
from rasid.linking import KINDS, Links, read_links
from rasid.records import CASUALTY_KINDS, EVENT_TYPES, STATUSES

WIDTH = len(EVENT_TYPES) + len(STATUSES) + 1 + len(KINDS)
SKETCH = Sketch.of("t1:TRIGGER a:ACTOR t2:TRIGGER l:LOCATION")
PAIRS = make_pairs(SKETCH.text, SKETCH.words, [SpanWords(s.label, s.first, s.last) for s in SKETCH.spans])


def read(pair_logits: float | np.ndarray = 0.0, span_logits: np.ndarray | None = None) -> Links:
    pair = np.full((len(PAIRS.head), len(RELATIONS)), 0.0, dtype=np.float32) + pair_logits
    return read_links(np.zeros((4, WIDTH), dtype=np.float32) if span_logits is None else span_logits, pair.astype(np.float32), PAIRS)


def test_spans_have_one_distribution_each_over_types_statuses_and_kinds() -> None:
    rng = np.random.default_rng(0)
    links = read(span_logits=rng.normal(size=(4, WIDTH)).astype(np.float32))
    assert links.type.shape == (4, len(EVENT_TYPES))
    assert links.status.shape == (4, len(STATUSES))
    assert links.kind.shape == (4, len(KINDS))
    for part in (links.type, links.status, links.kind):
        assert part.sum(axis=1) == pytest.approx(np.ones(4), abs=1e-5)
    assert links.aggregate.shape == (4,)


def test_the_logits_are_read_in_the_order_type_status_aggregate_kind() -> None:
    logits = np.zeros((4, WIDTH), dtype=np.float32)
    logits[0, EVENT_TYPES.index("battle")] = 20
    logits[0, len(EVENT_TYPES) + STATUSES.index("denied")] = 20
    logits[0, len(EVENT_TYPES) + len(STATUSES)] = 20
    logits[0, len(EVENT_TYPES) + len(STATUSES) + 1 + KINDS.index("missing")] = 20
    links = read(span_logits=logits)
    assert EVENT_TYPES[int(links.type[0].argmax())] == "battle"
    assert STATUSES[int(links.status[0].argmax())] == "denied"
    assert links.aggregate[0] > 0.99
    assert links.aggregate[1] == pytest.approx(0.5)
    assert KINDS[int(links.kind[0].argmax())] == "missing"


def test_kinds_are_none_and_the_casualty_kinds() -> None:
    assert ("none", *CASUALTY_KINDS) == KINDS


def test_relations_that_the_labels_forbid_are_zero_whatever_the_logit() -> None:
    links = read(30.0)
    t1, a, location = (SKETCH.number[name] for name in ("t1", "a", "l"))
    assert links.of("perpetrator")[t1, a] == pytest.approx(1.0)
    assert links.of("location")[t1, location] == pytest.approx(1.0)
    assert links.of("location")[t1, a] == 0.0
    assert links.of("perpetrator")[a, t1] == 0.0
    assert not links.of("part_of").any()


def test_same_event_holds_both_ways() -> None:
    links = read(2.0)
    t1, t2 = SKETCH.number["t1"], SKETCH.number["t2"]
    assert links.of("same_event")[t1, t2] == pytest.approx(1 / (1 + np.exp(-2.0)), abs=1e-5)
    assert links.of("same_event")[t2, t1] == links.of("same_event")[t1, t2]
    assert links.of("same_event")[t1, t1] == 0.0


def test_huge_logits_do_not_overflow() -> None:
    with np.errstate(all="raise"):
        links = read(-1e30, np.full((4, WIDTH), 1e30, dtype=np.float32))
    assert np.isfinite(links.relation).all()
    assert np.isfinite(links.type).all()


def test_a_document_without_spans_has_empty_links() -> None:
    links = Links.empty()
    assert links.of("victim").shape == (0, 0)
    assert links.kind.shape == (0, len(KINDS))


def test_texts_that_are_linked_in_one_call_stand_apart() -> None:
    def inputs(spans: int, sentences: list[int]) -> dict[str, np.ndarray]:
        pairs = {"head": np.asarray([0]), "other": np.asarray([spans - 1]), "features": np.asarray([[spans, 4, 0, 0]])}
        pieces = np.arange(spans)
        return {"first": pieces, "last": pieces + 1, "label": np.zeros(spans, np.int64), "sentence": np.asarray(sentences), **pairs}

    vectors = [np.full((pieces, 3), float(pieces), dtype=np.float32) for pieces in (5, 9)]
    hidden, joined = join_inputs([(vectors[0], inputs(2, [0, 7])), (vectors[1], inputs(3, [2, 2, 3]))])
    assert hidden.shape == (14, 3)
    assert hidden[joined["first"], 0].tolist() == [5.0, 5.0, 9.0, 9.0, 9.0]
    assert (joined["last"] - joined["first"]).tolist() == [1] * 5
    assert list(zip(joined["head"].tolist(), joined["other"].tolist(), strict=True)) == [(0, 1), (2, 4)]
    assert joined["features"][:, 0].tolist() == [2, 3]  # of pairs within one text: they stay as they are
    sentence = joined["sentence"].tolist()
    assert (sentence[1] - sentence[0], sentence[4] - sentence[2]) == (7, 1)
    assert sentence[2] - sentence[1] >= APART


def test_a_text_linked_alone_is_given_as_it_is() -> None:
    part = (np.zeros((1, 3), dtype=np.float32), {"first": np.asarray([0])})
    assert join_inputs([part]) is part
