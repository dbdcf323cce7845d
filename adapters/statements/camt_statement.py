"""The Stmt, Rpt or Ntfctn around entries: account, balances and controls, and whether they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import Final, NamedTuple

from adapters.statements.camt_charges import child, children, text
from adapters.statements.camt_entries import Claims, counts_in, day_in, minor_in, sign_of
from adapters.statements.camt_shapes import Element
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.values import quoted

DISAGREEMENTS_MAX: Final = 20
"""Contradictions of one statement that are told."""

_ACCOUNT_IDS: Final = (("IBAN",), ("Othr", "Id"), ("BBAN",), ("UPIC",), ("PrtryAcct", "Id"))
_OPENING, _PREVIOUS, _CLOSING = "OPBD", "PRCD", "CLBD"


class _Sum:
    """Entries of one kind: how many, and their amounts without sign."""

    __slots__ = ("count", "credit", "credits", "debit")

    def __init__(self) -> None:
        self.count = self.credits = self.credit = self.debit = 0

    def add(self, amount_minor: int, *, credit: bool) -> None:
        self.count += 1
        self.credits += credit
        if amount_minor > 0:
            self.credit += amount_minor
        else:
            self.debit -= amount_minor


class Balance(NamedTuple):
    """A balance as the file states it."""

    kind: str
    currency: str
    amount_minor: int
    day: date | None
    is_part: bool
    """Whether it is a subtotal, as of a page (SubTp): one without goes before it."""


class OpenStatement:
    """A statement while its entries pass: their sums, and what contradicted them so far."""

    def __init__(self, element: Element, *, place: str) -> None:
        self.place: Final = place
        self.account: Final = _account_of(element)
        # What stands before the first entry; a text that says that there is none is there, too.
        accounts = list(children(element, "Acct"))
        if len(accounts) != 1 or not _is_told(accounts[0], path=("Id", "Prxy")):
            raise Unreadable(place, f"has {'two' if len(accounts) > 1 else 'no'} Acct")
        if not _is_told(element, path=("Id",)):
            raise Unreadable(place, "has no Id")
        day_in(text(element, "CreDtTm"), place=f"{place}/CreDtTm")
        day_in(text(element.getparent(), "GrpHdr", "CreDtTm"), place=f"{place}/../GrpHdr/CreDtTm")
        self._all = _Sum()
        self._booked = _Sum()
        self._currencies: set[str] = set()
        self._controlled = False
        self._against: list[str] = []

    @property
    def entries(self) -> int:
        """How many entries passed."""
        return self._all.count

    def add(self, entry: Entry, claims: Claims) -> None:
        """Take an entry into the sums, and check its batch against the details it lists."""
        self._all.add(entry.amount_minor, credit=claims.credit)
        if entry.status == "BOOK":
            self._booked.add(entry.amount_minor, credit=claims.credit)
        if entry.currency is not None and entry.currency not in self._currencies:
            self._currencies.add(entry.currency)
        if (told := entry.batch) is not None and _lists_all(entry, told):
            self._check(f"{entry.place}/Btch/NbOfTxs", told, entry.details)
        if claims.total_minor is not None:
            listed = sum(line.amount_minor or 0 for line in entry.detail_lines)
            if claims.total_minor not in map(abs, (*_totals_of(entry), listed)):
                self._check(
                    f"{entry.place}/Btch/TtlAmt", claims.total_minor, abs(entry.amount_minor)
                )
            self._controlled = True

    def close(self, element: Element) -> Statement:
        """The statement of the element that holds the entries. Raises Unreadable."""
        balances = [
            balance
            for number, told in enumerate(children(element, "Bal"), start=1)
            if (balance := _balance_of(told, place=f"{self.place}/Bal[{number}]")) is not None
        ]
        currency = text(element, "Acct", "Ccy")
        if currency is None:
            currency = _only(self._currencies or {balance.currency for balance in balances})
        else:
            minor_in("0", currency, place=f"{self.place}/Acct/Ccy")
        own = [balance for balance in balances if balance.currency == currency]
        _refuse_contradictions(own, place=self.place)
        opening = _first(own, _OPENING) or _first(own, _PREVIOUS)
        closing = _last(own, _CLOSING)
        closes = self._closes(opening, closing, currency)
        summary = child(element, "TxsSummry")
        if summary is not None:
            self._check_summary(summary, currency)
        page, last_page = _page_of(element, place=self.place)
        matches = not self._against if self._controlled else None
        if page is not None and (page > 1 or not last_page):
            # The controls of a part may be those of the whole.
            matches, closes = matches or None, closes or None
        period = child(element, "FrToDt")
        days = [
            day_in(written, place=f"{self.place}/FrToDt")
            for written in (
                text(period, "FrDtTm") or text(period, "FrDt"),
                text(period, "ToDtTm") or text(period, "ToDt"),
            )
        ]
        return Statement(
            place=self.place,
            statement_id=text(element, "Id"),
            account=self.account,
            currency=currency,
            opening_minor=opening.amount_minor if opening else None,
            closing_minor=closing.amount_minor if closing else None,
            balance_closes=closes,
            controls_match=matches,
            disagreement=self._disagreement(opening, closing, closes=closes, matches=matches),
            sequence=text(element, "ElctrncSeqNb") or text(element, "LglSeqNb"),
            page=page,
            last_page=last_page,
            first_day=days[0],
            last_day=days[1],
            completeness="stated",
        )

    def _closes(
        self, opening: Balance | None, closing: Balance | None, currency: str | None
    ) -> bool | None:
        if opening is None or closing is None or self._currencies - {currency}:
            return None
        moved = self._booked.credit - self._booked.debit
        return opening.amount_minor + moved == closing.amount_minor

    def _disagreement(
        self,
        opening: Balance | None,
        closing: Balance | None,
        *,
        closes: bool | None,
        matches: bool | None,
    ) -> str | None:
        words: list[str] = []
        if closes is False and opening is not None and closing is not None:
            moved = self._booked.credit - self._booked.debit
            words.append(
                f"opening {opening.amount_minor} and entries {moved}"
                f" give {opening.amount_minor + moved}, the file says {closing.amount_minor}"
            )
        if matches is False:
            words += self._against
        return "; ".join(words) or None

    def _check(self, name: str, told: int, *found: int) -> None:
        self._controlled = True
        if told not in found and len(self._against) < DISAGREEMENTS_MAX:
            self._against.append(f"{name} says {told}, the entries {found[0]}")

    def _check_summary(self, summary: Element, currency: str | None) -> None:
        """Compare TxsSummry. It may speak of all entries or of the booked ones."""
        sums = (self._all, self._booked)
        # Sums have no currency of their own, so they are compared where there is only one.
        unit = _only(self._currencies or ({currency} if currency else set()))
        for name, counts, amounts in (
            (
                "TtlNtries",
                [each.count for each in sums],
                [each.credit + each.debit for each in sums],
            ),
            ("TtlCdtNtries", [each.credits for each in sums], [each.credit for each in sums]),
            (
                "TtlDbtNtries",
                [each.count - each.credits for each in sums],
                [each.debit for each in sums],
            ),
        ):
            place = f"{self.place}/TxsSummry/{name}"
            told = child(summary, name)
            if (number := text(told, "NbOfNtries")) is not None:
                self._check(place, *counts_in([number], place=place), *counts)
            if (total := text(told, "Sum")) is not None and unit is not None:
                # Some banks give the sum of debits a sign.
                self._check(
                    f"{place}/Sum",
                    minor_in(total.removeprefix("-"), unit, place=f"{place}/Sum"),
                    *amounts,
                )
        net = _net_of(child(summary, "TtlNtries"), unit, place=f"{self.place}/TxsSummry/TtlNtries")
        if net is not None:
            self._check(
                f"{self.place}/TxsSummry net", net, *[each.credit - each.debit for each in sums]
            )


def _lists_all(entry: Entry, told: int) -> bool:
    """Whether the transactions that an entry lists are to be as many as its batch has.

    A bank may list none of them, some, or one that stands for all (ISO's own example lists 1 of
    20, Finnish banks one with the amount of the entry). But more than the batch has are wrong, and
    so is any other number where several of them make the amount of the entry.
    """
    listed = entry.details
    if listed >= told or listed < 2:
        return listed >= told
    amounts = [line.amount_minor for line in entry.detail_lines]
    total = sum(amount for amount in amounts if amount is not None)
    return None not in amounts and total in _totals_of(entry)


def _totals_of(entry: Entry) -> tuple[int, int]:
    """What the transactions of a batch may make: the entry, after or before its charges."""
    taken = sum(charge.amount_minor for charge in entry.charges if charge.included)
    return entry.amount_minor, entry.amount_minor - taken


def _net_of(told: Element | None, currency: str | None, *, place: str) -> int | None:
    """TtlNetNtryAmt of versions 01 to 03, TtlNetNtry/Amt of later ones, with its sign."""
    net = child(told, "TtlNetNtry")
    source = told if net is None else net
    written = text(told, "TtlNetNtryAmt") or text(net, "Amt")
    side = text(source, "CdtDbtInd")
    try:
        sign = sign_of({"sign": side} if side else {})
    except Unreadable as refusal:
        raise Unreadable(f"{place}/{refusal.place}", refusal.reason) from None
    if written is None or sign is None or currency is None:
        return None
    return sign * minor_in(written.removeprefix("-"), currency, place=place)


def _balance_of(told: Element, *, place: str) -> Balance | None:
    """A booked balance; None for one of another type. Raises Unreadable."""
    kind = text(told, "Tp", "CdOrPrtry", "Cd") or text(told, "Tp", "Cd")
    if not _is_told(told, path=("Tp",)):
        raise Unreadable(f"{place}/Tp", "the type of the balance is missing")
    amount = child(told, "Amt")
    written, currency = text(told, "Amt"), amount.get("Ccy") if amount is not None else None
    if kind not in (_OPENING, _PREVIOUS, _CLOSING):
        if written and currency:  # it has to be an amount all the same
            minor_in(written.removeprefix("-"), currency.strip(), place=f"{place}/Amt")
        return None
    if written is None or not currency:
        raise Unreadable(f"{place}/Amt", "Amt or its Ccy is missing")
    side = text(told, "CdtDbtInd")
    if side not in ("CRDT", "DBIT"):
        raise Unreadable(f"{place}/CdtDbtInd", f"{quoted(side or '')} is neither CRDT nor DBIT")
    minor = minor_in(written, currency.strip(), place=f"{place}/Amt")
    day = text(told, "Dt", "Dt") or text(told, "Dt", "DtTm") or text(told, "Dt")
    return Balance(
        kind=kind,
        currency=currency.strip(),
        amount_minor=minor if side == "CRDT" else -minor,
        day=day_in(day, place=f"{place}/Dt"),
        is_part=child(told, "Tp", "SubTp") is not None,
    )


def _refuse_contradictions(balances: list[Balance], *, place: str) -> None:
    """Refuse two balances of one type and day that differ: nothing tells which one holds."""
    seen: dict[tuple[str, date | None, bool], int] = {}
    for each in balances:
        first = seen.setdefault((each.kind, each.day, each.is_part), each.amount_minor)
        if first != each.amount_minor:
            raise Unreadable(
                f"{place}/Bal", f"two balances {each.kind} differ: {first} and {each.amount_minor}"
            )


def _first(balances: list[Balance], kind: str) -> Balance | None:
    """The earliest of its kind: a statement of several days may state each day's."""
    found = _of_kind(balances, kind)
    return min(found, key=lambda each: (_when(each), each.is_part), default=None)


