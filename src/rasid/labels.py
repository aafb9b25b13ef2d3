"""IOB2 labels, and the decoding of label probabilities into spans of words."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rasid.records import LABELS
from rasid.words import Words

IOB2 = ("O", *(f"{prefix}-{label}" for label in LABELS for prefix in "BI"))
_LOG_ZERO = -1e9
# More than rounding can add up to over a sentence.
_BY_FAR = 0.01


@dataclass(frozen=True, slots=True)
class WordSpan:
    """A labelled run of words `first..last` (both included) and the probability of its label and edges."""

    label: str
    first: int
    last: int
    score: float


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Log-probabilities over the last axis."""
    shifted = logits - logits.max(axis=-1, keepdims=True)
    return np.asarray(shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True)), dtype=np.float32)


def _transitions(names: tuple[str, ...]) -> NDArray[np.float32]:
    """`allowed[i, j]` is 0 where label j may follow label i in IOB2, else a log of zero."""
    scores = np.zeros((len(names), len(names)), dtype=np.float32)
    for j, name in enumerate(names):
        if name.startswith("I-"):
            for i, before in enumerate(names):
                if before not in (f"B-{name[2:]}", name):
                    scores[i, j] = _LOG_ZERO
    return scores


_ALLOWED = _transitions(IOB2)
_MAY_START = np.asarray([_LOG_ZERO if name.startswith("I-") else 0.0 for name in IOB2], dtype=np.float32)


def decode(log_probs: NDArray[np.float32], words: Words, glued: NDArray[np.bool_] | None = None) -> tuple[WordSpan, ...]:
    """The most probable valid IOB2 labelling of a text, as spans (Viterbi; no span crosses a sentence end).

    Args:
        log_probs: log-probabilities of shape (words, labels), labels as in `IOB2`.
        words: the text's words.
        glued: shape (words,); true where a word lies in the same piece as the word before it and so shares its label.
    """
    if not len(words):
        return ()
    spans: list[WordSpan] = []
    sentences = np.asarray([word.sentence for word in words.items])
    opens = np.concatenate([[True], sentences[1:] != sentences[:-1]])
    best = log_probs.argmax(axis=1)
    plain = _is_plain(log_probs, best, opens, glued)
    starts = np.flatnonzero(opens).tolist()
    for first, end in zip(starts, [*starts[1:], len(words)], strict=True):
        if plain[first:end].all():
            path = best[first:end].tolist()
        else:
            path = _viterbi(log_probs[first:end], None if glued is None else glued[first:end])
        spans.extend(_spans(path, log_probs, first, glued))
    return tuple(spans)


def _is_plain(
    log_probs: NDArray[np.float32], best: NDArray[np.intp], opens: NDArray[np.bool_], glued: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """Which words have a label that is best by far and may follow that of the word before; a sentence of such words needs no search."""
    before = np.concatenate([[0], best[:-1]])
    fits = np.where(opens, _MAY_START[best], _ALLOWED[before, best]) == 0
    second, first = np.partition(log_probs, -2, axis=1)[:, -2:].T
    plain: NDArray[np.bool_] = fits & (first - second > _BY_FAR)
    return plain if glued is None else plain & ~glued


def _viterbi(scores: NDArray[np.float32], glued: NDArray[np.bool_] | None) -> list[int]:
    best = scores[0] + _MAY_START
    back: list[NDArray[np.intp]] = []
    for k in range(1, len(scores)):
        if glued is not None and glued[k]:
            # The same piece: B- goes on as I-, everything else as itself, at no cost.
            arrive = np.full((len(IOB2), len(IOB2)), _LOG_ZERO, dtype=np.float32)
            for i, name in enumerate(IOB2):
                arrive[i, IOB2.index("I-" + name[2:]) if name != "O" else i] = best[i]
            gain = np.zeros(len(IOB2), dtype=np.float32)
        else:
            arrive, gain = best[:, None] + _ALLOWED, scores[k]
        back.append(arrive.argmax(axis=0))
        best = arrive.max(axis=0) + gain
    path = [int(best.argmax())]
    for step in reversed(back):
        path.append(int(step[path[-1]]))
    return path[::-1]


def _spans(path: list[int], log_probs: NDArray[np.float32], offset: int, glued: NDArray[np.bool_] | None) -> list[WordSpan]:
    spans: list[WordSpan] = []
    k = 0
    while k < len(path):
        name = IOB2[path[k]]
        if name == "O":
            k += 1
            continue
        end = k
        while end + 1 < len(path) and IOB2[path[end + 1]] == "I-" + name[2:]:
            end += 1
        # The span is right only if every word of it is: the least sure word bounds the whole.
        # A word that shares its piece with the one before it has no probability of its own.
        own = [at for at in range(k, end + 1) if at == k or glued is None or not glued[offset + at]]
        score = float(np.exp(min(log_probs[offset + at, path[at]] for at in own)))
        spans.append(WordSpan(name[2:], offset + k, offset + end, score))
        k = end + 1
    return spans
