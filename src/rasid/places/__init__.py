"""Resolve a place mention to a place of the gazetteer, with its precision, the reason, and the candidates where the words leave it open.

Order of the rules: the mention's words are read (`places.text`); its name is looked up folded as it is, then with and without the
article, then by likeness (`rapidfuzz` ratio of at least 92, names of five letters and more); a type noun says which kind of place is
meant; homonyms are told apart by the document's other places, the report's country and importance (`places.choice`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache

from rasid.lexicon import rows
from rasid.places.choice import MIN_TOWN_WEIGHT, NEAR_KM, SAME_PLACE_KM, Evidence, choose, count, distance_km
from rasid.places.gazetteer import GEONAMES_CREDIT, Entry, find, kinds, place_key, similar_keys
from rasid.places.records import PRECISION, PlaceContext, PlaceValue, acled_precision
from rasid.places.text import Mention, Name, TypeNoun, alpha2, generic, nationality, read_mention

__all__ = ["GEONAMES_CREDIT", "PRECISION", "PlaceContext", "PlaceValue", "acled_precision", "resolve_place"]

_MAX_CANDIDATES = 8
_COMPASS = ("north", "south", "centre", "east", "west")
# A facility whose own name is not known is placed by the town it is called after, near it; a street or a mosque is not.
_CALLED_AFTER_TOWN = frozenset({"airport", "base", "port", "crossing", "dam", "camp"})


def resolve_place(text: str, context: PlaceContext | str | None = None) -> PlaceValue | None:
    """The place that a mention names, or None where it names none.

    `text` is the mention as it stands (`بمحافظة إدلب`). `context` is a `PlaceContext`, or a str: other places of the document,
    separated by commas. Where homonyms cannot be told apart the value has null coordinates, the reason, and the candidates. Raises
    nothing for any text.
    """
    if not isinstance(context, PlaceContext):
        context = PlaceContext(tuple(part.strip() for part in re.split("[,،;]", context) if part.strip()) if context else ())
    evidence = _evidence(context)
    mention = read_mention(text)
    inherited = _inherited(mention, context)
    if inherited:
        mention = replace(mention, types=(inherited,), names=tuple(replace(name, types=(inherited,)) for name in mention.names))
    value = _whole(mention, evidence) if not inherited else None
    if value is None and any(noun.relation == "border" for noun in mention.types):
        return _border(mention, evidence)
    if mention.adjectives:
        evidence = replace(evidence, country=mention.adjectives[-1], countries=count(mention.adjectives))
    value = value or _named(mention, evidence)
    if value is None and mention.rest and (mention.types or not mention.names):
        value = resolve_place(mention.rest, context)
    return value if value is not None and _stands(value, mention, evidence) else _in_only_town(mention, context) or value


def _stands(value: PlaceValue, mention: Mention, evidence: Evidence) -> bool:
    """Whether a value needs no other reading: it has a point, and is no quarter of an everyday name far from every place of the context."""
    if value.lat is None or value.lon is None:
        return False
    near = any(distance_km(value.lat, value.lon, *point) <= NEAR_KM for point in evidence.points)
    return near or not _everyday(value, mention)


def _everyday(value: PlaceValue, mention: Mention) -> bool:
    """Whether it is a quarter or site called by an ordinary word (حي السلام), of which every town may have one."""
    return value.kind in ("quarter", "site", "street") and any(generic(place_key(name.text)) for name in mention.names)


def _in_only_town(mention: Mention, context: PlaceContext) -> PlaceValue | None:
    """A quarter, street or building that the gazetteer lacks, placed near the one town that the document names (precision 2).

    Coders of UCDP and ACLED do the same. With two towns more than 25 km apart, or none, it stays unplaced.
    """
    noun = mention.types[-1] if mention.types else None
    if (
        noun is None
        or noun.wants[0] not in ("quarter", "site")
        or not any(generic(place_key(name.text)) != "never" for name in mention.names)
    ):
        return None
    values = [value for place in context.places if (value := _alone(place))]
    towns = [value for value in values if value.kind in ("city", "town") and value.precision in (1, 2)]
    if not towns or towns[0].lat is None or towns[0].lon is None:
        return None
    for town in towns:
        if town.lat is None or town.lon is None or distance_km(towns[0].lat, towns[0].lon, town.lat, town.lon) > SAME_PLACE_KM:
            return None
    town, written = towns[0], _without_marks(mention.written)
    reason = f"not in the gazetteer; placed by {town.name}, the only town that the document names"
    return replace(town, name=written, name_en=f"near {town.name_en}", kind=noun.kind, precision=2, gazetteer_id=None, reason=reason)


def _whole(mention: Mention, evidence: Evidence) -> PlaceValue | None:
    """The place whose name is the whole mention, its type nouns included (ريف دمشق, مخيم جنين, شمال سيناء, مدينة الصدر)."""
    if not mention.types:
        return None
    first = mention.types[0]
    for reading in mention.whole:
        key = place_key(reading)
        pool = find(key)
        if first.wants[0] == "division":
            pool = _of(pool, ("division", "country", "area") if "area" in first.wants else ("division", "country"))
        elif first.relation in ("direction", "rural", "in", "near"):
            pool = _of(pool, ("country", "division", "area", "quarter", "district"))
        fits = [fitting for group in first.wants if group != "*" and (fitting := _of(pool, (group,)))] or [pool]
        pool = next((fitting for fitting in fits if any(evidence.knows(entry.country) for entry in fitting)), fits[0])
        if pool and _may_name(key, pool, evidence):
            entry, reason = choose(pool, evidence)
            town = entry is not None and kinds()[entry.kind].group == "settlement"
            if entry is not None and town and not evidence.empty and not evidence.knows(entry.country):
                continue  # مدينة زنجبار is also a spelling of Zanzibar
            if entry is not None:
                return _plain(entry, reason)
            if len(pool) > 1:
                return _undecided(reason, pool)
    return None


def _may_name(key: str, pool: tuple[Entry, ...], evidence: Evidence, asked: bool = False) -> bool:
    """Whether a word may name a place here: an ordinary word does so only where the context, or a type noun (`asked`), says so."""
    rule = generic(key)
    return rule is None or (rule == "context" and (asked or any(evidence.knows(entry.country) for entry in pool)))


def _named(mention: Mention, evidence: Evidence) -> PlaceValue | None:
    """The place that the mention's name names, as its type nouns and directions qualify it."""
    undecided: PlaceValue | None = None
    # Likeness is tried last: بالعريش is بـ + العريش before it is a misspelling of it.
    for name, loosely in [(name, loosely) for loosely in (False, True) for name in mention.names]:
        noun = name.types[-1] if name.types else None
        key = place_key(name.text)
        if noun is None and nationality(name.text):
            continue
        for pool, how in _lookups(key, noun, evidence, loosely):
            fitting, forced = _fit(_not_only_called(pool, key, noun), noun, evidence)
            if not fitting or not _may_name(key, fitting, evidence, bool(forced and noun and "*" not in noun.wants)):
                continue
            entry, reason = choose(fitting, evidence, division=_division(mention, noun, key, evidence))
            reason = "; ".join(part for part in (how, reason) if part)
            if entry is not None:
                return _qualify(entry, mention, name, forced, reason)
            undecided = undecided or _undecided(reason, fitting)
    return undecided


