"""Rules for tests: a test says what differs from the default rule, and what is in force."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from domain.matching.engine import Matcher
from domain.matching.items import ReferenceData
from domain.matching.verdicts import Judgement
from domain.rules.book import RuleBook, RuleInForce
from domain.rules.language import (
    Budget,
    Compare,
    DigitsLast,
    Exact,
    Key,
    Rule,
    Scope,
)
from tests.domain.matching.table import Item, admit, reference_data

NAME = "mine.invoice@1"

RULE = Rule(
    id="invoice",
    scope=Scope(payments="core", lines="bank:017", currency="ARS"),
    stage=1,
    keys=(Key(namespace="reference", normaliser=DigitsLast(8)),),
    compare=Compare(amount=Exact()),
    action="post",
    budget=Budget(max_false_ppm=1_000_000, min_support=1, review_sample=10),
    effective_from=date(2026, 1, 1),
)
"""The last eight digits of the reference, exact amount, in pesos, at the bank 017."""


def rule(**changes: Any) -> Rule:
    """The default rule with changes."""
    return replace(RULE, **changes)


def active(one: Rule = RULE, /, *, name: str = NAME, **changes: Any) -> RuleInForce:
    """A rule in force: one that suggests suggests."""
    posts = one.action == "post"
    return RuleInForce(
        **{"name": name, "rule": one, "posts": posts, "suggests": not posts, **changes}
    )


def ruled_matcher(
    *rules: RuleInForce, items: tuple[Item, ...], reference: ReferenceData | None = None
) -> Matcher:
    """An engine that knows the items and goes by the rules."""
    engine = Matcher(reference or reference_data(), rules=RuleBook(rules))
    for item in items:
        admit(engine, item)
    return engine


def judged(*items: Item, rules: tuple[RuleInForce, ...] = (active(),)) -> Judgement:
    """The verdict on all items by the rules."""
    return ruled_matcher(*rules, items=items).judge(seal="the end")
