"""One attempt at a file of orders: each decided by its payment's aggregate, and answered."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from application.batch import InputRefused, SourceFile
from application.payment_orders import (
    ASIDE,
    NOTED,
    REJECTED,
    Answer,
    Cancel,
    Fault,
    Faulty,
    Order,
    Original,
    Register,
    Report,
    Return,
    Status,
)
from application.ports import Commit, FactStore
from application.registry import Registry
from domain import merchant, payment
from domain.errors import Refusal
from domain.facts import Context, Fact, Recorded
from domain.payment import PaymentCancelled, PaymentRegistered, PaymentReturnAnnounced

STREAMS_PER_READ_MAX: Final = 10_000
"""Streams that are read at a time."""

HASH_DIGITS: Final = 16
"""Hexadecimal digits of a file's hash in the ids of commands that have none of their own."""

TYPES: Final = frozenset(
    (
        "amount-not-a-string",
        "card-number-in-text",
        "currency-unknown",
        "date-in-future",
        "unknown-field",
    )
)
"""Faults that are reasons by themselves; all others are an invalid request."""

REFUSED: Final[Mapping[type[Refusal], str]] = {
    payment.PaymentIdReused: "contradicts-history",
    payment.AnnouncementIdReused: "contradicts-history",
    payment.ReturnExceedsPayment: "return-exceeds-payment",
}
"""Why a decision was not taken, where it is not the payment's state."""

Reasons = Callable[[Refusal], str]


@dataclass(frozen=True, slots=True)
class _Followed:
    """What a command was recorded as; `again`: its next answer is that of a repeat."""

    stream: str
    fact: Fact
    fact_id: str
    again: bool


