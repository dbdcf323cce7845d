"""What is made while a bank is generated: payments, lines, and the truth about them.

Days are ordinals; `second` counts from midnight; amounts are minor units.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from adapters.demo_bank.merchants import Merchant
from adapters.demo_bank.people import Payer

Method = Literal["transfer", "debin", "wallet", "card", "qr"]
Label = Literal["match", "ambiguous", "neutral", "unmatched_payment", "orphan_settlement"]
Pairing = Literal["all", "any_bijection", "any_one", "none"]

SECONDS_PER_DAY = 86_400

Delivery = tuple[str, str, int, int]
"""What a statement is known by: source kind, account, booking day, and days of delay."""


@dataclass(slots=True, eq=False, kw_only=True)
class Payment:
    """Money that the bank expects.

    `paid_first` is the line of a payment that is registered only after its money arrived;
    `received` is set at the end, in seconds since day 0.
    """

    merchant: Merchant
    method: Method
    payer: Payer
    amount: int
    currency: str
    reference: str | None
    end_to_end_id: str | None
    day: int
    second: int
    expected_day: int
    utc: bool = False
    paid_first: Line | None = None
    received: int = 0
    payment_id: str = ""


@dataclass(slots=True, eq=False, kw_only=True)
class Line:
    """Money that arrived, or left: one line of a bank's statement or of an acquirer's payouts.

    `delay_days` is above 0 on the lines of a statement that is delivered a second time.
    """

    source: str
    account: str
    amount: int
    currency: str
    booking_day: int
    value_day: int
    bank_entry_id: str
    reference: str | None = None
    end_to_end_id: str | None = None
    text: str | None = None
    counterparty_name: str | None = None
    counterparty_account: str | None = None
    counterparty_tax_id: str | None = None
    reversal: bool = False
    merchant_id: str | None = None
    delay_days: int = 0
    received: int = 0
    statement_id: str = ""
    settlement_id: str = ""

    @property
    def delivery(self) -> Delivery:
        """The statement that the line stands in."""
        kind = "bank" if self.source.startswith("bank") else self.source
        return kind, self.account, self.booking_day, self.delay_days


@dataclass(slots=True, eq=False, kw_only=True)
class Group:
    """The truth about payments and lines that belong together.

    A `weak` group hangs on evidence that a stranger may share by accident; the oracle looks at it.
    """

    label: Label
    kind: str
    noise_class: str
    pairing: Pairing
    payments: list[Payment]
    lines: list[Line]
    weak: bool = False
    copies: list[tuple[Line, Line]] = field(default_factory=list[tuple[Line, Line]])
