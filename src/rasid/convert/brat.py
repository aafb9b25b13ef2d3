"""brat: a folder with a text file and an annotation file for each document, and the configuration to open it with.

An event is an `E` line on a trigger whose type is the event's, its roles are the event's arguments; a casualty is the region of its
number (or victim, or trigger) with the attribute `Kind`; bounds and scores are in notes, which brat keeps but does not check. A span over
a line break is written in fragments, as brat wants it. brat has no place for what is said of a document as a whole.
"""

from __future__ import annotations

import hashlib
import itertools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from rasid.convert.document import Annotated, Losses
from rasid.convert.graph import CASUALTY_RELATIONS, EVENT_RELATIONS, CasualtyMark, Edge, EventMark, Graph, Node, from_graph, to_graph
from rasid.errors import InputError
from rasid.readers import Fault, as_fault
from rasid.records import CASUALTY_KINDS, EVENT_TYPES, LABELS, STATUSES

_NAMES = {kind: "".join(part.capitalize() for part in kind.split("_")) for kind in (*EVENT_RELATIONS, *CASUALTY_RELATIONS)}
_KINDS = {name: kind for kind, name in _NAMES.items()}
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|%]|^\.')
_LONGEST_NAME = 200  # bytes; file systems take 255 with the suffix
_NOTE = re.compile(r"(low|high|score|confidence)=([0-9.eE+-]+)")


def read(path: Path, losses: Losses) -> Iterator[Annotated | Fault]:
    """Read a folder; a text without annotations is a document without spans."""
    if not path.is_dir():
        yield Fault(str(path), None, None, "got no folder, expected one with .txt and .ann files")
        return
    texts = sorted(path.glob("*.txt"))
    if not texts:
        yield Fault(str(path), None, None, "got no .txt file, expected a folder of brat")
    for file in texts:
        try:
            text = _content(file)
            notes = file.with_suffix(".ann")
            yield _document(unquote(file.stem), text, _content(notes) if notes.is_file() else "", losses, str(notes))
        except InputError as error:
            yield as_fault(error, error.source or str(file), error.line)


def write(documents: Iterable[Annotated], path: Path, losses: Losses) -> None:
    """Write the files of each document and `annotation.conf`."""
    path.mkdir(parents=True, exist_ok=True)
    (path / "annotation.conf").write_text(annotation_conf(), encoding="utf-8")
    for document in documents:
        name = _UNSAFE.sub(lambda m: f"%{ord(m[0]):02X}", document.id)
        if len(name.encode()) > _LONGEST_NAME:
            losses.add("ids too long for a file's name", document.id)
            name = name.encode()[: _LONGEST_NAME - 20].decode("utf-8", "ignore") + "-" + hashlib.sha256(name.encode()).hexdigest()[:12]
        losses.add("what is said of the document beside its id and text", document.id, len(document.about))
        (path / f"{name}.txt").write_bytes(document.text.encode("utf-8"))
        (path / f"{name}.ann").write_bytes(to_ann(document, losses).encode("utf-8"))


def to_ann(document: Annotated, losses: Losses) -> str:
    """The annotation file of a document."""
    graph = to_graph(document, losses)
    writer = _Writer(document.text, {node.id: node for node in graph.nodes})
    for node in graph.nodes:
        writer.node(node)
    for name in graph.order:
        writer.event(name, [edge for edge in graph.edges if edge.head == name and edge.kind in EVENT_RELATIONS])
    for edge in graph.edges:
        if edge.kind in CASUALTY_RELATIONS:
            ends = (
                f"Arg1:{writer.numbers[edge.head]} Arg2:{writer.plain(edge.tail) if edge.kind == 'victim' else writer.numbers[edge.tail]}"
            )
            writer.line("R", f"{_NAMES[edge.kind]} {ends}")
    return "".join(line + "\n" for line in writer.lines)


