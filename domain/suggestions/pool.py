"""The open payments that are worth a look for a line: found by keys, a bounded number of them.

Card and QR payments are credited in groups: alone they are looked at only where an id names them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from domain.matching.composite import payer_payments
from domain.matching.evidence import Shown
from domain.matching.index import PaymentIndex, unique
from domain.matching.items import LineItem, PaymentItem, ReferenceData
from domain.suggestions.likeness import Said, number_of, words_of

FOUND_BY_KEY_MAX = 100
"""Payments that one key of a line adds: of more, those expected nearest to the line's value day."""

Words = tuple[str, ...]
_NONE: Sequence[PaymentItem] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A payment that may be suggested, with its payer's name; `settled` where nothing is open."""

    item: PaymentItem
    payer_name: str | None
    settled: bool = False


class Pool:
    """Payments by every key that a suggestion can start from; cancelled ones are none."""

    def __init__(
        self,
        known: Iterable[Known],
        *,
        reference: ReferenceData,
        barred: Iterable[tuple[str, str]] = (),
    ) -> None:
        self.index = PaymentIndex(reference)
        self.index.barred.update(barred)
        self.names: dict[str, Words] = {}
        self.numbers: dict[str, str] = {}
        self.settled: set[str] = set()
        self._by_amount: defaultdict[tuple[str, int], list[PaymentItem]] = defaultdict(list)
        self._by_number: defaultdict[str, list[PaymentItem]] = defaultdict(list)
        self._by_name: defaultdict[Words, list[PaymentItem]] = defaultdict(list)
        for one in sorted(known, key=lambda each: (each.item.expected, each.item.id)):
            if not one.item.cancelled:
                self._add(one)

    def _add(self, known: Known) -> None:
        item = known.item
        self.index.add(item)
        number = number_of(item.reference) if item.reference else None
        if number is not None:
            self.numbers[item.id] = number
        if known.payer_name:
            self.names[item.id] = words_of(known.payer_name)
        if known.settled:
            self.settled.add(item.id)
            return
        if number is not None:
            self._by_number[number].append(item)
        if item.grouped:
            return
        self._by_amount[item.currency, item.amount].append(item)
        if item.id in self.names:
            self._by_name[self.names[item.id]].append(item)

    def singles(self, line: LineItem, shown: Shown, said: Said) -> tuple[list[PaymentItem], int]:
        """Payments that the line alone may pay, or give back; and how many like them were not seen.

        By ids, the payer, the number of the reference, equal amount, the payer's name. What a
        person undid is not among them.
        """
        owners = shown.owners()
        if line.amount <= 0:
            return self._allowed(line, owners), 0
        alike = self._by_amount.get((line.currency, line.amount), _NONE)
        found = owners[:FOUND_BY_KEY_MAX]
        found += self._nearest(line, self._open(payer_payments(shown, self.index)))
        for number in said.numbers:
            found += self._nearest(line, self._by_number.get(number, _NONE))
        found += self._nearest(line, alike)
        if said.name:
            found += self._nearest(line, self._by_name.get(said.name, _NONE))
        return self._allowed(line, unique(found)), max(0, len(alike) - FOUND_BY_KEY_MAX)

    def of_payer(self, shown: Shown) -> list[PaymentItem]:
        """Open payments of the payer that the line shows."""
        return self._open(payer_payments(shown, self.index))

    def is_barred(self, line: LineItem, payments: Iterable[PaymentItem]) -> bool:
        """Whether a person undid the line and one of these payments."""
        barred = self.index.barred
        return bool(barred) and any((line.id, payment.id) in barred for payment in payments)

    def _allowed(self, line: LineItem, found: Iterable[PaymentItem]) -> list[PaymentItem]:
        return [payment for payment in found if not self.is_barred(line, (payment,))]

    def _open(self, found: Iterable[PaymentItem]) -> list[PaymentItem]:
        return [payment for payment in found if payment.id not in self.settled]

    def _nearest(self, line: LineItem, found: Sequence[PaymentItem]) -> Sequence[PaymentItem]:
        """Of too many, those expected nearest to the line's value day; they stand in day order."""
        if len(found) <= FOUND_BY_KEY_MAX:
            return found
        at = bisect_left(found, line.value, key=lambda payment: payment.expected)
        first = max(0, min(at - FOUND_BY_KEY_MAX // 2, len(found) - FOUND_BY_KEY_MAX))
        return found[first : first + FOUND_BY_KEY_MAX]
