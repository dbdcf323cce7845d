"""The steps of a received file, each of which may be done twice.

    validate            read whole; what was found
    seal_file           the parts to import: one, for a file is recorded whole or not at all
    import_part         its lines recorded and its statements sealed, as far as nothing is missing
    seal_statement      which statements are sealed; StatementHeld where one is not
    match               judged on all that is written; complete, or when to look again
    collect_exceptions  the lines that are open; how many, and where their list lies
    ask_for_approval    keeps the token under the proposal's id, for the second person
    expire_approval     nobody answered: told, and asked again
    close               Rejected where what was approved is not what is open
    report              sums of what became of the lines
    record_refusal      hash, place and reason of a file that is not imported

What steps leave for each other lies in the work bucket; what happened is facts.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO, Final

from adapters.aws.objects import Documents, fetched
from adapters.data_folder.cards import masked
from adapters.statements.booked import Guard
from adapters.statements.detection import read
from adapters.statements.model import Unreadable
from adapters.statements.spool import Reading, digest, encode_held, spooled
from application import statement_import
from application.entry_lines import ReadFile
from application.file_steps import FileRefused, Rejected, StatementHeld
from application.import_store import ImportStore
from application.import_terms import Terms
from application.imported import FileOutcome
from application.items import statement_stream_of
from application.reconciling import Reconciler
from application.registry import Registry
from conciliar.aws import Aws
from conciliar.composition import holidays, read_rules
from conciliar.refusals import reason_of
from domain import feed
from domain.settlement import Settlement
from domain.statement import Sealed, Verified

LOOK_AGAIN_MS: Final = 5 * 60_000
"""Milliseconds until a source is looked at again that has not delivered all of its payments."""

STRAGGLERS_MAX_MS: Final = 24 * 3_600_000
"""For which payments that are late are waited for, from when the file was recorded."""

# Any below: documents in JSON, of the shapes that docs/aws.md gives.


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """A version of an object that somebody sent."""

    bucket: str
    key: str
    version: str | None = None


class FileSteps:
    """Does steps for one tenant."""

    def __init__(self, aws: Aws) -> None:
        """Loads nothing yet."""
        self._aws = aws
        bucket = aws.settings.demand("work")
        self._exceptions, self._approvals, self._reports = (
            Documents(aws.clients.s3, bucket=bucket, prefix=prefix)
            for prefix in ("exceptions", "approvals", "reports")
        )
        self._store = ImportStore(aws.facts, actor=aws.settings.actor, now_ms=aws.clock.now_ms)
        self._import = statement_import.StatementImport(
            self._store, aws.lot, reason_of=reason_of, encode=encode_held
        )

    def validate(self, file: ReceivedFile) -> dict[str, Any]:
        """What the file is. Raises FileRefused with place and reason."""
        with self._read(file) as (found, _):
            return {
                "sha256": found.sha256,
                "size": found.size,
                "format": found.format,
                "statements": len(found.statements),
                "entries": sum(each.booked for each in found.statements),
            }

    def seal_file(self, validated: Mapping[str, Any]) -> dict[str, Any]:
        """The parts to import."""
        return {"sha256": validated["sha256"], "parts": [{"number": 1}]}

    def import_part(self, file: ReceivedFile) -> dict[str, Any]:
        """Record the file. Raises FileRefused, VersionConflict."""
        with self._read(file) as (found, terms):
            known = self._import.known(found.sha256, name=found.name, size=found.size)
            outcome = known or self._import.take(found, terms=terms, options=b"")
        if outcome.outcome == "refused":
            raise FileRefused(place=outcome.place or "file", reason=outcome.reason or "refused")
        return _counts(outcome)

    def seal_statement(self, validated: Mapping[str, Any]) -> dict[str, Any]:
        """The sealed statements of the file. Raises StatementHeld."""
        streams = list(self._store.of_file(validated["sha256"]))
        states = {each: self._store.statement(each) for each in streams}
        held = [each for each, state in states.items() if isinstance(state, Verified)]
        if held:
            raise StatementHeld(statement=held[0])
        sealed = [state for state in states.values() if isinstance(state, Sealed)]
        last = max((each.content.last_day for each in sealed), default=None)
        return {
            "sha256": validated["sha256"],
            "statements": streams,
            "last_day": None if last is None else last.isoformat(),
        }

    def match(self, statement: Mapping[str, Any]) -> dict[str, Any]:
        """Judge what is new; complete when payments are, or were waited for long enough."""
        registry = self._judged(f"file:{statement['sha256'][:16]}")
        now_ms = self._aws.clock.now_ms()
        last = statement["last_day"] and date.fromisoformat(statement["last_day"])
        waited = now_ms - self._recorded_ms(statement) >= STRAGGLERS_MAX_MS
        if last is None or waited or _delivered_through(registry) >= last:
            return {"complete": True}
        again = datetime.fromtimestamp((now_ms + LOOK_AGAIN_MS) // 1_000, tz=UTC)
        return {"complete": False, "look_again_at": again.strftime("%Y-%m-%dT%H:%M:%SZ")}

    def collect_exceptions(self, statement: Mapping[str, Any]) -> dict[str, Any]:
        """The lines that are open: their number, their list's key and its hash."""
        found = list(self._open(statement))
        listed = sha256("\n".join(sorted(each["settlement"] for each in found)).encode())
        key = self._exceptions.write(statement["sha256"], {"open": found})
        return {"count": len(found), "key": key, "sha256": listed.hexdigest()}

    def ask_for_approval(
        self, file: ReceivedFile, exceptions: Mapping[str, Any], *, token: str, asked_at: str
    ) -> dict[str, Any]:
        """Keep the question for a second person, under an id made of what is asked."""
        with self._read(file) as (found, _):
            name = _proposal(found.sha256, exceptions["sha256"])
            asked = {
                "tenant": self._aws.settings.tenant,
                "token": token,
                "asked_at": asked_at,
                "sha256": found.sha256,
                "exceptions": exceptions["sha256"],
                "count": exceptions["count"],
                "key": exceptions["key"],
                "proposed_by": self._aws.settings.actor,
                "answer": None,
            }
        self._approvals.write(name, asked)
        return {"proposal": name}

    def expire_approval(self, file: ReceivedFile, exceptions: Mapping[str, Any]) -> dict[str, Any]:
        """Forget the question that nobody answered; it is asked again under another token."""
        with self._read(file) as (found, _):
            name = _proposal(found.sha256, exceptions["sha256"])
        asked = self._approvals.read(name)
        if asked is not None and asked["answer"] is None:
            self._approvals.write(name, {**asked, "token": None})
        return {"expired": name}

    def close(self, statement: Mapping[str, Any]) -> dict[str, Any]:
        """Close the file. Raises Rejected where something is open that nobody approved."""
        collected = self.collect_exceptions(statement)
        if not collected["count"]:
            return {"sha256": statement["sha256"], "approved_by": None}
        asked = self._approvals.read(_proposal(statement["sha256"], collected["sha256"])) or {}
        answer: dict[str, Any] = asked.get("answer") or {}
        if answer.get("approved") is not True:
            raise Rejected(sha256=statement["sha256"])
        return {"sha256": statement["sha256"], "approved_by": answer["by"]}

    def report(self, statement: Mapping[str, Any]) -> dict[str, Any]:
        """What became of the lines, counted; where the report lies."""
        lines = [state for _, state in self._lines(statement)]
        counts = {
            "lines": len(lines),
            "matched": sum(each.match_id is not None for each in lines),
            "duplicates": sum(each.duplicate_of is not None for each in lines),
            "open": sum(_is_open(each) for each in lines),
        }
        document = {**counts, "statements": statement["statements"]}
        return {"key": self._reports.write(statement["sha256"], document), **counts}

    def record_refusal(self, file: ReceivedFile) -> dict[str, Any]:
        """Keep of a file that it was refused; one that can be read after all is none."""
        try:
            with self._read(file) as (found, terms):
                outcome = self._import.take(found, terms=terms, options=b"")
        except FileRefused as refusal:
            with self._fetched(file) as (path, _, hash_, size):
                del path
                outcome = self._import.refuse(
                    statement_import.FileRefused(
                        name=file.key,
                        sha256=hash_,
                        size=size,
                        place=refusal.place,
                        reason=refusal.reason,
                        options=b"",
                    )
                )
        return {"outcome": outcome.outcome, "place": outcome.place, "parked": outcome.parked}

    # Reading

    @contextmanager
    def _fetched(self, file: ReceivedFile) -> Generator[tuple[Path, Mapping[str, str], str, int]]:
        s3 = self._aws.clients.s3
        with fetched(s3, bucket=file.bucket, key=file.key, version=file.version) as (path, said):
            hash_, size = digest(path)
            yield path, said, hash_, size

    @contextmanager
    def _read(self, file: ReceivedFile) -> Generator[tuple[ReadFile, Terms]]:
        with self._fetched(file) as (path, said, hash_, size):
            terms = Terms(
                account=said.get("account"),
                source=said.get("source"),
                merchant_id=said.get("merchant-id"),
            )
            guard = Guard(lambda text: masked(text, known=()))

            def opened(stream: BinaryIO) -> Reading:
                return read(stream, form=said.get("format"))

            try:
                with spooled(path, sha256=hash_, size=size, open_file=opened, guard=guard) as found:
                    yield found, terms
            except Unreadable as fault:
                raise FileRefused(place=fault.place, reason=fault.reason) from None

    # Judging

    def _judged(self, correlation: str) -> Registry:
        reconciler = Reconciler(
            self._aws.facts,
            actor=self._aws.settings.actor,
            reason_of=reason_of,
            holidays=holidays(),
            read_rules=read_rules,
        )
        outcome = reconciler.judge_again(correlation=correlation)
        self._store.forget()
        return outcome.registry

    def _recorded_ms(self, statement: Mapping[str, Any]) -> int:
        streams: list[str] = statement["statements"]
        found = self._aws.facts.streams(streams).values()
        return min((some[0].recorded_at_ms for some in found), default=self._aws.clock.now_ms())

    def _lines(self, statement: Mapping[str, Any]) -> Iterator[tuple[str, Settlement]]:
        wanted = set(statement["statements"])
        for stream, state in self._store.registry.states.items():
            if isinstance(state, Settlement) and any(
                statement_stream_of(line) in wanted for line in state.deliveries
            ):
                yield stream, state

    def _open(self, statement: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
        for stream, state in self._lines(statement):
            if _is_open(state):
                left = state.left_open
                yield {"settlement": stream, "because": None if left is None else left.reason}


def _is_open(state: Settlement) -> bool:
    return state.match_id is None and state.duplicate_of is None and state.cancelled is None


def _delivered_through(registry: Registry) -> date:
    """The day through which every source has delivered its payments; the last one if none says."""
    days = [
        state.through
        for stream, state in registry.states.items()
        if isinstance(state, feed.Feed) and stream.startswith("feed:payments:")
    ]
    return min(days, default=date.max)


def _proposal(file: str, exceptions: str) -> str:
    return sha256(f"{file}|{exceptions}".encode()).hexdigest()[:32]


def _counts(outcome: FileOutcome) -> dict[str, Any]:
    return {
        "outcome": outcome.outcome,
        "statements": len(outcome.statements),
        "lines": sum(each.lines for each in outcome.statements),
        "set_aside": sum(each.set_aside for each in outcome.statements),
    }
