"""Our refusals as the eventsourcing library's errors."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from eventsourcing.persistence import DataError, IntegrityError, OperationalError

from adapters.dynamodb_refusals import BesideConflict, ItemBroken, KeyUnusable
from application.ports import (
    AppendTooLarge,
    StoreBusy,
    StoreUnusable,
    VersionConflict,
    WriteUnknown,
)


@contextmanager
def library_errors() -> Generator[None]:
    """Raises IntegrityError for what is taken, DataError for what no table takes.

    Else OperationalError: throttled, contended, unreachable, unknown.
    """
    try:
        yield
    except (VersionConflict, BesideConflict) as refusal:
        raise IntegrityError(refusal) from refusal
    except (AppendTooLarge, ItemBroken, KeyUnusable) as refusal:
        raise DataError(refusal) from refusal
    except (StoreBusy, StoreUnusable, WriteUnknown) as refusal:
        raise OperationalError(refusal) from refusal
