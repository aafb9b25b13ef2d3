"""Many different documents, made of the project's own reports: repeated, with other figures, lines left out, and a number of their own."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
REPORTS = ROOT / "training" / "corpus" / "reports.jsonl"
_DIGITS = re.compile(r"(?<![\w/.])\d{1,3}(?![\w/.])")


def varied(count: int, *, copies: float = 0.0, seed: int = 1) -> Iterator[dict[str, Any]]:
    """`count` documents as mappings; a share of `copies` repeats an earlier text word for word."""
    reports = [json.loads(line) for line in REPORTS.read_text(encoding="utf-8").splitlines() if line.strip()]
    draw = random.Random(seed)
    last: list[dict[str, Any]] = []
    for k in range(count):
        if last and draw.random() < copies:
            text = draw.choice(last)["text"]
            made = {**last[-1], "id": f"v{k}", "text": text}
        else:
            report = reports[k % len(reports)]
            text = _DIGITS.sub(lambda m: str(max(1, int(m[0]) + draw.randint(-3, 30))), report["text"])
            parts = [part for part in text.split("\n") if part.strip()]
            if len(parts) > 2:
                del parts[draw.randrange(len(parts))]
            parts.append(f"نشرة رقم {k + 1000}.")
            made = {"id": f"v{k}", "text": "\n".join(parts), "date": report.get("date"), "country": report.get("country")}
            last = [*last[-99:], made]
        yield made


def write_varied(path: Path, count: int, **options: Any) -> Path:
    """The same as JSON lines."""
    with open(path, "w", encoding="utf-8") as stream:
        for document in varied(count, **options):
            stream.write(json.dumps(document, ensure_ascii=False) + "\n")
    return path
