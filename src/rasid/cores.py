"""How much of the machine this process may use."""

from __future__ import annotations

import os


def cores() -> int:
    """Cores that this process may use; where the system cannot tell (macOS, Windows), those of the machine."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
