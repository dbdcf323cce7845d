"""A judge without an index: every line against every payment, every rule as the paper says it, for classes I and C.

It knows no payouts, returns, duplicates or net amounts, so the worlds it judges have none of them. It is slow, and
shares nothing with the engine but the items.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from domain.matching.items import LineItem, PaymentItem
from tests.domain.matching.table import OTHER_SHOP, OTHER_SHOP_TAX, RATES, SHOP, SHOP_TAX
from tests.domain.matching.worlds import ACCOUNTS, TAX_IDS

SHOPS = {
    "M1": (SHOP, SHOP_TAX),
    "M2": (OTHER_SHOP, OTHER_SHOP_TAX),
    "M3": (OTHER_SHOP, SHOP_TAX),
}
SHOP_ACCOUNTS, SHOP_TAX_IDS = {SHOP, OTHER_SHOP}, {SHOP_TAX, OTHER_SHOP_TAX}
VALID = {*ACCOUNTS, *TAX_IDS, SHOP}
"""The numbers with valid check digits that these worlds contain."""


@dataclass(frozen=True)
class Claim:
    """Lines that could settle payments, by their ids."""

    lines: tuple[str, ...]
    paid: tuple[str, ...]

    @property
    def items(self) -> tuple[str, ...]:
        return (*self.lines, *self.paid)


@dataclass
class Reading:
    """What a line shows, read against all payments: each id as the set of its owners."""

    references: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    end_to_end: list[frozenset[str]] = field(default_factory=list[frozenset[str]])
    accounts: set[str] = field(default_factory=set[str])
    tax_ids: set[str] = field(default_factory=set[str])
    foreign_field: bool = False
    tail: tuple[str, str] | None = None
    refuted: bool = False


def fold(text: str) -> str:
    """NFKD without marks, in upper case."""
    plain = unicodedata.normalize("NFKD", text)
    return "".join(char for char in plain if not unicodedata.combining(char)).upper()


def runs(text: str) -> list[str]:
    """The runs of letters and digits."""
    return re.findall("[A-Z0-9]+", fold(text))


def both_keys(some: Iterable[str]) -> tuple[str, str]:
    """R1: the alnum key and the zero-stripped key."""
    kept = list(some)
    return "".join(kept), "".join(run.lstrip("0") for run in kept)


def keys_of(one: PaymentItem) -> set[str]:
    """R1: both keys of a payment's reference."""
    return {key for key in both_keys(runs(one.reference or "")) if key}


