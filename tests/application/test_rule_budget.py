"""A rule is measured by what people found false, and loses its right to post by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.rule_files import read_rules
from adapters.sqlite_facts import SqliteFactStore
from application import rule_orders
from application.rule_budget import OVER_BUDGET, POLICY, Measured, measured
from application.undoing import unmatch
from domain.rule_set import RuleSetDemoted
from domain.rules.precision import MILLION, upper_ppm
from tests.application.ruled_bank import (
    NAME,
    activated,
    bank,
    invoice,
    order,
    posted,
    registry,
    ruled,
    shown,
    text,
)
from tests.application.small_bank import ORDER, judge_again, opened, reconcile


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[SqliteFactStore]:
    with opened(tmp_path) as store:
        yield store


def measure(facts: SqliteFactStore) -> Measured:
    (one,) = measured(registry(facts), read_rules)
    return one


def demotions(facts: SqliteFactStore) -> list[RuleSetDemoted]:
    return [one.fact for one in facts.facts() if isinstance(one.fact, RuleSetDemoted)]


STRICT = text("max_false_ppm: 950000, min_support: 3", "max_false_ppm: 130000, min_support: 22")


def reviewed(facts: SqliteFactStore, match_id: str, *, correct: bool) -> None:
    rule_orders.review(
        facts, match_id=match_id, posted_by=NAME, correct=correct, order=order("bea")
    )


def test_without_a_false_match_the_bound_is_shown_and_not_nothing(facts: SqliteFactStore):
    """Three right ones of three leave a great deal possible."""
    ruled(facts)
    one = measure(facts)
    assert (one.made, one.rate.false, one.rate.of) == (3, 0, 3)
    assert one.rate.upper_ppm == upper_ppm(false=0, of=3) > 600_000
    assert (one.sample.of, one.sample.upper_ppm) == (0, MILLION)
    assert one.over is None


def test_what_a_person_undid_was_false(facts: SqliteFactStore):
    """An unmatch counts, whatever its reason says."""
    ruled(facts)
    unmatch(facts, match_id=min(posted(facts)), order=ORDER)
    one = measure(facts)
    assert (one.undone, one.rate.false, one.rate.of) == (1, 1, 3)


def test_what_a_later_fact_contradicted_counts_for_nothing(facts: SqliteFactStore):
    """Nobody said that it was false: it is neither right nor wrong."""
    ruled(facts)
    reconcile(facts, [invoice(9, 100_00, reference="FAC-B-0001-00000001")])
    one = measure(facts)
    assert (one.made, one.contradicted, one.rate.false, one.rate.of) == (3, 1, 0, 2)


def test_reviews_are_drawn_by_lot_and_counted_apart(facts: SqliteFactStore):
    """The sample names matches that nobody chose; what is found false counts in both rates."""
    ruled(facts)
    drawn = measure(facts).to_review
    assert len(drawn) == 2
    reviewed(facts, drawn[0], correct=False)
    one = measure(facts)
    assert one.to_review == drawn[1:]
    assert (one.found_false, one.rate.false, one.sample.false, one.sample.of) == (1, 1, 1, 1)
    reviewed(facts, drawn[0], correct=True)
    assert measure(facts).sample.false == 0


def test_what_people_undo_by_themselves_is_no_sample(facts: SqliteFactStore):
    """Only what the lot drew, up to the first that nobody looked at, says how often it is false."""
    ruled(facts)
    first, second = measure(facts).to_review
    unmatch(facts, match_id=second, order=ORDER)
    assert measure(facts).sample.of == 0
    reviewed(facts, first, correct=True)
    one = measure(facts)
    assert (one.sample.false, one.sample.of, one.to_review) == (1, 2, ())


def test_over_budget_it_is_demoted_by_a_fact_of_the_policy(facts: SqliteFactStore):
    """Two false of three prove a rate above the budget: the rule suggests from here on."""
    ruled(facts, STRICT)
    drawn = measure(facts).to_review
    other = next(match for match in posted(facts) if match not in drawn)
    first, second = other, drawn[1]
    unmatch(facts, match_id=first, order=ORDER)
    judge_again(facts)
    assert demotions(facts) == []
    unmatch(facts, match_id=second, order=ORDER)
    judge_again(facts)
    (fact,) = demotions(facts)
    assert (fact.rules, fact.reason, fact.demoted_by) == (("end",), OVER_BUDGET, POLICY)
    assert (fact.false, fact.of) == (2, 3)
    reconcile(facts, [invoice(8, 800_00)], [shown(8, 800_00)])
    assert len(posted(facts)) == 1
    assert len(demotions(facts)) == 1


def test_with_its_support_the_upper_bound_decides(facts: SqliteFactStore):
    """One false of 22 is not proven too many, but no longer shown to be few enough."""
    bank(facts, count=22)
    activated(facts, STRICT)
    judge_again(facts)
    assert measure(facts).over is None
    unmatch(facts, match_id=min(posted(facts)), order=ORDER)
    judge_again(facts)
    (fact,) = demotions(facts)
    assert (fact.false, fact.of, fact.upper_ppm) == (1, 22, upper_ppm(false=1, of=22))


def test_a_review_demotes_as_an_unmatch_does(facts: SqliteFactStore):
    """Whoever finds it, a false match is a false match."""
    ruled(facts, STRICT)
    for match_id in sorted(posted(facts))[:2]:
        reviewed(facts, match_id, correct=False)
    judge_again(facts)
    assert len(demotions(facts)) == 1
    assert len(posted(facts)) == 3
