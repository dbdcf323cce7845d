"""A payment: money that the bank expects for a merchant, and what became of it.

    ── register ──▶ Expected ── cancel ──▶ Cancelled
                     │    ▲
                     └────┘ allocate, release, announce_return, record_return, release_return

Laws
    The allocations of a payment never exceed its amount; neither do its returns, nor those that are
    announced: an announcement moves no money, it is what somebody said.
    Repeating a decision changes nothing; a contradiction is refused with ids and amounts.
    What was allocated can be released, and only what was allocated.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar, Literal, TypeVar, assert_never

from domain.calendar import same_instant
from domain.errors import Refusal
from domain.facts import PersonalText, fields_differing
from domain.money import Money
from domain.values import value

Method = Literal["transfer", "debin", "wallet", "card", "qr"]
GROUP_METHODS: frozenset[str] = frozenset(("card", "qr"))
"""Methods that an acquirer pays out in groups; the others are credited one by one."""

ReturnKind = Literal["reversal", "refund", "chargeback"]


# Facts. Topics and field names are storage format: they only ever gain optional fields or new
# versions.


@value
class PaymentRegistered:
    """The bank expects `amount` for a merchant.

    `payment_id` is the source system's own id; `created_at` is an instant as the source wrote it,
    `local_day` the same instant's day at −03:00.
    """

    TOPIC: ClassVar[str] = "payment.registered"
    payment_id: str
    source: str
    merchant_id: str
    amount: Money
    method: Method
    created_at: str
    local_day: date
    expected_value_date: date
    reference: str | None
    end_to_end_id: str | None
    payer_name: PersonalText
    payer_account: PersonalText
    payer_tax_id: PersonalText
    received_at: str | None


@value
class PaymentAllocated:
    """`amount`, in the payment's currency, was found to have arrived with `settlements`."""

    TOPIC: ClassVar[str] = "payment.allocated"
    match_id: str
    amount: Money
    settlements: tuple[str, ...]


@value
class PaymentAllocationReleased:
    """An allocation was taken back, by a person or because a later fact contradicted it."""

    TOPIC: ClassVar[str] = "payment.allocation_released"
    match_id: str
    reason: str


@value
class PaymentReturnAnnounced:
    """Somebody said that `amount` (positive) goes back; that it did, only a settlement shows.

    `announcement_id` is their own id of the return, `reason` a code such as "AC04".
    """

    TOPIC: ClassVar[str] = "payment.return_announced"
    announcement_id: str
    amount: Money
    reason: str | None
    business_date: date


@value
class PaymentReturned:
    """`amount` (positive) went back: a reversal, a refund or a chargeback."""

    TOPIC: ClassVar[str] = "payment.returned"
    match_id: str
    kind: ReturnKind
    amount: Money
    settlement: str


@value
class PaymentReturnReleased:
    """A return was found not to belong to this payment."""

    TOPIC: ClassVar[str] = "payment.return_released"
    match_id: str
    reason: str


@value
class PaymentCancelled:
    """The bank no longer expects this payment."""

    TOPIC: ClassVar[str] = "payment.cancelled"
    reason: str
    business_date: date


PaymentFact = (
    PaymentRegistered
    | PaymentAllocated
    | PaymentAllocationReleased
    | PaymentReturnAnnounced
    | PaymentReturned
    | PaymentReturnReleased
    | PaymentCancelled
)


# State: what decisions need to know, and no more.


@value
class Expected:
    """A payment that may be matched: what is allocated to it and what went back, by match id.

    `announced` are returns that somebody said would come.
    """

    registered: PaymentRegistered
    allocations: Mapping[str, PaymentAllocated]
    returns: Mapping[str, PaymentReturned]
    announced: tuple[PaymentReturnAnnounced, ...] = ()

    @property
    def allocated_minor(self) -> int:
        """Minor units allocated so far."""
        minor = 0
        for fact in self.allocations.values():  # a loop: most often there is one, or none
            minor += fact.amount.minor
        return minor

    @property
    def returned_minor(self) -> int:
        """Minor units that went back."""
        return sum(fact.amount.minor for fact in self.returns.values())

    @property
    def announced_minor(self) -> int:
        """Minor units that are said to go back, whether they did or not."""
        return sum(fact.amount.minor for fact in self.announced)

    @property
    def open_minor(self) -> int:
        """Minor units still expected."""
        return self.registered.amount.minor - self.allocated_minor


