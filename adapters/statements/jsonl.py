"""Movements as JSON Lines: one flat object a line, its keys read as a header's columns are.

Numbers keep their text, so that no amount passes through a float.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from typing import BinaryIO, NoReturn, cast

from adapters.statements.layout import layout_of
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.profiles import Profile, built_in_profile
from adapters.statements.table import Row, Table, encoding_of, lines, normalised
from adapters.statements.tabular import read_table

FORMATS = ("csv",)
"""What it is called: the same table as a plain CSV, in another dress."""


def recognises(header: Sequence[str]) -> bool:
    """Whether the keys of the first object have what a table of movements needs."""
    return layout_of(header, built_in_profile("csv")).is_complete


def read(stream: BinaryIO, profile: Profile | None = None) -> Iterator[Entry | Statement]:
    """The entries of the lines and their statement, by a profile or the words of the keys.

    Raises Unreadable.
    """
    chosen = profile or built_in_profile("csv")
    encoding = chosen.encoding or encoding_of(stream)
    return read_table(lambda: open_lines(stream, encoding), chosen)


def keys_of(line: str) -> list[str]:
    """The keys of one line, for recognising it; none if it is no flat object."""
    try:
        return list(_object(1, line))
    except Unreadable:
        return []


def open_lines(stream: BinaryIO, encoding: str) -> Table:
    """The lines as a table. Its columns are the keys of all lines, in order of appearance."""
    header: dict[str, int] = {}
    for line, text in enumerate(lines(stream, encoding), start=1):
        if not text.isspace():
            for key in _object(line, text):
                header.setdefault(key, len(header))
            if len(header) > KEYS_MAX:
                raise Unreadable(f"line {line}", f"more than {KEYS_MAX} different keys")
    if not header:
        raise Unreadable("file", "no line holds an object")
    return Table(
        header=tuple(header),
        names=tuple(map(normalised, header)),
        header_line=1,
        preamble=(),
        separator="",
        rows=_rows(lines(stream, encoding), header),
    )


KEYS_MAX = 200
"""Keys that the objects of a file have together."""


def _rows(text: Iterator[str], header: dict[str, int]) -> Iterator[Row]:
    for line, each in enumerate(text, start=1):
        if not each.isspace():
            found = _object(line, each)
            yield line, [found.get(key, "") for key in header]


def _object(line: int, text: str) -> dict[str, str]:
    place = f"line {line}"

    def pairs(found: list[tuple[str, object]]) -> dict[str, object]:
        if len({key for key, _ in found}) < len(found):
            raise Unreadable(place, "an object has the same key twice")
        return dict(found)

    def constant(name: str) -> NoReturn:
        raise Unreadable(place, f"{name} is no number")

    try:
        value: object = json.loads(
            text,
            object_pairs_hook=pairs,
            parse_float=str,
            parse_int=str,
            parse_constant=constant,
        )
    except (ValueError, RecursionError):
        raise Unreadable(place, "the line is no JSON object") from None
    if not isinstance(value, dict):
        raise Unreadable(place, "the line is no JSON object")
    return {key: _text(place, each) for key, each in cast("dict[str, object]", value).items()}


def _text(place: str, value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        if "\0" in value or (not value.isprintable() and _has_surrogate(value)):
            raise Unreadable(place, "a text holds what is no character")
        return value
    raise Unreadable(place, "a value is an object or a list")


def _has_surrogate(text: str) -> bool:
    return any("\ud800" <= sign <= "\udfff" for sign in text)
