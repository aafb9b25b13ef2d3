"""Fine-tunes an encoder on named entities of a CoNLL-like file and scores it on another: the public figure to compare encoders by."""

from __future__ import annotations

import json
import logging
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from datasets import Dataset
from seqeval.metrics import classification_report
from seqeval.scheme import IOB2 as SEQEVAL_IOB2
from torch import nn
from tqdm.auto import tqdm
from transformers import PreTrainedTokenizerBase, TrainingArguments, set_seed

from rasid.encoding import normalize
from rasid.errors import ConfigError, InputError
from recipe.config import ModelConfig, OptimConfig
from recipe.data import IGNORED, PieceCollator
from recipe.model import load_tagger
from recipe.run import last_checkpoint, load_tokenizer, piece_ids, shared_arguments
from recipe.trainer import RecipeTrainer

log = logging.getLogger(__name__)
READ_BATCH = 32  # windows read together when scoring


@dataclass(frozen=True)
class Sentence:
    """Words and their IOB2 tags, one each."""

    words: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Window:
    """A stretch of a sentence that fits the encoder: its pieces, and of each word that has any the number and the first piece's place."""

    sentence: int
    ids: tuple[int, ...]
    word: tuple[int, ...]
    first: tuple[int, ...]


@dataclass(frozen=True)
class NerSettings:
    """What is trained, on what, and how; `bf16` is autocast."""

    model: ModelConfig
    optim: OptimConfig
    train: Path
    test: Path
    bf16: bool
    threads: int | None = None

    def plain(self) -> dict[str, Any]:
        """Plain JSON types: what makes a figure comparable with another."""
        fields = {"name", "normalization", "max_positions", "layers", "dropout", "attention_dropout", "attention"}
        return {
            "model": self.model.model_dump(mode="json", include=fields) | {"path": self.model.path},
            "optim": self.optim.model_dump(mode="json", exclude={"average", "schedule"}),
            "train": str(self.train),
            "test": str(self.test),
            "bf16": self.bf16,
        }


def read_sentences(path: Path) -> list[Sentence]:
    """Read a file of `word tag` lines with empty lines between sentences.

    Raises:
        InputError: where the file cannot be read or is empty, or a line has another form or a tag that is not IOB2, with its number.
    """
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", source=str(path)) from error
    sentences: list[Sentence] = []
    words: list[str] = []
    tags: list[str] = []
    for number, line in enumerate([*lines, ""], 1):
        parts = line.strip("\r").split(" ")
        if parts == [""]:
            if words:
                sentences.append(Sentence(tuple(words), tuple(tags)))
            words, tags = [], []
            continue
        if len(parts) != 2 or not parts[0]:
            raise InputError(f"got {line!r}, expected a word, one space and its tag", source=str(path), line=number)
        if parts[1] != "O" and (parts[1][:2] not in ("B-", "I-") or len(parts[1]) < 3):
            raise InputError(f"got the tag {parts[1]!r}, expected O, B-TYPE or I-TYPE", source=str(path), line=number)
        words.append(parts[0])
        tags.append(parts[1])
    if not sentences:
        raise InputError("got no sentence", source=str(path))
    return sentences


def tag_set(train: Sequence[Sentence], test: Sequence[Sentence]) -> tuple[str, ...]:
    """The tags of the training sentences, `O` first.

    Raises:
        InputError: where the test sentences have a type that no training sentence has.
    """
    known = {tag for sentence in train for tag in sentence.tags} - {"O"}
    types = {tag[2:] for tag in known}
    if unknown := {tag[2:] for sentence in test for tag in sentence.tags if tag != "O"} - types:
        raise InputError(f"the test sentences have types that training ones have not: {', '.join(sorted(unknown))}")
    return ("O", *(f"{edge}-{kind}" for kind in sorted(types) for edge in "BI"))


