"""Lists in SQLite: a row for each thing that can be listed, with its past, beside the read models.

Begun when somebody first asks; from then on every transaction of the read models also writes the
rows of the documents that it changed, so both always stand at one position.

    list_<resource>   rows: a column for each field that can be asked for; valid for the positions
                      since ≤ p < until
    body_<resource>   what is shown of a row, apart, so that going through rows reads little
    find_<resource>   their folded words (FTS5)
    slips             stubs of words, for what is one slip away
    editions          positions that can be read, with the newest recorded time in them

A row that was superseded stays as long as a cursor lives, counted in recorded time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import cast

import msgspec

from application.cursors import LIFE_MS
from application.list_rows import found_words, recorded_ms, rows
from application.query_conditions import can_slip, stubs
from application.query_fields import FIELDS, MAIN_DAY, Field
from projections import payment_status
from projections.document import Document
from projections.listed import MODELS, Listed, id_of
from projections.resources import Resource

FORMAT_VERSION = 3
"""Of these tables: of another one they are made again from the documents."""

FOR_EVER = 2**62
"""`until` of a row that stands."""

KEYS_PER_STEP = 1_000
"""Documents that are made into rows at once."""

SEPARATOR = "_"
"""Between two texts in the words of a row: no phrase reaches over it."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(dict[str, object]).decode


def columns(resource: Resource) -> tuple[Field, ...]:
    """The fields that have a column, in order."""
    return tuple(each for each in FIELDS[resource].values() if each.kind != "shown")


def is_begun(connection: sqlite3.Connection) -> bool:
    """Whether lists of this format are kept here."""
    try:
        (found,) = connection.execute("SELECT max(format) FROM lists_format").fetchone()
    except sqlite3.OperationalError:  # no such table
        return False
    return found == FORMAT_VERSION


def begin(connection: sqlite3.Connection, *, position: int) -> None:
    """Make the lists from the documents that stand; within a transaction."""
    drop(connection)
    for resource in MODELS:
        for statement in _tables(resource):
            connection.execute(statement)
    connection.execute(
        "CREATE TABLE slips (stub TEXT, word TEXT, PRIMARY KEY (stub, word)) WITHOUT ROWID"
    )
    connection.execute("CREATE TABLE editions (position INTEGER PRIMARY KEY, at_ms INTEGER)")
    connection.execute("CREATE TABLE lists_format (format INTEGER)")
    connection.execute("INSERT INTO lists_format VALUES (?)", (FORMAT_VERSION,))
    note(connection, None)
    follow(connection, position=position)
    for resource in MODELS:  # after the rows: sorted once is quicker than row by row
        for statement in _orders(resource):
            connection.execute(statement)


def drop(connection: sqlite3.Connection) -> None:
    """Forget the lists, if there are any."""
    for resource in MODELS:
        connection.execute(f"DROP TABLE IF EXISTS find_{resource}")
        connection.execute(f"DROP TABLE IF EXISTS list_{resource}")
        connection.execute(f"DROP TABLE IF EXISTS body_{resource}")
    for name in ("slips", "editions", "lists_format"):
        connection.execute(f"DROP TABLE IF EXISTS {name}")


def note(connection: sqlite3.Connection, changed: Iterable[tuple[str, str]] | None) -> None:
    """Remember changed documents (model, key) until `follow`; all there are, for None."""
    connection.execute(
        "CREATE TEMP TABLE IF NOT EXISTS changed (model TEXT, key TEXT, PRIMARY KEY (model, key))"
        " WITHOUT ROWID"
    )
    if changed is None:
        connection.execute("INSERT OR IGNORE INTO changed SELECT model, key FROM documents")
    else:
        connection.executemany("INSERT OR IGNORE INTO changed VALUES (?, ?)", changed)


