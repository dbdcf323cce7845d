"""rapidfuzz: direct payments of a line's amount, the likeliest text first, one to one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from rapidfuzz import fuzz, utils

from benchmarks.peers.rows import DIRECT, Rows, best_first, table

ALIKE = 60
"""Of 100: where it did best on these data."""


class Loaded(NamedTuple):
    """Both tables as rows."""

    payments: list[dict[str, Any]]
    lines: list[dict[str, Any]]


def load(folder: Path) -> Loaded:
    """Read the folder."""
    return Loaded(table(folder, "payments"), table(folder, "settlements"))


def match(loaded: Loaded) -> Rows:
    """Score each pair of equal amount by its texts and take the best."""
    by_amount: defaultdict[tuple[int, str], list[tuple[str, str]]] = defaultdict(list)
    for one in loaded.payments:
        if one["method"] in DIRECT:
            text = _text(one, "reference", "end_to_end_id", "payer_name")
            by_amount[one["amount"], one["currency"]].append((one["payment_id"], text))
    return best_first(_scores(loaded.lines, by_amount))


def _scores(
    lines: list[dict[str, Any]], by_amount: dict[tuple[int, str], list[tuple[str, str]]]
) -> Iterator[tuple[float, str, str]]:
    for line in lines:
        candidates = by_amount.get((line["amount"], line["currency"]), ())
        if candidates:
            shown = _text(
                line, "reference", "end_to_end_id", "remittance_information", "counterparty_name"
            )
            for payment, text in candidates:
                score = fuzz.partial_ratio(text, shown)
                if score >= ALIKE:
                    yield score, payment, line["settlement_id"]


def _text(row: dict[str, Any], *names: str) -> str:
    return utils.default_process(" ".join(row[name] for name in names if row[name]))
