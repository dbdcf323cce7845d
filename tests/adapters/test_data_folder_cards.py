"""Card numbers never get past free text, and nothing else is taken for one."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.data_folder import read_folder
from adapters.data_folder.cards import digits_of, masked
from domain.identity import is_valid_cbu, is_valid_cuit
from tests.fixtures.folders import MERCHANT, PAYMENT, SETTLEMENT, write_folder

VISA = "4111111111111111"
MASKED = "411111****1111"
LENGTHS = {"4": (13, 16, 19), "51": (16,), "34": (15,), "36": (14,), "6011": (16,), "2221": (16,)}


def with_check_digit(digits: str) -> str:
    """The digits and the one that makes them pass Luhn's check."""
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(f"{digits}0"[::-1])]
    total = sum(value - 9 if value > 9 else value for value in doubled)
    return f"{digits}{-total % 10}"


@st.composite
def card_numbers(draw: st.DrawFn) -> str:
    """A number as an issuer may give it."""
    prefix = draw(st.sampled_from(sorted(LENGTHS)))
    length = draw(st.sampled_from(LENGTHS[prefix])) - len(prefix) - 1
    digits = draw(st.text("0123456789", min_size=length, max_size=length))
    return with_check_digit(prefix + digits)


def grouped(number: str, size: int, gap: str) -> str:
    """The number in groups of one size."""
    return gap.join(number[at : at + size] for at in range(0, len(number), size))


@given(
    card_numbers(),
    st.sampled_from((1, 2, 3, 4, 5, 6)),
    st.sampled_from(("", " ", ".", "-", "\u00a0", "\u2013", " - ", "  ")),
    st.sampled_from(("", "PAGO ", "TARJETA:", "VISA", "(", "CUOTA 3/6, ")),
    st.sampled_from(("", " GRACIAS", ")", ", 12 CUOTAS", "\n")),
)
def test_law_a_card_number_is_masked_in_every_spacing(
    number: str, size: int, gap: str, before: str, after: str
):
    """In whatever groups, between whatever words, only 6 and 4 digits are left."""
    assert masked(f"{before}{grouped(number, size, gap)}{after}", known=()) == (
        f"{before}{number[:6]}****{number[-4:]}{after}"
    )


@given(st.text("0123456789 .-/A", max_size=60) | st.text(max_size=40))
def test_law_masking_twice_is_masking_once(text: str):
    """What was masked holds no card number any more."""
    once = masked(text, known=())
    assert masked(once, known=()) == once


@given(st.text("0123456789", min_size=22, max_size=22), st.sampled_from(("", " ", "-")))
def test_law_an_account_is_no_card_number(digits: str, gap: str):
    """A run of 22 digits stays, and so does a CVU or a right CBU in groups."""
    assert masked(digits, known=()) == digits
    cvu = grouped(f"000{digits[3:]}", 4, gap)
    assert masked(f"CVU {cvu} ALIAS", known=()) == f"CVU {cvu} ALIAS"


@given(st.text("0123456789", min_size=8, max_size=8), st.sampled_from(("20", "27", "30", "33")))
def test_law_a_tax_id_is_no_part_of_a_card_number(number: str, prefix: str):
    """A right CUIT with hyphens is left alone, whatever digits stand beside it."""
    for check in "0123456789":
        if is_valid_cuit(f"{prefix}{number}{check}"):
            text = f"CUIT {prefix}-{number}-{check} 1234"
            assert masked(text, known=()) == text


@given(st.uuids(version=4).map(str), st.booleans())
def test_law_a_uetr_is_no_card_number(uetr: str, capitals: bool):
    """The id of a cross-border payment is left alone, in small letters and in capitals."""
    text = f"/UETR/{uetr.upper() if capitals else uetr}"
    assert masked(text, known=()) == text


def test_a_uetr_of_digits_only():
    """Its first three groups would pass for a card number in groups."""
    digits = "41111111-1111-4111-8111-111111111111"
    assert masked(f"{digits} {VISA}", known=()) == f"{digits} {MASKED}"


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111112",  # fails the check
        "9111111111111119",  # no issuer
        "CREDITO DEBIN FAC-A-35-180656 20260309",  # another gap between the parts
        "CREDITO DEBIN FAC-A-0016-26242822 20260323",  # groups of 8 are dates and numbers
        "A4111111111111111",  # a code of letters and digits
        "FA34111111111111111",
        "4111111111111111A",
        "7004111111111111111100",  # part of something longer
        "411111****1111",
        "411111XXXXXX1111",
    ],
)
def test_what_only_looks_like_one_stays(text: str):
    """Codes, dates, longer numbers and masked forms are left as they are."""
    assert masked(text, known=()) == text


