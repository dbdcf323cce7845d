"""Lines made weaker than any rule can decide, with their truth kept: what suggestions are for.

The noise of the labelled data leaves hardly anything open that is one line and one payment. Banks
do: names without ids, a number quoted from memory, a fee taken on the way, money from somebody
else's account, or too late. One identified line in WEAKENED_ONE_IN is rewritten so.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, timedelta
from random import Random
from typing import Any, Final

from domain.suggestions.likeness import number_of

WEAKENED_ONE_IN = 8

Row = dict[str, Any]
"""A row of the labelled data, as JSON has it."""

DIRECT = frozenset(
    ("exact", "ref_embedded", "ref_zeros", "ref_mangled", "e2e_only", "late", "noref_account")
)
"""Noise classes of one line and one payment, of which some are weakened."""


def weaken(
    payments: Iterable[Mapping[str, Any]],
    settlements: Sequence[Mapping[str, Any]],
    truth: Iterable[Mapping[str, Any]],
    *,
    seed: str,
) -> tuple[list[Row], list[Row]]:
    """The lines and the truth again, some lines weaker; those have the way as noise class."""
    chance = Random(f"weakened/{seed}")
    paid: dict[str, Row] = {row["payment_id"]: dict(row) for row in payments}
    lines: dict[str, Row] = {row["settlement_id"]: dict(row) for row in settlements}
    told: list[Row] = []
    for group in truth:
        if group["noise_class"] in DIRECT and chance.randrange(WEAKENED_ONE_IN) == 0:
            [payment_id], [line_id] = group["payments"], group["settlements"]
            name = chance.choice(sorted(WAYS))
            lines[line_id] = WAYS[name](lines[line_id], paid[payment_id], chance)
            told.append({**group, "noise_class": name})
        else:
            told.append(dict(group))
    return [lines[row["settlement_id"]] for row in settlements], told


def _bare(line: Row, **kept: Any) -> Row:
    gone = dict.fromkeys(
        (
            "reference",
            "end_to_end_id",
            "remittance_information",
            "counterparty_name",
            "counterparty_account",
            "counterparty_tax_id",
            "merchant_id",
        )
    )
    return {**line, **gone, "remittance_information": "TRANSFERENCIA RECIBIDA", **kept}


def _name_only(line: Row, payment: Row, chance: Random) -> Row:
    del chance
    return _bare(line, counterparty_name=_written(payment["payer_name"])[:20])


def _name_misspelt(line: Row, payment: Row, chance: Random) -> Row:
    words = _written(payment["payer_name"]).split()
    at = chance.randrange(len(words))
    words[at] = _slip(words[at], chance)
    if chance.random() < 0.5:
        words.reverse()
    return _bare(line, counterparty_name=" ".join(words)[:20])


def _number_only(line: Row, payment: Row, chance: Random) -> Row:
    number = number_of(payment["reference"] or "") or "0"
    return _bare(line, remittance_information=chance.choice(("FACTURA ", "PAGO ", "")) + number)


def _number_with_a_slip(line: Row, payment: Row, chance: Random) -> Row:
    number = _slip(number_of(payment["reference"] or "") or "0", chance)
    return _bare(line, remittance_information=f"PAGO {number}")


def _short_paid(line: Row, payment: Row, chance: Random) -> Row:
    fee = max(3, payment["amount"] * chance.randrange(5, 500) // 10_000)
    shown = {"reference": payment["reference"], "counterparty_name": line["counterparty_name"]}
    return _bare(line, amount=payment["amount"] - fee, **shown)


def _short_paid_by_payer(line: Row, payment: Row, chance: Random) -> Row:
    fee = max(3, payment["amount"] * chance.randrange(5, 500) // 10_000)
    return _bare(
        line, amount=payment["amount"] - fee, counterparty_account=payment["payer_account"]
    )


def _amount_only(line: Row, payment: Row, chance: Random) -> Row:
    del payment, chance
    return _bare(line)


def _paid_by_another(line: Row, payment: Row, chance: Random) -> Row:
    shown = {"merchant_id": payment["merchant_id"]} if chance.random() < 0.5 else {}
    # A real account of a real bank, and nobody's that pays here.
    return _bare(line, counterparty_account="0110599520000012345678", **shown)


def _much_too_late(line: Row, payment: Row, chance: Random) -> Row:
    late = date.fromisoformat(payment["expected_value_date"]) + timedelta(chance.randrange(13, 30))
    days = {"value_date": late.isoformat(), "booking_date": late.isoformat()}
    return _bare(line, counterparty_tax_id=payment["payer_tax_id"], **days)


Way = Callable[[Row, Row, Random], Row]

WAYS: Final[Mapping[str, Way]] = {
    "weak_name": _name_only,
    "weak_name_misspelt": _name_misspelt,
    "weak_number": _number_only,
    "weak_number_slip": _number_with_a_slip,
    "weak_short_paid": _short_paid,
    "weak_short_payer": _short_paid_by_payer,
    "weak_amount": _amount_only,
    "weak_other_payer": _paid_by_another,
    "weak_too_late": _much_too_late,
}


def _written(name: str) -> str:
    """A name as banks write it: in capitals, without accents."""
    parts = unicodedata.normalize("NFKD", name)
    return "".join(sign for sign in parts if not unicodedata.combining(sign)).upper()


def _slip(word: str, chance: Random) -> str:
    at = chance.randrange(1, max(2, len(word)))
    letters = "0123456789" if word.isdigit() else "AEIOULNRST"
    return word[:at] + chance.choice(letters) + word[at + chance.randrange(2) :]
