"""Declared groups (stage 2c, class G by list): the document itself says whom a line pays.

A member is a payment's end-to-end id or reference, and what its payer paid where the list says
that. The list posts whole or not at all: every member must be one open payment of that amount, and
what they paid, less the charges that the document states, must be the line's amount to the centavo.
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from domain.matching.contradictions import OTHER_ID, contradictions
from domain.matching.evidence import Shown
from domain.matching.index import PaymentIndex, end_to_end_key, unique
from domain.matching.items import LineItem, PaymentItem
from domain.matching.normalise import keys_of

MEMBER_ID_LENGTH_MIN = 4
"""A shorter id of a member, such as a coupon's last digits, names no payment."""


def listed_payments(
    line: LineItem, shown: Shown, index: PaymentIndex, taken: Container[str]
) -> list[PaymentItem]:
    """The payments of the line's member list; none unless the whole list holds."""
    breakdown = line.breakdown
    if breakdown is None or not breakdown.members or line.amount <= 0:
        return []
    found: list[PaymentItem] = []
    for member in breakdown.members:
        fitting = [
            owner
            for owner in owners_of(member.ids, index)
            if owner.id not in taken
            and owner.currency == line.currency
            and member.gross_minor in {None, owner.amount}
            and set(contradictions(line, shown, owner, index, identity=True)) <= {OTHER_ID}
        ]
        if len(fitting) != 1:
            return []
        found.append(fitting[0])
    charges = sum(charge.amount_minor for charge in breakdown.charges)
    whole = sum(payment.amount for payment in found) + charges == line.amount
    return found if whole and len(unique(found)) == len(found) else []


def names_payments(line: LineItem, index: PaymentIndex) -> bool:
    """Whether the line's member list names any payment: then no other group is meant."""
    breakdown = line.breakdown
    return breakdown is not None and any(
        owners_of(member.ids, index) for member in breakdown.members
    )


def owners_of(ids: tuple[str, ...], index: PaymentIndex) -> list[PaymentItem]:
    """The payments that one of the ids names, whole."""
    found: list[PaymentItem] = []
    for one in ids:
        key, stripped = keys_of(one)
        if len(key) >= MEMBER_ID_LENGTH_MIN:
            found += index.by_end_to_end(end_to_end_key(one))
            found += index.owners(key, stripped)
    return unique(found)


def member_ids(line: LineItem) -> Iterator[str]:
    """Every id of the line's member list."""
    if line.breakdown is not None:
        for member in line.breakdown.members:
            yield from member.ids
