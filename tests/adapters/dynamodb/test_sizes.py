"""What an item weighs, by AWS's published rule, with values worked out by hand."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.dynamodb.appending import CHUNK_BYTES, NewCommit, chunked, fact_bytes
from adapters.dynamodb.items import StoredFact
from adapters.dynamodb.sizes import item_bytes, value_bytes, write_units
from application.ports import AppendTooLarge


@pytest.mark.parametrize(
    "value, size",
    [
        ({"S": ""}, 0),
        ({"S": "año"}, 4),
        ({"B": b"\x00" * 16}, 16),
        ({"N": "0"}, 2),
        ({"N": "7"}, 2),
        ({"N": "-7"}, 3),
        ({"N": "12"}, 2),
        ({"N": "123"}, 3),
        ({"N": "1000"}, 2),  # only significant digits count
        ({"N": "1794835230000"}, 6),
        ({"BOOL": True}, 1),
        ({"L": []}, 3),
        ({"L": [{"S": "ab"}, {"N": "1"}]}, 3 + 2 + 2 + 2),
        ({"M": {}}, 3),
        ({"M": {"t": {"S": "ab"}, "d": {"B": b"abc"}}}, 3 + 2 + 3 + 4),
    ],
    ids=str,
)
def test_a_value_weighs_what_the_rule_says(value: dict[str, Any], size: int):
    """Text by its bytes, numbers by their digits, lists and maps by what they hold and 3."""
    assert value_bytes(value) == size


def test_an_item_weighs_names_and_values():
    """Names count as much as values."""
    assert item_bytes({"pk": {"S": "bank-01/a"}, "sk": {"N": "1"}}) == 2 + 9 + 2 + 2


def test_a_value_of_a_kind_that_we_never_store_is_a_fault():
    """A set or anything else that no item of ours holds is not guessed at."""
    with pytest.raises(TypeError, match="SS"):
        value_bytes({"SS": ["a"]})


@pytest.mark.parametrize("content, units", [(0, 1), (1_022, 1), (1_023, 2), (2_046, 2)])
def test_a_unit_pays_for_each_begun_kib(content: int, units: int):
    """1,024 bytes are one unit and one byte more are two; a transaction costs twice that."""
    item = {"pk": {"B": b"x" * content}}
    assert write_units(item, transaction=False) == units
    assert write_units(item, transaction=True) == 2 * units


def commit_of(*sizes: int) -> NewCommit:
    facts = tuple(StoredFact("t", b"x" * size) for size in sizes)
    return NewCommit("bank-01/s", 7, facts)


def test_a_large_commit_is_cut_into_pieces_that_follow_each_other():
    """No piece is above the limit, none is empty, and together they are the commit."""
    commit = commit_of(*[100_000] * 10)
    pieces = list(chunked(commit))
    assert [piece.version for piece in pieces] == [7, 10, 13, 16]
    assert sum((piece.facts for piece in pieces), ()) == commit.facts
    assert all(sum(map(fact_bytes, piece.facts)) <= CHUNK_BYTES for piece in pieces)


def test_a_small_commit_stays_as_it_is():
    """What fits is one piece; no facts are none."""
    commit = commit_of(1, 2, 3)
    assert list(chunked(commit)) == [commit]
    assert list(chunked(commit_of())) == []


def test_a_fact_that_fits_no_item_is_refused():
    """One fact cannot be cut."""
    with pytest.raises(AppendTooLarge, match="at most"):
        list(chunked(commit_of(CHUNK_BYTES)))


def test_the_estimate_of_a_fact_is_never_too_small():
    """What a fact adds to an item is counted, or more."""
    from adapters.dynamodb.items import CommitItem, encode_commit

    fact = StoredFact("t" * 40, b"d" * 500, b"n" * 16, b"p" * 90, b"u" * 16, {"a": "b", "c": "ñ"})
    written = CommitItem(key="b/s", version=1, write_id=b"w" * 16, recorded_at_ms=1, facts=(fact,))
    (stored,) = encode_commit(written)["e"]["L"]
    assert 1 + value_bytes(stored) <= fact_bytes(fact) <= 1 + value_bytes(stored) + 40
