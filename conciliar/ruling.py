"""Rule sets as files and as facts: reading them, their life, and what they would have done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from application import rule_orders
from application.batch import InputRefused
from application.reconciling import Outcome
from application.registry import Registry, loaded, untold
from application.rule_budget import Measured, measured
from application.rule_checks import RuleFinding, demand_sound, findings
from application.rule_orders import RuleOrder
from application.rule_trial import Trial, decisions, rule_trial
from application.rules_in_force import rule_sets
from application.undoing import MatchUnknown
from conciliar.asking import target_of
from conciliar.composition import Embedded, holidays, read_rules
from conciliar.orders import CORRELATION_BYTES, judged_again, today
from domain import rule_set
from domain.facts import Recorded
from domain.rule_set import RuleSet, RuleSetShadowed, RuleVersionUnknown
from domain.rules.faults import RULES_BYTES_MAX
from domain.rules.language import RuleSetText
from domain.settlement import SettlementAllocated

Progress = Callable[[str, int, int], None]


# Files.


def content_of(path: Path) -> bytes:
    """The bytes of a file of rules, no more than one byte too many. Raises InputRefused."""
    try:
        with path.open("rb") as file:
            return file.read(RULES_BYTES_MAX + 1)
    except OSError as error:
        reason = f"not readable: {error.strerror or type(error).__name__}"
        raise InputRefused(file=str(path), place="file", reason=reason) from None


def rules_in(path: Path) -> RuleSetText:
    """The rule set in a file. Raises InputRefused, and RulesUnreadable with every fault."""
    return read_rules(content_of(path))


# Looking.


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A rule set of a store, and what was measured of the rules that are or were in force."""

    rule_set: RuleSet
    measured: tuple[Measured, ...]


def known_rules(embedded: Embedded) -> tuple[Known, ...]:
    """Every configured rule set of a store."""
    registry = loaded(embedded.facts, untold)
    every = list(measured(registry, read_rules))
    return tuple(
        Known(rule_set=one, measured=tuple(m for m in every if m.set_name == one.name))
        for one in rule_sets(registry)
    )


def checked(embedded: Embedded, text: RuleSetText) -> tuple[RuleFinding, ...]:
    """What the history of a store says of a rule set."""
    return _findings(loaded(embedded.facts, untold), text)


def _findings(registry: Registry, text: RuleSetText) -> tuple[RuleFinding, ...]:
    return findings(registry, text, read=read_rules, holidays=holidays())


def tried(
    embedded: Embedded, text: RuleSetText, *, since: date, progress: Progress = untold
) -> Trial:
    """What a rule set would have done with the recorded history. Nothing is recorded."""
    registry = loaded(embedded.facts, progress)
    taken = decisions(embedded.facts.facts(sealed=True))
    return rule_trial(
        registry,
        taken,
        candidate=text,
        since=since,
        read=read_rules,
        holidays=holidays(),
        progress=progress,
    )


# Ordering.


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruled:
    """What an order recorded (nothing, where it had been so before), and what was judged after."""

    recorded: tuple[Recorded, ...]
    judged: int = 0
    posted: int = 0


def order_proposal(
    embedded: Embedded, path: Path, *, actor: str | None
) -> tuple[Ruled, tuple[RuleFinding, ...]]:
    """Propose the rule set in a file; what the history says against it may refuse it.

    Raises RulesUnreadable, RulesUnsound, RuleSetRefusal.
    """
    content = content_of(path)
    text = read_rules(content)
    found = checked(embedded, text)
    demand_sound(found)
    order = _order(embedded, actor)
    recorded = rule_orders.propose(embedded.facts, text=text, content=content, order=order)
    return _looked(embedded, recorded), found


def order_shadow(
    embedded: Embedded,
    name: str,
    version: int,
    *,
    since: date,
    actor: str | None,
    progress: Progress = untold,
) -> tuple[Ruled, Trial]:
    """Replay a proposed version over the history and note the figures. Raises RuleSetRefusal."""
    known = version_of(embedded, name, version)
    trial = tried(embedded, read_rules(known.text.encode()), since=since, progress=progress)
    order = _order(embedded, actor)
    replayed = RuleSetShadowed(
        name=name,
        version=version,
        text_hash=known.text_hash,
        since=since,
        through=trial.through,
        newly=trial.count("newly"),
        lost=trial.count("lost"),
        moved=trial.count("moved"),
        contradicted=trial.count("contradicted"),
        replayed_by=order.actor,
    )
    recorded = rule_orders.shadow(embedded.facts, replayed=replayed, order=order)
    return _looked(embedded, recorded), trial


