"""Records as the files that the service's page offers: JSON lines, CSV and GeoJSON."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from rasid.document import Document
from rasid.records import Record
from rasid.tables import feature
from rasid.writers import CsvWriter, JsonLinesWriter, Writer

Pair = tuple[Record, Document]


def downloads(pairs: Sequence[Pair]) -> dict[str, str]:
    """Each file's content by its suffix. The CSV opens with a byte order mark: Excel takes it for Latin letters otherwise."""
    return {
        "jsonl": _written(JsonLinesWriter, pairs),
        "csv": "\ufeff" + _written(CsvWriter, pairs),
        "geojson": json.dumps(feature_collection(pairs), ensure_ascii=False),
    }


def feature_collection(pairs: Sequence[Pair]) -> dict[str, Any]:
    """The located events as GeoJSON (RFC 7946), properties as in `rasid.tables.EVENT_COLUMNS`; status and precision are among them."""
    features = [found for record, document in pairs for event in record.events if (found := feature(event, record, document))]
    return {"type": "FeatureCollection", "features": features}


def _written(kind: Any, pairs: Sequence[Pair]) -> str:
    stream = io.StringIO()
    writer: Writer = kind(stream)
    for record, document in pairs:
        writer.write(record, document)
    writer.close()
    return stream.getvalue()
