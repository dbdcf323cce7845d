"""Files of payments, imported into a store; and what was set aside of them, sent again."""

from __future__ import annotations

import hashlib
import os
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from io import BufferedReader
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Final

from adapters.data_folder.faults import Unusable
from adapters.payment_files import (
    PaymentFormat,
    Profile,
    Setting,
    format_of,
    instant_ms,
    read,
    read_kept,
    read_profile,
    sha256_of,
)
from adapters.statements.model import Unreadable
from application.batch import InputRefused, SourceFile
from application.parking import Parked, ParkingLot, Resend, Resent
from application.payees import Payees
from application.payment_feed import advance, lacks_payments
from application.payment_import import Imported, PaymentImport
from application.payment_orders import Order
from conciliar.composition import Embedded, holidays
from conciliar.orders import judged_again
from conciliar.parked import parking_lot
from conciliar.refusals import reason_of
from conciliar.running import Progress

__all__ = ["FileImport", "PaymentFormat", "PaymentsImported", "import_payments", "resend_commands"]

SOURCE: Final = "core"
"""The system that payments come from, where nobody says."""

ORDERS_MAX: Final = 200_000
"""Orders of one file: they are recorded in one transaction."""

WOKEN_MAX: Final = 1_000
"""Things that are tried again after an import; `conciliar parked replay` tries all."""

WAITING: Final = "waiting-for-payment"

