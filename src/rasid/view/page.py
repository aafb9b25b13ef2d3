"""Makes the page: template, styles, scripts, map and data in one HTML file whose policy forbids all else."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from string import Template
from typing import Any

from rasid.markup import Markup, inert

LANGUAGES = ("ar", "en")
SCRIPTS = ("text.js", "report.js", "charts.js", "map.js", "main.js")
_LEAFLET = "leaflet/leaflet.js"
# Rules of Leaflet's style sheet that load pictures or old Internet Explorer's behaviours: the page shows neither.
_LOADS = re.compile(r"[^\n;{}]*url\([^)]*\)[^\n;}]*;?")


def make_page(data: Mapping[str, Any], *, lang: str = "ar", service: str = "", more_scripts: Sequence[str] = ()) -> str:
    """The whole page.

    Args:
        data: what `page_data` gives; without documents the page shows nothing yet.
        lang: language of the labels when the page opens, one of `LANGUAGES`.
        service: markup of the service's form, trusted; the page may then speak to the server that it came from.
        more_scripts: scripts that run after the page's own, trusted.

    Raises:
        ValueError: for another language.
    """
    if lang not in LANGUAGES:
        raise ValueError(f"lang: got {lang!r}, expected one of {', '.join(LANGUAGES)}")
    # Leaflet keeps to itself; the page's own scripts share one scope, closed to the rest.
    own = "(() => {\n'use strict';\n" + "\n".join([*map(asset, SCRIPTS), *more_scripts]) + "\n})();"
    scripts = [asset(_LEAFLET), own]
    styles = [_LOADS.sub("", asset("leaflet/leaflet.css")), asset("view.css")]
    labels = json.loads(asset("labels.json"))
    title = data.get("title") or labels[lang]["title"]
    blocks = {"labels": labels, "world": json.loads(asset("world.json")), "data": data}
    return _template().substitute(
        lang=lang,
        dir=labels[lang]["dir"],
        title=inert(title),
        skip=inert(labels[lang]["skip"]),
        noscript=inert(labels[lang]["noscript"]),
        policy=inert(_policy(scripts, styles, connects=bool(service))),
        styles=Markup("\n".join(f"<style>{style}</style>" for style in styles)),
        scripts=Markup("\n".join(f"<script>{script}</script>" for script in scripts)),
        service=Markup(service),
        data=Markup("\n".join(_block(name, value) for name, value in blocks.items())),
    )


def _block(name: str, value: object) -> str:
    return f'<script type="application/json" id="{name}">{json_block(value)}</script>'


def json_block(value: object) -> str:
    """JSON that stands safely inside a script element: no character of it can open or close markup."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.translate({ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"})


@lru_cache(maxsize=16)
def asset(name: str) -> str:
    """A file of `data/view`."""
    return (files("rasid") / "data" / "view" / name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _template() -> Template:
    return Template(asset("page.html"))


def _policy(scripts: Sequence[str], styles: Sequence[str], *, connects: bool) -> str:
    """A Content-Security-Policy that lets these scripts and styles run and nothing else, and nothing be loaded."""
    parts = [
        "default-src 'none'",
        "script-src " + " ".join(map(_source, scripts)),
        "style-src " + " ".join(map(_source, styles)),
        "img-src data:",
        "base-uri 'none'",
        "form-action 'none'",
    ]
    return "; ".join([*parts, "connect-src 'self'"] if connects else parts)


def _source(content: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(content.encode('utf-8')).digest()).decode('ascii')}'"
