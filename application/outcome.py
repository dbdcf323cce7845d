"""The rows of a run's result files: the state of the store, in the sources' own ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import fields
from datetime import date, timedelta

from application.items import in_order
from application.reconciling import sealed_through
from application.registry import Registry
from application.results import CandidateRow, ExceptionRow, MatchRow, ProofRow, SuggestionRow
from domain.matching.contradictions import DAYS_AFTER_EXPECTED_MAX
from domain.matching.proof import Proof
from domain.payment import Expected
from domain.settlement import PROVISIONAL, Settlement
from domain.suggestions.model import Suggestion
from domain.suggestions.suggesting import Suggestions

DUPLICATE, CONTRADICTED, PENDING, MISSING = "duplicate", "contradicted", "pending", "missing"

_PROOF_FIELDS = tuple(field.name for field in fields(Proof))


def match_rows(registry: Registry) -> Iterator[MatchRow]:
    """Every match that stands."""
    for match in registry.matches.values():
        payments = {stream: _payment_id(registry, stream) for stream in match.payments}
        lines = {stream: _settlement_id(registry, stream) for stream in match.settlements}
        allocations = tuple(
            (
                lines[one.settlement],
                payments[one.payment],
                one.amount.minor,
                one.payment_amount.minor,
            )
            for one in match.allocations
        )
        residuals = tuple((one.kind, one.amount.minor) for one in match.residuals)
        stored = {name: getattr(match.proof, name) for name in _PROOF_FIELDS}
        yield MatchRow(
            payments=tuple(payments.values()),
            settlements=tuple(lines.values()),
            rule=match.rule,
            evidence=match.evidence,
            status=match.status,
            proof=ProofRow(allocations=allocations, residuals=residuals, **stored),
        )


def exception_rows(
    registry: Registry, suggested: Suggestions | None = None
) -> Iterator[ExceptionRow]:
    """Every open item: lines, duplicates, contradicted matches, and payments not yet paid.

    Items of provisional matches among them, for that reason: they settle nothing yet. Open lines
    and payments carry what is `suggested` for them.
    """
    found = suggested or Suggestions(of_line={}, of_payment={})
    last_day = sealed_through(registry)
    as_of = date.fromisoformat(last_day) if last_day else date.min
    reserved = {
        payment
        for match in registry.matches.values()
        if match.status == PROVISIONAL
        for payment in match.payments
    }
    for stream, state in registry.states.items():
        if isinstance(state, Settlement):
            yield from _of_line(registry, stream, state, found)
        elif isinstance(state, Expected) and state.open_minor > 0:
            rows = suggestion_rows(registry, found.of_payment.get(stream, ()), stream)
            yield _of_payment(state, as_of, rows, reserved=stream in reserved)


def suggestion_rows(
    registry: Registry, some: Iterable[Suggestion], payment: str | None = None
) -> tuple[SuggestionRow, ...]:
    """Suggestions in the sources' own ids; of a `payment` (its stream), with itself alone."""
    return tuple(
        SuggestionRow(
            settlement=_settlement_id(registry, one.line),
            payments=tuple(
                _payment_id(registry, stream)
                for stream in one.payments
                if payment in (None, stream)
            ),
            payments_total=len(one.payments),
            rule=one.rule,
            score_permille=one.score_permille,
            difference=one.difference_minor,
            reasons=one.reasons,
            lacks=one.lacks,
            contradictions=one.contradictions,
        )
        for one in some
    )


def _of_line(
    registry: Registry, stream: str, state: Settlement, suggested: Suggestions
) -> Iterator[ExceptionRow]:
    first = _settlement_id(registry, stream)
    for line in state.deliveries:
        if line.settlement_id != first:
            yield _line_row(state, line.settlement_id, DUPLICATE, "U1", duplicate_of=first)
    if state.duplicate_of is not None:
        original = _settlement_id(registry, state.duplicate_of)
        yield _line_row(state, first, DUPLICATE, None, duplicate_of=original)
    elif state.match is not None and state.match.status == PROVISIONAL:
        yield _line_row(state, first, PROVISIONAL, state.match.rule)
    elif state.match_id is None and state.cancelled is None:
        rows = suggestion_rows(registry, suggested.of_line.get(stream, ()))
        yield _open_row(registry, state, first, rows)
    if state.contradicted:
        yield _line_row(state, first, CONTRADICTED, "E10")


def _open_row(
    registry: Registry,
    state: Settlement,
    settlement_id: str,
    suggested: tuple[SuggestionRow, ...],
) -> ExceptionRow:
    verdict = state.left_open
    if verdict is None:
        return _line_row(state, settlement_id, PENDING, None)
    candidates = tuple(
        CandidateRow(
            payment=_payment_id(registry, candidate.payment),
            contradictions=candidate.contradictions,
        )
        for candidate in verdict.candidates
    )
    return _line_row(
        state,
        settlement_id,
        verdict.reason,
        verdict.rule,
        candidates=candidates,
        candidates_total=verdict.candidates_total,
        suggestions=suggested,
    )


def _line_row(
    state: Settlement,
    settlement_id: str,
    reason: str,
    rule: str | None,
    *,
    duplicate_of: str | None = None,
    candidates: tuple[CandidateRow, ...] = (),
    candidates_total: int = 0,
    suggestions: tuple[SuggestionRow, ...] = (),
) -> ExceptionRow:
    return ExceptionRow(
        kind="settlement",
        id=settlement_id,
        reason=reason,
        rule=rule,
        amount=state.line.amount.minor,
        currency=state.line.amount.currency,
        since=state.line.booking_date,
        merchant_id=state.line.merchant_id,
        duplicate_of=duplicate_of,
        candidates=candidates,
        candidates_total=candidates_total,
        suggestions=suggestions,
    )


def _of_payment(
    state: Expected, as_of: date, suggested: tuple[SuggestionRow, ...], *, reserved: bool
) -> ExceptionRow:
    registered = state.registered
    break_day = registered.expected_value_date + timedelta(days=DAYS_AFTER_EXPECTED_MAX)
    waiting = PENDING if as_of <= break_day else MISSING
    return ExceptionRow(
        kind="payment",
        id=registered.payment_id,
        reason=PROVISIONAL if reserved else waiting,
        rule=None,
        amount=state.open_minor,
        currency=registered.amount.currency,
        since=registered.local_day,
        break_day=break_day,
        merchant_id=registered.merchant_id,
        suggestions=suggested,
    )


def _payment_id(registry: Registry, stream: str) -> str:
    state = registry.payment(stream)
    return stream if state is None else state.registered.payment_id


def _settlement_id(registry: Registry, stream: str) -> str:
    """The row id of an entry's earliest delivery, in whatever order the deliveries came."""
    state = registry.settlement(stream)
    if state is None:
        return stream
    return in_order(state)[0].settlement_id
