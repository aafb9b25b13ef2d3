"""The tiny BERT: a checkpoint laid out as AraBERT's is, that the hub's classes load."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("transformers", reason="the training extra is not installed")

import torch
import transformers

from rasid.encoding import normalize
from rasid.words import split_words
from recipe.config import ModelConfig, TinyConfig
from recipe.run import load_tokenizer, piece_encoder, piece_ids
from recipe.tiny import make_tiny_bert

SHAPE = TinyConfig(layers=1, hidden=16, heads=2, vocabulary=400, positions=128)


def test_its_files_are_those_of_a_bert_checkpoint(tiny_bert: Path) -> None:
    assert {"config.json", "vocab.txt", "tokenizer.json", "tokenizer_config.json", "model.safetensors"} <= {
        p.name for p in tiny_bert.iterdir()
    }
    config = json.loads((tiny_bert / "config.json").read_text(encoding="utf-8"))
    vocabulary = (tiny_bert / "vocab.txt").read_text(encoding="utf-8").splitlines()
    assert config["model_type"] == "bert"
    assert config["vocab_size"] == len(vocabulary)
    assert vocabulary[:5] == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def test_the_hubs_classes_load_it(tiny_bert: Path) -> None:
    assert type(transformers.AutoModel.from_pretrained(tiny_bert)).__name__ == "BertModel"
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_bert)
    assert tokenizer.is_fast
    assert (tokenizer.cls_token, tokenizer.sep_token, tokenizer.pad_token_id) == ("[CLS]", "[SEP]", 0)


def test_a_vocabulary_alone_gives_the_same_pieces(tiny_bert: Path, tmp_path: Path, reports: list[dict[str, Any]]) -> None:
    """A folder with config.json and vocab.txt, without tokenizer.json, as older copies of AraBERT's are."""
    folder = tmp_path / "bare"
    shutil.copytree(tiny_bert, folder, ignore=shutil.ignore_patterns("tokenizer.json"))
    whole, bare = (ModelConfig(name=str(f), normalization="arabert") for f in (tiny_bert, folder))
    text = reports[0]["text"]
    one, two = (piece_encoder(load_tokenizer(c), c).encode(text, split_words(text)) for c in (whole, bare))
    assert one.ids.tolist() == two.ids.tolist()
    assert one.first.tolist() == two.first.tolist()
    assert piece_ids(load_tokenizer(whole)) == piece_ids(load_tokenizer(bare))


def test_its_vocabulary_is_learned_on_normalised_text(tmp_path: Path) -> None:
    texts = ["قُتِلَ ١٢ جُنديًّا في حلـب"] * 5
    folder = make_tiny_bert(tmp_path, texts, SHAPE, normalization="arabert")
    vocabulary = set((folder / "vocab.txt").read_text(encoding="utf-8").splitlines())
    assert set(normalize(texts[0], "arabert")[0].split()) <= vocabulary


def test_the_same_seed_gives_the_same_weights(tmp_path: Path) -> None:
    weights = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        folder = make_tiny_bert(tmp_path / name, ["قصف مدينة حلب"] * 3, SHAPE, normalization="light", seed=seed)
        weights.append(transformers.AutoModel.from_pretrained(folder).embeddings.word_embeddings.weight)
    assert torch.equal(weights[0], weights[1])
    assert not torch.equal(weights[0], weights[2])
