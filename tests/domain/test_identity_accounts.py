"""CBU and CVU: check digits, forms, and what a refusal may say."""

import pytest
from hypothesis import given as for_all
from hypothesis import strategies as st
from stdnum.ar import cbu as oracle

from domain.errors import BadValue
from domain.identity import (
    Cbu,
    Cvu,
    cbu_fault,
    is_valid_cbu,
    looks_like_cvu,
    normalise_account,
    parse_account,
)

VALID = "2850590940090418135201"
CVU = "0000003100010000000001"
DIGITS = "0123456789"

runs_of_22 = st.text(DIGITS, min_size=22, max_size=22)


@st.composite
def valid_cbus(draw: st.DrawFn) -> str:
    bank_and_branch = draw(st.text(DIGITS, min_size=7, max_size=7).filter(lambda t: t[:3] != "000"))
    account = draw(st.text(DIGITS, min_size=13, max_size=13))
    return (
        bank_and_branch
        + oracle.calc_check_digit(bank_and_branch)
        + account
        + oracle.calc_check_digit(account)
    )


@for_all(valid_cbus())
def test_law_what_the_other_library_makes_is_valid(cbu: str):
    """Check digits computed by python-stdnum are right for us."""
    assert is_valid_cbu(cbu)
    assert cbu_fault(cbu) is None


@for_all(st.one_of(runs_of_22, st.text(DIGITS, max_size=24)))
def test_law_the_other_library_agrees(digits: str):
    """On every run of digits, our answer is python-stdnum's."""
    assert is_valid_cbu(digits) == oracle.is_valid(digits)


@for_all(
    st.one_of(runs_of_22, valid_cbus(), st.text(max_size=24), st.text(min_size=22, max_size=22))
)
def test_law_valid_means_without_fault(text: str):
    """The fast answer and the one that names the fault never differ, and no text is an error."""
    assert is_valid_cbu(text) == (cbu_fault(text) is None)


@for_all(valid_cbus(), st.integers(0, 21), st.integers(1, 9))
def test_law_one_wrong_digit_is_always_seen(cbu: str, place: int, by: int):
    """A single wrong digit is found, and in the block in which it stands."""
    wrong = cbu[:place] + str((int(cbu[place]) + by) % 10) + cbu[place + 1 :]
    assert not is_valid_cbu(wrong)
    assert cbu_fault(wrong) == ("block-1" if place < 8 else "block-2")


@pytest.mark.parametrize(
    "digits, fault",
    [
        (VALID, None),
        ("", "length"),
        (VALID[:-1], "length"),
        (VALID + "0", "length"),
        (VALID[:-1] + "x", "digits"),
        ("２" + VALID[1:], "digits"),
        ("٢" + VALID[1:], "digits"),
        ("²" + VALID[1:], "digits"),
        (" " + VALID[1:], "digits"),
        ("-" + VALID[1:], "digits"),
    ],
)
def test_the_fault_is_named(digits: str, fault: str | None):
    """Length first, then digits, then the blocks in order; other scripts' digits are none."""
    assert cbu_fault(digits) == fault


def test_a_cvu_is_told_by_its_zeros():
    """22 digits that start with 000 belong to a payment company, whatever the check digits."""
    assert looks_like_cvu(CVU)
    assert not looks_like_cvu(VALID)
    assert not looks_like_cvu(CVU[:-1])
    assert not looks_like_cvu(CVU[:-1] + "０")


@pytest.mark.parametrize(
    "text, normal",
    [
        (VALID, VALID),
        ("28505909-40090418135201", VALID),
        (" 28505909 40090418135201 ", VALID),
        ("28505909\u00a040090418135201", VALID),
        ("", ""),
        ("AR.1-2", "AR.12"),
    ],
)
def test_an_account_is_normalised_without_blanks_and_hyphens(text: str, normal: str):
    """Nothing but blanks and hyphens goes: what else is there must be seen to be refused."""
    assert normalise_account(text) == normal


@for_all(st.text(max_size=30))
def test_law_normalising_twice_changes_nothing(text: str):
    """A normal form is its own normal form."""
    assert normalise_account(normalise_account(text)) == normalise_account(text)


def test_a_cbu_is_parsed_in_any_spacing():
    """Spaces and hyphens are not stored."""
    assert Cbu.parse("28505909 4009-0418135201") == Cbu(VALID)
    assert parse_account(VALID) == Cbu(VALID)


@pytest.mark.parametrize(
    "value, reason",
    [
        ("2850590840090418135201", "cbu-check-digit"),
        ("2850590940090418135202", "cbu-check-digit"),
        (CVU, "cbu-expected"),
        (VALID[:-1], "cbu-length"),
        (VALID + "0", "cbu-length"),
        ("", "cbu-format"),
        ("IBAN" + VALID[4:], "cbu-format"),
        ("２" + VALID[1:], "non-ascii-digits"),
        ("٢" + VALID[1:], "non-ascii-digits"),
        ("\u202e" + VALID[1:], "unsafe-text"),
        (VALID[:8] + "\u200b" + VALID[8:], "unsafe-text"),
        ("О" + VALID[1:], "unsafe-text"),
        (VALID + "\x00", "unsafe-text"),
        (int(VALID), "wrong-type"),
        (None, "wrong-type"),
    ],
)
def test_a_wrong_cbu_is_refused_by_name_only(value: object, reason: str):
    """The refusal names the reason and never the account."""
    with pytest.raises(BadValue) as refused:
        Cbu.parse(value, field="payer_account")
    assert refused.value == BadValue(field="payer_account", reason=reason)
    assert VALID[4:12] not in str(refused.value)


@pytest.mark.parametrize(
    "digits, block",
    [("2850590840090418135201", "block-1"), ("2850590940090418135202", "block-2")],
)
def test_a_wrong_check_digit_names_its_block(digits: str, block: str):
    """Entity and branch, or the account: whoever typed it knows where to look."""
    with pytest.raises(BadValue) as refused:
        Cbu.parse(digits)
    assert refused.value.detail == block


def test_a_cvu_is_flagged_never_refused_for_its_check_digits():
    """A payment company's account is taken as it is, and says whether its check digits agree."""
    assert Cvu.parse(CVU) == parse_account(CVU) == Cvu(CVU)
    assert not Cvu.parse(CVU).check_digits_agree
    assert Cvu("0" * 22).check_digits_agree


def test_a_cbu_where_a_cvu_is_due_is_refused():
    """The two are not interchangeable."""
    with pytest.raises(BadValue) as refused:
        Cvu.parse(VALID)
    assert refused.value == BadValue(field="cvu", reason="cvu-expected")


def test_an_account_is_never_shown_whole():
    """A log or a traceback that prints one shows its last four digits."""
    assert repr(Cbu(VALID)) == "Cbu(…5201)"
    assert repr(Cvu(CVU)) == "Cvu(…0001)"
