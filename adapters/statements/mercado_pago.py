"""Mercado Pago: released money ("liquidaciones") and settlement ("todas las transacciones").

After the public glossaries of both reports. The whole file is one statement.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import BinaryIO, TypeAlias

from adapters.statements.json_columns import objects_in, split_laxly
from adapters.statements.layouts import names_in
from adapters.statements.mercado_pago_columns import RELEASE, SETTLEMENT
from adapters.statements.model import Entry, Party, Statement, Unreadable
from adapters.statements.processor import Record, Report, Tally, charges_of, open_report
from adapters.statements.table import normalised
from adapters.statements.values import coelsa_id_in, minor_of, quoted

FORMATS = ("mp-release", "mp-settlement")

OFFSET_MINUTES = -240
"""The time zone of a stamp that says none, unless the merchant set another: GMT-4."""

DEFAULT_CURRENCY = "ARS"

_MOVEMENTS = names_in(
    "release, block, unblock, fullblock, dinero liquidado, dinero liberado, dinero bloqueado,"
    "dinero desbloqueado, dinheiro liberado, dinheiro bloqueado, dinheiro desbloqueado"
)
_OPENING = names_in(
    "initial available balance, dinero disponible del periodo anterior, saldo inicial,"
    "dinheiro disponivel do periodo anterior"
)
_BALANCE = names_in("available balance, saldo disponible, dinero disponible, saldo disponivel")
_TOTAL, _PART_TOTAL = "total", "subtotal"

_REVERSING = names_in(
    "refund, chargeback, dispute, mediation, cancel, devolucion, contracargo, reclamo, mediacion,"
    "cancelacion, devolucao, contestacao, reclamacao, cancelamento"
)
_RESERVING = names_in("reserve, reserva")


def recognises(header: Sequence[str]) -> bool:
    """Whether a header is that of one of the two reports, its cells as written."""
    return format_of(header) is not None


def format_of(header: Sequence[str]) -> str | None:
    """Which of `FORMATS` a header is of."""
    if RELEASE.recognises(header):
        return "mp-release"
    return "mp-settlement" if SETTLEMENT.recognises(header) else None


def read(stream: BinaryIO) -> Iterator[Entry | Statement]:
    """The entries of either report and the statement that is the file. Raises Unreadable."""
    try:
        report = open_report(stream, RELEASE, split=split_laxly)
    except Unreadable as refusal:
        if refusal.place != "file":
            raise
        yield from _settlement(open_report(stream, SETTLEMENT, split=split_laxly))
    else:
        yield from _release(report)


# Released money: balances, movements and totals, in the order in which they came about.


@dataclass
class _Controls:
    """What the rows of a release report say of each other."""

    currency: str
    opening: int | None = None
    total: int | None = None
    parts: dict[str, int] = field(default_factory=dict[str, int])
    sum: int = 0
    last_balance: tuple[int, int] | None = None
    first_balance: int | None = None
    chains: bool = False
    forward: bool = True
    backward: bool = True
    first_day: date | None = None
    last_day: date | None = None
    compared: bool = False
    wrong: str | None = None

    def balance(self, amount: int, balance: int | None) -> None:
        """One more amount and its running balance; without one the chain begins anew."""
        if balance is None:
            self.last_balance = None
            return
        if self.first_balance is None:
            self.first_balance = balance
        if self.last_balance is not None:
            amount_before, before = self.last_balance
            self.chains = True
            self.forward = self.forward and before + amount == balance
            self.backward = self.backward and balance + amount_before == before
        self.last_balance = amount, balance

    @property
    def is_newest_first(self) -> bool:
        """Whether time runs up the file: by the balances, else by the days."""
        if self.forward or self.backward or self.first_day is None or self.last_day is None:
            return not self.forward
        return self.last_day < self.first_day

    def object(self, words: str) -> None:
        """Notes what does not hold; the first is told."""
        self.wrong = self.wrong or words


def _release(report: Report) -> Iterator[Entry | Statement]:
    tally = Tally()
    controls = _Controls(currency=report.currency or DEFAULT_CURRENCY)
    last_line = report.header_line
    for record in report.records():
        last_line = record.line
        kind = _word(record.text("record type"))
        if kind in _MOVEMENTS:
            entry = _released(record, controls)
            tally.add(entry)
            yield entry
        else:
            _note(record, kind, controls)
    yield _closed(tally, controls, last_line)


def _note(record: Record, kind: str, controls: _Controls) -> None:
    """A row that is no movement: an opening, a total, a balance between."""
    currency = record.currency("currency") or controls.currency
    credit = record.amount("net credit amount", currency)
    debit = record.amount("net debit amount", currency)
    if kind not in _OPENING | _BALANCE and kind not in (_TOTAL, _PART_TOTAL):
        raise Unreadable(
            record.place, f"record type {quoted(record.text('record type') or '')} is unknown"
        )
    if credit is None and debit is None:
        raise Unreadable(record.place, "a balance or total without an amount")
    stated = (credit or 0) - (debit or 0)
    if kind == _PART_TOTAL:
        part = _word(record.text("description"))
        controls.compared = controls.compared or part in controls.parts
        if part in controls.parts and controls.parts[part] != stated:
            controls.object(
                f"subtotal of {part}: {stated}, but its rows are {controls.parts[part]}"
            )
        return
    if kind == _TOTAL:
        if controls.total is not None:
            raise Unreadable(record.place, "a second total")
        controls.total = stated
        return
    if kind in _OPENING:
        if controls.opening is not None:
            raise Unreadable(record.place, "a second initial balance")
        controls.opening = stated
    running = record.amount("balance amount", currency)
    if kind in _BALANCE and running is not None and running != stated:
        controls.object(f"{record.place}: balance {stated} beside a running balance of {running}")
    if running is not None:
        controls.balance(0, running)


def _released(record: Record, controls: _Controls) -> Entry:
    currency = record.currency("currency") or controls.currency
    net = record.credit_less_debit("net credit amount", "net debit amount", currency)
    if net is None:
        raise Unreadable(record.place, "neither credit nor debit")
    gross = record.amount("gross amount", currency)
    parts = [
        ("ACQ_FEE", record.amount("mp fee amount", currency), "MP_FEE_AMOUNT"),
        ("FIN_COST", record.amount("financing fee amount", currency), "FINANCING_FEE_AMOUNT"),
        ("SHIPPING", record.amount("shipping fee amount", currency), "SHIPPING_FEE_AMOUNT"),
        *_taxes(record, currency, controls, of=net if gross is None else gross),
    ]
    day = record.argentine_day("date", offset_minutes=OFFSET_MINUTES)
    controls.first_day = controls.first_day or day
    controls.last_day = day
    balance = record.amount("balance amount", currency)
    controls.balance(net, balance)
    controls.sum += net
    part = _word(record.text("record type"))
    controls.parts[part] = controls.parts.get(part, 0) + net
    return _entry(
        record,
        net=net,
        gross=gross,
        currency=currency,
        days=(day, day),
        kind=record.text("description"),
        parts=parts,
        balance=balance,
    )


def _closed(tally: Tally, controls: _Controls, last_line: int) -> Statement:
    """The statement, after the last row."""
    chain = controls.forward or controls.backward if controls.chains else None
    opening, closing = controls.opening, controls.total
    if closing is None and controls.last_balance is not None:
        last = controls.last_balance[1]
        closing = controls.first_balance if controls.is_newest_first else last
    sums = None if opening is None or closing is None else opening + controls.sum == closing
    if sums is False:
        controls.object(f"initial {opening} and rows {controls.sum} are not the total {closing}")
    if chain is False:
        controls.object("the running balances do not follow from the amounts")
    held = [check for check in (sums, chain) if check is not None]
    several = tally.currency is None and tally.sums
    return Statement(
        place=f"line {last_line}",
        statement_id=None,
        account=None,
        currency=None if several else tally.currency or controls.currency,
        opening_minor=None if several else opening,
        closing_minor=None if several else closing,
        balance_closes=all(held) if held and not several else None,
        controls_match=False if controls.wrong else True if held or controls.compared else None,
        disagreement=controls.wrong,
        first_day=tally.first_day,
        last_day=tally.last_day,
        completeness="not-stated" if controls.total is None else "stated",
    )


# Settlement: one row for each operation, and no balance.


def _settlement(report: Report) -> Iterator[Entry | Statement]:
    tally = Tally()
    controls = _Controls(currency=report.currency or DEFAULT_CURRENCY)
    for record in report.records():
        entry = _settled(record, controls)
        tally.add(entry)
        yield entry
    yield tally.statement(
        None, controls_match=False if controls.wrong else None, disagreement=controls.wrong
    )


def _settled(record: Record, controls: _Controls) -> Entry:
    paid_in = record.currency("transaction currency")
    currency = record.currency("settlement currency") or paid_in or controls.currency
    net = record.due_amount("settlement net amount", currency)
    gross = None
    if paid_in in (None, currency):
        gross = record.amount("transaction amount", currency)
    parts = [
        ("ACQ_FEE", record.amount("fee amount", currency), "FEE_AMOUNT"),
        *_taxes(record, currency, controls, of=net if gross is None else gross),
    ]
    # In some files the fee holds the marketplace's already.
    market = record.amount("mkp fee amount", currency)
    if gross is None or gross + sum(part[1] or 0 for part in parts) != net:
        parts.append(("ACQ_FEE", market, "MKP_FEE_AMOUNT"))
    kind = record.text("transaction type")
    if kind is None:
        raise Unreadable(record.place, "transaction type is empty")
    return _entry(
        record,
        net=net,
        gross=gross,
        currency=currency,
        days=(
            record.argentine_day(
                "transaction date", "settlement date", offset_minutes=OFFSET_MINUTES
            ),
            record.argentine_day("money release date", offset_minutes=OFFSET_MINUTES),
        ),
        kind=kind,
        parts=parts,
        balance=None,
    )


# What both have.

_Part: TypeAlias = tuple[str, int | None, str]


def _entry(
    record: Record,
    *,
    net: int,
    gross: int | None,
    currency: str,
    days: tuple[date | None, date | None],
    kind: str | None,
    parts: Iterable[_Part],
    balance: int | None,
) -> Entry:
    booked, valued = days
    if booked is None:
        raise Unreadable(record.place, "the date is empty")
    party = Party(
        name=record.name("payer name"),
        account=record.text("payout bank account number"),
        tax_id=record.text("payer id number"),
    )
    return Entry(
        place=record.place,
        amount_minor=net,
        currency=currency,
        booking_date=booked,
        value_date=valued,
        reversal=_reverses(kind),
        end_to_end_id=record.text("external reference"),
        bank_reference=record.text("source id"),
        coelsa_id=coelsa_id_in(
            (record.text("external reference"), record.text("pay bank transfer id"))
        ),
        references=record.references(
            order_id="order id", pack_id="pack id", auth_code="authorization code"
        ),
        timestamp=record.text("date", "transaction date", "settlement date"),
        transaction_code=kind,
        remittance=record.free_text("description"),
        counterparty=None if party == Party() else party,
        gross_minor=gross,
        charges=charges_of(gross=gross, net=net, parts=parts),
        balance_after_minor=balance,
    )


@lru_cache(maxsize=256)
def _word(text: str | None) -> str:
    """A record type or description without case, accents and underscores."""
    return normalised(text or "")


@lru_cache(maxsize=256)
def _reverses(kind: str | None) -> bool:
    """Whether a row of this kind undoes another one; what is only set aside does not."""
    words = _word(kind).split()
    if not words or words[0] in _RESERVING:
        return bool(words) and words[-1] == "cancel"
    return any(word in _REVERSING for word in words)


def _taxes(record: Record, currency: str, controls: _Controls, *, of: int) -> list[_Part]:
    """The taxes of a row: one by one where that adds up to what the row says of all of them.

    `of` is the amount that they are of: on its return they are returned too.
    """
    total = record.amount("taxes amount", currency)
    items = objects_in(record.text("taxes disaggregated") or "")
    parts: list[_Part] = []
    for item in items:
        try:
            amount = minor_of(
                item.get("amount", ""), currency, place=record.place, name="amount of a tax"
            )
        except Unreadable:
            if total is None:
                raise
            return [("OTHER", total, "TAXES_AMOUNT")]
        entity, detail = item.get("financial_entity", ""), item.get("detail", "")
        kind = _tax_kind(entity, detail, returned=(amount < 0) == (of < 0))
        parts.append((kind, amount, f"{entity} {detail}".strip()))
    if not parts:
        detail = record.text("tax detail") or ""
        return [(_tax_kind(detail, "", returned=False), total, "TAXES_AMOUNT")]
    split = sum(part[1] or 0 for part in parts)
    if total is not None and split != total:
        controls.object(f"{record.place}: taxes of {total} are made of {split}")
        parts.append(("UNEXPLAINED", total - split, "TAXES_AMOUNT"))
    return parts


def _tax_kind(entity: str, detail: str, *, returned: bool) -> str:
    """The charge kind of a tax; `returned` if it has the sign of the amount it is of."""
    words = f"{entity} {detail}".casefold()
    if "debitos_creditos" in words:
        # On money that comes in it is deducted, on money that goes out it is added.
        return "TAX_25413_DB" if returned else "TAX_25413_CR"
    for word, kind in _TAX_KINDS.items():
        if word in words:
            return kind
    return "WH_SIRTAC" if entity else "OTHER"


_TAX_KINDS = {
    "sirtac": "WH_SIRTAC",
    "sircupa": "WH_SIRCUPA",
    "sircreb": "WH_SIRCREB",
    "income": "WH_INC_4011",
    "ganancias": "WH_INC_4011",
    "withholding_vat": "WH_VAT_140",
    "withholding_iva": "WH_VAT_140",
    "iva": "PERC_VAT_2408",
    "payment_ii": "PERC_IIBB",
    "perception": "PERC_IIBB",
}
