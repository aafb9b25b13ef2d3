"""Data: an example holds exactly what the annotation says, and a batch keeps every position."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("transformers", reason="the training extra is not installed")

from builders import unigram, word_piece
from rasid.candidates import APART, RELATIONS, SpanWords
from rasid.encoding import PieceEncoder
from rasid.errors import InputError
from rasid.grouping import GroupingOptions, group
from rasid.labels import IOB2, decode
from rasid.linking import KINDS, Links
from rasid.records import EVENT_TYPES, LABELS, STATUSES
from rasid.words import split_words
from recipe.config import DataConfig
from recipe.data import (
    IGNORED,
    WIDTH_STEP,
    Collator,
    cut_texts,
    make_example,
    read_false_spans,
    read_gold,
    training_documents,
    with_false_spans,
)

# Its span over an initial crosses a sentence end of rasid.words (tests/test_corpus.py).
UNREADABLE = {"own-a-009"}


@pytest.fixture(scope="module", params=["unigram-light", "wordpiece-arabert"])
def encoder(request: pytest.FixtureRequest, reports: list[dict[str, Any]]) -> PieceEncoder:
    texts = [r["text"] for r in reports[:60]]
    if request.param == "unigram-light":
        return PieceEncoder(unigram(texts, 1500), normalization="light", max_positions=1024)
    return PieceEncoder(word_piece(texts, 1500), normalization="arabert", max_positions=1024)


# Examples


def test_the_labels_decode_to_the_gold_spans(encoder: PieceEncoder, reports: list[dict[str, Any]]) -> None:
    for document in reports:
        if document["id"] in UNREADABLE:
            continue
        words = split_words(document["text"])
        encoding = encoder.encode(document["text"], words)
        labels = np.asarray(make_example(document, encoder)["labels"])
        assert len(labels) == len(encoding.ids)
        sure = np.full((len(words), len(IOB2)), -30.0, dtype=np.float32)
        sure[np.arange(len(words)), labels[encoding.first]] = 0.0
        glued = np.concatenate([[False], encoding.first[1:] == encoding.first[:-1]])
        characters = [(s.label, words.items[s.first].start, words.items[s.last].end) for s in decode(sure, words, glued)]
        assert characters == sorted(((s["label"], s["start"], s["end"]) for s in document["spans"]), key=lambda s: s[1]), document["id"]


def test_only_the_first_piece_of_a_word_is_labelled(encoder: PieceEncoder, reports: list[dict[str, Any]]) -> None:
    for document in reports[:20]:
        encoding = encoder.encode(document["text"], split_words(document["text"]))
        labels = np.asarray(make_example(document, encoder)["labels"])
        assert set(np.flatnonzero(labels != IGNORED)) == set(encoding.first)


DOCUMENT: dict[str, Any] = {
    "id": "x",
    "text": "قصفت القوات حلب الخميس. قتل 10 مدنيين بينهم 3 أطفال، وخطف جنديين",
    "spans": [],
    "events": [],
}


def document() -> dict[str, Any]:
    """A strike with a toll and its part, and an abduction whose victims' noun carries the count."""
    said = {
        "t1": ("TRIGGER", "قصفت"),
        "a1": ("ACTOR", "القوات"),
        "l1": ("LOCATION", "حلب"),
        "d1": ("DATE", "الخميس"),
        "t2": ("TRIGGER", "قتل"),
        "n1": ("NUMBER", "10"),
        "a2": ("ACTOR", "مدنيين"),
        "n2": ("NUMBER", "3"),
        "a3": ("ACTOR", "أطفال"),
        "t3": ("TRIGGER", "وخطف"),
        "a4": ("ACTOR", "جنديين"),
    }
    text = DOCUMENT["text"]
    spans = [{"id": i, "label": k, "start": text.index(w), "end": text.index(w) + len(w)} for i, (k, w) in said.items()]
    empty = {"perpetrators": [], "targets": [], "locations": [], "date": None, "sources": [], "aggregate": False}
    strike = {
        **empty,
        "type": "airstrike",
        "status": "alleged",
        "triggers": ["t1", "t2"],
        "perpetrators": ["a1"],
        "targets": ["a2"],
        "locations": ["l1"],
        "date": "d1",
        "casualties": [
            {"kind": "killed", "number": "n1", "victims": ["a2"], "low": 10, "high": 10, "approx": False, "part_of": None},
            {"kind": "killed", "number": "n2", "victims": ["a3"], "low": 3, "high": 3, "approx": False, "part_of": 0},
        ],
    }
    taken = {"kind": "abducted", "number": None, "victims": ["a4"], "low": 2, "high": 2, "approx": False, "part_of": None}
    abduction = {**empty, "type": "abduction", "status": "asserted", "aggregate": True, "triggers": ["t3"], "casualties": [taken]}
    return {**DOCUMENT, "spans": spans, "events": [strike, abduction]}


