"""A reader's entry as an import takes it: which id goes where, and no card number in its texts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from adapters.data_folder.cards import may_hold_card_number
from adapters.statements.model import Entry, Party
from application.entry_lines import Booked
from domain.breakdown import Breakdown, Member, StatedCharge

OTHER_ID_LENGTH_MIN = 6
"""A shorter text names no payment by itself: a batch, a terminal, a plan."""

UNEXPLAINED = "UNEXPLAINED"

_NO_IDS_OF_A_PAYMENT = frozenset({"lote", "echeq_batch", "store", "terminal", "mcc"})

_NOBODY = Party()

Mask = Callable[[str], str]
"""Masks card numbers in a free text."""


@dataclass(slots=True)
class Guard:
    """Masks card numbers, and remembers in which places there were some."""

    mask: Mask
    places: list[str] = field(default_factory=list[str])

    def __call__(self, text: str | None, *, place: str) -> str | None:
        """The text without card numbers."""
        if text is None or not may_hold_card_number(text):
            return text
        safe = self.mask(text)
        if safe != text:
            self.places.append(place)
        return safe


def booked_of(entry: Entry, *, ordinal: int, guard: Guard) -> Booked:
    """The entry as an import takes it."""
    named = dict(entry.references)
    reference = entry.structured_remittance or named.get("merchant_ref")
    party = entry.counterparty or _NOBODY
    ids = [entry.end_to_end_id, entry.uetr, entry.coelsa_id]
    ids += [text for name, text in entry.references if name not in _NO_IDS_OF_A_PAYMENT]
    return Booked(
        ordinal=ordinal,
        place=entry.place,
        amount_minor=entry.amount_minor,
        currency=entry.currency,
        booking_date=entry.booking_date,
        value_date=entry.value_date,
        reversal=entry.reversal,
        bank_reference=entry.bank_reference,
        reference=reference,
        end_to_end_id=entry.end_to_end_id,
        other_ids=_distinct(ids, besides=reference, shortest=OTHER_ID_LENGTH_MIN),
        text=guard(entry.remittance, place=entry.place),
        counterparty_name=guard(party.name, place=entry.place),
        counterparty_account=party.account,
        counterparty_tax_id=party.tax_id,
        breakdown=_breakdown(entry),
    )


def _breakdown(entry: Entry) -> Breakdown | None:
    charges = [
        StatedCharge(kind=charge.kind, amount_minor=charge.amount_minor)
        for charge in entry.charges
        if charge.included
    ]
    members = tuple(
        Member(
            gross_minor=detail.amount_minor,
            ids=_distinct(
                [detail.end_to_end_id, detail.uetr, *(text for _, text in detail.references)]
            ),
        )
        for detail in entry.detail_lines
    )
    if len(members) < 2:
        members = ()
    gross = entry.gross_minor
    if gross is None:
        if not members:
            return None
        charges = []
    else:
        left = entry.amount_minor - gross - sum(charge.amount_minor for charge in charges)
        if left:
            charges.append(StatedCharge(kind=UNEXPLAINED, amount_minor=left))
    return Breakdown(gross_minor=gross, charges=tuple(charges), members=members)


def _distinct(
    ids: list[str | None], *, besides: str | None = None, shortest: int = 1
) -> tuple[str, ...]:
    known = dict.fromkeys(each for each in ids if each and len(each) >= shortest)
    return tuple(each for each in known if each != besides)
