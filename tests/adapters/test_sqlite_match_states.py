"""Match states in SQLite keep the port's promises, and those that only a file makes."""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import pytest

from adapters.blinding import Blinding
from adapters.sqlite_match_states import SqliteMatchStates
from application.ports import StoreUnusable
from tests.adapters.contract_match_states import (
    ACCOUNT,
    OTHER,
    MatchStatesContract,
    filed,
    found,
)

BLINDING = Blinding(master_key=b"k" * 32, tenant="bank")


def opened(folder: Path) -> SqliteMatchStates:
    return SqliteMatchStates.open(folder / "matching.sqlite", blinding=BLINDING)


@pytest.fixture
def states(tmp_path: Path) -> Generator[SqliteMatchStates]:
    with opened(tmp_path) as index:
        yield index


class TestSqliteMatchStates(MatchStatesContract):
    """The contract, in a file."""

    @pytest.fixture
    def states(self, tmp_path: Path) -> Generator[SqliteMatchStates]:
        with opened(tmp_path) as index:
            yield index


def test_the_position_moves_with_what_was_filed(states: SqliteMatchStates, tmp_path: Path):
    """What was taken in is there for the next process, with how far the facts were read."""
    states.take([filed("pay:1", ACCOUNT)], position=7)
    with opened(tmp_path) as again:
        assert (again.position(), found(again, ACCOUNT)) == (7, [["pay:1"]])
        again.clear()
    assert states.position() == 0


def test_no_account_lies_in_the_file(states: SqliteMatchStates, tmp_path: Path):
    """Whoever holds the index alone cannot read whose payments these are."""
    states.put([filed("pay:1", ACCOUNT, OTHER)])
    states.close()
    content = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"pay:1" in content
    assert ACCOUNT.value.encode() not in content


def test_another_key_finds_nothing(states: SqliteMatchStates, tmp_path: Path):
    """Without the secret nobody can even try whether somebody is there."""
    states.put([filed("pay:1", ACCOUNT)])
    stranger = Blinding(master_key=b"s" * 32, tenant="bank")
    path = tmp_path / "matching.sqlite"
    with SqliteMatchStates.open(path, blinding=stranger) as index:
        assert found(index, ACCOUNT) == [[]]


def test_a_file_of_another_format_is_begun_anew(states: SqliteMatchStates, tmp_path: Path):
    """What a later or earlier program left is not converted: the facts are there."""
    states.take([filed("pay:1", ACCOUNT)], position=7)
    states._connection.execute("PRAGMA user_version=99")
    with opened(tmp_path) as again:
        assert (again.position(), found(again, ACCOUNT)) == (0, [[]])


def test_what_is_no_database_is_named(tmp_path: Path):
    """A refusal names the file and says that nothing is lost."""
    (tmp_path / "matching.sqlite").write_text("no database, and long enough to be looked at" * 9)
    with pytest.raises(StoreUnusable) as refused:
        opened(tmp_path)
    assert "filed again" in refused.value.reason
