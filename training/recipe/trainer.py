"""The Hugging Face Trainer with our optimiser groups, and an evaluation that scores whole records on dev."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
import torch
from seqeval.metrics import f1_score
from seqeval.scheme import IOB2 as SEQEVAL_IOB2
from torch import nn
from tqdm.auto import tqdm
from transformers import PreTrainedModel, Trainer

from rasid.analysis import Analysis, SpecialPieces, analyse
from rasid.backend import Ints
from rasid.confidence import ConfidenceWeights
from rasid.document import Document
from rasid.encoding import PieceEncoder
from rasid.evaluation import evaluate
from rasid.events import make_events, make_spans
from rasid.grouping import GroupingOptions
from rasid.linking import Floats
from rasid.words import split_words
from recipe.average import WeightAverage
from recipe.config import OptimConfig
from recipe.data import IGNORED
from recipe.dropout import HiddenPieces
from recipe.model import EventModel, SpanInputs

FIGURES = ("spans", "events typed", "arguments", "facts", "casualties", "records")
BATCH = 24  # documents read together


class TorchBackend:
    """Runs an `EventModel` behind the interface that the pipeline knows (`rasid.backend.Backend`)."""

    def __init__(self, model: EventModel, *, bf16: bool):
        self.model = model
        self.device = next(model.parameters()).device
        self.bf16 = bf16

    def encode(self, ids: Ints, mask: Ints) -> tuple[Floats, Floats]:
        """See `Backend.encode`."""
        cast = torch.autocast(self.device.type, dtype=torch.bfloat16) if self.bf16 else contextlib.nullcontext()
        with torch.inference_mode(), cast:
            logits, hidden = self.model.encode(torch.tensor(ids, device=self.device), torch.tensor(mask, device=self.device))
        return logits.float().cpu().numpy(), hidden.float().cpu().numpy()

    def link(self, hidden: Floats, inputs: dict[str, Ints]) -> tuple[Floats, Floats]:
        """See `Backend.link`."""
        spans = SpanInputs(**{name: torch.tensor(value, device=self.device) for name, value in inputs.items()})
        with torch.inference_mode():
            on_span, on_pair = self.model.linker(torch.tensor(hidden, device=self.device), spans)
        return on_span.float().cpu().numpy(), on_pair.float().cpu().numpy()


def read_all(
    documents: Sequence[Mapping[str, Any]], backend: Any, encoder: PieceEncoder, special: SpecialPieces, temperature: float = 1.0
) -> list[Analysis]:
    """The network's reading of each document."""
    out: list[Analysis] = []
    for at in tqdm(range(0, len(documents), BATCH), desc="reading", leave=False):
        texts = [d["text"] for d in documents[at : at + BATCH]]
        out.extend(analyse(texts, backend, encoder, special, temperature=temperature))
    return out


def records_of(
    documents: Sequence[Mapping[str, Any]],
    analyses: Sequence[Analysis],
    options: GroupingOptions,
    confidence: ConfidenceWeights | None = None,
) -> dict[str, Any]:
    """Records (spans and events) of analysed documents, as dicts by document id."""
    records = {}
    for raw, analysis in zip(documents, analyses, strict=True):
        document = Document.make(raw)
        records[document.id] = {
            "spans": [s.to_dict() for s in make_spans(document.text, analysis)],
            "events": [e.to_dict() for e in make_events(document, analysis, options, confidence)],
        }
    return records


def seqeval_f1(documents: Sequence[Mapping[str, Any]], analyses: Sequence[Analysis]) -> float:
    """Span F1 in percent by seqeval, strict IOB2."""
    gold, predicted = [], []
    for document, analysis in zip(documents, analyses, strict=True):
        words = split_words(document["text"])
        spans = [(s["label"], *words.range(s["start"], s["end"])) for s in document["spans"]]
        gold.append(_tags(len(words), spans))
        predicted.append(_tags(len(words), [(s.label, s.first, s.last) for s in analysis.spans]))
    return 100 * float(f1_score(gold, predicted, mode="strict", scheme=SEQEVAL_IOB2))


def _tags(count: int, spans: Sequence[tuple[str, int, int]]) -> list[str]:
    tags = ["O"] * count
    for label, first, last in spans:
        tags[first : last + 1] = [f"B-{label}", *[f"I-{label}"] * (last - first)]
    return tags


