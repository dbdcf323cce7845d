"""Every noise class of payments that are credited one by one, by name."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.demo_bank.identified import IDENTIFIED
from adapters.demo_bank.proofs import PROOFS
from adapters.demo_bank.refusals import REFUSALS
from adapters.demo_bank.scenes import Case
from adapters.demo_bank.unidentified import UNIDENTIFIED

CASES: Mapping[str, Case] = {**IDENTIFIED, **UNIDENTIFIED, **PROOFS, **REFUSALS}
"""The labelled data's own classes first, then ours: those that match, those that must not."""
