"""Importing a statement file: checked whole, recorded invisible to matching, sealed last.

    known? ── yes ──▶ the first result again, nothing recorded
      │ no
    checked whole ── a check fails ──▶ refused: hash, place and reason are kept, nothing else
      │
    received, lines, verified ── a gap before it ──▶ held: parked until the missing one arrives
      │
    sealed, and with it whatever was held for it

Every step is idempotent: a run that dies between any two commits is finished by the next one, and
nothing is seen before the seal. What a statement must agree with: docs/statements.md.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from application.entry_flags import FLAGS_MAX
from application.entry_lines import ReadFile, line_of, row_id
from application.import_store import ImportStore, account_of
from application.import_terms import Terms
from application.imported import FileOutcome, ImportRefused, StatementOutcome
from application.parking import AWAITING_DATA, GAP, Aside, ParkingLot, id_of
from application.ports import Commit
from application.statement_drafts import Draft, Held, drafts_of
from application.statement_sealing import Sealing
from domain import rule_set, settlement, statement
from domain.errors import Refusal

RULES_SINCE = "2026-01-01"
"""The business day from which the built-in rules hold."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRefused:
    """A file that is not imported: its bytes, and where and why; `options` is for a replay."""

    name: str
    sha256: str
    size: int
    place: str
    reason: str
    options: bytes
    format: str | None = None


