"""Each fault of a row has its line and its reason, and no reason gives away anything personal."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from adapters.data_folder import read_folder
from application.batch import InputRefused
from tests.fixtures.folders import PAYMENT, SETTLEMENT, Row, write_folder

PAYMENTS, SETTLEMENTS = "payments.jsonl", "settlements.jsonl"


def reason_of(folder: Path, name: str, line: bytes) -> str:
    """Why the second line of a file is refused."""
    first = PAYMENT if name == PAYMENTS else SETTLEMENT
    write_folder(folder, raw={name: json.dumps(first).encode() + b"\n" + line + b"\n"})
    with pytest.raises(InputRefused) as caught:
        read_folder(folder)
    assert (caught.value.file, caught.value.place) == (str(folder / name), "line 2")
    return caught.value.reason


def with_raw(row: Row, field: str, raw: str) -> bytes:
    """The row, with the raw JSON text of one field."""
    return json.dumps(row | {field: "@@"}).replace('"@@"', raw).encode()


AMOUNTS = [
    ("1.0", "amount: not-an-integer (1.0)"),
    ("1e3", "amount: not-an-integer (1e3)"),
    ("12.5", "amount: not-an-integer (12.5)"),
    ("1e400", "amount: not-an-integer (1e400)"),
    ("true", "amount: not-an-integer (true)"),
    ("null", "amount: not-an-integer (null)"),
    ('"12"', 'amount: not-an-integer ("12")'),
    ('"Juan Pérez"', "amount: not-an-integer (a text)"),
    ("[1]", "amount: not-an-integer (an array)"),
    ('{"minor": 1}', "amount: not-an-integer (an object)"),
    ("9" * 19, "amount: amount-pattern (more than 18 digits)"),
    ("-" + "9" * 19, "amount: amount-pattern (more than 18 digits)"),
    ("9" * 100, "amount: amount-pattern (more than 18 digits)"),
    ("NaN", "malformed JSON: NaN"),
    ("Infinity", "malformed JSON: Infinity"),
    ("-Infinity", "malformed JSON: -Infinity"),
]


@pytest.mark.parametrize("raw, reason", AMOUNTS)
def test_an_amount_is_whole_minor_units(tmp_path: Path, raw: str, reason: str):
    """Whatever is not an integer of at most 18 digits is refused, in both files."""
    assert reason_of(tmp_path, PAYMENTS, with_raw(PAYMENT, "amount", raw)) == reason
    assert reason_of(tmp_path, SETTLEMENTS, with_raw(SETTLEMENT, "amount", raw)) == reason


@pytest.mark.parametrize("raw", ["9" * 5_000, "9" * 60_000])
def test_an_endless_number_is_never_converted(tmp_path: Path, raw: str):
    """A number of thousands of digits is refused as unreadable."""
    reason = reason_of(tmp_path, PAYMENTS, with_raw(PAYMENT, "amount", raw))
    assert reason.startswith("malformed JSON: number out of range")


@pytest.mark.parametrize(
    "raw, reason",
    [
        ("0", "amount: amount-zero"),
        ("-0", "amount: amount-zero"),
        ("-5", "amount: amount-sign (-5)"),
    ],
)
def test_a_payment_is_above_zero(tmp_path: Path, raw: str, reason: str):
    """The bank expects no payment of nothing, and none that goes back."""
    assert reason_of(tmp_path, PAYMENTS, with_raw(PAYMENT, "amount", raw)) == reason


@pytest.mark.parametrize("raw", ["0", "-5", "999999999999999999", "-999999999999999999"])
def test_a_line_may_be_of_any_sign(tmp_path: Path, raw: str):
    """Debits and information lines of zero are lines too."""
    line = with_raw(SETTLEMENT, "amount", raw)
    batch = read_folder(write_folder(tmp_path, raw={SETTLEMENTS: line}))
    assert batch.lines[0][1].amount.minor == int(raw)


FIELDS: list[tuple[str, Any, str]] = [
    ("currency", "XXX", "currency: currency-unknown (XXX)"),
    ("currency", "ars", "currency: currency-unknown (ars)"),
    ("currency", "Juan Pérez", "currency: currency-unknown (10 characters)"),
    ("currency", 32, "currency: wrong-type (a number)"),
    ("currency", None, "currency: wrong-type (null)"),
    ("payment_id", "", "payment_id: empty"),
    ("payment_id", " ", "payment_id: empty"),
    ("payment_id", 7, "payment_id: wrong-type (a number)"),
    ("payment_id", "x" * 141, "payment_id: too-long"),
    ("payment_id", "P\0", "payment_id: control-character"),
    ("payment_id", "P\x7f1", "payment_id: control-character"),
    ("payment_id", "P\n1", "payment_id: control-character"),
    ("payment_id", "P\u200b1", "payment_id: unsafe-text"),
    ("payment_id", "P\u202e1", "payment_id: unsafe-text"),
    ("merchant_id", "M\u00a01", "merchant_id: unsafe-text"),
    ("merchant_id", None, "merchant_id: wrong-type (null)"),
    ("reference", "a\tb", "reference: control-character"),
    ("reference", "x" * 141, "reference: too-long"),
    ("reference", ["a"], "reference: wrong-type (an array)"),
    ("end_to_end_id", "\0", "end_to_end_id: control-character"),
    ("payer_account", 123, "payer_account: wrong-type (a number)"),
    ("payer_tax_id", {"id": 1}, "payer_tax_id: wrong-type (an object)"),
    ("payer_name", "x" * 2_001, "payer_name: too-long"),
    ("payer_name", "Juan\0", "payer_name: control-character"),
    ("payer_name", True, "payer_name: wrong-type (true)"),
    (
        "method",
        "cash",
        "method: method-unknown (not 'transfer', 'debin', 'wallet', 'card' or 'qr')",
    ),
    ("created_at", None, "created_at: wrong-type (null)"),
    ("created_at", "2026-03-02T10:00:00", "created_at: zone-missing (2026-03-02T10:00:00)"),
    ("created_at", "2026-03-02T10:00:60Z", "created_at: time"),
    ("created_at", "2026-03-02T24:00:00Z", "created_at: time"),
    ("created_at", "Juan Pérez", "created_at: time"),
    ("created_at", "2026-02-30T10:00:00Z", "created_at: date (2026-02-30T10:00:00Z)"),
    ("created_at", "0001-01-01T00:00:00Z", "created_at: time-range (0001-01-01T00:00:00Z)"),
    ("created_at", "9999-01-01T00:00:00Z", "created_at: time-range (9999-01-01T00:00:00Z)"),
    ("received_at", "yesterday", "received_at: time"),
    ("expected_value_date", "2026-02-30", "expected_value_date: date (2026-02-30)"),
    ("expected_value_date", "20260302", "expected_value_date: date"),
    ("expected_value_date", "2026-03-02T00:00:00Z", "expected_value_date: date"),
    ("expected_value_date", "٢٠٢٦-٠٣-٠٢", "expected_value_date: date"),
    ("expected_value_date", "1989-12-31", "expected_value_date: date-range (1989-12-31)"),
    ("expected_value_date", 20260302, "expected_value_date: wrong-type (a number)"),
]


@pytest.mark.parametrize("ascii_only", [True, False])
@pytest.mark.parametrize("field, value, reason", FIELDS)
def test_a_payment_field(tmp_path: Path, field: str, value: Any, reason: str, ascii_only: bool):
    """A payment's field of the wrong type, form, length or range is named."""
    line = json.dumps(PAYMENT | {field: value}, ensure_ascii=ascii_only).encode()
    assert reason_of(tmp_path, PAYMENTS, line) == reason


