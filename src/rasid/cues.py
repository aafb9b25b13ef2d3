"""What words beside a span say of it: the status of an event (denied, alleged, planned), the kind of a casualty."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np

from rasid.candidates import RELATIONS
from rasid.fold import fold
from rasid.labels import WordSpan
from rasid.lexicon import rows
from rasid.linking import KINDS, Links
from rasid.records import STATUSES
from rasid.words import Words

# How much a cue multiplies the model's odds. A strike that is denied must not pass for a fact: denial weighs most. Of 216 events that a
# denial speaks of in the annotated reports (2026-11) 201 are no plain facts: 168 denied, 31 alleged, 2 planned.
STATUS_WEIGHT = {"denied": 60.0, "alleged": 6.0, "planned": 4.0}
# Added to a probability that a cue raises (of a status, of dead and wounded under one figure): it can decide against a model that is
# wrongly sure of itself.
LEAST = 0.02
# What is denied stands within so many words behind the denial (نفت الحركة أي مسؤولية).
DENIED_THING = 4
# What a denial says of a trigger in its reach that it does not deny: it names only the event's harm, or it ends before the trigger.
BEHIND_HARM, PAST_TURN = "behind harm", "past a turn"
KIND_WEIGHT = 40.0
# A number behind its outcome word is governed by it beyond doubt, and belongs to its event.
CLOSE_WEIGHT, CLOSE_LINK = 400.0, 0.9
# A number belongs to an outcome word this many words before it (القضاء على ما لا يقل عن 300) or behind it (50 من الجهاديين قتلوا).
OUTCOME_BEFORE, OUTCOME_BEHIND = 7, 5
# Without another outcome word between them, its word may stand farther before it (مقتل 11 مدنيا بينهم أربعة أطفال وامرأتان).
OUTCOME_FAR = 14
PART_LINK = 0.9
KINDS_BEHIND = ("killed", "wounded", "missing", "abducted")
# بين stands at most this many words behind a figure of dead and wounded (20 شخصا على الأقل بين قتيل وجريح).
AMONG_REACH = 4
_CASUALTY, _PART_OF = RELATIONS.index("casualty"), RELATIONS.index("part_of")
_BOTH = KINDS.index("killed_or_wounded")
_AMONG = fold("بين")
_PROCLITICS = ("وال", "بال", "فال", "لل", "ال", "و", "ف", "ب", "ل")


@dataclass(frozen=True, slots=True)
class Cue:
    """Words that give a status to the events within `reach` words after them (before them where it is negative)."""

    status: str
    reach: int
    words: tuple[str, ...]


class Forms:
    """The folded words of a text, by number, and which of them stand in one sentence."""

    def __init__(self, text: str, words: Words):
        self.words = tuple([fold(text[word.start : word.end]) for word in words.items])
        self._sentence = tuple([word.sentence for word in words.items])
        cues = _cues()
        self.cues = tuple([(at, cues[word]) for at, word in enumerate(self.words) if word in cues])
        """Where a cue may begin: the word's number, and the cues that begin with such a word."""

    def same_sentence(self, a: int, b: int) -> bool:
        """Whether words a and b stand in one sentence."""
        return self._sentence[a] == self._sentence[b]


def settle_status(forms: Forms, triggers: Sequence[int], probabilities: Sequence[float]) -> str:
    """The status of an event.

    Args:
        triggers: word numbers of its triggers.
        probabilities: the model's, in the order of `STATUSES`.
    """
    weights = np.asarray(probabilities, dtype=np.float64) + LEAST
    for status, weight in _cue_weights(forms, triggers).items():
        weights[STATUSES.index(status)] *= weight
    return STATUSES[int(weights.argmax())]


def _cue_weights(forms: Forms, triggers: Sequence[int]) -> dict[str, float]:
    """The statuses that the words beside its triggers give to an event, and how much each is raised."""
    said = {t: tuple(_statuses(forms, t)) for t in triggers}
    found = {status for each in said.values() for status, _ in each}
    weights = {status: STATUS_WEIGHT[status] for status in found if status in STATUS_WEIGHT}
    if "denied" in weights and _told_apart(forms, said):
        del weights["denied"]
        weights["alleged"] = STATUS_WEIGHT["alleged"]
    elif "denied" in weights and PAST_TURN in found:
        # Denied first, claimed in the next clause (نفى الجيش القصف فيما قالت الوزارة إن 471 شخصا قتلوا فيه): no plain fact, and the model
        # says which. Both such events of the annotated reports are alleged.
        weights["alleged"] = STATUS_WEIGHT["denied"]
    return weights


