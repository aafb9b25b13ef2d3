"""Speed of `rasid.batch` against other ways to run the same weights: python tests/benchmarks/throughput.py --checkpoint DIR.

Each way runs in a process of its own, all in turn, several rounds; what is compared is documents a second, as ratios with their spread.

    batch       rasid.batch as it is, a worker process with one thread for each core: reading, tokenising, network, records, all files
    threads     the same with one worker and a thread for each core
    one         the same with one worker and one thread
    bare        the encoder's calls alone, on the very batches of `batch`, in as many processes: the model's own time
    pipeline    transformers.pipeline("token-classification"), all cores, best of several batch sizes: spans only, no events
    torch       the torch model, all cores, texts sorted by length, batches by token count: labels only, no events

`batch`, `threads` and `one` are timed from the first shard's end to the last's (steady), and as a whole, start included (whole).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Any

from rasid.cores import cores

sys.path.insert(0, str(Path(__file__).parent))
from varied import ROOT, varied, write_varied

CORES = cores()
WAYS = ("batch", "threads", "one", "bare", "torch", "pipeline")
BATCH_SIZES = (1, 4, 8, 16, 32)
TOKENS = 4096


def way_batch(arguments: argparse.Namespace, workers: int, threads: int) -> dict[str, float]:
    """`rasid.batch` on a file."""
    import rasid

    ends: list[tuple[float, int]] = []
    with tempfile.TemporaryDirectory() as folder:
        path = write_varied(Path(folder) / "in.jsonl", arguments.documents)
        started = time.perf_counter()
        summary = rasid.batch(
            path,
            Path(folder) / "out",
            model=arguments.package,
            workers=workers,
            threads=threads,
            shard_documents=arguments.shard,
            batch_pieces=arguments.pieces,
            on_progress=lambda progress: ends.append((time.perf_counter(), progress.done)),
        )
        whole = time.perf_counter() - started
        network = json.loads((Path(folder) / "out" / "run.json").read_text())["speed"]["network_seconds_of_all_workers"]
    # The first shards of all workers end about together: what is timed begins when the last of them has ended.
    first, last = ends[min(workers, len(ends)) - 1], ends[-1]
    steady = (last[1] - first[1]) / (last[0] - first[0]) if last[0] > first[0] else summary.counts["documents"] / whole
    return {"steady": steady, "whole": summary.counts["documents"] / whole, "network_share": network / workers / whole}


def way_bare(arguments: argparse.Namespace) -> dict[str, float]:
    """The sum of the encoder's calls, over processes that run side by side as the workers of `batch` do."""
    command = [sys.executable, __file__, "--only", "share", *_options(arguments)]
    children = []
    for number in range(CORES):
        children.append(subprocess.Popen([*command, "--share", str(number)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True))
    for child in children:
        assert child.stdout is not None
        child.stdout.readline()  # it has its batches
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()
    seconds = [json.loads(child.communicate()[0])["seconds"] for child in children]
    return {"steady": arguments.documents / (sum(seconds) / len(seconds))}


def way_share(arguments: argparse.Namespace) -> dict[str, float]:
    """One of the processes of `bare`: takes every n-th shard."""
    import rasid
    from rasid.document import Document

    documents = [Document.make(d) for d in varied(arguments.documents)]
    extractor = rasid.load(arguments.package, threads=1)
    encode, batches = extractor._backend.encode, []

    def keep(ids: Any, mask: Any) -> Any:
        batches.append((ids, mask))
        return _nothing(ids)

    extractor._backend.encode = keep  # type: ignore[method-assign]
    size = arguments.shard
    for start in range(size * arguments.share, len(documents), size * CORES):
        extractor.analyse(documents[start : start + size], batch_pieces=arguments.pieces)
    encode(*batches[0])
    print("ready", flush=True)
    sys.stdin.readline()
    started = time.perf_counter()
    for ids, mask in batches:
        encode(ids, mask)
    return {"seconds": time.perf_counter() - started}


def _nothing(ids: Any) -> Any:
    """Logits and vectors in which there is no span."""
    import numpy as np

    from rasid.labels import IOB2

    logits = np.zeros((*ids.shape, len(IOB2)), dtype=np.float32)
    logits[..., 0] = 9.0
    return logits, np.zeros((*ids.shape, 1), dtype=np.float32)


def way_pipeline(arguments: argparse.Namespace) -> dict[str, float]:
    """The usual way: transformers' pipeline."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer, pipeline

    torch.set_num_threads(CORES)
    texts = [d["text"] for d in varied(arguments.slow_documents)]
    tokenizer = AutoTokenizer.from_pretrained(arguments.checkpoint, model_max_length=512)
    model = AutoModelForTokenClassification.from_pretrained(arguments.checkpoint)
    run = pipeline("token-classification", model=model, tokenizer=tokenizer, aggregation_strategy="first", stride=128)
    size = arguments.batch_size
    if not size:
        trial = texts[: max(32, len(texts) // 8)]
        times = {}
        for n in BATCH_SIZES:
            started = time.perf_counter()
            run(trial, batch_size=n)
            times[n] = time.perf_counter() - started
        size = min(times, key=lambda n: times[n])
    started = time.perf_counter()
    run(texts, batch_size=size)
    return {"steady": len(texts) / (time.perf_counter() - started), "batch_size": size}


def way_torch(arguments: argparse.Namespace) -> dict[str, float]:
    """What a careful user would write: sorted, padded little, no gradients."""
    import torch
    from transformers import AutoModelForTokenClassification, AutoTokenizer

    torch.set_num_threads(CORES)
    texts = [d["text"] for d in varied(arguments.slow_documents)]
    tokenizer = AutoTokenizer.from_pretrained(arguments.checkpoint)
    model = AutoModelForTokenClassification.from_pretrained(arguments.checkpoint).eval()
    with torch.inference_mode():
        model(**tokenizer(texts[:2], return_tensors="pt", padding=True, truncation=True, max_length=512))
        started = time.perf_counter()
        windows = tokenizer(texts, truncation=True, max_length=512, stride=128, return_overflowing_tokens=True)["input_ids"]
        windows.sort(key=len)
        while windows:
            take = max(1, TOKENS // len(windows[-1]))
            batch, windows = windows[-take:], windows[:-take]
            padded = tokenizer.pad({"input_ids": batch}, return_tensors="pt")
            model(input_ids=padded["input_ids"], attention_mask=padded["attention_mask"]).logits.argmax(-1).tolist()
        return {"steady": len(texts) / (time.perf_counter() - started)}


def run_way(name: str, arguments: argparse.Namespace, extra: list[str]) -> dict[str, float]:
    """One way in a process of its own."""
    paths = [str(ROOT / "src"), os.environ.get("PYTHONPATH", "")]
    environment = {
        **os.environ,
        "HF_HUB_OFFLINE": "1",
        "TOKENIZERS_PARALLELISM": "true",
        "PYTHONPATH": os.pathsep.join(p for p in paths if p),
    }
    command = [sys.executable, __file__, "--only", name, *_options(arguments), *extra]
    done = subprocess.run(command, capture_output=True, text=True, env=environment)
    if done.returncode:
        raise SystemExit(f"{name}: {done.stderr[-2000:]}")
    result: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return result


def spread(values: list[float]) -> dict[str, float]:
    """Median, least and highest."""
    return {"median": round(median(values), 3), "low": round(min(values), 3), "high": round(max(values), 3)}


def compare(arguments: argparse.Namespace) -> dict[str, Any]:
    """All ways in turn, in as many rounds as asked for."""
    ways = [w for w in arguments.ways.split(",") if arguments.checkpoint or w not in ("pipeline", "torch")]
    rounds: list[dict[str, dict[str, float]]] = []
    extra: list[str] = []
    for number in range(arguments.rounds):
        got: dict[str, dict[str, float]] = {}
        for name in ways[number % len(ways) :] + ways[: number % len(ways)]:  # none is always first
            got[name] = run_way(name, arguments, extra if name == "pipeline" else [])
            print(f"round {number + 1} {name}: {got[name]['steady']:.2f} documents/s", file=sys.stderr, flush=True)
            if name == "pipeline":
                extra = ["--batch-size", str(int(got[name]["batch_size"]))]
        rounds.append(got)
    out: dict[str, Any] = {
        "documents": arguments.documents,
        "cores": CORES,
        "documents_per_second": {w: spread([r[w]["steady"] for r in rounds]) for w in ways},
        "whole_run_documents_per_second": {w: spread([r[w]["whole"] for r in rounds]) for w in ways if "whole" in rounds[0][w]},
    }
    if "batch" in ways:
        out["batch_times_faster_than"] = {w: spread([r["batch"]["steady"] / r[w]["steady"] for r in rounds]) for w in ways if w != "batch"}
        out["batch_documents_per_core_hour"] = spread([r["batch"]["steady"] * 3600 / CORES for r in rounds])
        if "bare" in ways:
            out["time_of_batch_against_the_models_own"] = spread([r["bare"]["steady"] / r["batch"]["steady"] for r in rounds])
    out["rounds"] = rounds
    return out


def _options(arguments: argparse.Namespace) -> list[str]:
    names = ("checkpoint", "package", "documents", "slow_documents", "shard", "pieces")
    pairs = [(f"--{name.replace('_', '-')}", getattr(arguments, name)) for name in names]
    return [part for name, value in pairs if value is not None for part in (name, str(value))]


def main() -> None:
    """Read the arguments, and measure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--checkpoint", help="torch checkpoint of the same weights; without it pipeline and torch are left out")
    parser.add_argument("--package", help="ONNX package (default: the shipped model)")
    parser.add_argument("--documents", type=int, default=2048)
    parser.add_argument("--slow-documents", type=int, default=256, help="documents for pipeline and torch, which are slower")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--shard", type=int, default=128, help="documents of a shard")
    parser.add_argument("--pieces", type=int, default=512, help="pieces that go through the encoder at once")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--output", type=Path, help="write the figures here as JSON")
    parser.add_argument("--only", help=argparse.SUPPRESS)
    parser.add_argument("--share", type=int, default=0, help=argparse.SUPPRESS)
    parser.add_argument("--batch-size", type=int, default=0, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.only:
        ways = {
            "batch": lambda: way_batch(arguments, CORES, 1),
            "threads": lambda: way_batch(arguments, 1, CORES),
            "one": lambda: way_batch(arguments, 1, 1),
            "bare": lambda: way_bare(arguments),
            "share": lambda: way_share(arguments),
            "pipeline": lambda: way_pipeline(arguments),
            "torch": lambda: way_torch(arguments),
        }
        print(json.dumps(ways[arguments.only]()))
        return
    text = json.dumps(compare(arguments), indent=2)
    print(text)
    if arguments.output:
        arguments.output.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
