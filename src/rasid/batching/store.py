"""The folder of a batch: what is where, writes that are whole or absent, markers of what is finished, one run at a time."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from rasid import files
from rasid.errors import OutputError, RasidError

PLAN, RUN, DONE, PROGRESS, LOCK = "plan.json", "run.json", "done.json", "progress.json", ".lock"
SHARDS, READINGS = "shards", "readings"


class Store:
    """The output folder of a batch."""

    def __init__(self, root: Path):
        self.root = root
        self.shards = root / SHARDS
        self.readings = root / READINGS

    def shard(self, name: str) -> Path:
        """The folder of a shard's results."""
        return self.shards / name

    def reading(self, name: str) -> Path:
        """The file of what the network read in a shard."""
        return self.readings / f"{name}.npz"

    def done(self, name: str) -> dict[str, Any] | None:
        """The completion marker of a shard, or None where it is not finished."""
        return read_json(self.shard(name) / DONE)

    def finished(self) -> dict[int, str]:
        """Number and name of every finished shard, in order."""
        found: dict[int, str] = {}
        if self.shards.is_dir():
            for entry in sorted(os.listdir(self.shards)):
                number, dash, _ = entry.partition("-")
                if dash and number.isdigit() and (self.shards / entry / DONE).is_file():
                    found[int(number)] = entry
        return found

    def sweep(self) -> None:
        """Delete what runs that were killed left half written."""
        for folder in (self.root, self.shards, self.readings):
            for entry in folder.glob(f"{files.TEMPORARY}*") if folder.is_dir() else ():
                shutil.rmtree(entry, ignore_errors=True) if entry.is_dir() else entry.unlink(missing_ok=True)


@contextmanager
def written_folder(path: Path) -> Iterator[Path]:
    """As `rasid.files.written` for a folder of files; a folder that stands at `path` without a completion marker gives way."""
    temporary = files.beside(path)
    try:
        shutil.rmtree(temporary, ignore_errors=True)
        temporary.mkdir()
        yield temporary
        for file in sorted(temporary.iterdir()):
            files.sync(file)
        files.sync(temporary)
        if path.exists() and not (path / DONE).is_file():
            shutil.rmtree(path)
        try:
            os.rename(temporary, path)
        except OSError:
            if not (path / DONE).is_file():
                raise
            shutil.rmtree(temporary)  # the worker of a run that was thought dead finished it meanwhile: the same bytes
        files.sync(path.parent)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def write_json(path: Path, value: object) -> None:
    """Write `value` as JSON, whole or not at all."""
    with files.written(path) as temporary:
        temporary.write_text(json.dumps(value, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")


def read_json(path: Path) -> dict[str, Any] | None:
    """The JSON object in a file, None where there is no such file or it is none."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return value if isinstance(value, dict) else None


def output_error(error: OSError, root: Path) -> RasidError:
    """What to tell a user whose output cannot be written."""
    what = error.strerror or str(error)
    return OutputError(f"{root}: cannot be written: {what}; the finished shards are good, the same command goes on from there")


@contextmanager
def locked(root: Path) -> Iterator[None]:
    """Keep a second run out of a folder; the lock of a process that was killed is gone with it.

    Raises:
        OutputError: where another run has it, or the folder cannot be written to.
    """
    try:
        for folder in (root, root / SHARDS, root / READINGS):
            folder.mkdir(parents=True, exist_ok=True)
        stream = open(root / LOCK, "a")  # noqa: SIM115
    except OSError as error:
        raise OutputError(f"{root}: cannot be written: {error.strerror or error}") from error
    with stream:
        try:
            import fcntl
        except ImportError:  # Windows
            yield
            return
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise OutputError(f"{root}: another run is writing to it") from error
        yield


def is_locked(root: Path) -> bool:
    """Whether a run is writing to a folder (always false where the system has no such locks)."""
    try:
        import fcntl

        with open(root / LOCK, "rb") as stream:
            fcntl.flock(stream, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except (ImportError, OSError):
        return False
    return False
