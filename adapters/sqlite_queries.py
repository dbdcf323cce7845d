"""Lists and items read from SQLite: a condition becomes SQL, and a page starts behind a key.

Page 200 costs what page 1 costs: the order is an index, and the last key is where reading goes on.
A query that has to look at too much is refused after STEPS_MAX steps of SQLite's machine: a bound
that depends on the query and the data, not on how busy the computer is.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Generator, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import assert_never

import msgspec

from adapters import sqlite_lists as lists
from adapters.sqlite_files import connect
from adapters.sqlite_lists import token
from adapters.sqlite_views import LOCK_TIMEOUT_S, SqliteViewStore
from application.nearness import is_one_slip
from application.ports import StoreUnusable
from application.queries import StoredRow
from application.query_conditions import (
    All,
    AnyOf,
    Compare,
    Condition,
    Exists,
    Not,
    OneOf,
    Phrase,
    SortKey,
    Value,
    Within,
    Word,
    stubs,
)
from application.query_refusals import CursorExpired, QueryTooBroad
from projections.resources import Resource

STEPS_MAX = 200_000_000
"""Steps of SQLite's machine that one question may take: about two seconds."""

STEPS_PER_LOOK = 1_000_000
"""Steps between two looks at how many there were."""

RARE_MAX = 2_000
"""Rows of a word that are gone through; those of a commoner word are asked one by one."""

SLIPS_MAX = 50
"""Words one slip away that are looked for together."""

_SIGNS = {"eq": "=", "gte": ">=", "gt": ">", "lte": "<=", "lt": "<"}
_decode = msgspec.json.Decoder(dict[str, object]).decode


class SqliteQueryStore:
    """A QueryStore over a store's read models. Safe to share among threads, which take turns."""

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        """Made by `open`."""
        self._path = path
        self._connection = connection
        self._lock = RLock()

    @classmethod
    def open(cls, views: SqliteViewStore) -> SqliteQueryStore:
        """The lists of these read models, begun if nobody did before. Raises StoreUnusable."""
        views.keep_lists()
        return cls(views.path, connect(views.path, lock_timeout_s=LOCK_TIMEOUT_S))

    def position(self) -> int:
        """The last position that can be read."""
        with self._reading():
            return _standing(self._connection)

    def select(
        self,
        resource: Resource,
        *,
        at: int,
        condition: Condition,
        sort: Sequence[SortKey],
        after: Sequence[Value] | None,
        limit: int,
    ) -> list[StoredRow]:
        """Rows as of a position, in order, behind a key. Raises CursorExpired, QueryTooBroad."""
        keys = ", ".join(f"list.f_{key.field}" for key in sort)
        order = ", ".join(f"list.f_{k.field}{' DESC' if k.descending else ''}" for k in sort)
        with self._as_of(at):
            made = _Sql(self._connection, resource)
            words, rest = searched(condition)
            where = made.rows(at, rest)
            if words is not None:
                where += f" AND {made.found(made.expression(words))}"
            if after is not None:
                where += f" AND {made.behind(sort, after)}"
            found = self._connection.execute(
                f"SELECT (SELECT body FROM body_{resource} AS body WHERE body.row = page.row), *"  # noqa: S608  (our names)
                f" FROM (SELECT list.row, {keys} FROM list_{resource} AS list"
                f" WHERE {where} ORDER BY {order} LIMIT ?) AS page",
                (*made.values, limit),
            ).fetchall()
        return [StoredRow(key=tuple(key), body=_decode(body)) for body, _, *key in found]

    def count(self, resource: Resource, *, at: int, condition: Condition, most: int) -> int:
        """How many rows as of a position, up to `most`. Raises as `select` does."""
        table, found = f"list_{resource} AS list", f"find_{resource}"
        words, rest = searched(condition)
        if (
            words is not None
        ):  # every row is counted, in no order: going through the words is quickest
            table = f"{found} AS found CROSS JOIN {table} ON list.row = found.rowid"
        with self._as_of(at):
            made = _Sql(self._connection, resource)
            where = made.rows(at, rest)
            if words is not None:
                made.values.append(made.expression(words))
                where += f" AND found.{found} MATCH ?"
            (total,) = self._connection.execute(
                f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {where} LIMIT ?)",  # noqa: S608  (our names)
                (*made.values, most),
            ).fetchone()
        return total

    def close(self) -> None:
        """Let the file go."""
        with self._lock:
            self._connection.close()

    @contextmanager
    def _as_of(self, position: int) -> Generator[None]:
        """One state of the file, in which the position can be read."""
        with self._reading():
            self._connection.execute("BEGIN")
            try:
                if not lists.can_be_read(self._connection, position):
                    raise CursorExpired(reason="history")
                yield
            finally:
                self._connection.execute("ROLLBACK")

    @contextmanager
    def _reading(self) -> Generator[None]:
        looks = 0

        def too_long() -> int:
            nonlocal looks
            looks += 1
            return int(looks * STEPS_PER_LOOK > STEPS_MAX)

        with self._lock:
            self._connection.set_progress_handler(too_long, STEPS_PER_LOOK)
            try:
                yield
            except sqlite3.OperationalError as error:
                if str(error) == "interrupted":
                    raise QueryTooBroad(reason="too-many-rows-to-look-at") from error
                raise StoreUnusable(path=str(self._path), reason=str(error)) from error
            except sqlite3.Error as error:
                raise StoreUnusable(path=str(self._path), reason=str(error)) from error
            finally:
                self._connection.set_progress_handler(None, 0)


