"""Commands as JSON Lines: what refuses the file, what is wrong with one line, what is accepted."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.payment_files.json_lines import LINE_BYTES_MAX, read_kept
from application.payment_orders import Cancel, Faulty, Original, Register, Report, Return
from domain.money import Money
from tests.adapters.payment_files.made import (
    CANCEL,
    PAYER,
    REGISTER,
    REPORT,
    RETURN,
    UETR,
    line,
    orders,
    payments,
    read_line,
    refusal,
    setting,
)

TAX_ID = "24667649214"


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
        (b"[" * 17 + b"]" * 17, "nested more than 16 deep"),
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
        st.sampled_from([*REGISTER, "source", "payer_name", "zz"]),
        st.none()
        | st.booleans()
        | st.integers()
        | st.text(max_size=9)
        | st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_any_object_is_an_order(changes: dict[str, Any]):
    """A readable line never stops the others."""
    assert read_line(line(**changes)).stands_alone
