"""Label Studio: a JSON list of tasks with annotations, or with predictions for people to correct.

Offsets of its text regions count code points, as ours do (its editor turns the browser's UTF-16 positions into them); old versions
counted UTF-16 units, which is noticed where a region comes with its text. A region whose text stands elsewhere is refused: nobody can
know which of the two was meant.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rasid.convert.document import Annotated, Losses
from rasid.convert.graph import RELATIONS, CasualtyMark, Edge, EventMark, Graph, Node, from_graph, to_graph
from rasid.errors import InputError
from rasid.readers import Fault, as_fault
from rasid.records import CASUALTY_KINDS, EVENT_TYPES, LABELS, STATUSES
from rasid.standoff import list_of, objects_of

TEXT, LABEL, TYPE, STATUS, AGGREGATE = "text", "label", "type", "status", "aggregate"
KIND, LOW, HIGH, APPROX = "kind", "low", "high", "approx"
"""Names of the parts of the labelling configuration (`rasid.convert.label_studio_config`)."""
_ON = "yes"
_CONTROLS = (LABEL, TYPE, STATUS, AGGREGATE, KIND, LOW, HIGH, APPROX)


def read(path: Path, losses: Losses) -> Iterator[Annotated | Fault]:
    """Read an export ("JSON") or a file of tasks with annotations, with predictions or with neither.

    Of a task with several annotations the first counts; a task that was only skipped is left out: nobody said that there is nothing in it.
    """
    try:
        tasks = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        yield Fault(str(path), None, None, f"cannot be read: {error.strerror or error}")
        return
    except (ValueError, RecursionError) as error:
        yield Fault(str(path), None, None, f"not JSON: {error}")
        return
    if not isinstance(tasks, list):
        yield Fault(str(path), None, None, f"got a JSON {type(tasks).__name__}, expected a list of tasks")
        return
    seen: set[str] = set()
    for n, task in enumerate(tasks, 1):
        try:
            if _was_skipped(task):
                losses.add("tasks that were skipped", str(n))
                continue
            document = from_task(task, losses)
            if document.id in seen:
                raise InputError(f"got {document.id!r} a second time, expected each document once", field="id")
        except InputError as error:
            yield as_fault(error, f"{path}: task {n}", None)
        else:
            seen.add(document.id)
            yield document


def write(documents: Iterable[Annotated], path: Path, losses: Losses, *, predictions: bool = False) -> None:
    """Write tasks; `predictions` makes the annotations proposals for people to correct."""
    tasks = [to_task(document, losses, model="rasid" if predictions else None) for document in documents]
    write_tasks(tasks, path)


def write_tasks(tasks: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write tasks as JSON."""
    path.write_text(json.dumps(tasks, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def to_task(document: Annotated, losses: Losses, *, model: str | None = None, score: float | None = None) -> dict[str, Any]:
    """A document as a task: with an annotation or, where `model` names who made it, with a prediction and its score."""
    graph = to_graph(document, losses)
    ordered = {name: n for n, name in enumerate(graph.order)}
    # Events are read back in the order of their types, so these are written in the order of the events.
    marked = sorted((node for node in graph.nodes if node.mark is not None), key=lambda node: ordered.get(node.id, len(ordered)))
    result = [_region(document, node, LABEL, "labels", {"labels": [node.label]}, node.score) for node in graph.nodes]
    for node in marked:
        result += _marks(document, node)
    relations, moved = _relations(graph.edges)
    result += relations
    losses.add("places of a span in the order of its role", document.id, moved)
    data = {"id": document.id, TEXT: document.text, **document.about}
    if model is None:
        return {"data": data, "annotations": [{"result": result}]}
    prediction = {"model_version": model, **({} if score is None else {"score": score}), "result": result}
    return {"data": data, "predictions": [prediction]}


def _region(document: Annotated, node: Node, name: str, kind: str, value: dict[str, Any], score: float | None = None) -> dict[str, Any]:
    place = {"start": node.start, "end": node.end, "text": document.text[node.start : node.end]}
    region = {"id": node.id, "from_name": name, "to_name": TEXT, "type": kind, "value": {**place, **value}}
    return region if score is None else {**region, "score": score}


def _marks(document: Annotated, node: Node) -> list[dict[str, Any]]:
    def choice(name: str, value: str, score: float | None = None) -> dict[str, Any]:
        return _region(document, node, name, "choices", {"choices": [value]}, score)

    mark = node.mark
    if isinstance(mark, EventMark):
        made = [choice(TYPE, mark.type, mark.confidence), choice(STATUS, mark.status)]
        return [*made, choice(AGGREGATE, _ON)] if mark.aggregate else made
    assert mark is not None
    made = [choice(KIND, mark.kind)]
    made += [_region(document, node, name, "number", {"number": n}) for name, n in ((LOW, mark.low), (HIGH, mark.high)) if n is not None]
    return [*made, choice(APPROX, _ON)] if mark.approx else made


def _relations(edges: Sequence[Edge]) -> tuple[list[dict[str, Any]], int]:
    """The relations, and how many edges lose their place in the order of their kind: spans with three roles or more, now and then.

    One relation for each pair of regions, with the kinds of all its edges as labels: the editor drops a second one of a pair.

    Where that would put an edge before an earlier one of its kind from the same region (their order is kept when they are read), the
    pair gets a second arrow, drawn from the other end. There is no third.
    """
    moved = 0
    natural = {(edge.head, edge.tail) for edge in edges}
    made: dict[tuple[str, str, str], list[str]] = {}
    places: dict[tuple[str, str, str], int] = {}
    last: dict[tuple[str, str], int] = {}
    for edge in edges:
        ways = [(edge.head, edge.tail, "right")]
        if (edge.tail, edge.head) not in natural:
            ways.append((edge.tail, edge.head, "left"))
        after = last.get((edge.head, edge.kind), 0)
        kept = [way for way in ways if places.get(way, len(made)) >= after]
        way = kept[0] if kept else ways[0]
        moved += not kept
        places.setdefault(way, len(made))
        made.setdefault(way, []).append(edge.kind)
        last[edge.head, edge.kind] = places[way]
    relations = [
        {"type": "relation", "from_id": one, "to_id": two, "direction": direction, "labels": kinds}
        for (one, two, direction), kinds in made.items()
    ]
    return relations, moved


def from_task(task: Any, losses: Losses) -> Annotated:
    """Make a document of a task.

    Raises:
        InputError: where it has no text, or its regions are outside it or not of the scheme.
    """
    if not isinstance(task, dict) or not isinstance(task.get("data"), dict):
        raise InputError("got no 'data', expected a task of Label Studio", field="data")
    data = task["data"]
    text = data.get(TEXT)
    if not isinstance(text, str):
        raise InputError(f"got {type(text).__name__}, expected the report as a string", field="data.text")
    name = str(data.get("id") or data.get("doc_id") or task.get("id") or "")
    if not name:
        raise InputError("got no id, expected one in 'data' or in the task", field="id")
    about = {key: value for key, value in data.items() if key not in (TEXT, "id", "doc_id")}
    spans, events = from_graph(name, _graph(name, text, _result(task, name, losses), losses), losses)
    return Annotated(name, text, spans, events, about)


def _was_skipped(task: Any) -> bool:
    made = task.get("annotations") if isinstance(task, dict) else None
    return isinstance(made, list) and bool(made) and all(isinstance(a, dict) and bool(a.get("was_cancelled")) for a in made)


def _result(task: Mapping[str, Any], name: str, losses: Losses) -> list[dict[str, Any]]:
    """The regions of the first annotation that was not cancelled, else of the first prediction."""
    made = [a for a in list_of(task, "annotations") if isinstance(a, dict) and not a.get("was_cancelled")]
    source = made or [p for p in list_of(task, "predictions") if isinstance(p, dict)]
    losses.add("further annotations of a task", name, max(len(source) - 1, 0))
    return objects_of(source[0], "result") if source else []


def _graph(name: str, text: str, result: Sequence[Mapping[str, Any]], losses: Losses) -> Graph:
    nodes: dict[str, Node] = {}
    marks: dict[str, dict[str, Any]] = {}
    edges = []
    for n, item in enumerate(result):
        where = f"result[{n}]"
        value, control = item.get("value") or {}, item.get("from_name")
        if not isinstance(value, dict):
            raise InputError(f"got {type(value).__name__}, expected an object", field=f"{where}.value")
        if item.get("type") == "relation":
            kinds = list_of(item, "labels", f"{where}.")
            # An arrow that was drawn the other way round, or in both.
            head, tail = (
                (item.get("from_id"), item.get("to_id")) if item.get("direction") != "left" else (item.get("to_id"), item.get("from_id"))
            )
            edges += [Edge(kind, str(head), str(tail)) for kind in kinds]
            losses.add("relations without a label", name, not kinds)
        elif control == LABEL:
            labels = list_of(value, "labels", f"{where}.value.")
            if not labels:
                losses.add("regions without a label", name)
                continue
            start, end = _place(value, text, where)
            losses.add("further labels of a region", name, len(labels) - 1)
            label = _known(labels[0], LABELS, f"{where}.value.labels")
            nodes[str(item.get("id"))] = Node(str(item.get("id")), label, start, end, _score(item, where))
        elif control in _CONTROLS:
            given = value.get("number") if control in (LOW, HIGH) else (list_of(value, "choices", f"{where}.value.") or [None])[0]
            marks.setdefault(str(item.get("id")), {})[str(control)] = given
            if control == TYPE:
                marks[str(item.get("id"))]["confidence"] = _score(item, where)
        else:
            losses.add(f"answers to {control!r}, which is not of the scheme", name)
    for region, mark in marks.items():
        if region in nodes:
            nodes[region] = replace(nodes[region], mark=_mark(mark, name, losses))
        else:
            losses.add("choices of no region", name)
    good = [e for e in edges if e.kind in RELATIONS and e.head in nodes and e.tail in nodes]
    losses.add("relations of another name or of no region", name, len(edges) - len(good))
    order = [region for region, mark in marks.items() if mark.get(TYPE) and region in nodes]
    return Graph(tuple(nodes.values()), tuple(good), tuple(order))


def _mark(mark: Mapping[str, Any], name: str, losses: Losses) -> EventMark | CasualtyMark | None:
    if mark.get(TYPE):
        losses.add("a kind of casualty on a trigger that has a type (give it a region of its own)", name, bool(mark.get(KIND)))
        status = _known(mark.get(STATUS) or "asserted", STATUSES, STATUS)
        return EventMark(_known(mark[TYPE], EVENT_TYPES, TYPE), status, bool(mark.get(AGGREGATE)), mark.get("confidence"))
    if mark.get(KIND):
        low, high = (_count(mark.get(bound), bound) for bound in (LOW, HIGH))
        if low and high == 0:
            high = None  # a number that was emptied: the editor has no way back from a number to none, and writes 0
        return CasualtyMark(_known(mark[KIND], CASUALTY_KINDS, KIND), low, high, bool(mark.get(APPROX)))
    losses.add("choices on a region without a type or a kind", name)
    return None


def _count(value: Any, where: str) -> int | None:
    if value is None or isinstance(value, int) or (isinstance(value, float) and value.is_integer()):
        return None if value is None else int(value)
    raise InputError(f"got {value!r}, expected a whole number", field=where)


def _score(item: Mapping[str, Any], where: str) -> float | None:
    score = item.get("score")
    if score is None or isinstance(score, (int, float)):
        return score
    raise InputError(f"got {score!r}, expected a number", field=f"{where}.score")


def _known(value: Any, allowed: Sequence[str], where: str) -> str:
    if value not in allowed:
        raise InputError(f"got {value!r}, expected one of {', '.join(allowed)}", field=where)
    return str(value)


def _place(value: Mapping[str, Any], text: str, where: str) -> tuple[int, int]:
    start, end = value.get("start"), value.get("end")
    if not (isinstance(start, int) and isinstance(end, int) and 0 <= start < end):
        raise InputError(f"got start {start!r} and end {end!r}, expected integers with 0 <= start < end", field=where)
    said = value.get("text")
    if isinstance(said, str) and _bare(text[start:end]) != _bare(said):
        units = text.encode("utf-16-le", "surrogatepass")
        before, inside = (part.decode("utf-16-le", "surrogatepass") for part in (units[: 2 * start], units[2 * start : 2 * end]))
        if _bare(inside) != _bare(said):
            got, there = said[:40], text[start:end][:40]
            raise InputError(f"got the text {got!r} at {start} to {end}, where the report has {there!r}", field=where)
        return len(before), len(before) + len(inside)
    if end > len(text):
        raise InputError(f"got end {end}, expected at most {len(text)}, the length of the text", field=where)
    return start, end


def _bare(said: str) -> str:
    """A region's text without its white space, which Label Studio does not keep: a run becomes one space, a line end `\\n` in letters."""
    return "".join(said.replace("\\n", " ").split())
