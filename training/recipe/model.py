"""The torch model: an ordinary token classifier, and a linker over its span vectors, trained together."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForTokenClassification, PreTrainedModel

from rasid.candidates import APART, BETWEEN_BUCKETS, DISTANCE_BUCKETS, RELATIONS, SENTENCE_BUCKETS, SENTENCE_REACH
from rasid.errors import ConfigError
from rasid.labels import IOB2
from rasid.linking import KINDS, LINKER_FILE
from rasid.records import EVENT_TYPES, LABELS, STATUSES
from recipe.config import LossConfig, ModelConfig

HEADS = 4
PREPARATION_FILE = "rasid_preparation.json"  # beside the weights: how texts are prepared for them, what they were trained on
CONTEXT = 128  # width of the view of what stands between two spans


@dataclass(frozen=True)
class SpanInputs:
    """Spans and candidate pairs, with positions into the flattened hidden states of a batch (or of one document).

    first, last, label, sentence: int64 of shape (spans,): the span's first and last piece, its label, and its sentence's number;
    spans `APART` or more sentences from one another do not see each other (so several documents can share one call).
    head, other: int64 of shape (pairs,): numbers of spans. features: int64 of shape (pairs, 4).
    """

    first: Tensor
    last: Tensor
    label: Tensor
    sentence: Tensor
    head: Tensor
    other: Tensor
    features: Tensor


class SpanLayer(nn.Module):
    """One transformer layer over the spans of a document: which reading of a span fits depends on the spans round it."""

    def __init__(self, size: int, heads: int, dropout: float):
        super().__init__()
        self.heads = heads
        self.before = nn.LayerNorm(size)
        self.mix = nn.Linear(size, 3 * size)
        self.out = nn.Linear(size, size)
        self.near = nn.Embedding(SENTENCE_BUCKETS, heads)
        self.feed = nn.Sequential(nn.LayerNorm(size), nn.Linear(size, 2 * size), nn.GELU(), nn.Linear(2 * size, size))
        self.dropout = nn.Dropout(dropout)
        nn.init.zeros_(self.near.weight)

    def forward(self, vectors: Tensor, sentence: Tensor) -> Tensor:
        """Vectors of shape (spans, size) to the same shape; `sentence` is as in `SpanInputs`."""
        count, size = vectors.shape
        query, key, value = self.mix(self.before(vectors)).reshape(count, 3, self.heads, size // self.heads).permute(1, 2, 0, 3)
        gap = sentence[None, :] - sentence[:, None]
        near = self.near(gap.clamp(-SENTENCE_REACH, SENTENCE_REACH) + SENTENCE_REACH).permute(2, 0, 1)
        scores = query @ key.transpose(1, 2) / (size // self.heads) ** 0.5 + near
        scores = scores.float().masked_fill(gap.abs() >= APART, -1e4)
        mixed = (scores.softmax(dim=-1).to(value.dtype) @ value).permute(1, 0, 2).reshape(count, size)
        vectors = vectors + self.dropout(self.out(mixed))
        fed: Tensor = vectors + self.dropout(self.feed(vectors))
        return fed


class Between(nn.Module):
    """What stands between two spans: the maximum over the pieces there, of a narrow view of the encoder's vectors.

    After SpERT (Eberts and Ulges 2020), where this context told relations apart better than any other. A table of the maxima over runs
    of 1, 2, 4, … pieces answers every pair with two lookups. Spans side by side, and spans more than `REACH` pieces apart, have a learned
    vector each instead.
    """

    REACH = 64

    def __init__(self, hidden: int, width: int, size: int):
        super().__init__()
        self.narrow = nn.Linear(hidden, width)
        self.instead = nn.Parameter(torch.zeros(2, width))
        self.out = nn.Sequential(nn.GELU(), nn.Linear(width, size))

    def forward(self, hidden: Tensor, start: Tensor, end: Tensor) -> Tensor:
        """Vectors of shape (pairs, size) for the pieces `start` to `end` (both included) of `hidden`, shape (pieces, hidden size)."""
        table = [self.narrow(hidden)]
        place = torch.arange(hidden.shape[0], device=hidden.device)
        for level in range(self.REACH.bit_length() - 1):
            runs = table[-1]
            table.append(torch.maximum(runs, runs[(place + 2**level).clamp(max=hidden.shape[0] - 1)]))
        length = end - start + 1
        plain = (length >= 1) & (length <= self.REACH)
        instead = self.instead[(length > self.REACH).long()]
        start, length = torch.where(plain, start, 0), torch.where(plain, length, 1)
        longest = torch.zeros_like(length)  # the longest run of the table that fits
        for k in range(1, len(table)):
            longest = longest + (length >= 2**k).long()
        maxima = torch.stack(table)
        found = torch.maximum(maxima[longest, start], maxima[longest, start + length - 2**longest])
        out: Tensor = self.out(torch.where(plain[:, None], found, instead.to(found.dtype)))
        return out


class Linker(nn.Module):
    """Scores spans (event type, status, aggregate, casualty kind) and pairs of spans (the relations)."""

    def __init__(self, hidden: int, size: int, layers: int, dropout: float):
        super().__init__()
        self.label = nn.Embedding(len(LABELS), 32)
        self.span = nn.Sequential(nn.Linear(2 * hidden + 32, size), nn.LayerNorm(size), nn.GELU(), nn.Dropout(dropout))
        self.layers = nn.ModuleList(SpanLayer(size, HEADS, dropout) for _ in range(layers))
        self.norm = nn.LayerNorm(size)
        self.on_span = nn.Linear(size, len(EVENT_TYPES) + len(STATUSES) + 1 + len(KINDS))
        self.head = nn.Linear(size, size)
        self.other = nn.Linear(size, size)
        self.left = nn.Linear(size, size)
        self.right = nn.Linear(size, size)
        self.distance = nn.Embedding(DISTANCE_BUCKETS, size)
        self.sentence = nn.Embedding(SENTENCE_BUCKETS, size)
        self.between = nn.Embedding(BETWEEN_BUCKETS, size)
        self.same = nn.Embedding(2, size)
        self.context = Between(hidden, CONTEXT, size)
        self.on_pair = nn.Sequential(nn.LayerNorm(size), nn.GELU(), nn.Dropout(dropout), nn.Linear(size, len(RELATIONS)))
        for table in (self.distance, self.sentence, self.between, self.same):
            nn.init.normal_(table.weight, std=0.1)

    def forward(self, hidden: Tensor, spans: SpanInputs) -> tuple[Tensor, Tensor]:
        """Logits of spans, shape (spans, types + statuses + 1 + kinds), and of pairs, shape (pairs, relations).

        Args:
            hidden: the encoder's last layer, shape (positions, hidden size).
            spans: spans and pairs, positions counted in `hidden`.
        """
        vectors = self.span(torch.cat([hidden[spans.first], hidden[spans.last], self.label(spans.label)], dim=-1))
        for layer in self.layers:
            vectors = layer(vectors, spans.sentence)
        vectors = self.norm(vectors)
        told = (
            self.distance(spans.features[:, 0])
            + self.sentence(spans.features[:, 1])
            + self.between(spans.features[:, 2])
            + self.same(spans.features[:, 3])
        )
        former, latter = torch.minimum(spans.head, spans.other), torch.maximum(spans.head, spans.other)
        told = told + self.context(hidden, spans.last[former] + 1, spans.first[latter] - 1)
        # Projected before they are paired: there are some twenty times as many pairs as spans.
        product = self.left(vectors)[spans.head] * self.right(vectors)[spans.other]
        pair = self.head(vectors)[spans.head] + self.other(vectors)[spans.other] + product + told
        return self.on_span(vectors), self.on_pair(pair)


class PieceGuesser(nn.Module):
    """Guesses hidden pieces, as in masked-language-model training; of use in training alone, so it is not kept with the model.

    The output matrix is the encoder's own table of pieces (as in BERT), so that only a narrow layer is learned anew.
    """

    def __init__(self, hidden: int, pieces: int):
        super().__init__()
        self.view = nn.Sequential(nn.Linear(hidden, hidden), nn.GELU(), nn.LayerNorm(hidden))
        self.bias = nn.Parameter(torch.zeros(pieces))

    def forward(self, vectors: Tensor, table: Tensor) -> Tensor:
        """Logits of shape (pieces hidden, vocabulary) for the encoder's vectors at hidden pieces, (pieces hidden, hidden size)."""
        logits: Tensor = nn.functional.linear(self.view(vectors), table, self.bias.to(vectors.dtype))
        return logits