def test_links_are_those_of_the_events(encoder: PieceEncoder) -> None:
    made = document()
    row = make_example(made, encoder)
    names = [s["id"] for s in sorted(made["spans"], key=lambda s: s["start"])]
    links = {
        (relation, names[head], names[other])
        for head, other, wanted in zip(row["head"], row["other"], row["pair_targets"], strict=True)
        for relation, value in zip(RELATIONS, wanted, strict=True)
        if value == 1
    }
    assert links == {
        ("same_event", "t1", "t2"),
        *((role, t, a) for t in ("t1", "t2") for role, a in (("perpetrator", "a1"), ("target", "a2"), ("location", "l1"), ("date", "d1"))),
        *(("casualty", t, n) for t in ("t1", "t2") for n in ("n1", "n2")),
        ("casualty", "t3", "a4"),
        ("victim", "n1", "a2"),
        ("victim", "n2", "a3"),
        ("part_of", "n2", "n1"),
    }


def test_span_targets_are_type_status_aggregate_and_kind(encoder: PieceEncoder) -> None:
    made = document()
    row = make_example(made, encoder)
    targets = dict(zip([s["id"] for s in sorted(made["spans"], key=lambda s: s["start"])], row["span_targets"], strict=True))
    assert targets["t1"] == [EVENT_TYPES.index("airstrike"), STATUSES.index("alleged"), 0, 0]
    assert targets["t3"] == [EVENT_TYPES.index("abduction"), STATUSES.index("asserted"), 1, 0]
    assert targets["n1"] == [IGNORED, IGNORED, IGNORED, KINDS.index("killed")]
    assert targets["a4"][3] == KINDS.index("abducted")
    assert targets["a1"] == [IGNORED, IGNORED, IGNORED, 0]
    assert targets["l1"] == targets["d1"] == [IGNORED] * 4


def test_relations_that_the_labels_forbid_are_not_counted(encoder: PieceEncoder) -> None:
    row = make_example(document(), encoder)
    for head, other, wanted in zip(row["head"], row["other"], row["pair_targets"], strict=True):
        labels = LABELS[row["label"][head]], LABELS[row["label"][other]]
        counted = {r for r, value in zip(RELATIONS, wanted, strict=True) if value >= 0}
        assert ("date" in counted) == (labels == ("TRIGGER", "DATE"))
        assert ("part_of" in counted) == (labels == ("NUMBER", "NUMBER"))


def test_a_false_span_is_unlabelled_and_has_no_part_in_any_event(encoder: PieceEncoder) -> None:
    made = document()
    start = made["text"].index("بينهم")
    false = {"label": "ACTOR", "start": start, "end": start + len("بينهم")}
    before, after = make_example(made, encoder), make_example(with_false_spans(made, [false]), encoder)
    assert after["labels"] == before["labels"]
    assert len(after["first"]) == len(before["first"]) + 1
    (number,) = set(range(len(after["first"]))) - {after["first"].index(f) for f in before["first"]}
    assert after["span_targets"][number] == [IGNORED, IGNORED, IGNORED, 0]  # an ACTOR that carries no count
    touched = [w for h, o, w in zip(after["head"], after["other"], after["pair_targets"], strict=True) if number in (h, o)]
    assert touched
    assert max(max(wanted) for wanted in touched) == 0


