"""Words beside a span that say its event's status, or which kind of casualty a number is."""

from __future__ import annotations

import numpy as np
import pytest

from rasid.cues import Forms, settle_status, weigh_kinds
from rasid.labels import WordSpan
from rasid.linking import KINDS, Links
from rasid.records import STATUSES
from rasid.words import split_words

SURE = (0.99, 0.003, 0.004, 0.003)  # the model takes the event for a fact
EVEN = (0.4, 0.2, 0.2, 0.2)


def status(text: str, trigger: str | tuple[str, ...], probabilities: tuple[float, ...] = SURE) -> str:
    """The status of the event with these triggers; the last of two that are spelled alike is named with the word before it."""
    words, names = split_words(text), (trigger,) if isinstance(trigger, str) else trigger
    ends = [text.index(name) + len(name) for name in names]
    return settle_status(Forms(text, words), [words.at(end - 1) for end in ends], probabilities)


@pytest.mark.parametrize(
    ("text", "trigger", "expected"),
    [
        ("نفت الوزارة وقوع قصف على البلدة", "قصف", "denied"),
        ("ونفى الناطق أن تكون الطائرات شنت غارة", "غارة", "denied"),
        ("أكد المحافظ أن نبأ التفجير لا أساس له من الصحة", "التفجير", "denied"),
        ("لا أساس من الصحة لما أشيع عن قصف المطار", "قصف", "denied"),
        ("لا أساس لصحة الأنباء عن قصف المطار", "قصف", "denied"),
        # Who denies his part in it does not deny that it happened.
        ("نفت الجماعة مسؤوليتها عن الهجوم", "الهجوم", "asserted"),
        ("نفى الحزب أي علاقة له بالتفجير", "بالتفجير", "asserted"),
        # The denial of another sentence is not this one's.
        ("نفى الوزير ذلك. وقصفت المدفعية البلدة", "وقصفت", "asserted"),
        ("قصفت المدفعية البلدة", "قصفت", "asserted"),
    ],
)
def test_denials(text: str, trigger: str, expected: str) -> None:
    assert status(text, trigger) == expected


@pytest.mark.parametrize(
    ("text", "triggers", "expected"),
    [
        # Another clause tells of the event.
        ("نفى الجيش اقتحام المشفى فيما قالت الوزارة إن 471 شخصا قتلوا", "قتلوا", "asserted"),
        ("نفت الحركة التهمة، مؤكدة أنها قصفت المطار", "قصفت", "asserted"),
        ("نفى الناطق ذلك ولكنه أقر بهجوم على الموقع", "بهجوم", "asserted"),
        # The clause that is denied is denied, whatever stands behind it.
        ("نفت الوزارة وقوع قصف، مؤكدة أن البلدة آمنة", "قصف", "denied"),
        ("نفت الوزارة ما أعلنته الحركة عن قصف البلدة", "قصف", "denied"),
    ],
)
def test_a_denial_ends_where_another_clause_begins(text: str, triggers: str, expected: str) -> None:
    assert status(text, triggers) == expected


@pytest.mark.parametrize(
    ("text", "triggers", "expected"),
    [
        ("لم تقع إصابات في القصف", "القصف", "asserted"),
        ("أكد المحافظ عدم وقوع أي ضحايا في الهجوم", "الهجوم", "asserted"),
        # The harm is a trigger of the event too.
        ("لم يسجل سقوط قتلى في الاشتباكات", ("قتلى", "الاشتباكات"), "asserted"),
        ("نفت الوزارة وقوع قصف أو سقوط ضحايا", "قصف", "denied"),
        ("نفت الوزارة سقوط ضحايا", "ضحايا", "denied"),
    ],
)
def test_who_denies_the_harm_does_not_deny_the_strike(text: str, triggers: str | tuple[str, ...], expected: str) -> None:
    assert status(text, triggers) == expected


TOLD = "قتل خمسة مدنيين في تفجير بكابل، ونفت طالبان مقتل أي من عناصرها في التفجير"


@pytest.mark.parametrize(
    ("text", "triggers", "expected"),
    [
        (TOLD, ("قتل", "تفجير", "مقتل", "في التفجير"), "asserted"),
        ("سقط تسعة قتلى في غارة. ونفى الجيش شن الغارة", ("غارة", "شن الغارة"), "asserted"),
        # All that tells of it is denied, and a long denial is one still.
        ("نفى الجيش شن غارة ومقتل تسعة فيها", ("غارة", "ومقتل"), "denied"),
        ("نفى مصدر قصف منزل" + " في قرية" * 11 + " ومقتل تسعة", ("قصف", "ومقتل"), "denied"),
    ],
)
def test_what_one_clause_tells_another_does_not_undo(text: str, triggers: tuple[str, ...], expected: str) -> None:
    assert status(text, triggers) == expected


