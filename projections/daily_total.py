"""Daily total: the daily positions of all merchants together, per day and currency.

Key: `<day>|<currency>`. A total of a total: what a question over hundreds of days is answered from.
The amounts are those of projections/daily_position.py, by the same names.
"""

from __future__ import annotations

from collections.abc import Mapping

from projections import daily_position
from projections.daily_position import read_key
from projections.document import Added, Amounts, Document, amounts_of

MODEL = "daily_total"


def key_of(*, day: str, currency: str) -> str:
    """The key of a day's total in a currency."""
    return f"{day}|{currency}"


def heading(key: str) -> dict[str, str]:
    """The parts of a key, for its document."""
    day, _, currency = key.partition("|")
    return {"day": day, "currency": currency}


def _of_position(key: str, document: Document) -> list[Amounts]:
    position = read_key(key)
    return [(key_of(day=position.day, currency=position.currency), amounts_of(document))]


SOURCES: Mapping[str, Added] = {daily_position.MODEL: _of_position}
