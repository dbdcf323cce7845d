"""A settlement: one line of a statement or one payout, and what it was found to settle.

    ── record ──▶ open ── allocate / join ──▶ matched ── release ──▶ open
                   │                               ⟲ finalise, also by another rule
                   ├── mark_duplicate ──▶ duplicate ── clear_duplicate ──▶ open
                   ├── cancel ──▶ cancelled: its source declared it void
                   └── leave_open: why nothing was proven, with the candidates

A match stands on the stream of its lowest settlement (its home), as `settlement.allocated` with its
proof; the match's other lines join it. The match's id is `mat:<home settlement>:<n>`.

A provisional match stands on this stream alone: it reserves its payments, which know nothing of it,
until it is finalised or released.

Laws
    Allocations of a match and its named residuals sum to the amounts of its settlements, all of
    them in the currency of the line.
    A settlement is in one match at most; a duplicate is in none, a cancelled line in none ever.
    Repeating a decision changes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import ClassVar, Literal, assert_never

from domain.breakdown import Breakdown
from domain.errors import CurrencyMismatch, Refusal
from domain.facts import PersonalText, fields_differing
from domain.matching.proof import EvidenceClass, Proof
from domain.money import Money
from domain.values import value

ReleaseCause = Literal["contradiction", "person", "fallen"]

PROVISIONAL, FINAL = "provisional", "final"


@value
class DeliveredLine:
    """What a source said, as it said it; None where it said nothing.

    `settlement_id` is the delivered row's own id; `amount` is signed: + credits our `account`,
    − debits it. `other_ids` are ids that the entry carries beside its reference and end-to-end id,
    such as a UETR.
    """

    settlement_id: str
    source: str
    account: str
    amount: Money
    booking_date: date
    value_date: date
    bank_entry_id: str | None
    reference: str | None
    end_to_end_id: str | None
    remittance_information: PersonalText
    counterparty_name: PersonalText
    counterparty_account: PersonalText
    counterparty_tax_id: PersonalText
    reversal: bool
    merchant_id: str | None
    statement_id: str | None
    received_at: str | None
    other_ids: tuple[str, ...] | None = None
    breakdown: Breakdown | None = None


# Facts. Topics and field names are storage format: they only ever gain optional fields or new
# versions.


@value
class SettlementRecorded(DeliveredLine):
    """The line was received for the first time."""

    TOPIC: ClassVar[str] = "settlement.recorded"


@value
class SettlementRepeated(DeliveredLine):
    """The same entry (source, account, bank entry id) came again under another row id: rule U1."""

    TOPIC: ClassVar[str] = "settlement.repeated"


@value
class SettlementMarkedDuplicate:
    """The line repeats another one, by rule U2 or U3."""

    TOPIC: ClassVar[str] = "settlement.marked_duplicate"
    of: str
    rule: str


@value
class SettlementDuplicateCleared:
    """The line was found to be an entry of its own after all."""

    TOPIC: ClassVar[str] = "settlement.duplicate_cleared"
    reason: str


@value
class Allocation:
    """`amount`, in the line's currency, of `settlement` settles `payment`.

    `payment_amount` is the same in the payment's currency. Both are negative where money went back.
    """

    settlement: str
    payment: str
    amount: Money
    payment_amount: Money


@value
class Residual:
    """A named difference: `amount` is signed, so that allocations and residuals sum to the line.

    Kinds: docs/glossary.md.
    """

    kind: str
    amount: Money


@value
class SettlementAllocated:
    """The match, on the stream of its lowest settlement: the commit point, with its proof.

    `status` is "final", or "provisional" for a sum that could be an accident.
    """

    TOPIC: ClassVar[str] = "settlement.allocated"
    match_id: str
    rule: str
    evidence: EvidenceClass
    status: str
    allocations: tuple[Allocation, ...]
    residuals: tuple[Residual, ...]
    proof: Proof

    @property
    def settlements(self) -> tuple[str, ...]:
        """The streams of the match's lines, each once, in order of appearance."""
        return tuple(dict.fromkeys([allocation.settlement for allocation in self.allocations]))

    @property
    def payments(self) -> tuple[str, ...]:
        """The streams of the match's payments, each once, in order of appearance."""
        return tuple(dict.fromkeys([allocation.payment for allocation in self.allocations]))


@value
class SettlementFinalised:
    """What the match says from now on: it is final, or final by another rule than it was."""

    TOPIC: ClassVar[str] = "settlement.finalised"
    match_id: str
    rule: str
    evidence: EvidenceClass
    allocations: tuple[Allocation, ...]
    residuals: tuple[Residual, ...]
    proof: Proof

    @property
    def match(self) -> SettlementAllocated:
        """The match as it now stands."""
        return SettlementAllocated(
            match_id=self.match_id,
            rule=self.rule,
            evidence=self.evidence,
            status=FINAL,
            allocations=self.allocations,
            residuals=self.residuals,
            proof=self.proof,
        )


