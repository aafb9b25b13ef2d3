"""Cuts the stream of items into shards that are known by what they hold, and knows copies and ids that were met before."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from rasid.batching.config import MAX_CHARACTERS, BatchConfig
from rasid.batching.inputs import Placed
from rasid.document import Document
from rasid.readers import Fault

T = TypeVar("T")
# Dropped before texts are compared: vowel marks, superscript alef, tatweel, invisible characters. The network never sees them.
_DROPPED = re.compile("[\u064b-\u0652\u0670\u0640\u00ad\u200b-\u200f\u202a-\u202e\u2060\ufeff]+")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where the first copy of a text stands: the number of the shard, its name, and the entry's number in it."""

    shard: int
    name: str
    entry: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A good document of a shard; `copy_of` is where its text was met before, else None."""

    document: Document
    source: str
    number: int
    digest: str
    copy_of: Origin | None = None


@dataclass(frozen=True, slots=True)
class Failure:
    """An item of the input that gave no record: the place, the id where it is known, and why."""

    source: str
    item: int
    line: int | None
    id: str | None
    field: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Shard:
    """A run of consecutive items of the input; `name` is its number and a hash of all that it holds."""

    number: int
    name: str
    entries: tuple[Entry, ...]
    failures: tuple[Failure, ...]

    @property
    def size(self) -> int:
        """How many items it holds."""
        return len(self.entries) + len(self.failures)


def text_digest(text: str) -> str:
    """A hash that is the same for texts which differ only in blanks, line ends, vowel marks, tatweel and invisible characters."""
    lines = (" ".join(line.split()) for line in _DROPPED.sub("", text).splitlines())
    return hashlib.sha256("\n".join(line for line in lines if line).encode("utf-8", "surrogatepass")).hexdigest()[:32]


def cut(items: Iterable[Placed], config: BatchConfig, *, window: int) -> Iterator[Shard]:
    """Cut a stream into shards, by the stream and the config alone.

    Args:
        window: copies and ids are known for this many documents back.
    """
    cutter = _Cutter(config, window)
    for taken, placed in enumerate(items, 1):
        if (ready := cutter.add(placed)) is not None:
            yield ready
        if config.limit is not None and taken >= config.limit:
            break
    if (last := cutter.close()) is not None:
        yield last


class _Cutter:
    def __init__(self, config: BatchConfig, window: int):
        self._config = config
        self._number = 0
        self._documents = 0
        self._entries: list[Entry] = []
        self._failures: list[Failure] = []
        self._characters = 0
        # Text digest -> where it was met first. A place in the shard that is being filled has no name yet.
        self._first: _Window[tuple[int, int]] = _Window(window)
        self._names: dict[int, str] = {}
        self._ids: _Window[int] = _Window(window)

    def add(self, placed: Placed) -> Shard | None:
        item = placed.item
        if isinstance(item, Document) and len(item.text) > MAX_CHARACTERS:
            reason = f"got {len(item.text)} characters, expected at most {MAX_CHARACTERS}: no single report is that long"
            item = Fault(placed.source, None, self._config.columns.text, reason)
        if isinstance(item, Fault):
            self._failures.append(Failure(placed.source, placed.number, item.line, None, item.field, item.reason))
        else:
            document = self._unique(item)
            digest = text_digest(document.text)
            first = self._first.get(digest, self._documents)
            if first is None:
                self._first.put(digest, self._documents, (self._number, len(self._entries)))
            origin = Origin(first[0], self._names.get(first[0], ""), first[1]) if first is not None else None
            self._entries.append(Entry(document, placed.source, placed.number, digest, origin))
            self._characters += len(document.text)
            self._documents += 1
        full = len(self._entries) + len(self._failures) >= self._config.shard_documents
        return self.close() if full or self._characters >= self._config.shard_characters else None

    def close(self) -> Shard | None:
        if not self._entries and not self._failures:
            return None
        number = self._number
        name = f"{number:06d}-{_content(self._entries, self._failures)}"
        shard = Shard(number, name, tuple(self._entries), tuple(self._failures))
        self._names[number] = name
        self._number += 1
        self._entries, self._failures, self._characters = [], [], 0
        oldest = self._first.oldest()
        # What no copy can point to any more need not be known by name.
        for old in [n for n in self._names if oldest is not None and n < oldest[0]][:64]:
            del self._names[old]
        return shard

    def _unique(self, document: Document) -> Document:
        """An id met before gets a suffix (`#2`), as `rasid extract` gives it."""
        name = document.id
        count = self._ids.get(name, self._documents)
        while self._ids.get(name, self._documents) is not None:
            count = (count or 1) + 1
            name = f"{document.id}#{count}"
        if count is not None:
            self._ids.put(document.id, self._documents, count)
        self._ids.put(name, self._documents, 1)
        return document if name == document.id else dataclasses.replace(document, id=name)


def _content(entries: Iterable[Entry], failures: Iterable[Failure]) -> str:
    digest = hashlib.sha256()
    for entry in entries:
        said = entry.document
        origin = dataclasses.astuple(entry.copy_of) if entry.copy_of else None
        row = [said.id, said.text, str(said.date or ""), said.outlet, said.country, entry.source, entry.number, origin]
        digest.update(json.dumps(row).encode() + b"\n")
    for failure in failures:
        digest.update(json.dumps(dataclasses.astuple(failure)).encode() + b"\n")
    return digest.hexdigest()[:16]


class _Window(Generic[T]):
    """A mapping that forgets what was put in first more than `size` documents ago; keys are kept as 16 bytes, however long they are."""

    def __init__(self, size: int):
        self._size = size
        # Each value beside the ordinal of the document that it was first put in with; the oldest stands first.
        self._kept: OrderedDict[bytes, tuple[int, T]] = OrderedDict()

    def get(self, key: str, document: int) -> T | None:
        """The value that the document of this ordinal finds; ordinals never fall from call to call."""
        self._forget(document)
        found = self._kept.get(_short(key))
        return found[1] if found is not None else None

    def put(self, key: str, document: int, value: T) -> None:
        """Set a value; a key that is known stays as old as it is."""
        short = _short(key)
        first, _ = self._kept.get(short, (document, value))
        self._kept[short] = (first, value)

    def oldest(self) -> T | None:
        """The value put in longest ago."""
        return next((value for _, value in self._kept.values()), None)

    def _forget(self, document: int) -> None:
        while self._kept and document - next(iter(self._kept.values()))[0] > self._size:
            self._kept.popitem(last=False)


def _short(key: str) -> bytes:
    return hashlib.blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16).digest()
