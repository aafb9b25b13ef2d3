"""An incident: every report of it with its figures, what sums them up, and why they were put together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from rasid.records import _Plain


@dataclass(frozen=True, slots=True)
class ReportedFigure(_Plain):
    """A casualty figure as one report has it; bounds as in `rasid.records.Casualty`, figures that are part of another left out."""

    kind: str
    low: int | None
    high: int | None
    approx: bool
    civilian: bool | None


@dataclass(frozen=True, slots=True)
class Member(_Plain):
    """One report of the incident: an event of a record. `copies` names the document's near duplicates, None where it has none."""

    doc_id: str
    event_id: str
    outlet: str | None
    doc_date: str | None
    copies: str | None
    type: str
    status: str
    triggers: tuple[str, ...]
    place: str | None
    date: str | None
    date_from: str | None
    date_to: str | None
    perpetrators: tuple[str, ...]
    targets: tuple[str, ...]
    sources: tuple[str, ...]
    figures: tuple[ReportedFigure, ...]


@dataclass(frozen=True, slots=True)
class FigureSummary(_Plain):
    """The figures of one kind over all reports of one status: never added up.

    `lowest` and `highest` are the least lower and the greatest upper bound that a report gives (a figure without an upper bound, "at
    least 11", counts with its lower one, and `open` says so). `latest` is the figure of the report published last, the highest where it
    gives several; `latest_doc_id` is that report. `independent_reports` counts those that give a figure, near duplicates once.
    """

    kind: str
    lowest: int | None
    highest: int | None
    open: bool
    latest_low: int | None
    latest_high: int | None
    latest_date: str | None
    latest_doc_id: str
    independent_reports: int


@dataclass(frozen=True, slots=True)
class Reason(_Plain):
    """A finding for or against a link: its code (`data/incidents/weights.tsv`), points, and what was compared."""

    code: str
    points: float
    text: str


@dataclass(frozen=True, slots=True)
class Link(_Plain):
    """Why two events are in one group: the reasons and the sum of their points; `text` says it in one line."""

    a: str
    b: str
    doc_a: str
    doc_b: str
    score: float
    text: str
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Incident(_Plain):
    """What is reported of one incident.

    `status` is the strongest of its reports' (asserted, alleged, denied, planned); `disputed` says that some report denies what another
    asserts or alleges. `figures` sums up asserted reports alone; those of the other statuses stand apart in `unconfirmed`, by status,
    and change nothing in `figures`. `reports` counts documents, `independent_reports` near duplicates once. Coordinates are degrees
    (WGS 84), of the most exact place that a report gives. Days are those on which all reports that give one can agree, else the widest.
    """

    group_id: str
    type: str
    status: str
    disputed: bool
    aggregate: bool
    place: str | None
    lat: float | None
    lon: float | None
    country: str | None
    admin1: str | None
    place_precision: int | None
    date_from: str | None
    date_to: str | None
    first_reported: str | None
    last_reported: str | None
    reports: int
    independent_reports: int
    figures: tuple[FigureSummary, ...]
    unconfirmed: dict[str, tuple[FigureSummary, ...]]
    members: tuple[Member, ...]
    links: tuple[Link, ...]

    def to_dict(self) -> dict[str, Any]:
        """This as JSON types."""
        plain = _Plain.to_dict(self)
        plain["unconfirmed"] = {status: [f.to_dict() for f in figures] for status, figures in self.unconfirmed.items()}
        return plain