@dataclass(slots=True)
class _Writer:
    text: str
    nodes: dict[str, Node]
    lines: list[str] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    numbers: dict[str, str] = field(default_factory=dict)
    copies: dict[str, str] = field(default_factory=dict)

    def line(self, kind: str, said: str) -> str:
        self.counts[kind] = self.counts.get(kind, 0) + 1
        name = f"{kind}{self.counts[kind]}"
        self.lines.append(f"{name}\t{said}")
        return name

    def region(self, kind: str, node: Node) -> str:
        said = self.text[node.start : node.end]
        pieces = [(node.start + m.start(), node.start + m.end()) for m in re.finditer(r"[^\n]+", said)]
        if not pieces or pieces[0][0] != node.start or pieces[-1][1] != node.end:  # fragments would not reach to the edges
            pieces = [(node.start, node.end)]
        offsets = ";".join(f"{start} {end}" for start, end in pieces)
        return self.line("T", f"{kind} {offsets}\t" + " ".join(self.text[start:end].replace("\n", " ") for start, end in pieces))

    def node(self, node: Node) -> None:
        mark = node.mark
        name = self.numbers[node.id] = self.region(mark.type if isinstance(mark, EventMark) else node.label, node)
        noted = [] if node.score is None else [f"score={node.score!r}"]
        if isinstance(mark, CasualtyMark):
            self.line("A", f"Kind {name} {mark.kind}")
            if mark.approx:
                self.line("A", f"Approx {name}")
            noted += [f"{bound}={n}" for bound, n in (("low", mark.low), ("high", mark.high)) if n is not None]
        self.note(name, noted)

    def event(self, anchor: str, edges: list[Edge]) -> None:
        mark = self.nodes[anchor].mark
        assert isinstance(mark, EventMark)
        said, times = [f"{mark.type}:{self.numbers[anchor]}"], dict.fromkeys(_NAMES, 0)
        for edge in edges:
            times[edge.kind] += 1
            tail = self.numbers[edge.tail] if edge.kind == "casualty" else self.plain(edge.tail)
            said.append(f"{_NAMES[edge.kind]}{times[edge.kind] if times[edge.kind] > 1 else ''}:{tail}")
        name = self.line("E", " ".join(said))
        if mark.status != "asserted":
            self.line("A", f"Status {name} {mark.status}")
        if mark.aggregate:
            self.line("A", f"Aggregate {name}")
        self.note(name, [] if mark.confidence is None else [f"confidence={mark.confidence!r}"])

    def plain(self, node: str) -> str:
        """A region with the span's label: that of another event's trigger bears the event's type instead, so it gets a copy."""
        if not isinstance(self.nodes[node].mark, EventMark):
            return self.numbers[node]
        if node not in self.copies:
            self.copies[node] = self.region(self.nodes[node].label, self.nodes[node])
        return self.copies[node]

    def note(self, name: str, parts: list[str]) -> None:
        if parts:
            self.line("#", f"AnnotatorNotes {name}\t{' '.join(parts)}")


def _content(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}", source=str(path)) from error
    except UnicodeDecodeError as error:
        raise InputError(f"byte {error.start} is no UTF-8 text", source=str(path)) from error


def _document(name: str, text: str, ann: str, losses: Losses, source: str) -> Annotated:
    reader = _Reader(name, text, losses)
    for number, line in enumerate(ann.split("\n"), 1):
        if line.strip():
            try:
                reader.line(line.rstrip("\r"))
            except InputError as error:
                raise InputError(str(error), source=source, line=number) from error
            except (ValueError, IndexError, KeyError) as error:
                raise InputError(f"got {line[:80]!r}, expected a line of brat", source=source, line=number) from error
    spans, events = from_graph(name, reader.graph(), losses)
    return Annotated(name, text, spans, events)


