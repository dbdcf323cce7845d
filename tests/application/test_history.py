"""What happened to anything, step by step, and what it was known to be at any instant."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from adapters.sqlite_facts import SqliteFactStore
from application.history import Step, fields_of, history, state_at
from application.lookup import Target, resolve, target_of
from application.undoing import cancel_payment, cancel_settlement, unmatch
from domain.money import Money
from tests.application.small_bank import (
    LINES,
    ORDER,
    PAYMENTS,
    PEOPLE,
    START_MS,
    judge_again,
    line,
    opened,
    paid,
    reconcile,
    rival,
    stream_of,
)
from tests.domain.controls import LINE, REGISTERED

MATCH_1 = f"mat:{stream_of(1).removeprefix('set:')}:1"
P1, S1, M1 = target_of("pay:core:P1"), target_of(stream_of(1)), target_of(MATCH_1)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteFactStore]:
    """Two days, an undone match, a contradicted one, and what was cancelled."""
    with opened(tmp_path_factory.mktemp("history")) as store:
        reconcile(store, PAYMENTS, LINES)
        unmatch(store, match_id=MATCH_1, order=ORDER)
        judge_again(store)
        reconcile(store, [], [rival(20)])
        cancel_payment(store, target=target_of("pay:core:P9"), order=ORDER)
        cancel_settlement(store, target=target_of(stream_of(12)), order=ORDER)
        judge_again(store)
        yield store


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[SqliteFactStore]:
    with opened(tmp_path) as store:
        yield store


def topics(steps: tuple[Step, ...]) -> list[str]:
    return [step.topic for step in steps]


def test_every_step_of_a_payment_is_told_with_those_of_its_match(bank: SqliteFactStore):
    """The payment's own facts, and beside them what its match did on its line."""
    steps = history(bank, P1)
    assert topics(steps)[:5] == [
        "payment.registered",
        "settlement.allocated",
        "payment.allocated",
        "settlement.allocated",
        "payment.returned",
    ]
    assert topics(steps)[5:7] == ["settlement.allocation_released", "payment.allocation_released"]
    assert [step.of_target for step in steps[:3]] == [True, False, True]
    assert [step.position for step in steps] == sorted(step.position for step in steps)


def test_a_step_says_when_it_was_so_and_when_it_was_learnt(bank: SqliteFactStore):
    """Business time and recorded time stand apart, with who, on whose word, and why."""
    released = next(one for one in history(bank, S1) if one.topic.endswith("allocation_released"))
    assert released.effective == "2026-03-04"
    assert START_MS < released.recorded_at_ms < START_MS + 60_000
    assert (released.actor, released.authority) == ("ana", "operator")
    assert (released.command_id, released.correlation_id) == (f"unmatch:{MATCH_1}", "undo-1")
    assert released.fact_id == f"{stream_of(1)}@3"


def test_a_step_says_what_changed_in_both_languages(bank: SqliteFactStore):
    """One line each, in the fact's own fields."""
    first, *_ = history(bank, P1)
    assert first.change == {
        "en": "ARS 100.00 expected for merchant M1 on 2026-03-03, by transfer",
        "es": "ARS 100,00 esperados para el comercio M1 el 2026-03-03, por transferencia",
    }


def test_a_step_says_what_the_target_was_after_it(bank: SqliteFactStore):
    """Each fact of the target moves its state; a fact of another stream leaves it."""
    steps = history(bank, P1)
    assert [(step.after.status, step.after.version) for step in steps[:3]] == [
        ("expected", 1),
        ("expected", 1),
        ("settled", 2),
    ]
    assert steps[2].after.matches == (MATCH_1,)
    assert steps[2].after.open == Money(0, "ARS")


def test_the_life_of_a_match(bank: SqliteFactStore):
    """A match stands, and is released from all its items."""
    steps = history(bank, M1)
    assert [(step.topic, step.after.status) for step in steps] == [
        ("settlement.allocated", "stands"),
        ("payment.allocated", "stands"),
        ("settlement.allocation_released", "released"),
        ("payment.allocation_released", "released"),
    ]


def test_the_life_of_a_contradicted_match(facts: SqliteFactStore):
    """History shows the match, the contradiction and the release, in this order."""
    reconcile(facts, PAYMENTS, LINES)
    reconcile(facts, [], [rival(20)])
    found = [step.after.status for step in history(facts, M1) if step.of_target]
    assert found == ["stands", "contradicted", "released"]


def test_a_line_that_joined_a_match_tells_of_it(bank: SqliteFactStore):
    """What happened on the home of its match is told beside it."""
    steps = history(bank, target_of(stream_of(7)))
    assert topics(steps) == ["settlement.recorded", "settlement.allocated", "settlement.joined"]
    assert [step.stream for step in steps] == [stream_of(7), stream_of(6), stream_of(7)]
    assert steps[-1].after.status == "matched"


