"""Why a payment, a line or a match is what it is: everything the facts say, as data.

`explain` reads the streams concerned; application/wording/explained.py turns its answer into
sentences. Personal fields are not in it: an `Evidence` says that the line shows the payer's
account, and the fact itself holds which.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final, Literal, TypeAlias

from application.lookup import Target, home_of
from application.ports import FactStore
from application.shown import (
    LineShown,
    PaymentShown,
    line_shown,
    line_state,
    lines_shown,
    names_in,
    payment_shown,
    payment_state,
    payments_shown,
)
from application.undoing import MatchUnknown, posted_in, released_by
from domain import payment
from domain.facts import Recorded
from domain.matching.verdicts import RETURN_RULES
from domain.money import Money
from domain.payment import Cancelled, PaymentReturnAnnounced, PaymentUnknown
from domain.settlement import (
    PROVISIONAL,
    Candidate,
    ReleaseCause,
    Settlement,
    SettlementAllocated,
    SettlementCancelled,
    SettlementContradictionDetected,
    SettlementJoined,
    SettlementLeftOpen,
    SettlementMarkedDuplicate,
    SettlementUnknown,
)

SHOWN_MAX: Final = 200
"""Payments, and lines, of one match that are read to be shown; a payout may have thousands."""

PaymentStatus = Literal["expected", "partly_settled", "settled", "cancelled"]
LineStatus = Literal["unjudged", "open", "matched", "duplicate", "cancelled"]
Contenders = Callable[[str], Iterable[str]]
"""From a payment to the open lines that name it as a candidate."""


# What is explained.


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a match ended: the fact, whose word it was, and why."""

    fact_id: str
    cause: ReleaseCause
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MatchExplained:
    """A match with its proof, as posted by the fact `fact_id`.

    `lines` and `payments` show its items, SHOWN_MAX of each at most; `posted` names all. The
    equation is: the lines' amounts = the allocations + the residuals. `alternatives` counts the
    candidates that were ruled out.
    """

    match_id: str
    fact_id: str
    recorded_at_ms: int
    posted: SettlementAllocated
    lines: tuple[LineShown, ...]
    payments: tuple[PaymentShown, ...]
    contradicted: SettlementContradictionDetected | None
    ended: Ended | None
    names: Mapping[str, str]

    @property
    def alternatives(self) -> int:
        """Candidates of the proof that the match did not choose."""
        return self.posted.proof.candidates - len(self.posted.payments)

    @property
    def is_return(self) -> bool:
        """Whether money went back."""
        return self.posted.rule in RETURN_RULES

    @property
    def is_provisional(self) -> bool:
        """Whether it settles nothing yet."""
        return self.posted.status == PROVISIONAL


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """An open line that could pay the payment, why it is open, and what contradicts the pair."""

    line: LineShown
    reason: str
    rule: str
    contradictions: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentExplained:
    """A payment: what settles it, what went back, what was undone; and, while open, who contends.

    `reason` is there while money is open: "pending" or "missing", by the day `as_of`. `announced`
    are returns that somebody said would come, those that came among them.
    """

    shown: PaymentShown
    status: PaymentStatus
    open: Money
    returned: Money
    settled_by: tuple[MatchExplained, ...]
    returns: tuple[MatchExplained, ...]
    former: tuple[MatchExplained, ...]
    contenders: tuple[Contender, ...] = ()
    reason: Literal["pending", "missing"] | None = None
    announced: tuple[PaymentReturnAnnounced, ...] = ()
    cancelled_since: date | None = None
    cancelled_because: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repeats:
    """What a duplicate repeats, and the rule that says so."""

    of: LineShown
    rule: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Unproven:
    """Why a line is open: reason, the rule that refused, and the candidates that were looked at."""

    reason: str
    rule: str
    candidates: tuple[Candidate, ...]
    candidates_total: int
    names: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LineExplained:
    """A line: its match, or what it repeats, or why it is open or void; and what was undone."""

    shown: LineShown
    status: LineStatus
    match: MatchExplained | None = None
    repeats: Repeats | None = None
    unproven: Unproven | None = None
    cancelled: SettlementCancelled | None = None
    former: tuple[MatchExplained, ...] = ()


