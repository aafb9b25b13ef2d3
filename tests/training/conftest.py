"""Puts `training/` on the path, skips without the training extra, and makes the shared smoke run once."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "training"))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))  # builders
sys.path.insert(0, str(Path(__file__).resolve().parent))  # commands

from commands import NO_EXTRA, REPORTS, ROOT, Finished, run

os.environ["HF_HUB_OFFLINE"] = "1"  # nothing here may reach for the network


@pytest.fixture(scope="session")
def reports() -> list[dict[str, Any]]:
    """The project's own annotated reports."""
    return [json.loads(line) for line in (ROOT / REPORTS).read_text(encoding="utf-8").splitlines() if line.strip()]


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory, reports: list[dict[str, Any]]) -> Path:
    """A tiny untrained BERT laid out as AraBERT's checkpoint is."""
    pytest.importorskip("torch", reason=NO_EXTRA)
    pytest.importorskip("transformers", reason=NO_EXTRA)
    from recipe.config import TinyConfig
    from recipe.tiny import make_tiny_bert

    shape = TinyConfig(layers=2, hidden=32, heads=2, vocabulary=1500, positions=512)
    texts = [r["text"] for r in reports]
    return make_tiny_bert(tmp_path_factory.mktemp("hub") / "bert-base-arabertv02", texts, shape, normalization="arabert")


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """`configs/smoke.yaml`, run by the command in its header, in a folder of its own."""
    pytest.importorskip("torch", reason=NO_EXTRA)
    pytest.importorskip("transformers", reason=NO_EXTRA)
    folder = tmp_path_factory.mktemp("smoke") / "run"
    # One thread: two that wait for one another in turn crawl where something else has the processors.
    process, seconds = run("training/train.py", "configs/smoke.yaml", f"run.output={folder}", "run.threads=1")
    assert process.returncode == 0, process.stderr[-3000:]
    return Finished(folder, process, seconds)


@pytest.fixture(scope="session")
def package(smoke: Finished, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The smoke run's checkpoint, exported in full precision by the command."""
    pytest.importorskip("onnxscript", reason=NO_EXTRA)
    folder = tmp_path_factory.mktemp("package") / "model"
    process, seconds = run(
        "training/export.py",
        smoke.folder / "model",
        "-o",
        folder,
        "--name",
        "smoke",
        "--version",
        "0",
        "--dev",
        REPORTS,
        "--full-precision",
    )
    assert process.returncode == 0, process.stderr[-3000:]
    return Finished(folder, process, seconds)
