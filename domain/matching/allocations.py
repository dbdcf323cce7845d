"""What a match says of amounts: which line settles what of which payment, and what is left over."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from domain.breakdown import StatedCharge
from domain.fees import Charge
from domain.matching.identity import Edge, Work
from domain.matching.items import LineItem, PaymentItem
from domain.money import Money
from domain.settlement import Allocation, Residual


def allocation_of(edge: Edge) -> Allocation:
    """What the edge's line settles of its payment."""
    return Allocation(
        settlement=edge.line.id,
        payment=edge.payment.id,
        amount=Money(edge.explanation.allocated, edge.line.currency),
        payment_amount=Money(edge.payment.amount, edge.payment.currency),
    )


def residuals_of(edge: Edge) -> tuple[Residual, ...]:
    """The named differences of the edge."""
    return tuple(
        Residual(kind=kind, amount=Money(amount, edge.line.currency))
        for kind, amount in edge.explanation.residuals
    )


def by_payment(line: LineItem, payments: Sequence[PaymentItem]) -> tuple[Allocation, ...]:
    """One line settles all of these payments."""
    return tuple(
        Allocation(
            settlement=line.id,
            payment=payment.id,
            amount=Money(payment.amount, payment.currency),
            payment_amount=Money(payment.amount, payment.currency),
        )
        for payment in payments
    )


def by_line(works: Sequence[Work], payment: PaymentItem) -> tuple[Allocation, ...]:
    """Lines that each settle, or return, a part of one payment."""
    return tuple(
        Allocation(
            settlement=work.line.id,
            payment=payment.id,
            amount=Money(work.line.amount, work.line.currency),
            payment_amount=Money(work.line.amount, payment.currency),
        )
        for work in works
    )


def charges_of(charges: Iterable[Charge | StatedCharge], currency: str) -> tuple[Residual, ...]:
    """Charges, expected or stated, as the named differences that they are."""
    return tuple(
        Residual(kind=charge.kind, amount=Money(charge.amount_minor, currency))
        for charge in charges
    )
