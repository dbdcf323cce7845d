"""The facts that can be stored: each aggregate's union, and the forms that were retired.

A new aggregate adds its union here. A fact that needs another shape gets a new class with the next
version in its topic, and its old class moves to RETIRED with an upcast. A golden file pins each
form: docs/fact-store.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast, get_args

from adapters.codec import Registry, Retired
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
from domain.facts import Fact

_AGGREGATES: tuple[object, ...] = (
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

_RETIRED: tuple[Retired, ...] = ()


def _kinds() -> Iterator[type[Fact]]:
    for facts in _AGGREGATES:
        members = get_args(facts) or (facts,)  # an aggregate with one fact has no union
        yield from cast(tuple[type[Fact], ...], members)  # unions of facts, by what is listed above


REGISTRY = Registry(current=_kinds(), retired=_RETIRED)
"""Every form that this version of the program reads and writes."""
