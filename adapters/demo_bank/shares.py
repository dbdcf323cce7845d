"""How often each noise class happens, in parts of ten thousand payments."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

WHOLE = 10_000

PUBLIC_SHARES: Mapping[str, int] = MappingProxyType(
    {
        "exact": 1_000,
        "ref_embedded": 500,
        "ref_trunc16": 300,
        "ref_trunc35": 200,
        "ref_zeros": 200,
        "ref_mangled": 300,
        "ref_typo": 50,
        "e2e_only": 300,
        "noref_account": 200,
        "noref_cuit": 150,
        "amount_date_merchant": 50,
        "rounding": 100,
        "fx": 100,
        "tz_shift": 80,
        "late": 70,
        "split": 100,
        "split_noref": 30,
        "reversal": 50,
        "dup_line": 40,
        "dup_line_noid": 10,
        "twin_genuine": 50,
        "ambiguous": 40,
        "ambiguous_balanced": 20,
        "missing": 50,
        "decoy": 10,
    }
)
"""The rates of the labelled data: with payouts at 6,000 they are parts of ten thousand."""

OWN_SHARES: Mapping[str, int] = MappingProxyType(
    {
        "two_references": 15,
        "two_references_one_paid": 5,
        "partial_refund": 20,
        "text_account": 20,
        "text_cuit": 20,
        "typo_transposed": 15,
        "refuted_reference": 15,
        "shared_reference": 10,
        "nested_reference": 10,
        "unknown_reference_e2e": 10,
        "foreign_exact": 10,
        "registered_late": 15,
        "weekend_value": 10,
        "reference_of_another": 10,
        "typo_owned": 5,
        "typo_without_payer": 10,
        "refuted_merchant_only": 5,
        "unknown_reference": 10,
        "two_identities": 5,
        "other_merchant": 5,
        "other_payer": 5,
        "other_currency": 5,
        "fx_off": 5,
        "early_without_id": 5,
        "too_late": 5,
        "text_cuit_invalid": 10,
        "text_two_cuits": 5,
        "two_references_wrong_sum": 5,
        "shared_reference_ambiguous": 5,
        "refund_exceeds": 5,
    }
)
"""Classes of our own, which the labelled data hardly show."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shares:
    """Parts of ten thousand payments: `payouts` are card and QR payments, paid out in groups.

    The rest is shared out over `direct`, classes by name, in proportion to their numbers. A class
    above 0 happens at least once, as far as the payments reach; what is left over is `exact`.
    `orphans` are lines without a payment, for each ten thousand payments.
    """

    payouts: int = 6_000
    orphans: int = 100
    direct: Mapping[str, int] = field(default_factory=lambda: {**PUBLIC_SHARES, **OWN_SHARES})

    @classmethod
    def public(cls) -> Shares:
        """The noise of the labelled data only, but for the payouts' own."""
        return cls(direct=PUBLIC_SHARES)