def _told_apart(forms: Forms, said: Mapping[int, Sequence[tuple[str, int]]]) -> bool:
    """Whether an event that is denied is told of all the same, by a trigger that no denial reaches.

    It stands before the denial, in another sentence, or behind the harm that alone is denied. One clause tells and another denies, often
    only a part (قتل خمسة في تفجير، ونفت طالبان مقتل أي من عناصرها في التفجير): of 283 such events in the annotated reports (2026-11) 6 are
    denied, 110 alleged and 164 asserted, of the 216 others that a denial reaches 168 are denied and 15 asserted. So `alleged` is raised,
    and a model that is sure of another status keeps it. A trigger that only stands too far behind the denial does not count: that is one
    long denial.

    Args:
        said: what cues say of each trigger, by `_statuses`.
    """
    first = min(at for found in said.values() for status, at in found if status == "denied")
    for trigger, found in said.items():
        statuses = {status for status, _ in found}
        if "denied" not in statuses and (BEHIND_HARM in statuses or trigger < first or not forms.same_sentence(trigger, first)):
            return True
    return False


def weigh_kinds(forms: Forms, spans: Sequence[WordSpan], links: Links) -> Links:
    """Links weighed by the words round each number or noun.

    The outcome word that governs it gives its casualty kind and the event that it belongs to; a marker such as بينهم makes it a part.
    """
    outcomes = [(k, kind) for k, span in enumerate(spans) if span.label == "TRIGGER" and (kind := _outcome(forms.words[span.first]))]
    kinds, relation = links.kind.copy(), links.relation.copy()
    for k, span in enumerate(spans):
        if span.label not in ("NUMBER", "ACTOR"):
            continue
        whole = part_of(forms, spans, k, outcomes)
        if whole is not None:
            relation[_PART_OF, k, whole] = max(float(relation[_PART_OF, k, whole]), PART_LINK)
        if span.label == "NUMBER" and _counts_things(forms, span):
            kinds[k, 1:] = 0.0
            continue
        if span.label == "NUMBER" and _dead_and_wounded(forms, span):
            kinds[k, _BOTH] = (kinds[k, _BOTH] + LEAST) * CLOSE_WEIGHT
            continue
        governor = _governor(forms, spans, k, outcomes)
        if governor is None:
            continue
        trigger, kind = governor
        kind = _kind_behind(forms, span) or kind
        close = span.label == "NUMBER" and 0 < span.first - spans[trigger].last <= OUTCOME_BEFORE
        kinds[k, KINDS.index(kind)] *= CLOSE_WEIGHT if close else KIND_WEIGHT
        if close:
            relation[_CASUALTY, trigger, k] = max(float(relation[_CASUALTY, trigger, k]), CLOSE_LINK)
    kinds /= np.maximum(kinds.sum(axis=1, keepdims=True), 1e-9)
    return replace(links, kind=kinds, relation=relation)


def part_of(forms: Forms, spans: Sequence[WordSpan], k: int, outcomes: Sequence[tuple[int, str]]) -> int | None:
    """The number of the NUMBER span that span k is said to be a part of, None where no marker says so.

    Args:
        outcomes: span numbers of outcome triggers with their kinds; one of them between marker and part opens a new count.
    """
    first, last = spans[k].first, spans[k].last
    floor = max((spans[t].last + 1 for t, _ in outcomes if spans[t].last < first), default=0)
    marker = None
    for at in range(first - 1, max(floor, first - OUTCOME_FAR) - 1, -1):
        if not forms.same_sentence(at, first):
            break
        if _is_marker(forms.words[at]):
            marker = at
            break
    if marker is None:
        after = range(last + 1, min(last + 3, len(forms.words)))
        if any(forms.same_sentence(at, first) and forms.words[at] in _markers("behind") for at in after):
            marker = first
    if marker is None:
        return None
    numbers = (n for n in range(len(spans) - 1, -1, -1) if spans[n].label == "NUMBER" and spans[n].last < marker)
    return next((n for n in numbers if forms.same_sentence(spans[n].last, first)), None)


