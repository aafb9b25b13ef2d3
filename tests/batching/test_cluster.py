"""The engine for clusters, on a local Ray."""

from __future__ import annotations

import importlib.util
import os
import sys
from pathlib import Path

import pytest
from archives import archive, results, run

from rasid.errors import MissingDependencyError

HAS_RAY = importlib.util.find_spec("ray") is not None


@pytest.mark.skipif(HAS_RAY, reason="Ray is installed")
def test_without_ray_the_error_names_the_extra(tmp_path: Path) -> None:
    with pytest.raises(MissingDependencyError, match=r"pip install 'rasid\[ray\]'"):
        run(archive(tmp_path / "in.jsonl", 6), tmp_path / "out", engine="ray")


@pytest.mark.skipif(not HAS_RAY or not os.environ.get("RASID_TEST_RAY"), reason="needs Ray, and RASID_TEST_RAY=1: it starts a local Ray")
def test_ray_gives_the_same_bytes_and_takes_up_what_was_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join(path for path in sys.path if path))  # the actors must find the stub
    path = archive(tmp_path / "in.jsonl", 40, broken=10, copies=10)
    run(path, tmp_path / "local")
    options = {"engine": "ray", "workers": 2, "engine_options": {"cpus": 0.5}}
    run(path, tmp_path / "ray", **options)
    assert results(tmp_path / "ray") == results(tmp_path / "local")

    class Stop(Exception):
        pass

    def stop(_: object) -> None:
        raise Stop

    with pytest.raises(Stop):
        run(path, tmp_path / "stopped", on_progress=stop, **options)
    summary = run(path, tmp_path / "stopped")
    assert summary.documents_now < 50
    assert results(tmp_path / "stopped") == results(tmp_path / "local")
