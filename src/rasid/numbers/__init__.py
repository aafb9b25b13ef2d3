"""Resolve the number of a phrase or of a span into bounds, with the approximators that stand round it."""

from __future__ import annotations

from collections.abc import Sequence

from rasid.numbers.context import Bounds, bounds_of
from rasid.numbers.counted_nouns import is_negated, noun_quantity, read_noun_count
from rasid.numbers.grammar import (
    Chunk,
    Token,
    chunk_at,
    find_chunks,
    is_dash,
    is_old_figure,
    named_like_a_day,
    range_at,
    sentence_tokens,
    tokenize,
)
from rasid.numbers.quantity import Quantity
from rasid.numbers.traps import is_trapped

__all__ = ["Quantity", "parse_number", "read_count", "read_noun_count"]


def parse_number(text: str) -> Quantity | None:
    """Read the first count in a phrase, with its approximators; None where no count is said.

    Ages, dates, times, prices, measures, percentages, phone and flight numbers are no counts. Without a number, a dual,
    singular or plural noun that counts people gives its own (`جنديان` two soldiers, `طفلة` a girl).
    """
    tokens = tokenize(text)
    for chunk in find_chunks(tokens):
        if chunk.kind == "one_of" and is_negated(tokens, chunk.first):
            return Quantity(0, 0, False, "noun", "negated: no one")
        if not is_trapped(tokens, chunk):
            return _quantity(chunk, bounds_of(tokens, chunk.first, chunk.last))
    return noun_quantity(tokens)


def read_count(text: str, start: int, end: int, *, window: tuple[int, int]) -> Quantity | None:
    """Read the NUMBER span [start, end) of `text`, with the approximators in `window`, the characters of its sentence.

    The span is trusted to be a count. None if it holds no number (`نصفهم`, half of them). Both ends of a range may
    stand in the span (`20 و30`), or the second in the words after it.
    """
    tokens = sentence_tokens(text[window[0] : window[1]])
    first, last = _token_span(tokens, start - window[0], end - window[0])
    if first == last:
        return None
    chunk = _span_chunk(tokens, first, last)
    if chunk is None:
        return None
    return _quantity(chunk, bounds_of(tokens, chunk.first, max(chunk.last, last)))


def _token_span(tokens: Sequence[Token], start: int, end: int) -> tuple[int, int]:
    """Return the range of tokens that share a character with [start, end)."""
    inside = [i for i, token in enumerate(tokens) if token.start < end and token.end > start]
    return (inside[0], inside[-1] + 1) if inside else (0, 0)


def _span_chunk(tokens: Sequence[Token], first: int, last: int) -> Chunk | None:
    """Read the number in tokens [first, last): two numbers in one span are a range."""
    inner = tokens[:last]
    for at in range(first, last):
        chunk = range_at(inner, at, between=True)
        if chunk is not None:
            break
    else:
        return named_like_a_day(tokens, first)
    new = next((new for at in range(chunk.last, last) if (new := chunk_at(inner, at)) is not None), None)
    if new is not None and is_old_figure(tokens, chunk.first):  # ارتفع من 22 إلى 45
        return new
    if chunk.kind == "range" or chunk.last < last:
        return chunk
    # A number that goes on behind the span (`3` of `3 آلاف`, `20` of `20 إلى 30`), or that its noun doubles (`ألفا شخص`).
    longer = range_at(tokens, chunk.first)
    if longer is None or longer.last < chunk.last:
        return chunk
    # A dash that stands apart opens an explanation: القتلى 12 – 5 مدنيين.
    apart = longer.kind == "range" and is_dash(tokens[chunk.last]) and not tokens[chunk.last].glued
    return chunk if apart else longer


def _quantity(chunk: Chunk, bounds: Bounds) -> Quantity:
    low: int | None = chunk.low
    high = chunk.high
    vague = chunk.kind == "vague"
    said = f" with {', '.join(bounds.phrases)}" if bounds.phrases else ""
    if vague:
        return Quantity(low, high, True, "vague", f"vague word: at least {low}{said}")
    if chunk.kind == "range":
        return Quantity(low, high, bounds.about, "range", f"range from {low} to {high}{said}")
    if bounds.low_only:
        return Quantity(low, None, bounds.about, "bound", f"at least {low}{said}")
    if bounds.high_only:
        return Quantity(None, high, bounds.about, "bound", f"at most {high}{said}")
    about = bounds.about or chunk.kind == "rounded"
    reason = f"about {low}{said}" if about else f"the number {low}"
    return Quantity(low, high, about, "exact", reason)