class Oracle:
    """The verdict on a world: `matches()` as pairs of sorted ids."""

    def __init__(self, payments: Sequence[PaymentItem], lines: Sequence[LineItem]) -> None:
        self.payments = {one.id: one for one in payments}
        self.lines = {one.id: one for one in lines}
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
        self.readings = {name: self.read(line) for name, line in self.lines.items()}
        for name, shown in self.readings.items():
            self.refute(self.lines[name], shown)

    def open_lines(self) -> list[tuple[LineItem, Reading]]:
        names = [name for name in self.lines if name not in self.done]
        return [(self.lines[name], self.readings[name]) for name in names]

    # Reading

    def read(self, line: LineItem) -> Reading:
        """Section 2 and R1 to R3."""
        shown = Reading()
        if line.counterparty_account:
            shown.accounts.add(line.counterparty_account)
        if line.counterparty_tax_id:
            shown.tax_ids.add(line.counterparty_tax_id)
        self.read_end_to_end(line.end_to_end_id, shown)
        if line.reference:
            self.read_field(line.reference, shown)
        if line.text:
            self.read_text(line.text, shown)
        shown.references = list(dict.fromkeys(shown.references))
        return shown

    def read_end_to_end(self, text: str | None, shown: Reading) -> bool:
        key = "".join(runs(text or ""))
        owners = {
            one.id
            for one in self.payments.values()
            if one.end_to_end_id and "".join(runs(one.end_to_end_id)) == key
        }
        if owners and frozenset(owners) not in shown.end_to_end:
            shown.end_to_end.append(frozenset(owners))
        return bool(owners)

    def owners(self, keys: tuple[str, str]) -> frozenset[str]:
        wanted = {key for key in keys if key}
        return frozenset(one.id for one in self.payments.values() if wanted & keys_of(one))

    def begins_longer(self, keys: tuple[str, str]) -> bool:
        return any(
            key and len(known) > len(key) and known.startswith(key)
            for one in self.payments.values()
            for known in keys_of(one)
            for key in keys
        )

    def read_field(self, text: str, shown: Reading) -> None:
        keys = both_keys(runs(text))
        owners = self.owners(keys)
        if owners and not (len(text) in (16, 35) and self.begins_longer(keys)):
            shown.references.append(owners)
        elif not self.read_end_to_end(text, shown):
            shown.foreign_field = True

    def read_text(self, text: str, shown: Reading) -> None:
        folded = fold(text)
        tokens = [(found.start(), found.end()) for found in re.finditer("[A-Z0-9]+", folded)]
        hits = self.hits(folded, tokens)
        covered = [(tokens[first][0], tokens[last][1]) for first, last, _ in hits]
        for first, last, owners in hits:
            keys = self.keys_between(folded, tokens, first, last)
            cut = len(text) == 35 and last == len(tokens) - 1 and self.begins_longer(keys)
            if cut:
                covered.remove((tokens[first][0], tokens[last][1]))
            else:
                shown.references.append(owners)
        for start, end in tokens:
            self.read_end_to_end(folded[start:end], shown)
        if len(text) == 35:
            shown.tail = self.tail(folded, tokens, covered)
        for size, into in ((22, shown.accounts), (11, shown.tax_ids)):
            into |= numbers(folded, size, covered)

    def hits(
        self, folded: str, tokens: list[tuple[int, int]]
    ) -> list[tuple[int, int, frozenset[str]]]:
        """R2: the longest ones."""
        found: list[tuple[int, int, frozenset[str]]] = []
        for first in range(len(tokens)):
            for last in range(first, min(first + 6, len(tokens))):
                keys = self.keys_between(folded, tokens, first, last)
                owners = self.owners(keys) if len(keys[0]) >= 6 else frozenset[str]()
                if owners:
                    found.append((first, last, owners))
        return [
            (first, last, owners)
            for first, last, owners in found
            if not any(a <= first and last <= b and (a, b) != (first, last) for a, b, _ in found)
        ]

    def keys_between(
        self, folded: str, tokens: list[tuple[int, int]], first: int, last: int
    ) -> tuple[str, str]:
        return both_keys(folded[start:end] for start, end in tokens[first : last + 1])

    def tail(
        self, folded: str, tokens: list[tuple[int, int]], covered: list[tuple[int, int]]
    ) -> tuple[str, str] | None:
        """X5: the longest end that is the beginning of some reference; from four characters on."""
        after = max((end for _, end in covered), default=-1)
        for first in range(max(0, len(tokens) - 6), len(tokens)):
            keys = self.keys_between(folded, tokens, first, len(tokens) - 1)
            if tokens[first][0] >= after and len(keys[0]) >= 4:
                if any(len(key) >= 4 and self.begins_longer((key, "")) for key in keys):
                    return keys
        return None

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
            Claim(tuple(line.id for line in some), (name,))
            for name, some in parts.items()
            if name not in unsure
            and len(some) > 1
            and sum(line.amount for line in some) == self.payments[name].amount
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
                if len(lines) == size and complete and closed and not others & {*some, *lines}:
                    if len({self.likeness(self.payments[name]) for name in some}) == 1:
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
    return [claim for claim in some if all(wanted[item] == 1 for item in claim.items)]


def is_list(shown: Reading) -> bool:
    """2a: several references that no payment has in common."""
    return len(shown.references) > 1 and not frozenset.intersection(*shown.references)


def numbers(folded: str, size: int, covered: list[tuple[int, int]]) -> set[str]:
    """Ids in text: tokens of their own with valid check digits, one of a kind, outside of references."""
    pattern = r"\d{22}" if size == 22 else r"\d{2}-?\d{8}-?\d"
    found = {
        match.group().replace("-", "")
        for match in re.finditer(rf"(?<![A-Z0-9])(?:{pattern})(?![A-Z0-9])", folded)
        if not any(start < match.end() and match.start() < end for start, end in covered)
    }
    found &= VALID
    return found if len(found) == 1 else set()


def starts(one: PaymentItem, key: str, stripped: str) -> bool:
    """R3: whether the reference could go on from there."""
    known, known_stripped = both_keys(runs(one.reference or ""))
    return known.startswith(key) or bool(stripped and known_stripped.startswith(stripped))


def is_slip(text: str, other: str) -> bool:
    """R4: on the folded strings or on the keys."""
    pairs = [(fold(text), fold(other)), ("".join(runs(text)), "".join(runs(other)))]
    return any(one != two and (two in slips(one) or one in slips(two)) for one, two in pairs)


def slips(text: str) -> set[str]:
    """Every string that is one replaced character or one exchange away, of the characters that occur here."""
    alphabet = {*text, *"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/ "}
    replaced = {text[:i] + c + text[i + 1 :] for i in range(len(text)) for c in alphabet}
    exchanged = {text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in range(len(text) - 1)}
    return replaced | exchanged
