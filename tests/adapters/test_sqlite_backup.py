"""A store can be copied while it runs, and the copy is a whole store as of one moment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from threading import Event, Thread

import pytest

from adapters.backup import Backup, backup, restore
from adapters.sqlite_facts import SqliteFactStore
from adapters.system import Entropy, FixedClock
from adapters.verification import Verification, verify
from application.ports import StoreUnusable
from tests.adapters.contract_samples import NAMELESS, REGISTERED, STREAM, allocated, commit
from tests.adapters.test_sqlite_facts import change


def opened(folder: Path, *, create: bool = True, master_key: Path | None = None) -> SqliteFactStore:
    return SqliteFactStore.open(
        folder,
        tenant="bank-01",
        clock=FixedClock(0),
        entropy=Entropy(),
        create=create,
        master_key=master_key,
    )


def restored(source: Path, target: Path, *, master_key: Path | None = None) -> Verification:
    return restore(source, target, clock=FixedClock(0), entropy=Entropy(), master_key=master_key)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteFactStore]:
    with opened(tmp_path / "store") as store:
        store.append([commit(REGISTERED, allocated(1))])
        yield store


def test_a_backup_is_a_store(store: SqliteFactStore, tmp_path: Path):
    """The copy of an open store holds its facts and opens its boxes."""
    assert backup(tmp_path / "store", tmp_path / "copy") == Backup(
        folder=tmp_path / "copy", head=2, master_key_copied=True
    )
    with opened(tmp_path / "copy", create=False) as copy:
        assert tuple(copy.facts()) == tuple(store.facts())
    assert (tmp_path / "copy" / "master.key").stat().st_mode & 0o777 == 0o600


def test_a_backup_while_a_writer_appends_is_a_prefix(store: SqliteFactStore, tmp_path: Path):
    """Copied in the middle of writing, the copy restores to a sound store: the original's begin."""
    done, begun = Event(), Event()

    def write() -> None:
        number = 0
        while not done.is_set():
            store.append([commit(REGISTERED, allocated(1), stream=f"pay:core:{number}")])
            number += 1
            if number == 20:
                begun.set()

    writer = Thread(target=write)
    writer.start()
    try:
        assert begun.wait(timeout=60)
        copies = [backup(tmp_path / "store", tmp_path / f"copy{n}") for n in range(5)]
    finally:
        done.set()
        writer.join()
    facts = tuple(store.facts())
    for number, copy in enumerate(copies):
        found = restored(copy.folder, tmp_path / f"restored{number}")
        assert (found.facts, found.findings) == (copy.head, ())
        assert found.boxes_opened == copy.head // 2
        with opened(tmp_path / f"restored{number}", create=False) as again:
            assert tuple(again.facts()) == facts[: copy.head]
    assert copies[0].head < copies[-1].head <= len(facts)


def test_a_restored_store_goes_on(store: SqliteFactStore, tmp_path: Path):
    """What was restored takes new facts where the copy ended."""
    backup(tmp_path / "store", tmp_path / "copy")
    (tmp_path / "new").mkdir()  # an empty folder will do
    restored(tmp_path / "copy", tmp_path / "new")
    with opened(tmp_path / "new", create=False) as again:
        (fact,) = again.append([commit(allocated(2), expected=2)])
        assert fact.position == 3


def test_progress_is_told_to_its_end(store: SqliteFactStore, tmp_path: Path):
    """The last call says that all pages are copied."""
    told: list[tuple[int, int]] = []
    backup(
        tmp_path / "store",
        tmp_path / "copy",
        progress=lambda done, total: told.append((done, total)),
    )
    done, total = told[-1]
    assert done == total > 0


def test_what_was_shredded_is_shredded_in_later_copies(store: SqliteFactStore, tmp_path: Path):
    """A copy made after shredding holds no key for it, and is sound."""
    store.shred([STREAM])
    backup(tmp_path / "store", tmp_path / "copy")
    found = restored(tmp_path / "copy", tmp_path / "new")
    assert (found.boxes_opened, found.boxes_shredded) == (0, 1)
    with opened(tmp_path / "new", create=False) as again:
        assert again.stream(STREAM)[0].fact == NAMELESS


def test_a_key_elsewhere_is_not_copied(tmp_path: Path):
    """A master key outside of the folder stays there; the way back needs it."""
    key = tmp_path / "away.key"
    with opened(tmp_path / "store", master_key=key) as store:
        store.append([commit(REGISTERED)])
    assert not backup(tmp_path / "store", tmp_path / "copy").master_key_copied
    with pytest.raises(StoreUnusable, match=r"master\.key"):
        restored(tmp_path / "copy", tmp_path / "new")
    assert restored(tmp_path / "copy", tmp_path / "new", master_key=key).boxes_opened == 1


