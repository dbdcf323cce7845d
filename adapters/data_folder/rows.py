"""Rows of payments.jsonl and settlements.jsonl: their fields, and the facts they are.

A field that may be null may also be absent. Texts are kept as they are written; one of nothing but
blanks says nothing and reads as null.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from operator import itemgetter
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field

from adapters.data_folder.faults import Unusable
from adapters.data_folder.parsing import BACKSLASH, RowParser
from adapters.data_folder.values import (
    ID_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    account_oddity,
    currency_of,
    day_of,
    demand_account,
    demand_no_control,
    demand_no_nul,
    demand_shown,
    demand_source,
    local_day_of,
    said,
    tax_id_oddity,
)
from domain.money import AMOUNT_DIGITS_MAX, Money
from domain.payment import Method, PaymentRegistered
from domain.settlement import SettlementRecorded

DELETE = 0x7F

AMOUNT_LIMIT = 10**AMOUNT_DIGITS_MAX

Key = Annotated[str, Field(min_length=1, max_length=ID_LENGTH_MAX)]
Id = Annotated[str, Field(max_length=ID_LENGTH_MAX)]
FreeText = Annotated[str, Field(max_length=TEXT_LENGTH_MAX)]
Short = Annotated[str, Field(max_length=ID_LENGTH_MAX)]

Flag = Callable[[str, str], None]
"""Told a field's name and what is odd about it."""

STRICT = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)


class PaymentRow(BaseModel):
    """A line of payments.jsonl."""

    model_config = STRICT

    payment_id: Key
    merchant_id: Key
    amount: Annotated[int, Field(gt=0, lt=AMOUNT_LIMIT)]
    currency: Short
    created_at: Short
    expected_value_date: Short | None = None
    reference: Id | None = None
    end_to_end_id: Id | None = None
    payer_name: FreeText | None = None
    payer_account: Id | None = None
    payer_tax_id: Id | None = None
    method: Method
    received_at: Short | None = None


class SettlementRow(BaseModel):
    """A line of settlements.jsonl."""

    model_config = STRICT

    settlement_id: Key
    source: Key
    account: Key
    amount: Annotated[int, Field(gt=-AMOUNT_LIMIT, lt=AMOUNT_LIMIT)]
    currency: Short
    booking_date: Short
    value_date: Short | None = None
    bank_entry_id: Id | None = None
    reference: Id | None = None
    end_to_end_id: Id | None = None
    remittance_information: FreeText | None = None
    counterparty_name: FreeText | None = None
    counterparty_account: Id | None = None
    counterparty_tax_id: Id | None = None
    reversal: bool
    merchant_id: Id | None = None
    received_at: Short | None = None
    statement_id: Id | None = None


_Getter = Callable[[Mapping[str, Any]], tuple[str | None, ...]]


class _Texts:
    """What is demanded of the texts of a row, by name.

    Keys are compared as they are, so they hold nothing that a screen does not show; in ids there is
    no control character, in free text no NUL.
    """

    def __init__(
        self,
        *,
        keys: tuple[str, ...],
        optional_keys: tuple[str, ...],
        ids: tuple[str, ...],
        free: tuple[str, ...],
    ) -> None:
        self._required = keys
        self._keys = (*keys, *optional_keys)
        self._ids = ids
        self._free = free
        self._optional = (*optional_keys, *ids, *free)
        self._not_free: _Getter = itemgetter(*self._keys, *ids)
        self._all: _Getter = itemgetter(*self._keys, *ids, *free)

    def settle(self, row: BaseModel, line: bytes) -> None:
        """Make blank texts of the row null. Raises Unusable."""
        values: dict[str, Any] = vars(row)
        texts = self._all(values)
        if "" in texts or not all(map(str.strip, filter(None, texts))):
            self._drop_blanks(values)
        # What is ASCII, without escapes and without DEL, is printable: no field needs a look.
        if BACKSLASH in line or not line.isascii() or DELETE in line:
            self._demand_printable(values)

    def _demand_printable(self, values: dict[str, Any]) -> None:
        if not "".join(filter(None, self._not_free(values))).isprintable():
            for name in self._keys:
                demand_shown(values[name], name=name)
            for name in self._ids:
                demand_no_control(values[name], name=name)
        for name in self._free:
            demand_no_nul(values[name], name=name)

    def _drop_blanks(self, values: dict[str, Any]) -> None:
        for name in self._required:
            if said(values[name]) is None:
                raise Unusable(f"{name}: empty")
        for name in self._optional:
            values[name] = said(values[name])


