"""A data folder, read whole and checked before anything of it is given out."""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import msgspec

from adapters.aside import Aside, AsideFailed, Tell, aside, can_work_aside
from adapters.data_folder.cards import digits_of, masked, may_hold_card_number
from adapters.data_folder.faults import Flags, Unusable
from adapters.data_folder.reference import read_calendar, read_merchants, read_rates
from adapters.data_folder.repeats import (
    Distinct,
    line_fields_differing,
    payment_fields_differing,
)
from adapters.data_folder.rows import Flag, payment_of, settlement_of
from adapters.data_folder.stored import ReadBytes, StoredLines, readable
from application.batch import Batch, InputRefused, InputWarning, SourceFile
from domain.payment import PaymentRegistered
from domain.settlement import SettlementRecorded

PAYMENTS, SETTLEMENTS = "payments.jsonl", "settlements.jsonl"
MERCHANTS, CALENDAR, RATES = "merchants.json", "calendar.json", "fx.json"

CARD_MASKED = "card-number-masked"

BESIDE_BYTES_MIN = 4 << 20
"""Bytes of a file of lines from which a second process is worth its start."""

Lines = tuple[SourceFile, list[tuple[int, SettlementRecorded]]]
"""A file of lines that was read, and its rows with their line numbers."""

Progress = Callable[[int, int], None]
"""Told how many stored bytes of payments and settlements were read, and of how many."""


def read_folder(
    folder: Path,
    *,
    source: str = "core",
    progress: Progress | None = None,
    known_references: Collection[str] = (),
) -> Batch:
    """Everything in the folder, or InputRefused at the first thing that is wrong.

    `source` is the system that the payments and merchants come from. `known_references` are
    references and end-to-end ids of payments that are known from elsewhere, as from earlier days:
    in free text they are never taken for card numbers.
    """
    with readable(folder):
        files = _files_of(folder)
    with _uncollected():
        return _read(files, source=source, progress=progress, known=known_references)


def _read(
    files: dict[str, Path], *, source: str, progress: Progress | None, known: Collection[str]
) -> Batch:
    flags = Flags()
    merchants_file, merchants = read_merchants(files[MERCHANTS], source=source, flags=flags)
    calendar_file, calendar = read_calendar(files[CALENDAR])
    fx_file, fx = read_rates(files[RATES])
    reading = _Reading(
        codes=frozenset(row.registered.merchant_id for row in merchants),
        flags=flags,
        on_read=_counting(files, progress),
        known_references=known,
    )
    payments_file = reading.file(files[PAYMENTS])
    with reading.lines_beside(files[SETTLEMENTS]) as lines_read:
        payments = reading.payments(payments_file, source=source)
        lines_file, lines = lines_read()
    return Batch(
        payments_file=payments_file.source,
        payments=payments,
        lines_file=lines_file,
        lines=lines,
        merchants_file=merchants_file,
        merchants=merchants,
        calendar_file=calendar_file,
        calendar=calendar,
        fx_file=fx_file,
        fx=fx,
        warnings=tuple(flags.warnings),
        warnings_total=flags.total,
    )


