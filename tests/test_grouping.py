"""Grouping: spans and links become drafts of events. `Sketch.of` names spans `name:LABEL` in text order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from builders import Sketch
from rasid.candidates import RELATIONS
from rasid.grouping import EventDraft, GroupingOptions


def triggers(sketch: Sketch, options: GroupingOptions | None = None) -> list[tuple[str, ...]]:
    return [sketch.names(draft.triggers) for draft in sketch.group(options)]


def only(sketch: Sketch, options: GroupingOptions | None = None) -> EventDraft:
    (draft,) = sketch.group(options)
    return draft


# Which triggers are one event


def test_unlinked_triggers_are_events_of_their_own_in_text_order() -> None:
    assert triggers(Sketch.of("t1:TRIGGER a:ACTOR t2:TRIGGER t3:TRIGGER")) == [("t1",), ("t2",), ("t3",)]


def test_linked_triggers_are_one_event_in_the_place_of_the_first() -> None:
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER t3:TRIGGER").link("same_event", "t1", "t3")
    assert triggers(sketch) == [("t1", "t3"), ("t2",)]


def test_groups_are_merged_by_their_mean_link() -> None:
    """A third trigger that is linked to one of two joins only where the mean of both links is enough."""
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER t3:TRIGGER").link("same_event", "t1", "t2", 0.9).link("same_event", "t2", "t3", 0.8)
    assert triggers(sketch) == [("t1", "t2"), ("t3",)]
    sketch.link("same_event", "t1", "t3", 0.3)
    assert triggers(sketch) == [("t1", "t2", "t3")]


def test_the_strongest_link_is_taken_first() -> None:
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER t3:TRIGGER").link("same_event", "t1", "t2", 0.6).link("same_event", "t2", "t3", 0.9)
    assert triggers(sketch) == [("t1",), ("t2", "t3")]


def test_four_triggers_become_two_pairs() -> None:
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER t3:TRIGGER t4:TRIGGER")
    sketch.link("same_event", "t1", "t3", 0.9).link("same_event", "t2", "t4", 0.8).link("same_event", "t1", "t2", 0.6)
    assert triggers(sketch) == [("t1", "t3"), ("t2", "t4")]


def test_option_merge() -> None:
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER").link("same_event", "t1", "t2", 0.5)
    assert triggers(sketch, GroupingOptions(merge=0.5)) == [("t1", "t2")]
    assert triggers(sketch, GroupingOptions(merge=0.51)) == [("t1",), ("t2",)]


def test_option_trigger_drops_events_without_a_sure_trigger() -> None:
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER t3:TRIGGER").link("same_event", "t1", "t2").score("t1", 0.2).score("t3", 0.2)
    assert triggers(sketch) == [("t1", "t2"), ("t3",)]
    assert triggers(sketch, GroupingOptions(trigger=0.5)) == [("t1", "t2")]


def test_without_triggers_there_is_no_event() -> None:
    assert Sketch.of("a:ACTOR n:NUMBER").kind("n", "killed").group() == ()
    assert Sketch("w").group() == ()


# What an event says


def test_type_status_and_aggregate_are_the_means_over_the_triggers() -> None:
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER").link("same_event", "t1", "t2")
    sketch.type("t1", airstrike=0.9, attack=0.1).type("t2", airstrike=0.2, casualties=0.8)
    sketch.status("t1", asserted=0.6, denied=0.4).status("t2", denied=0.9, asserted=0.1)
    sketch.aggregate("t1", 0.9).aggregate("t2", 0.2)
    draft = only(sketch)
    assert (draft.type, draft.status, draft.aggregate) == ("airstrike", "denied", True)
    assert draft.type_probability == pytest.approx(0.55)
    assert draft.status_probabilities == pytest.approx((0.35, 0.65, 0, 0))


def test_arguments_go_to_the_roles_that_they_are_linked_in() -> None:
    sketch = Sketch.of("a1:ACTOR t:TRIGGER a2:ACTOR l1:LOCATION l2:LOCATION d:DATE a3:ACTOR a4:ACTOR")
    sketch.link("perpetrator", "t", "a1").link("target", "t", "a2").link("location", "t", "l1").link("location", "t", "l2")
    sketch.link("date", "t", "d").link("source", "t", "a3")
    draft = only(sketch)
    assert sketch.names(draft.perpetrators) == ("a1",)
    assert sketch.names(draft.targets) == ("a2",)
    assert sketch.names(draft.locations) == ("l1", "l2")
    assert sketch.names(draft.sources) == ("a3",)
    assert draft.date == sketch.number["d"]


def test_an_actor_may_have_two_roles_and_a_place_may_be_a_target() -> None:
    sketch = Sketch.of("t:TRIGGER a:ACTOR l:LOCATION").link("perpetrator", "t", "a").link("source", "t", "a")
    sketch.link("target", "t", "l").link("location", "t", "l")
    draft = only(sketch)
    assert draft.perpetrators == draft.sources == (sketch.number["a"],)
    assert draft.targets == draft.locations == (sketch.number["l"],)


def test_a_role_lies_between_the_mean_and_the_best_of_the_events_triggers() -> None:
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER a:ACTOR").link("same_event", "t1", "t2").link("perpetrator", "t1", "a", 0.9)
    assert sketch.group(GroupingOptions(peak=0.0))[0].perpetrators == ()  # the mean alone: 0.45
    assert sketch.names(sketch.group(GroupingOptions(peak=0.5))[0].perpetrators) == ("a",)
    sketch.link("perpetrator", "t2", "a", 0.2)
    assert sketch.names(sketch.group(GroupingOptions(peak=0.0))[0].perpetrators) == ("a",)  # 0.55


def test_a_span_that_is_perhaps_none_needs_a_surer_link() -> None:
    """A role's link is weighed by the square root of the span's score: 0.6 holds for a sure span, and falls to 0.48 for one of 0.64."""
    sketch = Sketch.of("t:TRIGGER a:ACTOR").link("perpetrator", "t", "a", 0.6)
    assert sketch.names(only(sketch.score("a", 1.0)).perpetrators) == ("a",)
    assert sketch.names(only(sketch.score("a", 0.64)).perpetrators) == ()


def test_two_events_may_share_an_argument() -> None:
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER a:ACTOR d:DATE")
    for t in ("t1", "t2"):
        sketch.link("perpetrator", t, "a").link("date", t, "d")
    for draft in sketch.group():
        assert sketch.names(draft.perpetrators) == ("a",)
        assert draft.date == sketch.number["d"]


def test_an_event_has_one_date_the_surest() -> None:
    sketch = Sketch.of("d1:DATE t:TRIGGER d2:DATE").link("date", "t", "d1", 0.7).link("date", "t", "d2", 0.8)
    assert only(sketch).date == sketch.number["d2"]
    sketch.link("date", "t", "d1", 0.4).link("date", "t", "d2", 0.3)
    assert only(sketch).date is None


@pytest.mark.parametrize(
    ("option", "layout"),
    [
        ("perpetrator", "t:TRIGGER x:ACTOR"),
        ("target", "t:TRIGGER x:ACTOR"),
        ("source", "t:TRIGGER x:ACTOR"),
        ("location", "t:TRIGGER x:LOCATION"),
        ("date", "t:TRIGGER x:DATE"),
    ],
)
def test_options_of_the_roles_change_what_is_taken(option: str, layout: str) -> None:
    sketch = Sketch.of(layout).score("x", 1.0).link(option, "t", "x", 0.5)
    field = "date" if option == "date" else f"{option}s"
    assert getattr(only(sketch, GroupingOptions(**{option: 0.5})), field) not in ((), None)
    assert getattr(only(sketch, GroupingOptions(**{option: 0.55})), field) in ((), None)


def test_what_a_draft_says_of_how_sure_its_parts_are() -> None:
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER n:NUMBER").type("t1", shelling=0.9).type("t2", shelling=0.7).score("t1", 0.8).score("t2", 0.6)
    sketch.link("same_event", "t1", "t2").kind("n", "killed", 0.7).link("casualty", "t1", "n", 0.9).link("casualty", "t2", "n", 0.9)
    draft = only(sketch)
    assert draft.type_probability == pytest.approx(0.8)  # the mean of the triggers'
    assert draft.trigger_score == pytest.approx(0.6)  # of the least sure
    assert draft.casualties[0].probability == pytest.approx(0.7)  # the lesser of kind and link


# Casualties


def entries(sketch: Sketch, options: GroupingOptions | None = None) -> list[list[tuple[str, str, tuple[str, ...]]]]:
    """Head, kind and victims of the casualty entries of each event."""
    return [[(sketch.names([c.head])[0], c.kind, sketch.names(c.victims)) for c in draft.casualties] for draft in sketch.group(options)]


def test_a_number_with_its_victims() -> None:
    sketch = Sketch.of("t:TRIGGER n:NUMBER a1:ACTOR a2:ACTOR").kind("n", "killed").link("casualty", "t", "n")
    sketch.link("victim", "n", "a1").link("victim", "n", "a2")
    assert entries(sketch) == [[("n", "killed", ("a1", "a2"))]]


def test_a_number_without_a_kind_is_no_casualty() -> None:
    sketch = Sketch.of("t:TRIGGER n:NUMBER").link("casualty", "t", "n")
    assert entries(sketch) == [[]]
    sketch.kind("n", "wounded", 0.4)
    assert entries(sketch) == [[]]
    assert entries(sketch, GroupingOptions(kind=0.4)) == [[("n", "wounded", ())]]


def test_a_head_goes_to_the_one_event_that_it_is_linked_to_most() -> None:
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER n:NUMBER").kind("n", "killed")
    sketch.link("casualty", "t1", "n", 0.6).link("casualty", "t2", "n", 0.7)
    assert entries(sketch) == [[], [("n", "killed", ())]]


def test_the_link_to_an_event_is_the_mean_over_its_triggers() -> None:
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER t3:TRIGGER n:NUMBER").kind("n", "killed").link("same_event", "t1", "t2")
    sketch.link("casualty", "t1", "n", 0.9).link("casualty", "t3", "n", 0.6)
    assert entries(sketch) == [[], [("n", "killed", ())]]


def test_a_head_that_no_event_claims_is_dropped() -> None:
    sketch = Sketch.of("t:TRIGGER n:NUMBER").kind("n", "killed").link("casualty", "t", "n", 0.2)
    assert entries(sketch) == [[]]
    assert entries(sketch, GroupingOptions(casualty=0.2)) == [[("n", "killed", ())]]


def test_an_actor_that_carries_the_count_is_its_own_victim() -> None:
    """`مقتل جنديين`: the dual noun is the count and names who died; others named with it are victims of the same entry."""
    sketch = Sketch.of("t:TRIGGER a1:ACTOR a2:ACTOR").kind("a1", "killed").link("casualty", "t", "a1")
    assert entries(sketch) == [[("a1", "killed", ("a1",))]]
    sketch.link("victim", "a1", "a2")
    assert entries(sketch) == [[("a1", "killed", ("a1", "a2"))]]


def test_a_victim_of_an_actors_entry_has_no_entry_of_its_own() -> None:
    sketch = Sketch.of("t:TRIGGER a1:ACTOR a2:ACTOR").link("victim", "a1", "a2")
    for a in ("a1", "a2"):
        sketch.kind(a, "killed").link("casualty", "t", a)
    assert entries(sketch) == [[("a1", "killed", ("a1", "a2"))]]


def test_a_trigger_that_states_the_outcome_belongs_to_its_own_event() -> None:
    """`سقوط قتلى`: the count is in the trigger."""
    sketch = Sketch.of("t1:TRIGGER t2:TRIGGER").kind("t2", "killed")
    assert entries(sketch) == [[], [("t2", "killed", ())]]
    sketch.link("same_event", "t1", "t2")
    assert entries(sketch) == [[("t2", "killed", ())]]


def test_places_and_dates_carry_no_count() -> None:
    sketch = Sketch.of("t:TRIGGER l:LOCATION d:DATE").kind("l", "killed").kind("d", "killed")
    assert entries(sketch, GroupingOptions(casualty=0.0)) == [[]]


def test_option_victim() -> None:
    sketch = Sketch.of("t:TRIGGER n:NUMBER a:ACTOR").kind("n", "killed").link("casualty", "t", "n").link("victim", "n", "a", 0.5)
    assert entries(sketch, GroupingOptions(victim=0.5)) == [[("n", "killed", ("a",))]]
    assert entries(sketch, GroupingOptions(victim=0.6)) == [[("n", "killed", ())]]


def toll(*links: tuple[str, str, float]) -> Sketch:
    sketch = Sketch.of("t:TRIGGER n1:NUMBER n2:NUMBER n3:NUMBER")
    for n in ("n1", "n2", "n3"):
        sketch.kind(n, "killed").link("casualty", "t", n)
    for part, whole, share in links:
        sketch.link("part_of", part, whole, share)
    return sketch


def wholes(sketch: Sketch, options: GroupingOptions | None = None) -> list[int | None]:
    return [c.part_of for c in only(sketch, options).casualties]


def test_a_part_names_its_whole_by_its_place_in_the_list() -> None:
    assert wholes(toll()) == [None, None, None]
    assert wholes(toll(("n2", "n1", 0.9), ("n3", "n1", 0.9))) == [None, 0, 0]
    assert wholes(toll(("n1", "n3", 0.9))) == [2, None, None]
    assert wholes(toll(("n3", "n2", 0.9), ("n2", "n1", 0.9))) == [None, 0, 1]


def test_a_part_has_one_whole_the_surest() -> None:
    assert wholes(toll(("n3", "n1", 0.7), ("n3", "n2", 0.8))) == [None, None, 1]


def test_option_part_of() -> None:
    sketch = toll(("n2", "n1", 0.5))
    assert wholes(sketch, GroupingOptions(part_of=0.5)) == [None, 0, None]
    assert wholes(sketch, GroupingOptions(part_of=0.6)) == [None, None, None]


def test_parts_are_sought_in_the_same_event_only() -> None:
    sketch = Sketch.of("t1:TRIGGER n1:NUMBER t2:TRIGGER n2:NUMBER").link("part_of", "n2", "n1")
    for n in "12":
        sketch.kind(f"n{n}", "killed").link("casualty", f"t{n}", f"n{n}")
    assert [[c.part_of for c in draft.casualties] for draft in sketch.group()] == [[None], [None]]


def test_two_figures_are_not_parts_of_one_another() -> None:
    assert wholes(toll(("n2", "n1", 0.9), ("n1", "n2", 0.6))) == [None, 0, None]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), count=st.integers(0, 9))
def test_whatever_the_links_drafts_are_sound(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    labels = ("TRIGGER", "TRIGGER", "ACTOR", "NUMBER", "LOCATION", "DATE")
    sketch = Sketch.of(" ".join(f"s{k}:{rng.choice(labels)}" for k in range(count)) or "s0:ACTOR")
    names = list(sketch.number)
    for relation in RELATIONS:
        for a in names:
            for b in names:
                if a != b:
                    sketch.link(relation, a, b, float(rng.random()))
    for name in names:
        sketch.kind(name, "killed", float(rng.random()))
    drafts = sketch.group()
    label = {k: span.label for k, span in enumerate(sketch.spans)}
    told = [t for draft in drafts for t in draft.triggers]
    assert sorted(told) == [k for k in label if label[k] == "TRIGGER"]  # each trigger in one event
    heads = [c.head for draft in drafts for c in draft.casualties]
    assert len(heads) == len(set(heads))
    for draft in drafts:
        assert draft.date is None or label[draft.date] == "DATE"
        assert {label[k] for k in (*draft.perpetrators, *draft.sources)} <= {"ACTOR"}
        assert {label[k] for k in draft.targets} <= {"ACTOR", "LOCATION"}
        assert {label[k] for k in draft.locations} <= {"LOCATION"}
        assert {label[v] for c in draft.casualties for v in c.victims} <= {"ACTOR"}
        assert all(c.part_of is None or 0 <= c.part_of < len(draft.casualties) for c in draft.casualties)
        assert all(0 <= p <= 1 for p in (draft.type_probability, draft.trigger_score, *draft.status_probabilities))
