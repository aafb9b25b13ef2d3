"""Export profiles: the columns of ACLED and UCDP GED, figures that never add what may overlap, and no row for what did not happen."""

from __future__ import annotations

import csv
import datetime as dt
import io
from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner

import rasid
from rasid.acled import acled_type
from rasid.actors import KINDS
from rasid.cli import app
from rasid.document import Document
from rasid.lexicon import rows
from rasid.profiles import Profile, ProfileWriter, columns, profile_row
from rasid.profiles.codes import acled_day, priogrid, ucdp_date_precision
from rasid.profiles.deaths import count_deaths
from rasid.records import EVENT_TYPES, Acled, Actor, Casualty, Event, Evidence, Flag, Mention, ModelInfo, Place, Record, When
from stubs import DENIAL, REPORT, stub_extractor

TEXT = "قصفت القوات بلدة فقتلت أناسا. وقال الشهود إن الجرحى كثر."
DOCUMENT = Document("d-1", TEXT, dt.date(2020, 2, 28), "إذاعة")
ARMY = Actor("الجيش", 100, 105, name="الجيش السوري", name_en="Syrian Army", actor_id="sy-army", kind="state force", country="SY")
RUSSIA = Actor("روسيا", 110, 115, name="روسيا", name_en="Russia", actor_id="ru", kind="state", country="RU")
IS = Actor("داعش", 120, 124, name_en="Islamic State", actor_id="is", kind="non-state")
SDF = Actor("قسد", 130, 133, name_en="Syrian Democratic Forces", actor_id="sy-sdf", kind="non-state", country="SY")
GUNMEN = Actor("مسلحون", 140, 146, kind="militant")
PLANES = Actor("طائرات", 170, 176, name_en="warplanes", kind="state force")
PEOPLE = Actor("مدنيين", 150, 156, kind="civilian")
CROWD = Actor("متظاهرين", 160, 168, kind="protester")
IDLIB = Place("إدلب", 200, 204, "إدلب", "Idlib", 35.93, 36.63, "SY", "Idlib", "city", 1, "g-1")
DAY = When("الخميس", 300, 306, "2020-02-27", "2020-02-27", "day")


def event(kind: str = "battle", *casualties: Casualty, who: tuple[Actor, ...] = (), whom: tuple[Actor, ...] = (), **more: object) -> Event:
    made = Event(
        id="ev-1",
        type=kind,
        status="asserted",
        aggregate=False,
        confidence=0.9,
        triggers=(),
        perpetrators=who,
        targets=whom,
        casualties=casualties,
        locations=(IDLIB,),
        date=DAY,
        sources=(),
        evidence=(Evidence(0, 28),),
        acled=None,
    )
    made = replace(made, **more)  # type: ignore[arg-type]
    return replace(made, acled=acled_type(made))


def killed(low: int | None, high: int | None = -1, of: Actor | None = None, kind: str = "killed", **more: object) -> Casualty:
    """A figure; `of` is the actor whose characters the victims are. Without `high` it is exact."""
    victims = (Mention(of.text, of.start, of.end),) if of else ()
    entry = Casualty(kind, low, low if high == -1 else high, False, None, victims, None, None)
    return replace(entry, **more)  # type: ignore[arg-type]


def row(profile: str, made: Event) -> dict[str, str | int | float | None]:
    record = Record("d-1", "rasid/1", ModelInfo("m", "1"), (), (made,))
    return profile_row(Profile(profile), made, record, DOCUMENT)


def cells(profile: str, made: Event, *names: str) -> list[str | int | float | None]:
    got = row(profile, made)
    return [got[name] for name in names]


# --- columns

ACLED_COLUMNS = """
    event_id_cnty event_date year time_precision disorder_type event_type sub_event_type actor1 assoc_actor_1 inter1 actor2
    assoc_actor_2 inter2 interaction civilian_targeting iso region country admin1 admin2 admin3 location latitude longitude
    geo_precision source source_scale notes fatalities tags timestamp
"""
UCDP_COLUMNS = """
    id relid year active_year code_status type_of_violence conflict_dset_id conflict_new_id conflict_name dyad_dset_id
    dyad_new_id dyad_name side_a_dset_id side_a_new_id side_a side_b_dset_id side_b_new_id side_b number_of_sources
    source_article source_office source_date source_headline source_original where_prec where_coordinates where_description
    adm_1 adm_2 latitude longitude geom_wkt priogrid_gid country country_id region event_clarity date_prec date_start
    date_end deaths_a deaths_b deaths_civilians deaths_unknown best high low gwnoa gwnob
"""


