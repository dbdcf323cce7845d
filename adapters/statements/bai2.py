"""BAI2, the cash management format of the Bank Administration Institute: a statement for each 03.

    01  02  (03 88* (16 88*)* 49)*  98  …  99

Amounts are whole minor units. A type code gives the sign: 100–399 credits the account, 400–699
debits it. What 49, 98 and 99 state, sums and numbers of records, is checked for each account by
itself, within its group and within the file; so a file is read twice.

Source: BAI, Cash Management Balance Reporting Specifications, version 2, and what banks write.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import BinaryIO, Final

from adapters.statements.bai2_controls import Verdict, verdicts_of
from adapters.statements.bai2_fields import (
    Fields,
    currency_of,
    day_of,
    signed_amount,
    summaries_of,
    value_date_of,
)
from adapters.statements.bai2_records import Record, records_in_order
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.values import coelsa_id_in, known

FORMATS: Final = ("bai2",)

OPENING, CLOSING = "010", "015"

_REVERSALS: Final = frozenset({"252", "552"})
_REVERSAL: Final = re.compile(r"\brevers(?:al|ed|e|o|a|i[oó]n)\b", re.IGNORECASE)
_NO_FACTS: Final = {"2": "a deletion", "4": "a test"}
"""Group statuses whose content did not happen."""


def read(stream: BinaryIO) -> Iterator[Entry | Statement]:
    """The entries of each account and its statement. Raises Unreadable."""
    verdicts = iter(verdicts_of(records_in_order(stream)))
    group = _Group()
    account: _Account | None = None
    for record in records_in_order(stream):
        if record.code == "01":
            _check_header(record)
        elif record.code == "02":
            group = _group_of(record)
        elif record.code == "03":
            account = _Account.of(record, group)
        elif account is not None and record.code == "16":
            yield account.entry(record)
        elif account is not None and record.code == "49":
            yield account.statement(next(verdicts))


# What stands in a group and in an account.


@dataclass(frozen=True, slots=True)
class _Group:
    day: date | None = None
    currency: str | None = None


def _check_header(record: Record) -> None:
    """Raises Unreadable for a day of creation that is none."""
    _, _, text, *_ = [*record.fields(), "", "", ""]
    if text:
        day_of(text, place=record.place, name="day of the file")


def _group_of(record: Record) -> _Group:
    fields = [*record.fields(), "", "", "", "", "", ""]
    if (what := _NO_FACTS.get(fields[2])) is not None:
        raise Unreadable(record.place, f"group status {fields[2]}: {what}, and no statement")
    day = day_of(fields[3], place=record.place, name="as-of date")
    return _Group(day, currency_of(fields[5], place=record.place))


@dataclass(slots=True)
class _Account:
    """One account, from its 03 to its 49."""

    place: str
    number: str | None
    currency: str | None
    day: date | None
    opening: int | None
    closing: int | None
    moved: int = 0

    @classmethod
    def of(cls, record: Record, group: _Group) -> _Account:
        fields = [*record.fields(), ""]
        if not fields[0]:
            raise Unreadable(record.place, "a record 03 without an account")
        balances: dict[str, int] = {}
        for code, amount in summaries_of(record):
            if amount is not None:
                balances.setdefault(code, amount)
        return cls(
            place=record.place,
            number=known(fields[0]),
            currency=currency_of(fields[1], place=record.place) or group.currency,
            day=group.day,
            opening=balances.get(OPENING),
            closing=balances.get(CLOSING),
        )

    def entry(self, record: Record) -> Entry:
        """A record 16 as an entry of this account. Raises Unreadable."""
        parts = Fields(record)
        code, amount_text = parts.next(), parts.next()
        amount_minor, status = signed_amount(code, amount_text, place=record.place)
        value_date = value_date_of(parts)
        bank_reference, reference = parts.reference(), parts.reference()
        text = parts.text()
        self.moved += amount_minor if status == "BOOK" else 0
        return Entry(
            place=record.place,
            amount_minor=amount_minor,
            currency=self.currency,
            booking_date=self.day,
            value_date=value_date,
            status=status,
            reversal=code in _REVERSALS or _REVERSAL.search(text or "") is not None,
            end_to_end_id=reference,
            bank_reference=bank_reference,
            coelsa_id=coelsa_id_in((text,)),
            transaction_code=code,
            remittance=text,
        )

    def statement(self, verdict: Verdict) -> Statement:
        """This account's statement, at its 49."""
        closes = words = None
        if self.opening is not None and self.closing is not None:
            closes = self.opening + self.moved == self.closing
            if not closes:
                words = (
                    f"opening balance {self.opening} and movements {self.moved} do not make the"
                    f" closing balance {self.closing}"
                )
        return Statement(
            place=self.place,
            statement_id=None,
            account=self.number,
            currency=self.currency,
            opening_minor=self.opening,
            closing_minor=self.closing,
            balance_closes=closes,
            controls_match=verdict.matches,
            disagreement=verdict.words or words,
            first_day=self.day,
            last_day=self.day,
            completeness="stated",
        )
