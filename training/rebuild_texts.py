#!/usr/bin/env python
"""Rebuild the texts of `corpus/real_standoff.jsonl`, which keeps annotations without texts, from their public sources.

    git clone https://github.com/menaattia/arabic-fake-news sources/menaattia/arabic-fake-news      # and so on: --list names them
    python training/rebuild_texts.py sources -o texts.jsonl
    python training/train.py configs/compact.yaml "data.texts=[texts.jsonl]"

Each annotation names repository, commit, path and key (a whole file, an item of a JSON list, a row of a CSV), and the length and SHA-256 of
its text: a text is written only if it is that very one. What cannot be rebuilt is listed, and the exit status is 1.
"""

from __future__ import annotations

import argparse
import csv
import hashlib
import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
# How a source's text may have been tidied before it was annotated: the first that gives the known hash is taken.
TIDY: tuple[Callable[[str], str], ...] = (
    lambda text: text,
    lambda text: text.strip(),
    lambda text: re.sub(r"[ \t\xa0]+", " ", text).strip(),
    lambda text: re.sub(r"\n{2,}", "\n", re.sub(r"[ \t\xa0]+", " ", text.replace("\r\n", "\n"))).strip(),
    lambda text: "\n".join(line.strip() for line in text.replace("\r\n", "\n").split("\n") if line.strip()),
    lambda text: " ".join(text.split()),
)


def main() -> int:
    """Command line entry; returns the exit status."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sources", type=Path, nargs="?", help="a folder with a clone of each repository at OWNER/NAME")
    parser.add_argument("-o", "--output", type=Path, default=Path("texts.jsonl"))
    parser.add_argument("--annotations", type=Path, default=HERE / "corpus" / "real_standoff.jsonl")
    parser.add_argument("--list", action="store_true", help="list the repositories and stop")
    args = parser.parse_args()
    annotations = [json.loads(line) for line in args.annotations.read_text(encoding="utf-8").split("\n") if line]
    if args.list or args.sources is None:
        print("\n".join(sorted({f"https://github.com/{a['provenance']['repo']}" for a in annotations})))
        return 0
    lost = 0
    with args.output.open("w", encoding="utf-8") as stream:
        for annotation in annotations:
            text = rebuild(annotation, args.sources)
            if text is None:
                lost += 1
                print(
                    f"{annotation['id']}: not found in {annotation['provenance']['repo']} {annotation['provenance']['path']}",
                    file=sys.stderr,
                )
            else:
                stream.write(json.dumps({"id": annotation["id"], "text": text}, ensure_ascii=False) + "\n")
    print(f"{len(annotations) - lost} of {len(annotations)} texts rebuilt in {args.output}")
    return 1 if lost else 0


def rebuild(annotation: Mapping[str, Any], sources: Path) -> str | None:
    """The text of an annotation, or None where its source is missing or holds another text."""
    provenance = annotation["provenance"]
    path, _, member = provenance["path"].partition("!")
    raw = read_version(sources / provenance["repo"], provenance.get("commit"), path)
    if raw is None:
        return None
    if member:
        raw = zipfile.ZipFile(io.BytesIO(raw)).read(member)
    for candidate in candidates(raw.decode("utf-8-sig", errors="replace"), str(provenance["key"]), member or path):
        for tidy in TIDY:
            text = tidy(candidate)[: annotation["characters"]]
            if hashlib.sha256(text.encode("utf-8")).hexdigest() == annotation["sha256"]:
                return text
    return None


def read_version(clone: Path, commit: str | None, path: str) -> bytes | None:
    """The bytes of a file at a commit of a clone; of the work tree where the clone does not know the commit."""
    if commit and (clone / ".git").exists():
        shown = subprocess.run(["git", "-C", str(clone), "show", f"{commit}:{path}"], capture_output=True, check=False)
        if shown.returncode == 0:
            return shown.stdout
    file = clone / path
    return file.read_bytes() if file.is_file() else None


def candidates(raw: str, key: str, name: str) -> Iterator[str]:
    """The strings of a source that the key points at: the whole file, or the fields of an item or row, the longest first."""
    if key == "file":
        yield raw
        return
    number = re.search(r"\d+", key)
    if number is None:
        return
    if name.endswith(".json"):
        item = json.loads(raw)[int(number.group())]
        yield from sorted((value for value in item.values() if isinstance(value, str)), key=len, reverse=True)
        return
    csv.field_size_limit(2**30)
    rows = list(csv.reader(io.StringIO(raw)))
    column, _, value = key.partition("=")
    chosen = (
        [row for row in rows[1:] if value in row] if value and column in rows[0] else [rows[k] for k in _near(int(number.group()), rows)]
    )
    for row in chosen:
        yield from sorted(row, key=len, reverse=True)


def _near(number: int, rows: list[list[str]]) -> Iterator[int]:
    """Row numbers that "row N" may mean, with or without the header."""
    return (k for k in (number, number + 1, number - 1) if 0 <= k < len(rows))


if __name__ == "__main__":
    sys.exit(main())
