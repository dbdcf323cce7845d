"""What is odd about an entry that is accepted: recorded as it is, and shown to people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from application.entry_lines import Booked
from domain.identity import (
    CBU_LENGTH,
    CUIT_LENGTH,
    is_valid_cbu,
    is_valid_cuit,
    looks_like_cvu,
    normalise_account,
    normalise_tax_id,
)

FLAGS_MAX = 1_000
"""Flags of a file that are told."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Something odd: `place` is where its file says it, `kind` a machine name; it holds no value.

    "cbu-check-digit", "cvu-check-digit", "cuit-check-digit": a number of that form whose check
    digits are wrong. "end-to-end-id-repeated": another entry of the statement has the same one.
    """

    place: str
    kind: str


def flags_of(entries: Sequence[Booked]) -> Iterator[Flag]:
    """What is odd about the entries of one statement."""
    seen: set[str] = set()
    for entry in entries:
        for kind in _kinds(entry):
            yield Flag(place=entry.place, kind=kind)
        if entry.end_to_end_id is not None:
            if entry.end_to_end_id in seen:
                yield Flag(place=entry.place, kind="end-to-end-id-repeated")
            seen.add(entry.end_to_end_id)


def _kinds(entry: Booked) -> Iterator[str]:
    account = normalise_account(entry.counterparty_account or "")
    if _has_digits(account, CBU_LENGTH) and not is_valid_cbu(account):
        yield "cvu-check-digit" if looks_like_cvu(account) else "cbu-check-digit"
    tax_id = normalise_tax_id(entry.counterparty_tax_id or "")
    if _has_digits(tax_id, CUIT_LENGTH) and not is_valid_cuit(tax_id):
        yield "cuit-check-digit"


def _has_digits(text: str, count: int) -> bool:
    return len(text) == count and text.isascii() and text.isdigit()
