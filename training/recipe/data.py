"""Annotated stand-off documents to training examples: pieces, labels, span targets and pair targets."""

from __future__ import annotations

import hashlib
import logging
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from rasid.candidates import RELATIONS, SpanWords, make_pairs
from rasid.encoding import PieceEncoder
from rasid.errors import ConfigError, InputError
from rasid.fold import fold
from rasid.labels import IOB2
from rasid.linking import KINDS
from rasid.records import EVENT_TYPES, LABELS, STATUSES
from rasid.words import split_words
from recipe.config import ROOT, DataConfig
from recipe.jsonl import numbered_lines
from recipe.mends import mended

log = logging.getLogger(__name__)
IGNORED = -100
WIDTH_STEP = 32
DOCUMENTS_APART = 10_000  # added to the sentence numbers of each next document of a batch, so that their spans do not see each other
ROLES = {"perpetrators": "perpetrator", "targets": "target", "locations": "location", "sources": "source"}


def read_gold(path: str | Path, *, split: str | None = None, texts: Mapping[str, str] | None = None) -> list[dict[str, Any]]:
    """Read a stand-off JSONL file of annotated documents.

    Args:
        split: take only documents of this `split`, where a document names one.
        texts: texts by document id, for annotations that are kept without their text.

    Raises:
        InputError: where the file or a line cannot be read, or a document has no `id` or no text, with the line's number.
    """
    where = ROOT / path
    documents = []
    for number, document in numbered_lines(where):
        if "id" not in document:
            raise InputError("got no id, expected one that is the document's own", source=str(where), line=number, field="id")
        if split and document.get("split", split) != split:
            continue
        if "text" not in document:
            if document["id"] not in (texts or {}):
                raise InputError(f"{document['id']}: no text here and none in data.texts", source=str(where), line=number)
            document["text"] = (texts or {})[document["id"]]
        documents.append(document)
    return documents


def training_documents(config: DataConfig) -> list[dict[str, Any]]:
    """All training documents, each file as often as the configuration says, cut to its limit.

    Raises:
        ConfigError: where the files hold none (those of another `split` are passed over).
        InputError: where a file cannot be read.
    """
    texts = {d["id"]: d["text"] for path in config.texts for d in read_gold(path)}
    for raw in sorted(set(config.raw_texts.values())):
        texts |= cut_texts([path for path, its in config.raw_texts.items() if its == raw], raw)
    false = read_false_spans(config.false_spans)
    files = []
    for path in config.train:
        documents = read_gold(path, split="train", texts=texts)
        if path in config.mends:
            documents = mended(documents, ROOT / config.mends[path])
        annotator = config.annotator_names.index(config.annotators[path]) + 1 if path in config.annotators else 0
        documents = [{**with_false_spans(d, false.get(d["id"], ())), "annotator": annotator} for d in documents]
        files.append((documents, config.repeat.get(path, 1)))
    if not any(documents for documents, _ in files):
        raise ConfigError(f"data.train: got no document in {', '.join(config.train)}, expected some whose `split` is train or not said")
    if config.limit is None:
        return [document for documents, times in files for document in documents * times]
    # A fixed permutation, so that a smaller limit is a subset of a larger one; the limit counts documents, not how often they are taken.
    each = [(document, times) for documents, times in files for document in documents]
    order = np.random.default_rng(0).permutation(len(each))[: config.limit]
    return [document for k in order for document in [each[k][0]] * each[k][1]]


def about_training(documents: Iterable[Mapping[str, Any]], config: DataConfig) -> dict[str, Any]:
    """What a model's card says of the `documents` it was trained on: how many, each once, their events by status, and the files' names."""
    once = {document["id"]: document for document in documents}.values()
    statuses = Counter(event.get("status") or "asserted" for document in once for event in document["events"])
    return {"documents": len(once), "statuses": dict(statuses), "train": [Path(path).name for path in config.train]}


