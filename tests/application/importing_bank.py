"""A bank of one merchant that files of payments are imported into, and their orders."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from adapters.sqlite_facts import SqliteFactStore
from adapters.sqlite_parking import SqliteParkingLot
from adapters.system import FixedClock, SeededEntropy
from application.batch import InputRefused, SourceFile
from application.parking import Parked
from application.payment_import import Imported, PaymentImport
from application.payment_orders import (
    Answer,
    Body,
    Cancel,
    Order,
    Original,
    Register,
    Report,
    Return,
)
from conciliar.refusals import reason_of
from domain.money import Money
from tests.application.small_bank import (
    START_MS,
    TUESDAY,
    opened,
    paid,
    reconcile,
)

FILE = SourceFile(name="day.jsonl", sha256="ab" * 32)
OTHER = SourceFile(name="other.jsonl", sha256="cd" * 32)
ONE, TWO = "pay:core:P1", "pay:core:P2"


@dataclass(frozen=True)
class Bank:
    """A store that knows merchant M1, its parking lot, and imports into them."""

    facts: SqliteFactStore
    lot: SqliteParkingLot

    def run(self, *some: Order, file: SourceFile = FILE) -> Imported:
        return self.use_case().run(file, some)

    def use_case(self) -> PaymentImport:
        return PaymentImport(self.facts, self.lot, actor="test", reason_of=reason_of)

    def answer(self, order: Order, *, file: SourceFile = FILE) -> Answer:
        (found,) = self.run(order, file=file).answers
        return found

    def refusal(self, *some: Order) -> tuple[str, str]:
        before = self.facts.head()
        with pytest.raises(InputRefused) as refused:
            self.run(*some)
        assert self.facts.head() == before, "nothing of a refused file is recorded"
        return refused.value.place, refused.value.reason

    def waiting(self) -> list[Parked]:
        return list(self.lot.all())


@contextmanager
def bank_in(folder: Path) -> Iterator[Bank]:
    clock, entropy = FixedClock(START_MS, step_ms=1_000), SeededEntropy("lot")
    with opened(folder) as facts:
        reconcile(facts)  # the merchant and the calendar
        store = facts.folder.path
        with SqliteParkingLot(store, vault=facts.vault, clock=clock, entropy=entropy) as lot:
            yield Bank(facts, lot)


def order(body: Body, command_id: str | None, *, at: int = 1, alone: bool = True) -> Order:
    return Order(
        place=f"line {at}",
        command_id=command_id,
        source="core",
        body=body,
        stands_alone=alone,
        content=lambda: b"kept",
    )


def registered(number: int, *, alone: bool = True, **changes: Any) -> Order:
    made = Register(registration=paid(number, 100_00, **changes))
    return order(made, f"c-{number}", at=number, alone=alone)


def cancelled(number: int = 1, reason: str = "withdrawn", command_id: str = "x-1") -> Order:
    body = Cancel(payment_id=f"P{number}", reason=reason, business_date=TUESDAY)
    return order(body, command_id, at=9)


def reported(status: str = "RJCT", command_id: str = "r-1", **ids: str) -> Order:
    body = Report(original=Original(**ids), status=status, reason="AC04", business_date=TUESDAY)
    return order(body, command_id, at=9)


def returned(
    minor: int = 100_00,
    currency: str = "ARS",
    *,
    command_id: str = "t-1",
    return_id: str | None = None,
    **ids: str,
) -> Order:
    body = Return(
        return_id=return_id,
        original=Original(**ids),
        amount=Money(minor, currency),
        reason="AC04",
        business_date=TUESDAY,
    )
    return order(body, command_id, at=9)


def statuses(done: Imported) -> list[str]:
    return [each.status for each in done.answers]


def outcome(answer: Answer) -> tuple[str, str | None]:
    return answer.status, answer.reason
