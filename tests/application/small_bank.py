"""A bank of a few payments and lines, reconciled into an embedded store as in real life."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from adapters.rule_files import read_rules
from adapters.sqlite_facts import SqliteFactStore
from adapters.system import FixedClock, SeededEntropy
from application.batch import Batch, CalendarTable, MerchantRow, RateTable, SourceFile
from application.ports import FactStore
from application.reconciling import Outcome, Reconciler
from application.undoing import Order
from domain.fees import Schedule, net
from domain.fx import DayRate
from domain.merchant import MerchantRegistered
from domain.money import Money
from domain.payment import PaymentRegistered
from domain.settlement import SettlementRecorded
from tests.domain import controls

MONDAY, TUESDAY, WEDNESDAY = controls.MONDAY, controls.TUESDAY, controls.WEDNESDAY
OUR_ACCOUNT = controls.LINE.account
TOMAS, ANA = "0177792125336137481863", "0140590940090418135201"
PEOPLE = (TOMAS, ANA, "Tomás Pérez", "24667649214", "30500010912", "27111111115")
"""Everything personal in this bank: nothing that is said may hold any of it."""

START_MS = 1_772_463_600_000
"""2 March 2026, 12:00 at −03:00; each reading of the clock is a second later."""

MERCHANT = MerchantRegistered(
    merchant_id="M1",
    source="core",
    name="Panadería Ejemplo",
    tax_id="30500010912",
    payout_account=None,
    fee_rounding="item",
    settlement_delay_bd=1,
    payout_per_method=False,
    payout_schedule="daily",
    max_held=3,
    timezone="America/Argentina/Buenos_Aires",
)
SCHEDULE = Schedule(date(2026, 1, 1), 180, 2_100, 250, 50, 0)
ORDER = Order(
    actor="ana", reason="paid by somebody else", business_date=WEDNESDAY, correlation_id="undo-1"
)


def paid(number: int, minor: int, **changes: object) -> PaymentRegistered:
    """Payment P<number> of M1, by Tomás, with a reference and an end-to-end id of its own."""
    made = replace(
        controls.REGISTERED,
        payment_id=f"P{number}",
        amount=Money(minor, "ARS"),
        reference=f"FAC-{number:06}",
        end_to_end_id=None,
        payer_tax_id=None,
    )
    return replace(made, **changes)


def line(number: int, minor: int, **changes: object) -> SettlementRecorded:
    """Row S<number>, entry E<number>, of Tomás's account, which shows no reference."""
    made = replace(
        controls.row(number, minor),
        reference=None,
        remittance_information=None,
        counterparty_name="Tomás Pérez",
        counterparty_account=TOMAS,
    )
    return replace(made, **changes)


def rival(number: int) -> SettlementRecorded:
    """A line of the next day that shows P1's reference and amount, as S1 did."""
    return line(
        number,
        100_00,
        reference="FAC-000001",
        statement_id="ST2",
        booking_date=WEDNESDAY,
        value_date=WEDNESDAY,
    )


def stream_of(number: int) -> str:
    """The stream of the line E<number>."""
    return f"set:bank:017:{OUR_ACCOUNT}:E{number}"


@contextmanager
def opened(folder: Path) -> Iterator[SqliteFactStore]:
    """A store that gives the same answers each time."""
    clock, entropy = FixedClock(START_MS, step_ms=1_000), SeededEntropy("small bank")
    with SqliteFactStore.open(
        folder / "store", tenant="bank-01", clock=clock, entropy=entropy
    ) as store:
        yield store


def reconcile(
    facts: FactStore,
    payments: Sequence[PaymentRegistered] = (),
    lines: Sequence[SettlementRecorded] = (),
) -> Outcome:
    """Take in a batch and judge it."""
    return _reconciler(facts).run(batch(payments, lines))


def judge_again(facts: FactStore) -> Outcome:
    """Judge what an undoing changed."""
    return _reconciler(facts).judge_again(correlation="again")


def _reconciler(facts: FactStore) -> Reconciler:
    return Reconciler(
        facts, actor="test", reason_of=repr, holidays=frozenset(), read_rules=read_rules
    )


def batch(payments: Sequence[PaymentRegistered], lines: Sequence[SettlementRecorded]) -> Batch:
    """Rows in order, with the bank's reference data."""
    days = [MONDAY + timedelta(days=n) for n in range(60)]
    business_days = tuple(day for day in days if day.weekday() < 5)
    return Batch(
        payments_file=_file("payments", payments),
        payments=list(enumerate(payments, start=1)),
        lines_file=_file("lines", lines),
        lines=list(enumerate(lines, start=1)),
        merchants_file=_file("merchants", ()),
        merchants=[MerchantRow(registered=MERCHANT, schedules=(SCHEDULE,))],
        calendar_file=_file("calendar", ()),
        calendar=CalendarTable(holidays=(), business_days=business_days),
        fx_file=_file("fx", ()),
        fx=RateTable(pair="USDARS", scale=10_000, rates=(DayRate(day=TUESDAY, rate=11_945_370),)),
    )


def _file(name: str, rows: Sequence[object]) -> SourceFile:
    return SourceFile(name, sha256(f"{name}{rows!r}".encode()).hexdigest())


# A day with a bit of everything.

USD = Money(10_00, "USD")
NET_MINOR = sum(net(SCHEDULE, gross) for gross in (200_00, 300_00))

PAYMENTS = (
    paid(1, 100_00),
    paid(2, 100_00),  # its twin in payer and amount: ruled out by its reference
    paid(3, 55_00, reference=None),
    paid(4, 55_00, reference=None, payer_account=ANA, payer_tax_id="27111111115"),
    paid(5, 70_01),
    paid(6, 90_00),
    paid(7, 41_00, payer_account=ANA),
    paid(8, 33_00, payer_account=ANA),
    paid(9, 33_00, payer_account=ANA),
    paid(10, 1, amount=USD, reference="USD-10-REF", payer_account=None),
    paid(11, 200_00, method="card", reference="CARD-00011"),
    paid(12, 300_00, method="card", reference="CARD-00012"),
    paid(13, 77_00, payer_account=None),
    paid(14, 64_00, reference="LISTED-0014", payer_account=ANA),
    paid(15, 36_00, reference="LISTED-0015", payer_account=ANA),
)
LINES = (
    line(1, 100_00, reference="FAC-000001"),
    line(2, 100_00, reference="FAC-000002"),
    line(3, 55_00),  # by payer, in the sealed window
    line(5, 70_00, reference="FAC-000005"),  # a centavo less
    line(6, 50_00, reference="FAC-000006"),  # two parts
    line(7, 40_00, reference="FAC-000006"),
    line(8, -30_00, reference="FAC-000001"),  # a refund of part
    line(9, 33_00, counterparty_account=ANA),  # P8 or P9
    line(10, 11_945_37, reference="USD-10-REF"),
    line(
        11,
        NET_MINOR,
        source="acquirer:A",
        statement_id="LIQ1",
        merchant_id="M1",
        counterparty_name=None,
        counterparty_account=None,
    ),  # the payout of both card payments
    line(12, 999_99, counterparty_account=None),  # nobody's
    line(13, 76_00, reference="FAC-000013"),  # another amount
    line(
        14,
        100_00,
        counterparty_account=None,
        remittance_information="LISTED-0014 LISTED-0015",
    ),
)
