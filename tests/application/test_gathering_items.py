"""What is read around an item is enough: the verdict is that of an engine that knows everything."""

from __future__ import annotations

from collections.abc import Container, Iterable
from itertools import permutations
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.filing import filed_items
from application.gathering_items import ComponentTooLarge, Gathering
from domain.match_keys import Key, Span
from domain.matching.engine import Matcher
from domain.matching.items import ReferenceData
from domain.matching.verdicts import Judgement
from tests.application.memory_states import MemoryStates
from tests.domain.matching.folding import Folded, decided
from tests.domain.matching.table import (
    PAYER,
    Item,
    card,
    day,
    judge,
    line,
    matcher,
    payment,
    payout,
    reference_data,
)
from tests.domain.matching.test_increments import READINGS
from tests.domain.matching.worlds import REFERENCE, any_world


class World:
    """Items that are filed, and are made known to an engine when it asks for them."""

    def __init__(self, items: Iterable[Item], *, reference: ReferenceData) -> None:
        self.items: dict[str, Item] = {}
        self.reference = reference
        self.was_read: set[str] = set()
        self.states = MemoryStates()
        for item in items:
            self.add(item)

    def add(self, item: Item) -> None:
        self.items[item.id] = item
        self.states.put(list(filed_items([item])))

    def judged(self, *touched: str, items_max: int = 99, seal: str | None = "now") -> Judgement:
        """The verdict on what these items touch, by engines that knew nothing before."""
        return Gathering(
            self.states, new_engine=self.engine, read=self.read, items_max=items_max
        ).judged(touched, lambda engine: engine.judge(seal=seal, touched=touched))

    def engine(self) -> Matcher:
        return matcher((), reference=self.reference)

    def read(self, streams: Iterable[str]) -> dict[str, list[Item]]:
        self.was_read.update(streams)
        return {name: [self.items[name]] for name in streams}


def on(judgement: Judgement, lines: Container[str]) -> tuple[object, ...]:
    """What is said of these lines: matches with their proofs, duplicates and reasons."""
    return (
        [match for match in judgement.matches if match.lines[0].id in lines],
        {name: found for name, found in judgement.duplicates.items() if name in lines},
        {name: why for name, why in judgement.left_open.items() if name in lines},
    )


@given(any_world, st.randoms(use_true_random=False))
def test_law_what_is_read_around_an_item_is_enough(world: list[Item], random: Random):
    """Matches with their proofs, duplicates and reasons are those of the engine that knows all."""
    some, seal = World(world, reference=REFERENCE), random.choice(("now", None))
    everything = matcher(world, reference=REFERENCE).judge(seal=seal)
    for item in random.sample(world, min(3, len(world))):
        judged = some.judged(item.id, seal=seal)
        assert on(judged, judged.lines) == on(everything, judged.lines)


@given(any_world, st.randoms(use_true_random=False))
def test_law_item_by_item_ends_where_all_at_once_ends(world: list[Item], random: Random):
    """Each item is filed, then judged with what is read around it; folded, it is the batch's."""
    arriving, folded = list(world), Folded()
    random.shuffle(arriving)
    some = World((), reference=REFERENCE)
    for item in arriving:
        some.add(item)
        folded.fold(some.judged(item.id))
    assert folded.decided() == decided(judge(*world, reference=REFERENCE))[:2]


@given(any_world)
def test_law_all_items_together_are_judged_as_a_batch(world: list[Item]):
    """Everything touched at once is everything judged at once."""
    judged = World(world, reference=REFERENCE).judged(*(item.id for item in world))
    assert judged == matcher(world, reference=REFERENCE).judge(seal="now")


@pytest.mark.parametrize("items", READINGS.values(), ids=READINGS)
def test_whoever_depended_on_another_reading_is_found(items: list[Item]):
    """Section 14: whichever item comes last, the folded verdicts are those of all at once."""
    at_once = decided(judge(*items))[:2]
    for arriving in permutations(items):
        some, folded = World((), reference=reference_data()), Folded()
        for item in arriving:
            some.add(item)
            folded.fold(some.judged(item.id))
        assert folded.decided() == at_once, [item.id for item in arriving]


