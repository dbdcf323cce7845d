"""The canonical statement: what every reader in this folder yields, whatever the file's format.

A reader is a function `read(stream) -> Iterator[Entry | Statement]` over a seekable binary stream.
It yields the entries of a statement in file order, then the `Statement` that closes them; a file of
several statements repeats that. So nothing has to be kept, however long the file is. What cannot be
read raises `Unreadable` and makes the whole file unread: whoever consumes a reader keeps nothing of
it before its end.

Amounts are integers of minor units with their sign: + credits the account, − debits it. A reversal
has the sign of what it does to the account, and says that it is one. None stands for what the file
does not say; nothing is computed in its place.

Law: gross + Σ included charges = amount, where a gross amount is stated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Literal, TypeAlias

from msgspec import Struct

from domain.errors import Refusal

TEXT_LENGTH_MAX = 2_000
"""Characters of a free text (remittance information) that are read; a longer one is refused."""

TEXTS_LENGTH_MAX = 9_000
"""Characters of the texts of one transaction together: 64 of the 140 that ISO 20022 gives each."""

NAME_LENGTH_MAX = 140
"""Characters of a name that are read; a longer one is refused."""

Status: TypeAlias = Literal["BOOK", "PDNG", "INFO"]
"""Booked, expected, or told for information only; only booked entries move the balance."""

Completeness: TypeAlias = Literal["stated", "not-stated"]
"""Whether a file says that it holds all there is: by a structure that ends, by totals or a closing
balance behind its entries. Where nothing says so, one that was cut between two entries looks alike.
"""


class Charge(Struct, frozen=True, gc=False, kw_only=True):
    """A fee, tax or deduction: `amount_minor` is signed, as it changes the entry's gross amount.

    `kind` is of the glossary; `source_text` what the file called it. `included` is False for a
    charge that was not taken from this entry but is told with it.
    """

    kind: str
    amount_minor: int
    source_text: str | None = None
    base_minor: int | None = None
    rate_ppm: int | None = None
    jurisdiction: str | None = None
    included: bool = True


class Party(Struct, frozen=True, gc=False, kw_only=True):
    """The other side, as the file names it. `account` is a CBU, CVU, IBAN or a bank's own form."""

    name: str | None = None
    account: str | None = None
    tax_id: str | None = None
    bank: str | None = None


class Detail(Struct, frozen=True, gc=False, kw_only=True):
    """One transaction of an entry that books several together; the amount is signed as entries are.

    `amount_minor` is None where the file gives none, or gives it in another currency.
    """

    amount_minor: int | None
    end_to_end_id: str | None = None
    uetr: str | None = None
    references: tuple[tuple[str, str], ...] = ()
    remittance: str | None = None
    counterparty: Party | None = None
    return_reason: str | None = None


class Entry(Struct, frozen=True, gc=False, kw_only=True):
    """One movement, in file order.

    `place` is where it stands, as a refusal would name it: "line 12" or an element's path.
    `currency` is None where neither the entry nor the file says one. `value_date` and
    `booking_date` are dates as written by banks, of Argentine time by processors. `references` are
    (name, text) pairs under the names of the glossary. `details` counts the transactions that the
    file lists under the entry, 0 where it lists none; `batch` is the number that the entry says it
    books together. `balance_after_minor` is the running balance that stands beside it.
    """

    place: str
    amount_minor: int
    currency: str | None
    booking_date: date | None
    value_date: date | None
    status: Status = "BOOK"
    reversal: bool = False
    end_to_end_id: str | None = None
    uetr: str | None = None
    bank_reference: str | None = None
    coelsa_id: str | None = None
    references: tuple[tuple[str, str], ...] = ()
    timestamp: str | None = None
    transaction_code: str | None = None
    return_reason: str | None = None
    remittance: str | None = None
    structured_remittance: str | None = None
    counterparty: Party | None = None
    gross_minor: int | None = None
    charges: tuple[Charge, ...] = ()
    batch: int | None = None
    details: int = 0
    detail_lines: tuple[Detail, ...] = ()
    balance_after_minor: int | None = None


class Statement(Struct, frozen=True, gc=False, kw_only=True):
    """What a file says of the entries before it, and whether they agree with it.

    `opening_minor` and `closing_minor` are as stated, never computed; None if not stated, or in
    another currency. `balance_closes` is None without both of them or a chain of running balances;
    `controls_match` is None where the file has no controls. `disagreement` says in words which
    check failed, with both values. `sequence` is the number by which gaps between files show;
    `page` that of a part of it, `last_page` whether no other part follows. `profile` is the name of
    the declared layout by which a table was read, and `profile_hash` the SHA-256 (hex) of its text.
    """

    place: str
    statement_id: str | None
    account: str | None
    currency: str | None
    opening_minor: int | None
    closing_minor: int | None
    balance_closes: bool | None
    controls_match: bool | None
    disagreement: str | None = None
    sequence: str | None = None
    page: int | None = None
    last_page: bool = True
    first_day: date | None = None
    last_day: date | None = None
    completeness: Completeness = "not-stated"
    profile: str | None = None
    profile_hash: str | None = None


Reader: TypeAlias = Callable[[BinaryIO], Iterator[Entry | Statement]]
"""The public function of a format's file."""


@dataclass(unsafe_hash=True)
class Unreadable(Refusal):
    """The file is none that can be read, and where and why, in words that hold nothing personal.

    `place` is "line 12", an element's path, or "file" where no nearer place is known. An amount or
    a date may be quoted; accounts, tax ids, names and free text never are.
    """

    place: str
    reason: str