@value
class SettlementJoined:
    """The line belongs to the match that stands on the stream `home`."""

    TOPIC: ClassVar[str] = "settlement.joined"
    match_id: str
    home: str


@value
class SettlementAllocationReleased:
    """The line no longer belongs to the match, and why.

    `cause` is "contradiction" when a later fact spoke against the match, "person" when somebody
    undid it: what a person undid is not proposed again. "fallen" is a provisional match that what
    arrived later no longer bears out; `freed` are the payments that a provisional match reserved.
    """

    TOPIC: ClassVar[str] = "settlement.allocation_released"
    match_id: str
    reason: str
    cause: ReleaseCause = "person"
    freed: tuple[str, ...] = ()


@value
class Candidate:
    """A payment that could be meant, with what contradicts it (empty: nothing does)."""

    payment: str
    contradictions: tuple[str, ...] = ()


@value
class SettlementLeftOpen:
    """Nothing was proven for the line: why, with the candidates that were looked at.

    `candidates` holds at most LEFT_OPEN_CANDIDATES_MAX; `candidates_total` is their true number and
    `candidates_hash` the SHA-256 (hex) over all.
    """

    TOPIC: ClassVar[str] = "settlement.left_open"
    reason: str
    rule: str
    candidates: tuple[Candidate, ...]
    candidates_total: int
    candidates_hash: str


@value
class SettlementContradictionDetected:
    """A later fact speaks against a posted match (rule E10): what now stands against it."""

    TOPIC: ClassVar[str] = "settlement.contradiction_detected"
    match_id: str
    reason: str
    against: tuple[str, ...]


@value
class SettlementCancelled:
    """The line's source withdrew it, as void on `business_date`: it never settles anything."""

    TOPIC: ClassVar[str] = "settlement.cancelled"
    reason: str
    business_date: date


LEFT_OPEN_CANDIDATES_MAX = 20

SettlementFact = (
    SettlementRecorded
    | SettlementRepeated
    | SettlementMarkedDuplicate
    | SettlementDuplicateCleared
    | SettlementAllocated
    | SettlementFinalised
    | SettlementJoined
    | SettlementAllocationReleased
    | SettlementLeftOpen
    | SettlementContradictionDetected
    | SettlementCancelled
)


# State.


@value
class Settlement:
    """A line as decisions see it: its match, or what it repeats, or why it is open or void.

    `match` is there while the match `match_id` stands on this line's own stream.
    """

    line: DeliveredLine
    deliveries: tuple[DeliveredLine, ...]
    matches_made: int = 0
    match_id: str | None = None
    match: SettlementAllocated | None = None
    duplicate_of: str | None = None
    left_open: SettlementLeftOpen | None = None
    contradicted: tuple[str, ...] = ()
    cancelled: SettlementCancelled | None = None


def stream_of(
    *, source: str, account: str, bank_entry_id: str | None, booking_date: date, ordinal: str
) -> str:
    """The settlement's stream: by the bank's own entry id.

    Without one by the booking date and `ordinal`, the entry's place on that day.
    """
    entry = bank_entry_id if bank_entry_id is not None else f"{booking_date.isoformat()}#{ordinal}"
    return f"set:{source}:{account}:{entry}"


def evolve(settlement: Settlement | None, fact: SettlementFact) -> Settlement:
    """The settlement after `fact`. It only remembers: every stored fact is accepted."""
    if isinstance(fact, SettlementRecorded):
        return Settlement(line=fact, deliveries=(fact,))
    assert settlement is not None, "the first fact of a settlement is its recording"
    match fact:
        case SettlementRepeated():
            return replace(settlement, deliveries=(*settlement.deliveries, fact))
        case SettlementMarkedDuplicate():
            return replace(settlement, duplicate_of=fact.of, left_open=None)
        case SettlementDuplicateCleared():
            return replace(settlement, duplicate_of=None)
        case SettlementAllocated():
            return Settlement(
                line=settlement.line,
                deliveries=settlement.deliveries,
                matches_made=settlement.matches_made + 1,
                match_id=fact.match_id,
                match=fact,
                duplicate_of=settlement.duplicate_of,
                contradicted=settlement.contradicted,
                cancelled=settlement.cancelled,
            )
        case SettlementFinalised():
            return replace(settlement, match=fact.match)
        case SettlementJoined():
            return replace(settlement, match_id=fact.match_id, left_open=None)
        case SettlementAllocationReleased():
            return replace(settlement, match_id=None, match=None)
        case SettlementLeftOpen():
            return replace(settlement, left_open=fact)
        case SettlementContradictionDetected():
            contradicted = (*settlement.contradicted, fact.match_id)
            return replace(settlement, contradicted=contradicted)
        case SettlementCancelled():
            return replace(settlement, cancelled=fact, duplicate_of=None, left_open=None)
        case _:
            assert_never(fact)


