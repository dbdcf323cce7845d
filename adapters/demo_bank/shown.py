"""What of a payment's ids its line shows, and where banks cut."""

from __future__ import annotations

from dataclasses import dataclass

CUT_REFERENCE_LENGTH = 16
CUT_TEXT_LENGTH = 35
"""Characters that a narrow field holds: what has exactly so many may have been cut (rule R3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """How often, in a hundred lines, the bank kept each identifying field."""

    account: int
    tax_id: int
    merchant: int
    end_to_end: int
    name: int = 60


USUAL = Shown(account=50, tax_id=50, merchant=30, end_to_end=10)
WITHOUT_ID = Shown(account=50, tax_id=50, merchant=30, end_to_end=0)
PAYER = Shown(account=100, tax_id=50, merchant=30, end_to_end=0)
MERCHANT = Shown(account=0, tax_id=0, merchant=100, end_to_end=0)
MERCHANT_ALONE = Shown(account=0, tax_id=0, merchant=100, end_to_end=0, name=0)
END_TO_END = Shown(account=50, tax_id=50, merchant=30, end_to_end=100)
NOBODY = Shown(account=0, tax_id=0, merchant=0, end_to_end=0)
BY_ACCOUNT = Shown(account=100, tax_id=0, merchant=30, end_to_end=0)
BY_TAX_ID = Shown(account=0, tax_id=100, merchant=30, end_to_end=0)
