"""What speaks for and against a line paying a payment, or several: codes, each of which weighs.

ids        end-to-end-id reference reference-cut reference-typo number number-alike
parties    payer merchant name name-alike name-part name-other
amount     amount amount-round amount-explained amount-near amount-part amount-over
days       day
several    group group-day sum-held sum-released sum-payer listed, net-exact net-near net-apart
against    X1 to X8 (docs/matching.md)
"""

from __future__ import annotations

from dataclasses import dataclass

from domain.matching.contradictions import (
    AMOUNT,
    CONSUMED,
    DATE,
    begins,
    shows_merchant,
    shows_payer,
    typo_of,
)
from domain.matching.identity import Work
from domain.matching.items import LineItem, PaymentItem
from domain.matching.proving import against
from domain.suggestions.likeness import Said, names_alike, one_slip
from domain.suggestions.pool import Pool

ROUND_MINOR = 10_000
"""Amounts that are whole hundreds are common: that two are equal says less."""

NEAR_PERCENT, NEAR_GROUP_PERCENT = 6, 1
"""What charges may take of an amount, and an adjustment of a payout."""

DAYS_AFTER_NEAR_MAX = 3
"""Days after the expected value date on which most money arrives."""

RETURN = "return"

REASONS = (
    "end-to-end-id",
    "reference",
    "reference-cut",
    "reference-typo",
    "number",
    "number-alike",
    "payer",
    "merchant",
    "name",
    "name-alike",
    "name-part",
    "listed",
    "group",
    "sum-held",
    "sum-released",
    "sum-payer",
    "net-exact",
    "net-near",
    "amount",
    "amount-round",
    "amount-explained",
    "amount-near",
    "amount-part",
    "day",
)
"""What speaks for a suggestion, in the order in which it is told; other codes only weigh."""

LACKS = ("id", "merchant", "amount", "list", "only-one")
"""What a match would need besides, in the order in which it is told."""

IDS = frozenset(("end-to-end-id", "reference", "listed"))
EXPLAINED = frozenset(("amount", "amount-round", "amount-explained", "net-exact"))
SUMS = frozenset(("sum-held", "sum-released", "sum-payer"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """Payments that a line may pay together, or one: every code for and against it."""

    payments: tuple[PaymentItem, ...]
    codes: tuple[str, ...]
    contradictions: tuple[str, ...]
    difference_minor: int | None

    @property
    def key(self) -> tuple[str, ...]:
        """The payments' ids: what tells two apart."""
        return tuple(payment.id for payment in self.payments)

    @property
    def reasons(self) -> tuple[str, ...]:
        """What speaks for it."""
        return tuple(code for code in REASONS if code in self.codes)

    @property
    def lacks(self) -> tuple[str, ...]:
        """What a match would need and the line does not show."""
        have = set(self.codes)
        missing: list[str] = []
        if not have & IDS and not have & {"payer", "group", "sum-held", "sum-released"}:
            missing.append("id")
            if "merchant" not in have:
                missing.append("merchant")
        if not have & EXPLAINED and not have & SUMS:
            missing.append("amount")
        if have & SUMS:
            missing.append("list")
        return tuple(missing)


def of_payment(work: Work, payment: PaymentItem, pool: Pool, said: Said) -> Considered:
    """One payment: what the line shows of it, and what contradicts the pair."""
    line = work.line
    contradictions = against(work, payment, pool.index, pool.settled)
    codes = [_id(work, payment, pool, said), *_parties(work, payment, pool, said)]
    if line.amount > 0:
        codes.append(_amount(line, payment, contradictions))
        if payment.created <= line.value <= payment.expected + DAYS_AFTER_NEAR_MAX:
            codes.append("day")
    else:
        codes.append(RETURN)
        codes.append("amount" if -line.amount == payment.amount else "amount-part")
    same = line.currency == payment.currency and line.amount > 0
    return Considered(
        payments=(payment,),
        codes=("one", *(code for code in codes if code), *contradictions),
        contradictions=contradictions,
        difference_minor=line.amount - payment.amount if same else None,
    )


def of_several(
    work: Work, payments: tuple[PaymentItem, ...], pool: Pool, *, codes: tuple[str, ...], net: int
) -> Considered:
    """Several payments paid together, whose `net` is expected, found as the codes say."""
    line, difference = work.line, work.line.amount - net
    near = 100 * abs(difference) <= NEAR_GROUP_PERCENT * abs(net)
    fit = "net-apart" if not near else "net-near" if difference else "net-exact"
    contradictions: list[str] = [AMOUNT] if difference else []
    if any(payment.created > line.value for payment in payments):
        contradictions.append(DATE)
    if any(payment.id in pool.settled for payment in payments):
        contradictions.append(CONSUMED)
    return Considered(
        payments=payments,
        codes=(*codes, fit, *contradictions),
        contradictions=tuple(contradictions),
        difference_minor=difference,
    )


def _id(work: Work, payment: PaymentItem, pool: Pool, said: Said) -> str | None:
    line, shown = work.line, work.shown
    if any(payment in hit.owners for hit in shown.end_to_end):
        return "end-to-end-id"
    if any(payment in hit.owners for hit in shown.hits):
        return "reference"
    if shown.field_key and not shown.field_owned:
        if shown.field_cut and begins(shown.field_key, None, payment):
            return "reference-cut"
        if typo_of(line, payment):
            return "reference-typo"
    if shown.tail is not None and begins(shown.tail, shown.tail_stripped, payment):
        return "reference-cut"
    return _number(said, pool.numbers.get(payment.id))


def _number(said: Said, number: str | None) -> str | None:
    if number is None:
        return None
    if number in said.numbers:
        return "number"
    return "number-alike" if any(one_slip(number, one) for one in said.numbers) else None


def _parties(work: Work, payment: PaymentItem, pool: Pool, said: Said) -> list[str | None]:
    line, shown = work.line, work.shown
    return [
        "payer" if shows_payer(shown, payment) else None,
        "merchant" if shows_merchant(line, shown, payment, pool.index) else None,
        names_alike(said.name, pool.names.get(payment.id, ())),
    ]


def _amount(line: LineItem, payment: PaymentItem, contradictions: tuple[str, ...]) -> str:
    if AMOUNT not in contradictions:
        if line.amount != payment.amount or line.currency != payment.currency:
            return "amount-explained"
        return "amount" if line.amount % ROUND_MINOR else "amount-round"
    if line.currency != payment.currency:
        return "amount-over"
    difference = payment.amount - line.amount
    if 100 * abs(difference) <= NEAR_PERCENT * payment.amount:
        return "amount-near"
    return "amount-part" if difference > 0 else "amount-over"
