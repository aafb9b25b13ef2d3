"""The work on one shard: the network first, then, apart from it, the records and their files."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from rasid.analysis import Analysis
from rasid.batching.config import BatchConfig
from rasid.batching.outputs import ShardWriter
from rasid.batching.readings import Reading, layout, load_readings, save_readings
from rasid.batching.shards import Entry, Failure, Shard
from rasid.batching.store import Store, written_folder
from rasid.errors import WorkerError
from rasid.extractor import Extractor
from rasid.words import split_words

log = logging.getLogger(__name__)

# How often a worker looks whether another one has finished the shard that it needs a reading of.
_LOOK = 0.02
# With no sign of it after so long something is wrong that waiting does not mend.
_PATIENCE = 600.0
LOADER = "rasid.extractor:load"


@dataclass(frozen=True, slots=True)
class Job:
    """What a worker is told at its start: where to write, how, and how to load the model (`module:function`, and its arguments)."""

    output: str
    config: BatchConfig
    loader: str = LOADER
    arguments: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Done:
    """What a worker tells of a shard: its marker; `predicted` texts went through the network, for `network` seconds of `seconds`."""

    number: int
    name: str
    marker: dict[str, Any]
    predicted: int
    network: float
    seconds: float


@dataclass(frozen=True, slots=True)
class Read:
    """A shard that the network has read: what it read (`analyses` holds what was read just now, words included), and what it failed on."""

    shard: Shard
    readings: dict[int, Reading]
    analyses: dict[int, Analysis]
    failed: dict[int, str]
    predicted: int
    network: float
    started: float


class ShardWorker:
    """Holds a loaded model and works on shards; `predict` and `finish` may run in two threads, for two shards."""

    def __init__(self, job: Job):
        module, _, name = job.loader.partition(":")
        load: Callable[..., Extractor] = getattr(import_module(module), name)
        self._extractor = load(**job.arguments)
        self._config = job.config
        self._store = Store(Path(job.output))

    def predict(self, shard: Shard) -> Read:
        """Run the network over the texts of a shard that are no copies, and keep what it read on the disk."""
        started = time.perf_counter()
        path = self._store.reading(shard.name)
        kept = load_readings(path)
        own = [n for n, entry in enumerate(shard.entries) if entry.copy_of is None]
        if kept is not None:  # a run that was killed got as far as this
            failed = {n: self._why(shard.entries[n]) for n in own if n not in kept}
            return Read(shard, kept, {}, failed, 0, 0.0, started)
        analyses, failed = self._read(shard, own)
        readings = {n: Reading(layout(a.words), a.sections) for n, a in analyses.items()}
        network = time.perf_counter() - started
        save_readings(path, readings)
        return Read(shard, readings, analyses, failed, len(own), network, started)

    def finish(self, read: Read) -> Done:
        """Make the records of a shard and write its files, then the completion marker, and move them to their place."""
        shard = read.shard
        others: dict[int, dict[int, Reading]] = {}
        with written_folder(self._store.shard(shard.name)) as folder, ExitStack() as stack:
            writer = ShardWriter(folder, self._config, stack)
            for failure in shard.failures:
                writer.fail(failure)
            for n, entry in enumerate(shard.entries):
                reason = read.failed.get(n)
                if reason is None:
                    found = read.analyses.get(n) or self._reading_of(entry, n, read, others)
                    reason = self._write(entry, found, writer)
                if reason is not None:
                    writer.fail(Failure(entry.source, entry.number, None, entry.document.id, None, reason))
            marker = writer.close()
        return Done(shard.number, shard.name, marker, read.predicted, read.network, time.perf_counter() - read.started)

    def _read(self, shard: Shard, own: list[int]) -> tuple[dict[int, Analysis], dict[int, str]]:
        documents = [shard.entries[n].document for n in own]
        try:
            analyses = self._extractor.analyse(documents, batch_pieces=self._config.batch_pieces)
            return dict(zip(own, analyses, strict=True)), {}
        except Exception:
            log.warning("shard %s: could not be read at once, is read one by one", shard.name, exc_info=True)
        read: dict[int, Analysis] = {}
        failed: dict[int, str] = {}
        for n in own:
            try:
                read[n] = self._alone(shard.entries[n])
            except Exception as error:
                failed[n] = _said(error)
        return read, failed

    def _alone(self, entry: Entry) -> Analysis:
        [analysis] = self._extractor.analyse([entry.document], batch_pieces=self._config.batch_pieces)
        return analysis

    def _why(self, entry: Entry) -> str:
        """Why the network fails on a document, asked again."""
        try:
            self._alone(entry)
        except Exception as error:
            return _said(error)
        return "could not be read"

    def _reading_of(self, entry: Entry, n: int, read: Read, others: dict[int, dict[int, Reading]]) -> Reading | None:
        origin = entry.copy_of
        if origin is None:
            return read.readings[n]
        if origin.shard == read.shard.number:
            return read.readings.get(origin.entry)
        if origin.shard not in others:
            others[origin.shard] = self._wait_for(origin.name)
        return others[origin.shard].get(origin.entry)

    def _wait_for(self, name: str) -> dict[int, Reading]:
        """What the network read in another shard, which was handed out before this one: it comes, if it is not there yet."""
        deadline = time.monotonic() + _PATIENCE
        while (found := load_readings(self._store.reading(name))) is None:
            if self._store.done(name) is not None and not self._store.reading(name).is_file():
                log.warning("%s: its readings are gone; copies of its documents are read again", name)
                return {}
            if time.monotonic() > deadline:
                raise WorkerError(f"waited {_PATIENCE:.0f} s for what the network read in shard {name}")
            time.sleep(_LOOK)
        return found

    def _write(self, entry: Entry, found: Analysis | Reading | None, writer: ShardWriter) -> str | None:
        """Write the record of a document, or give the reason why there is none; a disk's errors are no document's."""
        try:
            analysis = found.of(split_words(entry.document.text)) if isinstance(found, Reading) else found
            record = self._extractor.record(entry.document, analysis or self._alone(entry))
        except Exception as error:
            log.warning("%s: no record", entry.document.id, exc_info=True)
            return _said(error)
        writer.write(record, entry)
        return None


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"
