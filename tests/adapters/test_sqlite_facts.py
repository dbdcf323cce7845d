"""The embedded fact store keeps the port's promises, and what a folder can do to it has a name."""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier

import pytest

from adapters.sealing import SealBroken
from adapters.sqlite_facts import SqliteFactStore
from adapters.system import Entropy, FixedClock, SeededEntropy
from application.ports import Clock, StoreUnusable, VersionConflict
from domain.settlement import SettlementRepeated
from tests.adapters.contract_facts import NOW_MS, FactStoreContract
from tests.adapters.contract_samples import (
    LINE,
    NAMELESS,
    OTHER,
    REGISTERED,
    STREAM,
    allocated,
    commit,
)

OpenStore = Callable[..., SqliteFactStore]


@pytest.fixture
def open_store(tmp_path: Path) -> Iterator[OpenStore]:
    opened: list[SqliteFactStore] = []

    def open_one(
        clock: Clock | None = None, *, tenant: str = "bank-01", create: bool = True
    ) -> SqliteFactStore:
        store = SqliteFactStore.open(
            tmp_path / "store",
            tenant=tenant,
            clock=clock or FixedClock(NOW_MS),
            entropy=Entropy(),
            create=create,
            lock_timeout_s=1,
        )
        opened.append(store)
        return store

    yield open_one
    for store in opened:
        store.close()


class TestSqliteFactStore(FactStoreContract):
    """The contract, on SQLite."""

    @pytest.fixture
    def store_of(self, open_store: OpenStore) -> OpenStore:
        return open_store


def change(file: Path, statement: str, *arguments: object) -> None:
    """Change a database behind the store's back."""
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute(statement, arguments)


# Durable, and the same for whoever opens it.


def test_a_store_is_as_it_was_when_opened_again(open_store: OpenStore):
    """Facts, personal fields and recorded time live on in the folder."""
    with open_store(FixedClock(NOW_MS)) as store:
        appended = store.append([commit(REGISTERED)])
    again = open_store(FixedClock(NOW_MS - 1), create=False)
    assert again.stream(STREAM) == appended
    (later,) = again.append([commit(allocated(1), expected=1)])
    assert later.recorded_at_ms == NOW_MS


def test_two_open_stores_see_each_other(open_store: OpenStore):
    """What one appends, the other reads at once, and stands by the same versions."""
    here, there = open_store(), open_store()
    here.append([commit(REGISTERED)])
    assert there.stream(STREAM) == here.stream(STREAM)
    there.append([commit(allocated(1), expected=1)])
    with pytest.raises(VersionConflict):
        here.append([commit(allocated(2), expected=1)])


def test_commits_reach_the_disk(open_store: OpenStore):
    """Facts and keys are written with a log, and synchronised at each commit."""
    store = open_store()
    with store.recorder.datastore.transaction(commit=False) as cursor:
        modes = [_pragma(cursor, name) for name in ("journal_mode", "synchronous")]
    assert modes == ["wal", 2]
    keys = store.keys._connection  # no port shows it, and it must hold
    assert [_pragma(keys, name) for name in ("journal_mode", "synchronous")] == ["wal", 2]


def _pragma(cursor: object, name: str) -> object:
    result = cursor.execute(f"PRAGMA {name}")  # type: ignore[attr-defined]
    return (result or cursor).fetchone()[0]  # type: ignore[attr-defined]


def test_the_same_entropy_and_clock_write_the_same_bytes(tmp_path: Path):
    """Nothing but the arguments decides what is stored."""
    states: list[list[bytes]] = []
    for name in ("one", "two"):
        with SqliteFactStore.open(
            tmp_path / name,
            tenant="bank-01",
            clock=FixedClock(NOW_MS),
            entropy=SeededEntropy("seed"),
        ) as store:
            store.append([commit(REGISTERED, allocated(1)), commit(REGISTERED, stream=OTHER)])
            states.append([row.state for page in store.pages(through=3) for row in page])
    assert states[0] == states[1]
    assert len(set(states[0])) == 3


def test_positions_survive_a_vacuum(open_store: OpenStore):
    """Compacting the file numbers nothing anew."""
    store = open_store()
    store.append([commit(allocated(1), allocated(2)), commit(REGISTERED, stream=OTHER)])
    before = tuple(store.facts())
    change(store.folder.facts, "VACUUM")
    assert tuple(store.facts()) == before


# Personal fields.


def test_personal_text_is_nowhere_in_the_facts(open_store: OpenStore):
    """No file of the store holds what was sealed."""
    store = open_store()
    store.append([commit(REGISTERED)])
    store.close()
    for file in store.folder.path.iterdir():
        content = file.read_bytes()
        assert "Pérez".encode() not in content
        assert b"0177792125336137481863" not in content


