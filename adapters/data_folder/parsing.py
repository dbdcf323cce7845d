"""One JSON text against a model: the row it is, or the first reason why it is none.

The model's own parser is fast and decides; only a text that it refuses, or that may hold a key
twice, is read a second time, to find the words.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from adapters.data_folder.faults import Unusable
from domain.money import AMOUNT_DIGITS_MAX

Row = TypeVar("Row", bound=BaseModel)
Document = TypeVar("Document")

QUOTE, BACKSLASH = ord('"'), ord("\\")
"""Bytes, as numbers: looking for one of them is six times faster than for a text of one."""

UNKNOWN = "extra_forbidden"
"""The kind of a field that no model has."""

_POSITION = re.compile(r" at line (?P<line>[0-9]+) column (?P<column>[0-9]+)$")
_NAME = re.compile(r"[A-Za-z_$][A-Za-z0-9_.$-]{0,39}|[0-9]{4}-[0-9]{2}-[0-9]{2}")
"""Keys that are quoted: names and days. Any other may be a value that was displaced."""

_NUMBER = re.compile(r"[-+0-9.,eE]{1,20}")
_BARE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class RowParser(Generic[Row]):
    """Reads flat objects: every value is a text, null, or one of `others`, numbers and booleans."""

    def __init__(self, model: type[Row], *, others: int) -> None:
        self._validate = TypeAdapter(model).validator.validate_json
        self._texts = len(model.model_fields) - others

    def __call__(self, line: bytes) -> Row:
        """The row on this line. Raises Unusable."""
        try:
            row = self._validate(line)
        except ValidationError as error:
            # Without the cause: it quotes values, and they may be personal.
            raise _row_fault(line, error) from None
        # A parser keeps the last of two equal keys. In a flat object each key has two quotes and
        # each text two more, so one key too many shows in their number.
        quotes = line.count(QUOTE)
        if BACKSLASH in line:
            quotes = -1 if b"\\\\" in line else quotes - line.count(b'\\"')
        texts = self._texts - list(row.__dict__.values()).count(None)
        if quotes != 2 * (len(row.__pydantic_fields_set__) + texts):
            _loaded(_decoded(line))
        return row


def parse_document(adapter: TypeAdapter[Document], text: bytes) -> Document:
    """The document that the text is. Raises Unusable, with the place."""
    decoded = _decoded(text)
    if not text or text.isspace():
        raise Unusable("empty file", place="$")
    try:
        document = adapter.validate_json(text)
    except ValidationError as error:
        raise _document_fault(decoded, error) from None
    _loaded(decoded)
    return document


def path_of(steps: Iterable[int | str]) -> str:
    """A JSON path: `$[3].schedules[0].mdr_bps`."""
    return "$" + "".join(_step(step) for step in steps)


def _step(step: int | str) -> str:
    if isinstance(step, int):
        return f"[{step}]"
    if _BARE.fullmatch(step):
        return f".{step}"
    return f'["{step}"]' if _NAME.fullmatch(step) else "[?]"


# Reasons.


@dataclass(frozen=True, slots=True)
class _Fault:
    """What the model says: a kind of its own, the steps to the value, and words without it."""

    kind: str
    steps: tuple[int | str, ...]
    message: str


def _row_fault(line: bytes, error: ValidationError) -> Unusable:
    text = _decoded(line)
    faults = _faults(error)
    _refuse_malformed(faults[0], document=False)
    raw = _loaded(text)
    if not isinstance(raw, dict):
        return Unusable("not an object")
    first = _first(faults)
    reason = _reason(first, _value_at(raw, first.steps))
    return Unusable(reason if first.kind == UNKNOWN else f"{first.steps[0]}: {reason}")


def _document_fault(text: str, error: ValidationError) -> Unusable:
    faults = _faults(error)
    _refuse_malformed(faults[0], document=True)
    raw = _loaded(text)
    first = _first(faults)
    reason = _reason(first, _value_at(raw, first.steps))
    steps = first.steps[:-1] if first.kind == UNKNOWN else first.steps
    return Unusable(reason, place=path_of(steps))


def _faults(error: ValidationError) -> list[_Fault]:
    found = error.errors(include_url=False, include_context=False, include_input=False)
    return [_Fault(each["type"], each["loc"], each["msg"]) for each in found]


def _first(faults: Sequence[_Fault]) -> _Fault:
    """The fault to name: a misspelt field explains the one that is missing."""
    return next((each for each in faults if each.kind == UNKNOWN), faults[0])


def _refuse_malformed(fault: _Fault, *, document: bool) -> None:
    if fault.kind != "json_invalid":
        return
    message = fault.message.removeprefix("Invalid JSON: ")
    found = _POSITION.search(message)
    what = f"malformed JSON: {_POSITION.sub('', message)}"
    if found is None:
        raise Unusable(what)
    place = f"line {found['line']}" if document else None
    raise Unusable(f"{what} at column {found['column']}", place=place)


def _reason(fault: _Fault, value: object) -> str:
    match fault.kind:
        case "missing":
            return "missing"
        case _ if fault.kind == UNKNOWN:
            name = str(fault.steps[-1])
            return f'unknown field "{name}"' if _NAME.fullmatch(name) else "unknown field"
        case "int_type" | "int_from_float" | "int_parsing":
            return f"not-an-integer ({_shown(value)})"
        case "greater_than" | "less_than":
            return _out_of_range(str(value), amount=fault.steps[-1] == "amount")
        case "string_too_long" | "too_long":
            return "too-long"
        case "string_too_short" | "too_short":
            return "empty"
        case "literal_error":
            name = str(fault.steps[-1]).replace("_", "-")
            return f"{name}-unknown (not {fault.message.removeprefix('Input should be ')})"
        case "model_type" | "dict_type":
            return "not an object"
        case _:
            return f"wrong-type ({_shown(value, quoted=False)})"


def _out_of_range(number: str, *, amount: bool) -> str:
    if len(number.lstrip("-")) > AMOUNT_DIGITS_MAX:
        return f"amount-pattern (more than {AMOUNT_DIGITS_MAX} digits)"
    if not amount:
        return f"not-positive ({number})"
    return f"amount-sign ({number})" if number.strip("-0") else "amount-zero"


def _value_at(raw: Any, steps: Sequence[int | str]) -> object:
    # Any: a text of JSON that is not what the model says may hold anything anywhere.
    for step in steps:
        try:
            raw = raw[step]
        except (KeyError, IndexError, TypeError):
            return None
    return raw


def _shown(value: object, *, quoted: bool = True) -> str:
    """A value as it may be quoted: numbers are no secret; of a text, only what looks like one."""
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case _Number():
            return value if quoted and len(value) <= 20 else "a number"
        case str():
            return f'"{value}"' if quoted and _NUMBER.fullmatch(value) else "a text"
        case list():
            return "an array"
        case _:
            return "an object"


# A second reading, by the standard library: with every key, and numbers as they are written.


class _Number(str):
    """A number as written: of any length, never converted."""

    __slots__ = ()


def _decoded(text: bytes) -> str:
    try:
        return text.decode("utf-8")
    except UnicodeDecodeError:
        raise Unusable("not UTF-8") from None


def _loaded(text: str) -> object:
    """The JSON text, without a key twice. Raises Unusable."""
    try:
        return json.loads(
            text,
            object_pairs_hook=_without_repeats,
            parse_int=_Number,
            parse_float=_Number,
            parse_constant=_refuse_constant,
        )
    except (ValueError, RecursionError):
        raise Unusable("malformed JSON") from None


def _without_repeats(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found: dict[str, object] = {}
    for key, value in pairs:
        if key in found:
            name = f' "{key}"' if _NAME.fullmatch(key) else ""
            raise Unusable(f"duplicate key{name}")
        found[key] = value
    return found


def _refuse_constant(name: str) -> object:
    raise Unusable(f"malformed JSON: {name}")
