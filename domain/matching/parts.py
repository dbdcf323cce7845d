"""Cutting a backlog into parts that can be judged apart: on other processors, on other machines.

Twice, since what competes for a payment depends on what is left. **First** clusters: lines and
payments connected by ids that the lines show, and lines without such an id with the payout groups
of their merchant and day. Stages 1 and 2 settle each apart. **Then** what they left open, connected
by every key that two items have in common: an id, a payer's account or tax id, a merchant with an
amount, a merchant whose payments are paid out in groups, or what a configured rule files them
under. A payment that is settled connects nothing any more: else payers, who buy everywhere, would
connect all merchants.

A part is whole components, so that nothing in one part competes with anything in another: parts
give the verdicts of the whole, however they are cut and in whatever order they are judged.
Duplicates are told before the cut, since whole statements are compared for them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.matching.declared import member_ids, owners_of
from domain.matching.evidence import Shown
from domain.matching.identity import Work, identify
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.matching.proving import candidates_of
from domain.matching.verdicts import DuplicateFound, MatchFound
from domain.rules.book import RuleBook

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Lines that are judged together, sorted by id, and those of them that repeat others.

    `oversized`: it is one component of more lines than a part should have, and cannot be cut.
    """

    lines: tuple[LineItem, ...]
    duplicates: Mapping[str, DuplicateFound]
    oversized: bool = False

    @property
    def name(self) -> str:
        """What the part is called: its first line."""
        return self.lines[0].id


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSettled:
    """What stages 1 and 2 made of a part: its matches, and the stage of each item settled."""

    matches: tuple[MatchFound, ...]
    stages: Mapping[str, int]


def parts_of(
    components: Iterable[Sequence[LineItem]],
    duplicates: Mapping[str, DuplicateFound],
    *,
    lines_max: int,
) -> list[Part]:
    """Whole components, put together up to `lines_max` lines; a larger one is a part of its own."""
    parts: list[Part] = []
    filling: list[LineItem] = []
    for component in components:
        if len(component) > lines_max:
            parts.append(_part(component, duplicates, oversized=True))
            continue
        if len(filling) + len(component) > lines_max:
            parts.append(_part(filling, duplicates))
            filling = []
        filling += component
    if filling:
        parts.append(_part(filling, duplicates))
    return parts


def _part(
    lines: Iterable[LineItem], duplicates: Mapping[str, DuplicateFound], *, oversized: bool = False
) -> Part:
    ordered = tuple(sorted(lines, key=lambda line: line.id))
    repeated = {line.id: duplicates[line.id] for line in ordered if line.id in duplicates}
    return Part(lines=ordered, duplicates=repeated, oversized=oversized)


def clusters(
    lines: Iterable[LineItem], shown: Callable[[LineItem], Shown], index: PaymentIndex
) -> list[list[LineItem]]:
    """The lines by what stages 1 and 2 decide together."""
    works = [Work(line=line, shown=shown(line)) for line in sorted(lines, key=_id_of)]
    groups = _Groups()
    own = [groups.together(_keys_of_cluster(work, index), new=True) for work in works]
    for payment in index.by_id.values():
        if payment.grouped:
            days = index.payout_days(payment)
            keys: list[Key] = [("day", payment.merchant, payment.currency, day) for day in days]
            groups.together([("payment", payment.id), *keys], new=False)
    return _by_group(works, own, groups)


def components(
    lines: Iterable[LineItem],
    shown: Callable[[LineItem], Shown],
    index: PaymentIndex,
    rules: RuleBook,
    settled: Container[str],
) -> list[list[LineItem]]:
    """The lines by component, where payments that are `settled` connect nothing."""
    works = [Work(line=line, shown=shown(line)) for line in sorted(lines, key=_id_of)]
    groups = _Groups()
    own = [groups.together(_keys_of_line(work, index, rules, settled), new=True) for work in works]
    for payment in index.by_id.values():
        if payment.id not in settled:
            groups.together(_keys_of_payment(payment), new=False)
    return _by_group(works, own, groups)


