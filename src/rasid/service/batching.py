"""Batches the reports of many requests on the fly: what arrives while the workers are busy is read together."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import multiprocessing
import signal
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Executor, ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass

from rasid.document import Document
from rasid.extractor import Extractor
from rasid.records import Record
from rasid.service.limits import Limits, Refusal, busy, too_slow
from rasid.writers import dump_line

log = logging.getLogger(__name__)
Loader = Callable[[], Extractor]
# One batch holds at most this many reports and characters: more would make the first of them wait and gain no speed.
BATCH_DOCUMENTS, BATCH_CHARACTERS = 32, 100_000

_extractor: Extractor | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A report read: its record, and the same as JSON (made by the worker, so that the server has little to do)."""

    json: str
    record: Record | None


@dataclass(slots=True)
class _Job:
    document: Document
    whole: bool
    answer: asyncio.Future[Answer | Refusal]


class Batcher:
    """Hands reports to workers. To be used inside one event loop, between `start` and `stop`."""

    def __init__(self, loader: Loader, *, workers: int, limits: Limits):
        self._loader, self._workers, self._limits = loader, workers, limits
        self._waiting: deque[_Job] = deque()
        self._free = max(workers, 1)
        self._running: set[asyncio.Task[None]] = set()
        self._pool: Executor | None = None
        self._closing = False

    async def start(self) -> None:
        """Start the workers and wait until each has loaded the model, so that the first request need not."""
        self._pool = self._make_pool()
        loop = asyncio.get_running_loop()
        await asyncio.gather(*(loop.run_in_executor(self._pool, _ready) for _ in range(self._free)))

    async def stop(self) -> None:
        """Finish what runs and what waits, then end the workers."""
        self._closing = True
        while self._running:
            await asyncio.gather(*self._running, return_exceptions=True)
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)

    @property
    def load(self) -> int:
        """How many reports wait for a worker."""
        return len(self._waiting)

    async def read(self, documents: Sequence[Document], *, whole: bool = False) -> list[Answer | Refusal]:
        """Read reports; `whole` asks for the record beside its JSON. For a report that fails, its Refusal stands in its place.

        Raises:
            Refusal: where too many wait already, or the time limit passes.
        """
        if self._closing or len(self._waiting) + len(documents) > max(self._limits.waiting, len(documents) if not self._waiting else 0):
            raise busy(len(self._waiting))
        loop = asyncio.get_running_loop()
        jobs = [_Job(document, whole, loop.create_future()) for document in documents]
        self._waiting.extend(jobs)
        self._hand_out()
        try:
            done = await asyncio.wait_for(asyncio.gather(*(job.answer for job in jobs)), self._limits.seconds)
            return list(done)
        except (TimeoutError, asyncio.TimeoutError) as error:
            raise too_slow(self._limits.seconds) from error
        finally:
            for job in jobs:  # what nobody waits for any more is not begun, and takes nobody's place
                job.answer.cancel()
            self._waiting = deque(job for job in self._waiting if not job.answer.done())

    def _hand_out(self) -> None:
        while self._free and self._waiting:
            # A fair share for each free worker: none idles while another has a long batch.
            share = min(BATCH_DOCUMENTS, -(-len(self._waiting) // self._free))
            batch: list[_Job] = []
            size = 0
            while self._waiting and len(batch) < share and (not batch or size + len(self._waiting[0].document.text) <= BATCH_CHARACTERS):
                job = self._waiting.popleft()
                if not job.answer.done():
                    batch.append(job)
                    size += len(job.document.text)
            if not batch:
                continue
            self._free -= 1
            task = asyncio.get_running_loop().create_task(self._run(batch))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, batch: list[_Job]) -> None:
        assert self._pool is not None
        pool = self._pool
        try:
            loop = asyncio.get_running_loop()
            wanted = [(job.document, job.whole) for job in batch]
            answers = await loop.run_in_executor(pool, _read, wanted)
            for job, answer in zip(batch, answers, strict=True):
                if isinstance(answer, str):
                    log.error("a report failed: %s", answer)
                if not job.answer.done():
                    job.answer.set_result(_failed(answer) if isinstance(answer, str) else answer)
        except Exception as error:
            # The error's own words may hold the report's: its kind is all that is told.
            log.error("a batch of %d reports failed: %s", len(batch), type(error).__name__)
            if isinstance(error, BrokenExecutor) and pool is self._pool and not self._closing:
                self._pool = self._make_pool()
            for job in batch:
                if not job.answer.done():
                    job.answer.set_result(_failed(type(error).__name__))
        finally:
            self._free += 1
            self._hand_out()

    def _make_pool(self) -> Executor:
        if self._workers == 0:
            return ThreadPoolExecutor(1, initializer=_load, initargs=(self._loader,))
        context = multiprocessing.get_context("spawn")  # a fork of a process with threads may hang
        return ProcessPoolExecutor(self._workers, mp_context=context, initializer=_load_alone, initargs=(self._loader,))


def _load(loader: Loader) -> None:
    global _extractor
    _extractor = loader()


def _load_alone(loader: Loader) -> None:
    """In a process of its own: Ctrl-C reaches all processes of a terminal, and only the server may decide to stop."""
    with contextlib.suppress(ValueError):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    _load(loader)


def _ready() -> None:
    assert _extractor is not None


def _failed(kind: str) -> Refusal:
    return Refusal(500, "failed", f"the report could not be read ({kind})")


def _read(wanted: Sequence[tuple[Document, bool]]) -> list[Answer | str]:
    """Read a batch; for a report that fails, the kind of its error, which costs no other report.

    What a batch saves is handing over. The network reads the reports one by one: padded to one length, 8 at a time cost a CPU core 62 to
    65 ms each, even sorted by length, and alone 48 ms (40 of the project's reports, shipped model, one thread).
    """
    assert _extractor is not None
    answers: list[Answer | str] = []
    for document, whole in wanted:
        try:
            record = _extractor.extract(document)
            answers.append(Answer(dump_line(record.to_dict()), record if whole else None))
        except Exception as error:
            answers.append(type(error).__name__)
    return answers
