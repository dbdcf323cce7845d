"""A small bank, to make histories with: whatever is asked, the domain decides."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from hypothesis import strategies as st

from domain import payment as p
from domain import settlement as s
from domain.errors import Refusal
from domain.facts import Fact
from domain.matching.proof import EvidenceClass
from domain.money import Money
from tests.domain.controls import MONDAY, PROOF, REGISTERED, row
from tests.projections.memory_facts import HOUR_MS, MemoryFacts

ACCOUNTS = ("2856344207377634584363", "0116062064925275886877")
MERCHANTS = ("M1", "M2|x")
CURRENCIES = ("ARS", "ARS", "ARS", "USD")
EVIDENCE: tuple[EvidenceClass, ...] = ("I", "G", "C", "D")
KINDS: tuple[p.ReturnKind, ...] = ("reversal", "refund", "chargeback")


@dataclass
class World:
    """States by stream, standing matches by id, and the facts that led to them."""

    facts: MemoryFacts = field(default_factory=MemoryFacts)
    payments: dict[str, p.Payment] = field(default_factory=dict[str, p.Payment])
    lines: dict[str, s.Settlement] = field(default_factory=dict[str, s.Settlement])
    matches: dict[str, s.SettlementAllocated] = field(
        default_factory=dict[str, s.SettlementAllocated]
    )

    def pass_hours(self, hours: int) -> None:
        """Let recorded time go on."""
        self.facts.now_ms += hours * HOUR_MS

    def register(
        self, number: int, minor: int, *, day: date = MONDAY, currency: str = "ARS"
    ) -> str:
        """Expect a payment: P<number>, of one of the merchants, due the day after."""
        fact = replace(
            REGISTERED,
            payment_id=f"P{number}",
            merchant_id=MERCHANTS[number % 2],
            amount=Money(minor, currency),
            local_day=day,
            expected_value_date=day + timedelta(days=1),
        )
        stream = p.stream_of(source="core", payment_id=fact.payment_id)
        self._record((stream, p.register(self.payments.get(stream), registration=fact)))
        return stream

    def deliver(
        self, number: int, minor: int, *, day: date = MONDAY, currency: str = "ARS", copy: int = 0
    ) -> str:
        """Record a line: entry E<number>, under the row id of its `copy`th delivery."""
        fact = replace(
            row(number, minor, day=day, currency=currency),
            account=ACCOUNTS[number % 2],
            settlement_id=f"S{number}" + "'" * copy,
        )
        stream = s.stream_of(
            source=fact.source,
            account=fact.account,
            bank_entry_id=fact.bank_entry_id,
            booking_date=day,
            ordinal="",
        )
        self._record((stream, s.record(self.lines.get(stream), line=fact)))
        return stream

    def match(
        self,
        lines: list[str],
        payments: list[str],
        *,
        rule: str = "rule@1",
        evidence: EvidenceClass = "I",
        status: str = "final",
        home_last: bool = False,
    ) -> str | None:
        """Settle payments by lines as far as the money goes; the rest is a residual.

        The match's id; None when it settles nothing, or nothing new.
        """
        allocations = self._allocations(sorted(lines), payments)
        if not allocations:
            return None
        lines = sorted({one.settlement for one in allocations})
        home, *others = lines
        total = sum(self.lines[line].line.amount.minor for line in lines)
        rest = total - sum(one.amount.minor for one in allocations)
        currency = allocations[0].amount.currency
        residuals = (s.Residual(kind="ACQ_FEE", amount=Money(rest, currency)),) if rest else ()
        terms = s.MatchTerms(
            rule=rule,
            evidence=evidence,
            status=status,
            allocations=allocations,
            residuals=residuals,
            proof=PROOF,
        )
        posted = s.allocate(self.lines[home], stream=home, lines_minor=total, terms=terms)
        fact = _posted(posted)
        if fact is None:
            return None
        commits: list[tuple[str, tuple[Fact, ...]]] = [(home, posted)]
        commits += [
            (line, s.join(self.lines[line], match_id=fact.match_id, home=home)) for line in others
        ]
        if status == s.FINAL:
            commits += [(stream, self._paid(fact, stream, lines)) for stream in fact.payments]
        self._record(*(reversed(commits) if home_last else commits))
        self.matches[fact.match_id] = fact
        return fact.match_id

    def _allocations(self, lines: list[str], payments: list[str]) -> tuple[s.Allocation, ...]:
        currency = self.lines[lines[0]].line.amount.currency
        left = {stream: self._open(stream) for stream in payments}
        found: list[s.Allocation] = []
        for line in lines:
            amount = self.lines[line].line.amount
            if amount.currency != currency:
                continue
            rest = abs(amount.minor)
            for stream, open_minor in left.items():
                part = min(rest, open_minor)
                if part > 0:
                    sign = 1 if amount.minor > 0 else -1
                    paid = Money(part * sign, self.payments[stream].registered.amount.currency)
                    found.append(
                        s.Allocation(
                            settlement=line,
                            payment=stream,
                            amount=Money(part * sign, currency),
                            payment_amount=paid,
                        )
                    )
                    left[stream] -= part
                    rest -= part
        return tuple(found)

    def _open(self, stream: str) -> int:
        state = self.payments[stream]
        return state.open_minor if isinstance(state, p.Expected) else 0

    def _paid(self, fact: s.SettlementAllocated, stream: str, lines: list[str]) -> tuple[Fact, ...]:
        parts = [one.payment_amount for one in fact.allocations if one.payment == stream]
        total = sum((one.minor for one in parts), 0)
        return p.allocate(
            self.payments[stream],
            match_id=fact.match_id,
            amount=Money(total, parts[0].currency),
            settlements=tuple(lines),
        )

    def take_back(self, line: str, payment: str, *, kind: p.ReturnKind = "refund") -> str | None:
        """Link a negative line to the payment its whole amount goes back from; the match's id."""
        amount = self.lines[line].line.amount
        part = s.Allocation(settlement=line, payment=payment, amount=amount, payment_amount=amount)
        terms = s.MatchTerms(
            rule=f"{kind}@1",
            evidence="I",
            status="final",
            allocations=(part,),
            residuals=(),
            proof=PROOF,
        )
        posted = s.allocate(self.lines[line], stream=line, lines_minor=amount.minor, terms=terms)
        fact = _posted(posted)
        if fact is None:
            return None
        returned = p.record_return(
            self.payments[payment],
            match_id=fact.match_id,
            kind=kind,
            amount=-amount,
            settlement=line,
        )
        self._record((line, posted), (payment, returned))
        self.matches[fact.match_id] = fact
        return fact.match_id

    def announce(self, payment: str, minor: int) -> None:
        """Say that this much of a payment goes back."""
        fact = p.PaymentReturnAnnounced(
            announcement_id=f"R{minor}",
            amount=Money(minor, self.payments[payment].registered.amount.currency),
            reason="AC04",
            business_date=MONDAY,
        )
        self._record((payment, p.announce_return(self.payments[payment], announcement=fact)))

    def finalise(self, match_id: str) -> None:
        """Make a provisional match of one line final, as it was posted."""
        fact = self.matches[match_id]
        (home,) = fact.settlements
        terms = s.MatchTerms(
            rule=fact.rule,
            evidence=fact.evidence,
            status=s.FINAL,
            allocations=fact.allocations,
            residuals=fact.residuals,
            proof=PROOF,
        )
        state = self.lines[home]
        lines_minor = state.line.amount.minor
        finalised = s.finalise(state, match_id=match_id, lines_minor=lines_minor, terms=terms)
        paid = [(stream, self._paid(fact, stream, [home])) for stream in fact.payments]
        self._record((home, finalised), *paid)
        self.matches[match_id] = replace(fact, status=s.FINAL)

    def release(self, match_id: str, *, contradicted: bool = False) -> None:
        """Take a match back, with a contradiction before it or without."""
        fact = self.matches.pop(match_id)
        lines, payments = fact.settlements, fact.payments
        is_return = fact.rule.partition("@")[0] in KINDS
        commits: list[tuple[str, tuple[Fact, ...]]] = []
        if contradicted:
            commits.append((lines[0], self._contradicted(lines[0], match_id)))
        commits += [
            (line, s.release(self.lines[line], match_id=match_id, reason="unmatched"))
            for line in lines
        ]
        undo = p.release_return if is_return else p.release
        commits += [
            (stream, undo(self.payments[stream], match_id=match_id, reason="unmatched"))
            for stream in payments
        ]
        self._record(*commits)

    def contradict(self, match_id: str) -> None:
        """Note that something speaks against a match, which stands (class D)."""
        home = self.matches[match_id].settlements[0]
        self._record((home, self._contradicted(home, match_id)))

    def _contradicted(self, home: str, match_id: str) -> tuple[Fact, ...]:
        against = ("set:bank:017:1:E99",)
        return s.contradict(self.lines[home], match_id=match_id, reason="E10", against=against)

    def mark_duplicate(self, line: str, *, of: str) -> None:
        """Say that a line repeats another."""
        self._record((line, s.mark_duplicate(self.lines[line], of=of, rule="U3")))

    def clear_duplicate(self, line: str) -> None:
        """Say that it does not, after all."""
        self._record((line, s.clear_duplicate(self.lines[line], reason="E10")))

    def cancel_line(self, line: str) -> None:
        """Set a line aside that its source withdrew."""
        state = self.lines[line]
        self._record((line, s.cancel(state, reason="booked in error", business_date=MONDAY)))

    def leave_open(self, line: str, *, reason: str, candidates: tuple[str, ...] = ()) -> None:
        """Say why nothing was proven."""
        verdict = s.SettlementLeftOpen(
            reason=reason,
            rule="E5",
            candidates=tuple(s.Candidate(payment=one) for one in candidates),
            candidates_total=len(candidates),
            candidates_hash="ab" * 32,
        )
        self._record((line, s.leave_open(self.lines[line], verdict=verdict)))

    def cancel(self, payment: str) -> None:
        """Stop expecting a payment."""
        state = self.payments[payment]
        self._record((payment, p.cancel(state, reason="mistake", business_date=MONDAY)))

    def _record(self, *commits: tuple[str, tuple[Fact, ...]]) -> None:
        self.facts.record(*commits)
        for stream, facts in commits:
            for fact in facts:
                if stream.startswith("pay:"):
                    assert isinstance(fact, p.PaymentFact)
                    self.payments[stream] = p.evolve(self.payments.get(stream), fact)
                else:
                    assert isinstance(fact, s.SettlementFact)
                    self.lines[stream] = s.evolve(self.lines.get(stream), fact)


