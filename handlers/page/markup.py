"""Elements of HTML and SVG: whatever is not markup already is text, and is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from typing import TypeAlias


class Markup(str):
    """Text that may stand on the page as it is. Only this module makes it."""

    __slots__ = ()


Child: TypeAlias = "str | Iterable[str]"

_VOID = frozenset({"line", "meta", "rect", "wbr"})


def tag(name: str, *children: Child, **attributes: str | int | None) -> Markup:
    """An element. `class_` means class, `_` inside a name means `-`, None leaves one out."""
    opening = name + "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{opening}/>")
    return Markup(f"<{opening}>{joined(children)}</{name}>")


def joined(children: Iterable[Child]) -> Markup:
    """Children one after the other; iterables of children are laid out flat."""
    return Markup("".join(_child(child) for child in children))


def stylesheet(css: str) -> Markup:
    """A style element; its text is the program's own and holds no end tag."""
    assert "</" not in css, "a stylesheet cannot hold an end tag"
    return Markup(f"<style>{css}</style>")


def document(*, lang: str, head: Markup, body: Markup) -> str:
    """A whole page."""
    return f'<!doctype html>\n<html lang="{escape(lang)}">\n{head}\n{body}\n</html>\n'


def _child(child: Child) -> str:
    if isinstance(child, Markup):
        return child
    if isinstance(child, str):
        return escape(child)
    return joined(child)


def _attribute(key: str, value: str | int | None) -> str:
    if value is None:
        return ""
    name = "viewBox" if key == "view_box" else key.rstrip("_").replace("_", "-")
    return f' {name}="{escape(str(value))}"'
