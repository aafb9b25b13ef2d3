"""The engine for a cluster: the same shards as a stream of Ray Data, worked on by stateful workers; all nodes must see the folder."""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import queue
import threading
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rasid.batching.engine import HELD, raised
from rasid.batching.shards import Shard
from rasid.batching.store import Store
from rasid.batching.work import Done, Job, ShardWorker
from rasid.errors import ConfigError, MissingDependencyError, RasidError, WorkerError

log = logging.getLogger(__name__)

# Shards that a worker works on at once: the network on one, the records of another. It is handed no more than these: what is behind
# another shard on a worker could be what a shard on a second worker waits for (a reading of a copy).
CALLS = 2
# So often a shard is begun, and a worker's model loaded, before what kills the process each time is called an error.
TRIES = 4
_SHARD, _TOLD = "shard", "told"
# How long the workers get to end when a run is broken off; the process that they belong to ends them in any case.
_PATIENCE = 30.0


class _Feed:
    """Holds the shards that are handed out and not done, by their place in the stream; a Ray actor beside the driver.

    Ray Data reads a stream again from its start where the process that read it is lost: a place is always the same shard, or nothing
    where that one is done.
    """

    def __init__(self) -> None:
        self._shards: dict[int, bytes] = {}
        self._finished: set[int] = set()
        self._end: int | None = None
        self._tries: dict[str, int] = {}
        self._changed = asyncio.Condition()

    async def give(self, place: int, packed: bytes) -> None:
        """Add the shard of a place; calls may come in any order."""
        async with self._changed:
            self._shards[place] = packed
            self._changed.notify_all()

    async def end(self, place: int) -> None:
        """No shard follows from this place on."""
        async with self._changed:
            self._end = place
            self._changed.notify_all()

    async def take(self, place: int) -> bytes | None:
        """The shard of a place, as soon as there is one; empty where it is done, None past the end."""

        def known() -> bool:
            return place in self._shards or place in self._finished or (self._end is not None and place >= self._end)

        async with self._changed:
            await self._changed.wait_for(known)
            return b"" if place in self._finished else self._shards.get(place)

    async def done(self, place: int, name: str) -> None:
        """Keep of a shard that it is done, and no more."""
        self._finished.add(place)
        self._shards.pop(place, None)
        self._tries.pop(name, None)

    async def tries(self, what: str) -> int:
        """How often something is begun, with this time."""
        self._tries[what] = self._tries.get(what, 0) + 1
        return self._tries[what]

    async def forget(self, what: str) -> None:
        """It came to its end."""
        self._tries.pop(what, None)


class _Worker:
    """What runs on a node, one process and one model each: a `ShardWorker` whose network reads one shard at a time."""

    def __init__(self, job: Job, feed: Any):
        import ray

        self._job, self._feed, self._get = job, feed, ray.get
        self._network = threading.Lock()
        self._failure: RasidError | None = None
        loading = f"model of {ray.get_runtime_context().get_actor_id()}"  # the same when Ray starts the process anew
        try:
            self._count(loading, "loading the model")
            self._worker = ShardWorker(job)
            self._get(feed.forget.remote(loading))
        except BaseException as error:  # told with the first shard: Ray has no errors of ours
            self._failure = _told(error, job)

    def __call__(self, table: Any) -> Any:
        """Do the shards of a table, which are one."""
        return _table(_TOLD, [pickle.dumps(self._work(pickle.loads(packed)) if packed else None) for packed in table[_SHARD].to_pylist()])

    def _work(self, shard: Shard) -> Done | RasidError:
        """Do a shard; gives the error, if there is one."""
        try:
            if self._failure is not None:
                return self._failure
            with self._network:
                # Counted where its turn is: what waits beside a shard that kills the process is not taken for it.
                self._count(shard.name, f"shard {shard.name}")
                read = self._worker.predict(shard)
            return self._worker.finish(read)
        except BaseException as error:
            return _told(error, self._job)

    def _count(self, key: str, what: str) -> None:
        # Ray starts lost processes anew without end, and hands out their shards again.
        tries = self._get(self._feed.tries.remote(key))
        if tries > TRIES:
            raise WorkerError(f"{what}: its worker was lost {TRIES} times; if memory ran out, take fewer --workers or more --ray-cpus")
        if tries > 1:
            log.warning("%s: its worker was lost, it is begun again", what)


