"""What is wrong with one command: named, all of it, and no obstacle to the others."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from application.payment_orders import Cancel, Faulty
from tests.adapters.payment_files.made import (
    CANCEL,
    NOW,
    PAYER,
    REGISTER,
    REPORT,
    RETURN,
    line,
    orders,
    read_line,
)


def faults(text: str | bytes) -> list[tuple[str, str]]:
    """Pointers and codes of everything that is wrong with a line."""
    order = read_line(text)
    assert isinstance(order.body, Faulty)
    assert order.stands_alone
    return [(each.pointer, each.code) for each in order.body.faults]


# What is wrong with one line.

EVERY = list(REGISTER)


@pytest.mark.parametrize("name", [each for each in EVERY if each != "command"])
def test_a_missing_field_is_named(name: str):
    """Each required one."""
    assert faults(line(**{name: ...})) == [(f"/{name}", "missing")]
    assert faults(line(**{name: None})) == [(f"/{name}", "wrong-type")]


@pytest.mark.parametrize("name", ["zz", "__proto__", "$ref", "constructor", "Amount"])
def test_a_field_that_nobody_knows_is_named(name: str):
    """A typing error in a name must not cost the field."""
    assert faults(line(**{name: 1})) == [(f"/{name}", "unknown-field")]


def test_a_field_whose_name_may_be_a_value_is_not_quoted():
    """It could be somebody's account."""
    assert faults(line(**{PAYER: 1})) == [("/?", "unknown-field")]


@pytest.mark.parametrize("text", ["[1]", '"a"', "1", "null", "true"])
def test_what_is_no_object_is_said_to_be_none(text: str):
    """It can be read, and is no command."""
    assert faults(text) == [("", "not-an-object")]


@pytest.mark.parametrize(
    "changes, expected",
    [
        # types
        ({"payment_id": 12}, [("/payment_id", "wrong-type")]),
        ({"payer_name": True}, [("/payer_name", "wrong-type")]),
        ({"payment_id": "a\0b"}, [("/payment_id", "control-character")]),
        ({"payer_name": "a\0b"}, [("/payer_name", "control-character")]),
        ({"payment_id": " "}, [("/payment_id", "missing")]),
        ({"payment_id": "x" * 141}, [("/payment_id", "too-long")]),
        ({"command": "erase"}, [("/command", "command-unknown")]),
        ({"command": 1}, [("/command", "command-unknown")]),
        ({"command": ...}, [("/command", "missing")]),
        ({"command_id": "a b"}, [("/command_id", "unsafe-text")]),
        ({"command_id": "x" * 65}, [("/command_id", "too-long")]),
        ({"method": "cash"}, [("/method", "method-unknown")]),
        # money
        ({"amount": 1050}, [("/amount", "amount-not-a-string")]),
        ({"amount": "1050"}, [("/amount", "wrong-type")]),
        ({"amount": {}}, [("/amount/currency", "missing"), ("/amount/minor", "missing")]),
        ({"amount": {"minor": 1, "currency": "ARS"}}, [("/amount/minor", "amount-not-a-string")]),
        ({"amount": {"minor": None, "currency": "ARS"}}, [("/amount/minor", "wrong-type")]),
        (
            {"amount": {"minor": "1", "currency": "ARS", "x": 1}},
            [("/amount/x", "unknown-field")],
        ),
        *(
            ({"amount": {"minor": minor, "currency": "ARS"}}, [("/amount/minor", code)])
            for minor, code in (
                ("1.234,56", "amount-pattern"),
                ("10.5", "amount-pattern"),
                ("01", "amount-pattern"),
                ("1e3", "amount-pattern"),
                ("+1", "amount-pattern"),
                ("-0", "amount-pattern"),
                ("9" * 19, "amount-pattern"),
                (str(2**63), "amount-pattern"),
                ("-1", "amount-sign"),
                ("0", "amount-zero"),
                ("１２", "non-ascii-digits"),
                ("٣", "non-ascii-digits"),
            )
        ),
        *(
            ({"amount": {"minor": "1", "currency": code}}, [("/amount/currency", why)])
            for code, why in (
                ("ars", "currency-unknown"),
                ("XXX", "currency-unknown"),
                (32, "wrong-type"),
            )
        ),
        # identity
        (
            {"payer_account": PAYER[:-1] + "4"},
            [("/payer_account", "cbu-check-digit")],
        ),
        ({"payer_account": "123"}, [("/payer_account", "cbu-length")]),
        ({"payer_account": "ana.gomez"}, [("/payer_account", "cbu-format")]),
        ({"payer_account": "٣" * 22}, [("/payer_account", "non-ascii-digits")]),
        ({"payer_tax_id": "24-66764921-5"}, [("/payer_tax_id", "cuit-check-digit")]),
        ({"payer_tax_id": "99667649214"}, [("/payer_tax_id", "cuit-prefix")]),
        ({"payer_tax_id": "２４667649214"}, [("/payer_tax_id", "non-ascii-digits")]),
        ({"payment_id": "P\u0410"}, [("/payment_id", "unsafe-text")]),
        ({"payment_id": "P\u202eA"}, [("/payment_id", "unsafe-text")]),
        ({"reference": "P\u200bA"}, [("/reference", "unsafe-text")]),
        ({"end_to_end_id": "Ｐ1"}, [("/end_to_end_id", "unsafe-text")]),
        ({"end_to_end_id": "P１"}, [("/end_to_end_id", "non-ascii-digits")]),
        ({"payer_name": "x" * 10_000}, [("/payer_name", "too-long")]),
        (
            {"payer_name": "ANA 4111 1111 1111 1111"},
            [("/payer_name", "card-number-in-text")],
        ),
        # time
        ({"created_at": "2026-03-02T10:00:00"}, [("/created_at", "zone-missing")]),
        ({"created_at": "2026-03-02T10:00:60Z"}, [("/created_at", "time")]),
        ({"created_at": "2026-03-02T24:00:00Z"}, [("/created_at", "time")]),
        ({"created_at": "2026-02-30T10:00:00Z"}, [("/created_at", "date")]),
        ({"created_at": "0001-01-01T00:00:00Z"}, [("/created_at", "time-range")]),
        ({"created_at": "9999-01-01T00:00:00Z"}, [("/created_at", "time-range")]),
        ({"created_at": "2027-03-08T00:00:00Z"}, [("/created_at", "time-range")]),
        ({"created_at": "2026-03-08T15:00:00Z"}, [("/created_at", "date-in-future")]),
        ({"created_at": "2026-03-06T15:05:01Z"}, [("/created_at", "date-in-future")]),
        ({"expected_value_date": "9999-01-01"}, [("/expected_value_date", "time-range")]),
        ({"expected_value_date": "2027-03-08"}, [("/expected_value_date", "time-range")]),
        ({"expected_value_date": "2026-02-30"}, [("/expected_value_date", "date")]),
        ({"expected_value_date": "04/03/2026"}, [("/expected_value_date", "date")]),
    ],
)
def test_a_field_that_cannot_be_used_is_named(
    changes: dict[str, Any], expected: list[tuple[str, str]]
):
    """By its pointer and a machine name; nothing is coerced."""
    assert faults(line(**changes)) == expected


