"""The bank reconciliation statement closes, and says by what."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import timedelta

import pytest

from application.books import AccountUnknown, bank_reconciliation
from application.reconciliation import CurrencyNeeded, Reconciliation, Tally
from domain.statement import StatementReceived
from tests.domain.controls import MONDAY, TUESDAY, WEDNESDAY
from tests.projections.memory_views import MemoryViews
from tests.projections.test_documents import views_of
from tests.projections.test_statements import CONTENT
from tests.projections.world import ACCOUNTS, World

ACCOUNT = ACCOUNTS[0]  # of lines with even numbers


def a_week() -> World:
    """Two lines on Monday, one of them matched; on Tuesday a duplicate, a return and a payout."""
    world = World()
    paid = world.register(1, 100)
    world.match([world.deliver(2, 100)], [paid])
    world.leave_open(world.deliver(4, 50), reason="ambiguous")
    world.mark_duplicate(world.deliver(6, 50, day=TUESDAY), of=f"set:bank:017:{ACCOUNT}:E4")
    world.take_back(world.deliver(8, -30, day=TUESDAY), paid)
    group = [world.register(n, 100) for n in (2, 3)]
    world.match([world.deliver(10, 207, day=TUESDAY)], group)
    return world


def closed(statement: Reconciliation) -> Reconciliation:
    assert (statement.residual_minor, statement.open_residual_minor) == (0, 0)
    assert statement.closes
    return statement


def test_statement_and_ledger_differ_by_the_listed_lines():
    """Opening, arrivals and closing of both sides, and each line between them."""
    statement = closed(bank_reconciliation(views_of(a_week()), account=ACCOUNT, day=TUESDAY))
    assert (statement.opening, statement.today.arrivals) == (Tally(1, 50), Tally(3, 227))
    assert (statement.today.matched, statement.closing) == (Tally(2, 177), Tally(1, 50))
    assert statement.statement_closing_minor == 377
    assert statement.ledger_closing_minor == 277
    assert (statement.today.settled_minor, statement.today.returned_minor) == (200, -30)
    assert statement.today.residuals == {"ACQ_FEE": 7}
    listed = [(one.kind, one.booking_day, one.minor) for one in statement.differences]
    assert listed == [("open", MONDAY, 50), ("duplicate", TUESDAY, 50)]


def test_a_day_opens_as_the_day_before_closed():
    """Balances and open items go over from day to day, also over days without lines."""
    views = views_of(a_week())
    monday, tuesday, wednesday = (
        closed(bank_reconciliation(views, account=ACCOUNT, day=day))
        for day in (MONDAY, TUESDAY, WEDNESDAY)
    )
    for before, after in ((monday, tuesday), (tuesday, wednesday)):
        assert after.opening == before.closing
        assert after.statement_opening_minor == before.statement_closing_minor
        assert after.ledger_opening_minor == before.ledger_closing_minor


def test_what_is_known_later_does_not_change_what_was_known():
    """A match made on Tuesday changes Monday as known now, not Monday as known on Monday."""
    world = World()
    paid, line = world.register(1, 100), world.deliver(2, 100)
    world.pass_hours(24)
    world.match([line], [paid])
    views = views_of(world)
    then = closed(bank_reconciliation(views, account=ACCOUNT, day=MONDAY, known_on=MONDAY))
    now = closed(bank_reconciliation(views, account=ACCOUNT, day=MONDAY))
    assert (then.closing, then.ledger_closing_minor) == (Tally(1, 100), 0)
    assert (now.closing, now.ledger_closing_minor) == (Tally(0, 0), 100)


def test_a_residual_that_stands_with_another_line_is_listed():
    """Where lines of two days share a match with a residual, each says what it carries."""
    world = World()
    paid = world.register(1, 100)
    first, second = world.deliver(2, 50), world.deliver(4, 53, day=TUESDAY)
    world.match([first, second], [paid])
    views = views_of(world)
    monday = closed(bank_reconciliation(views, account=ACCOUNT, day=MONDAY))
    assert [(one.kind, one.minor) for one in monday.differences] == [("carried", -3)]
    tuesday = closed(bank_reconciliation(views, account=ACCOUNT, day=TUESDAY))
    assert [(one.kind, one.minor) for one in tuesday.differences] == [
        ("carried", -3),
        ("carried", 3),
    ]
    assert tuesday.difference_minor == 0


def test_the_opening_balance_is_what_the_bank_states():
    """A stated opening is brought forward, and a stated closing is held against the lines."""
    world = a_week()
    received = StatementReceived(
        statement_id="ST1", source_kind="bank", account=ACCOUNT, **asdict(CONTENT)
    )
    monday = replace(received, opening_minor=1_000, closing_minor=1_150)
    tuesday = replace(
        received, first_day=TUESDAY, last_day=TUESDAY, opening_minor=1_150, closing_minor=1_400
    )
    world.facts.record((f"stm:bank:{ACCOUNT}:ST1", (monday,)))
    world.facts.record((f"stm:bank:{ACCOUNT}:ST2", (tuesday,)))
    views = views_of(world)
    first = closed(bank_reconciliation(views, account=ACCOUNT, day=MONDAY))
    assert (first.statement_opening_minor, first.statement_closing_minor) == (1_000, 1_150)
    assert (first.stated_minor, first.stated_gap_minor) == (1_150, 0)
    second = closed(bank_reconciliation(views, account=ACCOUNT, day=TUESDAY))
    assert second.stated_gap_minor == 1_400 - (1_150 + 227 - 50)


def test_a_posting_that_is_wrong_shows():
    """Statement and ledger come from different facts: a lost allocation is no silence."""
    views = views_of(a_week())
    spoil(views, "settled", -1)
    statement = bank_reconciliation(views, account=ACCOUNT, day=TUESDAY)
    assert statement.residual_minor == 1
    assert not statement.closes


def test_a_line_that_is_lost_shows():
    """An open item that no document holds any more is a residual of the open items."""
    views = views_of(a_week())
    position = views.position()
    documents = {"open_items": {f"set:bank:017:{ACCOUNT}:E4": None}}
    views.apply(after=position, position=position, documents=documents)
    statement = bank_reconciliation(views, account=ACCOUNT, day=TUESDAY)
    assert (statement.residual_minor, statement.open_residual_minor) == (50, 50)
    assert not statement.closes


def spoil(views: MemoryViews, name: str, amount: int) -> None:
    """Change one sum of Tuesday's books, as a bug would."""
    key = f"{TUESDAY.isoformat()}|ARS|{ACCOUNT}"
    document = views.one("account_day", key)
    amounts = document["amounts"]
    assert isinstance(amounts, dict)
    amounts[f"2026-03-02.{name}"] += amount
    position = views.position()
    views.apply(after=position, position=position, documents={"account_day": {key: document}})


def test_an_account_is_known_by_its_lines():
    """An unknown account, and one whose currency has to be named, are refused."""
    world = World()
    world.deliver(2, 100)
    world.deliver(4, 7, currency="USD", day=MONDAY - timedelta(days=1))
    views = views_of(world)
    with pytest.raises(AccountUnknown):
        bank_reconciliation(views, account="1", day=MONDAY)
    with pytest.raises(CurrencyNeeded) as refused:
        bank_reconciliation(views, account=ACCOUNT, day=MONDAY)
    assert refused.value.currencies == ("ARS", "USD")
    dollars = closed(bank_reconciliation(views, account=ACCOUNT, day=MONDAY, currency="USD"))
    assert dollars.statement_closing_minor == 7
