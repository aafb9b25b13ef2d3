"""Actors: each mention resolves to the actor that the rules of the issue give (rows in data/actors.tsv)."""

from __future__ import annotations

import csv
import json
from collections import Counter
from pathlib import Path

import pytest

from rasid.actors import ActorContext, resolve_actor
from rasid.actors.tables import tables
from rasid.actors.values import KINDS, PRECISIONS
from rasid.actors.words import folded_words, quick_fold
from rasid.fold import fold

DATA = Path(__file__).parent / "data" / "actors.tsv"


def _rows() -> list[list[str]]:
    lines = [line for line in DATA.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    return list(csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def _context(cell: str) -> ActorContext | None:
    if cell == "-":
        return None
    key, value = cell.split("=")
    return ActorContext(country=value) if key == "country" else ActorContext(**{key: tuple(value.split(","))})


def _same(expected: str, got: str | None) -> bool:
    return expected == "*" or (got is None if expected == "-" else got is not None and fold(got) == fold(expected))


@pytest.mark.parametrize("row", _rows(), ids=lambda row: f"{row[0]} [{row[1]}]")
def test_mention_resolves_as_the_rules_say(row: list[str]) -> None:
    mention, context, *expected = row
    value = resolve_actor(mention, _context(context))
    assert value is not None
    got = (value.actor_id, value.kind, value.country, value.precision, value.label, value.victim_class, value.group)
    assert [e for e, g in zip(expected, got, strict=True) if not _same(e, g)] == [], (got, value.reason)


def test_there_are_enough_rows() -> None:
    assert len(_rows()) >= 150


@pytest.mark.parametrize("row", _rows(), ids=lambda row: row[0])
def test_every_value_is_documented_and_serialisable(row: list[str]) -> None:
    value = resolve_actor(row[0], _context(row[1]))
    assert value is not None
    assert value.kind in KINDS
    assert value.precision in PRECISIONS
    assert value.reason
    assert set(json.loads(json.dumps(value.to_dict()))) == {
        "actor_id", "name", "name_en", "kind", "country", "aliases", "precision", "label", "victim_class", "group", "reason",
    }  # fmt: skip


def test_no_word_gives_none() -> None:
    assert resolve_actor("") is None
    assert resolve_actor(" «» - ") is None
    assert resolve_actor("12") is None


def test_context_may_be_a_plain_string() -> None:
    value = resolve_actor("المرصد", "رويترز، المرصد السوري لحقوق الإنسان")
    assert value is not None
    assert value.actor_id == "sy-sohr"


def test_an_explicit_nationality_beats_the_context() -> None:
    value = resolve_actor("الجيش التركي", ActorContext(country="SY"))
    assert value is not None
    assert value.actor_id == "tr-army"


def test_table_is_large_enough_and_sound() -> None:
    data = tables()
    assert len(data.actors) >= 500
    for row in data.actors.values():
        assert row.kind in KINDS, row.actor_id
        assert row.name, row.actor_id
        assert row.name_en.strip(), row.actor_id
        assert row.country is None or row.country in data.countries, row.actor_id


def test_parents_exist() -> None:
    data = tables()
    for row in data.actors.values():
        if row.parent is None or row.parent in data.actors:
            continue
        country, _, organ = row.parent.partition("-")
        assert country.upper() in data.countries, row
        assert organ in data.organs, row


def test_no_alias_names_two_actors() -> None:
    data = tables()
    owners: dict[tuple[str, ...], set[str]] = {}
    for row in data.actors.values():
        for name in (row.name, *row.aliases, *row.labels):
            owners.setdefault(folded_words(quick_fold(name)), set()).add(row.actor_id)
    assert {" ".join(phrase): ids for phrase, ids in owners.items() if len(ids) > 1} == {}


def test_head_and_modifier_forms_stand_once() -> None:
    lines = (Path(__file__).parents[1] / "src/rasid/data/actors/heads.tsv").read_text(encoding="utf-8").splitlines()
    forms = Counter(form for line in lines if line and not line.startswith("#") for form in line.split("\t")[4].split("|"))
    assert [form for form, count in forms.items() if count > 1] == []


def test_context_names_name_listed_actors() -> None:
    data = tables()
    for phrase, by_country in data.context_names.items():
        for country, name in by_country.items():
            assert country in data.countries, phrase
            if name.actor_id is not None and name.actor_id not in data.actors:
                state, _, organ = name.actor_id.partition("-")
                assert state.upper() in data.countries, phrase
                assert organ in data.organs, phrase


@pytest.mark.parametrize(
    ("mention", "actor_id"),
    [
        ("رئيس الوزراء فلان الفلاني", None),  # a head of government by name alone may be any country's
        ("وزير الدفاع الليبي السابق", None),  # out of office
        ("ابن زعيم الحوثيين", None),  # kin of an actor are not the actor
        ("الحزب الإسلامي العراقي", None),  # the same words with another nationality are another party
        ("الجيش الألماني", "de-army"),  # an adjective whose first letters look like the article
        ("وزارة الدفاع الأفغانية", "af-mod"),  # و of وزارة is no conjunction
        ("القوات الأمريكية والبريطانية", "us-army"),  # two actors: the first
        ("محمد علي المتحدث باسم الشرطة العراقية", "iq-police"),  # the office after the name
        ("المتحدث باسم وزارة الدفاع الأفغانية الجنرال فلان", "af-mod"),  # a rank and a name after the organ
        ("رئيس حزب القوات اللبنانية", "lb-lf"),  # the longer name inside the head phrase
        ("وكالة سانا للأنباء", "sy-sana"),
    ],
)
def test_structure_of_the_mention(mention: str, actor_id: str | None) -> None:
    value = resolve_actor(mention)
    assert value is not None
    assert value.actor_id == actor_id, value.reason