def test_a_false_span_that_touches_one_of_the_annotators_is_left_out() -> None:
    made = document()
    start = made["text"].index("القوات")
    assert with_false_spans(made, [{"label": "LOCATION", "start": start + 2, "end": start + 9}]) == made


def perfect(row: dict[str, Any]) -> Links:
    """The links of a linker that makes no mistake."""
    count = len(row["first"])

    def one_hot(column: int, size: int) -> np.ndarray:
        out = np.zeros((count, size), dtype=np.float32)
        for k, target in enumerate(row["span_targets"]):
            out[k, max(target[column], 0)] = 1.0
        return out

    relation = np.zeros((len(RELATIONS), count, count), dtype=np.float32)
    for head, other, wanted in zip(row["head"], row["other"], row["pair_targets"], strict=True):
        relation[:, head, other] = np.maximum(wanted, 0.0)
    same = RELATIONS.index("same_event")
    relation[same] = np.maximum(relation[same], relation[same].T)
    aggregate = np.asarray([max(t[2], 0) for t in row["span_targets"]], dtype=np.float32)
    return Links(one_hot(0, len(EVENT_TYPES)), one_hot(1, len(STATUSES)), aggregate, one_hot(3, len(KINDS)), relation)


def test_a_perfect_linker_gives_the_gold_events_back(encoder: PieceEncoder, reports: list[dict[str, Any]]) -> None:
    """What the targets say is enough to make the records: over 95 of 100 own events come back whole."""
    whole, total, lost = 0, 0, []
    for gold in reports:
        if gold["id"] in UNREADABLE:
            continue
        row = make_example(gold, encoder)
        ordered = sorted(gold["spans"], key=lambda s: (s["start"], s["end"]))
        words = split_words(gold["text"])
        spans = [SpanWords(s["label"], *words.range(s["start"], s["end"])) for s in ordered]
        drafts = group(spans, [1.0] * len(spans), perfect(row), GroupingOptions())
        name = [s["id"] for s in ordered]

        def told(ids: Any, name: list[str] = name) -> frozenset[str]:
            return frozenset(name[k] for k in ids)

        made = [
            (
                d.type,
                d.status,
                d.aggregate,
                told(d.triggers),
                told(d.perpetrators),
                told(d.targets),
                told(d.locations),
                name[d.date] if d.date is not None else None,
                told(d.sources),
                frozenset((c.kind, told(c.victims)) for c in d.casualties),
            )
            for d in drafts
        ]
        for event in gold["events"]:
            wanted = (
                event["type"],
                event["status"],
                event["aggregate"],
                *(frozenset(event[role]) for role in ("triggers", "perpetrators", "targets", "locations")),
                event["date"],
                frozenset(event["sources"]),
                frozenset((c["kind"], frozenset(c["victims"])) for c in event["casualties"]),
            )
            total += 1
            whole += wanted in made
            if wanted not in made:
                lost.append((gold["id"], event["triggers"]))
    assert whole / total > 0.95, lost


def test_a_report_without_events(encoder: PieceEncoder) -> None:
    row = make_example({**DOCUMENT}, encoder)
    assert row["first"] == row["head"] == row["features"] == row["pair_targets"] == []
    assert set(row["labels"]) == {0, IGNORED}


