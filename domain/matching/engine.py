"""The matching engine: takes items one at a time or a whole backlog, and says what follows.

    engine = Matcher(reference)
    engine.admit_payment(…); engine.admit_line(…)
    engine.judge(seal="…")                  everything
    engine.judge(touched=[…], seal=None)    only what the new items could change

The two give the same verdict on the lines that both judge: a line's verdict depends on the items of
its closed set alone.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from domain.matching.closure import LineIndex
from domain.matching.duplicates import (
    AccountDay,
    StatementKey,
    account_day,
    repeated_lines,
    repeated_statements,
    statement_key,
)
from domain.matching.evidence import Shown, read
from domain.matching.index import PaymentIndex
from domain.matching.items import LineItem, PaymentItem, ReferenceData
from domain.matching.judge import Found, Judge, Progress
from domain.matching.verdicts import DuplicateFound, Judgement
from domain.rules.book import RuleBook


class Matcher:
    """All items that are known, and the verdict on them; `rules` are the configured ones, if any.

    A book of rules files items too: it belongs to one engine.
    """

    def __init__(self, reference: ReferenceData, *, rules: RuleBook | None = None) -> None:
        self.payments = PaymentIndex(reference)
        self._rules = rules or RuleBook()
        self.lines = LineIndex(self.payments, self._rules)
        self._statements: defaultdict[StatementKey, list[LineItem]] = defaultdict(list)
        self._of_day: defaultdict[AccountDay, set[StatementKey]] = defaultdict(set)

    def admit_payment(self, payment: PaymentItem) -> None:
        """Know a payment from now on. Admitting an id again is an error of the caller."""
        self.payments.add(payment)
        self._rules.admit_payment(payment)

    def admit_line(self, line: LineItem) -> None:
        """Know a line from now on."""
        self.lines.add(line)
        self._statements[statement_key(line)].append(line)
        self._of_day[account_day(line)].add(statement_key(line))

    def bar(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Never propose these pairs (line, payment) again: a person undid them."""
        self.payments.barred.update(pairs)

    def judge(
        self,
        *,
        seal: str | None,
        through: int | None = None,
        touched: Iterable[str] | None = None,
        progress: Progress | None = None,
        found: Found | None = None,
    ) -> Judgement:
        """The verdict on all lines, or on those that the `touched` items could change.

        `seal` names what closed the windows of class C (E9); None leaves class C undecided.
        `through` is the day it speaks of, on which old provisional matches no longer stand; without
        it they do. `found` is told matches as soon as they are certain; all of them are in the
        judgement too.
        """
        every = touched is None
        lines = self.lines.all() if every else self.lines.closed_set(touched, self._mates())
        duplicates = self._duplicates(lines)
        judge = Judge(
            self.payments,
            self._read,
            duplicates,
            seal=seal,
            through=through,
            found=found,
            rules=self._rules,
        )
        return judge.judge(lines, progress)

    def _read(self, line: LineItem) -> Shown:
        return read(line, self.payments)

    def _duplicates(self, lines: Iterable[LineItem]) -> dict[str, DuplicateFound]:
        found: dict[str, DuplicateFound] = {}
        for day in {account_day(line) for line in lines}:
            some = self._statements_of(day)
            found |= repeated_lines(some, self._shows_payment_id)
            found |= repeated_statements(some)
        return found

    def _statements_of(self, day: AccountDay) -> list[LineItem]:
        """The whole statements that have a line on that day."""
        return [line for key in sorted(self._of_day[day]) for line in self._statements[key]]

    def _shows_payment_id(self, line: LineItem) -> bool:
        shown = self._read(line)
        return bool(shown.end_to_end or shown.hits)

    def _mates(self) -> Callable[[LineItem], list[LineItem]]:
        """Lines whose being a duplicate could depend on a line: U2 compares whole statements.

        Good for one judgement: what was named for one line of a statement is not named again.
        """
        told: set[StatementKey] = set()
        alike: dict[StatementKey, dict[tuple[object, ...], list[LineItem]]] = {}

        def mates(line: LineItem) -> list[LineItem]:
            key = statement_key(line)
            if key in told:
                return []
            if key not in alike:
                own = self._statements[key]
                days = {account_day(other) for other in own}
                if any(len(self._of_day[day]) > 1 for day in days):
                    told.add(key)
                    return [other for day in days for other in self._statements_of(day)]
                by_content: defaultdict[tuple[object, ...], list[LineItem]] = defaultdict(list)
                for other in own:
                    by_content[other.content].append(other)
                alike[key] = by_content
            return alike[key][line.content]

        return mates
