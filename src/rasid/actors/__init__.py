"""Resolve an actor mention to a known actor, its kind and country, with the reason; public entry `resolve_actor`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz, process

from rasid.actors.context import country_of_context, longer_name, make_context
from rasid.actors.parse import Reading, label_of, names_by_country, read_mention
from rasid.actors.tables import ActorRow, Head, tables
from rasid.actors.values import KINDS, PRECISIONS, ActorContext, ActorValue
from rasid.actors.victims import classify_victims
from rasid.actors.words import MentionWord, core, cores, folded_words, quick_fold, split_mention, variants

__all__ = ["KINDS", "PRECISIONS", "ActorContext", "ActorValue", "resolve_actor"]

MISSPELLING = 92.0
"""Least `rapidfuzz.fuzz.ratio` (0 to 100) at which an unknown mention is read as a misspelt name."""
SHORTEST_MISSPELLING = 8
"""Shorter mentions are never read as misspelt: one letter of them makes another name (قسد, القسام)."""


@dataclass(frozen=True, slots=True)
class _Known:
    """A context with what its mentions resolve to."""

    actors: tuple[ActorValue, ...]
    mentions: tuple[str, ...]
    country: str | None
    why: str


def resolve_actor(text: str, context: ActorContext | str | None = None) -> ActorValue | None:
    """Resolve a mention of an actor.

    Args:
        text: the mention, as in the report; clitics (و, ف, ب, ل, ك) before it are allowed.
        context: what else the document says, or a string of other mentions separated by commas.

    Returns:
        The value, or None where the text holds no word. Where no organised actor is named, or nothing decides which, `actor_id` is None
        and `kind` says what class of people it is. The names and rules are those of the tables in `rasid/data/actors`.
    """
    return _resolve(text, make_context(context))


@lru_cache(maxsize=32768)
def _resolve(text: str, context: ActorContext) -> ActorValue | None:
    known = _known(context)
    read = _read(text, known.country)
    if read is None:
        return None
    reading, firm = read
    return _named(reading, known) or firm or _shortened(reading, known) or _organ_in_context(reading, known) or _unnamed(reading)


@lru_cache(maxsize=8192)
def _read(text: str, country: str | None) -> tuple[Reading, ActorValue | None] | None:
    """A mention read, and the value that its own words give beside a name; None where it holds no word.

    Of the context only its `country` counts, so that a mention that comes again beside others is not read again.
    """
    words = split_mention(text)
    if not any(word.folded[0].isalpha() for word in words):
        return None
    while words[0].folded.isdigit() and len(words) > 1:
        words = words[1:]
    if country is not None and not names_by_country(words):
        return _read(text, None)
    reading = read_mention(words, country)
    return reading, None if reading.actor_id is not None else _organ(reading) or _misspelt(reading)


@lru_cache(maxsize=32768)
def _alone(mention: str) -> ActorValue | None:
    """A mention without context."""
    return _resolve(mention, ActorContext())


@lru_cache(maxsize=4096)
def _known(context: ActorContext) -> _Known:
    pairs = [(mention, value) for mention in context.actors if (value := _alone(mention)) is not None]
    actors = tuple(value for _, value in pairs)
    country, why = country_of_context(context, actors)
    return _Known(actors, tuple(mention for mention, _ in pairs), country, why)


def _value(reading: Reading, row: ActorRow, precision: str, reason: str) -> ActorValue:
    if reading.second:
        reason += "; the mention goes on to name another actor"
    victim_class, group = classify_victims(reading.words, row.kind, named=True)
    return ActorValue(
        row.actor_id, row.name, row.name_en, row.kind, row.country, row.aliases, precision, label_of(reading), victim_class, group, reason
    )


def _unresolved(reading: Reading, kind: str, reason: str, country: str | None = None) -> ActorValue:
    victim_class, group = classify_victims(reading.words, kind, named=False)
    if kind == "unidentified" and victim_class is not None:
        if victim_class == "civilian":
            kind = "civilian"
        elif not _only_member(reading):
            kind = "militant"
    return ActorValue(None, None, None, kind, country, (), "generic", label_of(reading), victim_class, group, reason)


def _only_member(reading: Reading) -> bool:
    """`عنصر` alone: fighters in this kind of news, but of a side that may be a state."""
    return len(reading.heads) == 1 and len(reading.words) - len(reading.unknown) == 1


def _named(reading: Reading, known: _Known) -> ActorValue | None:
    """The mention holds a name, an adjective of a group, or a name that its country makes unambiguous."""
    if reading.actor_id is None:
        return None
    name = " ".join(word.original for word in reading.words[reading.start : reading.end])
    if reading.blocked:
        return _unresolved(reading, "person", f"people held by or related to {name}, not the actor itself")
    row = _row(reading.actor_id)
    if reading.by_context is not None:
        precision = reading.by_context.precision if reading.start == 0 else "head"
        return _value(reading, row, precision, f"'{name}' in news of {known.country} ({known.why})")
    if reading.adjective:
        return _value(reading, row, "head" if reading.start else "alias", f"adjective '{name}'")
    if reading.start:
        return _value(reading, row, "head", f"'{name}' after the head '{reading.words[0].original}'")
    if reading.whole and reading.alias is not None and reading.alias.main:
        return _value(reading, row, "exact", "its name")
    return _value(reading, row, "alias", f"its name '{name}'")


def _last_head(reading: Reading) -> Head | None:
    """The head that counts: the last one with an organ or class, with the organ that an adjective adds (مصدر أمني)."""
    if not reading.heads:
        return None
    heads = [head for _, _, head in reading.heads]
    heads = [head for head in heads if head.role != "title"] or heads  # the rank before a name says nothing of the side
    head = next((head for head in reversed(heads) if head.organ or head.kind != "unidentified"), heads[-1])
    hint = reading.organ_hint
    open_roles = ("official", "source", "organ") if head.organ else ("official", "source", "organ", "people")
    if hint and not head.strong and head.role in open_roles:
        kind = head.kind if head.role in ("official", "source") else tables().organs[hint].kind
        return Head(head.role, hint, False, kind)
    return head


def _organ(reading: Reading) -> ActorValue | None:
    """An organ of a state or its people, with the state's name or adjective: قوات روسية, جنديا سوريا, شرطة كابل."""
    head = _last_head(reading)
    if head is None or head.organ is None or reading.blocked:
        return None
    if reading.former and head.organ in ("president", "pm", *(organ for organ in tables().organs if organ.startswith("mo"))):
        return None  # out of office: a person
    country, word = reading.country, reading.country_word
    if country is None and head.strong:
        country, word = reading.city, "its place"
    if country is None:
        return None
    reason = f"head '{reading.words[0].original}' with '{word}': {head.organ} of {country}"
    return _value(reading, organ_row(head.organ, country), "head", reason)


