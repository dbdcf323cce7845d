"""Laws of the engine over small worlds: order, increments, books, and what is unrelated."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from random import Random

import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from domain.matching.items import LineItem, PaymentItem
from domain.matching.verdicts import RETURN_RULES, Judgement, MatchFound
from tests.domain.matching.folding import Folded, decided, item_by_item
from tests.domain.matching.table import (
    Item,
    account,
    admit,
    day,
    judge,
    keys,
    line,
    matcher,
    payment,
    tax_id,
)
from tests.domain.matching.worlds import REFERENCE, any_world


@given(any_world, st.randoms(use_true_random=False))
def test_law_the_order_of_the_input_plays_no_part(world: list[Item], random: Random):
    """Invariant f: shuffled items get the same matches, duplicates and reasons."""
    shuffled = list(world)
    random.shuffle(shuffled)
    one, other = judge(*world, reference=REFERENCE), judge(*shuffled, reference=REFERENCE)
    target(float(len(one.matches)), label="matches")
    assert decided(one) == decided(other)


@given(any_world)
def test_law_what_was_told_early_stands_in_the_judgement(world: list[Item]):
    """Matches are told as they become certain, each once, and none of them is taken back."""
    told: list[MatchFound] = []
    judgement = matcher(world, reference=REFERENCE).judge(seal="now", found=told.extend)
    target(float(len(told)), label="told")
    assert tuple(told) == judgement.matches


@pytest.mark.parametrize(
    "some, shown",
    [
        (
            [payment(f"P{n}", n * 10_00, reference="ORD-000111") for n in (1, 2, 3)],
            line("L1", 10_00, reference="ORD-000111"),
        ),
        (
            [payment(f"P{n}", n * 10_00, method="card", merchant="M1") for n in (1, 2, 3)],
            line("L1", 60_00, merchant="M1"),
        ),
    ],
    ids=["eliminated", "payout"],
)
def test_the_order_of_the_input_is_not_in_the_record(some: list[Item], shown: Item):
    """Section 9 and invariant f: proof, allocations and residuals are equal to the byte."""
    one = judge(*some, shown, reference=REFERENCE).matches
    other = judge(*reversed(some), shown, reference=REFERENCE).matches
    assert [record(found) for found in one] == [record(found) for found in other]


def record(found: MatchFound) -> str:
    return f"{found.rule} {found.allocations} {found.residuals} {found.proof}"


seals = st.sampled_from(("now", None))
"""Judged under the seal, or live: without one, by classes I and G alone."""


@given(any_world, st.randoms(use_true_random=False), seals, st.integers(0, 6))
def test_law_item_by_item_ends_where_all_at_once_ends(
    world: list[Item], random: Random, seal: str | None, known: int
):
    """Section 14: each item is judged with what it touches; the folded verdicts are the batch's."""
    arriving = list(world)
    random.shuffle(arriving)
    folded = item_by_item(arriving[known:], reference=REFERENCE, seal=seal, known=arriving[:known])
    assert folded.decided() == decided(judge(*world, reference=REFERENCE, seal=seal))[:2]


@given(any_world, st.randoms(use_true_random=False), st.integers(2, 4))
def test_law_batch_by_batch_ends_where_all_at_once_ends(
    world: list[Item], random: Random, size: int
):
    """Section 14: several items at a time are the same as one at a time."""
    arriving = list(world)
    random.shuffle(arriving)
    engine, folded = matcher((), reference=REFERENCE), Folded()
    for start in range(0, len(arriving), size):
        batch = arriving[start : start + size]
        for item in batch:
            admit(engine, item)
        folded.fold(engine.judge(seal="now", touched=[item.id for item in batch]))
    assert folded.decided() == decided(judge(*world, reference=REFERENCE))[:2]


@given(any_world, st.data(), seals)
def test_law_a_late_item_reopens_its_component_alone(
    world: list[Item], data: st.DataObject, seal: str | None
):
    """E10: what a late item could change is in its closed set; every other verdict is as it was."""
    late = data.draw(st.sampled_from(world))
    engine = matcher([item for item in world if item is not late], reference=REFERENCE)
    before = engine.judge(seal=seal)
    admit(engine, late)
    reopened = engine.judge(seal=seal, touched=[late.id])
    after = engine.judge(seal=seal)
    target(float(len(after.lines - reopened.lines)), label="lines outside")
    assert _outside(before, reopened.lines) == _outside(after, reopened.lines)
    assert _inside(reopened, reopened.lines) == _inside(after, reopened.lines)


@given(any_world, st.data(), seals)
def test_law_what_is_no_longer_so_reopens_its_component_alone(
    world: list[Item], data: st.DataObject, seal: str | None
):
    """Of what is cancelled or undone, too: all that it could change is in its closed set."""
    before = judge(*world, reference=REFERENCE, seal=seal)
    gone = data.draw(st.sampled_from([*world, *before.matches]))
    engine = matcher(
        [_cancelled(item) if item is gone else item for item in world], reference=REFERENCE
    )
    if not isinstance(gone, MatchFound):
        touched = [gone.id]
    else:
        touched = [item.id for item in (*gone.lines, *gone.payments)]
        engine.bar([(one.id, other.id) for one in gone.lines for other in gone.payments])
    reopened = engine.judge(seal=seal, touched=touched)
    after = engine.judge(seal=seal)
    assert _outside(before, reopened.lines) == _outside(after, reopened.lines)
    assert _inside(reopened, reopened.lines) == _inside(after, reopened.lines)


