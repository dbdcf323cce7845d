"""An entry from a statement line and the fields that stand with it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from adapters.statements.model import Charge, Entry, Party, Unreadable
from adapters.statements.mt940_fields import Field
from adapters.statements.mt940_lines import EXPECTED, Line
from adapters.statements.mt940_narrative import narrative_of
from adapters.statements.values import is_iban, minor_of

_TOLD: Final = re.compile(r"/(OCMT|CHGS)/([A-Z]{3})([0-9]{1,15}(?:,[0-9]{0,5})?)/")


def entry_of(line: Line, fields: Sequence[Field], *, currency: str, place: str) -> Entry:
    """The entry of a line; `fields` are the :86: and :NS: that follow it.

    A :25: among them is a text whose tag is wrong: it is kept, and nothing is read from it. Raises
    Unreadable.
    """
    details = [field.lines for field in fields if field.tag == "86"]
    notes = [field.lines for field in fields if field.tag == "NS"]
    said = narrative_of(
        details, supplementary=line.supplementary, notes=notes, currency=currency, place=place
    )
    texts = ["".join(lines) for lines in (*details, line.supplementary)]
    gross, charges = _charges(" ".join(texts), line.signed_minor, currency)
    odd = [line for field in fields if field.tag == "25" for line in field.lines]
    own = (("account_owner_tx", line.customer),) if line.customer is not None else ()
    return Entry(
        place=place,
        amount_minor=line.signed_minor,
        currency=currency,
        booking_date=line.booking_date,
        value_date=line.value_date,
        status="PDNG" if line.mark in EXPECTED else "BOOK",
        reversal=line.mark in {"RC", "RD"},
        end_to_end_id=said.end_to_end_id,
        uetr=said.uetr,
        bank_reference=line.bank,
        coelsa_id=said.coelsa_id,
        references=own + said.references,
        transaction_code="/".join(filter(None, (line.type, said.code))) or None,
        return_reason=said.return_reason,
        remittance=" ".join(filter(None, (said.remittance, *odd))) or None,
        structured_remittance=said.structured_remittance,
        counterparty=_counterparty(said.counterparty, line),
        gross_minor=gross,
        charges=charges,
    )


def _counterparty(party: Party | None, line: Line) -> Party | None:
    """Some Dutch banks give account and name in the reference and the supplementary line."""
    if line.customer is None or not is_iban(line.customer) or (party and party.name):
        return party
    name = line.supplementary[0].strip() if line.supplementary else None
    return Party(account=line.customer, name=name)


def _charges(text: str, amount: int, currency: str) -> tuple[int | None, tuple[Charge, ...]]:
    """Gross amount and charges of /OCMT/EUR4,5/ and /CHGS/EUR0,5/, where both are of the account.

    What does not add up becomes a charge of its own, never another amount.
    """
    told: dict[str, int] = {}
    for word, money, number in _TOLD.findall(text.replace("//", "/ /")):
        if money == currency:
            try:
                told.setdefault(word, minor_of(number.replace(",", "."), money, place=""))
            except Unreadable:
                continue  # free text that only looks like an amount; it stays in the remittance
    if "CHGS" not in told:
        return None, ()
    charge = Charge(kind="OTHER", amount_minor=-told["CHGS"], source_text="CHGS")
    if "OCMT" not in told:
        return None, (charge,)
    gross = told["OCMT"] if amount > 0 else -told["OCMT"]
    left = amount - gross - charge.amount_minor
    unexplained = (Charge(kind="UNEXPLAINED", amount_minor=left),) if left else ()
    return gross, (charge, *unexplained)
