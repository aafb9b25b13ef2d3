"""The Extractor, on the stub of the model: what it takes, exact offsets, any length, streams."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

import rasid
from rasid import Document, Extractor, InputError, ModelError, Record
from rasid.backend import Ints
from rasid.linking import Floats
from stubs import DENIAL, REPORT, VOCABULARY, StubBackend, stub_extractor


def spans(record: Record) -> list[tuple[str, str]]:
    return [(span.label, span.text) for span in record.spans]


def test_a_report_becomes_a_record(extractor: Extractor) -> None:
    record = extractor.extract(REPORT)
    (event,) = record.events
    assert (event.type, event.status, event.aggregate) == ("shelling", "asserted", False)
    assert [t.text for t in event.triggers] == ["مقتل", "قصف"]
    assert [a.text for a in event.perpetrators] == ["قوات النظام"]
    assert [a.text for a in event.targets] == ["مدنيين"]
    assert [p.text for p in event.locations] == ["بلدة سرمين"]
    assert [a.text for a in event.sources] == ["الدفاع المدني"]
    assert event.date is not None
    assert event.date.text == "أمس"
    (casualty,) = event.casualties
    assert (casualty.kind, casualty.low, casualty.high, casualty.approx) == ("killed", 7, 7, False)
    assert casualty.number is not None
    assert (casualty.number.text, [v.text for v in casualty.victims]) == ("7", ["مدنيين"])
    assert [REPORT[e.start : e.end] for e in event.evidence] == [REPORT.rstrip(".")]


def test_a_denied_event_is_denied(extractor: Extractor) -> None:
    record = extractor.extract(f"{REPORT} {DENIAL}")
    assert [(event.type, event.status) for event in record.events] == [("shelling", "asserted"), ("airstrike", "denied")]


def test_what_it_takes(extractor: Extractor) -> None:
    expected = extractor.extract(REPORT)
    assert extractor.extract(Document.make(REPORT)) == expected
    assert extractor.extract({"text": REPORT}) == expected
    assert extractor.extract({"text": REPORT, "id": "a", "date": "2020-01-02", "other": 1}).doc_id == "a"
    one, two = {"text": REPORT, "id": "1"}, Document("2", DENIAL)

    def generator() -> Iterator[object]:
        yield from (one, two)

    for several in ([one, two], (one, two), generator()):
        assert [record.doc_id for record in extractor.extract_many(several)] == ["1", "2"]
    assert [record.doc_id for record in extractor.extract_many([REPORT, one])] == [expected.doc_id, "1"]
    assert list(extractor.extract_many(REPORT)) == [expected]
    assert list(extractor.extract_many([])) == []


def test_it_takes_a_dataset(extractor: Extractor) -> None:
    datasets = pytest.importorskip("datasets")
    data = datasets.Dataset.from_dict({"id": ["1", "2"], "text": [REPORT, DENIAL], "date": ["2020-01-02", None]})
    assert [record.doc_id for record in extractor.extract_many(data)] == ["1", "2"]


@pytest.mark.parametrize("wrong", [3, None, 1.5, b"\xd9\x82", object()])
def test_an_error_lists_what_is_accepted(extractor: Extractor, wrong: object) -> None:
    for call in (lambda: extractor.extract(wrong), lambda: list(extractor.extract_many(wrong))):
        with pytest.raises(InputError, match=r"got \w+, expected a str, a Document, a mapping .* or an iterable of these"):
            call()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "empty text"),
        (" \r\n\t ", "empty text"),
        ("Seven civilians were killed in حلب", "no Arabic text"),
        ("1234 5678!", "no Arabic text"),
        ("قصف\x00", "binary data"),
        ("قصف \ud800", "lone surrogate"),
    ],
)
def test_bad_texts(extractor: Extractor, text: str, message: str) -> None:
    with pytest.raises(InputError, match=message):
        extractor.extract(text)
    with pytest.raises(InputError, match="item:2: .*" + message):
        list(extractor.extract_many([REPORT, text]))


def test_a_bad_date(extractor: Extractor) -> None:
    with pytest.raises(InputError, match=r"field 'date': got '27/02/2020', expected a date as YYYY-MM-DD"):
        extractor.extract(REPORT, date="27/02/2020")


def test_a_bad_item_costs_none_of_the_good_before_it(extractor: Extractor) -> None:
    stream = extractor.extract_many([REPORT, {"text": DENIAL, "id": "2"}, {"text": 3}, REPORT])
    assert next(stream).events
    assert next(stream).doc_id == "2"
    with pytest.raises(InputError, match="item:3: field 'text': got int"):
        next(stream)


def test_a_document_without_a_record_costs_no_other(extractor: Extractor, bad_document: str) -> None:
    documents = [Document(name, REPORT) for name in ("a", bad_document, "c")]
    first, second, third = (outcome for _, outcome in extractor.outcomes(documents))
    assert isinstance(first, Record)
    assert isinstance(third, Record)
    assert (first.doc_id, third.doc_id) == ("a", "c")
    assert str(second) == "document 'bad': could not be read (ArithmeticError: not foreseen)"
    assert isinstance(second, InputError)
    assert isinstance(second.__cause__, ArithmeticError)
    stream = extractor.extract_many(documents)
    assert next(stream).doc_id == "a"
    with pytest.raises(InputError, match="document 'bad'"):
        next(stream)


def test_a_document_that_the_network_fails_on_costs_no_other() -> None:
    class Fragile(StubBackend):
        def encode(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
            if (ids == VOCABULARY["جنود"]).any():
                raise RuntimeError("no")
            return super().encode(ids, mask)

    documents = [Document("a", REPORT), Document("bad", "مقتل جنود"), Document("c", DENIAL)]
    outcomes = [outcome for _, outcome in stub_extractor(backend=Fragile()).outcomes(documents)]
    assert [isinstance(outcome, Record) for outcome in outcomes] == [True, False, True]


def test_a_stream_is_read_little_by_little(extractor: Extractor) -> None:
    taken = 0

    def endless() -> Iterator[str]:
        nonlocal taken
        while True:
            taken += 1
            yield f"{REPORT} {taken}"

    stream = extractor.extract_many(endless())
    for _ in range(3):
        next(stream)
    assert taken <= 200


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("\n\n\nقصف\n\n\nحلب", ["قصف", "حلب"]),
        ("قصف\r\nحلب\r\n", ["قصف", "حلب"]),
        ("قصـــف على حـلـب", ["قصـــف", "حـلـب"]),  # tatweel
        ("قَصْفٌ عَلى حَلَب", ["قَصْفٌ", "حَلَب"]),  # vowel marks
        ("ﻗﺼﻒ ﻋﻠﻰ ﺣﻠﺐ", ["ﻗﺼﻒ", "ﺣﻠﺐ"]),  # presentation forms
        ("😀👨‍👩‍👧 قصف 🇸🇾 حلب 💥", ["قصف", "حلب"]),  # beyond the basic plane
        ("UN: قصف in حلب (Aleppo)", ["قصف", "حلب"]),
        ("\u202bقصف\u202c على \u2067حلب\u2069\u200f", ["قصف", "حلب"]),  # bidi controls
        ("ق\u200fصف على ح\u200dلب", ["ق\u200fصف", "ح\u200dلب"]),  # and inside a word
        ("«قصف»، (حلب)!", ["قصف", "حلب"]),
        ("قصف على حلب: ٧ مدنيين", ["قصف", "حلب", "٧", "مدنيين"]),  # Eastern digits
        ("\ufeffقصف\u00a0حلب\u2028قصف", ["قصف", "حلب", "قصف"]),
        ("  \t قصف    على \t بلدة   سرمين  ", ["قصف", "بلدة   سرمين"]),
    ],
)
def test_offsets_are_exact_in_the_text_as_given(extractor: Extractor, text: str, found: list[str]) -> None:
    record = extractor.extract(text)
    assert [span.text for span in record.spans] == found
    assert all(text[span.start : span.end] == span.text for span in record.spans)
    for event in record.events:
        assert all(text[t.start : t.end] == t.text for t in event.triggers)
        assert all(text[p.start : p.end] == p.text for p in event.locations)


@pytest.mark.parametrize(("max_positions", "overlap"), [(64, 16), (512, 128)])
def test_nothing_of_a_long_text_is_lost(max_positions: int, overlap: int) -> None:
    backend = StubBackend()
    extractor = stub_extractor(max_positions=max_positions, overlap=overlap, backend=backend)
    count = 250
    text = "\n".join(f"أعلن الدفاع المدني مقتل {n} مدنيين في قصف نفذته قوات النظام على بلدة سرمين." for n in range(1, count + 1))
    record = extractor.extract(text)
    assert backend.longest <= max_positions
    assert backend.windows > 250 * 14 // max_positions
    assert [span.text for span in record.spans if span.label == "NUMBER"] == [str(n) for n in range(1, count + 1)]
    assert [event.casualties[0].low for event in record.events] == list(range(1, count + 1))
    assert {span.text for span in record.spans if span.label == "LOCATION"} == {"بلدة سرمين"}
    assert all(text[span.start : span.end] == span.text for span in record.spans)


def test_one_endless_sentence_is_read_too(extractor: Extractor) -> None:
    record = extractor.extract("قصف " + "كلمة " * 3000 + "حلب")
    assert spans(record) == [("TRIGGER", "قصف"), ("LOCATION", "حلب")]


def test_records_do_not_depend_on_their_neighbours(extractor: Extractor) -> None:
    documents = [{"id": str(n), "text": f"{REPORT} " * (n % 5 + 1) + DENIAL} for n in range(150)]
    together = list(extractor.extract_many(documents))
    assert [record.doc_id for record in together] == [str(n) for n in range(150)]
    for n in (0, 63, 64, 149):
        assert together[n] == extractor.extract(documents[n])


def test_event_ids_are_stable(extractor: Extractor) -> None:
    document = {"id": "a", "text": f"{REPORT}\n{DENIAL}"}
    ids = [event.id for event in extractor.extract(document).events]
    assert ids == [event.id for event in extractor.extract(document).events]
    # An event keeps its id when the report grows in front of it, and another document gives another.
    assert [event.id for event in extractor.extract({"id": "a", "text": f"{DENIAL}\n{REPORT}"}).events] == ids[::-1]
    assert not set(ids) & {event.id for event in extractor.extract({**document, "id": "b"}).events}


def test_ids_of_events_that_say_the_same_differ(extractor: Extractor) -> None:
    ids = [event.id for event in extractor.extract(f"{REPORT}\n{REPORT}").events]
    assert len(set(ids)) == len(ids) == 2


def test_threads_may_share_it(extractor: Extractor) -> None:
    expected = extractor.extract(REPORT)
    got: list[Record] = []
    threads = [threading.Thread(target=lambda: got.append(extractor.extract(REPORT))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [expected] * 8


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"got no rasid.json, expected a folder written by training/export.py"):
        rasid.load(tmp_path)


def test_the_shipped_model_reads_a_report(shipped_model: Path) -> None:
    record = rasid.load(shipped_model, threads=1).extract(REPORT, date="2024-11-30")
    assert [(c.kind, c.low, c.high) for event in record.events for c in event.casualties] == [("killed", 7, 7)]
