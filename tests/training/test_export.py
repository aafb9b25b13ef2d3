"""The export: a package that `rasid.load` reads, and that says what the checkpoint says."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", reason="the training extra is not installed")
pytest.importorskip("transformers", reason="the training extra is not installed")
pytest.importorskip("onnxscript", reason="the training extra is not installed")

from commands import Finished, run

import rasid
from rasid.analysis import SpecialPieces
from rasid.backend import LINKER_ONNX, TAGGER_ONNX, OnnxBackend, link_inputs
from rasid.candidates import SpanWords, make_pairs
from rasid.errors import InputError, ModelError
from rasid.package import read_encoder, read_manifest
from rasid.words import split_words
from recipe.config import DataConfig
from recipe.export import SAMPLES, export, sample_windows, write_onnx
from recipe.model import EventModel
from recipe.trainer import TorchBackend


@pytest.fixture(scope="module")
def model(smoke: Finished) -> EventModel:
    return EventModel.load(smoke.folder / "model").eval()


def test_its_folder_holds_what_inference_needs(package: Finished) -> None:
    assert {TAGGER_ONNX, LINKER_ONNX, "tokenizer.json", "rasid.json", "parity.json"} <= {p.name for p in package.folder.iterdir()}
    manifest = read_manifest(package.folder)
    assert (manifest.name, manifest.version, manifest.normalization) == ("smoke", "0", "arabert")
    assert (manifest.max_positions, manifest.overlap) == (512, 128)
    assert (manifest.cls, manifest.sep, manifest.pad) == (2, 3, 0)


def test_its_parity_is_written_and_printed(package: Finished) -> None:
    parity = json.loads((package.folder / "parity.json").read_text(encoding="utf-8"))
    assert parity["documents"] == 36  # the test split
    assert {"spans", "facts", "casualties", "records"} <= set(parity["checkpoint"]) & set(parity["package"]) & set(parity["lost"])
    assert parity["label_agreement"] > 99
    assert parity["rasid"] == rasid.__version__
    printed = package.process.stdout
    assert json.loads(printed[printed.index("{\n") :]) == parity


def test_rasid_loads_it_and_extracts(package: Finished, reports: list[dict[str, Any]]) -> None:
    extractor = rasid.load(package.folder, threads=1)
    text = reports[0]["text"]
    record = extractor.extract(text, "2020-01-02")
    assert record.schema == "rasid/1"
    assert (record.model.name, record.model.version) == ("smoke", "0")
    assert all(text[s.start : s.end] == s.text for s in record.spans)
    assert json.loads(json.dumps(record.to_dict(), ensure_ascii=False))["doc_id"] == record.doc_id
    many = list(extractor.extract_many([r["text"] for r in reports[:3]]))
    assert many[0].spans == record.spans


def encoded(package: Finished, reports: list[dict[str, Any]], *, gold: int) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray], int]:
    """A batch of two reports of different lengths, and the linker's inputs for the gold spans of one."""
    manifest = read_manifest(package.folder)
    encoder = read_encoder(package.folder, manifest)
    pieces = [encoder.encode(r["text"], split_words(r["text"])) for r in reports[:2]]
    width = max(len(e.ids) for e in pieces) + 2
    ids = np.full((2, width), manifest.pad, dtype=np.int64)
    mask = np.zeros((2, width), dtype=np.int64)
    for row, e in enumerate(pieces):
        ids[row, : len(e.ids) + 2] = [manifest.cls, *e.ids, manifest.sep]
        mask[row, : len(e.ids) + 2] = 1
    words = split_words(reports[gold]["text"])
    ordered = sorted(reports[gold]["spans"], key=lambda s: s["start"])
    spans = [SpanWords(s["label"], *words.range(s["start"], s["end"])) for s in ordered]
    inputs = link_inputs(spans, make_pairs(reports[gold]["text"], words, spans), pieces[gold], words)
    return ids, mask, inputs, len(pieces[gold].ids)


@pytest.mark.parametrize("gold", [0, 1])
def test_torch_and_onnx_agree(package: Finished, model: EventModel, reports: list[dict[str, Any]], gold: int) -> None:
    ids, mask, inputs, count = encoded(package, reports, gold=gold)
    backends = TorchBackend(model, bf16=False), OnnxBackend(package.folder, threads=1)
    (logits, hidden), (logits2, hidden2) = (backend.encode(ids, mask) for backend in backends)
    kept = mask.astype(bool)
    assert np.abs(logits[kept] - logits2[kept]).max() < 1e-3
    assert np.abs(hidden[kept] - hidden2[kept]).max() < 1e-3
    vectors = hidden[gold, 1 : count + 1]
    (spans, pairs), (spans2, pairs2) = (backend.link(vectors, inputs) for backend in backends)
    assert len(pairs) > 50
    assert np.abs(spans - spans2).max() < 1e-3
    assert np.abs(pairs - pairs2).max() < 1e-3