@value
class Cancelled:
    """A payment that is no longer expected, since `since`; no match stands on it."""

    registered: PaymentRegistered
    since: date
    reason: str


Payment = Expected | Cancelled
Matched = TypeVar("Matched", PaymentAllocated, PaymentReturned)


def stream_of(*, source: str, payment_id: str) -> str:
    """The payment's stream: from business keys, so that a repeated creation meets itself."""
    return f"pay:{source}:{payment_id}"


def evolve(payment: Payment | None, fact: PaymentFact) -> Payment:
    """The payment after `fact`. It only remembers: every stored fact is accepted."""
    match fact:
        case PaymentRegistered():
            return Expected(registered=fact, allocations={}, returns={})
        case PaymentAllocated():
            state = _existing(payment)
            return Expected(
                registered=state.registered,
                allocations={**state.allocations, fact.match_id: fact},
                returns=state.returns,
                announced=state.announced,
            )
        case PaymentAllocationReleased():
            state = _existing(payment)
            return replace(state, allocations=_without(state.allocations, fact.match_id))
        case PaymentReturnAnnounced():
            state = _existing(payment)
            return replace(state, announced=(*state.announced, fact))
        case PaymentReturned():
            state = _existing(payment)
            return replace(state, returns={**state.returns, fact.match_id: fact})
        case PaymentReturnReleased():
            state = _existing(payment)
            return replace(state, returns=_without(state.returns, fact.match_id))
        case PaymentCancelled():
            registered = _existing(payment).registered
            return Cancelled(registered=registered, since=fact.business_date, reason=fact.reason)
        case _:
            assert_never(fact)


def _existing(payment: Payment | None) -> Expected:
    assert isinstance(payment, Expected), (
        "the store never holds a fact that its decision could not have taken"
    )
    return payment


def _without(facts: Mapping[str, Matched], match_id: str) -> dict[str, Matched]:
    return {key: fact for key, fact in facts.items() if key != match_id}


# Decisions: what may happen now.


def register(
    payment: Payment | None, *, registration: PaymentRegistered
) -> tuple[PaymentFact, ...]:
    """Expect a payment. The same registration again is nothing new, whenever it comes."""
    match payment:
        case None:
            return (registration,)
        case Expected() | Cancelled():
            differing = _differing_fields(payment.registered, registration)
            if differing:
                raise PaymentIdReused(payment_id=registration.payment_id, fields=differing)
            return ()
        case _:
            assert_never(payment)


def _differing_fields(known: PaymentRegistered, other: PaymentRegistered) -> tuple[str, ...]:
    # When it was received says something of the delivery, not of the payment.
    apart = {"received_at"}
    # One instant may be written in two zones.
    if same_instant(known.created_at, other.created_at):
        apart.add("created_at")
    differing = fields_differing(known, other, kind=PaymentRegistered)
    return tuple(name for name in differing if name not in apart)


def allocate(
    payment: Payment | None, *, match_id: str, amount: Money, settlements: tuple[str, ...]
) -> tuple[PaymentFact, ...]:
    """Allocate `amount` (positive, in the payment's currency), within what is open."""
    state = _expected(payment)
    fact = PaymentAllocated(match_id=match_id, amount=amount, settlements=settlements)
    known = state.allocations.get(match_id)
    if known == fact:
        return ()
    if known is not None:
        raise MatchIdReused(match_id=match_id)
    if amount.currency != state.registered.amount.currency or not (
        0 < amount.minor <= state.open_minor
    ):
        raise AllocationExceedsPayment(
            payment_id=state.registered.payment_id, amount=amount, open_minor=state.open_minor
        )
    return (fact,)


def release(payment: Payment | None, *, match_id: str, reason: str) -> tuple[PaymentFact, ...]:
    """Take an allocation back; one that is not there is nothing new."""
    if isinstance(payment, Cancelled) or match_id not in _expected(payment).allocations:
        return ()
    return (PaymentAllocationReleased(match_id=match_id, reason=reason),)


def announce_return(
    payment: Payment | None, *, announcement: PaymentReturnAnnounced
) -> tuple[PaymentFact, ...]:
    """Note that money is said to go back; what is announced in all stays within the payment.

    The same announcement again is nothing new.
    """
    state = _expected(payment)
    if announcement in state.announced:
        return ()
    payment_id, total = state.registered.payment_id, state.registered.amount
    if any(each.announcement_id == announcement.announcement_id for each in state.announced):
        raise AnnouncementIdReused(
            payment_id=payment_id, announcement_id=announcement.announcement_id
        )
    amount, left = announcement.amount, total.minor - state.announced_minor
    if amount.currency != total.currency or not 0 < amount.minor <= left:
        raise ReturnExceedsPayment(payment_id=payment_id, amount=amount, left_minor=left)
    return (announcement,)


