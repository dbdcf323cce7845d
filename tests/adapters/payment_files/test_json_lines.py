"""Commands as JSON Lines: what refuses the file, what is wrong with one line, what is accepted."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.payment_files.json_lines import LINE_BYTES_MAX, read_kept
from application.payment_orders import Cancel, Faulty, Order, Original, Register, Report, Return
from domain.money import Money
from tests.adapters.payment_files.made import (
    CANCEL,
    NOW,
    PAYER,
    REGISTER,
    UETR,
    line,
    orders,
    payments,
    refusal,
    setting,
)

TAX_ID = "24667649214"
REPORT = {
    "command_id": "c-3",
    "command": "report",
    "original": {"uetr": UETR, "end_to_end_id": "E1"},
    "status": "RJCT",
    "reason": "AC04",
    "business_date": "2026-03-03",
}
RETURN = {
    "command_id": "c-4",
    "command": "return",
    "original": {"tx_id": "T1"},
    "amount": {"minor": "1050", "currency": "ARS"},
    "business_date": "2026-03-09",
}


def read_line(text: str | bytes) -> Order:
    (order,) = orders(text, kind="json")
    return order


def faults(text: str | bytes) -> list[tuple[str, str]]:
    """Pointers and codes of everything that is wrong with a line."""
    order = read_line(text)
    assert isinstance(order.body, Faulty)
    assert order.stands_alone
    return [(each.pointer, each.code) for each in order.body.faults]


# What is accepted.


def test_a_registration_is_a_payment():
    """Every field is where it belongs; ids of parties stand without hyphens and blanks."""
    order = read_line(
        line(
            amount={"minor": "1050", "currency": "ARS", "exponent": 2},
            expected_value_date="2026-03-04",
            reference="Cobranza Nº 7",
            end_to_end_id="E1",
            payer_name="Ana Gómez",
            payer_account=f"{PAYER[:8]}-{PAYER[8:]}",
            payer_tax_id="24-66764921-4",
            received_at="2026-03-02T13:00:01Z",
        )
    )
    assert isinstance(order.body, Register)
    made = order.body.registration
    assert (order.command_id, order.place, order.source) == ("c-1", "line 1", "core")
    assert (made.payment_id, made.merchant_id, made.amount) == ("J1", "M1", Money(1050, "ARS"))
    assert (made.created_at, made.local_day) == ("2026-03-02T10:00:00-03:00", date(2026, 3, 2))
    assert (made.expected_value_date, made.reference) == (date(2026, 3, 4), "Cobranza Nº 7")
    assert (made.end_to_end_id, made.payer_name) == ("E1", "Ana Gómez")
    assert (made.payer_account, made.payer_tax_id) == (PAYER, TAX_ID)
    assert (made.received_at, made.source) == ("2026-03-02T13:00:01Z", "core")


def test_other_commands_are_what_they_say():
    """A cancellation, a report and a return."""
    found = [read_line(line(each)).body for each in (CANCEL, REPORT, RETURN)]
    day = date(2026, 3, 3)
    assert found == [
        Cancel(payment_id="J1", reason="withdrawn", business_date=day),
        Report(
            original=Original(uetr=UETR, end_to_end_id="E1"),
            status="RJCT",
            reason="AC04",
            business_date=day,
        ),
        Return(
            original=Original(tx_id="T1"),
            amount=Money(1050, "ARS"),
            reason=None,
            business_date=date(2026, 3, 9),
        ),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"payer_name": None, "reference": None},
        {"created_at": "2026-03-02T13:00:00Z"},
        {"created_at": "2026-03-06T15:04:59Z"},
        {"expected_value_date": "2027-03-01"},
        {"expected_value_date": "2026-03-24"},
        {"payer_account": "0000003100010000000001"},
        {"payer_account": "DE89370400440532013000"},
        {"payer_tax_id": "30-71744907-6"},
        {"reference": "4111111111111111"},
        {"payer_name": "Ана \u202e"},
        {"source": "other"},
    ],
)
def test_what_must_not_be_refused_is_accepted(changes: dict[str, Any]):
    """Nulls, zones, later value dates, CVUs, IBANs, and names as banks write them."""
    assert isinstance(read_line(line(**changes)).body, Register)


def test_a_cvu_that_fails_the_check_of_a_cbu_is_only_flagged():
    """Right ones do."""
    odd = read_line(line(payer_account="0000003100010000000005")).oddities
    assert odd == (("payer_account", "cvu-check-digit"),)


def test_blank_lines_are_passed_over_and_counted():
    """Places are lines of the file."""
    found = orders(f"\n{line()}\r\n  \n{line(CANCEL)}")
    assert [each.place for each in found] == ["line 2", "line 4"]


# What refuses the file: syntax.

DEEP = '{"a":' * 10_000 + "1" + "}" * 10_000


@pytest.mark.parametrize(
    "text, words",
    [
        (b"", "empty"),
        (b"\n\n", "empty"),
        (b"\xef\xbb\xbf" + line().encode(), "byte order mark"),
        (line()[:-9].encode(), "at column"),
        (b'{"command_id": "a", "command_id": "b"}', "duplicate-json-key"),
        ('{"\u00e9": 1, "e\u0301": 1}'.encode(), "duplicate-json-key"),
        (b'{"amount": {"minor": "1", "minor": "2"}}', "duplicate-json-key"),
        (b'{"amount": NaN}', "NaN"),
        (b'{"amount": -Infinity}', "-Infinity"),
        (DEEP.encode(), "nested more than 16 deep"),
        (b"[" * 200_000, "nested more than 16 deep"),
        (b'{"amount": ' + b"9" * 200_000 + b"}", "a number of more than"),
        (b'{"payer_name": "\\ud800"}', "bad Unicode"),
        (b'{"payer_name": "a\\udfffb"}', "bad Unicode"),
        (b'{"payer_name": "\xc0\xaf"}', "not UTF-8"),
        (b'{"payer_name": "\xff"}', "not UTF-8"),
        (line().encode() + b" x", "at column"),
        (b'{"a": "tab\tinside"}', "at column"),
        (b"'a'", "at column"),
    ],
)
def test_a_line_that_is_no_json_refuses_the_file(text: bytes, words: str):
    """What ordinary parsers let pass is malformed here; nothing of the line is quoted."""
    place, reason = refusal(text, kind="json")
    assert place == "line 1"
    assert reason.startswith(("malformed-json: ", "duplicate-json-key: "))
    assert words in reason


def test_a_surrogate_pair_is_a_character():
    """Only half of one is nothing."""
    made = payments(line().replace('"J1"', '"J1", "payer_name": "\\ud83d\\ude00"'), kind="json")
    assert made[0].payer_name == "\U0001f600"


def test_a_command_has_a_bound():
    """A byte more is refused, and no more of it read."""
    room = LINE_BYTES_MAX - len(line(payer_name=""))
    assert faults(line(payer_name="x" * room)) == [("/payer_name", "too-long")]
    assert refusal(line(payer_name="x" * (room + 1)))[1].startswith("body-too-large")


def test_a_bad_line_names_its_number():
    """It is the line of the file."""
    assert refusal(f"{line()}\n{{")[0] == "line 2"


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


# What is kept.


@pytest.mark.parametrize("command", [REGISTER, CANCEL, REPORT, RETURN])
def test_what_is_kept_of_a_line_reads_as_the_line(command: dict[str, Any]):
    """With the source and the hash of the file that it came in, whoever reads it."""
    order = read_line(line(command))
    content = order.content()
    assert content is not None
    again = read_kept(content, setting(source="another", sha256="f" * 64))
    assert (again.body, again.command_id, again.source) == (
        order.body,
        order.command_id,
        order.source,
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"payer_name": "ANA 4111 1111 1111 1111"},
        {"note": "card 4111-1111-1111-1111"},
        {"4111111111111111": 1},
        {"note": {"deep": ["4111111111111111"]}},
    ],
)
def test_a_card_number_is_kept_nowhere(changes: dict[str, Any]):
    """A line that holds one, in whatever field, has to be sent anew."""
    assert read_line(line(**changes)).content() is None


def test_a_reference_that_looks_like_a_card_is_kept():
    """The guard looks at free text only."""
    assert read_line(line(reference="4111111111111111", zz=1)).content() is not None


@given(
    st.dictionaries(
        st.sampled_from([*EVERY, "source", "payer_name", "zz"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=9)
        | st.floats(allow_nan=False),
    )
)
def test_any_object_is_an_order(changes: dict[str, Any]):
    """A readable line never stops the others."""
    assert read_line(line(**changes)).stands_alone
