"""Writes incidents: all that is known of each as JSON lines, and one summary row each as CSV."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import TextIO

from rasid.incident.model import FigureSummary, Incident
from rasid.records import CASUALTY_KINDS
from rasid.writers import SEPARATOR, count_in_words, dump_line

JSON_LINES, TABLE = "incidents.jsonl", "incidents.csv"
_OTHER_STATUSES = ("alleged", "denied", "planned")

COLUMNS = {
    "group_id": "id of the incident: the same however the records are ordered",
    "type": "the type that most reports give it, a telling one before casualties, attack, destruction",
    "status": "the strongest of its reports': asserted, alleged, denied, planned",
    "disputed": "true where a report denies what another asserts or alleges",
    "aggregate": "true for a toll over a period or a campaign: never joined with single incidents",
    "reports": "how many documents report it",
    "independent_reports": "the same, near-duplicate articles counted once",
    "outlets": "who published them",
    "place": "the most exact place that a report gives, as it says it",
    "lat": "its latitude in degrees (WGS 84)",
    "lon": "its longitude in degrees (WGS 84)",
    "country": "its country (ISO 3166 alpha-2)",
    "admin1": "its first-level division",
    "place_precision": "precision code of the place",
    "date_from": "first day it can have happened on (YYYY-MM-DD)",
    "date_to": "last day",
    "first_reported": "day of the first report",
    "last_reported": "day of the last",
    **{
        f"{kind}_{part}": f"{kind.replace('_', ' ')}, {meaning}; asserted reports alone"
        for kind in CASUALTY_KINDS
        for part, meaning in (("lowest", "lowest figure"), ("highest", "highest figure"), ("latest", "figure of the last report, in words"))
    },
    **{f"{status}_figures": f"figures of reports that are {status}, in words: they change none of the above" for status in _OTHER_STATUSES},
    "by_report": "every report with its figures, in words, in the order of publication",
    "doc_ids": "documents",
    "event_ids": "events, in the order of `by_report`",
    "why": "why they were put together: a link each",
}
"""Columns of `incidents.csv`."""


def write_incidents(incidents: Iterable[Incident], lines: TextIO, table: TextIO) -> Iterator[Incident]:
    """Write incidents to both as they come, and give them on."""
    rows = csv.writer(table, lineterminator="\n")
    rows.writerow(COLUMNS)
    for incident in incidents:
        lines.write(dump_line(incident.to_dict()) + "\n")
        row = summary_row(incident)
        rows.writerow([row[name] for name in COLUMNS])
        yield incident


def summary_row(incident: Incident) -> dict[str, object]:
    """An incident as one row, keys as in `COLUMNS`; None is an empty cell."""
    figures = {figure.kind: figure for figure in incident.figures}
    row: dict[str, object] = dict.fromkeys(COLUMNS)
    for name in COLUMNS:
        if hasattr(incident, name):
            value = getattr(incident, name)
            row[name] = str(value).lower() if isinstance(value, bool) else value
    row["outlets"] = SEPARATOR.join(dict.fromkeys(member.outlet for member in incident.members if member.outlet))
    for kind, figure in figures.items():
        row[f"{kind}_lowest"], row[f"{kind}_highest"] = figure.lowest, figure.highest
        row[f"{kind}_latest"] = count_in_words(figure.latest_low, figure.latest_high)
    for status in _OTHER_STATUSES:
        row[f"{status}_figures"] = SEPARATOR.join(map(_in_words, incident.unconfirmed.get(status, ()))) or None
    row["by_report"] = SEPARATOR.join(
        f"{member.doc_id} ({', '.join(filter(None, (member.outlet, member.doc_date, member.status)))}): "
        + ("; ".join(f"{f.kind} {count_in_words(f.low, f.high, approx=f.approx)}" for f in member.figures) or "no figures")
        for member in incident.members
    )
    row["doc_ids"] = SEPARATOR.join(dict.fromkeys(member.doc_id for member in incident.members))
    row["event_ids"] = SEPARATOR.join(member.event_id for member in incident.members)
    row["why"] = SEPARATOR.join(f"{link.doc_a} = {link.doc_b} ({link.score:g}): {link.text}" for link in incident.links) or None
    return row


def _in_words(figure: FigureSummary) -> str:
    bounds = count_in_words(figure.lowest, None if figure.open else figure.highest)
    return f"{figure.kind} {bounds}"
