"""Rows of the labelled data format.

Amounts are minor units, rates of fees basis points, exchange rates scaled by 10000; times carry
their offset; null means that the source did not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NotRequired, TypedDict


class PaymentRow(TypedDict):
    """A line of payments.jsonl: what the bank expects."""

    payment_id: str
    merchant_id: str
    amount: int
    currency: str
    created_at: str
    expected_value_date: str
    reference: str | None
    end_to_end_id: str | None
    payer_name: str
    payer_account: str
    payer_tax_id: str
    method: str
    received_at: str


class SettlementRow(TypedDict):
    """A line of settlements.jsonl: what arrived."""

    settlement_id: str
    source: str
    account: str
    amount: int
    currency: str
    booking_date: str
    value_date: str
    bank_entry_id: str
    reference: str | None
    end_to_end_id: str | None
    remittance_information: str | None
    counterparty_name: str | None
    counterparty_account: str | None
    counterparty_tax_id: str | None
    reversal: bool
    merchant_id: str | None
    received_at: str
    statement_id: str


class RatesRow(TypedDict):
    """Rates of a merchant, in basis points."""

    mdr_bps: int
    vat_on_fee_bps: int
    iibb_bps: int
    iva_wh_bps: int
    gan_wh_bps: int


class ScheduleRow(RatesRow):
    """Rates and the day from which they hold."""

    effective_from: str


class MerchantRow(RatesRow):
    """An entry of merchants.json; its flat rates repeat the first schedule."""

    merchant_id: str
    name: str
    tax_id: str
    payout_account: str
    fee_rounding: str
    settlement_delay_bd: int
    payout_per_method: bool
    payout_schedule: str
    max_held: int
    timezone: str
    schedules: list[ScheduleRow]


class CalendarTable(TypedDict):
    """calendar.json: every holiday and business day of the days that the data name."""

    holidays: list[str]
    business_days: list[str]


class FxTable(TypedDict):
    """fx.json: ARS for a USD by day, times `scale`."""

    pair: str
    scale: int
    rates: dict[str, int]


class TruthRow(TypedDict):
    """A line of truth.jsonl: what belongs together, and what the rules make of it.

    `copies` maps a line that was delivered a second time to the first; `pairs`, where it stands,
    are the only pairs of payment and line that are right inside the group.
    """

    group_id: str
    label: str
    kind: str
    noise_class: str
    pairing: str
    payments: list[str]
    settlements: list[str]
    copies: NotRequired[dict[str, str]]
    pairs: NotRequired[list[list[str]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoBank:
    """All tables of a generated bank; payments and settlements in order of arrival."""

    payments: list[PaymentRow]
    settlements: list[SettlementRow]
    merchants: list[MerchantRow]
    calendar: CalendarTable
    fx: FxTable
    truth: list[TruthRow]
