"""The HTTP interface: what it answers, what it refuses, what it never tells, and how it batches."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from rasid.document import Document
from rasid.errors import MissingDependencyError
from rasid.readers import READERS
from rasid.records import SCHEMA
from rasid.service import Limits, batching, make_app
from rasid.service.batching import Batcher
from rasid.service.limits import Refusal
from rasid.view.inputs import parse_record
from stubs import REPORT, StubBackend, stub_extractor

httpx = pytest.importorskip("httpx", reason="pip install httpx")
TestClient: Any = pytest.importorskip("fastapi.testclient", reason="pip install 'rasid[serve]'").TestClient
LIMITS = Limits(body=50_000, characters=2_000, documents=3, seconds=20.0, waiting=8)


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(make_app(stub_extractor, workers=0, limits=LIMITS), base_url="http://localhost") as made:
        yield made


def test_a_report_is_answered_with_its_record(client: TestClient):
    answer = client.post("/extract", json={"text": REPORT, "date": "2024-11-30", "id": "mine"})
    assert answer.status_code == 200
    assert answer.json() == stub_extractor().extract({"text": REPORT, "id": "mine"}, date="2024-11-30").to_dict()
    assert parse_record(answer.json()).doc_id == "mine"


def test_in_a_batch_a_wrong_report_costs_no_other(client: TestClient):
    answer = client.post("/extract/batch", json={"documents": [{"text": REPORT}, {"text": "english only"}, {"text": REPORT, "typo": 1}]})
    got = answer.json()
    assert [record and record["schema"] for record in got["records"]] == [SCHEMA, None, None]
    assert [error["index"] for error in got["errors"]] == [1, 2]
    assert "no Arabic text" in got["errors"][0]["error"]["message"]
    assert "typo" in got["errors"][1]["error"]["message"]


@pytest.mark.parametrize(
    ("path", "options", "status", "said"),
    [
        ("/extract", {"json": {"text": "x" * 60_000}}, 413, "at most 50000"),
        ("/extract", {"json": {"text": REPORT * 50}}, 413, "at most 2000"),
        ("/extract/batch", {"json": {"documents": [{"text": REPORT}] * 4}}, 413, "at most 3"),
        ("/extract", {"json": {}}, 422, "text"),
        ("/extract", {"json": {"text": REPORT, "color": "red"}}, 422, "color"),
        ("/extract", {"json": {"text": REPORT, "date": "30/11/2024"}}, 422, "YYYY-MM-DD"),
        ("/extract", {"content": b"{", "headers": {"content-type": "application/json"}}, 422, "JSON"),
        ("/extract", {"content": json.dumps({"text": REPORT}).encode(), "headers": {"content-type": "text/plain"}}, 422, ""),
        ("/extract", {"json": {"text": REPORT}, "headers": {"host": "evil.example"}}, 421, "127.0.0.1"),
        ("/extract", {"json": {"text": REPORT}, "headers": {"host": "testserver"}}, 421, "127.0.0.1"),
        ("/view/file?name=a.pdf", {"content": b"x", "headers": {"content-type": "application/octet-stream"}}, 415, ".pdf"),
        ("/nowhere", {"json": {}}, 404, "Not Found"),
    ],
)
def test_what_cannot_be_served_is_refused_with_its_reason(client: TestClient, path: str, options: dict[str, Any], status: int, said: str):
    answer = client.post(path, **options)
    assert answer.status_code == status
    assert said in answer.json()["error"]["message"]


def test_a_body_without_a_length_is_limited_too(client: TestClient):
    assert client.post("/extract", content=(b"x" * 1000 for _ in range(60))).status_code == 413


def test_no_text_is_logged(client: TestClient, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch):
    caplog.set_level(logging.DEBUG)
    client.post("/extract", json={"text": REPORT})
    client.post("/extract", json={"text": "سر " + REPORT, "date": "x"})

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError(REPORT)

    monkeypatch.setattr("rasid.service.batching._extractor.extract", fail)
    answer = client.post("/extract", json={"text": REPORT})
    assert answer.status_code == 500
    assert "RuntimeError" in caplog.text
    assert "مقتل" not in caplog.text + answer.text


def test_health_tells_the_limits_and_schema_describes_a_record(client: TestClient):
    assert client.get("/health").json()["limits"]["characters"] == 2_000
    schema = client.get("/schema").json()
    assert {"doc_id", "schema", "model", "spans", "events"} == set(schema["properties"])
    assert {"from", "to"} <= schema["$defs"]["When"]["properties"].keys()


def test_the_documentation_loads_nothing_from_elsewhere(client: TestClient):
    page = client.get("/docs").text
    for path in ("/extract", "/extract/batch", "/health", "/schema"):
        assert path in page
    assert "https://" not in page
    assert "<script" not in page
    assert client.get("/openapi.json").json()["info"]["title"] == "Rasid"


def test_the_page_and_its_files(client: TestClient):
    assert 'id="send"' in client.get("/").text
    lines = "\n".join([json.dumps({"id": "a", "text": REPORT}), "{broken", json.dumps({"id": "b", "text": REPORT})])
    options = {"content": lines.encode(), "headers": {"content-type": "application/octet-stream"}}
    got = client.post("/view/file?name=x.jsonl&date=2024-11-30", **options).json()
    assert [document["id"] for document in got["data"]["documents"]] == ["a", "b"]
    assert got["data"]["faults"] == 1
    assert got["faults"][0].startswith("x.jsonl:2")
    assert len(got["files"]["jsonl"].splitlines()) == 2
    assert got["files"]["csv"].startswith("\ufeffdoc_id,")
    [first, _] = json.loads(got["files"]["geojson"])["features"]
    assert first["geometry"]["type"] == "Point"
    assert first["properties"]["status"] == "asserted"
    assert client.get("/").headers["x-frame-options"] == "DENY"


@pytest.mark.parametrize("suffix", READERS)
def test_a_file_of_every_kind_that_extract_reads_is_read(client: TestClient, suffix: str):
    content = json.dumps({"text": REPORT}) if "json" in suffix else f'text\n"{REPORT}"\n'
    options = {"content": content.encode(), "headers": {"content-type": "application/octet-stream"}}
    answer = client.post(f"/view/file?name=a{suffix}", **options)
    assert answer.status_code == 200
    assert len(answer.json()["data"]["documents"]) == 1
    assert suffix in client.get("/").text.split('accept="')[1].split('"')[0].split(",")


class SlowBackend(StubBackend):
    """Waits until it is let go."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()

    def encode(self, ids: Any, mask: Any) -> Any:
        self.gate.wait(20)
        return super().encode(ids, mask)


