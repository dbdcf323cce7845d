"""Charges of an Ntry or a TxDtls: the Rcrd of a Chrgs, or the Chrgs itself before version 04."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple, get_args

from adapters.statements.camt_messages import split_tag
from adapters.statements.camt_shapes import Element
from adapters.statements.model import Charge, Unreadable
from adapters.statements.values import known, minor_of, quoted
from domain.fees import ChargeKind

_KINDS: Final = tuple(
    (re.compile(pattern, re.IGNORECASE), kind)
    for pattern, kind in (
        (r"arancel|\bACQ_FEE\b|\bMDR\b", "ACQ_FEE"),
        (r"SIRTAC", "WH_SIRTAC"),
        (r"SIRCUPA", "WH_SIRCUPA"),
        (r"SIRCREB", "WH_SIRCREB"),
        (r"25\.?413.*(?:DEB|DB)|\bTAX_25413_DB\b", "TAX_25413_DB"),
        (r"25\.?413.*(?:CRED|CR)|\bTAX_25413_CR\b", "TAX_25413_CR"),
        (r"2408|perc\w*\.? *i\.?v\.?a", "PERC_VAT_2408"),
        (r"perc\w*\.? *(?:i\.?i\.?b\.?b|ing\w*\.? *brutos)|\bPERC_IIBB\b", "PERC_IIBB"),
        (r"(?:i\.?v\.?a|VAT)\W*_?10[.,_]5", "VAT_10_5"),
        (r"(?:i\.?v\.?a|VAT)\W*_?21(?![0-9])", "VAT_21"),
    )
)
"""What a bank's own name of a charge means, where it says so plainly; the first that fits."""

_GLOSSARY: Final = frozenset(get_args(ChargeKind))
_PERCENT = re.compile(r"([0-9]{1,3})(?:\.([0-9]{1,11}))?")
_TRUE, _FALSE = frozenset({"true", "1"}), frozenset({"false", "0"})


class Charges(NamedTuple):
    """Charges in the currency of their entry, and texts of those in another one."""

    charges: tuple[Charge, ...] = ()
    foreign: tuple[tuple[str, str], ...] = ()


def charges_of(element: Element, currency: str | None, *, place: str) -> Charges:
    """The charges told directly under the element. `currency` is that of the entry.

    A charge without an indicator is a debit, and taken from the amount. Where a total differs from
    its records, what they lack is a charge too: their tax if that is the sum, else UNEXPLAINED.
    Raises Unreadable.
    """
    charges: list[Charge] = []
    foreign: list[tuple[str, str]] = []
    for told in children(element, "Chrgs"):
        records = list(children(told, "Rcrd")) or ([told] if text(told, "Amt") else [])
        own = [
            charge
            for record in records
            if (charge := _charge(record, "Amt", currency, foreign, place=place)) is not None
        ]
        total = _charge(told, "TtlChrgsAndTaxAmt", currency, foreign, place=place)
        if total is not None:
            taxes = [
                charge
                for record in records
                for tax in children(record, "Tax")
                if (charge := _charge(tax, "Amt", currency, foreign, place=place)) is not None
            ]
            own += _lacking(total, own, taxes) if own else [total]
        charges += own
    return Charges(tuple(charges), tuple(foreign))


def kind_of(source: str | None) -> str:
    """The kind of a charge by the name that the file gives it; OTHER if it does not say."""
    if source is None:
        return "OTHER"
    if source in _GLOSSARY:
        return source
    return next((kind for pattern, kind in _KINDS if pattern.search(source)), "OTHER")


def children(element: Element | None, name: str) -> Iterator[Element]:
    """The elements of this local name directly under the element."""
    if element is not None:
        for child in element:
            if split_tag(child.tag)[1] == name:
                yield child


def child(element: Element | None, *path: str) -> Element | None:
    """The first element at this path of local names."""
    for name in path:
        element = next(children(element, name), None)
    return element


def text(element: Element | None, *path: str) -> str | None:
    """The text of the element at this path, as `known` has it."""
    found = child(element, *path)
    return None if found is None else known(found.text)


def _charge(
    told: Element, amount: str, currency: str | None, foreign: list[tuple[str, str]], *, place: str
) -> Charge | None:
    """One charge; None for a zero, and for another currency, which goes to `foreign`."""
    written = text(told, amount)
    if written is None:
        return None
    found = child(told, amount)
    own = (found.get("Ccy") if found is not None else None) or currency
    if own is None:
        raise Unreadable(place, "a charge has no currency")
    minor = minor_of(written, own, place=place, name="charge")
    if minor < 0:
        raise Unreadable(place, f"charge {quoted(written)} is negative")
    source = text(told, "Tp", "Prtry", "Id") or text(told, "Tp", "Prtry") or text(told, "Tp", "Cd")
    if amount != "Amt":
        source = amount
    if own != currency:
        foreign.append(("charge", f"{own} {written} {source or ''}".strip()))
        return None
    if minor == 0:
        return None
    return Charge(
        kind=kind_of(source),
        amount_minor=minor if _is_credit(told, place=place) else -minor,
        source_text=source,
        rate_ppm=_ppm(text(told, "Rate")),
        included=_is_included(told, place=place),
    )


def _lacking(total: Charge, records: list[Charge], taxes: list[Charge]) -> list[Charge]:
    lacking = abs(total.amount_minor) - abs(sum(charge.amount_minor for charge in records))
    if lacking == 0:
        return []
    if lacking == abs(sum(tax.amount_minor for tax in taxes)):
        return taxes
    unexplained = Charge(
        kind="UNEXPLAINED",
        amount_minor=-lacking,
        source_text=total.source_text,
        included=records[0].included,
    )
    return [unexplained]


def _is_credit(told: Element, *, place: str) -> bool:
    sign = text(told, "CdtDbtInd")
    if sign not in (None, "CRDT", "DBIT"):
        raise Unreadable(place, f"CdtDbtInd {quoted(sign)} of a charge is neither CRDT nor DBIT")
    return sign == "CRDT"


def _is_included(told: Element, *, place: str) -> bool:
    told_so = text(told, "ChrgInclInd")
    if told_so is None or told_so in _TRUE:
        return True
    if told_so in _FALSE:
        return False
    raise Unreadable(place, f"ChrgInclInd {quoted(told_so)} is neither true nor false")


def _ppm(percent: str | None) -> int | None:
    """Millionths of a rate in per cent; None for what is none, or finer than that."""
    read = _PERCENT.fullmatch(percent or "")
    if read is None:
        return None
    whole, fraction = read[1], (read[2] or "").ljust(4, "0")
    return None if fraction[4:].strip("0") else int(whole + fraction[:4])
