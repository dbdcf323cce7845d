"""Statements imported day after day, in any order, or by a run that dies: always the same end."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from itertools import groupby
from pathlib import Path
from random import Random

import pytest

from conciliar import open_store
from conciliar.orders import judged_again
from domain.facts import Fact
from domain.settlement import SettlementAllocated, SettlementRecorded
from domain.statement import StatementSealed
from tests.architecture.source import ROOT
from tests.service.delivered import SETTINGS, bank, delivered, reconciled, rows
from tests.service.imported import File, files_of, imported, matched, with_payments

PAYMENTS = 200

DIE = """
import os, signal, sys
from pathlib import Path
from adapters.sqlite_facts import SqliteFactStore
from conciliar import open_store
from application.import_terms import Terms
from conciliar.importing_statements import Wanted, import_statements
from tests.fixtures.statement_files import opened
from tests.service.delivered import SETTINGS

SqliteFactStore.commits_max = 1
wanted = Wanted(terms=Terms(source=sys.argv[4], merchant_id=sys.argv[5] or None))
left = int(sys.argv[3])

def die(stage, done, total):
    global left
    left -= stage == "record"
    if left == 0:
        os.kill(os.getpid(), signal.SIGKILL)

with open_store(sys.argv[1], settings=SETTINGS) as embedded:
    import_statements(
        embedded, [Path(sys.argv[2])], wanted=wanted, progress=die, open_as=opened
    )
"""
"""An import of one file that dies by itself after so many transactions of one commit."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[File]]:
    """A store with a bank's payments, and its statement files in order of days."""
    folder = tmp_path_factory.mktemp("days")
    made = bank(PAYMENTS, seed="days")
    reconciled(delivered(made, folder / "data"), folder / "all")
    return with_payments(made, folder), files_of(made, folder / "files")


def copied(world: tuple[Path, list[File]], folder: Path) -> tuple[Path, list[File]]:
    shutil.copytree(world[0], folder / "store")
    return folder / "store", world[1]


@pytest.fixture(scope="module")
def at_once(world: tuple[Path, list[File]], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The store after one import of everything."""
    store, files = copied(world, tmp_path_factory.mktemp("once"))
    assert {each.outcome for each in imported(store, [files])} == {"imported"}
    return store


@pytest.mark.slow
def test_imported_statements_match_as_the_same_lines_do_in_a_folder(
    world: tuple[Path, list[File]], at_once: Path
):
    """The way in changes nothing: same payments, same rules."""
    expected = {
        (frozenset(row["payments"]), row["rule"])
        for row in rows(world[0].parent / "all" / "matches.jsonl")
    }
    assert expected
    assert matched(at_once).paid == expected


@pytest.mark.slow
def test_day_after_day_ends_where_all_at_once_ends(
    world: tuple[Path, list[File]], at_once: Path, tmp_path: Path
):
    """Each day is judged on what it knows; what comes later opens it again (E10)."""
    store, files = copied(world, tmp_path)
    days = [list(some) for _, some in groupby(files, key=lambda file: file.day)]
    assert len(days) > 3

    imported(store, days)

    assert matched(store) == matched(at_once)


@pytest.mark.slow
def test_the_order_of_files_does_not_matter(
    world: tuple[Path, list[File]], at_once: Path, tmp_path: Path
):
    """Late files find their place, and everything again is nothing new.

    Of a statement that was delivered twice, the one that came first counts: its rows may differ.
    """
    store, files = copied(world, tmp_path)
    mixed = Random(4711).sample(files, len(files))

    imported(store, [mixed[:60], mixed[60:]])

    assert matched(store).paid == matched(at_once).paid
    assert matched(store).lines == matched(at_once).lines
    with open_store(store, settings=SETTINGS) as embedded:
        head = embedded.facts.head()
        assert {each.outcome for each in imported(store, [files])} == {"known"}
        assert embedded.facts.head() == head


@pytest.fixture(scope="module")
def largest(world: tuple[Path, list[File]]) -> File:
    """The longest file that all statements of an account make."""
    made = bank(PAYMENTS, seed="days")
    files = files_of(made, world[0].parent / "accounts", whole_accounts=True)
    return max(files, key=lambda file: file.path.stat().st_size)


@pytest.mark.slow
@pytest.mark.parametrize("transactions", [2, 3, 4, 5])
def test_an_import_that_dies_shows_nothing_and_is_finished_by_the_next(
    world: tuple[Path, list[File]], largest: File, tmp_path: Path, transactions: int
):
    """Killed between any two commits: no line is seen before the seal, none twice after."""
    whole, _ = copied(world, tmp_path / "whole")
    imported(whole, [[largest]])
    store, _ = copied(world, tmp_path / "dead")

    _died(store, largest, transactions)

    new = _new(store, world)
    assert any(isinstance(fact, SettlementRecorded) for fact in new)
    assert not any(isinstance(fact, StatementSealed | SettlementAllocated) for fact in new)
    with open_store(store, settings=SETTINGS) as embedded:
        assert embedded.verify().findings == ()
        judged_again(embedded, correlation="look")
    assert not any(isinstance(fact, SettlementAllocated) for fact in _new(store, world))

    imported(store, [[largest]])
    assert matched(store) == matched(whole)
    assert matched(whole).matches


def _new(store: Path, world: tuple[Path, list[File]]) -> list[Fact]:
    """The facts that are in the store, and were not in the one that it is a copy of."""
    with open_store(world[0], settings=SETTINGS) as before, open_store(store) as embedded:
        return [recorded.fact for recorded in embedded.facts.facts(after=before.facts.head())]


def _died(store: Path, file: File, transactions: int) -> None:
    terms = file.wanted.terms
    said = [str(store), str(file.path), str(transactions), terms.source, terms.merchant_id or ""]
    process = subprocess.run(
        [sys.executable, "-c", DIE, *map(str, said)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        check=False,
    )
    assert process.returncode == -signal.SIGKILL
