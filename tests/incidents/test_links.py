"""Which events report one incident: the labelled pairs, and the rules that no score outweighs."""

from __future__ import annotations

from typing import Any

import pytest
from generated import TOWNS, make_record

import rasid
from labelled_incidents import read_pairs, score_links
from rasid.incident import Incident
from rasid.incident.compare import compare
from rasid.incident.facts import About, Facts, read_facts
from rasid.incident.tables import points


def facts(name: str, about: About | None = None, **what: Any) -> Facts:
    return next(iter(read_facts(make_record(name, **what), about or About())))


def test_there_are_enough_pairs_of_both_kinds_in_both_halves() -> None:
    pairs = read_pairs()
    assert len(pairs) >= 60
    for half in ("dev", "held_out"):
        same = [pair["same"] for pair in pairs if pair["split"] == half]
        assert len(same) == len(pairs) / 2
        assert min(same.count(True), same.count(False)) >= 15


@pytest.mark.parametrize(("half", "precision", "recall"), [("dev", 0.97, 0.97), ("held_out", 0.92, 0.92)])
def test_labelled_pairs(half: str, precision: float, recall: float) -> None:
    score = score_links(read_pairs(half))
    assert score.precision >= precision, score.wrong
    assert score.recall >= recall, score.missed


def test_the_order_of_two_events_makes_no_difference() -> None:
    a, b = facts("a", About("2016-03-10")), facts("b", About("2016-03-12"), killed=14)
    assert compare(a, b) == compare(b, a)


@pytest.mark.parametrize(
    ("other", "code"),
    [
        ({"aggregate": True}, "aggregate"),
        ({"status": "planned"}, "planned"),
        ({"type": "protest"}, "types"),
        ({"day": "2016-03-14"}, "days"),
        ({"town": TOWNS[1]}, "places"),
        ({"town": TOWNS[4]}, "places"),
        ({"killed": 90}, "figures"),
    ],
)
def test_what_rules_out_one_incident(other: dict[str, Any], code: str) -> None:
    verdict = compare(facts("a"), facts("b", **other))
    assert verdict.excluded
    assert [finding.code for finding in verdict.findings] == [code]


def test_one_document_tells_of_two_events_as_two() -> None:
    record = make_record("a")
    record["events"].append({**make_record("b", killed=11)["events"][0]})
    assert len(list(rasid.incidents([record]))) == 2


def test_every_finding_has_points_and_words() -> None:
    verdict = compare(facts("a"), facts("b"))
    assert verdict.same
    assert verdict.score == sum(finding.points for finding in verdict.findings) >= points("threshold")
    assert all(finding.text for finding in verdict.findings)


def group(*records: dict[str, Any], documents: Any = ()) -> list[Incident]:
    return list(rasid.incidents(records, documents=documents))


def dated(*days: str) -> list[dict[str, Any]]:
    return [{"id": name, "text": f"خبر رقم {name} عن الحادثة", "date": day} for name, day in zip("abc", days, strict=False)]


def test_figures_stand_side_by_side_with_the_lowest_the_highest_and_the_latest() -> None:
    documents = dated("2016-03-10", "2016-03-12", "2016-03-11")
    (incident,) = group(make_record("a"), make_record("b", killed=12), make_record("c", killed=14), documents=documents)
    (killed,) = incident.figures
    assert (killed.lowest, killed.highest, killed.latest_low, killed.latest_date, killed.latest_doc_id) == (9, 14, 12, "2016-03-12", "b")
    assert [(member.doc_id, member.figures[0].low) for member in incident.members] == [("a", 9), ("c", 14), ("b", 12)]
    assert incident.reports == incident.independent_reports == 3


@pytest.mark.parametrize("status", ["denied", "alleged"])
def test_figures_that_are_not_asserted_stand_apart(status: str) -> None:
    (incident,) = group(make_record("a"), make_record("b", killed=14, status=status))
    assert incident.status == "asserted"
    assert incident.disputed == (status == "denied")
    assert incident.figures[0].highest == 9
    assert incident.unconfirmed[status][0].highest == 14


def test_a_planned_event_is_no_report_of_one_that_happened() -> None:
    assert len(group(make_record("a"), make_record("b", status="planned"))) == 2


def test_each_link_is_explained_in_words_and_codes() -> None:
    (incident,) = group(make_record("a"), make_record("b"))
    (link,) = incident.links
    assert {link.doc_a, link.doc_b} == {"a", "b"}
    assert {reason.code for reason in link.reasons} == {"type_same", "date_same", "place_same", "figures_equal"}
    assert "place same (+4): سرمين and سرمين" in link.text


def test_a_vague_report_does_not_draw_two_incidents_together() -> None:
    country = ("سوريا", "country:SY", 35.0, 38.5, "SY", None)
    vague = make_record("b", town=country, killed=40)
    vague["events"][0]["locations"][0] |= {"precision": 6, "kind": "country"}
    groups = group(make_record("a", killed=40), vague, make_record("c", town=TOWNS[2], killed=40))
    assert all(not {"a", "c"} <= {member.doc_id for member in incident.members} for incident in groups)


def test_tolls_of_one_place_are_one_where_the_figures_are() -> None:
    tolls = [make_record(name, aggregate=True, killed=killed) for name, killed in (("a", 454), ("b", 454), ("c", 460))]
    assert sorted(len(incident.members) for incident in group(*tolls)) == [1, 2]


def test_rows_of_two_archives_with_one_id_are_two_documents() -> None:
    first, second = make_record("1"), make_record("1", killed=10)
    first["spans"] = [{"label": "NUMBER", "start": 0, "end": 1, "text": "9"}]
    (incident,) = group(first, second)
    assert incident.reports == 2


def test_the_same_record_twice_is_counted_once() -> None:
    (incident,) = group(make_record("a"), make_record("a"))
    assert len(incident.members) == 1
