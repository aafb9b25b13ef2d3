"""One training run: data in, model folder and figures out."""

from __future__ import annotations

import json
import logging
import math
import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
import yaml
from datasets import Dataset
from transformers import AutoTokenizer, PreTrainedTokenizerBase, TrainingArguments, set_seed
from transformers.trainer_utils import get_last_checkpoint

from rasid.analysis import SpecialPieces
from rasid.cores import cores
from rasid.encoding import PieceEncoder
from rasid.errors import ConfigError
from recipe.augment import varied
from recipe.average import WeightAverage
from recipe.card import write_card, write_curves
from recipe.config import DEFAULT_BEST, ROOT, EncoderConfig, ModelConfig, OptimConfig, PretrainConfig, TrainConfig
from recipe.data import Collator, about_training, make_example, read_gold, training_documents
from recipe.dropout import HiddenPieces, cheapen_dropout
from recipe.folders import clear_run, is_main_process
from recipe.model import EventModel, write_preparation
from recipe.restore import is_package, restore
from recipe.tiny import make_tiny_bert
from recipe.trainer import EventTrainer

log = logging.getLogger("train")


def train(config: TrainConfig, *, fresh: bool = False) -> dict[str, Any]:
    """Train as `config` says and return the metrics that are also written to `metrics.json`.

    Where the run folder holds checkpoints of the same configuration, training goes on from the last one.

    Raises:
        ConfigError: where the run folder holds another configuration's run, or the encoder cannot be loaded.
        InputError: where the data cannot be read.
        ModelError: where `model.start` is a package that training cannot go on from.
    """
    started = time.time()
    out = begin_run(config, fresh=fresh)
    train_documents = training_documents(config.data)
    settings = config.model
    if settings.name == "tiny":
        made = out / "encoder"
        if not (made / "model.safetensors").is_file():  # written last; a run that goes on needs the vocabulary that it began with
            texts = [d["text"] for d in train_documents]
            make_tiny_bert(made, texts, settings.tiny, normalization=settings.normalization, seed=config.run.seed)
        settings = settings.model_copy(update={"name": str(made.resolve())})
    if settings.start and is_package(ROOT / settings.start):
        made = out / "start"
        if not (made / "model.safetensors").is_file():
            restore(ROOT / settings.start, made)
        settings = settings.model_copy(update={"start": str(made.resolve())})
    tokenizer = load_tokenizer(settings)
    hidden = HiddenPieces(config.data.masked, mask_id(tokenizer, config.data.masked), piece_ids(tokenizer))
    encoder = piece_encoder(tokenizer, settings)
    dev = [d for path in config.data.dev for d in read_gold(path, split="test")]
    documents = [*train_documents, *varied(train_documents, config.data.varied, config.run.seed)]
    dataset = Dataset.from_list([make_example(d, encoder) for d in documents])
    log.info("%d training documents (%d pieces), %d dev documents", len(dataset), sum(dataset["length"]), len(dev))

    model = EventModel.from_config(settings, config.loss, annotators=1 + len(config.data.annotator_names))
    if not torch.cuda.is_available():
        cheapen_dropout(model)
    bf16 = has_bf16() if config.run.bf16 is None else config.run.bf16
    arguments = training_arguments(config, len(dataset), bf16)
    average = WeightAverage(model, config.optim.average) if config.optim.average else None
    trainer = EventTrainer(
        optim=config.optim,
        dev=dev,
        encoder=encoder,
        special=special_pieces(tokenizer),
        bf16=bf16,
        average=average,
        model=model,
        args=arguments,
        train_dataset=dataset,
        eval_dataset=dataset.select(range(min(1, len(dataset)))),  # the Trainer asks for one; `evaluate` reads the dev documents
        data_collator=Collator(*piece_ids(tokenizer)),
        hidden=hidden,
    )
    last = last_checkpoint(out)
    if last and average:
        average.load(Path(last), int(last.rpartition("-")[2]))
    trainer.train(resume_from_checkpoint=last)
    metrics = {name.removeprefix("eval_"): value for name, value in trainer.evaluate().items()}
    if average:
        average.keep()
    if trainer.is_world_process_zero():
        save_model(model, tokenizer, config, train_documents, out / "model")
        history = trainer.state.log_history
        summary = {
            "dev": metrics,
            "best_step": None if average else trainer.state.best_global_step,
            "steps": trainer.state.global_step,
            "minutes": round((time.time() - started) / 60, 1),
            "training_documents": len(dataset),
            "seed": config.run.seed,
            "bf16": bf16,
        }
        (out / "metrics.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
        write_curves(history, out)
        write_card(config, summary, out / "model" / "README.md")
        log.info("dev: %s", metrics)
    return metrics


def begin_run(config: TrainConfig | PretrainConfig, *, fresh: bool = False) -> Path:
    """Claim the run folder and return it; set threads and seed as the configuration says.

    Raises:
        ConfigError: as `claim_folder`.
    """
    out = Path(config.run.output)
    claim_folder(out, config, fresh=fresh)
    torch.set_num_threads(config.run.threads or cores())
    set_seed(config.run.seed)
    return out


def last_checkpoint(out: Path) -> str | None:
    """The last checkpoint in a run folder, from which a stopped run goes on; None where there is none."""
    folder = out / "checkpoints"
    return get_last_checkpoint(str(folder)) if folder.is_dir() else None


def claim_folder(out: Path, config: TrainConfig | PretrainConfig, *, fresh: bool = False) -> None:
    """Make the run folder, empty where `fresh`, and write the resolved configuration; refuse a folder that holds another run.

    Of several processes the first does it: another must not clear what the first has begun to write.
    """
    if not is_main_process():
        return
    if fresh:
        clear_run(out, "config.yaml")
    resolved = yaml.safe_dump(json.loads(config.model_dump_json()), sort_keys=False, allow_unicode=True)
    path = out / "config.yaml"
    if path.is_file() and path.read_text(encoding="utf-8") != resolved:
        raise ConfigError(f"{out}: holds a run of another configuration; give run.output=OTHER or --fresh")
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(resolved, encoding="utf-8")


def training_arguments(config: TrainConfig, documents: int, bf16: bool) -> TrainingArguments:
    """The Trainer's arguments.

    Args:
        documents: training documents, varied copies included; `optim.batch_size` of them go to each device in a step.
    """
    optim, run = config.optim, config.run
    steps = math.ceil(documents / (optim.batch_size * devices()))
    every = max(1, round(steps / run.evals_per_epoch))
    return TrainingArguments(
        **shared_arguments(Path(run.output), optim, seed=run.seed, bf16=bf16),
        eval_strategy="steps",
        eval_steps=every,
        eval_delay=round(run.first_eval * steps),
        save_strategy="steps",
        save_steps=every,
        save_total_limit=run.keep_checkpoints,
        load_best_model_at_end=not optim.average,  # the average of the last steps needs no choice among them
        metric_for_best_model=run.best or DEFAULT_BEST,
        greater_is_better=True,
        logging_steps=max(1, min(50, every)),
        report_to="tensorboard" if run.tensorboard else "none",
        ddp_find_unused_parameters=True,
    )


def devices() -> int:
    """How many devices share a step: the processes of `accelerate launch`, else this process's GPUs, else one CPU."""
    return int(os.environ.get("WORLD_SIZE", "0")) or max(1, torch.cuda.device_count())


def shared_arguments(out: Path, optim: OptimConfig, *, seed: int, bf16: bool) -> dict[str, Any]:
    """The Trainer's arguments that every kind of training has: of the optimiser, of the machine, and where checkpoints go below `out`."""
    return {
        "output_dir": str(out / "checkpoints"),
        "per_device_train_batch_size": optim.batch_size,
        "num_train_epochs": optim.epochs,
        "learning_rate": optim.learning_rate,
        "lr_scheduler_type": optim.schedule,
        "warmup_steps": optim.warmup,  # transformers 5 reads a value below 1 as a share of all steps
        "max_grad_norm": optim.clip,
        "train_sampling_strategy": "group_by_length",
        "bf16": bf16,
        "use_cpu": not torch.cuda.is_available(),
        "seed": seed,
        "remove_unused_columns": False,
        "dataloader_pin_memory": torch.cuda.is_available(),
    }


def load_tokenizer(config: EncoderConfig) -> PreTrainedTokenizerBase:
    """The encoder's fast tokenizer.

    Raises:
        ConfigError: where it cannot be loaded or is not a fast one (offsets are needed).
    """
    try:
        tokenizer = AutoTokenizer.from_pretrained(config.path)
    except (OSError, ValueError) as error:
        field = "start" if isinstance(config, ModelConfig) and config.start else "name"
        expected = "a hub name or a folder with a model" if field == "name" else "the `model` folder of a run, or a package"
        raise ConfigError(f"model.{field}: got {getattr(config, field)!r}, expected {expected}: {error}") from error
    if not tokenizer.is_fast:
        raise ConfigError(f"model.name: {config.name!r} has no fast tokenizer; offsets need one")
    return tokenizer


def piece_encoder(tokenizer: PreTrainedTokenizerBase, config: EncoderConfig) -> PieceEncoder:
    """The text encoder that the shipped model uses too, on the tokenizer's backend; its windows overlap as a `ModelConfig` says."""
    overlap = config.overlap if isinstance(config, ModelConfig) else 0
    backend = tokenizer.backend_tokenizer
    backend.no_truncation()
    backend.no_padding()
    return PieceEncoder(backend, normalization=config.normalization, max_positions=config.max_positions, overlap=overlap)


def special_pieces(tokenizer: PreTrainedTokenizerBase) -> SpecialPieces:
    """Ids of the pieces before and behind a window and of padding."""
    return SpecialPieces(*piece_ids(tokenizer))


def piece_ids(tokenizer: PreTrainedTokenizerBase) -> tuple[int, int, int]:
    """Ids of the pieces before a window, behind it, and of padding."""
    cls = tokenizer.cls_token_id if tokenizer.cls_token_id is not None else tokenizer.bos_token_id
    sep = tokenizer.sep_token_id if tokenizer.sep_token_id is not None else tokenizer.eos_token_id
    assert cls is not None
    assert sep is not None
    assert tokenizer.pad_token_id is not None
    return int(cls), int(sep), int(tokenizer.pad_token_id)


def mask_id(tokenizer: PreTrainedTokenizerBase, masked: float) -> int:
    """Id of the piece that stands for hidden ones.

    Raises:
        ConfigError: where a share `masked` of the pieces is to be hidden and the tokenizer has no such piece.
    """
    if masked and tokenizer.mask_token_id is None:
        raise ConfigError(f"data.masked: got {masked}, expected 0: the tokenizer of this encoder has no mask")
    return int(tokenizer.mask_token_id or 0)


def save_model(
    model: EventModel, tokenizer: PreTrainedTokenizerBase, config: TrainConfig, documents: Sequence[Mapping[str, Any]], folder: Path
) -> None:
    """Write the checkpoint, its tokenizer, its linker, how texts are prepared for it and what `documents` it was made of."""
    folder.mkdir(parents=True, exist_ok=True)
    model.save(folder)
    tokenizer.save_pretrained(folder)
    write_preparation(
        folder,
        normalization=config.model.normalization,
        max_positions=config.model.max_positions,
        overlap=config.model.overlap,
        encoder=config.model.name,
        annotators=config.data.annotator_names,
        **about_training(documents, config.data),
    )


def has_bf16() -> bool:
    """Whether bf16 is worth it here: a GPU that has it, or a CPU with AVX-512 BF16 or AMX (elsewhere it is emulated and slow)."""
    if torch.cuda.is_available():
        return bool(torch.cuda.is_bf16_supported())
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())
