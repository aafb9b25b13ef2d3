"""What the service refuses to take on, and the error that tells so."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Limits:
    """Limits of the service.

    Attributes:
        body: bytes of a request.
        characters: characters of one report.
        documents: reports of one request.
        seconds: from a request's arrival to its answer.
        waiting: reports that may wait for a worker; more are refused at once, so that a client learns it soon.
    """

    body: int = 8_000_000
    characters: int = 200_000
    documents: int = 100
    seconds: float = 60.0
    waiting: int = 512


class Refusal(Exception):
    """A request that is not served: its HTTP status, a code for programs and a message for people."""

    def __init__(self, status: int, code: str, message: str, field: str | None = None):
        super().__init__(message)
        self.status, self.code, self.message, self.field = status, code, message, field

    def body(self) -> dict[str, object]:
        """What the client gets."""
        return {"error": {"code": self.code, "message": self.message, "field": self.field}}


def too_large(got: str, limit: str) -> Refusal:
    """A refusal of something too large."""
    return Refusal(413, "too_large", f"got {got}, this service takes at most {limit}")


def busy(waiting: int) -> Refusal:
    """A refusal for want of room."""
    return Refusal(503, "busy", f"{waiting} reports are waiting already: try again later")


def too_slow(seconds: float) -> Refusal:
    """A refusal of a request that took too long."""
    return Refusal(504, "timeout", f"no answer within {seconds:g} seconds: send less at a time, or try again later")
