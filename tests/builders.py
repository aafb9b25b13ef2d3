"""Builders for tests: small tokenizers learned on a few sentences, and hand-made readings of a text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, trainers

from rasid.analysis import Analysis, Section
from rasid.candidates import RELATIONS, SpanWords
from rasid.grouping import EventDraft, GroupingOptions, group
from rasid.labels import WordSpan
from rasid.linking import KINDS, Links
from rasid.records import EVENT_TYPES, STATUSES
from rasid.words import split_words

SENTENCES = (
    "قصفت مدفعية الجيش بلدة كفرعين فجر الخميس، ما أدى إلى مقتل 12 مدنيا وإصابة 30 آخرين.",
    "أعلن المرصد مقتل سبعة جنود في كمين نصبه مسلحون قرب مدينة حمص.",
    "نزحت مئات العائلات من ريف إدلب الجنوبي بعد غارات جوية استهدفت قرى عدة.",
    "وقال الناطق باسم القوات إن 3 آلاف شخص عادوا إلى منازلهم منذ مطلع الشهر.",
    "Reuters: الجيش (24) قتيلا/جريحا. قتل، جرح، قصف.",
)


def unigram(sentences: Sequence[str] = SENTENCES, size: int = 300) -> Tokenizer:
    """A Unigram tokenizer of the shape of multilingual E5's: NFKC, spaces as `▁`, pieces that may hold punctuation."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    trainer = trainers.UnigramTrainer(vocab_size=size, special_tokens=special, unk_token="<unk>", show_progress=False)
    tokenizer.train_from_iterator(sentences, trainer)
    return tokenizer


def word_piece(sentences: Sequence[str] = SENTENCES, size: int = 300) -> Tokenizer:
    """A WordPiece tokenizer of the shape of AraBERT's."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=False, strip_accents=False, handle_chinese_chars=False)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(sentences, trainers.WordPieceTrainer(vocab_size=size, special_tokens=special, show_progress=False))
    return tokenizer


class Sketch:
    """A text and what a perfect or imperfect model would read in it, by the names that the test gives the spans.

    Every span starts out as an asserted `attack` that carries no count, and no two are linked; the methods say what differs.
    """

    def __init__(self, text: str, *spans: tuple[str, str, str]):
        """`spans`: (name, label, text); a text that occurs more than once is taken in order."""
        self.text = text
        self.words = split_words(text)
        found: list[tuple[str, WordSpan]] = []
        at: dict[str, int] = {}
        for name, label, said in spans:
            start = text.index(said, at.get(said, 0))
            at[said] = start + len(said)
            first, last = self.words.range(start, start + len(said))
            found.append((name, WordSpan(label, first, last, 0.9)))
        found.sort(key=lambda pair: pair[1].first)
        self.spans = [span for _, span in found]
        self.number = {name: k for k, (name, _) in enumerate(found)}
        count = len(found)
        self._type = np.zeros((count, len(EVENT_TYPES)), dtype=np.float32)
        self._status = np.zeros((count, len(STATUSES)), dtype=np.float32)
        self._aggregate = np.zeros(count, dtype=np.float32)
        self._kind = np.zeros((count, len(KINDS)), dtype=np.float32)
        self._relation = np.zeros((len(RELATIONS), count, count), dtype=np.float32)
        self._type[:, EVENT_TYPES.index("attack")] = 1.0
        self._status[:, STATUSES.index("asserted")] = 1.0
        self._kind[:, 0] = 1.0

    @classmethod
    def of(cls, layout: str) -> Sketch:
        """Spans of one word each, in one sentence: `Sketch.of("t1:TRIGGER a1:ACTOR")`."""
        pairs = [item.split(":") for item in layout.split()]
        return cls(" ".join(name for name, _ in pairs), *((name, label, name) for name, label in pairs))

    def score(self, name: str, score: float) -> Sketch:
        """The tagger's score of a span."""
        self.spans[self.number[name]] = replace(self.spans[self.number[name]], score=score)
        return self

    def type(self, name: str, **shares: float) -> Sketch:
        """Probabilities of event types; what is left over is spread over none."""
        self._type[self.number[name]] = 0.0
        for kind, share in shares.items():
            self._type[self.number[name], EVENT_TYPES.index(kind)] = share
        return self

    def status(self, name: str, **shares: float) -> Sketch:
        """Probabilities of statuses."""
        self._status[self.number[name]] = 0.0
        for status, share in shares.items():
            self._status[self.number[name], STATUSES.index(status)] = share
        return self

    def aggregate(self, name: str, share: float) -> Sketch:
        """Probability that the trigger is a toll's."""
        self._aggregate[self.number[name]] = share
        return self

    def kind(self, name: str, kind: str, share: float = 0.9) -> Sketch:
        """Probability of a casualty kind; the rest says that the span carries no count."""
        self._kind[self.number[name]] = 0.0
        self._kind[self.number[name], KINDS.index(kind)] = share
        self._kind[self.number[name], 0] = 1.0 - share
        return self

    def link(self, relation: str, head: str, other: str, share: float = 0.9) -> Sketch:
        """Probability of a relation; `same_event` holds both ways, as `read_links` makes it."""
        a, b, r = self.number[head], self.number[other], RELATIONS.index(relation)
        self._relation[r, a, b] = share
        if relation == "same_event":
            self._relation[r, b, a] = share
        return self

    @property
    def links(self) -> Links:
        """The probabilities so far."""
        return Links(self._type, self._status, self._aggregate, self._kind, self._relation)

    @property
    def analysis(self) -> Analysis:
        """What `rasid.analysis.analyse` would give for a text of one section."""
        return Analysis(self.words, (Section(tuple(self.spans), self.links),))

    def group(self, options: GroupingOptions | None = None) -> tuple[EventDraft, ...]:
        """The drafts of events."""
        spans = [SpanWords(s.label, s.first, s.last) for s in self.spans]
        return group(spans, [s.score for s in self.spans], self.links, options or GroupingOptions())

    def names(self, numbers: Sequence[int]) -> tuple[str, ...]:
        """Names of spans by their numbers."""
        back = {k: name for name, k in self.number.items()}
        return tuple(back[k] for k in numbers)
