"""What is chosen after training: the events' confidence is fitted to what was right."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("transformers", reason="the training extra is not installed")

from recipe import calibration
from recipe.calibration import event_confidence, fit_logistic


def outcomes(count: int, weights: tuple[float, ...], bias: float) -> tuple[np.ndarray, np.ndarray]:
    """Parts drawn at random, and whether each event is right, as a logistic law of these weights has it."""
    draw = np.random.default_rng(0)
    parts = draw.normal(size=(count, len(weights)))
    return parts, (draw.random(count) < 1 / (1 + np.exp(-(parts @ np.asarray(weights) + bias)))).astype(float)


def test_the_law_that_made_the_outcomes_is_found() -> None:
    weights, bias = fit_logistic(*outcomes(20_000, (1.0, 0.5, 0.0), -0.7))
    assert weights == pytest.approx([1.0, 0.5, 0.0], abs=0.06)
    assert bias == pytest.approx(-0.7, abs=0.06)


def test_a_part_that_counts_against_the_event_gets_no_weight(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "event_outcomes", lambda *_: outcomes(5_000, (1.0, -0.5, 0.8, 0.3), 0.2))
    found = event_confidence([], [], calibration.GroupingOptions())
    assert found is not None
    assert found.status == 0
    assert min(found.type, found.figures, found.trigger) > 0.2


@pytest.mark.parametrize("right", [np.ones(50), np.zeros(50), np.asarray([0.0, 1.0] * 5)])
def test_too_few_events_or_all_alike_give_no_confidence(right: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibration, "event_outcomes", lambda *_: (np.zeros((len(right), 4)), right))
    assert event_confidence([], [], calibration.GroupingOptions()) is None
