"""What a source delivers: the rows of one statement, summed up and hashed.

A statement may arrive in pieces, over days or runs. A delivery therefore speaks of *all* rows that
are known once it has arrived, and says by a hash which of them were known before: so more of the
same can be told from something else.

Law: the order in which rows are given never matters.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from hashlib import sha256
from json import JSONEncoder

from domain.errors import BadValue
from domain.settlement import DeliveredLine


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementContent:
    """All rows of a statement that are known, summed up.

    `first_day` and `last_day` are booking dates. `credit_minor` and `debit_minor` are both zero or
    more; `opening_minor` and `closing_minor` are signed, as the source states them, None where it
    does not. `currency` is None where rows of several currencies meet, or none say one: the sums
    are then control totals without a meaning of their own. `content_hash` is what the function of
    that name makes of the rows.

    What follows is known of an imported file only: the SHA-256 (hex) and size of its bytes, its
    format, the number by which gaps between statements show, and of a statement in pages which page
    it is and whether others follow; whether the file says that it holds all there is ("stated" or
    "not-stated"), and of a table the name of the profile by which it was read and the SHA-256 (hex)
    of that.
    """

    first_day: date
    last_day: date
    lines: int
    credit_minor: int
    debit_minor: int
    currency: str | None
    opening_minor: int | None
    closing_minor: int | None
    content_hash: str
    file_hash: str | None = None
    file_bytes: int | None = None
    format: str | None = None
    sequence: int | None = None
    page: int | None = None
    more_pages: bool | None = None
    completeness: str | None = None
    profile: str | None = None
    profile_hash: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """All rows of a statement that are known once it has been delivered.

    `source_kind` is "bank" for the source "bank:017". `extends` is the content hash of those rows
    that were known before; None where none were.
    """

    statement_id: str
    source_kind: str
    account: str
    content: StatementContent
    extends: str | None


def source_kind(source: str) -> str:
    """The part of a source before its colon: "bank" of "bank:017", "acquirer" of "acquirer:A"."""
    return source.partition(":")[0]


def delivery_of(
    *,
    source: str,
    account: str,
    statement_id: str,
    lines: Sequence[DeliveredLine],
    known_lines: Sequence[DeliveredLine] = (),
    days: tuple[date, date] | None = None,
    currency: str | None = None,
    opening_minor: int | None = None,
    closing_minor: int | None = None,
) -> Delivery:
    """Sum up `lines`: every row now known of the statement, those of earlier deliveries included.

    `known_lines` are the rows among them that are stored already; `source` is a source or its kind.
    `days` (first, last) and `currency` are what the statement itself says; else its rows say it.
    Raises `BadValue` "missing" for a statement that has neither rows nor days.
    """
    first_day, last_day = days or _booking_days(lines)
    amounts = [line.amount.minor for line in lines]
    content = StatementContent(
        first_day=first_day,
        last_day=last_day,
        lines=len(lines),
        credit_minor=sum(amount for amount in amounts if amount > 0),
        debit_minor=-sum(amount for amount in amounts if amount < 0),
        currency=_only_currency(lines, currency),
        opening_minor=opening_minor,
        closing_minor=closing_minor,
        content_hash=content_hash(lines),
    )
    return Delivery(
        statement_id=statement_id,
        source_kind=source_kind(source),
        account=account,
        content=content,
        extends=content_hash(known_lines) if known_lines else None,
    )


def _booking_days(lines: Sequence[DeliveredLine]) -> tuple[date, date]:
    if not lines:
        raise BadValue(field="booking_date", reason="missing")
    days = [line.booking_date for line in lines]
    return min(days), max(days)


def _only_currency(lines: Sequence[DeliveredLine], stated: str | None) -> str | None:
    used = {line.amount.currency for line in lines}
    if stated is not None:
        used.add(stated)
    return used.pop() if len(used) == 1 else None


def content_hash(lines: Iterable[DeliveredLine]) -> str:
    """SHA-256 (hex) over the rows, in whatever order they are given.

    Personal fields stay out: the hash is public, and has to come out the same from rows whose
    personal fields are sealed or shredded. Rows that differ in nothing else are told apart where
    they are recorded. `received_at` stays out too: it says something of the delivery only.
    """
    return sha256("\n".join(sorted(map(_row, lines))).encode("ascii")).hexdigest()


_TEXT_OF = JSONEncoder(separators=(",", ":")).encode  # ASCII, without a line break, one to one


def _row(line: DeliveredLine) -> str:
    return _TEXT_OF(
        [
            line.settlement_id,
            line.source,
            line.account,
            line.amount.minor,
            line.amount.currency,
            line.booking_date.isoformat(),
            line.value_date.isoformat(),
            line.bank_entry_id,
            line.reference,
            line.end_to_end_id,
            line.reversal,
            line.merchant_id,
            line.statement_id,
        ]
    )
