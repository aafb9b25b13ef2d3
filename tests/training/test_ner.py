"""Named entities: files read with their faults, windows cut between words, strict scores, one tiny run that is not done twice."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("transformers", reason="the training extra is not installed")
pytest.importorskip("datasets", reason="the training extra is not installed")
pytest.importorskip("seqeval", reason="the training extra is not installed")

import ner
from rasid.errors import ConfigError, InputError
from recipe.config import ROOT, ModelConfig, OptimConfig
from recipe.model import load_tagger
from recipe.ner import NerSettings, Sentence, cut_windows, entity_scores, read_sentences, run_seed, summary, tag_set
from recipe.run import load_tokenizer

LINES = "زار O\nمحمد B-PERS\nعلي I-PERS\nحلب B-LOC\n. O\n\nقال O\nالجيش B-ORG\n"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    path = tmp_path / "ner.txt"
    path.write_text(LINES, encoding="utf-8")
    return path


def test_sentences_are_read(data: Path) -> None:
    first, second = read_sentences(data)
    assert first.tags == ("O", "B-PERS", "I-PERS", "B-LOC", "O")
    assert second.words == ("قال", "الجيش")


@pytest.mark.parametrize(
    ("line", "told"), [("كلمة", "expected a word, one space"), ("كلمة X-LOC", "got the tag 'X-LOC'"), ("كلمة B-", "got the tag 'B-'")]
)
def test_a_line_of_another_form_is_named(data: Path, line: str, told: str) -> None:
    data.write_text(LINES + line + "\n", encoding="utf-8")
    with pytest.raises(InputError, match=told) as fault:
        read_sentences(data)
    assert "ner.txt:9" in str(fault.value)


def test_types_that_only_the_test_file_has() -> None:
    train, test = Sentence(("حلب",), ("B-LOC",)), Sentence(("علي",), ("B-PERS",))
    assert tag_set([train], [train]) == ("O", "B-LOC", "I-LOC")
    with pytest.raises(InputError, match="PERS"):
        tag_set([train], [test])


def test_windows_hold_every_word_once(tiny_bert: Path, data: Path) -> None:
    sentences = [*read_sentences(data), Sentence(("ًٌ", "حلب"), ("O", "B-LOC"))]  # vowel marks alone have no piece
    tokenizer = load_tokenizer(ModelConfig(name=str(tiny_bert)))
    windows = cut_windows(sentences, tokenizer, normalization="arabert", size=6)
    assert all(len(window.ids) <= 6 for window in windows)
    for number in (0, 1):
        assert [w for window in windows if window.sentence == number for w in window.word] == list(range(len(sentences[number].words)))
    assert 1 in next(window for window in windows if window.sentence == 2).word


def test_scores_are_strict() -> None:
    gold = [Sentence(("a", "b", "c"), ("B-PERS", "I-PERS", "O"))]
    assert entity_scores(gold, [["B-PERS", "I-PERS", "O"]])["f1"] == 100
    assert entity_scores(gold, [["I-PERS", "I-PERS", "O"]])["f1"] == 0
    assert entity_scores(gold, [["B-PERS", "O", "O"]])["f1"] == 0


def test_a_seed_is_run_once(tiny_bert: Path, data: Path, tmp_path: Path) -> None:
    model = ModelConfig(name=str(tiny_bert), normalization="arabert")
    settings = NerSettings(model, OptimConfig(epochs=1, batch_size=2), data, data, bf16=False, threads=1)
    out = tmp_path / "seed-0"
    metrics = run_seed(settings, 0, out)
    assert (metrics["steps"], metrics["words"]) == (1, {"train": 7, "test": 7})
    assert not (out / "checkpoints").exists()
    assert run_seed(settings, 0, out) == metrics
    assert summary(settings, [metrics, metrics])["mean"]["f1"]["spread"] == 0
    with pytest.raises(ConfigError, match="other settings"):
        run_seed(NerSettings(model, OptimConfig(epochs=2), data, data, bf16=False), 0, out)
    with pytest.raises(ConfigError, match="done, but not its encoder"):
        run_seed(settings, 0, out, keep_encoder=True)


def test_the_tuned_encoder_is_kept_for_training(tiny_bert: Path, data: Path, tmp_path: Path) -> None:
    settings = NerSettings(ModelConfig(name=str(tiny_bert)), OptimConfig(epochs=3), data, data, bf16=False, threads=1)
    run_seed(settings, 0, tmp_path, keep_encoder=True)
    kept = ModelConfig(name=str(tmp_path / "model"))
    before, after = (load_tagger(model, ("O", "B-PERS")).base_model.embeddings.word_embeddings.weight for model in (settings.model, kept))
    assert after.shape == before.shape
    assert not after.equal(before)
    assert load_tokenizer(kept).is_fast


def test_a_model_that_is_named_goes_before_the_configurations_start(tiny_bert: Path) -> None:
    """`configs/finish.yaml` goes on from a run; who names another encoder means that one."""
    said = ["--config", str(ROOT / "configs" / "finish.yaml"), "--model", str(tiny_bert)]
    assert ner.read_settings(ner.parser().parse_args(said)).model.path == str(tiny_bert.resolve())
