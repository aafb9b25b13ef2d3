"""Texts rebuilt from clones of their sources, and only if they are the very ones."""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEXT = "قصفت المدفعية البلدة فجرا.\nوقتل 7 مدنيين."


def annotation(name: str, path: str, key: str) -> dict:
    digest = hashlib.sha256(TEXT.encode()).hexdigest()
    return {"id": name, "provenance": {"repo": "a/b", "path": path, "commit": None, "key": key}, "characters": len(TEXT), "sha256": digest}


def run(tmp_path: Path, annotations: list[dict]) -> tuple[int, list[dict], str]:
    (tmp_path / "ann.jsonl").write_text("\n".join(map(json.dumps, annotations)), encoding="utf-8")
    command = [sys.executable, str(ROOT / "training" / "rebuild_texts.py"), str(tmp_path), "-o", str(tmp_path / "out.jsonl")]
    done = subprocess.run([*command, "--annotations", str(tmp_path / "ann.jsonl")], capture_output=True, text=True, check=False)
    lines = (tmp_path / "out.jsonl").read_text(encoding="utf-8").split("\n")
    return done.returncode, [json.loads(line) for line in lines if line], done.stderr


def test_from_a_file_an_item_and_a_row(tmp_path: Path) -> None:
    clone = tmp_path / "a" / "b"
    clone.mkdir(parents=True)
    (clone / "one.txt").write_text(f"\n  {TEXT}\nبقية المقال", encoding="utf-8")
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("day.json", json.dumps([{"title": "x"}, {"title": "y", "content": TEXT.replace("\n", "\r\n\r\n")}]))
    (clone / "day.zip").write_bytes(packed.getvalue())
    (clone / "rows.csv").write_text(f'T_ID,text\n5,other\n6,"{TEXT}"\n', encoding="utf-8")
    wanted = [annotation("f", "one.txt", "file"), annotation("j", "day.zip!day.json", "[1]"), annotation("c", "rows.csv", "T_ID=6")]
    status, texts, _ = run(tmp_path, wanted)
    assert status == 0
    assert texts == [{"id": name, "text": TEXT} for name in "fjc"]


def test_another_text_is_not_taken(tmp_path: Path) -> None:
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "b" / "one.txt").write_text(TEXT.replace("7", "9"), encoding="utf-8")
    status, texts, said = run(tmp_path, [annotation("f", "one.txt", "file"), annotation("g", "missing.txt", "file")])
    assert status == 1
    assert texts == []
    assert "f: not found" in said
    assert "g: not found" in said
