"""Facts and commits for the contract suites: short to write, and different from each other."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from application.ports import Commit
from domain.facts import Context, Fact
from domain.money import Money
from domain.payment import PaymentAllocated, PaymentRegistered
from domain.settlement import SettlementRecorded

STREAM, OTHER = "pay:core:P1", "pay:core:P2"

CONTEXT = Context(
    command_id="c-1",
    correlation_id="run-1",
    causation_id="set:bank:A:E1@1",
    actor="svc:test",
    authority="role/test",
    sources=("5f" * 32,),
)

REGISTERED = PaymentRegistered(
    payment_id="P1",
    source="core",
    merchant_id="M1",
    amount=Money(100_00, "ARS"),
    method="transfer",
    created_at="2026-11-16T10:20:30-03:00",
    local_day=date(2026, 11, 16),
    expected_value_date=date(2026, 11, 17),
    reference="REF 1",
    end_to_end_id=None,
    payer_name="Tomás Pérez",
    payer_account="0177792125336137481863",
    payer_tax_id=None,
    received_at=None,
)

LINE = SettlementRecorded(
    settlement_id="S1",
    source="bank",
    account="2856344207377634584363",
    amount=Money(100_00, "ARS"),
    booking_date=date(2026, 11, 17),
    value_date=date(2026, 11, 17),
    bank_entry_id="E1",
    reference=None,
    end_to_end_id=None,
    remittance_information="/ROC/REF 1//from Tomás Pérez",
    counterparty_name="Tomás Pérez",
    counterparty_account=None,
    counterparty_tax_id="24667649214",
    reversal=False,
    merchant_id=None,
    statement_id=None,
    received_at=None,
)

NAMELESS = replace(REGISTERED, payer_name=None, payer_account=None)


def allocated(number: int, *, minor: int = 1) -> PaymentAllocated:
    return PaymentAllocated(
        match_id=f"m{number}", amount=Money(minor, "ARS"), settlements=("set:bank:A:E1",)
    )


def commit(*facts: Fact, stream: str = STREAM, expected: int = 0, command: str = "c-1") -> Commit:
    return Commit(
        stream=stream,
        expected_version=expected,
        business_time="2026-11-16",
        context=replace(CONTEXT, command_id=command),
        facts=facts,
    )
