"""The service: reports over HTTP in, records out, with a page to paste a report into; everything stays on this machine."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rasid.service.limits import Limits

if TYPE_CHECKING:
    from rasid.service.batching import Loader

__all__ = ["Limits", "make_app", "serve"]


def make_app(loader: Loader, *, workers: int = 1, limits: Limits | None = None, local: bool = True) -> Any:
    """The ASGI application (a `fastapi.FastAPI`).

    Args:
        loader: makes the Extractor, once in each worker; for more than none it must be picklable.
        workers: processes that read reports; 0 reads them in a thread of this process.
        limits: of size, time and concurrency.
        local: answer only requests that name this machine (127.0.0.1, localhost) as their host.

    Raises:
        MissingDependencyError: where FastAPI is not installed.
    """
    _require("fastapi")
    from rasid.service.app import build

    return build(loader, workers=workers, limits=limits or Limits(), local=local)


def serve(loader: Loader, *, host: str, port: int, workers: int, limits: Limits | None = None) -> None:
    """Serve until SIGINT or SIGTERM; requests under way are then finished, new ones refused.

    Raises:
        MissingDependencyError: where FastAPI or uvicorn is not installed.
    """
    _require("uvicorn")
    import signal

    import uvicorn

    # After its graceful end uvicorn raises the signal that ended it once more: that it was told to stop is no failure.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: None)
    limits = limits or Limits()
    app = make_app(loader, workers=workers, limits=limits, local=host in ("127.0.0.1", "localhost", "::1"))
    # No access log: an address may hold a file's name. Errors are logged by kind only (see `rasid.service.app`).
    uvicorn.run(
        app,
        host=host,
        port=port,
        access_log=False,
        log_level="warning",
        timeout_graceful_shutdown=round(limits.seconds) + 1,
        server_header=False,
    )


def _require(package: str) -> None:
    from importlib.util import find_spec

    from rasid.errors import MissingDependencyError

    if find_spec(package) is None:
        raise MissingDependencyError(package, "serve", "rasid serve")
