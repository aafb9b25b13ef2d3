"""Training reports once more with other names, numbers and spellings, so that contexts are learned and not words by heart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from rasid.fold import fold

Document = Mapping[str, Any]
Shape = tuple[str, ...]

# One character for one character, so that the annotation's offsets hold.
SPELLINGS: Mapping[str, Mapping[str, str]] = {
    "hamza": {"أ": "ا", "إ": "ا", "آ": "ا"},
    "ta marbuta": {"ة": "ه"},
    "final ya": {"ى": "ي"},
    "final alif maqsura": {"ي ": "ى "},
    "quotes": dict.fromkeys("\"“”«»'‘’", " "),
    "commas": dict.fromkeys("،,؛;:", " "),
    "dashes and brackets": dict.fromkeys("()[]–—-", " "),
}
SPELLING_USED = 0.4  # how likely each is taken in a respelled report
RESPELLED, RENAMED, SWAPPED = 0.5, 0.8, 0.6  # of the varied reports are respelled; are renamed; of the names in those are swapped
SWAPPED_LABELS = ("ACTOR", "LOCATION", "DATE")
CLITICS = ("وال", "بال", "كال", "فال", "لل", "ال", "و", "ب", "ل")
ENDINGS = ("ون", "ين", "ات", "ان", "ة", "ه", "ا", "ي")
DIGITS = re.compile(r"[0-9٠-٩]")


def varied(documents: Sequence[Document], share: float, seed: int) -> list[dict[str, Any]]:
    """A copy of every document of a random `share` of `documents`, with other names, another spelling or both; the same for the same seed.

    Names come from the other documents and are of the same shape (`_shape`), so that gender and number agree with the words round them.
    """
    random = np.random.default_rng(seed)
    names: dict[Shape, list[str]] = defaultdict(list)
    for document in documents:
        for span in document["spans"]:
            if span.get("false"):
                continue
            mention = document["text"][span["start"] : span["end"]]
            names[_shape(span["label"], mention)].append(mention)
    chosen = sorted(random.permutation(len(documents))[: round(share * len(documents))].tolist())
    return [_vary(documents[k], names, random) for k in chosen]


def _vary(document: Document, names: Mapping[Shape, Sequence[str]], random: np.random.Generator) -> dict[str, Any]:
    copy = rename_mentions(document, names, random) if random.random() < RENAMED else dict(document)
    if copy["text"] == document["text"] or random.random() < RESPELLED:
        copy["text"] = respell(copy["text"], random)
    return copy


def respell(text: str, random: np.random.Generator) -> str:
    """`text`, as long as before, in at least one of the `SPELLINGS`."""
    ways = list(SPELLINGS.values())
    used = random.random(len(ways)) < SPELLING_USED
    used[random.integers(len(ways))] = True
    for way, take in zip(ways, used, strict=True):
        if take:
            for old, new in way.items():
                text = text.replace(old, new)
    return text


def rename_mentions(document: Document, names: Mapping[Shape, Sequence[str]], random: np.random.Generator) -> dict[str, Any]:
    """`document` with names swapped for others of their shape, the same name always for the same one, and other digits in its numbers.

    What training does not read (the values of casualty entries) is left as it was.
    """
    swaps: dict[tuple[str, str], str] = {}
    pieces, spans, at = [], [], 0
    length = 0
    for span in sorted(document["spans"], key=lambda s: (s["start"], s["end"])):
        if span["start"] < at:
            return dict(document)  # spans that overlap: left alone
        mention = document["text"][span["start"] : span["end"]]
        key = (span["label"], fold(mention))
        if key not in swaps:
            swaps[key] = mention
            if span["label"] == "NUMBER":
                swaps[key] = DIGITS.sub(lambda found: _digit(found[0], random), mention)
            elif span["label"] in SWAPPED_LABELS and random.random() < SWAPPED:
                others = names.get(_shape(span["label"], mention), ())
                swaps[key] = others[int(random.integers(len(others)))] if others else mention
        before = document["text"][at : span["start"]]
        pieces += [before, swaps[key]]
        length += len(before)
        spans.append({**span, "start": length, "end": length + len(swaps[key])})
        length += len(swaps[key])
        at = span["end"]
    pieces.append(document["text"][at:])
    return {**document, "text": "".join(pieces), "spans": spans}


def _digit(old: str, random: np.random.Generator) -> str:
    """Another digit of the same kind; 0, 1 and 2 stay, which change how the counted noun is written."""
    value = int(old)
    new = value if value < 3 else int(random.integers(3, 10))
    return chr(ord(old) - value + new)


def _shape(label: str, mention: str) -> Shape:
    """What two mentions must share to stand for one another: label, length in words, first word (of one word: its clitics and ending)."""
    words = mention.split()
    if len(words) > 1:
        return (label, str(len(words)), words[0])
    folded = fold(mention)
    clitic = next((c for c in CLITICS if folded.startswith(c) and len(folded) > len(c) + 2), "")
    ending = next((e for e in ENDINGS if folded.endswith(e)), "")
    return (label, "1", clitic, ending)
