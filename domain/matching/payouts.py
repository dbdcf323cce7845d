"""Payouts (stage 2c, class G): one line settles a merchant's group, net to the centavo.

The group is derived: merchant, method and value day, by the payments' expected date or by their
local day (F4); its net is computed by the schedules in force when each payment was made (F1, F2).
Value days are compared after rolling (F5).
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from domain.errors import NoScheduleInForce
from domain.fees import group_net
from domain.matching.contradictions import DAYS_AFTER_EXPECTED_MAX, begins
from domain.matching.evidence import Shown
from domain.matching.group import Group
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, MerchantItem, PaymentItem
from domain.matching.normalise import fold, runs_of

METHOD_WORDS = {"TARJETAS": ("card",), "QR": ("qr",), "VENTAS": ("card", "qr")}
"""The word of a payout's text that says what it pays (F6)."""

_ALL = ("card", "qr")
_EACH = (("card",), ("qr",), _ALL)
"""What a payout may pay, where its text does not say which (F6)."""

DayKey = tuple[str, str, int]
"""Merchant, currency and value day, rolled."""


class Payouts:
    """Derived groups of open payments, computed once each."""

    def __init__(self, index: PaymentIndex, taken: Container[str]) -> None:
        self._index = index
        self._taken = taken
        self._known: dict[DayKey, dict[tuple[str, ...], tuple[Group, ...]]] = {}

    def fitting(self, line: LineItem, shown: Shown) -> list[Group]:
        """The different groups whose net is the line's amount.

        One is a candidate, more refuse each other.
        """
        found: dict[frozenset[str], Group] = {}
        for group in self.candidates(line, shown):
            if group.net.net == line.amount and not self.is_contradicted(line, shown, group):
                found.setdefault(frozenset(payment.id for payment in group.payments), group)
        return list(found.values())

    def candidates(self, line: LineItem, shown: Shown) -> Iterator[Group]:
        """The groups that the line names by merchant, method and value day, whatever their net."""
        day = self._index.reference.calendar.roll(line.value)
        for merchant in named_merchants(line, shown, self._index):
            for methods in _methods(line, merchant):
                yield from self._groups((merchant.code, line.currency, day), methods)

    def earlier(
        self, line: LineItem, group: Group, *, held: Container[str], reserved: Container[str]
    ) -> list[PaymentItem]:
        """The open payments of earlier value days that the line may still pay.

        Past its break day only what an earlier payout `held` back; `reserved` is paid otherwise.
        """
        inside = {payment.id for payment in group.payments}
        methods = {payment.method for payment in group.payments}
        day = self._index.reference.calendar.roll(line.value)
        return [
            payment
            for payment in self._index.grouped(group.merchant.code, line.currency)
            if payment.method in methods
            and payment.id not in inside
            and payment.id not in self._taken
            and payment.id not in reserved
            and not payment.cancelled
            and payment.expected < day
            and (payment.id in held or line.value <= payment.expected + DAYS_AFTER_EXPECTED_MAX)
        ]

    def nets(self, key: DayKey) -> frozenset[int]:
        """What all groups of a merchant and value day come to, of one method and of all."""
        if key[0] not in self._index.reference.merchants:
            return frozenset()
        by_method = [self._groups(key, methods) for methods in _EACH]
        return frozenset([group.net.net for groups in by_method for group in groups])

    def forget(self, key: DayKey | None) -> None:
        """Derive the groups of this day anew when they are asked for; None means of all days."""
        if key is None:
            self._known.clear()
        else:
            self._known.pop(key, None)

    def _groups(self, key: DayKey, methods: tuple[str, ...]) -> tuple[Group, ...]:
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = {}
        groups = known.get(methods)
        if groups is None:
            groups = known[methods] = tuple(self._derive(key, methods))
        return groups

    def _derive(self, key: DayKey, methods: tuple[str, ...]) -> Iterator[Group]:
        code, currency, day = key
        merchant = self._index.reference.merchants[code]
        pairs = [self._index.groups((code, currency, method, day)) for method in methods]
        for by, place in (("expected value date", 0), ("local day", 1)):
            open_ones = [
                payment
                for pair in pairs
                for payment in pair[place]
                if payment.id not in self._taken and not payment.cancelled
            ]
            payments = tuple(sorted(open_ones, key=lambda payment: payment.id))
            if not payments:
                continue
            try:
                net = group_net(merchant.terms, [(p.amount, p.created) for p in payments])
            except NoScheduleInForce:
                continue  # a payment before the first schedule has no expected net
            yield Group(merchant, payments, net, by)

    def is_contradicted(self, line: LineItem, shown: Shown, group: Group) -> bool:
        """Whether the line cannot pay all of the group."""
        barred, tail = self._index.barred, shown.tail
        if tail is not None and not all(
            begins(tail, shown.tail_stripped, payment) for payment in group.payments
        ):
            return True
        if barred and any((line.id, payment.id) in barred for payment in group.payments):
            return True
        return any(payment.created > line.value for payment in group.payments)


def named_merchants(line: LineItem, shown: Shown, index: PaymentIndex) -> tuple[MerchantItem, ...]:
    """The merchants that everything on the line names.

    None when it also names somebody else (X3, X4).
    """
    codes: set[str] | None = None if line.merchant is None else {line.merchant}
    named = [index.merchants_by_account.get(one.value, ()) for one in shown.accounts]
    named += [index.merchants_by_tax_id.get(one.value, ()) for one in shown.tax_ids]
    for some in named:
        codes = set(some) if codes is None else codes.intersection(some)
    merchants = index.reference.merchants
    return tuple(merchants[code] for code in sorted(codes or ()) if code in merchants)


def _methods(line: LineItem, merchant: MerchantItem) -> tuple[tuple[str, ...], ...]:
    if not merchant.terms.payout_per_method:
        return (_ALL,)
    runs = set(runs_of(fold(line.text or "")))
    said = [methods for word, methods in METHOD_WORDS.items() if word in runs]
    if len(said) == 1 and said[0] != _ALL:
        return (said[0],)
    return _EACH