def test_a_report_longer_than_a_window_keeps_what_lies_in_the_first(reports: list[dict[str, Any]]) -> None:
    short = PieceEncoder(word_piece([r["text"] for r in reports[:20]], 600), normalization="light", max_positions=64, overlap=8)
    gold = max(reports, key=lambda r: len(r["text"]))
    row = make_example(gold, short)
    assert row["length"] == len(row["input_ids"]) == len(row["labels"]) <= 62
    assert all(f <= last < row["length"] for f, last in zip(row["first"], row["last"], strict=True))
    assert 0 < len(row["first"]) < len(gold["spans"])


# Batches


def test_the_collator_keeps_every_position(encoder: PieceEncoder, reports: list[dict[str, Any]]) -> None:
    rows = [make_example(d, encoder) for d in (reports[0], {**DOCUMENT}, reports[1])]
    batch = Collator(cls_id=2, sep_id=3, pad_id=0)(rows)
    height, width = batch["input_ids"].shape
    assert height == 3
    assert width % WIDTH_STEP == 0
    for b, row in enumerate(rows):
        n = len(row["input_ids"])
        assert batch["input_ids"][b, : n + 2].tolist() == [2, *row["input_ids"], 3]
        assert not batch["input_ids"][b, n + 2 :].any()
        assert batch["attention_mask"][b].tolist() == [1] * (n + 2) + [0] * (width - n - 2)
        assert batch["labels"][b].tolist() == [IGNORED, *row["labels"], *[IGNORED] * (width - n - 1)]
    flat = batch["input_ids"].flatten()
    wanted = [row["input_ids"][p] for row in rows for p in row["first"]]
    assert flat[batch["spans"]["first"]].tolist() == wanted
    assert flat[batch["spans"]["last"]].tolist() == [row["input_ids"][p] for row in rows for p in row["last"]]


def test_the_collator_says_of_every_position_who_annotated_it(encoder: PieceEncoder, reports: list[dict[str, Any]]) -> None:
    rows = [make_example(d, encoder) for d in (reports[0], {**reports[1], "annotator": 2})]
    batch = Collator(2, 3, 0)(rows)
    assert batch["annotators"].tolist() == [[k] * batch["input_ids"].shape[1] for k in (0, 2)]


def test_the_collator_counts_pairs_over_the_whole_batch(encoder: PieceEncoder, reports: list[dict[str, Any]]) -> None:
    rows = [make_example(d, encoder) for d in (reports[0], {**DOCUMENT}, reports[1])]
    batch = Collator(2, 3, 0)(rows)
    labels = batch["spans"]["label"]
    for end in ("head", "other"):
        assert labels[batch["spans"][end]].tolist() == [row["label"][k] for row in rows for k in row[end]]
    assert batch["spans"]["features"].tolist() == [f for row in rows for f in row["features"]]
    assert batch["span_targets"].tolist() == [t for row in rows for t in row["span_targets"]]
    assert batch["pair_targets"].tolist() == [t for row in rows for t in row["pair_targets"]]


def test_the_sentences_of_two_documents_are_far_apart(encoder: PieceEncoder, reports: list[dict[str, Any]]) -> None:
    rows = [make_example(d, encoder) for d in reports[:3]]
    sentence = Collator(2, 3, 0)(rows)["spans"]["sentence"].tolist()
    document = [k for k, row in enumerate(rows) for _ in row["first"]]
    for a, da in zip(sentence, document, strict=True):
        for b, db in zip(sentence, document, strict=True):
            assert (abs(a - b) >= APART) == (da != db)


def test_a_batch_without_spans_has_the_shapes_of_one_with(encoder: PieceEncoder) -> None:
    batch = Collator(2, 3, 0)([make_example({**DOCUMENT}, encoder)])
    assert batch["span_targets"].shape == (0, 4)
    assert batch["pair_targets"].shape == (0, len(RELATIONS))
    assert batch["spans"]["features"].shape == (0, 4)


# Files


def write(path: Path, *documents: dict[str, Any] | str) -> str:
    lines = [d if isinstance(d, str) else json.dumps(d, ensure_ascii=False) for d in documents]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return str(path)


