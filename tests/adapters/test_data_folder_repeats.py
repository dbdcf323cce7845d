"""Rows of one file under one id: one content, or refused, in whatever order they stand."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from adapters.data_folder.faults import Unusable
from adapters.data_folder.repeats import Distinct, payment_fields_differing
from tests.domain.controls import REGISTERED


def test_what_only_one_row_says_is_a_difference_in_either_order():
    """A payer on one row and none on the other is another content, whichever comes first."""
    for first, second in permutations((REGISTERED, replace(REGISTERED, payer_name=None))):
        distinct = Distinct(name="payment_id", differing=payment_fields_differing)
        distinct.add(key="P1", number=1, fact=first)
        with pytest.raises(Unusable, match="payer_name"):
            distinct.add(key="P1", number=2, fact=second)