@pytest.mark.parametrize(
    "column, value",
    [
        ("originator_id", OTHER),
        ("originator_version", 2),
        ("topic", SettlementRepeated.TOPIC),  # a topic with the same fields
    ],
)
def test_a_box_that_was_moved_does_not_open(open_store: OpenStore, column: str, value: object):
    """Under another stream, version or topic a box is refused; sealed reading needs no box."""
    store = open_store()
    store.append([commit(LINE), commit(REGISTERED, stream=OTHER)])
    change(store.folder.facts, "DELETE FROM stored_events WHERE originator_id = ?", OTHER)
    change(store.folder.facts, f"UPDATE stored_events SET {column} = ?", value)
    assert len(list(store.facts(sealed=True))) == 1
    with pytest.raises(SealBroken):
        list(store.facts())


def test_a_box_does_not_open_for_another_tenant(open_store: OpenStore, tmp_path: Path):
    """Giving a store another name does not give it another's facts."""
    with open_store() as store:
        store.append([commit(REGISTERED)])
    file = tmp_path / "store" / "store.json"
    file.write_bytes(file.read_bytes().replace(b"bank-01", b"bank-02"))
    with pytest.raises(SealBroken):
        open_store(tenant="bank-02").stream(STREAM)


def test_shredding_every_subject_leaves_the_rest(open_store: OpenStore):
    """After all keys are destroyed the facts replay whole, with personal fields as None."""
    store = open_store()
    store.append([commit(REGISTERED, allocated(1)), commit(REGISTERED, stream=OTHER)])
    assert store.shred([STREAM, OTHER, "pay:core:none"]) == 2
    assert store.shred([STREAM]) == 0
    assert [fact.fact for fact in store.facts()] == [NAMELESS, allocated(1), NAMELESS]


def test_what_is_recorded_after_shredding_has_a_new_key(open_store: OpenStore):
    """Shredding takes what was there; a later fact of the stream is sealed anew, until the next."""
    store = open_store()
    store.append([commit(REGISTERED)])
    store.shred([STREAM])
    store.append([commit(REGISTERED, expected=1)])
    assert [fact.fact for fact in store.stream(STREAM)] == [NAMELESS, REGISTERED]
    assert store.shred([STREAM]) == 1
    assert [fact.fact for fact in store.stream(STREAM)] == [NAMELESS, NAMELESS]


def test_a_shredded_salt_is_in_no_file(open_store: OpenStore):
    """The bytes of a destroyed salt are overwritten, in the database and in its log."""
    store = open_store()
    store.append([commit(REGISTERED)])
    with closing(sqlite3.connect(store.folder.keys)) as connection:
        (salt,) = connection.execute("SELECT salt FROM salts").fetchone()
    store.shred([STREAM])
    for file in store.folder.path.iterdir():
        assert salt not in file.read_bytes()


def test_a_lost_key_is_not_a_shredded_one(open_store: OpenStore):
    """A salt that is gone without an order is a fault, not an empty field."""
    store = open_store()
    store.append([commit(REGISTERED)])
    change(store.folder.keys, "DELETE FROM salts")
    with pytest.raises(SealBroken) as broken:
        store.stream(STREAM)
    assert broken.value == SealBroken(fact_id=f"{STREAM}@1", reason="its key is missing")


def test_a_refused_append_needs_no_key(open_store: OpenStore):
    """Keys are made for facts that can be recorded, not for those that are refused."""
    store = open_store()
    store.append([commit(allocated(1))])
    with pytest.raises(VersionConflict):
        store.append([commit(REGISTERED)])
    with closing(sqlite3.connect(store.folder.keys)) as connection:
        assert connection.execute("SELECT count(*) FROM salts").fetchone() == (0,)


def test_a_key_that_outlived_its_append_is_used(open_store: OpenStore):
    """A kill between keys and facts leaves a key; the append that is tried again uses it."""
    store = open_store()
    store.keys.provide([(STREAM, 1, b"s" * 16)])
    store.append([commit(REGISTERED)])
    assert [fact.fact for fact in store.stream(STREAM)] == [REGISTERED]
    with closing(sqlite3.connect(store.folder.keys)) as connection:
        assert connection.execute("SELECT salt FROM salts").fetchall() == [(b"s" * 16,)]


# What a folder can do.


def refusal_of(open_one: Callable[[], object]) -> StoreUnusable:
    with pytest.raises(StoreUnusable) as refused:
        open_one()
    return refused.value


def test_a_folder_that_is_not_a_store(open_store: OpenStore, tmp_path: Path):
    """Nothing to open, something else in the folder, a file in its place: each is named."""
    folder = tmp_path / "store"
    assert "not a store" in refusal_of(lambda: open_store(create=False)).reason
    folder.mkdir()
    (folder / "holiday.jpg").write_bytes(b"sea")
    assert refusal_of(open_store).reason == "not a store, and not empty: holiday.jpg"
    shutil.rmtree(folder)
    folder.write_bytes(b"")
    assert refusal_of(open_store).path == str(folder)


