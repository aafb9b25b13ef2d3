"""Runs the network over texts: windows in batches, words labelled, spans decoded, pairs of spans scored."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rasid.backend import Backend, link_inputs
from rasid.candidates import SpanWords, make_pairs
from rasid.encoding import Encoding, PieceEncoder
from rasid.labels import WordSpan, decode, log_softmax
from rasid.linking import Floats, Links, read_links
from rasid.words import Words, split_words

# Windows of about one length go through the encoder together, at most this many pieces (padding included) a batch: it bounds the memory,
# and batches that fit the processor's caches are quicker (512 takes 0.7 of the time of 4096; 2 cores, 2026-11).
BATCH_PIECES = 512
# The work and memory of linking grow with the square of the spans: a text with more than this many (some 10,000 characters of news)
# is linked in sections, cut at sentence ends.
SECTION_SPANS = 300


@dataclass(frozen=True, slots=True)
class Section:
    """Spans of a stretch of text, in text order, and the links among them (row k of `links` is span k)."""

    spans: tuple[WordSpan, ...]
    links: Links


@dataclass(frozen=True, slots=True)
class Analysis:
    """What the network read in one text: one section, or several where the text is long; no link crosses a section."""

    words: Words
    sections: tuple[Section, ...]

    @property
    def spans(self) -> tuple[WordSpan, ...]:
        """All spans, in text order."""
        return tuple(span for section in self.sections for span in section.spans)


@dataclass(frozen=True, slots=True)
class SpecialPieces:
    """Ids of the encoder's special pieces: before a window, behind it, and padding."""

    cls: int
    sep: int
    pad: int


def analyse(
    texts: Sequence[str],
    backend: Backend,
    encoder: PieceEncoder,
    special: SpecialPieces,
    *,
    temperature: float = 1.0,
    batch_pieces: int = BATCH_PIECES,
) -> list[Analysis]:
    """Read `texts` in one go.

    Args:
        temperature: the label logits are divided by it, so that the scores of spans are probabilities (chosen on dev).
        batch_pieces: at most this many pieces, padding included, go through the encoder at once.
    """
    split = [split_words(text) for text in texts]
    encodings = [encoder.encode(text, words) for text, words in zip(texts, split, strict=True)]
    outputs = _run(encodings, backend, special, batch_pieces)
    return [
        _analyse_one(text, words, encoding, logits / temperature, hidden, backend)
        for text, words, encoding, (logits, hidden) in zip(texts, split, encodings, outputs, strict=True)
    ]


def _run(encodings: Sequence[Encoding], backend: Backend, special: SpecialPieces, batch_pieces: int) -> list[tuple[Floats, Floats]]:
    """Label logits and vectors of each text's pieces, each piece from the window that owns it."""
    jobs = [(d, w, end - start) for d, e in enumerate(encodings) for w, (start, end) in enumerate(e.windows) if end > start]
    jobs.sort(key=lambda job: job[2])
    outputs: list[tuple[Floats, Floats] | None] = [None] * len(encodings)
    while jobs:
        longest = jobs[-1][2] + 2
        take = max(1, batch_pieces // longest)
        batch, jobs = jobs[-take:], jobs[:-take]
        ids = np.full((len(batch), longest), special.pad, dtype=np.int64)
        mask = np.zeros((len(batch), longest), dtype=np.int64)
        for row, (d, w, size) in enumerate(batch):
            start, end = encodings[d].windows[w]
            ids[row, 0], ids[row, size + 1] = special.cls, special.sep
            ids[row, 1 : size + 1] = encodings[d].ids[start:end]
            mask[row, : size + 2] = 1
        logits, hidden = backend.encode(ids, mask)
        for row, (d, w, size) in enumerate(batch):
            start, end = encodings[d].windows[w]
            here = outputs[d]
            if here is None:
                pieces = len(encodings[d].ids)
                here = outputs[d] = (
                    np.zeros((pieces, logits.shape[-1]), dtype=np.float32),
                    np.zeros((pieces, hidden.shape[-1]), dtype=np.float32),
                )
            mine = encodings[d].owner[start:end] == w
            here[0][start:end][mine] = logits[row, 1 : size + 1][mine]
            here[1][start:end][mine] = hidden[row, 1 : size + 1][mine]
    empty = np.zeros((0, 1), dtype=np.float32)
    return [out if out is not None else (empty, empty) for out in outputs]


def _analyse_one(text: str, words: Words, encoding: Encoding, logits: Floats, hidden: Floats, backend: Backend) -> Analysis:
    spans: tuple[WordSpan, ...] = ()
    if len(words) and len(logits):
        glued = np.zeros(len(words), dtype=np.bool_)
        glued[1:] = encoding.first[1:] == encoding.first[:-1]
        spans = decode(log_softmax(logits[encoding.first]), words, glued)
    return Analysis(words, tuple(_link(text, words, encoding, hidden, part, backend) for part in _sections(words, spans)))


def _sections(words: Words, spans: tuple[WordSpan, ...]) -> list[tuple[WordSpan, ...]]:
    """Cut `spans` into runs of at most `SECTION_SPANS`, between sentences where that is possible."""
    sentence = [words.items[span.first].sentence for span in spans]
    parts = []
    start = 0
    while start < len(spans):
        end = min(start + SECTION_SPANS, len(spans))
        if end < len(spans):
            cuts = range(end, start, -1)
            end = next((cut for cut in cuts if sentence[cut] != sentence[cut - 1]), end)
        parts.append(spans[start:end])
        start = end
    return parts


def _link(text: str, words: Words, encoding: Encoding, hidden: Floats, spans: tuple[WordSpan, ...], backend: Backend) -> Section:
    places = [SpanWords(s.label, s.first, s.last) for s in spans]
    pairs = make_pairs(text, words, places)
    span_logits, pair_logits = backend.link(hidden, link_inputs(places, pairs, encoding, words))
    return Section(spans, read_links(span_logits, pair_logits, pairs))
