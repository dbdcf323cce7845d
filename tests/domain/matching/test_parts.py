"""A backlog that is judged in parts ends as if it had been judged whole."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from domain.matching.engine import Matcher
from domain.matching.parts import Part
from domain.matching.verdicts import Judgement, MatchFound
from tests.domain.matching.table import (
    PAYER,
    PAYER_TAX,
    Item,
    line,
    matcher,
    payment,
)
from tests.domain.matching.worlds import REFERENCE, any_world


def record(*judgements: Judgement) -> list[str]:
    """Everything that was decided, proofs and reasons to the byte, in an order of its own."""
    told: list[str] = []
    for one in judgements:
        told += map(matched, one.matches)
        told += [f"{name} {found}" for name, found in one.duplicates.items()]
        told += [f"{name} {verdict}" for name, verdict in one.left_open.items()]
    return sorted(told)


def matched(one: MatchFound) -> str:
    return f"{one.rule} {one.evidence} {one.key} {one.allocations} {one.residuals} {one.proof}"


def judged_in_parts(
    engine: Matcher, *, lines_max: int, random: Random, seal: str | None
) -> list[str]:
    """The record of both rounds, each part judged in whatever order."""
    first = engine.parts(lines_max=lines_max)
    random.shuffle(first)
    settled = [engine.settle_part(part) for part in first]
    stages = {item: stage for one in settled for item, stage in one.stages.items()}
    left = engine.parts_left(first, stages, lines_max=lines_max)
    random.shuffle(left)
    told = [line for one in settled for line in map(matched, one.matches)]
    return sorted(told + record(*[engine.judge_part(part, stages, seal=seal) for part in left]))


@given(
    any_world,
    st.integers(1, 8),
    st.randoms(use_true_random=False),
    st.sampled_from(("now", None)),
)
def test_law_any_cut_in_any_order_decides_what_the_whole_decides(
    world: list[Item], lines_max: int, random: Random, seal: str | None
):
    """Part 7: matches, proofs, duplicates and reasons are those of one judgement, to the byte."""
    whole = matcher(world, reference=REFERENCE).judge(seal=seal)
    shuffled = list(world)
    random.shuffle(shuffled)
    engine = matcher(shuffled, reference=REFERENCE)
    in_parts = judged_in_parts(engine, lines_max=lines_max, random=random, seal=seal)
    target(float(len(whole.matches)), label="matches")
    assert in_parts == record(whole)


@given(any_world, st.integers(1, 8))
def test_law_every_line_is_in_one_part_of_bounded_size(world: list[Item], lines_max: int):
    """Only a component that cannot be cut is larger, and it is named."""
    engine = matcher(world, reference=REFERENCE)
    parts = engine.parts(lines_max=lines_max)
    left = engine.parts_left(parts, {}, lines_max=lines_max)
    for some in (parts, left):
        named = [one.id for part in some for one in part.lines]
        assert sorted(named) == sorted(one.id for one in engine.lines.all())
        for part in some:
            assert part.oversized == (len(part.lines) > lines_max)


CONNECTED: dict[str, list[Item]] = {
    "one payment's id, with another amount, and its payer": [
        payment("P1", 10_00, reference="ORD-0000001234", account=PAYER),
        line("L1", 30_00, reference="ORD-0000001234"),
        line("L2", 20_00, counterparty_account=PAYER),
    ],
    "a payer's account and his tax id": [
        payment("P1", account=PAYER, tax_id=PAYER_TAX),
        line("L1", counterparty_account=PAYER),
        line("L2", counterparty_tax_id=PAYER_TAX),
    ],
    "two returns of a settled payment": [
        payment("P1", 10_00, reference="ORD-0000001234"),
        line("L0", 10_00, reference="ORD-0000001234"),
        line("L1", -8_00, reference="ORD-0000001234"),
        line("L2", -8_00, reference="ORD-0000001234"),
    ],
    "a payer and a merchant with the amount": [
        payment("P1", account=PAYER),
        line("L1", counterparty_account=PAYER),
        line("L2", merchant="M1"),
    ],
    "two payouts of a merchant": [
        payment("P1", 10_00, method="card"),
        line("L1", 15_00, merchant="M1"),
        line("L2", 20_00, merchant="M1"),
    ],
}


@pytest.mark.parametrize("items", CONNECTED.values(), ids=CONNECTED)
def test_what_competes_is_never_cut_apart(items: list[Item]):
    """Lines that could pay the same payment, or payments of one group, stay in one part."""
    (part,) = parts(items, lines_max=1)
    assert part.oversized
    assert part.name == "L1"


def test_what_has_nothing_in_common_is_cut():
    """Two lines of two payments are two parts; put together where a part has room."""
    items = [
        payment("P1", 10_00, reference="ORD-0000001234"),
        payment("P2", 20_00, reference="ORD-0000001235"),
        line("L1", 10_00, reference="ORD-0000001234"),
        line("L2", 20_00, reference="ORD-0000001235"),
    ]
    engine = matcher(items, reference=REFERENCE)
    assert [part.name for part in engine.parts(lines_max=1)] == ["L1", "L2"]
    assert [len(part.lines) for part in engine.parts(lines_max=2)] == [2]


def test_what_a_list_says_of_its_candidates_is_known_in_its_part():
    """X8: a payment that stage 1 took is named as taken, wherever its line is judged."""
    items = [
        payment("P1", 10_00, reference="ORD-0000001234", account=PAYER),
        payment("P2", 20_00, reference="ORD-0000001235", account=PAYER),
        payment("P3", 30_00, reference="ORD-0000001236", account=PAYER),
        line("L1", 30_00, reference="ORD-0000001236"),
        line("L2", 30_00, text="ORD-0000001234 ORD-0000001235", counterparty_account=PAYER),
    ]
    engine = matcher(items, reference=REFERENCE)
    whole = engine.judge(seal="now")
    assert judged_in_parts(engine, lines_max=1, random=Random(1), seal="now") == record(whole)
    assert any("X8" in proof for proof in record(whole))


def test_what_an_id_settled_connects_nothing_any_more():
    """Of a payer's lines only those are left that an id did not settle: each for itself."""
    items = [
        payment("P1", 10_00, account=PAYER, reference="ORD-0000001234"),
        payment("P2", 20_00, merchant="M2", tax_id=PAYER_TAX, account=PAYER),
        line("L1", 10_00, counterparty_account=PAYER, reference="ORD-0000001234"),
        line("L2", 20_00, counterparty_account=PAYER),
        line("L3", 10_00, merchant="M1"),
    ]
    assert [part.name for part in parts(items, lines_max=1)] == ["L2", "L3"]


def parts(items: list[Item], *, lines_max: int) -> list[Part]:
    """What is left to judge by class C and sums."""
    engine = matcher(items, reference=REFERENCE)
    first = engine.parts(lines_max=lines_max)
    stages = {
        item: stage for part in first for item, stage in engine.settle_part(part).stages.items()
    }
    return engine.parts_left(first, stages, lines_max=lines_max)