def follow(connection: sqlite3.Connection, *, position: int) -> None:
    """Bring the rows of the noted documents to how they stand at `position`."""
    newest_ms = 0
    for resource, model in MODELS.items():
        keys = connection.execute("SELECT key FROM changed WHERE model = ? ORDER BY key", (model,))
        while chunk := [key for (key,) in islice(keys, KEYS_PER_STEP)]:
            step = _Step(connection=connection, resource=resource, position=position)
            newest_ms = max(newest_ms, step.take(chunk))
    connection.execute("DELETE FROM changed")
    (before_ms,) = connection.execute("SELECT max(at_ms) FROM editions").fetchone()
    at_ms = max(newest_ms, before_ms or 0)
    connection.execute("INSERT OR REPLACE INTO editions VALUES (?, ?)", (position, at_ms))
    _let_go(connection, at_ms - LIFE_MS)


def can_be_read(connection: sqlite3.Connection, position: int) -> bool:
    """Whether the rows of a position are here: it ended a transaction, and is not let go of yet."""
    found = connection.execute("SELECT 1 FROM editions WHERE position = ?", (position,))
    return found.fetchone() is not None


def _let_go(connection: sqlite3.Connection, before_ms: int) -> None:
    # The last edition that is old enough is the earliest that can be read from now on.
    (floor,) = connection.execute(
        "SELECT max(position) FROM editions WHERE at_ms <= ?", (before_ms,)
    ).fetchone()
    if floor is None:
        return
    ended = connection.execute("DELETE FROM editions WHERE position < ?", (floor,))
    if not ended.rowcount:
        return
    for resource in MODELS:
        table, found, body = f"list_{resource}", f"find_{resource}", f"body_{resource}"
        gone = f"SELECT row FROM {table} WHERE until <= ?"  # noqa: S608  (our own names)
        # The words of an outside table are taken out of the index by saying them again.
        connection.execute(
            f"INSERT INTO {found} ({found}, rowid, words)"  # noqa: S608  (our own names)
            f" SELECT 'delete', row, words FROM {body} WHERE row IN ({gone})",
            (floor,),
        )
        connection.execute(f"DELETE FROM {body} WHERE row IN ({gone})", (floor,))  # noqa: S608  (our own names)
        connection.execute(f"DELETE FROM {table} WHERE until <= ?", (floor,))  # noqa: S608  (our own names)


def _tables(resource: Resource) -> Iterator[str]:
    fields = columns(resource)
    own = ", ".join(f"f_{each.name} {_type_of(each)}" for each in fields)
    table = f"list_{resource}"
    yield (
        f"CREATE TABLE {table} (row INTEGER PRIMARY KEY, since INTEGER, until INTEGER,"
        f" merchant TEXT, merchants TEXT, {own})"
    )
    yield f"CREATE TABLE body_{resource} (row INTEGER PRIMARY KEY, words TEXT, body TEXT)"
    yield f"CREATE UNIQUE INDEX {table}_id ON {table} (f_id, until)"
    yield (
        f"CREATE VIRTUAL TABLE find_{resource} USING fts5(words, content='body_{resource}',"
        f" content_rowid='row', tokenize=\"unicode61 tokenchars '_'\")"
    )


def _orders(resource: Resource) -> Iterator[str]:
    fields, table = columns(resource), f"list_{resource}"
    yield f"CREATE INDEX {table}_gone ON {table} (until) WHERE until < {FOR_EVER}"
    for each in fields:
        if each.sorted and each.name != "id":
            yield f"CREATE INDEX {table}_{each.name} ON {table} (f_{each.name}, f_id)"
    for name in sorted(_LOOKED_UP & {each.name for each in fields}):
        yield f"CREATE INDEX {table}_{name} ON {table} (f_{name}, f_id) WHERE f_{name} IS NOT NULL"
    for name in ("id", MAIN_DAY.get(resource, "recorded_at")):
        by = "f_id" if name == "id" else f"f_{name}, f_id"
        yield f"CREATE INDEX {table}_merchant_{name} ON {table} (merchant, {by})"


_LOOKED_UP = frozenset(("reference", "end_to_end_id", "statement_id", "match_id", "item"))
"""Ids that are asked for alone."""


