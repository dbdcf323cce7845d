"""The rules in force, compiled: what they file items under, and the edges that they find.

A rule is compiled to two key functions, one for payments and one for lines. An item is filed under
its keys; a line and a payment are candidates where they share one, so blocking follows from the
rule. An empty book files nothing and finds nothing.

What competes is decided by keys, amount and X1 to X8 alone. Scope, days, `contradictions` and
`effective_from` only decide which edges may post: the others stand against them all the same. So
narrowing a rule never makes it post what the wider rule refused.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field

from domain.matching.identity import Edge, Work
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.matching.proof import Eliminated
from domain.matching.ruled import Ruled, Suggested
from domain.rules.finding import Finding, findings, in_scope
from domain.rules.language import ID_NAMESPACES, Exact, Key, Rule
from domain.rules.normalising import payment_value, reachable_values

Pair = tuple[str, str]
"""A line and a payment."""

Filed = tuple[str, str, str, int | None]
"""Rule, value of its first key, currency, and the amount where it has to be exact."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleInForce:
    """A rule under its full `name`, and what it may do.

    `posts`: it is active and posts; `suggests`: it only suggests. `standing` are the pairs of
    matches that it made before: a rule that was demoted, retired or followed by a later version
    still holds these, as long as nothing speaks against them, and makes no new ones.
    """

    name: str
    rule: Rule
    posts: bool
    suggests: bool = False
    standing: frozenset[Pair] = frozenset()

    @property
    def judges(self) -> bool:
        """Whether any match can be posted by it."""
        return self.posts or bool(self.standing)


@dataclass(slots=True)
class _Compiled:
    """A rule with what is filed under it; `held` are the items of its standing pairs."""

    of: RuleInForce
    key: Key
    held: frozenset[str]
    payments: defaultdict[Filed, list[PaymentItem]] = field(
        default_factory=lambda: defaultdict[Filed, list[PaymentItem]](list)
    )
    lines: defaultdict[Filed, list[LineItem]] = field(
        default_factory=lambda: defaultdict[Filed, list[LineItem]](list)
    )

    def filed_payment(self, payment: PaymentItem) -> Filed | None:
        """Where a payment is filed. Card and QR payments are credited in groups only: nowhere."""
        value = None if payment.grouped else payment_value(self.key, payment)
        return None if value is None else self._at(value, payment.currency, payment.amount)

    def filed_line(self, line: LineItem, index: PaymentIndex) -> list[Filed]:
        """Where a line is filed. A debit never pays."""
        if line.amount <= 0:
            return []
        values = reachable_values(self.key, line, index)
        return [self._at(value, line.currency, line.amount) for value in sorted(values)]

    def findings(self, work: Work, index: PaymentIndex, taken: Container[str]) -> list[Finding]:
        """What the rule finds of a line."""
        reached = {
            payment.id: payment
            for at in self.filed_line(work.line, index)
            for payment in self.payments.get(at, ())
        }
        return findings(self.of.rule, reached.values(), work, index, taken) if reached else []

    def _at(self, value: str, currency: str, amount: int) -> Filed:
        exact = isinstance(self.of.rule.compare.amount, Exact)
        return self.of.name, value, currency, amount if exact else None


