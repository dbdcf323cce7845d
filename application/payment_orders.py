"""What a file orders about payments, and what each order is answered.

Register   expect a payment
Cancel     stop expecting one
Report     a status of one that somebody else knows by its ids (pacs.002)
Return     money of one goes back, says whoever sends it (pacs.004)
Faulty     a readable order with fields that nobody can use: every one of them is named
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from domain.money import Money
from domain.payment import PaymentRegistered

Status = Literal["accepted", "repeated", "noted", "waiting", "refused"]
"""What became of an order.

accepted   it is recorded, now or by an earlier import of the same file
repeated   the same was known before: nothing to record
noted      read, and of no effect: a status that changes nothing
waiting    set aside until what it speaks of arrives
refused    not done, and why; set aside for people where it can be sent again
"""


ASIDE: frozenset[Status] = frozenset(("waiting", "refused"))
"""Not done: set aside, or the reason to refuse the file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Register:
    """Expect this payment. `value_date_said`: the source itself named the day of the money."""

    registration: PaymentRegistered
    value_date_said: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel:
    """Stop expecting the payment, for this reason, on this business day."""

    payment_id: str
    reason: str
    business_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """The ids by which another party knows a payment; at least one is there."""

    uetr: str | None = None
    tx_id: str | None = None
    end_to_end_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The payment has this status (ISO 20022, four capitals) since a business day."""

    original: Original
    status: str
    reason: str | None
    business_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """`amount` (positive) of the payment goes back, for a reason such as "AC04".

    `return_id` is its sender's id of the return; where there is none, the command's id stands in.
    """

    original: Original
    amount: Money
    reason: str | None
    business_date: date
    return_id: str | None = None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with one field: a JSON pointer to it and a machine name. It quotes nothing."""

    pointer: str
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Faulty:
    """An order that can be read and not be used; `faults` are all of them, at least one."""

    faults: tuple[Fault, ...]


def _nothing() -> None:
    return None


Body: TypeAlias = Register | Cancel | Report | Return | Faulty


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """One order of a file.

    `place` is where it stands, `command_id` what it is known by for ever; None where it has no
    usable one. `source` is the system that the payment comes from. An order that `stands_alone` is
    set aside where it cannot be followed, with what `content` gives, to be sent again; any other
    refuses the whole file. `oddities` are (field, kind) pairs: accepted, and to be looked at.
    """

    place: str
    command_id: str | None
    source: str
    body: Body
    stands_alone: bool
    content: Callable[[], bytes | None] = _nothing
    oddities: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What an order came to.

    `reason` is a machine name for whatever is not accepted, `words` the same for people, `faults`
    the fields that are to blame, `facts` the ids of what is recorded, `parked` the id under which
    the order was set aside.
    """

    place: str
    command_id: str | None
    payment: str | None
    status: Status
    reason: str | None = None
    words: str | None = None
    faults: tuple[Fault, ...] = ()
    facts: tuple[str, ...] = ()
    parked: str | None = None


REJECTED: Mapping[str, str] = {"RJCT": "rejected", "CANC": "cancelled by its sender"}
"""Statuses after which no money comes."""

NOTED = frozenset(
    ("ACCC", "ACCP", "ACFC", "ACIS", "ACPD", "ACSC", "ACSP", "ACTC", "ACWC", "ACWP", "BLCK",
     "PATC", "PDNG", "PRES", "RCVD")
)  # fmt: skip
"""Statuses on the way of a payment that is still expected: nothing to record."""
