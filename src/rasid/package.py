"""The model package that `rasid.load` reads: a folder with the exported network, its tokenizer and a manifest."""

from __future__ import annotations

import dataclasses
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rasid.analysis import SpecialPieces
from rasid.confidence import ConfidenceWeights
from rasid.encoding import PieceEncoder
from rasid.errors import ModelError
from rasid.grouping import GroupingOptions
from rasid.labels import IOB2

MANIFEST_FILE, TOKENIZER_FILE = "rasid.json", "tokenizer.json"
FORMAT = 2


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
    confidence: ConfidenceWeights | None = Field(None, description="what makes the events' confidence; null: there is none")

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
        told = raw.get("format") if isinstance(raw, dict) else None
        if isinstance(told, int) and told != FORMAT:  # asked first: another format's keys need not be this one's
            raise ModelError(f"{path}: got format {told}, expected {FORMAT}; export the model anew, or take another version of rasid")
        manifest = Manifest.model_validate(raw)
    except (ValueError, ValidationError) as error:  # not JSON, not UTF-8, or not a manifest
        raise ModelError(f"{path}: {error}") from error
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
