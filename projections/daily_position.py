"""Daily position: expected, settled, open and returned, per day, currency and merchant.

Key: `<day>|<currency>|<merchant>`. Everything about a payment counts on the day it was expected
(its expected value date), in its own currency, whenever the money came. So on each key

    expected_minor = settled_minor + open_minor + cancelled_minor

Amounts: `expected`, `settled` (nothing is open any more), `open` (something is), `cancelled`,
`returned`, each with `_count` (payments) and `_minor`; `settled_minor` and `open_minor` split a
payment that is settled in part. `returned` goes beside them: what went back had been settled or
not. `returned.<kind>_minor` and `_count` (returns) say of what kind; `charges.<residual kind>` what
matches left to fees, withholdings, rounding and exchange, signed, in the line's currency: a match's
residuals count whole, with the lowest of its payments.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from projections import payment_status
from projections.document import Added, Amounts, Document
from projections.payment_status import PaymentStatus, is_payment_status

MODEL = "daily_position"


class PositionKey(NamedTuple):
    """What the key of a document says."""

    day: str
    currency: str
    merchant: str


def key_of(*, day: str, currency: str, merchant: str) -> str:
    """The key; it can be read back whatever the merchant's id, which comes last."""
    return f"{day}|{currency}|{merchant}"


def read_key(key: str) -> PositionKey:
    """The parts of a key."""
    return PositionKey(*key.split("|", 2))


def heading(key: str) -> dict[str, str]:
    """The parts of a key, for its document."""
    return read_key(key)._asdict()


def _of_payment(key: str, document: Document) -> list[Amounts]:
    del key
    assert is_payment_status(document)
    day, merchant = document["expected_day"], document["merchant"]
    minor = document["minor"]
    amounts = {"expected_count": 1, "expected_minor": minor}
    match document["state"]:
        case "cancelled":
            amounts["cancelled_count"], amounts["cancelled_minor"] = 1, minor
        case "reconciled":
            amounts["settled_count"], amounts["settled_minor"] = 1, minor
        case "expected" | "partly_allocated":
            amounts["open_count"], amounts["open_minor"] = 1, document["open_minor"]
            amounts["settled_minor"] = document["allocated_minor"]
    if document["returns"]:
        _add_returns(amounts, document)
    found: list[Amounts] = [
        (key_of(day=day, currency=document["currency"], merchant=merchant), amounts)
    ]
    for charged in document["charges"]:
        there = key_of(day=day, currency=charged["currency"], merchant=merchant)
        found.append((there, {f"charges.{k}": n for k, n in charged["amounts"].items()}))
    return found


def _add_returns(amounts: dict[str, int], document: PaymentStatus) -> None:
    amounts["returned_count"] = 1
    amounts["returned_minor"] = document["returned_minor"]
    for returned in document["returns"]:
        count, minor = f"returned.{returned['kind']}_count", f"returned.{returned['kind']}_minor"
        amounts[count] = amounts.get(count, 0) + 1
        amounts[minor] = amounts.get(minor, 0) + returned["minor"]


SOURCES: Mapping[str, Added] = {payment_status.MODEL: _of_payment}
