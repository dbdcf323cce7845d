"""Files of statements, imported into a store and matched at once; and what was held, sent again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cache, cached_property
from pathlib import Path
from typing import BinaryIO, Final

from adapters.data_folder.cards import digits_of, masked
from adapters.statements.booked import Guard
from adapters.statements.control import announced_by
from adapters.statements.detection import read
from adapters.statements.model import Unreadable
from adapters.statements.profiles import Profile, profile_in
from adapters.statements.spool import (
    Open,
    Reading,
    decode_held,
    digest,
    encode_held,
    spooled,
)
from application.batch import InputRefused
from application.entry_lines import Unusable
from application.import_store import ImportStore, Progress
from application.import_terms import Terms
from application.imported import FileOutcome
from application.parking import AWAITING_DATA, GAP, Parked, ParkingLot, Resend, Resent
from application.ports import VersionConflict
from application.reconciling import Outcome
from application.registry import Registry
from application.statement_import import FileRefused, StatementImport
from conciliar.composition import Counting, Embedded, KnownReferences
from conciliar.orders import judged_again
from conciliar.parked import parking_lot
from conciliar.refusals import reason_of
from conciliar.running import without_collections
from domain.settlement import Settlement

ATTEMPTS_MAX: Final = 5
"""Times that a file is taken again because somebody else wrote to the store meanwhile."""

Told = Callable[[FileOutcome], None]
"""Told what came of each file, as soon as that is certain."""

OpenAs = Callable[[str | None], Open]
"""How files are opened: as the format that was named, or as their content says."""


def opened(format_name: str | None, profile: Profile | None = None) -> Open:
    """Opens files by the readers of this program."""

    def open_file(stream: BinaryIO) -> Reading:
        return read(stream, form=format_name, profile=profile)

    return open_file


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What the sender says of files: their format, and where lines belong that do not say it.

    `profile` is the file of a profile, which is read anew when something is sent again.
    """

    format: str | None = None
    profile: Path | None = None
    terms: Terms = field(default_factory=Terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementsImported:
    """What came of all files, and of matching their lines.

    `lines` are those recorded from these files, `matched` how many of them are in a match now,
    `recorded` and `judged` what matching made of all that was new.
    """

    files: tuple[FileOutcome, ...]
    lines: int = 0
    matched: int = 0
    recorded: int = 0
    judged: int = 0

    @property
    def refused(self) -> int:
        """Files that were refused."""
        return sum(each.outcome == "refused" for each in self.files)


def import_statements(
    embedded: Embedded,
    paths: Sequence[Path],
    *,
    wanted: Wanted | None = None,
    progress: Progress | None = None,
    told: Told | None = None,
    open_as: OpenAs | None = None,
) -> StatementsImported:
    """Import each file whole or not at all, in the order given; then match what is new.

    A refused file stops no other. Raises StoreUnusable, and InputRefused for a faulty profile.
    """
    wanted = wanted or Wanted()
    files: list[FileOutcome] = []
    with without_collections(), parking_lot(embedded) as lot:
        importing = Importing(embedded, lot, progress=progress, open_as=open_as)
        for path in paths:
            files.append(importing.file(path, wanted))
            if told is not None:
                told(files[-1])
    if all(each.outcome == "refused" for each in files):
        return StatementsImported(files=tuple(files))
    # Also where nothing is new: an earlier import may have died before its judgement.
    outcome = judged_again(embedded, correlation="import", known=importing.known)
    embedded.current_views(_as_stage(progress))
    return _counted(tuple(files), outcome)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amendment:
    """What a person says of things that are sent again.

    A held statement may be sealed although something is missing before it; an entry that was set
    aside may get the booking day or the currency that its file does not say.
    """

    accept_gap: bool = False
    booking_day: date | None = None
    currency: str | None = None


class Importing:
    """Imports files into an open store, one after the other; matching them is the caller's."""

    def __init__(
        self,
        embedded: Embedded,
        lot: ParkingLot,
        *,
        progress: Progress | None = None,
        open_as: OpenAs | None = None,
    ) -> None:
        self._embedded = embedded
        self._open_as = open_as or opened
        self._profile = cache(profile_in)
        self._store = ImportStore(
            embedded.facts,
            actor=embedded.settings.actor,
            now_ms=embedded.clock.now_ms,
            progress=progress,
        )
        self._use_case = StatementImport(self._store, lot, reason_of=reason_of, encode=encode_held)

    @property
    def known(self) -> Registry | None:
        """What of the store was loaded, moved on with every file; None where nothing was."""
        return self._store.known

    def file(self, path: Path, wanted: Wanted) -> FileOutcome:
        """What comes of one file. Raises InputRefused for a faulty profile."""
        for _ in range(ATTEMPTS_MAX - 1):
            try:
                return self._attempt(path, wanted)
            except VersionConflict:  # somebody else wrote first: begin again from what it left
                self._store.forget()
        return self._attempt(path, wanted)

    def resend_file(self, amendment: Amendment) -> Resend:
        """Sends again files that were refused, and looks again at statements that are held."""

        def send(parked: Parked, content: bytes | None) -> Resent:
            if parked.reason == GAP:
                gap = self._use_case.release(parked.key, accept_gap=amendment.accept_gap)
                return Resent(done=gap is None, words=gap or "sealed")
            if parked.reason == AWAITING_DATA:
                return Resent(done=False, words=parked.words)
            path, wanted = _read_options(content, parked.file)
            try:
                outcome = self.file(path, wanted)
            except InputRefused as fault:
                words = f"{fault.file}: {fault.place}: {fault.reason}"
                return Resent(done=False, words=words)
            if outcome.outcome == "refused":
                return Resent(done=False, words=outcome.reason or "refused")
            return Resent(done=True, words=outcome.outcome)

        return send

    def resend_line(self, amendment: Amendment) -> Resend:
        """Records entries that were set aside, as far as they are usable now."""

        def send(parked: Parked, content: bytes | None) -> Resent:
            if content is None:
                return Resent(done=False, words=f"nothing was kept of {parked.place}")
            held = decode_held(content)
            entry = replace(
                held.entry,
                booking_date=amendment.booking_day or held.entry.booking_date,
                currency=amendment.currency or held.entry.currency,
            )
            try:
                self._use_case.take_line(replace(held, entry=entry))
            except Unusable as fault:
                return Resent(done=False, words=fault.words, reason=fault.reason)
            return Resent(done=True, words="recorded")

        return send

    def _attempt(self, path: Path, wanted: Wanted) -> FileOutcome:
        name, options = str(path), _options(path, wanted)
        open_file = (
            self._open_as(wanted.format)
            if wanted.profile is None
            else opened(wanted.format, self._profile(wanted.profile))
        )
        try:
            sha256, size = digest(path)
        except OSError as error:
            return _unreachable(name, error)
        known = self._use_case.known(sha256, name=name, size=size)
        if known is not None:
            return known
        try:
            data_hash = announced_by(path, size=size)
            if data_hash is not None:
                return self._use_case.announced(data_hash, name=name, sha256=sha256, size=size)
            with spooled(
                path,
                sha256=sha256,
                size=size,
                open_file=open_file,
                guard=Guard(self._mask),
            ) as file:
                return self._use_case.take(file, terms=wanted.terms, options=options)
        except Unreadable as fault:
            return self._use_case.refuse(
                FileRefused(
                    name=name,
                    sha256=sha256,
                    size=size,
                    place=fault.place,
                    reason=fault.reason,
                    options=options,
                )
            )
        except OSError as error:
            return _unreachable(name, error)

    def _mask(self, text: str) -> str:
        safe = masked(text, known=())
        if safe != text:  # only then is it worth gathering what is known
            safe = masked(text, known=self._references)
        return safe

    @cached_property
    def _references(self) -> frozenset[str]:
        """Digits of all known references: a text that holds one holds no card number there."""
        embedded = self._embedded
        return frozenset(digits_of(KnownReferences(embedded.folder, settings=embedded.settings)))


def _as_stage(progress: Progress | None) -> Counting | None:
    return None if progress is None else lambda done, total: progress("project", done, total)


def _unreachable(name: str, error: OSError) -> FileOutcome:
    """A file that could not be read at all: there is nothing to keep of it."""
    return FileOutcome(
        name=name,
        sha256=None,
        size=0,
        format=None,
        outcome="refused",
        place="file",
        reason=error.strerror or type(error).__name__,
    )


def _options(path: Path, wanted: Wanted) -> bytes:
    terms = wanted.terms
    said = {
        "path": str(path.absolute()),
        "format": wanted.format,
        "profile": None if wanted.profile is None else str(wanted.profile.absolute()),
        "account": terms.account,
        "source": terms.source,
        "merchant_id": terms.merchant_id,
    }
    return json.dumps(said).encode()


def _read_options(content: bytes | None, name: str) -> tuple[Path, Wanted]:
    if content is None:
        return Path(name), Wanted()
    said: dict[str, str | None] = json.loads(content)
    terms = Terms(account=said["account"], source=said["source"], merchant_id=said["merchant_id"])
    profile = said.get("profile")  # not there in what earlier versions kept
    return Path(said["path"] or name), Wanted(
        format=said["format"], profile=None if profile is None else Path(profile), terms=terms
    )


def _counted(files: tuple[FileOutcome, ...], outcome: Outcome) -> StatementsImported:
    hashes = {each.sha256[:16] for each in files if each.sha256 and each.outcome != "refused"}
    lines = matched = 0
    for state in _settlements(outcome.registry):
        if any(line.settlement_id.partition("-")[0] in hashes for line in state.deliveries):
            lines += 1
            matched += state.match_id is not None
    return StatementsImported(
        files=files,
        lines=lines,
        matched=matched,
        recorded=outcome.recorded,
        judged=outcome.judged,
    )


def _settlements(registry: Registry) -> list[Settlement]:
    return [state for state in registry.states.values() if isinstance(state, Settlement)]
