"""Groups the spans of a document into drafts of events, by the linker's probabilities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from rasid.candidates import RELATIONS, SpanWords
from rasid.linking import KINDS, Floats, Links
from rasid.records import EVENT_TYPES, STATUSES

_CASUALTY = RELATIONS.index("casualty")


@dataclass(frozen=True, slots=True)
class GroupingOptions:
    """Probabilities from which a link is taken; chosen on dev and kept in the model's manifest.

    `merge`: mean link between the triggers of two groups from which they are one event. `trigger`: a trigger below this score founds no
    event of its own. `peak`: how much the best-linked trigger of an event counts for its links, against the mean of all (0: mean alone,
    1: best alone). The others: least probability of the relation.
    """

    merge: float = 0.5
    trigger: float = 0.0
    perpetrator: float = 0.5
    target: float = 0.5
    location: float = 0.5
    date: float = 0.5
    source: float = 0.5
    casualty: float = 0.3
    kind: float = 0.5
    victim: float = 0.5
    part_of: float = 0.5
    peak: float = 0.3


@dataclass(frozen=True, slots=True)
class CasualtyDraft:
    """A casualty entry by span numbers: the span that carries the count, its kind, the victims, and the whole it is a part of."""

    head: int
    kind: str
    victims: tuple[int, ...]
    part_of: int | None
    probability: float


@dataclass(frozen=True, slots=True)
class EventDraft:
    """An event by span numbers; `trigger_score` is the tagger's score of its least sure trigger."""

    type: str
    status: str
    aggregate: bool
    triggers: tuple[int, ...]
    perpetrators: tuple[int, ...]
    targets: tuple[int, ...]
    locations: tuple[int, ...]
    date: int | None
    sources: tuple[int, ...]
    casualties: tuple[CasualtyDraft, ...]
    type_probability: float
    status_probabilities: tuple[float, ...]
    trigger_score: float


def group(spans: Sequence[SpanWords], scores: Sequence[float], links: Links, options: GroupingOptions) -> tuple[EventDraft, ...]:
    """Group `spans` (in text order, with the tagger's `scores`) into events, in the order of their first triggers."""
    triggers = [k for k, span in enumerate(spans) if span.label == "TRIGGER"]
    clusters = _cluster(triggers, links.of("same_event"), options.merge)
    clusters = [c for c in clusters if max(scores[t] for t in c) >= options.trigger]
    pooled = [_pool(links.relation[:, c], options.peak) for c in clusters]
    casualties = _casualties(spans, clusters, pooled, links, options)
    # A span that is perhaps none has a part less surely than its link says, for the linker takes it as given. The square root did better on
    # dev, and on 800 reports that the model had not seen, than the score itself or nothing (EXPERIMENTS.md, fifth session).
    trust = np.sqrt(np.asarray(scores, dtype=np.float32))
    return tuple(_draft(spans, scores, trust, c, pooled[n], casualties[n], links, options) for n, c in enumerate(clusters))


def _cluster(triggers: list[int], link: Floats, least: float) -> list[list[int]]:
    """Average-link agglomerative clustering: the two groups with the highest mean link are merged while that is at least `least`."""
    clusters = [[t] for t in triggers]
    if len(clusters) < 2:
        return clusters
    total = link[np.ix_(triggers, triggers)].astype(np.float64)
    size = np.ones(len(triggers))
    alive = np.ones(len(triggers), dtype=bool)
    np.fill_diagonal(total, 0.0)
    while True:
        mean = total / np.outer(size, size)
        mean[~alive] = mean[:, ~alive] = -1.0
        np.fill_diagonal(mean, -1.0)
        a, b = np.unravel_index(int(mean.argmax()), mean.shape)
        if mean[a, b] < least:
            break
        clusters[a] = sorted(clusters[a] + clusters[b])
        total[a] += total[b]
        total[:, a] += total[:, b]
        size[a] += size[b]
        alive[b] = False
    return sorted(clusters[k] for k in np.flatnonzero(alive))


