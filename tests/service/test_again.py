"""The same input again: nothing new is recorded, and the order of its rows is of no account."""

from __future__ import annotations

from pathlib import Path
from random import Random

from conciliar import open_store
from tests.service.delivered import (
    SETTINGS,
    answer,
    bank,
    delivered,
    reconciled,
    result_bytes,
    shuffled,
)

PAYMENTS = 600


def test_the_same_folder_again_records_nothing(tmp_path: Path):
    """A second run over a folder records no fact, judges nothing and writes the same bytes."""
    folder, out = delivered(bank(PAYMENTS, seed="again"), tmp_path / "data"), tmp_path / "out"
    first = reconciled(folder, out)
    before = result_bytes(out)
    second = reconciled(folder, out)
    assert first.recorded > PAYMENTS
    assert (second.recorded, second.judged) == (0, 0)
    assert result_bytes(out) == before
    assert second.summary == first.summary


def test_the_same_rows_in_another_order_record_nothing(tmp_path: Path):
    """Other bytes with the same rows are the same input to a store that knows them."""
    made, out = bank(PAYMENTS, seed="again"), tmp_path / "out"
    reconciled(delivered(made, tmp_path / "data"), out)
    before = result_bytes(out)
    again = reconciled(delivered(shuffled(made, Random(7)), tmp_path / "shuffled"), out)
    assert again.recorded == 0
    assert result_bytes(out) == before


def test_the_order_of_rows_decides_nothing(tmp_path: Path):
    """The same rows in different orders come to the same matches and exceptions."""
    made = bank(PAYMENTS, seed="order")
    reconciled(delivered(made, tmp_path / "data"), tmp_path / "out")
    for number in range(2):
        other = shuffled(made, Random(number))
        out = tmp_path / f"out-{number}"
        reconciled(delivered(other, tmp_path / f"data-{number}"), out)
        assert answer(out) == answer(tmp_path / "out")


def test_a_second_store_of_the_same_input_says_the_same(tmp_path: Path):
    """Nothing in the result files depends on the store's clock, keys or nonces."""
    folder = delivered(bank(PAYMENTS, seed="again"), tmp_path / "data")
    reconciled(folder, tmp_path / "one")
    reconciled(folder, tmp_path / "two")
    assert result_bytes(tmp_path / "one") == result_bytes(tmp_path / "two")


def test_read_models_kept_up_equal_rebuilt_ones(tmp_path: Path):
    """After a run the read models hold every fact, and made again they are the same bytes."""
    folder, out = delivered(bank(PAYMENTS, seed="again"), tmp_path / "data"), tmp_path / "out"
    run = reconciled(folder, out)
    with open_store(run.store, settings=SETTINGS) as store:
        assert store.views.position() == store.facts.head() == run.recorded
        before = store.views.digest()
        store.projector.rebuild()
        assert store.views.digest() == before
