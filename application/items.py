"""From states to what the matching engine compares."""

from __future__ import annotations

from collections.abc import Iterator

from application.registry import Registry
from domain.matching.items import LineItem, PaymentItem
from domain.payment import Cancelled, Expected
from domain.settlement import DeliveredLine, Settlement
from domain.statement import Received, Sealed, Verified, stream_of


def payment_item(stream: str, state: Expected | Cancelled, version: int) -> PaymentItem:
    """A payment, as the engine sees it."""
    registered = state.registered
    return PaymentItem(
        id=stream,
        version=version,
        merchant=registered.merchant_id,
        amount=registered.amount.minor,
        currency=registered.amount.currency,
        created=registered.local_day.toordinal(),
        expected=registered.expected_value_date.toordinal(),
        method=registered.method,
        reference=registered.reference,
        end_to_end_id=registered.end_to_end_id,
        account=registered.payer_account,
        tax_id=registered.payer_tax_id,
        cancelled=isinstance(state, Cancelled),
    )


def line_items(stream: str, state: Settlement, version: int) -> Iterator[LineItem]:
    """A settlement's deliveries, as the engine sees them.

    The first is the line, others repeat it (U1).

    A cancelled line repeats itself: it settles nothing, yet it still counts where whole statements
    are compared (U2), and what it competed with is found through it.
    """
    for at, line in enumerate(state.deliveries):
        yield LineItem(
            id=repeat_id(stream, line) if at else stream,
            version=version,
            settlement_id=line.settlement_id,
            source=line.source,
            account=line.account,
            amount=line.amount.minor,
            currency=line.amount.currency,
            booking=line.booking_date.toordinal(),
            value=line.value_date.toordinal(),
            reference=line.reference,
            end_to_end_id=line.end_to_end_id,
            text=line.remittance_information,
            counterparty_name=line.counterparty_name,
            counterparty_account=line.counterparty_account,
            counterparty_tax_id=line.counterparty_tax_id,
            reversal=line.reversal,
            merchant=line.merchant_id,
            statement=line.statement_id,
            received_at=line.received_at,
            repeats=stream if at or state.cancelled is not None else None,
        )


def repeat_id(stream: str, line: DeliveredLine) -> str:
    """The engine's id of a second delivery of an entry."""
    return f"{stream}~{line.settlement_id}"


def statement_stream_of(line: DeliveredLine) -> str | None:
    """The statement that the line was delivered with, if the source named one."""
    if line.statement_id is None:
        return None
    return stream_of(source=line.source, account=line.account, statement_id=line.statement_id)


def is_visible(registry: Registry, line: DeliveredLine) -> bool:
    """Whether the line may be matched.

    An import that died half-way, before its seal, shows nothing.
    """
    stream = statement_stream_of(line)
    if stream is None:
        return True
    match registry.states.get(stream):
        case Sealed():
            return True
        case Received(sealed=sealed) | Verified(sealed=sealed):
            return sealed is not None
        case _:
            return False
