"""pandas: reference and amount, then amount and day, then group sums net of fees within a peso."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas

from benchmarks.peers.rows import RATES, WITHIN_A_PESO, Rows, rates, table


class Loaded(NamedTuple):
    """The three tables as frames."""

    payments: pandas.DataFrame
    lines: pandas.DataFrame
    rates: pandas.DataFrame


def load(folder: Path) -> Loaded:
    """Read the folder."""
    frame = pandas.DataFrame
    return Loaded(
        frame(table(folder, "payments")),
        frame(table(folder, "settlements")),
        frame(rates(folder)),
    )


def match(loaded: Loaded) -> Rows:
    """Three joins, each over what the ones before left."""
    payments, lines = loaded.payments, loaded.lines
    found: Rows = []
    named = ["reference", "amount", "currency"]
    for left, right in ((named, named), (["amount", "currency", "expected_value_date"],) * 2):
        of_lines = [{"expected_value_date": "value_date"}.get(name, name) for name in right]
        both = payments.dropna(subset=left).merge(
            lines.dropna(subset=of_lines), left_on=left, right_on=of_lines, suffixes=("", "_line")
        )
        both = both.drop_duplicates("payment_id").drop_duplicates("settlement_id")
        found += [([p], [s]) for p, s in zip(both.payment_id, both.settlement_id, strict=True)]
        payments = payments[~payments.payment_id.isin(both.payment_id)]
        lines = lines[~lines.settlement_id.isin(both.settlement_id)]
    return found + _payouts(payments, lines, loaded.rates)


def _payouts(payments: pandas.DataFrame, lines: pandas.DataFrame, of: pandas.DataFrame) -> Rows:
    sold = payments[payments.method.isin(["card", "qr"])].merge(of, on="merchant_id")
    sold["net"] = sold.amount - _deductions(sold)
    keys = ["merchant_id", "currency", "method", "expected_value_date"]
    groups = sold.groupby(keys).agg(net=("net", "sum"), ids=("payment_id", list)).reset_index()
    both = groups.merge(
        lines.dropna(subset=["merchant_id"]),
        left_on=["merchant_id", "currency", "expected_value_date"],
        right_on=["merchant_id", "currency", "value_date"],
    )
    both = both[(both.net - both.amount).abs() <= WITHIN_A_PESO].drop_duplicates("settlement_id")
    return [(list(ids), [s]) for ids, s in zip(both.ids, both.settlement_id, strict=True)]


def _deductions(sold: pandas.DataFrame) -> pandas.Series:
    def share(amount: pandas.Series, bps: pandas.Series) -> pandas.Series:
        return (2 * amount * bps + 10_000) // 20_000

    fee = share(sold.amount, sold[RATES[0]])
    withheld = sum((share(sold.amount, sold[name]) for name in RATES[2:]), start=fee)
    return withheld + share(fee, sold[RATES[1]])
