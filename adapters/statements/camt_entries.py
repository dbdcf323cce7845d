"""An Ntry of ISO 20022 and its TxDtls as the canonical entry, in every version of the message."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import Final, NamedTuple, TypeAlias

from adapters.statements.camt_charges import Charges
from adapters.statements.camt_shapes import Fields
from adapters.statements.model import (
    NAME_LENGTH_MAX,
    TEXT_LENGTH_MAX,
    TEXTS_LENGTH_MAX,
    Charge,
    Detail,
    Entry,
    Party,
    Status,
    Unreadable,
)
from adapters.statements.values import coelsa_id_in, day_of, minor_of, quoted

_SIGNS: Final = {"CRDT": 1, "DBIT": -1}
_TRUTHS: Final = {"true": True, "1": True, "false": False, "0": False}
_STATUSES: Final[dict[str, Status]] = {
    "BOOK": "BOOK",
    "PDNG": "PDNG",
    "INFO": "INFO",
    "FUTR": "PDNG",  # on the books at a later date
}
_DAY = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"(?:[T ](?:[01][0-9]|2[0-4])(?::[0-6][0-9]){1,2}(?:[.:][0-9]+)?)?(?:Z|[+-][0-9:]+)?"
)
_COUNT = re.compile(r"[0-9]{1,15}")
_CUIT = re.compile(r"[0-9]{2}-?[0-9]{8}-?[0-9]")

_Pairs: TypeAlias = tuple[tuple[str, str], ...]


class Told(NamedTuple):
    """What was read of an Ntry or a TxDtls; `charges` is None where it tells none."""

    fields: Fields
    charges: Charges | None


class Claims(NamedTuple):
    """What an Ntry says that is to be checked: its side, and number and total of its batch."""

    credit: bool
    counts: tuple[int, ...]
    total_minor: int | None


_CREDIT, _DEBIT = Claims(True, (), None), Claims(False, (), None)  # noqa: FBT003  (positional as in any tuple)


def entry_of(
    told: Told, details: Sequence[Told], *, account: str | None, place: str
) -> tuple[Entry, Claims]:
    """The entry of an Ntry and its TxDtls, and what it claims.

    `place` is the Ntry's. `account` is the statement's own: the party that has it is not the other
    side. Raises Unreadable with a place below the Ntry.
    """
    texts = told.fields.texts
    _demand_once(texts, "")
    amount = _amount_of(texts, "amount")
    if amount is None:
        raise Unreadable("", "has no Amt")
    currency, size = amount
    sign = sign_of(texts)
    if sign is None:
        raise Unreadable("", "has no CdtDbtInd")
    reversal = _TRUTHS.get(texts.get("reversal", "false"))
    if reversal is None:
        raise Unreadable("RvslInd", f"{quoted(texts['reversal'])} is neither true nor false")
    surroundings = _Surroundings(currency, sign, account, reversal=reversal)
    lines = tuple([_detail_of(each, surroundings) for each in details])
    only = lines[0] if len(lines) == 1 else _NO_DETAIL
    charges, foreign = _charges_of(told, details)
    claims = _claims_of(told.fields, currency, credit=sign > 0)
    booked = texts.get("booked")
    references = [(name, texts[name]) for name in told.fields.references if name in texts]
    entry = Entry(
        place=place,
        amount_minor=sign * size,
        currency=currency,
        booking_date=day_in(booked, place="BookgDt"),
        value_date=day_in(texts.get("valued"), place="ValDt"),
        status=_status_of(texts),
        reversal=reversal,
        end_to_end_id=only.end_to_end_id,
        uetr=only.uetr,
        bank_reference=texts.get("bank_reference"),
        coelsa_id=_coelsa_of(only),
        references=(*references, *foreign, *only.references),
        timestamp=booked if booked is not None and "T" in booked else None,
        transaction_code=_code(
            texts.get("domain"),
            texts.get("family"),
            texts.get("sub_family"),
            texts.get("proprietary"),
        ),
        return_reason=only.return_reason,
        remittance=only.remittance or _checked(texts.get("additional")),
        structured_remittance=_structured(details[0]) if lines and only is lines[0] else None,
        counterparty=only.counterparty,
        gross_minor=_gross_of(told, details, currency, sign * size, charges) if charges else None,
        charges=charges,
        batch=sum(claims.counts) if claims.counts else None,
        details=len(lines),
        detail_lines=lines,
    )
    return entry, claims


_NO_DETAIL: Final = Detail(amount_minor=None)


class _Surroundings(NamedTuple):
    currency: str
    sign: int
    account: str | None
    reversal: bool


def _detail_of(told: Told, entry: _Surroundings) -> Detail:
    texts, lists, names = told.fields
    _demand_once(texts, "TxDtls")
    sign = (sign_of(texts) if "sign" in texts else None) or entry.sign
    amount = _amount_of(texts, "amount")
    if amount is None or (
        amount[0] != entry.currency and texts.get("transaction_currency") == entry.currency
    ):
        amount = _amount_of(texts, "transaction") or amount
    references = [(name, texts[name]) for name in names if name in texts]
    own = lists.get("proprietary_references", ())
    unstructured = lists.get("unstructured", ())
    references += [("proprietary", reference) for reference in own]
    if amount is not None and amount[0] != entry.currency:
        references.append(("amount_minor", f"{amount[0]} {sign * amount[1]}"))
        amount = None
    coelsa = coelsa_id_in((*own, texts.get("clearing"), *unstructured))
    if coelsa is not None:
        references.append(("coelsa_id", coelsa))
    notes = unstructured or lists.get("structured_notes", ())
    return Detail(
        amount_minor=None if amount is None else sign * amount[1],
        end_to_end_id=texts.get("end_to_end"),
        uetr=texts.get("uetr"),
        references=tuple(references),
        remittance=_joined(notes) or _checked(texts.get("additional")),
        counterparty=_counterparty(told.fields, entry, sign),
        return_reason=texts.get("return_reason"),
    )


def _demand_once(texts: dict[str, str], place: str) -> None:
    """Raises Unreadable where one of two texts would be lost."""
    if "twice" in texts:
        raise Unreadable(place, f"tells its {texts['twice'].replace('_', ' ')} twice")


def _charges_of(told: Told, details: Sequence[Told]) -> tuple[tuple[Charge, ...], _Pairs]:
    """The entry's own charges, else those of its details; and texts of all foreign ones."""
    sources = [each.charges for each in (told, *details) if each.charges is not None]
    if not sources:
        return (), ()
    foreign = tuple(pair for source in sources for pair in source.foreign)
    if told.charges is not None and told.charges.charges:
        return told.charges.charges, foreign
    return tuple(charge for source in sources for charge in source.charges), foreign


