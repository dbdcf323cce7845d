"""How often each rule was wrong, and the policy that demotes one over its budget.

A match that a person undid, or found false in a review, was false. Of the matches that a rule made,
those that a later fact contradicted count for nothing: nobody said that they were false. What was
never looked at counts as right in `rate`; `sample` is the rate among the matches that people were
asked to review: drawn by a hash and so by nobody's choice, and counted in that order up to the
first that nobody looked at.

A rule is over budget when its upper bound is, with as many matches as its `min_support`; or, with
however few, when its lower bound is: then it is wrong too often whatever comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import takewhile
from typing import Final

from application.ports import Commit
from application.registry import Registry
from application.rules_in_force import Configured, ReadRules, versions
from domain import rule_set
from domain.facts import Context
from domain.rule_set import RuleSet, RuleSetDemoted
from domain.rules.language import Rule
from domain.rules.precision import FalseRate, false_rate

POLICY: Final = "policy:rule-budget"
"""Who demotes a rule that is over its budget."""

OVER_BUDGET: Final = "over budget"


@dataclass(frozen=True, slots=True, kw_only=True)
class Measured:
    """What is known of one rule's matches; `to_review` are those of the sample nobody looked at.

    `made` is every match it made, `contradicted` how many of them a later fact ended. `over` says
    which bound is over the budget, None where neither is.
    """

    set_name: str
    version: int
    rule: Rule
    name: str
    made: int
    contradicted: int
    undone: int
    found_false: int
    rate: FalseRate
    sample: FalseRate
    to_review: tuple[str, ...]
    over: FalseRate | None


def measured(registry: Registry, read: ReadRules) -> Iterator[Measured]:
    """Every rule of every version that is in force or has made matches."""
    for configured in versions(registry, read):
        for rule in configured.text.rules:
            yield measured_rule(registry, configured, rule)


def measured_rule(registry: Registry, configured: Configured, rule: Rule) -> Measured:
    """What is known of one rule's matches."""
    name = configured.name_of(rule)
    fates = registry.ruled.get(name, {})
    reviews = configured.version.reviews
    judged = sorted(match for match, fate in fates.items() if fate in {"standing", "person"})
    undone = {match for match in judged if fates[match] == "person"}
    wrong = {match for match in judged if reviews.get(match) is False}
    rate = false_rate(false=len(undone | wrong), of=len(judged))
    drawn = sorted(judged, key=_lot)[: rule.budget.review_sample]
    # As far as it was looked at without a gap, in the order of the lot: what people undo by
    # themselves is no sample.
    looked_at = list(takewhile(lambda match: match in reviews or match in undone, drawn))
    sample = false_rate(
        false=sum(match in undone | wrong for match in looked_at), of=len(looked_at)
    )
    return Measured(
        set_name=configured.text.name,
        version=configured.number,
        rule=rule,
        name=name,
        made=len(fates),
        contradicted=len(fates) - len(judged),
        undone=len(undone),
        found_false=len(wrong - undone),
        rate=rate,
        sample=sample,
        to_review=tuple(match for match in drawn if match not in reviews and match not in undone),
        over=_over(rule, rate, sample),
    )


def _lot(match_id: str) -> str:
    return sha256(match_id.encode()).hexdigest()


def _over(rule: Rule, rate: FalseRate, sample: FalseRate) -> FalseRate | None:
    most = rule.budget.max_false_ppm
    if rate.of >= rule.budget.min_support and rate.upper_ppm > most:
        return rate
    return next((one for one in (rate, sample) if one.lower_ppm > most), None)


def demotions(registry: Registry, read: ReadRules, *, correlation: str, at: str) -> list[Commit]:
    """The policy: a fact for every rule that posts and is over its budget."""
    commits: list[Commit] = []
    for one in list(measured(registry, read)):
        if one.over is None or one.rule.action != "post":
            continue
        stream = rule_set.stream_of(name=one.set_name)
        state = registry.of(stream, RuleSet)
        if state is None or state.versions[one.version].phase != "active":
            continue
        demoted = RuleSetDemoted(
            name=one.set_name,
            version=one.version,
            rules=(one.rule.id,),
            reason=OVER_BUDGET,
            demoted_by=POLICY,
            false=one.over.false,
            of=one.over.of,
            upper_ppm=one.over.upper_ppm,
        )
        facts = rule_set.demote(state, demoted=demoted)
        if facts:
            context = Context(
                command_id=f"demote:{one.name}",
                correlation_id=correlation,
                actor=POLICY,
                authority=POLICY,
            )
            commits.append(registry.commit(stream, facts, business_time=at, context=context))
    return commits
