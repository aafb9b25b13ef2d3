"""How much of the machine this process may use, on systems that can tell and on those that cannot."""

from __future__ import annotations

import os

import pytest

from rasid.cores import cores


def test_what_the_process_is_bound_to_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 5, 7}, raising=False)
    assert cores() == 3


@pytest.mark.parametrize(("machine", "expected"), [(6, 6), (None, 1)])
def test_where_the_system_cannot_tell_it_is_the_machine_and_at_least_one(
    monkeypatch: pytest.MonkeyPatch, machine: int | None, expected: int
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    monkeypatch.setattr(os, "cpu_count", lambda: machine)
    assert cores() == expected
