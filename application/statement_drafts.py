"""Statements of a file on their way in: checked whole, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice

from application.entry_flags import FLAGS_MAX, Flag, flags_of
from application.entry_lines import (
    Booked,
    Origin,
    ReadFile,
    Stated,
    Unusable,
    line_of,
    payouts_of,
    row_id,
)
from application.import_terms import Terms, origin_of
from application.imported import ImportRefused
from application.statement_chain import family_of, is_chained
from domain import statement
from domain.delivery import Delivery, delivery_of
from domain.settlement import SettlementRecorded

LISTS = ("ar-card",)
"""Formats whose rows are members of a payout, and no lines of their own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """What is kept of an entry that is no line yet: its row id, and where it belongs."""

    row_id: str
    file_hash: str
    origin: Origin
    entry: Booked


@dataclass(frozen=True, slots=True, kw_only=True)
class SetAside:
    """An entry that is no line, and what is wrong with it."""

    held: Held
    fault: Unusable


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A statement that may be recorded. `waiting` are notices without a bank reference."""

    stated: Stated
    origin: Origin
    stream: str
    delivery: Delivery
    lines: Sequence[SettlementRecorded]
    set_aside: Sequence[SetAside]
    waiting: int
    flags: Sequence[Flag]


def drafts_of(file: ReadFile, *, terms: Terms, received_at: str) -> Iterator[Draft]:
    """The statements of a file that say anything, in file order. Raises ImportRefused."""
    seen: set[str] = set()
    for stated in file.statements:
        _demand_agreement(stated)
        origin = origin_of(file, stated, terms=terms, received_at=received_at)
        if (stream := _stream_of(origin)) in seen:
            origin = replace(origin, statement_id=f"{origin.statement_id}~{stated.ordinal}")
            stream = _stream_of(origin)
        seen.add(stream)
        draft = _draft(file, stated, origin, stream)
        if draft is not None:
            yield draft


def _stream_of(origin: Origin) -> str:
    return statement.stream_of(
        source=origin.source, account=origin.account, statement_id=origin.statement_id
    )


def _demand_agreement(stated: Stated) -> None:
    if stated.balance_closes is False or stated.controls_match is False:
        words = stated.disagreement or "its entries do not agree with its own totals"
        raise ImportRefused(place=stated.place, reason=words)
    opening, closing = stated.opening_minor, stated.closing_minor
    moved = stated.credit_minor - stated.debit_minor
    if opening is not None and closing is not None and opening + moved != closing:
        words = (
            f"opening balance {opening} and movements {moved} do not make the closing balance"
            f" {closing} (minor units)"
        )
        raise ImportRefused(place=stated.place, reason=words)


def _draft(file: ReadFile, stated: Stated, origin: Origin, stream: str) -> Draft | None:
    lines: list[SettlementRecorded] = []
    aside: list[SetAside] = []
    entries = list(_entries(file, stated))
    waiting = 0
    notice = not is_chained(family_of(file.format))
    for entry in entries:
        if notice and entry.bank_reference is None:
            waiting += 1
            continue
        key = row_id(file_hash=file.sha256, statement=stated.ordinal, entry=entry.ordinal)
        try:
            lines.append(line_of(entry, origin=origin, settlement_id=key))
        except Unusable as fault:
            held = Held(row_id=key, file_hash=file.sha256, origin=origin, entry=entry)
            aside.append(SetAside(held=held, fault=fault))
    delivery = _delivery(file, stated, origin, lines)
    if delivery is None:
        return None
    return Draft(
        stated=stated,
        origin=origin,
        stream=stream,
        delivery=delivery,
        lines=lines,
        set_aside=aside,
        waiting=waiting,
        flags=tuple(islice(flags_of(entries), FLAGS_MAX)),
    )


def _entries(file: ReadFile, stated: Stated) -> Iterator[Booked]:
    if file.format in LISTS:
        return payouts_of(stated.entries(), number=stated.statement_id)
    return stated.entries()


def _delivery(
    file: ReadFile, stated: Stated, origin: Origin, lines: Sequence[SettlementRecorded]
) -> Delivery | None:
    """The statement summed up, over all its booked entries; None where no day is known of it."""
    days = [line.booking_date for line in lines]
    days += [day for day in (stated.first_day, stated.last_day) if day is not None]
    if not days:
        return None
    delivery = delivery_of(
        source=origin.source,
        account=origin.account,
        statement_id=origin.statement_id,
        lines=lines,
        days=(min(days), max(days)),
        currency=stated.currency,
        opening_minor=stated.opening_minor,
        closing_minor=stated.closing_minor,
    )
    content = replace(
        delivery.content,
        credit_minor=stated.credit_minor,
        debit_minor=stated.debit_minor,
        file_hash=file.sha256,
        file_bytes=file.size,
        format=file.format,
        sequence=stated.sequence,
        page=stated.page,
        more_pages=stated.more_pages or None,
        completeness=stated.completeness,
        profile=stated.profile,
        profile_hash=stated.profile_hash,
    )
    return replace(delivery, content=content)
