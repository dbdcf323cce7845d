"""Commands that come one by one, each from somewhere else: judged, recorded, answered.

A command about a payment is an order as files have them (application/payment_orders.py). Beside
those there are the others that a bank's systems send:

    RecordLine         an entry of an account, delivered by itself and not with a statement
    CancelLine         an entry that its bank declared void
    Unmatch            a match that a person takes back
    RegisterMerchant   a merchant with its schedules
    Complete           a source has delivered all payments through a day

Each is decided by its aggregate, on what is stored of it, and answered. The same message again is
answered as the first time; the same command in another message is `repeated`; another command under
the same id is refused. What cannot be followed is set aside with what was sent, for people.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final, TypeAlias

from application.batch import MerchantRow, SourceFile
from application.lookup import Target, home_of
from application.parking import Aside, ParkingLot
from application.payment_deciding import HASH_DIGITS, Reasons
from application.payment_import import ATTEMPTS_MAX, PaymentImport
from application.payment_orders import ASIDE, Answer, Fault, Order
from application.ports import Commit, FactStore, VersionConflict
from application.registry import Registry
from application.undoing import Order as Undoing
from application.undoing import UndoingRefusal, Undone, cancel_settlement, unmatch
from domain import feed, merchant, settlement
from domain.errors import BadValue, Refusal
from domain.facts import Context, Fact, fields_differing
from domain.settlement import DeliveredLine, SettlementRecorded

AUTHORITY: Final = "command"

REUSED: Final = "idempotency-key-reused"
"""The reason where a command id stands for another command: somebody's ids are wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordLine:
    """Note an entry of an account."""

    line: SettlementRecorded


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelLine:
    """Set an entry aside that its bank declared void; `settlement` is its stream."""

    settlement: str
    reason: str
    business_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class Unmatch:
    """Release a match, on a person's word."""

    match_id: str
    reason: str
    business_date: date


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterMerchant:
    """Note a merchant and its schedules."""

    row: MerchantRow


@dataclass(frozen=True, slots=True, kw_only=True)
class Complete:
    """All payments of `source` through a local day were sent before this."""

    source: str
    through: date


Body: TypeAlias = RecordLine | CancelLine | Unmatch | RegisterMerchant | Complete


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A command that is no order about a payment."""

    command_id: str
    actor: str | None
    body: Body


@dataclass(frozen=True, slots=True, kw_only=True)
class Unreadable:
    """A message that is no command: `faults` name the fields, none where it is not even JSON."""

    command_id: str | None
    reason: str
    words: str
    faults: tuple[Fault, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What came: `content` as it was sent, None where it may not be kept, and its SHA-256."""

    sha256: str
    content: bytes | None
    command: Order | Told | Unreadable


_REFUSALS: Final = (
    merchant.MerchantRefusal,
    settlement.SettlementRefusal,
    UndoingRefusal,
)
"""What a decision about a command answers; whatever else is raised is no answer."""

_CONTRADICTIONS: Final = (
    merchant.MerchantIdReused,
    merchant.ScheduleContradicted,
    settlement.SettlementIdReused,
)


