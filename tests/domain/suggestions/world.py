"""Open items to suggest from: the table of the matching tests, with names."""

from __future__ import annotations

from collections.abc import Iterable

from domain.matching.items import LineItem, PaymentItem, ReferenceData
from domain.suggestions.model import Suggestion
from domain.suggestions.pool import Known, Pool
from domain.suggestions.suggesting import Suggester
from tests.domain.matching.table import reference_data


def pool(
    *payments: PaymentItem,
    names: dict[str, str] | None = None,
    settled: Iterable[str] = (),
    barred: Iterable[tuple[str, str]] = (),
    reference: ReferenceData | None = None,
) -> Pool:
    """A pool of these payments, open unless `settled`; `names` are their payers'."""
    return Pool(
        [
            Known(item=one, payer_name=(names or {}).get(one.id), settled=one.id in set(settled))
            for one in payments
        ],
        reference=reference or reference_data(),
        barred=barred,
    )


def suggest(line: LineItem, known: Pool) -> tuple[Suggestion, ...]:
    """What is suggested for one line."""
    return Suggester(known).suggest(line)
