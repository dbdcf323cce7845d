"""The engine against a judge that tries everything: the same matches in every small world."""

from __future__ import annotations

from hypothesis import given, target

from domain.matching.items import LineItem, PaymentItem
from tests.domain.matching.oracle import Oracle
from tests.domain.matching.table import Item, judge, keys
from tests.domain.matching.worlds import REFERENCE, any_world


def direct_credits(world: list[Item]) -> list[Item]:
    """The world without payouts, returns and duplicates: names differ, and mean nothing else."""
    some: list[Item] = []
    for item in world:
        if isinstance(item, PaymentItem):
            some.append(item if not item.grouped else _transfer(item))
        elif item.amount > 0:
            some.append(_named(item))
    return some


def _transfer(one: PaymentItem) -> PaymentItem:
    one.method, one.grouped = "transfer", False
    return one


def _named(one: LineItem) -> LineItem:
    one.counterparty_name, one.statement = one.id, f"of {one.id}"
    return one


@given(any_world)
def test_law_the_engine_agrees_with_a_judge_who_tries_everything(world: list[Item]):
    """Classes I and C: neither a match more nor a match less."""
    some = direct_credits(world)
    expected = Oracle(
        [item for item in some if isinstance(item, PaymentItem)],
        [item for item in some if isinstance(item, LineItem)],
    ).matches()
    target(float(len(expected)), label="matches")
    assert set(keys(judge(*some, reference=REFERENCE))) == expected