# Decisions.


def record(
    settlement: Settlement | None, *, line: SettlementRecorded
) -> tuple[SettlementFact, ...]:
    """Note a delivered line.

    The same row again is nothing new; the same entry under another row id is a repeat (U1).
    """
    if settlement is None:
        return (line,)
    for known in settlement.deliveries:
        if known.settlement_id != line.settlement_id:
            continue
        differing = _differing_fields(known, line)
        if differing:
            raise SettlementIdReused(settlement_id=line.settlement_id, fields=differing)
        return ()
    values = {field.name: getattr(line, field.name) for field in fields(DeliveredLine)}
    return (SettlementRepeated(**values),)


def _differing_fields(known: DeliveredLine, other: DeliveredLine) -> tuple[str, ...]:
    # When it was received says something of the delivery, not of the entry.
    differing = fields_differing(known, other, kind=DeliveredLine)
    return tuple(name for name in differing if name != "received_at")


@value
class MatchTerms:
    """What a match says, before it has an id."""

    rule: str
    evidence: EvidenceClass
    status: str
    allocations: tuple[Allocation, ...]
    residuals: tuple[Residual, ...]
    proof: Proof


def next_match_id(settlement: Settlement, *, stream: str) -> str:
    """The id that the next match on this home stream gets."""
    return f"mat:{stream.removeprefix('set:')}:{settlement.matches_made + 1}"


def allocate(
    settlement: Settlement | None, *, stream: str, lines_minor: int, terms: MatchTerms
) -> tuple[SettlementFact, ...]:
    """Post a match on its home line; posting the same again is nothing new.

    `lines_minor` is the sum of all its lines' amounts, which the terms must explain. Raises
    `CurrencyMismatch` where a part of it is not in the line's currency.
    """
    state = _known(settlement)
    if state.match is not None and _terms_of(state.match) == terms:
        return ()
    _unmatched(settlement)
    _explained(state, lines_minor=lines_minor, terms=terms)
    fact = SettlementAllocated(
        match_id=next_match_id(state, stream=stream),
        rule=terms.rule,
        evidence=terms.evidence,
        status=terms.status,
        allocations=terms.allocations,
        residuals=terms.residuals,
        proof=terms.proof,
    )
    return (fact,)


def finalise(
    settlement: Settlement | None, *, match_id: str, lines_minor: int, terms: MatchTerms
) -> tuple[SettlementFact, ...]:
    """Make the line's match final on these terms; one that is final by that rule is nothing new.

    `terms.status` is "final". Raises MatchNotStanding where the line is in no such match, and what
    `allocate` raises.
    """
    state = _known(settlement)
    if state.match is None or state.match_id != match_id:
        raise MatchNotStanding(settlement_id=state.line.settlement_id, match_id=match_id)
    if state.match.status == FINAL and state.match.rule == terms.rule:
        return ()
    _explained(state, lines_minor=lines_minor, terms=terms)
    fact = SettlementFinalised(
        match_id=match_id,
        rule=terms.rule,
        evidence=terms.evidence,
        allocations=terms.allocations,
        residuals=terms.residuals,
        proof=terms.proof,
    )
    return (fact,)


def _explained(state: Settlement, *, lines_minor: int, terms: MatchTerms) -> None:
    parts = [part.amount for part in (*terms.allocations, *terms.residuals)]
    for amount in parts:
        if amount.currency != state.line.amount.currency:
            raise CurrencyMismatch(left=state.line.amount.currency, right=amount.currency)
    explained = sum(amount.minor for amount in parts)
    if explained != lines_minor:
        raise ResidualUnexplained(lines_minor=lines_minor, explained_minor=explained)


def _terms_of(match: SettlementAllocated) -> MatchTerms:
    return MatchTerms(
        rule=match.rule,
        evidence=match.evidence,
        status=match.status,
        allocations=match.allocations,
        residuals=match.residuals,
        proof=match.proof,
    )


def join(settlement: Settlement | None, *, match_id: str, home: str) -> tuple[SettlementFact, ...]:
    """Take part in a match that stands on another line's stream."""
    if settlement is not None and settlement.match_id == match_id:
        return ()
    _unmatched(settlement)
    return (SettlementJoined(match_id=match_id, home=home),)