_PAYMENT_TEXTS = _Texts(
    keys=("payment_id", "merchant_id"),
    optional_keys=(),
    ids=("reference", "end_to_end_id", "payer_account", "payer_tax_id"),
    free=("payer_name",),
)
_SETTLEMENT_TEXTS = _Texts(
    keys=("settlement_id", "source", "account"),
    optional_keys=("bank_entry_id", "merchant_id", "statement_id"),
    ids=("reference", "end_to_end_id", "counterparty_account", "counterparty_tax_id"),
    free=("remittance_information", "counterparty_name"),
)
_parse_payment = RowParser(PaymentRow, others=1)
_parse_settlement = RowParser(SettlementRow, others=2)


def payment_of(
    line: bytes, *, source: str, merchants: Container[str], flag: Flag
) -> PaymentRegistered:
    """The payment on this line. Raises Unusable."""
    row = _parse_payment(line)
    _PAYMENT_TEXTS.settle(row, line)
    if row.merchant_id not in merchants:
        raise Unusable("merchant_id: merchant-unknown (not in merchants.json)")
    currency = currency_of(row.currency)
    local_day = local_day_of(row.created_at, name="created_at")
    expected = row.expected_value_date
    if row.received_at is not None:
        local_day_of(row.received_at, name="received_at")
    if row.payer_account is not None and (odd := account_oddity(row.payer_account)):
        flag("payer_account", odd)
    if row.payer_tax_id is not None and (odd := tax_id_oddity(row.payer_tax_id)):
        flag("payer_tax_id", odd)
    return PaymentRegistered(
        payment_id=row.payment_id,
        source=source,
        merchant_id=row.merchant_id,
        amount=Money(row.amount, currency),
        method=row.method,
        created_at=row.created_at,
        local_day=local_day,
        expected_value_date=(
            local_day if expected is None else day_of(expected, name="expected_value_date")
        ),
        reference=row.reference,
        end_to_end_id=row.end_to_end_id,
        payer_name=row.payer_name,
        payer_account=row.payer_account,
        payer_tax_id=row.payer_tax_id,
        received_at=row.received_at,
    )


def settlement_of(line: bytes, *, merchants: Container[str], flag: Flag) -> SettlementRecorded:
    """The settlement on this line. Raises Unusable."""
    row = _parse_settlement(line)
    _SETTLEMENT_TEXTS.settle(row, line)
    demand_source(row.source)
    demand_account(row.account)
    currency = currency_of(row.currency)
    booking_date = day_of(row.booking_date, name="booking_date")
    value_date = row.value_date
    if row.received_at is not None:
        local_day_of(row.received_at, name="received_at")
    _flag_odd_line(row, merchants, flag)
    return SettlementRecorded(
        settlement_id=row.settlement_id,
        source=row.source,
        account=row.account,
        amount=Money(row.amount, currency),
        booking_date=booking_date,
        value_date=booking_date if value_date is None else day_of(value_date, name="value_date"),
        bank_entry_id=row.bank_entry_id,
        reference=row.reference,
        end_to_end_id=row.end_to_end_id,
        remittance_information=row.remittance_information,
        counterparty_name=row.counterparty_name,
        counterparty_account=row.counterparty_account,
        counterparty_tax_id=row.counterparty_tax_id,
        reversal=row.reversal,
        merchant_id=row.merchant_id,
        statement_id=row.statement_id,
        received_at=row.received_at,
    )


def _flag_odd_line(row: SettlementRow, merchants: Container[str], flag: Flag) -> None:
    if odd := account_oddity(row.account):
        flag("account", odd)
    account, tax_id = row.counterparty_account, row.counterparty_tax_id
    if account is not None and (odd := account_oddity(account)):
        flag("counterparty_account", odd)
    if tax_id is not None and (odd := tax_id_oddity(tax_id)):
        flag("counterparty_tax_id", odd)
    if row.merchant_id is not None and row.merchant_id not in merchants:
        flag("merchant_id", "merchant-unknown")
