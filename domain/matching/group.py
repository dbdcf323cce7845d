"""A payout group: the open payments that one line would settle together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from domain.fees import GroupNet, schedule_in_force
from domain.matching.items import MerchantItem, PaymentItem


@dataclass(frozen=True, slots=True)
class Group:
    """The open payments of a derived group, and their net; `by` says how the day was found."""

    merchant: MerchantItem
    payments: tuple[PaymentItem, ...]
    net: GroupNet
    by: str

    @property
    def schedules(self) -> tuple[date, ...]:
        """The days from which the schedules are in force that price the group."""
        terms = self.merchant.terms
        days = {payment.created for payment in self.payments}
        return tuple(sorted({schedule_in_force(terms, day).effective_from for day in days}))
