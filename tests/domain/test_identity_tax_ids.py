"""CUIT and CUIL: check digit, prefixes, forms."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from stdnum.ar import cuit as oracle

from domain.errors import BadValue
from domain.identity import CUIT_PREFIXES, Cuit, cuit_fault, is_valid_cuit, normalise_tax_id

VALID = "20267565393"
DIGITS = "0123456789"
PREFIXES_THE_ORACLE_LACKS = ("25", "26")

valid_cuits = st.builds(
    lambda prefix, number: prefix + number + oracle.calc_check_digit(prefix + number),
    st.sampled_from(sorted(CUIT_PREFIXES)),
    st.text(DIGITS, min_size=8, max_size=8),
)
likely = st.builds(
    str.__add__, st.sampled_from(sorted(CUIT_PREFIXES)), st.text(DIGITS, min_size=9, max_size=9)
)


@for_all(valid_cuits)
def test_law_what_the_other_library_computes_is_valid(cuit: str):
    """Check digits computed by python-stdnum are right for us, with every prefix."""
    assert is_valid_cuit(cuit)
    assert cuit_fault(cuit) is None


@for_all(st.one_of(likely, st.text(DIGITS, min_size=11, max_size=11), st.text(DIGITS, max_size=13)))
def test_law_the_other_library_agrees(digits: str):
    """On every run of digits our answer is python-stdnum's, but for two prefixes it lacks."""
    if not digits.startswith(PREFIXES_THE_ORACLE_LACKS):
        assert is_valid_cuit(digits) == oracle.is_valid(digits)


@for_all(st.one_of(likely, valid_cuits, st.text(max_size=12), st.text(min_size=11, max_size=11)))
def test_law_valid_means_without_fault(text: str):
    """The fast answer and the one that names the fault never differ, and no text is an error."""
    assert is_valid_cuit(text) == (cuit_fault(text) is None)


@pytest.mark.parametrize(
    "digits, fault",
    [
        (VALID, None),
        ("30717449076", None),
        ("20267565392", "check-digit"),
        ("99267565393", "prefix"),
        ("2026756539", "length"),
        ("202675653930", "length"),
        ("20-26756539-3", "length"),
        ("2026756539x", "digits"),
        ("２0267565393", "digits"),
        ("2026756539٣", "digits"),
    ],
)
def test_the_fault_is_named(digits: str, fault: str | None):
    """Length first, then digits, prefix, check digit."""
    assert cuit_fault(digits) == fault
    assert is_valid_cuit(digits) == (fault is None)


@pytest.mark.parametrize(
    "text",
    [VALID, "20-26756539-3", "20.267.565.39-3", " 20 26756539 3 ", "20-26.756.539-3"],
)
def test_every_way_of_writing_is_stored_without_separators(text: str):
    """Dots, hyphens and blanks are accepted and not stored."""
    assert normalise_tax_id(text) == VALID
    assert Cuit.parse(text) == Cuit(VALID)


@pytest.mark.parametrize(
    "value, reason",
    [
        ("20-26756539-2", "cuit-check-digit"),
        ("99-26756539-3", "cuit-prefix"),
        ("20-26756539", "cuit-length"),
        ("", "cuit-format"),
        ("DNI 26756539", "cuit-format"),
        ("20/26756539/3", "cuit-format"),
        ("２０267565393", "non-ascii-digits"),
        ("٢0267565393", "non-ascii-digits"),
        ("20\u200b267565393", "unsafe-text"),
        (20267565393, "wrong-type"),
        (None, "wrong-type"),
    ],
)
def test_a_wrong_cuit_is_refused_by_name_only(value: object, reason: str):
    """The refusal names the reason and never the tax id."""
    with pytest.raises(BadValue) as refused:
        Cuit.parse(value, field="payer_tax_id")
    assert refused.value == BadValue(field="payer_tax_id", reason=reason)
    assert "26756539" not in str(refused.value)


def test_a_cuit_is_never_shown_whole():
    """A log or a traceback that prints one shows its last four digits."""
    assert repr(Cuit(VALID)) == "Cuit(…5393)"
