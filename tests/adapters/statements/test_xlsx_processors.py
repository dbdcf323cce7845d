"""Reports of processors as workbooks are read as the same report in CSV is."""

from __future__ import annotations

import io
import re
from datetime import datetime

import pytest

from adapters.statements import detection
from adapters.statements.json_columns import split_laxly
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.table import open_table
from tests.adapters.statements import test_adyen as adyen
from tests.adapters.statements import test_card_liquidation as card_liquidation
from tests.adapters.statements import test_mercado_pago as mercado_pago
from tests.adapters.statements import test_stripe as stripe
from tests.adapters.statements.processor_files import table
from tests.adapters.statements.test_xlsx_jsonl import book

REPORTS = {
    "mp-release": mercado_pago.GOOD,
    "mp-settlement": table(mercado_pago.SETTLEMENT, mercado_pago.SETTLED),
    "adyen-sdr": adyen.GOOD,
    "stripe-payout": stripe.GOOD,
    "ar-card": card_liquidation.GOOD,
}


def rows_of(report: bytes, *, numbers: bool) -> list[list[object]]:
    """The rows of a CSV; its amounts as numbers if asked for."""
    text = open_table(io.BytesIO(report), is_header=lambda names: len(names) > 5, split=split_laxly)
    return [
        [*text.header],
        *([_number(cell) if numbers else cell for cell in cells] for _, cells in text.rows),
    ]


def _number(cell: str) -> object:
    """A number as a spreadsheet would take it; "007" is an id, and "1.000,00" a text."""
    if re.fullmatch(r"-?(0|[1-9][0-9]*)\.[0-9]{1,2}", cell):
        return float(cell)
    return int(cell) if re.fullmatch(r"0|[1-9][0-9]*", cell) else cell


def said_by(stream: io.BytesIO) -> tuple[str, list[Entry | Statement]]:
    """Format and records, wherever they stand."""
    form, records = detection.read(stream)
    return form, [
        Entry(**{**_fields(each), "place": ""})
        if isinstance(each, Entry)
        else Statement(**{**_fields(each), "place": ""})
        for each in records
    ]


def _fields(record: Entry | Statement) -> dict[str, object]:
    return {name: getattr(record, name) for name in record.__struct_fields__}


@pytest.mark.parametrize("numbers", [True, False])
@pytest.mark.parametrize("name", list(REPORTS))
def test_a_report_in_a_workbook_is_the_report(name: str, numbers: bool):
    """By its header, with amounts as numbers or as texts, to the same entries and checks."""
    form, records = said_by(book(rows_of(REPORTS[name], numbers=numbers)))
    assert form == name
    assert records == said_by(io.BytesIO(REPORTS[name]))[1]
    assert len(records) > 1


def test_a_time_of_day_in_a_date_cell_counts():
    """23:30 in Mercado Pago's time is the next day in Argentina, in a date cell too."""
    header, *rows = rows_of(REPORTS["mp-release"], numbers=True)
    rows[1][0] = datetime(2026, 3, 2, 23, 30)  # noqa: DTZ001  (a cell has no zone)
    entries = [each for each in said_by(book([header, *rows]))[1] if isinstance(each, Entry)]
    assert str(entries[0].booking_date) == "2026-03-03"


def test_a_number_of_sixteen_digits_is_an_id():
    """Ids are kept to their last digit; amounts have fewer."""
    header, *rows = rows_of(REPORTS["mp-release"], numbers=True)
    rows[1][1] = 8836183819713023
    entries = [each for each in said_by(book([header, *rows]))[1] if isinstance(each, Entry)]
    assert entries[0].bank_reference == "8836183819713023"


def test_a_workbook_that_is_another_report_is_refused_under_this_name():
    """Naming a format does not make one of another."""
    stream = book(rows_of(REPORTS["stripe-payout"], numbers=True))
    with pytest.raises(Unreadable, match="no row is a header"):
        list(detection.read(stream, form="adyen-sdr")[1])
    assert detection.read(stream, form="stripe-payout")[0] == "stripe-payout"
