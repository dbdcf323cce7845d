"""Values that every format shares, as the interchange format defines them."""

from __future__ import annotations

import pytest

from adapters.statements.values import coelsa_id_in

COELSA = "X1Y2Z3W4V5U6T7S8R9Q0P1"


@pytest.mark.parametrize("around", ["{}", "COELSA {}.", "ID:{}/ARS", "({})"])
def test_a_coelsa_id_is_a_word_of_22_capitals_and_digits(around: str) -> None:
    """Whatever sign that is no letter stands around it."""
    assert coelsa_id_in([None, "x", around.format(COELSA)]) == COELSA


@pytest.mark.parametrize(
    "text",
    [
        f"id{COELSA}",
        f"{COELSA}a",
        f"_{COELSA}",
        f"{COELSA}Ñ",
        COELSA[:-1],
        f"{COELSA}0",
        "0" * 22,
        "A" * 22,
        "GB29NWBK60161331926819",
    ],
)
def test_a_part_of_a_word_and_an_iban_are_no_coelsa_id(text: str) -> None:
    """Nor are 22 digits alone or letters alone."""
    assert coelsa_id_in([text]) is None