LINE_FIELDS: list[tuple[str, Any, str]] = [
    ("settlement_id", "", "settlement_id: empty"),
    ("source", "galicia", 'source: source-format (not "kind:name")'),
    ("source", "bank:", 'source: source-format (not "kind:name")'),
    ("source", "bank:017:1", 'source: source-format (not "kind:name")'),
    ("account", "285:634", "account: unsafe-text (a colon)"),
    ("account", None, "account: wrong-type (null)"),
    ("booking_date", None, "booking_date: wrong-type (null)"),
    ("booking_date", "04/03/2026", "booking_date: date"),
    ("value_date", "2026-13-01", "value_date: date (2026-13-01)"),
    ("bank_entry_id", "1\u200b", "bank_entry_id: unsafe-text"),
    ("statement_id", "x" * 141, "statement_id: too-long"),
    ("remittance_information", "x" * 2_001, "remittance_information: too-long"),
    ("reversal", 0, "reversal: wrong-type (a number)"),
    ("reversal", None, "reversal: wrong-type (null)"),
    ("reversal", "false", "reversal: wrong-type (a text)"),
]


@pytest.mark.parametrize("field, value, reason", LINE_FIELDS)
def test_a_line_field(tmp_path: Path, field: str, value: Any, reason: str):
    """A line's field of the wrong type, form, length or range is named."""
    line = json.dumps(SETTLEMENT | {field: value}).encode()
    assert reason_of(tmp_path, SETTLEMENTS, line) == reason


REQUIRED_OF_PAYMENT = ("payment_id", "merchant_id", "amount", "currency", "created_at", "method")
REQUIRED_OF_LINE = (
    "settlement_id",
    "source",
    "account",
    "amount",
    "currency",
    "booking_date",
    "reversal",
)


