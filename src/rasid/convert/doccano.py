"""doccano: JSON lines with entities and relations (its "JSONL(Relation)"); also reads its plain `[start, end, label]` lists.

doccano has labels and nothing beside them, so marks are written into the label: `TRIGGER/airstrike/denied/aggregate` is the main trigger
of an event, `NUMBER/killed/approx` a casualty. Offsets count code points. It has no place for bounds of figures and scores.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from rasid.convert.document import Annotated, Losses
from rasid.convert.graph import RELATIONS, CasualtyMark, Edge, EventMark, Graph, Node, from_graph, to_graph
from rasid.errors import InputError
from rasid.readers import Fault, as_fault, decoded_lines, parse_object
from rasid.records import CASUALTY_KINDS, EVENT_TYPES, LABELS, STATUSES
from rasid.standoff import list_of
from rasid.writers import dump_line

_AGGREGATE, _APPROX = "aggregate", "approx"
# Keys that are doccano's own, and what it adds to an export.
_OWN_KEYS = {"id", "doc_id", "text", "data", "label", "labels", "entities", "relations", "meta", "Comments", "comments", "username"}


def read(path: Path, losses: Losses) -> Iterator[Annotated | Fault]:
    """Read an export."""
    seen: set[str] = set()
    try:
        with open(path, "rb") as stream:
            for number, line in enumerate(decoded_lines(stream), 1):
                if not line.strip():
                    continue
                try:
                    document = from_dict(parse_object(line), losses)
                    if document.id in seen:
                        raise InputError(f"got {document.id!r} a second time, expected each document once", field="id")
                except InputError as error:
                    yield as_fault(error, str(path), number)
                else:
                    seen.add(document.id)
                    yield document
    except OSError as error:
        yield Fault(str(path), None, None, f"cannot be read: {error.strerror or error}")


def write(documents: Iterable[Annotated], path: Path, losses: Losses) -> None:
    """Write a file to import as a data set of sequence labelling with relations (allow overlapping spans in its project)."""
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for n, document in enumerate(documents, 1):
            stream.write(dump_line({"id": n, **to_dict(document, losses)}) + "\n")


def to_dict(document: Annotated, losses: Losses) -> dict[str, Any]:
    """A document as a line, without doccano's own number."""
    graph = to_graph(document, losses)
    nodes = {node.id: node for node in graph.nodes}
    # Main triggers first, in the order of the events, which is read off them.
    ordered = [*(nodes[name] for name in graph.order), *(node for node in graph.nodes if node.id not in set(graph.order))]
    number = {node.id: n for n, node in enumerate(ordered, 1)}
    casualties = [c for event in document.events if event.triggers for c in event.casualties]
    losses.add("bounds of casualties", document.id, sum((c.low is not None) + (c.high is not None) for c in casualties))
    scores = [*(span.score for span in document.spans), *(event.confidence for event in document.events if event.triggers)]
    losses.add("scores", document.id, sum(score is not None for score in scores))
    losses.add("keys of the document that doccano uses itself", document.id, len(_OWN_KEYS & set(document.about)))
    return {
        "doc_id": document.id,
        "text": document.text,
        "entities": [{"id": number[n.id], "label": _label(n), "start_offset": n.start, "end_offset": n.end} for n in ordered],
        "relations": [{"id": k, "from_id": number[e.head], "to_id": number[e.tail], "type": e.kind} for k, e in enumerate(graph.edges, 1)],
        **{key: value for key, value in document.about.items() if key not in _OWN_KEYS},
    }


def _label(node: Node) -> str:
    mark = node.mark
    if isinstance(mark, EventMark):
        parts = [mark.type, *([mark.status] if mark.status != "asserted" else []), *([_AGGREGATE] if mark.aggregate else [])]
    elif mark is not None:
        parts = [mark.kind, *([_APPROX] if mark.approx else [])]
    else:
        parts = []
    return "/".join([node.label, *parts])


def from_dict(value: Mapping[str, Any], losses: Losses) -> Annotated:
    """Make a document of a line.

    Raises:
        InputError: where it has no text, or an entity is outside it or not of the scheme.
    """
    text = value.get("text", value.get("data"))
    if not isinstance(text, str):
        raise InputError(f"got {type(text).__name__}, expected the report as a string", field="text")
    name = str(value.get("doc_id") or value.get("id") or "")
    if not name:
        raise InputError("got no id, expected 'doc_id' or 'id'", field="id")
    plain = value.get("entities") is None
    nodes = []
    for n, entity in enumerate((list_of(value, "label") or list_of(value, "labels")) if plain else list_of(value, "entities")):
        where = f"{'label' if plain else 'entities'}[{n}]"
        try:
            if plain:
                start, end, label = entity
                given: Any = n
            else:
                given, start, end, label = (entity[key] for key in ("id", "start_offset", "end_offset", "label"))
        except (TypeError, ValueError, KeyError) as error:
            raise InputError(f"got {entity!r}, expected an entity of doccano", field=where) from error
        if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end <= len(text)):
            raise InputError(f"got {start!r} to {end!r}, expected 0 <= start < end <= {len(text)}", field=where)
        nodes.append(_node(str(given), str(label), start, end, where))
    known = {node.id for node in nodes}
    relations = [] if plain else list_of(value, "relations")
    edges = [Edge(str(r.get("type")), str(r.get("from_id")), str(r.get("to_id"))) for r in relations if isinstance(r, dict)]
    good = [e for e in edges if e.kind in RELATIONS and e.head in known and e.tail in known]
    losses.add("relations of another name or of no entity", name, len(relations) - len(good))
    order = tuple(node.id for node in nodes if isinstance(node.mark, EventMark))
    spans, events = from_graph(name, Graph(tuple(nodes), tuple(good), order), losses)
    meta = value.get("meta")
    about = {**(meta if isinstance(meta, dict) else {}), **{key: part for key, part in value.items() if key not in _OWN_KEYS}}
    return Annotated(name, text, spans, events, about)


def _node(name: str, said: str, start: int, end: int, where: str) -> Node:
    label, *parts = said.split("/")
    if label not in LABELS:
        raise InputError(f"got the label {said!r}, expected one that begins with {', '.join(LABELS)}", field=where)
    mark: EventMark | CasualtyMark | None = None
    if parts and label == "TRIGGER" and parts[0] in EVENT_TYPES:
        statuses = [part for part in parts[1:] if part in STATUSES]
        mark = EventMark(parts[0], statuses[0] if statuses else "asserted", _AGGREGATE in parts[1:])
        rest = [part for part in parts[1:] if part not in (*STATUSES, _AGGREGATE)]
    elif parts and parts[0] in CASUALTY_KINDS:
        mark = CasualtyMark(parts[0], approx=_APPROX in parts[1:])
        rest = [part for part in parts[1:] if part != _APPROX]
    else:
        rest = parts
    if rest:
        raise InputError(f"got the label {said!r}, expected LABEL, TRIGGER/type/status/aggregate or LABEL/kind/approx", field=where)
    return Node(name, label, start, end, mark=mark)
