"""The whole service over tiny worlds: colliding items as facts, delivered in batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from hashlib import sha256

from hypothesis import strategies as st

from adapters.rule_files import read_rules
from application.batch import Batch, CalendarTable, MerchantRow, RateTable, SourceFile
from application.outcome import exception_rows, match_rows
from application.ports import Commit, FactStore, VersionConflict
from application.reconciling import Outcome, Reconciler
from application.registry import Registry
from conciliar.refusals import reason_of
from domain.facts import Fact, Recorded
from domain.fx import DayRate
from domain.matching.items import LineItem, MerchantItem, PaymentItem
from domain.merchant import MerchantRegistered
from domain.money import Money
from domain.payment import PaymentRegistered
from domain.settlement import Settlement, SettlementRecorded
from tests.domain.matching.table import (
    HOLIDAYS,
    OTHER_SHOP,
    PAYER,
    RATES,
    STRANGER,
    Item,
    card,
    day,
    line,
    payment,
    payout,
)
from tests.domain.matching.worlds import REFERENCE, any_world

Row = PaymentRegistered | SettlementRecorded

CALENDAR = CalendarTable(
    holidays=tuple(sorted(HOLIDAYS)),
    business_days=tuple(
        day
        for day in (date.fromordinal(date(2026, 3, 2).toordinal() + n) for n in range(60))
        if day.weekday() < 5 and day not in HOLIDAYS
    ),
)
RATE_TABLE = RateTable(
    pair="USDARS",
    scale=10_000,
    rates=tuple(DayRate(day=date.fromordinal(day), rate=rate) for day, rate in RATES.items()),
)


# Rows.


def payment_row(item: PaymentItem) -> PaymentRegistered:
    created = date.fromordinal(item.created)
    return PaymentRegistered(
        payment_id=item.id,
        source="core",
        merchant_id=item.merchant,
        amount=Money(item.amount, item.currency),
        method=item.method,  # pyright: ignore[reportArgumentType]  (the engine takes any text)
        created_at=f"{created.isoformat()}T12:00:00-03:00",
        local_day=created,
        expected_value_date=date.fromordinal(item.expected),
        reference=item.reference,
        end_to_end_id=item.end_to_end_id,
        payer_name=None,
        payer_account=item.account,
        payer_tax_id=item.tax_id,
        received_at=f"{created.isoformat()}T12:00:05-03:00",
    )


def line_row(item: LineItem, *, entry: str | None = None) -> SettlementRecorded:
    """The line as it is delivered; without an entry id of the bank where `entry` is None."""
    return SettlementRecorded(
        settlement_id=item.settlement_id,
        source=item.source,
        account=item.account,
        amount=Money(item.amount, item.currency),
        booking_date=date.fromordinal(item.booking),
        value_date=date.fromordinal(item.value),
        bank_entry_id=entry,
        reference=item.reference,
        end_to_end_id=item.end_to_end_id,
        remittance_information=item.text,
        counterparty_name=item.counterparty_name,
        counterparty_account=item.counterparty_account,
        counterparty_tax_id=item.counterparty_tax_id,
        reversal=item.reversal,
        merchant_id=item.merchant,
        statement_id=item.statement,
        received_at=item.received_at,
    )


def row(item: Item, *, entry: str | None = None) -> Row:
    return payment_row(item) if isinstance(item, PaymentItem) else line_row(item, entry=entry)


@st.composite
def rows(draw: st.DrawFn) -> list[Row]:
    """A tiny world as rows: what is paid, what disturbs it, and an entry that comes twice (U1)."""
    some = draw(st.one_of(paid_items(), held_items()))
    items = [*some, *(draw(any_world) if draw(st.booleans()) else ())]
    found = [row(item, entry=draw(_entry(item))) for item in items]
    lines = [one for one in found if isinstance(one, SettlementRecorded) and one.bank_entry_id]
    if lines and draw(st.integers(0, 3)) == 0:
        found.append(again(draw(st.sampled_from(lines))))
    return found


@st.composite
def paid_items(draw: st.DrawFn) -> list[Item]:
    """Payments with their lines, alike enough to be each other's rivals now and then."""
    found: list[Item] = []
    for n in range(1, draw(st.integers(2, 4)) + 1):
        reference = draw(st.sampled_from((None, "FACTURA-00000042", f"FACTURA-0000071{n}")))
        payer = draw(st.sampled_from((PAYER, STRANGER, OTHER_SHOP)))
        amount = draw(st.sampled_from((100_00, 60_00)))
        found.append(payment(f"Q{n}", amount, reference=reference, account=payer))
        if draw(st.integers(0, 4)):
            shown = {"reference": reference} if reference else {"counterparty_account": payer}
            found.append(line(f"M{n}", amount, statement=f"ST{n % 2}", **shown))
        if reference and not draw(st.integers(0, 3)):
            found.append(line(f"N{n}", -amount, reference=reference, statement="ST0"))
    return found