TOLD_EVERY: Final = 1_000
"""Orders between two tellings of progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileImport:
    """What came of one file: what was imported of it, or why it was refused."""

    path: Path
    sha256: str | None
    format: PaymentFormat | None
    imported: Imported | None = None
    refused: InputRefused | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentsImported:
    """What came of all files.

    `woken` is how many things had waited for a payment that came now; `recorded` and `judged` tell
    what judging again made of all of it. `complete_through` is the day through which the source is
    complete now, by this call; None where nobody said so, or something of the files is missing.
    """

    files: tuple[FileImport, ...]
    woken: int
    recorded: int
    judged: int
    complete_through: date | None = None


def import_payments(
    embedded: Embedded,
    paths: Sequence[Path],
    *,
    profile: Path | None = None,
    source: str | None = None,
    kind: PaymentFormat | None = None,
    complete_through: date | None = None,
    progress: Progress | None = None,
) -> PaymentsImported:
    """Import each file whole or not at all, in the order given; then judge what is new.

    With these files the source is complete through a day, if somebody says so and nothing of them
    was refused. A refused file stops no other. Raises StoreUnusable, and InputRefused for a bad
    profile.
    """
    chosen = Profile() if profile is None else read_profile(profile)
    with parking_lot(embedded) as lot:
        importing = _Importing(embedded, lot, chosen, source, progress)
        files = tuple(importing.file(path, kind) for path in paths)
        if not any(each.imported for each in files):
            return PaymentsImported(files=files, woken=0, recorded=0, judged=0)
        woken = importing.wake(lot)
        through = importing.completed(files, complete_through)
    # Also where nothing is new: an earlier import may have died before its judgement.
    outcome = judged_again(embedded, correlation="import")
    embedded.current_views()
    return PaymentsImported(
        files=files,
        woken=woken,
        recorded=outcome.recorded,
        judged=outcome.judged,
        complete_through=through,
    )


def resend_commands(embedded: Embedded, lot: ParkingLot) -> Resend:
    """Sends again what was set aside of files of payments; the caller has it judged again."""
    importing = _Importing(embedded, lot, Profile(), None)

    def send(parked: Parked, content: bytes | None) -> Resent:
        if content is None:
            return Resent(done=False, words="nothing was kept of it: it has to be sent anew")
        return importing.again(parked, content)

    return send


class _Importing:
    def __init__(
        self,
        embedded: Embedded,
        lot: ParkingLot,
        profile: Profile,
        source: str | None,
        progress: Progress | None = None,
    ) -> None:
        self._progress = progress
        self._embedded = embedded
        self._profile = profile
        self._source = source or profile.source or SOURCE
        self._payees = Payees(embedded.facts, source=self._source, accounts=profile.accounts)
        self._use_case = PaymentImport(
            embedded.facts,
            lot,
            actor=embedded.settings.actor,
            reason_of=reason_of,
            holidays=holidays(),
        )

    def file(self, path: Path, kind: PaymentFormat | None) -> FileImport:
        """What comes of one file."""
        file = SourceFile(name=str(path), sha256="")
        try:
            with path.open("rb") as stream:
                file = SourceFile(name=str(path), sha256=_sha256(stream))
                kind = kind or format_of(stream)
                orders = self._orders(stream, file, kind)
            imported = self._use_case.run(file, orders)
        except Unreadable as fault:
            refused = InputRefused(file=file.name, place=fault.place, reason=fault.reason)
        except InputRefused as refusal:
            refused = refusal
        except OSError as error:
            reason = f"not readable: {error.strerror or type(error).__name__}"
            refused = InputRefused(file=file.name, place="file", reason=reason)
        else:
            return FileImport(path=path, sha256=file.sha256, format=kind, imported=imported)
        return FileImport(path=path, sha256=file.sha256 or None, format=kind, refused=refused)

    def again(self, parked: Parked, content: bytes) -> Resent:
        """What comes of something that was set aside."""
        file = SourceFile(name=parked.file, sha256=sha256_of(content))
        try:
            order = read_kept(content, self._setting(file.sha256))
        except Unusable as fault:
            return Resent(done=False, words=fault.reason)
        answer = self._use_case.send(file, order)
        if answer.status in {"waiting", "refused"}:
            return Resent(done=False, words=answer.words or "", reason=answer.reason)
        return Resent(done=True, words=answer.status)

    def wake(self, lot: ParkingLot) -> int:
        """Try again, the oldest first, what waits for a payment; how many no longer do."""
        waiting = (each for each in lot.all(queue="commands") if each.reason == WAITING)
        by_file: defaultdict[SourceFile, list[Order]] = defaultdict(list)
        for each in islice(waiting, WOKEN_MAX):
            content = lot.content(each.id)
            if content is not None:
                file = SourceFile(name=each.file, sha256=sha256_of(content))
                by_file[file].append(read_kept(content, self._setting(file.sha256)))
        return sum(self._use_case.wake(file, orders) for file, orders in by_file.items())

    def completed(self, files: Sequence[FileImport], through: date | None) -> date | None:
        """Note that the source is complete with these files; None where one lacks something."""
        imported = [each.imported for each in files if each.imported is not None]
        if through is None or len(imported) < len(files) or lacks_payments(imported):
            return None
        advance(
            self._embedded.facts,
            source=self._source,
            through=through,
            files=sorted({each.file.sha256 for each in imported}),
            actor=self._embedded.settings.actor,
        )
        return through

    def _orders(self, stream: BinaryIO, file: SourceFile, kind: PaymentFormat) -> list[Order]:
        reading = read(stream, self._setting(file.sha256), kind=kind, form=self._profile.csv)
        orders: list[Order] = []
        for order in islice(reading, ORDERS_MAX):
            orders.append(order)
            if self._progress and not len(orders) % TOLD_EVERY:
                self._progress("read", stream.tell(), os.fstat(stream.fileno()).st_size)
        more = next(reading, None)
        if more is not None:
            reason = f"more than {ORDERS_MAX} orders: send them in several files"
            raise InputRefused(file=file.name, place=more.place, reason=reason)
        return orders

    def _setting(self, sha256: str) -> Setting:
        return Setting(
            source=self._source,
            sha256=sha256,
            zone=self._profile.zone,
            payee=lambda account, tax_id: self._payees.find(account=account, tax_id=tax_id),
            now=instant_ms(self._embedded.clock.now_ms()),
        )


def _sha256(stream: BufferedReader) -> str:
    """Of the whole file; the stream stands at its beginning again."""
    found = hashlib.file_digest(stream, "sha256")
    stream.seek(0)
    return found.hexdigest()
