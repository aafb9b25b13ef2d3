"""Totals and parts: contradictions are flagged with their entries and the reason, and nothing is mended."""

from __future__ import annotations

import dataclasses
import json

import pytest

from rasid.checks import CODES, Flag, check_casualties
from rasid.records import Casualty, Mention

_PLACES = iter(range(0, 100_000, 10))


def entry(
    low: int | None, high: int | None, part_of: int | None = None, *, kind: str = "killed", victims: str = "", civilian: bool | None = None
) -> Casualty:
    """A figure of its own number mention; `victims` is one mention."""
    start = next(_PLACES)
    said = (Mention(victims, start + 3, start + 3 + len(victims)),) if victims else ()
    return Casualty(kind, low, high, False, Mention(str(low), start, start + 2), said, civilian, part_of)


def exactly(count: int, part_of: int | None = None, **more: object) -> Casualty:
    return entry(count, count, part_of, **more)  # type: ignore[arg-type]


def found(*casualties: Casualty) -> list[tuple[str, tuple[int, ...]]]:
    return [(flag.code, flag.entries) for flag in check_casualties(casualties)]


@pytest.mark.parametrize(
    "casualties",
    [
        [],
        [exactly(40)],
        [exactly(10), exactly(3, 0)],
        [exactly(10), exactly(3, 0), exactly(7, 0)],
        [exactly(10), exactly(12, 0, kind="wounded")],  # a part of another kind says nothing of the whole
        [entry(300, None), exactly(400, 0)],  # at least 300, among them 400
        [entry(None, 10), entry(3, None, 0)],  # up to 10, among them at least 3
        [exactly(10), entry(None, 12, 0)],  # up to 12 may be 10
        [exactly(31, kind="killed_or_wounded"), exactly(11, 0), exactly(20, 0, kind="wounded")],
        [exactly(5), exactly(5)],
        [exactly(5), exactly(7, kind="wounded")],
        [exactly(5, victims="جنود"), exactly(7, victims="مدنيين")],
        [entry(10, None), exactly(12)],
        [entry(10, 20), entry(20, 30)],
        [exactly(10), exactly(3, 9)],  # a part of no entry
    ],
    ids=str,
)
def test_figures_that_agree_have_no_flag(casualties: list[Casualty]) -> None:
    assert found(*casualties) == []


@pytest.mark.parametrize(
    ("casualties", "flags"),
    [
        ([entry(30, 20)], [("bounds", (0,))]),
        ([exactly(10), exactly(12, 0)], [("part", (0, 1))]),
        ([entry(None, 10), entry(11, None, 0)], [("part", (0, 1))]),
        ([exactly(10), exactly(6, 0, victims="نساء"), exactly(5, 0, victims="أطفال")], [("parts", (0, 1, 2))]),
        ([exactly(5, 1), exactly(4)], [("part", (1, 0))]),  # the part stands first
        ([exactly(31, kind="killed_or_wounded"), exactly(20, 0), exactly(12, 0, kind="wounded")], [("parts", (0, 1, 2))]),
        ([exactly(3, 0)], [("cycle", (0,))]),
        ([exactly(3, 1), exactly(3, 0)], [("cycle", (0, 1))]),
        ([exactly(9, 1), exactly(9, 2), exactly(9, 1)], [("cycle", (1, 2))]),  # a part of a circle is not in it
        ([exactly(12), exactly(15)], [("tolls", (0, 1))]),
        ([exactly(12), entry(15, None)], [("tolls", (0, 1))]),
        ([exactly(12, victims="مدنيين"), exactly(15, victims="مدنيين")], [("tolls", (0, 1))]),
        ([exactly(12, victims="إمرأة"), exactly(15, victims="امرأة")], [("tolls", (0, 1))]),  # spelling variants
        ([exactly(40), exactly(3, 0, victims="أطفال"), exactly(4, 0, victims="أطفال")], [("tolls", (1, 2))]),
        ([exactly(1), exactly(2), exactly(3)], [("tolls", (0, 1)), ("tolls", (0, 2)), ("tolls", (1, 2))]),
    ],
    ids=str,
)
def test_contradictions_are_flagged(casualties: list[Casualty], flags: list[tuple[str, tuple[int, ...]]]) -> None:
    assert found(*casualties) == flags


def test_one_mention_read_twice_is_no_other_toll() -> None:
    one = exactly(12)
    assert found(one, dataclasses.replace(one, low=15, high=15)) == []


def test_civilians_and_fighters_are_not_the_same_victims() -> None:
    assert found(exactly(3, civilian=True), exactly(5, civilian=False)) == []


def test_the_reason_says_the_figures() -> None:
    (flag,) = check_casualties([exactly(10), exactly(12, 0)])
    assert flag.reason == "killed: a part of at least 12 of a whole of at most 10"
    (flag,) = check_casualties([exactly(12), entry(15, None)])
    assert flag.reason == "killed: 12 and 15 to ? of the same victims"
    assert flag.code in CODES


def test_a_flag_is_plain_json() -> None:
    assert json.loads(json.dumps(Flag("part", (0, 1), "x").to_dict())) == {"code": "part", "entries": [0, 1], "reason": "x"}
