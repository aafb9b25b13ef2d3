"""Rasid reads Arabic reports of conflict and writes event records.

>>> import rasid
>>> extractor = rasid.load()
>>> record = extractor.extract("أعلن الدفاع المدني مقتل 7 مدنيين في قصف على بلدة سرمين", date="2024-11-30")
>>> record.events[0].casualties[0].low
7
"""

from rasid.document import Document
from rasid.errors import ConfigError, InputError, MissingDependencyError, ModelError, RasidError
from rasid.extractor import Extractor, load
from rasid.numbers import parse_number
from rasid.records import Record

__version__ = "0.1.0"
__all__ = [
    "ConfigError",
    "Document",
    "Extractor",
    "InputError",
    "MissingDependencyError",
    "ModelError",
    "RasidError",
    "Record",
    "load",
    "parse_number",
]
