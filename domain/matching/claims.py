"""Claims: what nothing contradicts, of a line or a set, and why only the unrivalled post.

E1: a claim is posted only if no other claim wants any of its lines or payments. A second line that
would fit refuses as surely as a second payment, and a set of parts that sums exactly as surely as a
whole line.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from domain.matching.group import Group
from domain.matching.identity import Edge, Work
from domain.matching.items import PaymentItem
from domain.matching.proof import SumSearch


class Claim(NamedTuple):
    """These lines settle these payments; what may not post still stands against others.

    By one `edge`, as a payout `group`, or as a `rule` of sets says.
    """

    works: tuple[Work, ...]
    payments: tuple[PaymentItem, ...]
    rule: str
    edge: Edge | None = None
    group: Group | None = None
    sums: SumSearch | None = None
    may_post: bool = True

    @property
    def items(self) -> list[str]:
        """The ids of all lines and payments that are claimed."""
        lines = [work.line.id for work in self.works]
        return lines + [payment.id for payment in self.payments]

    @property
    def is_open(self) -> bool:
        """Whether all its lines are still open."""
        return all(work.open for work in self.works)


def of_edge(work: Work, edge: Edge) -> Claim:
    """The claim of one line to one payment."""
    may_post = edge.ruled is None or edge.ruled.may_post
    if edge.by != "identity":
        may_post = may_post and work.line.sealed
    return Claim(
        works=(work,), payments=(edge.payment,), rule=edge.by, edge=edge, may_post=may_post
    )


def of_parts(payment: PaymentItem, works: Sequence[Work]) -> Claim:
    """The claim of a payer's lines that are together a payment."""
    return Claim(
        works=tuple(works),
        payments=(payment,),
        rule="parts-by-payer@1",
        may_post=all(work.line.sealed for work in works),
    )


def unrivalled(claims: Sequence[Claim], rivals: Iterable[Claim] = ()) -> list[Claim]:
    """E1: the claims whose every line and payment is claimed once, `rivals` counted too."""
    items = [claim.items for claim in claims]
    wanted = Counter([item for some in items for item in some])
    wanted.update([item for claim in rivals for item in claim.items])
    several = {item for item, count in wanted.items() if count > 1}
    return [
        claim
        for claim, some in zip(claims, items, strict=True)
        if claim.may_post and several.isdisjoint(some)
    ]


def still_open(claims: Iterable[Claim], *, but: Iterable[Claim]) -> list[Claim]:
    """The claims whose lines are all open, without those in `but` (the very same)."""
    others = {id(claim) for claim in but}
    return [claim for claim in claims if claim.is_open and id(claim) not in others]


def twins(claims: Sequence[Claim], rivals: Iterable[Claim] = ()) -> list[list[Claim]]:
    """E3: n payments alike without ids, and exactly n lines that fit all of them and nothing else.

    `claims` are edges. Answered as one claim a pair of a bijection: every assignment has the same
    consequences.
    """
    contested = {item for claim in rivals for item in claim.items}
    payments_of: dict[str, set[str]] = {}
    lines_of: dict[str, set[str]] = {}
    by_pair: dict[tuple[str, str], Claim] = {}
    for claim in claims:
        line, payment = claim.items
        payments_of.setdefault(line, set()).add(payment)
        lines_of.setdefault(payment, set()).add(line)
        by_pair[line, payment] = claim
    found: list[list[Claim]] = []
    seen: set[str] = set()
    for claim in claims:
        start = claim.payments[0]
        lines = lines_of[start.id]
        if start.id in seen or len(lines) < 2 or not _without_ids(start):
            continue
        payments = set[str]().union(*(payments_of[line] for line in lines))
        seen |= payments
        if len(payments) != len(lines) or not contested.isdisjoint(payments | lines):
            continue
        if any(lines_of[payment] != lines for payment in payments):
            continue
        pairs = [by_pair[pair] for pair in zip(sorted(lines), sorted(payments), strict=True)]
        if all(_alike(pair.payments[0], start) and _twins_post(pair) for pair in pairs):
            found.append(pairs)
    return found


def _twins_post(pair: Claim) -> bool:
    ruled = None if pair.edge is None else pair.edge.ruled
    return pair.may_post and (ruled is None or ruled.twins)


def _without_ids(payment: PaymentItem) -> bool:
    return payment.reference is None and payment.end_to_end_id is None


def _alike(one: PaymentItem, other: PaymentItem) -> bool:
    return _without_ids(one) and _likeness(one) == _likeness(other)


def _likeness(payment: PaymentItem) -> tuple[object, ...]:
    return (
        payment.merchant,
        payment.account,
        payment.tax_id,
        payment.amount,
        payment.currency,
        payment.created,
        payment.expected,
    )