def _last(balances: list[Balance], kind: str) -> Balance | None:
    found = _of_kind(balances, kind)
    return max(found, key=lambda each: (_when(each), not each.is_part), default=None)


def _of_kind(balances: list[Balance], kind: str) -> Iterator[Balance]:
    return (balance for balance in balances if balance.kind == kind)


def _when(balance: Balance) -> date:
    return balance.day or date.min


def _only(currencies: set[str]) -> str | None:
    return next(iter(currencies)) if len(currencies) == 1 else None


def _is_told(element: Element, *, path: Sequence[str]) -> bool:
    """Whether one of these parts of the element has a text, whatever it is."""
    return any(
        "".join(found.itertext()).strip() for name in path for found in children(element, name)
    )


def _account_of(element: Element) -> str | None:
    found = child(element, "Acct", "Id")
    return next((told for path in _ACCOUNT_IDS if (told := text(found, *path))), None)


def _page_of(element: Element, *, place: str) -> tuple[int | None, bool]:
    """Number of the page, and whether it is the last: of the statement, else of the message."""
    paging = next(
        (
            found
            for name in ("StmtPgntn", "RptPgntn", "NtfctnPgntn")
            for found in children(element, name)
        ),
        None,
    )
    if paging is None:
        paging = child(element.getparent(), "GrpHdr", "MsgPgntn")
    number = text(paging, "PgNb")
    if number is None:
        return None, True
    (page,) = counts_in([number], place=f"{place}/PgNb")
    return page, text(paging, "LastPgInd") not in ("false", "0")