class RayEngine:
    """Works with Ray Data on a cluster, or on a local Ray where there is none.

    It cannot hang for want of a CPU. Ray Data starts its workers first and keeps them; if they hold every CPU, a task that reads the
    input and asks for one waits for ever. Here the workers are all that asks for CPUs: the feed and the one task that reads it ask for
    none, and nothing else is in the plan. Of the workers, those that find no place wait beside the stream, and the others do the work.

    Args:
        job: what the workers are told.
        workers: their number; None is as many as the cluster has CPUs for.
        address: of the cluster, as `ray.init` takes it; None is `RAY_ADDRESS`, else a local Ray.
        cpus: CPUs that a worker asks for; a node must have that many.

    Raises:
        ConfigError: for `cpus` of 0 or less.
        MissingDependencyError: where Ray is not installed.
    """

    def __init__(self, job: Job, *, workers: int | None = None, address: str | None = None, cpus: float = 1.0):
        if cpus <= 0:
            raise ConfigError(f"cpus: got {cpus:g}, expected more than 0")
        # A local Ray tells its makers nothing, and its core writes nothing on the user's screen: both are read when it is imported.
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
        try:
            import pyarrow  # noqa: F401
            import ray
            import ray.data
            from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy
        except ImportError as error:
            raise MissingDependencyError("ray[data]", "ray", "the engine ray") from error
        self._ray: Any = ray
        self._store = Store(Path(job.output))
        self._own = not ray.is_initialized()
        self._messages: queue.Queue[Done | RasidError | None] = queue.Queue()
        self._held: dict[str, int] = {}
        self._given = 0
        self._feed: Any = None
        self._reader: threading.Thread | None = None
        if self._own:
            ray.init(address=address, log_to_driver=False, logging_level=logging.ERROR)
        try:
            count = workers or max(1, int(ray.cluster_resources().get("CPU", 1) / cpus))
            self._room = HELD * count
            self._check(cpus)
            here = NodeAffinitySchedulingStrategy(ray.get_runtime_context().get_node_id(), soft=False)
            self._feed = ray.remote(num_cpus=0, scheduling_strategy=here)(_Feed).remote()
            self._reader = threading.Thread(target=self._read, args=(self._dataset(job, count, cpus),), daemon=True)
            self._reader.start()
        except BaseException:
            self.close()
            raise

    def submit(self, shard: Shard) -> Iterator[Done]:
        """See `Engine.submit`."""
        while len(self._held) >= self._room:
            yield from self._next()
        self._held[shard.name] = self._given
        self._feed.give.remote(self._given, pickle.dumps(shard))
        self._given += 1

    def drain(self) -> Iterator[Done]:
        """See `Engine.drain`."""
        while self._held:
            yield from self._next()
        self._feed.end.remote(self._given)
        assert self._reader is not None
        self._reader.join(_PATIENCE)
        self._store.sweep()  # what lost workers had begun

    def close(self) -> None:
        """See `Engine.close`."""
        if self._feed is not None:
            self._ray.kill(self._feed)  # what reads it fails, and with it the stream: Ray Data then kills the workers
        if self._reader is not None:
            self._reader.join(_PATIENCE)
        if self._own:
            self._ray.shutdown()

    def _check(self, cpus: float) -> None:
        most = max((node["Resources"].get("CPU", 0.0) for node in self._ray.nodes() if node["Alive"]), default=0.0)
        if most < cpus:
            said = f"workers ask for {cpus:g} CPUs (--ray-cpus), and no node of the cluster has more than {most:g}"
            if self._own and "RAY_ADDRESS" not in os.environ:
                raise WorkerError(said)
            log.warning("%s: the batch waits until one comes", said)

    def _dataset(self, job: Job, workers: int, cpus: float) -> Any:
        """The shards as a data set that is read as far as they are there, and worked on one by one."""
        data = self._ray.data
        for handler in logging.getLogger("ray.data").handlers:
            if isinstance(handler, logging.StreamHandler):  # errors are told as ours; Ray's own file has its log
                handler.setLevel(logging.CRITICAL + 1)
        warnings.filterwarnings("ignore", message="The minimum number of concurrent actors")  # an input of few shards is no fault
        context = data.DataContext.get_current().copy()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        # Blocks of one shard: by default they are joined to blocks of 128 MiB, and held back until they are full.
        context.target_max_block_size = 1
        # A slow input, or one long shard, is no failure.
        context.execution_no_progress_timeout_s = -1
        pool = data.ActorPoolStrategy(
            size=workers, max_tasks_in_flight_per_actor=CALLS, max_concurrent_calls_per_actor=CALLS, enable_true_multi_threading=True
        )
        with data.DataContext.current(context):
            read = data.read_datasource(_source(self._feed), override_num_blocks=1, num_cpus=0)
            return read.map_batches(
                _Worker,
                fn_constructor_args=(job, self._feed),
                batch_size=1,
                batch_format="pyarrow",
                compute=pool,
                num_cpus=cpus,
            )

    def _read(self, dataset: Any) -> None:
        """Pass on what the workers tell, in a thread of its own."""
        try:
            for table in dataset.iter_batches(batch_size=None, batch_format="pyarrow", prefetch_batches=0):
                for packed in table[_TOLD].to_pylist():
                    if (told := pickle.loads(packed)) is not None:
                        self._messages.put(told)
        except BaseException as error:
            self._messages.put(WorkerError(f"Ray: {type(error).__name__}: {error}"))
        finally:
            self._messages.put(None)

    def _next(self) -> Iterator[Done]:
        message = self._messages.get()
        if message is None:
            raise WorkerError(f"Ray ended while its workers held {', '.join(sorted(self._held))}")
        if not isinstance(message, Done):
            raise message
        place = self._held.pop(message.name, None)
        if place is not None:  # else told twice
            self._feed.done.remote(place, message.name)
            yield message


def _source(feed: Any) -> Any:
    """What Ray Data reads the feed with."""
    from ray.data import Datasource, ReadTask
    from ray.data.block import BlockMetadata

    class Shards(Datasource):  # type: ignore[misc]
        """One stream, which is read on the driver's node: what is there is lost with the driver only."""

        supports_distributed_reads = False

        def estimate_inmemory_data_size(self) -> int | None:
            return None

        def get_read_tasks(self, parallelism: int, per_task_row_limit: int | None = None, data_context: Any = None) -> list[Any]:
            unknown = BlockMetadata(num_rows=None, size_bytes=None, exec_stats=None, input_files=None)
            return [ReadTask(lambda: _blocks(feed), unknown)]

    return Shards()


def _blocks(feed: Any) -> Iterator[Any]:
    import ray

    place = 0
    while (packed := ray.get(feed.take.remote(place))) is not None:
        yield _table(_SHARD, [packed])
        place += 1


def _table(name: str, cells: list[bytes]) -> Any:
    import pyarrow

    return pyarrow.table({name: pyarrow.array(cells, pyarrow.binary())})


def _told(error: BaseException, job: Job) -> RasidError:
    told = raised(error, job.output)
    return told if isinstance(told, RasidError) else WorkerError(f"{type(told).__name__}: {told}")
