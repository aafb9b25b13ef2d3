"""Tells whether two events are reports of one incident, and why: findings with points, or one that rules it out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rasid.incident.facts import Facts, Side, day
from rasid.incident.figures import compare_figures, same_figures
from rasid.incident.findings import RULED_OUT, Finding, found, ruled_out
from rasid.incident.sites import compare_sites, same_places
from rasid.incident.tables import limit, points, type_points

__all__ = ["Finding", "Verdict", "compare"]

# Parts of the day whose middle hours lie further apart are not one.
_FAR_HOURS = 8


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether two events report one incident: the findings, their points, and whether one of them rules it out."""

    findings: tuple[Finding, ...]
    score: float
    excluded: bool

    @property
    def same(self) -> bool:
        """Whether they do."""
        return not self.excluded and self.score >= points("threshold")


def compare(a: Facts, b: Facts) -> Verdict:
    """Compare two events; the order of the two makes no difference."""
    a, b = sorted((a, b), key=lambda facts: facts.key)
    findings: list[Finding] = []
    for finding in _findings(a, b):
        findings.append(finding)
        if finding.points == RULED_OUT:
            return Verdict((finding,), RULED_OUT, True)
    return Verdict(tuple(findings), round(sum(finding.points for finding in findings), 3), False)


def _findings(a: Facts, b: Facts) -> Iterator[Finding]:
    if a.aggregate != b.aggregate:
        yield ruled_out("aggregate", "one is a toll over a period, the other a single incident")
    if (a.status == "planned") != (b.status == "planned"):
        yield ruled_out("planned", "one has not happened")
    if a.document == b.document and a.status == b.status and not same_figures(a, b):
        yield ruled_out("one_document", "one document tells of them as two")
    same_words = _same_words(a, b)
    if same_words:
        yield found("same_words", "their articles are near duplicates, and say the same of it")
    if a.aggregate:
        if not same_words or _disjoint(a, b):
            yield from _tolls(a, b)
        return
    worth = type_points(a.type, b.type)
    if worth is None:
        yield ruled_out("types", f"{a.type} and {b.type}")
    elif a.type == b.type:
        yield found("type_same", a.type)
    else:
        yield Finding("type_compatible", worth, f"{min(a.type, b.type)} and {max(a.type, b.type)} may be said of one incident")
    yield from _days(a, b)
    yield from compare_sites(a.sites, b.sites)
    if any(_nowhere(facts) for facts in (a, b)) and _country(a).isdisjoint(_country(b)) and _country(a) and _country(b):
        yield found("place_elsewhere", f"{', '.join(sorted(_country(a)))} and {', '.join(sorted(_country(b)))}")
    yield from compare_figures(a, b)
    yield from _sides(a, b)
    if "denied" in (a.status, b.status) and a.status != b.status:
        yield found("denied_version", f"{a.status} and {b.status}")
    if a.copies and a.copies == b.copies:
        yield found("near_duplicate", "their articles are near duplicates")


def _same_words(a: Facts, b: Facts) -> bool:
    """Whether near duplicates tell of it in the same words: then it is one incident though they name no place and no day."""
    if not a.copies or a.copies != b.copies or a.document == b.document:
        return False
    said = [(f.type, f.status, f.triggers, f.figures, f.date, tuple(site.key for site in f.sites)) for f in (a, b)]
    return said[0] == said[1]


def _tolls(a: Facts, b: Facts) -> Iterator[Finding]:
    """Tolls over a period are one where place, figure and time of publication are."""
    when = [facts.published for facts in (a, b)]
    if when[0] and when[1] and abs((day(when[0]) - day(when[1])).days) > limit("publication_days"):
        yield ruled_out("tolls", f"published on {min(when[0], when[1])} and {max(when[0], when[1])}")
    if _disjoint(a, b):
        yield ruled_out("tolls", "of different periods")
    if not same_places(a.sites, b.sites):
        yield ruled_out("tolls", "not known to be of one place")
    if not same_figures(a, b):
        yield ruled_out("tolls", "not the same figures")
    yield Finding("toll_same", points("threshold"), "the same figures of one place, over a period")


