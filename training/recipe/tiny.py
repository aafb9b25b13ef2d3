"""A tiny untrained BERT with a WordPiece vocabulary of its own, laid out as AraBERT's checkpoint is: for smoke runs and tests."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path

from tokenizers import BertWordPieceTokenizer
from transformers import BertConfig, BertModel, set_seed

from rasid.encoding import normalize
from recipe.config import TinyConfig

SPECIAL = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]


def make_tiny_bert(folder: Path, texts: Iterable[str], config: TinyConfig, *, normalization: str, seed: int = 0) -> Path:
    """Write config.json, model.safetensors, vocab.txt and the tokenizer's files to `folder`; the vocabulary is learned on `texts`."""
    folder.mkdir(parents=True, exist_ok=True)
    pieces = BertWordPieceTokenizer(lowercase=False, strip_accents=False, clean_text=True, handle_chinese_chars=False)
    pieces.train_from_iterator(
        (normalize(text, normalization)[0] for text in texts), vocab_size=config.vocabulary, min_frequency=2, special_tokens=SPECIAL,
        show_progress=False,
    )  # fmt: skip
    pieces.save_model(str(folder))  # vocab.txt
    pieces.save(str(folder / "tokenizer.json"))
    settings = {
        "tokenizer_class": "BertTokenizer",
        "do_lower_case": False,
        "strip_accents": False,
        "model_max_length": config.positions,
        **{f"{name}_token": token for name, token in zip(("pad", "unk", "cls", "sep", "mask"), SPECIAL, strict=True)},
    }
    (folder / "tokenizer_config.json").write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")
    set_seed(seed)
    shape = BertConfig(
        vocab_size=pieces.get_vocab_size(),
        hidden_size=config.hidden,
        num_hidden_layers=config.layers,
        num_attention_heads=config.heads,
        intermediate_size=4 * config.hidden,
        max_position_embeddings=config.positions,
        pad_token_id=0,
    )
    BertModel(shape).save_pretrained(folder)
    return folder