def _governor(forms: Forms, spans: Sequence[WordSpan], k: int, outcomes: Sequence[tuple[int, str]]) -> tuple[int, str] | None:
    """The nearest outcome trigger before span k in its sentence, else the nearest behind it: its span number and kind."""
    here = [(t, kind) for t, kind in outcomes if forms.same_sentence(spans[t].first, spans[k].first)]
    before = [(spans[k].first - spans[t].last, t, kind) for t, kind in here if 0 < spans[k].first - spans[t].last <= OUTCOME_FAR]
    # A word joined by و (وإصابة) opens what follows, and says nothing of what stands before it.
    behind = [
        (spans[t].first - spans[k].last, t, kind)
        for t, kind in here
        if 0 < spans[t].first - spans[k].last <= OUTCOME_BEHIND and not forms.words[spans[t].first].startswith("و")
    ]
    nearest = min(before, default=None) or min(behind, default=None)
    return (nearest[1], nearest[2]) if nearest else None


def _kind_behind(forms: Forms, span: WordSpan) -> str | None:
    """The kind that a word at once behind a number gives it, whatever governs the number: تحرير 20 رهينة, مقتل 3 و 5 مفقودين.

    In the annotated reports with texts (2026-11) the kind is that of the word in 1,252 of 1,286 such places. The captured and the displaced
    are left out: their words often name who was killed (مقتل 5 معتقلين) or something else (20 أسرة).
    """
    at = span.last + 1
    if span.label != "NUMBER" or at >= len(forms.words) or not forms.same_sentence(at, span.last) or forms.words[at].startswith("و"):
        return None
    kind = _outcome(forms.words[at])
    return kind if kind in KINDS_BEHIND else None


def _counts_things(forms: Forms, number: WordSpan) -> bool:
    """Whether the word behind a number names things and no people (748 قطعة سلاح).

    In the annotated reports with texts (2026-11) 555 of 558 such numbers are no casualties.
    """
    at = number.last + 1
    if at >= len(forms.words) or not forms.same_sentence(at, number.last):
        return False
    return forms.words[at] in _things() or forms.words[at].removesuffix("ا") in _things()


def _dead_and_wounded(forms: Forms, number: WordSpan) -> bool:
    """Whether one figure counts the dead and the wounded together: بمقتل وجرح 110, 127 قتيلا وجريحا, 20 بين قتيل وجريح."""
    words, first, last = forms.words, number.first, number.last

    def pair(at: int, where: str | None) -> bool:
        """Whether words `at` and `at + 1` are the dead and the wounded, of the forms listed for `where` (None: any outcome words)."""
        if at < 0 or at + 1 >= len(words) or not (forms.same_sentence(at, first) and forms.same_sentence(at + 1, first)):
            return False
        if not words[at + 1].startswith("و"):
            return False
        if where is None:
            return (_outcome(words[at]), _outcome(words[at + 1])) == ("killed", "wounded")
        dead, wounded = _both_outcomes()[where]
        return not dead.isdisjoint(_bare(words[at])) and words[at + 1][1:] in wounded

    if pair(first - 2, "before") or pair(last + 1, "behind"):
        return True
    among = (at for at in range(last + 1, min(last + 1 + AMONG_REACH, len(words))) if words[at] == _AMONG)
    return any(pair(at + 1, None) for at in among)


def _statuses(forms: Forms, trigger: int) -> Iterator[tuple[str, int]]:
    """What cues say of a trigger: a status, `BEHIND_HARM` or `PAST_TURN`; with the word where the cue stands."""
    for at, cues in forms.cues:
        if at == trigger or not forms.same_sentence(at, trigger):
            continue
        for cue in cues:
            end = at + len(cue.words)
            near = 0 < trigger - at <= cue.reach if cue.reach > 0 else 0 < at - trigger <= -cue.reach
            if not near or forms.words[at + 1 : end] != cue.words[1:]:
                continue
            status = _denial(forms, end, trigger) if cue.status == "denied" else cue.status
            if status is not None:
                yield status, at


