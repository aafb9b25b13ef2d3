"""A run: the smoke configuration end to end, what its folder holds, stopping and going on, AraBERT's configuration."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("transformers", reason="the training extra is not installed")
pytest.importorskip("datasets", reason="the training extra is not installed")
pytest.importorskip("seqeval", reason="the training extra is not installed")

import torch
import transformers
import yaml
from commands import ROOT, Finished, run
from safetensors.torch import load_file

import recipe.run
from rasid.errors import ConfigError
from rasid.labels import IOB2
from rasid.records import STATUSES
from recipe.config import TrainConfig, load_config
from recipe.run import train


def load_json(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


# The smoke run


def test_it_ends_within_two_minutes(smoke: Finished) -> None:
    assert smoke.seconds < 120


def test_its_folder_holds_the_resolved_configuration(smoke: Finished) -> None:
    written = TrainConfig.model_validate(yaml.safe_load((smoke.folder / "config.yaml").read_text(encoding="utf-8")))
    assert written == load_config(ROOT / "configs" / "smoke.yaml", [f"run.output={smoke.folder}", "run.threads=1"])


def test_its_metrics_are_those_of_the_dev_documents(smoke: Finished) -> None:
    metrics = load_json(smoke.folder / "metrics.json")
    assert metrics["steps"] == 24  # 48 documents, 8 a batch, 4 epochs
    assert metrics["training_documents"] == 48
    assert metrics["seed"] == 0
    assert {"spans", "facts", "casualties", "records", "seqeval", "score"} <= set(metrics["dev"])
    assert all(0 <= value <= 100 for value in metrics["dev"].values())


def test_its_loss_falls(smoke: Finished) -> None:
    losses = [row["loss"] for row in load_json(smoke.folder / "curves.json") if "loss" in row]
    assert len(losses) >= 3
    assert losses[-1] < 0.8 * losses[0]


def test_its_curves_are_drawn_where_matplotlib_is_installed(smoke: Finished) -> None:
    pytest.importorskip("matplotlib")
    assert (smoke.folder / "curves.png").read_bytes().startswith(b"\x89PNG")


def test_its_card_says_how_it_was_made(smoke: Finished) -> None:
    card = (smoke.folder / "model" / "README.md").read_text(encoding="utf-8")
    front = yaml.safe_load(card.split("---")[1])
    assert front["language"] == "ar"
    assert front["license"] == "mit"
    assert front["pipeline_tag"] == "token-classification"
    for said in ("48 documents of reports.jsonl", "seed 0", "4.0 epochs", "| spans |", "arabert"):
        assert said in card


def test_its_model_is_an_ordinary_token_classifier(smoke: Finished) -> None:
    tagger, said = transformers.AutoModelForTokenClassification.from_pretrained(smoke.folder / "model", output_loading_info=True)
    assert not said["missing_keys"]
    assert tagger.config.id2label == dict(enumerate(IOB2))
    label = transformers.pipeline("token-classification", model=str(smoke.folder / "model"), aggregation_strategy="simple")
    text = "قصفت القوات بلدة كفرعين وقتل 12 مدنيا"
    for found in label(text):
        assert found["entity_group"] in {name[2:] for name in IOB2[1:]}
        assert 0 <= found["start"] < found["end"] <= len(text)
    plain = transformers.pipeline("token-classification", model=str(smoke.folder / "model"), ignore_labels=[])
    assert {found["entity"] for found in plain(text)} <= set(IOB2)


def test_its_model_says_how_texts_are_prepared(smoke: Finished) -> None:
    said = load_json(smoke.folder / "model" / "rasid_preparation.json")
    wanted = {"normalization": "arabert", "max_positions": 512, "overlap": 128, "encoder": "tiny", "documents": 48}
    assert {name: said[name] for name in wanted} == wanted
    assert said["train"] == ["reports.jsonl"]
    assert set(said["statuses"]) <= set(STATUSES)
    assert said["statuses"]["asserted"] > said["statuses"]["denied"] > 0
    assert (smoke.folder / "model" / said["linker"]).is_file()


def test_a_fault_in_the_configuration_is_one_line_and_status_2(tmp_path: Path) -> None:
    process, _ = run("training/train.py", "configs/smoke.yaml", f"run.output={tmp_path / 'x'}", "optim.epoch=1")
    assert process.returncode == 2
    assert process.stderr.strip().splitlines()[-1].startswith("error: configs/smoke.yaml: optim.epoch: unknown key")
    assert "Traceback" not in process.stderr
    assert not (tmp_path / "x").exists()


# Small runs in this process


@pytest.fixture(scope="module")
def few(tmp_path_factory: pytest.TempPathFactory, reports: list[dict[str, Any]]) -> Path:
    """Twelve short reports to train on and two to score."""
    chosen = sorted((r for r in reports if r["events"]), key=lambda r: len(r["text"]))
    split = {name: [r for r in chosen if r["split"] == name] for name in ("train", "test")}
    path = tmp_path_factory.mktemp("few") / "few.jsonl"
    lines = [json.dumps(r, ensure_ascii=False) for r in (*split["train"][:12], *split["test"][:2])]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def small(few: Path, output: Path, tiny_bert: Path, *more: str, config: str = "smoke") -> TrainConfig:
    """Three steps an epoch, two epochs, an evaluation and a checkpoint after each."""
    return load_config(
        ROOT / "configs" / f"{config}.yaml",
        [
            f"model.name={tiny_bert}",
            f"data.train=[{few}]",
            f"data.dev=[{few}]",
            "data.texts=[]",
            "data.limit=null",
            "optim.epochs=2",
            "optim.batch_size=4",
            "run.first_eval=0",
            "run.threads=1",
            "run.bf16=false",
            f"run.output={output}",
            *more,
        ],
    )


class Stopped(Exception):
    """What a killed run raises here."""


def stop_after(monkeypatch: pytest.MonkeyPatch, steps: int | None) -> list[int]:
    """Count the training steps that are taken, and stop the run after so many."""
    taken: list[int] = []

    class Counting(recipe.run.EventTrainer):
        def training_step(self, *args: Any, **kwargs: Any) -> Any:
            if steps is not None and len(taken) == steps:
                raise Stopped
            taken.append(self.state.global_step)
            return super().training_step(*args, **kwargs)

    monkeypatch.setattr(recipe.run, "EventTrainer", Counting)
    return taken


def test_a_stopped_run_goes_on_from_its_last_checkpoint(few: Path, tiny_bert: Path, tmp_path: Path) -> None:
    hiding = ("data.masked=0.2", "loss.pieces=0.1")
    config = small(few, tmp_path / "stopped", tiny_bert, *hiding)
    with pytest.MonkeyPatch.context() as patch:
        stop_after(patch, 4)
        with pytest.raises(Stopped):
            train(config)
    assert [p.name for p in (tmp_path / "stopped" / "checkpoints").iterdir()] == ["checkpoint-3"]
    assert not (tmp_path / "stopped" / "metrics.json").exists()

    with pytest.MonkeyPatch.context() as patch:
        taken = stop_after(patch, None)
        train(config)
    assert taken == [3, 4, 5]  # not from the start
    assert load_json(tmp_path / "stopped" / "metrics.json")["steps"] == 6

    train(small(few, tmp_path / "whole", tiny_bert, *hiding))
    assert load_json(tmp_path / "whole" / "metrics.json")["steps"] == 6
    one, two = (load_file(tmp_path / name / "checkpoints" / "checkpoint-6" / "model.safetensors") for name in ("stopped", "whole"))
    assert one.keys() == two.keys()
    for name in one:
        assert torch.allclose(one[name], two[name], atol=1e-5), name  # stopping changed nothing

    train(small(few, tmp_path / "plain", tiny_bert))
    plain = load_file(tmp_path / "plain" / "checkpoints" / "checkpoint-6" / "model.safetensors")
    assert any(not torch.allclose(plain[name], two[name], atol=1e-5) for name in plain)  # pieces were hidden


def test_a_finished_run_is_not_trained_again(few: Path, tiny_bert: Path, tmp_path: Path) -> None:
    config = small(few, tmp_path / "run", tiny_bert, "optim.epochs=1")
    train(config)
    with pytest.MonkeyPatch.context() as patch:
        taken = stop_after(patch, None)
        train(config)
    assert taken == []


def test_a_run_with_a_tiny_encoder_of_its_own_goes_on_with_that_one(few: Path, tmp_path: Path) -> None:
    config = small(few, tmp_path / "run", Path("tiny"), "optim.epochs=1")
    train(config)
    vocabulary = (tmp_path / "run" / "encoder" / "vocab.txt").read_bytes()
    with pytest.MonkeyPatch.context() as patch:
        taken = stop_after(patch, None)
        patch.setattr(recipe.run, "make_tiny_bert", None)  # the same texts do not always give the same vocabulary
        train(config)
    assert taken == []
    assert (tmp_path / "run" / "encoder" / "vocab.txt").read_bytes() == vocabulary


def test_no_document_to_train_on_is_said(few: Path, tiny_bert: Path, tmp_path: Path) -> None:
    held_out = [{**json.loads(line), "split": "test"} for line in few.read_text(encoding="utf-8").splitlines()]
    path = tmp_path / "held.jsonl"
    path.write_text("".join(json.dumps(d, ensure_ascii=False) + "\n" for d in held_out), encoding="utf-8")
    with pytest.raises(ConfigError, match=r"data\.train: got no document in .*held\.jsonl, expected some whose `split` is train"):
        train(small(few, tmp_path / "run", tiny_bert, f"data.train=[{path}]"))


def test_a_folder_with_another_configurations_run_is_refused(few: Path, tiny_bert: Path, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    recipe.run.claim_folder(folder, small(few, folder, tiny_bert))
    recipe.run.claim_folder(folder, small(few, folder, tiny_bert))
    with pytest.raises(ConfigError, match="holds a run of another configuration"):
        recipe.run.claim_folder(folder, small(few, folder, tiny_bert, "run.seed=1"))


def test_of_several_processes_the_first_clears_the_folder(
    few: Path, tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = small(few, tmp_path / "run", tiny_bert)
    recipe.run.claim_folder(tmp_path / "run", config)
    (tmp_path / "run" / "checkpoints").mkdir()
    monkeypatch.setenv("RANK", "1")
    recipe.run.claim_folder(tmp_path / "run", config, fresh=True)
    assert (tmp_path / "run" / "checkpoints").is_dir()
    monkeypatch.setenv("RANK", "0")
    recipe.run.claim_folder(tmp_path / "run", config, fresh=True)
    assert [path.name for path in (tmp_path / "run").iterdir()] == ["config.yaml"]


def test_an_epoch_has_fewer_steps_on_several_devices(few: Path, tiny_bert: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    config = small(few, tmp_path / "run", tiny_bert)  # batches of 4, an evaluation each epoch
    assert recipe.run.training_arguments(config, 100, bf16=False).eval_steps == 25
    monkeypatch.setattr(recipe.run, "devices", lambda: 4)
    assert recipe.run.training_arguments(config, 100, bf16=False).eval_steps == 7


def test_an_encoder_that_is_not_there_is_named(few: Path, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"model\.name: got 'no/such-model', expected a hub name or a folder"):
        train(small(few, tmp_path / "run", Path("no/such-model")))


def test_pieces_are_hidden_only_where_the_tokenizer_has_a_mask(tiny_bert: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(tiny_bert)
    assert recipe.run.mask_id(tokenizer, 0.1) == tokenizer.mask_token_id
    tokenizer.mask_token = None
    assert recipe.run.mask_id(tokenizer, 0.0) == 0
    with pytest.raises(ConfigError, match=r"data\.masked: got 0\.1, expected 0"):
        recipe.run.mask_id(tokenizer, 0.1)


# AraBERT's configuration


@pytest.fixture(scope="module")
def arabert_folder(tiny_bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny BERT as AraBERT's repository has it: weights of a masked language model in pytorch_model.bin."""
    folder = tmp_path_factory.mktemp("arabert") / "bert-base-arabertv02"
    shutil.copytree(tiny_bert, folder, ignore=shutil.ignore_patterns("model.safetensors"))
    model = transformers.BertForMaskedLM.from_pretrained(tiny_bert)
    torch.save(model.state_dict(), folder / "pytorch_model.bin")
    config = load_json(folder / "config.json")
    (folder / "config.json").write_text(json.dumps({**config, "architectures": ["BertForMaskedLM"]}), encoding="utf-8")
    return folder


def test_arabert_trains_from_a_folder(few: Path, arabert_folder: Path, tmp_path: Path) -> None:
    config = small(few, tmp_path / "run", arabert_folder, "optim.epochs=1", "data.limit=8", config="arabert")
    assert config.model.normalization == "arabert"
    before = torch.load(arabert_folder / "pytorch_model.bin")["bert.embeddings.word_embeddings.weight"]
    train(config)
    metrics = load_json(tmp_path / "run" / "metrics.json")
    assert (metrics["steps"], metrics["training_documents"]) == (4, 14)  # 8, and varied copies of 0.8 of them
    tagger, said = transformers.AutoModelForTokenClassification.from_pretrained(tmp_path / "run" / "model", output_loading_info=True)
    assert not said["missing_keys"]
    after = tagger.get_input_embeddings().weight
    assert torch.allclose(before, after, atol=1e-2)  # it started from the folder's weights
    assert not torch.equal(before, after)
