"""What `conciliar report` shows; the larger reports have modules of their own.

    open_items             what is open, how old it is, and why        ageing.py
    match_rates            what was matched, of what                   rates.py
    bank_reconciliation    an account's books at the end of a day      books.py, reconciliation.py
    daily_position         what merchants' days brought                here
    summary                all of it in figures                        here
    streams_of             what an id of a source stands for           here

Amounts are minor units of the currency beside them, days are business days, rates are parts a
million.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from application.ageing import MISSING, AgeGroup, OpenItems, open_items
from application.books import accounts, bank_reconciliation, bank_reconciliations
from application.ports import ViewStore
from application.rates import Counted, MatchRates, Share, match_rates
from application.reading import at_one_position
from application.reconciliation import Reconciliation
from domain.payment import stream_of as payment_stream
from projections import alias, payment_status
from projections import daily_position as position_model
from projections.alias import is_alias
from projections.document import Document, amounts_of

__all__ = [
    "DailyPosition",
    "OpenItems",
    "Summary",
    "accounts",
    "bank_reconciliation",
    "bank_reconciliations",
    "daily_position",
    "match_rates",
    "open_items",
    "streams_of",
    "summary",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class DailyPosition:
    """A merchant's payments expected on `day`, in one currency, and what became of them.

    `expected.minor` = `settled_minor` + `open_minor` + `cancelled.minor`, whenever the money came.
    `settled_count` payments have nothing open, `open_count` have. `returned` payments had money
    going back, `returns` says how often and how much by kind. `charges` are the residuals of their
    matches by kind, signed (negative: kept back), in this currency.
    """

    day: date
    currency: str
    merchant: str
    expected: Counted
    settled_count: int
    settled_minor: int
    open_count: int
    open_minor: int
    cancelled: Counted
    returned: Counted
    returns: Mapping[str, Counted]
    charges: Mapping[str, int]


def daily_position(
    views: ViewStore,
    *,
    first: date,
    last: date,
    merchant: str | None = None,
    currency: str | None = None,
) -> tuple[DailyPosition, ...]:
    """The positions of the expected days from `first` to `last`, by day, currency and merchant."""
    found: list[DailyPosition] = []
    for text, document in views.all(position_model.MODEL):
        key = position_model.read_key(text)
        if (
            first.isoformat() <= key.day <= last.isoformat()
            and merchant in (None, key.merchant)
            and currency in (None, key.currency)
        ):
            found.append(_position(key, amounts_of(document)))
    return tuple(found)


def _position(key: position_model.PositionKey, amounts: Mapping[str, int]) -> DailyPosition:
    return DailyPosition(
        day=date.fromisoformat(key.day),
        currency=key.currency,
        merchant=key.merchant,
        expected=Counted.of(amounts, "expected"),
        settled_count=amounts.get("settled_count", 0),
        settled_minor=amounts.get("settled_minor", 0),
        open_count=amounts.get("open_count", 0),
        open_minor=amounts.get("open_minor", 0),
        cancelled=Counted.of(amounts, "cancelled"),
        returned=Counted.of(amounts, "returned"),
        returns=Counted.by_name(amounts, "returned."),
        charges=dict(_after(amounts, "charges.")),
    )


def _after(amounts: Mapping[str, int], prefix: str) -> Iterator[tuple[str, int]]:
    for name, amount in amounts.items():
        if name.startswith(prefix):
            yield name.removeprefix(prefix), amount


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """The state of everything, counted over all currencies; money is in `rates` and `groups`.

    `reasons` counts open items by kind and reason. `auto_of_matchable` and `auto_of_all` are shares
    of lines, `payments_reconciled` of payments not cancelled. `needs_a_person` is the share of all
    items (lines and payments) that somebody has to look at: lines open for a reason, payments past
    their break day. Contradictions come on top: they are no items, they are about matches. `books`
    are the reconciliation statements of `as_of`.
    """

    as_of: date
    position: int
    rates: tuple[MatchRates, ...]
    groups: tuple[AgeGroup, ...]
    reasons: Mapping[tuple[str, str], int]
    auto_of_matchable: Share
    auto_of_all: Share
    payments_reconciled: Share
    needs_a_person: Share
    missing: int
    contradictions: int
    books: tuple[Reconciliation, ...]

    @property
    def books_close(self) -> bool:
        """Whether every account's statement is explained to the last line."""
        return all(statement.closes for statement in self.books)


def summary(views: ViewStore, *, as_of: date) -> Summary:
    """Everything at once, at one position."""
    return at_one_position(views, lambda: _summary(views, as_of))


def _summary(views: ViewStore, as_of: date) -> Summary:
    rates = match_rates(views)
    found = open_items(views, as_of=as_of)
    reasons = Counter((item.kind, item.reason) for item in found.items)
    items = sum(one.lines.count + one.payments.count for one in rates)
    waiting = sum(item.needs_a_person and item.kind != "contradiction" for item in found.items)
    return Summary(
        as_of=as_of,
        position=views.position(),
        rates=rates,
        groups=found.groups,
        reasons=dict(sorted(reasons.items())),
        auto_of_matchable=_together(one.of_matchable for one in rates),
        auto_of_all=_together(one.of_all for one in rates),
        payments_reconciled=_together(one.payments_reconciled for one in rates),
        needs_a_person=Share(waiting, items),
        missing=reasons["payment", MISSING],
        contradictions=sum(n for (kind, _), n in reasons.items() if kind == "contradiction"),
        books=bank_reconciliations(views, day=as_of),
    )


def _together(shares: Iterable[Share]) -> Share:
    every = list(shares)
    return Share(sum(one.part for one in every), sum(one.whole for one in every))


def streams_of(views: ViewStore, *, source_id: str) -> tuple[str, ...]:
    """The streams of what a source calls `source_id`: a payment's id, or a delivered row's.

    Empty where nobody does; several where sources use the same id.
    """
    row_key = alias.settlement_key(source_id)
    named = views.get_many(alias.MODEL, (alias.SOURCES_KEY, row_key))
    possible = [
        payment_stream(source=source, payment_id=source_id)
        for source in _names(named.get(alias.SOURCES_KEY))
    ]
    payments = views.get_many(payment_status.MODEL, possible)
    return (*sorted(payments), *_names(named.get(row_key)))


def _names(document: Document | None) -> list[str]:
    return document["names"] if document is not None and is_alias(document) else []