@dataclass(slots=True)
class _Reader:
    name: str
    text: str
    losses: Losses
    regions: dict[str, tuple[str, int, int]] = field(default_factory=dict)
    events: dict[str, tuple[str, str]] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    marks: dict[str, dict[str, str]] = field(default_factory=dict)

    def line(self, line: str) -> None:
        """Read one line; any order of lines is fine.

        Raises:
            InputError, ValueError, IndexError, KeyError: where it is not what brat writes.
        """
        name, said, *rest = line.split("\t")
        words = said.split(" ")
        if name[:1] == "T":
            self.regions[name] = self.region(words[0], said[len(words[0]) + 1 :])
        elif name[:1] == "E":
            pairs = [word.split(":") for word in words if word]
            self.events[name] = (pairs[0][0], pairs[0][1])
            self.edges += [Edge(role.rstrip("0123456789"), name, other) for role, other in pairs[1:]]
        elif name[:1] == "R":
            ends = dict(word.split(":") for word in words[1:] if word)
            self.edges.append(Edge(words[0], ends["Arg1"], ends["Arg2"]))
        elif name[:1] in ("A", "M"):
            self.marks.setdefault(words[1], {})[words[0]] = words[2] if len(words) > 2 else "yes"
        elif name[:1] == "#":
            known = _NOTE.findall(rest[0] if rest else "")
            for key, value in known:  # `graph` takes them for numbers
                (int if key in ("low", "high") else float)(value)
            self.marks.setdefault(words[1], {}).update(known)
            self.losses.add("notes", self.name, not known)
        else:
            self.losses.add("lines of another kind than T, E, R, A and #", self.name)

    def region(self, kind: str, offsets: str) -> tuple[str, int, int]:
        pieces = [(int(start), int(end)) for start, end in (piece.split(" ") for piece in offsets.split(";"))]
        start, end = pieces[0][0], pieces[-1][1]
        if not 0 <= start < end <= len(self.text):
            raise InputError(f"got {offsets}, expected 0 <= start < end <= {len(self.text)}")
        gaps = [self.text[a:b] for (_, a), (b, _) in itertools.pairwise(pieces)]
        self.losses.add("spans with a gap, made whole", self.name, any(gap.strip() for gap in gaps))
        if kind not in LABELS and kind not in EVENT_TYPES:
            raise InputError(f"got the type {kind!r}, expected one of {', '.join((*LABELS, *EVENT_TYPES))}")
        return kind, start, end

    def graph(self) -> Graph:
        nodes = []
        for name, (kind, start, end) in self.regions.items():
            said = self.marks.get(name, {})
            score = float(said["score"]) if "score" in said else None
            mark = self.casualty(said) if "Kind" in said else None
            nodes.append(Node(name, kind if kind in LABELS else "TRIGGER", start, end, score, mark))
        for name, (kind, trigger) in self.events.items():
            if trigger not in self.regions or kind not in EVENT_TYPES:
                raise InputError(f"got {name} of type {kind!r} on {trigger!r}, expected a type of event on a T line")
            said = self.marks.get(name, {})
            status = said.get("Status", "asserted")
            if status not in STATUSES:
                raise InputError(f"got the status {status!r}, expected one of {', '.join(STATUSES)}")
            confidence = float(said["confidence"]) if "confidence" in said else None
            place = self.regions[trigger]
            nodes.append(Node(name, "TRIGGER", place[1], place[2], mark=EventMark(kind, status, "Aggregate" in said, confidence)))
        known = {node.id for node in nodes}
        edges = [Edge(_KINDS[e.kind], e.head, e.tail) for e in self.edges if e.kind in _KINDS and e.head in known and e.tail in known]
        self.losses.add("relations of another name or of no region", self.name, len(self.edges) - len(edges))
        return Graph(tuple(nodes), tuple(edges), tuple(self.events))

    def casualty(self, said: dict[str, str]) -> CasualtyMark:
        if said["Kind"] not in CASUALTY_KINDS:
            raise InputError(f"got the kind {said['Kind']!r}, expected one of {', '.join(CASUALTY_KINDS)}")
        low, high = (int(said[bound]) if bound in said else None for bound in ("low", "high"))
        return CasualtyMark(said["Kind"], low, high, "Approx" in said)


def annotation_conf() -> str:
    """brat's `annotation.conf` for the scheme."""
    roles = ("Trigger*:TRIGGER", "Perpetrator*:ACTOR", "Target*:ACTOR", "Location*:LOCATION", "Date?:DATE", "Source*:ACTOR")
    arguments = ", ".join([*roles, "Casualty*:NUMBER|ACTOR|TRIGGER"])
    lines = ["[entities]", *LABELS, "", "[relations]", "Victim Arg1:NUMBER|ACTOR|TRIGGER, Arg2:ACTOR"]
    lines += ["PartOf Arg1:NUMBER|ACTOR|TRIGGER, Arg2:NUMBER|ACTOR|TRIGGER", "<OVERLAP> Arg1:<ENTITY>, Arg2:<ENTITY>, <OVL-TYPE>:<ANY>"]
    lines += ["", "[events]", *(f"{kind} {arguments}" for kind in EVENT_TYPES), "", "[attributes]"]
    lines += [f"Kind Arg:<ENTITY>, Value:{'|'.join(CASUALTY_KINDS)}", "Approx Arg:<ENTITY>"]
    lines += [f"Status Arg:<EVENT>, Value:{'|'.join(STATUSES)}", "Aggregate Arg:<EVENT>"]
    return "\n".join(lines) + "\n"