@pytest.mark.parametrize("exponent", ["1e400", "-0", "1.0", '"2"', "true"])
def test_what_is_no_integer_is_none(exponent: str):
    """However large or near to one it is."""
    amount = f'{{"minor": "1", "currency": "ARS", "exponent": {exponent}}}'
    text = line(amount="HERE").replace('"HERE"', amount)
    assert faults(text) == [("/amount/exponent", "not-an-integer")]


def test_an_exponent_must_be_that_of_the_currency():
    """It says how the minor units are meant."""
    amount = {"minor": "1", "currency": "CLP", "exponent": 2}
    assert faults(line(amount=amount)) == [("/amount/exponent", "exponent")]


def test_all_faults_are_listed():
    """So that a sender mends a line once."""
    text = line(amount=1, created_at="x", zz=1, method=...)
    assert sorted(faults(text)) == [
        ("/amount", "amount-not-a-string"),
        ("/created_at", "time"),
        ("/method", "missing"),
        ("/zz", "unknown-field"),
    ]


@pytest.mark.parametrize(
    "command, changes, expected",
    [
        (CANCEL, {"business_date": "2026-03-07"}, [("/business_date", "date-in-future")]),
        (CANCEL, {"reason": "4111111111111111"}, [("/reason", "card-number-in-text")]),
        (CANCEL, {"amount": 1}, [("/amount", "unknown-field")]),
        (REPORT, {"original": {}}, [("/original", "missing")]),
        (REPORT, {"original": {"uetr": "x", "a": 1}},
         [("/original/a", "unknown-field"), ("/original/uetr", "uetr-format")]),
        (REPORT, {"status": "rjct"}, [("/status", "status-format")]),
        (RETURN, {"original": "T1"}, [("/original", "wrong-type")]),
        (RETURN, {"amount": ...}, [("/amount", "missing")]),
    ],
)  # fmt: skip
def test_other_commands_are_read_as_strictly(
    command: dict[str, Any], changes: dict[str, Any], expected: list[tuple[str, str]]
):
    """Their fields are named in the same way."""
    assert faults(line(command, **changes)) == expected


def test_a_faulty_line_keeps_its_command_id_where_it_has_one():
    """So that its sender is answered."""
    assert read_line(line(amount=1)).command_id == "c-1"
    assert read_line(line(command="erase")).command_id == "c-1"
    assert read_line(line(command_id=1)).command_id is None


def test_the_end_of_the_day_is_that_of_argentina():
    """At eleven in the evening here it is tomorrow in London."""
    late = NOW.replace(hour=2) + timedelta(days=1)
    today = json.dumps({**CANCEL, "business_date": "2026-03-06"})
    tomorrow = json.dumps({**CANCEL, "business_date": "2026-03-07"})
    (one,), (other,) = orders(today, now=late), orders(tomorrow, now=late)
    assert isinstance(one.body, Cancel)
    assert isinstance(other.body, Faulty)
