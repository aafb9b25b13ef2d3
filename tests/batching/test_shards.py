"""Shards: what they hold alone names them; copies and taken ids are known."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from archives import report

from rasid.batching.config import MAX_CHARACTERS, BatchConfig
from rasid.batching.inputs import Placed
from rasid.batching.shards import Shard, cut, text_digest
from rasid.document import Document
from rasid.readers import Fault


def shards(items: Sequence[Document | Fault], *, window: int = 1000, size: int = 2, limit: int | None = None) -> list[Shard]:
    placed = [Placed(item, "a", n) for n, item in enumerate(items, 1)]
    return list(cut(placed, BatchConfig(shard_documents=size, limit=limit), window=window))


def docs(*texts: str) -> list[Document]:
    return [Document(f"d{k}", text) for k, text in enumerate(texts)]


def test_a_shard_is_named_by_its_number_and_all_it_holds() -> None:
    first, second = shards(docs("ا", "ب", "ت")), shards(docs("ا", "ب", "ث"))
    assert [s.name[:7] for s in first] == ["000000-", "000001-"]
    assert first[0].name == second[0].name
    assert first[1].name != second[1].name


def test_a_shard_is_closed_by_its_documents_or_by_their_characters() -> None:
    config = BatchConfig(shard_documents=10, shard_characters=50)
    placed = [Placed(Document(str(n), "ا" * 30), "a", n) for n in range(5)]
    assert [s.size for s in cut(placed, config, window=10)] == [2, 2, 1]


def test_copies_point_to_the_first_within_and_across_shards() -> None:
    one, two = shards(docs("ا ب", "ا  ب", "ا ب", "ت"))
    assert one.entries[0].copy_of is None
    assert one.entries[1].copy_of is not None
    assert (one.entries[1].copy_of.shard, one.entries[1].copy_of.entry) == (0, 0)
    assert two.entries[0].copy_of is not None
    assert two.entries[0].copy_of.name == one.name


def test_a_copy_is_known_only_in_the_window() -> None:
    assert shards(docs("ا", "ب", "ت", "ا"), window=2)[1].entries[1].copy_of is None


def test_the_window_counts_documents_and_not_different_texts() -> None:
    [shard] = shards(docs(*["ا"] * 6), window=2, size=6)
    assert [entry.copy_of and entry.copy_of.entry for entry in shard.entries] == [None, 0, 0, None, 3, 3]


@pytest.mark.parametrize("other", ["  قصف  بلدة ", "قَصْف بلدة", "قصـــف بلدة", "قصف\u200f بلدة", "\nقصف\tبلدة\r\n"])
def test_texts_that_the_network_sees_alike_have_one_digest(other: str) -> None:
    assert text_digest(other) == text_digest("قصف بلدة")


@pytest.mark.parametrize("other", ["قصف\nبلدة", "قصف بلده", "قصفبلدة"])
def test_others_have_not(other: str) -> None:
    assert text_digest(other) != text_digest("قصف بلدة")


def test_an_id_met_before_gets_a_suffix() -> None:
    items = [Document("d", report(k)) for k in range(3)]
    assert [e.document.id for s in shards(items) for e in s.entries] == ["d", "d#2", "d#3"]


def test_a_fault_is_a_failure_of_its_shard_and_so_is_a_text_beyond_all_reports() -> None:
    [shard] = shards([Fault("a", 3, "text", "broken"), Document("d", "ا" * (MAX_CHARACTERS + 1))])
    assert [(f.item, f.reason[:6]) for f in shard.failures] == [(1, "broken"), (2, "got 10")]


def test_the_limit_counts_items() -> None:
    assert sum(s.size for s in shards(docs(*"ابتثج"), limit=3)) == 3
