"""A window is closed when every source of payments and the account have come so far."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from application.registry import Registry
from application.windows import Windows
from domain.feed import FeedWatermarkAdvanced
from domain.settlement import Settlement, SettlementRecorded
from tests.adapters.contract_samples import CONTEXT
from tests.domain.matching.table import PAYER, line, payment
from tests.service.tiny import (
    Remembered,
    line_row,
    loaded,
    payment_row,
    reconcile,
    reconciler,
)

CORE, OTHER = "feed:payments:core", "feed:payments:other"
PAID = payment_row(payment("P1", account=PAYER))
LINE = line_row(line("L1", counterparty_account=PAYER))
STREAM = "set:bank:017:ours:L1"
ACCOUNT = "feed:bank:ours"


def known(*sources: str, through: dict[str, date]) -> Registry:
    """A registry with a payment of each source, and watermarks by feed."""
    registry = Registry()
    for source in sources:
        registry.evolve(f"pay:{source}:P1", replace(PAID, source=source))
    registry.evolve(STREAM, LINE)
    for stream, day in through.items():
        registry.evolve(stream, FeedWatermarkAdvanced(through=day))
    return registry


def closed(registry: Registry) -> bool:
    state = registry.settlement(STREAM)
    assert isinstance(state, Settlement)
    return Windows(registry).closed(state)


DAY, BEFORE = LINE.booking_date, date(2026, 3, 2)


def test_both_sides_have_to_have_come_as_far_as_the_line():
    """Payments or statements alone close nothing, nor does the day before."""
    assert closed(known("core", through={CORE: DAY, ACCOUNT: DAY}))
    assert not closed(known("core", through={CORE: DAY}))
    assert not closed(known("core", through={ACCOUNT: DAY}))
    assert not closed(known("core", through={CORE: BEFORE, ACCOUNT: DAY}))
    assert not closed(known("core", through={CORE: DAY, ACCOUNT: BEFORE}))


def test_a_source_that_lags_holds_the_window_open():
    """Any system that tells of payments may still tell of the rival."""
    days = {CORE: DAY, ACCOUNT: DAY}
    assert not closed(known("core", "other", through=days))
    assert closed(known("core", "other", through={**days, OTHER: DAY}))


def test_the_end_of_a_folder_seals_all_that_it_brought():
    """`reconcile` reads everything before it decides: nothing of its input waits."""
    facts = Remembered()
    reconcile(facts, [PAID, LINE])
    assert len(loaded(facts).matches) == 1


def test_a_line_that_waited_is_judged_when_its_window_closes():
    """A watermark alone brings it up again, and the match is posted then."""
    facts = Remembered()
    reconcile(facts, [PAID])
    day = date(2026, 3, 5)
    later = replace(LINE, booking_date=day, value_date=day, statement_id=None)
    record(facts, later, through=day)
    reconciler(facts).judge_again(correlation="import")
    assert loaded(facts).matches == {}
    left = loaded(facts).settlement(STREAM)
    assert left is not None
    assert left.left_open is not None
    assert (left.left_open.reason, left.left_open.rule) == ("unsealed", "E9")
    advance(facts, CORE, day)
    reconciler(facts).judge_again(correlation="import")
    assert [match.rule for match in loaded(facts).matches.values()] == ["payer@1"]


def record(facts: Remembered, row: SettlementRecorded, *, through: date) -> None:
    """What an import of a statement records of a line."""
    registry = loaded(facts)
    facts.append([registry.commit(STREAM, (row,), business_time="", context=CONTEXT)])
    advance(facts, ACCOUNT, through)


def advance(facts: Remembered, stream: str, day: date) -> None:
    registry = loaded(facts)
    fact = FeedWatermarkAdvanced(through=day)
    facts.append([registry.commit(stream, (fact,), business_time="", context=CONTEXT)])
