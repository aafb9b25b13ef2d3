"""Records as the files that the service's page offers: JSON lines, CSV and GeoJSON."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from typing import Any

from rasid.document import Document
from rasid.records import Event, Record
from rasid.writers import CsvWriter, JsonLinesWriter, Writer, flat_row

Pair = tuple[Record, Document]


def downloads(pairs: Sequence[Pair]) -> dict[str, str]:
    """Each file's content by its suffix. The CSV opens with a byte order mark: Excel takes it for Latin letters otherwise."""
    return {
        "jsonl": _written(JsonLinesWriter, pairs),
        "csv": "\ufeff" + _written(CsvWriter, pairs),
        "geojson": json.dumps(feature_collection(pairs), ensure_ascii=False),
    }


def feature_collection(pairs: Sequence[Pair]) -> dict[str, Any]:
    """The located events as GeoJSON (RFC 7946), properties as in `rasid.writers.CSV_COLUMNS`; status and precision are among them."""
    features = [feature for record, document in pairs for event in record.events if (feature := _feature(event, record, document))]
    return {"type": "FeatureCollection", "features": features}


def _feature(event: Event, record: Record, document: Document) -> dict[str, Any] | None:
    row = flat_row(event, record, document)
    if row["lat"] is None or row["lon"] is None:
        return None
    properties = {name: value for name, value in row.items() if name not in ("lat", "lon") and value not in (None, "")}
    return {
        "type": "Feature",
        "id": event.id,
        "geometry": {"type": "Point", "coordinates": [row["lon"], row["lat"]]},
        "properties": properties,
    }


def _written(kind: Any, pairs: Sequence[Pair]) -> str:
    stream = io.StringIO()
    writer: Writer = kind(stream)
    for record, document in pairs:
        writer.write(record, document)
    writer.close()
    return stream.getvalue()
