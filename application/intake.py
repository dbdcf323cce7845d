"""From a batch to commits: what is new in it, all decided before anything is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from application.batch import (
    Batch,
    CalendarTable,
    InputRefused,
    MerchantRow,
    RateTable,
    SourceFile,
)
from application.items import earliest, statement_stream_of
from application.ports import Commit
from application.registry import Registry
from application.windows import PAYMENTS, payment_sources
from domain import business_calendar, feed, fx, merchant, payment, rule_set, settlement, statement
from domain.delivery import delivery_of, source_kind
from domain.errors import Refusal
from domain.facts import Context, Fact
from domain.settlement import DeliveredLine, Settlement, SettlementRecorded

CALENDAR = "AR"
RULES_ACTIVATED_BY = "built-in"
RULES_SINCE = "2026-01-01"
"""The business day from which the built-in rules hold."""

Reasons = Callable[[Refusal], str]


class Intake:
    """Decides a batch against a registry; the registry moves on with every decision."""

    def __init__(
        self, registry: Registry, *, actor: str, correlation: str, reason_of: Reasons
    ) -> None:
        self._registry = registry
        self._actor = actor
        self._correlation = correlation
        self._reason_of = reason_of

    def commits(self, batch: Batch) -> Iterator[Commit]:
        """Every commit that the batch asks for, in an order in which a run may die between any two.

        Raises InputRefused at the first row that cannot be accepted.
        """
        yield from self._rules()
        yield from self._reference_data(batch)
        yield from self._payments(batch)
        yield from self._statements(batch)
        yield from self._seals(batch)

    # Rules and reference data

    def _rules(self) -> Iterator[Commit]:
        stream = rule_set.stream_of(name=rule_set.CORE_NAME)
        facts = rule_set.activate_core(
            self._registry.of(stream, rule_set.RuleSet), activated_by=RULES_ACTIVATED_BY
        )
        yield from self._commit(stream, facts, at=RULES_SINCE, source=None, place="core")

    def _reference_data(self, batch: Batch) -> Iterator[Commit]:
        yield from self._calendar(batch.calendar, batch.calendar_file)
        yield from self._rates(batch.fx, batch.fx_file)
        for row in batch.merchants:
            yield from self._merchant(row, batch.merchants_file)

    def _calendar(self, table: CalendarTable, file: SourceFile) -> Iterator[Commit]:
        stream = business_calendar.stream_of(name=CALENDAR)
        known = self._registry.of(stream, business_calendar.DeclaredCalendar)
        with self._refusing(file, "business_days"):
            facts = business_calendar.declare(
                known, holidays=table.holidays, business_days=table.business_days
            )
        at = min(table.business_days, default=None)
        yield from self._commit(stream, facts, at=_iso(at), source=file, place="calendar")

    def _rates(self, table: RateTable, file: SourceFile) -> Iterator[Commit]:
        stream = fx.stream_of(pair=table.pair)
        known = self._registry.of(stream, fx.FxTable)
        with self._refusing(file, "rates"):
            facts = fx.publish(known, pair=table.pair, scale=table.scale, rates=table.rates)
        at = min((rate.day for rate in table.rates), default=None)
        yield from self._commit(stream, facts, at=_iso(at), source=file, place="rates")

    def _merchant(self, row: MerchantRow, file: SourceFile) -> Iterator[Commit]:
        code = row.registered.merchant_id
        stream = merchant.stream_of(source=row.registered.source, code=code)
        place = f"merchant {code}"
        with self._refusing(file, place):
            facts = merchant.register(
                self._registry.of(stream, merchant.Merchant), registration=row.registered
            )
        at = _iso(min((schedule.effective_from for schedule in row.schedules), default=None))
        yield from self._commit(stream, facts, at=at, source=file, place=place)
        for schedule in row.schedules:
            with self._refusing(file, place):
                facts = merchant.add_schedule(
                    self._registry.of(stream, merchant.Merchant), schedule=schedule
                )
            at = schedule.effective_from.isoformat()
            yield from self._commit(stream, facts, at=at, source=file, place=place)

    # Payments and statements

    def _payments(self, batch: Batch) -> Iterator[Commit]:
        file, registry = batch.payments_file, self._registry
        for number, registration in batch.payments:
            stream = payment.stream_of(
                source=registration.source, payment_id=registration.payment_id
            )
            try:
                facts = payment.register(registry.payment(stream), registration=registration)
            except Refusal as refusal:
                raise self._refused(file, f"line {number}", refusal) from refusal
            if facts:
                yield self._one(stream, facts, registration.created_at, file, number)

    def _statements(self, batch: Batch) -> Iterator[Commit]:
        file = batch.lines_file
        by_statement: defaultdict[str | None, list[tuple[int, SettlementRecorded]]] = defaultdict(
            list
        )
        # The first delivery of an entry is its earliest, whatever the order of the file (U1).
        for row in sorted(batch.lines, key=lambda row: earliest(row[1])):
            by_statement[statement_stream_of(row[1])].append(row)
        known = self._known_lines()
        for stream, rows in by_statement.items():
            lines = list(self._lines(file, rows))
            if stream is None:
                yield from lines
            else:
                before = self._receive(file, stream, rows, known.get(stream, []))
                yield from before
                yield from lines
                yield from self._close(file, stream)

    def _known_lines(self) -> dict[str, list[DeliveredLine]]:
        known: defaultdict[str, list[DeliveredLine]] = defaultdict(list)
        for state in self._registry.states.values():
            if isinstance(state, Settlement):
                for line in state.deliveries:
                    stream = statement_stream_of(line)
                    if stream is not None:
                        known[stream].append(line)
        return known

    def _lines(
        self, file: SourceFile, rows: Sequence[tuple[int, SettlementRecorded]]
    ) -> Iterator[Commit]:
        registry = self._registry
        for number, line in rows:
            stream = settlement.stream_of(
                source=line.source,
                account=line.account,
                bank_entry_id=line.bank_entry_id,
                booking_date=line.booking_date,
                ordinal=line.settlement_id,
            )
            try:
                facts = settlement.record(registry.settlement(stream), line=line)
            except Refusal as refusal:
                raise self._refused(file, f"line {number}", refusal) from refusal
            if facts:
                yield self._one(stream, facts, line.value_date.isoformat(), file, number)

    def _receive(
        self,
        file: SourceFile,
        stream: str,
        rows: Sequence[tuple[int, SettlementRecorded]],
        known: Sequence[DeliveredLine],
    ) -> Iterator[Commit]:
        first = rows[0][1]
        every = {line.settlement_id: line for line in known}
        every |= {line.settlement_id: line for _, line in rows}
        delivery = delivery_of(
            source=first.source,
            account=first.account,
            statement_id=first.statement_id or "",
            lines=list(every.values()),
            known_lines=known,
        )
        place = f"statement {first.statement_id}"
        with self._refusing(file, place):
            facts = statement.receive(self._registry.statement(stream), delivery=delivery)
        at = delivery.content.last_day.isoformat()
        yield from self._commit(stream, facts, at=at, source=file, place=place)

    def _close(self, file: SourceFile, stream: str) -> Iterator[Commit]:
        with self._refusing(file, stream):
            facts = statement.verify(self._registry.statement(stream))
        state = self._registry.statement(stream)
        at = (
            ""
            if state is None or isinstance(state, statement.Refused)
            else _iso(state.content.last_day)
        )
        yield from self._commit(stream, facts, at=at, source=file, place=f"{stream} verified")
        with self._refusing(file, stream):
            facts = statement.seal(self._registry.statement(stream))
        yield from self._commit(stream, facts, at=at, source=file, place=f"{stream} sealed")

    # Seals

    def _seals(self, batch: Batch) -> Iterator[Commit]:
        """The end of the input seals every source in it (E9).

        Accounts by booking day; payments through the last day that anything is known of, for the
        input ends with all of them read. Input without any payment seals all that is known.
        """
        through: dict[str, date] = {}
        for _, registration in batch.payments:
            stream = feed.stream_of(kind="payments", source=registration.source)
            _advance(through, stream, registration.local_day)
        for _, line in batch.lines:
            stream = feed.stream_of(kind=source_kind(line.source), source=line.account)
            _advance(through, stream, line.booking_date)
        last = max((*through.values(), *self._accounts_through()), default=None)
        if last is not None:
            for source in self._payment_sources(batch):
                _advance(through, feed.stream_of(kind="payments", source=source), last)
        for stream, day in sorted(through.items()):
            known = self._registry.of(stream, feed.Feed)
            facts = feed.advance(known, through=day)
            yield from self._commit(stream, facts, at=day.isoformat(), source=None, place="end")

    def _accounts_through(self) -> Iterator[date]:
        for stream, state in self._registry.feeds():
            if not stream.startswith(PAYMENTS):
                yield state.through

    def _payment_sources(self, batch: Batch) -> set[str]:
        if batch.payments:
            return {registration.source for _, registration in batch.payments}
        return payment_sources(self._registry)

    # Helpers

    @contextmanager
    def _refusing(self, file: SourceFile, place: str) -> Generator[None]:
        try:
            yield
        except Refusal as refusal:
            raise self._refused(file, place, refusal) from refusal

    def _refused(self, file: SourceFile, place: str, refusal: Refusal) -> InputRefused:
        return InputRefused(file=file.name, place=place, reason=self._reason_of(refusal))

    def _one(
        self, stream: str, facts: tuple[Fact, ...], at: str, file: SourceFile, number: int
    ) -> Commit:
        context = Context(
            command_id=f"{file.sha256[:16]}:{number}",
            correlation_id=self._correlation,
            actor=self._actor,
            authority="import",
            sources=(file.sha256,),
        )
        return self._registry.commit(stream, facts, business_time=at, context=context)

    def _commit(
        self,
        stream: str,
        facts: Sequence[Fact],
        *,
        at: str,
        source: SourceFile | None,
        place: str,
    ) -> Iterator[Commit]:
        if not facts:
            return
        context = Context(
            command_id=f"{source.sha256[:16] if source else 'run'}:{place}",
            correlation_id=self._correlation,
            actor=self._actor,
            authority="import" if source else "built-in",
            sources=(source.sha256,) if source else (),
        )
        yield self._registry.commit(stream, tuple(facts), business_time=at, context=context)


def _advance(through: dict[str, date], stream: str, day: date) -> None:
    known = through.get(stream)
    if known is None or day > known:
        through[stream] = day


def _iso(day: date | None) -> str:
    return "" if day is None else day.isoformat()
