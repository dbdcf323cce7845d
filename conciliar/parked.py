"""The parking lot of a store: what was set aside, and sending it again."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from adapters.sqlite_parking import SqliteParkingLot
from application.parking import ParkingLot
from conciliar.composition import Embedded


@contextmanager
def parking_lot(embedded: Embedded) -> Generator[ParkingLot]:
    """What was set aside beside this store's facts; closed at the end. Raises StoreUnusable."""
    store = embedded.facts.store
    with SqliteParkingLot(
        store.folder.path, vault=store.vault, clock=embedded.clock, entropy=embedded.entropy
    ) as lot:
        yield lot