def test_told_and_denied_is_a_claim_unless_the_model_is_sure() -> None:
    triggers = ("قتل", "تفجير", "مقتل", "في التفجير")
    assert status(TOLD, triggers, EVEN) == "alleged"
    assert status(TOLD, triggers, (0.003, 0.99, 0.004, 0.003)) == "denied"


def test_denied_first_and_claimed_then_is_no_fact_and_the_model_says_which() -> None:
    text, triggers = "نفى الجيش القصف فيما قالت الوزارة إن 471 شخصا قتلوا فيه", ("القصف", "قتلوا")
    assert status(text, triggers, (0.5, 0.1, 0.4, 0.0)) == "alleged"
    assert status(text, triggers, (0.5, 0.4, 0.1, 0.0)) == "denied"


@pytest.mark.parametrize(
    ("text", "trigger", "expected"),
    [
        ("زعمت صفحات محلية أن غارة وقعت", "غارة", "alleged"),
        ("قالت مصادر إن هجوما وقع ولم يتسن التحقق من ذلك", "هجوما", "alleged"),
        ("هدد التنظيم بتفجير الجسر", "بتفجير", "planned"),
        ("ضبطت الشرطة خلية لديها مخطط لتفجير السوق", "لتفجير", "planned"),
    ],
)
def test_claims_and_threats_decide_where_the_model_is_in_doubt(text: str, trigger: str, expected: str) -> None:
    assert status(text, trigger, EVEN) == expected


def test_without_a_cue_the_model_decides() -> None:
    for k, name in enumerate(STATUSES):
        sure = tuple(0.97 if n == k else 0.01 for n in range(4))
        assert status("قصفت المدفعية البلدة", "قصفت", sure) == name


def weighed(text: str, *spans: tuple[str, str]) -> Links:
    """Links of `spans` (label, text), all kinds equally likely, no relation, after weighing."""
    words = split_words(text)
    marked = tuple(WordSpan(label, *words.range(text.index(said), text.index(said) + len(said)), 1.0) for label, said in spans)
    count = len(marked)
    empty = Links.empty()
    flat = Links(
        type=np.zeros((count, empty.type.shape[1]), dtype=np.float32),
        status=np.zeros((count, 4), dtype=np.float32),
        aggregate=np.zeros(count, dtype=np.float32),
        kind=np.full((count, len(KINDS)), 1 / len(KINDS), dtype=np.float32),
        relation=np.zeros((empty.relation.shape[0], count, count), dtype=np.float32),
    )
    return weigh_kinds(Forms(text, words), marked, flat)


@pytest.mark.parametrize(
    ("text", "trigger", "number", "kind"),
    [
        ("جرى القضاء على ما لا يقل عن 400 متمرد", "القضاء", "400", "killed"),
        ("أودى النزاع بأكثر من نصف مليون شخص", "أودى", "نصف مليون", "killed"),
        ("أصيب نحو 30 شخصا", "أصيب", "30", "wounded"),
        ("أسرت القوات 15 عنصرا", "أسرت", "15", "captured"),
        ("نزوح 200 عائلة", "نزوح", "200", "displaced"),
        ("اختطاف 9 عمال", "اختطاف", "9", "abducted"),
        ("قال إن 50 من المسلحين قتلوا", "قتلوا", "50", "killed"),
    ],
)
def test_the_outcome_word_gives_the_kind(text: str, trigger: str, number: str, kind: str) -> None:
    links = weighed(text, *sorted((("TRIGGER", trigger), ("NUMBER", number)), key=lambda span: text.index(span[1])))
    at = 0 if text.index(number) < text.index(trigger) else 1
    assert KINDS[int(links.kind[at].argmax())] == kind


