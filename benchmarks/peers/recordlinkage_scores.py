"""recordlinkage: direct payments of equal amount, scored field by field, best first, one to one."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import pandas
import recordlinkage

from benchmarks.peers.rows import DIRECT, Rows, best_first, table

ENOUGH = 1.0
"""Of four fields: where it did best on these data."""


class Loaded(NamedTuple):
    """Both tables as frames, by id."""

    payments: pandas.DataFrame
    lines: pandas.DataFrame


def load(folder: Path) -> Loaded:
    """Read the folder; only what is credited one by one."""
    payments = pandas.DataFrame(table(folder, "payments")).set_index("payment_id")
    lines = pandas.DataFrame(table(folder, "settlements")).set_index("settlement_id")
    return Loaded(payments[payments.method.isin(DIRECT)], lines)


def match(loaded: Loaded) -> Rows:
    """Score the pairs of equal amount and take the best."""
    indexer = recordlinkage.Index()
    indexer.block(["amount", "currency"])
    compare = recordlinkage.Compare()
    compare.exact("reference", "reference")
    compare.exact("end_to_end_id", "end_to_end_id")
    compare.exact("payer_account", "counterparty_account")
    compare.string("payer_name", "counterparty_name", method="jarowinkler")
    scores = compare.compute(indexer.index(*loaded), *loaded).sum(axis=1)
    kept = scores[scores >= ENOUGH]
    pairs = zip(kept.to_list(), kept.index.to_list(), strict=True)
    return best_first((score, payment, line) for score, (payment, line) in pairs)
