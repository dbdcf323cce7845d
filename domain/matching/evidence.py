"""What a line shows: ids of payments, payers and merchants, in its fields and in its free text (sections 2 and 5).

Ids count wherever they stand. In text an account (22 digits) or a tax id (11 digits, hyphens or not) must be a token of its
own with valid check digits, must not lie inside a recognised reference, and must be the only one of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from domain.identity import (
    is_valid_cbu,
    is_valid_cuit,
    normalise_account,
    normalise_tax_id,
)
from domain.matching.index import PREFIX_HEAD_LENGTH, PaymentIndex, end_to_end_key, unique
from domain.matching.items import LineItem, PaymentItem
from domain.matching.normalise import (
    CUT_REFERENCE_LENGTHS,
    CUT_TEXT_LENGTH,
    Token,
    fold,
    keys_of,
    tokens_of,
)

NGRAM_TOKENS_MAX = 6
NGRAM_KEY_LENGTH_MIN = 6
END_TO_END_IN_TEXT_LENGTH_MIN = 12
"""A shorter token of a text is not taken for an end-to-end id."""

REFERENCE, TEXT, END_TO_END = "reference", "remittance_information", "end_to_end_id"

_ACCOUNT = re.compile(r"(?<![0-9A-Z])[0-9]{22}(?![0-9A-Z])")
_TAX_ID = re.compile(r"(?<![0-9A-Z])[0-9]{2}-?[0-9]{8}-?[0-9](?![0-9A-Z])")


@dataclass(frozen=True, slots=True)
class Hit:
    """A complete reference that the line shows: where, the key it was found under, and the payments that own it."""

    place: str
    key: str
    owners: tuple[PaymentItem, ...]
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True)
class ShownId:
    """An account or tax id that the line shows, and where."""

    place: str
    value: str


@dataclass(slots=True, kw_only=True)
class Shown:
    """Everything a line shows. `active` are the hits that are not refuted (R5); the engine fills it."""

    end_to_end: tuple[PaymentItem, ...]
    end_to_end_place: str
    hits: tuple[Hit, ...]
    accounts: tuple[ShownId, ...]
    tax_ids: tuple[ShownId, ...]
    field_key: str | None
    field_cut: bool
    field_owned: bool
    tail: str | None
    tail_stripped: str | None
    active: tuple[Hit, ...] = ()
    refuted: bool = False


def read(line: LineItem, index: PaymentIndex) -> Shown:
    """Read a line against the payments that are known."""
    field_hit, field_key, field_cut = _reference_field(line, index)
    end_to_end, place = _end_to_end_field(line, index)
    if not end_to_end and field_key and field_hit is None:
        end_to_end, place = tuple(index.by_end_to_end(field_key)), REFERENCE
    text = line.text
    hits: list[Hit] = [] if field_hit is None else [field_hit]
    accounts: list[ShownId] = []
    tax_ids: list[ShownId] = []
    tail = tail_stripped = None
    if text:
        folded = fold(text)
        tokens = tokens_of(folded)
        cut = len(text) == CUT_TEXT_LENGTH
        text_hits = _text_hits(tokens, index, cut=cut)
        if cut:
            tail, tail_stripped = _tail(tokens, text_hits, index)
        if not end_to_end:
            end_to_end, place = _end_to_end_in_text(tokens, index)
        accounts += _ids_in_text(_ACCOUNT, folded, text_hits, is_valid_cbu)
        tax_ids += _ids_in_text(_TAX_ID, folded, text_hits, is_valid_cuit)
        hits += text_hits
    if line.counterparty_account:
        account = normalise_account(line.counterparty_account)
        accounts.insert(0, ShownId("counterparty_account", account))
    if line.counterparty_tax_id:
        tax_id = normalise_tax_id(line.counterparty_tax_id)
        tax_ids.insert(0, ShownId("counterparty_tax_id", tax_id))
    return Shown(
        end_to_end=end_to_end,
        end_to_end_place=place,
        hits=tuple(_once(hits)) if len(hits) > 1 else tuple(hits),
        accounts=tuple(accounts),
        tax_ids=tuple(tax_ids),
        field_key=field_key,
        field_cut=field_cut,
        field_owned=field_hit is not None,
        tail=tail,
        tail_stripped=tail_stripped,
    )


def _reference_field(
    line: LineItem, index: PaymentIndex
) -> tuple[Hit | None, str | None, bool]:
    if not line.reference:
        return None, None, False
    key, stripped = keys_of(line.reference)
    if not key:
        return None, None, False
    cut = len(line.reference) in CUT_REFERENCE_LENGTHS
    owners = index.owners(key, stripped)
    if not owners or (cut and _begins_longer(key, stripped, index)):
        return None, key, cut
    return Hit(REFERENCE, key, tuple(owners)), key, cut


def _begins_longer(key: str, stripped: str, index: PaymentIndex) -> bool:
    # R3: what may have been cut, and begins a longer reference, is no identity.
    return index.continues(key) or (stripped != key and index.continues(stripped))


def _end_to_end_field(line: LineItem, index: PaymentIndex) -> tuple[tuple[PaymentItem, ...], str]:
    if not line.end_to_end_id:
        return (), END_TO_END
    return tuple(index.by_end_to_end(end_to_end_key(line.end_to_end_id))), END_TO_END


def _end_to_end_in_text(
    tokens: list[Token], index: PaymentIndex
) -> tuple[tuple[PaymentItem, ...], str]:
    found: list[PaymentItem] = []
    for token in tokens:
        if len(token.run) >= END_TO_END_IN_TEXT_LENGTH_MIN:
            found += index.by_end_to_end(token.run)
    return tuple(unique(found)), TEXT


def _text_hits(tokens: list[Token], index: PaymentIndex, *, cut: bool) -> list[Hit]:
    """Complete references in a text (R2): the n-grams that are a payment's reference, longest first."""
    has_key, count = index.has_key, len(tokens)
    found: list[tuple[int, int, Hit]] = []
    for first in range(count):
        key = stripped = ""
        for last in range(first, min(count, first + NGRAM_TOKENS_MAX)):
            token = tokens[last]
            key += token.run
            stripped += token.stripped
            if len(key) < NGRAM_KEY_LENGTH_MIN:
                continue
            if has_key(key) or (stripped != key and has_key(stripped)):
                owners = index.owners(key, stripped)
                if owners:
                    hit = Hit(TEXT, key, tuple(owners), tokens[first].start, token.end)
                    found.append((first, last, hit))
    hits: list[Hit] = []
    for first, last, hit in found:
        if any(f <= first and last <= t and (f, t) != (first, last) for f, t, _ in found):
            continue  # R2: a longer hit hides those inside it
        if cut and last == count - 1 and _begins_longer(hit.key, _stripped(tokens[first:]), index):
            continue
        hits.append(hit)
    return hits


