"""How references and free text are compared (rules R1 to R4).

Fold: NFKD, combining marks removed, upper case. The *alnum key* joins all runs of A–Z and 0–9; the
*zero-stripped key* joins the runs without their leading zeros. Banks change separators, case,
accents and leading zeros; they do not change the rest.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

CUT_TEXT_LENGTH = 35
"""A text of exactly this length may have been cut (R3)."""

CUT_REFERENCE_LENGTHS = (16, CUT_TEXT_LENGTH)
"""A reference field of exactly one of these lengths may have been cut (R3)."""

_RUNS = re.compile(r"[A-Z0-9]+")
runs_of: Callable[[str], list[str]] = _RUNS.findall
"""The runs of A–Z0–9 of a folded text, in order."""


def fold(text: str) -> str:
    """NFKD without combining marks, in upper case."""
    if not text.isascii():
        decomposed = unicodedata.normalize("NFKD", text)
        text = "".join(char for char in decomposed if not unicodedata.combining(char))
    return text.upper()


def keys_of(text: str) -> tuple[str, str]:
    """The alnum key and the zero-stripped key of a reference (R1)."""
    if text.isascii():
        folded = text.upper()
        if folded.isalnum():  # one run
            return folded, folded.lstrip("0")
    else:
        folded = fold(text)
    runs = runs_of(folded)
    return "".join(runs), "".join([run.lstrip("0") for run in runs])


def spans_of(folded: str) -> list[tuple[int, int]]:
    """Where the runs of a folded text stand, in order."""
    return [found.span() for found in _RUNS.finditer(folded)]


def is_typo(shown: str, reference: str) -> bool:
    """Whether `shown` is `reference` with one character replaced or two neighbours exchanged (R4).

    Compared on the alnum keys or on the folded strings with their separators; either suffices.
    """
    folded_shown, folded_reference = fold(shown), fold(reference)
    if _one_slip(folded_shown, folded_reference):
        return True
    return _one_slip("".join(runs_of(folded_shown)), "".join(runs_of(folded_reference)))


def _one_slip(left: str, right: str) -> bool:
    if len(left) != len(right) or left == right:
        return False
    at = [place for place, (a, b) in enumerate(zip(left, right, strict=True)) if a != b]
    if len(at) == 1:
        return True
    exchanged = len(at) == 2 and at[1] == at[0] + 1
    return exchanged and left[at[0]] == right[at[1]] and left[at[1]] == right[at[0]]
