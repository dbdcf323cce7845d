"""The amount of a row: from its own sign, two sides, a word beside it, or the balance before it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import add, mul, sub
from typing import TypeAlias

from adapters.statements.cells import BadCell, ReadAmount, ReadAmounts, amount_reader, column_reader
from adapters.statements.chain import BLANK
from adapters.statements.deciding import FALLBACK_CURRENCY, Decisions
from adapters.statements.directions import indicator_key
from adapters.statements.layout import Layout
from adapters.statements.model import Unreadable
from adapters.statements.preamble import currency_of
from adapters.statements.profiles import Profile
from adapters.statements.values import quoted

ReadRowAmount: TypeAlias = Callable[[Sequence[str]], int]
"""The signed amount of a row. Raises BadCell."""


class RowAmounts:
    """Reads the amounts of the rows of one layout, in the currency that is in force.

    `read` reads a single cell; `of` the amount of a row, unless its sign is in the balance: then
    `by_balance` does.
    """

    def __init__(self, layout: Layout, profile: Profile, decisions: Decisions) -> None:
        at = layout.at
        self._profile = profile
        self._decisions = decisions
        self._words = decisions.words
        self._readers: dict[str | None, tuple[ReadAmount, ReadAmounts]] = {}
        self._default = decisions.currency
        self._column = at.get("currency")
        self._said = ""
        self._use(decisions.currency)
        self._amount, self._debit, self._credit = (
            at.get(name, 0) for name in ("amount", "debit", "credit")
        )
        self._indicator = decisions.indicator or 0
        self.of: ReadRowAmount = {
            "sides": self._two_sides,
            "indicator": self._indicated,
        }.get(decisions.sign, self._own_sign)

    def of_all(self, columns: Sequence[Sequence[str]]) -> list[int] | None:
        """The amounts of many rows at once, given by columns; None if they are not all plain."""
        if self._decisions.sign == "amount":
            if "" in columns[self._amount]:
                return None
            return self.read_all(columns[self._amount])
        if self._decisions.sign != "sides" or self._decisions.debits_are_negative:
            return None
        debit_texts, credit_texts = columns[self._debit], columns[self._credit]
        debits, given = self.read_all(debit_texts), self.read_all(credit_texts)
        if debits is None or given is None or any(map(mul, debits, given)):
            return None
        if min(debits) < 0 or min(given) < 0 or not all(map(add, debit_texts, credit_texts)):
            return None
        return [*map(sub, given, debits)]

    def keeps(self, columns: Sequence[Sequence[str]]) -> bool:
        """Whether rows, given by columns, are all in the currency in force."""
        said = self._said
        return self._column is None or columns[self._column].count(said) == len(columns[0])

    def follow(self, line: int, cells: Sequence[str]) -> str | None:
        """Take over the currency that the row says. Raises Unreadable for one that is none."""
        if self._column is None or cells[self._column] == self._said:
            return self.currency
        said = cells[self._column].strip()
        code = currency_of(said) if said else self._default
        if said and code is None:
            raise Unreadable(f"line {line}", f"currency {quoted(said)} is unknown")
        self._said = cells[self._column]
        self._use(code)
        return code

    def _use(self, currency: str | None) -> None:
        self.currency = currency
        if currency not in self._readers:
            style, exact = self._decisions.style, currency or FALLBACK_CURRENCY
            negative = self._profile.parentheses_are_negative
            self._readers[currency] = (
                amount_reader(style, exact, parentheses_are_negative=negative),
                column_reader(style, exact),
            )
        self.read, self.read_all = self._readers[currency]

    def _own_sign(self, cells: Sequence[str]) -> int:
        return self.read(cells[self._amount])

    def _two_sides(self, cells: Sequence[str]) -> int:
        debit_text, credit_text = cells[self._debit], cells[self._credit]
        debit = 0 if debit_text in BLANK else self.read(debit_text)
        if credit_text not in BLANK:
            credit = self.read(credit_text)
            if debit and credit:
                raise BadCell(credit_text, "stands beside a debit that is not 0")
        elif debit_text in BLANK:
            raise BadCell(credit_text, "is no amount, and the other side has none")
        else:
            credit = 0
        if self._decisions.debits_are_negative:
            debit = -debit
        if debit < 0 or credit < 0:
            raise BadCell(debit_text if debit else credit_text, "has another sign than its column")
        return credit - debit

    def _indicated(self, cells: Sequence[str]) -> int:
        text, word = cells[self._amount], cells[self._indicator]
        amount = self.read(text)
        sign = self._words.get(indicator_key(word))
        if sign is None:
            if amount == 0 and word in BLANK:
                return 0
            raise BadCell(word, "says neither debit nor credit")
        if amount < 0 < sign:
            raise BadCell(text, "is negative, but said to be a credit")
        return sign * abs(amount)

    def by_balance(self, cells: Sequence[str], before: int | None, after: int | None) -> int:
        """The amount with the sign that leads from one balance to the other. Raises BadCell."""
        text = cells[self._amount]
        amount = self.read(text)
        if amount == 0:
            return 0
        if before is None or after is None:
            raise BadCell(text, "has no balance before it that could tell its sign")
        if amount < 0 or after - before not in {amount, -amount}:
            raise BadCell(text, "is not the difference to the balance before it")
        return after - before
