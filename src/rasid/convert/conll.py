"""CoNLL with IOB2 tags: one token and its tag a line, a blank line after each sentence, comments that tell the document and its text.

It holds spans that do not overlap and whose edges are no white space; events, scores and the names of spans have no place in it. Files
without our comments are read too: a text is then made of their tokens, one space between two, one line a sentence.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rasid.convert.document import Annotated, AnnotatedSpan, Losses
from rasid.document import text_id
from rasid.errors import InputError
from rasid.labels import IOB2
from rasid.readers import Fault, as_fault, decoded_lines
from rasid.records import LABELS
from rasid.words import split_words
from rasid.writers import dump_line

_DOCUMENT, _ABOUT, _TEXT = "# newdoc id = ", "# about = ", "# text = "


@dataclass(frozen=True, slots=True)
class Token:
    """Characters `[start, end)` of the text, the sentence they stand in, and their IOB2 tag."""

    start: int
    end: int
    sentence: int
    tag: str


def tag_tokens(document: Annotated, losses: Losses) -> list[Token]:
    """The tokens of a document: words, and every other visible character by itself; a word is split where a span begins or ends in it.

    Of spans that overlap the first, and of those the longest, is kept.
    """
    text = document.text
    kept: list[tuple[int, int, str]] = []
    for span in sorted(document.spans, key=lambda s: (s.start, -s.end)):
        said = text[span.start : span.end]
        start, end = span.start + len(said) - len(said.lstrip()), span.end - len(said) + len(said.rstrip())
        if start >= end:
            losses.add("spans of nothing but white space", document.id)
        elif kept and start < kept[-1][1]:
            losses.add("spans that overlap another", document.id)
        else:
            losses.add("white space at the edge of a span", document.id, (start, end) != (span.start, span.end))
            kept.append((start, end, span.label))
    words = split_words(text)
    edges = {edge for start, end, _ in kept for edge in (start, end)}
    pieces: list[tuple[int, int]] = []
    at = 0
    for word in words.items:
        pieces += [(c, c + 1) for c in range(at, word.start) if not text[c].isspace()]
        cuts = [word.start, *sorted(c for c in edges if word.start < c < word.end), word.end] if edges else [word.start, word.end]
        pieces += list(itertools.pairwise(cuts))
        at = word.end
    pieces += [(c, c + 1) for c in range(at, len(text)) if not text[c].isspace()]
    tokens = []
    k, sentence, before = 0, 0, -1
    for start, end in pieces:
        while k < len(kept) and kept[k][1] <= start:
            k += 1
        inside = k < len(kept) and kept[k][0] <= start
        first = inside and kept[k][0] == start
        own = words.items[words.at(start)].sentence if words.items else 0
        if own != before and (first or not inside):  # a span over the end of a sentence keeps the two together
            sentence += before >= 0
            before = own
        tokens.append(Token(start, end, sentence, ("B-" if first else "I-") + kept[k][2] if inside else "O"))
    return tokens


def write(documents: Iterable[Annotated], path: Path, losses: Losses) -> None:
    """Write a file."""
    with open(path, "w", encoding="utf-8", newline="\n") as stream:
        for document in documents:
            losses.add("events", document.id, len(document.events))
            losses.add("scores", document.id, sum(span.score is not None for span in document.spans))
            # A name with a line end in it is quoted, and so is one that looks quoted.
            name = document.id if document.id.isprintable() and document.id.strip() == document.id and document.id[0] != '"' else None
            stream.write(_DOCUMENT + (name if name is not None else dump_line(document.id)) + "\n")
            if document.about:
                stream.write(_ABOUT + dump_line(dict(document.about)) + "\n")
            stream.write(_TEXT + dump_line(document.text) + "\n")
            before = 0
            for token in tag_tokens(document, losses):
                stream.write("\n" * (token.sentence != before) + f"{document.text[token.start : token.end]}\t{token.tag}\n")
                before = token.sentence
            stream.write("\n")


def read(path: Path, losses: Losses) -> Iterator[Annotated | Fault]:
    """Read a file: columns parted by tabs or spaces, the token in the first and its tag in the last."""
    seen: set[str] = set()
    try:
        with open(path, "rb") as stream:
            for start, block in _blocks(decoded_lines(stream)):
                try:
                    document = block.document(path, losses)
                    if document is None:
                        continue
                    if document.id in seen:
                        raise InputError(f"got {document.id!r} a second time, expected each document once", field="id")
                except InputError as error:
                    yield as_fault(error, str(path), error.line or start)
                else:
                    seen.add(document.id)
                    yield document
    except OSError as error:
        yield Fault(str(path), None, None, f"cannot be read: {error.strerror or error}")


@dataclass(slots=True)
class _Block:
    """The lines of one document."""

    name: str | None = None
    about: str | None = None
    text: str | None = None
    rows: list[tuple[int, str | None, str]] = field(default_factory=list)

    def document(self, path: Path, losses: Losses) -> Annotated | None:
        if self.text is None and not any(token for _, token, _ in self.rows):
            return None
        text = _json(self.text, str, _TEXT) if self.text is not None else self.joined()
        name = _json(self.name, str, _DOCUMENT) if self.name and self.name.startswith('"') else self.name or f"{path.stem}-{text_id(text)}"
        spans: list[AnnotatedSpan] = []
        at = 0
        running = False
        for line, token, tag in self.rows:
            if token is None:
                continue
            start = text.find(token, at)
            if start < 0 or text[at:start].strip():
                raise InputError(
                    f"got the token {token!r}, expected what comes next in the text: {text[at : at + 20].strip()!r}", line=line
                )
            at = start + len(token)
            prefix, _, label = tag.partition("-")
            if tag != "O" and (prefix not in ("B", "I") or label not in LABELS):
                raise InputError(f"got the tag {tag!r}, expected O, or B- or I- and one of {', '.join(LABELS)}", line=line)
            if tag == "O":
                running = False
            elif prefix == "I" and running and spans[-1].label == label:
                last = spans.pop()
                spans.append(AnnotatedSpan(last.id, label, last.start, at))
            else:
                losses.add("tags I- that begin a span, read as B-", name, prefix == "I")
                spans.append(AnnotatedSpan(f"s{len(spans) + 1}", label, start, at))
                running = True
        return Annotated(name, text, tuple(spans), (), _json(self.about, dict, _ABOUT) if self.about is not None else {})

    def joined(self) -> str:
        lines: list[list[str]] = [[]]
        for _, token, _ in self.rows:
            if token is None:
                lines.append([])
            else:
                lines[-1].append(token)
        return "\n".join(" ".join(line) for line in lines if line)


def _blocks(lines: Iterable[str]) -> Iterator[tuple[int, _Block]]:
    block, start = _Block(), 1
    for number, raw in enumerate(lines, 1):
        line = raw.rstrip("\r\n")
        columns = line.split("\t") if "\t" in line else line.split()
        opens = line.startswith((_DOCUMENT, "-DOCSTART-"))
        if opens:
            yield start, block
            block, start = _Block(name=line[len(_DOCUMENT) :] if line.startswith(_DOCUMENT) else None), number
        elif line.startswith(_ABOUT):
            block.about = line[len(_ABOUT) :]
        elif line.startswith(_TEXT) and not block.rows:
            block.text = line[len(_TEXT) :]
        elif not line.strip():
            block.rows.append((number, None, "O"))
        elif not (line.startswith("# ") and "\t" not in line) or (len(columns) == 2 and columns[1] in IOB2):  # `# O` is a token
            block.rows.append((number, columns[0], columns[-1] if len(columns) > 1 else "O"))
    yield start, block


def _json(said: str, kind: type, where: str) -> Any:
    try:
        value = json.loads(said)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not JSON: {error}", field=where.strip("# =")) from error
    if not isinstance(value, kind):
        raise InputError(f"got {type(value).__name__}, expected {kind.__name__}", field=where.strip("# ="))
    return value
