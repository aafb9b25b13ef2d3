"""The service's own pages: the form above the view, and the documentation of the interface, without anything from the network."""

from __future__ import annotations

import json
from functools import lru_cache
from importlib.resources import files
from typing import Any

from rasid.markup import Markup, inert, joined, tag
from rasid.view import make_page, page_data


@lru_cache(maxsize=2)
def front_page(lang: str = "ar") -> str:
    """The page with the form; empty until a report is sent."""
    return make_page(page_data([]), lang=lang, service=_asset("form.html"), more_scripts=[_asset("service.js")])


def documentation(schema: dict[str, Any]) -> str:
    """An OpenAPI schema as a page to read: each operation, what it takes and what it answers, with a command to try."""
    operations = [
        _operation(method, path, operation, schema) for path, methods in schema["paths"].items() for method, operation in methods.items()
    ]
    body = joined(
        tag("h1", f"{schema['info']['title']} {schema['info']['version']}"),
        tag("p", schema["info"].get("description", "")),
        tag("p", "Machine-readable: ", tag("a", "openapi.json", href="openapi.json"), ", ", tag("a", "schema", href="schema"), "."),
        *operations,
    )
    head = joined(tag("title", "Rasid API"), Markup('<meta charset="utf-8"><meta name="viewport" content="width=device-width">'))
    return f'<!DOCTYPE html><html lang="en"><head>{head}<style>{_asset("docs.css")}</style></head><body>{body}</body></html>'


def _operation(method: str, path: str, operation: dict[str, Any], schema: dict[str, Any]) -> Markup:
    content = operation.get("requestBody", {}).get("content", {})
    takes = [tag("p", "Takes ", tag("code", kind), ":") + _pre(_resolved(body.get("schema", {}), schema)) for kind, body in content.items()]
    example = next((body["example"] for body in content.values() if "example" in body), None)
    answers = [
        tag("tr", tag("td", tag("code", status)), tag("td", answer.get("description", "")))
        for status, answer in operation.get("responses", {}).items()
    ]
    curl = [f"curl http://127.0.0.1:8000{path}"]
    if example is not None:
        curl += ["-H 'content-type: application/json'", f"-d '{json.dumps(example, ensure_ascii=False)}'"]
    return tag(
        "section",
        tag("h2", tag("code", f"{method.upper()} {path}"), " ", operation.get("summary", "")),
        tag("p", operation.get("description", "")),
        tag("pre", " \\\n  ".join(curl), dir="ltr"),
        *(Markup(part) for part in takes),
        tag("table", tag("caption", "Answers"), *answers),
    )


def _resolved(part: dict[str, Any], schema: dict[str, Any]) -> Any:
    name = str(part.get("$ref", "")).rsplit("/", 1)[-1]
    return schema.get("components", {}).get("schemas", {}).get(name, part)


def _pre(value: Any) -> Markup:
    return Markup(f"<pre>{inert(json.dumps(value, ensure_ascii=False, indent=1))}</pre>")


def _asset(name: str) -> str:
    return (files("rasid") / "data" / "service" / name).read_text(encoding="utf-8")
