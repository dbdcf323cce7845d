"""The tables of a folder of labelled data, and what the peers share: best first, one to one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

DIRECT = ("transfer", "debin", "wallet")
"""Payments that are credited one by one; the others are paid out in groups."""

Rows = list[tuple[list[str], list[str]]]
"""Matches: payment ids and line ids."""

RATES = ("mdr_bps", "vat_on_fee_bps", "iibb_bps", "iva_wh_bps", "gan_wh_bps")
"""Basis points of a merchant's fee, the tax on it, and what is withheld."""

WITHIN_A_PESO = 100
"""Minor units that the usual recipe lets a payout differ by."""


def table(folder: Path, name: str) -> list[dict[str, Any]]:
    """The rows of one JSON Lines file."""
    with (folder / f"{name}.jsonl").open(encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def rates(folder: Path) -> list[dict[str, Any]]:
    """The flat rates of each merchant: what a quick script would use."""
    merchants = json.loads((folder / "merchants.json").read_text(encoding="utf-8"))
    return [{name: one[name] for name in ("merchant_id", *RATES)} for one in merchants]


def best_first(scored: Iterable[tuple[float, str, str]]) -> Rows:
    """Take pairs (score, payment, line) from the best on, each payment and each line once."""
    payments, lines, taken = set[str](), set[str](), Rows()
    for _, payment, line in sorted(scored, key=lambda one: (-one[0], one[1], one[2])):
        if payment not in payments and line not in lines:
            payments.add(payment)
            lines.add(line)
            taken.append(([payment], [line]))
    return taken