class EventModel(nn.Module):
    """Token classifier and linker; `tagger` alone is what the hub's `AutoModelForTokenClassification` loads."""

    def __init__(self, tagger: PreTrainedModel, *, linker_size: int, linker_layers: int, dropout: float, loss: LossConfig):
        super().__init__()
        self.tagger = tagger
        self.linker = Linker(tagger.config.hidden_size, linker_size, linker_layers, dropout)
        self.loss = loss
        self.guesser = PieceGuesser(tagger.config.hidden_size, tagger.config.vocab_size) if loss.pieces else None

    @classmethod
    def from_config(cls, config: ModelConfig, loss: LossConfig, annotators: int = 1) -> EventModel:
        """Make a model of a pretrained encoder (a hub name or a folder), or go on from the earlier model that `config.start` names.

        Args:
            annotators: how many groups of annotators, each with habits of its own, the training documents come from.

        Raises:
            ConfigError: where that model has no linker, or one of another shape than `config` says.
        """
        tagger = load_tagger(config, IOB2)
        tell_annotators_apart(tagger, annotators)
        model = cls(tagger, linker_size=config.linker_size, linker_layers=config.linker_layers, dropout=config.linker_dropout, loss=loss)
        if config.start:
            try:
                model.linker.load_state_dict(load_file(Path(config.path) / LINKER_FILE))
            except (OSError, RuntimeError) as error:
                raise ConfigError(
                    f"model.start: got {config.start!r}, expected a model folder with a linker of this shape: {error}"
                ) from error
        return model

    def encode(self, input_ids: Tensor, attention_mask: Tensor, annotators: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Label logits of shape (batch, positions, labels) and the last layer, (batch, positions, hidden size).

        `annotators`, int64 of shape (batch, positions), says in whose manner to read each document; null is 0 throughout.
        """
        told = {} if annotators is None else {"token_type_ids": annotators}  # which not every kind of encoder takes
        out = self.tagger(input_ids=input_ids, attention_mask=attention_mask, output_hidden_states=True, **told)
        return out.logits, out.hidden_states[-1]

    def forward(
        self,
        input_ids: Tensor,
        attention_mask: Tensor,
        labels: Tensor,
        annotators: Tensor,
        spans: dict[str, Tensor],
        span_targets: Tensor,
        pair_targets: Tensor,
        hidden_pieces: Tensor | None = None,
    ) -> dict[str, Tensor]:
        """The training loss and its parts.

        Args:
            input_ids, attention_mask, labels: int64 of shape (batch, positions); label -100 is not counted.
            annotators: int64 of the same shape: who annotated each document.
            spans: gold spans, the fields of `SpanInputs`, positions in the flattened batch.
            span_targets: int64 of shape (spans, 4): type, status, aggregate, kind; -100 is not counted.
            pair_targets: float of shape (pairs, relations); -1 is not counted.
            hidden_pieces: int64 of shape (batch, positions): the pieces that `input_ids` hides; -100 where it hides none.
        """
        several = annotators_of(self.tagger) > 1
        logits, hidden = self.encode(input_ids, attention_mask, annotators if several else None)
        span_logits, pair_logits = self.linker(hidden.flatten(0, 1), SpanInputs(**spans))
        span_logits, pair_logits = span_logits.float(), pair_logits.float()
        parts = {
            "tags": nn.functional.cross_entropy(
                logits.float().flatten(0, 1), labels.flatten(), ignore_index=-100, label_smoothing=self.loss.smoothing
            )
        }
        at = 0
        for name, size, column in (("type", len(EVENT_TYPES), 0), ("status", len(STATUSES), 1)):
            parts[name] = _mean_cross_entropy(span_logits[:, at : at + size], span_targets[:, column])
            at += size
        known = span_targets[:, 2] >= 0
        parts["aggregate"] = _mean_bce(span_logits[known, at], span_targets[known, 2].float())
        parts["kind"] = _mean_cross_entropy(span_logits[:, at + 1 :], span_targets[:, 3])
        counted = pair_targets >= 0
        # Summed over the candidates and divided by the true links: the rare true ones carry the same weight in long and short reports.
        true_links = (pair_targets > 0).sum().clamp(min=1)
        parts["pairs"] = (
            nn.functional.binary_cross_entropy_with_logits(pair_logits[counted], pair_targets[counted], reduction="sum") / true_links
        )
        weights = self.loss
        total = (
            weights.tags * parts["tags"]
            + weights.type * parts["type"]
            + weights.status * parts["status"]
            + weights.aggregate * parts["aggregate"]
            + weights.kind * parts["kind"]
            + weights.pairs * parts["pairs"]
        )
        if self.guesser and hidden_pieces is not None:
            at_hidden = hidden_pieces >= 0
            guessed = self.guesser(hidden[at_hidden], self.tagger.get_input_embeddings().weight)
            parts["pieces"] = _mean_cross_entropy(guessed.float(), hidden_pieces[at_hidden])
            total = total + weights.pieces * parts["pieces"]
        return {"loss": total, **{f"loss_{name}": part.detach() for name, part in parts.items()}}

    def save(self, folder: Path) -> None:
        """Write the token classifier as an ordinary checkpoint, and the linker beside it."""
        self.tagger.save_pretrained(folder)
        save_file({k: v.contiguous() for k, v in self.linker.state_dict().items()}, folder / LINKER_FILE)

    @classmethod
    def load(cls, folder: Path) -> EventModel:
        """Read what `save` wrote."""
        tagger = AutoModelForTokenClassification.from_pretrained(folder, dtype=torch.float32, attn_implementation="eager")
        weights = load_file(folder / LINKER_FILE)
        size, layers = linker_shape(weights)
        model = cls(tagger, linker_size=size, linker_layers=layers, dropout=0.0, loss=LossConfig())
        model.linker.load_state_dict(weights)
        return model


def linker_shape(weights: Mapping[str, Any]) -> tuple[int, int]:
    """The size and the number of layers of the linker whose weights (tensors or arrays, by name) these are."""
    return weights["on_span.weight"].shape[1], len({name.split(".")[1] for name in weights if name.startswith("layers.")})


def write_preparation(
    folder: Path,
    *,
    normalization: str,
    max_positions: int,
    overlap: int,
    encoder: str,
    documents: int = 0,
    statuses: Mapping[str, int] | None = None,
    train: Sequence[str] = (),
    annotators: Sequence[str] = (),
) -> None:
    """Write beside a model's weights how texts are prepared for it, and what it was trained on as far as that is known."""
    preparation = {
        "normalization": normalization,
        "max_positions": max_positions,
        "overlap": overlap,
        "linker": LINKER_FILE,
        "encoder": encoder,
        "documents": documents,
        "statuses": dict(statuses or {}),
        "train": list(train),
        "annotators": list(annotators),
    }
    (folder / PREPARATION_FILE).write_text(json.dumps(preparation, indent=2) + "\n", encoding="utf-8")


def load_tagger(config: ModelConfig, tags: Sequence[str], **more: Any) -> PreTrainedModel:
    """A token classifier of `tags` on a pretrained encoder (a hub name or a folder); `more` is for `from_pretrained`."""
    settings = AutoConfig.from_pretrained(
        config.path,
        num_labels=len(tags),
        id2label=dict(enumerate(tags)),
        label2id={tag: k for k, tag in enumerate(tags)},
        hidden_dropout_prob=config.dropout,
        attention_probs_dropout_prob=config.attention_dropout,
    )
    tagger = AutoModelForTokenClassification.from_pretrained(
        config.path, config=settings, dtype=torch.float32, attn_implementation=config.attention, **more
    )
    if config.layers is not None:
        keep_layers(tagger, config.layers)
    return tagger


def annotators_of(tagger: PreTrainedModel) -> int:
    """How many groups of annotators the encoder tells apart; 1: none."""
    return int(getattr(tagger.config, "annotators", 1))


def tell_annotators_apart(tagger: PreTrainedModel, count: int) -> None:
    """Give the encoder a vector for each of `count` groups of annotators, all alike at first, in its table of token types.

    Annotators differ in habits that the guidelines leave open. A vector for each source did the same for parsers (Stymne et al. 2018,
    "Parser training with heterogeneous treebanks"). A model reads as row 0 does, so what is shipped needs no more for it.

    Raises:
        ConfigError: where the encoder has no such table.
    """
    if count == annotators_of(tagger):
        return
    embeddings = tagger.base_model.embeddings
    if not hasattr(embeddings, "token_type_embeddings"):
        raise ConfigError(
            f"data.annotators: got {count - 1} for {tagger.config.model_type}, expected an encoder with token types (as BERT)"
        )
    rows = embeddings.token_type_embeddings.weight[:1].detach().repeat(count, 1)
    embeddings.token_type_embeddings = nn.Embedding(count, rows.shape[1], _weight=rows)
    tagger.config.type_vocab_size = tagger.config.annotators = count


def keep_layers(tagger: PreTrainedModel, count: int) -> None:
    """Keep `count` of the encoder's layers, evenly spaced from the first."""
    layers = tagger.base_model.encoder.layer
    step = len(layers) / count
    tagger.base_model.encoder.layer = nn.ModuleList(layers[int(k * step)] for k in range(count))
    tagger.config.num_hidden_layers = count


def _mean_cross_entropy(logits: Tensor, target: Tensor) -> Tensor:
    if not (target >= 0).any():
        return logits.sum() * 0.0
    return nn.functional.cross_entropy(logits, target, ignore_index=-100)


def _mean_bce(logits: Tensor, target: Tensor) -> Tensor:
    if target.numel() == 0:
        return logits.sum() * 0.0
    return nn.functional.binary_cross_entropy_with_logits(logits, target)
