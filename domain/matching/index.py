"""Where payments are found: by every id, by merchant and amount, and by payout group.

The index holds all payments, open or not: whom a reference belongs to matters even when its owner
is settled (E6, R5).
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Container, Iterable
from typing import TypeVar

from domain.matching.items import MerchantItem, PaymentItem, ReferenceData
from domain.matching.normalise import keys_of

PREFIX_HEAD_LENGTH = 4
"""References are filed by their first characters: a cut text may begin them (R3, X5)."""

NO_END_TO_END_IDS = frozenset(("NOTPROVIDED", "NONREF"))
"""What message standards write where there is no id."""

GroupKey = tuple[str, str, str, int]
"""Merchant, currency, method and value day of a payout group."""

Key = TypeVar("Key")
Payments = list[PaymentItem]
_NONE: Payments = []


class PaymentIndex:
    """Payments by every key that a line can show.

    `barred` are pairs (line, payment) that a person undid.
    """

    def __init__(self, reference: ReferenceData) -> None:
        self.reference = reference
        self.by_id: dict[str, PaymentItem] = {}
        self._by_key: dict[str, Payments] = {}
        self._by_end_to_end: dict[str, Payments] = {}
        self._by_account: dict[str, Payments] = {}
        self._by_tax_id: dict[str, Payments] = {}
        self._by_merchant_amount: dict[tuple[str, str, int], Payments] = {}
        self._by_expected_day: dict[GroupKey, Payments] = {}
        self._by_value_day: dict[GroupKey, Payments] = {}
        self._grouped: dict[tuple[str, str], Payments] = {}
        self._prefixes = _Prefixes()
        self.barred: set[tuple[str, str]] = set()
        self.merchants_by_account = _codes(reference, "payout_account")
        self.merchants_by_tax_id = _codes(reference, "tax_id")

    def add(self, payment: PaymentItem) -> None:
        """File a payment under all its keys."""
        self.by_id[payment.id] = payment
        key, stripped = payment.key, payment.stripped_key
        if key:
            _file(self._by_key, key, payment)
            self._prefixes.add(key)
            if stripped and stripped != key:
                _file(self._by_key, stripped, payment)
                self._prefixes.add(stripped)
        if payment.end_to_end_id:
            key = end_to_end_key(payment.end_to_end_id)
            if key:
                _file(self._by_end_to_end, key, payment)
        if payment.grouped:
            _file(self._grouped, (payment.merchant, payment.currency), payment)
            for filed, group in self._group_keys(payment):
                _file(filed, group, payment)
            return
        if payment.account:
            _file(self._by_account, payment.account, payment)
        if payment.tax_id:
            _file(self._by_tax_id, payment.tax_id, payment)
        at = (payment.merchant, payment.currency, payment.amount)
        _file(self._by_merchant_amount, at, payment)

    def _group_keys(self, payment: PaymentItem) -> list[tuple[dict[GroupKey, Payments], GroupKey]]:
        merchant, currency, method = payment.merchant, payment.currency, payment.method
        filed = (self._by_expected_day, self._by_value_day)
        days = self.payout_days(payment)
        return [
            (one, (merchant, currency, method, day)) for one, day in zip(filed, days, strict=False)
        ]

    def payout_days(self, payment: PaymentItem) -> tuple[int, ...]:
        """The value days of a payment's groups: as expected, and by its local day (F4)."""
        expected = self.reference.calendar.roll(payment.expected)
        known = self.reference.merchants.get(payment.merchant)
        if known is None:
            return (expected,)
        return expected, self.value_day(known, payment.created)

    def value_day(self, merchant: MerchantItem, local_day: int) -> int:
        """The day on which an acquirer pays out what a merchant sold on `local_day` (F4)."""
        return self.reference.calendar.value_day(
            local_day,
            settlement_delay_bd=merchant.terms.settlement_delay_bd,
            payout_schedule=merchant.terms.payout_schedule,
        )

    def owners(self, key: str, stripped: str) -> Payments:
        """The payments one of whose keys is one of these.

        Both are indexed, and both looked up (R1).
        """
        found = self._by_key.get(key, _NONE)
        if stripped != key:
            more = self._by_key.get(stripped)
            if more:
                found = unique((*found, *more)) if found else more
        return found

    @property
    def keys(self) -> Container[str]:
        """All keys of payments' references, of either kind."""
        return self._by_key

    @property
    def heads(self) -> Container[str]:
        """The first PREFIX_HEAD_LENGTH characters of all longer keys (see has_short_keys)."""
        return self._prefixes.filed

    @property
    def has_short_keys(self) -> bool:
        """Whether some reference has a key of PREFIX_HEAD_LENGTH characters or less."""
        return self._prefixes.has_short

    def by_end_to_end(self, key: str) -> Payments:
        """The payments with this end-to-end id (see end_to_end_key)."""
        return self._by_end_to_end.get(key, _NONE)

    def by_account(self, account: str) -> Payments:
        """The payments, credited one by one, whose payer has this account."""
        return self._by_account.get(account, _NONE)

    def by_tax_id(self, tax_id: str) -> Payments:
        """The payments, credited one by one, whose payer has this tax id."""
        return self._by_tax_id.get(tax_id, _NONE)

    def by_merchant_amount(self, merchant: str, currency: str, amount: int) -> Payments:
        """The payments, credited one by one, of this merchant and amount."""
        return self._by_merchant_amount.get((merchant, currency, amount), _NONE)

    def grouped(self, merchant: str, currency: str) -> Payments:
        """All payments of a merchant that are paid out in groups."""
        return self._grouped.get((merchant, currency), _NONE)

    def groups(self, key: GroupKey) -> tuple[Payments, Payments]:
        """A payout group's payments by expected date, and by computed value day (F4)."""
        return self._by_expected_day.get(key, _NONE), self._by_value_day.get(key, _NONE)

    def continues(self, prefix: str) -> bool:
        """Whether some reference is longer than `prefix` and begins with it."""
        return self._prefixes.continues(prefix)


