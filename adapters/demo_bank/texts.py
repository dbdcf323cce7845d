"""What banks write into the free text, and what they do to references."""

from __future__ import annotations

import re

from adapters.demo_bank.books import Books
from adapters.demo_bank.dice import Dice
from adapters.demo_bank.items import Payment
from adapters.demo_bank.people import plain_capitals, unaccented

TYPO_PLACES = 5
"""Typos fall on the last digits of a reference, where its order number stands."""

TYPO_TRIES_MAX = 100

_SEPARATORS = re.compile(r"[^A-Za-z0-9]")
_LEADING_ZEROS = re.compile(r"(?<![0-9A-Fa-f])0+(?=[0-9])")


def remittance(books: Books, payment: Payment, reference: str | None = None) -> str:
    """A bank's text around the payment's reference, or around another one."""
    dice = books.dice
    shown = payment.reference if reference is None else reference
    payer = plain_capitals(payment.payer.name)
    match dice.below(6):
        case 0:
            return f"TRANSF {shown} {payer}"
        case 1:
            return f"PAGO {shown} CUIT {payment.payer.tax_id}"
        case 2:
            return f"TRF INMEDIATA {payer[:12]} REF:{shown}"
        case 3:
            return f"/ROC/{shown}//URI/{dice.digits(6)}"
        case 4:
            return f"OP {dice.digits(8)} {shown} VARIOS"
        case _:
            day = books.timetable.iso(payment.day).replace("-", "")
            return f"CREDITO DEBIN {shown} {day}"


def transfer_number(dice: Dice) -> str:
    """A text that says nothing about the payment."""
    return f"TRF {dice.digits(8)}"


def without_zeros(reference: str) -> str:
    """The reference as a spreadsheet leaves it: numbers without their leading zeros."""
    return _LEADING_ZEROS.sub("", reference)


def mangled(dice: Dice, reference: str) -> str:
    """The reference with other separators or none, without accents, in one case."""
    text = _SEPARATORS.sub(dice.pick(("", " ", ".", "_", "-")), unaccented(reference))
    return text.lower() if dice.percent(50) else text.upper()


def mistyped(books: Books, reference: str) -> str:
    """The reference with one wrong digit. It is claimed: it is and stays nobody's."""
    for _ in range(TYPO_TRIES_MAX):
        place = books.dice.pick(_digit_places(reference))
        digit = (int(reference[place]) + books.dice.between(1, 9)) % 10
        typo = f"{reference[:place]}{digit}{reference[place + 1 :]}"
        if books.claim(typo):
            return typo
    raise AssertionError(f"all of {TYPO_TRIES_MAX} typos of one reference are references")


def transposed(books: Books, reference: str) -> str | None:
    """The reference with two neighbouring digits exchanged, claimed; None where all are alike."""
    places = [
        place
        for place in _digit_places(reference)[1:]
        if reference[place - 1].isdigit() and reference[place - 1] != reference[place]
    ]
    for place in places:
        head, tail = reference[: place - 1], reference[place + 1 :]
        typo = f"{head}{reference[place]}{reference[place - 1]}{tail}"
        if books.claim(typo):
            return typo
    return None


def _digit_places(reference: str) -> list[int]:
    return [place for place, mark in enumerate(reference) if mark.isdigit()][-TYPO_PLACES:]
