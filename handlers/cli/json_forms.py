"""Reports as JSON documents. Keys are kept (docs/cli.md): they are added to, never changed.

Amounts are whole minor units of the currency beside them, shares parts a million, days ISO 8601.
"""

from __future__ import annotations

from collections.abc import Sequence

from application.ageing import AgedItem, AgeGroup
from application.rates import Counted, MatchRates, Share
from application.reconciliation import Flow, Reconciliation, Tally
from application.reports import DailyPosition, Summary
from application.results import SuggestionRow
from conciliar.asking import OpenValues
from conciliar.running import Run
from domain.money import Money

Json = dict[str, object]


def money(amount: Money) -> Json:
    """An amount."""
    return {"minor": amount.minor, "currency": amount.currency}


def share(one: Share) -> Json:
    """A share: `ppm` is null where the whole is nothing."""
    return {"part": one.part, "whole": one.whole, "ppm": one.ppm}


def counted(one: Counted | Tally) -> Json:
    """How many, and how much."""
    return {"count": one.count, "minor": one.minor}


def run(one: Run) -> Json:
    """What a run did."""
    return {
        "out": str(one.out),
        "store": str(one.store),
        "payments": one.payments,
        "lines": one.lines,
        "recorded": one.recorded,
        "judged": one.judged,
        "duration_ms": one.duration_ms,
        "payments_a_second": one.payments_a_second,
        "warnings": one.warnings,
        "warnings_total": one.warnings_total,
        "summary": summary(one.summary, one.open_values),
    }


def summary(one: Summary, values: OpenValues) -> Json:
    """All of it in figures."""
    return {
        "as_of": one.as_of.isoformat(),
        "position": one.position,
        "auto_of_matchable": share(one.auto_of_matchable),
        "auto_of_all": share(one.auto_of_all),
        "payments_reconciled": share(one.payments_reconciled),
        "needs_a_person": share(one.needs_a_person),
        "missing": one.missing,
        "contradictions": one.contradictions,
        "open": [
            {"kind": kind, "reason": reason, "currency": currency, **counted(each)}
            for (kind, reason, currency), each in values.items()
        ],
        "ages": ages(one.groups),
        "rates": [rates(each) for each in one.rates],
        "books_close": one.books_close,
        "books": [book(each, in_full=False) for each in one.books],
    }


def ages(groups: Sequence[AgeGroup]) -> list[Json]:
    """Open items by kind, currency and age in days."""
    return [
        {
            "kind": one.kind,
            "currency": one.currency,
            "age": one.bucket,
            "count": one.count,
            "minor": one.minor,
        }
        for one in groups
    ]


def rates(one: MatchRates) -> Json:
    """What became of the lines and payments of a currency."""
    return {
        "currency": one.currency,
        "of_matchable": share(one.of_matchable),
        "of_all": share(one.of_all),
        "payments_reconciled": share(one.payments_reconciled),
        "by_people": share(one.by_people),
        "lines": {
            "all": counted(one.lines),
            "matched": counted(one.auto),
            "provisional": counted(one.provisional),
            "by_people": counted(one.decided),
            "duplicate": counted(one.duplicate),
            "unjudged": counted(one.unjudged),
            "open": {reason: counted(each) for reason, each in one.open_by_reason.items()},
            "by_class": {name: counted(each) for name, each in one.by_class.items()},
        },
        "payments": {
            "all": counted(one.payments),
            "reconciled": counted(one.reconciled),
            "partly": counted(one.partly),
            "expected": counted(one.expected),
            "cancelled": counted(one.cancelled),
        },
        "rules": [
            {
                "rule": each.rule,
                "lines": counted(each.lines),
                "payments": each.payments,
                "matches_made": each.matches_made,
                "matches_released": each.matches_released,
            }
            for each in one.by_rule
        ],
    }


def open_item(one: AgedItem, suggested: Sequence[SuggestionRow] = ()) -> Json:
    """An open item, with what is suggested for it."""
    return {
        "kind": one.kind,
        "id": one.item,
        "minor": one.minor,
        "currency": one.currency,
        "since": one.since.isoformat(),
        "break_day": one.break_day,
        "age_days": one.age_days,
        "age": one.bucket,
        "reason": one.reason,
        "rule": one.rule,
        "needs_a_person": one.needs_a_person,
        "merchant": one.merchant,
        "account": one.account,
        "candidates": list(one.candidates),
        "candidates_total": one.candidates_total,
        "suggestions": list(suggested),
    }


def position(one: DailyPosition) -> Json:
    """A merchant's day."""
    return {
        "day": one.day.isoformat(),
        "merchant": one.merchant,
        "currency": one.currency,
        "expected": counted(one.expected),
        "settled": {"count": one.settled_count, "minor": one.settled_minor},
        "open": {"count": one.open_count, "minor": one.open_minor},
        "cancelled": counted(one.cancelled),
        "returned": counted(one.returned),
        "returns": {kind: counted(each) for kind, each in one.returns.items()},
        "charges": dict(one.charges),
    }


def book(one: Reconciliation, *, in_full: bool = True) -> Json:
    """The reconciliation statement of an account and day."""
    made: Json = {
        "account": one.account,
        "currency": one.currency,
        "day": one.day.isoformat(),
        "known_on": one.known_on,
        "position": one.position,
        "closes": one.closes,
        "statement": {
            "opening_minor": one.statement_opening_minor,
            "closing_minor": one.statement_closing_minor,
            "stated_minor": one.stated_minor,
            "stated_gap_minor": one.stated_gap_minor,
        },
        "ledger": {
            "opening_minor": one.ledger_opening_minor,
            "closing_minor": one.ledger_closing_minor,
        },
        "open_lines": {"opening": counted(one.opening), "closing": counted(one.closing)},
        "difference_minor": one.difference_minor,
        "explained_minor": one.explained_minor,
        "residual_minor": one.residual_minor,
    }
    if in_full:
        made["today"] = _flow(one.today)
        made["differences"] = one.differences
    return made


def _flow(one: Flow) -> Json:
    return {
        "credits": counted(one.credits),
        "debits": counted(one.debits),
        "matched": counted(one.matched),
        "duplicates": counted(one.duplicates),
        "settled_minor": one.settled_minor,
        "returned_minor": one.returned_minor,
        "residuals": dict(one.residuals),
    }
