"""Keeps what the network read in a shard, so that copies of its documents, in whatever shard, are never read by the network again."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rasid.analysis import Analysis, Section
from rasid.files import written
from rasid.labels import WordSpan
from rasid.linking import Links
from rasid.records import LABELS
from rasid.words import Words


@dataclass(frozen=True, slots=True)
class Reading:
    """What the network read in one text, without the text: the sections, and a checksum of how the text's words are laid out."""

    layout: int
    sections: tuple[Section, ...]

    def of(self, words: Words) -> Analysis | None:
        """The same reading of a copy whose words are `words`; None where they are laid out otherwise."""
        return Analysis(words, self.sections) if layout(words) == self.layout else None


def layout(words: Words) -> int:
    """A checksum of how many words there are and which sentence each stands in."""
    return zlib.crc32(np.asarray([word.sentence for word in words.items], dtype=np.int64).tobytes())


def save_readings(path: Path, readings: Mapping[int, Reading]) -> None:
    """Write readings, by the number of their entry in the shard."""
    numbers, layouts, counts = [], [], []
    spans: list[tuple[int, int, int]] = []
    scores: list[float] = []
    sizes: list[int] = []
    links: list[Links] = []
    cells: list[np.ndarray[tuple[int, ...], np.dtype[np.intp]]] = []
    for number, reading in readings.items():
        numbers.append(number)
        layouts.append(reading.layout)
        counts.append(len(reading.sections))
        for section in reading.sections:
            sizes.append(len(section.spans))
            links.append(section.links)
            # Nine cells in ten are 0: pairs that were not looked at, relations that their labels do not permit.
            cells.append(np.flatnonzero(section.links.relation))
            spans.extend((LABELS.index(s.label), s.first, s.last) for s in section.spans)
            scores.extend(s.score for s in section.spans)
    empty = Links.empty()

    def joined(name: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
        parts = [np.asarray(getattr(part, name)).ravel() for part in (*links, empty)]
        return np.concatenate(parts).astype(np.float32, copy=False)

    with written(path) as temporary, open(temporary, "wb") as stream:
        np.savez_compressed(
            stream,
            number=np.asarray(numbers, dtype=np.int64),
            layout=np.asarray(layouts, dtype=np.int64),
            sections=np.asarray(counts, dtype=np.int64),
            size=np.asarray(sizes, dtype=np.int64),
            span=np.asarray(spans, dtype=np.int64).reshape(-1, 3),
            score=np.asarray(scores, dtype=np.float64),
            type=joined("type"),
            status=joined("status"),
            aggregate=joined("aggregate"),
            kind=joined("kind"),
            cells=np.asarray([len(found) for found in cells], dtype=np.int64),
            cell=np.concatenate([*cells, np.zeros(0, dtype=np.intp)]).astype(np.int32),
            relation=np.concatenate([*(part.relation.ravel()[at] for part, at in zip(links, cells, strict=True)), empty.aggregate]),
        )


def load_readings(path: Path) -> dict[int, Reading] | None:
    """Read what `save_readings` wrote, or None where the file is missing or broken."""
    try:
        with np.load(path, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
    except (OSError, ValueError, EOFError, KeyError, zlib.error, zipfile.BadZipFile):
        return None
    if "cell" not in found:  # of an older version
        return None
    empty = Links.empty()
    width = {"type": empty.type.shape[1], "status": empty.status.shape[1], "aggregate": 1, "kind": empty.kind.shape[1]}
    relations = empty.relation.shape[0]
    out: dict[int, Reading] = {}
    counts = iter(found["cells"].tolist())
    at = cell = part = 0
    for number, form, count in zip(found["number"], found["layout"], found["sections"], strict=True):
        sections = []
        for size in found["size"][part : part + count]:
            rows = found["span"][at : at + size]
            spans = tuple(
                WordSpan(LABELS[label], int(first), int(last), float(score))
                for (label, first, last), score in zip(rows, found["score"][at : at + size], strict=True)
            )
            several = {name: found[name][at * w : (at + size) * w].reshape(size, w) for name, w in width.items()}
            several["aggregate"] = several["aggregate"].reshape(size)
            cells = cell + next(counts)
            relation = np.zeros((relations, size, size), dtype=np.float32)
            relation.flat[found["cell"][cell:cells]] = found["relation"][cell:cells]
            sections.append(Section(spans, Links(**several, relation=relation)))
            at, cell = at + size, cells
        part += count
        out[int(number)] = Reading(int(form), tuple(sections))
    return out
