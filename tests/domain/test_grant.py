"""Grants: what a partner may read, decided alone."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import grant
from domain.errors import BadValue
from domain.grant import (
    MERCHANTS_MAX,
    Grant,
    GrantFact,
    GrantGiven,
    GrantTooLarge,
    GrantUnknown,
    GrantWithdrawn,
)

SOME = st.frozensets(st.sampled_from("abcdef"))


def after(*facts: GrantFact) -> Grant | None:
    """The state after facts."""
    state: Grant | None = None
    for fact in facts:
        state = grant.evolve(state, fact)
    return state


@given(orders=st.lists(st.tuples(st.booleans(), SOME), max_size=8))
def test_law_what_was_given_and_not_withdrawn_is_held(
    orders: list[tuple[bool, frozenset[str]]],
):
    """Order by order, the grant is what a set would be."""
    state, model = after(GrantGiven(partner="p", merchants=())), set[str]()
    for gives, merchants in orders:
        if gives:
            facts = grant.give(state, partner="p", merchants=merchants)
            model |= merchants
        else:
            facts = grant.withdraw(state, merchants=merchants, reason="r")
            model -= merchants
        for fact in facts:
            state = grant.evolve(state, fact)
        assert state is not None
        assert state.merchants == model


@given(held=SOME, more=SOME)
def test_law_a_repeat_is_nothing_new(held: frozenset[str], more: frozenset[str]):
    """What is held already, and what is not held at all, make no facts."""
    state = after(GrantGiven(partner="p", merchants=tuple(sorted(held | more))))
    assert grant.give(state, partner="p", merchants=more) == ()
    assert grant.withdraw(state, merchants={"z"}, reason="r") == ()


def test_a_fact_names_only_what_is_new():
    """Sorted, without what was held."""
    state = after(GrantGiven(partner="p", merchants=("b",)))
    assert grant.give(state, partner="p", merchants=["c", "b", "a"]) == (
        GrantGiven(partner="p", merchants=("a", "c")),
    )
    assert grant.withdraw(state, merchants=["b", "x"], reason="gone") == (
        GrantWithdrawn(partner="p", merchants=("b",), reason="gone"),
    )


@pytest.mark.parametrize("text, reason", [("", "empty"), (" ", "empty"), ("x" * 101, "too-long")])
def test_texts_that_name_nobody_are_refused(text: str, reason: str):
    """An empty merchant is nobody's, and can be given to nobody."""
    for partner, merchants in ((text, ["m"]), ("p", [text])):
        with pytest.raises(BadValue) as refused:
            grant.give(None, partner=partner, merchants=merchants)
        assert refused.value.reason == reason


def test_a_grant_has_a_size():
    """More merchants than a question can name are refused."""
    many = [str(number) for number in range(MERCHANTS_MAX)]
    state = after(*grant.give(None, partner="p", merchants=many))
    with pytest.raises(GrantTooLarge):
        grant.give(state, partner="p", merchants=["one more"])


def test_nothing_is_withdrawn_from_nobody():
    """A partner without a grant is unknown; a reason is demanded."""
    with pytest.raises(GrantUnknown):
        grant.withdraw(None, merchants=["m"], reason="r")
    state = after(GrantGiven(partner="p", merchants=("m",)))
    with pytest.raises(BadValue):
        grant.withdraw(state, merchants=["m"], reason=" ")
