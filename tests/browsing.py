"""A real browser for tests: Debian's chromium, driven by Playwright from PyPI; a page that fails a script or a policy fails its test."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

# Chromium on a busy machine starts slowly; milliseconds.
PATIENCE = 280_000
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@contextmanager
def chromium() -> Iterator[Any]:
    """The browser; skips the test that asks for it where chromium or Playwright is not installed."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="pip install playwright")
    path = next((found for name in NAMES if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        # No sandbox: containers, where tests run as root, have none to give.
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-gpu"], timeout=PATIENCE)
        yield browser
        browser.close()


class Sheet:
    """A page in the browser; `problems` holds what its scripts, its policy or the network complained of."""

    def __init__(self, browser: Any, **options: Any):
        self.context = browser.new_context(viewport={"width": 1280, "height": 900}, **options)
        self.context.set_default_timeout(PATIENCE)
        self.page = self.context.new_page()
        self.problems: list[str] = []
        self.requests: list[str] = []
        self.page.on("console", lambda message: message.type in ("error", "warning") and self.problems.append(message.text))
        self.page.on("pageerror", lambda error: self.problems.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.problems.append(f"dialog: {dialog.message}"), dialog.dismiss()))
        self.page.on("request", lambda request: self.requests.append(request.url))

    def open(self, url: str) -> Any:
        """Load an address and wait until the scripts have run."""
        self.page.goto(url, timeout=PATIENCE)
        self.wait("#footer p", 2)
        return self.page

    def wait(self, selector: str, count: int) -> None:
        """Wait until so many elements are there; `wait_for_function` would need what the page's policy forbids."""
        from playwright.sync_api import expect

        expect(self.page.locator(selector)).to_have_count(count, timeout=PATIENCE)

    def keep(self, name: str, **options: Any) -> None:
        """A screenshot as test output, where RASID_SCREENSHOTS names a folder."""
        if folder := os.environ.get("RASID_SCREENSHOTS"):
            Path(folder).mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True, timeout=PATIENCE, **options)

    def close(self) -> None:
        """Close it; what it complained of fails the test."""
        self.context.close()
        assert self.problems == []
