"""A statement: settlements of one account that a source delivered together, with its own controls.

    ── receive ──▶ Received ── verify ──▶ Verified ── seal ──▶ Sealed
                    │  ▲                   │                     │
                    │  └───────────────────┴── receive more ─────┘
                    └── refuse ──▶ Refused ── receive ──▶ Received

A statement may come in pieces: more rows re-open a sealed one (rule E10), and an extension that is
refused leaves it as it was sealed.

Laws
    A sealed statement closes: opening + credits - debits = closing, where both are stated.
    A sealed statement only grows; the same id with other rows is refused. Rows that were never
    sealed, since their import was refused or died, may be replaced.
    Repeating a decision changes nothing.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import ClassVar, assert_never

from domain.delivery import Delivery, StatementContent, source_kind
from domain.errors import Refusal

# Facts. Topics and field names are storage format: they only ever gain optional fields or new
# versions.


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementReceived(StatementContent):
    """The first rows of a statement arrived, from sources of a kind: "bank" or "acquirer"."""

    TOPIC: ClassVar[str] = "statement.received"
    statement_id: str
    source_kind: str
    account: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementExtended(StatementContent):
    """More rows of the statement arrived; the content is that of all rows, old and new."""

    TOPIC: ClassVar[str] = "statement.extended"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementVerified:
    """The statement agrees with itself; None where it states nothing to check against."""

    TOPIC: ClassVar[str] = "statement.verified"
    balance_closes: bool | None
    controls_match: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementSealed:
    """Nothing more is expected of the statement: its rows take part in what needs a seal."""

    TOPIC: ClassVar[str] = "statement.sealed"


@dataclass(frozen=True, slots=True, kw_only=True)
class StatementRefused:
    """The import was refused; nothing else is kept of it.

    `content_hash` is the SHA-256 (hex) of the refused bytes; `place` and `reason` are as they were
    shown.
    """

    TOPIC: ClassVar[str] = "statement.refused"
    content_hash: str
    place: str
    reason: str


StatementFact = (
    StatementReceived | StatementExtended | StatementVerified | StatementSealed | StatementRefused
)


# State.


@dataclass(frozen=True, slots=True, kw_only=True)
class Received:
    """Rows are known, and not checked yet. `sealed` is what had been sealed before they came."""

    content: StatementContent
    sealed: StatementContent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """The rows agree with what the statement says of itself."""

    content: StatementContent
    checks: StatementVerified
    sealed: StatementContent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """The rows are complete, as far as anybody knows. `refused` is an extension that was not."""

    content: StatementContent
    refused: StatementRefused | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """No row is known; a corrected delivery may come."""

    refusal: StatementRefused


Statement = Received | Verified | Sealed | Refused


def stream_of(*, source: str, account: str, statement_id: str) -> str:
    """The statement's stream; `source` is a source or its kind.

    One statement may hold rows from several sources of a kind, hence only the kind names it.
    """
    return f"stm:{source_kind(source)}:{account}:{statement_id}"


def stream_of_refused_file(*, content_hash: str) -> str:
    """Where a refused file leaves its trace when no statement could be read in it."""
    return f"stm:file::{content_hash}"


def evolve(statement: Statement | None, fact: StatementFact) -> Statement:
    """The statement after `fact`. It only remembers: every stored fact is accepted."""
    match fact:
        case StatementReceived():
            return Received(content=fact)
        case StatementExtended():
            return Received(content=fact, sealed=_last_sealed(_existing(statement)))
        case StatementVerified():
            state = _existing(statement)
            return Verified(content=state.content, checks=fact, sealed=_last_sealed(state))
        case StatementSealed():
            return Sealed(content=_existing(statement).content)
        case StatementRefused():
            sealed = None if statement is None else _last_sealed(statement)
            return Refused(refusal=fact) if sealed is None else Sealed(content=sealed, refused=fact)
        case _:
            assert_never(fact)


def _existing(statement: Statement | None) -> Received | Verified | Sealed:
    assert isinstance(statement, Received | Verified | Sealed), (
        "the store never holds a fact that its decision could not have taken"
    )
    return statement


def _last_sealed(statement: Statement) -> StatementContent | None:
    match statement:
        case Received() | Verified():
            return statement.sealed
        case Sealed():
            return statement.content
        case Refused():
            return None
        case _:
            assert_never(statement)


# Decisions.


def receive(statement: Statement | None, *, delivery: Delivery) -> tuple[StatementFact, ...]:
    """Take in what was delivered: a new statement, more of a known one, or nothing new."""
    match statement:
        case None | Refused():
            return (_received(delivery),)
        case Received() | Verified() | Sealed():
            if delivery.content.content_hash == statement.content.content_hash:
                return ()
            if not _contains(delivery, statement):
                raise StatementIdReused(
                    statement_id=delivery.statement_id,
                    known_hash=statement.content.content_hash,
                    other_hash=delivery.content.content_hash,
                )
            return (StatementExtended(**asdict(delivery.content)),)
        case _:
            assert_never(statement)


def _contains(delivery: Delivery, statement: Received | Verified | Sealed) -> bool:
    """Whether the delivery holds what the statement must not lose."""
    content, sealed = delivery.content, _last_sealed(statement)
    if isinstance(statement, Sealed) and statement.refused is None:
        more = content.lines > statement.content.lines
        return more and delivery.extends == statement.content.content_hash
    # An import that died or was refused before its seal recorded some of its rows, nobody knows
    # which: it binds nobody to the rest, and what was sealed earlier is among the rows known.
    if sealed is None or content.lines > sealed.lines:
        return True
    return content.content_hash == sealed.content_hash


def _received(delivery: Delivery) -> StatementReceived:
    return StatementReceived(
        statement_id=delivery.statement_id,
        source_kind=delivery.source_kind,
        account=delivery.account,
        **asdict(delivery.content),
    )


def verify(
    statement: Statement | None, *, controls_match: bool | None = None
) -> tuple[StatementFact, ...]:
    """Check the rows against the balances; `controls_match` is what the file's own totals say.

    Neither check is possible for a source that states nothing: that is verified, with None for
    both.
    """
    state = _known(statement)
    checks = StatementVerified(
        balance_closes=_balance_closes(state.content), controls_match=_agreed(controls_match)
    )
    if isinstance(state, Sealed) or (isinstance(state, Verified) and state.checks == checks):
        return ()
    return (checks,)


def _balance_closes(content: StatementContent) -> bool | None:
    opening, closing = content.opening_minor, content.closing_minor
    if opening is None or closing is None or content.currency is None:
        return None
    moved = content.credit_minor - content.debit_minor
    if opening + moved != closing:
        raise StatementDoesNotClose(opening_minor=opening, moved_minor=moved, closing_minor=closing)
    return True


def _agreed(controls_match: bool | None) -> bool | None:  # noqa: FBT001  (it has no other name)
    if controls_match is False:
        raise StatementControlsDiffer
    return controls_match


def seal(statement: Statement | None) -> tuple[StatementFact, ...]:
    """Note that the statement is complete; it has to be verified first."""
    state = _known(statement)
    match state:
        case Sealed():
            return ()
        case Verified():
            return (StatementSealed(),)
        case Received():
            raise StatementNotVerified(content_hash=state.content.content_hash)
        case _:
            assert_never(state)


def refuse(
    statement: Statement | None, *, content_hash: str, place: str, reason: str
) -> tuple[StatementFact, ...]:
    """Note that an import was refused, whole. What was sealed stays sealed."""
    fact = StatementRefused(content_hash=content_hash, place=place, reason=reason)
    match statement:
        case None | Received() | Verified():
            return (fact,)
        case Refused():
            return () if statement.refusal == fact else (fact,)
        case Sealed():
            if statement.refused == fact:
                return ()
            raise StatementIsSealed(content_hash=statement.content.content_hash)
        case _:
            assert_never(statement)


def _known(statement: Statement | None) -> Received | Verified | Sealed:
    match statement:
        case None:
            raise StatementUnknown
        case Refused():
            refusal = statement.refusal
            raise StatementWasRefused(place=refusal.place, reason=refusal.reason)
        case Received() | Verified() | Sealed():
            return statement
        case _:
            assert_never(statement)


# Refusals.
#
#   StatementRefusal
#     StatementUnknown · StatementWasRefused · StatementIdReused · StatementDoesNotClose
#     StatementControlsDiffer · StatementNotVerified · StatementIsSealed


@dataclass(unsafe_hash=True)
class StatementRefusal(Refusal):
    """A decision about a statement that was not taken, and why."""


@dataclass(unsafe_hash=True)
class StatementUnknown(StatementRefusal):
    """Nothing was received under this id."""


@dataclass(unsafe_hash=True, kw_only=True)
class StatementWasRefused(StatementRefusal):
    """The statement was refused when it came; it has to be received again."""

    place: str
    reason: str


@dataclass(unsafe_hash=True, kw_only=True)
class StatementIdReused(StatementRefusal):
    """The id belongs to a statement with other rows, which the delivery does not contain."""

    statement_id: str
    known_hash: str
    other_hash: str


@dataclass(unsafe_hash=True, kw_only=True)
class StatementDoesNotClose(StatementRefusal):
    """The opening balance and what moved (credits - debits) do not make the closing balance."""

    opening_minor: int
    moved_minor: int
    closing_minor: int


@dataclass(unsafe_hash=True)
class StatementControlsDiffer(StatementRefusal):
    """The rows do not agree with the counts or sums that the file states."""


@dataclass(unsafe_hash=True, kw_only=True)
class StatementNotVerified(StatementRefusal):
    """The rows have to be verified before they are sealed."""

    content_hash: str


@dataclass(unsafe_hash=True, kw_only=True)
class StatementIsSealed(StatementRefusal):
    """The statement is sealed: another file cannot undo it."""

    content_hash: str
