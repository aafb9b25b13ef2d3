"""Cards: what is rare in training is counted, not written by hand."""

from __future__ import annotations

import pytest

pytest.importorskip("pydantic", reason="the training extra is not installed")

from recipe.card import rare_statuses


def test_rare_statuses_are_counted() -> None:
    assert rare_statuses({"asserted": 1200, "alleged": 30, "denied": 4, "planned": 66}) == " (30 and 4 of 1,300)"


def test_a_status_that_never_occurs_is_counted_as_none() -> None:
    assert rare_statuses({"asserted": 5}) == " (0 and 0 of 5)"


def test_what_is_not_known_is_not_said() -> None:
    assert rare_statuses({}) == ""
