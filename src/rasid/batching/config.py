"""What decides the results of a batch, and nothing else: the same config over the same input gives the same bytes."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasid.analysis import BATCH_PIECES
from rasid.errors import ConfigError, MissingDependencyError
from rasid.package import MANIFEST_FILE, TOKENIZER_FILE, default_folder, read_manifest
from rasid.profiles import Profile
from rasid.readers import Columns

ALWAYS = ("jsonl",)
"""Formats that every batch writes: the records are what all else is made of."""
FORMATS = ("jsonl", "csv", "parquet", "geojson")
"""What `formats` takes."""
# 256 news reports are some seconds of work on one core: little is lost when a run is killed, and lengths sort well.
SHARD_DOCUMENTS = 256
# The network's vectors of a shard are in memory at once, 1.5 KiB a piece, about 0.4 pieces a character: 180 MiB.
SHARD_CHARACTERS = 300_000
# A single text of this length takes 600 MiB; no report is that long, a file that was not cut into reports is.
MAX_CHARACTERS = 1_000_000
# A copy of a document is known as one, and an id as taken, for this many documents back: it bounds the memory.
WINDOW = 200_000


@dataclass(frozen=True, slots=True)
class BatchConfig:
    """How a batch reads and what it writes.

    Attributes:
        columns: names of the keys or columns that hold a document's parts.
        date: `YYYY-MM-DD` for documents without a date of their own, or None.
        formats: of `FORMATS`, in that order.
        profiles: of `acled` and `ucdp`.
        limit: read only this many items, or None for all.
        shard_documents, shard_characters: a shard is closed when it holds as many.
        batch_pieces: pieces, padding included, that go through the encoder at once.
    """

    columns: Columns = field(default_factory=Columns)
    date: str | None = None
    formats: tuple[str, ...] = ("jsonl", "csv", "geojson")
    profiles: tuple[str, ...] = ()
    limit: int | None = None
    shard_documents: int = SHARD_DOCUMENTS
    shard_characters: int = SHARD_CHARACTERS
    batch_pieces: int = BATCH_PIECES

    def to_dict(self) -> dict[str, Any]:
        """This config as plain JSON types."""
        plain: dict[str, Any] = json.loads(json.dumps(dataclasses.asdict(self)))
        return plain


def make_config(
    *,
    columns: Columns | None = None,
    date: str | None = None,
    formats: Iterable[str] | None = None,
    profiles: Iterable[str] = (),
    limit: int | None = None,
    shard_documents: int = SHARD_DOCUMENTS,
    batch_pieces: int = BATCH_PIECES,
) -> BatchConfig:
    """Check what the user asks for; `formats` None is all that can be written with what is installed.

    Raises:
        ConfigError: for an unknown format or profile, or a number below 1.
        MissingDependencyError: where parquet is asked for by name and pyarrow is not installed.
    """
    if formats is None:
        asked = set(FORMATS) - (set() if has_arrow() else {"parquet"})
    else:
        asked = set(formats)
        if "parquet" in asked and not has_arrow():
            raise MissingDependencyError("pyarrow", "batch", "writing parquet")
    if unknown := asked - set(FORMATS):
        raise ConfigError(f"formats: got {', '.join(sorted(unknown))}, expected some of {', '.join(FORMATS)}")
    known = [profile.value for profile in Profile]
    wanted = {str(p.value if isinstance(p, Profile) else p) for p in profiles}
    if unknown := wanted - set(known):
        raise ConfigError(f"profiles: got {', '.join(sorted(unknown))}, expected some of {', '.join(known)}")
    for name, number in (("limit", limit), ("shard_documents", shard_documents), ("batch_pieces", batch_pieces)):
        if number is not None and number < 1:
            raise ConfigError(f"{name}: got {number}, expected at least 1")
    return BatchConfig(
        columns=columns or Columns(),
        date=date,
        formats=tuple(name for name in FORMATS if name in asked | set(ALWAYS)),
        profiles=tuple(name for name in known if name in wanted),
        limit=limit,
        shard_documents=shard_documents,
        batch_pieces=batch_pieces,
    )


def has_arrow() -> bool:
    """Whether pyarrow is installed."""
    from importlib.util import find_spec

    return find_spec("pyarrow") is not None


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """Which model makes the records: its name, its version and one SHA-256 over its files."""

    name: str
    version: str
    sha256: str


def model_facts(folder: str | Path | None) -> ModelFacts:
    """Name, version and hash of a model folder; None is the model that ships with the package.

    Raises:
        ModelError: where it is no model.
    """
    path = Path(folder) if folder is not None else default_folder()
    manifest = read_manifest(path)
    digest = hashlib.sha256()
    for name in sorted([MANIFEST_FILE, TOKENIZER_FILE, *(file.name for file in path.glob("*.onnx"))]):
        if (path / name).is_file():
            digest.update(name.encode() + b"\0" + hashlib.sha256((path / name).read_bytes()).digest())
    return ModelFacts(manifest.name, manifest.version, digest.hexdigest())
