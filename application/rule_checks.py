"""Checked when a rule set is saved: what its rules mean on the payments and lines that are there.

not-selective   too few payments are the only one with their keys and amount: a key tells nothing
band-too-wide   a band is not below the median gap between neighbouring amounts: it reaches others
overlap         two rules would find the same pairs: each is measured by the other's matches too
unused          no payment has the rule's keys

The first two refuse a proposal; the others are told. Little history says little: below
PAYMENTS_MIN payments in a rule's scope nothing is found.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from typing import Final, Literal

from application.items import payment_item
from application.reconciling import admit_all, day_of, reference_data, seal_of
from application.registry import Registry
from application.rules_in_force import ReadRules, versions
from domain.errors import Refusal
from domain.matching.engine import Matcher
from domain.matching.items import PaymentItem
from domain.payment import Cancelled, Expected
from domain.rules.book import RuleBook, RuleInForce
from domain.rules.finding import source_of
from domain.rules.language import Band, Exact, Rule, RuleSetText
from domain.rules.normalising import payment_value

PAYMENTS_MIN: Final = 20
"""Payments in a rule's scope before anything is said about it."""

ALONE_PPM_MIN: Final = 950_000
"""The least share of payments that are the only one with their keys, parts a million."""

Kind = Literal["not-selective", "band-too-wide", "overlap", "unused"]
REFUSING: Final[frozenset[Kind]] = frozenset(("not-selective", "band-too-wide"))


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFinding:
    """What the history says of a rule: `part` of `whole`, or a measure beside its limit.

    not-selective: payments alone with their keys, of those that have them. band-too-wide: the
    median gap, and the band. overlap: pairs that `other` finds too, of those that the rule finds.
    """

    rule: str
    kind: Kind
    part: int
    whole: int
    other: str | None = None

    @property
    def refuses(self) -> bool:
        """Whether a proposal is refused by it."""
        return self.kind in REFUSING


def findings(
    registry: Registry, text: RuleSetText, *, read: ReadRules, holidays: Container[date]
) -> tuple[RuleFinding, ...]:
    """All findings of a rule set, by rule."""
    payments = [
        payment_item(stream, state, 1)
        for stream, state in registry.states.items()
        if isinstance(state, Expected | Cancelled)
    ]
    found = [one for rule in text.rules for one in _of_rule(text.name_of(rule), rule, payments)]
    if len(payments) >= PAYMENTS_MIN:
        found += _overlaps(registry, text, read, holidays)
    return tuple(sorted(found, key=lambda one: (one.rule, one.kind, one.other or "")))


def demand_sound(found: Iterable[RuleFinding]) -> None:
    """Raises RulesUnsound with everything that refuses a proposal."""
    refusing = tuple(one for one in found if one.refuses)
    if refusing:
        raise RulesUnsound(findings=refusing)


def _of_rule(name: str, rule: Rule, payments: Sequence[PaymentItem]) -> Iterator[RuleFinding]:
    scope = rule.scope
    mine = [
        one
        for one in payments
        if not one.grouped and one.currency == scope.currency and source_of(one) == scope.payments
    ]
    if len(mine) < PAYMENTS_MIN:
        return
    alike = Counter(at for one in mine if (at := _at(rule, one)) is not None)
    whole, alone = sum(alike.values()), sum(count == 1 for count in alike.values())
    if not whole:
        yield RuleFinding(rule=name, kind="unused", part=0, whole=len(mine))
    elif alone * 1_000_000 < whole * ALONE_PPM_MIN:
        yield RuleFinding(rule=name, kind="not-selective", part=alone, whole=whole)
    if isinstance(rule.compare.amount, Band):
        gap, band = _median_gap(mine), rule.compare.amount.minor
        if gap is not None and band >= gap:
            yield RuleFinding(rule=name, kind="band-too-wide", part=gap, whole=band)


def _at(rule: Rule, payment: PaymentItem) -> tuple[object, ...] | None:
    """A payment's keys, with its amount where that is compared exactly."""
    values = [payment_value(key, payment) for key in rule.keys]
    if any(value is None for value in values):
        return None
    exact = isinstance(rule.compare.amount, Exact)
    return (*values, payment.amount if exact else None)


def _median_gap(payments: Sequence[PaymentItem]) -> int | None:
    """The median of the gaps between neighbouring amounts that differ, rounded down."""
    amounts = sorted({one.amount for one in payments})
    gaps = sorted(later - earlier for earlier, later in pairwise(amounts))
    return gaps[(len(gaps) - 1) // 2] if gaps else None


def _overlaps(
    registry: Registry, text: RuleSetText, read: ReadRules, holidays: Container[date]
) -> Iterator[RuleFinding]:
    """Pairs that more than one rule finds among the lines that the built-in rules leave open."""
    rules = [(text.name_of(rule), rule) for rule in text.rules]
    own = {name for name, _ in rules}
    for configured in versions(registry, read):
        if configured.text.name != text.name and configured.version.phase == "active":
            rules += [(configured.name_of(rule), rule) for rule in configured.text.rules]
    told = RuleBook(
        RuleInForce(name=name, rule=replace(rule, on_tie="all"), posts=False, suggests=True)
        for name, rule in rules
    )
    engine = Matcher(reference_data(registry, holidays=holidays), rules=told)
    engine.bar(registry.barred)
    admit_all(engine, registry)
    pairs: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)
    for one in engine.judge(seal=seal_of(registry), through=day_of(registry)).suggested:
        pairs[one.rule].add((one.line, one.payment))
    for rule in sorted(own & set(pairs)):
        for other in sorted(set(pairs) - {rule}):
            both = len(pairs[rule] & pairs[other])
            if both:
                whole = len(pairs[rule])
                yield RuleFinding(rule=rule, kind="overlap", part=both, whole=whole, other=other)


@dataclass(unsafe_hash=True, kw_only=True)
class RulesUnsound(Refusal):
    """The history says that rules of the set would not tell payments apart."""

    findings: tuple[RuleFinding, ...]
