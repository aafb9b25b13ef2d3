"""Fixtures that several test modules share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

from rasid.analysis import Analysis
from rasid.document import Document
from rasid.extractor import Extractor
from rasid.package import MANIFEST_FILE, default_folder
from rasid.records import Record
from stubs import stub_extractor

# In CI the same examples every time: a new one that fails is for a developer to find, not for whoever submits next.
settings.register_profile("ci", derandomize=True)
if os.environ.get("CI"):
    settings.load_profile("ci")

SHARED = Path(__file__).resolve().parents[2] / "shared"


@pytest.fixture
def extractor() -> Extractor:
    """An Extractor on the stub of the model (tests/stubs.py)."""
    return stub_extractor()


@pytest.fixture
def bad_document(monkeypatch: pytest.MonkeyPatch) -> str:
    """The id of documents that no record can be made of: any Extractor fails on them in a way that nobody foresaw."""
    make = Extractor.record

    def record(self: Extractor, document: Document, analysis: Analysis) -> Record:
        if document.id == "bad":
            raise ArithmeticError("not foreseen")
        return make(self, document, analysis)

    monkeypatch.setattr(Extractor, "record", record)
    return "bad"


@pytest.fixture(scope="session")
def shipped_model() -> Path:
    """The folder of the model that ships with the package; skips the test where there is none yet."""
    folder = default_folder()
    if not (folder / MANIFEST_FILE).is_file():
        pytest.skip(f"no model in {folder}: training/export.py makes it")
    return folder


@pytest.fixture(scope="session")
def shared_folder() -> Path:
    """The folder with the shared corpus and scorer, which stands beside the project on developers' machines only."""
    if not (SHARED / "annotation" / "score.py").is_file():
        pytest.skip(f"no shared corpus in {SHARED}")
    return SHARED


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Debian's chromium driven by Playwright, one for the whole run; skips the test where either is missing."""
    from browsing import chromium

    with chromium() as found:
        yield found
