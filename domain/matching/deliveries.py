"""Which statements lines came with, and which lines repeat others: what U2 and U3 compare.

A statement is compared with others of its account-day only. Where there are no others, a new line
can repeat, or be repeated by, nothing but lines alike in its own statement: these are found by a
hash of their content, so that one line costs the same however long its statement is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable

from domain.matching.duplicates import (
    AccountDay,
    StatementKey,
    account_day,
    repeated_lines,
    repeated_statements,
    statement_key,
)
from domain.matching.items import LineItem
from domain.matching.verdicts import DuplicateFound

ShowsId = Callable[[LineItem], bool]
"""Whether a line shows a payment's own id (U3)."""


class Deliveries:
    """All lines by their statements."""

    def __init__(self) -> None:
        self._statements: defaultdict[StatementKey, list[LineItem]] = defaultdict(list)
        self._of_day: defaultdict[AccountDay, set[StatementKey]] = defaultdict(set)
        self._days: defaultdict[StatementKey, set[AccountDay]] = defaultdict(set)
        self._alike: dict[int, list[LineItem]] = {}
        self._unfiled: list[LineItem] = []
        self._repeated: dict[AccountDay, dict[str, DuplicateFound]] = {}
        self._stale: set[AccountDay] = set()
        self._turned: defaultdict[AccountDay, set[str]] = defaultdict(set)
        self._knows_all = False

    def admit(self, line: LineItem) -> None:
        """Know a line from now on."""
        key, day = statement_key(line), account_day(line)
        self._statements[key].append(line)
        self._of_day[day].add(key)
        self._days[key].add(day)
        self._unfiled.append(line)
        self._stale |= self._days[key]

    def duplicates(self, lines: Iterable[LineItem], shows_id: ShowsId) -> dict[str, DuplicateFound]:
        """Every line that repeats another one, of all account-days that these lines are on."""
        days = sorted({account_day(line) for line in lines})
        found: dict[str, DuplicateFound] = {}
        for day in days:
            found |= repeated_lines(self._statements_of(day), shows_id)
        return found | self._repeated_statements(days)

    def all_judged(self) -> None:
        """All that repeats something was told, and judged: from now on it is known what turns."""
        self._turned.clear()
        self._knows_all = True

    def duplicates_among(
        self, lines: Iterable[LineItem], shows_id: ShowsId
    ) -> dict[str, DuplicateFound]:
        """The same for these lines and those alike, at a cost that goes by their number."""
        known = list(lines)
        groups = {some[0].id: some for some in map(self._lines_alike, known) if len(some) > 1}
        alike = [line for some in groups.values() for line in some]
        days = sorted({account_day(line) for line in known})
        return dict(repeated_lines(alike, shows_id)) | self._repeated_statements(days)

    def mates(self) -> Callable[[LineItem], list[LineItem]]:
        """Lines whose being a duplicate could depend on a line: U2 compares whole statements.

        Where it is known what repeated what before, those of which that is no longer so; else all
        lines of these statements. Good for one judgement: what was named once is not named again.
        """
        told: set[StatementKey] = set()

        def mates(line: LineItem) -> list[LineItem]:
            key = statement_key(line)
            days = self._days[key]
            alike = self._lines_alike(line)
            if key in told or all(len(self._of_day[day]) == 1 for day in days):
                return alike
            told.add(key)
            if not self._knows_all:
                return [other for day in days for other in self._statements_of(day)]
            turned = {one for day in sorted(days) for one in self._turned_on(day)}
            if not turned:
                return alike
            some = [other for day in sorted(days) for other in self._statements_of(day)]
            return [*alike, *(other for other in some if other.id in turned)]

        return mates

    def _turned_on(self, day: AccountDay) -> set[str]:
        """The lines that statements repeat differently from when this was last asked."""
        self._repeated_on(day)
        return self._turned.pop(day, set[str]())

    def _repeated_statements(self, days: Iterable[AccountDay]) -> dict[str, DuplicateFound]:
        found: dict[str, DuplicateFound] = {}
        for day in days:
            if len(self._of_day[day]) > 1:
                found |= self._repeated_on(day)
        return found

    def _repeated_on(self, day: AccountDay) -> dict[str, DuplicateFound]:
        """U2 among the statements of a day, worked out once and again when a line joins them."""
        known = self._repeated.get(day)
        if known is not None and day not in self._stale:
            return known
        found = repeated_statements(self._statements_of(day))
        if self._knows_all:
            before = {} if known is None else known
            self._turned[day] |= {
                one for one in before.keys() | found.keys() if before.get(one) != found.get(one)
            }
        self._stale.discard(day)
        self._repeated[day] = found
        return found

    def _statements_of(self, day: AccountDay) -> list[LineItem]:
        """The whole statements that have a line on that day."""
        return [line for key in sorted(self._of_day[day]) for line in self._statements[key]]

    def _lines_alike(self, line: LineItem) -> list[LineItem]:
        """The lines of the line's statement with its content, itself among them."""
        for other in self._unfiled:
            self._alike.setdefault(_hash_of(other), []).append(other)
        self._unfiled.clear()
        some = self._alike[_hash_of(line)]
        if len(some) == 1:
            return some
        key, content = statement_key(line), line.content
        return [one for one in some if one.content == content and statement_key(one) == key]


def _hash_of(line: LineItem) -> int:
    return hash((statement_key(line), line.content))
