"""Whom a payment is for, where its file names an account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from application.payees import Payee, Payees
from application.ports import Commit
from tests.application.importing_bank import (
    Bank,
    bank_in,
)
from tests.application.small_bank import (
    MERCHANT,
    MONDAY,
    OUR_ACCOUNT,
)


@pytest.fixture
def bank(tmp_path: Path) -> Iterator[Bank]:
    with bank_in(tmp_path) as made:
        yield made


# Payees.


def payees(bank: Bank, **accounts: Payee) -> Payees:
    return Payees(bank.facts, source="core", accounts=accounts)


def test_a_payee_is_found_by_profile_then_payout_account_then_tax_id(bank: Bank):
    """The first that answers decides."""
    register_merchant(bank, "M2", payout_account=OUR_ACCOUNT, tax_id=None)
    mapped = payees(bank, **{OUR_ACCOUNT: Payee("M7", "debin")})
    assert mapped.find(account=OUR_ACCOUNT, tax_id=None) == Payee("M7", "debin")
    found = payees(bank)
    assert found.find(account=OUR_ACCOUNT, tax_id=MERCHANT.tax_id) == Payee("M2", "transfer")
    assert found.find(account="1", tax_id="30-50001091-2") == Payee("M1", "transfer")
    assert found.find(account="1", tax_id="2") == "merchant-unknown"
    assert found.find(account=None, tax_id=None) == "merchant-unknown"


def test_two_merchants_of_one_tax_id_are_ambiguous(bank: Bank):
    """A company with several shops is told apart by their accounts."""
    register_merchant(bank, "M2", payout_account=None, tax_id=MERCHANT.tax_id)
    assert payees(bank).find(account=None, tax_id=MERCHANT.tax_id) == "merchant-ambiguous"


def test_merchants_of_another_source_are_nobodys_payees(bank: Bank):
    """Each source has its own codes."""
    found = Payees(bank.facts, source="till", accounts={})
    assert found.find(account=None, tax_id=MERCHANT.tax_id) == "merchant-unknown"


def register_merchant(bank: Bank, code: str, **changes: Any) -> None:
    made = replace(MERCHANT, merchant_id=code, **changes)
    context = bank.facts.stream("mer:core:M1")[0].context
    commit = Commit(
        stream=f"mer:core:{code}",
        expected_version=0,
        business_time=MONDAY.isoformat(),
        context=context,
        facts=(made,),
    )
    bank.facts.append([commit])
