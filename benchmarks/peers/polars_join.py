"""polars: the same three joins."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import polars
from polars import col

from benchmarks.peers.rows import DIRECT, RATES, WITHIN_A_PESO, Rows, rates, table

NAMED = ["reference", "amount", "currency"]
DATED = ["amount", "currency", "expected_value_date"]


class Loaded(NamedTuple):
    """The three tables as frames."""

    payments: polars.DataFrame
    lines: polars.DataFrame
    rates: polars.DataFrame


def load(folder: Path) -> Loaded:
    """Read the folder."""
    frame = polars.DataFrame
    lines = frame(table(folder, "settlements"), infer_schema_length=None)
    return Loaded(
        frame(table(folder, "payments"), infer_schema_length=None),
        lines.with_columns(expected_value_date="value_date"),
        frame(rates(folder)),
    )


def match(loaded: Loaded, *, careful: bool = False) -> Rows:
    """Three joins, each over what the ones before left.

    A careful person lets amount and day decide only between a bank's lines and direct payments.
    """
    payments, lines = loaded.payments, loaded.lines
    found: Rows = []
    for keys in (NAMED, DATED):
        left, right = payments, lines
        if careful and keys is DATED:
            left = left.filter(col.method.is_in(DIRECT))
            right = right.filter(col.source.str.starts_with("bank:"))
        both = left.drop_nulls(keys).join(right.drop_nulls(keys), on=keys)
        both = both.unique("payment_id", keep="first", maintain_order=True)
        both = both.unique("settlement_id", keep="first", maintain_order=True)
        pairs = zip(both["payment_id"].to_list(), both["settlement_id"].to_list(), strict=True)
        found += [([payment], [line]) for payment, line in pairs]
        payments = payments.join(both, on="payment_id", how="anti")
        lines = lines.join(both, on="settlement_id", how="anti")
    return found + _payouts(payments, lines, loaded.rates)


def _payouts(payments: polars.DataFrame, lines: polars.DataFrame, of: polars.DataFrame) -> Rows:
    sold = payments.filter(col.method.is_in(["card", "qr"])).join(of, on="merchant_id")
    fee = _share(col.amount, RATES[0])
    withheld = sum((_share(col.amount, name) for name in RATES[2:]), start=fee)
    sold = sold.with_columns(net=col.amount - withheld - _share(fee, RATES[1]))
    day = ["merchant_id", "currency", "expected_value_date"]
    groups = sold.group_by(*day, "method").agg(col.net.sum(), ids=col.payment_id)
    both = groups.join(lines.drop_nulls("merchant_id"), on=day)
    both = both.filter((col.net - col.amount).abs() <= WITHIN_A_PESO).unique("settlement_id")
    return [
        (ids, [line])
        for ids, line in zip(both["ids"].to_list(), both["settlement_id"].to_list(), strict=True)
    ]


def _share(amount: polars.Expr, name: str) -> polars.Expr:
    return (2 * amount * polars.col(name) + 10_000) // 20_000
