"""Items as people see them: in their sources' words, and without what is personal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from application.registry import kind_of
from domain import payment, settlement
from domain.facts import Recorded
from domain.matching.contradictions import DAYS_AFTER_EXPECTED_MAX
from domain.money import Money
from domain.payment import Payment
from domain.settlement import DeliveredLine, Settlement


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentShown:
    """A payment in its source's words; `last_day` is the last value day that may pay it (X7)."""

    stream: str
    payment_id: str
    merchant_id: str
    method: str
    amount: Money
    local_day: date
    expected_value_date: date
    last_day: date
    reference: str | None
    end_to_end_id: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineShown:
    """A line in its source's words; `rows` are all row ids under which it came, the first leads."""

    stream: str
    settlement_id: str
    rows: tuple[str, ...]
    source: str
    amount: Money
    booking_date: date
    value_date: date
    reference: str | None
    merchant_id: str | None
    statement_id: str | None


def payment_state(known: Iterable[Recorded]) -> Payment | None:
    """The payment that these facts of its stream make."""
    state: Payment | None = None
    for recorded in known:
        assert isinstance(recorded.fact, payment.PaymentFact)
        state = payment.evolve(state, recorded.fact)
    return state


def line_state(known: Iterable[Recorded]) -> Settlement | None:
    """The line that these facts of its stream make."""
    state: Settlement | None = None
    for recorded in known:
        assert isinstance(recorded.fact, settlement.SettlementFact)
        state = settlement.evolve(state, recorded.fact)
    return state


def payment_shown(stream: str, state: Payment) -> PaymentShown:
    """A payment without what is personal."""
    fact = state.registered
    return PaymentShown(
        stream=stream,
        payment_id=fact.payment_id,
        merchant_id=fact.merchant_id,
        method=fact.method,
        amount=fact.amount,
        local_day=fact.local_day,
        expected_value_date=fact.expected_value_date,
        last_day=fact.expected_value_date + timedelta(days=DAYS_AFTER_EXPECTED_MAX),
        reference=fact.reference,
        end_to_end_id=fact.end_to_end_id,
    )


def line_shown(stream: str, state: Settlement) -> LineShown:
    """A line without what is personal."""
    rows = [line.settlement_id for line in sorted(state.deliveries, key=_arrival)]
    return LineShown(
        stream=stream,
        settlement_id=rows[0],
        rows=tuple(rows),
        source=state.line.source,
        amount=state.line.amount,
        booking_date=state.line.booking_date,
        value_date=state.line.value_date,
        reference=state.line.reference,
        merchant_id=state.line.merchant_id,
        statement_id=state.line.statement_id,
    )


def _arrival(line: DeliveredLine) -> tuple[str, str]:
    return line.received_at or "", line.settlement_id


def payments_shown(
    known: Mapping[str, Sequence[Recorded]], streams: Iterable[str]
) -> Iterator[PaymentShown]:
    """Those of the payments whose facts are known."""
    for stream in streams:
        state = payment_state(known.get(stream, ()))
        if state is not None:
            yield payment_shown(stream, state)


def lines_shown(
    known: Mapping[str, Sequence[Recorded]], streams: Iterable[str]
) -> Iterator[LineShown]:
    """Those of the lines whose facts are known."""
    for stream in streams:
        state = line_state(known.get(stream, ()))
        if state is not None:
            yield line_shown(stream, state)


def names_in(known: Mapping[str, Sequence[Recorded]]) -> Mapping[str, str]:
    """What the sources call these items."""
    found: dict[str, str] = {}
    for stream, some in known.items():
        if kind_of(stream) == "pay":
            state = payment_state(some)
            found[stream] = stream if state is None else state.registered.payment_id
        else:
            line = line_state(some)
            found[stream] = stream if line is None else line_shown(stream, line).settlement_id
    return found
