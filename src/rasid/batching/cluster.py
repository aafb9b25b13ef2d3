"""The engine for a cluster: the same shards, worked on by actors of Ray that each hold the model; all nodes must see the folder."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any

from rasid.batching.engine import raised
from rasid.batching.shards import Shard
from rasid.batching.work import Done, Job, ShardWorker
from rasid.errors import MissingDependencyError, RasidError, WorkerError

log = logging.getLogger(__name__)

# Calls that an actor works on at once: the network on one shard, the records of another.
CALLS = 2
# A shard whose actor was lost (a node that went away) is handed out so many times in all.
TRIES = 4


class _Actor:
    """What runs on a node: a `ShardWorker` whose network reads one shard at a time."""

    def __init__(self, job: Job):
        self._job = job
        self._worker: ShardWorker | None = None
        self._network = threading.Lock()

    def load(self) -> RasidError | None:
        """Load the model; gives the error, if there is one."""
        try:
            self._worker = ShardWorker(self._job)
        except BaseException as error:
            return _told(error, self._job)
        return None

    def work(self, shard: Shard) -> Done | RasidError:
        """Do a shard; gives the error, if there is one."""
        try:
            with self._network:
                if self._worker is None:  # Ray started this actor anew
                    self._worker = ShardWorker(self._job)
                read = self._worker.predict(shard)
            return self._worker.finish(read)
        except BaseException as error:
            return _told(error, self._job)


class RayEngine:
    """Works on a Ray cluster, or on a local Ray where there is none.

    No Ray task is started beside the actors, so that none can wait for a CPU that the actors hold.

    Args:
        job: what the actors are told.
        workers: actors; None is as many as the cluster has CPUs for.
        address: of the cluster, as `ray.init` takes it; None is `RAY_ADDRESS`, else a local Ray.
        cpus: CPUs that an actor asks for; a node must have that many.
    """

    def __init__(self, job: Job, *, workers: int | None = None, address: str | None = None, cpus: float = 1.0):
        try:
            import ray
        except ImportError as error:
            raise MissingDependencyError("ray", "ray", "the engine ray") from error
        self._ray: Any = ray
        self._own = not ray.is_initialized()
        if self._own:
            ray.init(address=address, log_to_driver=False, logging_level=logging.WARNING)
        count = workers or max(1, int(ray.cluster_resources().get("CPU", 1) / cpus))
        remote = ray.remote(num_cpus=cpus, max_restarts=-1, max_concurrency=CALLS)(_Actor)
        self._actors = [remote.remote(job) for _ in range(count)]
        # Shards go only to actors that stand: one that waits for a place on a full cluster would keep others waiting for its shard.
        self._starting: dict[Any, Any] = {actor.load.remote(): actor for actor in self._actors}
        self._free: list[Any] = []
        self._running: dict[Any, tuple[Any, Shard, int]] = {}

    def submit(self, shard: Shard) -> Iterator[Done]:
        """See `Engine.submit`."""
        while not self._free:
            yield from self._wait()
        self._start(self._free.pop(0), shard, 1)

    def drain(self) -> Iterator[Done]:
        """See `Engine.drain`."""
        while self._running:
            yield from self._wait()

    def close(self) -> None:
        """See `Engine.close`."""
        for actor in self._actors:
            self._ray.kill(actor)
        if self._own:
            self._ray.shutdown()

    def _start(self, actor: Any, shard: Shard, tries: int) -> None:
        self._running[actor.work.remote(shard)] = (actor, shard, tries)

    def _wait(self) -> Iterator[Done]:
        [ready], _ = self._ray.wait([*self._running, *self._starting], num_returns=1)
        if ready in self._starting:
            actor = self._starting.pop(ready)
            try:
                failure = self._ray.get(ready)
            except self._ray.exceptions.RayError as error:
                raise WorkerError(f"an actor could not be started: {error}") from error
            if failure is not None:
                raise failure
            self._free += [actor] * CALLS
            return
        actor, shard, tries = self._running.pop(ready)
        try:
            result = self._ray.get(ready)
        except self._ray.exceptions.RayActorError as error:
            if tries >= TRIES:
                raise WorkerError(f"shard {shard.name}: its actor was lost {tries} times: {error}") from error
            log.warning("shard %s: its actor was lost, it is handed out again", shard.name)
            self._start(actor, shard, tries + 1)
            return
        if not isinstance(result, Done):
            raise result
        self._free.append(actor)
        yield result


def _told(error: BaseException, job: Job) -> RasidError:
    told = raised(error, job.output)
    return told if isinstance(told, RasidError) else WorkerError(f"{type(told).__name__}: {told}")
