"""Argentine identifiers: CBU, CVU, alias, CUIT. Their forms and check digits.

Sources: the BCRA's form of the CBU (two blocks, weights 7 1 3 9) and ARCA's of the CUIT and CUIL
(weights 5 4 3 2 7 6 5 4 3 2, modulo 11). A CVU, the account of a payment company, starts with 000;
published ones fail the check digits of a CBU, so a CVU is never refused on them, only flagged.

Two ways in: `is_valid_cbu` and `is_valid_cuit` read numbers found in free text, fast, and answer
yes or no; the types `Cbu`, `Cvu`, `Cuit` and `Alias` read fields at the edge and refuse with
`BadValue`. All of these are personal data: no refusal carries one, and no `repr` shows one whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final, Literal

from domain.errors import BadValue

CBU_LENGTH: Final = 22
CVU_PREFIX: Final = "000"
CUIT_LENGTH: Final = 11
CUIT_PREFIXES: Final = frozenset(
    # people; companies; countries, standing for their residents
    ("20", "23", "24", "25", "26", "27", "30", "33", "34", "50", "51", "55")
)

CbuFault = Literal["length", "digits", "block-1", "block-2"]
"""What is wrong with a CBU; block 1 is entity and branch, block 2 the account."""

CuitFault = Literal["length", "digits", "prefix", "check-digit"]
"""What is wrong with a CUIT, in the order in which it is looked for."""


# Free text: these run over every long number of every line.


def is_valid_cbu(digits: str) -> bool:
    """Whether `digits` are 22 ASCII digits with both check digits right.

    A CVU passes where its digits happen to. Law: equal to python-stdnum's answer on every text of
    digits.
    """
    if len(digits) != CBU_LENGTH:
        return False
    try:
        return not _block_1_remainder(digits) and not _block_2_remainder(digits)
    except KeyError:  # some character is no ASCII digit
        return False


def cbu_fault(digits: str) -> CbuFault | None:
    """The first thing that is wrong with `digits` as a CBU, or None where it is valid."""
    if len(digits) != CBU_LENGTH:
        return "length"
    if not _all_digits(digits):
        return "digits"
    if _block_1_remainder(digits):
        return "block-1"
    return "block-2" if _block_2_remainder(digits) else None


def is_valid_cuit(digits: str) -> bool:
    """Whether `digits` are 11 ASCII digits with a known prefix and a right check digit.

    Law: equal to python-stdnum's answer on every text of digits, and true also of the prefixes 25
    and 26, which it lacks.
    """
    if len(digits) != CUIT_LENGTH or digits[:2] not in CUIT_PREFIXES:
        return False
    try:
        return _cuit_check_digit(digits) == digits[10]
    except KeyError:
        return False


def cuit_fault(digits: str) -> CuitFault | None:
    """The first thing that is wrong with `digits` as a CUIT, or None where it is valid."""
    if len(digits) != CUIT_LENGTH:
        return "length"
    if not _all_digits(digits):
        return "digits"
    if digits[:2] not in CUIT_PREFIXES:
        return "prefix"
    return None if _cuit_check_digit(digits) == digits[10] else "check-digit"


def looks_like_cvu(digits: str) -> bool:
    """Whether `digits` have the form of a CVU: 22 ASCII digits that start with 000.

    Check digits are not looked at.
    """
    return len(digits) == CBU_LENGTH and digits.startswith(CVU_PREFIX) and _all_digits(digits)


# Check digits. The digits of a group are looked up together: three times faster than one by one.


def _weighted(*weights: int) -> dict[str, int]:
    """For each group of ASCII digits, as long as `weights`: the sum of each digit by its weight."""
    sums = {"": 0}
    for weight in weights:
        sums = {
            group + digit: total + weight * value
            for group, total in sums.items()
            for value, digit in enumerate("0123456789")
        }
    return sums


_W713, _W971, _W397, _W139, _W31 = (
    _weighted(7, 1, 3),
    _weighted(9, 7, 1),
    _weighted(3, 9, 7),
    _weighted(1, 3, 9),
    _weighted(3, 1),
)
_W543, _W276, _W2 = _weighted(5, 4, 3), _weighted(2, 7, 6), _weighted(2)

_CUIT_CHECK_DIGITS: Final = "09987654321"
"""By remainder of the weighted sum modulo 11: its complement, with 0 for 11 and 9 for 10."""


def _block_1_remainder(digits: str) -> int:
    # A check digit has weight 1: the block is right when the whole sum ends in 0.
    return (_W713[digits[0:3]] + _W971[digits[3:6]] + _W31[digits[6:8]]) % 10


def _block_2_remainder(digits: str) -> int:
    return (
        _W397[digits[8:11]]
        + _W139[digits[11:14]]
        + _W713[digits[14:17]]
        + _W971[digits[17:20]]
        + _W31[digits[20:22]]
    ) % 10


def _cuit_check_digit(digits: str) -> str:
    total = _W543[digits[0:3]] + _W276[digits[3:6]] + _W543[digits[6:9]] + _W2[digits[9]]
    return _CUIT_CHECK_DIGITS[total % 11]


def _all_digits(text: str) -> bool:
    return text.isascii() and text.isdigit()  # isdigit alone takes full-width and Arabic digits


# Fields: how they are written, brought to one form.

_BLANKS: Final = " \t\r\n\u00a0"
_WITHOUT_BLANKS_HYPHENS: Final = str.maketrans("", "", _BLANKS + "-")
_WITHOUT_BLANKS_DOTS_HYPHENS: Final = str.maketrans("", "", _BLANKS + ".-")


def normalise_account(text: str) -> str:
    """An account number without blanks and hyphens; everything else stays as it was."""
    return text if text.isalnum() else text.translate(_WITHOUT_BLANKS_HYPHENS)


def normalise_tax_id(text: str) -> str:
    """A tax id without blanks, dots and hyphens: "30-71744907-6" is "30717449076".

    Everything else stays as it was.
    """
    return text if text.isalnum() else text.translate(_WITHOUT_BLANKS_DOTS_HYPHENS)


_ALIAS: Final = re.compile(r"[A-Za-z0-9.-]{6,20}")


def is_valid_alias(text: str) -> bool:
    """Whether `text` could be an alias: 6 to 20 of ASCII letters, digits, hyphen and dot.

    An alias moves between banks and changes hands: it is never an identity, only a name to be
    resolved at its time.
    """
    return _ALIAS.fullmatch(text) is not None


# Types: who holds one holds a right one.


@dataclass(frozen=True, slots=True, repr=False)
class Cbu:
    """A bank account: 22 digits with right check digits, of a bank (not starting with 000)."""

    digits: str

    @classmethod
    def parse(cls, text: object, *, field: str = "cbu") -> Cbu:
        """The CBU written in `text`, with or without blanks and hyphens.

        Raises `BadValue`: "wrong-type", "non-ascii-digits", "unsafe-text", "cbu-format",
        "cbu-length", "cbu-expected" for a CVU, "cbu-check-digit" (its detail names the block).
        """
        digits = _account_digits(text, field=field, kind="cbu")
        if looks_like_cvu(digits):
            raise BadValue(field=field, reason="cbu-expected")
        fault = cbu_fault(digits)
        if fault is not None:
            raise BadValue(field=field, reason="cbu-check-digit", detail=fault)
        return cls(digits)

    def __repr__(self) -> str:
        return _masked(self, self.digits)


@dataclass(frozen=True, slots=True, repr=False)
class Cvu:
    """An account at a payment company: 22 digits that start with 000."""

    digits: str

    @classmethod
    def parse(cls, text: object, *, field: str = "cvu") -> Cvu:
        """The CVU written in `text`, with or without blanks and hyphens.

        Check digits refuse nothing. Raises `BadValue`: "wrong-type", "non-ascii-digits",
        "unsafe-text", "cvu-format", "cvu-length", "cvu-expected" for a CBU.
        """
        digits = _account_digits(text, field=field, kind="cvu")
        if not looks_like_cvu(digits):
            raise BadValue(field=field, reason="cvu-expected")
        return cls(digits)

    @property
    def check_digits_agree(self) -> bool:
        """Whether the check digits of a CBU would be right.

        Where they are not, the CVU is flagged, not refused.
        """
        return is_valid_cbu(self.digits)

    def __repr__(self) -> str:
        return _masked(self, self.digits)


@dataclass(frozen=True, slots=True, repr=False)
class Cuit:
    """A tax id (CUIT, CUIL): 11 digits with a known prefix and a right check digit."""

    digits: str

    @classmethod
    def parse(cls, text: object, *, field: str = "cuit") -> Cuit:
        """The CUIT written in `text`, with or without blanks, dots and hyphens.

        Raises `BadValue`: "wrong-type", "non-ascii-digits", "unsafe-text", "cuit-format",
        "cuit-length", "cuit-prefix", "cuit-check-digit".
        """
        digits = _only_digits(normalise_tax_id(_text(text, field=field)), field=field, kind="cuit")
        fault = cuit_fault(digits)
        if fault is not None:
            raise BadValue(field=field, reason=f"cuit-{fault}")
        return cls(digits)

    def __repr__(self) -> str:
        return _masked(self, self.digits)


@dataclass(frozen=True, slots=True, repr=False)
class Alias:
    """A name that an account had at some time, in capitals: case makes no difference."""

    text: str

    @classmethod
    def parse(cls, text: object, *, field: str = "alias") -> Alias:
        """The alias in `text`. Raises `BadValue`: "wrong-type" or "alias-format"."""
        alias = _text(text, field=field)
        if not is_valid_alias(alias):
            raise BadValue(field=field, reason="alias-format")
        return cls(alias.upper())

    def __repr__(self) -> str:
        return _masked(self, self.text)


def parse_account(text: object, *, field: str = "account") -> Cbu | Cvu:
    """The account in `text`: a CVU by its 000, else a CBU.

    Raises `BadValue` as `Cbu.parse` does.
    """
    digits = _account_digits(text, field=field, kind="cbu")
    return Cvu(digits) if looks_like_cvu(digits) else Cbu.parse(digits, field=field)


def _account_digits(text: object, *, field: str, kind: str) -> str:
    digits = _only_digits(normalise_account(_text(text, field=field)), field=field, kind=kind)
    if len(digits) != CBU_LENGTH:
        raise BadValue(field=field, reason=f"{kind}-length")
    return digits


def _text(value: object, *, field: str) -> str:
    if isinstance(value, str):
        return value
    raise BadValue(field=field, reason="wrong-type")


def _only_digits(text: str, *, field: str, kind: str) -> str:
    if _all_digits(text):
        return text
    if any(each.isdigit() and not each.isascii() for each in text):
        raise BadValue(field=field, reason="non-ascii-digits")
    if not (text.isascii() and text.isprintable()):  # homoglyphs, direction marks, zero widths
        raise BadValue(field=field, reason="unsafe-text")
    raise BadValue(field=field, reason=f"{kind}-format")


def _masked(owner: object, text: str) -> str:
    return f"{type(owner).__name__}(…{text[-4:]})"
