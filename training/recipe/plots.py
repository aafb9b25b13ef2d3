"""Gives the drawing library where it is installed, set to write files and not to open windows."""

from __future__ import annotations

from typing import Any

from rasid.errors import MissingDependencyError


def pyplot() -> Any:
    """`matplotlib.pyplot` on the file backend.

    Raises:
        MissingDependencyError: where matplotlib is not installed.
    """
    try:
        import matplotlib
    except ImportError as error:
        raise MissingDependencyError("matplotlib", "train", "a plot") from error
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    return plt
