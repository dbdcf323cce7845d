"""Counterfactual replay: what a rule set would have decided, beside every decision really taken.

The whole recorded history is judged again as one backlog under its seal, once by the candidate and
with everything that people undid kept out, as the engine would. Each match is then compared with
what was really decided about its items, whoever decided it:

    kept           it was made, and stands
    newly          none of its lines was matched
    moved          its lines, or some of them, are matched with something else
    lost           a match that stands and would not be made
    contradicted   a match of the candidate's own rules that people once undid, or that differs from
                   what two people decided (class D)

Nothing is recorded. Decisions are compared by what they connect, not by rule or proof.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from application.reconciling import admit_all, day_of, reference_data, seal_of
from application.registry import Progress, Registry
from application.rules_in_force import ReadRules, book
from domain.facts import Recorded
from domain.matching.engine import Matcher
from domain.matching.ruled import Suggested
from domain.matching.verdicts import Judgement, MatchFound
from domain.rules.language import RuleSetText
from domain.settlement import SettlementAllocated, SettlementAllocationReleased

Outcome = Literal["kept", "newly", "moved", "lost", "contradicted"]
OUTCOMES: tuple[Outcome, ...] = ("newly", "moved", "lost", "contradicted", "kept")

DecisionKey: TypeAlias = tuple[tuple[str, ...], tuple[str, ...]]
"""The ids of lines and payments that a match connects, each sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One match, by the candidate or really made, and how the two compare.

    `minor` is what its lines come to, in `currency`. `rule` is the candidate's rule, or that of the
    real match where it is lost; `against` the real match it differs from, and `why` what ended that
    one or who decided it.
    """

    outcome: Outcome
    rule: str
    lines: tuple[str, ...]
    payments: tuple[str, ...]
    day: date
    minor: int
    currency: str
    against: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """How many matches, and what their lines come to."""

    count: int
    minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """What a candidate would have done from `since` on; `through` is the last position it saw.

    `differences` leave out what was kept. `values` sum all outcomes by outcome and currency;
    `by_rule` counts those of the candidate's own rules, `by_day` those of each value day.
    """

    text: RuleSetText
    since: date
    through: int
    seal: str
    lines: int
    differences: tuple[Difference, ...]
    values: Mapping[tuple[Outcome, str], Value]
    by_rule: Mapping[tuple[str, Outcome], int]
    by_day: Mapping[tuple[date, Outcome], int]
    suggested: tuple[Suggested, ...]

    def count(self, outcome: Outcome) -> int:
        """Matches of an outcome, over all currencies."""
        return sum(value.count for (one, _), value in self.values.items() if one == outcome)


@dataclass(frozen=True, slots=True)
class Decided:
    """A decision that was really taken, and how it ended (None: it stands)."""

    match: SettlementAllocated
    ended: str | None


def decisions(facts: Iterable[Recorded]) -> dict[str, Decided]:
    """Every match that was ever posted, with its end, by its id."""
    found: dict[str, Decided] = {}
    for recorded in facts:
        fact = recorded.fact
        if isinstance(fact, SettlementAllocated):
            found[fact.match_id] = Decided(fact, None)
        elif isinstance(fact, SettlementAllocationReleased) and fact.match_id in found:
            found[fact.match_id] = Decided(found[fact.match_id].match, fact.cause)
    return found


def rule_trial(
    registry: Registry,
    taken: Mapping[str, Decided],
    *,
    candidate: RuleSetText,
    since: date,
    read: ReadRules,
    holidays: Container[date],
    progress: Progress,
) -> Trial:
    """Judge the whole history by the candidate, and compare. `taken` is every decision (above)."""
    judging = _Judging(registry, candidate, read, holidays, progress)
    judged = judging.judge(bar=True)
    own = {candidate.name_of(rule) for rule in candidate.rules}
    free: Sequence[MatchFound] = ()
    if any(one.ended == "person" for one in taken.values()):
        # Whatever people undid is kept out above; here the candidate's rules meet it once more.
        free = [match for match in judging.judge(bar=False).matches if match.rule in own]
    differences = [
        one for one in _differences(registry, taken, judged, free, own) if one.day >= since
    ]
    values = _values(differences)
    return Trial(
        text=candidate,
        since=since,
        through=registry.head,
        seal=judging.seal,
        lines=len(judged.lines),
        differences=tuple(one for one in differences if one.outcome != "kept"),
        values=values,
        by_rule=Counter((one.rule, one.outcome) for one in differences if one.rule in own),
        by_day=Counter((one.day, one.outcome) for one in differences),
        suggested=tuple(one for one in judged.suggested if one.rule in own),
    )


class _Judging:
    """The history, ready to be judged by the candidate."""

    def __init__(
        self,
        registry: Registry,
        candidate: RuleSetText,
        read: ReadRules,
        holidays: Container[date],
        progress: Progress,
    ) -> None:
        self._registry = registry
        self._candidate = candidate
        self._read = read
        self._reference = reference_data(registry, holidays=holidays)
        self._progress = progress
        self.seal = seal_of(registry)

    def judge(self, *, bar: bool) -> Judgement:
        """The verdict on everything; with `bar` what people undid is not proposed."""
        rules = book(self._registry, self._read, candidate=self._candidate)
        engine = Matcher(self._reference, rules=rules)
        if bar:
            engine.bar(self._registry.barred)
        admit_all(engine, self._registry)
        total = len(engine.lines.all())
        return engine.judge(
            seal=self.seal,
            through=day_of(self._registry),
            progress=lambda done: self._progress("match", done, total),
        )


def _differences(
    registry: Registry,
    taken: Mapping[str, Decided],
    judged: Judgement,
    free: Sequence[MatchFound],
    own: Container[str],
) -> Iterator[Difference]:
    standing = {key_of(match): match for match in registry.matches.values()}
    by_item = {item: match for key, match in standing.items() for side in key for item in side}
    for match in judged.matches:
        yield _of_found(match, standing, by_item, own)
    made = {match.key for match in judged.matches}
    by_line = {line.id for match in judged.matches for line in match.lines}
    for key, match in standing.items():
        # What the candidate would match otherwise is told as moved, once, by its own match.
        # What two people decided stands, whatever the engine would say.
        if key in made or match.evidence == "D":
            continue
        if not any(line in by_line for line in key[0]):
            yield _of_posted(registry, match)
    undone = {key_of(one.match): one.match for one in taken.values() if one.ended == "person"}
    for match in free:
        against = undone.get(match.key)
        if against is not None:
            yield _difference("contradicted", match, against=against.match_id, why="person")


def _of_found(
    match: MatchFound,
    standing: Mapping[DecisionKey, SettlementAllocated],
    by_item: Mapping[str, SettlementAllocated],
    own: Container[str],
) -> Difference:
    if match.key in standing:
        return _difference("kept", match)
    touched = [by_item[item] for side in match.key for item in side if item in by_item]
    decided = next((one for one in touched if one.evidence == "D"), None)
    if decided is not None and match.rule in own:
        return _difference("contradicted", match, against=decided.match_id, why="decision")
    of_lines = next((by_item[line] for line in match.key[0] if line in by_item), None)
    if of_lines is None:
        return _difference("newly", match)
    return _difference("moved", match, against=of_lines.match_id, why="stands")


def _difference(
    outcome: Outcome, match: MatchFound, *, against: str | None = None, why: str | None = None
) -> Difference:
    first = match.lines[0]
    return Difference(
        outcome=outcome,
        rule=match.rule,
        lines=match.key[0],
        payments=match.key[1],
        day=date.fromordinal(first.value),
        minor=sum(line.amount for line in match.lines),
        currency=first.currency,
        against=against,
        why=why,
    )


def _of_posted(registry: Registry, match: SettlementAllocated) -> Difference:
    states = [registry.settlement(stream) for stream in match.settlements]
    lines = [state.line for state in states if state is not None]
    return Difference(
        outcome="lost",
        rule=match.rule,
        lines=tuple(sorted(match.settlements)),
        payments=tuple(sorted(match.payments)),
        day=min((line.value_date for line in lines), default=date.min),
        minor=sum(line.amount.minor for line in lines),
        currency=lines[0].amount.currency if lines else "",
        against=match.match_id,
        why="stands",
    )


def key_of(match: SettlementAllocated) -> DecisionKey:
    """What a posted match connects."""
    return tuple(sorted(match.settlements)), tuple(sorted(match.payments))


def _values(differences: Iterable[Difference]) -> dict[tuple[Outcome, str], Value]:
    counts: Counter[tuple[Outcome, str]] = Counter()
    sums: Counter[tuple[Outcome, str]] = Counter()
    for one in differences:
        counts[one.outcome, one.currency] += 1
        sums[one.outcome, one.currency] += one.minor
    return {key: Value(count=counts[key], minor=sums[key]) for key in sorted(counts)}
