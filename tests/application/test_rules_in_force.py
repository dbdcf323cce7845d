"""What is active posts; what was demoted or retired holds what it made, and makes no more."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.rule_files import read_rules
from adapters.sqlite_facts import SqliteFactStore
from application import rule_orders
from application.rule_orders import MatchOfNoRule, RuleIdUnknown
from domain.rule_set import RuleAuthorApproves, RulePhaseWrong, hash_of
from domain.settlement import SettlementContradictionDetected
from tests.application.ruled_bank import (
    NAME,
    TEXT,
    activated,
    bank,
    invoice,
    order,
    posted,
    proposed,
    registry,
    replayed_over,
    ruled,
    shown,
    text,
)
from tests.application.small_bank import judge_again, opened, reconcile


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[SqliteFactStore]:
    with opened(tmp_path) as store:
        yield store


def demoted(facts: SqliteFactStore, *rules: str) -> None:
    rule_orders.demote(
        facts,
        name="invoices",
        version=1,
        rules=rules,
        reason="bank changed its texts",
        read=read_rules,
        order=order("ana"),
    )


def test_nothing_posts_before_it_is_active(facts: SqliteFactStore):
    """Proposed rules change nothing, and there is no way round the second person."""
    bank(facts)
    proposed(facts)
    head = facts.head()
    assert judge_again(facts).recorded == 0
    assert facts.head() == head
    with pytest.raises(RulePhaseWrong):
        rule_orders.activate(facts, name="invoices", version=1, order=order("bea"))
    with pytest.raises(RulePhaseWrong):
        rule_orders.approve(
            facts, name="invoices", version=1, text_hash=hash_of(TEXT), order=order("bea")
        )


def test_what_is_active_posts_what_was_open(facts: SqliteFactStore):
    """An activation is judged at once, over everything that is open."""
    assert posted(bank_of(facts)) == {}
    activated(facts)
    assert judge_again(facts).judged == 3
    assert set(posted(facts).values()) == {NAME}
    assert len(posted(facts)) == 3
    assert judge_again(facts).recorded == 0


def bank_of(facts: SqliteFactStore) -> SqliteFactStore:
    bank(facts)
    return facts


def test_an_author_does_not_approve(facts: SqliteFactStore):
    """Four eyes: whoever wrote it cannot let it post."""
    activated(facts)
    later = text("version: 1", "version: 2")
    proposed(facts, later)
    replayed_over(facts, later, version=2)
    with pytest.raises(RuleAuthorApproves):
        rule_orders.approve(
            facts, name="invoices", version=2, text_hash=hash_of(later), order=order("Ana")
        )


@pytest.mark.parametrize("rules", [(), ("end",)])
def test_what_was_demoted_holds_its_matches_and_makes_none(
    facts: SqliteFactStore, rules: tuple[str, ...]
):
    """A demotion takes nothing back, and posts nothing new."""
    ruled(facts)
    demoted(facts, *rules)
    judge_again(facts)
    assert len(posted(facts)) == 3
    reconcile(facts, [invoice(8, 800_00)], [shown(8, 800_00)])
    assert len(posted(facts)) == 3


def test_what_was_retired_holds_its_matches_until_something_speaks_against_one(
    facts: SqliteFactStore,
):
    """A rival that arrives later contradicts a match of a rule that is gone, by a fact (E10)."""
    ruled(facts)
    rule_orders.retire(facts, name="invoices", version=1, reason="over", order=order("ana"))
    judge_again(facts)
    assert len(posted(facts)) == 3
    rival = invoice(9, 100_00, reference="FAC-B-0001-00000001")
    reconcile(facts, [rival])
    assert len(posted(facts)) == 2
    said = [one.fact for one in facts.facts()]
    assert sum(isinstance(one, SettlementContradictionDetected) for one in said) == 1


def test_a_later_version_takes_over_and_keeps_what_was_made(facts: SqliteFactStore):
    """The matches of the version before stand, under the rule that made them."""
    ruled(facts)
    activated(facts, text("version: 1", "version: 2").replace("digits_last: 8", "digits_last: 7"))
    judge_again(facts)
    assert list(posted(facts).values()) == [NAME] * 3
    reconcile(facts, [invoice(8, 800_00)], [shown(8, 800_00, remittance_information="0000008")])
    assert sorted(posted(facts).values()) == [NAME] * 3 + ["invoices.end@2"]


def test_a_rule_that_suggests_posts_nothing(facts: SqliteFactStore):
    """Not even when it is active."""
    bank(facts)
    activated(facts, text("action: post", "action: suggest"))
    judge_again(facts)
    assert posted(facts) == {}


def test_demoting_a_rule_that_is_not_there_is_refused(facts: SqliteFactStore):
    """A misspelt id demotes nothing."""
    activated(facts)
    with pytest.raises(RuleIdUnknown):
        demoted(facts, "ende")


def test_a_review_of_a_built_in_match_is_refused(facts: SqliteFactStore):
    """What a built-in rule matched measures no configured one."""
    with pytest.raises(MatchOfNoRule):
        rule_orders.review(
            facts, match_id="mat:x:1", posted_by="payer@1", correct=True, order=order("ana")
        )


def test_an_order_asked_again_records_nothing(facts: SqliteFactStore):
    """Each order of a life is idempotent."""
    ruled(facts)
    head = facts.head()
    assert rule_orders.activate(facts, name="invoices", version=1, order=order("cai")) == ()
    proposed(facts)
    assert facts.head() == head
    assert registry(facts).rules_changed > 0
