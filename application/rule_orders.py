"""What people order about rule sets: each reads one stream, decides, and writes its facts at once.

Asked again, an order records nothing. What changes which rules are in force is judged afterwards by
the caller (`Reconciler.judge_again`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from application.ports import Commit, FactStore, VersionConflict
from application.registry import Registry
from application.rules_in_force import ReadRules
from domain import rule_set
from domain.errors import Refusal
from domain.facts import Context, Recorded
from domain.rule_set import (
    RuleSet,
    RuleSetDemoted,
    RuleSetFact,
    RuleSetMatchReviewed,
    RuleSetRefusal,
    RuleSetShadowed,
)
from domain.rules.language import RuleSetText

ATTEMPTS_MAX: Final = 5
"""Times that an order is decided afresh because somebody else wrote to the stream meanwhile."""

Decide = Callable[[RuleSet | None], tuple[RuleSetFact, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleOrder:
    """Who orders it, and on which business day; `correlation_id` names the run it is part of."""

    actor: str
    business_date: date
    correlation_id: str
    authority: str = "rule author"


def propose(
    facts: FactStore, *, text: RuleSetText, content: bytes, order: RuleOrder
) -> tuple[Recorded, ...]:
    """Propose the version that a file holds. Raises RuleSetRefusal."""
    return _ordered(
        facts,
        text.name,
        f"propose:{text.name}@{text.version}",
        order,
        lambda state: rule_set.propose(
            state,
            name=text.name,
            version=text.version,
            text=content.decode(),
            author=order.actor,
        ),
    )


def shadow(
    facts: FactStore, *, replayed: RuleSetShadowed, order: RuleOrder
) -> tuple[Recorded, ...]:
    """Note what a replay over the history found. Raises RuleSetRefusal."""
    command = f"shadow:{replayed.name}@{replayed.version}:{replayed.through}"
    return _ordered(
        facts,
        replayed.name,
        command,
        order,
        lambda state: rule_set.shadow(state, replayed=replayed),
    )


def approve(
    facts: FactStore, *, name: str, version: int, text_hash: str, order: RuleOrder
) -> tuple[Recorded, ...]:
    """Approve the text with this hash, by somebody else than its author. Raises RuleSetRefusal."""
    return _ordered(
        facts,
        name,
        f"approve:{name}@{version}",
        order,
        lambda state: rule_set.approve(
            state, name=name, version=version, text_hash=text_hash, approved_by=order.actor
        ),
    )


def activate(
    facts: FactStore, *, name: str, version: int, order: RuleOrder
) -> tuple[Recorded, ...]:
    """Go by an approved version from now on. Raises RuleSetRefusal."""
    return _ordered(
        facts,
        name,
        f"activate:{name}@{version}",
        order,
        lambda state: rule_set.activate_approved(
            state, name=name, version=version, activated_by=order.actor
        ),
    )


def demote(
    facts: FactStore,
    *,
    name: str,
    version: int,
    rules: Iterable[str],
    reason: str,
    read: ReadRules,
    order: RuleOrder,
) -> tuple[Recorded, ...]:
    """Let rules of the active version only suggest; all of them where none is named.

    Raises RuleSetRefusal, and RuleIdUnknown for a rule that the version does not have.
    """
    demoted = RuleSetDemoted(
        name=name, version=version, rules=tuple(rules), reason=reason, demoted_by=order.actor
    )

    def decide(state: RuleSet | None) -> tuple[RuleSetFact, ...]:
        known = state.versions.get(version) if state else None
        if known is not None:
            _demand_rules(read(known.text.encode()), demoted.rules)
        return rule_set.demote(state, demoted=demoted)

    return _ordered(facts, name, f"demote:{name}@{version}", order, decide)


def retire(
    facts: FactStore, *, name: str, version: int, reason: str, order: RuleOrder
) -> tuple[Recorded, ...]:
    """Let a version go. Raises RuleSetRefusal."""
    return _ordered(
        facts,
        name,
        f"retire:{name}@{version}",
        order,
        lambda state: rule_set.retire(
            state, name=name, version=version, reason=reason, retired_by=order.actor
        ),
    )


def review(
    facts: FactStore, *, match_id: str, posted_by: str, correct: bool, order: RuleOrder
) -> tuple[Recorded, ...]:
    """Note whether a match of a configured rule was correct; `posted_by` is that rule in full.

    Raises MatchOfNoRule where it is none.
    """
    if not rule_set.is_configured(posted_by):
        raise MatchOfNoRule(match_id=match_id, rule=posted_by)
    named, _, version = posted_by.rpartition("@")
    name, _, rule = named.partition(".")
    reviewed = RuleSetMatchReviewed(
        name=name,
        version=int(version),
        rule=rule,
        match_id=match_id,
        correct=correct,
        reviewed_by=order.actor,
    )
    return _ordered(
        facts,
        name,
        f"review:{match_id}",
        order,
        lambda state: rule_set.review(state, reviewed=reviewed),
    )


def _demand_rules(text: RuleSetText, rules: Iterable[str]) -> None:
    known = {rule.id for rule in text.rules}
    for rule in rules:
        if rule not in known:
            raise RuleIdUnknown(name=text.name, version=text.version, rule=rule)


def _ordered(
    facts: FactStore, name: str, command: str, order: RuleOrder, decide: Decide
) -> tuple[Recorded, ...]:
    for _ in range(ATTEMPTS_MAX - 1):
        try:
            return _attempt(facts, name, command, order, decide)
        except VersionConflict:
            continue  # decided afresh, on what the other writer recorded
    return _attempt(facts, name, command, order, decide)


def _attempt(
    facts: FactStore, name: str, command: str, order: RuleOrder, decide: Decide
) -> tuple[Recorded, ...]:
    stream, registry = rule_set.stream_of(name=name), Registry()
    registry.apply_all(facts.stream(stream))
    version = registry.versions.get(stream, 0)
    decided = decide(registry.of(stream, RuleSet))
    if not decided:
        return ()
    commit = Commit(
        stream=stream,
        expected_version=version,
        business_time=order.business_date.isoformat(),
        context=Context(
            command_id=command,
            correlation_id=order.correlation_id,
            actor=order.actor,
            authority=order.authority,
        ),
        facts=decided,
    )
    return facts.append([commit])


# Refusals.


@dataclass(unsafe_hash=True, kw_only=True)
class RuleIdUnknown(RuleSetRefusal):
    """The version has no rule of this id."""

    rule: str


@dataclass(unsafe_hash=True, kw_only=True)
class MatchOfNoRule(Refusal):
    """The match was made by a built-in rule, or by a person: no rule is measured by it."""

    match_id: str
    rule: str
