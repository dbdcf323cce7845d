"""docs/facts.md is the list of what can be stored: complete, and nothing besides."""

import dataclasses
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args, get_type_hints

from domain import (
    business_calendar,
    feed,
    fx,
    grant,
    judgement,
    log_lanes,
    merchant,
    payment,
    rule_set,
    settlement,
    statement,
)
from domain.facts import FieldClass

PAGE = Path(__file__).resolve().parents[2] / "docs" / "facts.md"
UNIONS: tuple[Any, ...] = (
    business_calendar.BusinessCalendarFact,
    feed.FeedFact,
    fx.FxFact,
    grant.GrantFact,
    judgement.JudgementFact,
    log_lanes.LogLanesFact,
    merchant.MerchantFact,
    payment.PaymentFact,
    rule_set.RuleSetFact,
    settlement.SettlementFact,
    statement.StatementFact,
)


def listed(page: str) -> dict[str, list[str]]:
    """The page's topics with their fields; a personal one carries its mark."""
    rows = re.findall(r"^\| `([a-z_.]+)` \| ([^|]*)\|", page, re.MULTILINE)
    assert len({topic for topic, _ in rows}) == len(rows), "a topic stands twice"
    return {topic: re.findall(r"`([a-z_]+`†?)", fields) for topic, fields in rows}


def declared() -> dict[str, list[str]]:
    """The same as the facts declare it."""
    kinds = [kind for union in UNIONS for kind in get_args(union) or (union,)]
    return {kind.TOPIC: sorted(map(_marked(kind), dataclasses.fields(kind))) for kind in kinds}


def _marked(kind: type) -> Callable[[dataclasses.Field[Any]], str]:
    hints = get_type_hints(kind, include_extras=True)

    def marked(field: dataclasses.Field[Any]) -> str:
        personal = FieldClass.PERSONAL in getattr(hints[field.name], "__metadata__", ())
        return f"{field.name}`{'†' if personal else ''}"

    return marked


def test_the_page_lists_every_fact_with_its_fields():
    """Each topic stands on the page once, with all its fields, personal ones marked."""
    page = listed(PAGE.read_text(encoding="utf-8"))
    assert {topic: sorted(fields) for topic, fields in page.items()} == declared()


def test_the_rule_sees_a_field_and_a_mark():
    """A row is read with its fields and their marks."""
    assert listed("| `a.done` | `x` `y`† | says `z` |\n") == {"a.done": ["x`", "y`†"]}
