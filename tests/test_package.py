"""The model package: a fault in a folder is named, with what was got and what was expected."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from builders import word_piece
from rasid.confidence import ConfidenceWeights
from rasid.errors import ModelError, RasidError
from rasid.grouping import GroupingOptions
from rasid.labels import IOB2
from rasid.package import FORMAT, MANIFEST_FILE, TOKENIZER_FILE, default_folder, read_encoder, read_manifest

GOOD: dict[str, Any] = {
    "format": FORMAT,
    "name": "tiny",
    "version": "7",
    "labels": list(IOB2),
    "normalization": "arabert",
    "max_positions": 128,
    "overlap": 16,
    "cls": 2,
    "sep": 3,
    "pad": 0,
    "temperature": 1.5,
    "grouping": {"merge": 0.6, "victim": 0.4},
    "confidence": {"type": 0.2, "status": 0.1, "figures": 1.5, "trigger": 0.0, "bias": -1.5},
}


def package(folder: Path, **changes: Any) -> Path:
    """A folder with a manifest and a tokenizer; a change to None leaves the key out."""
    manifest = {k: v for k, v in {**GOOD, **changes}.items() if v is not None}
    (folder / MANIFEST_FILE).write_text(json.dumps(manifest), encoding="utf-8")
    word_piece().save(str(folder / TOKENIZER_FILE))
    return folder


def test_a_good_manifest_is_read(tmp_path: Path) -> None:
    manifest = read_manifest(package(tmp_path))
    assert (manifest.name, manifest.version, manifest.temperature) == ("tiny", "7", 1.5)
    assert dataclasses.astuple(manifest.special()) == (2, 3, 0)
    assert manifest.grouping_options() == GroupingOptions(merge=0.6, victim=0.4)
    assert manifest.confidence == ConfidenceWeights(type=0.2, status=0.1, figures=1.5, trigger=0.0, bias=-1.5)


def test_what_was_chosen_on_dev_may_be_left_out(tmp_path: Path) -> None:
    manifest = read_manifest(package(tmp_path, temperature=None, grouping=None, confidence=None))
    assert manifest.temperature == 1.0
    assert manifest.grouping_options() == GroupingOptions()
    assert manifest.confidence is None


def test_the_encoder_prepares_texts_as_the_manifest_says(tmp_path: Path) -> None:
    folder = package(tmp_path)
    encoder = read_encoder(folder, read_manifest(folder))
    assert (encoder.normalization, encoder.size, encoder.overlap) == ("arabert", 126, 16)


def test_the_encoder_cuts_nothing_off_whatever_the_tokenizer_file_says(tmp_path: Path) -> None:
    from rasid.words import split_words

    folder = package(tmp_path)
    tokenizer = word_piece()
    tokenizer.enable_truncation(4)
    tokenizer.enable_padding(length=1000)
    tokenizer.save(str(folder / TOKENIZER_FILE))
    text = "قتل 12 مدنيا في حلب " * 9
    encoding = read_encoder(folder, read_manifest(folder)).encode(text, split_words(text))
    assert 45 <= len(encoding.ids) < 1000


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"format": 1, "confidence": [[0.0, 0.1]]}, r"got format 1, expected 2; export the model anew, or take another version of rasid"),
        ({"labels": list(IOB2[:-1])}, r"got labels .*, expected \['O', 'B-ACTOR'"),
        ({"labels": [*IOB2[1:], "O"]}, "got labels"),
        ({"grouping": {"merg": 0.5}}, r"grouping: got \['merg'\], expected only \['casualty'"),
        ({"grouping": {"merge": "half"}}, "grouping.merge"),
        ({"temprature": 1.2}, "temprature"),
        ({"temperature": 0}, "temperature"),
        ({"max_positions": 8}, "max_positions"),
        ({"overlap": -1}, "overlap"),
        ({"normalization": None}, "normalization"),
        ({"cls": "[CLS]"}, "cls"),
        ({"name": None}, "name"),
        ({"confidence": [[0.1]]}, "confidence"),
        ({"confidence": {"type": 1, "status": 1, "figures": 1, "trigger": 1}}, "confidence.bias"),
        ({"confidence": {"type": 1, "status": 1, "figures": 1, "trigger": 1, "bias": 0, "arguments": 1}}, "confidence.arguments"),
        ({"confidence": {"type": -1, "status": 1, "figures": 1, "trigger": 1, "bias": 0}}, "got type -1.0, expected at least 0"),
    ],
)
def test_a_fault_in_the_manifest_is_named(tmp_path: Path, changes: dict[str, Any], named: str) -> None:
    with pytest.raises(ModelError, match=named) as error:
        read_manifest(package(tmp_path, **changes))
    assert str(tmp_path / MANIFEST_FILE) in str(error.value)


def test_a_folder_without_a_manifest(tmp_path: Path) -> None:
    for folder in (tmp_path, tmp_path / "nowhere"):
        with pytest.raises(ModelError, match=r"got no rasid\.json, expected a folder written by training/export\.py") as error:
            read_manifest(folder)
        assert str(folder) in str(error.value)


@pytest.mark.parametrize("said", ["", "{", "[]", "null", '{"format": 1}'])
def test_a_manifest_that_is_no_manifest(tmp_path: Path, said: str) -> None:
    (tmp_path / MANIFEST_FILE).write_text(said, encoding="utf-8")
    with pytest.raises(ModelError, match=r"rasid\.json"):
        read_manifest(tmp_path)


def test_a_manifest_that_is_not_utf8(tmp_path: Path) -> None:
    (tmp_path / MANIFEST_FILE).write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ModelError):
        read_manifest(tmp_path)


def test_a_folder_without_a_tokenizer(tmp_path: Path) -> None:
    folder = package(tmp_path)
    (folder / TOKENIZER_FILE).unlink()
    with pytest.raises(ModelError, match=r"got no tokenizer\.json"):
        read_encoder(folder, read_manifest(folder))


def test_a_tokenizer_that_cannot_be_read(tmp_path: Path) -> None:
    folder = package(tmp_path)
    (folder / TOKENIZER_FILE).write_text("{}", encoding="utf-8")
    with pytest.raises(ModelError, match=r"tokenizer\.json: not a tokenizer"):
        read_encoder(folder, read_manifest(folder))


def test_an_overlap_too_large_for_the_windows(tmp_path: Path) -> None:
    folder = package(tmp_path, overlap=63)
    with pytest.raises(RasidError, match="overlap: got 63"):
        read_encoder(folder, read_manifest(folder))


def test_an_unknown_normalization_is_noticed_on_loading(tmp_path: Path) -> None:
    folder = package(tmp_path, normalization="camel")
    with pytest.raises(RasidError, match="camel"):
        read_encoder(folder, read_manifest(folder))


def test_the_default_model_lies_in_the_package() -> None:
    import rasid

    assert default_folder() == Path(rasid.__file__).parent / "model"
