"""Near-duplicate articles."""

from __future__ import annotations

import sys

import pytest
from generated import make_record

import rasid
from rasid.incident.near import bands, near_duplicates, shingles

pytest.importorskip("rensa", reason="rensa is not installed: pip install 'rasid[incidents]'")

from labelled_incidents import score_near_duplicates

TEXT = "قتل عشرة أشخاص وجرح آخرون في هجوم شنه مسلحون على قرية نائية مساء الجمعة، وقال شهود إن المهاجمين أحرقوا بيوتا ونهبوا الماشية."


def test_what_outlets_make_of_one_article_and_other_articles() -> None:
    scores = score_near_duplicates(40)
    other = scores.pop("other reports")
    assert len(other.wrong) <= 0.002 * other.total, other.wrong
    for kind, score in scores.items():
        assert score.recall >= 0.95, (kind, score.missed)


def test_spelling_and_punctuation_are_folded() -> None:
    other = TEXT.replace("أ", "ا").replace("ة", "ه").replace("،", " -")
    assert shingles(TEXT) == shingles(other)
    assert list(bands(shingles(TEXT))) == list(bands(shingles(other)))


def test_short_texts_are_duplicates_only_of_the_same_words() -> None:
    assert near_duplicates(shingles("قتل ستة في غارة"), shingles("قتل ستة في غارة."))
    assert not near_duplicates(shingles("قتل ستة في غارة"), shingles("قتل تسعة في غارة"))
    assert not near_duplicates(shingles(""), shingles(""))


def test_copies_are_told_and_count_as_one_report() -> None:
    documents = [{"id": "a", "text": TEXT}, {"id": "b", "text": "وكالات: " + TEXT}, {"id": "c", "text": "خبر آخر تماما عن الغارة نفسها."}]
    (incident,) = rasid.incidents([make_record(name) for name in "abc"], documents=documents)
    assert (incident.reports, incident.independent_reports) == (3, 2)
    assert [figure.independent_reports for figure in incident.figures] == [2]
    copies = {member.doc_id: member.copies for member in incident.members}
    assert copies["a"] == copies["b"] is not None
    assert copies["c"] is None
    assert "near_duplicate" in {reason.code for link in incident.links for reason in link.reasons}


def test_without_rensa_the_error_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "rensa", None)
    records, documents = [make_record("a")], [{"id": "a", "text": TEXT}]
    with pytest.raises(rasid.MissingDependencyError, match=r"rasid\[incidents\]"):
        list(rasid.incidents(records, documents=documents))
    assert len(list(rasid.incidents(records, documents=documents, near_duplicates=False))) == 1


def test_a_copied_article_counts_once_even_where_it_names_no_place_and_no_day() -> None:
    records = [make_record(name, day=None, town=None, type="attack") for name in "ab"]
    (incident,) = rasid.incidents(records, documents=[{"id": name, "text": TEXT} for name in "ab"])
    assert "same_words" in {reason.code for link in incident.links for reason in link.reasons}
    other = [make_record("a", day=None, town=None, type="attack"), make_record("b", day=None, town=None, type="attack", killed=40)]
    assert len(list(rasid.incidents(other, documents=[{"id": name, "text": TEXT} for name in "ab"]))) == 2