class Deciding:
    """What is stored of a file's payments, moving on with every order; `commits` is what is new."""

    def __init__(
        self,
        facts: FactStore,
        file: SourceFile,
        orders: Sequence[Order],
        *,
        actor: str,
        reason_of: Reasons,
        authority: str = "import",
        searching: bool = True,
    ) -> None:
        """`searching` looks through all that is stored for what only an end-to-end id names."""
        self._authority = authority
        self.commits: list[Commit] = []
        self._file = file
        self._actor = actor
        self._reason_of = reason_of
        self._registry = Registry()
        self._recorded: dict[tuple[str, str], Recorded] = {}
        self._followed: dict[str, _Followed] = {}
        self._take_in(facts, self._streams(orders))
        self._named = _named(facts, orders, self._unfound(orders)) if searching else {}
        self._take_in(facts, (each for some in self._named.values() for each in some))

    def _take_in(self, facts: FactStore, streams: Iterable[str]) -> None:
        every = [each for each in dict.fromkeys(streams) if each not in self._registry.states]
        for at in range(0, len(every), STREAMS_PER_READ_MAX):
            for some in facts.streams(every[at : at + STREAMS_PER_READ_MAX]).values():
                for recorded in some:
                    key = recorded.stream, recorded.context.command_id
                    self._recorded.setdefault(key, recorded)
                self._registry.apply_all(some)

    def _unfound(self, orders: Sequence[Order]) -> set[str]:
        """End-to-end ids of payments that their other ids do not find: they cost a search."""
        found = self._registry.states.keys() | {
            _stream(order.source, order.body.registration.payment_id)
            for order in orders
            if isinstance(order.body, Register)
        }
        return {
            order.body.original.end_to_end_id
            for order in orders
            if isinstance(order.body, Report | Return)
            and order.body.original.end_to_end_id is not None
            and found.isdisjoint(_direct(order.source, order.body.original))
        }

    def _streams(self, orders: Sequence[Order]) -> Iterator[str]:
        for order in orders:
            match order.body:
                case Register(registration=made):
                    yield _stream(order.source, made.payment_id)
                    yield merchant.stream_of(source=order.source, code=made.merchant_id)
                case Cancel(payment_id=payment_id):
                    yield _stream(order.source, payment_id)
                case Report(original=original) | Return(original=original):
                    yield from _direct(order.source, original)
                case Faulty():
                    pass

    # Answers

    def answer(self, order: Order) -> Answer:
        """What the order comes to. Raises InputRefused where it may not be left out."""
        answer = self._decided(order)
        if answer.status in ASIDE and not order.stands_alone:
            reason = f"{answer.reason}: {answer.words}"
            raise InputRefused(file=self._file.name, place=order.place, reason=reason)
        return answer

    def _decided(self, order: Order) -> Answer:
        match order.body:
            case Register():
                return self._registered(order, order.body.registration)
            case Cancel(payment_id=payment_id, reason=reason, business_date=day):
                stream = _stream(order.source, payment_id)
                return self._cancelled(order, stream, reason=reason, day=day)
            case Report():
                return self._reported(order, order.body)
            case Return():
                return self._returned(order, order.body)
            case Faulty(faults=faults):
                return _refused_fields(order, faults)

    def _registered(self, order: Order, made: PaymentRegistered) -> Answer:
        stream = _stream(order.source, made.payment_id)
        code = merchant.stream_of(source=order.source, code=made.merchant_id)
        if code not in self._registry.states:
            words = "the merchant is not registered in this store"
            return _answer(order, "refused", stream, reason="merchant-unknown", words=words)
        return self._follow(
            order,
            stream,
            lambda: payment.register(self._registry.payment(stream), registration=made),
            at=made.created_at,
            same=lambda fact: isinstance(fact, PaymentRegistered) and _is_same(fact, made),
        )

    def _cancelled(self, order: Order, stream: str, *, reason: str, day: date) -> Answer:
        if stream not in self._registry.states:
            return _waiting_for_payment(order)
        return self._follow(
            order,
            stream,
            lambda: payment.cancel(
                self._registry.payment(stream), reason=reason, business_date=day
            ),
            at=day.isoformat(),
            same=lambda fact: fact == PaymentCancelled(reason=reason, business_date=day),
        )

    def _reported(self, order: Order, report: Report) -> Answer:
        if report.status in NOTED:
            return _answer(order, "noted", None, reason=report.status)
        if report.original == Original():
            words = f"{report.status} of a whole message, without the ids of its payments"
            return _answer(order, "refused", None, reason="payments-not-named", words=words)
        if report.status not in REJECTED:
            words = f"the status {report.status} is not known"
            return _answer(order, "refused", None, reason="status-unknown", words=words)
        found = self._original(order, report.original)
        if isinstance(found, Answer):
            return found
        why = f"{REJECTED[report.status]}: {report.reason or 'no reason given'}"
        return self._cancelled(order, found, reason=why, day=report.business_date)

    def _returned(self, order: Order, said: Return) -> Answer:
        found = self._original(order, said.original)
        if isinstance(found, Answer):
            return found
        announcement = PaymentReturnAnnounced(
            announcement_id=said.return_id or order.command_id or "",
            amount=said.amount,
            reason=said.reason,
            business_date=said.business_date,
        )
        return self._follow(
            order,
            found,
            lambda: payment.announce_return(
                self._registry.payment(found), announcement=announcement
            ),
            at=said.business_date.isoformat(),
            same=lambda fact: fact == announcement,
        )

    def _original(self, order: Order, original: Original) -> str | Answer:
        """The stream of the payment that is meant, or the answer that none can be."""
        known = [each for each in _direct(order.source, original) if each in self._registry.states]
        found = known[:1] or list(self._now_named(original.end_to_end_id))
        if not found:
            return _waiting_for_payment(order)
        if len(found) > 1:
            words = f"{len(found)} payments have this end-to-end id"
            return _answer(order, "refused", None, reason="payment-ambiguous", words=words)
        state = self._registry.payment(found[0])
        said, wanted = state and state.registered.end_to_end_id, original.end_to_end_id
        if said is not None and wanted is not None and said != wanted:
            words = "the payment has another end-to-end id"
            return _answer(order, "refused", found[0], reason="contradicts-history", words=words)
        return found[0]

    def _now_named(self, end_to_end_id: str | None) -> Iterator[str]:
        """Payments with this end-to-end id: of the store, and of this file before this order."""
        if end_to_end_id is not None:
            for stream in self._named.get(end_to_end_id, ()):
                if stream in self._registry.states:
                    yield stream

    def _follow(
        self,
        order: Order,
        stream: str,
        decide: Callable[[], tuple[Fact, ...]],
        *,
        at: str,
        same: Callable[[Fact], bool],
    ) -> Answer:
        """Decide and commit; an order that was followed before is answered as it was then."""
        assert order.command_id is not None, "whoever has no id is faulty"
        before = self._before(stream, order.command_id)
        if before is not None and (before.stream != stream or not same(before.fact)):
            words = "the command id stands for another command"
            return _answer(order, "refused", stream, reason="idempotency-key-reused", words=words)
        if before is not None:
            self._followed[order.command_id] = replace(before, again=True)
            status = "repeated" if before.again else "accepted"
            return _answer(order, status, stream, facts=(before.fact_id,))
        try:
            facts = decide()
        except Refusal as refusal:
            reason = REFUSED.get(type(refusal), "not-in-this-state")
            words = self._reason_of(refusal)
            return _answer(order, "refused", stream, reason=reason, words=words)
        if not facts:
            return _answer(order, "repeated", stream)
        commit = self._commit(order.command_id, stream, facts, at)
        self.commits.append(commit)
        fact_id = f"{stream}@{commit.expected_version + 1}"
        self._followed[order.command_id] = _Followed(stream, facts[0], fact_id, again=True)
        return _answer(order, "accepted", stream, facts=(fact_id,))

    def _before(self, stream: str, command_id: str) -> _Followed | None:
        """How the command was followed before, by this file or an earlier one."""
        known = self._recorded.get((stream, command_id))
        if command_id in self._followed or known is None:
            return self._followed.get(command_id)
        again = self._file.sha256 not in known.context.sources
        return _Followed(stream, known.fact, known.fact_id, again=again)

    def _commit(self, command_id: str, stream: str, facts: tuple[Fact, ...], at: str) -> Commit:
        context = Context(
            command_id=command_id,
            correlation_id=f"{self._authority}:{self._file.sha256[:HASH_DIGITS]}",
            actor=self._actor,
            authority=self._authority,
            sources=(self._file.sha256,),
        )
        return self._registry.commit(stream, facts, business_time=at, context=context)


