"""A worker process: shards come in on standard input, what is done goes out on standard output (pickles of the parent's own making)."""

from __future__ import annotations

import logging
import os
import pickle
import queue
import sys
import threading
from typing import BinaryIO

from rasid.batching.engine import raised
from rasid.batching.shards import Shard
from rasid.batching.work import Job, Read, ShardWorker


def main() -> None:
    """Work until standard input ends: the parent is done, or was killed."""
    logging.basicConfig(level=logging.ERROR, format="rasid: %(message)s")
    source, sink = sys.stdin.buffer, os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    # Whatever a library prints must not get between the messages.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    lock = threading.Lock()

    def send(message: object) -> None:
        with lock:
            pickle.dump(message, sink, protocol=pickle.HIGHEST_PROTOCOL)
            sink.flush()

    job: Job = pickle.load(source)
    shards: queue.Queue[Shard] = queue.Queue()
    threading.Thread(target=_receive, args=(source, shards), daemon=True).start()
    try:
        worker = ShardWorker(job)
        # Records are made in a thread of their own: the model never waits for them, unless it is a whole shard ahead.
        read: queue.Queue[Read] = queue.Queue(maxsize=1)

        def finish() -> None:
            try:
                while True:
                    send(worker.finish(read.get()))
            except BaseException as error:
                _end(send, raised(error, job.output))

        threading.Thread(target=finish, daemon=True).start()
        while True:
            read.put(worker.predict(shards.get()))
    except BaseException as error:
        _end(send, raised(error, job.output))


def _receive(source: BinaryIO, shards: queue.Queue[Shard]) -> None:
    while True:
        try:
            shards.put(pickle.load(source))
        except BaseException:
            os._exit(0)  # the parent is gone: so is the reason to go on


def _end(send: object, error: BaseException) -> None:
    try:
        send(error)  # type: ignore[operator]
    finally:
        os._exit(1)


if __name__ == "__main__":
    main()
