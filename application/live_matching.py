"""Live matching: what was just recorded is filed, judged with what hangs together with it, posted.

    new facts ─▶ file in match states ─▶ read around them ─▶ judge ─▶ post, each match whole
                                                     conflict ─▶ read and judge again

Classes I and G are decided at once, from an item's cluster alone. Class C and sums are decided once
their window is closed: a line that waits for that leaves a reminder, and whoever records that a
source has come further looks at what is due. What hangs together with too much, and what all
verdicts depend on, is left to a batch, under a reminder too.

It does not matter who does this, nor how many, nor how often. Each puts before it looks, so of two
items that arrive at once one is found by the other; each commit expects the versions it was judged
on; what died half-way is done again from the facts.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from application.gathering_items import ITEMS_MAX, ComponentTooLarge, Gathering
from application.knowing import (
    FEED,
    LINE,
    PAYMENT,
    REFERENCE_KINDS,
    STATEMENT,
    Directory,
    Known,
    filed,
    kinds,
)
from application.ports import (
    AppendTooLarge,
    FactStore,
    MatchStates,
    Reminder,
    VersionConflict,
)
from application.posting import Posting
from application.reconciling import day_of, reference_data, seal_of
from application.registry import JUDGED_TOPICS
from application.rules_in_force import ReadRules, book
from application.windows import Windows
from domain import feed, statement
from domain.match_keys import Span, of_statement
from domain.matching.engine import Matcher
from domain.matching.holding import expires
from domain.matching.items import ReferenceData
from domain.matching.verdicts import Judgement
from domain.settlement import PROVISIONAL, Settlement, SettlementAllocated

ATTEMPTS_MAX: Final = 6
"""Times that items are judged afresh because somebody else wrote to their streams meanwhile."""

TOGETHER_MAX: Final = 100
"""Items that are filed, or judged, at a time."""

DUE_AT_ONCE: Final = 200
"""Reminders that are looked at in one go."""

WINDOW, BATCH = "window", "batch"
"""Reminders: lines whose window was open or whose sum may expire; what is left to a batch."""

ANY_DAY: Final = 0
LAST_DAY: Final = date.max.toordinal()

TOPICS = JUDGED_TOPICS | {statement.StatementSealed.TOPIC, feed.FeedWatermarkAdvanced.TOPIC}


def concerns(stream: str, topics: Iterable[str]) -> bool:
    """Whether facts of these topics on a stream give live matching anything to do."""
    return stream.partition(":")[0] in REFERENCE_KINDS or not TOPICS.isdisjoint(topics)


@dataclass(slots=True, kw_only=True)
class Handled:
    """What came of it: facts recorded, lines judged, matches posted by the stream of their home.

    And what was left to a batch.
    """

    recorded: int = 0
    judged: int = 0
    matched: list[str] = field(default_factory=list[str])
    for_batch: list[str] = field(default_factory=list[str])


class LiveMatching:
    """Matches what is recorded, as it is recorded. Safe to run beside others of its kind."""

    def __init__(
        self,
        facts: FactStore,
        states: MatchStates,
        *,
        actor: str,
        holidays: Container[date],
        read_rules: ReadRules,
        items_max: int = ITEMS_MAX,
    ) -> None:
        """`holidays` hold where no calendar was declared."""
        self._facts = facts
        self._states = states
        self._actor = actor
        self._holidays = holidays
        self._read_rules = read_rules
        self._items_max = items_max
        self._directory = Directory(facts, states)

    def handle(self, streams: Iterable[str]) -> Handled:
        """Do what new facts on these streams ask for; done again, it does nothing.

        Raises VersionConflict where others always come first, StoreBusy and WriteUnknown.
        """
        handled, by_kind = Handled(), kinds(streams)
        self._file([*by_kind.get(PAYMENT, ()), *by_kind.get(LINE, ())])
        reference = [one for kind in sorted(REFERENCE_KINDS) for one in by_kind.get(kind, ())]
        feeds = by_kind.get(FEED, [])
        self._directory.note([*reference, *feeds])
        if reference:
            self._leave(reference, handled)
        touched = [*by_kind.get(LINE, ()), *by_kind.get(PAYMENT, ())]
        touched += self._lines_of(by_kind.get(STATEMENT, ()))
        for some in _slices(touched, TOGETHER_MAX):
            self._decide(some, handled)
        if feeds:
            self._close_windows(handled)
        return handled

    def close_windows(self) -> Handled:
        """Decide whatever is due: what each new day of a source asks for, and a sweep repeats."""
        handled = Handled()
        self._close_windows(handled)
        return handled

    def leave_to_batch(self, judge: Callable[[], object]) -> int:
        """Have a batch judge everything, if anything was left to it; how much that was."""
        waiting = self._states.reminders(BATCH, through=LAST_DAY, at_most=DUE_AT_ONCE)
        if waiting:
            judge()
            self._states.forget(waiting)
        return len(waiting)

    def rebuild(self) -> int:
        """File everything again from the facts; how many streams. For while nobody else files.

        Open lines are decided by the next `close_windows`.
        """
        self._states.clear()
        streams: dict[str, None] = {}
        for recorded in self._facts.written(sealed=True):
            streams[recorded.stream] = None
        by_kind = kinds(streams)
        self._file([*by_kind.get(PAYMENT, ()), *by_kind.get(LINE, ())])
        for kind in sorted((*REFERENCE_KINDS, FEED)):
            self._directory.note(by_kind.get(kind, ()))
        for some in _slices(by_kind.get(LINE, ()), TOGETHER_MAX):
            known = self._known()
            known.read(some)
            # What is open may never have been judged under the seals that there are by now.
            self._states.remind(_present(self._reminder(known, line, any_=True) for line in some))
        return len(streams)

    # Filing.

    def _file(self, streams: Sequence[str]) -> None:
        for some in _slices(streams, TOGETHER_MAX):
            self._states.put(list(filed(self._facts.streams(some))))

    def _lines_of(self, streams: Iterable[str]) -> list[str]:
        """The lines of statements that are sealed; they were filed when they came."""
        spans = [
            Span(of_statement((first.account, first.source_kind, first.statement_id)))
            for facts in self._facts.streams(streams).values()
            if isinstance(first := facts[0].fact, statement.StatementReceived)
        ]
        return [entry.item for some in self._states.find(spans) for entry in some]

    def _leave(self, items: Sequence[str], handled: Handled) -> None:
        self._states.remind([Reminder(BATCH, ANY_DAY, item) for item in items])
        handled.for_batch += items

    # Deciding.

    def _decide(self, touched: Sequence[str], handled: Handled) -> None:
        try:
            self._settle(touched, handled)
        except ComponentTooLarge:
            if len(touched) == 1:
                self._leave(touched, handled)
                return
            for item in touched:
                self._decide([item], handled)

    def _settle(self, touched: Sequence[str], handled: Handled) -> None:
        """Judge and post until nobody wrote meanwhile, and no window was closed meanwhile."""
        conflict: VersionConflict | None = None
        for _ in range(ATTEMPTS_MAX):
            known = self._known()
            judgement = self._judged(known, touched)
            try:
                self._post(known, judgement, handled)
            except VersionConflict as failed:
                conflict = failed
                continue
            handled.judged += len(judgement.lines)
            waiting = self._waiting(known, judgement)
            self._states.remind(waiting)
            if not waiting or not self._any_closed(known, waiting):
                return
        if conflict is not None:
            raise conflict

    def _known(self) -> Known:
        registry, sources = self._directory.current()
        ruled = not book(registry, self._read_rules).is_empty
        return Known(self._facts, registry, sources, ruled=ruled)

    def _judged(self, known: Known, touched: Sequence[str]) -> Judgement:
        """By ids and groups alone; under the seal where a window that is closed has a say."""
        judgement = self._gathered(known, touched, seal=None)
        if _needs_seal(known, judgement, touched):
            return self._gathered(known, touched, seal=seal_of(known.registry))
        return judgement

    def _gathered(self, known: Known, touched: Sequence[str], *, seal: str | None) -> Judgement:
        registry = known.registry
        reference = reference_data(registry, holidays=self._holidays)
        gathering = Gathering(
            self._states,
            new_engine=lambda: self._engine(known, reference),
            read=known.read,
            items_max=self._items_max,
        )
        through = day_of(registry)
        return gathering.judged(
            touched, lambda engine: engine.judge(seal=seal, through=through, touched=touched)
        )

    def _engine(self, known: Known, reference: ReferenceData) -> Matcher:
        engine = Matcher(reference, rules=book(known.registry, self._read_rules))
        engine.bar(known.registry.barred)
        return engine

    def _post(self, known: Known, judgement: Judgement, handled: Handled) -> None:
        correlation = f"live:{min(judgement.lines, default='')}"
        posting = Posting(known.registry, actor=self._actor, correlation=correlation)
        for unit in posting.units(judgement):
            if unit:
                try:
                    recorded = self._facts.append(unit)
                except AppendTooLarge:
                    self._leave([unit[0].stream], handled)
                    continue
                handled.recorded += len(recorded)
                handled.matched += [
                    one.stream for one in recorded if isinstance(one.fact, SettlementAllocated)
                ]

    # What is to be looked at again.

    def _waiting(self, known: Known, judgement: Judgement) -> list[Reminder]:
        return _present(self._reminder(known, line) for line in sorted(judgement.lines))

    def _reminder(self, known: Known, line: str, *, any_: bool = False) -> Reminder | None:
        """For a line that waits for its window, or, with `any_`, for any that is open."""
        state = known.registry.settlement(line)
        if state is None or line not in known.lines:  # a second delivery; one that is not visible
            return None
        if state.duplicate_of is not None or state.cancelled is not None:
            return None
        match = state.match
        if match is not None and match.status == PROVISIONAL:
            return Reminder(WINDOW, expires(state.line.value_date.toordinal()) + 1, line)
        if state.match_id is None and (any_ or not known.lines[line].sealed):
            return Reminder(WINDOW, state.line.booking_date.toordinal(), line)
        return None

    def _any_closed(self, known: Known, waiting: Sequence[Reminder]) -> bool:
        """Whether a window was closed while it was thought open: then it is decided at once."""
        registry, sources = self._directory.current()
        windows = Windows(registry, sources=sources)
        states = [known.registry.settlement(one.item) for one in waiting]
        open_ones = [one for one in states if one is not None and one.match_id is None]
        return any(windows.closed(state) and not known.windows.closed(state) for state in open_ones)

    def _close_windows(self, handled: Handled) -> None:
        after: Reminder | None = None
        while True:
            through = day_of(self._directory.current()[0])
            if through is None:
                return
            due = self._states.reminders(WINDOW, through=through, at_most=DUE_AT_ONCE, after=after)
            if not due:
                return
            after = due[-1]
            known = self._known()
            ready = self._ready(known, due)
            if known.ruled and ready:
                self._leave([ready[0].item], handled)  # a batch judges everything
                self._states.forget(ready)
                continue
            for some in _slices([one.item for one in ready], TOGETHER_MAX):
                self._decide(some, handled)
            self._states.forget(ready)

    def _ready(self, known: Known, due: Sequence[Reminder]) -> list[Reminder]:
        """Those whose windows are closed, or whose day has come: the others wait for a source."""
        for facts in self._facts.streams(one.item for one in due).values():
            known.registry.apply_all(facts)
        ready: list[Reminder] = []
        for one in due:
            state = known.registry.settlement(one.item)
            if not isinstance(state, Settlement) or known.windows.closed(state):
                ready.append(one)
        return ready


def _needs_seal(known: Known, judgement: Judgement, touched: Iterable[str]) -> bool:
    """Whether class C and sums have to be looked at: something changes whose window is closed.

    A line that is open, or is decided otherwise than it stands; a payment of a group that is late,
    or is settled otherwise: sums of other days may have counted on it.
    """
    lines = [line for line in judgement.lines if line in known.lines]
    changed = {line for line in lines if _found(judgement, line) != _standing(known, line)}
    if any(
        known.lines[one].sealed and (one in changed or one in judgement.left_open) for one in lines
    ):
        return True
    payments = set(touched)
    for line in changed:
        payments.update(_found(judgement, line)[1:], _standing(known, line)[1:])
    closed = known.windows.payments_through.toordinal()
    some = [known.payments[one] for one in payments if one in known.payments]
    return any(payment.grouped and payment.expected <= closed for payment in some)


def _found(judgement: Judgement, line: str) -> tuple[str, ...]:
    """The rule of the match that a line is found in, and its payments."""
    for match in judgement.matches:
        if any(one.id == line for one in match.lines):
            return match.rule, *match.key[1]
    return ()


def _standing(known: Known, line: str) -> tuple[str, ...]:
    """The same of the match that it stands in."""
    state = known.registry.settlement(line)
    match = known.registry.matches.get(state.match_id) if state and state.match_id else None
    return () if match is None else (match.rule, *sorted(match.payments))


def _slices(items: Sequence[str], size: int) -> list[Sequence[str]]:
    distinct = list(dict.fromkeys(items))
    return [distinct[start : start + size] for start in range(0, len(distinct), size)]


def _present(reminders: Iterable[Reminder | None]) -> list[Reminder]:
    return [one for one in reminders if one is not None]