@pytest.mark.parametrize(("profile", "names"), [("acled", ACLED_COLUMNS.split()), ("ucdp", UCDP_COLUMNS.split())])
def test_the_columns_are_those_of_the_data_set_in_its_order(profile: str, names: list[str]) -> None:
    documented = columns(Profile(profile))
    ours = [column.name for column in documented[len(names) :]]
    assert [column.name for column in documented[: len(names)]] == names
    assert ours
    assert all(name.startswith("rasid_") for name in ours)
    assert all(column.meaning and column.filled and column.empty for column in documented)


@pytest.mark.parametrize("profile", ["acled", "ucdp"])
def test_only_columns_documented_as_always_empty_are_never_filled(profile: str) -> None:
    full = event(
        "airstrike",
        killed(40, of=PEOPLE, civilian=True),
        who=(ARMY, RUSSIA),
        whom=(PEOPLE, IS),
        status="alleged",
        sources=(Actor("المرصد", 400, 406, name_en="SOHR"),),
        flags=(Flag("bounds", (0,), "x"),),
    )
    got = row(profile, full)
    filled = {name for name, value in got.items() if value not in (None, "")}
    more = {"civilian_targeting", "gwnob"}  # not in this event
    assert {column.name for column in columns(Profile(profile)) if column.empty != "always"} - more <= filled
    assert not filled & {column.name for column in columns(Profile(profile)) if column.empty == "always"}


@pytest.mark.parametrize("profile", ["acled", "ucdp"])
@pytest.mark.parametrize("kind", EVENT_TYPES)
def test_an_event_of_which_nothing_is_known_is_a_row(profile: str, kind: str) -> None:
    got = row(profile, event(kind, locations=(), date=None, evidence=(), confidence=None))
    assert list(got) == [column.name for column in columns(Profile(profile))]


def test_tables_name_every_kind_and_type_that_there_is() -> None:
    assert {cells[0] for cells in rows("lexicon/actor_classes.tsv")} == set(KINDS)
    assert {kind for cells in rows("lexicon/acled_triggers.tsv") for kind in cells[0].split("|")} <= set(EVENT_TYPES)


# --- deaths


@pytest.mark.parametrize(
    ("figures", "best", "low", "high"),
    [
        ([killed(40)], 40, 40, 40),
        ([killed(300, None)], 300, 300, None),  # at least 300
        ([killed(None, 50)], None, None, 50),  # up to 50
        ([killed(20, 30)], 20, 20, 30),
        ([killed(10), killed(3, part_of=0)], 10, 10, 10),  # a part is in its whole
        ([killed(3, part_of=1), killed(10)], 10, 10, 10),
        ([killed(10), killed(5, part_of=0), killed(2, part_of=1)], 10, 10, 10),
        ([killed(12), killed(15)], 12, 12, 15),  # tolls that differ
        ([killed(20, None, approx=True), killed(25)], 25, 20, 25),  # the precise one is best
        ([killed(300, None), killed(310)], 310, 300, 310),
        ([killed(300, None), killed(250)], 250, 250, None),  # the open one starts above the other
        ([killed(3, civilian=True), killed(5, civilian=False)], 8, 8, 8),  # nobody is both
        ([killed(2, group="women"), killed(3, group="children")], 5, 5, 5),
        ([killed(2, group="women"), killed(3, group="displaced")], 2, 2, 3),  # may overlap
        ([killed(3, civilian=True), killed(5, None, civilian=False)], 8, 8, None),
        ([killed(11, None, of=PEOPLE, civilian=True), killed(2, civilian=True, group="women")], 11, 11, None),  # may be of the 11
        ([killed(2, of=IS), killed(2, group="children")], 2, 2, 2),  # each may be the other: one stays
        ([killed(8), killed(3, civilian=True), killed(5, civilian=False)], 8, 8, 8),  # a total and what may be its parts
        ([killed(5, of=IS), killed(2, of=ARMY)], 7, 7, 7),  # the dead of two sides
        ([killed(7, kind="wounded")], None, None, None),
        ([killed(31, kind="killed_or_wounded")], None, None, None),
        ([killed(31, kind="killed_or_wounded"), killed(11, part_of=0), killed(20, kind="wounded", part_of=0)], 11, 11, 11),
        ([killed(3, part_of=1), killed(3, part_of=0)], 3, 3, 3),  # a circle
        ([killed(3, part_of=0)], 3, 3, 3),
        ([], None, None, None),
        ([killed(n) for n in range(1, 40)], 1, 1, 39),  # many: never added, and at once
    ],
)
def test_best_low_and_high(figures: list[Casualty], best: int | None, low: int | None, high: int | None) -> None:
    made = event("battle", *figures, who=(ARMY,), whom=(IS,))
    assert cells("ucdp", made, "best", "low", "high") == [best, low, high]