def _stream(source: str, payment_id: str) -> str:
    return payment.stream_of(source=source, payment_id=payment_id)


def _direct(source: str, original: Original) -> list[str]:
    """Streams that the ids name by themselves, the surest first."""
    ids = (original.uetr, original.tx_id, original.end_to_end_id)
    return [_stream(source, each) for each in ids if each is not None]


def _named(
    facts: FactStore, orders: Sequence[Order], wanted: set[str]
) -> dict[str, tuple[str, ...]]:
    """Payments with these end-to-end ids, stored or of this very file."""
    if not wanted:
        return {}
    found: dict[str, dict[str, None]] = {}
    for recorded in facts.written(sealed=True):
        fact = recorded.fact
        if isinstance(fact, PaymentRegistered) and fact.end_to_end_id in wanted:
            found.setdefault(fact.end_to_end_id or "", {})[recorded.stream] = None
    for order in orders:
        if isinstance(order.body, Register):
            made = order.body.registration
            if made.end_to_end_id in wanted:
                stream = _stream(order.source, made.payment_id)
                found.setdefault(made.end_to_end_id or "", {})[stream] = None
    return {key: tuple(streams) for key, streams in found.items()}


def _is_same(known: PaymentRegistered, other: PaymentRegistered) -> bool:
    """Whether the second registers the first again, as the domain has it."""
    state = payment.Expected(registered=known, allocations={}, returns={})
    try:
        return not payment.register(state, registration=other)
    except payment.PaymentIdReused:
        return False


def _answer(
    order: Order,
    status: Status,
    stream: str | None,
    *,
    reason: str | None = None,
    words: str | None = None,
    facts: tuple[str, ...] = (),
) -> Answer:
    return Answer(
        place=order.place,
        command_id=order.command_id,
        payment=stream,
        status=status,
        reason=reason,
        words=words,
        facts=facts,
    )


def _waiting_for_payment(order: Order) -> Answer:
    words = "no such payment is known yet"
    return _answer(order, "waiting", None, reason="waiting-for-payment", words=words)


def _refused_fields(order: Order, faults: Sequence[Fault]) -> Answer:
    first = faults[0].code
    answer = _answer(
        order,
        "refused",
        None,
        reason=first if first in TYPES else "invalid-request",
        words="; ".join(f"{each.pointer or '/'} {each.code}" for each in faults),
    )
    return replace(answer, faults=tuple(faults))
