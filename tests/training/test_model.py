"""The model: it learns, it is saved and read back the same, and its tagger is an ordinary checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("transformers", reason="the training extra is not installed")

import torch
import transformers

from builders import SENTENCES
from rasid.candidates import RELATIONS
from rasid.errors import ConfigError
from rasid.labels import IOB2
from rasid.linking import KINDS
from rasid.records import EVENT_TYPES, STATUSES
from recipe.config import LossConfig, ModelConfig, OptimConfig
from recipe.data import IGNORED, Collator, make_example
from recipe.model import Between, EventModel, SpanInputs, keep_layers, tell_annotators_apart
from recipe.run import load_tokenizer, piece_encoder, piece_ids
from recipe.trainer import TorchBackend, parameter_groups


@pytest.fixture(scope="module")
def settings(tiny_bert: Path) -> ModelConfig:
    return ModelConfig(name=str(tiny_bert), normalization="arabert", dropout=0.0, linker_size=16, linker_dropout=0.0)


@pytest.fixture(scope="module")
def batch(settings: ModelConfig, reports: list[dict[str, Any]]) -> dict[str, Any]:
    tokenizer = load_tokenizer(settings)
    encoder = piece_encoder(tokenizer, settings)
    return Collator(*piece_ids(tokenizer))([make_example(d, encoder) for d in reports[:3]])


def make(settings: ModelConfig, **loss: float) -> EventModel:
    torch.manual_seed(0)
    return EventModel.from_config(settings, LossConfig(**loss))


def test_its_outputs_have_the_shapes_that_the_pipeline_reads(settings: ModelConfig, batch: dict[str, Any]) -> None:
    model = make(settings).eval()
    logits, hidden = model.encode(batch["input_ids"], batch["attention_mask"])
    assert logits.shape == (*batch["input_ids"].shape, len(IOB2))
    assert hidden.shape == (*batch["input_ids"].shape, 32)
    spans, pairs = model.linker(hidden.flatten(0, 1), SpanInputs(**batch["spans"]))
    assert spans.shape == (len(batch["span_targets"]), len(EVENT_TYPES) + len(STATUSES) + 1 + len(KINDS))
    assert pairs.shape == (len(batch["pair_targets"]), len(RELATIONS))
    assert model.tagger.config.id2label == dict(enumerate(IOB2))


def test_the_loss_falls(settings: ModelConfig, batch: dict[str, Any]) -> None:
    model = make(settings).train()
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(25):
        out = model(**batch)
        out["loss"].backward()
        optimizer.step()
        optimizer.zero_grad()
        losses.append(out)
    first, last = losses[0], losses[-1]
    assert last["loss"].item() < 0.6 * first["loss"].item()
    for part in ("loss_tags", "loss_type", "loss_status", "loss_kind", "loss_pairs"):
        assert last[part].item() < first[part].item(), part


def test_every_weight_has_a_gradient(settings: ModelConfig, batch: dict[str, Any]) -> None:
    model = make(settings).train()
    model(**batch)["loss"].backward()
    assert [name for name, p in model.named_parameters() if p.requires_grad and p.grad is None] == []


def test_the_loss_is_the_weighted_sum_of_its_parts(settings: ModelConfig, batch: dict[str, Any]) -> None:
    weights = {"tags": 1.0, "type": 0.25, "status": 0.5, "aggregate": 0.75, "kind": 2.0, "pairs": 0.1}
    out = make(settings, **weights).eval()(**batch)
    assert out["loss"].item() == pytest.approx(sum(w * out[f"loss_{name}"].item() for name, w in weights.items()), rel=1e-4)


def test_a_batch_without_spans_has_a_loss(settings: ModelConfig) -> None:
    tokenizer = load_tokenizer(settings)
    row = make_example({"id": "x", "text": SENTENCES[0], "spans": [], "events": []}, piece_encoder(tokenizer, settings))
    out = make(settings)(**Collator(*piece_ids(tokenizer))([row]))
    assert torch.isfinite(out["loss"])
    out["loss"].backward()


def test_hidden_pieces_are_guessed_where_they_have_a_weight(settings: ModelConfig, batch: dict[str, Any], tmp_path: Path) -> None:
    model = make(settings, pieces=0.5).train()
    hidden = batch["input_ids"].masked_fill(torch.arange(batch["input_ids"].shape[1]) != 3, IGNORED)
    optimizer = torch.optim.AdamW(model.parameters(), lr=3e-3)
    losses = []
    for _ in range(40):
        out = model(**batch, hidden_pieces=hidden)
        out["loss"].backward()
        assert [name for name, p in model.named_parameters() if p.grad is None] == []
        optimizer.step()
        optimizer.zero_grad()
        losses.append(out["loss_pieces"].item())
    assert losses[-1] < 0.5 * losses[0]

    model.save(tmp_path)
    kept = [name for name, _ in EventModel.load(tmp_path).named_parameters()]
    assert not any(name.startswith("guesser") for name in kept)  # of use in training alone


def test_nothing_is_guessed_where_nothing_is_hidden_or_it_has_no_weight(settings: ModelConfig, batch: dict[str, Any]) -> None:
    none = torch.full_like(batch["input_ids"], IGNORED)
    assert make(settings, pieces=0.5)(**batch, hidden_pieces=none)["loss_pieces"].item() == 0
    assert "loss_pieces" not in make(settings)(**batch, hidden_pieces=batch["input_ids"])


def test_padding_does_not_change_what_is_read(settings: ModelConfig, batch: dict[str, Any]) -> None:
    model = make(settings).eval()
    ids, mask = batch["input_ids"][:1], batch["attention_mask"][:1]
    size = int(mask.sum())
    alone, _ = model.encode(ids[:, :size], mask[:, :size])
    padded, _ = model.encode(torch.nn.functional.pad(ids, (0, 64)), torch.nn.functional.pad(mask, (0, 64)))
    assert torch.allclose(alone[0], padded[0, :size], atol=1e-4)


def test_documents_of_a_batch_do_not_see_each_other(settings: ModelConfig, reports: list[dict[str, Any]]) -> None:
    """The linker reads a document in a batch as it reads it alone."""
    tokenizer = load_tokenizer(settings)
    encoder, collate = piece_encoder(tokenizer, settings), Collator(*piece_ids(tokenizer))
    rows = [make_example(d, encoder) for d in reports[:3]]
    model = make(settings).eval()

    def read(chosen: list[dict[str, Any]]) -> tuple[Any, Any]:
        made = collate(chosen)
        _, hidden = model.encode(made["input_ids"], made["attention_mask"])
        return model.linker(hidden.flatten(0, 1), SpanInputs(**made["spans"]))

    with torch.inference_mode():
        together = read(rows)
        alone = [torch.cat(parts) for parts in zip(*(read([row]) for row in rows), strict=True)]
    for one, two in zip(together, alone, strict=True):
        assert torch.allclose(one, two, atol=1e-4)


def test_saved_and_loaded_it_gives_equal_outputs(settings: ModelConfig, batch: dict[str, Any], tmp_path: Path) -> None:
    model = make(settings).eval()
    model.save(tmp_path)
    again = EventModel.load(tmp_path).eval()
    with torch.inference_mode():
        for one, two in zip(
            model.encode(batch["input_ids"], batch["attention_mask"]),
            again.encode(batch["input_ids"], batch["attention_mask"]),
            strict=True,
        ):
            kept = batch["attention_mask"].bool()
            assert torch.allclose(one[kept], two[kept], atol=1e-5)
        hidden = torch.randn(batch["input_ids"].numel(), 32)
        spans = SpanInputs(**batch["spans"])
        for one, two in zip(model.linker(hidden, spans), again.linker(hidden, spans), strict=True):
            assert torch.equal(one, two)


def test_a_run_goes_on_from_an_earlier_ones_model(settings: ModelConfig, batch: dict[str, Any], tmp_path: Path) -> None:
    before = make(settings)
    with torch.no_grad():
        for parameter in before.parameters():
            parameter.add_(0.01 * torch.randn_like(parameter))
    before.save(tmp_path)
    torch.manual_seed(1)
    after = EventModel.from_config(settings.model_copy(update={"start": str(tmp_path)}), LossConfig())
    weights = dict(after.named_parameters())
    assert all(torch.equal(weights[name], value) for name, value in before.named_parameters())


def test_a_model_with_another_linker_is_no_start(settings: ModelConfig, tmp_path: Path) -> None:
    make(settings).save(tmp_path)
    with pytest.raises(ConfigError, match=r"model\.start: got .*, expected a model folder with a linker of this shape"):
        EventModel.from_config(settings.model_copy(update={"start": str(tmp_path), "linker_size": 32}), LossConfig())


def test_annotators_are_alike_at_first_and_told_apart_as_training_goes(settings: ModelConfig, batch: dict[str, Any]) -> None:
    torch.manual_seed(0)
    model = EventModel.from_config(settings, LossConfig(), annotators=3)
    told = {**batch, "annotators": torch.full_like(batch["input_ids"], 2)}

    def read(annotator: int) -> torch.Tensor:
        with torch.inference_mode():
            return model.eval().encode(batch["input_ids"], batch["attention_mask"], torch.full_like(batch["input_ids"], annotator))[0]

    assert torch.equal(read(0), read(2))
    before = read(1)
    optimizer = torch.optim.AdamW(model.tagger.base_model.embeddings.token_type_embeddings.parameters(), lr=0.1, weight_decay=0.0)
    model.train()(**told)["loss"].backward()
    optimizer.step()
    assert not torch.equal(read(2), read(0))
    assert torch.equal(read(1), before)


def test_what_is_not_told_is_read_as_by_the_first_annotators(settings: ModelConfig, batch: dict[str, Any]) -> None:
    model = EventModel.from_config(settings, LossConfig(), annotators=2).eval()
    with torch.no_grad():
        row = model.tagger.base_model.embeddings.token_type_embeddings.weight[1]
        row.add_(torch.randn_like(row))
    told = torch.zeros_like(batch["input_ids"])
    plain, first, second = (model.encode(batch["input_ids"], batch["attention_mask"], who)[0] for who in (None, told, told + 1))
    assert torch.equal(plain, first)
    assert not torch.allclose(plain, second, atol=1e-4)


def test_a_run_that_goes_on_keeps_what_tells_annotators_apart(settings: ModelConfig, tmp_path: Path) -> None:
    before = EventModel.from_config(settings, LossConfig(), annotators=3)
    rows = before.tagger.base_model.embeddings.token_type_embeddings.weight
    with torch.no_grad():
        rows.copy_(torch.randn_like(rows))
    before.save(tmp_path)
    after = EventModel.from_config(settings.model_copy(update={"start": str(tmp_path)}), LossConfig(), annotators=3)
    assert torch.equal(after.tagger.base_model.embeddings.token_type_embeddings.weight, rows)


def without_token_types() -> transformers.PreTrainedModel:
    config = transformers.DistilBertConfig(vocab_size=5000, dim=8, n_heads=1, n_layers=1, hidden_dim=8, num_labels=len(IOB2))
    return transformers.DistilBertForTokenClassification(config)


def test_an_encoder_without_token_types_is_trained_where_all_have_one_manner(batch: dict[str, Any]) -> None:
    model = EventModel(without_token_types(), linker_size=16, linker_layers=1, dropout=0.0, loss=LossConfig())
    assert torch.isfinite(model(**batch)["loss"])


def test_an_encoder_without_token_types_cannot_tell_annotators_apart() -> None:
    with pytest.raises(ConfigError, match=r"data\.annotators: got 2 for distilbert, expected an encoder with token types"):
        tell_annotators_apart(without_token_types(), 3)


def test_the_hub_loads_its_tagger_with_no_weight_missing(settings: ModelConfig, tmp_path: Path) -> None:
    make(settings).save(tmp_path)
    tagger, said = transformers.AutoModelForTokenClassification.from_pretrained(tmp_path, output_loading_info=True)
    assert not said["missing_keys"]
    assert not said["unexpected_keys"]
    assert tagger.config.label2id["B-TRIGGER"] == IOB2.index("B-TRIGGER")


def test_layers_are_kept_evenly_from_the_first(settings: ModelConfig, tmp_path: Path) -> None:
    shape = transformers.BertConfig(vocab_size=50, hidden_size=8, num_hidden_layers=6, num_attention_heads=1, intermediate_size=8)
    tagger = transformers.BertForTokenClassification(shape)
    before = [layer.output.dense.weight for layer in tagger.bert.encoder.layer]
    keep_layers(tagger, 3)
    assert [id(layer.output.dense.weight) for layer in tagger.bert.encoder.layer] == [id(before[k]) for k in (0, 2, 4)]
    tagger.save_pretrained(tmp_path)
    assert transformers.AutoModelForTokenClassification.from_pretrained(tmp_path).config.num_hidden_layers == 3
    assert len(make(settings.model_copy(update={"layers": 1})).tagger.base_model.encoder.layer) == 1


def test_rates_fall_with_depth_and_heads_have_their_own(settings: ModelConfig) -> None:
    model = make(settings)
    groups = parameter_groups(model, OptimConfig(learning_rate=1e-4, head_learning_rate=1e-2, layer_decay=0.5, weight_decay=0.1))
    rate = {id(p): g["lr"] for g in groups for p in g["params"]}
    decay = {id(p): g["weight_decay"] for g in groups for p in g["params"]}
    names = dict(model.named_parameters())
    assert len(rate) == len(names)
    assert rate[id(names["tagger.bert.encoder.layer.1.output.dense.weight"])] == pytest.approx(1e-4)
    assert rate[id(names["tagger.bert.encoder.layer.0.output.dense.weight"])] == pytest.approx(0.5e-4)
    assert rate[id(names["tagger.bert.embeddings.word_embeddings.weight"])] == pytest.approx(0.25e-4)
    assert rate[id(names["tagger.classifier.weight"])] == rate[id(names["linker.head.weight"])] == pytest.approx(1e-2)
    assert decay[id(names["tagger.classifier.weight"])] == 0.1
    assert decay[id(names["tagger.classifier.bias"])] == decay[id(names["tagger.bert.embeddings.LayerNorm.weight"])] == 0


def test_the_torch_backend_gives_arrays(settings: ModelConfig, batch: dict[str, Any]) -> None:
    backend = TorchBackend(make(settings).eval(), bf16=False)
    logits, hidden = backend.encode(batch["input_ids"].numpy(), batch["attention_mask"].numpy())
    inputs = {name: value.numpy() for name, value in batch["spans"].items()}
    spans, pairs = backend.link(hidden.reshape(-1, hidden.shape[-1]), inputs)
    assert logits.dtype == hidden.dtype == spans.dtype == pairs.dtype == "float32"
    assert len(spans) == len(batch["span_targets"])
    assert len(pairs) == len(batch["pair_targets"])


# What stands between two spans


def test_the_pieces_between_are_summed_up_by_their_maximum_whatever_their_number() -> None:
    torch.manual_seed(0)
    between = Between(8, 4, 3)
    torch.nn.init.normal_(between.instead)
    hidden = torch.randn(90, 8)
    runs = [(s, e) for s in range(0, 90, 7) for e in range(s - 1, 90, 3)]
    got = between(hidden, torch.tensor([s for s, _ in runs]), torch.tensor([e for _, e in runs]))
    narrow = between.narrow(hidden)
    for (start, end), vector in zip(runs, got, strict=True):
        if end < start:
            expected = between.instead[0]
        elif end - start + 1 > Between.REACH:
            expected = between.instead[1]
        else:
            expected = narrow[start : end + 1].max(dim=0).values
        assert torch.allclose(vector, between.out(expected), atol=1e-5)
