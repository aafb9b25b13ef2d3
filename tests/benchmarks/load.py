"""Loads the service on loopback: one client, then many, with the latencies, the errors, and the memory of its processes over time.

    python tests/benchmarks/load.py [--clients 16] [--seconds 60] [--workers N] [--model DIR]

It starts `rasid serve` itself, sends the project's own reports (each made different, so that nothing could be answered twice from memory),
and fails where a request does, or where the many get less than 3 times the throughput of the one.
"""

from __future__ import annotations

import argparse
import http.client
import json
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[2] / "training/corpus/reports.jsonl"


def reports() -> list[dict[str, str]]:
    """The project's own reports."""
    rows = [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").splitlines()]
    return [{"text": row["text"], "date": row["date"], "country": row["country"]} for row in rows]


def tree_rss(pid: int) -> float:
    """Resident memory of a process and its children in MiB (Linux; shared pages count in each)."""
    total = 0.0
    waiting = [pid]
    while waiting:
        one = waiting.pop()
        try:
            status = Path(f"/proc/{one}/status").read_text()
            waiting += [int(child) for task in Path(f"/proc/{one}/task").iterdir() for child in (task / "children").read_text().split()]
        except OSError:
            continue
        total += next((int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS")), 0.0)
    return total


def run(port: int, pid: int, clients: int, seconds: float) -> dict[str, object]:
    """Let `clients` send one report after the other for `seconds`."""
    documents = reports()
    times: list[float] = []
    errors: list[str] = []
    memory: list[float] = []
    end = time.monotonic() + seconds

    def client(number: int) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
        turn = number
        while time.monotonic() < end:
            document = dict(documents[(turn * 7) % len(documents)])
            document["text"] += f"\n({number}-{turn})"
            turn += clients
            started = time.monotonic()
            try:
                connection.request("POST", "/extract", json.dumps(document), {"content-type": "application/json"})
                answer = connection.getresponse()
                body = answer.read()
                if answer.status != 200 or not body.startswith(b'{"doc_id"'):
                    errors.append(f"{answer.status} {body[:200]!r}")
            except OSError as error:
                errors.append(repr(error))
                connection.close()
            times.append(time.monotonic() - started)

    threads = [threading.Thread(target=client, args=(k,)) for k in range(clients)]
    started = time.monotonic()
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        memory.append(tree_rss(pid))
        time.sleep(0.5)
    took = time.monotonic() - started
    cuts = statistics.quantiles(times, n=20) if len(times) > 1 else times * 20
    tenth = max(1, len(memory) // 10)
    return {
        "clients": clients,
        "requests": len(times),
        "errors": errors[:5],
        "per_second": round(len(times) / took, 2),
        "p50_ms": round(1000 * statistics.median(times)),
        "p95_ms": round(1000 * cuts[18]),
        "rss_mib_start": round(statistics.median(memory[tenth : 3 * tenth] or memory)),
        "rss_mib_end": round(statistics.median(memory[-2 * tenth :])),
        "rss_mib_highest": round(max(memory)),
    }


def main() -> int:
    """Start the service, load it, stop it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--workers", type=int)
    parser.add_argument("--model")
    options = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "rasid", "serve", "--port", str(port)]
    command += ["--workers", str(options.workers)] if options.workers else []
    command += ["--model", options.model] if options.model else []
    server = subprocess.Popen(command)
    try:
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                break
            except OSError:
                if server.poll() is not None:
                    return 2
                time.sleep(0.2)
        run(port, server.pid, options.clients, min(5.0, options.seconds))  # warm: not measured
        one = run(port, server.pid, 1, options.seconds / 3)
        many = run(port, server.pid, options.clients, options.seconds)
    finally:
        server.send_signal(signal.SIGTERM)
        stopped = server.wait(90)
    ratio = round(float(str(many["per_second"])) / max(float(str(one["per_second"])), 0.01), 2)
    print(json.dumps({"one": one, "many": many, "ratio": ratio, "exit": stopped}, indent=1))
    return 0 if not one["errors"] and not many["errors"] and ratio >= 3 else 1


if __name__ == "__main__":
    sys.exit(main())
