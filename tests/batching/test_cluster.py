"""The engine for clusters, on a local Ray: the bytes of the local engine, whatever is lost; no Ray is started without RASID_TEST_RAY=1."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import os
import signal
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from archives import archive, report, results, run

from rasid.batching.cluster import _Feed
from rasid.errors import MissingDependencyError, WorkerError
from rasid.extractor import Extractor
from stubs import stub_extractor

HAS_RAY = importlib.util.find_spec("ray") is not None
with_ray = pytest.mark.skipif(
    not HAS_RAY or not os.environ.get("RASID_TEST_RAY"), reason="needs Ray, and RASID_TEST_RAY=1: it starts a local Ray"
)
KILLER = "kills until "


def killed() -> Extractor:
    """A model that a document with the id `kills until N PATH` kills (as the kernel does when memory runs out), N times in all."""
    extractor = stub_extractor()
    analyse = extractor.analyse

    def deadly(documents: Any, **options: Any) -> Any:
        for document in documents:
            if document.id.startswith(KILLER):
                times, path = document.id.removeprefix(KILLER).split(" ", 1)
                if int(times) > (os.path.getsize(path) if os.path.exists(path) else 0):
                    with open(path, "a") as stream:
                        stream.write("x")
                    os.kill(os.getpid(), signal.SIGKILL)
        return analyse(documents, **options)

    extractor.analyse = deadly  # type: ignore[method-assign]
    return extractor


def killed_at_load() -> Extractor:
    """A model that never comes to be loaded."""
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def refused() -> Extractor:
    """A model that is none."""
    raise ValueError("no such weights")


def with_killer(path: Path, times: int, marks: Path) -> Path:
    """An archive in whose midst a document kills the process that reads it."""
    lines = archive(path, 40, copies=10).read_text(encoding="utf-8").splitlines()
    lines.insert(17, json.dumps({"id": f"{KILLER}{times} {marks}", "text": report(500)}, ensure_ascii=False))
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def on_ray(inputs: Path, output: Path, *, workers: int = 2, cpus: float = 1.0, **options: Any) -> Any:
    """A batch on Ray."""
    return run(inputs, output, engine="ray", workers=workers, engine_options={"cpus": cpus}, **options)


@pytest.fixture
def importable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The workers find the stub."""
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))


@pytest.fixture
def two_cpus(importable: None) -> Iterator[None]:
    """A Ray of two CPUs that stands for a cluster: it is the user's, not the engine's."""
    import ray

    ray.init(num_cpus=2, log_to_driver=False, include_dashboard=False)
    yield
    ray.shutdown()


def test_a_stream_that_is_read_again_holds_the_same_shards_less_what_is_done() -> None:
    async def read(feed: _Feed) -> list[bytes | None]:
        return [await asyncio.wait_for(feed.take(place), 5) for place in range(4)]

    async def told() -> None:
        feed = _Feed()
        first = asyncio.create_task(feed.take(0))
        await asyncio.sleep(0)
        assert not first.done()  # it waits for what is not there yet
        for place in (1, 0, 2):  # calls of an actor may overtake each other
            await feed.give(place, f"shard {place}".encode())
        assert await asyncio.wait_for(first, 5) == b"shard 0"
        await feed.end(3)
        assert await read(feed) == [b"shard 0", b"shard 1", b"shard 2", None]
        await feed.done(1, "name")
        assert await read(feed) == [b"shard 0", b"", b"shard 2", None]

    asyncio.run(told())


def test_the_tries_of_a_shard_are_counted_until_it_is_done() -> None:
    async def told() -> list[int]:
        feed = _Feed()
        counts = [await feed.tries("one"), await feed.tries("two"), await feed.tries("one")]
        await feed.done(0, "one")
        await feed.forget("two")
        return [*counts, await feed.tries("one"), await feed.tries("two")]

    assert asyncio.run(told()) == [1, 1, 2, 1, 1]


@pytest.mark.skipif(HAS_RAY, reason="Ray is installed")
def test_without_ray_the_error_names_the_extra(tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match=r"pip install 'rasid\[ray\]'"):
        run(archive(tmp_path / "in.jsonl", 6), tmp_path / "out", engine="ray")