def sign_of(texts: dict[str, str]) -> int | None:
    """1 for CRDT, -1 for DBIT, None where nothing is said. Raises Unreadable."""
    written = texts.get("sign")
    if written is None:
        return None
    if written not in _SIGNS:
        raise Unreadable("CdtDbtInd", f"{quoted(written)} is neither CRDT nor DBIT")
    return _SIGNS[written]


def day_in(written: str | None, *, place: str) -> date | None:
    """The day of a date or date-time as written; None where there is none. Raises Unreadable."""
    if written is None:
        return None
    try:
        return _day(written)
    except Unreadable as refusal:
        raise Unreadable(place, refusal.reason) from None


def minor_in(text: str, currency: str, *, place: str) -> int:
    """Minor units of an amount, which has no sign of its own. Raises Unreadable."""
    try:
        minor = _minor(text, currency)
    except Unreadable as refusal:
        raise Unreadable(place, refusal.reason) from None
    if text[0] == "-":
        raise Unreadable(place, f"amount {quoted(text)} is negative: CdtDbtInd gives the sign")
    return minor


def counts_in(texts: Sequence[str], *, place: str) -> tuple[int, ...]:
    """The counts of these texts. Raises Unreadable."""
    for text in texts:
        if _COUNT.fullmatch(text) is None:
            raise Unreadable(place, f"count {quoted(text)} is not a number")
    return tuple(map(int, texts))


# Remembered, for an entry tells its amount several times, and a statement few days.


@lru_cache(maxsize=4_096)
def _minor(text: str, currency: str) -> int:
    return minor_of(text, currency, place="")


@lru_cache(maxsize=4_096)
def _day(text: str) -> date:
    if _DAY.fullmatch(text) is None:
        raise Unreadable("", f"date {quoted(text)} is not a date")
    return day_of(text, place="")


def _amount_of(texts: dict[str, str], name: str) -> tuple[str, int] | None:
    written = texts.get(name)
    if written is None:
        return None
    currency = texts.get(f"{name}_currency")
    if not currency:
        raise Unreadable("Amt", "has no Ccy")
    return currency, minor_in(written, currency, place="Amt")


