"""Files that are whole or absent, whatever stops the program that writes them."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# A folder may hold more than we write: what is swept must be ours by its name.
TEMPORARY = ".rasid-tmp-"


@contextmanager
def written(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`; what is written there is synced and renamed to `path` if nothing fails, else deleted."""
    temporary = beside(path)
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, path)
        sync(path.parent)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def beside(path: Path) -> Path:
    """A name that no other process on any machine makes."""
    return path.with_name(f"{TEMPORARY}{uuid.uuid4().hex[:12]}-{path.name}")


def sync(path: Path) -> None:
    """Make sure that a file or a folder's list of files is on the disk."""
    try:
        handle = os.open(path, os.O_RDONLY)
    except OSError:
        if path.is_dir():  # Windows opens no folders
            return
        raise
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
