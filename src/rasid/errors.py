"""The family of errors that Rasid raises: what was got, what was expected, and where."""

from __future__ import annotations


class RasidError(Exception):
    """Base of all errors raised on purpose by Rasid; catch it to catch them all."""


class InputError(RasidError):
    """A document, file, line or value that cannot be read.

    Attributes:
        source: the file or object it came from, or None.
        line: its 1-based line in that file, or None.
        field: the field that is wrong, or None.
    """

    def __init__(self, message: str, *, source: str | None = None, line: int | None = None, field: str | None = None):
        self.source, self.line, self.field = source, line, field
        place = ":".join(str(part) for part in (source, line) if part is not None)
        where = f"{place}: " if place else ""
        what = f"field {field!r}: " if field else ""
        super().__init__(f"{where}{what}{message}")


class ConfigError(RasidError):
    """A training or model configuration with an unknown key or a value of the wrong kind."""


class ModelError(RasidError):
    """A model folder that is missing, incomplete or of a format this version does not read."""


class OutputError(RasidError):
    """A place that cannot be written to, or that holds the results of other work."""


class WorkerError(RasidError):
    """A worker process of a batch ended or could not go on; what is finished stays good."""


class MissingDependencyError(RasidError, ImportError):
    """An optional dependency is not installed; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str, purpose: str):
        super().__init__(f"{purpose} needs {package}, which is not installed: pip install 'rasid[{extra}]'")
