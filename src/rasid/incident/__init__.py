"""Across documents: near-duplicate articles, and events that report one incident, so that no event is counted twice."""

from rasid.incident.model import FigureSummary, Incident, Link, Member, Reason, ReportedFigure
from rasid.incident.outputs import COLUMNS, summary_row, write_incidents
from rasid.incident.run import Counts, incidents

__all__ = [
    "COLUMNS",
    "Counts",
    "FigureSummary",
    "Incident",
    "Link",
    "Member",
    "Reason",
    "ReportedFigure",
    "incidents",
    "summary_row",
    "write_incidents",
]