class _Reading:
    """The two files of rows, payments first: their references protect the lines' texts."""

    def __init__(
        self,
        *,
        codes: frozenset[str],
        flags: Flags,
        on_read: ReadBytes,
        known_references: Collection[str],
    ) -> None:
        self._codes = codes
        self._flags = flags
        self._on_read = on_read
        self._known_references = known_references
        self._payments: list[tuple[int, PaymentRegistered]] = []

    def file(self, path: Path) -> StoredLines:
        return StoredLines(path, on_read=self._on_read)

    def payments(self, file: StoredLines, *, source: str) -> list[tuple[int, PaymentRegistered]]:
        found = Distinct(name="payment_id", differing=payment_fields_differing)
        place = _Place(file.name, self._flags)
        for number, line in _rows(file):
            place.number = number
            try:
                fact = payment_of(line, source=source, merchants=self._codes, flag=place.flag)
                found.add(key=fact.payment_id, number=number, fact=fact)
            except Unusable as fault:
                raise file.refused(fault.reason, number=number) from None
        self._payments = found.rows
        for at, (number, fact) in enumerate(found.rows):
            if fact.payer_name and may_hold_card_number(fact.payer_name):
                place.number = number
                name = self._guarded(fact.payer_name, "payer_name", place.flag)
                found.rows[at] = (number, replace(fact, payer_name=name))
        return found.rows

    @contextmanager
    def lines_beside(self, path: Path) -> Generator[Callable[[], Lines]]:
        """Begin to read the lines in a second process, if that pays: they ask for no payment.

        But for the guard of card numbers, which is set afterwards.
        """
        if path.stat().st_size < BESIDE_BYTES_MIN or not can_work_aside():
            yield lambda: self.lines(path)
            return

        def read(tell: Tell[bytes]) -> None:
            flags = Flags()
            tell(_encoded(self._unguarded(path, flags), flags))

        beside = aside(read, kind=bytes)
        try:
            yield lambda: self._lines_of(beside, path)
        finally:
            beside.finish()

    def _lines_of(self, beside: Aside[bytes], path: Path) -> Lines:
        try:
            source, rows, flags = _decoded(beside.result())
        except AsideFailed:  # the second process died; this one can do without
            return self.lines(path)
        self._on_read(path.stat().st_size)
        return source, self._guarded_lines(rows, flags, source.name)

    def lines(self, path: Path) -> Lines:
        """The file of lines and its rows. Raises InputRefused."""
        flags = Flags()
        source, rows = self._unguarded(path, flags)
        return source, self._guarded_lines(rows, flags, source.name)

    def _unguarded(self, path: Path, flags: Flags) -> Lines:
        file = self.file(path)
        found = Distinct(name="settlement_id", differing=line_fields_differing)
        place = _Place(file.name, flags)
        for number, line in _rows(file):
            place.number = number
            try:
                fact = settlement_of(line, merchants=self._codes, flag=place.flag)
                found.add(key=fact.settlement_id, number=number, fact=fact)
            except Unusable as fault:
                raise file.refused(fault.reason, number=number) from None
        return file.source, found.rows

    def _guarded_lines(
        self, rows: list[tuple[int, SettlementRecorded]], flags: Flags, name: str
    ) -> list[tuple[int, SettlementRecorded]]:
        """The rows without card numbers; the flags of the file are in its order then."""
        place = _Place(name, flags)
        for at, (number, line) in enumerate(rows):
            text, whom = line.remittance_information, line.counterparty_name
            if text and may_hold_card_number(text):
                place.number = number
                safe = self._guarded(text, "remittance_information", place.flag)
                rows[at] = (number, line := replace(line, remittance_information=safe))
            if whom and may_hold_card_number(whom):
                place.number = number
                safe = self._guarded(whom, "counterparty_name", place.flag)
                rows[at] = (number, replace(line, counterparty_name=safe))
        flags.warnings.sort(key=lambda warning: int(warning.place.removeprefix("line ")))
        self._flags.extend(flags.warnings, total=flags.total)
        return rows

    def _guarded(self, text: str, name: str, flag: Flag) -> str:
        safe = masked(text, known=())
        if safe != text:  # only then is it worth gathering what is known
            safe = masked(text, known=self._known)
        if safe != text:
            flag(name, CARD_MASKED)
        return safe

    @cached_property
    def _known(self) -> frozenset[str]:
        """Digits of all references: gathered only when some text asks for it."""
        ids = (
            each
            for _, payment in self._payments
            for each in (payment.reference, payment.end_to_end_id)
            if each is not None
        )
        return frozenset((*digits_of(ids), *digits_of(self._known_references)))


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(
    tuple[str, str, list[tuple[int, SettlementRecorded]], list[InputWarning], int]
).decode


def _encoded(read: Lines, flags: Flags) -> bytes:
    source, rows = read
    return _encode((source.name, source.sha256, rows, flags.warnings, flags.total))


def _decoded(told: bytes) -> tuple[SourceFile, list[tuple[int, SettlementRecorded]], Flags]:
    name, sha256, rows, warnings, total = _decode(told)
    return SourceFile(name=name, sha256=sha256), rows, Flags(warnings=warnings, total=total)


class _Place:
    """The line that is being read, for whatever is odd about it."""

    def __init__(self, file: str, flags: Flags) -> None:
        self.number = 0
        self._file = file
        self._flags = flags

    def flag(self, name: str, kind: str) -> None:
        place = f"line {self.number}"
        self._flags.add(file=self._file, place=place, name=name, kind=kind)


def _rows(file: StoredLines) -> Iterator[tuple[int, bytes]]:
    empty = True
    for row in file.rows():
        empty = False
        yield row
    if empty:
        raise file.refused("no rows", number=1)


@contextmanager
def _uncollected() -> Generator[None]:
    """Rows hold no cycles, and walking them while their number grows costs as much as reading."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()


# Files.


def _files_of(folder: Path) -> dict[str, Path]:
    if not folder.exists():
        raise InputRefused(file=str(folder), place="folder", reason="missing")
    if not folder.is_dir():
        raise InputRefused(file=str(folder), place="folder", reason="not a folder")
    files = {name: folder / name for name in (MERCHANTS, CALENDAR, RATES)}
    files |= {name: _either(folder / name) for name in (PAYMENTS, SETTLEMENTS)}
    for path in files.values():
        if not path.exists():
            raise InputRefused(file=str(path), place="file", reason="missing")
        if not path.is_file():
            raise InputRefused(file=str(path), place="file", reason="not a regular file")
    return files


def _either(plain: Path) -> Path:
    """The file, or its gzipped form."""
    gzipped = plain.with_name(f"{plain.name}.gz")
    if plain.exists() and gzipped.exists():
        reason = f"ambiguous: {gzipped.name} is there too"
        raise InputRefused(file=str(plain), place="file", reason=reason)
    return gzipped if gzipped.exists() else plain


def _counting(files: dict[str, Path], progress: Progress | None) -> ReadBytes:
    if progress is None:
        return lambda _: None
    total = sum(files[name].stat().st_size for name in (PAYMENTS, SETTLEMENTS))
    done = 0

    def on_read(count: int) -> None:
        nonlocal done
        done += count
        progress(done, max(total, done))

    return on_read
