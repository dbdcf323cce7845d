"""A backlog that is judged in parts ends as if it had been judged whole."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given, target
from hypothesis import strategies as st

from domain.matching.parts import Part
from domain.matching.verdicts import Judgement
from tests.domain.matching.table import (
    PAYER,
    PAYER_TAX,
    Item,
    admit,
    line,
    matcher,
    payment,
)
from tests.domain.matching.worlds import REFERENCE, any_world


def record(*judgements: Judgement) -> list[str]:
    """Everything that was decided, proofs and reasons to the byte, in an order of its own."""
    told: list[str] = []
    for one in judgements:
        told += [
            f"{m.rule} {m.evidence} {m.key} {m.allocations} {m.residuals} {m.proof}"
            for m in one.matches
        ]
        told += [f"{name} {found}" for name, found in one.duplicates.items()]
        told += [f"{name} {verdict}" for name, verdict in one.left_open.items()]
    return sorted(told)


@given(any_world, st.integers(1, 8), st.randoms(use_true_random=False))
def test_law_any_cut_in_any_order_decides_what_the_whole_decides(
    world: list[Item], lines_max: int, random: Random
):
    """Part 7: matches, proofs, duplicates and reasons are those of one judgement, to the byte."""
    whole = matcher(world, reference=REFERENCE).judge(seal="now")
    shuffled = list(world)
    random.shuffle(shuffled)
    engine = matcher(shuffled, reference=REFERENCE)
    parts = engine.parts(lines_max=lines_max)
    random.shuffle(parts)
    target(float(len(parts)), label="parts")
    judged = [engine.judge_part(part, seal="now") for part in parts]
    assert record(*judged) == record(whole)


@given(any_world, st.integers(1, 8))
def test_law_every_line_is_in_one_part_of_bounded_size(world: list[Item], lines_max: int):
    """Only a component that cannot be cut is larger, and it is named."""
    engine = matcher(world, reference=REFERENCE)
    parts = engine.parts(lines_max=lines_max)
    named = [one.id for part in parts for one in part.lines]
    assert sorted(named) == sorted(one.id for one in engine.lines.all())
    for part in parts:
        assert part.oversized == (len(part.lines) > lines_max)


CONNECTED: dict[str, list[Item]] = {
    "one payment's id and its payer": [
        payment("P1", reference="ORD-0000001234", account=PAYER),
        line("L1", reference="ORD-0000001234"),
        line("L2", counterparty_account=PAYER),
    ],
    "a payer's account and his tax id": [
        payment("P1", account=PAYER, tax_id=PAYER_TAX),
        line("L1", counterparty_account=PAYER),
        line("L2", counterparty_tax_id=PAYER_TAX),
    ],
    "a payer and a merchant with the amount": [
        payment("P1", account=PAYER),
        line("L1", counterparty_account=PAYER),
        line("L2", merchant="M1"),
    ],
    "two payouts of a merchant": [
        payment("P1", 10_00, method="card"),
        line("L1", 10_00, merchant="M1"),
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
    assert [part.name for part in parts(items, lines_max=1)] == ["L1", "L2"]
    assert [len(part.lines) for part in parts(items, lines_max=2)] == [2]


def parts(items: list[Item], *, lines_max: int) -> list[Part]:
    engine = matcher((), reference=REFERENCE)
    for item in items:
        admit(engine, item)
    return engine.parts(lines_max=lines_max)
