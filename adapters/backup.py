"""Backup of a store while it runs, and its way back.

A backup is a store itself: facts, keys, master key and store.json, as of one instant, and what was
set aside by then. Facts are copied before keys: a key is durable before the fact that needs it, so
every fact of the copy finds its key. Read models are left out and rebuilt.

The copy is made in a folder beside its target and takes the target's name when it is complete: a
target that exists is whole.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
from collections.abc import Callable, Generator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from adapters.sqlite_facts import SqliteFactStore, usable
from adapters.store_folder import (
    DESCRIPTION,
    DRAFT_SUFFIX,
    FACTS,
    KEYS,
    MASTER_KEY,
    PARKED,
    read_info,
    sync_folder,
    write_new,
)
from adapters.verification import Verification, verify
from application.ports import Clock, Entropy, StoreUnusable

Progress = Callable[[int, int], None]
"""Called with what is done and what there is in all: pages of a copy."""

PAGES_PER_STEP = 2_000
"""Pages (of 4 KiB) that are copied between two calls of the progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Backup:
    """What was copied: the folder, the last position in it, and whether the master key is in it.

    A master key that lies elsewhere stays there: without it personal fields of the copy do not
    open.
    """

    folder: Path
    head: int
    master_key_copied: bool


def backup(store_folder: Path, target_folder: Path, *, progress: Progress | None = None) -> Backup:
    """Copy a store, open or not, into a folder that is empty or not there.

    Writers go on meanwhile; what they append after the start is not in the copy. Raises
    StoreUnusable.
    """
    read_info(store_folder)
    with _whole(target_folder) as draft:
        head = _copy(store_folder, draft, progress=progress)
        copied = (draft / MASTER_KEY).exists()
    return Backup(folder=target_folder, head=head, master_key_copied=copied)


def restore(
    source_folder: Path,
    target_folder: Path,
    *,
    clock: Clock,
    entropy: Entropy,
    master_key: Path | None = None,
    progress: Progress | None = None,
) -> Verification:
    """Make a store of a backup, in a folder that is empty or not there.

    The copy is verified before it takes its name; the answer has no findings. `master_key` is the
    key's file where it does not lie in the backup. Raises StoreUnusable, also when anything was
    found: then no store is left behind.
    """
    info = read_info(source_folder)
    with _whole(target_folder) as draft:
        _copy(source_folder, draft, progress=progress)
        with SqliteFactStore.open(
            draft,
            tenant=info.tenant,
            clock=clock,
            entropy=entropy,
            create=False,
            master_key=master_key,
        ) as store:
            verification = verify(store)
        if verification.findings:
            first = verification.findings[0]
            reason = f"{first.kind} at {first.place}: {first.detail}"
            raise StoreUnusable(path=str(source_folder), reason=reason)
    return verification


def _copy(source: Path, target: Path, *, progress: Progress | None) -> int:
    """Facts, then keys, then the rest; the last position copied."""
    with usable(source):
        head = _copy_database(source / FACTS, target / FACTS, progress=progress)
        _copy_database(source / KEYS, target / KEYS, progress=None)
        if (source / PARKED).exists():
            _copy_database(source / PARKED, target / PARKED, progress=None)
    for name, mode in ((MASTER_KEY, 0o600), (DESCRIPTION, 0o644)):
        if (source / name).exists():  # the master key may lie elsewhere
            write_new(target / name, (source / name).read_bytes(), mode=mode)
    return head


@contextmanager
def _whole(target: Path) -> Generator[Path]:
    """A folder to fill, which becomes `target` at the end, or vanishes."""
    try:
        if target.exists() and (not target.is_dir() or any(target.iterdir())):
            raise StoreUnusable(path=str(target), reason="it exists and is not an empty folder")
        draft = target.with_name(f"{target.name}.{os.getpid()}{DRAFT_SUFFIX}")
        draft.mkdir(parents=True)
    except OSError as error:
        raise StoreUnusable(path=str(target), reason=error.strerror or str(error)) from error
    try:
        yield draft
        for file in draft.iterdir():
            _sync_file(file)
        sync_folder(draft)
        draft.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise StoreUnusable(path=str(target), reason=error.strerror or str(error)) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy_database(source: Path, target: Path, *, progress: Progress | None) -> int:
    """Copy a database as of now; its last rowid, for facts the last position."""
    with (
        closing(sqlite3.connect(f"{source.resolve().as_uri()}?mode=rw", uri=True)) as old,
        closing(sqlite3.connect(target)) as new,
    ):
        old.isolation_level = None
        old.execute("BEGIN")
        old.execute("SELECT 1 FROM sqlite_master").fetchone()  # holds this state while others write
        old.backup(new, pages=PAGES_PER_STEP, sleep=0, progress=_counted(progress))
        head = 0
        if target.name == FACTS:
            (head,) = new.execute("SELECT coalesce(max(rowid), 0) FROM stored_events").fetchone()
        new.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return head


def _counted(progress: Progress | None) -> Callable[[int, int, int], None]:
    def report(_: int, remaining: int, total: int) -> None:
        if progress is not None:
            progress(total - remaining, total)

    return report


def _sync_file(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())
