"""What the history says of a rule before it is proposed: it refuses, or tells."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.rule_files import read_rules
from adapters.sqlite_facts import SqliteFactStore
from application.rule_checks import RulesUnsound, demand_sound, findings
from tests.application.ruled_bank import TEXT, bank, invoice, registry, shown, text
from tests.application.small_bank import opened, reconcile


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[SqliteFactStore]:
    with opened(tmp_path) as store:
        yield store


def found(facts: SqliteFactStore, said: str = TEXT) -> list[tuple[str, int, int]]:
    text_ = read_rules(said.encode())
    every = findings(registry(facts), text_, read=read_rules, holidays=frozenset())
    return [(one.kind, one.part, one.whole) for one in every]


def test_nothing_is_found_where_keys_tell_payments_apart(facts: SqliteFactStore):
    """Every payment is the only one with its keys and amount."""
    bank(facts, count=25)
    assert found(facts) == []


def test_little_history_says_nothing(facts: SqliteFactStore):
    """A new store refuses no rule."""
    bank(facts, count=3)
    assert found(facts, BY_MERCHANT) == []


BY_MERCHANT = text(
    "{namespace: reference, normaliser: {digits_last: 8}}",
    "{namespace: merchant, normaliser: as_shown}",
)


def test_a_key_that_many_payments_share_refuses(facts: SqliteFactStore):
    """The merchant and an amount that all have is no key; the refusal says by how much."""
    reconcile(facts, [invoice(n, 100_00) for n in range(1, 26)])
    assert found(facts, BY_MERCHANT) == [("not-selective", 0, 25)]
    every = findings(
        registry(facts), read_rules(BY_MERCHANT.encode()), read=read_rules, holidays=frozenset()
    )
    with pytest.raises(RulesUnsound) as refused:
        demand_sound(every)
    assert refused.value.findings == every


def test_a_band_not_below_the_gap_between_amounts_refuses(facts: SqliteFactStore):
    """A band as wide as the median gap reaches the neighbour's amount."""
    bank(facts, count=25)
    for minor, expected in ((9999, []), (100_00, [("band-too-wide", 100_00, 100_00)])):
        band = text("amount: exact", f"amount: {{band: {minor}}}")
        assert found(facts, band.replace("action: post", "action: suggest")) == expected


def test_a_key_that_no_payment_has_is_told(facts: SqliteFactStore):
    """A rule about an id that nobody gives does nothing; that is told, and not refused."""
    bank(facts, count=25)
    unused = text("namespace: reference", "namespace: end_to_end_id")
    assert found(facts, unused) == [("unused", 0, 25)]
    every = findings(
        registry(facts), read_rules(unused.encode()), read=read_rules, holidays=frozenset()
    )
    demand_sound(every)


def test_rules_that_find_the_same_pairs_overlap(facts: SqliteFactStore):
    """Two rules that read the same line are told with how much they share."""
    numbers = range(1, 26)
    reconcile(facts, [invoice(n, n * 100_00) for n in numbers], [shown(1), shown(2, 200_00)])
    body = TEXT.partition("rules:\n")[2]
    other = body.replace("id: end", "id: tail").replace("digits_last: 8", "digits_last: 7")
    both = TEXT + other.replace("remittance", "remittance")
    assert found(facts, both) == []
    same = TEXT + body.replace("id: end", "id: again")
    assert found(facts, same) == [("overlap", 2, 2), ("overlap", 2, 2)]