def _by_group(works: Sequence[Work], own: Sequence[int], groups: _Groups) -> list[list[LineItem]]:
    """In order of their first line; both orders are by id."""
    found: defaultdict[int, list[LineItem]] = defaultdict(list)
    for work, group in zip(works, own, strict=True):
        found[groups.root(group)].append(work.line)
    return list(found.values())


def _id_of(line: LineItem) -> str:
    return line.id


def _keys_of_cluster(work: Work, index: PaymentIndex) -> Iterator[Key]:
    line, shown = work.line, work.shown
    for payment in _payments_of(work, index):
        yield ("payment", payment)
    identify(work, index, ())
    if len(work.whole) != 1:
        # Stage 2 says of its candidates whether stage 1 took them (X8).
        for payment in candidates_of(work, index):
            yield ("payment", payment.id)
    if line.amount > 0 and not shown.active and not shown.end_to_end:
        day = index.reference.calendar.roll(line.value)
        for code in _codes(work, index):
            yield ("day", code, line.currency, day)


def _payments_of(work: Work, index: PaymentIndex) -> list[str]:
    """The payments that an id of the line leads to."""
    found = [payment.id for payment in work.shown.owners()]
    if work.line.breakdown is not None:
        found += [one.id for one in owners_of(tuple(member_ids(work.line)), index)]
    return found


def _codes(work: Work, index: PaymentIndex) -> set[str]:
    line, shown = work.line, work.shown
    codes = set[str]() if line.merchant is None else {line.merchant}
    for account in shown.accounts:
        codes.update(index.merchants_by_account.get(account.value, ()))
    for tax_id in shown.tax_ids:
        codes.update(index.merchants_by_tax_id.get(tax_id.value, ()))
    return codes


def _keys_of_line(
    work: Work, index: PaymentIndex, rules: RuleBook, settled: Container[str]
) -> Iterator[Key]:
    line, shown = work.line, work.shown
    for payment in _payments_of(work, index):
        # What is settled can still be returned, by all negative lines that show it together.
        if line.amount < 0 or payment not in settled:
            yield ("payment", payment)
    for payment in rules.payments_of(line, index):
        if payment.id not in settled:
            yield ("payment", payment.id)
    for account in shown.accounts:
        yield ("account", account.value)
    for tax_id in shown.tax_ids:
        yield ("tax_id", tax_id.value)
    for code in _codes(work, index):
        yield ("merchant", code, line.currency, line.amount)
        # What one payout holds back a later one may release: a merchant's groups hang together.
        if line.amount > 0 and index.grouped(code, line.currency):
            yield ("groups", code, line.currency)


def _keys_of_payment(payment: PaymentItem) -> Iterator[Key]:
    yield ("payment", payment.id)
    if payment.grouped:
        yield ("groups", payment.merchant, payment.currency)
        return
    if payment.account:
        yield ("account", payment.account)
    if payment.tax_id:
        yield ("tax_id", payment.tax_id)
    yield ("merchant", payment.merchant, payment.currency, payment.amount)


class _Groups:
    """Numbered groups that grow together when something has keys of several (union-find)."""

    def __init__(self) -> None:
        self._of_key: dict[Key, int] = {}
        self._parent: list[int] = []

    def together(self, keys: Iterable[Key], *, new: bool) -> int:
        """Whatever has one of these keys is one group now: its number.

        Without `new`, keys that nobody has are passed over (they connect nothing), and -1 says
        that none was known.
        """
        known, fresh = list[int](), list[Key]()
        for key in keys:
            group = self._of_key.get(key)
            if group is not None:
                known.append(self.root(group))
            elif new:
                fresh.append(key)
        if not known:
            if not new:
                return -1
            known.append(len(self._parent))
            self._parent.append(known[0])
        first = min(known)
        for group in known:
            self._parent[group] = first
        for key in fresh:
            self._of_key[key] = first
        return first

    def root(self, group: int) -> int:
        parent = self._parent
        while parent[group] != group:
            parent[group] = parent[parent[group]]
            group = parent[group]
        return group
