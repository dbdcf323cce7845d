"""Which configured rules a store goes by: what is active, what suggests, what only holds matches.

The text of every version is a fact; it is read again by the reader of the language. A version that
was accepted once is always read: the language only ever gains.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from application.registry import Registry
from domain.rule_set import CORE_NAME, RuleSet, Version
from domain.rules.book import Pair, RuleBook, RuleInForce
from domain.rules.language import Rule, RuleSetText

ReadRules: TypeAlias = Callable[[bytes], RuleSetText]
"""Reads the text of a rule set. Raises RulesUnreadable."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A version of a configured rule set, with its rules."""

    number: int
    version: Version
    text: RuleSetText

    def name_of(self, rule: Rule) -> str:
        """What matches call a rule of it."""
        return self.text.name_of(rule)


def rule_sets(registry: Registry) -> list[RuleSet]:
    """The configured rule sets of a store, by name; the built-in one is none of them."""
    found = [
        state
        for stream in registry.rule_streams
        if isinstance(state := registry.states[stream], RuleSet) and state.name != CORE_NAME
    ]
    return sorted(found, key=lambda one: one.name)


def versions(registry: Registry, read: ReadRules) -> Iterator[Configured]:
    """The versions that matter for matching: in force, or with matches that stand."""
    for one in rule_sets(registry):
        for number, version in sorted(one.versions.items()):
            prefix, suffix = f"{one.name}.", f"@{number}"
            made = any(rule.startswith(prefix) and rule.endswith(suffix) for rule in registry.ruled)
            if made or version.phase in {"active", "demoted"}:
                text = read(version.text.encode())
                yield Configured(number=number, version=version, text=text)


def book(registry: Registry, read: ReadRules, *, candidate: RuleSetText | None = None) -> RuleBook:
    """The rules in force, for one engine. A `candidate` is taken for its set's active version."""
    standing = _standing(registry)
    rules = [
        one
        for configured in versions(registry, read)
        if candidate is None or configured.text.name != candidate.name
        for one in _of_version(configured, standing)
    ]
    if candidate is not None:
        rules += [
            RuleInForce(
                name=candidate.name_of(rule),
                rule=rule,
                posts=rule.action == "post",
                suggests=rule.action == "suggest",
            )
            for rule in candidate.rules
        ]
    return RuleBook(rules)


def _of_version(
    configured: Configured, standing: Mapping[str, frozenset[Pair]]
) -> Iterator[RuleInForce]:
    version = configured.version
    for rule in configured.text.rules:
        name = configured.name_of(rule)
        active = version.phase == "active" and rule.id not in version.suggesting
        posts = active and rule.action == "post"
        yield RuleInForce(
            name=name,
            rule=rule,
            posts=posts,
            suggests=version.phase in {"active", "demoted"} and not posts,
            standing=standing.get(name, frozenset()),
        )


def _standing(registry: Registry) -> dict[str, frozenset[Pair]]:
    """The pairs of every match that a configured rule made and that stands."""
    found: dict[str, frozenset[Pair]] = {}
    for rule, matches in registry.ruled.items():
        posted = (registry.matches.get(match) for match in matches)
        found[rule] = frozenset(
            (allocation.settlement, allocation.payment)
            for match in posted
            if match is not None
            for allocation in match.allocations
        )
    return found