def in_a_loop_of_its_own(run: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run it in a thread: Playwright, where browser tests went before, keeps a running loop in this one."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, run()).result()


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The sizes of the batches that the workers were handed."""
    sizes: list[int] = []

    def read(wanted: Any) -> Any:
        sizes.append(len(wanted))
        return original(wanted)

    original = batching._read
    monkeypatch.setattr(batching, "_read", read)
    return sizes


def test_reports_that_arrive_while_one_is_read_are_read_together(batches: list[int]):
    backend = SlowBackend()

    async def run() -> None:
        batcher = Batcher(lambda: stub_extractor(backend=backend), workers=0, limits=Limits())
        await batcher.start()
        jobs = [asyncio.ensure_future(batcher.read([Document.make({"text": f"{REPORT} {n}"})])) for n in range(9)]
        await asyncio.sleep(0.2)
        backend.gate.set()
        answers = await asyncio.gather(*jobs)
        assert len({answer.json for [answer] in answers}) == 9
        await batcher.stop()

    in_a_loop_of_its_own(run)
    assert batches == [1, 8]


def test_too_many_waiting_and_too_long_are_refused_and_stopping_finishes_what_runs(batches: list[int]):
    backend = SlowBackend()

    async def run() -> None:
        batcher = Batcher(lambda: stub_extractor(backend=backend), workers=0, limits=Limits(waiting=2, seconds=0.3))
        await batcher.start()
        document = Document.make({"text": REPORT})
        first = asyncio.ensure_future(batcher.read([document]))
        await asyncio.sleep(0)
        waiting = asyncio.ensure_future(batcher.read([document, document]))
        await asyncio.sleep(0)
        with pytest.raises(Refusal, match="waiting already"):
            await batcher.read([document])
        for job in (first, waiting):
            with pytest.raises(Refusal, match=r"within 0\.3 seconds"):
                await job
        started = time.monotonic()
        threading.Timer(0.3, backend.gate.set).start()
        await batcher.stop()
        assert time.monotonic() - started > 0.1
        with pytest.raises(Refusal, match="waiting"):
            await batcher.read([document])

    in_a_loop_of_its_own(run)
    assert batches == [1]  # what nobody waited for any more was not begun


def test_what_timed_out_waits_no_more(batches: list[int]):
    backend = SlowBackend()

    async def run() -> None:
        batcher = Batcher(lambda: stub_extractor(backend=backend), workers=0, limits=Limits(waiting=3, seconds=0.3))
        await batcher.start()
        document = Document.make({"text": REPORT})
        refused = await asyncio.gather(*(batcher.read([document]) for _ in range(4)), return_exceptions=True)
        assert [refusal.code for refusal in refused if isinstance(refusal, Refusal)] == ["timeout"] * 4
        assert batcher.load == 0
        threading.Timer(0.1, backend.gate.set).start()
        [answer] = await batcher.read([document])
        assert not isinstance(answer, Refusal)
        await batcher.stop()

    in_a_loop_of_its_own(run)
    assert batches == [1, 1]


def test_without_the_extra_the_error_names_it(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingDependencyError, match=r"pip install 'rasid\[serve\]'"):
        make_app(stub_extractor)


def test_told_to_stop_it_answers_what_is_under_way_and_ends_well():
    """In processes of its own, as `rasid serve` runs: SIGTERM comes while a request is read."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    tests = Path(__file__).resolve().parents[1]
    code = f"import service_stub; service_stub.run({port})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(tests), *sys.path])}
    server = subprocess.Popen([sys.executable, "-c", code], env=environment)
    try:
        deadline = time.monotonic() + 120
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert server.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        answers: list[int] = []
        url = f"http://127.0.0.1:{port}/extract"
        asking = threading.Thread(target=lambda: answers.append(httpx.post(url, json={"text": REPORT}, timeout=60).status_code))
        asking.start()
        time.sleep(0.7)
        server.send_signal(signal.SIGTERM)
        asking.join(60)
        assert server.wait(60) == 0
        assert answers == [200]
    finally:
        server.kill()


def test_a_report_that_fails_costs_no_other(client: Any, monkeypatch: pytest.MonkeyPatch):
    original = batching._extractor.extract  # type: ignore[union-attr]

    def extract(document: Document) -> Any:
        if "انهيار" in document.text:
            raise ZeroDivisionError
        return original(document)

    monkeypatch.setattr("rasid.service.batching._extractor.extract", extract)
    answer = client.post("/extract/batch", json={"documents": [{"text": REPORT}, {"text": "انهيار " + REPORT}]}).json()
    assert answer["records"][0]["events"]
    assert answer["records"][1] is None
    assert answer["errors"] == [
        {"index": 1, "error": {"code": "failed", "message": "the report could not be read (ZeroDivisionError)", "field": None}}
    ]
