"""Confidence of events: the parts' probabilities weighed; a surer part never makes an event less sure."""

from __future__ import annotations

import math
from dataclasses import astuple, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import Sketch
from rasid.confidence import SUREST, ConfidenceWeights, confidence_of, confidence_parts
from rasid.grouping import CasualtyDraft, EventDraft

EVEN = ConfidenceWeights(type=1.0, status=1.0, figures=1.0, trigger=1.0, bias=0.0)
PROBABILITY = st.floats(0, 1)


def draft(*, kind: float = 0.5, status: float = 0.5, trigger: float = 0.5, figures: tuple[float, ...] = ()) -> EventDraft:
    (made,) = Sketch.of("t:TRIGGER").group()
    entries = tuple(CasualtyDraft(0, "killed", (), None, p) for p in figures)
    others = (1 - status) / 3
    return replace(
        made,
        status="asserted",
        type_probability=kind,
        status_probabilities=(status, others, others, others),
        trigger_score=trigger,
        casualties=entries,
    )


def test_even_odds_of_every_part_are_even_odds_of_the_event() -> None:
    assert astuple(confidence_parts(draft())) == (0, 0, 0, 0)
    assert confidence_of(draft(), EVEN) == 0.5


def test_parts_are_log_odds_and_the_logs_of_the_figures_add_up() -> None:
    parts = confidence_parts(draft(kind=0.9, status=0.75, trigger=0.25, figures=(0.5, 0.25)))
    assert astuple(parts) == pytest.approx((math.log(9), math.log(3), math.log(0.125), -math.log(3)))
    assert confidence_of(draft(figures=(0.5, 0.25)), EVEN) == pytest.approx(0.125 / 1.125, abs=1e-4)


def test_without_weights_nothing_is_said() -> None:
    assert confidence_of(draft(), None) is None


def test_no_part_decides_by_itself() -> None:
    assert confidence_of(draft(kind=1.0), EVEN) == pytest.approx(SUREST)
    assert confidence_of(draft(kind=0.0), EVEN) == pytest.approx(1 - SUREST)
    assert confidence_of(draft(kind=1.0, figures=(0.0,)), EVEN) == pytest.approx(0.5, abs=0.001)


def test_a_weight_below_nought_is_refused() -> None:
    with pytest.raises(ValueError, match=r"got figures -0\.1, expected at least 0"):
        replace(EVEN, figures=-0.1)
    assert replace(EVEN, bias=-2.0).bias == -2.0


@given(PROBABILITY, PROBABILITY, st.sampled_from(["kind", "status", "trigger"]))
def test_a_surer_part_never_makes_an_event_less_sure(one: float, other: float, part: str) -> None:
    low, high = (confidence_of(draft(**{part: p}), EVEN) for p in sorted((one, other)))  # type: ignore[arg-type]
    assert low is not None
    assert high is not None
    assert 0 <= low <= high <= 1


@given(st.lists(PROBABILITY, max_size=4), PROBABILITY)
def test_one_more_figure_never_makes_an_event_surer(figures: list[float], more: float) -> None:
    fewer, all_of_them = confidence_of(draft(figures=tuple(figures)), EVEN), confidence_of(draft(figures=(*figures, more)), EVEN)
    assert fewer is not None
    assert all_of_them is not None
    assert all_of_them <= fewer
