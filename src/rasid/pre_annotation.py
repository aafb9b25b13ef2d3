"""Reports to Label Studio tasks that the model has annotated already, the ones it is least sure of first."""

from __future__ import annotations

from collections.abc import Iterable
from statistics import fmean
from typing import Any

from rasid.convert.document import Losses
from rasid.convert.label_studio import to_task
from rasid.convert.standoff import from_record
from rasid.document import Document
from rasid.records import Record


def sureness(record: Record) -> float | None:
    """How sure the model is of a record, 0 to 1: the mean of two means, of its spans' scores and of its events' confidences.

    The score of a span is the calibrated probability that its label and edges are right; the confidence of an event that its type,
    status and figures are. Means, so that a long report is not less sure for its length alone. Without events the spans decide; a
    report in which nothing was found has none: the model gives no probability that it overlooked something.
    """
    scores = [span.score for span in record.spans if span.score is not None]
    confidences = [event.confidence for event in record.events if event.confidence is not None]
    parts = [fmean(values) for values in (scores, confidences) if values]
    return round(fmean(parts), 4) if parts else None


def make_tasks(pairs: Iterable[tuple[Record, Document]]) -> list[dict[str, Any]]:
    """Tasks with the records as predictions, the least sure first, those without a score last; equally sure ones stay in order."""
    made = [(sureness(record), record, document) for record, document in pairs]
    made.sort(key=lambda triple: (triple[0] is None, triple[0] or 0.0))
    return [
        to_task(from_record(record, document), Losses(), model=f"{record.model.name} {record.model.version}", score=score)
        for score, record, document in made
    ]
