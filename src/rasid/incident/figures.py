"""Compares the casualty figures of two events."""

from __future__ import annotations

from collections.abc import Iterator

from rasid.incident.facts import Facts, Figure, day
from rasid.incident.findings import Finding, found, ruled_out
from rasid.incident.tables import limit, points

_LARGE, _MIDDLE = 10, 4


def same_figures(a: Facts, b: Facts) -> bool:
    """Whether both give the same figures: the same kinds and bounds, and at least one."""
    return bool(a.figures) and {(f.kind, f.low, f.high) for f in a.figures} == {(f.kind, f.low, f.high) for f in b.figures}


def compare_figures(a: Facts, b: Facts) -> Iterator[Finding]:
    """Findings about the figures: the best and the worst of the kinds that both give."""
    first, second = _by_publication(a, b)
    findings = [
        finding
        for kind in sorted({f.kind for f in a.figures} & {f.kind for f in b.figures})
        if (finding := _kind(kind, first, second, ordered=_risen_may(a, b))) is not None
    ]
    out = next((f for f in findings if f.code == "figures"), None)
    if out is not None:
        yield out
        return
    good = max((f for f in findings if f.points > 0), key=lambda f: f.points, default=None)
    bad = min((f for f in findings if f.points <= 0), key=lambda f: f.points, default=None)
    yield from (f for f in (good, bad) if f is not None)
    yield from _victims(a, b)


def _by_publication(a: Facts, b: Facts) -> tuple[Facts, Facts]:
    return (b, a) if a.published and b.published and b.published < a.published else (a, b)


def _risen_may(a: Facts, b: Facts) -> bool:
    return bool(a.published and b.published and a.published != b.published and 0 < abs((day(a.published) - day(b.published)).days) <= 7)


def _kind(kind: str, first: Facts, second: Facts, *, ordered: bool) -> Finding | None:
    """The best finding among the figures of a kind: a report may give those of several sources."""
    pairs = [(x, y) for x in first.figures if x.kind == kind for y in second.figures if y.kind == kind]
    made = [finding for x, y in pairs if (finding := _pair(x, y, ordered)) is not None]
    return max(made, key=lambda f: (f.points, f.text), default=None)


def _pair(x: Figure, y: Figure, ordered: bool) -> Finding | None:
    """Compare two figures, `y` being of the later report if `ordered`."""
    text = f"{x.kind}: {_said(x)} and {_said(y)}"
    low, high = _value(x), _value(y)
    if low is None or high is None or low == 0 or high == 0:
        return None
    if (x.low, x.high) == (y.low, y.high):
        if x.approx or x.low != x.high:
            return found("figures_overlap", text)
        return found("figures_large" if low >= _LARGE else "figures_equal" if low >= _MIDDLE else "figures_small", text)
    vague = x.low != x.high or y.low != y.high
    if vague and _top(x) >= (y.low or 0) and _top(y) >= (x.low or 0) and max(low, high) <= limit("vary_ratio") * min(low, high):
        return found("figures_overlap", text)
    small, large = min(low, high), max(low, high)
    if vague and _top(x) >= (y.low or 0) and _top(y) >= (x.low or 0):
        return found("figures_vary", text)
    if large <= limit("close_ratio") * small:
        return found("figures_close", text)
    if large <= limit("vary_ratio") * small or large - small <= limit("vary_count"):
        return found("figures_vary", text)
    risen = ordered and high > low
    if large >= limit("far_ratio") * small and large - small >= limit("far_count"):
        return found("figures_soared", text) if risen else ruled_out("figures", text)
    return found("figures_risen" if risen else "figures_differ", text)


def _value(figure: Figure) -> int | None:
    return figure.low if figure.low is not None else figure.high


def _top(figure: Figure) -> float:
    return figure.high if figure.high is not None else float("inf")


def _said(figure: Figure) -> str:
    from rasid.writers import count_in_words

    return count_in_words(figure.low, figure.high, approx=figure.approx)


def _victims(a: Facts, b: Facts) -> Iterator[Finding]:
    classes = [{f.civilian for f in facts.figures if f.kind == "killed"} - {None} for facts in (a, b)]
    if all(classes) and classes[0].isdisjoint(classes[1]):
        yield Finding("victims_differ", points("victims_differ"), "civilians and combatants")
