"""One JSON text, read strictly: what ordinary parsers let pass is malformed here.

Numbers stay as they are written and are never converted. Malformed are keys that are equal, also
after normalisation (NFC); NaN and Infinity; depth above DEPTH_MAX; lone surrogates; bytes that are
no UTF-8; a byte order mark; anything after the value.
"""

from __future__ import annotations

import json
import re
import unicodedata
from typing import Final, TypeAlias

from adapters.data_folder.faults import Unusable

DEPTH_MAX: Final = 16
"""Objects and arrays inside each other."""

NUMBER_LENGTH_MAX: Final = 400
"""Characters of a number; amounts are texts, so an honest one has a few."""


_HALF = re.compile("[\ud800-\udfff]")
_HALF_ESCAPED = re.compile(r"\\u[dD][89a-fA-F]")


class Number(str):
    """A number as written."""

    __slots__ = ()


Json: TypeAlias = "bool | Number | str | list[Json] | dict[str, Json] | None"


def load(text: bytes) -> Json:
    """The value that the text is. Raises Unusable: "malformed-json" or "duplicate-json-key"."""
    if text.startswith((b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")):
        raise _malformed("byte order mark")
    try:
        decoded = text.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed(f"not UTF-8 at byte {error.start + 1}") from None
    _demand_flat(decoded)
    try:
        value: Json = json.loads(
            decoded,
            object_pairs_hook=_distinct,
            parse_int=_number,
            parse_float=_number,
            parse_constant=_refuse_constant,
        )
    except json.JSONDecodeError as error:
        words = f"{error.msg[:1].lower()}{error.msg[1:]} at column {error.pos + 1}"
        raise _malformed(words) from None
    # An escape may stand for half a character, which no text can hold.
    if _HALF_ESCAPED.search(decoded) and not _is_text(value):
        raise _malformed("bad Unicode: a lone surrogate")
    return value


def _malformed(words: str) -> Unusable:
    return Unusable(f"malformed-json: {words}")


def _demand_flat(text: str) -> None:
    """Refuse depth before the parser meets it."""
    if text.count("{") + text.count("[") <= DEPTH_MAX:
        return
    depth, quoted, escaped = 0, False, False
    for sign in text:
        if quoted:
            quoted = escaped or sign != '"'
            escaped = sign == "\\" and not escaped
        elif sign == '"':
            quoted = True
        elif sign in "{[":
            depth += 1
            if depth > DEPTH_MAX:
                raise _malformed(f"nested more than {DEPTH_MAX} deep")
        elif sign in "}]":
            depth -= 1


def _distinct(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    found: dict[str, Json] = {}
    for key, value in pairs:
        name = unicodedata.normalize("NFC", key)
        if name in found:
            raise Unusable("duplicate-json-key: a key stands twice in one object")
        found[name] = value
    return found


def _number(text: str) -> Number:
    if len(text) > NUMBER_LENGTH_MAX:
        raise _malformed(f"a number of more than {NUMBER_LENGTH_MAX} characters")
    return Number(text)


def _refuse_constant(name: str) -> object:
    raise _malformed(name)


def _is_text(value: Json) -> bool:
    match value:
        case str():
            return _HALF.search(value) is None
        case list():
            return all(map(_is_text, value))
        case dict():
            return all(map(_is_text, value)) and all(map(_is_text, value.values()))
        case _:
            return True
