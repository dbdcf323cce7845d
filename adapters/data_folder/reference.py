"""merchants.json, calendar.json and fx.json: the reference data that rows are read with."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, Field, TypeAdapter

from adapters.data_folder.cards import masked
from adapters.data_folder.faults import Flags, Unusable, words_of
from adapters.data_folder.parsing import parse_document, path_of
from adapters.data_folder.rows import AMOUNT_LIMIT, STRICT, FreeText, Id, Key
from adapters.data_folder.stored import read_document
from adapters.data_folder.values import (
    account_oddity,
    checked_day,
    demand_no_control,
    demand_no_nul,
    demand_shown,
    said,
    tax_id_oddity,
)
from application.batch import CalendarTable, InputRefused, MerchantRow, RateTable, SourceFile
from domain.errors import BadValue
from domain.fees import FeeRounding, MerchantTerms, Schedule
from domain.fx import RATES_MAX, DayRate
from domain.merchant import MerchantRegistered
from domain.money import EXPONENTS

HOME_CURRENCY = "ARS"
"""What every rate is in: a foreign payment is credited in pesos."""

_OFFSET = re.compile(r"[+-](?:0[0-9]|1[0-4]):[0-5][0-9]")

Integer = Annotated[int, Field(gt=-AMOUNT_LIMIT, lt=AMOUNT_LIMIT)]
Positive = Annotated[int, Field(gt=0, lt=AMOUNT_LIMIT)]
Place = tuple[int | str, ...]


class _ScheduleEntry(BaseModel):
    model_config = STRICT

    effective_from: str
    mdr_bps: Integer
    vat_on_fee_bps: Integer
    iibb_bps: Integer
    iva_wh_bps: Integer
    gan_wh_bps: Integer


class _MerchantEntry(BaseModel):
    model_config = STRICT

    merchant_id: Key
    name: FreeText
    tax_id: Id | None = None
    payout_account: Id | None = None
    mdr_bps: Integer | None = None
    vat_on_fee_bps: Integer | None = None
    iibb_bps: Integer | None = None
    iva_wh_bps: Integer | None = None
    gan_wh_bps: Integer | None = None
    fee_rounding: FeeRounding
    settlement_delay_bd: Integer
    payout_per_method: bool
    payout_schedule: str
    max_held: Integer
    timezone: str
    schedules: list[_ScheduleEntry]


class _Calendar(BaseModel):
    model_config = STRICT

    holidays: list[str]
    business_days: list[str]


class _Rates(BaseModel):
    model_config = STRICT

    pair: str
    scale: Positive
    rates: Annotated[dict[str, Positive], Field(max_length=RATES_MAX)]


_FLAT_RATES = ("mdr_bps", "vat_on_fee_bps", "iibb_bps", "iva_wh_bps", "gan_wh_bps")
_MERCHANT = TypeAdapter(_MerchantEntry)
_MERCHANTS = TypeAdapter(list[_MerchantEntry])
_CALENDAR = TypeAdapter(_Calendar)
_RATES = TypeAdapter(_Rates)


# Merchants.


def read_merchants(
    path: Path, *, source: str, flags: Flags
) -> tuple[SourceFile, tuple[MerchantRow, ...]]:
    """Every merchant with its schedules, each once. Raises InputRefused."""
    file, text = read_document(path)
    try:
        entries = parse_document(_MERCHANTS, text)
        rows: dict[str, tuple[int, MerchantRow]] = {}
        for at, entry in enumerate(entries):
            row = _merchant(entry, at, source=source)
            first, known = rows.setdefault(entry.merchant_id, (at, row))
            if known != row:
                reason = f"merchant_id repeated with other content (first at $[{first}])"
                raise Unusable(reason, place=path_of((at, "merchant_id")))
            if first == at:
                _flag(entry, row, at, file=file.name, flags=flags)
    except Unusable as fault:
        raise _refused(file, fault) from None
    return file, tuple(row for _, row in rows.values())


def merchant_of(text: bytes, *, source: str) -> MerchantRow:
    """A merchant with its schedules, as an entry of merchants.json says it. Raises Unusable."""
    return _merchant(parse_document(_MERCHANT, text), 0, source=source)


def _merchant(entry: _MerchantEntry, at: int, *, source: str) -> MerchantRow:
    _demand_texts(entry, at)
    schedules = tuple(
        _schedule(each, (at, "schedules", n)) for n, each in enumerate(entry.schedules)
    )
    try:
        terms = MerchantTerms(
            schedules=schedules,
            fee_rounding=entry.fee_rounding,
            settlement_delay_bd=entry.settlement_delay_bd,
            payout_per_method=entry.payout_per_method,
            payout_schedule=entry.payout_schedule,
            max_held=entry.max_held,
            timezone=entry.timezone,
        )
    except BadValue as refusal:
        raise _unusable(refusal, (at,)) from None
    registered = MerchantRegistered(
        merchant_id=entry.merchant_id,
        source=source,
        name=masked(entry.name, known=()),
        tax_id=said(entry.tax_id),
        payout_account=said(entry.payout_account),
        fee_rounding=terms.fee_rounding,
        settlement_delay_bd=terms.settlement_delay_bd,
        payout_per_method=terms.payout_per_method,
        payout_schedule=terms.payout_schedule,
        max_held=terms.max_held,
        timezone=terms.timezone,
    )
    return MerchantRow(registered=registered, schedules=schedules)


def _demand_texts(entry: _MerchantEntry, at: int) -> None:
    try:
        demand_shown(entry.merchant_id, name="merchant_id")
        if said(entry.merchant_id) is None:
            raise Unusable("merchant_id: empty")
        demand_no_nul(entry.name, name="name")
        demand_no_control(entry.tax_id, name="tax_id")
        demand_no_control(entry.payout_account, name="payout_account")
        if not _OFFSET.fullmatch(entry.timezone):
            raise Unusable('timezone: offset-format (not as "-03:00")')
    except Unusable as fault:
        name, _, why = fault.reason.partition(": ")
        raise Unusable(why, place=path_of((at, name))) from None


def _schedule(entry: _ScheduleEntry, place: Place) -> Schedule:
    day = _day(entry.effective_from, (*place, "effective_from"))
    rates = {name: getattr(entry, name) for name in _FLAT_RATES}
    try:
        return Schedule(effective_from=day, **rates)
    except BadValue as refusal:
        if refusal.field == "schedules":  # all of its rates together
            raise Unusable(words_of(refusal), place=path_of(place)) from None
        raise _unusable(refusal, place) from None


def _flag(entry: _MerchantEntry, row: MerchantRow, at: int, *, file: str, flags: Flags) -> None:
    def flag(name: str, kind: str | None) -> None:
        if kind:
            flags.add(file=file, place=path_of((at, name)), name=name, kind=kind)

    registered = row.registered
    flag("name", "card-number-masked" if registered.name != entry.name else None)
    flag("tax_id", tax_id_oddity(registered.tax_id) if registered.tax_id else None)
    account = registered.payout_account
    flag("payout_account", account_oddity(account) if account else None)
    for name in _FLAT_RATES:
        flat = getattr(entry, name)
        # The flat rates only repeat the first schedule; where they do not, the schedule holds.
        if flat is not None and flat != getattr(row.schedules[0], name):
            flag(name, "differs-from-first-schedule")


# Calendar and rates.


def read_calendar(path: Path) -> tuple[SourceFile, CalendarTable]:
    """Holidays and business days; no day is both. Raises InputRefused."""
    file, text = read_document(path)
    try:
        entry = parse_document(_CALENDAR, text)
        holidays = _days(entry.holidays, "holidays")
        business_days = _days(entry.business_days, "business_days")
        closed = frozenset(holidays)
        for at, day in enumerate(business_days):
            if day in closed:
                reason = f"{day.isoformat()} is also a holiday"
                raise Unusable(reason, place=path_of(("business_days", at)))
    except Unusable as fault:
        raise _refused(file, fault) from None
    return file, CalendarTable(holidays=holidays, business_days=business_days)


def read_rates(path: Path) -> tuple[SourceFile, RateTable]:
    """Exchange rates in order of days. Raises InputRefused."""
    file, text = read_document(path)
    try:
        entry = parse_document(_RATES, text)
        _demand_pair(entry.pair)
        rates = [DayRate(_day(day, ("rates",)), rate) for day, rate in entry.rates.items()]
    except Unusable as fault:
        raise _refused(file, fault) from None
    rates.sort(key=lambda each: each.day)
    return file, RateTable(pair=entry.pair, scale=entry.scale, rates=tuple(rates))


def _demand_pair(pair: str) -> None:
    foreign, home = pair[:3], pair[3:]
    if foreign not in EXPONENTS or home != HOME_CURRENCY or foreign == home:
        reason = f"pair-unknown (not a currency and {HOME_CURRENCY}, as USD{HOME_CURRENCY})"
        raise Unusable(reason, place="$.pair")


# Helpers.


def _days(texts: list[str], name: str) -> tuple[date, ...]:
    return tuple(_day(text, (name, at)) for at, text in enumerate(texts))


def _day(text: str, place: Place) -> date:
    try:
        return checked_day(text)
    except BadValue as refusal:
        raise Unusable(words_of(refusal), place=path_of(place)) from None


def _unusable(refusal: BadValue, place: Place) -> Unusable:
    return Unusable(words_of(refusal), place=path_of((*place, refusal.field)))


def _refused(file: SourceFile, fault: Unusable) -> InputRefused:
    return InputRefused(file=file.name, place=fault.place or "$", reason=fault.reason)
