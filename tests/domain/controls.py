"""Payments, lines and matches with fixed ids, days and amounts, to be varied by a test."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from domain.matching.proof import Proof, Window
from domain.money import Money
from domain.payment import PaymentAllocated, PaymentRegistered, PaymentReturned, ReturnKind
from domain.settlement import (
    Allocation,
    MatchTerms,
    Residual,
    SettlementAllocated,
    SettlementRecorded,
)

MONDAY, TUESDAY, WEDNESDAY = date(2026, 3, 2), date(2026, 3, 3), date(2026, 3, 4)
HOME, OTHER = "set:bank:017:2856344207377634584363:E1", "set:bank:017:2856344207377634584363:E2"
PAID = "pay:core:P1"


def ars(minor: int) -> Money:
    return Money(minor, "ARS")


# Payments.

REGISTERED = PaymentRegistered(
    payment_id="P1",
    source="core",
    merchant_id="M1",
    amount=ars(100_00),
    method="transfer",
    created_at="2026-03-02T22:30:00-03:00",
    local_day=MONDAY,
    expected_value_date=TUESDAY,
    reference="FA3589C690C6",
    end_to_end_id="VRDPNEUTRS2NF2URRUFNLN",
    payer_name="Tomás Pérez",
    payer_account="0177792125336137481863",
    payer_tax_id="24667649214",
    received_at="2026-03-02T22:30:05-03:00",
)


def paid(minor: int, *, match_id: str = "m1") -> PaymentAllocated:
    return PaymentAllocated(match_id=match_id, amount=ars(minor), settlements=(HOME,))


def returned(minor: int, *, match_id: str = "r1", kind: ReturnKind = "refund") -> PaymentReturned:
    return PaymentReturned(match_id=match_id, kind=kind, amount=ars(minor), settlement=OTHER)


# Lines.

LINE = SettlementRecorded(
    settlement_id="S1",
    source="bank:017",
    account="2856344207377634584363",
    amount=ars(100_00),
    booking_date=TUESDAY,
    value_date=TUESDAY,
    bank_entry_id="E1",
    reference="FA3589C690C6",
    end_to_end_id=None,
    remittance_information="/ROC/FA3589C690C6//URI/559722",
    counterparty_name="Tomás Pérez",
    counterparty_account="0177792125336137481863",
    counterparty_tax_id=None,
    reversal=False,
    merchant_id=None,
    statement_id="ST1",
    received_at="2026-03-04T06:28:02-03:00",
)


def row(
    number: int, minor: int, *, day: date = TUESDAY, currency: str = "ARS"
) -> SettlementRecorded:
    """A line of its own: row S<number> is the bank's entry E<number>."""
    return replace(
        LINE,
        settlement_id=f"S{number}",
        bank_entry_id=f"E{number}",
        amount=Money(minor, currency),
        booking_date=day,
        value_date=day,
    )


# Matches.

PROOF = Proof(
    items=((PAID, 1), (HOME, 1)),
    evidence=(),
    window=Window(value_date=TUESDAY, first=MONDAY, last=date(2026, 3, 15)),
    sealed=None,
    candidates=1,
    candidates_hash="ca" * 32,
)


def terms(*allocated: int, fee: int = 0, currency: str = "ARS") -> MatchTerms:
    """Terms of a match: one allocation of each amount, and a fee (negative) where there is one."""
    return MatchTerms(
        rule="identity@1",
        evidence="I",
        status="final",
        allocations=tuple(
            Allocation(
                settlement=HOME,
                payment=f"pay:core:P{number}",
                amount=Money(minor, currency),
                payment_amount=ars(minor),
            )
            for number, minor in enumerate(allocated, start=1)
        ),
        residuals=(Residual(kind="ACQ_FEE", amount=Money(fee, currency)),) if fee else (),
        proof=PROOF,
    )


def allocated(made: MatchTerms, *, number: int = 1) -> SettlementAllocated:
    """The match that these terms make on the line HOME, its `number`th."""
    return SettlementAllocated(
        match_id=f"mat:{HOME.removeprefix('set:')}:{number}",
        rule=made.rule,
        evidence=made.evidence,
        status=made.status,
        allocations=made.allocations,
        residuals=made.residuals,
        proof=made.proof,
    )