def read_false_spans(paths: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """Spans that are none, by document id: label, start and end, in characters of the document's text (`training/false_spans.py`).

    Raises:
        InputError: where a line cannot be read or has another form, or two lines are of one document.
    """
    found: dict[str, list[dict[str, Any]]] = {}
    for path in paths:
        for number, row in numbered_lines(ROOT / path):
            try:
                name, spans = row["id"], [{"label": label, "start": start, "end": end} for label, start, end in row["spans"]]
            except (KeyError, TypeError, ValueError) as error:
                raise InputError("expected an id, and spans of label, start and end", source=path, line=number) from error
            if name in found:
                raise InputError(f"got {name} twice, expected a line a document", source=path, line=number)
            found[name] = spans
    return found


def with_false_spans(document: dict[str, Any], false: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """`document` with the spans of `false` that touch none of its own, marked `false`.

    With gold spans alone the linker never sees a span that has no part in any event, and gives a part to those that the tagger marks
    wrongly.
    """
    marked = [{"id": f"false-{k}", "false": True, **span} for k, span in enumerate(touching_none(document, false))]
    return {**document, "spans": [*document["spans"], *marked]} if marked else document


def touching_none(document: Mapping[str, Any], spans: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those of `spans` that share no character with a span of the document."""
    own = [(s["start"], s["end"]) for s in document["spans"]]
    return [s for s in spans if not any(s["start"] < end and start < s["end"] for start, end in own)]


def cut_texts(annotations: Iterable[str], raw: str) -> dict[str, str]:
    """Texts, by document id, of files of annotations that name a line of one file of raw articles (JSON lines, gzipped), a length in
    characters and, where it is not the article's start, the character it starts at.

    An article's runs of spaces are squeezed to one before it is cut. A text is taken only if its SHA-256 is the annotation's.
    Annotations that hold their text are passed over.
    """
    articles = {number - 1: article["text"] for number, article in numbered_lines(ROOT / raw)}
    texts = {}
    for path in annotations:
        for number, row in numbered_lines(ROOT / path):
            if "text" in row:
                continue
            start = row.get("start", 0)
            text = re.sub(r"[ \t]+", " ", articles[row["line"]].strip())[start : start + row["characters"]]
            if hashlib.sha256(text.encode()).hexdigest() != row["sha256"]:
                raise InputError(f"{row['id']}: line {row['line']} of {raw} holds another text", source=path, line=number)
            texts[row["id"]] = text
    return texts


def make_example(document: Mapping[str, Any], encoder: PieceEncoder) -> dict[str, Any]:
    """One document as plain lists (a row of a `datasets.Dataset`).

    A document longer than one window is cut to its first: annotated reports are at most 1,500 characters. False spans are unlabelled to
    the tagger, and spans without a part in any event to the linker.
    """
    text = document["text"]
    words = split_words(text)
    encoding = encoder.encode(text, words)
    size = encoding.windows[0][1]
    kept: list[tuple[SpanWords, Mapping[str, Any]]] = []
    for span in sorted(document["spans"], key=lambda s: (s["start"], s["end"])):
        first, last = words.range(span["start"], span["end"])
        if encoding.last[last] < size and not (kept and first <= kept[-1][0].last):
            kept.append((SpanWords(span["label"], first, last), span))
    spans = [span for span, _ in kept]
    number = {span["id"]: k for k, (_, span) in enumerate(kept)}

    labels = np.full(size, IGNORED, dtype=np.int64)
    for k in reversed(range(len(words))):  # of two words in one piece the first names the label
        if encoding.first[k] < size:
            labels[encoding.first[k]] = 0
    for span in [span for span, raw in kept if not raw.get("false")]:
        for k in range(span.first, span.last + 1):
            if k == span.first or encoding.first[k] != encoding.first[k - 1]:
                labels[encoding.first[k]] = IOB2.index(("B-" if k == span.first else "I-") + span.label)

    pairs = make_pairs(text, words, spans)
    targets, true_links = _targets(document["events"], number, spans, text, words)
    wanted = np.full((len(pairs.head), len(RELATIONS)), -1.0, dtype=np.float32)
    wanted[pairs.allowed] = 0.0
    for k, (head, other) in enumerate(zip(pairs.head.tolist(), pairs.other.tolist(), strict=True)):
        for relation in true_links.get((head, other), ()):
            column = RELATIONS.index(relation)
            if pairs.allowed[k, column]:
                wanted[k, column] = 1.0
    return {
        "id": document["id"],
        "input_ids": encoding.ids[:size].tolist(),
        "labels": labels.tolist(),
        "first": [int(encoding.first[s.first]) for s in spans],
        "last": [int(encoding.last[s.last]) for s in spans],
        "label": [LABELS.index(s.label) for s in spans],
        "sentence": [words.items[s.first].sentence for s in spans],
        "span_targets": targets.tolist(),
        "head": pairs.head.tolist(),
        "other": pairs.other.tolist(),
        "features": pairs.features.tolist(),
        "pair_targets": wanted.tolist(),
        "annotator": document.get("annotator", 0),
        "length": size,
    }


def _targets(
    events: Iterable[Mapping[str, Any]], number: Mapping[str, int], spans: Sequence[SpanWords], text: str, words: Any
) -> tuple[np.ndarray[Any, Any], dict[tuple[int, int], set[str]]]:
    """Span targets (type, status, aggregate, kind) and the relations that hold between spans."""
    targets = np.full((len(spans), 4), IGNORED, dtype=np.int64)
    targets[:, 3] = [0 if s.label in ("NUMBER", "ACTOR", "TRIGGER") else IGNORED for s in spans]
    links: dict[tuple[int, int], set[str]] = defaultdict(set)

    def known(ids: Iterable[str | None]) -> list[int]:
        return sorted(number[i] for i in ids if i is not None and i in number)

    for event in events:
        triggers = known(event["triggers"])
        for t in triggers:
            targets[t, 0] = EVENT_TYPES.index(event["type"])
            targets[t, 1] = STATUSES.index(event.get("status") or "asserted")
            targets[t, 2] = int(bool(event.get("aggregate")))
            for u in triggers:
                if t < u:
                    links[t, u].add("same_event")
            for role, relation in ROLES.items():
                for a in known(event.get(role) or ()):
                    links[t, a].add(relation)
            for d in known([event.get("date")]):
                links[t, d].add("date")
        heads = [casualty_head(c, triggers, number, spans, text, words) for c in event.get("casualties") or ()]
        for casualty, head in zip(event.get("casualties") or (), heads, strict=True):
            if head is None:
                continue
            targets[head, 3] = KINDS.index(casualty["kind"])
            for t in triggers:
                links[t, head].add("casualty")
            for v in known(casualty.get("victims") or ()):
                if v != head:
                    links[head, v].add("victim")
            whole = casualty.get("part_of")
            if whole is not None and heads[whole] is not None:
                links[head, heads[whole]].add("part_of")
    return targets, links


OUTCOMES = ("قتلي", "جرحي", "ضحايا", "شهداء", "مصاب", "قتيل", "جريح", "اصاب", "مقتل", "قتل", "اسري", "نزح", "نزوح", "مختطف")


def casualty_head(
    casualty: Mapping[str, Any], triggers: Sequence[int], number: Mapping[str, int], spans: Sequence[SpanWords], text: str, words: Any
) -> int | None:
    """The span that stands for a casualty entry: its NUMBER, else its first victim, else the trigger that states the outcome."""
    counted = casualty.get("number")
    if counted is not None and counted in number:
        return number[counted]
    victims = sorted(number[v] for v in casualty.get("victims") or () if v in number)
    if victims:
        return victims[0]
    if not triggers:
        return None
    return triggers[telling([fold(text[words.items[spans[t].first].start : words.items[spans[t].last].end]) for t in triggers])]


def telling(triggers: Sequence[str]) -> int:
    """Which of an event's triggers (folded, in text order) tells a casualty entry that has no other span: the first that states an outcome,
    else the first."""
    return next((k for k, word in enumerate(triggers) if any(outcome in word for outcome in OUTCOMES)), 0)


@dataclass(frozen=True)
class PieceCollator:
    """Pads windows of pieces, with their labels where they have some, to a batch."""

    cls_id: int
    sep_id: int
    pad_id: int

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Rows with `input_ids` (and `labels`, one a piece) to the arguments of a token classifier, each of shape (rows, width)."""
        # Few different widths: oneDNN prepares its kernels anew for every shape, which cost a third of the time.
        width = -(-(max(len(row["input_ids"]) for row in rows) + 2) // WIDTH_STEP) * WIDTH_STEP
        ids = torch.full((len(rows), width), self.pad_id)
        mask = torch.zeros((len(rows), width), dtype=torch.long)
        labels = torch.full((len(rows), width), IGNORED)
        for b, row in enumerate(rows):
            n = len(row["input_ids"])
            ids[b, : n + 2] = torch.tensor([self.cls_id, *row["input_ids"], self.sep_id])
            mask[b, : n + 2] = 1
            if "labels" in row:
                labels[b, 1 : n + 1] = torch.tensor(row["labels"])
        return {"input_ids": ids, "attention_mask": mask, "labels": labels}


@dataclass(frozen=True)
class Collator(PieceCollator):
    """Pads examples to a batch and flattens their spans and pairs; piece positions are shifted into the flattened batch."""

    def __call__(self, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        """Rows of `make_example` to the arguments of `EventModel.forward`."""
        pieces = super().__call__(rows)
        width = pieces["input_ids"].shape[1]
        parts: dict[str, list[torch.Tensor]] = defaultdict(list)
        spans_before = 0
        for b, row in enumerate(rows):
            offset = b * width + 1
            parts["first"].append(torch.tensor(row["first"], dtype=torch.long) + offset)
            parts["last"].append(torch.tensor(row["last"], dtype=torch.long) + offset)
            parts["label"].append(torch.tensor(row["label"], dtype=torch.long))
            parts["sentence"].append(torch.tensor(row["sentence"], dtype=torch.long) + b * DOCUMENTS_APART)
            parts["head"].append(torch.tensor(row["head"], dtype=torch.long) + spans_before)
            parts["other"].append(torch.tensor(row["other"], dtype=torch.long) + spans_before)
            parts["features"].append(torch.tensor(row["features"], dtype=torch.long).reshape(-1, 4))
            parts["span_targets"].append(torch.tensor(row["span_targets"], dtype=torch.long).reshape(-1, 4))
            parts["pair_targets"].append(torch.tensor(row["pair_targets"], dtype=torch.float32).reshape(-1, len(RELATIONS)))
            spans_before += len(row["first"])
        whole = {name: torch.cat(tensors) for name, tensors in parts.items()}
        annotator = torch.tensor([row["annotator"] for row in rows], dtype=torch.long)
        return {
            **pieces,
            "annotators": annotator[:, None].expand(-1, width),
            "spans": {name: whole[name] for name in ("first", "last", "label", "sentence", "head", "other", "features")},
            "span_targets": whole["span_targets"],
            "pair_targets": whole["pair_targets"],
        }
