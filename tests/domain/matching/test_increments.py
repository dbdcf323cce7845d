"""A new payment may change what a line shows.

A new payment may change what a line shows: whoever depended on the old reading is judged again.
"""

from __future__ import annotations

from itertools import permutations

import pytest

from tests.domain.matching.folding import decided, item_by_item
from tests.domain.matching.table import (
    PAYER,
    PAYER_TAX,
    STRANGER,
    STRANGER_TAX,
    Item,
    judge,
    line,
    payment,
)

REF, E2E = "FAC-B-0009-66510033", "VRDPNEUTRS2NF2URRUFNLN"
SIXTEEN = "ORD-000000001234"
BY_TAX = {"counterparty_tax_id": PAYER_TAX}

READINGS: dict[str, list[Item]] = {
    "a longer reference hides one": [
        payment("P1", reference="0009-66510033"),
        payment("P2", reference=REF),
        line("L1", text=f"PAGO {REF} VARIOS"),
        line("L2", reference="0009-66510033"),
    ],
    "a longer reference makes a field a cut one": [
        payment("P1", reference=SIXTEEN, end_to_end_id=E2E),
        payment("P2", 7_00, reference=SIXTEEN + "5"),
        line("L1", reference=SIXTEEN),
        line("L2", end_to_end_id=E2E),
    ],
    "a longer reference makes the end of a text a cut one": [
        payment("P1", reference=SIXTEEN, end_to_end_id=E2E),
        payment("P2", 7_00, reference=SIXTEEN + "5"),
        line("L1", text=f"PAGO{SIXTEEN:>31}"),
        line("L2", end_to_end_id=E2E),
    ],
    "a reference covers a payer's tax id": [
        payment("P1", tax_id=PAYER_TAX),
        payment("P2", 7_00, reference=f"FAC-{PAYER_TAX}-77"),
        line("L1", text=f"PAGO FAC-{PAYER_TAX}-77"),
        line("L2", **BY_TAX),
    ],
    "a reference covers a merchant's second tax id": [
        payment("P1", tax_id=PAYER_TAX),
        payment("P2", 7_00, reference=f"FAC-{STRANGER_TAX}-77"),
        line("L1", text=f"PAGO FAC-{STRANGER_TAX}-77 {PAYER_TAX}"),
        line("L2", **BY_TAX),
    ],
    "a reference field was an end-to-end id": [
        payment("P1", end_to_end_id=E2E),
        payment("P2", 7_00, reference=E2E),
        line("L1", reference=E2E),
        line("L2", end_to_end_id=E2E),
    ],
    "a tail begins a reference": [
        payment("P1", account=PAYER),
        payment("P2", 7_00, reference=SIXTEEN),
        line("L1", text=f"PAGO{SIXTEEN[:10]:>31}", counterparty_account=PAYER),
        line("L2", counterparty_account=PAYER),
    ],
    "a reference gets an owner": [
        payment("P1", account=PAYER, reference="ORD-0000001235"),
        payment("P2", account=STRANGER, reference="ORD-0000001234"),
        line("L1", reference="ORD-0000001234", counterparty_account=PAYER),
        line("L2", counterparty_account=PAYER),
    ],
}


@pytest.mark.parametrize("items", READINGS.values(), ids=READINGS)
def test_every_order_of_arrival_ends_alike(items: list[Item]):
    """Section 14: whichever item comes last, the folded verdicts are those of all at once."""
    at_once = decided(judge(*items))[:2]
    for arriving in permutations(items):
        ending = item_by_item(arriving).decided()
        assert ending == at_once, [item.id for item in arriving]
