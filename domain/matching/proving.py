"""Building the proof of a match: what it rests on, and what ruled out everything else."""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from datetime import date
from functools import lru_cache
from hashlib import sha256

from domain.matching.amounts import Explanation, explain
from domain.matching.composite import merchant_payments, payer_payments
from domain.matching.contradictions import (
    AMOUNT,
    CONSUMED,
    DAYS_AFTER_EXPECTED_MAX,
    begins,
    contradictions,
    shows_merchant,
    shows_payer,
    typo_of,
)
from domain.matching.declared import member_ids
from domain.matching.evidence import END_TO_END, REFERENCE
from domain.matching.group import Group
from domain.matching.identity import Work
from domain.matching.index import PaymentIndex, end_to_end_key, unique
from domain.matching.items import LineItem, PaymentItem
from domain.matching.normalise import keys_of
from domain.matching.proof import (
    ALTERNATIVES_INLINE_MAX,
    Basis,
    Eliminated,
    Evidence,
    Proof,
    SumSearch,
    Window,
)
from domain.matching.ruled import Ruled

WEAKER = "weaker-evidence"
"""Not contradicted, but without the evidence that this sub-stage asks for (section 4, stage 3)."""


def candidates_of(work: Work, index: PaymentIndex) -> list[PaymentItem]:
    """Every payment that a key of the line leads to.

    Its ids' owners, and equal amounts of its payer and merchant.
    """
    line, shown = work.line, work.shown
    found = shown.owners()
    if line.amount > 0:
        if shown.accounts or shown.tax_ids:
            found += [
                payment
                for payment in payer_payments(shown, index)
                if payment.amount == line.amount or payment.currency != line.currency
            ]
        found += merchant_payments(line, shown, index)
    # By id, so that a proof does not depend on the order in which payments arrived.
    return sorted(unique(found), key=_id_of) if len(found) > 1 else found


def _id_of(payment: PaymentItem) -> str:
    return payment.id


def against(
    work: Work, payment: PaymentItem, index: PaymentIndex, taken: Container[str]
) -> tuple[str, ...]:
    """Every contradiction between a line and a candidate, amount and consumption included."""
    line, shown = work.line, work.shown
    identity = payment in shown.owners()
    payer = shows_payer(shown, payment)
    forgive = payer and line.amount == payment.amount and line.currency == payment.currency
    codes = contradictions(line, shown, payment, index, identity=identity, forgive_typo=forgive)
    if line.amount > 0 and explain(line, payment, index, identity=identity, payer=payer) is None:
        codes = (*codes, AMOUNT)
    if payment.id in taken:
        codes = (*codes, CONSUMED)
    return codes


def prove(
    works: Sequence[Work],
    payments: Sequence[PaymentItem],
    index: PaymentIndex,
    taken: Container[str],
    *,
    seal: str | None,
    identity: bool,
    explanation: Explanation | None = None,
    group: Group | None = None,
    sums: SumSearch | None = None,
    ruled: Sequence[Ruled] = (),
) -> Proof:
    """The proof of a match of these lines and payments.

    `seal` names what closed the window, where one was needed; `ruled` is what configured rules say.
    """
    chosen = frozenset([payment.id for payment in payments])
    candidates: set[str] = set(chosen)
    eliminated: list[Eliminated] = []
    for work in works:
        for payment in candidates_of(work, index):
            if payment.id in chosen:
                continue
            candidates.add(payment.id)
            codes = against(work, payment, index, taken) or (WEAKER,)
            eliminated.append(
                Eliminated(line=work.line.id, payment=payment.id, contradictions=codes)
            )
    eliminated += _by_rules(ruled, chosen, eliminated)
    candidates.update(one.payment for one in eliminated)
    evidence = _group_evidence(works[0], group) if group else _evidence(works, payments, index)
    evidence = (*(one for each in ruled for one in each.evidence), *evidence)
    items = [(work.line.id, work.line.version) for work in works]
    items += [(payment.id, payment.version) for payment in payments]
    inline = len(eliminated) <= ALTERNATIVES_INLINE_MAX
    return Proof(
        items=tuple(items),
        evidence=evidence,
        window=_window(works[0].line, _in_their_days(payments, sums), identity=identity),
        sealed=seal,
        candidates=len(candidates),
        candidates_hash=hash_of(candidates),
        eliminated=tuple(eliminated) if inline else (),
        eliminated_by_rule=() if inline else _by_rule(eliminated),
        eliminated_hash=None if inline else hash_of(_lines_of(eliminated)),
        basis=_basis(index, explanation, group),
        sums=sums,
    )


def _by_rules(
    ruled: Sequence[Ruled], chosen: Container[str], known: Sequence[Eliminated]
) -> list[Eliminated]:
    """Alternatives that only the keys of a rule reached."""
    pairs = {(one.line, one.payment) for one in known}
    return [
        one
        for each in ruled
        for one in each.eliminated
        if one.payment not in chosen and (one.line, one.payment) not in pairs
    ]


def hash_of(ids: Iterable[str]) -> str:
    """SHA-256 (hex) over the sorted texts, one a line."""
    return sha256("\n".join(sorted(ids)).encode()).hexdigest()


