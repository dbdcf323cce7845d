"""Another number of lanes: close what is open, lane by lane, then open the next epoch.

Each step may be repeated and may die: whoever asks again goes on where it stopped. While lanes are
closed and none is open yet, writers go on; what they write waits to be numbered.
"""

from __future__ import annotations

from collections.abc import Callable

from application.ports import Commit, FactStore
from application.sequencing.lanes import Lanes
from application.sequencing.sequencer import Sequencer, run
from domain import log_lanes
from domain.facts import Context
from domain.log_lanes import LogLanes, LogLanesFact

SequencerOf = Callable[[Lanes], Sequencer]


def epochs(facts: FactStore) -> tuple[Lanes, ...]:
    """All epochs that ever were, in order; none where the log was never opened."""
    state = _state(facts)
    return () if state is None else tuple(Lanes(first, count) for first, count in state.epochs)


def open_log(
    facts: FactStore,
    *,
    count: int,
    sequencer_of: SequencerOf,
    business_time: str,
    context: Context,
) -> Lanes:
    """The log with so many lanes, widened where it has another number; its open epoch.

    `context` is that of the person or deployment that wants it. Raises BadValue, VersionConflict
    where two widen at once (ask again), and whatever the log's ports raise.
    """
    state = _state(facts)
    if state is not None and state.is_open and state.count != count:
        lanes = Lanes(*state.epochs[-1])
        sequencer = sequencer_of(lanes)
        ends = tuple(run(sequencer.close(lane)).position - 1 for lane in lanes.all())
        closed = log_lanes.close_lanes(state, positions=ends)
        state = _recorded(facts, closed, business_time=business_time, context=context)
    opened = log_lanes.open_lanes(state, count=count)
    state = _recorded(facts, opened, business_time=business_time, context=context)
    return Lanes(*state.epochs[-1])


def _recorded(
    facts: FactStore, new: tuple[LogLanesFact, ...], *, business_time: str, context: Context
) -> LogLanes:
    if new:
        commit = Commit(
            stream=log_lanes.STREAM,
            expected_version=len(facts.stream(log_lanes.STREAM)),
            business_time=business_time,
            context=context,
            facts=new,
        )
        facts.append([commit])
    state = _state(facts)
    assert state is not None, "something stands on the stream now"
    return state


def _state(facts: FactStore) -> LogLanes | None:
    state: LogLanes | None = None
    for recorded in facts.stream(log_lanes.STREAM):
        fact = recorded.fact
        assert isinstance(fact, LogLanesFact), "the stream holds nothing else"
        state = log_lanes.evolve(state, fact)
    return state
