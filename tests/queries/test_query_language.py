"""What may be asked, and how what may not is refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from application.cursors import Cursor, opened, sealed
from application.nearness import is_one_slip
from application.query_conditions import (
    SortKey,
    folded_by_letters,
    folded_words,
    stubs,
)
from application.query_fields import fields_for
from application.query_language import parameter_names, parse_query
from application.query_refusals import (
    CurrencyRequired,
    CursorInvalid,
    InvalidParameter,
    QueryRefusal,
    QueryTooBroad,
    UnknownParameter,
)
from projections.listed import MODELS
from projections.resources import Resource

KEY = b"k" * 32
CURSOR = Cursor(
    tenant="bank",
    caller="ana",
    resource="payments",
    parameters=(("sort", "-amount"),),
    position=7,
    day="2026-06-01",
    last=(5, "pay:core:P1"),
    expires_at_ms=1_000,
)
NAMES = [name for r in MODELS for name in parameter_names(fields_for(r, partner=False))]


@pytest.mark.parametrize(
    "name, nearest",
    [
        ("amuont.gte", "amount.gte"),
        ("srot", "sort"),
        ("limitt", "limit"),
        ("zzz", None),
        ("amount.in", None),
        ("state.gte", None),
        ("state.eq", None),
        ("match_ids", None),
    ],
)
def test_an_unknown_parameter_is_named_with_its_nearest(name: str, nearest: str | None):
    """A misspelt filter, one that the field does not take, and one that is only shown."""
    with pytest.raises(UnknownParameter) as refused:
        parse_query("payments", [(name, "1")], partner=False)
    assert (refused.value.name, refused.value.nearest) == (name, nearest)


def test_a_parameter_comes_once():
    """The same filter twice is refused, not joined and not overwritten."""
    with pytest.raises(UnknownParameter) as refused:
        parse_query("payments", [("state", "expected"), ("state", "x")], partner=False)
    assert refused.value.repeated


@pytest.mark.parametrize("name", ["rule", "evidence", "reason.exists", "duplicate_of"])
def test_what_a_partner_may_not_see_is_no_parameter(name: str):
    """A filter over a hidden field would tell what is in it."""
    with pytest.raises(UnknownParameter) as refused:
        parse_query("settlements", [(name, "true")], partner=True)
    assert refused.value.nearest is None
    parse_query("settlements", [(name, "true")], partner=False)


@pytest.mark.parametrize(
    "name, text, reason",
    [
        ("value_date", "2026-02-30", "not-a-day"),
        ("value_date", "20260203", "not-a-day"),
        ("recorded_at.gte", "2026-02-03", "not-an-instant"),
        ("recorded_at.gte", "2026-02-03T10:00:00", "not-an-instant"),
        ("amount", "1.50", "not-18-digits-of-minor-units"),
        ("amount", "01", "not-18-digits-of-minor-units"),
        ("currency", "ars", "currency-unknown"),
        ("limit", "501", "not-1-to-500"),
        ("limit", "0", "not-1-to-500"),
        ("sort", "state", "not-a-field-to-sort-by"),
        ("sort", "amount,-amount", "field-twice"),
        ("sort", "amount,value_date,id", "over-2-fields"),
        ("reference.exists", "yes", "neither-true-nor-false"),
        ("reference", "", "empty"),
        ("reference.in", "a,,b", "empty"),
        ("reference", "a\x00", "unprintable"),
        ("q", '"open', "quote-not-closed"),
        ("q", "  ", "empty"),
        ("q", "::", "term-without-letters"),
    ],
)
def test_a_value_that_cannot_be_read_is_named(name: str, text: str, reason: str):
    """Each kind of field says what is wrong with its value."""
    with pytest.raises(InvalidParameter) as refused:
        parse_query("payments", [(name, text)], partner=False)
    assert refused.value == InvalidParameter(name=name, reason=reason)


@pytest.mark.parametrize(
    "pairs",
    [
        [("reference.prefix", "ab")],
        [("q", "-only -without")],
        [("q", "x" * 201)],
        [("q", "a b c d e f g h i")],
        [("reference.in", ",".join(map(str, range(51))))],
        [(name, "1") for name in NAMES[:41]],
    ],
)
def test_a_query_that_is_too_broad_is_refused(pairs: list[tuple[str, str]]):
    """Short prefixes, searches that only exclude, and lists without end are not tried."""
    with pytest.raises(QueryTooBroad):
        parse_query("payments", pairs, partner=False)


@pytest.mark.parametrize("pair", [("amount.gte", "5"), ("open", "0"), ("q", "amount:5")])
def test_an_amount_needs_its_currency(pair: tuple[str, str]):
    """Minor units of no currency are no amount."""
    with pytest.raises(CurrencyRequired):
        parse_query("payments", [pair], partner=False)
    parse_query("payments", [pair, ("currency", "ARS")], partner=False)


def test_the_id_comes_last_in_every_order():
    """One index gives the whole order, so the id goes the way of the first field."""
    query = parse_query("payments", [("sort", "-amount,value_date")], partner=False)
    assert query.sort == (
        SortKey(field="amount", descending=True),
        SortKey(field="value_date"),
        SortKey(field="id", descending=True),
    )


@given(
    resource=st.sampled_from(list(MODELS)),
    pairs=st.lists(
        st.tuples(st.sampled_from(NAMES) | st.text(max_size=12), st.text(max_size=60)), max_size=4
    ),
    partner=st.booleans(),
)
def test_law_any_text_is_read_or_refused(
    resource: Resource, pairs: list[tuple[str, str]], partner: bool
):
    """There is no parameter that makes reading fail in another way."""
    try:
        query = parse_query(resource, pairs, partner=partner)
    except QueryRefusal:
        return
    assert query.sort[-1].field == "id"
    assert 1 <= query.limit <= 500


@given(word=st.text("abcd", min_size=1, max_size=7), other=st.text("abcd", min_size=1, max_size=7))
def test_law_words_one_slip_apart_share_a_stub(word: str, other: str):
    """So looking up stubs misses no slip."""
    if is_one_slip(word, other):
        assert stubs(word) & stubs(other)


@given(text=st.text(st.characters(codec="ascii"), max_size=30))
def test_law_plain_text_is_folded_as_any_other(text: str):
    """The short way for ASCII finds the same words as going letter by letter."""
    assert folded_words(text) == folded_by_letters(text)


def test_a_cursor_comes_back_as_it_was_sealed():
    """What was put into it is read from it, with the same key."""
    assert opened(sealed(CURSOR, key=KEY), key=KEY, now_ms=999) == CURSOR
    with pytest.raises(CursorInvalid):
        opened(sealed(CURSOR, key=b"x" * 32), key=KEY, now_ms=999)


@given(at=st.integers(0, 400), to=st.characters(codec="ascii") | st.just(""))
def test_law_a_changed_cursor_is_refused(at: int, to: str):
    """No character of it can be exchanged, left out or added."""
    text = sealed(CURSOR, key=KEY)
    at %= len(text) + 1
    for forged in (text[:at] + to + text[at + 1 :], text[:at] + to + text[at:]):
        if forged != text:
            with pytest.raises(CursorInvalid):
                opened(forged, key=KEY, now_ms=999)


@given(text=st.text(max_size=80))
def test_law_no_text_is_a_cursor(text: str):
    """Whatever nobody signed is refused as invalid."""
    with pytest.raises(CursorInvalid):
        opened(text, key=KEY, now_ms=0)
