"""Drafts of events to event records: figures read, status settled, ids made."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rasid.analysis import Analysis, Section
from rasid.candidates import SpanWords
from rasid.confidence import ConfidenceWeights, confidence_of
from rasid.cues import Forms, settle_status, weigh_kinds
from rasid.document import Document
from rasid.figures import Figures, make_casualties
from rasid.grouping import EventDraft, GroupingOptions, group
from rasid.labels import WordSpan
from rasid.records import Actor, Event, Evidence, Place, Span, When
from rasid.words import Words


def make_spans(text: str, analysis: Analysis) -> tuple[Span, ...]:
    """The spans of a document with their characters."""
    places = ((s, *analysis.words.characters(s.first, s.last)) for s in analysis.spans)
    return tuple(Span(s.label, start, end, text[start:end], round(s.score, 4)) for s, start, end in places)


def make_events(
    document: Document, analysis: Analysis, options: GroupingOptions, confidence: ConfidenceWeights | None = None
) -> tuple[Event, ...]:
    """Group the document's spans and make a record of each group, in text order.

    Args:
        confidence: what makes a draft's probabilities a confidence; without it there is none.
    """
    events: list[Event] = []
    for section, drafts in settled_drafts(document, analysis, options):
        used = frozenset(entry.head for draft in drafts for entry in draft.casualties)
        figures = Figures(document.text, analysis.words, section.spans)
        events.extend(_event(analysis.words, section.spans, draft, used, figures, confidence) for draft in drafts)
    return _with_ids(document.id, events)


def settled_drafts(document: Document, analysis: Analysis, options: GroupingOptions) -> list[tuple[Section, list[EventDraft]]]:
    """The drafts of each section's events, their statuses settled by what the text says of them; in the order of `make_events`."""
    forms = Forms(document.text, analysis.words)
    out = []
    for section in analysis.sections:
        spans = [SpanWords(s.label, s.first, s.last) for s in section.spans]
        links = weigh_kinds(forms, section.spans, section.links)
        drafts = group(spans, [s.score for s in section.spans], links, options)
        statuses = [settle_status(forms, [spans[t].first for t in draft.triggers], draft.status_probabilities) for draft in drafts]
        out.append((section, [replace(draft, status=status) for draft, status in zip(drafts, statuses, strict=True)]))
    return out


def _event(
    words: Words,
    spans: Sequence[WordSpan],
    draft: EventDraft,
    used: frozenset[int],
    figures: Figures,
    confidence: ConfidenceWeights | None,
) -> Event:
    def actor(k: int) -> Actor:
        found = figures.mention(k)
        return Actor(found.text, found.start, found.end)

    def place(k: int) -> Place:
        found = figures.mention(k)
        return Place(found.text, found.start, found.end)

    casualties = make_casualties(draft, used, figures)
    when = figures.mention(draft.date) if draft.date is not None else None
    return Event(
        id="",
        type=draft.type,
        status=draft.status,
        aggregate=draft.aggregate,
        confidence=confidence_of(draft, confidence),
        triggers=tuple(map(figures.mention, draft.triggers)),
        perpetrators=tuple(actor(k) for k in draft.perpetrators),
        targets=tuple(actor(k) for k in draft.targets),
        casualties=casualties,
        locations=tuple(place(k) for k in draft.locations),
        date=When(when.text, when.start, when.end) if when else None,
        sources=tuple(actor(k) for k in draft.sources),
        evidence=_evidence(words, [spans[k] for k in draft.triggers]),
        acled=None,  # made when actors and places are resolved
    )


def _evidence(words: Words, triggers: Sequence[WordSpan]) -> tuple[Evidence, ...]:
    """The sentences that hold the event's triggers."""
    numbers = sorted({words.items[t.first].sentence for t in triggers})
    return tuple(Evidence(*words.sentences[n]) for n in numbers)


def _with_ids(document_id: str, events: Sequence[Event]) -> tuple[Event, ...]:
    """Give each event an id made from the document's id and from what it says, not from where in the list it stands.

    Events of one document that say the same are told apart by a count.
    """
    made: Counter[str] = Counter()
    out = []
    for event in events:
        said = "\x1f".join(_said(document_id, event))
        made[said] += 1
        digest = hashlib.sha256(f"{said}\x1f{made[said]}".encode("utf-8", "surrogatepass")).hexdigest()[:16]
        out.append(replace(event, id=f"ev-{digest}"))
    return tuple(out)


def _said(document_id: str, event: Event) -> list[str]:
    return [
        document_id,
        event.type,
        event.status,
        *(trigger.text for trigger in event.triggers),
        *(actor.text for actor in (*event.perpetrators, *event.targets)),
        *(place.text for place in event.locations),
        *(f"{c.kind}:{c.low}:{c.high}" for c in event.casualties),
        event.date.text if event.date else "",
    ]