def _lookups(key: str, noun: TypeNoun | None, evidence: Evidence, loosely: bool) -> Iterable[tuple[tuple[Entry, ...], str]]:
    """Candidates for a key by ever looser ways of looking, each with a note on the way (empty for an exact match)."""
    exact = find(key)
    bare = key[2:] if key.startswith("ال") else "ال" + key
    other = find(bare) if len(key) > 3 else ()
    if not loosely:
        yield from _spelt(exact, () if noun and noun.wants[0] == "division" and _of(exact, ("division",)) else other, evidence)
    elif not exact and not other:
        for near in similar_keys(key):
            pool = tuple(
                entry for entry in find(near) if _plausible(entry, evidence) and (noun or not evidence.empty or entry.weight >= 5_000)
            )
            yield pool, f"a spelling of {pool[0].name if pool else near}"


def _spelt(exact: tuple[Entry, ...], other: tuple[Entry, ...], evidence: Evidence) -> Iterable[tuple[tuple[Entry, ...], str]]:
    """The candidates of the name as it stands, and those of the name with or without the article, the better first."""
    note = "spelt with or without the article"
    loose = tuple(entry for entry in other if _plausible(entry, evidence))
    known = [pool for pool in (exact, other) if any(evidence.knows(entry.country) for entry in pool)]
    if exact and known and known[0] is other:
        # A homonym abroad does not hide a place of the report's own country that is written with, or without, the article.
        return iter(((loose, note), (exact, "")))
    return iter(pair for pair in ((exact, ""), (loose, note)) if pair[0])