def _lines_of(eliminated: Iterable[Eliminated]) -> list[str]:
    return [f"{one.line} {one.payment} {','.join(one.contradictions)}" for one in eliminated]


def _by_rule(eliminated: Iterable[Eliminated]) -> tuple[tuple[str, int], ...]:
    counts = Counter(code for one in eliminated for code in one.contradictions)
    return tuple(sorted(counts.items()))


def _in_their_days(
    payments: Sequence[PaymentItem], sums: SumSearch | None
) -> Sequence[PaymentItem]:
    """All but those released: what an acquirer held back may come after any of its days."""
    released = () if sums is None else sums.chosen
    return [payment for payment in payments if payment.id not in released] or payments


def _window(line: LineItem, payments: Sequence[PaymentItem], *, identity: bool) -> Window:
    first = max([payment.created for payment in payments]) - (1 if identity else 0)
    last = min([payment.expected for payment in payments]) + DAYS_AFTER_EXPECTED_MAX
    return _window_of(line.value, first, last)


@lru_cache(maxsize=1 << 16)
def _window_of(value: int, first: int, last: int) -> Window:
    """Many matches have one window: it is made once."""
    return Window(
        value_date=date.fromordinal(value),
        first=date.fromordinal(first),
        last=date.fromordinal(last),
    )


def _basis(
    index: PaymentIndex,
    explanation: Explanation | None,
    group: Group | None,
) -> Basis:
    if group is not None:
        return Basis(calendar=index.reference.calendar_version, schedules=group.schedules)
    if explanation is None:
        return _NO_BASIS
    if explanation.fx_day is not None:
        return Basis(fx_day=explanation.fx_day, fx_rate=explanation.fx_rate)
    if explanation.schedule is not None:
        return Basis(schedules=(explanation.schedule,))
    return _NO_BASIS


_NO_BASIS = Basis()


def _group_evidence(work: Work, group: Group) -> tuple[Evidence, ...]:
    line = work.line
    place = "merchant_id" if line.merchant is not None else "counterparty"
    return (
        Evidence(
            kind="merchant", line=line.id, place=place, payment=None, value=group.merchant.code
        ),
        Evidence(kind="group", line=line.id, place="value_date", payment=None, normalised=group.by),
    )


def _evidence(
    works: Sequence[Work], payments: Sequence[PaymentItem], index: PaymentIndex
) -> tuple[Evidence, ...]:
    found: list[Evidence] = []
    for work in works:
        for payment in payments:
            found += _identity_evidence(work, payment)
            found += _member_evidence(work.line, payment)
            found += _party_evidence(work, payment, index)
    return tuple(found)


def _identity_evidence(work: Work, payment: PaymentItem) -> list[Evidence]:
    line, shown = work.line, work.shown
    found: list[Evidence] = []

    def note(kind: str, place: str, value: str | None, normalised: str | None) -> None:
        found.append(
            Evidence(
                kind=kind,
                line=line.id,
                place=place,
                payment=payment.id,
                value=value,
                normalised=normalised,
            )
        )

    for hit in shown.end_to_end:
        if payment in hit.owners:
            value = line.end_to_end_id if hit.place == END_TO_END else None
            note("end_to_end_id", hit.place, value, hit.key)
    for hit in shown.active:
        if payment in hit.owners:
            value = line.reference if hit.place == REFERENCE else None
            note("reference", hit.place, value, hit.key)
    if shown.field_key and not shown.field_owned:
        if shown.field_cut and begins(shown.field_key, None, payment):
            note("reference-cut", REFERENCE, line.reference, shown.field_key)
        elif typo_of(line, payment):
            note("reference-typo", REFERENCE, line.reference, shown.field_key)
    if shown.tail is not None and begins(shown.tail, shown.tail_stripped, payment):
        note("reference-cut", "remittance_information", None, shown.tail)
    return found


def _member_evidence(line: LineItem, payment: PaymentItem) -> list[Evidence]:
    """The id under which the line's member list names the payment."""
    if line.breakdown is None:
        return []
    keys = [payment.key, payment.stripped_key]
    if payment.end_to_end_id:
        keys.append(end_to_end_key(payment.end_to_end_id))
    return [
        Evidence(
            kind="member",
            line=line.id,
            place="members",
            payment=payment.id,
            value=one,
            normalised=keys_of(one)[0],
        )
        for one in member_ids(line)
        if not {*keys_of(one), end_to_end_key(one)}.isdisjoint(filter(None, keys))
    ][:1]


def _party_evidence(work: Work, payment: PaymentItem, index: PaymentIndex) -> list[Evidence]:
    line, shown = work.line, work.shown
    found = [
        Evidence(kind="payer_account", line=line.id, place=one.place, payment=payment.id)
        for one in shown.accounts
        if one.value == payment.account
    ]
    found += [
        Evidence(kind="payer_tax_id", line=line.id, place=one.place, payment=payment.id)
        for one in shown.tax_ids
        if one.value == payment.tax_id
    ]
    if shows_merchant(line, shown, payment, index):
        place = "merchant_id" if line.merchant is not None else "counterparty"
        found.append(
            Evidence(
                kind="merchant",
                line=line.id,
                place=place,
                payment=payment.id,
                value=payment.merchant,
            )
        )
    return found