Explanation: TypeAlias = PaymentExplained | LineExplained | MatchExplained


def explain(
    facts: FactStore,
    target: Target,
    *,
    as_of: date | None = None,
    contenders: Contenders | None = None,
) -> Explanation:
    """Why the target is what it is now.

    `as_of` says whether an open payment is late; without it, it is pending. `contenders` finds the
    open lines that name a payment; without it the whole store is read for them.
    Raises PaymentUnknown, SettlementUnknown, MatchUnknown; and ValueError for another kind.
    """
    match target.kind:
        case "payment":
            return _payment(facts, target.stream, as_of, contenders)
        case "settlement":
            return _line(facts, target.stream)
        case "match":
            found = _matches(facts, [target.id])
            if not found:
                raise MatchUnknown(match_id=target.id)
            return found[0]
        case _:
            raise ValueError(f"nothing to explain about a {target.kind}: its history says it all")


# A payment.


def _payment(
    facts: FactStore, stream: str, as_of: date | None, contenders: Contenders | None
) -> PaymentExplained:
    known = facts.stream(stream)
    state = payment_state(known)
    if state is None:
        raise PaymentUnknown
    shown = payment_shown(stream, state)
    everything = _matches(facts, _match_ids(known))
    standing = [match for match in everything if match.ended is None]
    if isinstance(state, Cancelled):
        return PaymentExplained(
            shown=shown,
            status="cancelled",
            open=Money(0, shown.amount.currency),
            returned=Money(0, shown.amount.currency),
            settled_by=(),
            returns=(),
            former=tuple(everything),
            cancelled_since=state.since,
            cancelled_because=state.reason,
        )
    is_open = state.open_minor > 0
    late = as_of is not None and as_of > shown.last_day
    return PaymentExplained(
        shown=shown,
        status=_payment_status(state),
        open=Money(state.open_minor, shown.amount.currency),
        returned=Money(state.returned_minor, shown.amount.currency),
        settled_by=tuple(match for match in standing if not match.is_return),
        returns=tuple(match for match in standing if match.is_return),
        former=tuple(match for match in everything if match.ended is not None),
        contenders=_contenders(facts, stream, contenders) if is_open else (),
        reason=("missing" if late else "pending") if is_open else None,
        announced=state.announced,
    )


_ON_PAYMENTS: Final = (payment.PaymentAllocated, payment.PaymentReturned)
_OF_A_MATCH: Final = (*_ON_PAYMENTS, SettlementAllocated, SettlementJoined)


def _payment_status(state: payment.Expected) -> PaymentStatus:
    if state.open_minor <= 0:
        return "settled"
    return "partly_settled" if state.allocations else "expected"


def _match_ids(known: Iterable[Recorded]) -> list[str]:
    facts = (recorded.fact for recorded in known)
    return list(dict.fromkeys(fact.match_id for fact in facts if isinstance(fact, _OF_A_MATCH)))


def _contenders(
    facts: FactStore, stream: str, contenders: Contenders | None
) -> tuple[Contender, ...]:
    lines = sorted((contenders or contenders_in(facts))(stream))
    found: list[Contender] = []
    for line, known in sorted(facts.streams(lines).items()):
        state = line_state(known)
        if state is None or state.left_open is None:
            continue
        found += [
            Contender(
                line=line_shown(line, state),
                reason=state.left_open.reason,
                rule=state.left_open.rule,
                contradictions=candidate.contradictions,
            )
            for candidate in state.left_open.candidates
            if candidate.payment == stream
        ]
    return tuple(found)


def contenders_in(facts: FactStore) -> Contenders:
    """Contenders found by reading every fact once; a verdict names 20 of its candidates at most."""

    def lines_of(stream: str) -> list[str]:
        found: dict[str, None] = {}
        for recorded in facts.facts(sealed=True):
            fact = recorded.fact
            if isinstance(fact, SettlementLeftOpen):
                found.pop(recorded.stream, None)
                if any(candidate.payment == stream for candidate in fact.candidates):
                    found[recorded.stream] = None
        return list(found)

    return lines_of