def _plausible(entry: Entry, evidence: Evidence) -> bool:
    """Whether an entry whose spelling differs may be meant: in the countries of the context, or itself a country."""
    return evidence.empty or evidence.knows(entry.country) or entry.country is None or entry.kind == "country"


def _fit(pool: tuple[Entry, ...], noun: TypeNoun | None, evidence: Evidence) -> tuple[tuple[Entry, ...], bool]:
    """The candidates of the kind that the type noun asks for, and whether there were any; all, where it asks for none."""
    if noun is None or noun.relation in ("direction", "near", "in") or noun.wants == ("*",):
        return pool, False
    if noun.form.endswith("عاصمه") and (capitals := tuple(entry for entry in pool if _is_capital(entry))):
        return capitals, True
    fitting = [found for group in noun.wants if (found := _of(pool, (group,)))]
    here = [found for found in fitting if any(evidence.knows(entry.country) for entry in found)]
    abroad = evidence.empty or noun.wants[0] not in ("quarter", "site")
    if here or (fitting and abroad):
        return (here or fitting)[0], True
    if fitting:
        named = tuple(entry for entry in fitting[0] if kinds()[entry.kind].group in ("quarter", "site"))
        return named, bool(named)
    towns = _of(pool, ("settlement", "quarter"))
    if noun.kind in _CALLED_AFTER_TOWN:
        return tuple(entry for entry in towns if evidence.empty or evidence.knows(entry.country)), False
    if noun.wants[0] == "division":
        return towns or pool, False
    return (pool if noun.wants[0] in ("settlement", "district", "area") else ()), False


def _not_only_called(pool: tuple[Entry, ...], key: str, noun: TypeNoun | None) -> tuple[Entry, ...]:
    """The candidates without those that a site cannot be called after: مستشفى الثورة is in no village الثورة, سجن أبو غريب in the town."""
    if noun is None or noun.relation != "at":
        return pool
    named = generic(key) is None
    return tuple(entry for entry in pool if kinds()[entry.kind].group != "settlement" or (named and entry.weight >= MIN_TOWN_WEIGHT))


def _is_capital(entry: Entry) -> bool:
    """Whether the gazetteer knows the town as `عاصمة` + its country."""
    return bool(entry.country) and any(
        capital.gazetteer_id == entry.gazetteer_id for capital in find(place_key("عاصمة" + _country(entry.country or "").name))
    )


def _division(mention: Mention, noun: TypeNoun | None, key: str, evidence: Evidence) -> bool | None:
    if noun and "division" in noun.wants and noun.relation in ("is", "rural"):
        return True
    if noun and noun.wants[0] == "settlement":
        return False
    if len(mention.directions) > 1 and any(n.relation == "direction" for n in mention.types):
        return True
    return True if key in evidence.division_keys else None


