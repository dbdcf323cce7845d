"""Suggestions are asked for and change nothing: not the facts, not a decision, not a match."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given

from application.outcome import exception_rows, match_rows
from application.results import SuggestionRow
from application.suggesting import material, suggested
from application.undoing import Order, unmatch
from application.wording import phrases
from application.wording.phrases import LANGUAGES, Language
from application.wording.suggested import suggested_sentences
from domain.payment import Expected
from domain.settlement import Settlement
from domain.suggestions.evidence import LACKS, REASONS
from tests.domain.matching.table import HOLIDAYS, PAYER, line, payment
from tests.service.tiny import Remembered, Row, loaded, reconcile, reconciler, row, rows

POSTING = {"I", "G", "C", "D"}


def open_streams(facts: Remembered) -> list[str]:
    """What the read model of open items holds."""
    return [
        stream
        for stream, state in loaded(facts).states.items()
        if (isinstance(state, Expected) and state.open_minor > 0)
        or (isinstance(state, Settlement) and state.match_id is None)
    ]


def remembered(*items: Row) -> Remembered:
    facts = Remembered()
    reconcile(facts, items)
    return facts


@given(rows())
def test_a_run_and_a_question_get_the_same_suggestions(some: Sequence[Row]):
    """Reading only what is open, and what it hangs on, tells as much as reading everything."""
    facts = remembered(*some)
    whole = suggested(loaded(facts), holidays=HOLIDAYS)
    assert suggested(material(facts, open_items=open_streams(facts)), holidays=HOLIDAYS) == whole


@given(rows())
def test_decisions_are_the_same_with_suggestions_and_without(some: Sequence[Row]):
    """Asked before the rest arrives, suggestions leave facts, matches and verdicts as they are."""
    asked, plain = Remembered(), Remembered()
    half = len(some) // 2
    for facts in (asked, plain):
        reconcile(facts, some[:half])
        if facts is asked:
            before = facts.head()
            suggested(loaded(facts), holidays=HOLIDAYS)
            assert facts.head() == before
        reconcile(facts, some)
    assert asked.recorded == plain.recorded
    assert all(one.evidence in POSTING for one in match_rows(loaded(asked)))


def test_exceptions_carry_their_suggestions_from_both_sides():
    """The line names the payment with everything for and against it, and the payment the line."""
    late = line("L1", amount=123_45, counterparty_account=PAYER, value=line().value + 20)
    facts = remembered(row(payment("P1", amount=123_45, account=PAYER)), row(late))
    registry = loaded(facts)
    found = suggested(registry, holidays=HOLIDAYS)
    by_kind = {one.kind: one for one in exception_rows(registry, found)}
    [of_line], [of_payment] = (by_kind[kind].suggestions for kind in ("settlement", "payment"))
    assert of_line.payments == ("P1",)
    assert of_line.contradictions == ("X7",)
    assert of_line == of_payment
    assert [one.suggestions for one in exception_rows(registry)] == [(), ()]


def test_what_a_person_undid_is_not_suggested_by_either_way():
    """The pair stays apart, also where only the open items are read."""
    facts = remembered(
        row(payment("P1", amount=123_45, reference="FACTURA-00000042")),
        row(line("L1", amount=123_45, reference="FACTURA-00000042")),
    )
    [match] = loaded(facts).matches.values()
    order = Order(actor="p", reason="not it", business_date=date(2026, 3, 5), correlation_id="undo")
    unmatch(facts, match_id=match.match_id, order=order)
    reconciler(facts).judge_again(correlation="again")
    few = material(facts, open_items=open_streams(facts))
    assert few.barred
    assert suggested(few, holidays=HOLIDAYS) == suggested(loaded(facts), holidays=HOLIDAYS)
    assert suggested(few, holidays=HOLIDAYS).of_line == {}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_suggestion_is_one_sentence_in_both_languages(language: Language):
    """How likely, for, lacking and against: every code has its words, and nothing is left blank."""
    row = SuggestionRow(
        settlement="S1",
        payments=("P1", "P2"),
        payments_total=2,
        rule="likeness@1",
        score_permille=412,
        difference=-5,
        reasons=REASONS,
        lacks=LACKS,
        contradictions=("X4", "X6"),
    )
    bare = replace(row, payments_total=1, reasons=(), lacks=(), contradictions=())
    for said in suggested_sentences((row, bare), language):
        assert "412" in said
        assert "P1" in said
        assert "{" not in said
        assert not any(f" {code}" in said for code in ("net-exact", "sum-held", "only-one"))
    words = phrases.of(language)
    assert set(REASONS) == set(words.supporting)
    assert set(LACKS) == set(words.lacking)