def _posted(facts: tuple[s.SettlementFact, ...]) -> s.SettlementAllocated | None:
    found = [fact for fact in facts if isinstance(fact, s.SettlementAllocated)]
    return found[0] if found else None


# Histories: a list of small numbers, read as orders.

Order = tuple[int, int, int, int]

orders = st.lists(
    st.tuples(st.integers(0, 17), st.integers(0, 7), st.integers(0, 7), st.integers(-60, 120)),
    min_size=12,
    max_size=40,
)


def lived(history: list[Order]) -> World:
    """The world after these orders; what the domain refuses leaves nothing."""
    world = begun()
    for order in history:
        obey(world, *order)
    return world


def begun() -> World:
    """Some payments and lines to begin with, over three days and two accounts."""
    world = World()
    for number, minor in enumerate((50, 100, 100, 30, 80)):
        day = MONDAY + timedelta(days=number % 2)
        world.register(number, minor, day=day, currency=CURRENCIES[number % 4])
    for number, minor in enumerate((50, 100, 60, 40, -20, 97, -30, 8)):
        world.deliver(number, minor, day=MONDAY + timedelta(days=number % 3))
    return world


def obey(world: World, verb: int, one: int, other: int, minor: int) -> None:
    """Do one thing, unless the domain refuses it."""
    try:
        _obey(world, verb, one, other, minor)
    except Refusal:
        return


