"""Day or month first: the day, unless the rows or the period above them prove otherwise."""

from __future__ import annotations

import io
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.statements.day_order import day_order
from adapters.statements.extract import read
from adapters.statements.model import Entry, Unreadable


def days(*cells: str, above: str = "") -> list[str]:
    rows = "".join(f"{cell};x;1,00;\n" for cell in cells)
    records = read(io.BytesIO(f"{above}\nFecha;Concepto;Importe;Saldo\n{rows}".encode()))
    return [f"{each.booking_date:%d/%m}" for each in records if isinstance(each, Entry)]


def test_days_above_twelve_prove_that_the_month_comes_first():
    """In a quarter of the rows; a single one is a day that no calendar has."""
    assert days("05/01/2026", "05/13/2026", "05/14/2026") == ["01/05", "13/05", "14/05"]
    for cells in (
        ("05/01/2026", "06/01/2026", "05/13/2026"),
        ("13/05/2026", "05/13/2026", "05/14/2026"),
        (*["05/01/26"] * 9, "05/13/26", "05/14/26"),
    ):
        with pytest.raises(Unreadable, match="is not a day of the calendar"):
            days(*cells)


def test_rows_in_order_prove_the_month_only_where_they_are_in_no_other_order():
    """All month first, or only where both are months, as a spreadsheet of another country does."""
    assert days("15/05/26", "13/05/26", "05/12/26", "05/11/26") == [
        *("15/05", "13/05", "12/05", "11/05")
    ]
    assert days("04/05/26", "05/01/26", "05/02/26", "05/03/26") == [
        *("05/04", "01/05", "02/05", "03/05")
    ]
    assert days("05/01/26", "05/02/26", "05/03/26") == ["05/01", "05/02", "05/03"]
    assert days("01/06/26", "05/06/26", "03/06/26") == ["01/06", "05/06", "03/06"]
    assert days("04/05/26", "05/01/26") == ["04/05", "05/01"]


def test_the_period_above_the_header_settles_the_order():
    """Whichever order it is written in itself, and also where the rows are in no order."""
    for above in ("Desde 01/05/2026 hasta 31/05/2026", "Period: 05/01/2026 - 05/31/2026"):
        assert days("05/03/26", "05/01/26", "05/02/26", above=above) == ["03/05", "01/05", "02/05"]
        assert days("03/05/26", "01/05/26", above=above) == ["03/05", "01/05"]
    assert days("05/03/26", above="Del 01/03/2026 al 31/05/2026") == ["05/03"]
    assert days("05/03/26", above="Del 01/08/2026 al 31/08/2026") == ["05/03"]


@given(st.lists(st.dates(), max_size=30), st.booleans())
def test_days_in_order_are_read_day_first(written: list[date], falling: bool):
    """Whatever the days: their own order proves that no other one is meant."""
    cells = [f"{day:%d/%m/%Y}" for day in sorted(written, reverse=falling)]
    assert day_order(cells, ()) == "day-first"
