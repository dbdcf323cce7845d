"""What a store takes at once is what the store says; units are put together, never torn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from application.ports import AppendTooLarge, Commit
from domain.facts import Recorded
from tests.domain.matching.table import PAYER, card, day, line, payment, payout
from tests.service.tiny import Remembered, Row, loaded, reconcile, row, state_of


@dataclass
class Small(Remembered):
    """A store that takes so many commits at once and refuses more."""

    sizes: list[int] = field(default_factory=list[int])

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        if len(commits) > self.commits_max:
            raise AppendTooLarge(stream=commits[0].stream, reason=f"{len(commits)} commits")
        self.sizes.append(len(commits))
        return super().append(commits)


def paid_by_reference() -> list[Row]:
    found: list[Row] = []
    for n in range(1, 6):
        reference = f"FACTURA-0000071{n}"
        found.append(row(payment(f"Q{n}", 100_00, reference=reference, account=PAYER)))
        found.append(row(line(f"M{n}", 100_00, reference=reference), entry=f"EM{n}"))
    return found


def paid_together() -> list[Row]:
    cards = [
        card(f"H{n}", amount, created=day(2), expected=day(3))
        for n, amount in enumerate((100_33, 250_17, 75_91, 1_310_45), 1)
    ]
    whole = payout("G3", sum(one.amount for one in cards), value=day(3))
    return [*map(row, cards), row(whole, entry="EG3")]


@pytest.mark.parametrize("most", [2, 3, 7, 10_000])
def test_writers_ask_the_store_how_much_it_takes(most: int):
    """Whatever a store takes, the end is the same, and no append has more."""
    store, roomy = Small(commits_max=most), Remembered()
    reconcile(store, paid_by_reference())
    reconcile(roomy, paid_by_reference())
    assert state_of(loaded(store)) == state_of(loaded(roomy))
    assert len(loaded(store).matches) == 5
    assert max(store.sizes) <= most


def test_a_match_that_no_append_takes_is_refused_whole_after_all_others():
    """Nothing of it is written, everything else is; a store with room finishes what was left."""
    store, rows = Small(commits_max=4), [*paid_by_reference(), *paid_together()]
    with pytest.raises(AppendTooLarge, match="5 commits"):
        reconcile(store, rows)
    known = loaded(store)
    assert len(known.matches) == 5
    assert all(len(match.payments) == 1 for match in known.matches.values())
    with pytest.raises(AppendTooLarge):  # each run says so, and repeats nothing
        reconcile(store, rows)
    assert state_of(loaded(store)) == state_of(known)
    store.commits_max = 5
    reconcile(store, rows)
    roomy = Remembered()
    reconcile(roomy, rows)
    assert state_of(loaded(store)) == state_of(loaded(roomy))
