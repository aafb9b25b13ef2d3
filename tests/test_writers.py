"""Writers: the contract in JSON, documented columns in CSV, and blocks for people in which a denied event never looks like a fact."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
from dataclasses import replace

import pytest

from rasid.document import Document
from rasid.records import STATUSES, Acled, Actor, Casualty, Event, Evidence, Mention, ModelInfo, Place, Record, When
from rasid.writers import (
    CSV_COLUMNS,
    FIRST_STRONG_ISOLATE,
    POP_ISOLATE,
    STATUS_MARKS,
    CsvWriter,
    JsonLinesWriter,
    JsonWriter,
    TableWriter,
    Writer,
    count_in_words,
)

TEXT = "غارة روسية على حلب أمس قتلت 40 مدنيا بينهم 3 أطفال وجرحت العشرات"


def mention(words: str) -> Mention:
    return Mention(words, TEXT.index(words), TEXT.index(words) + len(words))


WHOLE = Casualty("killed", 40, 40, False, mention("40"), (mention("مدنيا"),), True, None)
PART = Casualty("killed", 3, 3, False, mention("3"), (mention("أطفال"),), True, 0)
HURT = Casualty("wounded", 20, None, True, mention("العشرات"), (), None, None)
EVENT = Event(
    id="ev-1",
    type="airstrike",
    status="asserted",
    aggregate=False,
    confidence=0.9,
    triggers=(mention("غارة"), mention("قتلت")),
    perpetrators=(Actor("روسية", 5, 10, name="روسيا", name_en="Russia", actor_id="RU"), Actor("غارة", 0, 4)),
    targets=(Actor("مدنيا", 30, 35),),
    casualties=(WHOLE, PART, HURT),
    locations=(
        Place("حلب", 15, 18),
        Place("حلب", 15, 18, name="حلب", name_en="Aleppo", lat=36.2, lon=37.16, country="SY", admin1="Aleppo", precision=1),
    ),
    date=When("أمس", 19, 22, from_="2020-02-26", to="2020-02-26", precision="day"),
    sources=(),
    evidence=(Evidence(0, len(TEXT)),),
    acled=Acled("Explosions/Remote violence", "Air/drone strike"),
)
DOCUMENT = Document("d-1", TEXT, dt.date(2020, 2, 27), "إذاعة")


def record(*events: Event, doc_id: str = "d-1") -> Record:
    return Record(doc_id, "rasid/1", ModelInfo("m", "1"), (), events)


def written(make: type[Writer], *records: Record) -> str:
    stream = io.StringIO(newline="")
    writer = make(stream)  # type: ignore[call-arg]
    for item in records:
        writer.write(item, DOCUMENT)
    writer.close()
    return stream.getvalue()


def table(item: Record, document: Document = DOCUMENT, *, terminal: bool = False, width: int = 80) -> str:
    stream = io.StringIO()
    writer = TableWriter(stream, terminal=terminal, width=width)
    writer.write(item, document)
    writer.close()
    return stream.getvalue()


# --- JSON


def test_json_lines_are_the_record() -> None:
    out = written(JsonLinesWriter, record(EVENT), record(doc_id="d-2"))
    assert [json.loads(line) for line in out.splitlines()] == [record(EVENT).to_dict(), record(doc_id="d-2").to_dict()]
    assert "غارة" in out


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\x85", "\x0b", "\x0c", "\x1c", "\n", "\r"])
def test_a_record_is_one_line_for_every_reader(mark: str) -> None:
    out = written(JsonLinesWriter, record(replace(EVENT, triggers=(Mention(f"غارة{mark}روسية", 0, 10),))))
    (line,) = out.splitlines()
    assert json.loads(line)["events"][0]["triggers"][0]["text"] == f"غارة{mark}روسية"


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_is_one_array(count: int) -> None:
    assert json.loads(written(JsonWriter, *[record(EVENT)] * count)) == [record(EVENT).to_dict()] * count


# --- CSV


def rows(*records: Record) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(written(CsvWriter, *records), newline="")))


def test_csv_is_one_row_an_event() -> None:
    first, second = rows(record(EVENT, EVENT), record())
    assert first == second
    assert list(first) == list(CSV_COLUMNS)
    filled = {name: cell for name, cell in first.items() if cell}
    assert filled == {
        "doc_id": "d-1",
        "doc_date": "2020-02-27",
        "outlet": "إذاعة",
        "event_id": "ev-1",
        "type": "airstrike",
        "status": "asserted",
        "aggregate": "false",
        "confidence": "0.9",
        "triggers": "غارة | قتلت",
        "perpetrators": "روسية | غارة",
        "perpetrator_names": "روسيا | ",
        "perpetrator_ids": "RU | ",
        "targets": "مدنيا",
        "killed_low": "40",
        "killed_high": "40",
        "wounded_low": "20",
        "casualties": "killed: 40 (مدنيا), civilian | killed: 3 (أطفال), civilian, of the 40 killed | wounded: at least 20 (vague)",
        "locations": "حلب | حلب",
        "place": "حلب",
        "place_en": "Aleppo",
        "lat": "36.2",
        "lon": "37.16",
        "country": "SY",
        "admin1": "Aleppo",
        "place_precision": "1",
        "date": "أمس",
        "date_from": "2020-02-26",
        "date_to": "2020-02-26",
        "date_precision": "day",
        "acled_event_type": "Explosions/Remote violence",
        "acled_sub_event_type": "Air/drone strike",
        "evidence": TEXT,
        "model": "m 1",
    }


def test_figures_of_one_kind_are_never_added_up() -> None:
    other = replace(WHOLE, low=43, high=None)
    (row,) = rows(record(replace(EVENT, casualties=(WHOLE, PART, other))))
    assert (row["killed_low"], row["killed_high"]) == ("40 | 43", "40 | ")
    assert (row["wounded_low"], row["wounded_high"]) == ("", "")


def test_an_event_of_which_little_is_known() -> None:
    bare = replace(EVENT, confidence=None, casualties=(), perpetrators=(), targets=(), locations=(), date=None, acled=None, evidence=())
    (row,) = rows(record(bare))
    assert {name for name, cell in row.items() if cell} == {
        *("doc_id", "doc_date", "outlet", "event_id", "type", "status", "aggregate", "triggers", "model"),
    }


def test_every_column_is_described() -> None:
    assert all(CSV_COLUMNS.values())
    assert "killed_or_wounded_high" in CSV_COLUMNS


# --- table


def test_a_block_says_everything() -> None:
    assert table(record(EVENT)).splitlines() == [
        "d-1  2020-02-27  إذاعة  1 event",
        "",
        "  1. airstrike  (confidence 0.90)",
        "     event words غارة, قتلت",
        "     who         روسية [Russia], غارة",
        "     to whom     مدنيا",
        "     casualties  killed: 40 (مدنيا), civilian",
        "                 killed: 3 (أطفال), civilian, of the 40 killed",
        "                 wounded: at least 20 (vague)",
        "     where       حلب, حلب [Aleppo, SY 36.20,37.16]",
        "     when        أمس = 2020-02-26",
        f"     text        {TEXT}",
    ]


def test_a_document_without_events() -> None:
    assert table(record()) == "d-1  2020-02-27  إذاعة  no events\n"


@pytest.mark.parametrize("terminal", [False, True])
@pytest.mark.parametrize(("status", "said"), [("denied", "DENIED"), ("alleged", "ALLEGED"), ("planned", "PLANNED")])
def test_what_is_no_fact_says_so_on_every_line(status: str, said: str, terminal: bool) -> None:
    out = table(record(replace(EVENT, status=status)), terminal=terminal)
    plain = _without_colour(out)
    header, *block = [line for line in plain.splitlines() if line.strip()]
    assert said in block[0]
    assert block[0].index(said) < block[0].index("airstrike")
    margin = STATUS_MARKS[status][0]
    assert margin.strip()
    assert all(line.startswith(margin) for line in block)
    assert not header.startswith(margin)


def test_every_status_has_a_mark_of_its_own() -> None:
    assert set(STATUS_MARKS) == set(STATUSES)
    assert len({margin for margin, _, _ in STATUS_MARKS.values()}) == len(STATUSES)


def test_a_total_of_a_period_says_so() -> None:
    assert "airstrike, total of a period" in table(record(replace(EVENT, aggregate=True)))


def test_arabic_is_isolated_on_a_terminal_only() -> None:
    assert not set(table(record(EVENT))) & {FIRST_STRONG_ISOLATE, POP_ISOLATE}
    shown = _without_colour(table(record(EVENT), terminal=True))
    assert f"{FIRST_STRONG_ISOLATE}روسية{POP_ISOLATE}" in shown
    for line in shown.splitlines():
        depth = 0
        for char in line:
            depth += (char == FIRST_STRONG_ISOLATE) - (char == POP_ISOLATE)
            assert depth in (0, 1)
            assert depth == 1 or not "\u0600" <= char <= "\u06ff"
        assert depth == 0


def test_a_terminal_wraps_within_its_width() -> None:
    text = " ".join([TEXT] * 5)
    event = replace(EVENT, evidence=(Evidence(0, len(text)),))
    shown = _without_colour(table(record(event), replace(DOCUMENT, text=text), terminal=True, width=60))
    invisible = str.maketrans("", "", FIRST_STRONG_ISOLATE + POP_ISOLATE)
    assert max(len(line.translate(invisible)) for line in shown.splitlines()) <= 60
    words = " ".join(line.translate(invisible).strip() for line in shown.split("text", 1)[1].splitlines())
    assert words.split() == text.split()


def test_a_hostile_text_steers_no_terminal() -> None:
    bad = "\x1b[31mغارة\u202e\u2066\r\n[bold]:smile:\u2069\x07"
    out = table(record(replace(EVENT, triggers=(Mention(bad, 0, 5),), evidence=())), replace(DOCUMENT, outlet=bad))
    assert not set(out) & set("\x1b\x07\r\u202e\u2066\u2069")
    assert "[bold]:smile:" in out
    assert len(out.splitlines()) == 11


@pytest.mark.parametrize(
    ("low", "high", "approx", "words"),
    [
        (40, 40, False, "40"),
        (40, 40, True, "about 40"),
        (300, None, False, "at least 300"),
        (20, None, True, "at least 20 (vague)"),  # dozens
        (None, 50, False, "up to 50"),
        (20, 30, False, "20 to 30"),
        (None, None, True, "number unknown"),
    ],
)
def test_counts_in_words(low: int | None, high: int | None, approx: bool, words: str) -> None:
    assert count_in_words(low, high, approx=approx) == words


def _without_colour(out: str) -> str:
    import re

    return re.sub(r"\x1b\[[0-9;]*m", "", out)