SHARES = ("deaths_a", "deaths_b", "deaths_civilians", "deaths_unknown")


@pytest.mark.parametrize(
    ("figures", "shares"),
    [
        ([killed(40)], [0, 0, 0, 40]),
        ([killed(5, of=ARMY), killed(7, of=IS)], [5, 7, 0, 0]),
        ([killed(7, civilian=True)], [0, 0, 7, 0]),
        ([killed(10), killed(3, part_of=0, civilian=True)], [0, 0, 3, 7]),
        ([killed(10, of=IS), killed(3, of=IS, part_of=0)], [0, 10, 0, 0]),
        ([killed(10), killed(4, of=IS, part_of=0), killed(3, part_of=0, civilian=True)], [0, 4, 3, 3]),
        ([killed(10), killed(3, part_of=0, civilian=True), killed(2, part_of=1, civilian=True, group="children")], [0, 0, 3, 7]),
        ([killed(10), killed(30, part_of=0, civilian=True)], [0, 0, 0, 10]),  # a contradiction is flagged, not mended
        ([killed(None, 50)], [None] * 4),
        ([], [None] * 4),
    ],
)
def test_deaths_by_side_add_up_to_best(figures: list[Casualty], shares: list[int | None]) -> None:
    made = event("battle", *figures, who=(ARMY,), whom=(IS,))
    got = cells("ucdp", made, *SHARES)
    assert got == shares
    if shares[0] is not None:
        assert sum(n for n in shares if n is not None) == row("ucdp", made)["best"]


def test_victims_in_other_words_are_of_the_side_that_they_resolve_to() -> None:
    dead = replace(killed(5, civilian=False), victims=(Mention("جنود سوريين", 500, 511),))
    assert cells("ucdp", event("battle", dead, who=(IS,), whom=(ARMY,)), *SHARES) == [5, 0, 0, 0]


def test_notes_say_what_was_not_counted_and_what_differs() -> None:
    assert count_deaths(event("battle", killed(31, kind="killed_or_wounded"))).notes == (
        "31 killed or wounded, not told apart: not counted as deaths",
    )
    assert count_deaths(event("battle", killed(12), killed(15))).notes == ("figures of deaths differ: 12; 15",)
    flagged = event("battle", killed(3), flags=(Flag("part", (0,), "too large"),))
    assert row("ucdp", flagged)["rasid_notes"] == "check: too large"


@pytest.mark.parametrize(
    ("figures", "fatalities"),
    [
        ([], 0),  # as the code book has it: none reported
        ([killed(4, kind="wounded")], 0),
        ([killed(31, kind="killed_or_wounded")], None),
        ([killed(None, 50)], None),
        ([killed(40)], 40),
        ([killed(15), killed(12)], 12),  # the most conservative
    ],
)
def test_fatalities(figures: list[Casualty], fatalities: int | None) -> None:
    assert row("acled", event("battle", *figures))["fatalities"] == fatalities


# --- sides


@pytest.mark.parametrize(
    ("kind", "who", "whom", "sides"),
    [
        ("battle", ARMY, IS, [1, "Government of Syria", "Islamic State", 652, None]),
        ("battle", IS, ARMY, [1, "Government of Syria", "Islamic State", 652, None]),  # the government is side A
        ("airstrike", RUSSIA, SDF, [1, "Government of Russia (Soviet Union)", "Syrian Democratic Forces", 365, None]),
        ("battle", SDF, IS, [2, "Syrian Democratic Forces", "Islamic State", None, None]),
        ("attack", IS, PEOPLE, [3, "Islamic State", "Civilians", None, None]),
        ("airstrike", PLANES, None, [None, "warplanes", None, None, None]),
        ("airstrike", RUSSIA, None, [None, "Government of Russia (Soviet Union)", None, 365, None]),
        ("agreement", ARMY, IS, [None, "Government of Syria", "Islamic State", 652, None]),
    ],
)
def test_ucdp_sides(kind: str, who: Actor, whom: Actor | None, sides: list[object]) -> None:
    made = event(kind, who=(who,), whom=(whom,) if whom else ())
    assert cells("ucdp", made, "type_of_violence", "side_a", "side_b", "gwnoa", "gwnob") == sides