class RecipeTrainer(Trainer):  # type: ignore[misc]
    """The Trainer with the recipe's optimiser."""

    optimizer: torch.optim.Optimizer | None

    def __init__(self, *, optim: OptimConfig, **kwargs: Any):
        super().__init__(**kwargs)
        self.recipe = optim

    def named(self) -> nn.Module:
        """The model, its parts named as an `EventModel`'s."""
        model: nn.Module = self.model
        return model

    def create_optimizer(self, model: nn.Module | None = None) -> torch.optim.Optimizer:
        """AdamW: the heads learn at their own rate, each encoder layer `layer_decay` times slower than the one above."""
        made: torch.optim.Optimizer | None = self.optimizer
        if made is None:
            made = make_optimizer(self.named(), self.recipe)
            self.optimizer = made
        return made


class EventTrainer(RecipeTrainer):
    """Trains an `EventModel`; `evaluate` runs the whole pipeline on the dev documents."""

    control: Any

    def __init__(
        self,
        *,
        optim: OptimConfig,
        dev: Sequence[Mapping[str, Any]],
        encoder: PieceEncoder,
        special: SpecialPieces,
        bf16: bool,
        average: WeightAverage | None = None,
        hidden: HiddenPieces,
        **kwargs: Any,
    ):
        super().__init__(optim=optim, **kwargs, callbacks=[average] if average else None)
        self.average, self.hidden = average, hidden
        self.dev, self.piece_encoder, self.special, self.use_bf16 = dev, encoder, special, bf16
        self.parts: dict[str, list[float]] = {}

    def compute_loss(self, model: nn.Module, inputs: dict[str, Any], return_outputs: bool = False, **_: Any) -> Any:
        """The model's loss, with pieces hidden; its parts are kept for the log."""
        pieces = inputs["input_ids"]
        shown = self.hidden(pieces)
        out = model(**{**inputs, "input_ids": shown, "hidden_pieces": pieces.masked_fill(shown == pieces, IGNORED)})
        for name, value in out.items():
            if name != "loss":
                self.parts.setdefault(name, []).append(float(value))
        return (out["loss"], out) if return_outputs else out["loss"]

    def log(self, logs: dict[str, float], *args: Any, **kwargs: Any) -> None:
        """Add the mean of each part of the loss since the last log."""
        if "loss" in logs:
            logs.update({name: round(float(np.mean(values)), 4) for name, values in self.parts.items()})
            self.parts.clear()
        super().log(logs, *args, **kwargs)

    def evaluate(self, eval_dataset: Any = None, ignore_keys: Any = None, metric_key_prefix: str = "eval") -> dict[str, float]:
        """Dev figures in percent: spans, facts, casualties, records, seqeval's span F1, and `score`, the mean of spans and facts."""
        self.model.eval()
        metrics = {}
        if self.average:
            metrics = {f"unaveraged_{name}": value for name, value in self._figures().items()}
        with self.average.swapped_in() if self.average else contextlib.nullcontext():
            metrics |= self._figures()
        self.model.train()
        metrics = {f"{metric_key_prefix}_{name}": round(value, 2) for name, value in metrics.items()}
        self.log(dict(metrics))
        self.control = self.callback_handler.on_evaluate(self.args, self.state, self.control, metrics)
        return metrics

    def _figures(self) -> dict[str, float]:
        analyses = read_all(self.dev, TorchBackend(self.model, bf16=self.use_bf16), self.piece_encoder, self.special)
        scores = evaluate(self.dev, records_of(self.dev, analyses, GroupingOptions()))
        figures = {name.replace(" ", "_"): scores.f1(name) for name in FIGURES}
        figures["seqeval"] = seqeval_f1(self.dev, analyses)
        figures["score"] = (figures["spans"] + figures["facts"]) / 2
        return figures


def make_optimizer(model: nn.Module, config: OptimConfig) -> torch.optim.Optimizer:
    """AdamW over `parameter_groups`."""
    return torch.optim.AdamW(parameter_groups(model, config), betas=(0.9, 0.98), eps=1e-6, fused=True)


def parameter_groups(model: nn.Module, config: OptimConfig) -> list[dict[str, Any]]:
    """Parameters of a model whose encoder is `tagger`, with their learning rates; biases and layer norms are not decayed."""
    layers = cast(PreTrainedModel, model.tagger).config.num_hidden_layers
    groups: dict[tuple[float, float], list[nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if not parameter.requires_grad:
            continue
        rate = config.head_learning_rate
        if name.startswith("tagger.") and not name.startswith("tagger.classifier"):
            found = re.search(r"\.layer\.(\d+)\.", name)
            depth = layers - 1 - int(found.group(1)) if found else layers
            rate = config.learning_rate * config.layer_decay**depth
        decay = 0.0 if parameter.ndim < 2 else config.weight_decay
        groups.setdefault((rate, decay), []).append(parameter)
    return [{"params": p, "lr": rate, "weight_decay": decay} for (rate, decay), p in groups.items()]
