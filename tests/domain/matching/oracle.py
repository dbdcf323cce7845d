"""A judge without an index: every line against every payment, each rule as it is written.

For classes I and C. It knows no payouts, returns, duplicates or net amounts, so the worlds that it
judges have none of them. It is slow, and shares nothing with the engine but the items.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

from domain.matching.items import LineItem, PaymentItem
from tests.domain.matching.oracle_reading import Reader, Reading, both_keys, is_slip, runs, starts
from tests.domain.matching.table import OTHER_SHOP, OTHER_SHOP_TAX, RATES, SHOP, SHOP_TAX

SHOPS = {
    "M1": (SHOP, SHOP_TAX),
    "M2": (OTHER_SHOP, OTHER_SHOP_TAX),
    "M3": (OTHER_SHOP, SHOP_TAX),
}
SHOP_ACCOUNTS, SHOP_TAX_IDS = {SHOP, OTHER_SHOP}, {SHOP_TAX, OTHER_SHOP_TAX}


@dataclass(frozen=True)
class Claim:
    """Lines that could settle payments, by their ids; an unsure one only stands against others."""

    lines: tuple[str, ...]
    paid: tuple[str, ...]
    sure: bool = True
    may_post: bool = True

    @property
    def items(self) -> tuple[str, ...]:
        return (*self.lines, *self.paid)


class Oracle:
    """The verdict on a world: `matches()` as pairs of sorted ids."""

    def __init__(self, payments: Sequence[PaymentItem], lines: Sequence[LineItem]) -> None:
        self.payments = {one.id: one for one in payments}
        self.lines = {one.id: one for one in lines}
        self.reader = Reader(payments)
        self.readings: dict[str, Reading] = {}
        self.taken: set[str] = set()
        self.done: set[str] = set()
        self.found: set[tuple[tuple[str, ...], tuple[str, ...]]] = set()

    def matches(self) -> set[tuple[tuple[str, ...], tuple[str, ...]]]:
        """Stages 1 to 3, as ids of lines and payments."""
        self.read_all()
        self.post(unrivalled(self.identity_claims()))
        self.read_all()  # R5 with X8: what an earlier stage consumed explains nothing any more
        left_open = self.identity_claims()
        self.post_with_twins([*left_open, *self.payer_claims(), *self.parts_of_payers()])
        left_open = [claim for claim in left_open if self.is_open(claim)]
        both = [*self.payer_claims(), *self.merchant_claims()]
        self.post_with_twins([*left_open, *both, *self.parts_of_payers()])
        return self.found

    def is_open(self, claim: Claim) -> bool:
        return self.done.isdisjoint(claim.lines) and self.taken.isdisjoint(claim.paid)

    def post(self, claims: Iterable[Claim]) -> None:
        for claim in claims:
            self.found.add((tuple(sorted(claim.lines)), tuple(sorted(claim.paid))))
            self.done.update(claim.lines)
            self.taken.update(claim.paid)

    def post_with_twins(self, some: Iterable[Claim]) -> None:
        claims = list(dict.fromkeys(some))
        self.post([*unrivalled(claims), *self.twins(claims)])

    def read_all(self) -> None:
        self.readings = {name: self.reader.read(line) for name, line in self.lines.items()}
        for name, shown in self.readings.items():
            self.refute(self.lines[name], shown)

    def open_lines(self) -> list[tuple[LineItem, Reading]]:
        names = [name for name in self.lines if name not in self.done]
        return [(self.lines[name], self.readings[name]) for name in names]

    # Contradictions

    def contradicted(
        self,
        line: LineItem,
        shown: Reading,
        one: PaymentItem,
        *,
        early: int = 0,
        typo: bool = False,
    ) -> bool:
        """X1, X3, X4, X5, X7, X8."""
        foreign = one.currency == "USD" and line.currency == "ARS"
        in_window = one.created - early <= line.value <= one.expected + 12
        return (
            (line.currency != one.currency and not foreign)
            or line.merchant not in (None, one.merchant)
            or self.names_another(shown, one)
            or self.shows_another(line, shown, one, typo=typo)
            or not in_window
            or one.id in self.taken
            or one.cancelled
        )

    def names_another(self, shown: Reading, one: PaymentItem) -> bool:
        account, tax_id = SHOPS[one.merchant]
        for values, payers, own, shops in (
            (shown.accounts, one.account, account, SHOP_ACCOUNTS),
            (shown.tax_ids, one.tax_id, tax_id, SHOP_TAX_IDS),
        ):
            others = values - {payers, own}
            if others and (payers is not None or others & shops):
                return True
        return False

    def shows_another(
        self, line: LineItem, shown: Reading, one: PaymentItem, *, typo: bool
    ) -> bool:
        if any(one.id not in owners for owners in (*shown.references, *shown.end_to_end)):
            return True
        if any(one.id in owners for owners in shown.end_to_end):
            return False
        if shown.foreign_field:
            text = line.reference or ""
            fits = len(text) in (16, 35) and starts(one, both_keys(runs(text))[0], "")
            if not fits and not (typo and is_slip(text, one.reference or "")):
                return True
        if shown.tail is None or shown.references:
            return False
        return not starts(one, *shown.tail)

    def amount_explained(
        self, line: LineItem, one: PaymentItem, *, identity: bool, payer: bool
    ) -> bool:
        """X6, without schedules."""
        if line.currency == one.currency:
            return abs(line.amount - one.amount) <= (2 if identity else 0)
        if line.currency != "ARS" or not (identity or payer):
            return False
        rates = [RATES[on] for on in (line.value, line.value - 1) if on in RATES]
        converted = [(2 * one.amount * rate + 10_000) // 20_000 for rate in rates]
        return any(abs(line.amount - amount) <= 1 for amount in converted)

    # Claims

    def refute(self, line: LineItem, shown: Reading) -> None:
        """R5: references whose owners explain nothing count as not shown."""
        all_shown, shown.references = shown.references, []
        standing = [owners for owners in all_shown if not self.is_refuted(line, shown, owners)]
        several = len(all_shown) > 1 and not frozenset.intersection(*all_shown)
        if several and not self.one_fits_exactly(line, standing):
            standing = all_shown  # 2a: a list, or refused
        shown.references, shown.refuted = standing, len(standing) < len(all_shown)

    def one_fits_exactly(self, line: LineItem, standing: list[frozenset[str]]) -> bool:
        return len(standing) == 1 and any(
            self.payments[name].amount == line.amount for name in standing[0]
        )

    def is_refuted(self, line: LineItem, shown: Reading, owners: frozenset[str]) -> bool:
        for name in owners:
            one = self.payments[name]
            if self.amount_explained(line, one, identity=True, payer=True):
                return False
            part = line.currency == one.currency and line.amount < one.amount
            if part and not self.contradicted(line, shown, one, early=1):
                return False
        return True

    def identity_claims(self) -> list[Claim]:
        """Stage 1, 2a and 2b."""
        claims: list[Claim] = []
        parts: dict[str, list[LineItem]] = {}
        unsure: set[str] = set()
        for line, shown in self.open_lines():
            listed = self.listed(line, shown)
            if is_list(shown):
                claims += [Claim((line.id,), listed)] if listed else []
                continue
            named = set[str]().union(*shown.references, *shown.end_to_end)
            fit = [
                self.payments[name]
                for name in sorted(named)
                if not self.contradicted(line, shown, self.payments[name], early=1)
            ]
            whole = [p for p in fit if self.amount_explained(line, p, identity=True, payer=False)]
            claims += [Claim((line.id,), (one.id,)) for one in whole]
            smaller = [p for p in fit if p.currency == line.currency and line.amount < p.amount]
            for one in smaller if not whole else ():
                parts.setdefault(one.id, []).append(line)
            if not whole and len(smaller) > 1:
                unsure.update(one.id for one in smaller)
        return claims + self.summing(parts, unsure)

    def summing(self, parts: dict[str, list[LineItem]], unsure: set[str]) -> list[Claim]:
        return [
            Claim(tuple(line.id for line in some), (name,), may_post=name not in unsure)
            for name, some in parts.items()
            if len(some) > 1 and sum(line.amount for line in some) == self.payments[name].amount
        ]

    def listed(self, line: LineItem, shown: Reading) -> tuple[str, ...]:
        """2a: the payments whose exact sum the line is."""
        alone = Reading(
            end_to_end=shown.end_to_end,
            accounts=shown.accounts,
            tax_ids=shown.tax_ids,
            foreign_field=shown.foreign_field,
        )
        chosen: set[str] = set()
        for owners in shown.references:
            fit = [
                name
                for name in owners
                if self.payments[name].currency == line.currency
                and not self.contradicted(line, alone, self.payments[name], early=1)
            ]
            if len(fit) != 1:
                return ()
            chosen.update(fit)
        exact = sum(self.payments[name].amount for name in chosen) == line.amount
        return tuple(sorted(chosen)) if exact else ()

    def payer_claims(self) -> list[Claim]:
        """Stage 3, first sub-stage."""
        return [
            Claim((line.id,), (one.id,))
            for line, shown in self.open_lines()
            if not is_list(shown)
            for one in self.of_payer(shown)
            if self.amount_explained(line, one, identity=False, payer=True)
            and not self.contradicted(line, shown, one, typo=line.currency == one.currency)
        ]

    def merchant_claims(self) -> list[Claim]:
        """Stage 3, second sub-stage."""
        return [
            Claim((line.id,), (one.id,))
            for line, shown in self.open_lines()
            if not is_list(shown) and not shown.refuted
            for one in self.payments.values()
            if self.names(line, shown, one)
            and line.amount == one.amount
            and line.currency == one.currency
            and not self.contradicted(line, shown, one)
        ]

    def names(self, line: LineItem, shown: Reading, one: PaymentItem) -> bool:
        account, tax_id = SHOPS[one.merchant]
        return line.merchant == one.merchant or account in shown.accounts or tax_id in shown.tax_ids

    def of_payer(self, shown: Reading) -> list[PaymentItem]:
        return [
            one
            for one in self.payments.values()
            if one.account in shown.accounts or one.tax_id in shown.tax_ids
        ]

    def parts_of_payers(self) -> list[Claim]:
        """Stage 3: parts of the only open payment of a payer."""
        whole = [*self.identity_claims(), *self.payer_claims(), *self.merchant_claims()]
        explained = {claim.lines[0] for claim in whole if len(claim.items) == 2}
        parts: dict[str, list[LineItem]] = {}
        for line, shown in self.open_lines():
            possible = [
                one
                for one in self.of_payer(shown)
                if one.currency == line.currency and not self.contradicted(line, shown, one)
            ]
            if line.id in explained or is_list(shown) or len(possible) != 1:
                continue
            if line.amount < possible[0].amount:
                parts.setdefault(possible[0].id, []).append(line)
        return self.summing(parts, set())

    def twins(self, claims: Sequence[Claim]) -> list[Claim]:
        """E3: sets that are complete, alike, and wanted by nobody else."""
        found: list[Claim] = []
        edges = {claim.items for claim in claims if len(claim.items) == 2}
        others = {item for claim in claims if len(claim.items) > 2 for item in claim.items}
        names = sorted({paid for _, paid in edges})
        for size in range(2, len(names) + 1):
            for some in combinations(names, size):
                lines = {line for line, paid in edges if paid in some}
                complete = all((line, paid) in edges for line in lines for paid in some)
                closed = all(paid in some for line, paid in edges if line in lines)
                alike = len({self.likeness(self.payments[name]) for name in some}) == 1
                alone = closed and not others & {*some, *lines}
                if len(lines) == size and complete and alone and alike:
                    found.append(Claim(tuple(sorted(lines)), some))
        return found

    def likeness(self, one: PaymentItem) -> tuple[object, ...]:
        unlike = one.id if one.reference or one.end_to_end_id else None
        who = (one.merchant, one.account, one.tax_id)
        return (unlike, who, one.amount, one.currency, one.created, one.expected)


def unrivalled(claims: Iterable[Claim]) -> list[Claim]:
    """E1: nobody else wants any of its lines or payments."""
    some = list(dict.fromkeys(claims))
    wanted = Counter(item for claim in some for item in claim.items)
    alone = [claim for claim in some if all(wanted[item] == 1 for item in claim.items)]
    return [claim for claim in alone if claim.may_post]


def is_list(shown: Reading) -> bool:
    """2a: several references that no payment has in common."""
    return len(shown.references) > 1 and not frozenset.intersection(*shown.references)
