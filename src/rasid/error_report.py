"""Writes the page of errors: wrong records beside the gold ones, the text with both layers of spans, and cases grouped by cause."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import pairwise
from string import Template
from typing import Any

from rasid.alignment import ROLES, CasualtyWords, EventWords, LabelledWords, WordSet, word_ranges
from rasid.error_causes import CAUSES, Comparison, Slip, Spot, cause_table, markdown_table
from rasid.evaluation import Scores
from rasid.markup import Markup, inert, joined, tag
from rasid.records import LABELS
from rasid.standoff import document_id

# Words of the text shown on each side of a case.
CONTEXT = 8
_FIGURES = ("spans", "events", "events typed", "arguments", "casualties", "casualties+victim", "facts", "records")
# Start, end and label of what is highlighted.
_Mark = tuple[int, int, str]
# Side ("gold" or "predicted"), event, field and index of what is wrong.
_Place = tuple[str, int | None, str, int]


def error_report(documents: Sequence[Mapping[str, Any]], comparisons: Sequence[Comparison], scores: Scores, *, caption: str) -> str:
    """The whole page, self-contained and without scripts.

    Args:
        documents: the annotated documents; their `text` and what is there of `id`, `title`, `outlet` and `date` is shown.
        comparisons: `rasid.error_causes.compare` of each, in the same order.
        scores: the figures to show above the causes.
        caption: what was evaluated, and against what.
    """
    sheets = [_Sheet(k, d, c, word_ranges(d["text"])) for k, (d, c) in enumerate(zip(documents, comparisons, strict=True))]
    wrong = [sheet for sheet in sheets if sheet.comparison.slips]
    body = joined(
        tag("h1", "Errors"),
        tag("p", tag("bdi", caption), f". {len(wrong)} of {len(sheets)} documents have errors.", class_="dim"),
        _figures(scores),
        _causes(sheets),
        _legend(),
        tag("h2", "By cause"),
        *_cases(sheets),
        tag("h2", "By document"),
        *(sheet.article() for sheet in wrong),
    )
    return _template().substitute(title=inert(f"Errors: {caption}"), body=body)


@lru_cache(maxsize=1)
def _template() -> Template:
    return Template((files("rasid") / "data" / "error_report" / "page.html").read_text(encoding="utf-8"))


def layered(text: str, start: int, end: int, gold: Iterable[_Mark], predicted: Iterable[_Mark]) -> Markup:
    """The characters `[start, end)` with two layers of highlights: a line above for gold, below for predicted, a tint where they differ."""
    layers = [[(max(a, start), min(b, end), label) for a, b, label in marks] for marks in (gold, predicted)]
    layers = [[mark for mark in marks if mark[0] < mark[1]] for marks in layers]
    edges = sorted({start, end, *(edge for marks in layers for mark in marks for edge in mark[:2])})
    parts: list[Markup] = []
    for a, b in pairwise(edges):
        there, said = (next((mark for mark in marks if mark[0] <= a and b <= mark[1]), None) for marks in layers)
        if there is None and said is None:
            parts.append(inert(text[a:b]))
            continue
        classes = ["word", there and f"g-{_style(there[2])}", said and f"p-{_style(said[2])}", "differs" if there != said else None]
        told = ", ".join(f"{side} {mark[2]}" for side, mark in (("gold", there), ("predicted", said)) if mark)
        parts.append(tag("span", text[a:b], class_=" ".join(c for c in classes if c), title=told))
    return joined(*parts)


def bounds(low: int | None, high: int | None) -> str:
    """A count as it is written in a table: `7`, `20–30`, `≥ 300`, `≤ 50`, `?`."""
    if low is None and high is None:
        return "?"
    if high is None:
        return f"≥ {low}"
    if low is None:
        return f"≤ {high}"
    return str(low) if low == high else f"{low}–{high}"


@dataclass(frozen=True, slots=True)
class _Sheet:
    """One document on the page."""

    number: int
    document: Mapping[str, Any]
    comparison: Comparison
    ranges: Sequence[tuple[int, int]]

    @property
    def anchor(self) -> str:
        return f"d{self.number}"

    def card(self, slip: Slip) -> str:
        """The anchor of the record that a slip is shown in; that of the document for spans."""
        if slip.cause in ("event split", "event spurious") and slip.predicted is not None:
            return f"{self.anchor}-p{slip.predicted.event}"
        if slip.gold is not None and slip.gold.event is not None:
            return f"{self.anchor}-g{slip.gold.event}"
        return self.anchor

    def marks(self, spans: Iterable[LabelledWords]) -> list[_Mark]:
        return [(self.ranges[min(words)][0], self.ranges[max(words)][1], label) for label, words in spans if words]

    def said(self, words: WordSet) -> str:
        """The text of some words, from the first to the last."""
        return "".join(self.document["text"][start:end] for start, end, _ in self.marks([("", words)]))

    def article(self) -> Markup:
        text, both = self.document["text"], self.comparison
        about = [str(value) for key in ("outlet", "date", "title") if isinstance(value := self.document.get(key), str) and value]
        name = document_id(self.document)
        shown = layered(text, 0, len(text), self.marks(both.gold_spans), self.marks(both.spans))
        loose = [slip for slip in both.slips if self.card(slip) == self.anchor]
        return tag(
            "article",
            tag("h3", tag("bdi", name), *(joined(" · ", tag("bdi", value)) for value in about)),
            tag("p", shown, class_="text", dir="rtl", lang="ar"),
            tag("details", tag("summary", f"Spans: {len(loose)} wrong"), tag("ul", *map(self._case, loose), class_="cases"))
            if loose
            else "",
            *self._cards(),
            id=self.anchor,
        )

    def case(self, slip: Slip) -> Markup:
        """A slip in its context, with a link to the whole."""
        name = document_id(self.document)
        return self._case(slip, tag("a", tag("bdi", name), href=f"#{self.card(slip)}"))

    def _case(self, slip: Slip, *more: object) -> Markup:
        sides = [("gold", slip.gold), ("predicted", slip.predicted)]
        told = [joined(f"{side}: ", self._spot(side, spot), " · ") for side, spot in sides if spot is not None]
        return tag("li", tag("div", *told, tag("span", slip.detail or slip.cause, class_="dim"), " ", *more), self._context(slip))

    def _context(self, slip: Slip) -> Markup:
        """The words around what a slip is about, and the other side's where they are near."""
        spots = [spot for spot in (slip.gold, slip.predicted) if spot is not None and spot.words]
        # First what is looked at by itself; a whole event that stands beside it only says where it belongs.
        spots.sort(key=lambda spot: (spot.field == "triggers", self.card(slip) != self._home(slip, spot)))
        words: WordSet = frozenset()
        for spot in spots:
            both = words | spot.words
            words = both if not words or max(both) - min(both) <= 3 * CONTEXT else words
        if not words:
            return Markup()
        text, ranges = self.document["text"], self.ranges
        first, last = max(min(words) - CONTEXT, 0), min(max(words) + CONTEXT, len(ranges) - 1)
        # The trigger of an event that is right is no error: it is in the excerpt, but not highlighted.
        own = [spot for spot in spots if spot.field != "triggers"] or spots
        gold, predicted = (
            self.marks([(self._label(side, spot), spot.words)] if spot in own and spot is not None else [])
            for side, spot in self._sides(slip)
        )
        shown = layered(text, ranges[first][0], ranges[last][1], gold, predicted)
        before, after = "… " if first else "", " …" if last < len(ranges) - 1 else ""
        return tag("p", before, shown, after, class_="text", dir="rtl", lang="ar")

    def _home(self, slip: Slip, spot: Spot) -> str:
        return f"{self.anchor}-{'g' if spot is slip.gold else 'p'}{spot.event}"

    @staticmethod
    def _sides(slip: Slip) -> list[tuple[str, Spot | None]]:
        return [("gold", slip.gold), ("predicted", slip.predicted)]

    def _label(self, side: str, spot: Spot) -> str:
        """The label in whose colour a spot is shown; arguments take that of their kind."""
        if spot.field == "spans":
            return (self.comparison.gold_spans if side == "gold" else self.comparison.spans)[spot.index][0]
        if spot.field in ROLES:
            return {"locations": "LOCATION", "date": "DATE"}.get(spot.field, "ACTOR")
        return "NUMBER" if spot.field == "casualties" else "TRIGGER"

    def _spot(self, side: str, spot: Spot) -> Markup:
        text = tag("bdi", self.said(spot.words) or "—", lang="ar")
        if spot.event is None:
            return joined(self._label(side, spot), " ", text)
        event = (self.comparison.gold_events if side == "gold" else self.comparison.events)[spot.event]
        if spot.field == "casualties":
            entry = event.casualties[spot.index]
            return joined(f"{entry.kind} {bounds(entry.low, entry.high)} ", text)
        if spot.field in ROLES:
            return joined(spot.field, " ", text)
        return joined(event.type if spot.field == "triggers" else str(getattr(event, spot.field)), " ", text)

    def _cards(self) -> list[Markup]:
        """The wrong records, in the order of the gold, then those that have no gold record."""
        by_card: defaultdict[str, list[Slip]] = defaultdict(list)
        for slip in self.comparison.slips:
            by_card[self.card(slip)].append(slip)
        partner = dict(self.comparison.pairs)
        out = []
        for i, event in enumerate(self.comparison.gold_events):
            if slips := by_card[f"{self.anchor}-g{i}"]:
                j = partner.get(i)
                out.append(self._card(f"{self.anchor}-g{i}", slips, (i, event), None if j is None else (j, self.comparison.events[j])))
        for j, event in enumerate(self.comparison.events):
            if slips := by_card[f"{self.anchor}-p{j}"]:
                out.append(self._card(f"{self.anchor}-p{j}", slips, None, (j, event)))
        return out

    def _card(
        self, anchor: str, slips: Sequence[Slip], gold: tuple[int, EventWords] | None, predicted: tuple[int, EventWords] | None
    ) -> Markup:
        wrong = {(side, spot.event, spot.field, spot.index) for slip in slips for side, spot in self._sides(slip) if spot is not None}
        causes = [tag("a", slip.cause, class_="cause", href=f"#{_cause_anchor(slip.cause)}") for slip in _once(slips)]
        sides = (("gold", gold), ("predicted", predicted))
        columns = [self._column(side, *numbered, wrong) if numbered else {} for side, numbered in sides]
        heads = [tag("th", f"{side} {numbered[0] + 1}" if numbered else self._absent(side, slips), scope="col") for side, numbered in sides]
        rows = [
            tag("tr", tag("th", field, scope="row", class_="field"), *(tag("td", column.get(field, "")) for column in columns))
            for field in ("type", "status", "aggregate", "triggers", *ROLES, "casualties")
            if any(column.get(field) for column in columns)
        ]
        head = tag("thead", tag("tr", tag("td", class_="field"), *heads))
        table = tag("table", tag("caption", *causes), head, tag("tbody", *rows), dir="rtl")
        return tag("div", table, class_="record", id=anchor)

    def _absent(self, side: str, slips: Sequence[Slip]) -> Markup:
        """What stands in place of a record that is not there: which other record its event went to, or that there is none."""
        for slip in slips:
            spot = slip.gold if side == "gold" else slip.predicted
            if slip.cause in ("event merged", "event split") and spot is not None:
                verb = "in predicted" if side == "predicted" else "part of gold"
                return joined(f"{verb} {(spot.event or 0) + 1} (", tag("bdi", self.said(spot.words), lang="ar"), ")")
        return joined(f"no {side} record")

    def _column(self, side: str, number: int, event: EventWords, wrong: set[_Place]) -> dict[str, Markup]:
        """The cells of a record by field."""

        def cell(field: str, items: Iterable[object]) -> Markup:
            return joined(
                *(
                    tag("bdi", item, class_="mention bad" if (side, number, field, k) in wrong and field != "triggers" else "mention")
                    for k, item in enumerate(items)
                )
            )

        return {
            "type": cell("type", [event.type]),
            "status": cell("status", [event.status]),
            "aggregate": cell("aggregate", ["yes" if event.aggregate else "no"]),
            "triggers": cell("triggers", map(self.said, event.triggers)),
            **{role: cell(role, map(self.said, event.roles[role])) for role in ROLES},
            "casualties": cell("casualties", map(self._casualty, event.casualties)),
        }

    def _casualty(self, entry: CasualtyWords) -> Markup:
        words = [tag("bdi", self.said(part), lang="ar") for part in (entry.number, *entry.victims) if part]
        return joined(tag("bdi", f"{entry.kind} {bounds(entry.low, entry.high)}", dir="ltr"), *(joined(" · ", word) for word in words))