@st.composite
def held_items(draw: st.DrawFn) -> list[Item]:
    """Groups of three days whose payouts hold back and release, alike now and then; fees are 0."""
    groups = [
        [
            card(
                f"H{on}{n}",
                draw(st.sampled_from(HELD_AMOUNTS)),
                created=day(on - 1),
                expected=day(on),
            )
            for n in range(draw(st.integers(1, 3)))
        ]
        for on in (3, 4, 5)
    ]
    held = draw(st.lists(st.sampled_from(groups[0]), max_size=2, unique_by=lambda one: one.id))
    groups[1:] = [[*group, *(one for one in held if draw(st.booleans()))] for group in groups[1:]]
    paid = [[one for one in groups[0] if one not in held], *groups[1:]]
    payouts = [
        payout(f"G{on}", sum(one.amount for one in some), value=day(on))
        for on, some in zip((3, 4, 5), paid, strict=True)
        if some and draw(st.integers(0, 5))
    ]
    return list({one.id: one for group in groups for one in group}.values()) + payouts


HELD_AMOUNTS = (100_33, 250_17, 75_91, 1_310_45, 174_26, 33_19)


def _entry(item: Item) -> st.SearchStrategy[str | None]:
    return st.sampled_from((f"E{item.id}", f"E{item.id}", None))


def again(line: SettlementRecorded) -> SettlementRecorded:
    """The same entry, delivered once more and later."""
    return replace(
        line,
        settlement_id=f"{line.settlement_id}b",
        statement_id="ST9",
        received_at="2026-03-19T06:00:00-03:00",
    )


# Batches.


def batch(some: Sequence[Row]) -> Batch:
    """What one delivery holds, with all reference data."""
    return Batch(
        payments_file=_file("payments.jsonl", some),
        payments=[(n, one) for n, one in enumerate(some, 1) if isinstance(one, PaymentRegistered)],
        lines_file=_file("settlements.jsonl", some),
        lines=[(n, one) for n, one in enumerate(some, 1) if isinstance(one, SettlementRecorded)],
        merchants_file=_file("merchants.json"),
        merchants=[_merchant(one) for one in REFERENCE.merchants.values()],
        calendar_file=_file("calendar.json"),
        calendar=CALENDAR,
        fx_file=_file("fx.json"),
        fx=RATE_TABLE,
    )


def _file(name: str, content: object = None) -> SourceFile:
    return SourceFile(name, sha256(f"{name} {content!r}".encode()).hexdigest())


def _merchant(item: MerchantItem) -> MerchantRow:
    terms = item.terms
    registered = MerchantRegistered(
        merchant_id=item.code,
        source="core",
        name=item.code,
        tax_id=item.tax_id,
        payout_account=item.payout_account,
        fee_rounding=terms.fee_rounding,
        settlement_delay_bd=terms.settlement_delay_bd,
        payout_per_method=terms.payout_per_method,
        payout_schedule=terms.payout_schedule,
        max_held=terms.max_held,
        timezone=terms.timezone,
    )
    return MerchantRow(registered=registered, schedules=terms.schedules)