def _cancelled(item: Item) -> Item:
    if isinstance(item, PaymentItem):
        return replace(item, cancelled=True)
    return replace(item, repeats=item.id)


def _inside(judgement: Judgement, lines: frozenset[str]) -> list[str]:
    """Every verdict on these lines, with its whole record."""
    return _outside(judgement, judgement.lines - lines)


def _outside(judgement: Judgement, reopened: frozenset[str]) -> list[str]:
    """Every verdict on a line that was not judged again, with its whole record."""
    matched = [record(one) for one in judgement.matches if reopened.isdisjoint(one.key[0])]
    others = {**judgement.duplicates, **judgement.left_open}
    return sorted(matched) + sorted(f"{k} {v}" for k, v in others.items() if k not in reopened)


@given(any_world)
def test_law_judging_again_changes_nothing(world: list[Item]):
    """Invariant f: a verdict leaves no trace in the engine."""
    engine = matcher(world, reference=REFERENCE)
    first = decided(engine.judge(seal="now"))
    assert decided(engine.judge(seal="now")) == first
    again = engine.judge(seal="now", touched=[item.id for item in world])
    assert decided(again) == first


@given(any_world)
def test_law_every_line_has_one_verdict(world: list[Item]):
    """Each line is in one match, or a duplicate, or open for a reason."""
    found = judge(*world, reference=REFERENCE)
    matched = [one.id for match in found.matches for one in match.lines]
    verdicts = Counter([*matched, *found.duplicates, *found.left_open])
    assert verdicts == Counter(item.id for item in world if isinstance(item, LineItem))


@given(any_world)
def test_law_the_books_close(world: list[Item]):
    """Invariants a, b and d: allocations and residuals make the lines; nothing is paid twice."""
    found = judge(*world, reference=REFERENCE)
    settled: Counter[str] = Counter()
    returned: Counter[str] = Counter()
    for match in found.matches:
        assert_equation(match)
        sides = returned if match.rule in RETURN_RULES else settled
        for one in match.allocations:
            sides[one.payment] += one.payment_amount.minor
    amounts = {item.id: item.amount for item in world if isinstance(item, PaymentItem)}
    assert all(settled[name] in (0, amount) for name, amount in amounts.items())
    assert all(-amounts[name] <= amount < 0 for name, amount in returned.items())


def assert_equation(match: MatchFound) -> None:
    for one in match.lines:
        allocated = [each for each in match.allocations if each.settlement == one.id]
        assert allocated
        assert {each.amount.currency for each in allocated} == {one.currency}
    explained = [one.amount.minor for one in (*match.allocations, *match.residuals)]
    assert sum(explained) == sum(one.amount for one in match.lines)
    by_currency = {one.id: one.currency for one in match.payments}
    for one in match.allocations:
        assert one.payment_amount.currency == by_currency[one.payment]
        crosses = one.payment_amount.currency != one.amount.currency
        assert not crosses or any(each.kind == "FX_SPREAD" for each in match.residuals)


@given(any_world)
def test_law_nobody_is_in_two_settling_matches(world: list[Item]):
    """Invariant a: every payment in at most one match that settles it, every line in one."""
    settling = [
        match
        for match in judge(*world, reference=REFERENCE).matches
        if match.rule not in RETURN_RULES
    ]
    paid = Counter(one.id for match in settling for one in match.payments)
    assert all(count == 1 for count in paid.values())


@given(any_world)
def test_law_a_seal_adds_class_c_and_takes_nothing_away(world: list[Item]):
    """E7 and E9: what identity and groups posted without a seal stands with it."""
    live = judge(*world, reference=REFERENCE, seal=None)
    assert {match.evidence for match in live.matches} <= {"I", "G"}
    assert set(keys(live)) <= set(keys(judge(*world, reference=REFERENCE)))


_elsewhere = {"account": account(7_777), "tax_id": tax_id(7_777), "reference": "ZZZ-QQQ-99999"}
UNRELATED: tuple[Item, ...] = (
    payment("PX", 77_77, merchant="M9", end_to_end_id="ZZZZZZZZZZZZZZZZZZZZZZ", **_elsewhere),
    payment("PX", 77_77, merchant="M2", method="card", created=day(20), expected=day(20)),
    line("LX", 77_77, account="not that account", counterparty_account=account(7_777)),
    line("LX", 77_77, account="not that account", reference="ZZZ-QQQ-99998"),
)


@given(any_world, st.sampled_from(UNRELATED))
def test_law_an_unrelated_item_changes_nothing(world: list[Item], unrelated: Item):
    """Stage 8: what shares no key with anything changes no verdict of anything else."""
    alone = decided(judge(*world, reference=REFERENCE))
    matches, repeated, left_open = decided(judge(*world, unrelated, reference=REFERENCE))
    left_open.pop("LX", None)
    assert (matches, repeated, left_open) == alone
