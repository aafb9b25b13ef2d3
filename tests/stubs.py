"""A stand-in for the model: it labels words by a tiny dictionary and links the spans of one sentence; exact, fast, no weights."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace

from rasid.backend import Ints
from rasid.candidates import DISTANCES, RELATIONS, SENTENCE_REACH
from rasid.confidence import ConfidenceWeights
from rasid.encoding import PieceEncoder
from rasid.extractor import Extractor
from rasid.labels import IOB2
from rasid.linking import KINDS, Floats
from rasid.package import FORMAT, Manifest
from rasid.records import EVENT_TYPES, STATUSES


@dataclass(frozen=True)
class Word:
    """What the stub knows of a word: its label, and as a trigger its type and status, as an actor its role."""

    label: str
    type: str | None = None
    status: str = "asserted"
    role: str | None = None
    kind: str | None = None


DICTIONARY = {
    "قصف": Word("B-TRIGGER", type="shelling"),
    "غارات": Word("B-TRIGGER", type="airstrike"),
    "استهداف": Word("B-TRIGGER", type="airstrike", status="denied"),  # as in: denied targeting
    "مقتل": Word("B-TRIGGER"),  # killing: takes the type of the act beside it
    "مدنيين": Word("B-ACTOR", role="target"),
    "جنود": Word("B-ACTOR", role="target"),
    "قوات": Word("B-ACTOR", role="perpetrator"),
    "النظام": Word("I-ACTOR"),
    "الدفاع": Word("B-ACTOR", role="source"),
    "المدني": Word("I-ACTOR"),
    "بلدة": Word("B-LOCATION"),
    "سرمين": Word("I-LOCATION"),
    "حلب": Word("B-LOCATION"),
    "أمس": Word("B-DATE"),
    **{str(n): Word("B-NUMBER", kind="killed") for n in range(1, 1000)},
}
SPECIAL = ("[CLS]", "[SEP]", "[PAD]", "[UNK]")
VOCABULARY = {piece: k for k, piece in enumerate((*SPECIAL, *DICTIONARY))}
PIECES = list(VOCABULARY)
SURE = 20.0

REPORT = "أعلن الدفاع المدني مقتل 7 مدنيين في قصف نفذته قوات النظام على بلدة سرمين أمس."
DENIAL = "ونفت الوزارة استهداف حلب."


class StubBackend:
    """Implements `rasid.backend.Backend`; a piece's vector is its id. `windows` counts the windows that it was shown."""

    def __init__(self) -> None:
        self.windows = 0
        self.longest = 0

    def encode(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
        self.windows += len(ids)
        self.longest = max(self.longest, ids.shape[1])
        logits = np.zeros((*ids.shape, len(IOB2)), dtype=np.float32)
        for row, column in np.ndindex(*ids.shape):
            word = DICTIONARY.get(PIECES[ids[row, column]])
            logits[row, column, IOB2.index(word.label if word else "O")] = SURE
        return logits, ids[..., None].astype(np.float32)

    def link(self, hidden: Floats, inputs: dict[str, Ints]) -> tuple[Floats, Floats]:
        words = [DICTIONARY[PIECES[int(hidden[piece, 0])]] for piece in inputs["first"]]
        types, statuses = len(EVENT_TYPES), len(STATUSES)
        spans = np.zeros((len(words), types + statuses + 1 + len(KINDS)), dtype=np.float32)
        for row, word in enumerate(words):
            if word.type:
                spans[row, EVENT_TYPES.index(word.type)] = SURE
            spans[row, types + STATUSES.index(word.status)] = SURE
            spans[row, types + statuses] = -SURE  # no aggregate
            spans[row, types + statuses + 1 + KINDS.index(word.kind or "none")] = SURE
        pairs = np.full((len(inputs["head"]), len(RELATIONS)), -SURE, dtype=np.float32)
        for row, (other, features) in enumerate(zip(inputs["other"], inputs["features"], strict=True)):
            if features[1] != SENTENCE_REACH:  # another sentence
                continue
            for relation in ("same_event", "location", "date", "casualty"):
                pairs[row, RELATIONS.index(relation)] = SURE
            role = words[other].role
            if role:
                pairs[row, RELATIONS.index(role)] = SURE
            if role == "target" and features[0] == len(DISTANCES) + 2:  # the next word
                pairs[row, RELATIONS.index("victim")] = SURE
        return spans, pairs


def stub_extractor(*, max_positions: int = 64, overlap: int = 16, backend: StubBackend | None = None) -> Extractor:
    """An Extractor on the stub; its windows are short, so that a few sentences already need several."""
    tokenizer = Tokenizer(WordLevel(VOCABULARY, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = Whitespace()
    manifest = Manifest(
        format=FORMAT,
        name="stub",
        version="0",
        labels=IOB2,
        normalization="light",
        max_positions=max_positions,
        overlap=overlap,
        cls=VOCABULARY["[CLS]"],
        sep=VOCABULARY["[SEP]"],
        pad=VOCABULARY["[PAD]"],
        confidence=ConfidenceWeights(type=1.0, status=1.0, figures=1.0, trigger=1.0, bias=0.0),
    )
    encoder = PieceEncoder(tokenizer, normalization="light", max_positions=max_positions, overlap=overlap)
    return Extractor(backend or StubBackend(), encoder, manifest)
