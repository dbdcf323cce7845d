"""The laws of the read models, over histories that the domain allowed."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from application.books import bank_reconciliations
from application.folding import Folding
from application.projecting import Projector
from domain import payment as p
from domain import settlement as s
from projections.catalogue import SELECTIONS, TOTALS, daily_position, payment_status
from projections.document import amounts_of, local_day_of
from projections.payment_status import is_payment_status
from tests.projections.memory_facts import HOUR_MS, MemoryFacts
from tests.projections.memory_views import MemoryViews
from tests.projections.world import Order, World, lived, obey, orders


def projected(facts: MemoryFacts, *, chunk_facts: int = 1000) -> MemoryViews:
    views = MemoryViews()
    Projector(facts=facts, views=views, chunk_facts=chunk_facts).catch_up()
    return views


@given(history=orders, chunk_facts=st.integers(1, 15))
def test_chunks_leave_no_trace(history: list[Order], chunk_facts: int):
    """However the facts are cut, the read models are the same bytes."""
    facts = lived(history).facts
    whole = projected(facts)
    assert projected(facts, chunk_facts=chunk_facts).digest() == whole.digest()


@given(history=orders, cuts=st.lists(st.integers(0, 30), max_size=4), most=st.integers(1, 9))
def test_looking_ahead_leaves_no_trace(history: list[Order], cuts: list[int], most: int):
    """Facts that were handed over or folded before they are written give the same bytes."""
    facts = lived(history).facts
    every, views = facts.recorded, MemoryViews()
    projector = Projector(facts=facts, views=views, chunk_facts=2, documents_max=most)
    facts.recorded = []
    for cut in sorted(cuts):
        taken, facts.recorded = every[len(facts.recorded) : cut], every[:cut]
        projector.take(taken[: cut // 2])
        projector.look_ahead()
    facts.recorded = every
    projector.catch_up()
    assert views.digest() == projected(facts).digest()


@given(history=orders, data=st.data())
def test_a_fact_counts_once(history: list[Order], data: st.DataObject):
    """Facts that come again change no document."""
    facts = lived(history).facts
    views = projected(facts)
    before = views.digest()
    first = data.draw(st.integers(0, len(facts.recorded)))
    again = facts.recorded[first : data.draw(st.integers(first, len(facts.recorded)))]
    head, folding = views.position(), Folding(views)
    folding.fold(again)
    views.apply(after=head, position=head, documents=folding.rest())
    assert views.digest() == before


@given(history=orders)
def test_rebuilt_is_the_same(history: list[Order]):
    """Read models that are thrown away and made again are the same bytes."""
    facts = lived(history).facts
    views = projected(facts, chunk_facts=3)
    before = views.digest()
    Projector(facts=facts, views=views).rebuild()
    assert views.digest() == before


@given(history=orders, chunk_facts=st.integers(1, 15))
def test_what_is_derived_follows_from_what_stands(history: list[Order], chunk_facts: int):
    """Selections and totals, kept step by step, equal those made from the documents at once."""
    views = projected(lived(history).facts, chunk_facts=chunk_facts)
    for selection in SELECTIONS:
        chosen = {
            its_key: dict(choice.document(key, document))
            for model, choice in selection.SOURCES.items()
            for key, document in views.all(model)
            if (its_key := choice.key(key, document)) is not None
        }
        assert dict(views.all(selection.MODEL)) == chosen
    for total in TOTALS:
        sums: Counter[tuple[str, str]] = Counter()
        for model, add in total.SOURCES.items():
            for key, document in views.all(model):
                for there, amounts in add(key, document):
                    sums.update({(there, name): amount for name, amount in amounts.items()})
        kept = {
            (key, name): amount
            for key, document in views.all(total.MODEL)
            for name, amount in amounts_of(document).items()
        }
        assert kept == {place: amount for place, amount in sums.items() if amount}


@given(history=orders)
def test_daily_positions_sum_to_what_the_facts_say(history: list[Order]):
    """Positions, all together, come to the sums over the payments themselves."""
    world = lived(history)
    sums: Counter[str] = Counter()
    for _, document in projected(world.facts).all(daily_position.MODEL):
        sums.update(amounts_of(document))
    states = list(world.payments.values())
    expected = [state for state in states if isinstance(state, p.Expected)]
    total = sum(state.registered.amount.minor for state in states)
    settled = sum(state.allocated_minor for state in expected)
    assert sums["expected_minor"] == total
    assert sums["settled_minor"] == settled
    assert sums["open_minor"] == sum(state.open_minor for state in expected)
    assert sums["returned_minor"] == sum(state.returned_minor for state in expected)
    assert total == sums["settled_minor"] + sums["open_minor"] + sums["cancelled_minor"]
    charges = sum(amount for name, amount in sums.items() if name.startswith("charges."))
    assert charges == _residuals(world)


def _residuals(world: World) -> int:
    return sum(one.amount.minor for match in _final(world) for one in match.residuals)


def _final(world: World) -> list[s.SettlementAllocated]:
    """What a provisional match settles is not settled yet."""
    return [match for match in world.matches.values() if match.status == s.FINAL]


DAYS = [date(2026, 3, day) for day in range(1, 8)]


@given(history=orders, day=st.sampled_from(DAYS), known_on=st.none() | st.sampled_from(DAYS))
def test_the_books_close(history: list[Order], day: date, known_on: date | None):
    """Whatever happened, each account closes on each day, as known on any day, to the last line."""
    views = projected(lived(history).facts)
    for statement in bank_reconciliations(views, day=day, known_on=known_on):
        assert (statement.residual_minor, statement.open_residual_minor) == (0, 0)
        assert statement.closes


@given(history=orders, day=st.sampled_from(DAYS))
def test_the_books_agree_with_the_lines_and_matches(history: list[Order], day: date):
    """Statement and ledger of an account are the sums over the states that the domain folded."""
    world = lived(history)
    booked = {k: v for k, v in world.lines.items() if v.line.booking_date <= day}
    for statement in bank_reconciliations(projected(world.facts), day=day):
        lines = [v for v in booked.values() if v.line.account == statement.account]
        assert statement.statement_closing_minor == sum(v.line.amount.minor for v in lines)
        waiting = [v for v in lines if _is_open(v)]
        assert statement.closing.count == len(waiting)
        assert statement.closing.minor == sum(v.line.amount.minor for v in waiting)
        posted = sum(
            one.amount.minor
            for match in _final(world)
            for one in match.allocations
            if one.settlement in booked and booked[one.settlement].line.account == statement.account
        )
        settled = statement.ledger_closing_minor
        settled -= sum(statement.before.residuals.values()) + sum(
            statement.today.residuals.values()
        )
        assert settled == posted


def _is_open(line: s.Settlement) -> bool:
    if line.match is not None and line.match.status == s.PROVISIONAL:
        return True
    return line.match_id is None and line.duplicate_of is None and line.cancelled is None


@given(history=orders)
def test_payments_show_the_provisional_match_that_reserves_them(history: list[Order]):
    """A payment is reserved by a provisional match that stands, and by nothing else."""
    world = lived(history)
    reserved = {
        (stream, match_id)
        for match_id, match in world.matches.items()
        if match.status == s.PROVISIONAL
        for stream in match.payments
    }
    shown: set[tuple[str, str]] = set()
    for key, document in projected(world.facts).all(payment_status.MODEL):
        assert is_payment_status(document)
        if document["reserved_by"] is not None:
            shown.add((key, document["reserved_by"]))
    assert shown <= reserved
    paid = {
        key
        for key, state in world.payments.items()
        if isinstance(state, p.Expected) and state.allocations
    }
    assert {stream for stream, _ in reserved} - paid <= {stream for stream, _ in shown}


@given(history=orders, later=orders, day=st.sampled_from(DAYS))
def test_what_was_known_stays_known(history: list[Order], later: list[Order], day: date):
    """The figures of a statement as known on a day that is over are the same for ever."""
    world = lived(history)
    world.pass_hours(24)
    over = date.fromisoformat(local_day_of(world.facts.now_ms - 24 * HOUR_MS))
    before = _figures(world, day=day, known_on=over)
    for order in later:
        obey(world, *order)
    after = _figures(world, day=day, known_on=over)
    assert {key: after[key] for key in before} == before


def _figures(world: World, *, day: date, known_on: date) -> dict[tuple[str, str], object]:
    statements = bank_reconciliations(projected(world.facts), day=day, known_on=known_on)
    return {
        (one.account, one.currency): (
            one.before,
            one.today,
            [(line.kind, line.settlement, line.minor) for line in one.differences],
        )
        for one in statements
    }


def test_histories_hold_what_the_laws_speak_of():
    """Thirty histories of forty orders hold, together, each kind of fact and each kind of match."""
    chance = Random(2026)
    facts = [one.fact for _ in range(30) for one in lived(_at_random(chance)).facts.recorded]
    assert {type(fact) for fact in facts} == set(
        get_args(p.PaymentFact) + get_args(s.SettlementFact)
    )
    matches = [fact for fact in facts if isinstance(fact, s.SettlementAllocated)]
    assert any(len(match.settlements) > 1 and match.residuals for match in matches)
    assert any(len(match.payments) > 1 for match in matches)
    assert any(match.allocations[0].amount.minor < 0 for match in matches)


def _at_random(chance: Random) -> list[Order]:
    return [
        (
            chance.randint(0, 17),
            chance.randint(0, 7),
            chance.randint(0, 7),
            chance.randint(-60, 120),
        )
        for _ in range(40)
    ]
