"""What a statement adds up to while its rows pass: sums, the chain of balances, days."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import accumulate
from operator import sub

from adapters.statements.model import Statement


@dataclass(kw_only=True)
class Running:
    """The sums of a statement so far.

    `expected` is the balance that the next row has to agree with: before its amount if time runs
    down the file, after its amount if the newest row stands first.
    """

    newest_first: bool = False
    opening: int | None = None
    closing: int | None = None
    expected: int | None = None
    last_balance: int | None = None
    steps: int = 0
    credits: int = 0
    debits: int = 0
    rows: int = 0
    broken: str | None = None
    broken_last: tuple[int, int, int] | None = None
    balance_between: tuple[int, int] | None = None
    controls: bool | None = None
    control_failed: str | None = None
    closing_said: bool = False
    totals_before: list[tuple[int, str, int]] = field(default_factory=list[tuple[int, str, int]])
    first_day: date | None = None
    last_day: date | None = None

    def add(self, line: int, amount: int, balance: int | None, day: date) -> None:
        """Count a movement, and check the balance beside it."""
        self.rows += 1
        if amount > 0:
            self.credits += amount
        else:
            self.debits -= amount
        if day is not self.last_day:
            self._see(day)
        if self.newest_first:
            self._add_older(line, amount, balance)
            return
        if self.expected is not None:
            self.expected += amount
            if balance is not None:
                self.steps += 1
                if balance != self.expected:
                    self._break(line, self.expected, balance)
        self.last_balance = balance
        if balance is not None:
            self.expected = balance

    def _add_older(self, line: int, amount: int, balance: int | None) -> None:
        if balance is not None:
            if self.expected is not None:
                self.steps += 1
                if balance != self.expected:
                    self._break(line, self.expected, balance)
            self.expected = balance - amount
        elif self.expected is not None:
            self.expected -= amount
        if self.rows == 1:
            self.last_balance = balance

    def add_all(
        self, amounts: Sequence[int], balances: Sequence[int] | None, days: Collection[date | None]
    ) -> bool:
        """Count movements at once, each with a balance if any has.

        False, and nothing counted, if a balance does not follow: `add` finds out which.
        """
        if balances is not None and not self._follow(amounts, balances):
            return False
        self.rows += len(amounts)
        credit = sum(amount for amount in amounts if amount > 0)
        self.credits += credit
        self.debits += credit - sum(amounts)
        for day in {*days}:
            if day is not None:
                self._see(day)
        return True

    def _follow(self, amounts: Sequence[int], balances: Sequence[int]) -> bool:
        if self.newest_first:
            older = [*map(sub, balances, amounts)]
            links = [(balances[0] if self.expected is None else self.expected), *older]
            if links[:-1] != balances:
                return False
            if not self.rows:
                self.last_balance = balances[0]
            self.steps += len(balances) - (self.expected is None)
            self.expected = older[-1]
            return True
        start = balances[0] - amounts[0] if self.expected is None else self.expected
        if [*accumulate(amounts, initial=start)][1:] != balances:
            return False
        self.steps += len(balances) - (self.expected is None)
        self.expected = self.last_balance = balances[-1]
        return True

    def state_opening(self, line: int, balance: int) -> None:
        """A row or a line states the balance before the first movement, or one carried over."""
        if self.opening is None:
            self.opening = balance
        self._state(line, balance, is_first=not self.newest_first)

    def state_closing(self, line: int, balance: int) -> None:
        """A row or a line states the balance after the last movement."""
        self.closing = balance
        self.closing_said = True
        self._state(line, balance, is_first=self.newest_first)

    def state_balance(self, line: int, balance: int) -> None:
        """A row states a balance of its place: that of an end, if no movement stands beyond it."""
        if self.rows:
            self.balance_between = self.rows, balance
            self._state(line, balance, is_first=False)
        elif self.newest_first:
            self.state_closing(line, balance)
        else:
            self.state_opening(line, balance)

    def _state(self, line: int, balance: int, *, is_first: bool) -> None:
        if self.rows or is_first:
            if self.expected is None:
                self.expected = balance
            else:
                self.steps += 1
                if balance != self.expected:
                    self._break(line, self.expected, balance)

    def control(self, line: int, name: str, stated: int) -> None:
        """Compare a total that the file states with what its rows add up to.

        `name` is "debit", "credit", "amount" or "balance". What stands before all rows
        waits for their end.
        """
        if not self.rows:
            self.totals_before.append((line, name, stated))
            return
        self._control(line, name, stated)

    def _control(self, line: int, name: str, stated: int) -> None:
        counted = {
            "debit": self.debits,
            "credit": self.credits,
            "amount": self.credits - self.debits,
            "balance": self.last_balance if self.newest_first else self.expected,
        }[name]
        if counted is None:
            return
        if stated != counted:
            self.controls = False
            self.control_failed = (
                f"line {line}: total {name} {stated}, but the rows add up to {counted}"
            )
        elif self.controls is None:
            self.controls = True

    def _break(self, line: int, expected: int, balance: int) -> None:
        if self.broken is None:
            self.broken = (
                f"line {line}: balance {balance}, but the rows before it lead to {expected}"
            )
        self.broken_last = line, expected, balance

    def lost_minus(self, line: int) -> bool:
        """Whether only a minus is missing to the balance on this line."""
        if self.broken_last is None:
            return False
        at, expected, balance = self.broken_last
        return at == line and balance == -expected

    def _see(self, day: date) -> None:
        if self.first_day is None or day < self.first_day:
            self.first_day = day
        if self.last_day is None or day > self.last_day:
            self.last_day = day

    def statement(
        self, *, account: str | None, currency: str | None, one_currency: bool
    ) -> Statement:
        """The statement that closes the entries."""
        for total in self.totals_before:
            self._control(*total)
        if self.balance_between is not None and self.balance_between[0] == self.rows:
            end = self.balance_between[1]
            if self.newest_first:
                self.opening = end if self.opening is None else self.opening
            else:
                self.closing_said = True
                self.closing = end if self.closing is None else self.closing
        closing = self.last_balance if self.closing is None else self.closing
        closes, why = self._closes(closing)
        return Statement(
            place="file",
            statement_id=None,
            account=account,
            currency=currency,
            opening_minor=self.opening if one_currency else None,
            closing_minor=closing if one_currency else None,
            balance_closes=closes if one_currency else None,
            controls_match=self.controls,
            disagreement=(why if one_currency else None) or self.control_failed,
            first_day=self.first_day,
            last_day=self.last_day,
            completeness="stated"
            if any(map(self.ends_with, ("totals", "balance")))
            else "not-stated",
        )

    def ends_with(self, what: str) -> bool:
        """Whether there was what a whole file has: "totals", or a "balance" where its rows end."""
        if what == "totals":
            return self.controls is not None
        return self.closing_said or (self.newest_first and self.opening is not None)

    def _closes(self, closing: int | None) -> tuple[bool | None, str | None]:
        if self.broken is not None:
            return False, self.broken
        end = self.expected if self.rows and not self.newest_first else None
        if None not in (end, closing) and closing != end:
            return False, f"closing balance {closing}, but the rows lead to {end}"
        if self.opening is not None and closing is not None:
            total = self.opening + self.credits - self.debits
            if total != closing:
                return False, f"closing balance {closing}, but the rows lead to {total}"
            return True, None
        return (True, None) if self.steps else (None, None)