def _nowhere(facts: Facts) -> bool:
    return not any(site.country for site in facts.sites)


def _country(facts: Facts) -> set[str]:
    """Countries of the event's places, else the document's own."""
    own = {facts.country} if facts.country else set()
    return {site.country for site in facts.sites if site.country} or own


def _days(a: Facts, b: Facts) -> Iterator[Finding]:
    if a.first is None or a.last is None or b.first is None or b.last is None:
        yield ruled_out("days", "not at one time") if _disjoint(a, b) else found("date_unknown", "a day is not known")
        return
    gap = max((day(b.first) - day(a.last)).days, (day(a.first) - day(b.last)).days)
    if gap > 1:
        yield ruled_out("days", f"{_said(a)} and {_said(b)}")
        return
    if gap == 1:
        night = a.night or b.night
        yield found("date_night" if night else "date_next", f"{_said(a)} and {_said(b)}" + (", at night" if night else ""))
        return
    longest = max((facts.days or 0) for facts in (a, b))
    if a.assumed or b.assumed:
        yield found("date_assumed", f"{_said(a)} and {_said(b)}")
    elif longest == 1:
        yield found("date_same", a.first)
    else:
        yield found("date_overlap" if longest <= limit("few_days") else "date_wide", f"{_said(a)} and {_said(b)}")
    # The parts of the day are those of one day only where both name that day.
    if longest <= 2 and a.hours and b.hours and not (a.assumed or b.assumed):
        apart = min(abs(x - y) for x in a.hours for y in b.hours)
        if apart > _FAR_HOURS and (a.first, a.last) == (b.first, b.last):
            yield found("time_differs", f"{a.date} and {b.date}")
        elif apart == 0:
            yield found("time_same", f"{a.date} and {b.date}")


def _disjoint(a: Facts, b: Facts) -> bool:
    """Whether one has ended before the other begins, as far as their ends are known."""
    return bool((a.first and b.last and a.first > b.last) or (b.first and a.last and b.first > a.last))


def _said(facts: Facts) -> str:
    whole = facts.first or "" if facts.first == facts.last else f"{facts.first} to {facts.last}"
    return whole + (" (assumed: published then)" if facts.assumed else "")


def _sides(a: Facts, b: Facts) -> Iterator[Finding]:
    by = (a.perpetrators, b.perpetrators)
    if "battle" in (a.type, b.type):  # who attacked is told differently: the sides of both roles are compared
        by = ((*a.perpetrators, *a.targets), (*b.perpetrators, *b.targets))
    yield from _side(*by)
    shared = _ids(a.targets) & _ids(b.targets)
    if shared and "battle" not in (a.type, b.type):
        yield found("target_same", ", ".join(sorted(shared)))


def _side(a: tuple[Side, ...], b: tuple[Side, ...]) -> Iterator[Finding]:
    ids = _ids(a), _ids(b)
    countries = _countries(a), _countries(b)
    if not (ids[0] or countries[0]) or not (ids[1] or countries[1]):
        return
    if shared := ids[0] & ids[1]:
        yield found("side_same", ", ".join(sorted(shared)))
    elif shared := countries[0] & countries[1]:
        # Army, police and government are one side; two armed groups of one country are not.
        states = [any(side.state for side in sides) for sides in (a, b)]
        if all(ids) and not all(states):
            yield found("side_differs", f"{', '.join(sorted(ids[0]))} and {', '.join(sorted(ids[1]))}")
        else:
            yield found("side_country", ", ".join(sorted(shared)))
    else:
        names = [", ".join(sorted(ids[k] or countries[k])) for k in (0, 1)]
        yield found("side_differs", f"{names[0]} and {names[1]}")


def _ids(sides: tuple[Side, ...]) -> set[str]:
    return {side.id for side in sides if side.id}


def _countries(sides: tuple[Side, ...]) -> set[str]:
    return {side.country for side in sides if side.country}
