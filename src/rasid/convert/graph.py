"""Events as a graph of marked regions and relations between them, which is what the tools for annotators can hold."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from rasid.convert.document import Annotated, AnnotatedCasualty, AnnotatedEvent, AnnotatedSpan, Losses

EVENT_RELATIONS = ("trigger", "perpetrator", "target", "location", "date", "source", "casualty")
"""From an event's main trigger to another trigger, to the spans of its roles and to its casualties."""
CASUALTY_RELATIONS = ("victim", "part_of")
"""From the region of a casualty to who the victims are, and to the casualty that it is a part of."""
RELATIONS = (*EVENT_RELATIONS, *CASUALTY_RELATIONS)
_FIELDS = {
    "trigger": "triggers",
    "perpetrator": "perpetrators",
    "target": "targets",
    "location": "locations",
    "source": "sources",
}


@dataclass(frozen=True, slots=True)
class EventMark:
    """Makes a region the main trigger of an event."""

    type: str
    status: str = "asserted"
    aggregate: bool = False
    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class CasualtyMark:
    """Makes a region a casualty: of a NUMBER its count, of an ACTOR its first victim, of any other label one without either."""

    kind: str
    low: int | None = None
    high: int | None = None
    approx: bool = False


@dataclass(frozen=True, slots=True)
class Node:
    """A region; it bears one mark at most. A span with several marks has several regions in the same place."""

    id: str
    label: str
    start: int
    end: int
    score: float | None = None
    mark: EventMark | CasualtyMark | None = None


@dataclass(frozen=True, slots=True)
class Edge:
    """A relation of one of `RELATIONS` from the region `head` to the region `tail`, by their ids."""

    kind: str
    head: str
    tail: str


