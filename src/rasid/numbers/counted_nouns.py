"""Read how many people a noun says without a number: a dual 2, a singular or a name 1, a plural or collective 2 or more."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from rasid.fold import fold
from rasid.numbers.context import Bounds, bounds_of
from rasid.numbers.grammar import Token, chunk_at, sentence_tokens
from rasid.numbers.quantity import Quantity
from rasid.numbers.tables import clause_openers, split_clitics, table_rows, traps, words_of

__all__ = ["is_negated", "noun_quantity", "read_noun_count"]

_ONE, _TWO, _MANY, _NONE = "singular", "dual", "plural", "none"
# Pronoun suffixes: his, her, their (two), their, our.
_PRONOUNS = ("", "ه", "ها", "هما", "هم", "هن", "نا")
# لم, لا, دون, ليس: not, without. ما is left out: ما أدى إلى (which led to) is far more frequent than its negation.
_NEGATIONS = frozenset({"لم", "ولم", "فلم", "لا", "ولا", "دون", "بدون", "ليس"})
# ييْن, ين with a sukun or fatha before it: a dual that the writer has marked.
_MARKED_DUAL = re.compile("ي\u0652ن|\u064eين|ي\u0652ين")
# How far behind an ambiguous -ين a word that shows the dual is looked for.
_REACH = 8


def read_noun_count(text: str, start: int, end: int, *, window: tuple[int, int]) -> Quantity | None:
    """Read the count that the victim or outcome noun [start, end) gives (`جنديين` 2, `طفل` 1, `قتلى` 2 or more).

    `window` is its sentence, in which `على الأقل` and the like are looked for. A head that the tables do not know is
    read by its ending, and as one named person if it has none. None where the span names no people (`قصف`, shelling).
    """
    sentence = text[window[0] : window[1]]
    start, end = start - window[0], end - window[0]
    tokens = sentence_tokens(sentence)
    inside = [i for i, token in enumerate(tokens) if token.start < end and token.end > start and token.text[0].isalnum()]
    if not inside:
        return None
    first, last = inside[0], inside[-1] + 1
    chunk = chunk_at(tokens, first)
    if chunk is not None and chunk.kind in ("exact", "one_of") and chunk.last <= last:
        at_least = bounds_of(tokens, first, last).low_only
        reason = f"at least {chunk.low}" if at_least else f"the number {chunk.low}"
        return Quantity(chunk.low, None if at_least else chunk.high, False, "bound" if at_least else "exact", reason)
    marked = bool(_MARKED_DUAL.search(sentence, tokens[first].start, tokens[first].end))
    number, source = _TWO, "marked" if marked else ""
    if not marked:
        number, source = _classify(tokens, first)
        definite = tokens[first].text.startswith(("ال", "وال", "بال"))
        if number == _NONE and first + 1 < len(tokens) and not definite:  # وإصابة آخرين: the outcome's own noun stands behind it
            number, source = _in_table(tokens, first + 1) or _NONE, "table"
        elif _shows_dual(tokens, first, last, number):
            number, source = _TWO, "agreement"
    return _quantity(number, source, bounds_of(tokens, first, last), tokens[first].text)


def noun_quantity(tokens: Sequence[Token]) -> Quantity | None:
    """Read the first noun of a phrase that the tables of counted nouns hold; a negated plural (`لم يسقط قتلى`) is 0."""
    for at, token in enumerate(tokens):
        # اللواء 30 (the 30th brigade), 100+ قتيل: a noun that a number belongs to says none itself.
        numbered = any(other.is_digits for other in (*tokens[max(0, at - 2) : at], *tokens[at + 1 : at + 2]))
        if not token.is_word or numbered or ("self", token.text) in traps():
            continue
        if any(rest in _thing_duals() for _, rest in split_clitics(token.text)):
            return _quantity(_TWO, "table", bounds_of(tokens, at, at + 1), token.text)
        number = _in_table(tokens, at)
        # الرئيس alone is a mention, not a count; الجنود is still more than one.
        if number is None or (number == _ONE and token.text.startswith(("ال", "وال", "بال", "لل"))):
            continue
        if number == _MANY and is_negated(tokens, at):
            return Quantity(0, 0, False, "noun", f"negated: no {token.text}")
        return _quantity(number, "table", bounds_of(tokens, at, at + 1), token.text)
    return None


def is_negated(tokens: Sequence[Token], at: int) -> bool:
    """Tell whether the noun at token `at` is none: `لم يقتل أحد`, `دون إصابات`; not `لم يفرج عن أحد الأسرى`."""
    if tokens[at].text == "احد" and at + 1 < len(tokens) and tokens[at + 1].text.startswith("ال"):
        return False
    return any(token.text in _NEGATIONS for token in tokens[max(0, at - 3) : at])


def _quantity(number: str, source: str, bounds: Bounds, word: str) -> Quantity | None:
    if number == _NONE:
        return None
    how = {
        "table": "noun of the table",
        "form": "by its ending",
        "marked": "by its vowel mark",
        "agreement": "by the words that agree",
    }.get(source, "no plural ending")
    reason = f"{number} noun {word}: {how}"
    # `فلسطينيين على الأقل`: a bound needs a number, so that the ambiguous -ين is the dual.
    if number == _MANY and not (bounds.low_only and word.endswith("ين")):
        return Quantity(2, None, True, "noun", reason)
    count = 1 if number == _ONE else 2
    if bounds.low_only:
        return Quantity(count, None, False, "noun", f"{reason}, at least")
    return Quantity(count, count, bounds.about, "noun", reason)


def _shows_dual(tokens: Sequence[Token], first: int, last: int, number: str) -> bool:
    """Tell a dual that only the words round the noun show: مواطنين لقيا مصرعهما, شرطيا سير آخران."""
    head = tokens[first]
    if number == _ONE and head.text.endswith("ا") and not head.tanwin:
        return any(token.text == "اخران" or token.text.endswith("يان") for token in tokens[first + 1 : last])
    if number != _MANY or not head.text.endswith("ين"):
        return False
    after, before = _dual_markers()
    if first and tokens[first - 1].text in before:
        return True
    for at in range(first + 1, min(last + _REACH, len(tokens))):
        word = tokens[at].text
        if word in after:
            return True
        if at > first + 1 and (chunk_at(tokens, at) is not None or word in clause_openers() or word.startswith("و")):
            return False
        if len(word) > 5 and word.endswith("هما") and not word.startswith("بين"):
            return True
        if len(word) >= 6 and word[0] in "يت" and word.endswith("ان"):
            return True
    return False


def _classify(tokens: Sequence[Token], at: int) -> tuple[str, str]:
    """Return the number of the head at token `at`, and how it was found."""
    word = tokens[at].text
    for clitics, rest in split_clitics(word):
        listed = _classes().get(rest) or _classes().get("ال" + rest if clitics.endswith("ال") else rest)
        if listed is not None:
            return listed, "table"
    number = _in_table(tokens, at)
    if number is not None:
        return number, "table"
    for _, rest in split_clitics(word):
        by_form = _by_form(rest)
        if by_form is not None:
            return by_form, "form"
        break
    return _ONE, ""


def _in_table(tokens: Sequence[Token], at: int) -> str | None:
    """Look the word up in the forms of the counted nouns, with and without its proclitics."""
    token = tokens[at]
    following = tokens[at + 1].text if at + 1 < len(tokens) else ""
    definite = following.startswith("ال") and following not in words_of("not_definite.tsv")
    construct = definite or following in words_of("construct_complements.tsv")
    for _, rest in split_clitics(token.text):
        number = _forms().get(rest)
        if number == "construct":  # ضابطا, جنديي: two of, or the accusative singular
            if construct and not token.tanwin:
                return _TWO
            return _ONE
        if number is not None:
            return number
    return None


@lru_cache(maxsize=1)
def _classes() -> dict[str, str]:
    """Folded head -> class, from noun_classes.tsv, with the pronouns that tell how many (مصرعهم)."""
    names = {"one": _ONE, "two": _TWO, "many": _MANY, "none": _NONE}
    classes: dict[str, str] = {}
    for kind, forms in table_rows("noun_classes.tsv"):
        for form in map(fold, forms.split("|")):
            if kind != "suffix":
                classes[form] = names[kind]
                if kind == "many":
                    classes.setdefault(form + "ا", _MANY)  # عائلته, أتباعه
                    stem = form[:-1] + "ت" if form.endswith("ه") else form
                    classes.update({stem + pronoun: _MANY for pronoun in _PRONOUNS[1:]})
                continue
            for pronoun, number in (("ه", _ONE), ("ها", _ONE), ("هما", _TWO), ("هم", _MANY), ("هن", _MANY)):
                classes[form + pronoun] = number
    return classes


@lru_cache(maxsize=1)
def _forms() -> dict[str, str]:
    """Folded form of a counted noun -> singular, dual, plural or construct; a singular wins over a made-up form."""
    forms: dict[str, str] = {}
    rows = [(fold(row[1]), row[2], [fold(form) for form in row[3].split("|") if form != "-"]) for row in _rows()]
    for _, _, plurals in rows:
        for form in plurals:
            for pronoun in ("", "ا", *_PRONOUNS[1:]):
                forms.setdefault(form + pronoun, _MANY)
            if form.endswith("اء"):  # أبنائه, حلفاؤهم
                for pronoun in (*_PRONOUNS[1:], "ي"):
                    forms.setdefault(form[:-1] + "ي" + pronoun, _MANY)
                    forms.setdefault(form[:-1] + "و" + pronoun, _MANY)
            if form.endswith("ه"):
                for pronoun in _PRONOUNS[1:]:
                    forms.setdefault(form[:-1] + "ت" + pronoun, _MANY)
    for singular, _, _ in rows:
        for form in _singulars(singular):
            forms.setdefault(form, _ONE)
    for singular, ending, _ in rows:
        for form, number in _inflected(singular, ending):
            forms.setdefault(form, number)
    return forms


@lru_cache(maxsize=1)
def _thing_duals() -> frozenset[str]:
    """Folded duals of the nouns of counted_things.tsv."""
    duals: set[str] = set()
    for row in table_rows("counted_things.tsv"):
        for word in map(fold, row[0].split("|")):
            stem = word.removesuffix("ه") + "ت" if word.endswith("ه") else word
            duals.update((stem + "ان", stem + "ين"))
    return frozenset(duals)


@lru_cache(maxsize=1)
def _dual_markers() -> tuple[frozenset[str], frozenset[str]]:
    """Words that show a dual behind the noun, and right before it (dual_markers.tsv)."""
    forms = [fold(form) for row in table_rows("dual_markers.tsv") for form in row[0].split("|")]
    return (
        frozenset(form for form in forms if not form.endswith("<")),
        frozenset(form[:-1] for form in forms if form.endswith("<")),
    )


def _rows() -> Iterator[list[str]]:
    return table_rows("counted_nouns.tsv")


def _singulars(word: str) -> Iterator[str]:
    """The word, its accusative and feminine, and all of them with a pronoun."""
    stem = word.removesuffix("ه")
    if word.endswith("ه"):
        yield word
    else:
        yield word
        yield word + "ه"
    for pronoun in _PRONOUNS[1:]:
        yield stem + "ت" + pronoun
        if not word.endswith("ه"):
            yield stem + pronoun


def _inflected(word: str, ending: str) -> Iterator[tuple[str, str]]:
    """Duals, sound plurals and constructs of a singular."""
    stem = word.removesuffix("ه")
    for feminine in ("تان", "تين", "تا", "تي"):
        yield stem + feminine, _TWO
    for pronoun in _PRONOUNS[1:]:
        yield stem + "تي" + pronoun, _TWO
        yield stem + "تا" + pronoun, _TWO
    yield stem + "ات", _MANY
    if word.endswith("ه"):
        return
    yield word + "ان", _TWO
    yield word + "ا", "construct"
    if ending == "dual":
        yield word + "ين", _TWO
        yield word + "ي", "construct"
        for pronoun in _PRONOUNS[1:]:
            yield word + "ي" + pronoun, _TWO
            yield word + "ا" + pronoun, _TWO
        yield word + "ون", _MANY
        return
    for plural in ("ين", "ون", "ي", "و"):
        yield word + plural, _MANY
    for pronoun in _PRONOUNS[1:]:
        yield word + "ي" + pronoun, _MANY
        yield word + "و" + pronoun, _MANY


def _by_form(word: str) -> str | None:
    """Read the number of an unknown noun from its ending; None where it has none that tells."""
    bare = word
    for _, rest in split_clitics(word):
        if word != rest and word.startswith(("ال", "وال", "لل")):
            bare = rest
            break
    if bare in _classes():
        return _classes()[bare]
    if len(bare) >= 5 and bare.endswith(("تان", "تين")) and not bare.endswith("ستان"):
        return _TWO
    if len(bare) >= 5 and bare.endswith("ان"):
        # A nisba (فلسطينيان) or a participle (متهمان); other words in -ان are mostly names or singulars.
        return _TWO if bare.endswith("يان") or (bare.startswith("م") and len(bare) >= 6) else None
    if len(bare) >= 5 and bare.endswith(("ون", "ين", "ات")):
        return _MANY
    if len(bare) >= 5 and bare.endswith("اء"):  # فعلاء, أفعلاء: شهداء, أبرياء
        return _MANY
    if len(bare) == 5 and bare.startswith("ا") and bare[3] == "ا":  # أفعال: أنصار
        return _MANY
    return None
