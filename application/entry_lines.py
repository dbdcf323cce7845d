"""From what a statement file says to lines that can be recorded.

    Booked            one booked entry, as a reader's adapter hands it over
    Stated            a statement with its own controls, and its booked entries
    line_of(…)        the settlement that an entry is, or Unusable: why it is none
    payout_of(…)      one settlement for all rows of an acquirer's list that are paid on one day

Which field goes where: `reference` is the structured reference or the merchant's own, never the
bank's; every other id that the entry carries goes to `other_ids`, where it counts and contradicts
nothing. Names, accounts, tax ids and free text are personal. An entry without a booking date was
booked on its value date, and the other way round.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from domain.breakdown import Breakdown, Member, StatedCharge
from domain.errors import BadValue, Refusal
from domain.money import Money, checked_currency, checked_minor
from domain.settlement import SettlementRecorded

ID_LENGTH_MAX = 140
"""Characters of an id, an account or a reference of a line."""

_SOURCE = re.compile(r"[a-z][a-z0-9_-]*:[^:]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Booked:
    """A booked entry, its card numbers masked; `ordinal` counts entries of the statement from 1."""

    ordinal: int
    place: str
    amount_minor: int
    currency: str | None
    booking_date: date | None
    value_date: date | None
    reversal: bool = False
    bank_reference: str | None = None
    reference: str | None = None
    end_to_end_id: str | None = None
    other_ids: tuple[str, ...] = ()
    text: str | None = None
    counterparty_name: str | None = None
    counterparty_account: str | None = None
    counterparty_tax_id: str | None = None
    breakdown: Breakdown | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """A statement of a file: `ordinal` counts from 1, `not_booked` are pending or informative.

    `entries` gives its booked entries in file order, each time that it is called. `credit_minor`
    and `debit_minor` sum them, both zero or more. `disagreement` says which check of the file's own
    failed, with both values. `completeness` is "stated" where the file says that it holds all there
    is; `profile` and `profile_hash` name the declared layout by which a table was read.
    """

    ordinal: int
    place: str
    statement_id: str | None
    account: str | None
    currency: str | None
    opening_minor: int | None
    closing_minor: int | None
    balance_closes: bool | None
    controls_match: bool | None
    disagreement: str | None
    sequence: int | None
    page: int | None
    more_pages: bool
    first_day: date | None
    last_day: date | None
    booked: int
    not_booked: int
    credit_minor: int
    debit_minor: int
    entries: Callable[[], Iterator[Booked]]
    completeness: str | None = None
    profile: str | None = None
    profile_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadFile:
    """A file that was read whole: its name as given, its SHA-256 (hex), size and format.

    `masked` are the places of card numbers that were masked.
    """

    name: str
    sha256: str
    size: int
    format: str
    statements: tuple[Stated, ...]
    masked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where the lines of a statement belong; `merchant_id` where the whole file is one's."""

    source: str
    account: str
    statement_id: str
    currency: str | None
    merchant_id: str | None
    received_at: str


@dataclass(unsafe_hash=True, kw_only=True)
class Unusable(Refusal):
    """A readable entry with a field that nobody can use: it is set aside, and named.

    `reason` is a machine name, `words` the same in one line that holds nothing personal.
    """

    place: str
    reason: str
    words: str


def row_id(*, file_hash: str, statement: int, entry: int | str) -> str:
    """The delivered row's own id: a pointer to file, statement and entry."""
    return f"{file_hash[:16]}-{statement}-{entry}"


