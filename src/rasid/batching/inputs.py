"""Finds the inputs of a batch, and reads them as one stream of items of which only a few are in memory."""

from __future__ import annotations

import dataclasses
import errno
import glob
import gzip
import hashlib
import io
import logging
import os
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sized
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

from rasid.batching import arrow
from rasid.batching.store import PLAN, SHARDS
from rasid.document import Document
from rasid.errors import InputError, MissingDependencyError
from rasid.readers import READERS, STDIN, Fault, Item, Settings, make_item, warn_of_absent

log = logging.getLogger(__name__)

PARQUET = (".parquet", ".pq")
COMPRESSED = (".gz", ".zst")
ACCEPTED_FILES = ".jsonl, .csv, .tsv, .parquet or .txt, each also with .gz or .zst behind it"
_CHUNK = 1 << 20


@dataclass(slots=True)
class Source:
    """One file, or one object of documents, and what was read of it so far.

    Attributes:
        name: the path as the user gave it, or what stands for an object in messages.
        size: bytes of the file, or documents of the object; None where that is not known.
        done: how much of `size` was read.
        sha256: hash of the file's bytes (compressed ones as they are), once it is read to its end.
    """

    name: str
    size: int | None
    value: Iterable[object] | None = None
    done: int = 0
    sha256: str | None = None
    documents: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class Placed:
    """An item and where it stood: which source, and the how-many-th item of it (1-based)."""

    item: Item
    source: str
    number: int


def find_inputs(inputs: Iterable[object], *, leave_out: Path | None = None) -> list[Source]:
    """The files and objects that `inputs` mean, in a fixed order: as given, each folder and glob sorted by path.

    Args:
        inputs: paths of files or folders (read with all below), globs (`**` goes down folders), or iterables of documents such as a
            `datasets.Dataset`.
        leave_out: a folder below which nothing is taken: the output.

    Raises:
        InputError: where a path is missing or cannot be opened, a file has a suffix that is not read, or nothing is found.
    """
    found: list[Source] = []
    seen: set[str] = set()
    for value in inputs:
        if isinstance(value, (str, Path)):
            for path in _paths(str(value), leave_out):
                real = os.path.realpath(path)
                if real in seen:
                    log.warning("%s: was given twice, is read once", path)
                    continue
                seen.add(real)
                found.append(_open_check(path))
        elif isinstance(value, (bytes, Mapping, Document)) or not isinstance(value, Iterable):
            raise InputError(f"got {type(value).__name__}, expected paths, globs, or an iterable of documents such as a datasets.Dataset")
        else:
            size = len(value) if isinstance(value, Sized) else None
            # No name of the object's own: it must be the same in the process that takes the batch up again.
            found.append(Source(f"<{type(value).__name__} {len(found) + 1}>", size, value=value))
    if not found:
        raise InputError(f"got no files, expected {ACCEPTED_FILES}")
    return found


def suffixes(path: str | Path) -> tuple[str, str]:
    """The suffix that says how a file is read, and that of its compression (empty where there is none)."""
    name = Path(path).name.lower()
    packed = next((mark for mark in COMPRESSED if name.endswith(mark)), "")
    return Path(name.removesuffix(packed)).suffix, packed


def _is_read(path: Path) -> bool:
    kind, _ = suffixes(path)
    return kind in READERS or kind in PARQUET


