"""Names and numbers are alike within one slip, in any order, and cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.suggestions.likeness import names_alike, number_of, numbers_of, one_slip, words_of

LETTERS = st.text("ABCDE", min_size=5, max_size=8)


def alike(shown: str, known: str) -> str | None:
    return names_alike(words_of(shown), words_of(known))


@pytest.mark.parametrize(
    "shown, known, expected",
    [
        ("MARIA IBANEZ", "María Ibáñez", "name"),
        ("IBANEZ MARIA", "María Ibáñez", "name"),
        ("FERNANDEZ AGUST", "Agustín Fernández", "name"),
        ("MARIA IBANES", "María Ibáñez", "name-alike"),
        ("M IBANEZ", "María Ibáñez", "name-part"),
        ("MARIA SOSA", "María Ibáñez", "name-part"),
        ("JUAN SOSA", "María Ibáñez", "name-other"),
        ("", "María Ibáñez", None),
        ("A B", "María Ibáñez", None),
    ],
)
def test_names_are_the_same_or_alike_or_others(shown: str, known: str, expected: str | None):
    """Accents, order and cutting do not count; one slip in a long word is alike."""
    assert alike(shown, known) == expected


@given(LETTERS, st.data())
def test_one_slip_is_seen_wherever_it_stands(word: str, data: st.DataObject):
    """A letter replaced, left out or added, or two exchanged, is one slip, from either side."""
    at = data.draw(st.integers(0, len(word) - 1))
    for other in (word[:at] + "Z" + word[at + 1 :], word[:at] + "Z" + word[at:]):
        assert one_slip(word, other)
        assert one_slip(other, word)
    exchanged = word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :] if at else word
    assert one_slip(word, exchanged) == (exchanged != word)


@given(LETTERS, LETTERS)
def test_a_slip_is_symmetric_and_never_nothing(left: str, right: str):
    """Both sides see the same slip, and a word is no slip of itself."""
    assert one_slip(left, right) == one_slip(right, left)
    assert not one_slip(left, left)


@given(LETTERS)
def test_two_letters_replaced_are_no_slip(word: str):
    """The first and the last letter replaced are two slips."""
    assert not one_slip(word, f"Y{word[1:-1]}Z")


def test_the_number_of_a_reference_is_its_longest_without_zeros():
    """People quote the number that tells payments apart, not the series before it."""
    assert number_of("FAC-A-0012-00043210") == "43210"
    assert number_of("Cobranza Nº 005143093 Área 15") == "5143093"
    assert number_of("SIN NUMERO") is None
    assert numbers_of("FACTURA 0005143093 DEL 12") == ("5143093",)
