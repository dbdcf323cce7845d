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
from domain import match_keys
from domain.errors import Refusal
from domain.match_keys import Span
from domain.matching import filing
from domain.matching.engine import Matcher
from domain.matching.filing import Asked
from domain.matching.index import PaymentIndex
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
        self._asked: set[Asked | Span] = set()

    def judged(self, touched: Sequence[str], judge: Judge) -> Judgement:
        """The verdict of an engine that knows enough. Raises ComponentTooLarge."""
        self._learn(touched, touched)
        while True:
            engine = self._new_engine()
            asked = engine.lines.asked = set()
            for item in self._known.values():
                if isinstance(item, PaymentItem):
                    engine.admit_payment(item)
                else:
                    engine.admit_line(item)
            judgement = judge(engine)
            asked |= {(filing.OF_PARTIES, line) for line in judgement.lines}
            fresh = [one for one in asked if self._ask(one)]
            if not fresh:
                return judgement
            spans = [span for one in fresh for span in self._spans(*one, engine.payments)]
            found = self._states.find(list(dict.fromkeys(spans)))
            lines = [one for what, one in fresh if what == filing.READ]
            self._learn(touched, [*_items(found), *self._repeated(lines)])

    def _spans(self, what: str, of: object, payments: PaymentIndex) -> list[Span]:
        """Where what was asked for is filed."""
        match what, self._known.get(of) if isinstance(of, str) else of:
            case ((filing.READ | filing.SHOWN), LineItem() as line):
                return match_keys.payments_shown(line)
            case filing.OF_PARTIES, LineItem() as line:
                return match_keys.payments_of_parties(line, payments)
            case filing.SHOWING, PaymentItem() as payment:
                return match_keys.lines_showing(payment)
            case filing.ANEW, PaymentItem() as payment:
                return match_keys.lines_read_anew(payment)
            case filing.BY_PARTIES, PaymentItem() as payment:
                return match_keys.lines_by_parties(payment, payments.reference)
            case filing.IN_GROUP, (str() as code, str() as currency, int() as day):
                return match_keys.of_group((code, currency, day), payments.reference)
            case filing.OF_HUB, (str() as code, str() as currency):
                return match_keys.of_hub((code, currency), payments.reference)
            case _:
                raise AssertionError(what)

    def _repeated(self, lines: Iterable[object]) -> list[str]:
        """The lines of all statements of the account-days that have several: U2 compares them."""
        known = [self._known[line] for line in lines if isinstance(line, str)]
        days = [
            day
            for line in known
            if isinstance(line, LineItem) and self._ask(day := match_keys.statements_of_day(line))
        ]
        statements = {
            entry.rank for some in self._states.find(days) if len(some) > 1 for entry in some
        }
        spans = [Span(match_keys.of_statement(one)) for one in sorted(statements)]
        return _items(self._states.find([span for span in spans if self._ask(span)]))

    def _ask(self, of: Asked | Span) -> bool:
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


def _items(found: Iterable[Sequence[Entry]]) -> list[str]:
    return [entry.item for some in found for entry in some if entry.item]
