"""Suggestions for what is open (class S): asked for when somebody looks, never kept, never posted.

`suggested` works on a registry: of a run, or of `material`, which reads the streams that
suggestions depend on and no others. Both answer alike.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from datetime import date

from application.intake import CALENDAR
from application.items import line_items, payment_item
from application.lookup import home_of
from application.ports import FactStore
from application.reconciling import HOME_CURRENCY, reference_data
from application.registry import Registry
from domain import business_calendar, fx, merchant
from domain.facts import Recorded
from domain.matching.items import LineItem, ReferenceData
from domain.payment import Expected
from domain.settlement import Settlement, SettlementAllocationReleased
from domain.suggestions.pool import Known, Pool
from domain.suggestions.suggesting import Suggestions, suggestions


def suggested(registry: Registry, *, holidays: Container[date]) -> Suggestions:
    """What may belong together of the lines that were judged and left open, and open payments."""
    pool, lines = pool_of(registry, holidays=holidays)
    return suggestions(pool, lines)


def pool_of(registry: Registry, *, holidays: Container[date]) -> tuple[Pool, list[LineItem]]:
    """The payments that may be suggested, and the open lines that suggestions are for."""
    lines = list(_open_lines(registry))
    payments = list(_known_payments(registry, lines)) if lines else []
    pool = Pool(
        (_known(registry, stream, state) for stream, state in payments),
        reference=_reference(registry, payments, holidays),
        barred=registry.barred,
    )
    return pool, [_line_item(stream, state) for stream, state in lines]


def material(facts: FactStore, *, open_items: Iterable[str]) -> Registry:
    """A registry of open lines and payments (streams), and of all that suggestions ask besides."""
    registry = Registry()
    _take(registry, facts, set(open_items))
    lines = list(_open_lines(registry))
    named = {
        candidate.payment
        for _, state in lines
        if state.left_open is not None
        for candidate in state.left_open.candidates
    }
    _take(registry, facts, named | _undone(facts, (stream for stream, _ in lines)))
    _take(registry, facts, set(_reference_streams(registry, lines)))
    return registry


def _take(registry: Registry, facts: FactStore, streams: set[str]) -> None:
    found = facts.streams(streams - registry.states.keys())
    every: list[Recorded] = [recorded for known in found.values() for recorded in known]
    registry.apply_all(sorted(every, key=lambda recorded: recorded.position))


def _undone(facts: FactStore, lines: Iterable[str]) -> set[str]:
    """Where the matches stood that a person undid: their facts say which pairs not to propose."""
    return {
        home_of(recorded.fact.match_id)
        for known in facts.streams(lines).values()
        for recorded in known
        if isinstance(recorded.fact, SettlementAllocationReleased)
    }


def _reference_streams(
    registry: Registry, lines: Iterable[tuple[str, Settlement]]
) -> Iterator[str]:
    yield business_calendar.stream_of(name=CALENDAR)
    for _, state in _known_payments(registry, lines):
        known = state.registered
        yield merchant.stream_of(source=known.source, code=known.merchant_id)
        if known.amount.currency != HOME_CURRENCY:
            yield fx.stream_of(pair=f"{known.amount.currency}{HOME_CURRENCY}")


def _open_lines(registry: Registry) -> Iterator[tuple[str, Settlement]]:
    for stream, state in registry.states.items():
        if isinstance(state, Settlement) and state.match_id is None and state.left_open is not None:
            yield stream, state


def _known_payments(
    registry: Registry, lines: Iterable[tuple[str, Settlement]]
) -> Iterator[tuple[str, Expected]]:
    """Open payments, and those that a verdict on an open line names."""
    named = {
        candidate.payment
        for _, state in lines
        if state.left_open is not None
        for candidate in state.left_open.candidates
    }
    for stream, state in registry.states.items():
        if isinstance(state, Expected) and (state.open_minor > 0 or stream in named):
            yield stream, state


def _reference(
    registry: Registry, payments: Iterable[tuple[str, Expected]], holidays: Container[date]
) -> ReferenceData:
    """Reference data with the merchants of these payments only, so that both ways know the same."""
    whole = reference_data(registry, holidays=holidays)
    codes = {state.registered.merchant_id for _, state in payments}
    merchants = {code: item for code, item in whole.merchants.items() if code in codes}
    return replace(whole, merchants=merchants)


def _known(registry: Registry, stream: str, state: Expected) -> Known:
    return Known(
        item=payment_item(stream, state, registry.versions[stream]),
        payer_name=state.registered.payer_name,
        settled=state.open_minor <= 0,
    )


def _line_item(stream: str, state: Settlement) -> LineItem:
    return next(line_items(stream, state, 0))