def _status_of(texts: dict[str, str]) -> Status:
    written = texts.get("status")
    if written is None:
        raise Unreadable("", "has no Sts")
    if written not in _STATUSES:
        raise Unreadable("Sts", f"status {quoted(written)} is unknown")
    return _STATUSES[written]


def _coelsa_of(detail: Detail) -> str | None:
    # It is the last of its references.
    references = detail.references
    return references[-1][1] if references and references[-1][0] == "coelsa_id" else None


@lru_cache(maxsize=1_024)
def _code(domain: str | None, family: str | None, sub: str | None, own: str | None) -> str | None:
    """The bank transaction code: "PMNT/RCDT/ESCT", the bank's own, or both."""
    standard = "/".join(filter(None, (domain, family, sub)))
    return f"{standard} {own}" if standard and own else standard or own


def _structured(told: Told) -> str | None:
    structured = told.fields.lists.get("structured")
    return _joined(structured) if structured else None


def _gross_of(
    told: Told, details: Sequence[Told], currency: str, net: int, charges: Sequence[Charge]
) -> int | None:
    """The amount before charges, where one is told that explains the net one to the unit."""
    taken = sum(charge.amount_minor for charge in charges if charge.included)
    if taken == 0:
        return None
    sources = [told, *details] if len(details) == 1 else [told]
    for name in ("transaction", "instructed"):
        for source in sources:
            texts = source.fields.texts
            if name in texts and texts.get(f"{name}_currency") == currency:
                gross = minor_in(texts[name], currency, place="AmtDtls")
                if gross == abs(net - taken):
                    return net - taken
    return None


def _claims_of(fields: Fields, currency: str, *, credit: bool) -> Claims:
    texts, lists, _ = fields
    if "batch_counts" not in lists and "batch_total" not in texts:
        return _CREDIT if credit else _DEBIT
    counts = counts_in(lists.get("batch_counts", ()), place="Btch/NbOfTxs")
    total = None
    if "batch_total" in texts and texts.get("batch_total_currency") == currency and len(counts) < 2:
        total = minor_in(texts["batch_total"], currency, place="Btch/TtlAmt")
    return Claims(credit, counts, total)


def _counterparty(fields: Fields, entry: _Surroundings, sign: int) -> Party | None:
    """The side that is not the account's own. In a reversal the parties keep their places."""
    texts = fields.texts
    other, ours = _DEBTOR, _CREDITOR
    if (sign > 0) == entry.reversal:
        other, ours = ours, other
    if entry.account is not None and texts.get(other.account) == entry.account:
        return _party(fields, ours)
    found = _party(fields, other)
    if found is None and texts.get(ours.account) not in (None, entry.account):
        return _party(fields, ours)
    return found


class _Side(NamedTuple):
    name: str
    account: str
    bank: str
    tax: str
    ids: str


_DEBTOR: Final = _Side(*[f"{field}_debtor" for field in _Side._fields])
_CREDITOR: Final = _Side(*[f"{field}_creditor" for field in _Side._fields])


def _party(fields: Fields, side: _Side) -> Party | None:
    texts, lists, _ = fields
    name, account, bank = texts.get(side.name), texts.get(side.account), texts.get(side.bank)
    tax_id = texts.get(side.tax)
    if tax_id is None and side.ids in lists:
        tax_id = next(filter(_CUIT.fullmatch, lists[side.ids]), None)
    if name is None and account is None and bank is None and tax_id is None:
        return None
    if name is not None and len(name) > NAME_LENGTH_MAX:
        raise Unreadable("TxDtls", f"a name has {len(name)} characters, over {NAME_LENGTH_MAX}")
    return Party(name=name, account=account, tax_id=tax_id, bank=bank)


def _joined(texts: Sequence[str]) -> str | None:
    """Texts of one transaction, all of them. Raises Unreadable for too much of them."""
    joined = " ".join(texts)
    if len(joined) > TEXT_LENGTH_MAX:
        for text in texts:
            _checked(text)
        if len(joined) > TEXTS_LENGTH_MAX:
            raise Unreadable("", f"texts of {len(joined)} characters, over {TEXTS_LENGTH_MAX}")
    return joined or None


def _checked(text: str | None) -> str | None:
    if text and len(text) > TEXT_LENGTH_MAX:
        raise Unreadable("", f"a text has {len(text)} characters, over {TEXT_LENGTH_MAX}")
    return text or None
