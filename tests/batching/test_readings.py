"""What the network read survives the disk, bit by bit, and serves copies."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from archives import report

from rasid.batching.readings import Reading, layout, load_readings, save_readings
from rasid.document import Document
from rasid.extractor import Extractor
from rasid.words import split_words


def readings(extractor: Extractor, texts: list[str]) -> dict[int, Reading]:
    analyses = extractor.analyse([Document(str(n), text) for n, text in enumerate(texts)])
    return {2 * n: Reading(layout(a.words), a.sections) for n, a in enumerate(analyses)}


def test_a_reading_is_the_same_after_the_disk(extractor: Extractor, tmp_path: Path) -> None:
    saved = readings(extractor, [report(3), "كلمة", report(6) * 3])
    save_readings(tmp_path / "r.npz", saved)
    loaded = load_readings(tmp_path / "r.npz")
    assert loaded is not None
    assert list(loaded) == list(saved)
    for number, reading in saved.items():
        assert loaded[number].layout == reading.layout
        assert len(loaded[number].sections) == len(reading.sections)
        for one, two in zip(loaded[number].sections, reading.sections, strict=True):
            assert one.spans == two.spans
            for name in ("type", "status", "aggregate", "kind", "relation"):
                np.testing.assert_array_equal(getattr(one.links, name), getattr(two.links, name))


def test_a_broken_or_missing_file_is_no_reading(tmp_path: Path) -> None:
    assert load_readings(tmp_path / "none.npz") is None
    (tmp_path / "r.npz").write_bytes(b"PK\x03\x04 half")
    assert load_readings(tmp_path / "r.npz") is None


def test_a_copy_with_other_blanks_takes_the_reading_and_a_text_with_other_words_does_not(extractor: Extractor) -> None:
    reading = readings(extractor, [report(1)])[0]
    spaced = report(1).replace(" ", "  ")
    analysis = reading.of(split_words(spaced))
    assert analysis is not None
    assert extractor.record(Document("x", spaced), analysis) == extractor.extract(Document("x", spaced))
    assert reading.of(split_words(report(1) + " قصف")) is None
