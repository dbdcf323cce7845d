"""The folder of an embedded store: what lies in it, and how it comes to be.

    facts.sqlite    the facts                          keys.sqlite   salts of the data keys
    views.sqlite    read models, rebuilt from facts    master.key    32 random bytes, readable by
                    its owner only
    store.json      format, tenant, time of creation
    parked.sqlite   what was set aside, once something was

store.json is written after the key and before the databases. A creation that was interrupted is
taken up again, with the master key that is there; a database without store.json is refused.
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

import msgspec

from adapters.sealing import MASTER_KEY_BYTES
from application.ports import Clock, Entropy, StoreUnusable

FORMAT_VERSION = 1

FACTS = "facts.sqlite"
KEYS = "keys.sqlite"
VIEWS = "views.sqlite"
PARKED = "parked.sqlite"
MASTER_KEY = "master.key"
DESCRIPTION = "store.json"
DRAFT_SUFFIX = ".new"
"""Of what is not complete yet; a kill may leave it behind, and nothing reads it."""

_MAY_COME_FIRST = frozenset({MASTER_KEY, VIEWS, f"{VIEWS}-wal", f"{VIEWS}-shm"})
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_SQLITE_MAGIC = b"SQLite format 3\0"


class StoreInfo(msgspec.Struct, frozen=True, kw_only=True):
    """store.json: the store's format, whose facts it holds (one tenant), and since when."""

    format: int
    tenant: str
    created_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreFolder:
    """A folder that is a store, with the key that opens it."""

    path: Path
    info: StoreInfo
    master_key: bytes

    @property
    def facts(self) -> Path:
        """The facts' database."""
        return self.path / FACTS

    @property
    def keys(self) -> Path:
        """The salts' database."""
        return self.path / KEYS


def read_info(path: Path) -> StoreInfo:
    """What store.json says.

    Raises StoreUnusable where there is none, or one that is newer than this program.
    """
    try:
        info = msgspec.json.decode((path / DESCRIPTION).read_bytes(), type=StoreInfo)
    except FileNotFoundError:
        raise _unusable(path, "not a store: it has no store.json") from None
    except (OSError, msgspec.MsgspecError, ValueError) as error:
        raise _unusable(path / DESCRIPTION, str(error)) from error
    if info.format > FORMAT_VERSION:
        reason = f"format {info.format} is newer than {FORMAT_VERSION}, the latest known here"
        raise _unusable(path / DESCRIPTION, reason)
    return info


def open_folder(
    path: Path,
    *,
    tenant: str,
    clock: Clock,
    entropy: Entropy,
    create: bool,
    master_key: Path | None = None,
    new_key: bytes | None = None,
) -> StoreFolder:
    """The store in this folder, made when it is not there and `create` allows it.

    `master_key` is the key's file when it does not lie in the folder; `new_key` what a store that
    is made takes for its key, drawn otherwise. Raises StoreUnusable.
    """
    key_file = master_key or path / MASTER_KEY
    if create and not (path / DESCRIPTION).exists():
        key = new_key or entropy.token_bytes(MASTER_KEY_BYTES)
        _make(path, key_file=key_file, tenant=tenant, clock=clock, key=key)
    info = read_info(path)
    if info.tenant != tenant:
        raise _unusable(path, f"it holds the facts of {info.tenant}, not of {tenant}")
    if create and (path / VIEWS).exists() and not (path / FACTS).exists():
        raise _unusable(path / FACTS, "the file is missing, and read models made of it are there")
    for name in (FACTS, KEYS):
        _demand_database(path / name, create=create)
    return StoreFolder(path=path.resolve(), info=info, master_key=read_key(key_file))


def _make(path: Path, *, key_file: Path, tenant: str, clock: Clock, key: bytes) -> None:
    if not _TENANT.fullmatch(tenant):
        raise _unusable(
            path, f"{tenant!r} is no tenant: small letters, digits, hyphens, 63 at most"
        )
    try:
        path.mkdir(parents=True, exist_ok=True)
        strangers = sorted(each.name for each in path.iterdir() if not _may_come_first(each.name))
        if (path / DESCRIPTION).exists():  # another process was quicker
            return
        if strangers:
            raise _unusable(path, f"not a store, and not empty: {strangers[0]}")
        write_new(key_file, key, mode=0o600)
        info = StoreInfo(format=FORMAT_VERSION, tenant=tenant, created_at_ms=clock.now_ms())
        write_new(path / DESCRIPTION, msgspec.json.encode(info) + b"\n", mode=0o644)
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error


def _may_come_first(name: str) -> bool:
    return name in _MAY_COME_FIRST or name.endswith(DRAFT_SUFFIX)


def write_new(path: Path, content: bytes, *, mode: int) -> None:
    """A file with this content, whole and durable; one that is there already stays."""
    draft = path.with_name(f"{path.name}.{os.getpid()}{DRAFT_SUFFIX}")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(draft, path)  # fails where a name is taken, when a rename would replace it
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    sync_folder(path.parent)


def sync_folder(path: Path) -> None:
    """Make the names in a folder durable."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _demand_database(path: Path, *, create: bool) -> None:
    try:
        with path.open("rb") as file:
            start = file.read(len(_SQLITE_MAGIC))
    except FileNotFoundError:
        if create:
            return
        raise _unusable(path, "the file is missing") from None
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    if start not in {b"", _SQLITE_MAGIC}:
        raise _unusable(path, "not an SQLite database")


def read_key(path: Path) -> bytes:
    """The master key in a file. Raises StoreUnusable."""
    try:
        key = path.read_bytes()
    except OSError as error:
        raise _unusable(path, error.strerror or str(error)) from error
    if len(key) != MASTER_KEY_BYTES:
        raise _unusable(path, f"a master key has {MASTER_KEY_BYTES} bytes, this one {len(key)}")
    return key


def _unusable(path: Path, reason: str) -> StoreUnusable:
    return StoreUnusable(path=str(path), reason=reason)