@pytest.mark.parametrize(
    "name, field",
    [(PAYMENTS, field) for field in REQUIRED_OF_PAYMENT]
    + [(SETTLEMENTS, field) for field in REQUIRED_OF_LINE],
)
def test_what_may_not_be_null_may_not_be_missing(tmp_path: Path, name: str, field: str):
    """A field that a row must have is named when it is missing."""
    row = dict(PAYMENT if name == PAYMENTS else SETTLEMENT)
    del row[field]
    assert reason_of(tmp_path, name, json.dumps(row).encode()) == f"{field}: missing"


def test_an_unknown_field_explains_a_missing_one(tmp_path: Path):
    """A misspelt field is named before the one that is missing for it."""
    line = json.dumps(PAYMENT).replace('"amount"', '"amout"').encode()
    assert reason_of(tmp_path, PAYMENTS, line) == 'unknown field "amout"'
    line = json.dumps(PAYMENT | {"20-24667649-4": 1}).encode()
    assert reason_of(tmp_path, PAYMENTS, line) == "unknown field"
    line = json.dumps(PAYMENT | {"Juan Pérez": 1}).encode()
    assert reason_of(tmp_path, PAYMENTS, line) == "unknown field"


GOOD = json.dumps(PAYMENT, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    "line",
    [
        GOOD[:-1] + b',"amount":1}',
        GOOD[:-1] + b',"amount" :\t1}',
        GOOD[:-1] + b',"am\\u006funt":1}',
        GOOD[:-1] + b',"amount":' + str(PAYMENT["amount"]).encode() + b"}",
        # One key twice and another left out: as many keys as there should be.
        GOOD.replace(b'"received_at"', b'"amount":5,"received_at"').replace(
            b'"reference":"Cobranza N\\u00ba 075410358",', b""
        ),
        GOOD.replace(b'"amount":', b'"amount":{"a":"b"},"amount":'),
        GOOD.replace(b"Mu\\u00f1oz", b'\\"\\\\\\"').replace(b'"amount":', b'"amount":1,"amount":'),
    ],
)
def test_a_key_twice_is_found(tmp_path: Path, line: bytes):
    """Parsers keep the last of two equal keys and say nothing; here it is a fault."""
    assert reason_of(tmp_path, PAYMENTS, line) == 'duplicate key "amount"'


@pytest.mark.parametrize("value", ['a"b', "a\\", '\\"', '":', '","amount":"', "\\\\", '"'])
def test_quotes_and_escapes_inside_texts_are_no_keys(tmp_path: Path, value: str):
    """Texts that look like pieces of JSON are texts."""
    row = PAYMENT | {"payer_name": value, "reference": f"{value}1"}
    batch = read_folder(write_folder(tmp_path, payments=[row]))
    assert batch.payments[0][1].payer_name == value


@pytest.mark.parametrize(
    "line, reason",
    [
        (b"[]", "not an object"),
        (b"12", "not an object"),
        (b"null", "not an object"),
        (b'"text"', "not an object"),
        (GOOD + b" x", "malformed JSON: trailing characters"),
        (GOOD + GOOD, "malformed JSON: trailing characters"),
        (GOOD[:60], "malformed JSON: EOF while parsing"),
        (b"{", "malformed JSON: EOF while parsing"),
        (b"{'a': 1}", "malformed JSON: "),
        (b"[" * 10_000, "malformed JSON: recursion limit exceeded"),
        (b'{"a":' * 10_000, "malformed JSON: recursion limit exceeded"),
        (GOOD.replace(b"Mu\\u00f1oz", b"\\ud800"), "malformed JSON: "),
        (GOOD.replace(b"Mu\\u00f1oz", b"\x01"), "malformed JSON: control character"),
        (GOOD.replace(b"Mu\\u00f1oz", b"\xff"), "not UTF-8"),
        (GOOD.replace(b"Mu\\u00f1oz", b"\xc0\xaf"), "not UTF-8"),
        (GOOD.replace(b"Mu\\u00f1oz", b"\xed\xa0\x80"), "not UTF-8"),
        (GOOD.decode().encode("utf-16"), "not UTF-8"),
    ],
)
def test_what_is_not_json_is_refused(tmp_path: Path, line: bytes, reason: str):
    """Unreadable lines are refused, with the column where there is one, and never quoted."""
    said = reason_of(tmp_path, PAYMENTS, line)
    assert said.startswith(reason)
    assert "Agust" not in said


def test_names_may_hold_what_ids_may_not(tmp_path: Path):
    """Texts from banks are kept verbatim: line breaks, directions, homoglyphs."""
    line = SETTLEMENT | {
        "remittance_information": "PAGO\n\tCUOTA\u200b",
        "counterparty_name": "Ju\u0430n \u202e",
        "reference": "REF\u00ad1",
    }
    [(_, found)] = read_folder(write_folder(tmp_path, settlements=[line])).lines
    assert found.remittance_information == line["remittance_information"]
    assert found.counterparty_name == line["counterparty_name"]
    assert found.reference == line["reference"]