class StatementImport:
    """Imports files into one store; what a file changes is known to the next one."""

    def __init__(
        self,
        store: ImportStore,
        lot: ParkingLot,
        *,
        reason_of: Callable[[Refusal], str],
        encode: Callable[[Held], bytes],
    ) -> None:
        """`encode` makes what is kept of an entry that was set aside."""
        self._store = store
        self._lot = lot
        self._sealing = Sealing(store, lot)
        self._reason_of = reason_of
        self._encode = encode

    def known(self, sha256: str, *, name: str, size: int) -> FileOutcome | None:
        """The first result of these bytes, where all of it was imported and sealed."""
        states = {each: self._store.statement(each) for each in self._store.of_file(sha256)}
        sealed = {k: v for k, v in states.items() if isinstance(v, statement.Sealed)}
        if not sealed or len(sealed) < len(states):
            return None
        return FileOutcome(
            name=name,
            sha256=sha256,
            size=size,
            format=next(state.content.format for state in sealed.values()),
            outcome="known",
            statements=tuple(_told_again(stream, state) for stream, state in sealed.items()),
        )

    def take(self, file: ReadFile, *, terms: Terms, options: bytes) -> FileOutcome:
        """Import a file that was read, or refuse it. `options` is what a replay needs to know.

        Raises VersionConflict where somebody else wrote meanwhile: take it again.
        """
        try:
            drafts = list(drafts_of(file, terms=terms, received_at=self._store.instant()))
            self._demand_unused_ids(file, drafts)
            decided = self._decided(file, drafts)
        except Refusal as refusal:
            self._store.forget()
            return self.refuse(_refused(file, refusal, self._reason_of, options))
        commits = [each for some, _ in decided for each in some]
        self._store.write([*self._rules(), *commits])
        for draft in drafts:
            self._set_aside(file, draft)
        streams = {draft.stream for draft in drafts}
        sealed = self._sealing.seal_what_follows(
            ready=streams, accounts={account_of(each) for each in streams}, source=file.sha256
        )
        outcomes = tuple(
            self._outcome(file, draft, repeated, options)
            for draft, (_, repeated) in zip(drafts, decided, strict=True)
        )
        self._lot.resolve(id_of("files", file.sha256), outcome="imported")
        return FileOutcome(
            name=file.name,
            sha256=file.sha256,
            size=file.size,
            format=file.format,
            outcome="held" if any(each.state == "held" for each in outcomes) else "imported",
            statements=outcomes,
            released=tuple(sorted(sealed - streams)),
            masked=file.masked,
            empty=len(file.statements) - len(drafts),
            flags=tuple(chain.from_iterable(draft.flags for draft in drafts))[:FLAGS_MAX],
        )

    def refuse(self, file: FileRefused) -> FileOutcome:
        """Keep of a file that it was refused: hash, place and reason; and park it."""
        stream = statement.stream_of_refused_file(content_hash=file.sha256)
        facts = statement.refuse(
            self._store.statement(stream),
            content_hash=file.sha256,
            place=file.place,
            reason=file.reason,
        )
        day = self._store.instant()[:10]
        self._store.write(
            self._store.commit(stream, facts, at=day, source=file.sha256, command="refused")
        )
        parked = self._lot.park(
            Aside(
                queue="files",
                key=file.sha256,
                reason="refused",
                file=file.name,
                place=file.place,
                words=file.reason,
                content=file.options,
            )
        )
        return FileOutcome(
            name=file.name,
            sha256=file.sha256,
            size=file.size,
            format=file.format,
            outcome="refused",
            place=file.place,
            reason=file.reason,
            parked=parked.id,
        )

    def announced(self, data_hash: str, *, name: str, sha256: str, size: int) -> FileOutcome:
        """Take note of a control file: its data came before it, or is awaited."""
        known = self.known(data_hash, name=name, size=size)
        if known is not None:
            return replace(known, sha256=sha256)
        parked = self._lot.get(id_of("files", data_hash))
        if parked is None or not parked.is_waiting:
            parked = self._lot.park(
                Aside(
                    queue="files",
                    key=data_hash,
                    reason=AWAITING_DATA,
                    file=name,
                    place="file",
                    words=f"its data file (sha256 {data_hash}) has not come",
                )
            )
        return FileOutcome(
            name=name,
            sha256=sha256,
            size=size,
            format=None,
            outcome="held",
            place=parked.place,
            reason=parked.words,
            parked=parked.id,
        )

    def release(self, stream: str, *, accept_gap: bool = False) -> str | None:
        """Seal a held statement whose gap is closed or accepted, and what waited for it.

        What is still missing, in words; None where nothing is.
        """
        if not isinstance(self._store.statement(stream), statement.Verified):
            return None
        if accept_gap:
            self._sealing.accept_gap(stream)
        self._sealing.seal_what_follows(ready=(), accounts=(account_of(stream),), source=None)
        if isinstance(self._store.statement(stream), statement.Sealed):
            return None
        return self._sealing.gap(stream)

    def take_line(self, aside: Held) -> None:
        """Record an entry that was set aside, once it is usable: its statement holds it already.

        Raises Unusable.
        """
        store = self._store
        line = line_of(aside.entry, origin=aside.origin, settlement_id=aside.row_id)
        store.lines.begin([aside.row_id])
        own = store.lines.stream_for(line)
        facts = settlement.record(store.registry.settlement(own), line=line)
        at = line.value_date.isoformat()
        store.write(store.commit(own, facts, at=at, source=aside.file_hash, command=aside.row_id))

    # Deciding

    def _demand_unused_ids(self, file: ReadFile, drafts: Sequence[Draft]) -> None:
        for draft in drafts:
            state = self._store.statement(draft.stream)
            if not isinstance(state, statement.Sealed | statement.Verified):
                continue
            known = state.content.file_hash or state.content.content_hash
            if known != file.sha256:
                reason = (
                    f"statement id used before by other bytes: those have sha256 {known}, these"
                    f" {file.sha256}"
                )
                raise ImportRefused(place=draft.stated.place, reason=reason)

    def _decided(self, file: ReadFile, drafts: Sequence[Draft]) -> list[tuple[list[Commit], int]]:
        self._store.lines.begin(
            row_id(file_hash=file.sha256, statement=stated.ordinal, entry=entry)
            for stated in file.statements
            for entry in range(1, stated.booked + 1)
        )
        return [self._statement_commits(file, draft) for draft in drafts]

    def _rules(self) -> list[Commit]:
        stream = rule_set.stream_of(name=rule_set.CORE_NAME)
        facts = rule_set.activate_core(
            self._store.registry.of(stream, rule_set.RuleSet), activated_by="built-in"
        )
        return self._store.commit(stream, facts, at=RULES_SINCE, source=None, command="core")

    def _statement_commits(self, file: ReadFile, draft: Draft) -> tuple[list[Commit], int]:
        """Everything but the seal; and how many entries were known from other files."""
        store, stream, source = self._store, draft.stream, file.sha256
        name, at = f"statement {draft.stated.ordinal}", draft.delivery.content.last_day.isoformat()
        facts = statement.receive(store.statement(stream), delivery=draft.delivery)
        commits = store.commit(stream, facts, at=at, source=source, command=name)
        store.note(stream)
        repeated = 0
        for line in draft.lines:
            own = store.lines.stream_for(line)
            known = store.registry.settlement(own)
            repeated += known is not None and known.line.settlement_id != line.settlement_id
            commits += store.commit(
                own,
                settlement.record(known, line=line),
                at=line.value_date.isoformat(),
                source=source,
                command=line.settlement_id,
            )
        checks = statement.verify(
            store.statement(stream), controls_match=draft.stated.controls_match
        )
        return [
            *commits,
            *store.commit(stream, checks, at=at, source=source, command=f"{name} verified"),
        ], repeated

    # What people see

    def _set_aside(self, file: ReadFile, draft: Draft) -> None:
        for each in draft.set_aside:
            self._lot.park(
                Aside(
                    queue="lines",
                    key=each.held.row_id,
                    reason=each.fault.reason,
                    file=file.name,
                    place=each.fault.place,
                    words=each.fault.words,
                    content=self._encode(each.held),
                )
            )

    def _outcome(
        self, file: ReadFile, draft: Draft, repeated: int, options: bytes
    ) -> StatementOutcome:
        sealed = isinstance(self._store.statement(draft.stream), statement.Sealed)
        gap = None if sealed else self._sealing.gap(draft.stream)
        if gap is not None:
            self._lot.park(
                Aside(
                    queue="files",
                    key=draft.stream,
                    reason=GAP,
                    file=file.name,
                    place=draft.stated.place,
                    words=gap,
                    content=options,
                )
            )
        return StatementOutcome(
            stream=draft.stream,
            statement_id=draft.origin.statement_id,
            account=draft.origin.account,
            state="sealed" if sealed else "held",
            entries=draft.stated.booked,
            lines=len(draft.lines),
            repeated=repeated,
            set_aside=len(draft.set_aside),
            waiting=draft.waiting,
            not_booked=draft.stated.not_booked,
            gap=gap,
            completeness=draft.stated.completeness,
            profile=draft.stated.profile,
            profile_hash=draft.stated.profile_hash,
        )


def _told_again(stream: str, state: statement.Sealed) -> StatementOutcome:
    _, _, account, statement_id = stream.split(":", 3)
    return StatementOutcome(
        stream=stream,
        statement_id=statement_id,
        account=account,
        state="sealed",
        entries=state.content.lines,
        lines=state.content.lines,
        completeness=state.content.completeness,
        profile=state.content.profile,
        profile_hash=state.content.profile_hash,
    )


def _refused(
    file: ReadFile, refusal: Refusal, reason_of: Callable[[Refusal], str], options: bytes
) -> FileRefused:
    place, reason = (
        (refusal.place, refusal.reason)
        if isinstance(refusal, ImportRefused)
        else ("statement", reason_of(refusal))
    )
    return FileRefused(
        name=file.name,
        sha256=file.sha256,
        size=file.size,
        place=place,
        reason=reason,
        options=options,
        format=file.format,
    )
