"""Read an actor mention from its head on: head nouns, the name they belong to, nationality, and what stays unknown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from rasid.actors.tables import Alias, ContextName, Head, Index, Tables, tables
from rasid.actors.words import MentionWord, core, cores, owned, variants, without_clitics

T = TypeVar("T")


@dataclass(slots=True)
class Reading:
    """What the words of a mention say; `start` and `end` bound the words of the name found."""

    words: tuple[MentionWord, ...]
    actor_id: str | None = None
    alias: Alias | None = None
    by_context: ContextName | None = None
    start: int = 0
    end: int = 0
    first: str = ""  # the reading of the word at `start`, without clitics
    adjective: bool = False  # the actor is named by an adjective (حوثيا)
    country: str | None = None
    country_word: str = ""
    heads: list[tuple[int, int, Head]] = field(default_factory=list)  # first word, word after the last, head
    organ_hint: str | None = None
    city: str | None = None
    hostile: list[int] = field(default_factory=list)
    unknown: list[int] = field(default_factory=list)
    blocked: bool = False
    second: bool = False
    former: bool = False

    @property
    def whole(self) -> bool:
        """The name covers the mention."""
        return self.start == 0 and self.end == len(self.words)


def match_at(index: Index[T], words: Sequence[MentionWord], at: int, articles: bool) -> tuple[tuple[str, ...], T, str] | None:
    """The longest phrase of `index` at word `at`, its value and the reading of its first word.

    With `articles` words are compared as they are (clitics only on the first); without, all words lose clitics and article.
    """
    best: tuple[tuple[str, ...], T, str] | None = None
    for form in variants(words[at].folded) if articles else cores(words[at].folded):
        for phrase in index.candidates(form):
            size = len(phrase)
            if (best is not None and size <= len(best[0])) or at + size > len(words):
                continue
            if articles:
                fits = all(words[at + n].folded == phrase[n] for n in range(1, size))
            else:
                fits = all(phrase[n] in cores(words[at + n].folded) for n in range(1, size))
            if fits:
                best = phrase, index.phrases[phrase], form
                break  # the longest for this reading
    return best


def read_mention(words: tuple[MentionWord, ...], country: str | None) -> Reading:
    """Read `words`; `country` is the one the context points to, for the names that mean something only there."""
    data = tables()
    reading = Reading(words)
    if _named_in_context(reading, data, 0, country, whole=True) or _whole_alias(reading, data):
        return reading
    _read_from(reading, data, 0, country)
    if reading.unknown and reading.actor_id is None and reading.country is None:
        reading = _apposition(reading, data, country) or reading
    if reading.actor_id is not None:
        _trailing(reading, data)
    return reading


def _read_from(reading: Reading, data: Tables, at: int, country: str | None) -> None:
    while at < len(reading.words):
        step = _step(reading, data, at, country)
        if step == 0:
            break
        at += step


def _apposition(reading: Reading, data: Tables, country: str | None) -> Reading | None:
    """What the words after an unknown one say: an office after a name (فلان المتحدث باسم ...), or من and a name."""
    for at in reading.unknown[1:]:
        before = reading.words[at - 1].folded
        head = match_at(data.heads, reading.words, at, articles=False)
        office = head is not None and (head[1].role in ("official", "source", "media") or head[2] in ("مسوول", "رييس", "عضو"))
        named = match_at(data.aliases, reading.words, at, articles=True) is not None or (head is not None and head[1].organ is not None)
        linked = bool(reading.heads) and before in ("من", "في", "باسم", "داخل", "لدي") and named
        if not office and not linked:
            continue
        later = Reading(reading.words, heads=list(reading.heads) if linked else [], blocked=reading.blocked)
        _read_from(later, data, at, country)
        if later.actor_id is not None or later.country is not None or (later.heads and later.heads[-1][2].strong):
            if later.actor_id is not None and later.start == 0:
                continue
            return later
    return None


def _whole_alias(reading: Reading, data: Tables) -> bool:
    words = reading.words
    rest = tuple(word.folded for word in words[1:])
    for form in variants(words[0].folded):
        alias = data.aliases.phrases.get((form, *rest))
        if alias is not None and not (alias.actor_id.upper() in data.countries and "\u064b" in words[-1].original):
            reading.actor_id, reading.alias, reading.first = alias.actor_id, alias, form
            reading.start, reading.end = 0, len(words)
            return True
    return False


def _named_in_context(reading: Reading, data: Tables, at: int, country: str | None, whole: bool = False) -> bool:
    """A name of context_names.tsv at `at`, for this country."""
    if country is None:
        return False
    words = reading.words
    longest = len(words) - at
    for size in (longest,) if whole else range(min(longest, 6), 0, -1):
        rest = tuple(word.folded for word in words[at + 1 : at + size])
        for form in variants(words[at].folded):
            found = data.context_names.get((form, *rest), {}).get(country)
            if found is not None and found.actor_id is not None:
                reading.actor_id, reading.by_context, reading.first = found.actor_id, found, form
                reading.start, reading.end = at, at + size
                return True
    return False


def names_by_country(words: Sequence[MentionWord]) -> bool:
    """Whether `words` hold a name that means something in some countries only: else the country does not count for their reading."""
    names = tables().context_names
    for at in range(len(words)):
        rest = tuple(word.folded for word in words[at + 1 :])
        forms = variants(words[at].folded)
        if any((form, *rest[:size]) in names for size in range(len(rest) + 1) for form in forms):
            return True
    return False


def _step(reading: Reading, data: Tables, at: int, country: str | None) -> int:
    """Read what stands at word `at`; the number of words read, 0 to stop."""
    words = reading.words
    word = words[at].folded
    if at and (reading.heads or reading.country) and _is_coordinated(data, words, at):
        # Coordination: the mention names a second actor; the first one counts.
        reading.second = True
        return 0
    if any(form in data.blocks for form in cores(word)) and not reading.heads and at + 1 < len(words):
        reading.blocked = True
    head = match_at(data.heads, words, at, articles=False)
    named = match_at(data.aliases, words, at, articles=True)
    if named is not None and not named[1].whole and (head is None or len(named[0]) >= len(head[0])):
        alias = named[1]
        if alias.actor_id.upper() in data.countries:
            return _take_country(reading, data, at, named[0], alias, named[2])
        reading.actor_id, reading.alias, reading.first = alias.actor_id, alias, named[2]
        reading.start, reading.end = at, at + len(named[0])
        return 0
    if _named_in_context(reading, data, at, country) and (head is None or reading.end - reading.start >= len(head[0])):
        return 0
    reading.actor_id, reading.by_context = None, None
    modifier = next((data.modifiers[form] for form in cores(word) if form in data.modifiers), None)
    # After a preposition a noun follows (مجموعة من المسلحين), elsewhere an adjective (عناصر مسلحين).
    after_link = at > 0 and data.modifiers.get(core(words[at - 1].folded), ("", None))[0] == "link"
    if modifier is not None and reading.heads and (head is None or (len(head[0]) == 1 and not after_link)):
        return _take_modifier(reading, at, modifier)
    if head is not None:
        office = head[1].organ is not None and data.organs[head[1].organ].kind == "state"  # رئيس الحكومة is one office
        size = len(head[0]) if office else _head_size(data, words, at, len(head[0]))
        reading.heads.append((at, at + size, head[1]))
        reading.organ_hint = None
        if head[2] in data.label_heads:
            reading.hostile.append(at)
        return size
    adjective = match_at(data.adjectives, words, at, articles=False)
    if adjective is not None:
        target = adjective[1]
        if target not in data.countries:
            reading.actor_id, reading.first, reading.adjective = target, words[at].folded, True
            reading.start, reading.end = at, at + 1
            return 0
        if reading.country is None:
            reading.country, reading.country_word = target, " ".join(word.original for word in words[at : at + len(adjective[0])])
        if core(word).startswith("صه"):
            reading.hostile.append(at)
        return len(adjective[0])
    if modifier is not None or word.isdigit():
        return _take_modifier(reading, at, modifier or ("mod", None))
    city = match_at(data.cities, words, at, articles=True)
    if city is not None and reading.heads:
        reading.city = reading.city or city[1]
        return len(city[0])
    if not reading.heads:
        for form in owned(word):
            found = data.heads.phrases.get((form,))
            if found is not None:
                reading.heads.append((at, at + 1, Head(found.role, None, False, found.kind)))
                return 1
    reading.unknown = list(range(at, len(words)))
    return 0


def _head_size(data: Tables, words: Sequence[MentionWord], at: int, size: int) -> int:
    """The words of a head phrase, less those that start a longer name (رئيس | حزب القوات اللبنانية)."""
    for inner in range(1, size):
        named = match_at(data.aliases, words, at + inner, articles=True)
        if named is not None and not named[1].whole and len(named[0]) > size - inner:
            return inner
    return size


def _take_country(reading: Reading, data: Tables, at: int, phrase: tuple[str, ...], alias: Alias, form: str) -> int:
    """A state's name: the actor where the mention starts with it, the country of what stands before it otherwise."""
    if not reading.heads:
        if at or "\u064b" in reading.words[at].original:  # `ولاية صنعاء` is a place; `إثيوبيا` with tanwin an adjective
            reading.city = alias.actor_id.upper()
            return len(phrase)
        reading.actor_id, reading.alias, reading.first = alias.actor_id, alias, form
        reading.start, reading.end = at, at + len(phrase)
        return 0
    last = reading.heads[-1][2]
    # In `قوات الأمن في العراق` the place tells whose they are; in `قوات في العراق` it does not.
    inside = reading.words[at - 1].folded in ("في", "داخل") or reading.words[at].folded[0] == "ب"
    if reading.country is None and (last.strong or not inside):
        code = alias.actor_id.upper()
        reading.country, reading.country_word = code, " ".join(word.original for word in reading.words[at : at + len(phrase)])
    if alias.label:
        reading.hostile.append(at)
    return len(phrase)


