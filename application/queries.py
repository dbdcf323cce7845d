"""Reading lists and items: the one way to them, and whoever asks is told apart here.

    who asks (Scope) + what (parameters) ─▶ Queries ─▶ QueryStore (SQLite, a search engine) ─▶ rows

Every question needs a Scope, and the Scope becomes part of the condition here, so that no route
and no adapter can forget it. A Scope comes from a verified token and from today's grant, never from
what is asked.

A list is frozen: its first page fixes the position, and the others read the state of then, whatever
arrives meanwhile. Law: pages joined are the list, nothing twice, nothing missed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Protocol, TypeAlias, TypeGuard

from application.cursors import LIFE_MS, Cursor, opened, sealed
from application.query_conditions import (
    AnyOf,
    Compare,
    Condition,
    Exists,
    Not,
    SortKey,
    Value,
    Within,
    both,
)
from application.query_fields import fields_for
from application.query_language import ID, Parameters, parse_item_query, parse_query
from application.query_refusals import (
    CursorExpired,
    CursorInvalid,
    CursorWithParameters,
    ItemUnknown,
    KnownAtRefused,
)
from projections.resources import NOBODYS, Resource

CURSOR = "cursor"
POSITION = "position"

COUNT_MAX = 10_000
"""Up to here a list is counted exactly."""

ID_LENGTH_MAX = 400
"""Characters of an id that are looked up."""

Role: TypeAlias = Literal["partner", "operator", "auditor"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Who asks: a caller of a tenant, in a role; a partner for these merchants and no other."""

    tenant: str
    caller: str
    role: Role
    merchants: frozenset[str] = frozenset()

    @property
    def is_partner(self) -> bool:
        """Whether it is somebody outside the bank."""
        return self.role == "partner"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredRow:
    """A row: its values of the sort, and what is shown of it to the bank's own people."""

    key: tuple[Value, ...]
    body: Mapping[str, object]