def test_deaths_go_with_the_sides_that_change_places() -> None:
    made = event("battle", killed(5, of=ARMY), killed(7, of=IS), who=(IS,), whom=(ARMY,))
    assert cells("ucdp", made, "side_a", "deaths_a", "deaths_b") == ["Government of Syria", 5, 7]
    assert row("ucdp", made)["dyad_name"] == "Government of Syria - Islamic State"


def test_a_known_actor_stands_for_the_unnamed_of_its_side() -> None:
    assert row("ucdp", event("airstrike", who=(PLANES, ARMY)))["side_a"] == "Government of Syria"
    assert row("ucdp", event("battle", who=(IS,), whom=(PLANES, SDF)))["side_a"] == "warplanes"  # no actor of that side is named


def test_acled_actors() -> None:
    names = ("actor1", "assoc_actor_1", "inter1", "actor2", "inter2", "interaction", "civilian_targeting")
    strike = event("airstrike", killed(3, civilian=True), who=(RUSSIA, ARMY))
    assert cells("acled", strike, *names) == ["Russia", "Syrian Army", 8, "Civilians (Syria)", 7, 78, "Civilian targeting"]
    fight = event("battle", who=(IS,), whom=(ARMY,))
    assert cells("acled", fight, *names) == ["Islamic State", "", 2, "Syrian Army", 1, 12, None]
    assert cells("acled", event("attack", who=(GUNMEN,), whom=(PEOPLE,)), *names)[:4] == [
        "Unidentified Armed Group (Syria)",
        "",
        3,
        "Civilians (Syria)",
    ]
    assert cells("acled", event("protest", who=(CROWD,)), *names)[:6] == ["Protesters (Syria)", "", 6, None, 0, 60]
    # A named group of which the kind does not tell rebels from militias.
    assert cells("acled", event("battle", who=(SDF,), whom=(IS,)), "inter1", "interaction") == [None, None]
    # A state's forces in a place that is not known may be at home or abroad.
    assert cells("acled", event("battle", who=(ARMY,), locations=()), "inter1") == [None]
    deal = event("agreement", who=(ARMY, SDF))
    assert cells("acled", deal, "actor1", "assoc_actor_1", "actor2") == ["Syrian Army", "", "Syrian Democratic Forces"]


# --- ACLED's types


def saying(kind: str, trigger: str, text: str, **more: object) -> Acled | None:
    start = text.index(trigger)
    made = event(kind, triggers=(Mention(trigger, start, start + len(trigger)),), **more)
    return acled_type(made, text)


@pytest.mark.parametrize(
    ("kind", "trigger", "text", "sub_event_type"),
    [
        ("bombing", "تفجير", "وقع تفجير انتحاري في السوق", "Suicide bomb"),
        ("bombing", "انفجار", "انفجار سيارة مفخخة قرب الجسر", "Remote explosive/landmine/IED"),
        ("bombing", "انفجار", "دوى انفجار، وكان الانتحاري بعيدا", "Remote explosive/landmine/IED"),  # another clause
        ("bombing", "إلقاء", "إلقاء قنبلة يدوية على مقهى", "Grenade"),
        ("bombing", "انفجار", "انفجار القنابل", "Remote explosive/landmine/IED"),
        ("airstrike", "قصف", "قصف بغاز الكلور", "Chemical weapon"),
        ("airstrike", "غارة", "غارة على قرية", "Air/drone strike"),
        ("shelling", "قصف", "قصف مدفعي", "Shelling/artillery/missile attack"),
        ("attack", "اغتصاب", "اغتصاب نازحة", "Sexual violence"),
        ("protest", "شغب", "أعمال شغب في المدينة", "Violent demonstration"),
        ("destruction", "إسقاط", "إسقاط طائرة مسيرة", "Disrupted weapons use"),
        ("territory", "انسحاب", "انسحاب القوات من البلدة", "Non-violent transfer of territory"),
    ],
)
def test_words_choose_the_sub_event_type(kind: str, trigger: str, text: str, sub_event_type: str) -> None:
    found = saying(kind, trigger, text)
    assert found is not None
    assert found.sub_event_type == sub_event_type


