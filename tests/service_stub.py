"""A service on the stub of the model, slowed down, for tests that run it in processes of its own."""

from __future__ import annotations

import time
from typing import Any

from rasid.extractor import Extractor
from rasid.service import serve
from stubs import StubBackend, stub_extractor


class Slow(StubBackend):
    """Takes two seconds for each batch."""

    def encode(self, ids: Any, mask: Any) -> Any:
        time.sleep(2)
        return super().encode(ids, mask)


def slow_extractor() -> Extractor:
    """An Extractor on it."""
    return stub_extractor(backend=Slow())


def run(port: int) -> None:
    """Serve until told to stop."""
    serve(slow_extractor, host="127.0.0.1", port=port, workers=1)
