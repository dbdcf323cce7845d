"""From states to what the matching engine compares."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from application.registry import Registry
from domain.calendar import sortable_instant
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


def line_items(
    stream: str, state: Settlement, version: int, *, sealed: bool = True
) -> Iterator[LineItem]:
    """A settlement's deliveries, as the engine sees them.

    The first is the line, others repeat it (U1).

    A cancelled line repeats itself: it settles nothing, yet it still counts where whole statements
    are compared (U2), and what it competed with is found through it.

    `sealed` says that its window is closed (application/windows.py).
    """
    for at, line in enumerate(in_order(state)):
        # The entry says what was recorded first; when it came, and with what, is the earliest.
        said = line if at else state.line
        received = line.received_at
        yield LineItem(
            id=repeat_id(stream, line) if at else stream,
            version=version,
            settlement_id=line.settlement_id,
            source=said.source,
            account=said.account,
            amount=said.amount.minor,
            currency=said.amount.currency,
            booking=said.booking_date.toordinal(),
            value=said.value_date.toordinal(),
            reference=said.reference,
            end_to_end_id=said.end_to_end_id,
            text=said.remittance_information,
            counterparty_name=said.counterparty_name,
            counterparty_account=said.counterparty_account,
            counterparty_tax_id=said.counterparty_tax_id,
            reversal=said.reversal,
            merchant=said.merchant_id,
            statement=line.statement_id,
            received_at=None if received is None else sortable_instant(received),
            other_ids=said.other_ids or (),
            breakdown=said.breakdown,
            sealed=sealed,
            repeats=stream if at or state.cancelled is not None else None,
        )


def in_order(state: Settlement) -> Sequence[DeliveredLine]:
    """A settlement's deliveries, the earliest first, in whatever order they were recorded."""
    if len(state.deliveries) == 1:
        return state.deliveries
    return sorted(state.deliveries, key=earliest)


def earliest(line: DeliveredLine) -> tuple[str, str]:
    """What deliveries are ordered by: when they were received, then their row id."""
    received = "" if line.received_at is None else sortable_instant(line.received_at)
    return received, line.settlement_id


def repeat_id(stream: str, line: DeliveredLine) -> str:
    """The engine's id of a second delivery of an entry."""
    return f"{stream}~{line.settlement_id}"


def statement_stream_of(line: DeliveredLine) -> str | None:
    """The statement that the line was delivered with, if the source named one."""
    if line.statement_id is None:
        return None
    return stream_of(source=line.source, account=line.account, statement_id=line.statement_id)


def is_visible(registry: Registry, state: Settlement) -> bool:
    """Whether the line may be matched.

    An import that died half-way, before its seal, shows nothing.
    """
    return any(_is_sealed(registry, line) for line in state.deliveries)


def _is_sealed(registry: Registry, line: DeliveredLine) -> bool:
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
