"""What a person types leads to one thing, or to a refusal that helps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st

from adapters.sqlite_facts import SqliteFactStore
from application.lookup import (
    PREFIXES,
    IdAmbiguous,
    IdOfOtherKind,
    IdUnknown,
    Kind,
    Target,
    near,
    resolve,
)
from application.nearness import NEAR_MAX, is_one_slip
from application.registry import EVOLVES
from domain.facts import Recorded
from tests.application.small_bank import LINES, OUR_ACCOUNT, PAYMENTS, line, opened, paid, reconcile
from tests.application.small_bank import stream_of as line_stream

MATCH_1 = f"mat:bank:017:{OUR_ACCOUNT}:E1:1"


@pytest.fixture(scope="module")
def facts(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteFactStore]:
    with opened(tmp_path_factory.mktemp("lookup")) as store:
        reconcile(store, PAYMENTS, LINES)
        yield store


@pytest.mark.parametrize(
    "typed, kind, found, stream",
    [
        ("P1", "payment", "pay:core:P1", "pay:core:P1"),
        (" p1 ", "payment", "pay:core:P1", "pay:core:P1"),
        ("pay:core:P1", "payment", "pay:core:P1", "pay:core:P1"),
        ("pay:core:P1@2", "payment", "pay:core:P1", "pay:core:P1"),
        ("S1", "settlement", line_stream(1), line_stream(1)),
        (line_stream(1), "settlement", line_stream(1), line_stream(1)),
        (MATCH_1, "match", MATCH_1, line_stream(1)),
        ("M1", "merchant", "mer:core:M1", "mer:core:M1"),
        ("ST1", "statement", f"stm:bank:{OUR_ACCOUNT}:ST1", f"stm:bank:{OUR_ACCOUNT}:ST1"),
        ("cal:AR", "calendar", "cal:AR", "cal:AR"),
        ("fx:USDARS", "rates", "fx:USDARS", "fx:USDARS"),
        ("rul:core", "rules", "rul:core", "rul:core"),
        ("jdg:core", "judgement", "jdg:core", "jdg:core"),
    ],
)
def test_every_way_to_name_a_thing_leads_to_it(
    facts: SqliteFactStore, typed: str, kind: Kind, found: str, stream: str
):
    """Ids of sources, streams, fact ids and match ids are all understood."""
    assert resolve(facts, typed) == Target(kind=kind, id=found, stream=stream)


def test_an_exact_id_costs_no_reading_of_the_store(facts: SqliteFactStore):
    """A stream, a match, and an id that the aliases know are found without a scan."""
    unread = Unread(facts)
    assert resolve(unread, "pay:core:P1").kind == "payment"
    assert resolve(unread, MATCH_1).kind == "match"
    known = {"P1": ["pay:core:P1"]}
    assert resolve(unread, "P1", aliases=lambda id_: known.get(id_, ())).id == "pay:core:P1"


def test_an_id_that_aliases_do_not_know_is_looked_for_in_the_store(facts: SqliteFactStore):
    """Read models may lag behind: the facts have the last word."""
    assert resolve(facts, "M1", aliases=lambda _: ()).kind == "merchant"


def test_an_id_of_two_things_is_refused_with_both(tmp_path: Path):
    """A payment and a row of one name are told apart by their full ids, or by what is asked for."""
    with opened(tmp_path) as facts:
        reconcile(facts, [paid(1, 1_00, payment_id="X1")], [line(1, 2_00, settlement_id="X1")])
        with pytest.raises(IdAmbiguous) as refused:
            resolve(facts, "X1")
        both = ("pay:core:X1", line_stream(1))
        assert refused.value == IdAmbiguous(typed="X1", candidates=both, total=2)
        assert resolve(facts, "X1", among=["payment"]).id == "pay:core:X1"
        assert resolve(facts, "X1", among=["settlement"]).id == line_stream(1)


def test_capitals_matter_where_they_tell_two_things_apart(tmp_path: Path):
    """The id as written comes first; without it, both are named."""
    with opened(tmp_path) as facts:
        reconcile(facts, [paid(1, 1_00, payment_id="ab"), paid(2, 1_00, payment_id="AB")], [])
        assert resolve(facts, "AB").id == "pay:core:AB"
        with pytest.raises(IdAmbiguous) as refused:
            resolve(facts, "Ab")
        assert refused.value.candidates == ("pay:core:AB", "pay:core:ab")


def test_a_repeated_row_leads_to_its_line(tmp_path: Path):
    """Every row id under which an entry came names the entry."""
    with opened(tmp_path) as facts:
        reconcile(facts, [], [line(1, 2_00)])
        again = line(1, 2_00, settlement_id="S1b", statement_id="ST2")
        reconcile(facts, [], [again])
        assert resolve(facts, "S1b").id == resolve(facts, "S1").id == line_stream(1)


@pytest.mark.parametrize("typed", ["P1", "pay:core:P1"])
def test_a_thing_of_another_kind_is_refused(facts: SqliteFactStore, typed: str):
    """Where a line is asked for, a payment's id says that it is a payment's."""
    with pytest.raises(IdOfOtherKind) as refused:
        resolve(facts, typed, among=["settlement", "match"])
    assert refused.value == IdOfOtherKind(
        typed=typed, found=("pay:core:P1",), wanted=("settlement", "match")
    )


def test_an_unknown_id_is_refused_with_what_is_near(facts: SqliteFactStore):
    """One slip away comes first, then what contains it; never more than a few."""
    with pytest.raises(IdUnknown) as refused:
        resolve(facts, "PP1", among=["payment"])
    assert "P1" in refused.value.near
    with pytest.raises(IdUnknown) as refused:
        resolve(facts, "E1:7", among=["match"])
    assert refused.value.near == ()
    with pytest.raises(IdUnknown) as refused:
        resolve(facts, "P", among=["payment"])
    assert len(refused.value.near) == NEAR_MAX


@pytest.mark.parametrize("typed", ["", "pay:core:nobody", "mat:nobody:1", "pay:", "mat:", "x:y:z"])
def test_nothing_is_made_up(facts: SqliteFactStore, typed: str):
    """What looks like an id, and is nobody's, is unknown."""
    with pytest.raises(IdUnknown):
        resolve(facts, typed)