def _take_modifier(reading: Reading, at: int, modifier: tuple[str, str | None]) -> int:
    kind, organ = modifier
    if kind == "hostile":
        reading.hostile.append(at)
    if kind == "former":
        reading.former = True
    if organ is not None:
        reading.organ_hint = reading.organ_hint or organ
    return 1


def _is_coordinated(data: Tables, words: Sequence[MentionWord], at: int) -> bool:
    """The word is و and a known word, and no known word that starts with و (وزارة, وحدات, وفا)."""
    word = words[at].folded
    if word[0] != "و" or len(word) < 3 or core(word) in data.modifiers:
        return False
    if any(index.candidates(word) for index in (data.aliases, data.heads, data.adjectives)):
        return False
    rest = (MentionWord(word[1:], words[at].original[1:]), *words[at + 1 :])
    return (
        match_at(data.heads, rest, 0, articles=False) is not None
        or match_at(data.aliases, rest, 0, articles=True) is not None
        or match_at(data.adjectives, rest, 0, articles=False) is not None
    )


def _trailing(reading: Reading, data: Tables) -> None:
    """Hostile adjectives after the name belong to the label; a complement that makes it another name rejects it."""
    if reading.end < len(reading.words) and not reading.adjective and _is_other_name(reading, data):
        reading.unknown = list(range(reading.end, len(reading.words)))
        reading.actor_id, reading.alias, reading.by_context = None, None, None
        return
    for at in range(reading.end, len(reading.words)):
        found = next((data.modifiers[form] for form in cores(reading.words[at].folded) if form in data.modifiers), None)
        if found is None or found[0] not in ("hostile", "mod", "former"):
            break
        if found[0] == "hostile":
            reading.hostile.append(at)