def release(
    settlement: Settlement | None, *, match_id: str, reason: str, cause: ReleaseCause = "person"
) -> tuple[SettlementFact, ...]:
    """Leave a match; one that the line is not in is nothing new."""
    state = _known(settlement)
    if state.match_id != match_id:
        return ()
    reserved = state.match is not None and state.match.status == PROVISIONAL
    freed = state.match.payments if reserved and state.match else ()
    return (
        SettlementAllocationReleased(match_id=match_id, reason=reason, cause=cause, freed=freed),
    )


def contradict(
    settlement: Settlement | None, *, match_id: str, reason: str, against: tuple[str, ...]
) -> tuple[SettlementFact, ...]:
    """Note that a later fact speaks against the line's match; noting it twice is nothing new."""
    state = _known(settlement)
    if state.match_id != match_id or match_id in state.contradicted:
        return ()
    return (SettlementContradictionDetected(match_id=match_id, reason=reason, against=against),)


def leave_open(
    settlement: Settlement | None, *, verdict: SettlementLeftOpen
) -> tuple[SettlementFact, ...]:
    """Note why nothing was proven; the same verdict again is nothing new."""
    state = _unmatched(settlement)
    return () if state.left_open == verdict else (verdict,)


def mark_duplicate(
    settlement: Settlement | None, *, of: str, rule: str
) -> tuple[SettlementFact, ...]:
    """Note that the line repeats `of`; it settles nothing."""
    state = _known(settlement)
    if state.duplicate_of == of:
        return ()
    _free(state)
    return (SettlementMarkedDuplicate(of=of, rule=rule),)


def clear_duplicate(settlement: Settlement | None, *, reason: str) -> tuple[SettlementFact, ...]:
    """Note that the line is an entry of its own after all."""
    state = _known(settlement)
    return () if state.duplicate_of is None else (SettlementDuplicateCleared(reason=reason),)


def cancel(
    settlement: Settlement | None, *, reason: str, business_date: date
) -> tuple[SettlementFact, ...]:
    """Set the line aside for ever: its source booked it in error and declared it void.

    Refused while it is in a match; a line that is cancelled already is nothing new.
    """
    state = _known(settlement)
    if state.cancelled is not None:
        return ()
    _free(state)
    return (SettlementCancelled(reason=reason, business_date=business_date),)


def _known(settlement: Settlement | None) -> Settlement:
    if settlement is None:
        raise SettlementUnknown
    return settlement


def _unmatched(settlement: Settlement | None) -> Settlement:
    state = _free(_known(settlement))
    if state.duplicate_of is not None:
        raise SettlementIsDuplicate(settlement_id=state.line.settlement_id, of=state.duplicate_of)
    return state


def _free(state: Settlement) -> Settlement:
    settlement_id = state.line.settlement_id
    if state.match_id is not None:
        raise SettlementIsMatched(settlement_id=settlement_id, match_id=state.match_id)
    if state.cancelled is not None:
        since = state.cancelled.business_date
        raise SettlementIsCancelled(settlement_id=settlement_id, since=since)
    return state


# Refusals.
#
#   SettlementRefusal
#     SettlementUnknown · SettlementIdReused · SettlementIsMatched · SettlementIsDuplicate
#     SettlementIsCancelled · MatchNotStanding · ResidualUnexplained


@dataclass(unsafe_hash=True)
class SettlementRefusal(Refusal):
    """A decision about a settlement that was not taken, and why."""


@dataclass(unsafe_hash=True)
class SettlementUnknown(SettlementRefusal):
    """Nothing was recorded under this id."""


@dataclass(unsafe_hash=True, kw_only=True)
class SettlementIdReused(SettlementRefusal):
    """The row id belongs to a line with other content; `fields` names what differs."""

    settlement_id: str
    fields: tuple[str, ...]


@dataclass(unsafe_hash=True, kw_only=True)
class SettlementIsMatched(SettlementRefusal):
    """The line belongs to a match already."""

    settlement_id: str
    match_id: str


@dataclass(unsafe_hash=True, kw_only=True)
class SettlementIsDuplicate(SettlementRefusal):
    """The line repeats another one and settles nothing."""

    settlement_id: str
    of: str


@dataclass(unsafe_hash=True, kw_only=True)
class SettlementIsCancelled(SettlementRefusal):
    """The line's source declared it void on `since`; nothing can be matched with it."""

    settlement_id: str
    since: date


@dataclass(unsafe_hash=True, kw_only=True)
class MatchNotStanding(SettlementRefusal):
    """The line is not the home of that match, or no longer."""

    settlement_id: str
    match_id: str


@dataclass(unsafe_hash=True, kw_only=True)
class ResidualUnexplained(SettlementRefusal):
    """Allocations and residuals do not sum to the lines."""

    lines_minor: int
    explained_minor: int
