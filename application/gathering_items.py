"""Judging a few items among very many: only those are read on which the verdict can depend.

An engine that knows a few items is asked for its verdict. It says whose neighbours it asked for;
where these have not been looked for in match states yet, they are, what is found is read, and an
engine that knows more is asked again. Once all that was asked for had been looked for, the engine
got every answer that an engine which knows everything would have got: so it is the same verdict.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from application.ports import Entry, MatchStates
from domain.errors import Refusal
from domain.match_keys import (
    Span,
    of_statement,
    spans_of_line,
    spans_of_payment,
    statements_of_day,
)
from domain.matching.engine import Matcher
from domain.matching.items import LineItem, PaymentItem
from domain.matching.verdicts import Judgement

ITEMS_MAX = 4_000
"""Items that are read to judge a few of them; what hangs together with more is for a batch."""

Read = Callable[[Iterable[str]], Mapping[str, Sequence[PaymentItem | LineItem]]]
"""Reads items by their streams: those that may be matched, each delivery of a settlement."""

Judge = Callable[[Matcher], Judgement]


@dataclass(unsafe_hash=True, kw_only=True)
class ComponentTooLarge(Refusal):
    """More hangs together with an item than is read for one; a batch judges it."""

    item: str
    items_max: int


class Gathering:
    """Reads for one judgement; used once."""

    def __init__(
        self,
        states: MatchStates,
        *,
        new_engine: Callable[[], Matcher],
        read: Read,
        items_max: int = ITEMS_MAX,
    ) -> None:
        """`new_engine` makes engines that know no item; `read` reads what they are to know."""
        self._states = states
        self._new_engine = new_engine
        self._read = read
        self._items_max = items_max
        self._known: dict[str, PaymentItem | LineItem] = {}
        self._streams: set[str] = set()
        self._asked: set[str | Span] = set()

    def judged(self, touched: Sequence[str], judge: Judge) -> Judgement:
        """The verdict of an engine that knows enough. Raises ComponentTooLarge."""
        new = frozenset(touched)
        self._learn(touched, touched)
        while True:
            engine = self._new_engine()
            for item in self._known.values():
                if isinstance(item, PaymentItem):
                    engine.admit_payment(item)
                else:
                    engine.admit_line(item)
            judgement = judge(engine)
            asked = [self._known[one] for one in engine.lines.asked if self._ask(one)]
            if not asked:
                return judgement
            found = self._states.find(_spans(asked, engine, new))
            lines = [one for one in asked if isinstance(one, LineItem)]
            self._learn(touched, [*_items(found), *self._repeated(lines)])

    def _repeated(self, lines: Sequence[LineItem]) -> list[str]:
        """The lines of all statements of the account-days that have several: U2 compares them."""
        days = [day for day in map(statements_of_day, lines) if self._ask(day)]
        statements = {
            entry.rank for some in self._states.find(days) if len(some) > 1 for entry in some
        }
        spans = [Span(of_statement(one)) for one in sorted(statements)]
        return _items(self._states.find([span for span in spans if self._ask(span)]))

    def _ask(self, of: str | Span) -> bool:
        if of in self._asked:
            return False
        self._asked.add(of)
        return True

    def _learn(self, touched: Sequence[str], streams: Iterable[str]) -> None:
        fresh = set(streams) - self._streams
        self._streams |= fresh
        if len(self._streams) > max(self._items_max, len(touched)):
            raise ComponentTooLarge(item=touched[0], items_max=self._items_max)
        if fresh:
            for items in self._read(sorted(fresh)).values():
                self._known |= {item.id: item for item in items}


def _spans(
    asked: Iterable[PaymentItem | LineItem], engine: Matcher, new: frozenset[str]
) -> list[Span]:
    spans: list[Span] = []
    for item in asked:
        if isinstance(item, PaymentItem):
            spans += spans_of_payment(item, engine.payments, is_new=item.id in new)
        else:
            spans += spans_of_line(item, engine.payments)
    return list(dict.fromkeys(spans))


def _items(found: Iterable[Sequence[Entry]]) -> list[str]:
    return [entry.item for some in found for entry in some if entry.item]
