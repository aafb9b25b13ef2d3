"""Runs a batch from its inputs to its folder: plans, hands out what is not done, joins the results, writes `run.json`."""

from __future__ import annotations

import datetime as dt
import logging
import os
import platform
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import rasid
from rasid.batching.config import WINDOW, BatchConfig, ModelFacts, make_config, model_facts
from rasid.batching.engine import Engine, check_engine, make_engine
from rasid.batching.inputs import Source, find_inputs, read_sources
from rasid.batching.outputs import FAILED, join, joined_names
from rasid.batching.shards import Shard, cut
from rasid.batching.store import PLAN, PROGRESS, RUN, Store, locked, output_error, read_json, write_json
from rasid.batching.work import LOADER, Done, Job
from rasid.cores import cores
from rasid.document import parse_day
from rasid.errors import InputError, OutputError, RasidError
from rasid.readers import Columns, Settings

log = logging.getLogger(__name__)

FORMAT = 1
COUNTS = ("documents", "failed", "copies", "events", "casualties", "located")
_HEARTBEAT = 2.0


@dataclass(slots=True)
class Progress:
    """How far a run is, for a bar: items done, of which failed, in `seconds`; `share` of the input is done, None where unknown."""

    done: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    share: float | None = None


@dataclass(frozen=True, slots=True)
class BatchSummary:
    """What a batch did.

    Attributes:
        output: the folder.
        counts: documents, failed, copies, events, casualties, located and shards, of the whole batch.
        documents_now, seconds: documents that this run read (others were done before), and its time.
        files: names of the files in the folder.
        reasons: why documents failed, the most frequent first.
    """

    output: Path
    counts: dict[str, int]
    documents_now: int
    seconds: float
    files: tuple[str, ...]
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """What a batch would do (`--dry-run`): items read, of which failed and copies, shards, of which done."""

    sources: int
    documents: int
    failed: int
    copies: int
    characters: int
    shards: int
    done: int
    reasons: tuple[tuple[str, int], ...] = ()


@dataclass(slots=True)
class _Tally:
    counts: Counter[str] = field(default_factory=Counter)
    shards: list[str] = field(default_factory=list)
    items_now: int = 0
    predicted: int = 0
    network: float = 0.0


def batch(
    inputs: object,
    output: str | Path,
    *,
    model: str | Path | None = None,
    columns: Columns | None = None,
    date: dt.date | str | None = None,
    formats: Iterable[str] | None = None,
    profiles: Iterable[str] = (),
    workers: int | None = None,
    threads: int = 1,
    limit: int | None = None,
    shard_documents: int | None = None,
    batch_pieces: int | None = None,
    engine: str = "local",
    engine_options: dict[str, Any] | None = None,
    on_progress: Callable[[Progress], None] | None = None,
    loader: str = LOADER,
    window: int = WINDOW,
) -> BatchSummary:
    """Read archives of reports into a folder; call it again with the same arguments to go on where a run was stopped.

    Args:
        inputs: a path, a glob, an iterable of documents such as a `datasets.Dataset`, or a list or tuple of these.
        output: the folder; it holds the results of one input and one config.
        model: a model folder; None is the model that ships with the package.
        columns: names of the keys or columns of a document's parts.
        date: the day of documents that have none.
        formats: of jsonl (always written), csv, parquet, geojson; None is all that what is installed can write.
        profiles: of acled, ucdp.
        workers: processes (with Ray: actors); None is one for each core, 0 is this process.
        threads: threads of the model in each worker.
        limit: read only so many items of the input.
        shard_documents, batch_pieces: how the work is cut; results can differ in the last digit between two settings.
        engine: `local` or `ray`; `engine_options` are passed to the latter (`address`, `cpus`).
        on_progress: called after each shard.
        loader, window: for tests: what loads the model, and how many documents back a copy is known.

    Raises:
        InputError: where an input is missing, cannot be read to its end, or is not the one whose results are in `output`.
        OutputError: where `output` cannot be written, is in use, or holds the results of another config or model.
        WorkerError: where a worker died.
        RasidError: for wrong arguments, a missing model, or a package that is not installed.
    """
    day = parse_day(date)
    config = _config(columns, day, formats, profiles, limit, shard_documents, batch_pieces)
    check_engine(engine, engine_options)
    root = Path(output)
    sources = find_inputs(_listed(inputs), leave_out=root)
    facts = model_facts(model)
    job = Job(os.fspath(root.absolute()), config, loader, _arguments(model, threads) if loader == LOADER else {})
    started = dt.datetime.now(dt.timezone.utc)
    clock = time.monotonic()
    with locked(root):
        try:
            store = Store(root)
            _claim(store, config, facts)
            store.sweep()
            runner = _Runner(store, sources, Settings(config.columns, day), config, window, on_progress)
            runner.run(lambda: make_engine(engine, job, workers=workers, options=engine_options))
            seconds = time.monotonic() - clock
            speed = {
                "started": started.isoformat(timespec="seconds"),
                "seconds": round(seconds, 2),
                "documents_now": runner.tally.items_now,
                "documents_per_second": round(runner.tally.items_now / seconds, 2) if seconds else None,
                "texts_through_network": runner.tally.predicted,
                "network_seconds_of_all_workers": round(runner.tally.network, 2),
                "engine": engine,
                "workers": cores() if workers is None else workers,
                "threads": threads,
                "cores": cores(),
                "machine": platform.machine(),
                "python": platform.python_version(),
            }
            return _conclude(store, runner, config, facts, speed)
        except OSError as error:
            raise output_error(error, root) from error


