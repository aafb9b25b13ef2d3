"""The pass over records: reads them into an index on disk, compares, groups, and gives the incidents out one by one."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rasid.document import Document
from rasid.errors import InputError
from rasid.incident.facts import About, document_key, read_facts
from rasid.incident.index import Index
from rasid.incident.inputs import about_of, check_record, find_parts, read_about, read_records
from rasid.incident.model import Incident
from rasid.incident.summary import make_incident
from rasid.readers import Fault, as_fault
from rasid.records import Record
from rasid.standoff import document_id

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Counts:
    """What a pass saw: records, records that were there twice, documents with near duplicates, events, links, incidents."""

    records: int = 0
    repeated: int = 0
    copies: int = 0
    events: int = 0
    links: int = 0
    incidents: int = 0


def incidents(
    records: str | Path | Iterable[str | Path] | Iterable[Record | Mapping[str, Any]],
    *,
    documents: Iterable[str | Path | Document | Mapping[str, Any]] = (),
    near_duplicates: bool = True,
    on_fault: Callable[[Fault], None] | None = None,
    counts: Counts | None = None,
    advance: Callable[[], None] = lambda: None,
    folder: str | Path | None = None,
) -> Iterator[Incident]:
    """Group the events that report one incident, and give the incidents by day.

    Every event is in exactly one: an incident that one report tells of is a group of one. Groups and their ids depend on what the
    records say alone, not on their order. Memory does not grow with the records; the disk holds some 5 KB for each event meanwhile.

    Args:
        records: the output folder of a batch, a file of record JSON lines, several of both, or records.
        documents: the reports of `records` (files as `rasid extract` takes them, or documents), for their days, outlets and texts;
            `documents.jsonl` beside a file of records is taken by itself.
        near_duplicates: whether to find near-duplicate articles where texts are known (needs `rasid[incidents]`).
        on_fault: called with what cannot be read; None raises at the first.
        counts: filled in while the pass runs.
        advance: called once for each record, and once more for each event compared.
        folder: where the index is kept while the pass runs; None is the system's place for temporary files.

    Raises:
        InputError: for a path or record that cannot be read.
        MissingDependencyError: where near duplicates are looked for and rensa is not installed.
    """
    counts = counts if counts is not None else Counts()
    with tempfile.TemporaryDirectory(prefix=".rasid-incidents-", dir=folder) as place:
        index = Index(Path(place) / "index.sqlite")
        try:
            reading = _Reading(index, counts, near_duplicates, on_fault or _stop, advance)
            reading.documents(documents)
            reading.records(records)
            counts.events = index.rank()
            if near_duplicates:
                counts.copies = index.group_copies()
            counts.links = index.link_events(advance)
            index.form_groups()
            for name, events, links in index.incidents():
                counts.incidents += 1
                yield make_incident(name, events, links)
        finally:
            index.close()


@dataclass(slots=True)
class _Reading:
    """Fills the index."""

    index: Index
    counts: Counts
    texts: bool
    on_fault: Callable[[Fault], None]
    advance: Callable[[], None]

    def documents(self, documents: Iterable[str | Path | Document | Mapping[str, Any]]) -> None:
        for number, document in enumerate(documents, 1):
            if isinstance(document, (str, Path)):
                self._about("", document)
                continue
            try:
                made = Document.make(document)
            except InputError as error:
                self.on_fault(as_fault(error, "document", number))
            else:
                self.index.add_about("", made.id, about_of(made))

    def records(self, records: str | Path | Iterable[str | Path] | Iterable[Record | Mapping[str, Any]]) -> None:
        several: Iterable[Any] = [records] if isinstance(records, (str, Path, Record, Mapping)) else records
        for number, item in enumerate(several, 1):
            if not isinstance(item, (str, Path)):
                try:
                    self._record(check_record(item), "")
                except InputError as error:
                    self.on_fault(as_fault(error, "record", number))
                continue
            for part in find_parts([item]):
                scope = str(part.documents) if part.documents else ""
                if part.documents:
                    self._about(scope, part.documents)
                for item_read in read_records(part.records):
                    if isinstance(item_read, Fault):
                        self.on_fault(item_read)
                        continue
                    line, value = item_read
                    try:
                        self._record(value, scope)
                    except InputError as error:
                        self.on_fault(as_fault(error, str(part.records), line))

    def _about(self, scope: str, path: str | Path) -> None:
        for item in read_about(path):
            if isinstance(item, Fault):
                self.on_fault(item)
            else:
                self.index.add_about(scope, *item)

    def _record(self, record: dict[str, Any], scope: str) -> None:
        about: About = self.index.about(document_id(record), *dict.fromkeys((scope, "")))
        facts = list(read_facts(record, about))
        self.counts.records += 1
        known = not self.index.add_document(document_key(record, about), about.text if self.texts else None)
        new = [self.index.add_event(each) for each in facts]  # of two records of one document no event is lost
        self.counts.repeated += known and not any(new)
        self.advance()


def _stop(fault: Fault) -> None:
    raise InputError(fault.reason, source=fault.source, line=fault.line, field=fault.field)
