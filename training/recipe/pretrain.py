"""Pretrains an encoder further as a masked language model: hidden pieces of unannotated news are guessed."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import torch
from datasets import Dataset
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from tqdm.auto import tqdm
from transformers import AutoConfig, AutoModel, PreTrainedModel, TrainingArguments

from rasid.encoding import PieceEncoder
from rasid.errors import InputError
from rasid.words import split_words
from recipe.config import ROOT, EncoderConfig, PretrainConfig
from recipe.data import PieceCollator
from recipe.dropout import HiddenPieces, cheapen_dropout
from recipe.jsonl import numbered_lines
from recipe.model import PieceGuesser
from recipe.run import begin_run, has_bf16, last_checkpoint, load_tokenizer, mask_id, piece_encoder, piece_ids, shared_arguments
from recipe.trainer import RecipeTrainer

log = logging.getLogger("pretrain")
GUESSER_FILE = "guesser.safetensors"  # beside the encoder: a run that goes on from it need not learn to guess anew
SHORTEST = 16  # pieces: a shorter rest of an article says too little to guess from


class GuessingModel(nn.Module):
    """An encoder that guesses hidden pieces. Its parts are named as an `EventModel`'s, so that `make_optimizer` knows their rates."""

    def __init__(self, encoder: PreTrainedModel, hidden: HiddenPieces):
        super().__init__()
        self.tagger = encoder
        self.guesser = PieceGuesser(encoder.config.hidden_size, encoder.config.vocab_size)
        self.hidden = hidden

    def forward(self, input_ids: Tensor, attention_mask: Tensor, labels: Tensor | None = None) -> dict[str, Tensor]:
        """The mean loss of the hidden pieces, in nats; int64 of shape (batch, positions); `labels` are the collator's, and not read."""
        shown = self.hidden(input_ids)
        vectors = self.tagger(input_ids=shown, attention_mask=attention_mask).last_hidden_state
        at_hidden = shown != input_ids
        guessed = self.guesser(vectors[at_hidden], self.tagger.get_input_embeddings().weight).float()
        return {"loss": nn.functional.cross_entropy(guessed, input_ids[at_hidden]) if at_hidden.any() else vectors.sum() * 0.0}


class _GuessingTrainer(RecipeTrainer):
    """The recipe's Trainer with an evaluation that hides the same pieces each time; the guesser learns at the heads' rate."""

    def evaluate(self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval") -> dict[str, float]:
        """The loss on the windows that were kept back."""
        with torch.random.fork_rng():
            torch.manual_seed(0)
            out: dict[str, float] = super().evaluate(eval_dataset, ignore_keys, metric_key_prefix)
        return out


def pretrain(config: PretrainConfig, *, fresh: bool = False) -> dict[str, Any]:
    """Pretrain as `config` says; return what `metrics.json` says too: windows, steps, and the loss on those kept back, in nats.

    Where the run folder holds checkpoints of the same configuration, training goes on from the last one.

    Raises:
        ConfigError: where the run folder holds another configuration's run, or the encoder cannot be loaded or has no mask.
        InputError: where the articles cannot be read or are too few.
    """
    started = time.time()
    out = begin_run(config, fresh=fresh)
    tokenizer = load_tokenizer(config.model)
    hidden = HiddenPieces(config.data.masked, mask_id(tokenizer, config.data.masked), piece_ids(tokenizer))
    windows = [*cut_windows(read_articles(config), piece_encoder(tokenizer, config.model), width=config.data.width)]
    if len(windows) <= config.data.held:
        raise InputError(f"got {len(windows)} windows, expected more than data.held {config.data.held}", source=config.data.articles)
    order = torch.randperm(len(windows), generator=torch.Generator().manual_seed(0)).tolist()
    log.info("%d windows (%d pieces)", len(windows), sum(map(len, windows)))
    rows = [{"input_ids": windows[k], "length": len(windows[k])} for k in order]
    model = GuessingModel(load_encoder(config.model), hidden)
    if (earlier := Path(config.model.path) / GUESSER_FILE).is_file():
        model.guesser.load_state_dict(load_file(earlier))
    if not torch.cuda.is_available():
        cheapen_dropout(model)
    trainer = _GuessingTrainer(
        optim=config.optim,
        model=model,
        args=_arguments(config),
        train_dataset=Dataset.from_list(rows[config.data.held :]),
        eval_dataset=Dataset.from_list(rows[: config.data.held]),
        data_collator=PieceCollator(*piece_ids(tokenizer)),
    )
    last = last_checkpoint(out)
    if last is None:
        log.info("before: loss %.3f", trainer.evaluate()["eval_loss"])
    trainer.train(resume_from_checkpoint=last)
    summary = {
        "windows": len(rows) - config.data.held,
        "steps": trainer.state.global_step,
        "loss": round(trainer.evaluate()["eval_loss"], 4),
        "minutes": round((time.time() - started) / 60, 1),
    }
    if trainer.is_world_process_zero():
        model.tagger.save_pretrained(out / "model")
        save_file(model.guesser.state_dict(), out / "model" / GUESSER_FILE)
        tokenizer.save_pretrained(out / "model")
        (out / "metrics.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    return summary


def read_articles(config: PretrainConfig) -> Iterator[str]:
    """The texts of `data.articles`, but for the lines that the files of `data.left_out` name.

    Raises:
        InputError: where a file cannot be read, or a line of the articles is no JSON object with a `text`, with its number.
    """
    lines = {row["line"] for path in config.data.left_out for _, row in numbered_lines(ROOT / path)}
    source = ROOT / config.data.articles
    for number, article in numbered_lines(source):
        if number - 1 in lines:
            continue
        try:
            text = article["text"]
        except (KeyError, TypeError) as error:
            raise InputError("expected a JSON object with a text", source=str(source), line=number) from error
        yield text


def cut_windows(texts: Iterable[str], encoder: PieceEncoder, *, width: int) -> Iterator[list[int]]:
    """The pieces of each text, as the tagger is shown them, in windows of at most `width` pieces with the two special ones."""
    size = width - 2
    for text in tqdm(texts, desc="cutting"):
        ids = encoder.encode(text, split_words(text)).ids.tolist()
        for at in range(0, len(ids), size):
            if len(ids) - at >= SHORTEST:
                yield ids[at : at + size]


def load_encoder(config: EncoderConfig) -> PreTrainedModel:
    """The encoder alone (a hub name or a folder), in full precision."""
    settings = AutoConfig.from_pretrained(
        config.path, hidden_dropout_prob=config.dropout, attention_probs_dropout_prob=config.attention_dropout
    )
    encoder: PreTrainedModel = AutoModel.from_pretrained(
        config.path, config=settings, dtype=torch.float32, attn_implementation=config.attention
    )
    return encoder


def _arguments(config: PretrainConfig) -> TrainingArguments:
    optim, run = config.optim, config.run
    return TrainingArguments(
        **shared_arguments(Path(run.output), optim, seed=run.seed, bf16=has_bf16() if run.bf16 is None else run.bf16),
        per_device_eval_batch_size=optim.batch_size,
        eval_strategy="steps",
        eval_steps=run.save_steps,
        save_strategy="steps",
        save_steps=run.save_steps,
        save_total_limit=2,
        logging_steps=min(50, run.save_steps),
        prediction_loss_only=True,
        report_to="none",
    )