def _tail(
    tokens: list[Token], hits: list[Hit], index: PaymentIndex
) -> tuple[str | None, str | None]:
    """The longest end of a cut text that begins some reference (X5), as both keys."""
    covered = max((hit.end for hit in hits), default=-1)
    for first in range(max(0, len(tokens) - NGRAM_TOKENS_MAX), len(tokens)):
        rest = tokens[first:]
        if rest[0].start < covered:
            continue
        key = "".join([token.run for token in rest])
        stripped = _stripped(rest)
        if len(key) < PREFIX_HEAD_LENGTH:
            return None, None
        if index.continues(key) or index.continues(stripped):
            return key, stripped
    return None, None


def _stripped(tokens: list[Token]) -> str:
    return "".join([token.stripped for token in tokens])


def _ids_in_text(
    pattern: re.Pattern[str], folded: str, hits: list[Hit], is_valid: Callable[[str], bool]
) -> list[ShownId]:
    found: set[str] = set()
    for match in pattern.finditer(folded):
        inside = any(hit.start < match.end() and match.start() < hit.end for hit in hits)
        digits = match.group().replace("-", "")
        if not inside and is_valid(digits):
            found.add(digits)
    return [ShownId(TEXT, found.pop())] if len(found) == 1 else []


def _once(hits: list[Hit]) -> list[Hit]:
    """The same reference shown twice counts once."""
    return list({frozenset(owner.id for owner in hit.owners): hit for hit in reversed(hits)}.values())[::-1]