def test_neither_overwrites_anything(store: SqliteFactStore, tmp_path: Path):
    """A target that holds anything is refused and stays as it is; nothing is left beside it."""
    backup(tmp_path / "store", tmp_path / "copy")
    before = sorted(tmp_path.iterdir())
    for copy in (backup, restored):
        with pytest.raises(StoreUnusable) as refused:
            copy(tmp_path / "copy", tmp_path / "store")
        assert refused.value.path == str(tmp_path / "store")
    with pytest.raises(StoreUnusable, match="not a store"):
        backup(tmp_path / "nothing", tmp_path / "new")
    assert sorted(tmp_path.iterdir()) == before


def test_a_damaged_backup_is_refused_whole(store: SqliteFactStore, tmp_path: Path):
    """What does not verify is not restored, and the refusal says what is wrong first."""
    backup(tmp_path / "store", tmp_path / "copy")
    change(tmp_path / "copy" / "facts.sqlite", "UPDATE stored_events SET topic = 'a.dream'")
    with pytest.raises(StoreUnusable) as refused:
        restored(tmp_path / "copy", tmp_path / "new")
    assert refused.value.reason.startswith(f"seal at {STREAM}@1: SealBroken")
    assert not (tmp_path / "new").exists()


# Verification.


TIME_SET_BACK = "UPDATE stored_events SET state = replace(state, '\"rec\":0', '\"rec\":-5')"


@pytest.mark.parametrize(
    "statement, kind, place",
    [
        ("DELETE FROM stored_events WHERE rowid = 2", "version", f"{STREAM}@3"),
        ("DELETE FROM stored_events WHERE rowid = 1", "version", f"{STREAM}@2"),
        ("DELETE FROM stored_events WHERE rowid = 2", "position", "3"),
        ("UPDATE stored_events SET rowid = 9 WHERE rowid = 4", "position", "9"),
        ("UPDATE stored_events SET rowid = -rowid WHERE rowid < 3", "version", f"{STREAM}@1"),
        (f"{TIME_SET_BACK} WHERE rowid = 3", "time", f"{STREAM}@3"),
        ("UPDATE stored_events SET topic = 'a.dream' WHERE rowid = 2", "fact", f"{STREAM}@2"),
        (
            "UPDATE stored_events SET topic = 'payment.allocated.2' WHERE rowid = 2",
            "fact",
            f"{STREAM}@2",
        ),
        ("UPDATE stored_events SET state = x'7b7d' WHERE rowid = 2", "fact", f"{STREAM}@2"),
        (
            "UPDATE stored_events SET originator_id = 'pay:core:Z' WHERE rowid = 4",
            "seal",
            "pay:core:Z@1",
        ),
    ],
)
def test_each_fault_has_a_name_and_a_place(
    store: SqliteFactStore, statement: str, kind: str, place: str
):
    """Whatever is done to the facts behind the store's back is found and named."""
    store.append([commit(allocated(2), expected=2), commit(REGISTERED, stream="pay:core:P9")])
    assert verify(store).findings == ()
    change(store.folder.facts, statement)
    findings = verify(store).findings
    assert (kind, place) in {(finding.kind, finding.place) for finding in findings}
    assert all(finding.detail for finding in findings)


def test_lost_keys_are_found(store: SqliteFactStore):
    """A box without its key is a finding; a shredded one is counted and is none."""
    store.append([commit(REGISTERED, stream="pay:core:P9")])
    store.shred(["pay:core:P9"])
    change(store.folder.keys, "DELETE FROM salts WHERE stream = ?", STREAM)
    found = verify(store)
    assert [(each.kind, each.place) for each in found.findings] == [("seal", f"{STREAM}@1")]
    assert (found.facts, found.streams, found.boxes_shredded) == (3, 2, 1)


def test_a_damaged_file_is_found(store: SqliteFactStore):
    """Pages that were overwritten are found before anything in them is believed."""
    for number in range(400):
        store.append([commit(REGISTERED, stream=f"pay:core:{number}")])
    change(store.folder.facts, "PRAGMA wal_checkpoint(TRUNCATE)")
    content = bytearray(store.folder.facts.read_bytes())
    content[40_960:81_920] = b"\x55" * 40_960
    store.folder.facts.write_bytes(content)
    assert {finding.kind for finding in verify(store).findings} == {"database"}


def test_verification_tells_how_far_it_is(store: SqliteFactStore):
    """Progress counts facts up to the head."""
    told: list[tuple[int, int]] = []
    verify(store, progress=lambda done, total: told.append((done, total)))
    assert told == [(2, 2)]