def plan(
    inputs: object,
    output: str | Path | None = None,
    *,
    columns: Columns | None = None,
    date: dt.date | str | None = None,
    formats: Iterable[str] | None = None,
    profiles: Iterable[str] = (),
    limit: int | None = None,
    shard_documents: int | None = None,
    batch_pieces: int | None = None,
    window: int = WINDOW,
) -> Plan:
    """Read the inputs and say what `batch` would do, without a model and without writing anything.

    Args:
        inputs, output, columns, date, formats, profiles, limit, shard_documents, batch_pieces, window: as `batch` takes them.

    Raises:
        InputError: as `batch` does.
        RasidError: for wrong arguments, or a package that is not installed.
    """
    day = parse_day(date)
    config = _config(columns, day, formats, profiles, limit, shard_documents, batch_pieces)
    root = Path(output) if output is not None else None
    sources = find_inputs(_listed(inputs), leave_out=root)
    counts: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    store = Store(root) if root is not None else None
    for shard in cut(read_sources(sources, Settings(config.columns, day)), config, window=window):
        counts["shards"] += 1
        counts["documents"] += len(shard.entries)
        counts["failed"] += len(shard.failures)
        counts["copies"] += sum(entry.copy_of is not None for entry in shard.entries)
        counts["characters"] += sum(len(entry.document.text) for entry in shard.entries)
        counts["done"] += store is not None and store.done(shard.name) is not None
        reasons.update(failure.reason for failure in shard.failures)
    parts = ("documents", "failed", "copies", "characters", "shards", "done")
    return Plan(sources=len(sources), reasons=tuple(reasons.most_common(10)), **{part: counts[part] for part in parts})


class _Needed:
    """Knows which readings no copy can need any more: of shards that lie a window behind all that is not done."""

    def __init__(self, window: int):
        self._window = window
        self._documents = 0
        # Both in the order of the input. A shard that is not done, by its number: the ordinal of its first document.
        self._undone: dict[int, int] = {}
        # A shard whose readings are kept: its name, and the ordinal of the document behind its last.
        self._kept: deque[tuple[str, int]] = deque()

    def add(self, shard: Shard) -> None:
        """A shard was cut."""
        self._undone[shard.number] = self._documents
        self._documents += len(shard.entries)
        self._kept.append((shard.name, self._documents))

    def done(self, number: int) -> list[str]:
        """A shard is done; gives the names of those whose readings nothing needs from now on."""
        del self._undone[number]
        # The first document that may still ask for a reading.
        first = next(iter(self._undone.values()), self._documents)
        names = []
        while self._kept and first - (self._kept[0][1] - 1) > self._window:
            names.append(self._kept.popleft()[0])
        return names


