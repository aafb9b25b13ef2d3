"""The actor tables of `rasid/data/actors`, read once and indexed by their first word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Generic, TypeVar

from rasid.actors.words import core, folded_words, quick_fold

T = TypeVar("T")
Phrase = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ActorRow:
    """A row of actors.tsv, or a state of countries.tsv."""

    actor_id: str
    name: str
    name_en: str
    kind: str
    country: str | None
    parent: str | None
    active: str | None
    aliases: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Country:
    """A row of countries.tsv; adjectives are masculine singular without article."""

    code: str
    alpha3: str
    name: str
    name_en: str
    adjective_en: str
    adjectives: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Organ:
    """A row of organs.tsv."""

    kind: str
    name: str
    name_en: str


@dataclass(frozen=True, slots=True)
class Alias:
    """A name in the index: whose it is, whether it is the main name, a hostile label, or valid only as the whole mention."""

    actor_id: str
    main: bool
    label: bool
    whole: bool


@dataclass(frozen=True, slots=True)
class Head:
    """A head noun of heads.tsv."""

    role: str
    organ: str | None
    strong: bool
    kind: str


@dataclass(frozen=True, slots=True)
class ContextName:
    """A phrase of context_names.tsv in one country."""

    actor_id: str | None
    precision: str
    label: bool


class Index(Generic[T]):
    """Phrases by their first word, the longest first."""

    def __init__(self, entries: Iterable[tuple[Phrase, T]]):
        self.phrases: dict[Phrase, T] = {}
        for phrase, value in entries:
            self.phrases.setdefault(phrase, value)
        self._by_first: dict[str, list[Phrase]] = {}
        for phrase in self.phrases:
            self._by_first.setdefault(phrase[0], []).append(phrase)
        for found in self._by_first.values():
            found.sort(key=len, reverse=True)

    def candidates(self, first: str) -> Iterable[Phrase]:
        """The phrases that start with this word."""
        return self._by_first.get(first, ())


@dataclass(frozen=True)
class Tables:
    """All tables, folded and indexed."""

    actors: Mapping[str, ActorRow]
    countries: Mapping[str, Country]
    alpha3: Mapping[str, str]
    organs: Mapping[str, Organ]
    aliases: Index[Alias]
    heads: Index[Head]
    adjectives: Index[str]  # alpha-2 code, or an actor id
    cities: Index[str]
    context_names: Mapping[Phrase, Mapping[str, ContextName]]
    modifiers: Mapping[str, tuple[str, str | None]]
    label_heads: frozenset[str]
    blocks: frozenset[str]
    victims: Mapping[str, tuple[str, str | None]]


def _rows(name: str) -> Iterator[tuple[list[str], list[str]]]:
    """The cells of each row as written and folded."""
    text = (files("rasid") / "data" / "actors" / f"{name}.tsv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    for line, folded in zip(lines, quick_fold("\n".join(lines)).split("\n"), strict=True):
        yield line.split("\t"), folded.split("\t")


def _values(cell: str) -> tuple[str, ...]:
    return () if cell == "-" else tuple(cell.split("|"))


def _optional(cell: str) -> str | None:
    return None if cell == "-" else cell


@lru_cache(maxsize=1)
def tables() -> Tables:
    """Read and index the tables (some 30 ms, once)."""
    actors: dict[str, ActorRow] = {}
    aliases: list[tuple[Phrase, Alias]] = []
    for raw, folded in _rows("actors"):
        row = ActorRow(
            raw[0],
            raw[1],
            raw[2],
            raw[3],
            _optional(raw[4]),
            _optional(raw[5]),
            _optional(raw[6]),
            _values(raw[7].replace("=", "")),
            _values(raw[8]),
        )
        actors[row.actor_id] = row
        aliases += _alias_entries(row.actor_id, folded[1], _values(folded[7]), _values(folded[8]))
    countries: dict[str, Country] = {}
    adjectives: list[tuple[Phrase, str]] = []
    cities: list[tuple[Phrase, str]] = []
    for raw, folded in _rows("countries"):
        code = raw[0]
        countries[code] = Country(code, raw[1], raw[2], raw[3], raw[4], _values(raw[5]))
        adjectives += _adjective_forms(_values(folded[5]), _values(folded[6]), code)
        names = _values(folded[7]) + _values(folded[8])
        listed = actors.get(code.lower())
        own = _values(raw[7]) + _values(raw[8])
        labels = listed.labels if listed else ()
        actors[code.lower()] = ActorRow(code.lower(), raw[2], raw[3], "state", code, None, None, own, labels)
        aliases += _alias_entries(code.lower(), folded[2], names, ())
        cities += [(folded_words(name), code) for name in _values(folded[8]) + _values(folded[9])]
    for raw, folded in _rows("adjectives"):
        adjectives += _adjective_forms((folded[1],), _values(folded[2]), raw[0])
    modifiers: dict[str, tuple[str, str | None]] = {}
    special: dict[str, set[str]] = {"hosthead": set(), "block": set()}
    for raw, _ in _rows("modifiers"):
        for form in raw[2].split("|"):
            if raw[0] in special:
                special[raw[0]].add(core(form))
            else:
                modifiers.setdefault(core(form), (raw[0], _optional(raw[1])))
    context_names: dict[Phrase, dict[str, ContextName]] = {}
    for raw, folded in _rows("context_names"):
        context_names.setdefault(folded_words(folded[0]), {})[raw[1]] = ContextName(_optional(raw[2]), raw[3], raw[4] == "1")
    heads = [
        (tuple(core(word) for word in form.split()), Head(raw[0], _optional(raw[1]), raw[2] == "strong", raw[3]))
        for raw, _ in _rows("heads")
        for form in raw[4].split("|")
    ]
    return Tables(
        actors=actors,
        countries=countries,
        alpha3={country.alpha3: code for code, country in countries.items()},
        organs={raw[0]: Organ(raw[1], raw[2], raw[3]) for raw, _ in _rows("organs")},
        aliases=Index(aliases),
        heads=Index(heads),
        adjectives=Index(adjectives),
        cities=Index(cities),
        context_names=context_names,
        modifiers=modifiers,
        label_heads=frozenset(special["hosthead"]),
        blocks=frozenset(special["block"]),
        victims={form: (raw[0], _optional(raw[1])) for raw, _ in _rows("victims") for form in raw[2].split()},
    )


def _alias_entries(actor_id: str, name: str, others: tuple[str, ...], labels: tuple[str, ...]) -> Iterator[tuple[Phrase, Alias]]:
    yield folded_words(name), Alias(actor_id, True, False, False)
    for alias in others:
        yield folded_words(alias), Alias(actor_id, False, False, alias.startswith("="))
    for label in labels:
        yield folded_words(label), Alias(actor_id, False, True, label.startswith("="))


def _adjective_forms(adjectives: tuple[str, ...], plurals: tuple[str, ...], target: str) -> Iterator[tuple[Phrase, str]]:
    """All forms without article: روسي روسيا روسيه روسيين روسيون روسيان روسيتان روسيتين روسيات."""
    for adjective in adjectives:
        words = folded_words(adjective)
        for suffix in ("", "ا", "ه", "ين", "ون", "ان", "تان", "تين", "ات"):
            form = tuple(word + suffix if word.endswith("ي") else word for word in words)
            yield form, target
            yield tuple(core(word) for word in form), target  # ألماني loses what looks like an article
    for plural in plurals:
        yield folded_words(plural), target
        yield tuple(core(word) for word in folded_words(plural)), target