def test_a_line_is_open_for_a_reason_and_then_void(bank: SqliteFactStore):
    """A verdict and a cancellation are both states of the line."""
    after = [step.after for step in history(bank, target_of(stream_of(12)))]
    assert [(one.status, one.reason) for one in after] == [
        ("unjudged", None),
        ("open", "unexpected"),
        ("cancelled", "paid by somebody else"),
    ]


def test_a_duplicate_names_what_it_repeats(facts: SqliteFactStore):
    """The state of a duplicate holds the line that it repeats."""
    lines = [line(n, 100_00, reference="FAC-000001") for n in (1, 2)]
    reconcile(facts, [paid(1, 100_00)], lines)
    state = state_at(facts, target_of(stream_of(2)))
    assert state is not None
    assert (state.status, state.reason) == ("duplicate", stream_of(1))


@pytest.mark.parametrize(
    "typed, status",
    [
        ("ST1", "sealed"),
        ("M1", "known"),
        ("cal:AR", "known"),
        ("fx:USDARS", "known"),
        ("rul:core", "known"),
        ("jdg:core", "known"),
    ],
)
def test_whatever_has_facts_has_a_history(bank: SqliteFactStore, typed: str, status: str):
    """Statements, reference data, rules and judgements are told as well."""
    steps = history(bank, resolve(bank, typed))
    assert steps[-1].after.status == status
    assert all(step.change["en"] and step.change["es"] for step in steps)


def test_what_never_was_has_no_history(bank: SqliteFactStore):
    """Nothing is known of it at any time."""
    for never in ("pay:core:P99", stream_of(99), "mat:nowhere:1"):
        assert history(bank, target_of(never)) == ()
        assert state_at(bank, target_of(never)) is None


# Personal fields.


def test_nothing_personal_is_shown_unasked(bank: SqliteFactStore):
    """No step holds an account of somebody, a tax id or a name, unless that was asked for."""
    everything = {one.stream for one in bank.facts()}
    for stream in sorted(everything):
        shown = repr(history(bank, target_of(stream)))
        assert not any(personal in shown for personal in PEOPLE), stream


def test_personal_fields_are_shown_on_demand(bank: SqliteFactStore):
    """Who asks for them, gets them: of the payer and of the counterparty."""
    first, *_ = history(bank, P1, personal=True)
    assert first.fields["payer_name"] == "Tomás Pérez"
    first, *_ = history(bank, S1, personal=True)
    assert first.fields["counterparty_account"] == "0177792125336137481863"


def test_fields_are_plain_values():
    """Amounts, days, tuples and nested parts become what JSON knows."""
    shown = fields_of(REGISTERED)
    assert shown["amount"] == {"minor": 100_00, "currency": "ARS"}
    assert shown["local_day"] == "2026-03-02"
    assert "payer_name" not in shown
    assert fields_of(LINE)["reversal"] is False


# Known at.


def test_a_match_is_not_known_before_it_was_recorded(bank: SqliteFactStore):
    """An instant before the facts knows nothing of it; one between them, what was known then."""
    first, second, *_ = history(bank, M1)
    assert state_at(bank, M1, known_at_ms=first.recorded_at_ms - 1) is None
    between = state_at(bank, M1, known_at_ms=second.recorded_at_ms)
    assert between is not None
    assert between.status == "stands"
    last = state_at(bank, M1)
    assert last is not None
    assert last.status == "released"


@pytest.mark.parametrize("target", [P1, S1, M1, target_of(stream_of(7)), target_of("pay:core:P9")])
def test_law_replay_to_a_step_gives_the_state_after_it(bank: SqliteFactStore, target: Target):
    """Asked at the position of any step, the state is the one the step says; so at its instant."""
    steps = history(bank, target)
    assert steps
    for step in steps:
        assert state_at(bank, target, position=step.position) == step.after
    at_instant = {step.recorded_at_ms: step for step in steps}  # the last of each instant
    for instant, step in at_instant.items():
        assert state_at(bank, target, known_at_ms=instant) == step.after
    assert state_at(bank, target, position=0) is None
    assert state_at(bank, target) == steps[-1].after


@for_all(data=st.data())
def test_law_the_earlier_of_two_bounds_counts(bank: SqliteFactStore, data: st.DataObject):
    """An instant and a position together know what both of them know."""
    position = data.draw(st.integers(0, bank.head() + 1))
    instant = data.draw(st.integers(START_MS - 1, START_MS + 20_000))
    for target in (P1, S1, M1):
        both = state_at(bank, target, position=position, known_at_ms=instant)
        one = state_at(bank, target, position=position)
        other = state_at(bank, target, known_at_ms=instant)
        versions = [0 if state is None else state.version for state in (one, other)]
        assert (0 if both is None else both.version) == min(versions)