# A line.


def _line(facts: FactStore, stream: str) -> LineExplained:
    known = facts.stream(stream)
    state = line_state(known)
    if state is None:
        raise SettlementUnknown
    everything = _matches(facts, _match_ids(known))
    return LineExplained(
        shown=line_shown(stream, state),
        status=line_status(state),
        match=next((match for match in everything if match.match_id == state.match_id), None),
        repeats=_repeats(facts, known, state),
        unproven=_unproven(facts, state.left_open),
        cancelled=state.cancelled,
        former=tuple(match for match in everything if match.match_id != state.match_id),
    )


def line_status(state: Settlement) -> LineStatus:
    """What a line is now, in one word."""
    if state.cancelled is not None:
        return "cancelled"
    if state.match_id is not None:
        return "matched"
    if state.duplicate_of is not None:
        return "duplicate"
    return "unjudged" if state.left_open is None else "open"


def _repeats(facts: FactStore, known: Sequence[Recorded], state: Settlement) -> Repeats | None:
    if state.duplicate_of is None:
        return None
    original = line_state(facts.stream(state.duplicate_of))
    if original is None:
        return None
    marks = [one.fact for one in known if isinstance(one.fact, SettlementMarkedDuplicate)]
    return Repeats(of=line_shown(state.duplicate_of, original), rule=marks[-1].rule)


def _unproven(facts: FactStore, verdict: SettlementLeftOpen | None) -> Unproven | None:
    if verdict is None:
        return None
    return Unproven(
        reason=verdict.reason,
        rule=verdict.rule,
        candidates=verdict.candidates,
        candidates_total=verdict.candidates_total,
        names=names_in(facts.streams({candidate.payment for candidate in verdict.candidates})),
    )


# A match.


def _matches(facts: FactStore, match_ids: Sequence[str]) -> list[MatchExplained]:
    """The matches of these ids that were ever posted."""
    homes = facts.streams({home_of(match_id) for match_id in match_ids})
    found: list[MatchExplained] = []
    for match_id in match_ids:
        home = homes.get(home_of(match_id), ())
        posted = posted_in(home, match_id=match_id)
        if posted is not None:
            found.append(_match(facts, home, *posted))
    return found


def _match(
    facts: FactStore, home: Sequence[Recorded], recorded: Recorded, posted: SettlementAllocated
) -> MatchExplained:
    payments = list(islice(posted.payments, SHOWN_MAX))
    lines = list(islice(posted.settlements, SHOWN_MAX))
    ruled_out = [one.payment for one in islice(posted.proof.eliminated, SHOWN_MAX)]
    sums = posted.proof.sums
    searched = (*sums.chosen, *sums.corroborated_by) if sums else ()
    known = facts.streams({*payments, *lines, *ruled_out, *searched})
    return MatchExplained(
        match_id=posted.match_id,
        fact_id=recorded.fact_id,
        recorded_at_ms=recorded.recorded_at_ms,
        posted=posted,
        lines=tuple(lines_shown(known, lines)),
        payments=tuple(payments_shown(known, payments)),
        contradicted=_contradicted(home, posted.match_id),
        ended=_ended(home, posted.match_id),
        names=names_in(known),
    )


def _contradicted(
    home: Iterable[Recorded], match_id: str
) -> SettlementContradictionDetected | None:
    facts = (one.fact for one in home if isinstance(one.fact, SettlementContradictionDetected))
    return next((fact for fact in facts if fact.match_id == match_id), None)


def _ended(home: Sequence[Recorded], match_id: str) -> Ended | None:
    found = released_by(home, match_id=match_id)
    if found is None:
        return None
    recorded, fact = found
    actor = recorded.context.actor
    return Ended(fact_id=recorded.fact_id, cause=fact.cause, actor=actor, reason=fact.reason)
