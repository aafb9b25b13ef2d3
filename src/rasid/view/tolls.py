"""The killed and the wounded of an event by side, for the chart: one rule for both, that of `rasid.profiles.deaths`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from rasid.profiles.deaths import Deaths, count_deaths
from rasid.records import Event

TOLLS = ("killed", "wounded")
# Stands for a kind that is not counted.
_ASIDE = "missing"


def tolls(event: Event) -> dict[str, Any]:
    """For each of `TOLLS`: `best`, `low`, `high` (None: not told) and `sides`, the people of `best` by `rasid.profiles.deaths.BUCKETS`."""
    return {kind: _plain(count_deaths(_as_killed(event, kind))) for kind in TOLLS}


def _as_killed(event: Event, kind: str) -> Event:
    """The event as if only the people of `kind` had been killed: what keeps deaths from being counted twice holds for them too."""
    if kind == "killed":
        return event
    renamed = tuple(replace(entry, kind="killed" if entry.kind == kind else _ASIDE) for entry in event.casualties)
    return replace(event, casualties=renamed)


def _plain(counted: Deaths) -> dict[str, Any]:
    sides = {side: count for side, count in counted.by_bucket.items() if count}
    return {"best": counted.best, "low": counted.low, "high": counted.high, "sides": sides}
