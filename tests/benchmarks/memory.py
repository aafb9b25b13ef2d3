"""Memory of a long batch: python tests/benchmarks/memory.py --output DIR writes memory.json and, with matplotlib, memory.png.

A batch of many documents runs in a process of its own; its memory and that of each worker (resident set, shared pages counted in
full) are sampled over the run, with the documents done so far. Linux only: it reads /proc.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from varied import ROOT, write_varied

LIMIT_MIB = 1536
PAGE = os.sysconf("SC_PAGE_SIZE")
_RUN = """
import json, sys, time, rasid
path, out, log, workers, loader = sys.argv[1:]
with open(log, "w") as stream:
    def tell(progress):
        stream.write(json.dumps([time.time(), progress.done]) + "\\n"); stream.flush()
    options = {"loader": loader} if loader else {}
    rasid.batch(path, out, workers=int(workers) or None, on_progress=tell, **options)
"""


def sample(pid: int) -> dict[str, float]:
    """MiB of the parent and of each worker."""
    found = {"parent": _resident(pid)}
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        for thread in Path(f"/proc/{pid}/task").iterdir():
            children += (thread / "children").read_text().split()
    except OSError:
        children = []
    for number, child in enumerate(sorted({int(c) for c in children})):
        found[f"worker {number}"] = _resident(child)
    return found


def _resident(pid: int) -> float:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE / 2**20
    except (OSError, IndexError):
        return 0.0


def measure(documents: int, folder: Path, *, workers: int, copies: float, every: float, loader: str) -> dict[str, Any]:
    """Run the batch and sample it."""
    path = write_varied(folder / "in.jsonl", documents, copies=copies)
    log = folder / "progress.jsonl"
    log.unlink(missing_ok=True)
    paths = [str(ROOT / "src"), str(ROOT / "tests"), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(p for p in paths if p)}
    command = [sys.executable, "-c", _RUN, str(path), str(folder / "out"), str(log), str(workers), loader]
    process = subprocess.Popen(command, env=environment)
    samples: list[tuple[float, dict[str, float]]] = []
    while process.poll() is None:
        samples.append((time.time(), sample(process.pid)))
        time.sleep(every)
    if process.returncode:
        raise SystemExit(f"the batch ended with status {process.returncode}")
    done = [json.loads(line) for line in log.read_text().splitlines()]
    start = samples[0][0]
    names = sorted({name for _, found in samples for name in found})
    # The first tenth is the start: models loaded, buffers grown.
    begun = done[max(0, len(done) // 10 - 1)][0]
    steady = [(at - start, found) for at, found in samples if begun <= at <= done[-1][0]]
    half = len(steady) // 2
    grown = {n: _mean(steady[half:], n) - _mean(steady[:half], n) for n in names}
    quarter = max(1, len(done) // 4)
    return {
        "documents": documents,
        "peak_mib": {n: round(max(found.get(n, 0.0) for _, found in samples), 1) for n in names},
        "limit_mib": LIMIT_MIB,
        "second_half_less_first_half_mib": {n: round(g, 1) for n, g in grown.items()},
        "seconds_per_document": {"first quarter": _pace(done[:quarter]), "last quarter": _pace(done[-quarter:])},
        "samples": [[round(at - start, 2), {n: round(v, 1) for n, v in found.items()}] for at, found in samples],
        "done": [[round(at - start, 2), n] for at, n in done],
    }


def _mean(samples: list[tuple[float, dict[str, float]]], name: str) -> float:
    values = [found[name] for _, found in samples if found.get(name)]
    return sum(values) / len(values) if values else 0.0


def _pace(done: list[list[float]]) -> float | None:
    (at, first), (end, last) = done[0], done[-1]
    return round((end - at) / (last - first), 5) if last > first else None


def plot(figures: dict[str, Any], path: Path) -> None:
    """Memory and documents over time."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    figure, (above, below) = plt.subplots(2, 1, sharex=True, figsize=(8, 6))
    for name in figures["peak_mib"]:
        points = [(at, found[name]) for at, found in figures["samples"] if found.get(name)]
        above.plot([p[0] for p in points], [p[1] for p in points], label=name)
    above.axhline(LIMIT_MIB, color="grey", linestyle="--", label="limit")
    above.set_ylabel("resident memory, MiB")
    above.set_ylim(bottom=0)
    above.legend()
    below.plot([p[0] for p in figures["done"]], [p[1] for p in figures["done"]])
    below.set_ylabel("documents done")
    below.set_xlabel("seconds")
    figure.tight_layout()
    figure.savefig(path, dpi=120)


def main() -> None:
    """Read the arguments, measure, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=20_000)
    parser.add_argument("--copies", type=float, default=0.1, help="share of documents whose text was there before")
    parser.add_argument("--workers", type=int, default=0, help="0: one for each core")
    parser.add_argument("--every", type=float, default=0.5, help="seconds between two samples")
    parser.add_argument("--loader", default="", help="for a trial of this script: stubs:stub_extractor")
    parser.add_argument("--output", type=Path, required=True)
    arguments = parser.parse_args()
    arguments.output.mkdir(parents=True, exist_ok=True)
    figures = measure(
        arguments.documents,
        arguments.output,
        workers=arguments.workers,
        copies=arguments.copies,
        every=arguments.every,
        loader=arguments.loader,
    )
    (arguments.output / "memory.json").write_text(json.dumps(figures) + "\n", encoding="utf-8")
    print(json.dumps({name: value for name, value in figures.items() if name not in ("samples", "done")}, indent=2))
    try:
        plot(figures, arguments.output / "memory.png")
    except ImportError:
        print("no plot: matplotlib is not installed (pip install 'rasid[train]')", file=sys.stderr)
    if max(figures["peak_mib"].values()) > LIMIT_MIB:
        raise SystemExit(f"more than {LIMIT_MIB} MiB")


if __name__ == "__main__":
    main()