@dataclass(frozen=True, slots=True)
class Graph:
    """Regions and relations of one document. `order` lists the main triggers in the order of the document's events."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    order: tuple[str, ...]


def to_graph(document: Annotated, losses: Losses) -> Graph:
    """Make the graph of a document; an event without a trigger has no place in it and is counted as lost."""
    builder = _Builder({span.id: Node(span.id, span.label, span.start, span.end, span.score) for span in document.spans})
    order = []
    for event in document.events:
        if not event.triggers:
            losses.add("events without a trigger", document.id)
            continue
        order.append(builder.event(event))
    return Graph(tuple(builder.nodes.values()), tuple(builder.edges), tuple(order))


@dataclass(slots=True)
class _Builder:
    nodes: dict[str, Node]
    edges: list[Edge] = field(default_factory=list)

    def event(self, event: AnnotatedEvent) -> str:
        anchor = self.marked(event.triggers[0], EventMark(event.type, event.status, event.aggregate, event.confidence))
        for kind, name in _FIELDS.items():
            for span in getattr(event, name)[1 if kind == "trigger" else 0 :]:
                self.edges.append(Edge(kind, anchor, span))
        if event.date is not None:
            self.edges.append(Edge("date", anchor, event.date))
        regions = []
        for casualty in event.casualties:
            # A count that stands in no number and no victim is stated by a trigger; the last one names the outcome more often.
            head = casualty.number or (casualty.victims[0] if casualty.victims else event.triggers[-1])
            region = self.marked(head, CasualtyMark(casualty.kind, casualty.low, casualty.high, casualty.approx))
            regions.append(region)
            self.edges.append(Edge("casualty", anchor, region))
            for victim in casualty.victims[0 if casualty.number else 1 :]:
                self.edges.append(Edge("victim", region, victim))
        for casualty, region in zip(event.casualties, regions, strict=True):
            if casualty.part_of is not None:
                self.edges.append(Edge("part_of", region, regions[casualty.part_of]))
        return anchor

    def marked(self, span: str, mark: EventMark | CasualtyMark) -> str:
        """The id of the span's region with this mark: a further region where the span's own has one already."""
        node = self.nodes[span]
        name, n = span, 1
        while name in self.nodes and (name != span or node.mark is not None):
            n += 1
            name = f"{span}.{n}"
        self.nodes[name] = replace(node, id=name, mark=mark)
        return name


def from_graph(name: str, graph: Graph, losses: Losses) -> tuple[tuple[AnnotatedSpan, ...], tuple[AnnotatedEvent, ...]]:
    """Make the spans and events of document `name` of its regions and relations; what fits nowhere is counted as lost.

    A role that was tied to a further trigger of an event is the event's.
    """
    places: dict[tuple[str, int, int], AnnotatedSpan] = {}
    for node in graph.nodes:
        key = (node.label, node.start, node.end)
        if key not in places:
            places[key] = AnnotatedSpan(node.id, *key, score=node.score)
    nodes = {node.id: node for node in graph.nodes}
    span = {node.id: places[node.label, node.start, node.end].id for node in graph.nodes}
    anchors = [n for n in graph.order if isinstance(nodes[n].mark, EventMark)]
    anchor_of = _anchors(nodes, graph.edges, anchors)
    by_anchor: dict[str, list[Edge]] = defaultdict(list)
    by_region: dict[str, list[Edge]] = defaultdict(list)
    for edge in graph.edges:
        if edge.kind in CASUALTY_RELATIONS and isinstance(nodes[edge.head].mark, CasualtyMark):
            by_region[edge.head].append(edge)
        elif edge.kind in EVENT_RELATIONS and (anchor := anchor_of.get(edge.head)) is not None:
            by_anchor[anchor].append(edge)
        else:
            losses.add("relations from a region that is no trigger with a type, or no casualty with a kind", name)
    used: set[str] = set()
    events = []
    for anchor in anchors:
        mark = nodes[anchor].mark
        assert isinstance(mark, EventMark)
        mine = by_anchor[anchor]
        fields = {
            target: tuple(dict.fromkeys(span[e.tail] for e in mine if e.kind == kind))
            for kind, target in _FIELDS.items()
            if kind != "trigger"
        }
        dates = list(dict.fromkeys(span[e.tail] for e in mine if e.kind == "date"))
        losses.add("further dates of an event", name, len(dates) - 1 if dates else 0)
        regions = list(dict.fromkeys(e.tail for e in mine if e.kind == "casualty"))
        counted = [r for r in regions if isinstance(nodes[r].mark, CasualtyMark)]
        losses.add("casualties without a kind", name, len(regions) - len(counted))
        used.update(counted)
        events.append(
            AnnotatedEvent(
                type=mark.type,
                status=mark.status,
                aggregate=mark.aggregate,
                confidence=mark.confidence,
                triggers=tuple(dict.fromkeys([span[anchor], *(span[e.tail] for e in mine if e.kind == "trigger")])),
                casualties=tuple(_casualty(name, nodes[r], counted, by_region[r], span, losses) for r in counted),
                date=dates[0] if dates else None,
                **fields,
            )
        )
    loose = [n for n in graph.nodes if isinstance(n.mark, CasualtyMark) and n.id not in used]
    losses.add("casualties of no event", name, len(loose))
    return tuple(places.values()), tuple(events)


def _anchors(nodes: dict[str, Node], edges: Iterable[Edge], anchors: Sequence[str]) -> dict[str, str]:
    """The main trigger for each main trigger and for each further one that belongs to one event alone."""
    of: dict[str, set[str]] = defaultdict(set)
    for edge in edges:
        if edge.kind == "trigger" and edge.head in anchors:
            of[edge.tail].add(edge.head)
    return {**{tail: next(iter(heads)) for tail, heads in of.items() if len(heads) == 1}, **{a: a for a in anchors}}


def _casualty(
    name: str, node: Node, regions: Sequence[str], edges: Sequence[Edge], span: dict[str, str], losses: Losses
) -> AnnotatedCasualty:
    mark = node.mark
    assert isinstance(mark, CasualtyMark)
    victims = [span[node.id]] if node.label == "ACTOR" else []
    victims += [span[e.tail] for e in edges if e.kind == "victim"]
    wholes = [e.tail for e in edges if e.kind == "part_of"]
    known = [regions.index(w) for w in wholes if w in regions and w != node.id]
    losses.add("parts of a figure of no or another event", name, len(wholes) - len(known[:1]))
    return AnnotatedCasualty(
        kind=mark.kind,
        low=mark.low,
        high=mark.high,
        approx=mark.approx,
        number=span[node.id] if node.label == "NUMBER" else None,
        victims=tuple(dict.fromkeys(victims)),
        part_of=known[0] if known else None,
    )
