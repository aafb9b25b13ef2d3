"""Words that are a span elsewhere in the training data but not here: what a tagger marks wrongly, shown to the linker as no part of any event."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from rasid.candidates import SpanWords
from rasid.fold import fold
from rasid.words import Words

LONGEST = 3  # words


@dataclass(frozen=True)
class Distractors:
    """Phrases (folded, up to `LONGEST` words) that are spans in the training data, with their labels; `share` of the true spans is added."""

    labels: Mapping[str, Sequence[str]]
    share: float
    seed: int

    @classmethod
    def learn(cls, documents: Iterable[Mapping[str, Any]], share: float, seed: int) -> Distractors:
        """Collect the phrases of all spans of `documents`."""
        labels: dict[str, set[str]] = defaultdict(set)
        for document in documents:
            for span in document["spans"]:
                phrase = fold(document["text"][span["start"] : span["end"]])
                if len(phrase.split()) <= LONGEST:
                    labels[phrase].add(span["label"])
        return cls({phrase: tuple(sorted(found)) for phrase, found in labels.items()}, share, seed)

    def find(self, text: str, words: Words, spans: Sequence[SpanWords], *, key: str) -> list[SpanWords]:
        """Some of the phrases that stand in `text` outside `spans`; which ones depends on `key` (the document's id) and the seed."""
        taken = {k for span in spans for k in range(span.first, span.last + 1)}
        forms = [fold(text[word.start : word.end]) for word in words.items]
        found: list[SpanWords] = []
        k = 0
        while k < len(words):
            for size in range(min(LONGEST, len(words) - k), 0, -1):
                run = range(k, k + size)
                one_sentence = words.items[k].sentence == words.items[k + size - 1].sentence
                labels = self.labels.get(" ".join(forms[k : k + size])) if one_sentence and not taken.intersection(run) else None
                if labels:
                    found.append(SpanWords(labels[0], k, k + size - 1))
                    k += size - 1
                    break
            k += 1
        wanted = min(len(found), round(self.share * max(len(spans), 5)))
        rng = np.random.default_rng([self.seed, *key.encode("utf-8")])
        return [found[n] for n in sorted(rng.choice(len(found), size=wanted, replace=False).tolist())]
