"""Engines hand shards to workers and give back what is done: in this process or in processes of this machine."""

from __future__ import annotations

import contextlib
import os
import pickle
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from rasid.batching.shards import Shard
from rasid.batching.work import Done, Job, ShardWorker
from rasid.cores import cores
from rasid.errors import ConfigError, OutputError, WorkerError

# Shards that a worker holds at once: one that the network reads, one whose records are written, one that waits.
HELD = 3
# The engines, and the options that each takes.
ENGINES = {"local": (), "ray": ("address", "cpus")}


class Engine(Protocol):
    """Hands shards, in the order of their numbers, to workers."""

    def submit(self, shard: Shard) -> Iterator[Done]:
        """Hand out a shard; gives what was done until there was room for it."""
        ...

    def drain(self) -> Iterator[Done]:
        """Wait for all that was handed out."""
        ...

    def close(self) -> None:
        """End the workers, at once."""
        ...


class InlineEngine:
    """Works in the caller's process."""

    def __init__(self, job: Job):
        self._worker = ShardWorker(job)

    def submit(self, shard: Shard) -> Iterator[Done]:
        """See `Engine.submit`."""
        yield self._worker.finish(self._worker.predict(shard))

    def drain(self) -> Iterator[Done]:
        """See `Engine.drain`."""
        return iter(())

    def close(self) -> None:
        """See `Engine.close`."""


@dataclass(slots=True)
class _Process:
    number: int
    process: subprocess.Popen[bytes]
    held: set[str] = field(default_factory=set)


class ProcessEngine:
    """Works in processes of this machine, each with its own copy of the model.

    They are started as `python -m rasid.batching.worker` and not by `multiprocessing`, so that a user's script needs no
    `if __name__ == "__main__"`.
    """

    def __init__(self, job: Job, workers: int):
        self._messages: queue.Queue[tuple[int, object]] = queue.Queue()
        self._processes: list[_Process] = []
        self._closed = False
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        try:
            for number in range(workers):
                command = [sys.executable, "-m", "rasid.batching.worker"]
                # In a session of their own: Ctrl-C is for the parent, which ends them.
                process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, start_new_session=True)
                self._processes.append(_Process(number, process))
                _send(process.stdin, job)
                threading.Thread(target=self._listen, args=(number, process.stdout), daemon=True).start()
        except BaseException:
            self.close()
            raise

    def submit(self, shard: Shard) -> Iterator[Done]:
        """See `Engine.submit`."""
        while True:
            free = min(self._processes, key=lambda p: len(p.held))
            if len(free.held) < HELD:
                break
            yield self._next()
        free.held.add(shard.name)
        try:
            _send(free.process.stdin, shard)
        except OSError:
            self._died(free)

    def drain(self) -> Iterator[Done]:
        """See `Engine.drain`."""
        while any(p.held for p in self._processes):
            yield self._next()

    def close(self) -> None:
        """See `Engine.close`."""
        self._closed = True
        for worker in self._processes:
            worker.process.kill()
        for worker in self._processes:
            worker.process.wait()
            for stream in (worker.process.stdin, worker.process.stdout):
                if stream is not None:
                    with contextlib.suppress(OSError):
                        stream.close()

    def _listen(self, number: int, stream: IO[bytes] | None) -> None:
        assert stream is not None
        while True:
            try:
                message = pickle.load(stream)
            except (EOFError, OSError, ValueError, pickle.UnpicklingError):
                self._messages.put((number, None))
                return
            self._messages.put((number, message))

    def _next(self) -> Done:
        number, message = self._messages.get()
        worker = self._processes[number]
        if isinstance(message, Done):
            worker.held.discard(message.name)
            return message
        if isinstance(message, BaseException):
            raise message
        self._died(worker)
        raise AssertionError

    def _died(self, worker: _Process) -> None:
        # What it said last says more than its end.
        while not self._messages.empty():
            _, message = self._messages.get()
            if isinstance(message, BaseException):
                raise message
        code = worker.process.wait()
        why = f"was killed by signal {-code}" if code < 0 else f"ended with status {code}"
        hint = "; if memory ran out, take fewer --workers" if code == -9 else ""
        held = ", ".join(sorted(worker.held)) or "no shard"
        raise WorkerError(f"worker {worker.number} (process {worker.process.pid}) {why} while it held {held}{hint}")


def _send(stream: IO[bytes] | None, value: object) -> None:
    assert stream is not None
    pickle.dump(value, stream, protocol=pickle.HIGHEST_PROTOCOL)
    stream.flush()


def raised(error: BaseException, output: str) -> BaseException:
    """An error of a worker as the user shall see it: one that can be sent between processes, too."""
    from rasid.batching.store import output_error
    from rasid.errors import RasidError

    if isinstance(error, OSError):
        return OutputError(str(output_error(error, Path(output))))
    if isinstance(error, RasidError):
        return WorkerError(str(error)) if type(error).__init__ is not Exception.__init__ else error
    return WorkerError(f"{type(error).__name__}: {error}")


def check_engine(name: str, options: Mapping[str, object] | None) -> None:
    """Refuse what `make_engine` does not know.

    Raises:
        ConfigError: for an engine that there is not, or options that it does not take.
    """
    taken = ENGINES.get(name)
    if taken is None:
        raise ConfigError(f"engine: got {name!r}, expected {' or '.join(ENGINES)}")
    if unknown := set(options or ()) - set(taken):
        expected = f"some of {', '.join(taken)}" if taken else "none"
        raise ConfigError(f"engine_options: got {', '.join(sorted(unknown))}, expected {expected} with the engine {name}")


def make_engine(name: str, job: Job, *, workers: int | None, options: dict[str, Any] | None = None) -> Engine:
    """The engine of a name: `local` or `ray`; `workers` None is one for each core, 0 is this process.

    Raises:
        MissingDependencyError: where Ray is asked for and not installed.
    """
    if name == "ray":
        from rasid.batching.cluster import RayEngine

        return RayEngine(job, workers=workers, **(options or {}))
    if workers == 0:
        return InlineEngine(job)
    return ProcessEngine(job, workers or cores())
