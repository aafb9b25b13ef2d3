"""Numbers: the table of phrases, spans in their sentences, and every number in words read back."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from rasid.numbers import Quantity, parse_number, read_count

TABLE = Path(__file__).parent / "data" / "numbers.tsv"


def _rows() -> list[tuple[str, Quantity | None]]:
    rows: list[tuple[str, Quantity | None]] = []
    for line in TABLE.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        text, low, high, approx, precision = (line.split("\t") + [""] * 5)[:5]
        if low == "none":
            rows.append((text, None))
        else:
            bounds = [None if bound == "-" else int(bound) for bound in (low, high)]
            rows.append((text, Quantity(bounds[0], bounds[1], approx == "y", precision, "")))
    return rows


def test_table_is_large_enough() -> None:
    rows = _rows()
    assert sum(expected is not None for _, expected in rows) >= 150
    assert sum(expected is None for _, expected in rows) >= 30


@pytest.mark.parametrize(("text", "expected"), _rows())
def test_parse_number(text: str, expected: Quantity | None) -> None:
    got = parse_number(text)
    if expected is None or got is None:
        assert got is expected
        return
    assert got.reason
    assert (got.low, got.high, got.approx, got.precision) == (
        expected.low,
        expected.high,
        expected.approx,
        expected.precision,
    )


def test_to_dict() -> None:
    quantity = parse_number("أكثر من 300 مسلح")
    assert quantity is not None
    assert quantity.to_dict() == {
        "low": 300,
        "high": None,
        "approx": False,
        "precision": "bound",
        "reason": quantity.reason,
    }
    assert "\n" not in quantity.reason


# (sentence with the NUMBER span in [ ], low, high, approx): the approximator must be that of the span, no other's.
SPANS = [
    ("قتل [خمسة] مزارعين على الأقل وجرح ثلاثة", 5, None, False),
    ("قتل خمسة مزارعين على الأقل وجرح [ثلاثة]", 3, 3, False),
    ("قتل [خمسة] مزارعين وجرح ثلاثة على الأقل", 5, 5, False),
    ("قتل خمسة مزارعين وجرح [ثلاثة] على الأقل", 3, None, False),
    ("أربعة قتلى على الأقل [وخمسة] جرحى", 5, 5, False),
    ("[أربعة] قتلى على الأقل وخمسة جرحى", 4, None, False),
    ("سقط [13] قتيلا وأكثر من مئتي جريح", 13, 13, False),
    ("سقط 13 قتيلا وأكثر من [مئتي] جريح", 200, None, False),
    ("خلف الهجوم حوالي [700] قتيل وأكثر من 90 أسيرا", 700, 700, True),
    ("18 قتيلا على الأقل ونحو [85] مصابا", 85, 85, True),
    ("أصيب نحو 60 شخصا [و7] مسعفين", 7, 7, False),
    ("أكثر من 45 قتيلا [و80] مصابا", 80, 80, False),
    ("أصيب [ثلاثة] حراس وقتل جنديين على الأقل", 3, 3, False),
    ("فقد [40] من جنود الفرقة المنتشرة قرب الحدود على الأقل", 40, None, False),
    ("قتل [ستة] بينهم طفلان على الأقل", 6, 6, False),
    ("أصيب [عدد] آخر بجروح", 2, None, True),
    ("نزح [عشرات الآلاف] خلال أسبوع", 20000, None, True),
    ("قدر عددهم بين [20 و30] مسلحا", 20, 30, False),
    ("قدر عددهم بين [20] و30 مسلحا", 20, 30, False),
    ("نزح نحو [3] آلاف شخص", 3000, 3000, True),
    ("عدد القتلى وصل إلى [١٢]", 12, 12, False),
    ("حُلِّقت الطائرة وقُتِل أكثر من [عشـــرين] شخصًا", 20, None, False),
    ("اعتُقل [15حوثيا] في المداهمة", 15, 15, False),
    ("أكثر من الـ[20] المعلن عنهم", 20, None, False),
    ('قال إن أكثر من "[50]" أسيرا أفرج عنهم', 50, None, False),
    # the ends of a range, each with its own scale
    ("بين [130 ألفا و160 ألف] شخص", 130_000, 160_000, False),
    ("بين [3 آلاف و5 آلاف] مقاتل", 3000, 5000, False),
    ("بين [عشرين ألفا وثلاثين ألفا] من النازحين", 20_000, 30_000, False),
    ("بين [مئة ألف ومئتي ألف] نازح", 100_000, 200_000, False),
    ("بين [مئة ألف ومئة وخمسين ألف] نازح", 100_000, 150_000, False),
    ("بين [ألف وثلاثة آلاف] مقاتل", 1000, 3000, False),
    ("نزح [مئة ألف وألفان]", 102_000, 102_000, False),
    # the scale of the second end is not that of a first end which it would make the larger
    ("بين [800 وألف] مقاتل", 800, 1000, False),
    ("بين [500 و3 آلاف] نازح", 500, 3000, False),
    ("بين [500 وألفي] نازح", 500, 2000, False),
    ("من [ثمانمئة إلى ألف] مقاتل", 800, 1000, False),
    ("بين [3 و5 آلاف] مقاتل", 3000, 5000, False),
    # ألفا, مليونا: the accusative of one, and the dual before its noun
    ("بلغ عدد القتلى [ألفا و300] شخص", 1300, 1300, False),
    ("نزح [ألفا وخمسمئة] شخص", 1500, 1500, False),
    ("نزح [ألفا] من السكان", 1000, 1000, False),
    ("نزح [مليونا ومئتي ألف]", 1_200_000, 1_200_000, False),
    ("نزح [مليونا ونصف المليون]", 1_500_000, 1_500_000, False),
    ("قتل [ألفا] شخص", 2000, 2000, False),
    # the two of them, named like Monday
    ("لا نعرف شيئا عن [الاثنين] الآخرين", 2, 2, False),
    ("قتله هو وولاده [الاتنين]", 2, 2, False),
    # dashes: of a range, and of an explanation
    ("قتل [10-15] شخصا", 10, 15, False),
    ("قتل [10]-15 شخصا", 10, 15, False),
    ("قتل [10 – 15] شخصا", 10, 15, False),
    ("القتلى [12] – 5 مدنيين و7 عسكريين", 12, 12, False),
    # old and new figures
    ("ارتفع عدد القتلى من [22 إلى 45]", 45, 45, False),
    ("ارتفعت الحصيلة من [12] إلى 19", 12, 12, False),
    ("ارتفعت الحصيلة من [3] آلاف إلى 5 آلاف", 3000, 3000, False),
    ("ارتفعت الحصيلة من 12 إلى [19]", 19, 19, False),
    ("ارتفاع حصيلة القتلى إلى [أكثر من 120]", 120, None, False),
    ("ارتفاع حصيلة القتلى إلى أكثر من [120]", 120, None, False),
    ("ارتفع عدد الجرحى لأكثر من [100 إلى 120] جريحا", 100, 120, False),
    # a figure that is reached, and one that may be
    ("ارتفعت الحصيلة لتصل إلى [90] شهيدا", 90, 90, False),
    ("ارتفع عددهم ليصل إلى أكثر من [90] شهيدا", 90, None, False),
    ("حصيلة تصل إلى [90] شهيدا", None, 90, False),
    # a negation turns the bound round
    ("لا يزيد عددهم على [20] مسلحا", None, 20, False),
    ("لا يزيدون عن [20] مسلحا", None, 20, False),
    ("لم يزد على [20] قتيلا", None, 20, False),
    ("لن يتجاوز [20] قتيلا", None, 20, False),
    ("لا يفوق عددهم [20] قتيلا", None, 20, False),
    ("لم يتخط عدد القتلى [20]", None, 20, False),
    ("لم يتعد عدد القتلى [20]", None, 20, False),
    ("ليس بأقل من [20] قتيلا", 20, None, False),
    ("ليسوا أقل من [20]", 20, None, False),
    ("لم يقل عن [20] قتيلا", 20, None, False),
    ("بعدد يقل عن [20] قتيلا", None, 20, False),
    # the counted noun between the verb and its preposition
    ("لا يقل عدد القتلى عن [75]", 75, None, False),
    ("ولم يقل عدد القتلى من المدنيين عن [75]", 75, None, False),
    ("يقل عدد القتلى عن [75]", None, 75, False),
    ("لا يزيد عدد الجرحى على [20]", None, 20, False),
    ("زاد عدد القتلى على [20]", 20, None, False),
    ("زادت الحصيلة إلى [20]", 20, 20, False),
    ("لا يقل عدد القتلى عن 75 والجرحى [100]", 100, 100, False),
    # words between a verb and the number that it bounds
    ("تجاوز عدد القتلى في المدينة [100]", 100, None, False),
    ("تخطى عدد الشهداء حاجز [الـ40 ألفا]", 40_000, None, False),
    ("تعدت الحصيلة [المئة] قتيل", 100, None, False),
    ("يناهز عدد القتلى [100]", 100, 100, True),
    # whose `at least` it is
    ("قتل [20] منهم على الأقل", 20, None, False),
    ("قتل [20] مدنيا منهم طفل على الأقل", 20, 20, False),
    ("قتل [20] مدنيا نصفهم أطفال على الأقل", 20, 20, False),
    ("قتل خمسة وأصيب على الأقل [عشرة]", 10, None, False),
    ("قتل [خمسة] وأصيب على الأقل عشرة", 5, 5, False),
]


@pytest.mark.parametrize(("marked", "low", "high", "approx"), SPANS)
@pytest.mark.parametrize("prefix", ["", "قال المصدر إن 9 أشخاص على الأقل حوصروا. 😀\r\n"])
def test_read_count(marked: str, low: int | None, high: int | None, approx: bool, prefix: str) -> None:
    start = len(prefix) + marked.index("[")
    end = len(prefix) + marked.index("]") - 1
    text = prefix + marked.replace("[", "").replace("]", "")
    got = read_count(text, start, end, window=(len(prefix), len(text)))
    assert got is not None
    assert (got.low, got.high, got.approx) == (low, high, approx)


def test_read_count_without_a_number_is_none() -> None:
    text = "أكثر من نصفهم مدنيون"
    assert read_count(text, 8, 13, window=(0, len(text))) is None
    assert read_count("", 0, 0, window=(0, 0)) is None


def test_a_long_row_of_scales_is_read_in_time() -> None:
    """No number looks further than the next: a row of them takes no longer than its length."""
    row = " ".join(["مليون", *["وألف", "ومليون"] * 1000])
    got = read_count(row, 0, len(row), window=(0, len(row)))
    assert got is not None
    assert got.low is not None


def _oblique(words: str) -> str:
    """Turn the nominative words of a number into the oblique case."""
    made = []
    for word in words.split():
        waw = "و" if word.startswith("و") and not word.startswith("واحد") else ""
        bare = word[len(waw) :]
        if bare in ("اثنا", "اثنتا"):
            bare = bare[:-1] + "ي"
        elif bare.endswith("ان") or (bare.endswith("ون") and bare != "مليون"):
            bare = bare[:-2] + "ين"
        made.append(waw + bare)
    return " ".join(made)


def _library_writes_well(number: int) -> bool:
    """Leave out groups of thousands and millions in 01: num2words2 1.0.20 writes 301,000 as `ثلاثمائة وألف ألف`."""
    return all(group <= 100 or group % 100 != 1 for group in (number // 1000 % 1000, number // 1_000_000))


def test_numbers_in_words_read_back() -> None:
    words_of = pytest.importorskip("num2words2").num2words
    rng = random.Random(20261126)
    numbers = [*range(1, 1101), 999_999_999, *(rng.randrange(1, 10 ** rng.randint(4, 9)) for _ in range(2500))]
    wrong = []
    for number in filter(_library_writes_well, numbers):
        nominative = words_of(number, lang="ar")
        for words in (nominative, _oblique(nominative), nominative.replace("مائة", "مئة")):
            got = parse_number(words)
            if got is None or (got.low, got.high, got.approx) != (number, number, False):
                wrong.append((number, words, got))
    assert wrong == []
