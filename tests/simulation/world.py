"""Tiny banks from a seed: rows that are each other's rivals, delivered as messages."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from application.batch import Batch
from domain.settlement import SettlementRecorded
from tests.domain.matching.table import OTHER_SHOP, PAYER, STRANGER, line, payment
from tests.service.tiny import Row, again, batch, row


@dataclass(eq=False, slots=True)
class Message:
    """Something to be reconciled; a poisoned one can never be read."""

    number: int
    rows: tuple[Row, ...]
    poisoned: bool = False
    deliveries: int = 0

    def batch(self) -> Batch:
        return batch(self.rows)


def made_rows(random: Random, *, payments: int) -> list[Row]:
    """Payments with their lines, alike enough to be rivals; now and then an entry comes twice."""
    found: list[Row] = []
    for n in range(1, payments + 1):
        reference = random.choice((None, "FACTURA-00000042", f"FACTURA-0000071{n}"))
        payer = random.choice((PAYER, STRANGER, OTHER_SHOP))
        amount = random.choice((100_00, 60_00))
        found.append(row(payment(f"Q{n}", amount, reference=reference, account=payer)))
        if random.random() < 0.8:
            shown = {"reference": reference} if reference else {"counterparty_account": payer}
            item = line(f"M{n}", amount, statement=f"ST{n % 2}", **shown)
            found.append(row(item, entry=f"E{item.id}"))
        if reference and random.random() < 0.2:
            item = line(f"N{n}", -amount, reference=reference, statement="ST0")
            found.append(row(item, entry=f"E{item.id}"))
    lines = [one for one in found if isinstance(one, SettlementRecorded)]
    if lines and random.random() < 0.3:
        found.append(again(random.choice(lines)))
    return found


def messages(random: Random, rows: list[Row], *, poison: int) -> list[Message]:
    """The rows in messages of one to four, in any order, poisoned ones among them."""
    rest = list(rows)
    random.shuffle(rest)
    found: list[Message] = []
    while rest:
        size = random.randint(1, 4)
        found.append(Message(len(found), tuple(rest[:size])))
        rest = rest[size:]
    for _ in range(poison):
        found.append(Message(len(found), (), poisoned=True))
    random.shuffle(found)
    return found
