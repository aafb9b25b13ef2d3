"""Turns a text into the encoder's pieces, with a map from words to pieces, and cuts them into overlapping windows."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from rasid.errors import ConfigError
from rasid.fold import FoldOptions, fold_with_map
from rasid.words import Words

if TYPE_CHECKING:
    from tokenizers import Tokenizer

# Letters keep their spelling (the encoders were trained on it); only marks, presentation forms and digit shapes are folded.
_LIGHT = FoldOptions(alef=False, hamza=False, ya=False, ta_marbuta=False, digits=True)
_LETTER_DIGIT = re.compile(r"(?<=[^\W\d_])(?=\d)|(?<=\d)(?=[^\W\d_])|(?=[^\w\s])|(?<=[^\w\s])")
NORMALIZATIONS = ("light", "arabert")


@dataclass(frozen=True, slots=True)
class Encoding:
    """The pieces of one text.

    Attributes:
        ids: piece ids, without special tokens, int64 of shape (pieces,).
        first: first piece of each word, int64 of shape (words,); a word inside its neighbour's piece has the neighbour's.
        last: last piece of each word, same shape.
        windows: piece ranges [start, end) that the encoder sees at once; they cover all pieces and overlap.
        owner: for each piece the window in which it stands farthest from an edge, int64 of shape (pieces,).
    """

    ids: NDArray[np.int64]
    first: NDArray[np.int64]
    last: NDArray[np.int64]
    windows: tuple[tuple[int, int], ...]
    owner: NDArray[np.int64]


def normalize(text: str, scheme: str) -> tuple[str, list[int]]:
    """Normalise `text` for the encoder, with a map from each character back to `text` (its last entry is `len(text)`).

    `light` drops vowel marks, tatweel and invisible characters, and folds presentation forms and digit shapes. `arabert` also puts a
    space between letters, digits and punctuation: what `ArabertPreprocessor` does for the v02 models without segmentation
    (github.com/aub-mind/arabert, preprocess.py), less its edits that lose text (URLs, e-mails, repeated letters).

    Raises:
        ConfigError: for an unknown scheme.
    """
    if scheme not in NORMALIZATIONS:
        raise ConfigError(f"normalization: got {scheme!r}, expected one of {', '.join(NORMALIZATIONS)}")
    folded, origins = fold_with_map(text, _LIGHT)
    if scheme == "light":
        return folded, origins
    out: list[str] = []
    spaced: list[int] = []
    at = 0
    for cut in [*(match.start() for match in _LETTER_DIGIT.finditer(folded)), len(folded)]:
        out.append(folded[at:cut])
        spaced.extend(origins[at:cut])
        if 0 < cut < len(folded):
            out.append(" ")
            spaced.append(origins[cut])
        at = cut
    return "".join(out), [*spaced, len(text)]


class PieceEncoder:
    """Encodes texts with a fast tokenizer; `max_positions` counts the two special tokens, `overlap` counts pieces."""

    def __init__(self, tokenizer: Tokenizer, *, normalization: str, max_positions: int = 512, overlap: int = 128):
        if max_positions - 2 <= 2 * overlap:
            raise ConfigError(f"overlap: got {overlap}, expected less than half of max_positions ({max_positions})")
        if normalization not in NORMALIZATIONS:
            raise ConfigError(f"normalization: got {normalization!r}, expected one of {', '.join(NORMALIZATIONS)}")
        self.tokenizer = tokenizer
        self.normalization = normalization
        self.size = max_positions - 2
        self.overlap = overlap

    def encode(self, text: str, words: Words) -> Encoding:
        """Encode `text`, whose words are `words`; no text is cut off, however long."""
        normal, origins = normalize(text, self.normalization)
        encoded = self.tokenizer.encode(normal, add_special_tokens=False)
        first, last = _align(encoded.offsets, normal, origins, words)
        ids = np.asarray(encoded.ids, dtype=np.int64)
        if len(ids) <= self.size:  # most reports
            return Encoding(ids, first, last, ((0, len(ids)),), np.zeros(len(ids), dtype=np.int64))
        starts = {int(first[k]) for k in range(1, len(words)) if words.items[k].sentence != words.items[k - 1].sentence}
        windows = _windows(len(ids), starts, self.size, self.overlap)
        return Encoding(ids, first, last, windows, _owners(len(ids), windows))


def _align(offsets: list[tuple[int, int]], normal: str, origins: list[int], words: Words) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """First and last piece of each word; a word with no letter of its own left takes the piece before it."""
    starts, ends = [word.start for word in words.items], [word.end for word in words.items]
    count = len(words)
    first, last = [-1] * count, [-1] * count
    k = 0
    for piece, (start, end) in enumerate(offsets):
        while start < end and normal[start].isspace():
            start += 1
        if start == end:
            continue
        low, high = origins[start], origins[end - 1]
        while k < count and ends[k] <= low:
            k += 1
        at = k
        while at < count and starts[at] <= high:
            if first[at] < 0:
                first[at] = piece
            last[at] = piece
            at += 1
    previous = 0
    for k in range(count):
        if first[k] < 0:
            first[k] = last[k] = previous
        previous = last[k]
    return np.asarray(first, dtype=np.int64), np.asarray(last, dtype=np.int64)


def _windows(pieces: int, sentence_starts: set[int], size: int, overlap: int) -> tuple[tuple[int, int], ...]:
    """Cut `pieces` into windows of at most `size`, ending at a sentence's end where one lies in the window's last third."""
    windows: list[tuple[int, int]] = []
    start = 0
    while True:
        end = min(start + size, pieces)
        if end < pieces:
            end = next((cut for cut in range(end, end - size // 3, -1) if cut in sentence_starts), end)
        windows.append((start, end))
        if end >= pieces:
            return tuple(windows)
        start = end - overlap


def _owners(pieces: int, windows: tuple[tuple[int, int], ...]) -> NDArray[np.int64]:
    owner = np.zeros(pieces, dtype=np.int64)
    margin = np.full(pieces, -1, dtype=np.int64)
    for number, (start, end) in enumerate(windows):
        at = np.arange(start, end)
        left = at - start if start else np.full(end - start, pieces)  # the text's own ends are no edge
        right = end - 1 - at if end < pieces else np.full(end - start, pieces)
        near = np.minimum(left, right)
        better = near > margin[start:end]
        owner[start:end][better] = number
        margin[start:end][better] = near[better]
    return owner
