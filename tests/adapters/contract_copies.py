"""What every copy between two stores promises, whatever they are made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from adapters.codec import Row
from adapters.sealing import SealBroken, Vault
from adapters.store_copy import Copied, CopyEnd, copy_facts
from application.ports import StoreUnusable
from domain.facts import Recorded
from tests.adapters.contract_samples import LINE, NAMELESS, OTHER, REGISTERED, allocated, commit

MASTER_KEY = b"k" * 32


@dataclass(frozen=True)
class Side:
    """A store, and the same as an end of a copy."""

    store: Any  # of either kind: append, shred, facts, stream
    end: CopyEnd
    tenant: str

    def rows(self) -> list[Row]:
        transactions = self.end.transactions(after=0, through=self.end.head())
        return [row for transaction in transactions for row in transaction]

    def facts(self) -> list[Recorded]:
        return list(self.store.facts())


def filled(store: Any, *, streams: int = 6) -> None:
    """Facts of several commands, some with names, some in one transaction over two streams."""
    for number in range(streams):
        here, there = f"pay:core:P{number}", f"set:bank:A:E{number}"
        store.append([commit(REGISTERED, stream=here, command=f"r-{number}")])
        store.append(
            [
                commit(LINE, allocated(1), stream=there, command=f"l-{number}"),
                commit(allocated(2), stream=here, expected=1, command=f"l-{number}"),
            ]
        )


def copied(source: Side, target: Side, *, vault: Vault | None = None, batch: int = 4) -> Copied:
    return copy_facts(source.end, target.end, vault=vault, told=_silent, batch=batch)


def _silent(stage: str, done: int, total: int) -> None:
    del stage, done, total


class Killed(BaseException):
    """What ends a copy in the middle."""


class CopyContract:
    """The cases; a subclass gives `source` and `target`, two empty stores under one master key."""

    def test_facts_are_the_same_to_the_byte_and_open(self, source: Side, target: Side):
        """Each row is what it was, each name reads, and the digest is that of both."""
        filled(source.store)
        done = copied(source, target, vault=_vault(source))
        assert (done.facts, done.there_before) == (24, 0)
        assert target.rows() == source.rows()
        assert target.facts() == source.facts()
        assert target.facts()[0].fact == REGISTERED
        assert copied(source, target).sha256 == done.sha256

    def test_transactions_stay_whole(self, source: Side, target: Side):
        """What one append wrote comes out of the target as one transaction."""
        filled(source.store, streams=2)
        copied(source, target)
        sizes = [len(each) for each in target.end.transactions(after=0, through=8)]
        assert sizes == [1, 3, 1, 3]

    def test_again_adds_nothing_and_later_only_what_is_new(self, source: Side, target: Side):
        """A second copy finds all there; after new facts, only those are copied."""
        filled(source.store)
        copied(source, target)
        assert copied(source, target).there_before == 24
        source.store.append([commit(NAMELESS, stream="pay:core:new", command="new")])
        done = copied(source, target)
        assert (done.facts, done.there_before) == (25, 24)
        assert target.rows() == source.rows()

    @pytest.mark.parametrize("dies_after", [1, 3])
    def test_a_killed_copy_goes_on(self, source: Side, target: Side, dies_after: int):
        """What a kill left is the beginning of the source; the next copy writes only the rest."""
        filled(source.store)
        steps = iter(range(1, 100))

        def kill(stage: str, done: int, total: int) -> None:
            if stage == "copy" and next(steps) == dies_after:
                raise Killed

        with pytest.raises(Killed):
            copy_facts(source.end, target.end, told=kill, batch=4)
        left = target.rows()
        assert 0 < len(left) < 24
        assert left == source.rows()[: len(left)]
        assert copied(source, target).there_before == len(left)
        assert target.facts() == source.facts()

    def test_shredded_stays_shredded(self, source: Side, target: Side):
        """A name that was shredded before the copy reads as None after it, and others read."""
        filled(source.store)
        source.store.shred(["pay:core:P1"])
        copied(source, target, vault=_vault(source))
        assert target.facts() == source.facts()
        assert target.store.stream("pay:core:P1")[0].fact == NAMELESS
        assert target.store.stream("pay:core:P2")[0].fact == REGISTERED

    def test_a_new_key_after_shredding_comes_along(self, source: Side, target: Side):
        """Of a stream that was shredded and went on, the later name reads and the earlier not."""
        source.store.append([commit(REGISTERED)])
        source.store.shred(["pay:core:P1"])
        source.store.append([commit(REGISTERED, expected=1)])
        copied(source, target)
        assert [one.fact for one in target.facts()] == [NAMELESS, REGISTERED]

    def test_shredding_after_a_copy_is_carried_over_by_the_next(self, source: Side, target: Side):
        """A key that the target had already is destroyed there too."""
        filled(source.store)
        copied(source, target)
        source.store.shred(["pay:core:P1"])
        copied(source, target)
        assert target.store.stream("pay:core:P1")[0].fact == NAMELESS

    def test_a_copy_brings_no_shredded_key_back(self, source: Side, target: Side):
        """What was shredded in the target alone stays so."""
        filled(source.store)
        copied(source, target)
        target.store.shred(["pay:core:P1"])
        copied(source, target)
        assert target.store.stream("pay:core:P1")[0].fact == NAMELESS

    def test_a_target_that_is_ahead_is_refused(self, source: Side, target: Side):
        """Somebody recorded in the copy: nothing is written to it, and the counts are named."""
        filled(source.store)
        copied(source, target)
        target.store.append([commit(NAMELESS, stream="pay:core:late")])
        before = target.rows()
        with pytest.raises(StoreUnusable, match=r"ahead: it holds 25 facts, .* holds 24"):
            copied(source, target)
        assert target.rows() == before

    def test_another_content_is_refused_at_its_first_difference(self, source: Side, target: Side):
        """Other facts, or the same ones with another nonce: refused, and nothing is written."""
        target.store.append([commit(NAMELESS, stream=OTHER)])
        filled(source.store)
        refusal = rf"position 1: it holds {OTHER}@1 .* holds pay:core:P0@1"
        with pytest.raises(StoreUnusable, match=refusal):
            copied(source, target)
        assert target.end.head() == 1

    def test_the_same_fact_with_another_envelope_is_another_content(
        self, source: Side, target: Side
    ):
        """Nonces are drawn anew by each append, so facts that were typed twice are not one copy."""
        for side in (source, target):
            side.store.append([commit(NAMELESS)])
        source.store.append([commit(allocated(1), expected=1)])
        with pytest.raises(StoreUnusable, match="position 1: pay:core:P1@1 has another envelope"):
            copied(source, target)
        assert target.end.head() == 1

    def test_a_rival_who_writes_meanwhile_is_not_written_over(self, source: Side, target: Side):
        """The next place was taken between two steps: refused, and the rival's fact stays."""
        filled(source.store)

        def rival(stage: str, done: int, total: int) -> None:
            if (stage, done) == ("copy", 4):
                target.store.append([commit(NAMELESS, stream="pay:core:rival")])

        with pytest.raises(StoreUnusable, match="somebody else wrote to it: it ends at 5"):
            copy_facts(source.end, target.end, told=rival, batch=4)
        assert target.rows()[:4] == source.rows()[:4]
        assert target.rows()[4].stream == "pay:core:rival"
        assert target.end.head() == 5

    def test_a_wrong_master_key_is_found_before_anything_is_written(
        self, source: Side, target: Side
    ):
        """Fields that would never open again are not copied."""
        filled(source.store)
        with pytest.raises(SealBroken):
            copied(source, target, vault=Vault(master_key=b"w" * 32, tenant=source.tenant))
        assert target.end.head() == 0

    def test_a_lost_key_is_not_copied_as_a_shredded_one(
        self, source: Side, target: Side, lose_key: Callable[[str], None]
    ):
        """A salt that is missing without an order stops the copy at that fact."""
        filled(source.store)
        lose_key("pay:core:P1")
        with pytest.raises(SealBroken, match="its key is missing"):
            copied(source, target)


def _vault(side: Side) -> Vault:
    return Vault(master_key=MASTER_KEY, tenant=side.tenant)
