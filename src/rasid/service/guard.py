"""Stands before the application: refuses bodies that are too large and hosts that are not this machine, and sets protective headers."""

from __future__ import annotations

import json
from typing import Any

from rasid.service.limits import Limits, Refusal, too_large

LOCAL_HOSTS = ("127.0.0.1", "localhost", "[::1]")
HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"x-frame-options", b"DENY"),
    (b"cache-control", b"no-store"),
]


class Guard:
    """ASGI middleware; reads the whole body (at most `limits.body` bytes) before the application sees the request."""

    def __init__(self, app: Any, limits: Limits, *, local: bool):
        self.app, self.limits, self.local = app, limits, local

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Answer a refusal, or let the application answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                message = {**message, "headers": [*message.get("headers", []), *HEADERS]}
            await send(message)

        try:
            headers = dict(scope["headers"])
            self._check_host(headers)
            body = await self._body(headers, receive)
        except Refusal as refusal:
            await _answer(refusal, guarded)
            return
        given = False

        async def whole() -> dict[str, Any]:
            nonlocal given
            if given:
                message: dict[str, Any] = await receive()
                return message
            given = True
            return {"type": "http.request", "body": body, "more_body": False}

        await self.app(scope, whole, guarded)

    def _check_host(self, headers: dict[bytes, bytes]) -> None:
        """A page elsewhere can point a name of its own at 127.0.0.1; its requests still carry that name."""
        host = headers.get(b"host", b"").decode("latin-1")
        name = host if host.endswith("]") else host.rsplit(":", 1)[0]
        if self.local and name.lower() not in LOCAL_HOSTS:
            raise Refusal(421, "host", "this service answers only to 127.0.0.1 and localhost; start it with --host to open it")

    async def _body(self, headers: dict[bytes, bytes], receive: Any) -> bytes:
        limit = self.limits.body
        said = headers.get(b"content-length", b"")
        if said.isdigit() and int(said) > limit:
            raise too_large(f"a request of {int(said)} bytes", f"{limit}")
        parts: list[bytes] = []
        size = 0
        while True:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise Refusal(400, "disconnected", "the client went away")
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > limit:
                raise too_large(f"a request of more than {limit} bytes", f"{limit}")
            if not message.get("more_body"):
                return b"".join(parts)


async def _answer(refusal: Refusal, send: Any) -> None:
    body = json.dumps(refusal.body(), ensure_ascii=False).encode("utf-8")
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode()), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
