"""The work of `rasid serve`: the model found, the limits taken, the service run until it is told to stop."""

from __future__ import annotations

import functools
from pathlib import Path

import rasid
from rasid.cli.common import report
from rasid.cores import cores
from rasid.package import default_folder, read_manifest
from rasid.service import Limits, make_app, serve


def serve_command(*, host: str, port: int, workers: int | None, model: Path | None, limits: Limits) -> None:
    """Run `rasid serve`.

    Raises:
        RasidError: where the extra `serve` or the model is missing.
    """
    manifest = read_manifest(model or default_folder())  # before any worker starts, for a short message
    count = workers if workers is not None else cores()
    # One thread each: processes also run side by side what is not the network.
    loader = functools.partial(rasid.load, model, threads=1)
    make_app(loader, workers=count, limits=limits)
    if host not in ("127.0.0.1", "localhost", "::1"):
        report(f"{host} is not the loopback address: whoever reaches this machine can use the service, which has no passwords")
    shown = f"[{host}]" if ":" in host else host
    report(f"{manifest.name} {manifest.version} on http://{shown}:{port}/ (documentation: /docs); Ctrl-C stops it")
    serve(loader, host=host, port=port, workers=count, limits=limits)
