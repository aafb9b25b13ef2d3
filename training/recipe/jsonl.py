"""JSON lines of the recipe's own files, with the number of the line that cannot be read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rasid.errors import InputError


def numbered_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """The value of each line that is not blank, with its number (from 1).

    Raises:
        InputError: where the file or a line cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")  # not splitlines: texts may hold other line separators
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from error
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"not JSON: {error}", source=str(path), line=number) from error
        yield number, value