@pytest.mark.parametrize(("layout", "pairs"), [("one span", 0), ("two spans", 1)])
def test_the_linker_takes_few_spans_and_no_pairs(package: Finished, model: EventModel, layout: str, pairs: int) -> None:
    text = "قصف حلب"
    words = split_words(text)
    encoder = read_encoder(package.folder, read_manifest(package.folder))
    spans = [SpanWords("TRIGGER", 0, 0), SpanWords("LOCATION", 1, 1)][: 1 + pairs]
    encoding = encoder.encode(text, words)
    inputs = link_inputs(spans, make_pairs(text, words, spans), encoding, words)
    hidden = np.random.default_rng(0).normal(size=(len(encoding.ids), 64)).astype(np.float32)
    for one, two in zip(
        TorchBackend(model, bf16=False).link(hidden, inputs), OnnxBackend(package.folder).link(hidden, inputs), strict=True
    ):
        assert one.shape == two.shape
        assert np.allclose(one, two, atol=1e-3)


def test_int8_is_smaller_and_nearly_agrees(package: Finished, model: EventModel, reports: list[dict[str, Any]], tmp_path: Path) -> None:
    folder = tmp_path / "int8"
    shutil.copytree(package.folder, folder)
    manifest = read_manifest(folder)
    samples = sample_windows(read_encoder(folder, manifest), SpecialPieces(manifest.cls, manifest.sep, manifest.pad))
    write_onnx(model, folder, samples=samples)
    assert (folder / TAGGER_ONNX).stat().st_size < 0.6 * (package.folder / TAGGER_ONNX).stat().st_size
    ids, mask, _, _ = encoded(package, reports, gold=0)
    full, small = (OnnxBackend(f, threads=1).encode(ids, mask)[0][mask.astype(bool)] for f in (package.folder, folder))
    assert (full.argmax(axis=-1) == small.argmax(axis=-1)).mean() > 0.95
    assert np.corrcoef(full.ravel(), small.ravel())[0, 1] > 0.95
    assert rasid.load(folder, threads=1).extract(reports[0]["text"]).spans is not None


def test_int8_is_fitted_to_whole_windows_of_the_projects_training_reports(package: Finished) -> None:
    manifest = read_manifest(package.folder)
    samples = sample_windows(read_encoder(package.folder, manifest), SpecialPieces(manifest.cls, manifest.sep, manifest.pad))
    assert SAMPLES <= len(samples) < 3 * SAMPLES
    assert all((s[0], s[-1]) == (manifest.cls, manifest.sep) and len(s) <= manifest.max_positions for s in samples)


def test_a_folder_that_is_no_run_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"expected the `model` folder of a run of training/train\.py"):
        export(tmp_path, tmp_path / "out", name="x", version="1", dev_files=[])
    assert not (tmp_path / "out").exists()
    process, _ = run("training/export.py", tmp_path, "-o", tmp_path / "out")
    assert process.returncode == 2
    assert process.stderr.strip().splitlines()[-1].startswith("error: ")


@pytest.mark.parametrize("name", [TAGGER_ONNX, LINKER_ONNX])
def test_a_package_with_a_missing_or_broken_part_is_named(package: Finished, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "model"
    shutil.copytree(package.folder, folder)
    (folder / name).write_bytes(b"no model")
    with pytest.raises(ModelError, match=f"{name}: not a model"):
        rasid.load(folder)
    (folder / name).unlink()
    with pytest.raises(ModelError, match=f"got no {name}"):
        rasid.load(folder)


def test_the_card_names_the_data_it_is_told_of(smoke: Finished, reports: list[dict[str, Any]], tmp_path: Path) -> None:
    file = tmp_path / "three.jsonl"
    told = [{**report, "split": "train"} for report in [*reports[:3], reports[0]]]  # one of them twice
    file.write_text("".join(json.dumps(report, ensure_ascii=False) + "\n" for report in told), encoding="utf-8")
    data = DataConfig(train=[str(file)], dev=[])
    calibrated = tmp_path / "two.jsonl"
    calibrated.write_text("".join(json.dumps({**r, "split": "test"}, ensure_ascii=False) + "\n" for r in reports[:2]), encoding="utf-8")
    export(
        smoke.folder / "model",
        tmp_path / "out",
        name="x",
        version="1",
        dev_files=["training/corpus/reports.jsonl"],
        calibration_files=[str(calibrated)],
        int8=False,
        trained_on=data,
    )
    card = (tmp_path / "out" / "README.md").read_text(encoding="utf-8")
    assert "confidence was fitted on\ntwo.jsonl (2 reports)" in card
    assert "3 annotated reports (three.jsonl)" in card
    assert f"of {sum(len(report['events']) for report in reports[:3])})" in card


def test_an_export_that_fails_leaves_the_package_as_it_was(smoke: Finished, package: Finished, tmp_path: Path) -> None:
    output = tmp_path / "model"
    shutil.copytree(package.folder, output)
    before = {path.name: path.read_bytes() for path in output.iterdir()}
    with pytest.raises(InputError, match="nowhere"):
        export(
            smoke.folder / "model",
            output,
            name="x",
            version="1",
            dev_files=["training/corpus/reports.jsonl"],
            calibration_files=["nowhere.jsonl"],
            int8=False,
        )
    assert {path.name: path.read_bytes() for path in output.iterdir()} == before
    assert list(tmp_path.iterdir()) == [output]
