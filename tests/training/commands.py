"""Where the project lies, and its scripts run as a user would run them."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
REPORTS = "training/corpus/reports.jsonl"
QUIET = {"HF_HUB_OFFLINE": "1", "OMP_NUM_THREADS": "1", "OMP_WAIT_POLICY": "PASSIVE"}
NO_EXTRA = "the training extra is not installed"


@dataclass(frozen=True)
class Finished:
    """A finished command: the folder it wrote, what it said, and its seconds: by the clock or, where less, of the processor.

    The second is what it would take alone: on a machine that is busy with other things the clock says nothing.
    """

    folder: Path
    process: subprocess.CompletedProcess[str]
    seconds: float


def run(*arguments: str | Path, timeout: float = 1200) -> tuple[subprocess.CompletedProcess[str], float]:
    """Run a script from the project's root, without the network."""
    started, used = time.monotonic(), _processor()
    command = [sys.executable, *(str(a) for a in arguments)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, env={**os.environ, **QUIET})
    return process, min(time.monotonic() - started, _processor() - used)


def _processor() -> float:
    """Processor seconds of the processes started here so far."""
    times = os.times()
    return times.children_user + times.children_system
