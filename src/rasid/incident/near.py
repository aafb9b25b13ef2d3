"""Near-duplicate texts by MinHash signatures (rensa) over shingles of folded Arabic words."""

from __future__ import annotations

import hashlib
import re
import struct
from array import array
from collections.abc import Iterator
from typing import Any

from rasid.errors import MissingDependencyError
from rasid.fold import fold
from rasid.incident.tables import limit

_WORD = re.compile(r"\w+")
_SEED = 20_119


def shingles(text: str) -> array[int]:
    """Hashes of the runs of words (`shingle_words`) of a text, sorted, each once; spelling is folded, punctuation left out."""
    words = _WORD.findall(fold(text).lower())
    size = min(int(limit("shingle_words")), len(words))
    runs = {" ".join(words[k : k + size]) for k in range(len(words) - size + 1)} if words else set()
    return array("Q", sorted(_hash(run.encode("utf-8", "surrogatepass")) for run in runs))


def bands(hashes: array[int]) -> Iterator[int]:
    """Keys of a signature's bands: two texts are compared where they share one. Texts with few shingles have one key, of all of them."""
    if len(hashes) < limit("least_shingles"):
        yield _signed(hashes.tobytes())
        return
    signature = _minhash()(int(limit("permutations")), _SEED)
    signature.update([struct.pack("<Q", value) for value in hashes])
    digest = signature.digest()
    size = int(limit("band_rows"))
    for first in range(0, len(digest), size):
        yield _signed(struct.pack(f"<I{size}Q", first, *digest[first : first + size]))


def near_duplicates(a: array[int], b: array[int]) -> bool:
    """Whether two texts are near duplicates, by their exact share of shingles in common: of both, or of the shorter one."""
    if a == b:
        return len(a) > 0
    short, long = sorted((len(a), len(b)))
    if short < limit("least_shingles"):
        return False
    shared = len(set(a).intersection(b))
    if shared >= limit("duplicate_jaccard") * (short + long - shared):
        return True
    return short >= limit("least_share") * long and shared >= limit("duplicate_containment") * short


def _hash(value: bytes) -> int:
    return int.from_bytes(hashlib.blake2b(value, digest_size=8).digest(), "little")


def _signed(value: bytes) -> int:
    """A hash that fits SQLite's integers."""
    return int.from_bytes(hashlib.blake2b(value, digest_size=8).digest(), "little", signed=True)


def _minhash() -> Any:
    try:
        from rensa import RMinHash
    except ImportError as error:
        raise MissingDependencyError("rensa", "incidents", "finding near-duplicate articles") from error
    return RMinHash
