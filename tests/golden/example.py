"""Example facts, made from their declarations: each field filled, differently from its neighbours.

They are drawn once, by `python -m tests.golden.add`, and live on in the golden files: a change here
changes no golden file.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date, timedelta
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

FIRST_DAY = date(2026, 11, 16)


def example(kind: type) -> Any:
    """A fact of this kind with no field left out."""
    return _object(kind, _counted())


def _counted() -> Iterator[int]:
    number = 0
    while True:
        number += 1
        yield number


def _object(kind: type, numbers: Iterator[int]) -> Any:
    hints = get_type_hints(kind, include_extras=True)
    return kind(
        **{each.name: _value(hints[each.name], each.name, numbers) for each in fields(kind)}
    )


def _value(hint: Any, name: str, numbers: Iterator[int]) -> Any:
    origin, inner = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _value(inner[0], name, numbers)
    if origin is Literal:
        return inner[0]
    if origin in {Union, UnionType}:
        return _value(next(each for each in inner if each is not NoneType), name, numbers)
    if origin is tuple:
        members = (inner[0], inner[0]) if inner[-1] is Ellipsis else inner
        return tuple(_value(each, name, numbers) for each in members)
    if isinstance(hint, type) and is_dataclass(hint):
        return _object(hint, numbers)
    return _plain(hint, name, next(numbers))


def _plain(hint: Any, name: str, number: int) -> Any:
    if hint is str:
        return "ARS" if name == "currency" else f"{name} ñ{number}"
    if hint is bool:
        return True
    if hint is int:
        return 1_000 + number
    if hint is date:
        return FIRST_DAY + timedelta(days=number)
    raise TypeError(f"no example of {hint} for {name}: teach tests/golden/example.py")
