"""Builds the map's outline of the world (src/rasid/data/view/world.json) from Natural Earth's countries as TopoJSON.

Input: countries-50m.json of the npm package `world-atlas` (2.0.2); Natural Earth is in the public domain. The outline is finer where Arabic
conflict news happens. Borders are drawn as Natural Earth draws them (who holds the ground), which takes no side.

    npm pack world-atlas@2.0.2 && tar xzf world-atlas-2.0.2.tgz
    python training/build_outline.py package/countries-50m.json
"""

from __future__ import annotations

import argparse
import csv
import json
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
OUTPUT = ROOT / "src/rasid/data/view/world.json"
COUNTRIES = ROOT / "src/rasid/data/places/countries.tsv"
# West, south, east and north of the region that is drawn finely; tolerances of the simplification and smallest islands in degrees.
REGION = (-18.0, 8.0, 64.0, 43.0)
FINE, COARSE = 0.035, 0.35
SMALLEST_FINE, SMALLEST_COARSE = 0.15, 1.2
# Coordinates are whole numbers of this many parts of a degree, each point as its step from the one before.
PARTS = 50
ANTARCTICA = "010"
Point = tuple[float, float]


def decode_arcs(topology: dict[str, Any]) -> list[list[Point]]:
    """The arcs in degrees."""
    (sx, sy), (tx, ty) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arc = []
        for dx, dy in steps:
            x, y = x + dx, y + dy
            arc.append((x * sx + tx, y * sy + ty))
        arcs.append(arc)
    return arcs


def in_region(point: Point) -> bool:
    """Whether a point lies where the outline is fine."""
    west, south, east, north = REGION
    return west <= point[0] <= east and south <= point[1] <= north


def simplify(arc: list[Point], tolerance: float) -> list[Point]:
    """Douglas and Peucker's simplification; a closed arc keeps its farthest point."""
    kept = {0, len(arc) - 1}
    stack = [(0, len(arc) - 1)]
    while stack:
        first, last = stack.pop()
        if last - first < 2:
            continue
        (ax, ay), (bx, by) = arc[first], arc[last]
        length = ((bx - ax) ** 2 + (by - ay) ** 2) ** 0.5

        def away(k: int, ax: float = ax, ay: float = ay, bx: float = bx, by: float = by, length: float = length) -> float:
            x, y = arc[k]
            if length == 0:
                return float(((x - ax) ** 2 + (y - ay) ** 2) ** 0.5)
            return abs((bx - ax) * (ay - y) - (ax - x) * (by - ay)) / length

        worst = max(range(first + 1, last), key=away)
        if away(worst) > tolerance:
            kept.add(worst)
            stack += [(first, worst), (worst, last)]
    return [arc[k] for k in sorted(kept)]


def size(points: list[Point]) -> float:
    """The larger side of the box round some points, in degrees."""
    xs, ys = [p[0] for p in points], [p[1] for p in points]
    return max(max(xs) - min(xs), max(ys) - min(ys))


def build(topology: dict[str, Any]) -> dict[str, Any]:
    """The outline: `arcs` as steps, `rings` (lists of arc numbers, ~n backwards) of each polygon, and `names` of countries."""
    arcs = decode_arcs(topology)
    small = [simplify(arc, FINE if any(map(in_region, arc)) else COARSE) for arc in arcs]
    polygons = []
    for country in topology["objects"]["countries"]["geometries"]:
        if country.get("id") == ANTARCTICA or not country.get("type"):
            continue
        parts = country["arcs"] if country["type"] == "MultiPolygon" else [country["arcs"]]
        for rings in parts:
            outer = [point for n in rings[0] for point in arcs[n if n >= 0 else ~n]]
            if size(outer) >= (SMALLEST_FINE if any(map(in_region, outer)) else SMALLEST_COARSE):
                polygons.append(rings)
    used = sorted({n if n >= 0 else ~n for rings in polygons for ring in rings for n in ring})
    number = {old: new for new, old in enumerate(used)}
    return {
        "parts": PARTS,
        "arcs": [_steps(small[old]) for old in used],
        "polygons": [[[number[n] if n >= 0 else ~number[~n] for n in ring] for ring in rings] for rings in polygons],
        "names": _names(),
    }


def _steps(arc: list[Point]) -> list[int]:
    out: list[int] = []
    before = (0, 0)
    for k, point in enumerate(arc):
        here = (round(point[0] * PARTS), round(point[1] * PARTS))
        if here != before or k in (0, len(arc) - 1):
            out += [here[0] - before[0], here[1] - before[1]]
        before = here
    return out


def _names() -> list[list[Any]]:
    rows = csv.reader((line for line in COUNTRIES.read_text(encoding="utf-8").splitlines() if not line.startswith("#")), delimiter="\t")
    return [[float(r[5]), float(r[6]), r[2], r[4]] for r in rows if in_region((float(r[6]), float(r[5])))]


def main() -> None:
    """Read the TopoJSON and write the outline."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("topology", type=Path, help="countries-50m.json of world-atlas")
    topology = json.loads(parser.parse_args().topology.read_text(encoding="utf-8"))
    outline = build(topology)
    OUTPUT.write_text(json.dumps(outline, ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
    print(f"{OUTPUT}: {OUTPUT.stat().st_size / 1000:.0f} kB, {len(outline['arcs'])} arcs, {len(outline['polygons'])} polygons")


if __name__ == "__main__":
    main()