def _obey(world: World, verb: int, one: int, other: int, minor: int) -> None:
    # Items are picked by number.
    day = MONDAY + timedelta(days=other % 4)
    if verb <= 1:
        number, currency = one + 5 * (other % 2), CURRENCIES[other % 4]
        world.register(number, abs(minor) + 1, day=day, currency=currency)
    elif verb <= 3:
        world.deliver(one, minor, day=day, copy=other % 2)
    elif verb == 4:
        world.pass_hours(one * 5)
    elif verb <= 7:
        _match(world, one=one, other=other, minor=minor)
    elif verb <= 9:
        matches = list(world.matches)
        if matches and verb == 8:
            world.release(matches[one % len(matches)], contradicted=bool(other % 2))
        elif matches:
            world.contradict(matches[one % len(matches)])
    else:
        _obey_about_one(world, verb, one, other)


def _obey_about_one(world: World, verb: int, one: int, other: int) -> None:
    lines, payments = list(world.lines), list(world.payments)
    line, payment = lines[one % len(lines)], payments[other % len(payments)]
    if verb == 16:
        matches = [name for name, fact in world.matches.items() if fact.status == s.PROVISIONAL]
        if matches:
            world.finalise(matches[one % len(matches)])
    elif verb == 17:
        world.announce(payment, one + 1)
    elif verb == 10:
        world.take_back(line, payment, kind=KINDS[other % 3])
    elif verb == 11:
        world.mark_duplicate(line, of=lines[other % len(lines)])
    elif verb == 12:
        reason = ("ambiguous", "unexpected", "amount_break")[other % 3]
        world.leave_open(line, reason=reason, candidates=tuple(payments[:2]))
    elif verb == 13:
        world.cancel(payment)
    elif verb == 14:
        world.clear_duplicate(line)
    else:
        world.cancel_line(line)


def _match(world: World, *, one: int, other: int, minor: int) -> None:
    lines, payments = list(world.lines), list(world.payments)
    some_lines = sorted({lines[(one + n) % len(lines)] for n in range(1 + other % 3)})
    some_payments = sorted({payments[(other + n) % len(payments)] for n in range(1 + one % 3)})
    world.match(
        some_lines,
        some_payments,
        evidence=EVIDENCE[minor % 4],
        status=s.PROVISIONAL if one % 2 and len(some_lines) == 1 else s.FINAL,
        home_last=bool(minor % 2),
    )
