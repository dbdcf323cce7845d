"""What is printed: tables for people, one JSON document for machines.

Colours are there on a terminal only, and never where NO_COLOR is set. A pipe gets lines wide
enough that no id is cut.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Literal

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

PIPE_WIDTH = 160
"""Columns of what is not printed on a terminal, unless COLUMNS says otherwise."""

READING_WIDTH = 100
"""Columns of sentences; tables may be wider."""

NARROW = 60
"""Columns below which a terminal is not believed."""

Align = Literal["left", "right"]
Tone = Literal["plain", "quiet", "good", "warn", "bad", "title"]

STYLES: Mapping[Tone, str] = {
    "plain": "",
    "quiet": "dim",
    "good": "green",
    "warn": "yellow",
    "bad": "red",
    "title": "bold",
}
"""Few colours: good, to be looked at, wrong. Everything else is black on white, or the reverse."""


def out() -> Console:
    """Standard output."""
    return _console(error=False)


def err(*, force: bool = False) -> Console:
    """Standard error; with `force` it is treated as a terminal, whatever it is."""
    return _console(error=True, force=force)


def _console(*, error: bool, force: bool = False) -> Console:
    terminal = True if force else None
    console = Console(
        stderr=error, highlight=False, emoji=False, markup=False, force_terminal=terminal
    )
    if not console.is_terminal:
        console.width = _width()
    return console


def _width() -> int:
    told = os.environ.get("COLUMNS", "")
    return max(NARROW, int(told)) if told.isdecimal() else PIPE_WIDTH


def show(*blocks: RenderableType) -> None:
    """Print blocks, an empty line between them, two columns from the edge."""
    console = out()
    for block in blocks:
        console.print()
        console.print(Padding(block, (0, 0, 0, 2), expand=False))
    console.print()


def show_json(document: object) -> None:
    """Print one JSON document: indented for a terminal, else on one line."""
    indent = 2 if sys.stdout.isatty() else None
    print(json.dumps(document, ensure_ascii=False, indent=indent, default=_plain))


def _plain(value: object) -> object:
    """What JSON has no form for: a dataclass by its fields, a day as text, bytes as hex."""
    if is_dataclass(value):
        return {each.name: getattr(value, each.name) for each in fields(value)}
    match value:
        case date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case Path():
            return str(value)
        case _:
            raise TypeError(f"{type(value).__name__} has no form in JSON")


def text(said: str, tone: Tone = "plain") -> Text:
    """A piece of text in a tone."""
    return Text(said, style=STYLES[tone])


def title(said: str, aside: str = "") -> Text:
    """A heading, and what is said quietly beside it."""
    heading = Text(said, style=STYLES["title"], no_wrap=True, overflow="ignore")
    return heading.append(f"  {aside}", style=STYLES["quiet"]) if aside else heading


def table(heading: str, *columns: str | tuple[str, Align], aside: str = "") -> Table:
    """A table under a heading; columns are left-aligned unless they say "right"."""
    made = Table(
        title=title(heading, aside),
        title_justify="left",
        title_style="",
        box=SIMPLE_HEAD,
        show_edge=False,
        header_style=STYLES["quiet"],
        border_style=STYLES["quiet"],
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for column in columns:
        name, align = (column, "left") if isinstance(column, str) else column
        made.add_column(name, justify=align, overflow="fold", no_wrap=align == "right")
    return made


def sheet(heading: str = "", aside: str = "") -> Table:
    """Names and values, one pair a row, without lines."""
    made = Table.grid(padding=(0, 3, 0, 0))
    if heading:
        made.title, made.title_justify, made.title_style = title(heading, aside), "left", ""
    return made
