"""What the types cannot say of a rule set, and the refusal that names every fault at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from domain.errors import BadValue, Refusal
from domain.money import exponent
from domain.rule_set import CORE_NAME
from domain.rules.language import (
    ID_NAMESPACES,
    AsShown,
    Band,
    Path,
    Rule,
    RuleSetText,
)
from domain.rules.precision import support_needed, upper_ppm

RULES_BYTES_MAX: Final = 65_536
"""Size of a file of rules."""

FAULTS_MAX: Final = 50
"""Faults that are told of one file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFault:
    """Something wrong in a file of rules: line and column from 1, the field's path, and why."""

    line: int
    column: int
    field: str
    reason: str


@dataclass(unsafe_hash=True, kw_only=True)
class RulesUnreadable(Refusal):
    """A text that is no rule set: all its faults, in the order of the text."""

    faults: tuple[RuleFault, ...]


def faults_of(text: RuleSetText) -> Iterator[tuple[Path, str]]:
    """Where a well-formed rule set says what no rule may say, and why."""
    if text.name == CORE_NAME:
        yield ("name",), f"{CORE_NAME} is the built-in set's name"
    ids = Counter(rule.id for rule in text.rules)
    for at, rule in enumerate(text.rules):
        path: Path = ("rules", at)
        if ids[rule.id] > 1:
            yield (*path, "id"), f"{rule.id} is the id of more than one rule"
        for below, reason in _of_rule(rule):
            yield (*path, *below), reason


def _of_rule(rule: Rule) -> Iterator[tuple[Path, str]]:
    yield from _of_scope(rule)
    yield from _of_keys(rule)
    if rule.action == "post":
        if isinstance(rule.compare.amount, Band):
            reason = "a band only suggests: it explains no difference (X6)"
            yield ("compare", "amount"), reason
        if rule.on_tie != "ambiguous":
            yield ("on_tie",), "only ambiguous may post (E5)"
        yield from _of_budget(rule)
    elif rule.cardinality == "twins":
        yield ("cardinality",), "twins are posted as a set; a rule that suggests has none"
    if rule.compare.date is not None:
        days = rule.compare.date.days
        if days.min > days.max:
            reason = f"min is after max ({days.max})"
            yield ("compare", "date", "business_days", "min"), reason
    if len(set(rule.contradictions)) < len(rule.contradictions):
        yield ("contradictions",), "the same contradiction twice"


def _of_scope(rule: Rule) -> Iterator[tuple[Path, str]]:
    try:
        exponent(rule.scope.currency)
    except BadValue:
        yield ("scope", "currency"), "the currency is unknown"


def _of_keys(rule: Rule) -> Iterator[tuple[Path, str]]:
    namespaces = Counter(key.namespace for key in rule.keys)
    for at, key in enumerate(rule.keys):
        if namespaces[key.namespace] > 1:
            yield ("keys", at, "namespace"), f"{key.namespace} is in more than one key"
        of_id, as_shown = key.namespace in ID_NAMESPACES, isinstance(key.normaliser, AsShown)
        if of_id and as_shown:
            reason = "an id needs a form: alnum, zero_stripped, digits, last or digits_last"
            yield ("keys", at, "normaliser"), reason
        if not of_id and not as_shown:
            reason = f"{key.namespace} is compared as_shown only"
            yield ("keys", at, "normaliser"), reason


def _of_budget(rule: Rule) -> Iterator[tuple[Path, str]]:
    """A rule that would be over budget without one false match would be demoted by its success."""
    budget = rule.budget
    if upper_ppm(false=0, of=budget.min_support) > budget.max_false_ppm:
        needed = support_needed(max_ppm=budget.max_false_ppm)
        reason = (
            f"{budget.max_false_ppm} ppm cannot be shown before {needed} matches,"
            f" even if none is false"
        )
        yield ("budget", "min_support"), reason
