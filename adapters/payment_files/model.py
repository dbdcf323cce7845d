"""What every reader of payments is given, and a payment made of what a bank's file says.

A reader is a generator of orders over a seekable binary stream. What cannot be read raises
Unreadable, and makes the whole file unread.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal

from adapters.data_folder.cards import digits_of, masked
from adapters.data_folder.faults import Unusable
from adapters.data_folder.values import (
    ID_LENGTH_MAX,
    account_oddity,
    currency_of,
    day_of,
    demand_no_control,
    demand_no_nul,
    demand_shown,
    local_day_of,
    said,
    tax_id_oddity,
)
from adapters.statements.model import NAME_LENGTH_MAX, Unreadable
from adapters.statements.values import is_iban
from application.payees import Payee
from application.payment_orders import Register
from domain.calendar import local_day
from domain.errors import BadValue
from domain.money import Money, parse_minor
from domain.payment import Method, PaymentRegistered

HASH_DIGITS = 16
"""Hexadecimal digits of the file's hash in the ids of orders that have none of their own."""

CARD_MASKED = "card-number-masked"

FindPayee = Callable[[str | None, str | None], Payee | str]
"""From an account and a tax id to the payee, or to the reason why there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """What a reader needs besides the file.

    `source` is the system that payments come from where the file does not say, `sha256` the file's
    hash, `zone` the offset of times that have none, `now` the present.
    """

    source: str
    sha256: str
    zone: str
    payee: FindPayee
    now: datetime

    def command_id(self, place: str) -> str:
        """The id of the order at this place of this file, for ever."""
        return f"{self.sha256[:HASH_DIGITS]}:{place}"


def instant_ms(milliseconds: int) -> datetime:
    """The instant, milliseconds since 1970 UTC, in whole seconds."""
    return datetime.fromtimestamp(milliseconds // 1000, tz=UTC)


@dataclass(slots=True, kw_only=True)
class Said:
    """What a bank's file says of a payment: texts as written, None where it says nothing."""

    payment_id: str | None
    merchant_id: str
    method: Method
    amount: str | None
    currency: str | None
    created_at: str | None
    expected_value_date: str | None = None
    reference: str | None = None
    end_to_end_id: str | None = None
    payer_name: str | None = None
    payer_account: str | None = None
    payer_tax_id: str | None = None
    received_at: str | None = None
    oddities: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])


_IDS = ("reference", "end_to_end_id", "payer_account", "payer_tax_id")


def registered(what: Said, *, source: str) -> Register:
    """The payment; its `oddities` are noted in `what`. Raises Unusable, quoting nothing personal.

    Accounts and tax ids that fail their check are accepted, a card number in the name is masked.
    """
    for name in ("payment_id", *_IDS, "payer_name"):
        setattr(what, name, said(getattr(what, name)))
    payment_id = _demanded(what.payment_id, name="payment_id")
    demand_shown(payment_id, name="payment_id")
    demand_shown(what.merchant_id, name="merchant_id")
    for name in ("payment_id", *_IDS):
        _demand_length(getattr(what, name), ID_LENGTH_MAX, name=name)
        demand_no_control(getattr(what, name), name=name)
    _demand_length(what.payer_name, NAME_LENGTH_MAX, name="payer_name")
    demand_no_nul(what.payer_name, name="payer_name")
    amount = amount_of(what.amount, what.currency)
    created_at = _demanded(what.created_at, name="created_at")
    day = local_day_of(created_at, name="created_at")
    if what.received_at is not None:
        local_day_of(what.received_at, name="received_at")
    _note_oddities(what)
    return Register(
        registration=PaymentRegistered(
            payment_id=payment_id,
            source=source,
            merchant_id=what.merchant_id,
            amount=amount,
            method=what.method,
            created_at=created_at,
            local_day=day,
            expected_value_date=_expected(what.expected_value_date, day),
            reference=what.reference,
            end_to_end_id=what.end_to_end_id,
            payer_name=what.payer_name,
            payer_account=what.payer_account,
            payer_tax_id=what.payer_tax_id,
            received_at=what.received_at,
        ),
        value_date_said=what.expected_value_date is not None,
    )


def amount_of(text: str | None, currency: str | None) -> Money:
    """A positive amount of an active currency, exactly. Raises Unusable."""
    code = currency_of(_demanded(currency, name="currency"))
    try:
        minor = parse_minor(_demanded(text, name="amount"), code)
    except BadValue as refusal:
        detail = f" ({refusal.detail})" if refusal.detail else ""
        raise Unusable(f"amount: {refusal.reason}{detail}") from None
    if minor <= 0:
        raise Unusable(f"amount: amount-{'sign' if minor else 'zero'} ({text})")
    return Money(minor, code)


def with_zone(text: str, zone: str) -> str:
    """The date-time with the zone of its file, where it has none of its own."""
    try:
        local_day(text)
    except BadValue as refusal:
        return f"{text}{zone}" if refusal.reason == "zone-missing" else text
    return text


def _expected(text: str | None, created: date) -> date:
    return created if text is None else day_of(text, name="expected_value_date")


def _demanded(text: str | None, *, name: str) -> str:
    if text is None or not text:
        raise Unusable(f"{name}: missing")
    return text


def _demand_length(text: str | None, most: int, *, name: str) -> None:
    if text is not None and len(text) > most:
        raise Unusable(f"{name}: too-long")


def _note_oddities(what: Said) -> None:
    account, tax_id = what.payer_account, what.payer_tax_id
    if account is not None and not is_iban(account) and (odd := account_oddity(account)):
        what.oddities.append(("payer_account", odd))
    if tax_id is not None and (odd := tax_id_oddity(tax_id)):
        what.oddities.append(("payer_tax_id", odd))
    if what.payer_name is not None:
        ids = [each for each in (what.reference, what.end_to_end_id) if each is not None]
        safe = masked(what.payer_name, known=frozenset(digits_of(ids)))
        if safe != what.payer_name:
            what.payer_name = safe
            what.oddities.append(("payer_name", CARD_MASKED))


def unreadable(fault: Unusable, place: str) -> Unreadable:
    """The refusal of the whole file for what is wrong at a place of it."""
    return Unreadable(place, fault.reason)


def joined_once(texts: Sequence[str]) -> str | None:
    """The one text that all of these are; None where there is none, or several."""
    distinct = dict.fromkeys(texts)
    return next(iter(distinct)) if len(distinct) == 1 else None


Kind = Literal["pacs.008", "pacs.002", "pacs.004"]