def line_of(entry: Booked, *, origin: Origin, settlement_id: str) -> SettlementRecorded:
    """The settlement that an entry is. Raises Unusable."""
    booking = entry.booking_date or entry.value_date
    if booking is None:
        raise Unusable(place=entry.place, reason="date-missing", words="no date at all")
    _demand_usable(entry)
    return SettlementRecorded(
        settlement_id=settlement_id,
        source=origin.source,
        account=origin.account,
        amount=_amount(entry, origin.currency),
        booking_date=booking,
        value_date=entry.value_date or booking,
        bank_entry_id=entry.bank_reference,
        reference=entry.reference,
        end_to_end_id=entry.end_to_end_id,
        remittance_information=entry.text,
        counterparty_name=entry.counterparty_name,
        counterparty_account=entry.counterparty_account,
        counterparty_tax_id=entry.counterparty_tax_id,
        reversal=entry.reversal,
        merchant_id=origin.merchant_id,
        statement_id=origin.statement_id,
        received_at=origin.received_at,
        other_ids=entry.other_ids or None,
        breakdown=entry.breakdown,
    )


def _amount(entry: Booked, stated: str | None) -> Money:
    currency = entry.currency or stated
    if currency is None:
        raise Unusable(place=entry.place, reason="currency-missing", words="no currency at all")
    try:
        return Money(checked_minor(entry.amount_minor), checked_currency(currency))
    except BadValue as fault:
        words = f"{fault.field}: {fault.reason}"
        raise Unusable(place=entry.place, reason=fault.reason, words=words) from None


def _demand_usable(entry: Booked) -> None:
    ids = {
        "bank_reference": entry.bank_reference,
        "reference": entry.reference,
        "end_to_end_id": entry.end_to_end_id,
        "counterparty_account": entry.counterparty_account,
        "counterparty_tax_id": entry.counterparty_tax_id,
    }
    for name, text in ids.items():
        if text is None:
            continue
        if len(text) > ID_LENGTH_MAX:
            raise Unusable(place=entry.place, reason="too-long", words=f"{name}: too-long")
        if any(sign < " " or sign == "\x7f" for sign in text):
            words = f"{name}: control-character"
            raise Unusable(place=entry.place, reason="control-character", words=words)


def is_source(text: str) -> bool:
    """Whether the text is a kind and a name, as "bank:017"."""
    return _SOURCE.fullmatch(text) is not None


# Acquirers' lists.


def payouts_of(entries: Iterable[Booked], *, number: str | None) -> Iterator[Booked]:
    """The payouts of an acquirer's list: its rows by the day on which they are paid, added up.

    Each row that pays is a member, with what its payer paid; what a negative row takes is a charge
    of the payout. `number` is the acquirer's settlement number: the payout's reference.
    """
    by_day: defaultdict[tuple[date | None, str | None], list[Booked]] = defaultdict(list)
    for entry in entries:
        by_day[entry.booking_date or entry.value_date, entry.currency].append(entry)
    for rows in by_day.values():
        yield _payout(rows, number=number)


def _payout(rows: list[Booked], *, number: str | None) -> Booked:
    members = tuple(
        Member(
            gross_minor=row.amount_minor
            if row.breakdown is None or row.breakdown.gross_minor is None
            else row.breakdown.gross_minor,
            ids=tuple(dict.fromkeys(filter(None, (row.end_to_end_id, *row.other_ids)))),
        )
        for row in rows
        if row.amount_minor > 0
    )
    amount, gross = 0, sum(member.gross_minor or 0 for member in members)
    charges: defaultdict[str, int] = defaultdict(int)
    for row in rows:
        amount += row.amount_minor
        if row.amount_minor <= 0:
            charges["CHARGEBACK"] += row.amount_minor
        elif row.breakdown is not None:
            for charge in row.breakdown.charges:
                charges[charge.kind] += charge.amount_minor
    stated = tuple(
        StatedCharge(kind=kind, amount_minor=minor)
        for kind, minor in sorted(charges.items())
        if minor
    )
    return replace(
        rows[0],
        amount_minor=amount,
        reference=number,
        bank_reference=number,
        end_to_end_id=None,
        other_ids=(),
        text=None,
        counterparty_name=None,
        counterparty_account=None,
        counterparty_tax_id=None,
        reversal=False,
        breakdown=Breakdown(gross_minor=gross, charges=stated, members=members),
    )
