"""Writes entries of one statement as a plain CSV, for tests and the demonstration.

Law: reading what was written gives the same entries and the same statement, as far as the columns
go: no charges, details, gross amounts and free references. Where all amounts of a currency of three
decimals are whole and below a million ("1.000"), reading asks for a profile with its decimal style.
What a cell cannot hold is an error of the caller, who gets a ValueError.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from typing import TextIO

from adapters.statements.model import Entry, Party
from domain.money import Money, format_decimal

HEADER = (
    "account", "booking_date", "value_date", "amount", "currency", "balance", "status", "reversal",
    "bank_reference", "end_to_end_id", "uetr", "coelsa_id", "counterparty_name",
    "counterparty_account", "counterparty_tax_id", "counterparty_bank", "description",
)  # fmt: skip


def write(entries: Iterable[Entry], text: TextIO, *, account: str) -> None:
    """Write the entries of an account to a text file that was opened with newline=""."""
    writer = csv.writer(text, lineterminator="\n", quoting=csv.QUOTE_MINIMAL)
    writer.writerow(HEADER)
    for entry in entries:
        currency = entry.currency
        if currency is None or entry.booking_date is None:
            raise ValueError(f"{entry.place}: without a currency or a day no row can be written")
        other = entry.counterparty or Party()
        balance = entry.balance_after_minor
        writer.writerow(
            (
                account,
                entry.booking_date.isoformat(),
                "" if entry.value_date is None else entry.value_date.isoformat(),
                format_decimal(Money(entry.amount_minor, currency)),
                currency,
                "" if balance is None else format_decimal(Money(balance, currency)),
                entry.status,
                "true" if entry.reversal else "false",
                entry.bank_reference or "",
                entry.end_to_end_id or "",
                entry.uetr or "",
                entry.coelsa_id or "",
                other.name or "",
                other.account or "",
                other.tax_id or "",
                other.bank or "",
                entry.remittance or "",
            )
        )