def _row(actor_id: str) -> ActorRow:
    """A listed actor, or the ordinary organ that the id `<country>-<organ>` means."""
    listed = tables().actors.get(actor_id)
    if listed is not None:
        return listed
    country, _, organ = actor_id.partition("-")
    return organ_row(organ, country.upper())


@lru_cache(maxsize=4096)
def organ_row(organ: str, country: str) -> ActorRow:
    """The organ of a country: the listed actor, or one made from organs.tsv and countries.tsv."""
    data = tables()
    listed = data.actors.get(f"{country.lower()}-{organ}")
    if listed is not None:
        return listed
    state, model = data.countries[country], data.organs[organ]
    adjective = (state.adjectives or (state.name,))[0].split()
    masculine = " ".join("ال" + word for word in adjective)
    feminine = " ".join("ال" + word + "ة" for word in adjective)
    name = model.name.replace("%m", masculine).replace("%f", feminine)
    # A listed actor with this very name under another id (المخابرات التركية is tr-mit) is the same one.
    alias = data.aliases.phrases.get(folded_words(quick_fold(name)))
    if alias is not None:
        return data.actors[alias.actor_id]
    name_en = model.name_en.replace("%c", state.name_en).replace("%d", state.adjective_en)
    return ActorRow(f"{country.lower()}-{organ}", name, name_en, model.kind, country, country.lower(), None, (), ())


def _misspelt(reading: Reading) -> ActorValue | None:
    """A misspelt name: near one listed name, and differing from it only in words that no table knows."""
    if not reading.unknown or reading.blocked:
        return None
    words = [word.folded for word in reading.words]
    for form in variants(words[0]):
        text = " ".join([form, *words[1:]])
        if len(text) < SHORTEST_MISSPELLING:
            continue
        found = process.extractOne(text, _similar((form, *words[1:])), scorer=fuzz.ratio, score_cutoff=MISSPELLING)
        if found is None:
            continue
        name, score, _ = found
        theirs = tuple(name.split())
        odd = [word for word in text.split() if word not in theirs]
        if not any(word in _vocabulary() or core(word) in _vocabulary() for word in odd):
            alias = tables().aliases.phrases[theirs]
            return _value(reading, tables().actors[alias.actor_id], "alias", f"misspelling of '{name}' (similarity {score:.0f} of 100)")
    return None