@pytest.mark.parametrize(
    ("made", "types"),
    [
        (event("attack", whom=(PEOPLE,)), ("Violence against civilians", "Attack")),
        (event("attack"), ("Violence against civilians", "Attack")),
        (event("attack", whom=(ARMY,)), ("Battles", "Armed clash")),
        (event("attack", whom=(ARMY, PEOPLE)), ("Violence against civilians", "Attack")),
        (event("territory", who=(ARMY,)), ("Strategic developments", "Non-violent transfer of territory")),
        (event("territory", killed(3), who=(ARMY,)), ("Battles", "Government regains territory")),
        (event("territory", killed(3), who=(RUSSIA,)), ("Battles", "Non-state actor overtakes territory")),
        (event("territory", killed(3), who=(IS,)), ("Battles", "Non-state actor overtakes territory")),
        (event("territory", killed(3)), ("Battles", "Armed clash")),
        (event("protest", who=(CROWD,)), ("Protests", "Peaceful protest")),
        (event("protest", killed(2), who=(CROWD,)), ("Protests", "Excessive force against protesters")),
        (event("protest", killed(2, civilian=False), who=(CROWD,)), ("Riots", "Violent demonstration")),
        (event("protest", killed(2, kind="wounded"), who=(CROWD,)), ("Protests", "Protest with intervention")),
    ],
)
def test_figures_and_sides_choose_the_acled_type(made: Event, types: tuple[str, str]) -> None:
    assert made.acled is not None
    assert (made.acled.event_type, made.acled.sub_event_type) == types


def test_a_place_fought_over_is_taken_by_fighting() -> None:
    assert acled_type(event("territory", who=(ARMY,)), fought=True) == Acled("Battles", "Government regains territory")


@pytest.mark.parametrize("kind", ["displacement", "casualties"])
def test_what_acled_has_no_type_for_is_empty(kind: str) -> None:
    assert cells("acled", event(kind), "event_type", "sub_event_type", "disorder_type") == [None, None, None]


def test_disorder_type() -> None:
    assert row("acled", event("battle"))["disorder_type"] == "Political violence"
    assert row("acled", event("protest"))["disorder_type"] == "Demonstrations"
    assert row("acled", event("protest", killed(1)))["disorder_type"] == "Political violence; Demonstrations"
    assert row("acled", event("agreement"))["disorder_type"] == "Strategic developments"


# --- dates and places


@pytest.mark.parametrize(
    ("first", "last", "precision", "ucdp", "acled"),
    [
        ("2020-02-27", "2020-02-27", "day", 1, ("2020-02-27", 1)),
        ("2020-02-27", "2020-02-27", "part_of_day", 1, ("2020-02-27", 1)),
        ("2020-02-26", "2020-02-27", "part_of_day", 2, ("2020-02-26", 2)),  # the night between
        ("2020-02-24", "2020-02-26", "interval", 2, ("2020-02-25", 2)),
        ("2020-02-24", "2020-03-01", "week", 3, ("2020-02-27", 2)),
        ("2020-02-01", "2020-02-29", "month", 4, ("2020-02-15", 3)),
        ("2019-12-20", "2020-01-05", "interval", 4, ("2019-12-28", 3)),
        ("2020-03-01", "2020-05-31", "season", 5, None),
        ("2020-01-01", "2020-12-31", "year", 5, None),
        ("2011-03-01", "2020-02-28", "open", None, None),  # since 2011
        ("2020-02-27", None, "open", None, None),
        (None, None, None, None, None),
    ],
)
def test_date_precision(first: str | None, last: str | None, precision: str | None, ucdp: int | None, acled: object) -> None:
    when = When("x", 0, 1, first, last, precision)
    assert ucdp_date_precision(when) == ucdp
    assert acled_day(when) == acled


def test_no_date_is_empty_and_never_the_report_s() -> None:
    made = event("battle", date=None)
    assert cells("acled", made, "event_date", "year", "time_precision") == [None] * 3
    assert cells("ucdp", made, "year", "date_prec", "date_start", "date_end", "source_date") == [*[None] * 4, "2020-02-28"]


