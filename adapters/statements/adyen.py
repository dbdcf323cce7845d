"""Adyen: the settlement details report, one statement for each batch.

Columns after Adyen's documentation of the report. Each journal row is an entry, also those that
pay the batch out, carry it over or correct it; gross amounts are in the shopper's currency.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import BinaryIO

from adapters.statements.layouts import Layout
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.processor import Key, Record, Tally, charges_of, open_report
from adapters.statements.stamps import zone_offset_minutes

FORMATS = ("adyen-sdr",)

_FEES = {
    "commission nc": ("ACQ_FEE", "Commission (NC)"),
    "markup nc": ("ACQ_FEE", "Markup (NC)"),
    "scheme fees nc": ("SCHEME_FEE", "Scheme Fees (NC)"),
    "interchange nc": ("SCHEME_FEE", "Interchange (NC)"),
}
_LAYOUT = Layout(
    signature=frozenset(
        {
            "psp reference",
            "modification reference",
            "gross debit gc",
            "gross credit gc",
            "net debit nc",
            "net credit nc",
            "batch number",
        }
    ),
    signature_least=4,
    required=(
        ("psp reference",),
        ("merchant reference",),
        ("type",),
        ("booking date", "creation date"),
        ("gross currency",),
        ("gross debit gc",),
        ("gross credit gc",),
        ("net currency",),
        ("net debit nc",),
        ("net credit nc",),
        ("batch number",),
    ),
    amounts=frozenset(
        {"gross debit gc", "gross credit gc", "net debit nc", "net credit nc", *_FEES}
    ),
    groups=("batch number",),
    also={"time zone": "timezone", "booking date time zone": "booking date timezone"},
)

_REVERSING = frozenset(
    {"refunded", "refundedreversed", "chargeback", "chargebackreversed", "secondchargeback"}
)
_PAYOUT = "merchantpayout"
_CARRIED_OVER = "balancetransfer"


def recognises(header: Sequence[str]) -> bool:
    """Whether a header is of this report, its cells as written."""
    return _LAYOUT.recognises(header)


def read(stream: BinaryIO) -> Iterator[Entry | Statement]:
    """The entries of each batch and its statement. Raises Unreadable."""
    empty = True
    for batch, records in open_report(stream, _LAYOUT).grouped():
        empty = False
        yield from _batch(batch, records)
    if empty:
        yield Tally().statement(None, controls_match=None, disagreement=None)


def _batch(batch: Key, records: Iterator[Record]) -> Iterator[Entry | Statement]:
    tally = Tally()
    closed = False
    for record in records:
        entry = _entry(record)
        closed = closed or _journal(entry.transaction_code) in (_PAYOUT, _CARRIED_OVER)
        tally.add(entry, account=record.text("merchant account"))
        yield entry
    # A batch that was paid out or carried over has nothing left.
    matches = not any(tally.sums.values()) if closed else None
    yield tally.statement(
        batch,
        controls_match=matches,
        disagreement=None
        if matches in (None, True)
        else f"the rows of the batch leave {sum(tally.sums.values())}, not 0",
    )


def _entry(record: Record) -> Entry:
    kind = record.text("type")
    if kind is None:
        raise Unreadable(record.place, "type is empty")
    currency = record.currency("net currency")
    if currency is None:
        raise Unreadable(record.place, "net currency is empty")
    net = record.credit_less_debit("net credit nc", "net debit nc", currency)
    if net is None:
        raise Unreadable(record.place, "neither net debit nor net credit")
    paid_in = record.currency("gross currency") or currency
    paid = record.credit_less_debit("gross credit gc", "gross debit gc", paid_in)
    # An amount in another currency explains nothing of the net one.
    gross = paid if paid_in == currency and _journal(kind) != _PAYOUT else None
    fees = [(column, record.amount(column, currency)) for column in _FEES]
    return Entry(
        place=record.place,
        amount_minor=net,
        currency=currency,
        booking_date=_booked(record),
        value_date=record.day_as_written("payable date"),
        reversal=_journal(kind) in _REVERSING,
        end_to_end_id=record.text("merchant reference"),
        bank_reference=record.text("psp reference"),
        references=record.references(
            modification_reference="modification reference",
            merchant_order_reference="merchant order reference",
            auth_code="authorisation code",
            store="store",
            gross_currency="gross currency",
            exchange_rate="exchange rate",
        ),
        timestamp=record.text("booking date", "creation date"),
        transaction_code=kind,
        remittance=record.free_text("modification reference"),
        gross_minor=gross,
        charges=charges_of(
            gross=gross,
            net=net,
            parts=[(_FEES[column][0], -(fee or 0), _FEES[column][1]) for column, fee in fees],
        ),
    )


def _booked(record: Record) -> date | None:
    """The day of booking in Argentina, else that of creation; as written if no zone is named."""
    for day, zones in (
        ("booking date", ("booking date timezone", "timezone")),
        ("creation date", ("timezone",)),
    ):
        stamp = record.text(day)
        if stamp is not None:
            zone = record.text(*zones)
            offset = None if zone is None else zone_offset_minutes(zone, stamp, place=record.place)
            return record.argentine_day(day, offset_minutes=offset)
    raise Unreadable(record.place, "neither booking date nor creation date")


def _journal(kind: str | None) -> str:
    """A journal type without case, blanks and hyphens."""
    return "".join(filter(str.isalnum, kind or "")).casefold()