@with_ray
@pytest.mark.usefixtures("importable")
def test_ray_gives_the_same_bytes_and_takes_up_what_was_stopped(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = archive(tmp_path / "in.jsonl", 40, broken=10, copies=10)
    run(path, tmp_path / "local")
    seen: list[int] = []
    on_ray(path, tmp_path / "ray", cpus=0.5, on_progress=lambda progress: seen.append(progress.done))
    assert results(tmp_path / "ray") == results(tmp_path / "local")
    assert len(seen) == 10
    assert seen == sorted(seen)

    class Stop(Exception):
        pass

    def stop(_: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        on_ray(path, tmp_path / "stopped", cpus=0.5, on_progress=stop)
    summary = run(path, tmp_path / "stopped")
    assert summary.documents_now < 50
    assert results(tmp_path / "stopped") == results(tmp_path / "local")
    out, err = capfd.readouterr()
    assert out == ""
    assert "Dataset" not in err
    assert "Running" not in err


@with_ray
@pytest.mark.usefixtures("two_cpus")
def test_workers_that_hold_every_cpu_or_find_none_do_not_hang(tmp_path: Path) -> None:
    path = archive(tmp_path / "in.jsonl", 40, broken=10, copies=10)
    run(path, tmp_path / "local")
    for workers, cpus in ((2, 1.0), (5, 1.0), (1, 2.0)):
        output = tmp_path / f"{workers}-{cpus}"
        on_ray(path, output, workers=workers, cpus=cpus)
        assert results(output) == results(tmp_path / "local")


@with_ray
@pytest.mark.usefixtures("two_cpus")
def test_the_shard_of_a_lost_worker_is_done_by_another(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    path = with_killer(tmp_path / "in.jsonl", 2, marks)
    on_ray(path, tmp_path / "ray", loader="test_cluster:killed")
    assert marks.stat().st_size == 2
    run(path, tmp_path / "local", loader="test_cluster:killed")  # kills no more
    assert results(tmp_path / "ray") == results(tmp_path / "local")


@with_ray
@pytest.mark.usefixtures("two_cpus")
def test_a_shard_that_always_kills_is_an_error_that_names_it_or_the_one_beside_it(tmp_path: Path) -> None:
    marks = tmp_path / "marks"
    path = with_killer(tmp_path / "in.jsonl", 99, marks)
    with pytest.raises(WorkerError, match=r"shard 00000[2-5]-\w+: its worker was lost 4 times"):
        on_ray(path, tmp_path / "ray", loader="test_cluster:killed")
    assert marks.stat().st_size == 4
    marks.write_text("x" * 99)
    run(path, tmp_path / "ray", loader="test_cluster:killed")
    run(path, tmp_path / "local", loader="test_cluster:killed")
    assert results(tmp_path / "ray") == results(tmp_path / "local")


@with_ray
@pytest.mark.usefixtures("two_cpus")
@pytest.mark.parametrize(("loader", "said"), [("refused", "ValueError: no such weights"), ("killed_at_load", "loading the model|Ray")])
def test_a_model_that_cannot_be_loaded_is_an_error(tmp_path: Path, loader: str, said: str) -> None:
    with pytest.raises(WorkerError, match=said):
        on_ray(archive(tmp_path / "in.jsonl", 6), tmp_path / "out", loader=f"test_cluster:{loader}")


@with_ray
@pytest.mark.usefixtures("two_cpus")
def test_what_is_handed_out_is_bounded_and_the_end_comes_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from rasid.batching import cluster

    most = 0
    submit = cluster.RayEngine.submit

    def counted(self: cluster.RayEngine, shard: Any) -> Iterator[Any]:
        nonlocal most
        yield from submit(self, shard)
        most = max(most, len(self._held))

    monkeypatch.setattr(cluster.RayEngine, "submit", counted)

    class Stop(Exception):
        pass

    def stop(progress: Any) -> None:
        if progress.done >= 60:
            stopped.append(time.monotonic())
            raise Stop

    stopped: list[float] = []
    with pytest.raises(Stop):
        on_ray(archive(tmp_path / "in.jsonl", 400), tmp_path / "out", on_progress=stop)
    assert most == 6
    assert time.monotonic() - stopped[0] < 20


@with_ray
@pytest.mark.usefixtures("importable")
def test_workers_that_no_node_has_room_for_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(WorkerError, match=r"ask for 4096 CPUs \(--ray-cpus\), and no node"):
        on_ray(archive(tmp_path / "in.jsonl", 6), tmp_path / "out", workers=1, cpus=4096)
