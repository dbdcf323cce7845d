"""Copying a store between folders and tables of DynamoDB: which ends, whose tenant, which key."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from adapters.sealing import Vault
from adapters.sqlite_copy import SqliteEnd
from adapters.sqlite_facts import SqliteFactStore
from adapters.store_copy import Copied, copy_facts
from adapters.store_folder import PARKED, read_info, read_key
from adapters.system import Clock, Entropy
from application.ports import StoreUnusable
from conciliar.composition import is_store, open_embedded
from conciliar.parked import parking_lot
from conciliar.settings import Settings

if TYPE_CHECKING:
    from adapters.dynamodb.copying import DynamoEnd

DYNAMODB = "dynamodb:"
"""Before the tables' common prefix, where a store lies on DynamoDB."""

Place = Path | str
"""A store's folder, or the common prefix of its tables."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoreCopy:
    """What was copied, of which bank, and how many parked things stay with the source."""

    copied: Copied
    tenant: str
    parked_left: int


def place_of(named: str) -> Place:
    """A folder, or the prefix behind `dynamodb:`. Raises StoreUnusable."""
    if not named.startswith(DYNAMODB):
        return Path(named)
    prefix = named.removeprefix(DYNAMODB)
    if not prefix:
        raise StoreUnusable(path=named, reason="the tables' prefix is missing: dynamodb:PREFIX")
    return prefix


def copy_between(
    source: str,
    target: str,
    *,
    settings: Settings,
    told: Callable[[str, int, int], None],
) -> StoreCopy:
    """Copy the facts of a store, and the keys of their sealed fields, into another one.

    Each is a folder or `dynamodb:PREFIX`; a folder that is not there is made. What a copy that died
    left behind is gone on with. Raises StoreUnusable, SealBroken, and what DynamoDB refuses.
    """
    places = place_of(source), place_of(target)
    _demand_two(places, named=target)
    tenant = _tenant(places, settings)
    with ExitStack() as closing:
        opening = _Opening(closing, tenant=tenant, settings=settings)
        start, vault = opening.source(places[0])
        end, own_vault = opening.target(places[1], source=places[0])
        copied = copy_facts(start, end, vault=own_vault or vault, told=told)
    return StoreCopy(copied=copied, tenant=tenant, parked_left=_parked(places[0], settings))


def _demand_two(places: tuple[Place, Place], *, named: str) -> None:
    one, two = (each.resolve() if isinstance(each, Path) else each for each in places)
    if one == two:
        raise StoreUnusable(path=named, reason="a store is not copied into itself")
    if isinstance(places[0], Path):
        read_info(places[0])


def _tenant(places: tuple[Place, Place], settings: Settings) -> str:
    if settings.tenant is not None:
        return settings.tenant
    for place in places:
        if isinstance(place, Path) and is_store(place):
            return read_info(place).tenant
    reason = "tables hold several banks: name yours in CONCILIAR_TENANT"
    raise StoreUnusable(path=f"{DYNAMODB}{places[0]}", reason=reason)


class _Opening:
    """Opens the ends of a copy, each with the key by which its sealed fields open, if known."""

    def __init__(self, closing: ExitStack, *, tenant: str, settings: Settings) -> None:
        self._closing = closing
        self._tenant = tenant
        self._settings = settings
        self._source_key: bytes | None = None

    def source(self, place: Place) -> tuple[SqliteEnd | DynamoEnd, Vault | None]:
        if not isinstance(place, Path):
            return self._tables(place), self._named_vault()
        store = self._folder(place, create=False)
        self._source_key = store.folder.master_key
        return SqliteEnd(store), store.vault

    def target(self, place: Place, *, source: Place) -> tuple[SqliteEnd | DynamoEnd, Vault | None]:
        if not isinstance(place, Path):
            return self._tables(place), None
        key = self._source_key or self._named_key()
        if key is None and not is_store(place):
            reason = f"its fields are sealed under the key of {DYNAMODB}{source}: name its file in"
            raise StoreUnusable(path=str(place), reason=f"{reason} CONCILIAR_MASTER_KEY")
        store = self._folder(place, create=True, new_key=key)
        return SqliteEnd(store), store.vault

    def _folder(
        self, place: Path, *, create: bool, new_key: bytes | None = None
    ) -> SqliteFactStore:
        return self._closing.enter_context(
            SqliteFactStore.open(
                place,
                tenant=self._tenant,
                clock=Clock(),
                entropy=Entropy(),
                create=create,
                master_key=self._settings.master_key,
                new_key=new_key,
            )
        )

    def _tables(self, prefix: str) -> DynamoEnd:
        try:
            from adapters.dynamodb.copying import DynamoEnd  # only here: folders need no boto3

            end = DynamoEnd.open(prefix, tenant=self._tenant)
        except ModuleNotFoundError as error:
            reason = f"{error.name} is not installed: pip install 'conciliar[aws]'"
            raise StoreUnusable(path=f"{DYNAMODB}{prefix}", reason=reason) from error
        self._closing.callback(end.close)
        return end

    def _named_key(self) -> bytes | None:
        file = self._settings.master_key
        return None if file is None else read_key(file)

    def _named_vault(self) -> Vault | None:
        key = self._named_key()
        return None if key is None else Vault(master_key=key, tenant=self._tenant)


def _parked(place: Place, settings: Settings) -> int:
    """Things that wait to be sent again; they are in the folder alone."""
    if not isinstance(place, Path) or not (place / PARKED).is_file():
        return 0
    with open_embedded(place, settings=settings) as embedded, parking_lot(embedded) as lot:
        return sum(1 for _ in lot.all())