class _Runner:
    """Streams shards to an engine, skips what is done, and refuses to mix the results of two inputs."""

    def __init__(
        self,
        store: Store,
        sources: Sequence[Source],
        settings: Settings,
        config: BatchConfig,
        window: int,
        on_progress: Callable[[Progress], None] | None,
    ):
        self.store, self.sources, self.config = store, sources, config
        self.tally = _Tally()
        self._settings, self._window, self._on_progress = settings, window, on_progress
        self._progress = Progress()
        self._started = self._beat = time.monotonic()
        self._needed = _Needed(window)

    def run(self, make: Callable[[], Engine]) -> None:
        """Work on everything; what was handed out is brought to its end even where reading the input fails."""
        finished = self.store.finished()
        engine: Engine | None = None
        failure: InputError | None = None
        try:
            try:
                for shard in self._shards(finished):
                    if shard.number in finished:
                        self._skip(shard)
                        continue
                    engine = engine or make()
                    for done in engine.submit(shard):
                        self._add(done)
            except InputError as error:
                failure = error
            if engine is not None:
                for done in engine.drain():
                    self._add(done)
        finally:
            if engine is not None:
                engine.close()
        if failure is not None:
            raise failure
        if surplus := sorted(set(finished) - set(range(len(self.tally.shards)))):
            raise _changed(self.store.root, f"it is shorter now: shard {surplus[0]} and what follows are no longer in it")

    def _shards(self, finished: dict[int, str]) -> Iterator[Shard]:
        whole = (read_json(self.store.root / RUN) or {}).get("shards")  # of a batch that came to its end
        for shard in cut(read_sources(self.sources, self._settings), self.config, window=self._window):
            begins = f"shard {shard.number}, which begins in {(shard.entries or shard.failures)[0].source}"
            if (there := finished.get(shard.number, shard.name)) != shard.name:
                raise _changed(self.store.root, f"{begins}, was {there} and is {shard.name} now")
            if whole is not None and shard.number >= len(whole):
                raise _changed(self.store.root, f"it is longer now: {begins}, is new")
            self.tally.shards.append(shard.name)
            self._needed.add(shard)
            yield shard

    def _skip(self, shard: Shard) -> None:
        marker = self.store.done(shard.name) or {}
        self._count(shard.number, marker)
        self._progress.skipped += shard.size
        self._tell()

    def _add(self, done: Done) -> None:
        self._count(done.number, done.marker)
        self.tally.items_now += done.marker["documents"] + done.marker["failed"]
        self.tally.predicted += done.predicted
        self.tally.network += done.network
        self._tell()

    def _count(self, number: int, marker: dict[str, Any]) -> None:
        self.tally.counts.update({name: marker[name] for name in COUNTS})
        for name in self._needed.done(number):
            self.store.reading(name).unlink(missing_ok=True)

    def _tell(self) -> None:
        counts, now = self.tally.counts, time.monotonic()
        progress = self._progress
        progress.done, progress.failed = counts["documents"] + counts["failed"], counts["failed"]
        progress.seconds = now - self._started
        progress.share = self._share()
        if now - self._beat > _HEARTBEAT:
            self._beat = now
            write_json(
                self.store.root / PROGRESS,
                {"share": progress.share, "seconds": round(progress.seconds, 1), "items_now": self.tally.items_now, "pid": os.getpid()},
            )
        if self._on_progress is not None:
            self._on_progress(progress)

    def _share(self) -> float | None:
        """How much of the input is done: what was read of it, less what was read and is still being worked on."""
        if self.config.limit is not None:
            return min(1.0, self._progress.done / self.config.limit)
        if any(source.size is None for source in self.sources):
            return None
        total = sum(source.size or 0 for source in self.sources)
        read = sum(min(source.done, source.size or 0) for source in self.sources)
        items = sum(source.documents + source.failed for source in self.sources)
        return (read / total) * (self._progress.done / items) if total and items else None