def test_strangers_are_not_read():
    """Of many items only those that share something with the one that arrived are looked at."""
    strangers = [payment(f"P{n}", n * 100, reference=f"OTHER-{n:08d}") for n in range(10, 30)]
    ours = [payment("P1", 1_00, reference="ORD-0000001"), line("L1", 1_00, text="PAGO ORD-0000001")]
    some = World([*strangers, *ours], reference=reference_data())
    assert [match.key for match in some.judged("P1").matches] == [(("L1",), ("P1",))]
    assert some.was_read == {"P1", "L1"}


def test_what_is_too_large_is_said():
    """More than is read for one item raises, with the item that it was read for."""
    lines = [line(f"L{n}", counterparty_account=PAYER) for n in range(9)]
    some = World([payment("P1", account=PAYER), *lines], reference=reference_data())
    with pytest.raises(ComponentTooLarge) as refused:
        some.judged("P1", items_max=9)
    assert refused.value.item == "P1"
    assert len(some.judged("P1", items_max=10).lines) == 9


def test_a_statement_that_came_twice_is_read_whole():
    """U2 compares whole statements: a line of one leads to all lines of both."""
    first = [line(f"L{n}", n * 1_00, statement="A") for n in range(1, 4)]
    again = [
        line(f"M{n}", n * 1_00, statement="B", received_at="2026-03-09T06:00:00-03:00")
        for n in range(1, 4)
    ]
    items: list[Item] = [*first, *again]
    judged = World(items, reference=reference_data()).judged("M2")
    assert {name: found.of for name, found in judged.duplicates.items()} == {
        "M1": "L1",
        "M2": "L2",
        "M3": "L3",
    }


def test_a_group_is_read_with_its_payouts():
    """A card payment leads to its merchant's payouts, and these to all payments of the group."""
    cards = [card(f"P{n}", n * 10_00) for n in (1, 2, 3)]
    some = World([*cards, payout("L1", 60_00)], reference=REFERENCE)
    assert [match.rule for match in some.judged("P2").matches] == ["payout@1"]


def test_deliveries_of_one_settlement_are_one_item():
    """It is found by what either delivery shows, and with the statements of both."""
    shown = {"account": "ours", "repeats": "set:1"}
    one = line("set:1", text="PAGO ORD-0000001")
    other = line("set:1~b", text="PAGO ORD-B-0000001", statement="B", **shown)
    (filed,) = filed_items([one, other])
    assert (filed.item, len(filed.shared)) == ("set:1", 2)
    states = MemoryStates()
    states.put([filed])
    for reference in ("ORD0000001", "ORDB0000001"):
        span = Span(Key("shows", "000001"), mark=reference)
        assert [entry.item for entry in states.find([span])[0]] == ["set:1"]


NEEDED: dict[str, list[Item]] = {
    "paid": [payment("P1", reference="ORD-0000001"), line("L1", reference="ORD-0000001")],
    "shows": [payment("P1", reference="ORD-0000001"), line("L1", text="PAGO ORD-0000001")],
    "head": READINGS["a longer reference makes a field a cut one"],
    "cut": READINGS["a longer reference makes a field a cut one"],
    "payer": [payment("P1", account=PAYER), line("L1", counterparty_account=PAYER)],
    "party": [payment("P1", account=PAYER), line("L1", counterparty_account=PAYER)],
    "sells": [payment("P1"), line("L1", merchant="M1")],
    "names": [payment("P1"), line("L1", merchant="M1")],
    "group": [
        *(card(name, 10_00, created=day(1) - 5) for name in ("P1", "P2")),
        payout("L1", 19_40),
    ],
    "sold": [
        *(card(name, 10_00, expected=day(4)) for name in ("P1", "P2")),
        payout("L1", 19_40),
    ],
    "payout": [card("P1", 10_00), card("P2", 20_00), payout("L1", 30_00)],
    "of": [line("L1", 7_00, statement="A"), line("L2", 7_00, statement="B")],
    "day": [line("L1", 7_00, statement="A"), line("L2", 7_00, statement="B")],
}
"""Of each family of keys, items that find each other by it and by nothing else in some order."""


@pytest.mark.parametrize("family", NEEDED)
def test_no_family_of_keys_could_be_left_out(family: str):
    """Items that are not filed under a family of keys are judged otherwise than they should."""
    items = NEEDED[family]
    whole = World(items, reference=reference_data())
    lacking = World(items, reference=reference_data())
    for key in [key for key in lacking.states.places if key.family == family]:
        del lacking.states.places[key]
    assert any(
        lacking.judged(item.id, seal=seal) != whole.judged(item.id, seal=seal)
        for item in items
        for seal in ("now", None)
    )
