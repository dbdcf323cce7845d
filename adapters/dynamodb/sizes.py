"""What an item weighs and what writing it costs, by the rules that AWS publishes.

    item        names and values in bytes
    number      a byte for each two significant digits, one more, and one for the sign below zero
    list, map   3 bytes, and 1 for each element
    write unit  each begun KiB of an item; twice that in a transaction

Emulators answer other figures; prices are computed, never measured. Source: AWS, Amazon DynamoDB
Developer Guide, "DynamoDB item sizes and formats" and "Read/write capacity mode".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNIT_BYTES = 1_024
"""Of an item that one write unit pays for."""

ITEM_BYTES_MAX = 400 * 1_024
"""Of an item, with its names."""

TRANSACTION_BYTES_MAX = 4 * 1_024 * 1_024
TRANSACTION_ITEMS_MAX = 100


def item_bytes(item: Mapping[str, Any]) -> int:
    """The size of an item of the low-level client."""
    return sum(len(name.encode()) + value_bytes(value) for name, value in item.items())


def value_bytes(value: Mapping[str, Any]) -> int:
    """The size of a value, `{"S": …}` and the like."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "B":
            return len(content)
        case "N":
            return _number_bytes(content)
        case "M":
            return 3 + len(content) + item_bytes(content)
        case "L":
            return 3 + len(content) + sum(map(value_bytes, content))
        case "BOOL" | "NULL":
            return 1
        case _:
            raise TypeError(f"{kind}: no item of ours holds such a value")


def _number_bytes(text: str) -> int:
    digits = len(text.lstrip("-").strip("0")) or 1
    return (digits + 1) // 2 + 1 + text.startswith("-")


def write_units(item: Mapping[str, Any], *, transaction: bool) -> int:
    """The write units that putting an item costs, alone or in a transaction."""
    units = -(-item_bytes(item) // UNIT_BYTES)
    return 2 * units if transaction else units
