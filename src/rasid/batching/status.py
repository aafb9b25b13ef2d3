"""What is finished in the folder of a batch: for `rasid batch status`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasid.batching.store import PLAN, PROGRESS, RUN, Store, is_locked, read_json
from rasid.errors import InputError


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """State of a batch: `running`, `stopped` (run the command again) or `finished`; counts of the finished shards."""

    state: str
    counts: dict[str, int]
    share: float | None
    seconds: float | None
    items_now: int | None
    run: dict[str, Any] | None


def read_status(folder: str | Path) -> BatchStatus:
    """Look at the folder of a batch, which may be running.

    Raises:
        InputError: where it is none.
    """
    store = Store(Path(folder))
    if read_json(store.root / PLAN) is None:
        raise InputError(f"got a folder without {PLAN}, expected one that `rasid batch` writes to", source=str(folder))
    counts: Counter[str] = Counter()
    names = list(store.finished().values())
    for name in names:
        marker = store.done(name) or {}
        counts.update({key: value for key, value in marker.items() if isinstance(value, int)})
    counts["shards"] = len(names)
    run = read_json(store.root / RUN)
    live = is_locked(store.root)
    progress = read_json(store.root / PROGRESS) or {}
    state = "running" if live else "finished" if run is not None and len(run.get("shards", ())) == len(names) else "stopped"
    return BatchStatus(state, dict(counts), progress.get("share"), progress.get("seconds"), progress.get("items_now"), run)
