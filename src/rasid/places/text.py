"""Read the words of a place mention: proclitics, type nouns, directions, adjectives of nationality, and the name that is left."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from rasid.fold import fold as fold_text
from rasid.lexicon import rows
from rasid.places.gazetteer import place_key

fold = lru_cache(maxsize=32768)(fold_text)
_QUOTES = re.compile(r"[\"'“”«»‘’`\[\]{}]")
_DASHES = re.compile(r"\s+[-–—/،,]\s*|[،,]")
_BRACKETS = re.compile(r"\(([^()]*)\)?")
# Proclitics: a conjunction, then a preposition, then the article; لل stands for ل + ال.
_CONJUNCTION = ("و", "ف")
_PREPOSITION = ("ب", "ل", "ك")
_LINKS = frozenset(map(fold, ("في", "من", "إلى", "على", "عند", "لدى", "بين", "قرب", "مع", "باتجاه", "نحو")))

_FOR_REFUGEES = fold("للاجئين")


@dataclass(frozen=True, slots=True)
class TypeNoun:
    """A type noun or relation word (`data/places/place_types.tsv`)."""

    form: str
    number: str
    relation: str
    wants: tuple[str, ...]
    kind: str | None


@dataclass(frozen=True, slots=True)
class Name:
    """A reading of the name in a mention, the type nouns before it, and the directions said after it (ريف إدلب الجنوبي: إدلب, south)."""

    text: str
    types: tuple[TypeNoun, ...] = ()
    directions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention taken apart.

    `written`: the mention without quotes and the proclitic of a type noun. `names`: readings of the name, the likeliest first. `types`:
    its type nouns, outermost first. `whole`: readings of the mention with its type nouns, and without the outer ones that say only what
    it is (`محافظة` in محافظة ريف دمشق). `directions`: English words said before the name. `adjectives`: ISO codes of the countries
    whose adjective stands in it. `rest`: the place after في, من … inside the mention. `joined`: whether a conjunction stands before it.
    """

    written: str
    whole: tuple[str, ...]
    names: tuple[Name, ...]
    types: tuple[TypeNoun, ...]
    directions: tuple[str, ...]
    adjectives: tuple[str, ...]
    rest: str | None
    joined: bool


@dataclass(slots=True)
class _Head:
    """What stands before the name: filled word by word."""

    types: list[TypeNoun]
    directions: list[str]
    adjectives: list[str]
    whole: list[str]
    inner: list[Name]
    """Readings that begin with a type noun which may belong to the name (شرق دير البلح, جنوب مخيم اليرموك)."""
    at: int = 0
    bare: bool = False
    """Whether the last word read is a type noun."""

    def read(self, words: list[str]) -> None:
        """Take type nouns, directions and adjectives from the front until a word of the name."""
        while self.at < len(words):
            size, noun = _type_at(words, self.at)
            last = self.types[-1].relation if self.types else None
            adjective = nationality(words[self.at]) if self.at else None
            direction = _directions().get(_bare(words[self.at]))
            if noun and self.at and all(earlier.relation == "is" for earlier in self.types):
                self.whole.append(" ".join(words[self.at :]))
            elif noun and self.at and noun.relation != "direction":
                self.inner.append(Name(" ".join(words[self.at :]), tuple(self.types)))
            if noun and noun.relation == "direction":
                self.directions.append(_directions()[noun.form])
                self.types += [] if last == "direction" else [noun]
            elif noun:
                self.types.append(noun)
            elif direction and last in ("rural", "direction", "in", "near"):
                self.directions.append(direction)
            elif adjective and last and (self.at + 1 < len(words) or last == "border"):
                self.adjectives.append(adjective)
            elif not (last and fold(words[self.at]) in _fillers()):
                return
            self.at += size
            self.bare = noun is not None


@lru_cache(maxsize=8192)
def read_mention(text: str) -> Mention:
    """Take a place mention apart; nothing is looked up in the gazetteer."""
    aside = _BRACKETS.search(text)
    outside = _BRACKETS.sub(" ", text) if aside and text[: aside.start()].strip() else text.strip("()")
    words = _DASHES.sub(" ", _QUOTES.sub(" ", outside)).split()
    joined = bool(words) and words[0].startswith("و") and len(words[0]) > 2
    whole = list(_readings(words))
    _, first = _type_at(words, 0) if words else (1, None)
    if first:
        noun = first.form.split()[0].removeprefix("ال")
        words[0] = next((form for form in _without_clitics(words[0]) if fold(form).removeprefix("ال") == noun), words[0])
    if len(words) > 2 and fold(words[-1]) in _fillers():
        whole += _readings(words[:-1])
    head = _Head([], [], [], whole, [])
    head.read(words)
    # In a mention of type nouns only the last may be a name (ولاية الجزيرة), but not a border or the direction of something unnamed.
    if head.bare and head.at >= len(words) and head.types[-1].relation not in ("border", "direction" if head.at > 1 else "border"):
        head.types.pop()
        head.at = len(words) - 1
    tail = words[head.at :]
    link = next((i for i, word in enumerate(tail) if fold(word) in _LINKS), None)
    rest = " ".join(tail[link + 1 :]) if link is not None else None
    types = tuple(head.types)
    names, adjectives = _names(tail[:link], types, bool(head.at))
    if aside and aside.group(1).strip():
        names.append(Name(aside.group(1).strip(), types))
    return Mention(
        " ".join(words),
        tuple(dict.fromkeys(whole)),
        tuple(dict.fromkeys([*head.inner, *names])),
        types,
        tuple(head.directions),
        (*head.adjectives, *adjectives),
        rest,
        joined,
    )