def _type_of(each: Field) -> str:
    return "INTEGER" if each.kind in {"amount", "count", "flag"} else "TEXT"


@dataclass(kw_only=True)
class _Step:
    """Rows of some documents of one resource."""

    connection: sqlite3.Connection
    resource: Resource
    position: int

    def take(self, keys: list[str]) -> int:
        """Write the rows of these documents; the newest recorded time among them."""
        documents = self.documents(MODELS[self.resource], keys)
        made = rows(self.resource, documents, self)
        self._supersede([id_of(self.resource, key) for key in keys])
        self._insert(list(made.values()))
        return max(map(recorded_ms, documents.values()), default=0)

    def documents(self, model: str, keys: Iterable[str]) -> dict[str, Document]:
        found = self.connection.execute(
            "SELECT key, body FROM documents"
            " WHERE model = ? AND key IN (SELECT value FROM json_each(?))",
            (model, _encode(list(keys)).decode()),
        )
        return {key: _decode(body) for key, body in found}

    def merchants(self, payments: Iterable[str]) -> dict[str, str]:
        return dict(
            self.connection.execute(
                "SELECT key, body ->> '$.merchant' FROM documents"
                " WHERE model = ? AND key IN (SELECT value FROM json_each(?))",
                (payment_status.MODEL, _encode(list(payments)).decode()),
            ).fetchall()
        )

    def _supersede(self, ids: list[str]) -> None:
        """What stood under these ids ends here."""
        table = f"list_{self.resource}"
        self.connection.executemany(
            f"UPDATE {table} SET until = ? WHERE f_id = ? AND until = ?",  # noqa: S608  (our own names)
            ((self.position, id_, FOR_EVER) for id_ in ids),
        )

    def _insert(self, made: list[Listed]) -> None:
        fields = columns(self.resource)
        table = f"list_{self.resource}"
        (last,) = self.connection.execute(
            f"SELECT coalesce(max(row), 0) FROM {table}"  # noqa: S608  (our own names)
        ).fetchone()
        texts = [_words(row, self.resource) for row in made]
        marks = ", ".join("?" * (5 + len(fields)))
        self.connection.executemany(
            f"INSERT INTO {table} VALUES ({marks})",  # noqa: S608  (our own names)
            (
                (
                    number,
                    self.position,
                    FOR_EVER,
                    row.merchants[0] if row.merchants else None,
                    _encode(row.merchants).decode(),
                    *(_stored(row.body.get(each.name), each) for each in fields),
                )
                for number, row in enumerate(made, last + 1)
            ),
        )
        self.connection.executemany(
            f"INSERT INTO body_{self.resource} VALUES (?, ?, ?)",  # noqa: S608  (our own names)
            (
                (number, words, _encode(row.body).decode())
                for number, (row, words) in enumerate(zip(made, texts, strict=True), last + 1)
            ),
        )
        self.connection.executemany(
            f"INSERT INTO find_{self.resource} (rowid, words) VALUES (?, ?)",  # noqa: S608  (our own names)
            enumerate(texts, last + 1),
        )
        words = {word for text in texts for word in text.split() if can_slip(word)}
        self.connection.executemany(
            "INSERT OR IGNORE INTO slips VALUES (?, ?)",
            ((stub, word) for word in sorted(words) for stub in sorted(stubs(word))),
        )


def token(word: str) -> str:
    """A folded word as the tokenizer takes it whole: what is not ASCII goes by its bytes."""
    return word if word.isascii() else f"_{word.encode().hex()}"


def _words(row: Listed, resource: Resource) -> str:
    """The row's texts as words, to be found by."""
    runs = found_words(row, resource)
    return f" {SEPARATOR} ".join(" ".join(map(token, run)) for run in runs)


def _stored(value: object, each: Field) -> object:
    if each.kind == "amount" and value is not None:
        return int(cast(Mapping[str, str], value)["minor"])  # an amount is shown as an object
    if each.kind == "count" and isinstance(value, str):  # so is a position, as text
        return int(value)
    return value
