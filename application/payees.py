"""Whom a payment is for, where its file names an account and not a merchant.

In this order, and never by nearness: the account as a profile maps it; the one merchant of the
store with this payout account; the one merchant with this tax id.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from application.ports import FactStore
from domain.identity import normalise_account, normalise_tax_id
from domain.merchant import MerchantRegistered
from domain.payment import Method

METHOD: Final[Method] = "transfer"
"""What a credit transfer is, where no profile says otherwise."""


@dataclass(frozen=True, slots=True)
class Payee:
    """The merchant that is paid, and by which method."""

    merchant_id: str
    method: Method = METHOD


class Payees:
    """Finds payees; the store is read once, when first something is asked that no profile says."""

    def __init__(self, facts: FactStore, *, source: str, accounts: Mapping[str, Payee]) -> None:
        self._facts = facts
        self._source = source
        self._accounts = {normalise_account(key): payee for key, payee in accounts.items()}

    def find(self, *, account: str | None, tax_id: str | None) -> Payee | str:
        """The payee, or why there is none: "merchant-unknown" or "merchant-ambiguous"."""
        if account is not None and normalise_account(account) in self._accounts:
            return self._accounts[normalise_account(account)]
        by_account, by_tax_id = self._known
        found = by_account.get(normalise_account(account), []) if account else []
        if not found and tax_id:
            found = by_tax_id.get(normalise_tax_id(tax_id), [])
        if len(found) == 1:
            return Payee(found[0])
        return "merchant-ambiguous" if found else "merchant-unknown"

    @cached_property
    def _known(self) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
        """Merchants of the source by payout account, and by tax id."""
        streams = [
            recorded.stream
            for recorded in self._facts.written(sealed=True)
            if isinstance(recorded.fact, MerchantRegistered)
            and recorded.fact.source == self._source
        ]
        accounts: dict[str, list[str]] = {}
        tax_ids: dict[str, list[str]] = {}
        for recorded in (some[0] for some in self._facts.streams(streams).values()):
            fact = recorded.fact
            assert isinstance(fact, MerchantRegistered), "a merchant's first fact"
            if fact.payout_account:
                account = normalise_account(fact.payout_account)
                accounts.setdefault(account, []).append(fact.merchant_id)
            if fact.tax_id:
                tax_ids.setdefault(normalise_tax_id(fact.tax_id), []).append(fact.merchant_id)
        return accounts, tax_ids
