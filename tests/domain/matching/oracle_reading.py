"""How the judge that tries everything reads a line: section 2 and R1 to R4, without an index."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field

from domain.matching.items import LineItem, PaymentItem
from tests.domain.matching.table import SHOP
from tests.domain.matching.worlds import ACCOUNTS, TAX_IDS

VALID = {*ACCOUNTS, *TAX_IDS, SHOP}
"""The numbers with valid check digits that these worlds contain."""


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


class Reader:
    """Reads lines against all payments, one by one."""

    def __init__(self, payments: Iterable[PaymentItem]) -> None:
        self.payments = list(payments)

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
            for one in self.payments
            if one.end_to_end_id and "".join(runs(one.end_to_end_id)) == key
        }
        if owners and frozenset(owners) not in shown.end_to_end:
            shown.end_to_end.append(frozenset(owners))
        return bool(owners)

    def owners(self, keys: tuple[str, str]) -> frozenset[str]:
        wanted = {key for key in keys if key}
        return frozenset(one.id for one in self.payments if wanted & keys_of(one))

    def begins_longer(self, keys: tuple[str, str]) -> bool:
        return any(
            key and len(known) > len(key) and known.startswith(key)
            for one in self.payments
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
        shown.accounts |= numbers(folded, 22, covered)
        shown.tax_ids |= numbers(folded, 11, covered)

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
            if tokens[first][0] < after or len(keys[0]) < 4:
                continue
            if any(len(key) >= 4 and self.begins_longer((key, "")) for key in keys):
                return keys
        return None


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


def numbers(folded: str, size: int, covered: list[tuple[int, int]]) -> set[str]:
    """Ids in text: tokens of their own, valid, one of a kind, not inside a reference."""
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
    """Every string that is one replaced character or one exchange away."""
    alphabet = {*text, *"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-/ "}
    replaced = {text[:i] + c + text[i + 1 :] for i in range(len(text)) for c in alphabet}
    exchanged = {text[:i] + text[i + 1] + text[i] + text[i + 2 :] for i in range(len(text) - 1)}
    return replaced | exchanged
