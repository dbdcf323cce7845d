"""The same tables as worksheets and JSON Lines: exact numbers, days, and what is refused."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

import pytest
from openpyxl import Workbook

from adapters.statements import detection, jsonl, xlsx
from adapters.statements.model import Entry, Statement, Unreadable
from adapters.statements.xlsx_cells import Workbook as OwnWorkbook

EXTRACT = [
    ["Banco", None],
    ["CBU: 2850590994009041813526"],
    [],
    ["Fecha", "Concepto", "Comprobante", "Débito", "Crédito", "Saldo"],
    [date(2026, 9, 1), "SALDO ANTERIOR", None, None, None, 1234.56],
    [date(2026, 9, 1), "PAGO", 871, 0.1 + 0.2, None, 1234.26],
    [datetime.combine(date(2026, 9, 2), time(12, 30)), "COBRO", None, None, 1e6, 1001234.26],
    ["03/09/2026", "X", None, None, 5, 1001239.26],
]


def book(rows: list[list[object]]) -> io.BytesIO:
    made = Workbook()
    sheet = made.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    made.save(stream)
    return stream


def changed(stream: io.BytesIO, name: str, old: bytes, new: bytes) -> io.BytesIO:
    made = io.BytesIO()
    with zipfile.ZipFile(stream) as before, zipfile.ZipFile(made, "w") as after:
        for each in before.namelist():
            content = before.read(each)
            after.writestr(each, content.replace(old, new) if each == name else content)
    return made


def test_a_worksheet_is_read_as_the_same_table_in_csv_is():
    """Numbers as they are shown, days as days, numbers of vouchers as text."""
    stream = book(EXTRACT)
    *entries, statement = xlsx.read(stream)
    assert [getattr(each, "amount_minor", None) for each in entries] == [-30, 100_000_000, 500]
    first = entries[0]
    assert isinstance(first, Entry)
    assert (first.bank_reference, first.booking_date) == ("871", date(2026, 9, 1))
    assert isinstance(statement, Statement)
    assert (statement.opening_minor, statement.closing_minor) == (123456, 100123926)
    assert (statement.account, statement.balance_closes) == ("2850590994009041813526", True)
    assert detection.read(stream)[0] == "ar-extract"


@pytest.mark.parametrize(
    "stored, shown",
    [
        ("1234.5599999999999", "1234.56"),
        ("0.30000000000000004", "0.3"),
        ("1E+3", "1000"),
        ("-5", "-5"),
    ],
)
def test_a_number_is_its_fifteen_digits(stored: str, shown: str):
    """What a spreadsheet stores beyond them is the error of its double."""
    stream = changed(
        book([[7]]), "xl/worksheets/sheet1.xml", b"<v>7</v>", f"<v>{stored}</v>".encode()
    )
    assert [cells for _, cells in OwnWorkbook(stream).rows()] == [[shown]]


def test_a_number_with_more_decimals_than_its_currency_is_refused():
    """A worksheet that computed a third of a peso is not rounded."""
    with pytest.raises(Unreadable, match="decimals"):
        list(xlsx.read(book([["Fecha", "Importe"], ["1/9/26", 0.335], ["1/9/26", 10.25]])))


@pytest.mark.parametrize(
    "stream",
    [
        pytest.param(io.BytesIO(b"PK\3\4 no archive"), id="no archive"),
        pytest.param(io.BytesIO(b""), id="empty"),
        pytest.param(
            changed(book(EXTRACT), "xl/workbook.xml", b"<workbook", b"<!DOCTYPE x><workbook"),
            id="doctype",
        ),
        pytest.param(changed(book(EXTRACT), "xl/worksheets/sheet1.xml", b"</row>", b""), id="cut"),
        pytest.param(
            changed(book(EXTRACT), "xl/worksheets/sheet1.xml", b'r="A1"', b'r="ZZZ1"'), id="columns"
        ),
        pytest.param(
            changed(book(EXTRACT), "xl/worksheets/sheet1.xml", b"<v>871</v>", b"<v>x</v>"),
            id="no number",
        ),
    ],
)
def test_a_bad_workbook_is_refused(stream: io.BytesIO):
    """With a reason, never a traceback."""
    with pytest.raises(Unreadable):
        list(xlsx.read(stream))


def test_a_directory_that_points_before_the_file_is_refused():
    """A damaged place of the parts is no part that can be read, and no error of the library."""
    data = bytearray(book(EXTRACT).getvalue())
    at = data.rindex(b"PK\5\6") + 16
    data[at : at + 4] = (int.from_bytes(data[at : at + 4], "little") + 10**6).to_bytes(4, "little")
    with pytest.raises(Unreadable, match="cannot be read"):
        list(xlsx.read(io.BytesIO(bytes(data))))


def test_a_packed_bomb_is_refused_before_it_is_unpacked():
    """The archive's own list tells how far its parts would grow."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b" " * 5_000_000)
    with pytest.raises(Unreadable, match="unsafe archive"):
        list(xlsx.read(stream))


def test_lines_of_objects_are_a_table():
    """Numbers keep their text, null is blank, keys of later lines are columns too."""
    text = (
        '{"date":"2026-09-01","amount":12.50,"currency":"ARS","description":null}\n\n'
        '{"date":"2026-09-02","amount":"-3","currency":"ARS","extra":true}\n'
    )
    one, two, _ = jsonl.read(io.BytesIO(text.encode()))
    assert isinstance(one, Entry)
    assert isinstance(two, Entry)
    assert [one.amount_minor, two.amount_minor] == [1250, -300]
    assert (two.place, two.references, one.remittance) == ("line 3", (("extra", "true"),), None)


@pytest.mark.parametrize(
    "line",
    [
        '{"date":"2026-09-01","amount":NaN}',
        '{"date":"2026-09-01","amount":1e400}',
        '{"date":"2026-09-01","amount":1,"amount":2}',
        '{"date":"2026-09-01","amount":[1]}',
        '{"date":"2026-09-01","amount":true}',
        '{"date":"2026-09-01","amount":1,"description":"\\ud800"}',
        '{"date":"2026-09-01"',
        "[1]",
        "[" * 20_000,
        '{"a":1}',
        "",
    ],
)
def test_a_bad_line_is_refused(line: str):
    """No number, two keys alike, nested values, half a character, no object."""
    with pytest.raises(Unreadable):
        list(jsonl.read(io.BytesIO(line.encode())))