class QueryStore(Protocol):
    """Rows as of a position, for one tenant."""

    def position(self) -> int:
        """The last position that can be read."""
        ...

    def select(
        self,
        resource: Resource,
        *,
        at: int,
        condition: Condition,
        sort: Sequence[SortKey],
        after: Sequence[Value] | None,
        limit: int,
    ) -> Sequence[StoredRow]:
        """At most `limit` rows as they stood at a position, in order, those behind the key `after`.

        Raises CursorExpired when the state of then was let go of, QueryTooBroad.
        """
        ...

    def count(self, resource: Resource, *, at: int, condition: Condition, most: int) -> int:
        """How many rows, counted up to `most`. Raises as `select` does."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A page. `total` is there on the first one; at COUNT_MAX and more it is a lower bound."""

    data: tuple[Mapping[str, object], ...]
    next: str | None
    position: int
    total: int | None
    understood: tuple[Mapping[str, object], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One row, as of a position."""

    data: Mapping[str, object]
    position: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Queries:
    """Answers questions about one tenant's store; `key` signs cursors, 32 bytes or more."""

    store: QueryStore
    tenant: str
    key: bytes

    def list(
        self,
        scope: Scope,
        resource: Resource,
        parameters: Parameters,
        *,
        today: date,
        now_ms: int,
    ) -> Listing:
        """A page of a resource. `today` is the local day by which a payment is missing.

        Raises a QueryRefusal.
        """
        cursor = self._cursor(scope, resource, parameters, now_ms=now_ms)
        asked = cursor.parameters if cursor else tuple(parameters)
        query = parse_query(resource, asked, partner=scope.is_partner)
        day = cursor.day if cursor else today.isoformat()
        position = cursor.position if cursor else self._position(query.known_at)
        condition = self._within(scope, resource, query.condition, day=day)
        rows = self._select(
            resource,
            at=position,
            condition=condition,
            sort=query.sort,
            after=cursor.last if cursor else None,
            limit=query.limit + 1,
            chosen=cursor is None and query.known_at is not None,
        )
        shown, goes_on = rows[: query.limit], len(rows) > query.limit
        here = cursor or Cursor(
            tenant=scope.tenant,
            caller=scope.caller,
            resource=resource,
            parameters=asked,
            position=position,
            day=day,
            last=(),
            # A list as a whole has one life: its state is kept that long, not longer.
            expires_at_ms=now_ms + LIFE_MS,
        )
        return Listing(
            data=tuple(_shown(scope, resource, row.body, query.fields) for row in shown),
            next=sealed(replace(here, last=shown[-1].key), key=self.key) if goes_on else None,
            position=position,
            total=None if cursor else self._total(resource, position, condition),
            understood=query.understood,
        )

    def item(
        self,
        scope: Scope,
        resource: Resource,
        id_: str,
        parameters: Parameters = (),
        *,
        today: date,
    ) -> Item:
        """One row by its id. Raises ItemUnknown, also for what the caller may not see.

        Raises a QueryRefusal for other parameters than `fields` and `known_at`.
        """
        query = parse_item_query(resource, parameters, partner=scope.is_partner)
        if not id_.isprintable() or len(id_) > ID_LENGTH_MAX:
            raise ItemUnknown
        position = self._position(query.known_at)
        wanted = Compare(field=ID, op="eq", value=id_)
        rows = self._select(
            resource,
            at=position,
            condition=self._within(scope, resource, wanted, day=today.isoformat()),
            sort=(SortKey(field=ID),),
            after=None,
            limit=1,
            chosen=query.known_at is not None,
        )
        if not rows:
            raise ItemUnknown
        return Item(data=_shown(scope, resource, rows[0].body, query.fields), position=position)

    def changed(
        self,
        scope: Scope,
        resource: Resource,
        *,
        at: int,
        after: int,
        behind: str | None,
        limit: int,
    ) -> Iterator[tuple[int, str, Mapping[str, object]]]:
        """Rows of which the last change came after a position, by position and id.

        With `behind`, also those of that very position with a later id. Raises as `list` does.
        """
        later: Condition = Compare(field=POSITION, op="gt", value=after)
        if behind is not None:
            here = Compare(field=POSITION, op="eq", value=after)
            rest = (here, Compare(field=ID, op="gt", value=behind)) if behind else (here,)
            later = AnyOf(conditions=(later, both(rest)))
        rows = self.store.select(
            resource,
            at=at,
            condition=self._within(scope, resource, later, day=""),
            sort=(SortKey(field=POSITION), SortKey(field=ID)),
            after=None,
            limit=limit,
        )
        for row in rows:
            position, id_ = row.key
            yield int(position), str(id_), _shown(scope, resource, row.body, None)

    def _position(self, known_at: int | None) -> int:
        """The position that is read. Raises KnownAtRefused for one that is to come."""
        newest = self.store.position()
        if known_at is None:
            return newest
        if known_at > newest:
            raise KnownAtRefused(position=known_at, reason="future")
        return known_at

    def _select(
        self,
        resource: Resource,
        *,
        at: int,
        condition: Condition,
        sort: Sequence[SortKey],
        after: Sequence[Value] | None,
        limit: int,
        chosen: bool,
    ) -> Sequence[StoredRow]:
        """Rows as of a position; `chosen` says that the caller named it."""
        try:
            return self.store.select(
                resource, at=at, condition=condition, sort=sort, after=after, limit=limit
            )
        except CursorExpired as expired:
            if chosen:
                raise KnownAtRefused(position=at, reason="not-kept") from expired
            raise

    def _within(
        self, scope: Scope, resource: Resource, condition: Condition, *, day: str
    ) -> Condition:
        """The condition, and whatever holds for everybody who is like the caller."""
        always: list[Condition] = []
        if scope.tenant != self.tenant:
            always.append(AnyOf())
        if scope.is_partner:
            always.append(Within(merchants=scope.merchants - {NOBODYS}))
        if resource == "exceptions":
            # A payment is missing from the day after its break day on; it has its row before.
            late = Compare(field="break_day", op="lt", value=day)
            always.append(AnyOf(conditions=(Not(condition=Exists(field="break_day")), late)))
        return both((*always, condition))

    def _cursor(
        self, scope: Scope, resource: Resource, parameters: Parameters, *, now_ms: int
    ) -> Cursor | None:
        given = [text for name, text in parameters if name == CURSOR]
        if not given:
            return None
        if len(parameters) > 1:
            raise CursorWithParameters
        cursor = opened(given[0], key=self.key, now_ms=now_ms)
        if (cursor.tenant, cursor.caller, cursor.resource) != (
            scope.tenant,
            scope.caller,
            resource,
        ):
            raise CursorInvalid
        if cursor.position > self.store.position():  # another store under the same key
            raise CursorExpired(reason="history")
        return cursor

    def _total(self, resource: Resource, position: int, condition: Condition) -> int:
        return self.store.count(resource, at=position, condition=condition, most=COUNT_MAX)


def _shown(
    scope: Scope,
    resource: Resource,
    body: Mapping[str, object],
    wanted: frozenset[str] | None,
) -> dict[str, object]:
    """What the caller may see of a row, and wants to."""
    fields = fields_for(resource, partner=scope.is_partner)
    chosen = fields if wanted is None else fields.keys() & wanted
    shown = {name: value for name, value in body.items() if name in chosen}
    if scope.is_partner and "candidates" in shown:
        shown["candidates"] = _own(shown["candidates"], scope.merchants - {NOBODYS})
    return shown


def _own(candidates: object, merchants: frozenset[str]) -> dict[str, object]:
    """Candidates of others are a number, no more."""
    assert _is_object(candidates), "a row's candidates are an object"
    found = candidates["shown"]
    assert _is_list(found)
    own = [each for each in found if _is_object(each) and each["merchant_id"] in merchants]
    return {"count": candidates["count"], "shown": own}


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
