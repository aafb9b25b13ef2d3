"""Reports and records for the tests of the page: the stub's reading of small reports, and a hostile one."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from rasid.document import Document
from rasid.records import Acled, Actor, Casualty, Event, Evidence, Flag, Mention, ModelInfo, Place, Record, Span, When
from rasid.view import Reading
from stubs import DENIAL, REPORT, stub_extractor

# An astral character before everything: a script that counts UTF-16 units would mark the wrong words.
ASTRAL = "\U0001f534 " + REPORT
HOSTILE = (
    '</script><script>alert(1)</script><img src=x onerror="alert(2)"> \u202eقلب\u202c \u2067عزل\u2069\u2069\u2069 {{x}} $title ${body} '
    + REPORT
    + ' <a href="javascript:alert(3)">x</a> <!-- \u2028 \u0007'
)


def reading(text: str, name: str = "r1", day: str | None = "2024-11-30") -> Reading:
    """The stub's reading of a text."""
    document = Document.make({"id": name, "text": text, "date": day, "outlet": "وكالة"})
    return Reading.of(stub_extractor().extract(document), document)


def full_reading() -> Reading:
    """A hand-made reading with all that a card can show: bounds, parts, flags, places, open dates, every status."""
    text = f"{ASTRAL} {DENIAL} قصف حلب"

    def at(word: str, nth: int = 0) -> tuple[str, int, int]:
        start = -1
        for _ in range(nth + 1):
            start = text.index(word, start + 1)
        return word, start, start + len(word)

    number, victims = Mention(*at("7")), Mention(*at("مدنيين"))
    strike = Event(
        id="ev-1",
        type="shelling",
        status="asserted",
        aggregate=False,
        confidence=0.9,
        triggers=(Mention(*at("قصف")), Mention(*at("مقتل"))),
        perpetrators=(Actor(*at("قوات النظام"), name="الجيش السوري", name_en="Syrian army", actor_id="sy-army", kind="state force"),),
        targets=(Actor(*at("مدنيين"), kind="civilian"),),
        casualties=(
            Casualty("killed", 7, None, False, number, (victims,), True, None, reason="at least 7"),
            Casualty("killed", 2, 2, False, None, (victims,), True, 0, "children", "a part"),
            Casualty("wounded", 20, 30, True, None, (), None, None),
        ),
        locations=(
            Place(*at("بلدة سرمين"), "سرمين", "Sarmin", 35.9, 36.72, "SY", "Idlib", "town", 1, "geonames:1", "the only place of this name"),
        ),
        date=When(*at("أمس"), "2024-11-29", "2024-11-29", "day", "yesterday"),
        sources=(Actor(*at("الدفاع المدني"), name_en="Civil Defence"),),
        evidence=(Evidence(2, len(ASTRAL)),),
        acled=Acled("Explosions/Remote violence", "Shelling/artillery/missile attack"),
        flags=(Flag("tolls", (0, 2), "killed: 7 and 9 of the same victims"),),
    )
    aleppo = Place(*at("حلب"), "حلب", "Aleppo", 36.2, 37.16, "SY", "Aleppo", "governorate", 4, "admin1:SY.09", "a governorate")
    bare = replace(strike, casualties=(), perpetrators=(), targets=(), flags=(), sources=(), triggers=(Mention(*at("استهداف")),))
    denied = replace(bare, id="ev-2", status="denied", type="airstrike", locations=(aleppo,), date=When(*at("أمس"), None, "2024-11-20"))
    denied = replace(denied, casualties=(Casualty("killed", 50, 50, False, None, (victims,), True, None),))
    last = Mention(*at("قصف", 1))
    alleged = replace(strike, id="ev-3", status="alleged", triggers=(last,), locations=(), date=None, confidence=0.3)
    planned = replace(bare, id="ev-4", status="planned", triggers=(last,), locations=(Place(*at("حلب", 1)),), date=None, confidence=None)
    spans = tuple(Span(label, s, e, w, 0.9) for label, (w, s, e) in [("NUMBER", at("7")), ("TRIGGER", at("قصف")), ("LOCATION", at("حلب"))])
    record = Record("full", "rasid/1", ModelInfo("stub", "0"), spans, (strike, denied, alleged, planned))
    return Reading(record, text, dt.date(2024, 11, 30), "وكالة")
