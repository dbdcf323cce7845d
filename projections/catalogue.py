"""All read models. Whoever reads a part of them imports that part alone."""

from __future__ import annotations

from projections import (
    account_day,
    alias,
    daily_position,
    daily_total,
    grants,
    match_statistics,
    matches,
    open_items,
    payment_status,
    settlement_overview,
    statements,
    unposted,
)
from projections.document import Projection, Selection, Total

PROJECTIONS: tuple[Projection, ...] = (
    payment_status,
    settlement_overview,
    matches,
    alias,
    statements,
    grants,
)

SELECTIONS: tuple[Selection, ...] = (open_items, unposted)

TOTALS: tuple[Total, ...] = (daily_position, match_statistics, account_day, daily_total)
"""A total of a total stands behind it."""

MODELS: tuple[str, ...] = tuple(model.MODEL for model in (*PROJECTIONS, *SELECTIONS, *TOTALS))
"""The names of all read models."""