def simple(name: str, **more: Any) -> dict[str, Any]:
    return {"id": name, "text": "قصف حلب", "spans": [], "events": [], **more}


def test_a_split_takes_its_own_and_those_that_name_none(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", simple("1", split="train"), simple("2", split="test"), simple("3"))
    assert [d["id"] for d in read_gold(path)] == ["1", "2", "3"]
    assert [d["id"] for d in read_gold(path, split="train")] == ["1", "3"]
    assert [d["id"] for d in read_gold(path, split="test")] == ["2", "3"]


def test_annotations_without_text_take_theirs_by_id(tmp_path: Path) -> None:
    bare = {"id": "1", "spans": [], "events": []}
    texts = write(tmp_path / "t.jsonl", simple("1", text="قتل رجل"))
    config = DataConfig(train=(write(tmp_path / "a.jsonl", bare),), dev=(), texts=(texts,))
    assert [d["text"] for d in training_documents(config)] == ["قتل رجل"]
    with pytest.raises(InputError, match=r"a\.jsonl:1: 1: no text here and none in data\.texts"):
        training_documents(DataConfig(train=config.train, dev=()))


def test_a_file_is_taken_as_often_as_the_configuration_says(tmp_path: Path) -> None:
    one, two = write(tmp_path / "1.jsonl", simple("1")), write(tmp_path / "2.jsonl", simple("2"))
    config = DataConfig(train=(one, two), dev=(), repeat={two: 3})
    assert [d["id"] for d in training_documents(config)] == ["1", "2", "2", "2"]


def test_documents_say_who_annotated_them(tmp_path: Path) -> None:
    files = [write(tmp_path / f"{name}.jsonl", simple(name)) for name in ("ours", "read", "more", "written")]
    told = dict(zip(files[1:], ("readers", "readers", "writers"), strict=True))
    documents = training_documents(DataConfig(train=tuple(files), dev=(), annotators=told))
    assert {d["id"]: d["annotator"] for d in documents} == {"ours": 0, "read": 1, "more": 1, "written": 2}


def test_a_smaller_limit_is_a_subset_of_a_larger_one(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", *(simple(str(k)) for k in range(20)))
    few, more = ([d["id"] for d in training_documents(DataConfig(train=(path,), dev=(), limit=n))] for n in (5, 9))
    assert more[:5] == few


def test_false_spans_are_joined_to_their_documents_by_id(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", simple("1"), simple("2"))
    false = write(tmp_path / "f.jsonl", {"id": "2", "spans": [["ACTOR", 4, 7]]})
    first, second = training_documents(DataConfig(train=(path,), dev=(), false_spans=(false,)))
    assert first["spans"] == []
    assert second["spans"] == [{"id": "false-0", "false": True, "label": "ACTOR", "start": 4, "end": 7}]


def test_two_lines_of_false_spans_of_one_document_are_an_error(tmp_path: Path) -> None:
    row = {"id": "1", "spans": []}
    with pytest.raises(InputError, match=r"f\.jsonl:2: got 1 twice, expected a line a document"):
        read_false_spans([write(tmp_path / "f.jsonl", row, row)])


@pytest.mark.parametrize("bad", [{"spans": []}, {"id": "1"}, {"id": "1", "spans": [["ACTOR", 4]]}, {"id": "1", "spans": [5]}])
def test_a_line_of_false_spans_of_another_form_is_named(tmp_path: Path, bad: dict[str, Any]) -> None:
    with pytest.raises(InputError, match=r"f\.jsonl:1: expected an id, and spans of label, start and end"):
        read_false_spans([write(tmp_path / "f.jsonl", bad)])


@pytest.mark.parametrize("bad", ["{", '{"id": "1"'])
def test_a_broken_line_is_named(tmp_path: Path, bad: str) -> None:
    path = write(tmp_path / "a.jsonl", simple("1"), "", bad)
    with pytest.raises(InputError, match=r"a\.jsonl:3: .*not JSON"):
        read_gold(path)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (b'{"id": ' + b"9" * 5_000 + b"}", "digits"),
        (b'{"id": "2", "text": "\xc7"}', "got byte 0xC7"),
        (b"[" * 100_000, "not JSON"),
        (b"[]", "got a JSON list, expected an object"),
        (b'{"text": "x"}', "got no id"),
        (b"{}", "got no id"),
    ],
)
def test_every_kind_of_bad_line_is_an_input_error_that_names_it(tmp_path: Path, bad: bytes, said: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(json.dumps(simple("1")).encode() + b"\n" + bad + b"\n")
    with pytest.raises(InputError, match=rf"a\.jsonl:2: .*{said}"):
        read_gold(path)


@pytest.mark.parametrize("broken", [lambda packed: packed[:-20], lambda packed: packed[:30] + b"\xff" * 8 + packed[38:]])
def test_a_packed_file_that_is_cut_off_or_corrupt_is_an_input_error(tmp_path: Path, broken: Callable[[bytes], bytes]) -> None:
    path = tmp_path / "a.jsonl.gz"
    path.write_bytes(broken(gzip.compress("\n".join(json.dumps(simple(hashlib.md5(b"%d" % k).hexdigest())) for k in range(50)).encode())))
    with pytest.raises(InputError, match=r"a\.jsonl\.gz: cannot be read"):
        read_gold(path)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"none\.jsonl.*cannot be read"):
        read_gold(tmp_path / "none.jsonl")


# Annotations that name a line of a file of articles


def articles(folder: Path, *, sha: str | None = None) -> tuple[str, str]:
    """A file of two articles, and an annotation of the first ten characters of the second."""
    raw = folder / "raw.jsonl.gz"
    with gzip.open(raw, "wt", encoding="utf-8") as stream:
        stream.writelines(json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in ("شيء آخر", "  قصف   حلب أمس وقتل رجل"))
    digest = sha or hashlib.sha256("قصف حلب أمس".encode()).hexdigest()
    row = {"id": "u-1", "line": 1, "characters": 11, "sha256": digest, "spans": [], "events": []}
    (folder / "gold.jsonl").write_text(json.dumps(row) + "\n", encoding="utf-8")
    return str(folder / "gold.jsonl"), str(raw)


def test_a_text_is_cut_from_its_article_with_runs_of_blanks_squeezed(tmp_path: Path) -> None:
    gold, raw = articles(tmp_path)
    assert cut_texts([gold], raw) == {"u-1": "قصف حلب أمس"}


def test_annotations_that_hold_their_text_need_no_article(tmp_path: Path) -> None:
    gold, raw = articles(tmp_path)
    with Path(gold).open("a", encoding="utf-8") as stream:
        stream.write(json.dumps(simple("with-text")) + "\n")
    assert cut_texts([gold], raw) == {"u-1": "قصف حلب أمس"}


def test_a_row_may_start_within_its_article(tmp_path: Path) -> None:
    gold, raw = articles(tmp_path)
    row = json.loads(Path(gold).read_text(encoding="utf-8"))
    text = "حلب أمس"
    row |= {"start": 4, "characters": len(text), "sha256": hashlib.sha256(text.encode()).hexdigest()}
    Path(gold).write_text(json.dumps(row) + "\n", encoding="utf-8")
    assert cut_texts([gold], raw) == {"u-1": text}


def test_another_text_in_its_place_is_an_error_that_names_the_line(tmp_path: Path) -> None:
    gold, raw = articles(tmp_path, sha="0" * 64)
    with pytest.raises(InputError, match=r"u-1: line 1 of .* holds another text"):
        cut_texts([gold], raw)


def test_a_missing_file_of_articles_is_an_error_that_names_it(tmp_path: Path) -> None:
    gold, _ = articles(tmp_path)
    with pytest.raises(InputError, match=r"none\.gz: cannot be read"):
        cut_texts([gold], str(tmp_path / "none.gz"))
