"""Cutting a backlog into parts that can be judged apart: on other processors, on other machines.

Lines and payments that could be candidates of each other form components (by what the lines show,
once all items are known). A part is whole components, so that nothing in one part competes with
anything in another: parts give the verdicts of the whole, however they are cut and in whatever
order they are judged.

Two items are connected by a key that both have: a payment that an id on the line leads to, a
payer's account or tax id, a merchant with an amount, a merchant whose payments are paid out in
groups, or what a configured rule files them under. A line that an id settles whatever else there is
has no key but its payment: else payers, who buy everywhere, would connect all merchants. Duplicates
are told before the cut, since whole statements are compared for them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from domain.matching.declared import member_ids, owners_of
from domain.matching.evidence import Shown
from domain.matching.identity import Work, identify
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem
from domain.matching.verdicts import DuplicateFound
from domain.rules.book import RuleBook

Key = tuple[object, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """Lines that are judged together, sorted by id, and those of them that repeat others.

    `oversized`: it is one component of more lines than a part should have, and cannot be cut.
    """

    lines: tuple[LineItem, ...]
    duplicates: Mapping[str, DuplicateFound]
    oversized: bool

    @property
    def name(self) -> str:
        """What the part is called: its first line."""
        return self.lines[0].id


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


def components(
    lines: Iterable[LineItem],
    shown: Callable[[LineItem], Shown],
    index: PaymentIndex,
    rules: RuleBook,
) -> list[list[LineItem]]:
    """The lines by component, in order of their first line; both orders are by id."""
    works = [Work(line=line, shown=shown(line)) for line in sorted(lines, key=_id_of)]
    named = Counter([owner.id for work in works for owner in work.shown.owners()])
    groups = _Groups()
    own: list[int] = []
    for work in works:
        owners = work.shown.owners()
        if len(owners) == 1 and named[owners[0].id] == 1 and _is_settled(work, index):
            own.append(groups.together([("payment", owners[0].id)], new=True))
        else:
            own.append(groups.together(_keys_of_line(work, index, rules), new=True))
    for payment in index.by_id.values():
        groups.together(_keys_of_payment(payment), new=False)
    found: defaultdict[int, list[LineItem]] = defaultdict(list)
    for work, group in zip(works, own, strict=True):
        found[groups.root(group)].append(work.line)
    return list(found.values())


def _id_of(line: LineItem) -> str:
    return line.id


def _is_settled(work: Work, index: PaymentIndex) -> bool:
    """Whether a line, the only one that shows an id of its payment, is posted by it in any case.

    It competes for nothing else then, whatever payer or merchant it names.
    """
    identify(work, index, ())
    return len(work.whole) == 1


def _keys_of_line(work: Work, index: PaymentIndex, rules: RuleBook) -> Iterator[Key]:
    line, shown = work.line, work.shown
    for payment in shown.owners():
        yield ("payment", payment.id)
    if line.breakdown is not None:
        for payment in owners_of(tuple(member_ids(line)), index):
            yield ("payment", payment.id)
    for payment in rules.payments_of(line, index):
        yield ("payment", payment.id)
    codes = set[str]() if line.merchant is None else {line.merchant}
    for account in shown.accounts:
        yield ("account", account.value)
        codes.update(index.merchants_by_account.get(account.value, ()))
    for tax_id in shown.tax_ids:
        yield ("tax_id", tax_id.value)
        codes.update(index.merchants_by_tax_id.get(tax_id.value, ()))
    for code in codes:
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