def end_to_end_key(end_to_end_id: str) -> str:
    """End-to-end ids are compared without case and separators; a filler for no id has no key."""
    key = keys_of(end_to_end_id)[0]
    return "" if key in NO_END_TO_END_IDS else key


def _codes(reference: ReferenceData, name: str) -> dict[str, tuple[str, ...]]:
    codes: defaultdict[str, list[str]] = defaultdict(list)
    for merchant in reference.merchants.values():
        value: str | None = getattr(merchant, name)
        if value:
            codes[value].append(merchant.code)
    return {value: tuple(sorted(found)) for value, found in codes.items()}


def _file(filed: dict[Key, Payments], key: Key, payment: PaymentItem) -> None:
    found = filed.get(key)
    if found is None:
        filed[key] = [payment]
    else:
        found.append(payment)


class _Prefixes:
    """Reference keys, by their first characters; sorted once somebody asks, and from then on."""

    def __init__(self) -> None:
        self.filed: dict[str, list[str]] = {}
        self._sorted: set[str] = set()
        self.has_short = False

    def add(self, key: str) -> None:
        if len(key) <= PREFIX_HEAD_LENGTH:
            self.has_short = True
            return
        head = key[:PREFIX_HEAD_LENGTH]
        keys = self.filed.get(head)
        if keys is None:
            self.filed[head] = [key]
        elif head in self._sorted:
            insort(keys, key)
        else:
            keys.append(key)

    def continues(self, prefix: str) -> bool:
        head = prefix[:PREFIX_HEAD_LENGTH]
        keys = self.filed.get(head)
        if keys is None or len(prefix) < PREFIX_HEAD_LENGTH:
            return False
        if head not in self._sorted:
            keys.sort()
            self._sorted.add(head)
        at = bisect_right(keys, prefix)
        return at < len(keys) and keys[at].startswith(prefix)


def unique(payments: Iterable[PaymentItem]) -> list[PaymentItem]:
    """Each payment once, in order of first appearance."""
    return list(dict.fromkeys(payments))  # an item is itself and equal to no other
