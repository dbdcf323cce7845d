"""Documents of read models as they are stored: JSON of one form, without a float anywhere."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import cast

import msgspec

Document = Mapping[str, object]

_PLAIN = frozenset((str, int, bool, type(None)))
"""Kinds of values that hold no others and may stand in a document."""

_encode = msgspec.json.Encoder(order="sorted").encode


def text_of(model: str, key: str, document: Document | None) -> bytes:
    """The document's JSON, its members in order. Raises TypeError for one that holds a float."""
    assert document is not None, "what is deleted is not written"
    if _holds_float(document.values()):
        raise TypeError(f"{model}/{key} holds a float; amounts and counts are integers")
    return _encode(document)


def _holds_float(values: Iterable[object]) -> bool:
    # By exact types, the frequent ones first: this runs over every value that is written.
    for value in values:
        kind = type(value)
        if kind in _PLAIN:
            continue
        if kind is float:
            return True
        if kind is dict:
            if value and _holds_float(cast(dict[str, object], value).values()):
                return True
        elif (kind is list or kind is tuple) and value and _holds_float(cast(list[object], value)):
            return True
    return False
