"""What a line shows: ids of payments, payers and merchants, in its fields and in its text.

Ids count wherever they stand. In text an account (22 digits) or a tax id (11 digits, hyphens or
not) must be a token of its own with valid check digits, must not lie inside a recognised reference,
and must be the only one of its kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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
    fold,
    keys_of,
    runs_of,
    spans_of,
)

NGRAM_TOKENS_MAX = 6
NGRAM_KEY_LENGTH_MIN = 6
END_TO_END_IN_TEXT_LENGTH_MIN = 12
"""A shorter token of a text is not taken for an end-to-end id."""

REFERENCE, TEXT, END_TO_END = "reference", "remittance_information", "end_to_end_id"
OTHER = "other_ids"

_ACCOUNT = re.compile(r"(?<![0-9A-Z])[0-9]{22}(?![0-9A-Z])")
_TAX_ID = re.compile(r"(?<![0-9A-Z])[0-9]{2}-?[0-9]{8}-?[0-9](?![0-9A-Z])")
_ACCOUNT_LENGTH, _TAX_ID_LENGTHS = 22, frozenset((8, 9, 10, 11))
"""A text without a run of such a length shows no account, or no tax id with or without hyphens."""


class Hit(NamedTuple):
    """A reference or end-to-end id that the line shows whole.

    Where, the key it was found under, and the payments that own it.
    """

    place: str
    key: str
    owners: tuple[PaymentItem, ...]
    start: int = -1
    end: int = -1


class ShownId(NamedTuple):
    """An account or tax id that the line shows, and where."""

    place: str
    value: str


@dataclass(slots=True, kw_only=True)
class Shown:
    """Everything a line shows: end-to-end ids, references, accounts, tax ids, a cut reference.

    `active` are the hits that are not refuted (R5); the engine fills it.
    """

    end_to_end: tuple[Hit, ...]
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

    def owners(self) -> list[PaymentItem]:
        """Every payment that an id of the line leads to, refuted ids included."""
        return owners_of((*self.end_to_end, *self.hits))

    def is_named_by_end_to_end(self, payment: PaymentItem) -> bool:
        """Whether every end-to-end id on the line, and at least one, is the payment's."""
        hits = self.end_to_end
        return bool(hits) and all(payment in hit.owners for hit in hits)


def owners_of(hits: Sequence[Hit]) -> list[PaymentItem]:
    """The payments that these ids lead to, each once."""
    if len(hits) == 1:
        return list(hits[0].owners)
    return unique([owner for hit in hits for owner in hit.owners])


def read(line: LineItem, index: PaymentIndex) -> Shown:
    """Read a line against the payments that are known."""
    field_hit, field_key, field_cut = _reference_field(line, index)
    ids = _end_to_end_fields(line, field_key if field_hit is None else None, index)
    hits: list[Hit] = [] if field_hit is None else [field_hit]
    for one in line.other_ids:
        key, stripped = keys_of(one)
        ids += _hits(OTHER, key, index.by_end_to_end(end_to_end_key(one)))
        hits += _hits(OTHER, key, index.owners(key, stripped))
    accounts: list[ShownId] = []
    tax_ids: list[ShownId] = []
    tail = tail_stripped = None
    if line.text:
        folded = fold(line.text)
        runs = runs_of(folded)
        cut = len(line.text) == CUT_TEXT_LENGTH
        text_hits = _text_hits(folded, runs, index, cut=cut)
        if cut:
            tail, tail_stripped = _tail(folded, runs, text_hits, index)
        ids += _end_to_end_in_text(runs, index)
        lengths = set(map(len, runs))
        if _ACCOUNT_LENGTH in lengths:
            accounts += _ids_in_text(_ACCOUNT, folded, text_hits, is_valid_cbu)
        if not _TAX_ID_LENGTHS.isdisjoint(lengths):
            tax_ids += _ids_in_text(_TAX_ID, folded, text_hits, is_valid_cuit)
        hits += text_hits
    account = normalise_account(line.counterparty_account or "")
    if account:
        accounts.insert(0, ShownId("counterparty_account", account))
    tax_id = normalise_tax_id(line.counterparty_tax_id or "")
    if tax_id:
        tax_ids.insert(0, ShownId("counterparty_tax_id", tax_id))
    return Shown(
        end_to_end=_once(ids),
        hits=_once(hits),
        accounts=tuple(accounts),
        tax_ids=tuple(tax_ids),
        field_key=field_key,
        field_cut=field_cut,
        field_owned=field_hit is not None,
        tail=tail,
        tail_stripped=tail_stripped,
    )


def _reference_field(line: LineItem, index: PaymentIndex) -> tuple[Hit | None, str | None, bool]:
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


