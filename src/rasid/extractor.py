"""The Extractor: documents in, records out."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

from rasid.analysis import BATCH_PIECES, Analysis, SpecialPieces, analyse
from rasid.backend import Backend, OnnxBackend
from rasid.document import Document, check_arabic, iter_documents
from rasid.encoding import PieceEncoder
from rasid.errors import InputError
from rasid.events import make_events, make_spans
from rasid.grouping import GroupingOptions
from rasid.package import Manifest, default_folder, read_encoder, read_manifest
from rasid.records import SCHEMA, ModelInfo, Record
from rasid.resolving import resolve_events
from rasid.stream import RecordStream

log = logging.getLogger(__name__)

# Documents read ahead by `extract_many`, so that windows of one length can be batched; bounds its memory.
READ_AHEAD = 64


class Extractor:
    """Reads reports; made by `rasid.load`. Safe to share between threads: it holds no state of a document."""

    def __init__(self, backend: Backend, encoder: PieceEncoder, manifest: Manifest):
        self.manifest = manifest
        self.model = ModelInfo(manifest.name, manifest.version)
        self._backend = backend
        self._encoder = encoder
        self._special: SpecialPieces = manifest.special()
        self._options: GroupingOptions = manifest.grouping_options()

    def extract(self, document: object, date: dt.date | str | None = None) -> Record:
        """Read one report.

        Args:
            document: a str, a `Document`, or a mapping with `text` (and `id`, `date`, `outlet`, `country`); of any length.
            date: the report's day (a date or `YYYY-MM-DD`) where `document` has none; without it relative dates stay unresolved.

        Returns:
            The record; its offsets count characters (code points) of the text as given.

        Raises:
            InputError: where `document` is none of these, its text is empty or not Arabic, or its date no date.
        """
        made = check_arabic(Document.make(document, date=date))
        return self.record(made, self.analyse([made])[0])

    def extract_many(self, documents: object) -> RecordStream:
        """Read many reports, in order, as a stream; its `to_pandas()` and `to_dataset()` read it to the end.

        Args:
            documents: one document as `extract` takes it, or an iterable of them (a generator, a `datasets.Dataset`).

        Raises:
            InputError: on reaching a value that is no Arabic document, or a document that no record can be made of; the message says
                which. Those before it have been given out; `outcomes` goes on behind it.
        """
        return RecordStream(self._records(iter_documents(documents)))

    def outcomes(self, documents: Iterable[Document]) -> Iterator[tuple[Document, Record | InputError]]:
        """Read many Documents, in order, as a stream in which one that fails costs no other.

        Args:
            documents: Documents that `Document.make` made.

        Returns:
            Each with its record, or with the error that says why it has none (and what caused it).
        """
        rest = iter(documents)
        while True:
            # A bad value must not take the good ones before it along: they are given out before the error is raised.
            batch: list[Document] = []
            failure: Exception | None = None
            try:
                for document in islice(rest, READ_AHEAD):
                    batch.append(document)
            except Exception as error:
                failure = error
            if batch:
                yield from self._read(batch)
            if failure is not None:
                raise failure
            if not batch:
                return

    def _records(self, documents: Iterable[Document]) -> Iterator[Record]:
        for _, outcome in self.outcomes(documents):
            if isinstance(outcome, InputError):
                raise outcome
            yield outcome

    def _read(self, documents: Sequence[Document]) -> Iterator[tuple[Document, Record | InputError]]:
        analyses: Sequence[Analysis | None]
        try:
            analyses = self.analyse(documents)
        except Exception as error:
            log.warning("%d documents could not be read at once (%s), are read one by one", len(documents), type(error).__name__)
            analyses = [None] * len(documents)
        for document, analysis in zip(documents, analyses, strict=True):
            yield document, self._outcome(document, analysis)

    def _outcome(self, document: Document, analysis: Analysis | None) -> Record | InputError:
        try:
            return self.record(document, analysis if analysis is not None else self.analyse([document])[0])
        except Exception as error:
            failure = InputError(f"could not be read ({type(error).__name__}: {error})", source=f"document {document.id!r}")
            failure.__cause__ = error
            return failure

    def analyse(self, documents: Sequence[Document], *, batch_pieces: int = BATCH_PIECES) -> list[Analysis]:
        """Run the network alone over documents, all at once: the first half of what `extract` does, in the same order.

        Args:
            batch_pieces: at most this many pieces, padding included, go through the encoder at once.
        """
        texts = [document.text for document in documents]
        temperature = self.manifest.temperature
        return analyse(texts, self._backend, self._encoder, self._special, temperature=temperature, batch_pieces=batch_pieces)

    def record(self, document: Document, analysis: Analysis) -> Record:
        """Make the record of a document of what the network read in it: the second half of what `extract` does."""
        spans = make_spans(document.text, analysis)
        events = make_events(document, analysis, self._options, self.manifest.confidence)
        return Record(document.id, SCHEMA, self.model, spans, resolve_events(document, spans, events))


def load(path: str | Path | None = None, *, threads: int | None = None) -> Extractor:
    """Load a model.

    Args:
        path: a folder written by `training/export.py`; None is the model that ships with the package.
        threads: CPU threads; None is one for each core this process may use.

    Raises:
        ModelError: where the folder holds no model that this version reads.
    """
    folder = Path(path) if path is not None else default_folder()
    manifest = read_manifest(folder)
    return Extractor(OnnxBackend(folder, threads=threads), read_encoder(folder, manifest), manifest)