class RuleBook:
    """All rules in force. Engines share nothing: a book belongs to one engine."""

    def __init__(self, rules: Iterable[RuleInForce] = ()) -> None:
        ordered = sorted(rules, key=lambda one: (one.rule.stage, one.name))
        self._rules = [
            _Compiled(
                one, _first_key(one.rule), frozenset(item for pair in one.standing for item in pair)
            )
            for one in ordered
        ]
        self.sub_stages: tuple[int, ...] = tuple(
            sorted({one.rule.stage for one in ordered if one.judges})
        )

    @property
    def is_empty(self) -> bool:
        """Whether there are no configured rules."""
        return not self._rules

    def admit_payment(self, payment: PaymentItem) -> None:
        """File a payment under the keys of every rule."""
        for rule in self._rules:
            at = rule.filed_payment(payment)
            if at is not None:
                rule.payments[at].append(payment)

    def admit_line(self, line: LineItem, index: PaymentIndex) -> None:
        """File a line under the keys of every rule."""
        for rule in self._rules:
            for at in rule.filed_line(line, index):
                rule.lines[at].append(line)

    # Closed sets

    def payments_of(self, line: LineItem, index: PaymentIndex) -> list[PaymentItem]:
        """Every payment that a rule's first key leads the line to."""
        return [
            payment
            for rule in self._rules
            for at in rule.filed_line(line, index)
            for payment in rule.payments.get(at, ())
        ]

    def lines_of(self, payment: PaymentItem) -> list[LineItem]:
        """Every line that a rule's first key leads the payment to."""
        found: list[LineItem] = []
        for rule in self._rules:
            at = rule.filed_payment(payment)
            if at is not None:
                found += rule.lines.get(at, ())
        return found

    # Edges

    def edges(
        self, stage: int, work: Work, index: PaymentIndex, taken: Container[str]
    ) -> list[Edge]:
        """What the rules of the sub-stages up to this one say the line could pay.

        One edge a payment, by the first rule that may post it, else by the first that finds it.
        None where the built-in rules found the same pair.
        """
        built_in = (edge for edge in (*work.whole, *work.composite) if edge.ruled is None)
        known = {edge.payment.id for edge in built_in}
        found: dict[str, Edge] = {}
        for rule in self._rules:
            if rule.of.rule.stage > stage or not rule.of.judges:
                continue
            for edge in _ruled_edges(rule, work, index, taken):
                payment, ruled = edge.payment.id, edge.ruled
                assert ruled is not None, "an edge of a rule names it"
                first = found.get(payment)
                if payment not in known and (
                    first is None or (ruled.may_post and not _may_post(first))
                ):
                    found[payment] = edge
        return list(found.values())

    def suggestions(
        self, works: Sequence[Work], index: PaymentIndex, taken: Container[str]
    ) -> tuple[Suggested, ...]:
        """What the rules that only suggest find for open lines, in order of rule, line, payment."""
        return tuple(
            suggested
            for rule in self._rules
            if rule.of.suggests
            for suggested in _suggested(rule, works, index, taken)
        )


def _first_key(rule: Rule) -> Key:
    """The key that blocks: an id of the payment, else of its payer, else the merchant."""
    order = (*ID_NAMESPACES, "payer_account", "payer_tax_id", "merchant")
    return min(rule.keys, key=lambda key: order.index(key.namespace))


def _may_post(edge: Edge) -> bool:
    return edge.ruled is not None and edge.ruled.may_post


def _ruled_edges(
    rule: _Compiled, work: Work, index: PaymentIndex, taken: Container[str]
) -> list[Edge]:
    line = work.line
    found = rule.findings(work, index, taken)
    eliminated = tuple(
        Eliminated(line=line.id, payment=one.payment.id, contradictions=one.codes)
        for one in found
        if one.codes
    )
    edges: list[Edge] = []
    for one in found:
        # A rule that makes no new matches stands in the way of its old ones only.
        if one.explanation is None or not (
            rule.of.posts or line.id in rule.held or one.payment.id in rule.held
        ):
            continue
        ruled = Ruled(
            name=rule.of.name,
            may_post=_posts(rule.of, work, one.payment, index),
            twins=rule.of.rule.cardinality == "twins",
            evidence=one.evidence,
            eliminated=eliminated,
        )
        edges.append(Edge(line, one.payment, one.explanation, "rule", ruled))
    return edges


def _posts(of: RuleInForce, work: Work, payment: PaymentItem, index: PaymentIndex) -> bool:
    if (work.line.id, payment.id) in of.standing:
        return True
    return of.posts and in_scope(of.rule, work, payment, index)


def _suggested(
    rule: _Compiled, works: Sequence[Work], index: PaymentIndex, taken: Container[str]
) -> list[Suggested]:
    pairs: list[tuple[LineItem, PaymentItem]] = []
    for work in works:
        pairs += [
            (work.line, one.payment)
            for one in rule.findings(work, index, taken)
            if not one.codes and in_scope(rule.of.rule, work, one.payment, index)
        ]
    wanted = Counter(item.id for pair in pairs for item in pair)
    alone = rule.of.rule.on_tie == "ambiguous"
    return [
        Suggested(
            rule=rule.of.name,
            line=line.id,
            payment=payment.id,
            difference=line.amount - payment.amount,
        )
        for line, payment in pairs
        if not alone or wanted[line.id] == wanted[payment.id] == 1
    ]
