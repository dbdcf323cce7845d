"""What the page shows, read once, at one position of the read models."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from application.ageing import AgedItem, open_items
from application.books import bank_reconciliations
from application.ports import ViewStore
from application.rates import Counted
from application.reading import at_one_position
from application.reconciliation import Reconciliation, Tally
from application.reports import DailyPosition, Summary, daily_position, summary
from application.results import Suggested, SuggestionRow
from projections import account_day
from projections.document import amounts_of

MERCHANTS_MAX = 10
"""Merchants whose positions are drawn: those that expected most."""

ACCOUNTS_MAX = 3
"""Accounts whose books are shown day by day: those that moved most, in the main currency."""

DAYS_MAX = 7
"""Booking days of each of them: the last ones on which it moved."""

DAYS_DRAWN_MAX = 62
"""Booking days that the plot of days shows: the last ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Lines of a booking day, counted: `matched`, `set_aside` (duplicate or void), still `open`."""

    day: date
    matched: int
    set_aside: int
    open: int

    @property
    def arrived(self) -> int:
        """All of them."""
        return self.matched + self.set_aside + self.open


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A merchant's position over all its days: `settled_minor` includes what charges kept back.

    `charges_minor` is what was kept back, positive.
    """

    merchant: str
    payments: int
    expected_minor: int
    settled_minor: int
    charges_minor: int
    open_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """The typed results that the page lays out.

    `currency` is the one with most lines and payments: plots of value show it. `positions` are in
    it, largest first, `merchants` how many there are. `ledgers` are the last days of the accounts
    that moved most, each oldest first. `suggested` is what open items may belong to, by stream.
    """

    as_of: date
    first: date
    currency: str
    summary: Summary
    items: tuple[AgedItem, ...]
    days: tuple[Day, ...]
    positions: tuple[Position, ...]
    merchants: int
    ledgers: tuple[tuple[Reconciliation, ...], ...]
    suggested: Suggested = field(default_factory=dict[str, tuple[SuggestionRow, ...]])


def content(views: ViewStore, *, as_of: date, suggested: Suggested | None = None) -> Content:
    """Everything, read at one position. Raises VersionConflict where it never stood still."""
    found = at_one_position(views, lambda: _content(views, as_of))
    return replace(found, suggested=suggested or {})


def _content(views: ViewStore, as_of: date) -> Content:
    found = summary(views, as_of=as_of)
    rates = max(found.rates, key=lambda one: one.lines.count + one.payments.count, default=None)
    currency = "ARS" if rates is None else rates.currency
    expected = daily_position(views, first=date.min, last=date.max, currency=currency)
    positions = sorted(_positions(expected), key=lambda one: (-one.expected_minor, one.merchant))
    moved = _Moved(views, as_of=as_of)
    return Content(
        as_of=as_of,
        first=min((*moved.days, *(one.day for one in expected)), default=as_of),
        currency=currency,
        summary=found,
        items=open_items(views, as_of=as_of).items,
        days=tuple(moved.of_days())[-DAYS_DRAWN_MAX:],
        positions=tuple(positions[:MERCHANTS_MAX]),
        merchants=len(positions),
        ledgers=tuple(_ledgers(views, moved.most(currency))),
    )


def _positions(found: Sequence[DailyPosition]) -> Iterator[Position]:
    of_merchant: defaultdict[str, list[DailyPosition]] = defaultdict(list)
    for one in found:
        of_merchant[one.merchant].append(one)
    for merchant, days in of_merchant.items():
        yield Position(
            merchant=merchant,
            payments=sum(one.expected.count for one in days),
            expected_minor=sum(one.expected.minor - one.cancelled.minor for one in days),
            settled_minor=sum(one.settled_minor for one in days),
            charges_minor=-sum(sum(one.charges.values()) for one in days),
            open_minor=sum(one.open_minor for one in days),
        )


class _Moved:
    """What arrived on which account and day, up to a day, and what became of it."""

    def __init__(self, views: ViewStore, *, as_of: date) -> None:
        self.days: defaultdict[date, Counter[str]] = defaultdict(Counter)
        self._sizes: Counter[tuple[str, str]] = Counter()
        self._days_of: defaultdict[tuple[str, str], set[date]] = defaultdict(set)
        for text, document in views.all(account_day.MODEL):
            key = account_day.read_key(text)
            day = date.fromisoformat(key.day)
            if day <= as_of:
                self._add(day, (key.account, key.currency), amounts_of(document))

    def _add(self, day: date, account: tuple[str, str], amounts: Mapping[str, int]) -> None:
        for name, amount in amounts.items():
            what = name.partition(".")[2]
            self.days[day][what] += amount
            if what in {"credits_minor", "debits_minor"}:
                self._sizes[account] += abs(amount)
                self._days_of[account].add(day)

    def of_days(self) -> Iterator[Day]:
        """Lines by booking day, oldest first."""
        for day in sorted(self.days):
            sums = self.days[day]
            matched = sums["matched_count"] - sums["released_count"]
            aside = sums["duplicates_count"] - sums["cleared_count"] + sums["cancelled_count"]
            arrived = sums["credits_count"] + sums["debits_count"]
            yield Day(day=day, matched=matched, set_aside=aside, open=arrived - matched - aside)

    def most(self, currency: str) -> list[tuple[tuple[str, str], list[date]]]:
        """The accounts that moved most in a currency, each with the last days on which it did."""
        found = [one for one in self._sizes if one[1] == currency]
        found.sort(key=lambda one: (-self._sizes[one], one))
        return [(one, sorted(self._days_of[one])[-DAYS_MAX:]) for one in found[:ACCOUNTS_MAX]]


def _ledgers(
    views: ViewStore, chosen: Sequence[tuple[tuple[str, str], list[date]]]
) -> Iterator[tuple[Reconciliation, ...]]:
    days = sorted({day for _, of_account in chosen for day in of_account})
    books = {
        (one.account, one.currency, day): one
        for day in days
        for one in bank_reconciliations(views, day=day)
    }
    for (account, currency), of_account in chosen:
        yield tuple(books[account, currency, day] for day in of_account)


def value_open(found: Content, kind: str) -> list[tuple[str, Counted]]:
    """Open items of a kind by currency, as counted by age."""
    counts: defaultdict[str, Tally] = defaultdict(lambda: Tally(0, 0))
    for group in found.summary.groups:
        if group.kind == kind:
            counts[group.currency] += Tally(group.count, group.minor)
    return [(each, Counted(count=t.count, minor=t.minor)) for each, t in sorted(counts.items())]
