"""An alias is a name that an account had for a while: its form is checked, nothing else."""

import pytest

from domain.errors import BadValue
from domain.identity import Alias, is_valid_alias


@pytest.mark.parametrize("text", ["perro.gato.casa", "PERRO-GATO.1", "abcdef", "a" * 20, "123456"])
def test_letters_digits_dots_and_hyphens_make_an_alias(text: str):
    """From 6 to 20 of them, in either case."""
    assert is_valid_alias(text)
    assert Alias.parse(text) == Alias(text.upper())


def test_case_makes_no_difference():
    """Two spellings in other case are one alias."""
    assert Alias.parse("Perro.Gato") == Alias.parse("PERRO.GATO")


@pytest.mark.parametrize(
    "value",
    [
        *("corto", "a" * 21, "", "perro gato casa", "ñandu.casa", "camión.rojo", "perro_gato"),
        *("perro.gato\n", "perro.g\u0430to", "ｐerro.gato", "perro@gato"),
    ],
)
def test_another_form_is_refused(value: str):
    """Blanks, ñ, accents, homoglyphs, and lengths outside 6 to 20."""
    assert not is_valid_alias(value)
    with pytest.raises(BadValue) as refused:
        Alias.parse(value)
    assert refused.value == BadValue(field="alias", reason="alias-format")
    assert refused.value.detail is None


def test_what_is_no_text_is_refused():
    """A number is no alias, whatever it looks like."""
    with pytest.raises(BadValue) as refused:
        Alias.parse(1234567)
    assert refused.value == BadValue(field="alias", reason="wrong-type")


def test_an_alias_is_never_shown_whole():
    """It is personal data, like the account behind it."""
    assert repr(Alias.parse("perro.gato.casa")) == "Alias(…CASA)"