def _denial(forms: Forms, end: int, trigger: int) -> str | None:
    """What a denial says of a trigger in its reach: `denied`, unless it is something else that is denied.

    One's part in the event: None (نفت الجماعة مسؤوليتها عن الهجوم). Its harm: `BEHIND_HARM` (لم تقع إصابات في القصف). What stands before
    another clause: `PAST_TURN` (نفى الجيش اقتحام المشفى فيما قالت الوزارة إن 471 شخصا قتلوا). Of 132 events in the annotated reports
    (2026-11) that denials reach only in the last two ways 1 is denied.

    Args:
        end: the word behind the denial's own; behind the trigger where the denial stands after it.
    """
    between = forms.words[end:trigger]
    if any(_bare(word) & _excuses() for word in forms.words[end : end + DENIED_THING]):
        return None
    if any(_bare(word) & _limits("harm") for word in between[:DENIED_THING]):
        return BEHIND_HARM
    return PAST_TURN if any(_is_turn(word) for word in between) else "denied"


def _bare(word: str) -> set[str]:
    return {word, *(word[len(clitic) :] for clitic in _PROCLITICS if word.startswith(clitic) and len(word) - len(clitic) > 2)}


@lru_cache(maxsize=50_000)  # the same words come again and again
def _is_marker(word: str) -> bool:
    return not _markers("before").isdisjoint(_bare(word))


def _is_turn(word: str) -> bool:
    return word in _limits("turn") or (word[:1] in ("و", "ف") and word[1:] in _limits("turn"))


@lru_cache(maxsize=20_000)
def _outcome(word: str) -> str | None:
    stems, longest = _outcomes()
    found = [hit for form in _bare(word) for end in range(1, longest + 1) if (hit := stems.get(form[:end]))]
    return min(found)[1] if found else None


@lru_cache(maxsize=1)
def _cues() -> dict[str, tuple[Cue, ...]]:
    """The cues by their first word, with and without a clitic و or ف before it."""
    found: dict[str, tuple[Cue, ...]] = {}
    for row in rows("lexicon/status_cues.tsv"):
        for form in row[2].split("|") if row[0] != "not" else ():
            cue = Cue(row[0], int(row[1]), tuple(fold(form).split()))
            for clitic in ("", "و", "ف"):
                first = clitic + cue.words[0]
                found[first] = (*found.get(first, ()), cue)
    return found


@lru_cache(maxsize=1)
def _excuses() -> frozenset[str]:
    """What one may deny without denying the event: responsibility, involvement."""
    return frozenset(fold(form.strip()) for row in rows("lexicon/status_cues.tsv") if row[0] == "not" for form in row[2].split("|"))


@lru_cache(maxsize=2)
def _limits(what: str) -> frozenset[str]:
    """Words that end what a denial speaks of (turn), or that name what alone is denied (harm)."""
    return frozenset(fold(form) for row in rows("lexicon/denial_limits.tsv") if row[0] == what for form in row[1].split())


@lru_cache(maxsize=1)
def _outcomes() -> tuple[dict[str, tuple[int, str]], int]:
    """Stems with their ranks (the longest stem has the lowest) and kinds, and the length of the longest."""
    pairs = [(fold(stem), row[0]) for row in rows("lexicon/outcomes.tsv") for stem in row[1].split()]
    pairs.sort(key=lambda pair: -len(pair[0]))
    stems: dict[str, tuple[int, str]] = {}
    for rank, (stem, kind) in enumerate(pairs):
        stems.setdefault(stem, (rank, kind))
    return stems, len(pairs[0][0])


@lru_cache(maxsize=1)
def _both_outcomes() -> dict[str, tuple[frozenset[str], frozenset[str]]]:
    """Words for the dead and for the wounded that share one figure, by where they stand."""
    return {
        row[0]: (frozenset(map(fold, row[1].split())), frozenset(map(fold, row[2].split()))) for row in rows("lexicon/both_outcomes.tsv")
    }


@lru_cache(maxsize=2)
def _markers(where: str) -> frozenset[str]:
    return frozenset(fold(form) for row in rows("lexicon/part_markers.tsv") if row[0] == where for form in row[1].split())


@lru_cache(maxsize=1)
def _things() -> frozenset[str]:
    return frozenset(fold(word) for row in rows("lexicon/things.tsv") for word in row[1].split())
