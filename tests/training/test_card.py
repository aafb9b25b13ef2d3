"""Cards: what is rare in training is counted, not written by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pydantic", reason="the training extra is not installed")

from recipe.card import rare_statuses, write_card
from recipe.config import ROOT, load_config


def test_rare_statuses_are_counted() -> None:
    assert rare_statuses({"asserted": 1200, "alleged": 30, "denied": 4, "planned": 66}) == " (30 and 4 of 1,300)"


def test_a_status_that_never_occurs_is_counted_as_none() -> None:
    assert rare_statuses({"asserted": 5}) == " (0 and 0 of 5)"


def test_what_is_not_known_is_not_said() -> None:
    assert rare_statuses({}) == ""


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("optim.average=0.99", "- Weights: the moving average of 60 steps (decay 0.99); nothing was chosen on reports.jsonl."),
        ("run.best=facts", "- Chosen on reports.jsonl (best `facts`), step 40 of 60."),
    ],
)
def test_what_was_chosen_is_said_as_it_was(override: str, said: str, tmp_path: Path) -> None:
    summary = {"dev": {"facts": 50.0}, "best_step": 40, "steps": 60, "minutes": 1.0, "training_documents": 3, "seed": 0}
    write_card(load_config(ROOT / "configs" / "smoke.yaml", [override]), summary, tmp_path / "README.md")
    assert said in (tmp_path / "README.md").read_text(encoding="utf-8").splitlines()