def _qualify(entry: Entry, mention: Mention, name: Name, forced: bool, reason: str) -> PlaceValue:
    """The value of a place as the words before and after it narrow or widen it."""
    kind, written = kinds()[entry.kind], _without_marks(mention.written)
    noun = name.types[-1] if name.types else None
    relations = {outer.relation for outer in name.types}
    where = "-".join(sorted({*mention.directions, *name.directions} & {*_COMPASS}, key=_COMPASS.index))
    if "rural" in relations:
        precision = kind.precision if kind.group in ("division", "country", "area") else 3
        name_en = f"countryside of {entry.name_en}" + (f" ({where})" if where else "")
        return _plain(entry, reason, name=written, name_en=name_en, kind="countryside", precision=precision)
    if where:
        precision = {"country": 5, "area": 5, "water": 5, "division": 4}.get(kind.group, 2)
        return _plain(
            entry, f"{reason}; a part of it", name=written, name_en=f"{where} of {entry.name_en}", kind="region", precision=precision
        )
    if "near" in relations:
        return _plain(entry, f"{reason}; near it", precision=max(2, kind.precision))
    if "in" in relations and kind.group == "country":
        return _plain(entry, f"{reason}; a part of it", name=written, name_en=f"inside {entry.name_en}", kind="region", precision=5)
    if noun is not None and kind.group == "settlement" and noun.wants[0] == "district":
        return _plain(entry, f"{reason}; the district by its seat", kind="district", precision=3)
    if noun is None or forced or noun.relation == "in":
        return _plain(entry, reason)
    if noun.wants[0] == "division":
        return _plain(entry, f"{reason}; the {noun.kind} by its seat", kind=noun.kind, precision=4)
    if noun.kind in _CALLED_AFTER_TOWN:
        return _plain(
            entry, f"{reason}; the {noun.kind} is placed by the town it is called after", name=written, kind=noun.kind, precision=2
        )
    return _plain(entry, reason)


def _without_marks(text: str) -> str:
    """A written name without vowel marks, tatweel and invisible characters, its letters unchanged."""
    return re.sub("[\u0640\u064b-\u0652\u0670\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff]", "", text)


def _border(mention: Mention, evidence: Evidence) -> PlaceValue | None:
    """A border, by the countries that its words name; where they name one, the context's country may be the other."""
    named = list(mention.adjectives)
    for word in " ".join([*(name.text for name in mention.names[:1]), mention.rest or ""]).split():
        contribution = None if read_mention(word).types else _contribution(word)
        code = nationality(word) or (contribution[0] if contribution else None)
        named += [code] if code else []
    named = list(dict.fromkeys(named))
    if not named:
        return None
    others = [code for code in (evidence.country, *(code for code, _ in evidence.countries)) if code and code not in named]
    pairs = [(named[0], other) for other in (named[1:] or others)]
    for pair in pairs:
        if point := _borders().get(frozenset(pair)):
            english = " and ".join(sorted(_country(code).name_en for code in pair))
            said = "both countries are named" if len(named) > 1 else f"the context is of {pair[1]}"
            return PlaceValue(
                _without_marks(mention.written),
                f"border of {english}",
                *point,
                None,
                None,
                "border",
                5,
                f"border:{'-'.join(sorted(pair))}",
                f"a border: {said}",
            )
    entry = _country(named[0])
    return _plain(
        entry,
        "a border, of which only one country is known",
        name=_without_marks(mention.written),
        name_en=f"border of {entry.name_en}",
        kind="border",
        precision=5,
    )


def _inherited(mention: Mention, context: PlaceContext) -> TypeNoun | None:
    """The type noun that a name joined by و takes over from a dual or plural one before it (محافظتي حلب، وإدلب)."""
    if not mention.joined or mention.types:
        return None
    for place in (context.previous,) if context.previous is not None else reversed(context.places):
        noun = _last_is(read_mention(place))
        if noun and noun.number in ("du", "pl"):
            # The noun must fit the name, and where it may stand elsewhere in the document, fit it best.
            keys = [place_key(name.text) for name in mention.names]
            wants = noun.wants[:1] if context.previous is None else noun.wants
            if any(_of(find(key), wants) for key in keys):
                return noun
    return None