def _end_to_end_fields(line: LineItem, reference_key: str | None, index: PaymentIndex) -> list[Hit]:
    found: list[Hit] = []
    if line.end_to_end_id:
        key = end_to_end_key(line.end_to_end_id)
        owners = index.by_end_to_end(key)
        if owners:
            found.append(Hit(END_TO_END, key, tuple(owners)))
    if reference_key:
        owners = index.by_end_to_end(reference_key)
        if owners:
            found.append(Hit(REFERENCE, reference_key, tuple(owners)))
    return found


def _hits(place: str, key: str, owners: Sequence[PaymentItem]) -> list[Hit]:
    return [Hit(place, key, tuple(owners))] if key and owners else []


def _end_to_end_in_text(runs: list[str], index: PaymentIndex) -> list[Hit]:
    return [
        Hit(TEXT, run, tuple(owners))
        for run in runs
        if len(run) >= END_TO_END_IN_TEXT_LENGTH_MIN and (owners := index.by_end_to_end(run))
    ]


def _text_hits(folded: str, runs: list[str], index: PaymentIndex, *, cut: bool) -> list[Hit]:
    """Complete references in a text (R2).

    The n-grams that are a payment's reference; a longer one hides those inside it.
    """
    found = known_ngrams(runs, index)
    if not found:
        return []
    spans, hits = spans_of(folded), list[Hit]()
    for one in found:
        first, last = one.first, one.last
        if any(o.first <= first and last <= o.last and o is not one for o in found):
            continue
        if cut and last == len(runs) - 1 and _begins_longer(one.key, one.stripped, index):
            continue
        owners = index.owners(one.key, one.stripped)
        hits.append(Hit(TEXT, one.key, tuple(owners), spans[first][0], spans[last][1]))
    return hits


class Ngram(NamedTuple):
    """Neighbouring runs of a text, from the first to the last, and both their keys."""

    first: int
    last: int
    key: str
    stripped: str


def known_ngrams(runs: list[str], index: PaymentIndex) -> list[Ngram]:
    """The n-grams that are a key of a payment's reference.

    Most words begin none: they are told by their first characters.
    """
    keys, heads = index.keys, index.heads
    bare = [run.lstrip("0") for run in runs]
    written, stripped = "".join(runs), "".join(bare)
    zeros = written != stripped
    every = zeros and index.has_short_keys  # a short stripped key begins with no head
    found: list[Ngram] = []
    at = stripped_at = 0
    for first, run in enumerate(runs):
        if (
            every
            or written[at : at + PREFIX_HEAD_LENGTH] in heads
            or (zeros and stripped[stripped_at : stripped_at + PREFIX_HEAD_LENGTH] in heads)
        ):
            end, stripped_end = at, stripped_at
            for last in range(first, min(len(runs), first + NGRAM_TOKENS_MAX)):
                end += len(runs[last])
                stripped_end += len(bare[last])
                if end - at >= NGRAM_KEY_LENGTH_MIN:
                    key, short = written[at:end], stripped[stripped_at:stripped_end]
                    if key in keys or (zeros and short in keys):
                        found.append(Ngram(first, last, key, short))
        at += len(run)
        stripped_at += len(bare[first])
    return found


def _tail(
    folded: str, runs: list[str], hits: list[Hit], index: PaymentIndex
) -> tuple[str | None, str | None]:
    """The longest end of a cut text that begins some reference (X5), as both keys."""
    covered = max((hit.end for hit in hits), default=-1)
    spans = spans_of(folded)
    for first in range(max(0, len(runs) - NGRAM_TOKENS_MAX), len(runs)):
        if spans[first][0] < covered:
            continue
        key = "".join(runs[first:])
        stripped = "".join([run.lstrip("0") for run in runs[first:]])
        if len(key) < PREFIX_HEAD_LENGTH:
            return None, None
        if index.continues(key) or index.continues(stripped):
            return key, stripped
    return None, None


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


def _once(hits: list[Hit]) -> tuple[Hit, ...]:
    """The same id shown twice counts once."""
    if len(hits) < 2:
        return tuple(hits)
    return tuple({frozenset(o.id for o in hit.owners): hit for hit in reversed(hits)}.values())[
        ::-1
    ]


def id_like_numbers(text: str) -> set[str]:
    """Every number of a text that could count as an account or tax id, now or later."""
    folded = fold(text)
    accounts = {match.group() for match in _ACCOUNT.finditer(folded)}
    tax_ids = {match.group().replace("-", "") for match in _TAX_ID.finditer(folded)}
    return {one for one in accounts if is_valid_cbu(one)} | {
        one for one in tax_ids if is_valid_cuit(one)
    }
