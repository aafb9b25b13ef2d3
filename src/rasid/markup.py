"""Builds HTML that is safe by construction: text becomes markup only through escaping."""

from __future__ import annotations

from html import escape

# Characters that no page may hold (controls, halves of surrogate pairs) or that would reorder what follows them (bidi embeddings,
# overrides and isolates: one closing isolate too many ends that of the element around it). One for one, so that offsets stay.
_INERT = dict.fromkeys(
    [
        *(*range(0x09), 0x0B, 0x0C, *range(0x0E, 0x20), *range(0x7F, 0xA0)),
        *(*range(0x202A, 0x202F), *range(0x2066, 0x206A)),
        *(*range(0xD800, 0xE000), 0xFFFE, 0xFFFF),
    ],
    "\ufffd",
)


class Markup(str):
    """A piece of HTML that `tag` does not escape again."""

    __slots__ = ()


def harmless(text: str) -> str:
    """Any text without controls and without what reorders its surroundings, each such character replaced by U+FFFD; not escaped."""
    return text.translate(_INERT)


def inert(text: str) -> Markup:
    """Any text, escaped for content and quoted attributes, without controls."""
    return Markup(escape(harmless(text), quote=True))


def tag(name: str, *children: object, **attributes: str | None) -> Markup:
    """An element; children that are not markup are escaped, attributes always (`class_` is written `class`, None leaves one out)."""
    given = "".join(f' {key.rstrip("_")}="{inert(value)}"' for key, value in attributes.items() if value is not None)
    return Markup(f"<{name}{given}>{joined(*children)}</{name}>")


def joined(*children: object) -> Markup:
    """Children side by side, escaped where they are not markup."""
    return Markup("".join(child if isinstance(child, Markup) else inert(str(child)) for child in children))