def _last_is(mention: Mention) -> TypeNoun | None:
    return mention.types[-1] if mention.types and mention.types[-1].relation in ("is", "rural") else None


@lru_cache(maxsize=4096)
def _evidence(context: PlaceContext) -> Evidence:
    """What the other places say, each read by itself: those that are homonyms across countries say nothing."""
    found = [contribution for place in context.places if (contribution := _contribution(place))]
    country = alpha2().get((context.country or "").upper())
    return Evidence(
        count(item[0] for item in found),
        frozenset((item[0], item[1]) for item in found if item[0] and item[1]),
        tuple((item[2], item[3]) for item in found if item[2] is not None and item[3] is not None),
        frozenset(_called_divisions(context.places)),
        country,
    )


@lru_cache(maxsize=16384)
def _alone(place: str) -> PlaceValue | None:
    """What a mention names by itself, if that is plain; None for others and for mere likenesses."""
    mention = read_mention(place)
    evidence = Evidence(count(mention.adjectives), country=mention.adjectives[-1] if mention.adjectives else None)
    value = _whole(mention, evidence) or _named(mention, evidence)
    return None if value is None or value.lat is None or value.reason.startswith("a spelling of") else value


@lru_cache(maxsize=16384)
def _contribution(place: str) -> tuple[str, str | None, float | None, float | None] | None:
    """Country, division and (where it is no larger) point of a mention that is plain by itself; None for others."""
    value = _alone(place)
    if value is None or value.country is None or _everyday(value, read_mention(place)):
        return None
    return (value.country, value.admin1, *((value.lat, value.lon) if (value.precision or 9) <= 4 else (None, None)))


def _called_divisions(places: Iterable[str]) -> Iterable[str]:
    """Keys of the names that the mentions call governorates, those carried on by و after محافظتي, محافظات included."""
    carried: TypeNoun | None = None
    for place in places:
        mention = read_mention(place)
        noun = _last_is(mention)
        if noun is None and not (carried and mention.joined):
            carried = None
            continue
        if noun is not None:
            carried = noun if noun.number in ("du", "pl") else None
        used = noun or carried
        if used and used.wants[0] == "division" and mention.names:
            yield from (place_key(name.text) for name in mention.names)


def _of(pool: tuple[Entry, ...], groups: Iterable[str]) -> tuple[Entry, ...]:
    wanted = tuple(groups)
    return pool if "*" in wanted else tuple(entry for entry in pool if kinds()[entry.kind].group in wanted)


def _plain(entry: Entry, reason: str, **changes: object) -> PlaceValue:
    value = PlaceValue(
        entry.name,
        entry.name_en,
        entry.lat,
        entry.lon,
        entry.country,
        entry.admin1,
        entry.kind.removeprefix("admin_"),
        kinds()[entry.kind].precision,
        entry.gazetteer_id,
        reason,
    )
    return replace(value, **changes) if changes else value  # type: ignore[arg-type]


def _undecided(reason: str, pool: tuple[Entry, ...]) -> PlaceValue:
    ranked = sorted(pool, key=lambda candidate: -candidate.weight)[:_MAX_CANDIDATES]
    candidates = tuple(_plain(entry, "a place of this name") for entry in ranked)
    return PlaceValue(None, None, None, None, None, None, None, None, None, reason, candidates)


@lru_cache(maxsize=1)
def _borders() -> dict[frozenset[str], tuple[float, float]]:
    return {frozenset(row[:2]): (float(row[2]), float(row[3])) for row in rows("places/borders.tsv")}


@lru_cache(maxsize=512)
def _country(code: str) -> Entry:
    name = next(row[2] for row in rows("places/countries.tsv") if row[0] == code)
    return next(entry for entry in find(place_key(name)) if entry.kind == "country" and entry.country == code)