def _similar(words: tuple[str, ...]) -> list[str]:
    """The names worth comparing: as many words, and the same first or last one where there are several."""
    index = _names()
    if len(words) == 1:
        return index.get((1, ""), [])
    return index.get((len(words), words[0]), []) + index.get((-len(words), words[-1]), [])


@lru_cache(maxsize=1)
def _names() -> dict[tuple[int, str], list[str]]:
    """Names by their number of words and first word, and (negative) by number and last word."""
    index: dict[tuple[int, str], list[str]] = {}
    for phrase in tables().aliases.phrases:
        name, size = " ".join(phrase), len(phrase)
        if len(name) >= SHORTEST_MISSPELLING:
            for key in [(1, "")] if size == 1 else [(size, phrase[0]), (-size, phrase[-1])]:
                index.setdefault(key, []).append(name)
    return index


@lru_cache(maxsize=1)
def _vocabulary() -> frozenset[str]:
    data = tables()
    phrases = (*data.aliases.phrases, *data.adjectives.phrases, *data.heads.phrases, *data.cities.phrases)
    return frozenset(word for phrase in phrases for word in phrase) | data.modifiers.keys()


def _shortened(reading: Reading, known: _Known) -> ActorValue | None:
    """A shortened name whose longer form stands earlier in the document: المرصد, التنظيم."""
    if reading.unknown or reading.country or reading.blocked or not reading.heads:
        return None
    start, _, head = reading.heads[-1]
    if head.role != "short":
        return None
    for short in cores(reading.words[start].folded):
        found = longer_name(short, known.actors, known.mentions)
        if found is None:
            continue
        actor, mention = found
        row = tables().actors.get(actor.actor_id or "")
        if row is None:
            break
        precision = "head" if start else "alias"
        return _value(reading, row, precision, f"'{reading.words[start].original}' short for '{mention}' named in the document")
    return None


def _organ_in_context(reading: Reading, known: _Known) -> ActorValue | None:
    """An organ without nationality: الجيش, وزارة الصحة, القوات الحكومية."""
    head = _last_head(reading)
    if head is None or head.organ is None or not head.strong or reading.blocked or reading.former:
        return None
    start, after, _ = reading.heads[-1]
    if reading.unknown and core(reading.words[start].folded).startswith("وزير"):
        return None  # a minister by name may be another country's
    if after in reading.unknown and reading.words[after].folded.startswith("ال"):
        return None  # an unknown adjective may name another side
    organ = head.organ
    same = {actor.actor_id: actor for actor in known.actors if actor.country and actor.actor_id == organ_row(organ, actor.country).actor_id}
    if len(same) == 1:
        actor = next(iter(same.values()))
        if actor.country is not None:
            return _value(reading, organ_row(head.organ, actor.country), "generic", f"{head.organ} as '{actor.name}' named in the document")
    if known.country is None:
        return _unresolved(reading, head.kind, f"{head.organ} of a country not named; {known.why}")
    return _value(reading, organ_row(head.organ, known.country), "generic", f"{head.organ} without nationality: {known.why}")


def _unnamed(reading: Reading) -> ActorValue:
    """No organised actor: the class of the head noun, a nationality, or a personal name."""
    country = reading.country
    head = _last_head(reading)
    if head is not None:
        if reading.former and head.role == "organ":
            return _unresolved(reading, "person", "a former office holder: no organised actor", country)
        named = reading.unknown and all(found.role in ("official", "title") for _, _, found in reading.heads)
        if named or (head.role == "title"):
            return _unresolved(reading, "person", "a title with a personal name: no organised actor named", country)
        reason = f"head '{reading.words[reading.heads[0][0]].original}' names a class of actors, no organised one"
        return _unresolved(reading, head.kind, reason if country is None else f"{reason}; nationality {country}", country)
    if country is not None:
        return _unresolved(reading, "person", f"people by nationality: '{reading.country_word}'", country)
    if reading.unknown and _looks_personal(reading.words):
        return _unresolved(reading, "person", "no actor, class or nationality known in it: read as a personal name")
    return _unresolved(reading, "unidentified", "no actor, class or nationality known in it")


def _looks_personal(words: tuple[MentionWord, ...]) -> bool:
    """Names of persons: several words, or one that is no plural and no noun with the article (save ...ي: الحريري)."""
    if len(words) > 1:
        return True
    word = words[0].folded
    if word.startswith(("ال", "وال", "بال", "لل")):
        return word.endswith("ي")
    return not word.endswith(("ون", "ين", "ات", "ه", "ها", "هم", "نا"))