def test_digits_of_other_scripts_hide_nothing():
    """Full-width and Arabic digits are digits."""
    wide = "".join(chr(ord("\uff10") + int(digit)) for digit in VISA)
    arabic = "".join(chr(ord("\u0660") + int(digit)) for digit in VISA)
    assert masked(f"{wide} {arabic}", known=()) == f"{MASKED} {MASKED}"


def test_two_numbers_in_one_text():
    """Each of several numbers is masked, also side by side."""
    assert masked(f"{VISA} {VISA}/{VISA}", known=()) == f"{MASKED} {MASKED}/{MASKED}"


@pytest.mark.parametrize(
    "reference, text",
    [
        (VISA, f"PAGO {VISA}"),
        (f"000{VISA}", f"PAGO {VISA}"),
        (VISA, "PAGO 4111 1111 1111 1111"),
        ("4111-1111-1111-1111", f"PAGO {VISA}"),
        (f"FAC {VISA} A", f"PAGO {VISA}"),
        (f"{VISA}99", f"PAGO {VISA}"),  # cut at the end of the text
    ],
)
def test_a_reference_of_a_payment_stays(reference: str, text: str):
    """A number that is the reference of a payment is evidence, in whatever form it is shown."""
    known = frozenset(digits_of([reference, "FAC-1"]))
    assert masked(text, known=known) == text
    assert masked(text, known=()) != text


# In a folder.


def test_free_text_is_masked_before_anything_is_kept(tmp_path: Path):
    """Names and texts lose card numbers and are flagged; declared ids are never looked at."""
    folder = write_folder(
        tmp_path,
        merchants=[MERCHANT | {"name": f"Kiosco {VISA}"}],
        payments=[PAYMENT | {"payer_name": f"Ana {VISA}", "end_to_end_id": f"E{VISA}"}],
        settlements=[
            SETTLEMENT
            | {
                "remittance_information": f"TARJ {VISA}",
                "counterparty_name": "4111 1111 1111 1111",
                "reference": VISA,
                "bank_entry_id": VISA,
            }
        ],
    )
    batch = read_folder(folder)
    [(_, payment)], [(_, line)] = batch.payments, batch.lines
    assert batch.merchants[0].registered.name == f"Kiosco {MASKED}"
    assert payment.payer_name == f"Ana {MASKED}"
    assert (line.remittance_information, line.counterparty_name) == (f"TARJ {MASKED}", MASKED)
    assert (line.reference, line.bank_entry_id) == (VISA, VISA)
    assert [(w.place, w.field, w.kind) for w in batch.warnings] == [
        ("$[0].name", "name", "card-number-masked"),
        ("line 1", "payer_name", "card-number-masked"),
        ("line 1", "remittance_information", "card-number-masked"),
        ("line 1", "counterparty_name", "card-number-masked"),
    ]
    assert VISA not in repr(batch.warnings)


def test_references_of_earlier_days_are_known_too(tmp_path: Path):
    """References of the folder, and those that the caller knows, are left in texts."""
    lines = [SETTLEMENT | {"remittance_information": f"TRF {VISA}"}]
    plain = write_folder(tmp_path / "a", settlements=lines)
    assert read_folder(plain).lines[0][1].remittance_information == f"TRF {MASKED}"
    batch = read_folder(plain, known_references=(VISA,))
    assert (batch.lines[0][1].remittance_information, batch.warnings) == (f"TRF {VISA}", ())
    payments = [PAYMENT | {"reference": VISA}]
    own = read_folder(write_folder(tmp_path / "b", settlements=lines, payments=payments))
    assert own.lines[0][1].remittance_information == f"TRF {VISA}"


def test_the_controls_are_what_they_say():
    """The numbers of these tests pass and fail the checks that they stand for."""
    assert with_check_digit(VISA[:-1]) == VISA
    assert is_valid_cbu(str(PAYMENT["payer_account"]))
