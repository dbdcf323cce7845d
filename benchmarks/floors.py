"""What the same data costs without any of what makes it worth having.

The floors that the pipeline is measured against.
"""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import polars

ROWS_PER_TRANSACTION = 10_000


def bare_inserts(facts: Path, target: Path) -> tuple[int, float]:
    """Insert the rows of a fact store into a new file, as durable as the store.

    How many, and in how many seconds.
    """
    with closing(sqlite3.connect(f"file:{facts}?mode=ro", uri=True)) as source:
        statement = "SELECT originator_id, originator_version, topic, state FROM stored_events"
        rows = source.execute(statement).fetchall()
    with closing(sqlite3.connect(target, isolation_level=None)) as bare:
        bare.execute("PRAGMA journal_mode=WAL")
        bare.execute("PRAGMA synchronous=FULL")
        bare.execute(
            "CREATE TABLE facts (position INTEGER PRIMARY KEY, stream TEXT, version INTEGER,"
            " topic TEXT, state BLOB, UNIQUE (stream, version))"
        )
        start = time.perf_counter()
        for at in range(0, len(rows), ROWS_PER_TRANSACTION):
            bare.execute("BEGIN")
            bare.executemany(
                "INSERT INTO facts (stream, version, topic, state) VALUES (?,?,?,?)",
                rows[at : at + ROWS_PER_TRANSACTION],
            )
            bare.execute("COMMIT")
        return len(rows), time.perf_counter() - start


def hash_join(data: Path) -> tuple[int, float]:
    """Read both files and join them on reference and amount: pairs, and seconds."""
    start = time.perf_counter()
    columns = ("amount", "reference")
    payments = polars.read_ndjson(data / "payments.jsonl").select("payment_id", *columns)
    lines = polars.read_ndjson(data / "settlements.jsonl").select("settlement_id", *columns)
    pairs = payments.drop_nulls().join(lines.drop_nulls(), on=list(columns), how="inner")
    return pairs.height, time.perf_counter() - start
