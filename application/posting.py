"""From a judgement to commits: what changed, each match whole in one transaction.

A posted match that the judgement no longer finds is contradicted by something that arrived later
(E10): that is recorded, then the match is released, never silently. What a person decided (class D)
is left as it is. A provisional match becomes final, or falls, as the judgement finds; it stands on
its line's stream alone until then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from application.ports import Commit
from application.registry import Registry
from domain import payment, settlement
from domain.facts import Context, Fact
from domain.matching.items import LineItem
from domain.matching.verdicts import RETURN_RULES, Judgement, MatchFound
from domain.money import Money
from domain.settlement import (
    FINAL,
    PROVISIONAL,
    MatchTerms,
    Settlement,
    SettlementAllocated,
    SettlementFinalised,
)

Unit = tuple[Commit, ...]
"""Commits that stand or fall together."""

CONTRADICTED = "contradicted by a later fact"
NOT_BORNE_OUT = "the sum is no longer the only explanation"
DecisionKey = tuple[tuple[str, ...], tuple[str, ...]]


class Posting:
    """Turns a judgement into units of commits; the registry moves on with every unit."""

    def __init__(self, registry: Registry, *, actor: str, correlation: str) -> None:
        self._registry = registry
        self._actor = actor
        self._correlation = correlation

    def units(self, judgement: Judgement) -> Iterator[Unit]:
        """The units that make the posted state equal to the judgement.

        None when it is equal already.
        """
        posted = self._posted(judgement.lines)
        found = {match.key: match for match in judgement.matches}
        fallen = {key for key, match in posted.items() if not _still_holds(match, found.get(key))}
        against = _claims(judgement) if fallen else {}
        for key in posted:
            if key in fallen:
                yield self._withdraw(posted[key], against)
        yield from self._duplicates(judgement)
        for match in judgement.matches:
            standing = posted.get(match.key)
            if standing is None or match.key in fallen:
                yield self._post(match)
            elif _says_more(match, standing):
                yield self._finalise(match, standing)
        yield from self._left_open(judgement)

    def matches(self, matches: Iterable[MatchFound]) -> Iterator[Unit]:
        """The units of matches that are not posted, in a store where nothing falls by them."""
        yield from map(self._post, matches)

    def rest(self, judgement: Judgement) -> Iterator[Unit]:
        """The units of a judgement whose matches are all posted."""
        yield from self._duplicates(judgement)
        yield from self._left_open(judgement)

    def _posted(self, lines: frozenset[str]) -> dict[DecisionKey, SettlementAllocated]:
        return {
            (tuple(sorted(match.settlements)), tuple(sorted(match.payments))): match
            for match in self._registry.matches.values()
            if not lines.isdisjoint(match.settlements)
        }

    # What falls

    def _withdraw(self, match: SettlementAllocated, against: Mapping[str, set[str]]) -> Unit:
        """Take back what no longer holds; a provisional match falls without a contradiction."""
        home = match.settlements[0]
        if match.status == PROVISIONAL:
            return release_match(
                self._registry,
                match,
                reason=NOT_BORNE_OUT,
                cause="fallen",
                context=self._context(f"release:{match.match_id}", f"rule:{match.rule}", None),
            )
        items = (*match.settlements, *match.payments)
        rivals = set[str]().union(*(against.get(item, set()) for item in items)) - set(items)
        facts = settlement.contradict(
            self._registry.settlement(home),
            match_id=match.match_id,
            reason="E10",
            against=tuple(sorted(rivals)),
        )
        contradiction = tuple(
            self._commit(home, facts, at=self._day(home), rule="E10", why=match.match_id)
        )
        released = release_match(
            self._registry,
            match,
            reason=CONTRADICTED,
            cause="contradiction",
            context=self._context(f"release:{match.match_id}", "rule:E10", None),
        )
        return (*contradiction, *released)

    # What repeats

    def _duplicates(self, judgement: Judgement) -> Iterator[Unit]:
        for line, state in self._states(judgement.lines):
            found = judgement.duplicates.get(line)
            if found is not None:
                facts = settlement.mark_duplicate(state, of=found.of, rule=found.rule)
                rule = found.rule
            elif state.duplicate_of is not None:
                facts = settlement.clear_duplicate(state, reason=CONTRADICTED)
                rule = "E10"
            else:
                continue
            yield tuple(self._commit(line, facts, at=self._day(line), rule=rule, why=line))

    # What is found

    def _post(self, match: MatchFound) -> Unit:
        registry = self._registry
        home = match.lines[0]
        facts = settlement.allocate(
            registry.settlement(home.id),
            stream=home.id,
            lines_minor=sum(line.amount for line in match.lines),
            terms=_terms_of(match),
        )
        posted = facts[0]
        assert isinstance(posted, SettlementAllocated)
        match_id, at = posted.match_id, self._day(home.id)
        commits = [*self._commit(home.id, facts, at=at, rule=match.rule, why=home.id)]
        for line in match.lines[1:]:
            joined = settlement.join(registry.settlement(line.id), match_id=match_id, home=home.id)
            commits += self._commit(line.id, joined, at=at, rule=match.rule, why=match_id)
        if match.status == FINAL:
            commits += self._allocated(posted, home, at=at)
        return tuple(commits)

    def _finalise(self, match: MatchFound, standing: SettlementAllocated) -> Unit:
        home, match_id = match.lines[0], standing.match_id
        facts = settlement.finalise(
            self._registry.settlement(home.id),
            match_id=match_id,
            lines_minor=sum(line.amount for line in match.lines),
            terms=_terms_of(match),
        )
        posted = facts[0]
        assert isinstance(posted, SettlementFinalised)
        at = self._day(home.id)
        commits = self._commit(home.id, facts, at=at, rule=match.rule, why=match_id)
        return (*commits, *self._allocated(posted.match, home, at=at))

    def _allocated(
        self, posted: SettlementAllocated, home: LineItem, *, at: str
    ) -> Iterator[Commit]:
        settlements = posted.settlements  # found anew each time it is asked for
        for stream, amount in _by_payment(posted).items():
            state = self._registry.payment(stream)
            if posted.rule in RETURN_RULES:
                facts = payment.record_return(
                    state,
                    match_id=posted.match_id,
                    kind=_return_kind(posted.rule),
                    amount=-amount,
                    settlement=home.id,
                )
            else:
                facts = payment.allocate(
                    state,
                    match_id=posted.match_id,
                    amount=amount,
                    settlements=settlements,
                )
            yield from self._commit(stream, facts, at=at, rule=posted.rule, why=posted.match_id)

    # What stays

    def _left_open(self, judgement: Judgement) -> Iterator[Unit]:
        for line, verdict in sorted(judgement.left_open.items()):
            facts = settlement.leave_open(self._registry.settlement(line), verdict=verdict)
            if facts:
                yield tuple(
                    self._commit(line, facts, at=self._day(line), rule=verdict.rule, why=line)
                )

    # Helpers

    def _states(self, lines: Iterable[str]) -> Iterator[tuple[str, Settlement]]:
        for line in sorted(lines):
            state = self._registry.settlement(line)
            if state is not None:  # a repeated delivery has no stream of its own
                yield line, state

    def _day(self, line: str) -> str:
        state = self._registry.settlement(line)
        return "" if state is None else state.line.value_date.isoformat()

    def _context(self, command: str, authority: str, cause: str | None) -> Context:
        return Context(
            command_id=command,
            correlation_id=self._correlation,
            causation_id=cause,
            actor=self._actor,
            authority=authority,
        )

    def _commit(
        self, stream: str, facts: Sequence[Fact], *, at: str, rule: str, why: str
    ) -> Iterator[Commit]:
        if facts:
            version = self._registry.versions.get(stream, 0)
            context = self._context(f"judge:{stream}@{version}", f"rule:{rule}", why)
            yield self._registry.commit(stream, tuple(facts), business_time=at, context=context)


def release_match(
    registry: Registry,
    match: SettlementAllocated,
    *,
    reason: str,
    cause: settlement.ReleaseCause,
    context: Context,
) -> Unit:
    """Take a match back from all its lines and payments."""
    commits: list[Commit] = []
    lines = match.settlements
    at = ""
    for stream in lines:
        state = registry.settlement(stream)
        at = "" if state is None else state.line.value_date.isoformat()
        facts = settlement.release(state, match_id=match.match_id, reason=reason, cause=cause)
        if facts:
            commits.append(registry.commit(stream, facts, business_time=at, context=context))
    for stream in match.payments:
        owner = registry.payment(stream)
        if match.rule in RETURN_RULES:
            taken = payment.release_return(owner, match_id=match.match_id, reason=reason)
        else:
            taken = payment.release(owner, match_id=match.match_id, reason=reason)
        if taken:
            commits.append(registry.commit(stream, taken, business_time=at, context=context))
    return tuple(commits)


def _still_holds(posted: SettlementAllocated, found: MatchFound | None) -> bool:
    """Whether what is posted may stand beside what was found now for the same items.

    What people decided always does. What is final does not where it would only be provisional, or
    where its amounts are other ones.
    """
    if posted.evidence == "D":
        return True
    if found is None:
        return False
    if posted.status == PROVISIONAL:
        return found.status == FINAL or found.rule == posted.rule
    same = (found.allocations, found.residuals) == (posted.allocations, posted.residuals)
    return found.status == FINAL and (same or found.rule == posted.rule)


def _says_more(found: MatchFound, posted: SettlementAllocated) -> bool:
    """Whether a match that stands is final from now on, or final by another rule."""
    if posted.evidence == "D" or found.status != FINAL:
        return False
    return posted.status == PROVISIONAL or posted.rule != found.rule


def _terms_of(match: MatchFound) -> MatchTerms:
    return MatchTerms(
        rule=match.rule,
        evidence=match.evidence,
        status=match.status,
        allocations=match.allocations,
        residuals=match.residuals,
        proof=match.proof,
    )


def _by_payment(posted: SettlementAllocated) -> dict[str, Money]:
    amounts: dict[str, Money] = {}
    for allocation in posted.allocations:
        known = amounts.get(allocation.payment)
        amount = allocation.payment_amount
        amounts[allocation.payment] = amount if known is None else known + amount
    return amounts


def _return_kind(rule: str) -> payment.ReturnKind:
    match rule.partition("@")[0]:
        case "reversal":
            return "reversal"
        case "chargeback":
            return "chargeback"
        case _:
            return "refund"


def _claims(judgement: Judgement) -> dict[str, set[str]]:
    """For every item, the items that the judgement connects it with.

    What speaks against an older match.
    """
    found: dict[str, set[str]] = {}
    for match in judgement.matches:
        items = {*match.key[0], *match.key[1]}
        for item in items:
            found.setdefault(item, set()).update(items)
    for line, verdict in judgement.left_open.items():
        candidates = {candidate.payment for candidate in verdict.candidates}
        found.setdefault(line, set()).update(candidates)
        for candidate in candidates:
            found.setdefault(candidate, set()).add(line)
    return found