def _names(tail: list[str], types: tuple[TypeNoun, ...], after_type: bool) -> tuple[list[Name], list[str]]:
    """Readings of the name: as it stands, then without the adjectives at its end, and the countries that those name."""
    names: list[Name] = []
    directions: tuple[str, ...] = ()
    adjectives: list[str] = []
    while tail:
        # After a type noun a name has no proclitic, save in الريف الشرقي لحلب; then the reading as it stands comes first all the same.
        split = not types or types[-1].relation not in ("is", "at")
        readings = list(_readings(tail)) if split or not after_type else [" ".join(tail)]
        names += [Name(reading, types, directions) for reading in readings]
        what = _trailing(tail[-1]) if len(tail) > 1 else None
        if len(tail) > 2 and fold(tail[-2]) == _FOR_REFUGEES:
            what = "filler"  # مخيم درعا للاجئين الفلسطينيين: whose camp it is, not where
        if what is None:
            break
        if what in _ENGLISH:
            directions = (*directions, what)
        elif what != "filler":
            adjectives.append(what)
        tail = tail[:-1]
    return names, adjectives


@lru_cache(maxsize=4096)
def nationality(word: str) -> str | None:
    """ISO alpha-2 code of the country whose adjective (any gender or number, with the article) a word is, else None."""
    key = place_key(word)
    for stripped in _without_clitics(key):
        stem = stripped[2:] if stripped.startswith("ال") else None
        for ending in ("", "ه", "ين", "ون", "تين", "ان", "ات"):
            if stem and stem.endswith(ending) and (found := _adjectives().get(stem[: len(stem) - len(ending)])):
                return found
    return None


@lru_cache(maxsize=1)
def alpha2() -> dict[str, str]:
    """ISO alpha-2 codes by alpha-2 and alpha-3 codes."""
    return {code: row[0] for row in rows("places/countries.tsv") for code in row[:2]}


def generic(key: str) -> str | None:
    """`never` or `context` for the key of an ordinary word that places are also called by (`data/places/generic_words.tsv`), else None."""
    return _generic().get(key) or _generic().get("ال" + key)


def _readings(words: list[str]) -> Iterator[str]:
    """The words as they are, then without the proclitics of the first (a name is looked up whole first: بغداد, وادي)."""
    if words:
        for first in _without_clitics(words[0]):
            yield " ".join([first, *words[1:]])


@lru_cache(maxsize=32768)
def _without_clitics(word: str) -> tuple[str, ...]:
    forms = [word]
    for conjunction in ("", *_CONJUNCTION):
        if not word.startswith(conjunction):
            continue
        rest = word[len(conjunction) :]
        if conjunction and len(rest) > 1:
            forms.append(rest)
        if rest.startswith("لل") and len(rest) > 4:
            forms.append("ال" + rest[2:])
        for preposition in _PREPOSITION:
            if rest.startswith(preposition) and len(rest) > 2:
                forms.append(rest[1:])
    return tuple(dict.fromkeys(forms))


@lru_cache(maxsize=32768)
def _type_of(word: str, following: str | None) -> TypeNoun | None:
    tail = f" {fold(following)}" if following is not None else ""
    for form in _without_clitics(fold(word)):
        for bare in (form, form[2:] if form.startswith("ال") else form):
            if noun := _types().get(bare + tail):
                return noun
    return None


def _type_at(words: list[str], at: int) -> tuple[int, TypeNoun | None]:
    """The type noun at a word (two words are tried first) and how many words it takes."""
    if at + 1 < len(words) and (noun := _type_of(words[at], words[at + 1])):
        return 2, noun
    return 1, _type_of(words[at], None)


def _trailing(word: str) -> str | None:
    """What an adjective after a name says: a direction, the code of a country, `filler`, or None where it belongs to the name."""
    folded = fold(word)
    if folded in _fillers():
        return "filler"
    if folded.startswith("ال") and (direction := _directions().get(_bare(word))):
        return direction
    return nationality(word) if folded.startswith("ال") else None


def _bare(word: str) -> str:
    folded = fold(word)
    folded = folded[2:] if folded.startswith("ال") else folded
    return folded[:-1] if folded.endswith("ه") else folded


@lru_cache(maxsize=1)
def _fillers() -> frozenset[str]:
    """Adjectives that stand after a name and name nothing."""
    return frozenset(fold(word) for row in rows("places/fillers.tsv") for word in row[0].split("|"))


@lru_cache(maxsize=1)
def _types() -> dict[str, TypeNoun]:
    table: dict[str, TypeNoun] = {}
    for forms, number, relation, wants, kind in rows("places/place_types.tsv"):
        for form in map(fold, forms.split("|")):
            table.setdefault(form, TypeNoun(form, number, relation, tuple(wants.split("|")), None if kind == "-" else kind))
    return table


@lru_cache(maxsize=1)
def _directions() -> dict[str, str]:
    table = {fold(form): english for form, english in rows("places/directions.tsv")}
    return {**table, **{"ال" + form: english for form, english in table.items()}}


_ENGLISH = frozenset({"north", "south", "east", "west", "centre", "far"})


@lru_cache(maxsize=1)
def _adjectives() -> dict[str, str]:
    return {place_key(word): row[0] for row in rows("places/countries.tsv") for word in (row[7] if len(row) > 7 else "").split("|") if word}


@lru_cache(maxsize=1)
def _generic() -> dict[str, str]:
    return {place_key(word): rule for rule, words in rows("places/generic_words.tsv") for word in words.split("|")}
