"""The model package that `rasid.load` reads: a folder with the exported network, its tokenizer and a manifest."""

from __future__ import annotations

import dataclasses
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from rasid.analysis import SpecialPieces
from rasid.encoding import PieceEncoder
from rasid.errors import ModelError
from rasid.grouping import GroupingOptions
from rasid.labels import IOB2

MANIFEST_FILE, TOKENIZER_FILE = "rasid.json", "tokenizer.json"
FORMAT = 1


class Manifest(BaseModel):
    """What `rasid.json` says: which model this is, how texts are prepared for it, and what was chosen on dev."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: int
    name: str
    version: str
    labels: tuple[str, ...]
    normalization: str
    max_positions: int = Field(ge=32)
    overlap: int = Field(ge=0)
    cls: int
    sep: int
    pad: int
    temperature: float = Field(1.0, gt=0)
    grouping: dict[str, float] = Field(default_factory=dict)
    confidence: tuple[tuple[float, float], ...] = Field((), description="knots (raw, calibrated) of the events' confidence, rising")

    @field_validator("confidence")
    @classmethod
    def _rising(cls, knots: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
        raw, calibrated = [k[0] for k in knots], [k[1] for k in knots]
        if raw != sorted(set(raw)) or calibrated != sorted(calibrated) or any(not 0 <= p <= 1 for p in calibrated):
            raise ValueError("got knots that do not rise, or lie outside 0 to 1")
        return knots

    def special(self) -> SpecialPieces:
        """Ids of the special pieces."""
        return SpecialPieces(self.cls, self.sep, self.pad)

    def grouping_options(self) -> GroupingOptions:
        """The grouping options chosen on dev."""
        return GroupingOptions(**self.grouping)


def default_folder() -> Path:
    """The folder of the model that ships with the package."""
    return Path(str(files("rasid") / "model"))


def read_manifest(folder: Path) -> Manifest:
    """Read and check the manifest of a model package.

    Raises:
        ModelError: where the folder or the file is missing, or says something this version does not understand.
    """
    path = folder / MANIFEST_FILE
    if not path.is_file():
        raise ModelError(f"{folder}: got no {MANIFEST_FILE}, expected a folder written by training/export.py")
    try:
        raw: Any = json.loads(path.read_text(encoding="utf-8"))
        manifest = Manifest.model_validate(raw)
    except (ValueError, ValidationError) as error:  # not JSON, not UTF-8, or not a manifest
        raise ModelError(f"{path}: {error}") from error
    if manifest.format != FORMAT:
        raise ModelError(f"{path}: got format {manifest.format}, expected {FORMAT}; this model needs another version of rasid")
    if manifest.labels != IOB2:
        raise ModelError(f"{path}: got labels {list(manifest.labels)}, expected {list(IOB2)}")
    known = {field.name for field in dataclasses.fields(GroupingOptions)}
    if unknown := set(manifest.grouping) - known:
        raise ModelError(f"{path}: grouping: got {sorted(unknown)}, expected only {sorted(known)}")
    return manifest


def read_encoder(folder: Path, manifest: Manifest) -> PieceEncoder:
    """The text encoder of a model package.

    Raises:
        ModelError: where the tokenizer is missing or cannot be read.
    """
    from tokenizers import Tokenizer

    path = folder / TOKENIZER_FILE
    if not path.is_file():
        raise ModelError(f"{folder}: got no {TOKENIZER_FILE}, expected a folder written by training/export.py")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises bare Exception
        raise ModelError(f"{path}: not a tokenizer that tokenizers reads: {error}") from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return PieceEncoder(tokenizer, normalization=manifest.normalization, max_positions=manifest.max_positions, overlap=manifest.overlap)