def _standing(connection: sqlite3.Connection) -> int:
    (position,) = connection.execute("SELECT position FROM standing").fetchone()
    return position


class _Sql:
    """A condition as SQL; `values` are its arguments, in order."""

    def __init__(self, connection: sqlite3.Connection, resource: Resource) -> None:
        self._connection = connection
        self._resource = resource
        self.values: list[object] = []

    def rows(self, at: int, condition: Condition) -> str:
        """The rows that were valid at a position and that the condition chooses."""
        chosen = self.of(condition)
        self.values += [at, at]
        return f"{chosen} AND list.since <= ? AND list.until > ?"

    def behind(self, sort: Sequence[SortKey], after: Sequence[Value]) -> str:
        """What comes after the key: beyond it in one field, and level with it in those before."""
        steps: list[str] = []
        for at, key in enumerate(sort):
            level = [f"list.f_{before.field} = ?" for before in sort[:at]]
            beyond = f"list.f_{key.field} {'<' if key.descending else '>'} ?"
            self.values += after[: at + 1]
            steps.append(" AND ".join((*level, beyond)))
        # Said again of the first field alone, since that is where the index begins.
        first = sort[0]
        self.values.append(after[0])
        sign = "<=" if first.descending else ">="
        return f"(({') OR ('.join(steps)})) AND list.f_{first.field} {sign} ?"

    def of(self, condition: Condition) -> str:
        """One condition. Field names come from the table of fields, never from a caller."""
        match condition:
            case Compare():
                return self._compare(condition)
            case OneOf():
                self.values += condition.values
                return f"list.f_{condition.field} IN ({_marks(condition.values)})"
            case Exists():
                return f"list.f_{condition.field} IS NOT NULL"
            case Word() | Phrase():
                return self.found(self.expression((condition,)))
            case Within():
                return self._within(sorted(condition.merchants))
            case Not():
                return f"NOT coalesce({self.of(condition.condition)}, 0)"
            case All():
                return self._joined(" AND ", condition.conditions, of_none="1")
            case AnyOf():
                return self._joined(" OR ", condition.conditions, of_none="0")
            case _:
                assert_never(condition)

    def _joined(self, sign: str, conditions: Iterable[Condition], *, of_none: str) -> str:
        return f"({sign.join([self.of(each) for each in conditions]) or of_none})"

    def _compare(self, condition: Compare) -> str:
        column = f"list.f_{condition.field}"
        if condition.op != "prefix":
            self.values.append(condition.value)
            return f"{column} {_SIGNS[condition.op]} ?"
        start = str(condition.value)
        # No text that starts with it is beyond it and the last of all characters.
        self.values += [start, start + "\U0010ffff" * 4]
        return f"({column} >= ? AND {column} <= ?)"

    def _within(self, merchants: list[str]) -> str:
        self.values += [msgspec.json.encode(merchants).decode()] * 2
        return (
            "(list.merchant IN (SELECT value FROM json_each(?)) AND NOT EXISTS (SELECT 1"
            " FROM json_each(list.merchants) AS each"
            " WHERE each.value NOT IN (SELECT value FROM json_each(?))))"
        )

    def expression(self, words: Iterable[Word | Phrase]) -> str:
        """What FTS5 is asked so that all of them are found.

        Words are letters and digits, folded: within quotation marks nothing of them is syntax.
        """
        return " AND ".join(f"({' OR '.join(self._either(each))})" for each in words)

    def _either(self, condition: Word | Phrase) -> list[str]:
        if isinstance(condition, Phrase):
            return [f'"{" ".join(map(token, condition.words))}"']
        near = self._near(condition.word) if condition.slips else ()
        return [f'"{token(word)}"' for word in (condition.word, *near)]

    def _near(self, word: str) -> Iterator[str]:
        found = self._connection.execute(
            "SELECT DISTINCT word FROM slips WHERE stub IN (SELECT value FROM json_each(?))"
            " ORDER BY word",
            (msgspec.json.encode(sorted(stubs(word))).decode(),),
        ).fetchall()
        near = [other for (other,) in found if is_one_slip(other, word)]
        if len(near) > SLIPS_MAX:
            raise QueryTooBroad(reason="q-too-many-words-one-slip-away")
        return iter(near)

    def found(self, asked: str) -> str:
        """The rows that an expression of FTS5 finds."""
        table = f"find_{self._resource}"
        (rows,) = self._connection.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM {table} WHERE {table} MATCH ? LIMIT ?)",  # noqa: S608  (our names)
            (asked, RARE_MAX + 1),
        ).fetchone()
        self.values.append(asked)
        chosen = f"SELECT rowid FROM {table} WHERE {table} MATCH ?"  # noqa: S608  (our names)
        if rows <= RARE_MAX:
            return f"list.row IN ({chosen})"
        return f"EXISTS ({chosen} AND {table}.rowid = list.row)"


def searched(condition: Condition) -> tuple[tuple[Word | Phrase, ...] | None, Condition]:
    """The words that every row has to have, to be found at once; and the rest of the condition."""
    parts = condition.conditions if isinstance(condition, All) else (condition,)
    words = tuple(each for each in parts if isinstance(each, Word | Phrase))
    rest = tuple(each for each in parts if not isinstance(each, Word | Phrase))
    return words or None, All(conditions=rest)


def _marks(values: Sequence[object]) -> str:
    return ", ".join("?" * len(values))
