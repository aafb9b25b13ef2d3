"""Find the approximator that bounds a number: right before it, or after it at a distance, and never another's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rasid.fold import fold
from rasid.numbers.grammar import Token, chunk_at
from rasid.numbers.tables import Approximator, approximators, clause_openers, split_clitics, table_rows

__all__ = ["Bounds", "bounds_of"]

# Signs that may stand between an approximator and its number, or between a number and `على الأقل`.
_TRANSPARENT = frozenset("\"'«»“”‘’()[]{}*_")
_AFTER_SIGNS = _TRANSPARENT | frozenset("،,-–—")
# Proclitics and short words between an approximator and its number: أكثر من الـ20, يصل عددهم إلى.
_BRIDGES = frozenset({"ب", "ال", "عن", "الي", "و"})
# عدد (number of) is a vague word elsewhere, and stands between verb and number in `تجاوز عدد القتلى 90`.
_NUMBER_NOUNS = frozenset({"عدد", "العدد"})
# منهم (of them) begins another statement, but not right behind a number: 20 منهم على الأقل.
_OF_THEM = frozenset({"منهم", "منهن"})
# How many words stand between a verb and its preposition at most: لا يقل عدد القتلى من المدنيين في القصف عن.
_FRAME = 8
_LINKS = frozenset({"و", "ف", "ب", "ل", "وب", "ول", "فب"})


@dataclass(frozen=True, slots=True)
class Bounds:
    """What the approximators round a number say; `phrases` are their words as folded."""

    low_only: bool = False
    high_only: bool = False
    about: bool = False
    phrases: tuple[str, ...] = ()


def bounds_of(tokens: Sequence[Token], first: int, last: int) -> Bounds:
    """Return the bounds that the words round the number in tokens [first, last) give it."""
    found: list[Approximator] = []
    at = first
    while (hit := _before(tokens, at)) is not None:
        found.append(hit[0])
        at = hit[1]
        if len(found) == 3:
            break
    if (after := _after(tokens, last)) is not None:
        found.append(after)
    kinds = {entry.bound for entry in found}
    low_only = "low" in kinds
    return Bounds(
        low_only=low_only,
        high_only="high" in kinds and not low_only,
        about="about" in kinds,
        phrases=tuple(" ".join(entry.words) for entry in found),
    )


def _before(tokens: Sequence[Token], at: int) -> tuple[Approximator, int] | None:
    """Return the approximator that ends before token `at`, and the token where it begins."""
    end = at
    while end > 0 and tokens[end - 1].text in _TRANSPARENT:
        end -= 1
    ends = [end]
    if end > 0 and tokens[end - 1].text in _BRIDGES:
        ends.append(end - 1)
    if tokens[at].text == "ب":  # يقدر عددهم بـ300: the number begins with its own proclitic
        ends.append(at + 1)
    if (frame := _frame(tokens, end)) is not None:
        return frame
    found: list[tuple[int, int, int, int, Approximator]] = []
    for number, stop in enumerate(ends):
        for gap in range(_widest_gap() + 1):
            if stop - gap < 1 or (gap and not _is_plain(tokens, stop - gap)):
                break
            for rank, entry in _ending_in(tokens[stop - gap - 1].text):
                begin = stop - gap - len(entry.words)
                if gap <= entry.gap and _matches(tokens, begin, entry.words):
                    found.append((rank, number, gap, begin, entry))
    # The longest phrase first, then the nearest.
    nearest = (hit for hit in sorted(found, key=lambda hit: hit[:3]) if not _belongs_before(tokens, hit[3], at, hit[4]))
    return next(((entry, begin) for *_, begin, entry in nearest), None)


def _frame(tokens: Sequence[Token], end: int) -> tuple[Approximator, int] | None:
    """The verb and the preposition that bound a number, the counted noun between them (لا يقل عدد القتلى عن), and where they begin."""
    bounds = _bounding_verbs().get(tokens[end - 1].text) if end > 2 else None
    if bounds is None or not _is_plain(tokens, end - 2):
        return None
    for at in range(end - 3, max(-1, end - 3 - _FRAME), -1):
        if not _is_plain(tokens, at):
            return None
        bound = next((bounds[verb] for verb in _starts(tokens[at].text) if verb in bounds), None)
        if bound is None:
            continue
        begin = at
        if at and not _starts(tokens[at - 1].text).isdisjoint(_verb_negations()):
            bound, begin = ("high" if bound == "low" else "low"), at - 1
        return Approximator(bound, "before", 0, tuple(token.text for token in tokens[begin:end])), begin
    return None


@lru_cache(maxsize=1)
def _bounding_verbs() -> dict[str, dict[str, str]]:
    """Preposition -> verb -> the bound that they set (bounding_verbs.tsv)."""
    verbs: dict[str, dict[str, str]] = {}
    for bound, prepositions, forms in table_rows("bounding_verbs.tsv"):
        for preposition in map(fold, prepositions.split("|") if bound != "not" else ()):
            verbs.setdefault(preposition, {}).update({fold(form): bound for form in forms.split("|")})
    return verbs


@lru_cache(maxsize=1)
def _verb_negations() -> frozenset[str]:
    """The folded words that turn the bound of a verb round (the rows `not` of bounding_verbs.tsv)."""
    return frozenset(fold(form) for bound, _, forms in table_rows("bounding_verbs.tsv") if bound == "not" for form in forms.split("|"))


@lru_cache(maxsize=1)
def _widest_gap() -> int:
    return max(entry.gap for entry in approximators() if entry.side == "before")


@lru_cache(maxsize=20_000)  # the same words come again and again
def _ending_in(word: str) -> tuple[tuple[int, Approximator], ...]:
    """The approximators before a number whose last word can be `word`, with their ranks (the longest phrase has the lowest)."""
    ending, alone = _before_by_word()
    return (*ending.get(word, ()), *(hit for start in _starts(word) for hit in alone.get(start, ())))


@lru_cache(maxsize=1)
def _before_by_word() -> tuple[dict[str, list[tuple[int, Approximator]]], dict[str, list[tuple[int, Approximator]]]]:
    """The approximators before a number with their ranks: phrases by their last word, single words."""
    ending: dict[str, list[tuple[int, Approximator]]] = {}
    alone: dict[str, list[tuple[int, Approximator]]] = {}
    for rank, entry in enumerate(approximators()):
        if entry.side == "before":
            (ending if len(entry.words) > 1 else alone).setdefault(entry.words[-1], []).append((rank, entry))
    return ending, alone


@lru_cache(maxsize=20_000)
def _beginning_with(word: str) -> tuple[Approximator, ...]:
    """The approximators behind a number whose first word can be `word`, the longest phrase first."""
    hits = sorted((hit for start in _starts(word) for hit in _after_by_word().get(start, ())), key=lambda hit: hit[0])
    return tuple(entry for _, entry in hits)


@lru_cache(maxsize=1)
def _after_by_word() -> dict[str, list[tuple[int, Approximator]]]:
    found: dict[str, list[tuple[int, Approximator]]] = {}
    for rank, entry in enumerate(approximators()):
        if entry.side == "after":
            found.setdefault(entry.words[0], []).append((rank, entry))
    return found


@lru_cache(maxsize=20_000)
def _starts(word: str) -> frozenset[str]:
    """The first words of an approximator that a token can be: itself, or what is left without a proclitic."""
    return frozenset((word, *(rest for link, rest in split_clitics(word) if link in _LINKS)))


@lru_cache(maxsize=1)
def _closing() -> frozenset[tuple[str, ...]]:
    return frozenset(entry.words for entry in approximators() if entry.side == "after")


def _belongs_before(tokens: Sequence[Token], begin: int, at: int, entry: Approximator) -> bool:
    """Tell `على الأقل` that closes the number before it (`أربعة قتلى على الأقل وخمسة جرحى`), not `وأصيب على الأقل عشرة`."""
    if entry.words not in _closing() or (begin and _opens_clause(tokens[begin - 1].text)):
        return False
    return tokens[at].text.startswith("و") or any(chunk_at(tokens, i) is not None for i in range(max(0, begin - 5), begin))


def _after(tokens: Sequence[Token], at: int) -> Approximator | None:
    """Return the approximator after token `at`, before any other number or clause begins."""
    for distance in range(12):
        here = at + distance
        if here >= len(tokens):
            return None
        for entry in _beginning_with(tokens[here].text):
            if distance <= entry.gap and _matches(tokens, here, entry.words):
                return entry
        token = tokens[here]
        if not token.is_word and token.text not in _AFTER_SIGNS:
            return None
        of_them = distance == 0 and token.text in _OF_THEM
        if (_opens_clause(token.text) and not of_them) or chunk_at(tokens, here) is not None:
            return None
        if token.text in "،,-–—" and not _phrase_follows(tokens, here + 1):
            return None
    return None


def _phrase_follows(tokens: Sequence[Token], at: int) -> bool:
    return at < len(tokens) and any(_matches(tokens, at, entry.words) for entry in _beginning_with(tokens[at].text))


@lru_cache(maxsize=20_000)
def _opens_clause(word: str) -> bool:
    """Tell a word that begins the next statement of casualties (وإصابة, فيما, بينهم)."""
    return word in clause_openers() or any(rest in clause_openers() for link, rest in split_clitics(word) if link == "و")


def _is_plain(tokens: Sequence[Token], at: int) -> bool:
    """Tell a word that may stand between an approximator and its number: none that is a number itself."""
    return tokens[at].text in _NUMBER_NOUNS or (tokens[at].is_word and chunk_at(tokens, at) is None)


def _matches(tokens: Sequence[Token], first: int, words: tuple[str, ...]) -> bool:
    """Tell whether the words of an approximator stand at token `first`, its first word with a proclitic or without."""
    if first < 0 or first + len(words) > len(tokens) or not tokens[first].text.endswith(words[0]):
        return False
    return all(tokens[first + i].text == word for i, word in enumerate(words) if i) and words[0] in _starts(tokens[first].text)
