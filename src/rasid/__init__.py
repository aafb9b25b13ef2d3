"""Rasid reads Arabic reports of conflict and writes event records.

>>> import rasid
>>> extractor = rasid.load()
>>> record = extractor.extract("أعلن الدفاع المدني مقتل 7 مدنيين في قصف على بلدة سرمين", date="2024-11-30")
>>> record.events[0].casualties[0].low
7
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rasid.actors import resolve_actor
    from rasid.batching import batch
    from rasid.dates import parse_date
    from rasid.document import Document
    from rasid.errors import ConfigError, InputError, MissingDependencyError, ModelError, OutputError, RasidError, WorkerError
    from rasid.extractor import Extractor, load
    from rasid.frames import Records, to_dataset, to_pandas
    from rasid.incident import incidents
    from rasid.numbers import parse_number
    from rasid.places import resolve_place
    from rasid.records import Record

__version__ = "0.1.0"
# What is public, and where it lives: imported at its first use, so that `rasid --help` and a lone resolver do not wait for the rest.
_PUBLIC = {
    "ConfigError": "rasid.errors",
    "Document": "rasid.document",
    "Extractor": "rasid.extractor",
    "InputError": "rasid.errors",
    "MissingDependencyError": "rasid.errors",
    "ModelError": "rasid.errors",
    "OutputError": "rasid.errors",
    "RasidError": "rasid.errors",
    "Record": "rasid.records",
    "Records": "rasid.frames",
    "WorkerError": "rasid.errors",
    "batch": "rasid.batching",
    "incidents": "rasid.incident",
    "load": "rasid.extractor",
    "parse_date": "rasid.dates",
    "parse_number": "rasid.numbers",
    "resolve_actor": "rasid.actors",
    "resolve_place": "rasid.places",
    "to_dataset": "rasid.frames",
    "to_pandas": "rasid.frames",
}
__all__ = [
    "ConfigError",
    "Document",
    "Extractor",
    "InputError",
    "MissingDependencyError",
    "ModelError",
    "OutputError",
    "RasidError",
    "Record",
    "Records",
    "WorkerError",
    "batch",
    "incidents",
    "load",
    "parse_date",
    "parse_number",
    "resolve_actor",
    "resolve_place",
    "to_dataset",
    "to_pandas",
]


def __getattr__(name: str) -> Any:
    if name in _PUBLIC:
        return getattr(import_module(_PUBLIC[name]), name)
    raise AttributeError(f"module 'rasid' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted([*globals(), *_PUBLIC])
