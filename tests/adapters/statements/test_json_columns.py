"""Rows with JSON cells that are no valid CSV: never displaced, never silent."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.statements.json_columns import (
    OPEN_BRACKETS_MAX,
    ROW_LINES_MAX,
    objects_in,
    split_laxly,
)
from adapters.statements.model import Unreadable

CELLS = st.text(alphabet=st.sampled_from('a1 ,;"[]{}:\n'), max_size=8)


def split(text: str, separator: str = ",") -> list[list[str]]:
    """The rows of a text."""
    lines = io.StringIO(text, newline="\n")
    return [cells for _, cells in split_laxly(lines, separator, 0)]


@pytest.mark.parametrize(
    "row, cells",
    [
        ('a,"[{"k":"v","n":"-1.00"}]",b', ["a", '[{"k":"v","n":"-1.00"}]', "b"]),
        ('a,"{"k":"","n":""}",b', ["a", '{"k":"","n":""}', "b"]),
        ('a,"["x","y"]",b', ["a", '["x","y"]', "b"]),
        ('a,"[{"k":"}","n":"]"}]",b', ["a", '[{"k":"}","n":"]"}]', "b"]),
        ('a,"[{""k"":""v,w""}]",b', ["a", '[{"k":"v,w"}]', "b"]),
        ("a,[{k:v,n:-1.00}],b", ["a", "[{k:v,n:-1.00}]", "b"]),
        ('a,"[{k:v,n:-1.00}]",b', ["a", "[{k:v,n:-1.00}]", "b"]),
        ('"[]","{}",""', ["[]", "{}", ""]),
        ('a,"Juan "el" P.",b', ["a", 'Juan "el" P.', "b"]),
        ('a,"Juan "el"",b', ["a", 'Juan "el"', "b"]),
        ("[promo,2", ["[promo", "2"]),
        ('a,"one\ntwo",b', ["a", "one\ntwo", "b"]),
        ("a,,", ["a", "", ""]),
    ],
)
def test_a_cell_ends_where_its_json_ends(row: str, cells: list[str]) -> None:
    """Quotes that are not doubled, or are not there, displace no column."""
    assert split(row + "\n") == [cells]


def test_rows_are_numbered_by_the_line_on_which_they_start() -> None:
    """Lines before and inside rows are counted, blank ones too."""
    lines = ["a,b\n", "\n", '"x\n', 'y",z\n', "c,d"]
    assert [line for line, _ in split_laxly(lines, ",", 4)] == [5, 7, 9]


@given(rows=st.lists(st.lists(CELLS, min_size=1, max_size=4), max_size=4))
def test_valid_csv_is_split_as_anybody_splits_it(rows: list[list[str]]) -> None:
    """Law: what is quoted properly is read as by RFC 4180, whatever brackets it holds."""
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(rows)
    assert split(text.getvalue()) == rows


@pytest.mark.parametrize(
    "text",
    ['a,"b\n', 'a,"[{"k":"v"\n', '"' + "x\n" * (ROW_LINES_MAX + 5) + '"\n'],
)
def test_an_open_quote_is_refused_at_its_row(text: str) -> None:
    """A quoted cell that does not end within its bounds is refused, not taken to the end."""
    with pytest.raises(Unreadable) as refused:
        split(text)
    assert (refused.value.place, refused.value.reason) == (
        "line 1",
        "a quoted field does not end",
    )


def test_many_open_brackets_are_refused() -> None:
    """Each open bracket costs a look at the rest of the row, so they are counted."""
    with pytest.raises(Unreadable):
        split(",".join("[" * (OPEN_BRACKETS_MAX + 1)) + "\n")


@pytest.mark.parametrize(
    "text",
    [
        '[{"entity":"caba","amount":"-1.50"}]',
        "[{entity:caba,amount:-1.50}]",
        "[{'entity': 'caba', 'amount': -1.50}]",
        '[{\\"entity\\":\\"caba\\",\\"amount\\":-1.50}]',
    ],
)
def test_an_object_is_read_with_quotes_or_without(text: str) -> None:
    """Keys and values are text, exactly as written."""
    assert objects_in(text) == [{"entity": "caba", "amount": "-1.50"}]


@given(text=st.text(alphabet=st.sampled_from("[]{}:,\"'\\ab1 "), max_size=200))
def test_whatever_a_cell_holds_yields_objects_or_nothing(text: str) -> None:
    """No text is an error: what is no object is left out."""
    assert all(isinstance(item, dict) for item in objects_in(text))