def test_each_aggregate_has_a_kind():
    """Whatever has a stream can be looked up, and each kind can be met."""
    assert set(EVOLVES) | {"mat"} == set(PREFIXES)
    assert set(PREFIXES.values()) == set(get_args(Kind))


WORDS = st.text("ab1", max_size=6)


@for_all(WORDS, WORDS)
def test_law_a_slip_reads_both_ways(one: str, other: str):
    """If one text is a slip of another, the other is a slip of it; none is a slip of itself."""
    assert is_one_slip(one, other) == is_one_slip(other, one)
    assert not is_one_slip(one, one)


@for_all(WORDS, st.integers(0, 6), st.sampled_from("ab1"), st.sampled_from("rdis"))
def test_law_every_slip_is_seen(text: str, at: int, letter: str, slip: str):
    """A character replaced, left out, put in, or exchanged with its neighbour makes a slip."""
    match slip:
        case "r":
            slipped = text[:at] + letter + text[at + 1 :] if at < len(text) else text
        case "d":
            slipped = text[:at] + text[at + 1 :]
        case "i":
            slipped = text[:at] + letter + text[at:]
        case _:
            slipped = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    assert slipped == text or is_one_slip(text, slipped)


def test_what_is_near_is_ordered():
    """The order of the store plays no part."""
    names = ["P10", "P2", "XP1X", "P1", "Q"]
    assert near("p1", names) == near("p1", names[::-1]) == ("P10", "P2", "P1", "XP1X")


class Unread:
    """A store that must not be read as a whole."""

    def __init__(self, facts: SqliteFactStore) -> None:
        self.append, self.stream = facts.append, facts.stream
        self.streams, self.head = facts.streams, facts.head
        self.commits_max, self.numbers_at_once = facts.commits_max, facts.numbers_at_once

    def written(self, *, sealed: bool = False) -> Iterator[Recorded]:
        return self.facts(sealed=sealed)

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        raise AssertionError("the whole store was read")
