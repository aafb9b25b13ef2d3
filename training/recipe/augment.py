"""Training reports once more with other names and spellings or cut short: contexts are learned and not words by heart."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence, Set
from typing import Any

import numpy as np

from rasid.fold import fold
from rasid.words import split_words
from recipe.data import ROLES, telling

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
SHORTENED, DROPPED = 0.5, 0.25  # of the varied reports are cut short; of the sentences of those are left out
OPENING = "«\"'“‘([{"
SWAPPED_LABELS = ("ACTOR", "LOCATION", "DATE")
CLITICS = ("وال", "بال", "كال", "فال", "لل", "ال", "و", "ب", "ل")
ENDINGS = ("ون", "ين", "ات", "ان", "ة", "ه", "ا", "ي")
DIGITS = re.compile(r"[0-9٠-٩]")


def varied(documents: Sequence[Document], share: float, seed: int) -> list[dict[str, Any]]:
    """A copy of every document of a random `share` of `documents`, with other names, another spelling, fewer sentences or more than one of
    these; the same for the same seed.

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
    if random.random() < SHORTENED:
        copy = leave_out_sentences(copy, random)
    if copy["text"] == document["text"] or random.random() < RESPELLED:
        copy["text"] = respell(copy["text"], random)
    return copy


def leave_out_sentences(document: Document, random: np.random.Generator) -> dict[str, Any]:
    """`document` without some of its sentences, never all, and without what its annotation says of them.

    A figure or date that the text says again keeps its part, by the place where it is said again. Spans that have lost every part stay
    as `false` ones (`recipe.data.with_false_spans`): the tagger is to leave them alone, as the guidelines do. A document in which a figure
    would be lost and its victims not stays whole.
    """
    text = document["text"]
    edges = _sentence_edges(text)
    out = random.random(len(edges) - 1) < DROPPED
    if not out.any() or out.all():
        return dict(document)
    ranges = [(start, end) for start, end, gone in zip(edges[:-1], edges[1:], out, strict=True) if not gone]
    spans: list[dict[str, Any]] = []
    length = 0
    for start, end in ranges:
        inside = [s for s in document["spans"] if start <= s["start"] and s["end"] <= end]
        spans += [{**s, "start": s["start"] - start + length, "end": s["end"] - start + length} for s in inside]
        length += end - start
    before = _with_a_part(document["events"])
    left = _Left(document, {s["id"] for s in spans}, before)
    events = [event for event in map(left.event, document["events"]) if event is not None]
    if left.broken:
        return dict(document)
    after = _with_a_part(events)
    spans = [{**s, "false": True} if s["id"] in before - after else s for s in spans]
    return {**document, "text": "".join(text[start:end] for start, end in ranges), "spans": spans, "events": events}


def _sentence_edges(text: str) -> list[int]:
    """Where `text` can be cut between sentences, its start and its end among them; an opening mark goes with the word behind it."""
    edges = [0]
    for start, _ in split_words(text).sentences[1:]:
        while text[start - 1] in OPENING:
            start -= 1
        edges.append(start)
    return [*edges, len(text)]


class _Left:
    """Events as far as the spans that are `left` of a document tell them."""

    def __init__(self, document: Document, left: Set[str], parts: Set[str]):
        self.left = left
        self.said = {s["id"]: fold(document["text"][s["start"] : s["end"]]) for s in document["spans"]}
        self.order = {s["id"]: s["start"] for s in document["spans"]}
        self.broken = False  # whether a figure was lost and its victims not
        free = [s for s in document["spans"] if s["id"] in left and s["id"] not in parts and not s.get("false")]
        self.again = {(s["label"], self.said[s["id"]]): s["id"] for s in reversed(free)}

    def event(self, event: Mapping[str, Any]) -> dict[str, Any] | None:
        """The event as it is told now; null where none of its triggers is left."""
        triggers = self._kept(event["triggers"])
        if not triggers:
            return None
        kept: dict[int, dict[str, Any]] = {}  # casualty entries by their old places
        for k, entry in enumerate(event.get("casualties") or ()):
            now = self._casualty(entry, event["triggers"])
            if now is not None:
                kept[k] = now
        order = list(kept)
        casualties = [{**e, "part_of": order.index(e["part_of"]) if e.get("part_of") in kept else None} for e in kept.values()]
        roles = {role: self._kept(event.get(role) or ()) for role in ROLES}
        return {**event, **roles, "triggers": triggers, "casualties": casualties, "date": self._or_again(event.get("date"), "DATE")}

    def _casualty(self, entry: Mapping[str, Any], triggers: Sequence[str]) -> dict[str, Any] | None:
        victims = self._kept(entry.get("victims") or ())
        if entry.get("number") is None:
            if not entry.get("victims"):  # a trigger alone tells it
                ordered = sorted(triggers, key=self.order.__getitem__)
                teller = ordered[telling([self.said[t] for t in ordered])]
                return dict(entry) if teller in self.left else None
            return {**entry, "victims": victims} if victims else None
        number = self._or_again(entry["number"], "NUMBER")
        if number is None:
            self.broken |= bool(victims)
            return None
        return {**entry, "number": number, "victims": victims}

    def _kept(self, names: Iterable[str]) -> list[str]:
        return [name for name in names if name in self.left]

    def _or_again(self, name: str | None, label: str) -> str | None:
        """The span itself where it is left, else one without a part that says the same."""
        if name is None or name in self.left:
            return name
        return self.again.get((label, self.said[name]))


def _with_a_part(events: Sequence[Mapping[str, Any]]) -> set[str]:
    """Ids of the spans that have a part in an event."""
    found: set[str] = set()
    for event in events:
        found.update(event["triggers"], *(event.get(role) or () for role in ROLES))
        found.update(s for s in (event.get("date"), *(c.get("number") for c in event.get("casualties") or ())) if s is not None)
        found.update(v for c in event.get("casualties") or () for v in c.get("victims") or ())
    return found


def respell(text: str, random: np.random.Generator) -> str:
    """`text`, as long as before, in at least one of the `SPELLINGS` that change it."""
    ways = [way for way in SPELLINGS.values() if any(old in text for old in way)]
    if not ways:
        return text
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
