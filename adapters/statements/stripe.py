"""Stripe: the itemised payout reconciliation report, one statement for each automatic payout.

Columns after Stripe's schema of the report, in all its versions; amounts are in major units of
their currency. Which columns a file has is chosen by the merchant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import BinaryIO

from adapters.statements.layouts import Layout
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.processor import Key, Record, Tally, charges_of, open_report

FORMATS = ("stripe-payout",)

UTC_OFFSET_MINUTES = 0
"""Stamps say no zone: `created_utc` is UTC, and so is `created` unless the merchant asked."""

_LAYOUT = Layout(
    signature=frozenset(
        {
            "automatic payout id",
            "automatic payout effective at",
            "automatic payout effective at utc",
            "balance transaction id",
            "reporting category",
        }
    ),
    signature_least=2,
    required=(
        ("automatic payout id", "payout id"),
        ("balance transaction id",),
        ("created utc", "created"),
        ("currency",),
        ("gross",),
        ("fee",),
        ("net",),
        ("reporting category",),
    ),
    amounts=frozenset({"gross", "fee", "net"}),
    groups=("automatic payout id", "payout id"),
)

_REVERSING = frozenset({"refund", "dispute", "dispute_reversal"})


def recognises(header: Sequence[str]) -> bool:
    """Whether a header is of this report, its cells as written."""
    return _LAYOUT.recognises(header)


def read(stream: BinaryIO) -> Iterator[Entry | Statement]:
    """The entries of each payout and its statement. Raises Unreadable."""
    empty = True
    for payout, records in open_report(stream, _LAYOUT).grouped():
        empty = False
        yield from _payout(payout, records)
    if empty:
        yield Tally().statement(None, controls_match=None, disagreement=None)


def _payout(payout: Key, records: Iterator[Record]) -> Iterator[Entry | Statement]:
    tally = Tally()
    paid_out = False
    for record in records:
        entry = _entry(record)
        paid_out = paid_out or entry.transaction_code == "payout"
        tally.add(entry)
        yield entry
    # The row of the payout itself takes away what the others add up to.
    matches = not any(tally.sums.values()) if paid_out else None
    yield tally.statement(
        payout,
        controls_match=matches,
        disagreement=None
        if matches in (None, True)
        else f"the rows and their payout leave {sum(tally.sums.values())}, not 0",
    )


def _entry(record: Record) -> Entry:
    currency = record.currency("currency")
    if currency is None:
        raise Unreadable(record.place, "currency is empty")
    category = record.text("reporting category")
    if category is None:
        raise Unreadable(record.place, "reporting category is empty")
    booked = record.argentine_day("created utc", "created", offset_minutes=UTC_OFFSET_MINUTES)
    if booked is None:
        raise Unreadable(record.place, "created is empty")
    net = record.due_amount("net", currency)
    gross = record.amount("gross", currency)
    fee = record.amount("fee", currency)
    return Entry(
        place=record.place,
        amount_minor=net,
        currency=currency,
        booking_date=booked,
        value_date=record.day_as_written(
            "automatic payout effective at utc", "automatic payout effective at"
        ),
        reversal=category.casefold() in _REVERSING,
        bank_reference=record.text("balance transaction id"),
        references=record.references(
            source_id="source id", payment_intent_id="payment intent id", charge_id="charge id"
        ),
        timestamp=record.text("created utc", "created"),
        transaction_code=category,
        remittance=record.free_text("description"),
        gross_minor=gross,
        charges=charges_of(gross=gross, net=net, parts=[("ACQ_FEE", -(fee or 0), "fee")]),
    )
