"""JSON lines of the recipe's own files, with the number of the line that cannot be read."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rasid.errors import InputError
from rasid.readers import decoded_lines, parse_object


def numbered_lines(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The JSON object of each line that is not blank, with its number (from 1); a file whose name ends in `.gz` is gzipped.

    Raises:
        InputError: where the file or a line cannot be read.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else open(path, "rb") as stream:
            for number, line in enumerate(decoded_lines(stream), 1):  # type: ignore[arg-type]
                if line.strip():
                    yield number, _object(line, path, number)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot be read: {getattr(error, 'strerror', None) or error}", source=str(path)) from error


def _object(line: str, path: Path, number: int) -> dict[str, Any]:
    try:
        return parse_object(line)
    except InputError as error:
        raise InputError(str(error), source=str(path), line=number) from error
