"""Rows of payments, read as a profile says; and the profile itself."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.payment_files import Profile, read_profile
from application.batch import InputRefused
from application.payees import Payee
from domain.money import Money, format_decimal
from tests.adapters.payment_files.made import OURS, orders, payments, refusal

PLAIN = "payment_id,merchant_id,amount,currency,created_at,method\n"
ROW = "K1,M1,10.50,ARS,2026-03-02T10:00:00Z,wallet\n"

PROFILE = """
source: till
zone: "-04:00"
accounts:
  "0726229088934687001217": {merchant: M7, method: debin}
  "011.1": {merchant: M8}
csv:
  encoding: windows-1252
  delimiter: ";"
  decimal: ","
  thousands: "."
  day: DD/MM/YY
  constants: {currency: ARS, method: transfer}
  columns:
    payment_id: Operación
    amount: Importe
    created_at: Fecha
    created_time: Hora
    expected_value_date: Acredita
    payer_name: Pagador
    merchant_id: Comercio
"""
EXTRACT = (
    "Banco Ejemplo;;;\r\n\r\n"
    "Fecha;Hora;Operación;Comercio;Importe;Acredita;Pagador;Otra\r\n"
    '02/03/26;23:30;A1;M1;1.234,56;04/03/26;"Muñoz; Ana";x\r\n'
    '02/03/26;;A2;M1;"12";;"=cmd|\' /C\'!A0\r\nsegunda";\r\n'
)


def profile(tmp_path: Path, text: str = PROFILE) -> Profile:
    (tmp_path / "bank.yaml").write_text(text, "utf-8")
    return read_profile(tmp_path / "bank.yaml")


def refused_profile(tmp_path: Path, text: str) -> tuple[str, str]:
    with pytest.raises(InputRefused) as refused:
        profile(tmp_path, text)
    return refused.value.place, refused.value.reason


# Without a profile.


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_our_own_names_need_no_profile(sign: str):
    """With any separator; what is not there is not said."""
    (made,) = payments((PLAIN + ROW).replace(",", sign))
    assert (made.payment_id, made.merchant_id, made.method) == ("K1", "M1", "wallet")
    assert (made.amount, made.created_at) == (Money(10_50, "ARS"), "2026-03-02T10:00:00Z")
    assert (made.expected_value_date, made.reference) == (date(2026, 3, 2), None)


@pytest.mark.parametrize(
    "content, place, reason",
    [
        (PLAIN, "file", "no rows"),
        (PLAIN.replace("method", "metod") + ROW, "line 1", "unknown-field"),
        ("payment_id,currency,created_at\nK1,ARS,x\n", "line 1", "amount: missing"),
        ("a,b\n1,2\n", "line 1", "no header with the columns"),
        (PLAIN + ROW + "K2,M1\n", "line 3", "2 fields, the header has 6"),
        (PLAIN + ROW + 'K2,"M1\n', "line 3", "no CSV"),
        (PLAIN + 'K"2,M1,"1"2,ARS,x,y\n', "line 2", "no CSV"),
        (PLAIN + ROW.replace("K1", "K\0"), "line 2", "control-character"),
        (PLAIN + ROW.replace("K1", ""), "line 2", "payment_id: missing"),
        (PLAIN + ROW.replace("10.50", "10,50"), "line 2", "7 fields"),
        (PLAIN + ROW.replace("10.50", '"10,50"'), "line 2", "amount: amount-pattern ('10,50')"),
        (PLAIN + ROW.replace("10.50", "10.505"), "line 2", "amount: amount-precision"),
        (PLAIN + ROW.replace("10.50", "-10.50"), "line 2", "amount: amount-sign"),
        (PLAIN + ROW.replace("10.50", "0"), "line 2", "amount: amount-zero"),
        (PLAIN + ROW.replace("10.50", "١٠"), "line 2", "amount: amount-pattern"),
        (PLAIN + ROW.replace("ARS", "ars"), "line 2", "currency: currency-unknown"),
        (PLAIN + ROW.replace("wallet", "cash"), "line 2", "method: method-unknown"),
        (PLAIN + ROW.replace("wallet", " "), "line 2", "method: missing"),
        (PLAIN + ROW.replace("T10", "T25"), "line 2", "created_at: time"),
        (PLAIN.replace("method", "amount") + ROW, "line 1", "the column amount stands twice"),
    ],
)  # fmt: skip
def test_a_row_that_cannot_be_used_refuses_the_file(content: str, place: str, reason: str):
    """The line is named, from 1."""
    said = refusal(content, kind="csv")
    assert said[0] == place
    assert said[1].startswith(reason)


def test_a_byte_order_mark_and_blank_lines_are_passed_over():
    """Spreadsheets write them."""
    assert len(payments(f"\ufeff{PLAIN}\n{ROW}\n\n", kind="csv")) == 1


def test_bytes_of_another_encoding_are_refused():
    """Nothing is replaced by a question mark."""
    content = (PLAIN + ROW).encode() + "K2,M1,1,ARS,ñ,x\n".encode("cp1252")
    assert refusal(content, kind="csv") == ("line 3", "encoding: not utf-8")


# With one.


def test_a_profile_says_what_columns_are(tmp_path: Path):
    """Header search, separators, decimal comma, days, quotes, encoding and constants."""
    chosen = profile(tmp_path)
    one, two = payments(EXTRACT.encode("cp1252"), kind="csv", form=chosen.csv, zone=chosen.zone)
    assert (one.payment_id, one.merchant_id, one.amount) == ("A1", "M1", Money(1_234_56, "ARS"))
    assert (one.created_at, one.local_day) == ("2026-03-02T23:30-04:00", date(2026, 3, 3))
    assert (one.expected_value_date, one.payer_name) == (date(2026, 3, 4), "Muñoz; Ana")
    assert (two.amount, two.created_at) == (Money(12_00, "ARS"), "2026-03-02T00:00:00-04:00")
    assert two.payer_name == "=cmd|' /C'!A0\r\nsegunda"


def test_places_are_lines_of_the_file_also_after_a_field_of_two_lines(tmp_path: Path):
    """A row is named by the line on which it begins."""
    content = EXTRACT + "02/03/26;;A3;M1;x;;;\r\n"
    form = profile(tmp_path).csv
    assert refusal(content.encode("cp1252"), kind="csv", form=form)[0] == "line 7"
    places = [each.place for each in orders(EXTRACT.encode("cp1252"), kind="csv", form=form)]
    assert places == ["line 4", "line 5"]


@pytest.mark.parametrize(
    "amount", ["1,234.56", "1.23,4", "12.34", "1.234.56", "1,2,3", "1 234", "--1", ""]
)
def test_an_amount_in_another_way_of_writing_is_refused(tmp_path: Path, amount: str):
    """A point where a comma is due could be a factor of a hundred."""
    content = EXTRACT.replace("1.234,56", amount).encode("cp1252")
    place, reason = refusal(content, kind="csv", form=profile(tmp_path).csv)
    assert (place, reason.partition(":")[0]) == ("line 4", "amount")


@pytest.mark.parametrize("day", ["2/3/26", "02-03-26", "02/03/2026", "30/02/26", "hoy"])
def test_a_day_in_another_way_of_writing_is_refused(tmp_path: Path, day: str):
    """The profile says how days are written."""
    content = EXTRACT.replace("02/03/26;23:30", f"{day};23:30").encode("cp1252")
    assert refusal(content, kind="csv", form=profile(tmp_path).csv)[0] == "line 4"


def test_the_merchant_may_be_found_by_the_account_that_is_paid(tmp_path: Path):
    """Where no column names it, as in a transfer of another bank."""
    text = PROFILE.replace("merchant_id: Comercio", "creditor_account: Comercio")
    chosen = profile(tmp_path, text)
    content = EXTRACT.replace(";M1;", f";{OURS};").encode("cp1252")
    found = payments(content, kind="csv", form=chosen.csv)
    assert [each.merchant_id for each in found] == ["M1", "M1"]
    place, reason = refusal(EXTRACT.encode("cp1252"), kind="csv", form=chosen.csv)
    assert (place, reason) == ("line 4", "merchant_id: merchant-unknown")


def test_a_profile_maps_accounts_as_they_are_written(tmp_path: Path):
    """No account becomes a number, and each has its method."""
    chosen = profile(tmp_path)
    assert chosen.accounts == {OURS: Payee("M7", "debin"), "011.1": Payee("M8", "transfer")}
    assert (chosen.source, chosen.zone) == ("till", "-04:00")


def test_an_empty_profile_says_nothing(tmp_path: Path):
    """Everything has a default."""
    assert profile(tmp_path, "# nothing\n") == Profile()


@pytest.mark.parametrize(
    "text, place",
    [
        ("zone: Buenos Aires", "zone"),
        ("unheard: 1", "unheard"),
        ("accounts: {a: {merchant: M1, method: cash}}", "accounts.a.method"),
        ("accounts: {a: M1}", "accounts.a"),
        ("csv: {columns: {colour: x}}", "csv.columns.colour.[key]"),
        ("csv: {columns: {}, day: DD/DD/YY}", "csv.day"),
        ("csv: {columns: {}, decimal: '.', thousands: '.'}", "csv"),
        ("csv: {columns: {amount: x}, constants: {amount: y}}", "csv"),
        ("accounts:\n  a: {merchant: M1}\n  a: {merchant: M2}", "line 2"),
        ("a: [", "line 1"),
        ("- 1", "file"),
        ("!!python/object/apply:os.getcwd []", "file"),
    ],
)
def test_a_profile_that_cannot_be_used_is_refused_with_its_place(
    tmp_path: Path, text: str, place: str
):
    """A misspelt word must not be passed over."""
    assert refused_profile(tmp_path, text)[0] == place


def test_a_profile_that_is_not_there_is_refused(tmp_path: Path):
    """With its name."""
    with pytest.raises(InputRefused, match="not readable"):
        read_profile(tmp_path / "none.yaml")


# What we write we read back.


@given(
    st.integers(1, 10**17),
    st.sampled_from(["ARS", "CLP", "KWD"]),
    st.text(
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp"]),
        min_size=1,
        max_size=60,
    ),
)
def test_what_is_written_reads_back_the_same(minor: int, currency: str, name: str):
    """Whatever stands in a quoted field, and whatever the exponent."""
    amount = Money(minor, currency)
    quoted = name.replace('"', '""')
    row = f'K1,M1,{format_decimal(amount)},{currency},2026-03-02T10:00:00Z,qr,"{quoted}"\n'
    (made,) = payments(PLAIN.replace("\n", ",payer_name\n") + row, kind="csv")
    assert (made.amount, made.payer_name) == (amount, name)


def test_changes_of_a_setting_reach_the_payment():
    """The source is the command line's, where the file cannot say it."""
    options: dict[str, Any] = {"source": "till"}
    assert payments(PLAIN + ROW, **options)[0].source == "till"
