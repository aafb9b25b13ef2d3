"""Puts `training/` on the path, skips without the training extra, and runs the shared smoke run once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT / "training", ROOT / "tests"):
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))

# Nothing here may reach for the network.
os.environ["HF_HUB_OFFLINE"] = "1"
REPORTS = "training/corpus/reports.jsonl"


@dataclass(frozen=True)
class Finished:
    """A finished command: where it wrote, what it said, and its seconds."""

    folder: Path
    process: subprocess.CompletedProcess[str]
    seconds: float


def run(*arguments: str | Path, timeout: float = 240) -> tuple[subprocess.CompletedProcess[str], float]:
    """Run a script of the project as a user would, from the project's root."""
    started = time.monotonic()
    command = [sys.executable, *(str(a) for a in arguments)]
    process = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=timeout, env={**os.environ, "HF_HUB_OFFLINE": "1"})
    return process, time.monotonic() - started


@pytest.fixture(scope="session")
def smoke(tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """`configs/smoke.yaml`, run as its header says, in a folder of its own."""
    pytest.importorskip("torch", reason="the training extra is not installed")
    pytest.importorskip("transformers", reason="the training extra is not installed")
    folder = tmp_path_factory.mktemp("smoke") / "run"
    process, seconds = run("training/train.py", "configs/smoke.yaml", f"run.output={folder}")
    assert process.returncode == 0, process.stderr[-3000:]
    return Finished(folder, process, seconds)


@pytest.fixture(scope="session")
def package(smoke: Finished, tmp_path_factory: pytest.TempPathFactory) -> Finished:
    """The smoke run's checkpoint, exported in full precision by the command."""
    folder = tmp_path_factory.mktemp("package") / "model"
    process, seconds = run(
        "training/export.py", smoke.folder / "model", "-o", folder, "--name", "smoke", "--version", "0", "--dev", REPORTS, "--full-precision"
    )
    assert process.returncode == 0, process.stderr[-3000:]
    return Finished(folder, process, seconds)


@pytest.fixture(scope="session")
def reports() -> list[dict[str, Any]]:
    """The project's own annotated reports."""
    import json

    return [json.loads(line) for line in (ROOT / REPORTS).read_text(encoding="utf-8").splitlines() if line.strip()]


@pytest.fixture(scope="session")
def tiny_bert(tmp_path_factory: pytest.TempPathFactory, reports: list[dict[str, Any]]) -> Path:
    """A tiny untrained BERT laid out as AraBERT's checkpoint is."""
    pytest.importorskip("torch", reason="the training extra is not installed")
    pytest.importorskip("transformers", reason="the training extra is not installed")
    from recipe.config import TinyConfig
    from recipe.tiny import make_tiny_bert

    shape = TinyConfig(layers=2, hidden=32, heads=2, vocabulary=1500, positions=512)
    texts = [r["text"] for r in reports]
    return make_tiny_bert(tmp_path_factory.mktemp("hub") / "bert-base-arabertv02", texts, shape, normalization="arabert")