def test_places() -> None:
    names = ("where_prec", "where_coordinates", "adm_1", "geom_wkt", "priogrid_gid", "country", "country_id", "region")
    assert cells("ucdp", event(), *names) == [1, "Idlib", "Idlib", "POINT (36.63 35.93)", 181154, "Syria", 652, "Middle East"]
    names = ("iso", "region", "country", "admin1", "location", "latitude", "geo_precision")
    assert cells("acled", event(), *names) == [760, "Middle East", "Syria", "Idlib", "Idlib", 35.93, 1]
    governorate = replace(IDLIB, precision=4)
    assert cells("acled", event(locations=(governorate,)), "geo_precision") == [3]
    unknown = Place("القرية", 1, 5)
    assert cells("ucdp", event(locations=(unknown, IDLIB)), "where_coordinates", "where_description") == ["Idlib", "القرية; إدلب"]
    assert cells("acled", event(locations=(unknown,)), "location", "latitude", "country", "geo_precision") == ["القرية", None, None, None]


def test_the_grid_s_cells_are_numbered_from_the_south_west() -> None:
    assert (priogrid(-90, -180), priogrid(-89.6, -179.4), priogrid(90, 180)) == (1, 2, 259200)
    assert (priogrid(-46.75, 37.75), priogrid(34.53, 69.16)) == (62356, 179779)  # as in PRIO-GRID and GED


def test_sources_and_clarity() -> None:
    names = ("source_office", "source_date", "source_article", "source_original", "number_of_sources", "event_clarity")
    made = event(sources=(Actor("المرصد", 1, 7, name_en="SOHR"),))
    assert cells("ucdp", made, *names) == ["إذاعة", "2020-02-28", "إذاعة,2020-02-28", "SOHR", 1, 1]
    assert cells("acled", made, "source", "notes", "tags") == ["إذاعة; SOHR", TEXT[:28].strip(), ""]
    unsure = event(status="alleged", aggregate=True)
    assert cells("ucdp", unsure, "event_clarity") == [2]
    assert cells("acled", unsure, "tags") == ["alleged; aggregate"]


# --- the writer and the command


@pytest.mark.parametrize("profile", list(Profile))
def test_what_did_not_happen_has_no_row_and_is_counted(profile: Profile) -> None:
    events = tuple(event(status=status) for status in ("asserted", "denied", "alleged", "planned", "planned"))
    stream = io.StringIO(newline="")
    writer = ProfileWriter(stream, profile)
    writer.write(Record("d-1", "rasid/1", ModelInfo("m", "1"), (), events), DOCUMENT)
    writer.close()
    found = list(csv.DictReader(io.StringIO(stream.getvalue(), newline="")))
    assert [line["rasid_status"] for line in found] == ["asserted", "alleged"]
    assert writer.summary() == f"left out of profile {profile.value}: 3 events that did not happen (1 denied, 2 planned)"


@pytest.fixture
def stub(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rasid, "load", lambda path=None, *, threads=None: stub_extractor())


@pytest.mark.parametrize("options", [["--profile", "ucdp"], ["--profile", "ucdp", "--format", "csv"]])
def test_the_command_writes_a_profile(tmp_path: Path, stub: None, options: list[str]) -> None:
    path = tmp_path / "a.txt"
    path.write_text(f"{REPORT} {DENIAL}", encoding="utf-8")
    result = CliRunner().invoke(app, ["extract", str(path), "--date", "2020-02-28", *options])
    assert result.exit_code == 0
    (line,) = csv.DictReader(io.StringIO(result.stdout))
    assert (line["best"], line["deaths_civilians"], line["date_start"], line["rasid_type"]) == ("7", "7", "2020-02-27", "shelling")
    assert result.stderr == "rasid: left out of profile ucdp: 1 event that did not happen (1 denied)\n"


def test_a_profile_is_csv_and_nothing_else(tmp_path: Path, stub: None) -> None:
    path = tmp_path / "a.txt"
    path.write_text(REPORT, encoding="utf-8")
    result = CliRunner().invoke(app, ["extract", str(path), "--profile", "acled", "--format", "json"])
    assert result.exit_code == 2
    assert result.stdout == ""
    assert "got --profile acled and --format json, expected csv" in result.stderr