def record_return(
    payment: Payment | None, *, match_id: str, kind: ReturnKind, amount: Money, settlement: str
) -> tuple[PaymentFact, ...]:
    """Note that `amount` (positive) went back; the returns of a payment stay within its amount."""
    state = _expected(payment)
    fact = PaymentReturned(match_id=match_id, kind=kind, amount=amount, settlement=settlement)
    known = state.returns.get(match_id)
    if known == fact:
        return ()
    if known is not None:
        raise MatchIdReused(match_id=match_id)
    total = state.registered.amount
    left = total.minor - state.returned_minor
    if amount.currency != total.currency or not 0 < amount.minor <= left:
        raise ReturnExceedsPayment(
            payment_id=state.registered.payment_id, amount=amount, left_minor=left
        )
    return (fact,)


def release_return(
    payment: Payment | None, *, match_id: str, reason: str
) -> tuple[PaymentFact, ...]:
    """Take a return back; one that is not there is nothing new."""
    if isinstance(payment, Cancelled) or match_id not in _expected(payment).returns:
        return ()
    return (PaymentReturnReleased(match_id=match_id, reason=reason),)


def cancel(payment: Payment | None, *, reason: str, business_date: date) -> tuple[PaymentFact, ...]:
    """Stop expecting the payment; refused while a match allocates to it or takes from it."""
    match payment:
        case None:
            raise PaymentUnknown
        case Cancelled():
            return ()
        case Expected():
            matches = (*payment.allocations, *payment.returns)
            if matches:
                raise PaymentHasAllocations(
                    payment_id=payment.registered.payment_id, matches=matches
                )
            return (PaymentCancelled(reason=reason, business_date=business_date),)
        case _:
            assert_never(payment)


def _expected(payment: Payment | None) -> Expected:
    match payment:
        case Expected():
            return payment
        case None:
            raise PaymentUnknown
        case Cancelled():
            raise PaymentIsCancelled(payment_id=payment.registered.payment_id, since=payment.since)
        case _:
            assert_never(payment)


# Refusals: what a caller may expect. They carry data; the edge finds the words.
#
#   PaymentRefusal
#     PaymentUnknown · PaymentIdReused · PaymentIsCancelled · PaymentHasAllocations
#     AllocationExceedsPayment · ReturnExceedsPayment · MatchIdReused · AnnouncementIdReused


@dataclass(unsafe_hash=True)
class PaymentRefusal(Refusal):
    """A decision about a payment that was not taken, and why."""


@dataclass(unsafe_hash=True)
class PaymentUnknown(PaymentRefusal):
    """Nothing was registered under this id."""


@dataclass(unsafe_hash=True, kw_only=True)
class PaymentIdReused(PaymentRefusal):
    """The id belongs to a payment with other content; `fields` names what differs."""

    payment_id: str
    fields: tuple[str, ...]


@dataclass(unsafe_hash=True, kw_only=True)
class PaymentIsCancelled(PaymentRefusal):
    """The payment has not been expected since `since`."""

    payment_id: str
    since: date


@dataclass(unsafe_hash=True, kw_only=True)
class PaymentHasAllocations(PaymentRefusal):
    """Money was allocated to the payment, or went back; release the matches first."""

    payment_id: str
    matches: tuple[str, ...]


@dataclass(unsafe_hash=True, kw_only=True)
class AllocationExceedsPayment(PaymentRefusal):
    """Only `open_minor` of the payment was open, or the currency is another one."""

    payment_id: str
    amount: Money
    open_minor: int


@dataclass(unsafe_hash=True, kw_only=True)
class ReturnExceedsPayment(PaymentRefusal):
    """Only `left_minor` of the payment could still go back, or the currency is another one."""

    payment_id: str
    amount: Money
    left_minor: int


@dataclass(unsafe_hash=True, kw_only=True)
class MatchIdReused(PaymentRefusal):
    """The match id stands for another amount, or other settlements, on this payment."""

    match_id: str


@dataclass(unsafe_hash=True, kw_only=True)
class AnnouncementIdReused(PaymentRefusal):
    """The id of an announced return stands for another one on this payment."""

    payment_id: str
    announcement_id: str
