"""The facts of a store as JSON Lines: for people's own tools, and for whoever leaves with them.

One line a fact, in order of position: its envelope and, under `fact`, its fields as the newest form
has them. Personal fields are null unless asked for. A name that ends in .gz is packed; equal facts
give equal bytes, and the SHA-256 is that of the file.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import BinaryIO

import msgspec

from adapters.store_folder import DRAFT_SUFFIX, sync_folder
from application.ports import FactStore, StoreUnusable
from domain.facts import Recorded

LINES_PER_STEP = 10_000
"""Facts between two calls of the progress."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported:
    """A file of facts: how many, the last position among them (0: none), and the file's SHA-256."""

    file: Path
    facts: int
    through: int
    sha256: str


def export_facts(
    facts: FactStore,
    target: Path,
    *,
    after: int = 0,
    personal: bool = False,
    progress: Callable[[int, int], None] | None = None,
) -> Exported:
    """Write the facts of positions above `after`, as they are at the call, into a new file.

    The file takes its name when it is complete. Raises StoreUnusable where the name is taken or the
    place cannot be written; and what reading the facts raises.
    """
    head, count, through = facts.head(), 0, after
    with _new(target) as file:
        for recorded in facts.facts(after=after, sealed=not personal):
            file.write(msgspec.json.encode(_row(recorded)) + b"\n")
            count, through = count + 1, recorded.position
            if progress is not None and count % LINES_PER_STEP == 0:
                progress(through - after, head - after)
    if progress is not None:
        progress(head - after, head - after)
    return Exported(
        file=target, facts=count, through=through if count else 0, sha256=_digest(target)
    )


def _row(recorded: Recorded) -> dict[str, object]:
    return {
        "position": recorded.position,
        "stream": recorded.stream,
        "version": recorded.version,
        "topic": recorded.fact.TOPIC,
        "business_time": recorded.business_time,
        "recorded_at_ms": recorded.recorded_at_ms,
        "context": recorded.context,
        "nonce": recorded.nonce.hex(),
        "fact": recorded.fact,
    }


@contextmanager
def _new(target: Path) -> Generator[BinaryIO | gzip.GzipFile]:
    """A file that is not there yet; it takes its name at the end, unless there is an exception."""
    draft = target.with_name(f"{target.name}.{os.getpid()}{DRAFT_SUFFIX}")
    try:
        if target.exists():  # said before the work, and made sure of after it
            raise FileExistsError
        draft.unlink(missing_ok=True)
        with draft.open("xb") as file:
            with _packing(file, of=target) as writing:
                yield writing
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, target)  # fails where the name is taken, when a rename would replace it
        sync_folder(target.parent)
    except FileExistsError:
        raise StoreUnusable(path=str(target), reason="the name is taken") from None
    except OSError as error:
        raise StoreUnusable(path=str(target), reason=error.strerror or str(error)) from error
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def _packing(file: BinaryIO, *, of: Path) -> Generator[BinaryIO | gzip.GzipFile]:
    if of.suffix != ".gz":
        yield file
        return
    with gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as packed:
        yield packed


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