def _conclude(store: Store, runner: _Runner, config: BatchConfig, facts: ModelFacts, speed: dict[str, Any]) -> BatchSummary:
    """Join the shards, write `run.json`, and delete what only an unfinished batch needs."""
    counts = {**{name: runner.tally.counts[name] for name in COUNTS}, "shards": len(runner.tally.shards)}
    run = read_json(store.root / RUN)
    names = joined_names(config)
    unchanged = run is not None and run.get("shards") == runner.tally.shards and all((store.root / n).is_file() for n in names)
    if unchanged and run is not None:
        files = run["files"]
        reasons = [(r["reason"], r["count"]) for r in run["failures"]["reasons"]]
    else:
        files = join([store.shard(name) for name in runner.tally.shards], store.root, config)
        reasons = _reasons(store.root / FAILED)
        value = {
            "rasid": rasid.__version__,
            "model": {"name": facts.name, "version": facts.version, "sha256": facts.sha256},
            "config": config.to_dict(),
            "inputs": [
                {"name": s.name, "size": s.size, "sha256": s.sha256, "documents": s.documents, "failed": s.failed} for s in runner.sources
            ],
            "counts": counts,
            "failures": {"count": counts["failed"], "reasons": [{"reason": reason, "count": n} for reason, n in reasons]},
            "speed": speed,
            "files": files,
            "shards": runner.tally.shards,
        }
        write_json(store.root / RUN, value)
    for path in store.readings.glob("*.npz"):
        path.unlink()
    (store.root / PROGRESS).unlink(missing_ok=True)
    return BatchSummary(
        store.root, counts, runner.tally.items_now, float(speed["seconds"]), (*files, RUN), tuple((str(r), int(n)) for r, n in reasons)
    )


def _reasons(path: Path) -> list[tuple[str, int]]:
    """The ten most frequent reasons in `failed.jsonl`."""
    import json

    found: Counter[str] = Counter()
    with open(path, encoding="utf-8", newline="\n") as stream:
        for line in stream:
            found[json.loads(line)["reason"]] += 1
            if len(found) > 10_000:  # reasons with a text in them
                found = Counter(dict(found.most_common(1_000)))
    return found.most_common(10)


def _claim(store: Store, config: BatchConfig, facts: ModelFacts) -> None:
    """Say in the folder whose results it holds; refuse one that holds others'."""
    mine = {"format": FORMAT, "rasid": rasid.__version__, "model": facts.sha256, "config": config.to_dict()}
    found = read_json(store.root / PLAN)
    if found is None:
        if store.finished():
            raise OutputError(f"{store.root}: holds finished shards and no {PLAN} that says of what; take another folder")
        write_json(store.root / PLAN, mine)
        return
    for key in ("format", "rasid", "model"):
        if found.get(key) != mine[key]:
            raise OutputError(
                f"{store.root}: was made with {key} {found.get(key)!r}, this is {mine[key]!r}; take another folder, or delete this one"
            )
    theirs = found.get("config", {})
    for key, value in config.to_dict().items():
        if theirs.get(key) != value:
            raise OutputError(
                f"{store.root}: was made with {key} {theirs.get(key)!r}, this command has {value!r}; take another folder for it"
            )


def _changed(root: Path, how: str) -> RasidError:
    return InputError(f"the input is not the one whose results are in {root}: {how}; what is finished is untouched: take another folder")


def _config(
    columns: Columns | None,
    day: dt.date | None,
    formats: Iterable[str] | None,
    profiles: Iterable[str],
    limit: int | None,
    shard_documents: int | None,
    batch_pieces: int | None,
) -> BatchConfig:
    given = {"shard_documents": shard_documents, "batch_pieces": batch_pieces}
    return make_config(
        columns=columns,
        date=day.isoformat() if day else None,
        formats=formats,
        profiles=profiles,
        limit=limit,
        **{name: value for name, value in given.items() if value is not None},
    )


def _arguments(model: str | Path | None, threads: int) -> dict[str, Any]:
    return {"path": os.path.abspath(model) if model is not None else None, "threads": threads}


def _listed(inputs: object) -> list[object]:
    """Inputs as a list: paths and data sets in a list or tuple are several, anything else is one."""
    if isinstance(inputs, (list, tuple)) and all(isinstance(value, (str, Path)) or _is_many(value) for value in inputs):
        return list(inputs)
    return [inputs]


def _is_many(value: object) -> bool:
    from collections.abc import Mapping

    return isinstance(value, Iterable) and not isinstance(value, (bytes, Mapping))