def cut_windows(sentences: Sequence[Sentence], tokenizer: PreTrainedTokenizerBase, *, normalization: str, size: int) -> list[Window]:
    """The sentences as windows of at most `size` pieces, cut between words; a word longer than a window keeps its first pieces.

    Each word is normalised by itself. One that has no pieces then (only vowel marks, say) is in no window; it is tagged `O`.
    """
    out = []
    for number, sentence in enumerate(sentences):
        words = [normalize(word, normalization)[0] for word in sentence.words]
        encoded = tokenizer(words, is_split_into_words=True, add_special_tokens=False, truncation=False, verbose=False)
        pieces: dict[int, list[int]] = {}
        for piece, word in zip(encoded["input_ids"], encoded.word_ids(), strict=True):
            if word is not None:
                pieces.setdefault(word, []).append(piece)
        ids: list[int] = []
        numbers: list[int] = []
        first: list[int] = []
        for word, own in pieces.items():
            own = own[:size]
            if len(ids) + len(own) > size:
                out.append(Window(number, tuple(ids), tuple(numbers), tuple(first)))
                ids, numbers, first = [], [], []
            numbers.append(word)
            first.append(len(ids))
            ids += own
        if ids:
            out.append(Window(number, tuple(ids), tuple(numbers), tuple(first)))
    return out


def rows_of(windows: Sequence[Window], sentences: Sequence[Sentence], tags: Sequence[str]) -> Dataset:
    """Training rows: the first piece of a word has its tag, the others none."""
    number = {tag: k for k, tag in enumerate(tags)}
    rows = []
    for window in windows:
        labels = [IGNORED] * len(window.ids)
        for word, first in zip(window.word, window.first, strict=True):
            labels[first] = number[sentences[window.sentence].tags[word]]
        rows.append({"input_ids": list(window.ids), "labels": labels, "length": len(window.ids)})
    return Dataset.from_list(rows)


class NerTrainer(RecipeTrainer):
    """The recipe's Trainer for a token classifier alone."""

    def named(self) -> nn.Module:
        """See `RecipeTrainer.named`."""
        return nn.ModuleDict({"tagger": self.model})


def predict_tags(
    model: nn.Module, windows: Sequence[Window], sentences: Sequence[Sentence], tags: Sequence[str], collate: PieceCollator, *, bf16: bool
) -> list[list[str]]:
    """The likeliest tag of each word, by its first piece; nothing is mended afterwards."""
    out = [["O"] * len(sentence.words) for sentence in sentences]
    device = next(model.parameters()).device
    model.eval()
    order = sorted(range(len(windows)), key=lambda k: len(windows[k].ids))
    for at in tqdm(range(0, len(order), READ_BATCH), desc="reading", leave=False):
        batch = [windows[k] for k in order[at : at + READ_BATCH]]
        inputs = collate([{"input_ids": window.ids} for window in batch])
        with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16, enabled=bf16):
            logits = model(input_ids=inputs["input_ids"].to(device), attention_mask=inputs["attention_mask"].to(device)).logits
        best = logits.argmax(dim=-1).cpu().numpy()
        for row, window in enumerate(batch):
            for word, first in zip(window.word, window.first, strict=True):
                out[window.sentence][word] = tags[best[row, first + 1]]
    return out


def entity_scores(gold: Sequence[Sentence], predicted: Sequence[Sequence[str]]) -> dict[str, float]:
    """Strict entity figures in percent by seqeval (IOB2: an entity that does not begin with B is none): micro, macro, each type's F1."""
    report = classification_report(
        [list(s.tags) for s in gold],
        [list(tags) for tags in predicted],
        mode="strict",
        scheme=SEQEVAL_IOB2,
        output_dict=True,
        zero_division=0,
    )
    micro = report["micro avg"]
    figures = {
        "f1": micro["f1-score"],
        "precision": micro["precision"],
        "recall": micro["recall"],
        "macro": report["macro avg"]["f1-score"],
    }
    figures |= {kind: row["f1-score"] for kind, row in sorted(report.items()) if not kind.endswith(" avg")}
    return {name: round(100 * float(value), 2) for name, value in figures.items()}


