"""A bank reconciliation statement: the figures, and what must hold between them. books.py makes it.

    statement     opening + arrivals = closing                          from lines as delivered
    open items    opening + arrivals − matched − set aside = closing    from the lines' states
    ledger        opening + postings = closing                          from what matches post
    statement − ledger = the listed differences                         line by line

Law: `residual_minor` and `open_residual_minor` are zero. If not, a read model or a match is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from domain.errors import Refusal

DifferenceKind = Literal["open", "duplicate", "cancelled", "carried"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A line by which statement and ledger differ; `minor` is what the statement has more.

    `because`: why it is open, the line it repeats, or the match whose residuals stand with another
    line.
    """

    kind: DifferenceKind
    settlement: str
    booking_day: date
    minor: int
    because: str


@dataclass(frozen=True, slots=True)
class Tally:
    """How many lines, and the sum of their signed amounts in minor units."""

    count: int
    minor: int

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.count + other.count, self.minor + other.minor)

    def __sub__(self, other: Tally) -> Tally:
        return Tally(self.count - other.count, self.minor - other.minor)


NOTHING = Tally(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """What the lines of some booking days brought, and what became of them.

    `credits` and `debits` (negative) arrived; `matched` lines are in a match, `duplicates` are
    duplicates. Postings in minor units: `settled_minor` of payments, `returned_minor` (negative)
    from them, `residuals` by kind.
    """

    credits: Tally
    debits: Tally
    matched: Tally
    duplicates: Tally
    cancelled: Tally
    settled_minor: int
    returned_minor: int
    residuals: Mapping[str, int]

    @property
    def arrivals(self) -> Tally:
        """Everything that arrived."""
        return self.credits + self.debits

    @property
    def set_aside(self) -> Tally:
        """Lines that settle nothing: duplicates, and those that their source withdrew."""
        return self.duplicates + self.cancelled

    @property
    def opened(self) -> Tally:
        """What arrived and is neither matched nor set aside."""
        return self.arrivals - self.matched - self.set_aside

    @property
    def posted_minor(self) -> int:
        """What was posted to the ledger."""
        return self.settled_minor + self.returned_minor + sum(self.residuals.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Reconciliation:
    """The bank reconciliation statement of an account and currency at the end of a booking day.

    `before` are all earlier booking days, `today` is the day itself. `brought_minor` is the balance
    before the first line: 0 unless a bank's statement states one. `stated_minor` is the closing
    balance that the bank states for the day, None where it states none. `position` is that of the
    last fact that is in it.
    """

    account: str
    currency: str
    day: date
    known_on: date | None
    position: int
    brought_minor: int
    stated_minor: int | None
    before: Flow
    today: Flow
    differences: tuple[Difference, ...]

    @property
    def statement_opening_minor(self) -> int:
        """The balance by the statements before the day."""
        return self.brought_minor + self.before.arrivals.minor

    @property
    def statement_closing_minor(self) -> int:
        """The balance by the statements after the day."""
        return self.statement_opening_minor + self.today.arrivals.minor

    @property
    def ledger_opening_minor(self) -> int:
        """The balance by the matches before the day."""
        return self.brought_minor + self.before.posted_minor

    @property
    def ledger_closing_minor(self) -> int:
        """The balance by the matches after the day."""
        return self.ledger_opening_minor + self.today.posted_minor

    @property
    def opening(self) -> Tally:
        """Lines of earlier days that are open."""
        return self.before.opened

    @property
    def closing(self) -> Tally:
        """Lines up to the day that are open: opening + arrivals − matched − set aside."""
        return self.opening + self.today.opened

    @property
    def difference_minor(self) -> int:
        """By how much the statement has more than the ledger."""
        return self.statement_closing_minor - self.ledger_closing_minor

    @property
    def explained_minor(self) -> int:
        """What the listed differences come to."""
        return sum(one.minor for one in self.differences)

    @property
    def residual_minor(self) -> int:
        """What no line explains. Zero, or something is wrong."""
        return self.difference_minor - self.explained_minor

    @property
    def open_residual_minor(self) -> int:
        """What open lines rolled forward have more than those listed: zero, or all is not well."""
        listed = sum(one.minor for one in self.differences if one.kind == "open")
        return self.closing.minor - listed

    @property
    def closes(self) -> bool:
        """Whether both residuals are zero, and as many lines are listed as are open."""
        listed = sum(one.kind == "open" for one in self.differences)
        residuals = self.residual_minor, self.open_residual_minor, self.closing.count - listed
        return residuals == (0, 0, 0)

    @property
    def stated_gap_minor(self) -> int | None:
        """What the stated closing has more than the lines not set aside: lines we never got."""
        if self.stated_minor is None:
            return None
        set_aside = self.before.set_aside.minor + self.today.set_aside.minor
        return self.stated_minor - (self.statement_closing_minor - set_aside)


# Refusals.
#
#   BooksRefusal
#     AccountUnknown · CurrencyNeeded


@dataclass(unsafe_hash=True)
class BooksRefusal(Refusal):
    """A statement that cannot be made, and why."""


@dataclass(unsafe_hash=True, kw_only=True)
class AccountUnknown(BooksRefusal):
    """No line ever arrived on the account, or none in that currency."""

    account: str


@dataclass(unsafe_hash=True, kw_only=True)
class CurrencyNeeded(BooksRefusal):
    """Lines of several currencies arrived on the account: say which."""

    account: str
    currencies: tuple[str, ...]