def _paths(given: str, leave_out: Path | None) -> list[str]:
    path = Path(given)
    if given == STDIN:
        raise InputError("got standard input, expected files: a run could not be taken up again")
    there = _is_there(given)
    if there and path.is_dir():
        if arrow.is_saved_dataset(path):
            return [given]
        own = [p for p in path.rglob("*") if p.is_file() and not _below(p, leave_out)]
        results = _other_results(path, own)
        inside = sorted(p for p in own if not any(folder in p.parents for folder in results))
        taken = [str(p) for p in inside if _is_read(p)]
        if len(taken) < len(inside):
            log.warning("%s: %d of %d files are read, the others have other suffixes", given, len(taken), len(inside))
        if not taken:
            raise InputError(f"got a folder without a file to read, expected {ACCEPTED_FILES}", source=given)
        return taken
    if not there and glob.has_magic(given):
        taken = sorted(p for p in glob.glob(given, recursive=True) if Path(p).is_file() and not _below(Path(p), leave_out))
        if not taken:
            raise InputError("got a pattern that no file fits", source=given)
        return [p for name in taken for p in _paths(name, leave_out)]
    if not there:
        raise InputError("cannot be read: no such file or folder", source=given)
    if not _is_read(path):
        raise InputError(f"got a file named *{''.join(suffixes(path)) or path.name}, expected {ACCEPTED_FILES}", source=given)
    return [given]


def _other_results(folder: Path, files: Iterable[Path]) -> list[Path]:
    """The folders of other batches below `folder`, by its `files`: their records hold the texts of reports, and would be read once more."""
    plans = (file for file in files if file.name == PLAN and file.parent != folder)
    found = sorted(plan.parent for plan in plans if (plan.parent / SHARDS).is_dir())
    for below in found:
        log.warning("%s: holds the results of another batch, and is left out", below)
    return found


def _is_there(given: str) -> bool:
    """Whether a path is that of a file or folder.

    Raises:
        InputError: where it may not be looked at, or is too long for any path: most likely a report.
    """
    try:
        os.stat(given)
    except PermissionError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=given) from error
    except (OSError, ValueError) as error:  # ValueError: a character that no path has
        if getattr(error, "errno", None) == errno.ENAMETOOLONG:
            expected = "expected a path or a glob; reports themselves are given as documents, such as {'text': …}"
            raise InputError(f"got a text of {len(given)} characters, {expected}") from error
        return False
    return True


def _below(path: Path, folder: Path | None) -> bool:
    return folder is not None and folder.resolve() in path.resolve().parents


def _open_check(path: str) -> Source:
    """Know of an unreadable file, or of a package that is missing, before hours of work and not behind them."""
    if Path(path).is_dir():
        return Source(path, arrow.saved_dataset_rows(path))
    kind, packed = suffixes(path)
    if kind in PARQUET:
        arrow.need_arrow()
    if packed == ".zst":
        _zstandard()
    try:
        with open(path, "rb") as stream:
            stream.read(1)
            return Source(path, os.fstat(stream.fileno()).st_size)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", source=path) from error


def read_sources(sources: Iterable[Source], settings: Settings) -> Iterator[Placed]:
    """Read all sources, one item at a time.

    Raises:
        InputError: where a file cannot be read to its end (unlike a bad item in it, which is a Fault), or was changed meanwhile.
    """
    for source in sources:
        for number, item in enumerate(_read_one(source, settings), 1):
            if isinstance(item, Fault):
                source.failed += 1
            else:
                source.documents += 1
            yield Placed(item, source.name, number)


def _read_one(source: Source, settings: Settings) -> Iterator[Item]:
    if source.value is not None:
        yield from _read_object(source, source.value, settings)
        return
    path = source.name
    if Path(path).is_dir():
        yield from _read_object(source, arrow.load_saved_dataset(path), settings)
        return
    kind, packed = suffixes(path)
    try:
        before = os.stat(path)
        with open(path, "rb", buffering=0) as raw:
            watched = _Watched(cast(BinaryIO, raw), source)
            with _unpacked(watched, packed, path) as stream:
                if kind in PARQUET:
                    yield from arrow.read_parquet(stream, path, settings, seekable=not packed)
                else:
                    yield from _with_plain_ids(READERS[kind](stream, path, settings), path, packed)
            watched.finish()
        after = os.stat(path)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise InputError(f"cannot be read to its end: {reason}", source=path) from error
    if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
        raise InputError("was changed while it was read; run again when nothing writes to it", source=path)


