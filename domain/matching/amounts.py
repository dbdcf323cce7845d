"""How a line's amount is explained by one payment (X6), and the residuals of the difference.

Exact; what the document says was paid, less the charges that it states, or within two centavos,
when identity holds; converted at the published rate of the value date or
of the day before, give or take one centavo; or net of the merchant's schedule. Anything else
contradicts.
"""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from domain.breakdown import Breakdown
from domain.errors import NoScheduleInForce
from domain.fees import charges, schedule_in_force
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.money import half_up

ROUNDING_MINOR_MAX = 2
FX_ROUNDING_MINOR_MAX = 1
ROUNDING, FX_SPREAD = "ROUNDING", "FX_SPREAD"

NamedAmount = tuple[str, int]
"""A residual's kind and signed minor units."""


class Explanation(NamedTuple):
    """How a line's amount comes from a payment.

    `allocated` (line currency) plus the residuals is the line's amount.
    """

    how: str
    allocated: int
    residuals: tuple[NamedAmount, ...] = ()
    fx_day: date | None = None
    fx_rate: int | None = None
    schedule: date | None = None


def explain(
    line: LineItem, payment: PaymentItem, index: PaymentIndex, *, identity: bool, payer: bool
) -> Explanation | None:
    """The explanation of the whole payment by this one line, or None (X6).

    Rounding and schedules need `identity`; FX needs identity or `payer` id.
    """
    if line.currency == payment.currency:
        difference = line.amount - payment.amount
        if difference == 0:
            return Explanation(how="exact", allocated=line.amount)
        if not identity:
            return None
        if line.breakdown is not None and line.breakdown.gross_minor == payment.amount:
            return _as_stated(line.breakdown, payment)
        if -ROUNDING_MINOR_MAX <= difference <= ROUNDING_MINOR_MAX:
            residuals = ((ROUNDING, difference),)
            return Explanation(how="rounding", allocated=payment.amount, residuals=residuals)
        return _net_of_schedule(line, payment, index) if difference < 0 else None
    if identity or payer:
        return _converted(line, payment, index)
    return None


def _as_stated(breakdown: Breakdown, payment: PaymentItem) -> Explanation:
    charges = tuple((charge.kind, charge.amount_minor) for charge in breakdown.charges)
    return Explanation(how="stated", allocated=payment.amount, residuals=charges)


def _net_of_schedule(
    line: LineItem, payment: PaymentItem, index: PaymentIndex
) -> Explanation | None:
    merchant = index.reference.merchants.get(payment.merchant)
    if merchant is None:
        return None
    try:
        schedule = schedule_in_force(merchant.terms, payment.created)
    except NoScheduleInForce:
        return None  # a payment before the first schedule has no expected net
    taken = charges(schedule, payment.amount)
    named = tuple((charge.kind, charge.amount_minor) for charge in taken)
    if payment.amount + sum(amount for _, amount in named) != line.amount:
        return None
    return Explanation(
        how="net",
        allocated=payment.amount,
        residuals=named,
        schedule=schedule.effective_from,
    )


def _converted(line: LineItem, payment: PaymentItem, index: PaymentIndex) -> Explanation | None:
    table = index.reference.fx.get(payment.currency)
    if table is None or line.currency != table.home:
        return None
    for day in (line.value, line.value - 1):
        rate = table.rates.get(day)
        if rate is None:
            continue
        converted = half_up(payment.amount * rate, table.scale)
        difference = line.amount - converted
        if -FX_ROUNDING_MINOR_MAX <= difference <= FX_ROUNDING_MINOR_MAX:
            return Explanation(
                how="fx",
                allocated=converted,
                residuals=((FX_SPREAD, difference),),
                fx_day=date.fromordinal(day),
                fx_rate=rate,
            )
    return None