def _style(label: str) -> str:
    return label.lower() if label in LABELS else "other"


def _cause_anchor(cause: str) -> str:
    return f"c{list(CAUSES).index(cause)}"


def _once(slips: Iterable[Slip]) -> list[Slip]:
    return list({slip.cause: slip for slip in slips}.values())


def _figures(scores: Scores) -> Markup:
    rows = [
        tag("tr", *(tag("td", cell) for cell in (name, *(f"{row[k]:.1f}" for k in ("p", "r", "f1")), row["gold"], row["pred"])))
        for name in _FIGURES
        if (tally := scores.tallies.get(name)) and (row := tally.to_dict())
    ]
    head = tag("tr", *(tag("th", name, scope="col") for name in ("", "P", "R", "F1", "gold", "predicted")))
    return tag("div", tag("table", head, *rows, class_="figures"), class_="scroll")


def _causes(sheets: Sequence[_Sheet]) -> Markup:
    table = cause_table(slip for sheet in sheets for slip in sheet.comparison.slips)
    rows = [
        tag(
            "tr",
            tag("td", tag("a", row.cause, href=f"#{_cause_anchor(row.cause)}")),
            *(tag("td", cell) for cell in (row.count, row.missed, row.extra, row.commonest())),
        )
        for row in table
    ]
    head = tag("tr", *(tag("th", name, scope="col") for name in ("cause", "count", "facts missed", "facts added", "commonest")))
    return joined(
        tag("h2", "Causes"),
        tag(
            "p",
            "Each difference has one cause. Facts missed and added add up to what recall and precision of the facts lack.",
            class_="dim",
        ),
        tag("div", tag("table", head, *rows, class_="figures"), class_="scroll"),
        tag("details", tag("summary", "As Markdown"), tag("pre", markdown_table(table))),
    )


def _legend() -> Markup:
    names = [tag("span", label, class_=f"word g-{_style(label)} p-{_style(label)}") for label in LABELS]
    differs = tag("span", "tinted", class_="differs")
    return tag("p", *names, "Line above: gold. Line below: predicted. Where they differ: ", differs, ".", class_="legend")


def _cases(sheets: Sequence[_Sheet]) -> list[Markup]:
    found: defaultdict[str, list[Markup]] = defaultdict(list)
    for sheet in sheets:
        for slip in sheet.comparison.slips:
            found[slip.cause].append(sheet.case(slip))
    return [
        tag(
            "details",
            tag("summary", tag("strong", cause), f" {len(found[cause])} ", tag("span", meaning, class_="dim")),
            tag("ul", *found[cause], class_="cases"),
            id=_cause_anchor(cause),
        )
        for cause, meaning in CAUSES.items()
        if found[cause]
    ]
