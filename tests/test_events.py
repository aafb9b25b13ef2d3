"""Events: drafts become records; counts read, ids stable, offsets exact."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from builders import Sketch
from rasid.analysis import Analysis
from rasid.document import Document
from rasid.events import make_events, make_spans
from rasid.grouping import GroupingOptions
from rasid.records import Event
from rasid.resolving import resolve_events

OPTIONS = GroupingOptions()


def events(sketch: Sketch, doc_id: str = "d1", **more: object) -> tuple[Event, ...]:
    return make_events(Document(doc_id, sketch.text), sketch.analysis, OPTIONS, **more)  # type: ignore[arg-type]


def event(sketch: Sketch) -> Event:
    (made,) = events(sketch)
    return made


# Counts


@pytest.mark.parametrize(
    ("text", "number", "low", "high", "approx"),
    [
        ("مقتل 40 شخصا", "40", 40, 40, False),
        ("مقتل ٤٠ شخصا", "٤٠", 40, 40, False),
        ("مقتل ما لا يقل عن 300 شخص", "300", 300, None, False),
        ("مقتل 300 شخص على الأقل", "300", 300, None, False),
        ("مقتل أكثر من 300 شخص", "300", 300, None, False),
        ("مقتل ما يصل إلى 50 شخصا", "50", None, 50, False),
        ("مقتل أقل من 50 شخصا", "50", None, 50, False),
        ("مقتل بين 20 و30 شخصا", "20 و30", 20, 30, False),
        ("مقتل نحو 40 شخصا", "40", 40, 40, True),
        ("مقتل عشرات الأشخاص", "عشرات", 20, None, True),
        ("مقتل مئات الأشخاص", "مئات", 200, None, True),
        ("مقتل عدد من الأشخاص", "عدد", 2, None, True),
        ("مقتل سبعة أشخاص", "سبعة", 7, 7, False),
        ("مقتل 3 آلاف شخص", "3 آلاف", 3000, 3000, False),
    ],
)
def test_the_count_of_a_number_is_read_with_its_bounds(text: str, number: str, low: int | None, high: int | None, approx: bool) -> None:
    sketch = Sketch(text, ("t", "TRIGGER", "مقتل"), ("n", "NUMBER", number)).kind("n", "killed").link("casualty", "t", "n")
    (casualty,) = event(sketch).casualties
    assert (casualty.kind, casualty.low, casualty.high, casualty.approx) == ("killed", low, high, approx)
    assert casualty.number is not None
    assert casualty.number.text == number
    assert casualty.reason


def test_bounds_are_read_in_the_numbers_own_sentence() -> None:
    text = "لا يقل عن ذلك على الأقل.\nمقتل 40 شخصا.\nعلى الأقل هذا ما قيل"
    sketch = Sketch(text, ("t", "TRIGGER", "مقتل"), ("n", "NUMBER", "40")).kind("n", "killed").link("casualty", "t", "n")
    (casualty,) = event(sketch).casualties
    assert (casualty.low, casualty.high) == (40, 40)


@pytest.mark.parametrize(("noun", "low", "high", "approx"), [("جنديين", 2, 2, False), ("طفل", 1, 1, False), ("جنود", 2, None, True)])
def test_a_noun_that_carries_the_count(noun: str, low: int, high: int | None, approx: bool) -> None:
    sketch = Sketch(f"مقتل {noun} في حلب", ("t", "TRIGGER", "مقتل"), ("a", "ACTOR", noun)).kind("a", "killed").link("casualty", "t", "a")
    (casualty,) = event(sketch).casualties
    assert (casualty.low, casualty.high, casualty.approx) == (low, high, approx)
    assert casualty.number is None
    assert [v.text for v in casualty.victims] == [noun]


def test_a_trigger_that_carries_the_count_has_no_victims() -> None:
    sketch = Sketch("سقوط قتلى في القصف", ("t", "TRIGGER", "قتلى"), ("u", "TRIGGER", "القصف"))
    sketch.kind("t", "killed").link("same_event", "t", "u")
    (casualty,) = event(sketch).casualties
    assert (casualty.low, casualty.high, casualty.approx) == (2, None, True)
    assert casualty.number is None
    assert casualty.victims == ()


def toll(whole: str) -> Sketch:
    """A whole, a figure, and a part of the figure."""
    text = f"مقتل {whole} ومقتل 10 بينهم 3"
    sketch = Sketch(text, ("t", "TRIGGER", "مقتل"), ("n1", "NUMBER", whole), ("n2", "NUMBER", "10"), ("n3", "NUMBER", "3"))
    for n in ("n1", "n2", "n3"):
        sketch.kind(n, "killed").link("casualty", "t", n)
    return sketch


def test_a_figure_that_is_told_twice_is_one_entry() -> None:
    text = "مقتل 9 جنود في حلب. وأضاف أن تسعة جنود قتلوا وأصيب 4"
    sketch = Sketch(
        text, ("t", "TRIGGER", "مقتل"), ("n", "NUMBER", "9"), ("m", "NUMBER", "تسعة"), ("u", "TRIGGER", "قتلوا"), ("w", "NUMBER", "4")
    )
    sketch.kind("n", "killed").kind("m", "killed").kind("w", "wounded")
    sketch.link("same_event", "t", "u").link("casualty", "t", "n").link("casualty", "u", "m").link("casualty", "u", "w")
    made = event(sketch).casualties
    assert [(c.kind, c.low, c.number and c.number.text) for c in made] == [("killed", 9, "9"), ("wounded", 4, "4")]


def test_two_parts_that_are_alike_are_two_entries() -> None:
    text = "مقتل 9 بينهم 3 نساء وثلاثة أطفال"
    sketch = Sketch(text, ("t", "TRIGGER", "مقتل"), ("n", "NUMBER", "9"), ("a", "NUMBER", "3"), ("b", "NUMBER", "وثلاثة"))
    for name in "nab":
        sketch.kind(name, "killed").link("casualty", "t", name)
    sketch.link("part_of", "a", "n").link("part_of", "b", "n")
    assert [(c.low, c.part_of) for c in event(sketch).casualties] == [(9, None), (3, 0), (3, 0)]


def test_a_part_that_another_sentence_names_is_told_twice() -> None:
    """Three of them; in the next sentence: three women."""
    text = "خطف تسعة أجانب ومقتل ثلاثة منهم. وقال إن 3 نساء قتلن"
    sketch = Sketch(
        text,
        ("t", "TRIGGER", "ومقتل"),
        ("n", "NUMBER", "تسعة"),
        ("a", "NUMBER", "ثلاثة"),
        ("b", "NUMBER", "3"),
        ("v", "ACTOR", "نساء"),
        ("u", "TRIGGER", "قتلن"),
    )
    for name in "nab":
        sketch.kind(name, "killed").link("casualty", "t", name)
    sketch.link("same_event", "t", "u").link("part_of", "a", "n").link("part_of", "b", "n").link("victim", "b", "v")
    made = event(sketch).casualties
    assert [(c.low, c.part_of, [v.text for v in c.victims]) for c in made] == [(9, None, []), (3, 0, ["نساء"])]


def test_a_part_does_not_keep_figures_behind_it_from_being_told_twice() -> None:
    text = "مقتل 9 بينهم 3 نساء. ومقتل ثلاثة جنود. وأكد أن 3 جنود قتلوا"
    numbers = [("n", "NUMBER", "9"), ("a", "NUMBER", "3"), ("b", "NUMBER", "ثلاثة"), ("c", "NUMBER", "3")]
    victims = [("v", "ACTOR", "نساء"), ("w", "ACTOR", "جنود"), ("x", "ACTOR", "جنود")]
    sketch = Sketch(text, ("t", "TRIGGER", "مقتل"), *numbers, *victims)
    for name in "nabc":
        sketch.kind(name, "killed").link("casualty", "t", name)
    sketch.link("part_of", "a", "n").link("victim", "a", "v").link("victim", "b", "w").link("victim", "c", "x")
    made = event(sketch).casualties
    assert [(c.low, c.part_of, len(c.victims)) for c in made] == [(9, None, 0), (3, 0, 1), (3, None, 2)]


@pytest.mark.parametrize(
    ("text", "noun", "number", "low", "high"),
    [
        ("مقتل قياديين اثنين في غارة", "قياديين", "اثنين", 2, 2),  # two leaders, two
        ("مقتل جندي واحد على الأقل في غارة", "جندي", "واحد", 1, None),  # one soldier at least
        ("مقتل 12 جنديا في غارة", "جنديا", "12", 12, 12),
    ],
)
def test_a_number_and_the_noun_beside_it_are_one_figure(text: str, noun: str, number: str, low: int, high: int | None) -> None:
    sketch = Sketch(text, ("t", "TRIGGER", "مقتل"), ("a", "ACTOR", noun), ("n", "NUMBER", number))
    for name in "an":
        sketch.kind(name, "killed").link("casualty", "t", name)
    (made,) = event(sketch).casualties
    assert (made.low, made.high, made.number and made.number.text, [v.text for v in made.victims]) == (low, high, number, [noun])


def test_a_noun_in_both_genders_is_one_figure() -> None:
    text = "اعتقال 102 طالب وطالبة و9 معلمين"
    sketch = Sketch(
        text, ("t", "TRIGGER", "اعتقال"), ("n", "NUMBER", "102"), ("a", "ACTOR", "طالب"), ("b", "ACTOR", "وطالبة"), ("m", "NUMBER", "و9")
    )
    for name in "nbm":
        sketch.kind(name, "captured").link("casualty", "t", name)
    sketch.link("victim", "n", "a")
    assert [(c.low, [v.text for v in c.victims]) for c in event(sketch).casualties] == [(102, ["طالب", "وطالبة"]), (9, [])]


@pytest.mark.parametrize(
    ("type_", "said", "kind"),
    [("abduction", "captured", "abducted"), ("arrest", "abducted", "captured"), ("battle", "captured", "captured")],
)
def test_the_act_says_what_those_taken_are(type_: str, said: str, kind: str) -> None:
    sketch = Sketch("احتجاز 18 شخصا", ("t", "TRIGGER", "احتجاز"), ("n", "NUMBER", "18")).type("t", **{type_: 0.9})
    sketch.kind("n", said).link("casualty", "t", "n")
    (made,) = event(sketch).casualties
    assert made.kind == kind


@pytest.mark.parametrize("counted", ["صاروخا", "سفينة", "قطعة سلاح", "غارات"])
def test_a_number_of_things_is_no_casualty(counted: str) -> None:
    sketch = Sketch(f"إصابة 12 {counted}", ("t", "TRIGGER", "إصابة"), ("n", "NUMBER", "12")).kind("n", "wounded").link("casualty", "t", "n")
    assert event(sketch).casualties == ()


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("مقتل شرطي 3 مدنيين في غارة", ("killed", "killed")),  # the noun is counted by itself
        ("مقتل شرطي واحد في غارة", ("killed", "wounded")),
        ("مقتل شرطي. واحد في غارة أخرى", ("killed", "killed")),  # side by side, but of two sentences
    ],
)
def test_figures_that_do_not_agree_stay_apart(text: str, kinds: tuple[str, str]) -> None:
    number = "3" if "3" in text else "واحد"
    sketch = Sketch(text, ("t", "TRIGGER", "مقتل"), ("a", "ACTOR", "شرطي"), ("n", "NUMBER", number))
    for name, kind in zip("an", kinds, strict=True):
        sketch.kind(name, kind).link("casualty", "t", name)
    assert len(event(sketch).casualties) == 2


def test_part_of_points_into_the_list_of_the_record() -> None:
    made = event(toll("20").link("part_of", "n3", "n2"))
    assert [(c.low, c.part_of) for c in made.casualties] == [(20, None), (10, None), (3, 1)]


def test_part_of_is_counted_anew_where_an_entry_is_dropped() -> None:
    """`نصفهم` (half of them) holds no number: its entry goes, and those behind it move up."""
    made = event(toll("نصفهم").link("part_of", "n3", "n2"))
    assert [(c.low, c.part_of) for c in made.casualties] == [(10, None), (3, 0)]


def test_a_part_of_a_dropped_entry_is_no_part() -> None:
    made = event(toll("نصفهم").link("part_of", "n3", "n1"))
    assert [(c.low, c.part_of) for c in made.casualties] == [(10, None), (3, None)]


# Arguments and offsets

DRESSED = "\ufeffعاجل 😀\r\n\r\nقَصَفَت\u200f قوات  النّظام (بلدة كفرعين) يوم الخميس،\r\nفقُتـــل ١٢ مَدنيًّا\u202c — Reuters\r\n"


def dressed() -> Sketch:
    sketch = Sketch(
        DRESSED,
        ("t1", "TRIGGER", "قَصَفَت"),
        ("a1", "ACTOR", "قوات  النّظام"),
        ("l", "LOCATION", "بلدة كفرعين"),
        ("d", "DATE", "يوم الخميس"),
        ("t2", "TRIGGER", "فقُتـــل"),
        ("n", "NUMBER", "١٢"),
        ("a2", "ACTOR", "مَدنيًّا"),
        ("s", "ACTOR", "Reuters"),
    )
    sketch.link("same_event", "t1", "t2").type("t1", shelling=1.0).type("t2", shelling=1.0)
    for t in ("t1", "t2"):
        sketch.link("perpetrator", t, "a1").link("target", t, "a2").link("location", t, "l").link("date", t, "d")
        sketch.link("source", t, "s").link("casualty", t, "n")
    return sketch.kind("n", "killed").link("victim", "n", "a2")


def test_offsets_are_exact_in_the_text_as_given() -> None:
    made = event(dressed())
    casualty = made.casualties[0]
    assert made.date is not None
    assert casualty.number is not None
    mentions = [*made.triggers, *made.perpetrators, *made.targets, *made.locations, made.date, *made.sources, casualty.number]
    for mention in [*mentions, *casualty.victims]:
        assert DRESSED[mention.start : mention.end] == mention.text
    said = [m.text for m in mentions]
    assert said == ["قَصَفَت", "فقُتـــل", "قوات  النّظام", "مَدنيًّا", "بلدة كفرعين", "يوم الخميس", "Reuters", "١٢"]


def test_spans_have_the_texts_that_stand_at_their_offsets() -> None:
    spans = make_spans(DRESSED, dressed().analysis)
    assert [s.label for s in spans] == ["TRIGGER", "ACTOR", "LOCATION", "DATE", "TRIGGER", "NUMBER", "ACTOR", "ACTOR"]
    assert all(DRESSED[s.start : s.end] == s.text for s in spans)
    assert [s.start for s in spans] == sorted(s.start for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
    assert {s.score for s in spans} == {0.9}


def test_evidence_is_the_sentences_of_the_triggers() -> None:
    made = event(dressed())
    assert [DRESSED[e.start : e.end] for e in made.evidence] == [
        "قَصَفَت\u200f قوات  النّظام (بلدة كفرعين) يوم الخميس",
        "فقُتـــل ١٢ مَدنيًّا\u202c — Reuters",
    ]


def test_a_sentence_with_two_triggers_is_evidence_once() -> None:
    sketch = Sketch("قصف ومقتل.\nقصف", ("t1", "TRIGGER", "قصف"), ("t2", "TRIGGER", "ومقتل")).link("same_event", "t1", "t2")
    assert len(event(sketch).evidence) == 1


def test_what_is_not_known_is_null_or_empty() -> None:
    made = event(Sketch("وقع قصف", ("t", "TRIGGER", "قصف"))).to_dict()
    assert made["date"] is None
    assert made["confidence"] is None
    for name in ("perpetrators", "targets", "casualties", "locations", "sources"):
        assert list(made[name]) == []
    place = event(Sketch("قصف حلب", ("t", "TRIGGER", "قصف"), ("l", "LOCATION", "حلب")).link("location", "t", "l")).to_dict()["locations"][0]
    assert {k: v for k, v in place.items() if v is not None} == {"text": "حلب", "start": 4, "end": 7}


def test_the_acled_type_follows_the_type() -> None:
    def made_of(sketch: Sketch) -> Event:
        return resolve_events(Document("d", sketch.text), (), (event(sketch),))[0]

    made = made_of(Sketch("وقع قصف", ("t", "TRIGGER", "قصف")).type("t", airstrike=1.0))
    assert made.acled is not None
    assert (made.acled.event_type, made.acled.sub_event_type) == ("Explosions/Remote violence", "Air/drone strike")
    assert made_of(Sketch("وقع قصف", ("t", "TRIGGER", "قصف")).type("t", displacement=1.0)).acled is None


def test_a_record_is_plain_json() -> None:
    assert json.loads(json.dumps(event(dressed()).to_dict(), ensure_ascii=False))["type"] == "shelling"


def test_the_events_of_a_long_text_are_those_of_its_sections_in_order() -> None:
    """A long text is linked in sections; span numbers count within each, offsets in the whole text."""
    text = "قصف حلب.\nخطف رجل"
    whole = Sketch(text, ("t1", "TRIGGER", "قصف"), ("l", "LOCATION", "حلب"), ("t2", "TRIGGER", "خطف"), ("a", "ACTOR", "رجل"))
    one = Sketch(text, ("t", "TRIGGER", "قصف"), ("l", "LOCATION", "حلب")).link("location", "t", "l")
    two = Sketch(text, ("t", "TRIGGER", "خطف"), ("a", "ACTOR", "رجل")).link("target", "t", "a")
    whole.link("location", "t1", "l").link("target", "t2", "a")
    cut = Analysis(whole.words, (*one.analysis.sections, *two.analysis.sections))
    document = Document("d1", text)
    assert make_events(document, cut, OPTIONS) == make_events(document, whole.analysis, OPTIONS)
    assert make_spans(text, cut) == make_spans(text, whole.analysis)


# Confidence


def test_confidence_is_read_off_the_knots() -> None:
    sketch = Sketch("وقع قصف", ("t", "TRIGGER", "قصف")).type("t", attack=0.5).score("t", 1.0)
    (made,) = events(sketch, confidence=[(0.0, 0.0), (0.5, 0.2), (1.0, 1.0)])
    assert made.confidence == pytest.approx(0.2)
    (made,) = events(sketch, confidence=[(0.0, 0.1), (1.0, 0.7)])
    assert made.confidence == pytest.approx(0.4)


# Ids


def strike(*, lead: str = "", low: str = "12") -> Sketch:
    text = f"{lead}قصف حلب قتل {low}"
    spans = [("t", "TRIGGER", "قصف"), ("l", "LOCATION", "حلب"), ("n", "NUMBER", low)]
    if lead:
        spans.insert(0, ("t0", "TRIGGER", "خطف"))
    return Sketch(text, *spans).link("location", "t", "l").kind("n", "killed").link("casualty", "t", "n")


def test_the_same_content_has_the_same_id() -> None:
    assert event(strike()).id == event(strike()).id
    assert event(strike()).id.startswith("ev-")


def test_another_place_in_the_list_or_text_is_the_same_id() -> None:
    first, second = events(strike(lead="خطف رجل.\n"))
    assert second.id == event(strike()).id
    assert first.id != second.id


def test_the_models_confidence_does_not_change_the_id() -> None:
    sketch = strike()
    ids = {e.id for knots in ((), [(0.0, 0.1), (1.0, 0.5)]) for e in events(sketch, confidence=knots)}
    assert len(ids) == 1


def test_other_content_or_another_document_is_another_id() -> None:
    assert event(strike()).id != event(strike(low="13")).id
    assert event(strike()).id != events(strike(), doc_id="d2")[0].id
    assert event(strike()).id != event(strike().status("t", denied=1.0)).id
    assert event(strike()).id != event(strike().type("t", shelling=1.0)).id


def test_two_events_with_the_same_content_have_two_ids() -> None:
    first, second = events(Sketch("قصف.\nقصف.", ("t1", "TRIGGER", "قصف"), ("t2", "TRIGGER", "قصف")))
    assert first.id != second.id
