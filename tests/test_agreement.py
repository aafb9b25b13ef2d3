"""Agreement of two annotators, by label and by field."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rasid.agreement import Choices, compare
from rasid.cli import app

CORPUS = Path(__file__).resolve().parents[1] / "training" / "corpus" / "reports.jsonl"


@pytest.fixture(scope="module")
def documents() -> list[dict[str, Any]]:
    return [json.loads(line) for line in CORPUS.read_text(encoding="utf-8").split("\n")[:20] if line]


def test_the_same_annotations_agree_fully(documents: list[dict[str, Any]]) -> None:
    found = compare((d, d) for d in documents).to_dict()
    assert {row["f1"] for row in found["labels"].values()} == {100.0}
    assert {row["word_kappa"] for row in found["labels"].values()} == {1.0}
    assert found["events"]["f1"] == 100.0
    assert {row.get("f1", row.get("agree")) for row in found["fields"].values()} == {100.0}


def test_a_difference_shows_in_its_label_or_field_alone(documents: list[dict[str, Any]]) -> None:
    changed = copy.deepcopy(documents)
    for document in changed:
        document["spans"] = [s for s in document["spans"] if s["label"] != "DATE"]
        for event in document["events"]:
            event["date"] = None
            event["status"] = "alleged" if event["status"] == "asserted" else "asserted"
    found = compare(zip(documents, changed, strict=True)).to_dict()
    assert (found["labels"]["DATE"]["f1"], found["labels"]["DATE"]["word_kappa"]) == (0.0, 0.0)
    assert found["labels"]["ACTOR"]["f1"] == 100.0
    assert found["fields"]["status"]["agree"] == 0.0
    assert found["fields"]["status"]["kappa"] <= 0
    assert (found["fields"]["type"]["agree"], found["fields"]["date"]["f1"], found["fields"]["locations"]["f1"]) == (100.0, 0.0, 100.0)


def test_kappa_is_cohens() -> None:
    choices = Choices()
    for pair, count in ((("yes", "yes"), 20), (("yes", "no"), 5), (("no", "yes"), 10), (("no", "no"), 15)):
        for _ in range(count):
            choices.add(*pair)
    assert choices.share == pytest.approx(0.7)
    assert choices.kappa == pytest.approx(0.4)  # observed 0.7, by chance 0.5
    assert Choices().kappa is None


def write(path: Path, documents: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(d) + "\n" for d in documents), encoding="utf-8")
    return path


def test_the_command(documents: list[dict[str, Any]], tmp_path: Path) -> None:
    a = write(tmp_path / "a.jsonl", documents)
    b = write(tmp_path / "b.jsonl", [{**documents[0], "text": documents[0]["text"] + " "}, *documents[1:-1]])
    result = CliRunner().invoke(app, ["agreement", str(a), str(b), "--json"])
    assert result.exit_code == 1
    assert json.loads(result.stdout)["documents"] == len(documents) - 2
    assert "got another text of" in result.stderr
    assert "1 documents are not in the other file" in result.stderr
    table = CliRunner().invoke(app, ["agreement", str(a), str(a)])
    assert table.exit_code == 0
    assert "LOCATION" in table.stdout
    assert "casualties (kind and bounds)" in table.stdout
