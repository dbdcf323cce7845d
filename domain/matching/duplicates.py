"""Lines that were delivered twice (section 8).

A duplicate is recorded with what it repeats, never dropped.

U1, the same entry under another row id, is known from the settlement's stream. U2 takes out a whole
statement that is contained in an earlier one; U3 a line alike in every content field that also
shows a payment's own id. Genuine twins look alike and show none.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from domain.matching.items import LineItem
from domain.matching.verdicts import DuplicateFound

AccountDay = tuple[str, str, int]
"""Account, source kind and booking day: what a repeated statement shares with its original."""

StatementKey = tuple[str, str, str]
"""Account, source kind and the delivery's own id."""


@dataclass(frozen=True, slots=True)
class _Statement:
    id: StatementKey
    received_at: str
    lines: tuple[LineItem, ...]


def account_day(line: LineItem) -> AccountDay:
    """Where the line's statement is compared with others."""
    return line.account, line.kind, line.booking


def statement_key(line: LineItem) -> StatementKey:
    """The delivery that the line came with.

    Lines without a statement id came with what arrived at the same time.
    """
    delivery = line.statement if line.statement is not None else f"@{line.received_at or ''}"
    return line.account, line.kind, delivery


def repeated_statements(lines: Iterable[LineItem]) -> dict[str, DuplicateFound]:
    """U2 over all statements that have a line on one account-day, each of them whole.

    Line id → the line it repeats, for every line of a repeated statement.
    """
    found: dict[str, DuplicateFound] = {}
    earlier: list[_Statement] = []
    for statement in _in_order(lines):
        original = next((one for one in earlier if _contains(one, statement)), None)
        if original is None:
            earlier.append(statement)
        else:
            found |= _paired(statement, original)
    return found


def _in_order(lines: Iterable[LineItem]) -> list[_Statement]:
    by_key: defaultdict[StatementKey, list[LineItem]] = defaultdict(list)
    for line in lines:
        by_key[statement_key(line)].append(line)
    statements = [
        _Statement(key, min(line.received_at or "" for line in some), tuple(some))
        for key, some in by_key.items()
    ]
    return sorted(statements, key=lambda statement: (statement.received_at, statement.id))


def _contains(original: _Statement, statement: _Statement) -> bool:
    if len(statement.lines) > len(original.lines):
        return False
    if {line.booking for line in statement.lines} != {line.booking for line in original.lines}:
        return False
    contents = Counter(line.content for line in statement.lines)
    contents.subtract(line.content for line in original.lines)
    return all(count <= 0 for count in contents.values())


def _paired(statement: _Statement, original: _Statement) -> dict[str, DuplicateFound]:
    originals: defaultdict[tuple[object, ...], list[str]] = defaultdict(list)
    for line in sorted(original.lines, key=_rank, reverse=True):
        originals[line.content].append(line.repeats or line.id)
    return {
        line.id: DuplicateFound(originals[line.content].pop(), "U2")
        for line in sorted(statement.lines, key=_rank)
        if line.repeats is None
    }


def repeated_lines(
    lines: Sequence[LineItem], shows_payment_id: Callable[[LineItem], bool]
) -> Mapping[str, DuplicateFound]:
    """U3 over lines of one account-day.

    Copies inside a statement of a line that shows a payment's own id.
    """
    alike: defaultdict[tuple[StatementKey, tuple[object, ...]], list[LineItem]] = defaultdict(list)
    for line in lines:
        if line.repeats is None:
            alike[statement_key(line), line.content].append(line)
    found: dict[str, DuplicateFound] = {}
    for some in alike.values():
        if len(some) > 1 and shows_payment_id(some[0]):
            first, *copies = sorted(some, key=_rank)
            found |= {copy.id: DuplicateFound(first.id, "U3") for copy in copies}
    return found


def _rank(line: LineItem) -> tuple[str, str]:
    return line.received_at or "", line.id
