"""Makes an Incident of the facts of its reports."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence

from rasid.incident.compare import Verdict
from rasid.incident.facts import Facts, Figure, Site
from rasid.incident.model import FigureSummary, Incident, Link, Member, Reason, ReportedFigure
from rasid.records import CASUALTY_KINDS, EVENT_TYPES

# The strongest first.
_STATUSES = ("asserted", "alleged", "denied", "planned")
# Says least about what happened: another report's type goes before it.
_LEAST_TELLING = ("casualties", "attack", "destruction")

Linked = tuple[Facts, Facts, Verdict]


def make_incident(name: str, events: Sequence[Facts], links: Sequence[Linked]) -> Incident:
    """The incident of a group.

    Args:
        name: key of the event that it is named after.
    """
    events = sorted(events, key=lambda f: (f.published or "9999", f.key))
    statuses = {facts.status for facts in events}
    site = _place(events)
    first, last = _days(events)
    published = sorted(facts.published for facts in events if facts.published)
    return Incident(
        group_id="inc-" + hashlib.sha256(name.encode()).hexdigest()[:16],
        type=_type(events),
        status=next(status for status in _STATUSES if status in statuses),
        disputed="denied" in statuses and bool(statuses & {"asserted", "alleged"}),
        aggregate=events[0].aggregate,
        place=site.text if site else None,
        lat=site.lat if site else None,
        lon=site.lon if site else None,
        country=site.country if site else None,
        admin1=site.admin1 if site else None,
        place_precision=site.precision if site else None,
        date_from=first,
        date_to=last,
        first_reported=published[0] if published else None,
        last_reported=published[-1] if published else None,
        reports=len({facts.document for facts in events}),
        independent_reports=_independent(events),
        figures=_summaries([f for f in events if f.status == "asserted"]),
        unconfirmed={
            status: figures
            for status in _STATUSES[1:]
            if status in statuses and (figures := _summaries([f for f in events if f.status == status]))
        },
        members=tuple(_member(facts) for facts in events),
        links=tuple(_link(*link) for link in links),
    )


def _summaries(events: Sequence[Facts]) -> tuple[FigureSummary, ...]:
    return tuple(summary for kind in CASUALTY_KINDS if (summary := _summary(kind, events)) is not None)


def _summary(kind: str, events: Sequence[Facts]) -> FigureSummary | None:
    """`events` in the order of publication."""
    told = [facts for facts in events if any(f.kind == kind for f in facts.figures)]
    figures = [f for facts in told for f in facts.figures if f.kind == kind]
    if not figures:
        return None
    last = [facts for facts in told if facts.published == told[-1].published]
    # Of several reports of the last day the one with the highest figure: which of them came later is not known.
    by, latest = max(((facts, f) for facts in last for f in facts.figures if f.kind == kind), key=lambda pair: (_top(pair[1]), pair[0].key))
    lows = [f.low for f in figures if f.low is not None]
    return FigureSummary(
        kind=kind,
        lowest=min(lows, default=None),
        highest=max((top for f in figures if (top := _top(f)) >= 0), default=None),
        open=any(f.high is None for f in figures),
        latest_low=latest.low,
        latest_high=latest.high,
        latest_date=by.published,
        latest_doc_id=by.doc_id,
        independent_reports=_independent(told),
    )


def _top(figure: Figure) -> int:
    """The upper bound, else the lower; -1 where there is neither."""
    return figure.high if figure.high is not None else figure.low if figure.low is not None else -1


def _independent(events: Sequence[Facts]) -> int:
    return len({facts.copies or facts.document for facts in events})


def _type(events: Sequence[Facts]) -> str:
    counts = Counter(facts.type for facts in events)
    return min(counts, key=lambda t: (t in _LEAST_TELLING, -counts[t], EVENT_TYPES.index(t)))


def _place(events: Sequence[Facts]) -> Site | None:
    """The most exact place that most reports give."""
    sites = [site for facts in events for site in facts.sites]
    counts = Counter(site.id or site.key for site in sites)
    return min(sites, key=lambda s: (s.precision or 9, -counts[s.id or s.key], s.id or s.key, s.text), default=None)


def _days(events: Sequence[Facts]) -> tuple[str | None, str | None]:
    """The days that all reports which give some have in common; all of theirs where there are none; else those assumed."""
    told = [facts for facts in events if not facts.assumed and (facts.first or facts.last)] or list(events)
    firsts, lasts = [f.first for f in told if f.first], [f.last for f in told if f.last]
    first, last = max(firsts, default=None), min(lasts, default=None)
    if first is None or last is None or first <= last:
        return first, last
    return min(firsts), max(lasts)


def _member(facts: Facts) -> Member:
    return Member(
        doc_id=facts.doc_id,
        event_id=facts.event_id,
        outlet=facts.outlet,
        doc_date=facts.published,
        copies=f"copies-{facts.copies}" if facts.copies else None,
        type=facts.type,
        status=facts.status,
        triggers=facts.triggers,
        place=facts.sites[0].text if facts.sites else None,
        date=facts.date,
        date_from=facts.first if not facts.assumed else None,
        date_to=facts.last if not facts.assumed else None,
        perpetrators=tuple(side.text for side in facts.perpetrators),
        targets=tuple(side.text for side in facts.targets),
        sources=facts.sources,
        figures=tuple(ReportedFigure(f.kind, f.low, f.high, f.approx, f.civilian) for f in facts.figures),
    )


def _link(a: Facts, b: Facts, verdict: Verdict) -> Link:
    reasons = tuple(Reason(f.code, f.points, f.text) for f in verdict.findings)
    text = "; ".join(f"{f.code.replace('_', ' ')} ({f.points:+g}): {f.text}" for f in verdict.findings)
    return Link(a.event_id, b.event_id, a.doc_id, b.doc_id, verdict.score, text, reasons)
