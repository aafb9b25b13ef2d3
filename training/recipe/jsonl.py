"""JSON lines of the recipe's own files, with the number of the line that cannot be read."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rasid.errors import InputError


def numbered_lines(path: Path) -> Iterator[tuple[int, Any]]:
    """The value of each line that is not blank, with its number (from 1); a file whose name ends in `.gz` is gzipped.

    Raises:
        InputError: where the file or a line cannot be read.
    """
    try:
        raw = path.read_bytes()
        text = (gzip.decompress(raw) if path.suffix == ".gz" else raw).decode("utf-8")
    except (OSError, EOFError) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", source=str(path)) from error
    for number, line in enumerate(text.split("\n"), 1):  # not splitlines: texts may hold other line separators
        if not line.strip():
            continue
        try:
            value = json.loads(line)
        except json.JSONDecodeError as error:
            raise InputError(f"not JSON: {error}", source=str(path), line=number) from error
        yield number, value
