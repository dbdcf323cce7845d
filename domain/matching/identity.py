"""Stage 1 and the identity part of stage 2: lines that show an id of the payment itself.

Class I; rules E1, E6, E7, R5, 2a, 2b.

For each line it is settled here which of the references it shows count (`Shown.active`): one whose
owner's amount cannot explain the line is refuted, proves nothing about its owner and counts as not
shown (R5).
"""

from __future__ import annotations

from collections.abc import Container
from dataclasses import dataclass, field
from typing import NamedTuple

from domain.matching.amounts import Explanation, explain
from domain.matching.contradictions import contradictions
from domain.matching.evidence import Hit, Shown, owners_of
from domain.matching.index import PaymentIndex, unique
from domain.matching.items import LineItem, PaymentItem
from domain.matching.ruled import Ruled


class Edge(NamedTuple):
    """A line and one payment that nothing contradicts, with the amount explained.

    `by` is the evidence: identity, payer, merchant, or a configured rule, which is `ruled`.
    """

    line: LineItem
    payment: PaymentItem
    explanation: Explanation
    by: str
    ruled: Ruled | None = None


@dataclass(slots=True, kw_only=True)
class Work:
    """A line on the bench: what it shows, and what it could be."""

    line: LineItem
    shown: Shown
    whole: list[Edge] = field(default_factory=list[Edge])
    part_of: list[PaymentItem] = field(default_factory=list[PaymentItem])
    listed: list[PaymentItem] = field(default_factory=list[PaymentItem])
    several: bool = False
    composite: list[Edge] = field(default_factory=list[Edge])
    open: bool = True


def identify(work: Work, index: PaymentIndex, taken: Container[str]) -> None:
    """Settle which ids of the line count, and find the payments they lead to.

    Asked again, with what is taken by then.
    """
    line, shown = work.line, work.shown
    work.whole, work.part_of, work.listed, work.several = [], [], [], False
    if not shown.hits and not shown.end_to_end:
        return
    if line.amount <= 0:
        shown.active = shown.hits
        return
    if _shows_several(shown):
        _identify_several(work, index, taken)
    else:
        _refute(line, shown, index, taken)
    if work.several:
        return
    for payment in owners_of((*shown.end_to_end, *shown.active)):
        if payment.id in taken or contradictions(line, shown, payment, index, identity=True):
            continue
        explanation = explain(line, payment, index, identity=True, payer=False)
        if explanation is not None:
            work.whole.append(Edge(line, payment, explanation, "identity"))
        elif _could_be_part(line, payment):
            work.part_of.append(payment)


def _shows_several(shown: Shown) -> bool:
    if len(shown.hits) < 2:
        return False
    common = set(shown.hits[0].owners).intersection(*(hit.owners for hit in shown.hits[1:]))
    return not common


def _identify_several(work: Work, index: PaymentIndex, taken: Container[str]) -> None:
    """2a: several references: their exact sum, or the only one of them that is not refuted."""
    line, shown = work.line, work.shown
    shown.active = ()
    owners = [_only_owner(line, shown, hit, index, taken) for hit in shown.hits]
    listed = unique(owner for owner in owners if owner is not None)
    if len(listed) == len(owners) and sum(p.amount for p in listed) == line.amount:
        shown.active = shown.hits
        work.listed, work.several = listed, True
        return
    standing = tuple(hit for hit in shown.hits if not _is_refuted(line, shown, hit, index, taken))
    if len(standing) == 1 and any(owner.amount == line.amount for owner in standing[0].owners):
        shown.active = standing
        return
    shown.active = shown.hits
    work.several = True


def _only_owner(
    line: LineItem, shown: Shown, hit: Hit, index: PaymentIndex, taken: Container[str]
) -> PaymentItem | None:
    fitting = [
        owner
        for owner in hit.owners
        if owner.id not in taken
        and owner.currency == line.currency
        and not contradictions(line, shown, owner, index, identity=True)
    ]
    return fitting[0] if len(fitting) == 1 else None


def _refute(line: LineItem, shown: Shown, index: PaymentIndex, taken: Container[str]) -> None:
    """R5: a reference that explains nothing about the line's amount counts as not shown."""
    if not shown.hits:
        return
    shown.active = ()
    shown.active = tuple(
        hit for hit in shown.hits if not _is_refuted(line, shown, hit, index, taken)
    )
    shown.refuted = len(shown.active) < len(shown.hits)


def _is_refuted(
    line: LineItem, shown: Shown, hit: Hit, index: PaymentIndex, taken: Container[str]
) -> bool:
    for owner in hit.owners:
        if explain(line, owner, index, identity=True, payer=True) is not None:
            return False
        # Only a part of an owner that nothing contradicts, X8 included, stands behind the
        # reference.
        if (
            _could_be_part(line, owner)
            and owner.id not in taken
            and not contradictions(line, shown, owner, index, identity=True)
        ):
            return False
    return True


def _could_be_part(line: LineItem, payment: PaymentItem) -> bool:
    return line.currency == payment.currency and 0 < line.amount < payment.amount