# The service.


def reconciler(facts: FactStore) -> Reconciler:
    return Reconciler(
        facts, actor="tester", reason_of=reason_of, holidays=HOLIDAYS, read_rules=read_rules
    )


def reconcile(facts: FactStore, some: Sequence[Row]) -> Outcome:
    return reconciler(facts).run(batch(some))


def loaded(facts: FactStore) -> Registry:
    """What a process that starts now knows."""
    registry = Registry()
    registry.apply_all(facts.facts())
    return registry


@dataclass(frozen=True)
class State:
    """What stands, as far as it does not depend on the way that led there.

    Matches with their money; open lines with why, and with what they repeat; the result files'
    rows, without what was contradicted on the way.
    """

    matches: frozenset[tuple[object, ...]]
    open: frozenset[tuple[object, ...]]
    answers: frozenset[tuple[object, ...]]
    exceptions: frozenset[object]


def state_of(registry: Registry) -> State:
    lines = {
        stream: state for stream, state in registry.states.items() if isinstance(state, Settlement)
    }
    return State(
        matches=frozenset(
            (one.rule, one.evidence, one.status, one.allocations, one.residuals)
            for one in registry.matches.values()
        ),
        open=frozenset(
            (stream, state.left_open, state.duplicate_of, state.cancelled)
            for stream, state in lines.items()
            if state.match_id is None
        ),
        answers=frozenset(
            (one.payments, one.settlements, one.rule, one.evidence) for one in match_rows(registry)
        ),
        exceptions=frozenset(
            one
            for one in exception_rows(registry)
            if (one.reason, one.rule) != ("contradicted", "E10")
        ),
    )


# Facts in memory.


@dataclass
class Remembered:
    """A FactStore that keeps everything as it was given, and nothing anywhere else."""

    recorded: list[Recorded] = field(default_factory=list[Recorded])
    versions: dict[str, int] = field(default_factory=dict[str, int])
    commits_max: int = 10_000
    numbers_at_once: bool = True

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        expected = dict(self.versions)
        for commit in commits:
            if expected.get(commit.stream, 0) != commit.expected_version:
                raise VersionConflict(
                    stream=commit.stream, expected_version=commit.expected_version
                )
            expected[commit.stream] = commit.expected_version + len(commit.facts)
        first = len(self.recorded)
        self.recorded += (
            Recorded(
                stream=commit.stream,
                version=commit.expected_version + n,
                position=position,
                business_time=commit.business_time,
                recorded_at_ms=first,
                context=commit.context,
                nonce=b"",
                fact=fact,
            )
            for position, (commit, n, fact) in enumerate(_numbered(commits), first + 1)
        )
        self.versions = expected
        return tuple(self.recorded[first:])

    def stream(self, stream: str, *, through_version: int | None = None) -> tuple[Recorded, ...]:
        last = len(self.recorded) if through_version is None else through_version
        return tuple(one for one in self.recorded if one.stream == stream and one.version <= last)

    def streams(self, streams: Iterable[str]) -> Mapping[str, tuple[Recorded, ...]]:
        found = {stream: self.stream(stream) for stream in set(streams)}
        return {stream: facts for stream, facts in found.items() if facts}

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        return iter(self.recorded[after:])

    def written(self, *, sealed: bool = False) -> Iterator[Recorded]:
        return self.facts(sealed=sealed)

    def head(self) -> int:
        return len(self.recorded)


def _numbered(commits: Sequence[Commit]) -> Iterator[tuple[Commit, int, Fact]]:
    for commit in commits:
        for n, fact in enumerate(commit.facts, start=1):
            yield commit, n, fact
