"""Casualty figures: how they are counted, and which entries tell the same one."""

from __future__ import annotations

import pytest

from builders import Sketch
from rasid.document import Document
from rasid.events import make_events
from rasid.grouping import GroupingOptions
from rasid.records import Event


def event(sketch: Sketch) -> Event:
    (made,) = make_events(Document("d1", sketch.text), sketch.analysis, GroupingOptions())
    return made


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


def test_a_figure_told_again_as_its_own_whole_is_no_part() -> None:
    """Three of them; in the next sentence: three women, whom the first are taken for a part of."""
    text = "قتل 3 منهم. وقتل 3 نساء."
    triggers, numbers = [("t", "TRIGGER", "قتل"), ("u", "TRIGGER", "وقتل")], [("a", "NUMBER", "3"), ("b", "NUMBER", "3")]
    sketch = Sketch(text, *triggers, *numbers, ("v", "ACTOR", "نساء")).kind("a", "killed").kind("b", "killed")
    sketch.link("same_event", "t", "u").link("casualty", "t", "a").link("casualty", "u", "b")
    sketch.link("victim", "b", "v").link("part_of", "a", "b")
    assert [(c.low, c.part_of, len(c.victims)) for c in event(sketch).casualties] == [(3, None, 1)]


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


def test_the_wounded_are_no_part_of_the_killed() -> None:
    text = "سقوط 25 شهيدا بينهم 4 مسعفين و127 جريحا"
    numbers = [("n", "NUMBER", "25"), ("a", "NUMBER", "4"), ("b", "NUMBER", "و127")]
    sketch = Sketch(text, ("t", "TRIGGER", "سقوط"), *numbers).kind("n", "killed").kind("a", "killed").kind("b", "wounded")
    for name in "nab":
        sketch.link("casualty", "t", name)
    sketch.link("part_of", "a", "n").link("part_of", "b", "n")
    assert [(c.kind, c.low, c.part_of) for c in event(sketch).casualties] == [
        ("killed", 25, None),
        ("killed", 4, 0),
        ("wounded", 127, None),
    ]


@pytest.mark.parametrize(("said", "counts"), [("وجنديين", [1, 2]), ("وجنود", [1])])
def test_a_dual_that_was_taken_for_a_number_is_two(said: str, counts: list[int]) -> None:
    sketch = Sketch(f"مقتل ضابط {said}", ("t", "TRIGGER", "مقتل"), ("a", "ACTOR", "ضابط"), ("n", "NUMBER", said))
    for name in "an":
        sketch.kind(name, "killed").link("casualty", "t", name)
    assert [c.low for c in event(sketch).casualties] == counts


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
