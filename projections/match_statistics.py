"""Match statistics: lines, payments and money by rule, evidence class and reason.

Key: the currency. Each amount comes as `_count` and `_minor`; the value of a line is its size,
whatever its sign.

    lines · auto · provisional · decided · duplicate · void · unjudged · open.<reason>     lines:
        lines = auto + provisional + decided + duplicate + void + unjudged + all of open
    rule.<rule> · class.<class>             lines of standing matches
    rule_payments.<rule>                    payments of standing matches (count only)
    payments · cancelled · reconciled · partly · expected              payments, by state
    matches · released · contradicted       matches made, taken back, spoken against (count only)
    rule_made.<rule>, rule_released.<rule>  the same by rule (count only)
    released_by.<cause>                     the same by what took them back (count only)
    repeats                                 deliveries of an entry that was known (count only)

`auto` lines are in a final match that the engine made (class I, G or C), `decided` ones in a match
that people made (D), `void` ones were withdrawn by their source, `unjudged` ones are open and
nothing was said of them yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from domain.settlement import PROVISIONAL
from projections import matches, payment_status, settlement_overview
from projections.document import Added, Amounts, Document
from projections.matches import is_match
from projections.payment_status import is_payment_status
from projections.settlement_overview import SettlementOverview, is_settlement_overview

MODEL = "match_statistics"

DECIDED_BY_PEOPLE = "D"


def heading(key: str) -> dict[str, str]:
    """The currency."""
    return {"currency": key}


def _of_line(key: str, document: Document) -> tuple[Amounts]:
    del key
    assert is_settlement_overview(document)
    size, bucket = abs(document["minor"]), _bucket(document)
    amounts = {
        "lines_count": 1,
        "lines_minor": size,
        f"{bucket}_count": 1,
        f"{bucket}_minor": size,
    }
    if document["state"] == "matched":
        for name in (f"rule.{document['rule']}", f"class.{document['evidence']}"):
            amounts[f"{name}_count"], amounts[f"{name}_minor"] = 1, size
    if len(document["rows"]) > 1:
        amounts["repeats_count"] = len(document["rows"]) - 1
    return ((document["currency"], amounts),)


def _bucket(document: SettlementOverview) -> str:
    match document["state"]:
        case "duplicate":
            return "duplicate"
        case "cancelled":
            return "void"
        case "open":
            reason = document["reason"]
            if reason == PROVISIONAL:
                return PROVISIONAL
            return "unjudged" if reason is None else f"open.{reason}"
        case "matched":
            return "decided" if document["evidence"] == DECIDED_BY_PEOPLE else "auto"


_OF_STATE = {
    "expected": ("expected_count", "expected_minor"),
    "partly_allocated": ("partly_count", "partly_minor"),
    "reconciled": ("reconciled_count", "reconciled_minor"),
    "cancelled": ("cancelled_count", "cancelled_minor"),
}


def _of_payment(key: str, document: Document) -> tuple[Amounts]:
    del key
    assert is_payment_status(document)
    count, value = _OF_STATE[document["state"]]
    minor = document["minor"]
    amounts = {"payments_count": 1, "payments_minor": minor, count: 1, value: minor}
    return ((document["currency"], amounts),)


def _of_match(key: str, document: Document) -> tuple[Amounts]:
    del key
    assert is_match(document)
    rule = document["rule"]
    amounts = {"matches_count": 1, f"rule_made.{rule}_count": 1}
    if document["state"] == "released":
        amounts["released_count"] = amounts[f"rule_released.{rule}_count"] = 1
        amounts[f"released_by.{document['released_cause']}_count"] = 1
    else:
        amounts[f"rule_payments.{rule}_count"] = len(document["payments"])
    if document["contradictions"]:
        amounts["contradicted_count"] = 1
    return ((document["currency"], amounts),)


SOURCES: Mapping[str, Added] = {
    settlement_overview.MODEL: _of_line,
    payment_status.MODEL: _of_payment,
    matches.MODEL: _of_match,
}