def _casualties(
    spans: Sequence[SpanWords], clusters: Sequence[Sequence[int]], pooled: Sequence[Floats], links: Links, options: GroupingOptions
) -> list[list[CasualtyDraft]]:
    """The casualty entries of each cluster: each head goes to the one event that it is linked to most."""
    found: list[list[CasualtyDraft]] = [[] for _ in clusters]
    if not clusters:
        return found
    victim = links.of("victim")
    belongs = np.stack([links_of[_CASUALTY] for links_of in pooled])
    homes, strengths = belongs.argmax(axis=0).tolist(), belongs.max(axis=0).tolist()
    counted = (links.kind[:, 0] <= 1 - options.kind).tolist()
    kinds = (1 + links.kind[:, 1:].argmax(axis=1)).tolist()
    home_of = {t: n for n, c in enumerate(clusters) for t in c}
    taken: set[int] = set()
    for h, span in enumerate(spans):
        if span.label in ("LOCATION", "DATE") or not counted[h]:
            continue
        home, strength = (home_of.get(h), 1.0) if span.label == "TRIGGER" else (homes[h], strengths[h])
        if home is None or strength < options.casualty or h in taken:
            continue
        victims = [k for k in np.flatnonzero(victim[h] >= options.victim).tolist() if spans[k].label == "ACTOR"]
        if span.label == "ACTOR":
            victims = [h, *victims]
            taken.update(victims)
        found[home].append(CasualtyDraft(h, KINDS[kinds[h]], tuple(sorted(victims)), None, min(strength, float(1 - links.kind[h, 0]))))
    return [_with_parts(entries, links.of("part_of"), options.part_of) for entries in found]


def _pool(scores: Floats, peak: float) -> Floats:
    """One score of an event's triggers (the axis before the last) to a span: between their mean and their maximum."""
    return np.asarray(peak * scores.max(axis=-2) + (1 - peak) * scores.mean(axis=-2), dtype=np.float32)


def _with_parts(entries: list[CasualtyDraft], link: Floats, least: float) -> list[CasualtyDraft]:
    """Each entry with the whole that it is most surely a part of; of two that are parts of one another the surer direction wins."""
    if len(entries) < 2:
        return entries
    heads = [entry.head for entry in entries]
    scores = link[np.ix_(heads, heads)].copy()
    scores[scores < scores.T] = 0.0
    np.fill_diagonal(scores, 0.0)
    wholes = [int(row.argmax()) if row.max(initial=0.0) >= least else None for row in scores]
    return [entry if whole is None else replace(entry, part_of=whole) for entry, whole in zip(entries, wholes, strict=True)]


def _draft(
    spans: Sequence[SpanWords],
    scores: Sequence[float],
    trust: Floats,
    cluster: list[int],
    pooled: Floats,
    casualties: list[CasualtyDraft],
    links: Links,
    options: GroupingOptions,
) -> EventDraft:
    def linked(relation: str, least: float, labels: tuple[str, ...]) -> tuple[int, ...]:
        linked_to = pooled[RELATIONS.index(relation)] * trust
        return tuple([k for k in np.flatnonzero(linked_to >= least).tolist() if spans[k].label in labels])

    dates = pooled[RELATIONS.index("date")]
    best = int(dates.argmax())
    date = best if dates[best] >= options.date and spans[best].label == "DATE" else None
    types = links.type[cluster].mean(axis=0)
    statuses = links.status[cluster].mean(axis=0)
    return EventDraft(
        type=EVENT_TYPES[int(types.argmax())],
        status=STATUSES[int(statuses.argmax())],
        aggregate=bool(links.aggregate[cluster].mean() >= 0.5),
        triggers=tuple(cluster),
        perpetrators=linked("perpetrator", options.perpetrator, ("ACTOR",)),
        targets=linked("target", options.target, ("ACTOR", "LOCATION")),
        locations=linked("location", options.location, ("LOCATION",)),
        date=date,
        sources=linked("source", options.source, ("ACTOR",)),
        casualties=tuple(casualties),
        type_probability=float(types.max()),
        status_probabilities=tuple(float(p) for p in statuses),
        trigger_score=float(min(scores[t] for t in cluster)),
    )
