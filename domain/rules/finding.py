"""What a rule finds of a line: payments that its keys show, and what speaks against each."""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, replace

from domain.errors import NoBusinessDay
from domain.matching.amounts import Explanation, explain
from domain.matching.contradictions import (
    AMOUNT,
    CONSUMED,
    contradictions,
    shows_merchant,
    shows_payer,
)
from domain.matching.evidence import REFERENCE, TEXT, Shown
from domain.matching.identity import Work
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.matching.proof import Evidence
from domain.rules.language import Band, Exact, Key, NetOf, Rule
from domain.rules.normalising import ShownKey, payment_value, shown_keys

PERSONAL_NAMESPACES = ("payer_account", "payer_tax_id")
"""Their values are not repeated in proofs."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A payment that all keys of a rule show, and what speaks against it (`codes`), if anything."""

    payment: PaymentItem
    codes: tuple[str, ...]
    explanation: Explanation | None = None
    evidence: tuple[Evidence, ...] = ()


def findings(
    rule: Rule,
    reached: Iterable[PaymentItem],
    work: Work,
    index: PaymentIndex,
    taken: Container[str],
) -> list[Finding]:
    """Of the payments that its first key reached those that all its keys show, by id."""
    line, shown, keys = work.line, work.shown, rule.keys
    values = [shown_keys(key, line, shown, index) for key in keys]
    found: dict[str, Finding] = {}
    for payment in reached:
        # R5: a line whose reference is refuted is matched by its payer, never by less.
        if shown.refuted and not shows_payer(shown, payment):
            continue
        agreed = _agreed(keys, values, payment)
        if agreed is not None:
            found[payment.id] = _judged(rule, work, payment, index, taken=taken, agreed=agreed)
    return [found[payment] for payment in sorted(found)]


def _agreed(
    keys: Sequence[Key], values: Sequence[Sequence[ShownKey]], payment: PaymentItem
) -> list[ShownKey] | None:
    """For every key what the line shows of this payment; None where one is not shown."""
    agreed: list[ShownKey] = []
    for key, shown in zip(keys, values, strict=True):
        own = payment_value(key, payment)
        same = [one for one in shown if one.value == own]
        if own is None or not same:
            return None
        agreed.append(same[0])
    return agreed


def _judged(
    rule: Rule,
    work: Work,
    payment: PaymentItem,
    index: PaymentIndex,
    *,
    taken: Container[str],
    agreed: Sequence[ShownKey],
) -> Finding:
    line, shown = work.line, work.shown
    payer, same = shows_payer(shown, payment), line.currency == payment.currency
    forgive = payer and same and line.amount == payment.amount
    if any(one.place == REFERENCE for one in agreed):
        shown = _field_read(shown)
    codes = contradictions(line, shown, payment, index, identity=False, forgive_typo=forgive)
    explanation = _explained(rule, line, payment, index)
    if explanation is None:
        codes = (*codes, AMOUNT)
    if payment.id in taken:
        codes = (*codes, CONSUMED)
    evidence = tuple(
        _evidence(key, one, line, payment) for key, one in zip(rule.keys, agreed, strict=True)
    )
    return Finding(payment, codes, None if codes else explanation, evidence)


def _field_read(shown: Shown) -> Shown:
    """X5 as far as the reference field goes: the rule read it, and it is the payment's.

    A field that is the reference of another payment is read by R1 already, and contradicts.
    """
    return shown if shown.field_owned else replace(shown, field_key=None)


def _explained(
    rule: Rule, line: LineItem, payment: PaymentItem, index: PaymentIndex
) -> Explanation | None:
    if line.currency != payment.currency:
        return None
    amount = rule.compare.amount
    match amount:
        case Exact():
            return explain(line, payment, index, identity=False, payer=False)
        case NetOf():
            found = explain(line, payment, index, identity=True, payer=False)
            return found if found is not None and found.how in {"exact", "net"} else None
        case Band(minor=minor):
            near = abs(line.amount - payment.amount) <= minor
            return Explanation(how="band", allocated=payment.amount) if near else None


def _evidence(key: Key, shown: ShownKey, line: LineItem, payment: PaymentItem) -> Evidence:
    """The key as the proof names it; what a text or a personal field shows is not repeated."""
    personal = key.namespace in PERSONAL_NAMESPACES
    hidden = personal or shown.place == TEXT
    return Evidence(
        kind=f"key:{key.namespace}",
        line=line.id,
        place=shown.place,
        payment=payment.id,
        value=None if hidden else shown.raw,
        normalised=None if personal else shown.value,
    )


# What narrows a rule.


def in_scope(rule: Rule, work: Work, payment: PaymentItem, index: PaymentIndex) -> bool:
    """Whether a rule may post an edge: all that narrows it."""
    line, shown, scope = work.line, work.shown, rule.scope
    if (source_of(payment), line.source, line.currency) != (
        scope.payments,
        scope.lines,
        scope.currency,
    ):
        return False
    if line.value < rule.effective_from.toordinal():
        return False
    against = {
        "merchant_not_shown": not shows_merchant(line, shown, payment, index),
        "payer_not_shown": not shows_payer(shown, payment),
        "reference_refuted": shown.refuted,
    }
    return not any(against[name] for name in rule.contradictions) and _in_days(
        rule, line, payment, index
    )


def source_of(payment: PaymentItem) -> str:
    """The system that a payment comes from, as its stream says."""
    return payment.id.removeprefix("pay:").rpartition(":")[0]


def _in_days(rule: Rule, line: LineItem, payment: PaymentItem, index: PaymentIndex) -> bool:
    if rule.compare.date is None:
        return True
    days, calendar = rule.compare.date.days, index.reference.calendar
    try:
        first = calendar.add_business_days(payment.created, days.min)
        last = calendar.add_business_days(payment.created, days.max)
        return first <= calendar.roll(line.value) <= last
    except (NoBusinessDay, ValueError, OverflowError):
        return False  # a calendar without days near, or the end of time: not within the window