def order_approval(
    embedded: Embedded, name: str, version: int, *, text_hash: str, actor: str | None
) -> Ruled:
    """Approve a version by the hash of its text. Raises RuleSetRefusal."""
    recorded = rule_orders.approve(
        embedded.facts,
        name=name,
        version=version,
        text_hash=text_hash,
        order=_order(embedded, actor, authority="approver"),
    )
    return _looked(embedded, recorded)


def order_activation(embedded: Embedded, name: str, version: int, *, actor: str | None) -> Ruled:
    """Go by an approved version, and judge by it at once. Raises RuleSetRefusal."""
    order = _order(embedded, actor)
    recorded = rule_orders.activate(embedded.facts, name=name, version=version, order=order)
    return _judged(embedded, recorded, order)


def order_demotion(
    embedded: Embedded,
    name: str,
    version: int,
    *,
    rules: tuple[str, ...],
    reason: str,
    actor: str | None,
) -> Ruled:
    """Let rules only suggest from now on; their matches stand. Raises RuleSetRefusal."""
    order = _order(embedded, actor)
    recorded = rule_orders.demote(
        embedded.facts,
        name=name,
        version=version,
        rules=rules,
        reason=reason,
        read=read_rules,
        order=order,
    )
    return _judged(embedded, recorded, order)


def order_retirement(
    embedded: Embedded, name: str, version: int, *, reason: str, actor: str | None
) -> Ruled:
    """Let a version go; its matches stand. Raises RuleSetRefusal."""
    order = _order(embedded, actor)
    recorded = rule_orders.retire(
        embedded.facts, name=name, version=version, reason=reason, order=order
    )
    return _judged(embedded, recorded, order)


def order_review(embedded: Embedded, typed: str, *, correct: bool, actor: str | None) -> Ruled:
    """Note what a person says of a match of a rule; a rule over its budget is demoted by that.

    Raises LookupRefusal, MatchOfNoRule.
    """
    target = target_of(embedded, typed, among=("match",))
    order = _order(embedded, actor, authority="operator")
    posted = next(
        (
            one.fact
            for one in embedded.facts.stream(target.stream)
            if isinstance(one.fact, SettlementAllocated) and one.fact.match_id == target.id
        ),
        None,
    )
    if posted is None:
        raise MatchUnknown(match_id=target.id)
    recorded = rule_orders.review(
        embedded.facts,
        match_id=target.id,
        posted_by=posted.rule,
        correct=correct,
        order=order,
    )
    return _judged(embedded, recorded, order)


def version_of(embedded: Embedded, name: str, version: int) -> rule_set.Version:
    """A version of a rule set. Raises RuleVersionUnknown."""
    registry = Registry()
    stream = rule_set.stream_of(name=name)
    registry.apply_all(embedded.facts.stream(stream))
    state = registry.of(stream, RuleSet)
    if state is None or version not in state.versions:
        raise RuleVersionUnknown(name=name, version=version)
    return state.versions[version]


def _order(embedded: Embedded, actor: str | None, *, authority: str = "rule author") -> RuleOrder:
    return RuleOrder(
        actor=actor or embedded.settings.actor,
        business_date=today(embedded),
        correlation_id=f"order:{embedded.entropy.token_bytes(CORRELATION_BYTES).hex()}",
        authority=authority,
    )


def _judged(embedded: Embedded, recorded: tuple[Recorded, ...], order: RuleOrder) -> Ruled:
    # Also where nothing is new: an earlier order may have died before its judgement.
    outcome: Outcome = judged_again(embedded, correlation=order.correlation_id)
    embedded.current_views()
    return Ruled(recorded=recorded, judged=outcome.judged, posted=outcome.recorded)


def _looked(embedded: Embedded, recorded: tuple[Recorded, ...]) -> Ruled:
    embedded.current_views()
    return Ruled(recorded=recorded)