def run_seed(settings: NerSettings, seed: int, out: Path, *, keep_encoder: bool = False) -> dict[str, Any]:
    """Train one seed and score it once, on the test file, at the end; a run that was stopped goes on from its last epoch.

    Args:
        keep_encoder: write `out/model`, the tuned encoder with its tokenizer, for `model.name` of a training configuration.

    Returns:
        what is written to `out/metrics.json`; where that is there already it is read and nothing is trained.

    Raises:
        ConfigError: where `out` holds a run with other settings, or one that is done without its encoder, or the encoder cannot be loaded.
        InputError: where the data cannot be read.
    """
    claim(out, {**settings.plain(), "seed": seed})
    done = out / "metrics.json"
    if done.is_file():
        if keep_encoder and not (out / "model").is_dir():
            raise ConfigError(f"{out}: holds a run that is done, but not its encoder; give another -o, or --fresh")
        log.info("seed %d: done before", seed)
        return dict(json.loads(done.read_text(encoding="utf-8")))
    started = time.time()
    if settings.threads:
        torch.set_num_threads(settings.threads)
    set_seed(seed)
    train, test = read_sentences(settings.train), read_sentences(settings.test)
    tags = tag_set(train, test)
    tokenizer = load_tokenizer(settings.model)
    collate = PieceCollator(*piece_ids(tokenizer))
    windows = [
        cut_windows(s, tokenizer, normalization=settings.model.normalization, size=settings.model.max_positions - 2) for s in (train, test)
    ]
    # The folder may hold a classifier of other labels, such as a trained tagger's.
    model = load_tagger(settings.model, tags, ignore_mismatched_sizes=True)
    optim = settings.optim
    trainer = NerTrainer(
        optim=optim,
        model=model,
        args=TrainingArguments(
            **shared_arguments(out, optim, seed=seed, bf16=settings.bf16),
            eval_strategy="no",
            save_strategy="epoch",
            save_total_limit=1,
            logging_steps=50,
            report_to="none",
        ),
        train_dataset=rows_of(windows[0], train, tags),
        data_collator=collate,
    )
    last = last_checkpoint(out)
    trainer.train(resume_from_checkpoint=last)
    predicted = predict_tags(model, windows[1], test, tags, collate, bf16=settings.bf16)
    metrics = {
        "seed": seed,
        "test": entity_scores(test, predicted),
        "steps": trainer.state.global_step,
        "minutes": round((time.time() - started) / 60, 1),
        "resumed": last is not None,
        "sentences": {"train": len(train), "test": len(test)},
        "words": {"train": sum(len(s.words) for s in train), "test": sum(len(s.words) for s in test)},
    }
    if trainer.is_world_process_zero():
        if keep_encoder:
            model.base_model.save_pretrained(out / "model")
            tokenizer.save_pretrained(out / "model")
        done.write_text(json.dumps(metrics, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        shutil.rmtree(out / "checkpoints", ignore_errors=True)
    return metrics


def summary(settings: NerSettings, runs: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """All seeds' figures, and of each figure the mean and the spread (standard deviation; 0 for one seed)."""
    names = runs[0]["test"]
    table = {name: np.asarray([run["test"][name] for run in runs]) for name in names}
    return {
        "settings": settings.plain(),
        "seeds": list(runs),
        "mean": {
            name: {"mean": round(float(v.mean()), 2), "spread": round(float(v.std(ddof=1)), 2) if len(v) > 1 else 0.0}
            for name, v in table.items()
        },
    }


def claim(out: Path, settings: Mapping[str, Any]) -> None:
    """Make a run's folder and write its settings; refuse one that holds a run with others."""
    path = out / "settings.json"
    text = json.dumps(settings, indent=1, ensure_ascii=False) + "\n"
    if path.is_file() and path.read_text(encoding="utf-8") != text:
        raise ConfigError(f"{out}: holds a run with other settings; give another -o, or --fresh")
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