def _is_other_name(reading: Reading, data: Tables) -> bool:
    """The word after the name is another country's adjective (الحزب الإسلامي العراقي) or an unknown purpose (... لتحرير الشعب)."""
    if reading.actor_id is None or reading.actor_id not in data.actors:
        return False  # an ordinary organ
    row = data.actors[reading.actor_id]
    words, at = reading.words, reading.end
    if row.kind not in ("non-state", "political", "coalition", "intergovernmental"):
        return False
    if row.country is None:
        return _is_purpose(data, words, at)
    adjective = match_at(data.adjectives, words, at, articles=False)
    if adjective is not None and adjective[1] in data.countries and adjective[1] != row.country:
        return True
    return _is_purpose(data, words, at) and reading.end - reading.start > 1


def _is_purpose(data: Tables, words: Sequence[MentionWord], at: int) -> bool:
    word = words[at].folded
    if len(word) < 4 or word[0] != "ل" or word in ("ليبيا", "لبنان", "لندن"):
        return False
    known_head = match_at(data.heads, words, at, articles=False)
    adjective = match_at(data.adjectives, words, at, articles=False)
    alias = match_at(data.aliases, words, at, articles=True)
    city = match_at(data.cities, words, at, articles=True)
    return known_head is None and adjective is None and alias is None and city is None


def label_of(reading: Reading) -> str | None:
    """The words that make the mention partisan, in the text's spelling without leading clitics; None where it is neutral."""
    hostile_name = (reading.alias is not None and reading.alias.label) or (reading.by_context is not None and reading.by_context.label)
    if not hostile_name and not reading.hostile:
        return None
    if reading.actor_id is None:
        start, end = 0, len(reading.words) - len(reading.unknown)
        first = _first_head_form(reading)
    else:
        start, end, first = reading.start, reading.end, reading.first
        before = [at for at in reading.hostile if at < start]
        if before and before[-1] == start - 1:
            start = before[-1]
            first = _first_head_form(reading) if start == 0 else reading.words[start].folded
        elif before and not hostile_name and not any(at >= end for at in reading.hostile):
            return None  # the hostile word belongs to somebody named before
        end = max([end, *(at + 1 for at in reading.hostile)])
    parts = [without_clitics(reading.words[start], first)] + [word.original for word in reading.words[start + 1 : end]]
    return " ".join(parts)


def _first_head_form(reading: Reading) -> str:
    """The first word without clitics but with its article."""
    word = reading.words[0].folded
    data = tables()
    for form in variants(word):
        if (core(form),) in data.heads.phrases or core(form) in data.label_heads:
            return form
    return word