def _read_object(source: Source, values: Iterable[object], settings: Settings) -> Iterator[Item]:
    keys: set[str] = set()
    for number, value in enumerate(values, 1):
        source.done = number
        if isinstance(value, Mapping):
            keys.update(map(str, value))
            yield make_item(value, source.name, number, settings)
            continue
        try:
            made = Document.make(value, source=None)
        except InputError as error:
            yield Fault(source.name, number, error.field, str(error))
            continue
        parts: dict[str, Any] = {
            getattr(settings.columns, name): getattr(made, name) for name in ("id", "text", "date", "outlet", "country")
        }
        yield make_item(parts, source.name, number, settings)
    if keys:
        warn_of_absent(settings.columns, keys, source.name)


def _with_plain_ids(items: Iterable[Item], path: str, packed: str) -> Iterator[Item]:
    """`a.txt.gz` is the report `a`, as `a.txt` is."""
    for item in items:
        if packed and isinstance(item, Document) and suffixes(path)[0] in (".txt", ".text") and item.id == Path(path).stem:
            item = dataclasses.replace(item, id=Path(item.id).stem)
        yield item


@contextmanager
def _unpacked(raw: _Watched, packed: str, path: str) -> Iterator[BinaryIO]:
    if packed == ".gz":
        with gzip.GzipFile(fileobj=raw, mode="rb") as stream:
            yield cast(BinaryIO, stream)
    elif packed == ".zst":
        zstandard = _zstandard()
        try:
            yield cast(BinaryIO, _Zstd(raw))
        except zstandard.ZstdError as error:
            raise InputError(f"cannot be read to its end: {error}", source=path) from error
    else:
        yield cast(BinaryIO, raw)


class _Zstd(io.RawIOBase):
    """The bytes of zstd frames, one behind the other; a file that ends inside a frame is an error."""

    def __init__(self, raw: _Watched):
        self._raw = raw
        self._new: Any = _zstandard().ZstdDecompressor().decompressobj
        self._frame: Any = None
        self._packed = b""
        self._plain = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._plain:
            packed = self._packed or self._raw.read(_CHUNK >> 4)
            if not packed:
                if self._frame is not None:
                    raise EOFError("compressed file ended before the end-of-stream marker was reached")
                return 0
            if self._frame is None:
                self._frame = self._new()
            self._plain = memoryview(self._frame.decompress(packed))
            self._packed = b""
            if self._frame.eof:
                self._packed, self._frame = self._frame.unused_data, None
        count = min(len(buffer), len(self._plain))
        buffer[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count


class _Watched(io.RawIOBase):
    """A file whose bytes are counted and hashed while they are read; seeking (Parquet) ends the hashing, `finish` makes up for it."""

    def __init__(self, raw: BinaryIO, source: Source):
        self._raw, self._source = raw, source
        self._hash: Any = hashlib.sha256()
        source.done = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._raw.readinto(buffer)  # type: ignore[attr-defined]
        if self._hash is not None:
            self._hash.update(memoryview(buffer)[:count])
            self._source.done += count
        else:
            self._source.done = max(self._source.done, self._raw.tell())
        return count

    def seek(self, offset: int, whence: int = 0) -> int:
        at = self._raw.tell()
        to = self._raw.seek(offset, whence)
        if to != at and self._hash is not None:
            self._hash = None
            self._source.done = 0
        return to

    def tell(self) -> int:
        return self._raw.tell()

    def finish(self) -> None:
        """Hash what the reader left unread, or all of a file that was read by seeking."""
        if self._hash is None:
            self._raw.seek(0)
            self._hash = hashlib.sha256()
        while chunk := self._raw.read(_CHUNK):
            self._hash.update(chunk)
        self._source.sha256 = self._hash.hexdigest()
        self._source.done = self._source.size or 0


def _zstandard() -> Any:
    try:
        import zstandard
    except ImportError as error:
        raise MissingDependencyError("zstandard", "batch", "reading .zst") from error
    return zstandard
