"""Small archives for the tests of batches, and their results as bytes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import rasid
from rasid.batching import BatchSummary
from stubs import DENIAL, REPORT

STUB = "stubs:stub_extractor"
# All but run.json, which holds times, is the same from run to run.
TIMED = {"run.json", "progress.json", ".lock"}


def report(number: int) -> str:
    """A report that differs from every other one below 999."""
    return REPORT.replace("7", str(number + 1)) + (" " + DENIAL if number % 3 == 0 else "") + " قوات" * (number % 7)


def archive(path: Path, count: int = 40, *, broken: int = 0, copies: int = 0) -> Path:
    """JSON lines: `count` different reports, every `broken`-th line broken, and `copies` of the first ones at the end."""
    lines = []
    for k in range(count):
        document = {"id": f"d{k}", "text": report(k), "date": "2024-01-02", "outlet": "جريدة", "country": "SY"}
        lines.append("{broken" if broken and k % broken == broken - 1 else json.dumps(document, ensure_ascii=False))
    lines += [json.dumps({"id": f"copy{k}", "text": "  " + report(k).replace(" ", "  ")}, ensure_ascii=False) for k in range(copies)]
    path.write_text("".join(line + "\n" for line in lines), encoding="utf-8")
    return path


def run(inputs: Any, output: Path, **options: Any) -> BatchSummary:
    """A batch with the stub of the model, in this process, in small shards."""
    return rasid.batch(inputs, output, **{"loader": STUB, "workers": 0, "shard_documents": 5, **options})


def results(folder: Path) -> dict[str, bytes]:
    """Every file of a finished batch that must not change from run to run."""
    files = {}
    for base, _, names in os.walk(folder):
        files.update(
            {str((Path(base) / name).relative_to(folder)): (Path(base) / name).read_bytes() for name in names if name not in TIMED}
        )
    return files


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a JSON lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
