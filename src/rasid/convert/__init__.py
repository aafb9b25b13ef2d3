"""Annotations from one format to another, through one typed document; says what the target cannot hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from importlib import import_module
from itertools import chain
from pathlib import Path
from typing import Any

from rasid.convert.document import Annotated, AnnotatedCasualty, AnnotatedEvent, AnnotatedSpan, Losses
from rasid.errors import InputError
from rasid.files import written
from rasid.readers import Fault

__all__ = [
    "FORMATS",
    "Annotated",
    "AnnotatedCasualty",
    "AnnotatedEvent",
    "AnnotatedSpan",
    "Conversion",
    "Losses",
    "convert",
    "read",
    "write",
]

FORMATS = {
    "standoff": "Rasid's stand-off JSON lines (a file)",
    "label-studio": "Label Studio tasks with annotations (a JSON file)",
    "label-studio-predictions": "the same as predictions for people to correct",
    "doccano": "doccano JSON lines with relations (a file)",
    "brat": "brat stand-off (a folder of .txt and .ann files)",
    "conll": "CoNLL columns with IOB2 tags (a file)",
    "datasets": "a folder of the datasets library (needs 'rasid[frames]')",
}
"""The names of the formats, and what each is."""
_MODULES = {
    "standoff": "standoff",
    "label-studio": "label_studio",
    "label-studio-predictions": "label_studio",
    "doccano": "doccano",
    "brat": "brat",
    "conll": "conll",
    "datasets": "dataset_folder",
}
_FOLDERS = ("brat", "datasets")


@dataclass(frozen=True, slots=True)
class Conversion:
    """What became of a conversion: documents written, what could not be read, and what was lost in reading and in writing."""

    documents: int
    faults: tuple[Fault, ...]
    read_losses: Losses
    write_losses: Losses


def read(path: str | Path, format: str, losses: Losses | None = None) -> Iterator[Annotated | Fault]:
    """Read annotated documents of a format of `FORMATS`, one at a time; what cannot be read is a Fault.

    Raises:
        InputError: for an unknown format.
        MissingDependencyError: where the format needs a library that is not installed.
    """
    documents: Iterator[Annotated | Fault] = _module(format).read(Path(path), losses if losses is not None else Losses())
    return documents


def write(documents: Iterable[Annotated], path: str | Path, format: str) -> Losses:
    """Write annotated documents in a format of `FORMATS`, and return what it could not hold.

    A file is written whole or not at all; one that was there before stays until then.

    Raises:
        InputError: for an unknown format, or where `path` cannot be written.
    """
    losses = Losses()
    make: Callable[..., None] = _module(format).write
    if format == "label-studio-predictions":
        make = partial(make, predictions=True)
    try:
        with _place(Path(path), format) as place:
            make(documents, place, losses)
    except OSError as error:
        raise InputError(f"cannot be written: {error.strerror or error}", source=str(path)) from error
    return losses


@dataclass(slots=True)
class _Good:
    """Sets the faults aside and counts the rest."""

    items: Iterable[Annotated | Fault]
    faults: list[Fault] = field(default_factory=list)
    count: int = 0

    def __iter__(self) -> Iterator[Annotated]:
        for item in self.items:
            if isinstance(item, Fault):
                self.faults.append(item)
            else:
                self.count += 1
                yield item


def convert(source: str | Path, target: str | Path, *, from_: str, to: str) -> Conversion:
    """Convert a file or folder to another format; where no document can be read, nothing is written.

    Args:
        source, target: what is read and what is written (a folder for brat and datasets).
        from_, to: names of `FORMATS`.

    Raises:
        InputError: for an unknown format, where `target` cannot be written or is `source`.
        MissingDependencyError: where a format needs a library that is not installed.
    """
    source, target = Path(source), Path(target)
    if target.exists() and source.exists() and source.samefile(target):
        raise InputError("is the input too, and would be overwritten", source=str(target))
    _module(to)  # an unknown format is told before anything is read
    lost = Losses()
    good = _Good(read(source, from_, lost))
    documents = iter(good)
    first = next(documents, None)
    not_held = write(chain([first], documents), target, to) if first is not None else Losses()
    return Conversion(good.count, tuple(good.faults), lost, not_held)


def _place(path: Path, format: str) -> AbstractContextManager[Path]:
    """Where a format is to be written that is to be at `path`: beside it, but for folders and for links and pipes such as /dev/stdout."""
    if format in _FOLDERS or path.is_symlink() or (path.exists() and not path.is_file()):
        return nullcontext(path)
    return written(path)


def _module(format: str) -> Any:
    if format not in _MODULES:
        raise InputError(f"got {format!r}, expected one of {', '.join(FORMATS)}", field="format")
    return import_module(f"rasid.convert.{_MODULES[format]}")