def test_a_store_of_another_tenant(open_store: OpenStore):
    """One store holds one tenant's facts."""
    open_store().close()
    refused = refusal_of(lambda: open_store(tenant="bank-02"))
    assert refused.reason == "it holds the facts of bank-01, not of bank-02"
    assert (
        "no tenant"
        in refusal_of(
            lambda: SqliteFactStore.open(
                Path("unmade"), tenant="Bank|1", clock=FixedClock(0), entropy=Entropy()
            )
        ).reason
    )


def test_a_store_of_a_newer_program(open_store: OpenStore, tmp_path: Path):
    """A format that this program does not know is refused, with both numbers."""
    open_store().close()
    file = tmp_path / "store" / "store.json"
    file.write_bytes(file.read_bytes().replace(b'"format":1', b'"format":7'))
    refused = refusal_of(open_store)
    assert refused.reason == "format 7 is newer than 1, the latest known here"
    file.write_bytes(b"{}")
    assert refusal_of(open_store).path == str(file)


@pytest.mark.parametrize("name", ["facts.sqlite", "keys.sqlite"])
def test_a_file_that_is_no_database(open_store: OpenStore, tmp_path: Path, name: str):
    """Overwritten or cut databases are named, never made anew over what is there."""
    with open_store() as store:
        store.append([commit(REGISTERED)])
    file = tmp_path / "store" / name
    whole = file.read_bytes()
    file.write_bytes(b"x" * 5_000)
    refused = refusal_of(open_store)
    assert (refused.path, refused.reason) == (str(file), "not an SQLite database")
    file.write_bytes(whole[:1_000])
    assert refusal_of(open_store).path == str(file)
    file.unlink()
    refused = refusal_of(lambda: open_store(create=False))
    assert (refused.path, refused.reason) == (str(file), "the file is missing")


def test_a_master_key_that_is_missing_or_cut(open_store: OpenStore, tmp_path: Path):
    """A store without its key is refused; no new key is made for old facts."""
    open_store().close()
    file = tmp_path / "store" / "master.key"
    assert file.stat().st_mode & 0o777 == 0o600
    file.write_bytes(b"short")
    assert "32 bytes, this one 5" in refusal_of(open_store).reason
    file.unlink()
    assert refusal_of(open_store).path == str(file)


def test_facts_without_their_description(open_store: OpenStore, tmp_path: Path):
    """A folder that lost store.json is refused: a new one could name the wrong tenant."""
    open_store().close()
    (tmp_path / "store" / "store.json").unlink()
    assert refusal_of(open_store).reason.startswith("not a store, and not empty")


def test_a_creation_that_was_interrupted(open_store: OpenStore, tmp_path: Path):
    """What a kill leaves of a creation is taken up again, with the same master key."""
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "master.key").write_bytes(b"k" * 32)
    (folder / "store.json.77.new").write_bytes(b'{"form')
    assert open_store().folder.master_key == b"k" * 32


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_a_folder_that_cannot_be_written(open_store: OpenStore, tmp_path: Path):
    """A read-only folder is named."""
    (tmp_path / "store").mkdir(mode=0o500)
    assert refusal_of(open_store).path == str(tmp_path / "store")


def test_a_key_elsewhere(tmp_path: Path):
    """The master key may lie outside of the folder, and then is not in it."""
    with SqliteFactStore.open(
        tmp_path / "store",
        tenant="bank-01",
        clock=FixedClock(NOW_MS),
        entropy=Entropy(),
        master_key=tmp_path / "away.key",
    ) as store:
        store.append([commit(REGISTERED)])
        assert store.stream(STREAM)[0].fact == REGISTERED
    assert (tmp_path / "away.key").exists()
    assert not (tmp_path / "store" / "master.key").exists()


def test_a_writer_that_never_ends(open_store: OpenStore):
    """An append that cannot get the lock within its bound says so; afterwards it is welcome."""
    store = open_store()
    store.append([commit(REGISTERED)])
    with closing(sqlite3.connect(store.folder.facts, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        refused = refusal_of(lambda: store.append([commit(allocated(1), expected=1)]))
        assert (refused.path, refused.reason) == (str(store.folder.facts), "database is locked")
        assert store.stream(STREAM)[0].fact == REGISTERED  # readers do not wait
        other.execute("ROLLBACK")
    store.append([commit(allocated(1), expected=1)])


def test_a_closed_store(open_store: OpenStore):
    """A store that was closed is unusable, not silent."""
    store = open_store()
    store.close()
    store.close()
    assert refusal_of(store.head).path == str(store.folder.facts)


def test_closing_waits_for_who_is_reading(open_store: OpenStore):
    """A store that is closed while threads read it lets them end; then they find it closed."""
    store = open_store()
    store.append([commit(REGISTERED, *map(allocated, range(500)))])

    begun = Barrier(5)

    def read() -> None:
        begun.wait()
        while True:
            store.stream(STREAM)

    with ThreadPoolExecutor(max_workers=4) as readers:
        reading = [readers.submit(read) for _ in range(4)]
        begun.wait()
        store.close()
    assert [type(each.exception()) for each in reading] == [StoreUnusable] * 4
