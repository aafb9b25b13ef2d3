"""Nouns that count without a number: duals, singulars, names, plurals, collectives, and words that count nobody."""

from __future__ import annotations

import pytest

from rasid.numbers import read_noun_count

ONE, TWO, MANY = (1, 1, False), (2, 2, False), (2, None, True)

# (sentence with the span in [ ], (low, high, approx))
CASES = [
    # duals, nominative and oblique; -ين is dual where the plural is broken
    ("قتل [جنديان]", TWO),
    ("مقتل [جنديين]", TWO),
    ("مقتل [جندييْن] من الفرقة", TWO),
    ("إصابة [طفلين]", TWO),
    ("إصابة [شخصين آخرين]", TWO),
    ("مقتل [ضابطين]", TWO),
    ("مقتل [عنصرين من الدفاع المدني]", TWO),
    ("أصيب [شقيقان]", TWO),
    ("عثر على [جثتين]", TWO),
    ("سقوط [قتيلين]", TWO),
    ("إصابة [امرأتين]", TWO),
    ("قتلت [فتاتان]", TWO),
    ("إصابة [آخران]", TWO),
    ("وأصيب [والداه]", TWO),
    ("مقتل [والديه]", TWO),
    ("قتل [فلسطينيان]", TWO),
    ("اعتقال [متهمان]", TWO),
    ("أصيب [ضابطا شرطة]", TWO),
    ("قتل [شرطيا سير آخران]", TWO),
    # an ambiguous -ين that the words round it make a dual
    ("انتشلت جثتي [مواطنين] من البئر", TWO),
    ("وصل [مواطنين] لقيا مصرعهما في الحقل", TWO),
    ("إصابة [مزارعين] يعملان في الحقل", TWO),
    ("مقتل [تونسييْن]", TWO),
    ("مقتل [مدنيين اثنين]", TWO),
    ("إصابة [متظاهرين] اثنين", TWO),
    ("إصابة [متظاهرين] واثنين من المارة", MANY),
    # a construct before a definite noun or a field of work, and words in ال that make none
    ("قتل [مسلحا] الحركة", TWO),
    ("إصابة [عاملي إغاثة]", TWO),
    ("مقتل [رجلا دين]", TWO),
    ("قتل مستوطنون [شابا] الجمعة", ONE),
    ("قتل القصف [مدنيا] المساء", ONE),
    ("خطف مسلحون [مهندسا ألمانيا]", ONE),
    ("قتل الجيش [مسلحا] ألقى قنبلة على دورية", ONE),
    # brother and father, whose case endings look like those of duals and plurals
    ("قتل رجل [وأخوه]", ONE),
    ("مقتل فتاة [وأبيها]", ONE),
    ("قتلوا [أباها]", ONE),
    ("قتل رجل [وأخواه]", TWO),
    ("مقتل رجل [وأخويه]", TWO),
    ("مقتل رجل [وإخوته]", MANY),
    ("مقتل [الأبوين]", TWO),
    ("مقتل [قاصران]", TWO),
    # another woman, other women
    ("قتلت امرأة وأصيبت [أخرى]", ONE),
    ("قتلت امرأة وأصيبت [أخريات]", MANY),
    # -ين of a sound plural
    ("مقتل [مدنيين]", MANY),
    ("مقتل [مسلحين]", MANY),
    ("إصابة [متظاهرين]", MANY),
    ("اعتقال [فلسطينيين]", MANY),
    ("قتل [مدنيون]", MANY),
    ("أسر [مقاتلي الفصيل]", MANY),
    ("وقتل [مرافقيه]", MANY),
    ("إصابة [آخرين]", MANY),
    # broken plurals, collectives, outcomes
    ("مقتل [جنود]", MANY),
    ("مقتل [الجنود]", MANY),
    ("مقتل [جنوداً]", MANY),
    ("بينهم [نساء]", MANY),
    ("بينهم نساء [وأطفال]", MANY),
    ("اعتقلوا [أشخاصا]", MANY),
    ("مقتل [أبنائه]", MANY),
    ("مقتل [حلفائهم]", MANY),
    ("سقوط [قتلى]", MANY),
    ("مقتل [مرضى]", MANY),
    ("سقوط [جرحى]", MANY),
    ("وسقط [ضحايا]", MANY),
    ("نزوح [الأهالي]", MANY),
    ("نزحت [عائلات]", MANY),
    ("خطفت [مجموعة من الصيادين]", MANY),
    ("في صفوف [القوات الحكومية]", MANY),
    ("إصابات في [الجيش]", MANY),
    ("وإصابة [أفراد الطاقم]", MANY),
    ("خسائر في [صفوف المهاجمين]", MANY),
    ("مقتل [أنصار الحزب]", MANY),
    # singulars and named persons
    ("مقتل [جندي]", ONE),
    ("قتل [جنديا سابقا]", ONE),
    ("قتلوا [ضابطاً رفيعا]", ONE),
    ("مقتل [طفل]", ONE),
    ("مقتل [طفلة]", ONE),
    ("إصابة رجل [وزوجته]", ONE),
    ("مقتل [نجله]", ONE),
    ("قتل [رجل شرطة]", ONE),
    ("اغتيال [زعيم قبلي]", ONE),
    ("اغتيال [الكاتب سليم الراوي]", ONE),
    ("مقتل [سليمان الراوي]", ONE),
    ("مقتل [حسين الراوي]", ONE),
    ("مقتل [شيرين الراوي]", ONE),
    ("اعتقال [أبو خالد]", ONE),
    ("مقتل [أحد الحراس]", ONE),
    ("مقتل [إحدى الممرضات]", ONE),
    ("إصابة [آخر]", ONE),
    ("قتل [فلسطيني]", ONE),
    ("فلقي [مصرعه] على الفور", ONE),
    ("لقيا [مصرعهما]", TWO),
    ("لقوا [مصرعهم]", MANY),
    # bounds, and an outcome whose noun stands behind it
    ("مقتل [جنديين] على الأقل", (2, None, False)),
    ("ما لا يقل عن [صيادين] على متن القارب", (2, None, False)),  # a bound makes -ين the dual
    ("مقتل [مدنيين] على الأقل", (2, None, False)),
    ("مقتل [شخص] على الأقل", (1, None, False)),
    ("مقتل [أحد الحراس] على الأقل", (1, None, False)),
    ("مقتل [شخص] وإصابة ثمانية على الأقل", ONE),
    ("[وإصابة] آخرين", MANY),
    ("[اثنان من الحراس]", TWO),
]


@pytest.mark.parametrize(("marked", "expected"), CASES)
def test_read_noun_count(marked: str, expected: tuple[int | None, int | None, bool]) -> None:
    prefix = "وقتل ثلاثة جنود على الأقل. "
    text = prefix + marked.replace("[", "").replace("]", "")
    start, end = len(prefix) + marked.index("["), len(prefix) + marked.index("]") - 1
    got = read_noun_count(text, start, end, window=(len(prefix), len(text)))
    assert got is not None
    assert (got.low, got.high, got.approx) == expected
    assert got.reason
    assert "\n" not in got.reason


@pytest.mark.parametrize("word", ["قصف", "الهجوم", "غارات", "اشتباكات", "التفجير الإرهابي", "", "…"])
def test_words_that_count_nobody(word: str) -> None:
    text = f"وقع {word} قرب البلدة"
    assert read_noun_count(text, 4, 4 + len(word), window=(0, len(text))) is None
