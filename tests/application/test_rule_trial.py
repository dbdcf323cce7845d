"""A candidate is replayed over the history and compared with what was really decided."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from adapters.rule_files import read_rules
from adapters.sqlite_facts import SqliteFactStore
from application.registry import untold
from application.rule_trial import Trial, Value, decisions, rule_trial
from application.undoing import unmatch
from tests.application.ruled_bank import (
    NAME,
    TEXT,
    activated,
    bank,
    invoice,
    posted,
    registry,
    ruled,
    shown,
    text,
)
from tests.application.small_bank import (
    LINES,
    ORDER,
    PAYMENTS,
    TUESDAY,
    WEDNESDAY,
    judge_again,
    opened,
    reconcile,
)

LONG_AGO = date(2020, 1, 1)


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[SqliteFactStore]:
    with opened(tmp_path) as store:
        yield store


def tried(facts: SqliteFactStore, said: str = TEXT, *, since: date = LONG_AGO) -> Trial:
    head = facts.head()
    found = rule_trial(
        registry(facts),
        decisions(facts.facts()),
        candidate=read_rules(said.encode()),
        since=since,
        read=read_rules,
        holidays=frozenset(),
        progress=untold,
    )
    assert facts.head() == head, "a trial records nothing"
    return found


def outcomes(trial: Trial) -> dict[str, int]:
    names = ("newly", "moved", "lost", "contradicted", "kept")
    return {name: trial.count(name) for name in names if trial.count(name)}


def test_newly_matched_with_what_they_come_to(facts: SqliteFactStore):
    """What the rule would add is told, line by line and summed by currency."""
    bank(facts)
    trial = tried(facts)
    assert outcomes(trial) == {"newly": 3}
    assert trial.values == {("newly", "ARS"): Value(count=3, minor=600_00)}
    assert [(one.rule, one.minor) for one in trial.differences] == [
        (NAME, 100_00),
        (NAME, 200_00),
        (NAME, 300_00),
    ]
    assert trial.by_rule == {(NAME, "newly"): 3}


def test_nothing_changes_where_the_rule_finds_nothing(facts: SqliteFactStore):
    """Every real decision of an ordinary day is found again, whatever made it."""
    reconcile(facts, PAYMENTS, LINES)
    trial = tried(facts)
    assert outcomes(trial) == {"kept": len(posted(facts))}
    assert trial.differences == ()


def test_lost_where_a_later_version_would_not_find_it(facts: SqliteFactStore):
    """A match that stands, and that the candidate would not make, is lost."""
    ruled(facts)
    trial = tried(
        facts, text("digits_last: 8", "digits_last: 9").replace("version: 1", "version: 2")
    )
    assert outcomes(trial) == {"lost": 3}
    assert {(one.rule, one.why) for one in trial.differences} == {(NAME, "stands")}


def test_contradicted_by_a_later_unmatch(facts: SqliteFactStore):
    """What a person undid is what the candidate would do again: that is told, and not as new."""
    ruled(facts)
    unmatch(facts, match_id=min(posted(facts)), order=ORDER)
    judge_again(facts)
    trial = tried(facts)
    assert outcomes(trial) == {"contradicted": 1, "kept": 2}
    (one,) = trial.differences
    assert (one.against, one.why) == ("mat:" + one.lines[0].removeprefix("set:") + ":1", "person")


def test_moved_where_a_line_would_settle_something_else(facts: SqliteFactStore):
    """A line that is matched, and that the candidate would match otherwise, is told once."""
    activated(facts)
    other = invoice(70, 400_00, payment_id="OTHER70", reference=None)
    line = shown(4, 400_00, remittance_information="PAGO 00000004 OTHER70")
    reconcile(facts, [invoice(4, 400_00), other], [line])
    assert list(posted(facts).values()) == [NAME]
    later = text("version: 1", "version: 2").replace(
        "namespace: reference", "namespace: payment_id"
    )
    trial = tried(facts, later.replace("{digits_last: 8}", "alnum"))
    assert outcomes(trial) == {"moved": 1}
    (one,) = trial.differences
    assert (one.payments, one.why) == (("pay:core:OTHER70",), "stands")
    assert one.against in posted(facts)


def test_only_from_a_day_on(facts: SqliteFactStore):
    """What is older than --since is replayed and not told."""
    bank(facts)
    assert outcomes(tried(facts, since=TUESDAY)) == {"newly": 3}
    assert outcomes(tried(facts, since=WEDNESDAY)) == {}


def test_suggestions_are_told_apart(facts: SqliteFactStore):
    """A rule that suggests matches nothing; what it would suggest is there."""
    bank(facts)
    trial = tried(facts, text("action: post", "action: suggest"))
    assert outcomes(trial) == {}
    assert len(trial.suggested) == 3
