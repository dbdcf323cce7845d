"""Rows whose id was there before: the same content once, other content never."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

from adapters.data_folder.faults import Unusable
from domain import payment, settlement
from domain.payment import Expected, PaymentRegistered
from domain.settlement import Settlement, SettlementRecorded

Fact = TypeVar("Fact", PaymentRegistered, SettlementRecorded)


class Distinct(Generic[Fact]):
    """Rows by their id, in the order of their first lines.

    Of rows with one content, the one received first is kept, so the order of lines never matters.
    """

    def __init__(self, *, name: str, differing: Callable[[Fact, Fact], tuple[str, ...]]) -> None:
        self.rows: list[tuple[int, Fact]] = []
        self._name = name
        self._differing = differing
        self._at: dict[str, int] = {}

    def add(self, *, key: str, number: int, fact: Fact) -> None:
        """Take the row on line `number`. Raises Unusable where its id has another content."""
        at = self._at.setdefault(key, len(self.rows))
        if at == len(self.rows):
            self.rows.append((number, fact))
            return
        first, known = self.rows[at]
        # What only one of them says is a difference here: neither was ever shredded.
        differing = self._differing(known, fact) or self._differing(fact, known)
        if differing:
            reason = f"{self._name} repeated with other content (first on line {first})"
            raise Unusable(f"{reason}: {', '.join(differing)}")
        self.rows[at] = (first, min(known, fact, key=_received))


def _received(fact: PaymentRegistered | SettlementRecorded) -> tuple[str, str]:
    # One instant may be written in two zones: some order, the same for any order of lines.
    written = fact.created_at if isinstance(fact, PaymentRegistered) else ""
    return fact.received_at or "", written


def payment_fields_differing(known: PaymentRegistered, other: PaymentRegistered) -> tuple[str, ...]:
    """The fields in which two payments of one id contradict each other, as the domain has it."""
    state = Expected(registered=known, allocations={}, returns={})
    try:
        payment.register(state, registration=other)
    except payment.PaymentIdReused as refusal:
        return refusal.fields
    return ()


def line_fields_differing(known: SettlementRecorded, other: SettlementRecorded) -> tuple[str, ...]:
    """The same for two lines of one settlement id."""
    state = Settlement(line=known, deliveries=(known,))
    try:
        settlement.record(state, line=other)
    except settlement.SettlementIdReused as refusal:
        return refusal.fields
    return ()