class Commanding:
    """Judges commands against one store; what it sets aside lies in one parking lot."""

    def __init__(
        self, facts: FactStore, lot: ParkingLot, *, actor: str, reason_of: Reasons
    ) -> None:
        """`actor` is who is recorded where a command names nobody."""
        self._facts = facts
        self._lot = lot
        self._actor = actor
        self._reason_of = reason_of
        self._orders = PaymentImport(
            facts, lot, actor=actor, reason_of=reason_of, searching=False, authority=AUTHORITY
        )

    def judge(self, message: Message) -> Answer:
        """What the command comes to; recorded, or set aside, on return.

        Raises StoreBusy and WriteUnknown where it has to be sent again, VersionConflict where
        others were always faster.
        """
        command = message.command
        match command:
            case Order():
                file = SourceFile(name=AUTHORITY, sha256=message.sha256)
                answer = self._orders.send(file, command)
            case Told():
                answer = self._told(command, message.sha256)
            case Unreadable():
                answer = _refused(
                    command.command_id, None, command.reason, command.words, command.faults
                )
        return self._set_aside(message, answer) if answer.status in ASIDE else answer

    def _set_aside(self, message: Message, answer: Answer) -> Answer:
        parked = self._lot.park(
            Aside(
                queue="commands",
                key=key_of(answer, message.sha256),
                reason=answer.reason or answer.status,
                file=AUTHORITY,
                place=message.sha256[:HASH_DIGITS],
                words=answer.words or "",
                content=message.content,
            )
        )
        return replace(answer, parked=parked.id)

    # Commands that are no orders

    def _told(self, told: Told, sha256: str) -> Answer:
        match told.body:
            case RecordLine(line=line):
                return self._recorded_line(told, line, sha256)
            case CancelLine(settlement=stream):
                target = Target(kind="settlement", id=stream, stream=stream)
                return self._undone(
                    told,
                    stream,
                    lambda order: cancel_settlement(self._facts, target=target, order=order),
                )
            case Unmatch(match_id=match_id):
                return self._undone(
                    told,
                    home_of(match_id),
                    lambda order: unmatch(self._facts, match_id=match_id, order=order),
                )
            case RegisterMerchant(row=row):
                return self._merchant(told, row, sha256)
            case Complete(source=source, through=through):
                stream = feed.stream_of(kind="payments", source=source)
                return self._follow(
                    told,
                    stream,
                    lambda registry: feed.advance(registry.of(stream, feed.Feed), through=through),
                    at=through.isoformat(),
                    sha256=sha256,
                    same=lambda fact: getattr(fact, "through", None) == through,
                )

    def _recorded_line(self, told: Told, line: SettlementRecorded, sha256: str) -> Answer:
        stream = settlement.stream_of(
            source=line.source,
            account=line.account,
            bank_entry_id=line.bank_entry_id,
            booking_date=line.booking_date,
            ordinal=line.settlement_id,
        )
        return self._follow(
            told,
            stream,
            lambda registry: settlement.record(registry.settlement(stream), line=line),
            at=line.value_date.isoformat(),
            sha256=sha256,
            same=lambda fact: (
                isinstance(fact, DeliveredLine)
                and not fields_differing(fact, line, kind=DeliveredLine)
            ),
        )

    def _merchant(self, told: Told, row: MerchantRow, sha256: str) -> Answer:
        registered = row.registered
        stream = merchant.stream_of(source=registered.source, code=registered.merchant_id)

        def decide(registry: Registry) -> tuple[Fact, ...]:
            state = registry.of(stream, merchant.Merchant)
            facts = merchant.register(state, registration=registered)
            for fact in facts:
                state = merchant.evolve(state, fact)
            for schedule in row.schedules:
                added = merchant.add_schedule(state, schedule=schedule)
                for fact in added:
                    state = merchant.evolve(state, fact)
                facts += added
            return facts

        at = min((each.effective_from for each in row.schedules), default=None)
        return self._follow(
            told,
            stream,
            decide,
            at="" if at is None else at.isoformat(),
            sha256=sha256,
            same=lambda fact: (
                fact.TOPIC != registered.TOPIC
                or not fields_differing(fact, registered, kind=merchant.MerchantRegistered)
            ),
        )

    def _follow(
        self,
        told: Told,
        stream: str,
        decide: Callable[[Registry], tuple[Fact, ...]],
        *,
        at: str,
        sha256: str,
        same: Callable[[Fact], bool],
    ) -> Answer:
        """Decide on the one stream of a command and record it; a repeat is answered as before."""

        def attempt() -> Answer:
            known, registry = self._facts.stream(stream), Registry()
            registry.apply_all(known)
            before = [each for each in known if each.context.command_id == told.command_id]
            if before:
                if not all(same(each.fact) for each in before) or not _is_nothing(decide, registry):
                    words = "the command id stands for another command"
                    return _refused(told.command_id, stream, REUSED, words)
                again = sha256 not in before[0].context.sources
                return _done(told, stream, [each.fact_id for each in before], again=again)
            facts = decide(registry)
            if not facts:
                return _done(told, stream, (), again=True)
            commit = self._commit(told, registry, stream, facts, at=at, sha256=sha256)
            recorded = self._facts.append([commit])
            return _done(told, stream, [each.fact_id for each in recorded], again=False)

        return self._answered(told, stream, attempt)

    def _undone(self, told: Told, stream: str, undo: Callable[[Undoing], Undone]) -> Answer:
        body = told.body
        assert isinstance(body, CancelLine | Unmatch), "only these take something back"

        def attempt() -> Answer:
            order = Undoing(
                actor=told.actor or self._actor,
                reason=body.reason,
                business_date=body.business_date,
                correlation_id=f"command:{told.command_id}",
                authority=AUTHORITY,
            )
            undone = undo(order)
            earlier = () if undone.earlier is None else (undone.earlier,)
            facts = [each.fact_id for each in undone.recorded] or earlier
            return _done(told, stream, facts, again=not undone.is_new)

        return self._answered(told, stream, attempt)

    def _answered(self, told: Told, stream: str, attempt: Callable[[], Answer]) -> Answer:
        try:
            for _ in range(ATTEMPTS_MAX - 1):
                try:
                    return attempt()
                except VersionConflict:  # another writer was first: decide on what it left
                    continue
            return attempt()
        except BadValue as refusal:
            fault = Fault(f"/{refusal.field}", refusal.reason)
            return _refused(
                told.command_id, stream, "invalid-request", self._reason_of(refusal), (fault,)
            )
        except _REFUSALS as refusal:
            contradicts = isinstance(refusal, _CONTRADICTIONS)
            reason = "contradicts-history" if contradicts else "not-in-this-state"
            return _refused(told.command_id, stream, reason, self._reason_of(refusal))

    def _commit(
        self,
        told: Told,
        registry: Registry,
        stream: str,
        facts: tuple[Fact, ...],
        *,
        at: str,
        sha256: str,
    ) -> Commit:
        context = Context(
            command_id=told.command_id,
            correlation_id=f"command:{told.command_id}",
            actor=told.actor or self._actor,
            authority=AUTHORITY,
            sources=(sha256,),
        )
        return registry.commit(stream, facts, business_time=at, context=context)


def key_of(answer: Answer, sha256: str) -> str:
    """Under what a command is set aside: its id, where it has one that is not another's."""
    if answer.command_id is None or answer.reason == REUSED:
        return sha256
    return answer.command_id


def _is_nothing(decide: Callable[[Registry], tuple[Fact, ...]], registry: Registry) -> bool:
    try:
        return not decide(registry)
    except Refusal:  # what is stored says something else
        return False


def _done(told: Told, stream: str, facts: Sequence[str], *, again: bool) -> Answer:
    return Answer(
        place=AUTHORITY,
        command_id=told.command_id,
        payment=stream,
        status="repeated" if again else "accepted",
        facts=tuple(facts),
    )


def _refused(
    command_id: str | None,
    stream: str | None,
    reason: str,
    words: str,
    faults: tuple[Fault, ...] = (),
) -> Answer:
    return Answer(
        place=AUTHORITY,
        command_id=command_id,
        payment=stream,
        status="refused",
        reason=reason,
        words=words,
        faults=faults,
    )