@pytest.mark.parametrize(
    ("text", "spans", "kind"),
    [
        ("أعلن الجيش مقتل وجرح 110 مسلحين", ("مقتل", "وجرح", "110"), "killed_or_wounded"),
        ("أسفر عن استشهاد وإصابة 12 شخصا", ("استشهاد", "وإصابة", "12"), "killed_or_wounded"),
        ("خلف الانفجار 127 قتيلا وجريحا", ("الانفجار", "127", "قتيلا", "وجريحا"), "killed_or_wounded"),
        ("سقط 20 شخصا على الأقل بين قتيل وجريح", ("سقط", "20", "قتيل", "وجريح"), "killed_or_wounded"),
        # The verb's dead stand before it: the figure is the wounded's.
        ("إن شخصا قتل وأصيب 77 آخرون", ("قتل", "وأصيب", "77"), "wounded"),
        # Two figures, two kinds.
        ("سقط 60 قتيلا وجرح 44 آخرون", ("60", "قتيلا", "وجرح", "44"), "killed"),
    ],
)
def test_dead_and_wounded_under_one_figure(text: str, spans: tuple[str, ...], kind: str) -> None:
    labels = ["NUMBER" if said[0].isdigit() else "TRIGGER" for said in spans]
    links = weighed(text, *zip(labels, spans, strict=True))
    assert KINDS[int(links.kind[labels.index("NUMBER")].argmax())] == kind


@pytest.mark.parametrize(
    ("text", "spans", "number", "kind"),
    [
        ("مقتل شخصين وتحرير 20 رهينة", ("مقتل", "20"), "20", "abducted"),
        ("مقتل 3 أشخاص فيما بقي 5 مفقودين", ("مقتل", "3", "5"), "5", "missing"),
        ("إصابة عشرات ونقل 7 قتلى إلى المشفى", ("إصابة", "7"), "7", "killed"),
        # The captured behind a figure may be who was killed.
        ("مقتل 5 معتقلين", ("مقتل", "5"), "5", "killed"),
        # Joined by و it opens what follows.
        ("مقتل 5 وجرحى كثيرون", ("مقتل", "5"), "5", "killed"),
    ],
)
def test_a_word_at_once_behind_a_number_gives_its_kind(text: str, spans: tuple[str, ...], number: str, kind: str) -> None:
    labels = ["NUMBER" if said[0].isdigit() else "TRIGGER" for said in spans]
    links = weighed(text, *zip(labels, spans, strict=True))
    assert KINDS[int(links.kind[spans.index(number)].argmax())] == kind


def test_a_number_behind_its_outcome_word_belongs_to_its_event() -> None:
    assert weighed("مقتل 12 جنديا", ("TRIGGER", "مقتل"), ("NUMBER", "12")).of("casualty")[0, 1] > 0.5


def test_the_nearest_outcome_word_governs() -> None:
    links = weighed("مقتل 12 وإصابة 30", ("TRIGGER", "مقتل"), ("NUMBER", "12"), ("TRIGGER", "وإصابة"), ("NUMBER", "30"))
    assert [KINDS[int(links.kind[k].argmax())] for k in (1, 3)] == ["killed", "wounded"]


def test_an_outcome_word_of_another_sentence_does_not() -> None:
    links = weighed("وقع مقتل. وصل 12 شخصا", ("TRIGGER", "مقتل"), ("NUMBER", "12"))
    assert links.kind[1] == pytest.approx(1 / len(KINDS))


@pytest.mark.parametrize(
    ("text", "spans", "part", "whole"),
    [
        ("مقتل 10 أشخاص بينهم 3 أطفال", ("مقتل", "10", "3"), 2, 1),
        ("مقتل 11 مدنيا بينهم أربعة أطفال وامرأتان", ("مقتل", "11", "أربعة", "وامرأتان"), 3, 1),
        ("مقتل 327 شخصا، 183 منهم من المسلحين", ("مقتل", "327", "183"), 2, 1),
        ("مقتل 10 أشخاص وإصابة 30", ("مقتل", "10", "وإصابة", "30"), 3, None),
        # The outcome word between marker and figure opens a new count.
        ("مقتل 10 بينهم نساء وإصابة 30", ("مقتل", "10", "وإصابة", "30"), 3, None),
        ("مقتل 10 أشخاص. وقتل 3 أطفال", ("مقتل", "10", "وقتل", "3"), 3, None),
    ],
)
def test_markers_make_a_figure_a_part(text: str, spans: tuple[str, ...], part: int, whole: int | None) -> None:
    labels = ["NUMBER" if said[0].isdigit() or said == "أربعة" else "ACTOR" if said == "وامرأتان" else "TRIGGER" for said in spans]
    links = weighed(text, *zip(labels, spans, strict=True))
    row = links.of("part_of")[part]
    assert (int(row.argmax()) if row.max() > 0.5 else None) == whole
