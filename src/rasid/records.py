"""The record of one document: spans, events, casualties and their resolved values, as frozen objects (contract `rasid/1`)."""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import Any

SCHEMA = "rasid/1"
LABELS = ("ACTOR", "NUMBER", "LOCATION", "DATE", "TRIGGER")
EVENT_TYPES = (
    "airstrike",
    "shelling",
    "bombing",
    "battle",
    "attack",
    "abduction",
    "arrest",
    "territory",
    "displacement",
    "agreement",
    "protest",
    "destruction",
    "casualties",
)
STATUSES = ("asserted", "denied", "alleged", "planned")
CASUALTY_KINDS = ("killed", "wounded", "killed_or_wounded", "captured", "missing", "displaced", "abducted")


class _Plain:
    """Gives a record class `to_dict()`: plain JSON types, keys in the contract's order, `from_` written as `from`."""

    __slots__ = ()

    def to_dict(self) -> dict[str, Any]:
        """This object as nested dicts and lists, ready for `json.dumps`."""
        keys = _keys(type(self))  # type: ignore[arg-type]  # mypy asks the class for the hash of its objects
        return {key: value if type(value := getattr(self, name)) in _SCALARS else _plain(value) for key, name in keys}


def _plain(value: object) -> Any:
    if isinstance(value, _Plain):
        return value.to_dict()
    if isinstance(value, (tuple, list)):
        return [_plain(item) for item in value]
    return value


_SCALARS = frozenset((str, int, float, bool, type(None)))


@cache
def _keys(kind: type) -> tuple[tuple[str, str], ...]:
    """The keys of a class's dict with the fields that they are of."""
    return tuple((f.name.rstrip("_"), f.name) for f in fields(kind))


@dataclass(frozen=True, slots=True)
class Mention(_Plain):
    """Characters `[start, end)` of the document's text, and what stands there."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Span(_Plain):
    """A labelled mention; `score` is the model's calibrated probability that label and edges are right."""

    label: str
    start: int
    end: int
    text: str
    score: float | None


@dataclass(frozen=True, slots=True)
class Actor(_Plain):
    """An actor mention and the actor it names; what is not resolved is None.

    `label` is the hostile or partisan name that the text uses for it, None where the name is neutral.
    """

    text: str
    start: int
    end: int
    name: str | None = None
    name_en: str | None = None
    actor_id: str | None = None
    kind: str | None = None
    country: str | None = None
    label: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Place(_Plain):
    """A location mention and the place it names; `precision` and `reason` say how it was found."""

    text: str
    start: int
    end: int
    name: str | None = None
    name_en: str | None = None
    lat: float | None = None
    lon: float | None = None
    country: str | None = None
    admin1: str | None = None
    kind: str | None = None
    precision: int | None = None
    gazetteer_id: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class When(_Plain):
    """A date mention and the interval of days (ISO 8601, both ends included) it means; an open end is None."""

    text: str
    start: int
    end: int
    from_: str | None = None
    to: str | None = None
    precision: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Casualty(_Plain):
    """People killed, hurt, taken, missing or driven out.

    `low` and `high` are the bounds that the words give (None: no bound on that side). `part_of` is the index, in the same event,
    of the figure that this one is a part of. `civilian` is None where the words do not say; `group` is set where the victims are
    all women, children, journalists and the like. `reason` says how the figure was read.
    """

    kind: str
    low: int | None
    high: int | None
    approx: bool
    number: Mention | None
    victims: tuple[Mention, ...]
    civilian: bool | None
    part_of: int | None
    group: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Evidence(_Plain):
    """A range of characters (a sentence) that an event was read from."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Acled(_Plain):
    """The nearest ACLED event and sub-event type (ACLED Codebook, 2023)."""

    event_type: str
    sub_event_type: str


@dataclass(frozen=True, slots=True)
class Flag(_Plain):
    """A contradiction among an event's casualties: `code` is one of `rasid.checks.CODES`, `entries` are their indices."""

    code: str
    entries: tuple[int, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Event(_Plain):
    """One incident as the document reports it.

    `confidence` is the calibrated
    probability that its type, its status and every casualty figure are right. `flags` tell where its figures contradict one another.
    """

    id: str
    type: str
    status: str
    aggregate: bool
    confidence: float | None
    triggers: tuple[Mention, ...]
    perpetrators: tuple[Actor, ...]
    targets: tuple[Actor, ...]
    casualties: tuple[Casualty, ...]
    locations: tuple[Place, ...]
    date: When | None
    sources: tuple[Actor, ...]
    evidence: tuple[Evidence, ...]
    acled: Acled | None
    flags: tuple[Flag, ...] = ()


@dataclass(frozen=True, slots=True)
class ModelInfo(_Plain):
    """Which model made a record."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class Record(_Plain):
    """What Rasid read in one document."""

    doc_id: str
    schema: str
    model: ModelInfo
    spans: tuple[Span, ...]
    events: tuple[Event, ...]
