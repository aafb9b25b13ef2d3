"""Runs the network over texts: windows in batches, words labelled, spans decoded, pairs of spans scored."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from rasid.backend import Backend, Ints, join_inputs, link_inputs
from rasid.candidates import Pairs, SpanWords, make_pairs
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
# Sections of so many spans are linked in one call, as the weights are read from memory once for all of them; they do not see each other.
LINK_SPANS = 150


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


@dataclass(frozen=True, slots=True)
class _Part:
    """A section that waits for its links: of which text, its spans and pairs, the vectors of the text's pieces, the linker's inputs."""

    text: int
    spans: tuple[WordSpan, ...]
    pairs: Pairs
    hidden: Floats
    inputs: dict[str, Ints]


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
    parts: list[_Part] = []
    for number, (text, words, encoding, (logits, hidden)) in enumerate(zip(texts, split, encodings, outputs, strict=True)):
        for spans in _sections(words, _decode(words, encoding, logits / temperature)):
            places = [SpanWords(s.label, s.first, s.last) for s in spans]
            pairs = make_pairs(text, words, places)
            parts.append(_Part(number, spans, pairs, hidden, link_inputs(places, pairs, encoding, words)))
    sections: list[list[Section]] = [[] for _ in texts]
    for group in _groups(parts):
        for part, links in zip(group, _link(group, backend), strict=True):
            sections[part.text].append(Section(part.spans, links))
    return [Analysis(words, tuple(found)) for words, found in zip(split, sections, strict=True)]


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
            if len(encodings[d].windows) == 1:  # most reports: nothing to put together
                outputs[d] = logits[row, 1 : size + 1], hidden[row, 1 : size + 1]
                continue
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


def _decode(words: Words, encoding: Encoding, logits: Floats) -> tuple[WordSpan, ...]:
    if not len(words) or not len(logits):
        return ()
    glued = np.zeros(len(words), dtype=np.bool_)
    glued[1:] = encoding.first[1:] == encoding.first[:-1]
    return decode(log_softmax(logits[encoding.first]), words, glued)


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


def _groups(parts: Sequence[_Part]) -> Iterator[list[_Part]]:
    """Runs of parts that are linked in one call: of some `LINK_SPANS` spans, or one part that has more."""
    group: list[_Part] = []
    size = 0
    for part in parts:
        if group and size + len(part.spans) > LINK_SPANS:
            yield group
            group, size = [], 0
        group.append(part)
        size += len(part.spans)
    if group:
        yield group


def _link(group: Sequence[_Part], backend: Backend) -> list[Links]:
    hidden, inputs = join_inputs([(part.hidden, part.inputs) for part in group])
    span_logits, pair_logits = backend.link(hidden, inputs)
    links = []
    span = pair = 0
    for part in group:
        spans, pairs = span + len(part.spans), pair + len(part.pairs.head)
        links.append(read_links(span_logits[span:spans], pair_logits[pair:pairs], part.pairs))
        span, pair = spans, pairs
    return links
