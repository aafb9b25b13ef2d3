"""Pushing a model: a small hub on loopback takes it, and what it took loads as a token classifier."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("huggingface_hub", reason="the training extra is not installed")

from commands import NO_EXTRA, ROOT


@dataclass
class Hub:
    """What the fake hub was sent."""

    address: str
    repositories: list[dict[str, Any]] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    summary: str = ""
    tokens: set[str | None] = field(default_factory=set)


@pytest.fixture
def hub() -> Iterator[Hub]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            found.tokens.add(self.headers.get("Authorization"))
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == "/api/repos/create":
                found.repositories.append(json.loads(body))
                self.answer({"url": f"{found.address}/me/model", "name": "me/model", "id": "me/model"})
            elif "/preupload/" in self.path:
                files = [
                    {"path": f["path"], "uploadMode": "regular", "shouldIgnore": False, "oid": None} for f in json.loads(body)["files"]
                ]
                self.answer({"files": files})
            elif "/commit/" in self.path:
                for line in body.splitlines():
                    item = json.loads(line)
                    if item["key"] == "header":
                        found.summary = item["value"]["summary"]
                    elif item["key"] == "file":
                        found.files[item["value"]["path"]] = base64.b64decode(item["value"]["content"])
                self.answer({"commitUrl": f"{found.address}/me/model/commit/0a", "commitOid": "0a", "success": True})
            else:
                self.answer({"errors": [], "warnings": []})

        def do_GET(self) -> None:
            self.answer({"id": "me/model", "sha": "00", "siblings": [], "tags": []} if self.path.startswith("/api/models/") else {})

        def answer(self, value: dict[str, Any]) -> None:
            content = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found = Hub(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield found
    server.shutdown()
    server.server_close()


def push(*arguments: object, token: str = "hf_of_a_test") -> subprocess.CompletedProcess[str]:
    # The rest of these tests run offline; this one talks to loopback, and to nothing else.
    environment = {**os.environ, "HF_HUB_OFFLINE": "0", "HF_TOKEN": token, "HF_HUB_DISABLE_XET": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
    command = [sys.executable, "training/push.py", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=300, env=environment)


def make_run(folder: Path) -> Path:
    """A run's folder with files of the right names."""
    (folder / "model" / "checkpoint-5").mkdir(parents=True)
    for name in ("config.json", "tokenizer.json", "rasid_preparation.json"):
        (folder / "model" / name).write_text("{}")
    (folder / "model" / "README.md").write_text("# a card\n")
    (folder / "model" / "model.safetensors").write_bytes(b"weights")
    (folder / "model" / "checkpoint-5" / "optimizer.pt").write_bytes(b"state")
    return folder


def test_one_command_pushes_the_model_of_a_run(hub: Hub, tmp_path: Path) -> None:
    done = push(make_run(tmp_path / "run"), "me/model", "--endpoint", hub.address, "--private", "--message", "first")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == f"{hub.address}/me/model"
    assert set(hub.files) == {"config.json", "tokenizer.json", "rasid_preparation.json", "README.md", "model.safetensors"}
    assert hub.files["model.safetensors"] == b"weights"
    assert (hub.summary, hub.tokens) == ("first", {"Bearer hf_of_a_test"})
    assert (hub.repositories[0]["name"], hub.repositories[0]["organization"], hub.repositories[0]["visibility"]) == (
        "model",
        "me",
        "private",
    )


def test_what_was_pushed_loads_as_a_token_classifier(hub: Hub, tiny_bert: Path, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers", reason=NO_EXTRA)
    from rasid.labels import IOB2
    from recipe.card import CARD

    folder = tmp_path / "run" / "model"
    names = dict(enumerate(IOB2))
    model = transformers.AutoModelForTokenClassification.from_pretrained(tiny_bert, num_labels=len(IOB2), id2label=names)
    model.save_pretrained(folder)
    transformers.AutoTokenizer.from_pretrained(tiny_bert).save_pretrained(folder)
    (folder / "rasid_preparation.json").write_text("{}")
    (folder / "README.md").write_text(CARD[: CARD.index("{")])
    done = push(tmp_path / "run", "me/model", "--endpoint", hub.address)
    assert done.returncode == 0, done.stderr
    pulled = tmp_path / "pulled"
    for name, content in hub.files.items():
        (pulled / name).parent.mkdir(parents=True, exist_ok=True)
        (pulled / name).write_bytes(content)
    label = transformers.pipeline("token-classification", model=str(pulled), ignore_labels=[])
    assert {item["entity"] for item in label("قصف الجيش بلدة سرمين")} <= set(IOB2)


def test_what_is_no_run_and_a_hub_that_is_not_there_are_told(tmp_path: Path) -> None:
    done = push(tmp_path, "me/model")
    assert (done.returncode, done.stderr.strip()) == (
        2,
        f"error: {tmp_path}: got no config.json, expected the folder of a run of training/train.py",
    )
    run = make_run(tmp_path / "run")
    (run / "model" / "model.safetensors").unlink()
    assert "got no *.safetensors" in push(run, "me/model").stderr
    (run / "model" / "model.safetensors").write_bytes(b"weights")
    done = push(run, "me/model", "--endpoint", "http://127.0.0.1:9")  # nothing listens there
    assert done.returncode == 2
    assert "error: me/model: the hub" in done.stderr
