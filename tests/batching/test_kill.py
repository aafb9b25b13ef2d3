"""`kill -9` or Ctrl-C at any moment, then the same call again: the bytes of a run that was never stopped."""

from __future__ import annotations

import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from archives import archive, results, run

from rasid import files
from rasid.batching import read_status

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and SIGKILL")
KILLS = 20
# The test is given up on, not the machine: past this many seconds it kills no more, and fails if it has killed too seldom.
BOUND = 240.0


def child(path: Path, output: Path, *, after: float | None = None, at_write: int | None = None) -> float:
    """Run a batch in a forked process that is killed `after` seconds, or at its n-th write to the disk; gives the seconds it lived."""
    started = time.monotonic()
    pid = os.fork()
    if pid == 0:
        if at_write is not None:
            count = 0
            sync = files.sync

            def killing(target: Path) -> None:
                nonlocal count
                count += 1
                if count == at_write:
                    os.kill(os.getpid(), signal.SIGKILL)
                sync(target)

            files.sync = killing
        try:
            run(path, output, workers=0)
        finally:
            os._exit(0)
    if after is not None:
        time.sleep(after)
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    return time.monotonic() - started


def test_killed_at_twenty_random_moments(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 40, broken=9, copies=10)
    whole = child(path, tmp_path / "whole")
    expected = results(tmp_path / "whole")
    assert read_status(tmp_path / "whole").state == "finished"
    draw = random.Random(5)
    killed, kills, finished_before = 0, 0, []
    started = time.monotonic()
    while kills < KILLS and time.monotonic() - started < BOUND:
        output = tmp_path / f"killed-{killed}"
        killed += 1
        for _ in range(draw.choice([1, 2])):  # some are killed again when they are taken up
            child(path, output, after=draw.uniform(0.0, whole))
            kills += 1
        finished_before.append(len(list((output / "shards").glob("[0-9]*"))) if output.exists() else 0)
        run(path, output)
        assert results(output) == expected
    assert kills >= KILLS
    assert len(set(finished_before)) > 2, "the moments did not differ"


def test_killed_at_every_kind_of_write(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 8, copies=3)
    child(path, tmp_path / "whole")
    expected = results(tmp_path / "whole")
    writes = 0
    for at_write in [1, 2, 3, 4, 5, 7, 9, 12, 14, 16, 18, 21, 25, 33, 40, 50]:
        output = tmp_path / f"killed-{at_write}"
        child(path, output, at_write=at_write)
        writes += not (output / "run.json").exists()
        run(path, output)
        assert results(output) == expected, at_write
    assert writes > 10


def test_killed_with_its_workers_at_work(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 120)
    run(path, tmp_path / "whole")
    code = f"from archives import run; from pathlib import Path; run(Path({str(path)!r}), Path({str(tmp_path / 'out')!r}), workers=2)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p)}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    deadline = time.monotonic() + 120
    while process.poll() is None and time.monotonic() < deadline and len(list((tmp_path / "out" / "shards").glob("0*"))) < 3:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert list((tmp_path / "out" / "shards").glob("0*"))
    run(path, tmp_path / "out", workers=2)
    assert results(tmp_path / "out") == results(tmp_path / "whole")


# SIGINT as a terminal has it: what runs behind a shell's & ignores it, and its children with it.
COMMAND = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
import sys, rasid.batching
whole = rasid.batching.batch
rasid.batching.batch = lambda *a, **k: whole(*a, **{**k, "loader": "stubs:stub_extractor"})
from rasid.cli import app
app(sys.argv[1:])
"""


def command(path: Path, output: Path, stderr: int) -> subprocess.Popen[bytes]:
    """`rasid batch` with the stub of the model and two workers, in a process group of its own."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in sys.path if p), "TERM": "xterm", "COLUMNS": "100"}
    arguments = ["batch", str(path), "-o", str(output), "--workers", "2", "--shard-documents", "5"]
    return subprocess.Popen([sys.executable, "-c", COMMAND, *arguments], env=environment, stderr=stderr, start_new_session=True)


def test_ctrl_c_says_how_to_go_on_and_the_same_command_does(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 200)
    run(path, tmp_path / "whole")
    with (tmp_path / "said").open("wb") as said:
        process = command(path, tmp_path / "out", said.fileno())
        deadline = time.monotonic() + 120
        while process.poll() is None and time.monotonic() < deadline and len(list((tmp_path / "out" / "shards").glob("0*"))) < 3:
            time.sleep(0.01)
        assert process.poll() is None
        os.killpg(process.pid, signal.SIGINT)  # what a terminal does: to all of the group
        assert process.wait(60) == 2
    text = (tmp_path / "said").read_text(encoding="utf-8")
    assert "stopped; the finished shards are good, the same command goes on from there" in text
    assert "Traceback" not in text
    assert read_status(tmp_path / "out").state == "stopped"
    assert command(path, tmp_path / "out", subprocess.DEVNULL).wait(120) == 0
    assert results(tmp_path / "out") == results(tmp_path / "whole")


def test_a_terminal_sees_a_bar_with_speed_time_left_and_failures(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 200, broken=50)
    ours, theirs = os.openpty()
    process = command(path, tmp_path / "out", theirs)
    os.close(theirs)
    seen = bytearray()
    while True:
        try:
            part = os.read(ours, 4096)
        except OSError:  # the other end is closed
            break
        if not part:
            break
        seen += part
    os.close(ours)
    assert process.wait(60) == 1
    text = seen.decode("utf-8", "replace")
    assert re.search(r"\d+ documents, \d+\.\d/s, \d+:\d\d:\d\d left, \d failed", text)
    assert "196 documents (0 copies)" in text
