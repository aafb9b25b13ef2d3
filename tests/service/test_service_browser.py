"""The service's page in a real browser: a report pasted, its event clicked, a file dropped, files downloaded, a hostile report."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from browsing import Sheet
from readings import HOSTILE
from stubs import DENIAL, REPORT, stub_extractor

uvicorn = pytest.importorskip("uvicorn", reason="pip install 'rasid[serve]'")
pytest.importorskip("fastapi", reason="pip install 'rasid[serve]'")


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A running service on the stub of the model."""
    from rasid.service import make_app

    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(make_app(stub_extractor, workers=0), host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        time.sleep(0.05)
    yield f"http://127.0.0.1:{port}/"
    server.should_exit = True
    thread.join(20)
    assert not thread.is_alive()


@pytest.fixture
def sheet(browser: Any) -> Iterator[Sheet]:
    made = Sheet(browser, accept_downloads=True)
    yield made
    made.close()


def test_a_pasted_report_is_read_shown_and_downloaded(sheet: Sheet, address: str, tmp_path: Path):
    page = sheet.open(address + "?lang=en")
    assert not page.locator("#view").is_visible()
    page.locator("#report-text").fill(f"{REPORT} {DENIAL}")
    page.locator("#report-date").fill("2024-11-30")
    page.locator("#send-button").click()
    sheet.wait("#cards .card", 2)
    page.locator("#cards .value", has_text="قوات النظام").first.click()
    assert page.locator("#report .lit").inner_text() == "قوات النظام"
    assert page.locator("#map path.land").count() == 1
    assert page.locator("#table tbody tr").count() == 2
    assert page.locator(".card.st-denied").count() == 1
    sheet.keep("service")
    for suffix in ("jsonl", "csv", "geojson"):
        with page.expect_download() as started:
            page.locator(f"#downloads [data-suffix={suffix}]").click()
        path = tmp_path / started.value.suggested_filename
        started.value.save_as(path)
        assert path.name == f"rasid.{suffix}"
        assert "قوات النظام" in path.read_text(encoding="utf-8-sig")
    assert json.loads((tmp_path / "rasid.geojson").read_text(encoding="utf-8"))["type"] == "FeatureCollection"
    assert all(url.startswith((address, "blob:")) for url in sheet.requests)


def test_a_file_is_read_and_what_is_wrong_in_it_told(sheet: Sheet, address: str, tmp_path: Path):
    path = tmp_path / "reports.csv"
    path.write_text(f'id,text\na,"{REPORT}"\nb,only english\n', encoding="utf-8")
    page = sheet.open(address + "?lang=en")
    page.locator("#report-file").set_input_files(path)
    sheet.wait("#cards .card", 1)
    assert "reports.csv:3" in page.locator("#message").inner_text()
    assert "1 items could not be read" in page.locator("#not-read").inner_text()


def test_hostile_and_wrong_reports_are_told_in_words(sheet: Sheet, address: str):
    page = sheet.open(address + "?lang=en")
    page.locator("#report-text").fill(HOSTILE.replace("\u0007", ""))
    page.locator("#send-button").click()
    sheet.wait("#cards .card", 1)
    assert "<script>alert(1)</script>" in page.locator("#report .text").inner_text()
    page.locator("#report-text").fill(REPORT + " كلمة" * 200_000)  # a line of a megabyte: above the limit
    page.locator("#send-button").click()
    page.get_by_text("this service takes at most 200000").wait_for()
    sheet.problems = [problem for problem in sheet.problems if "413" not in problem]
