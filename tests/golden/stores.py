"""Stores as older releases wrote them, kept as text: `python -m tests.golden.stores NAME` adds one.

A store is kept as SQL dumps of its databases, its description and its key (the key of an invented
bank: it protects nothing). What was added once never changes; a later release has to go on with it.
"""

from __future__ import annotations

import sqlite3
import sys
import tempfile
from contextlib import closing
from pathlib import Path

from adapters.fact_export import export_facts
from adapters.store_folder import DESCRIPTION, FACTS, KEYS, MASTER_KEY
from conciliar import open_store
from tests.service.delivered import SETTINGS, bank, cut, delivered, reconciled

KEPT = Path(__file__).parent / "kept"
EXPORT = "facts.jsonl"
PAYMENTS, DAYS, SEED = 30, 4, "a store of an older release"
LAST_EARLY_DAY = "2026-03-03"


def unpack(name: str, target: Path) -> Path:
    """The store as that release left it, in a folder."""
    kept = KEPT / name
    target.mkdir(parents=True)
    (target / DESCRIPTION).write_bytes((kept / DESCRIPTION).read_bytes())
    (target / MASTER_KEY).write_bytes(bytes.fromhex((kept / f"{MASTER_KEY}.hex").read_text()))
    for database in (FACTS, KEYS):
        with closing(sqlite3.connect(target / database)) as made:
            made.executescript((kept / f"{database}.sql").read_text(encoding="utf-8"))
    return target


def keep(store: Path, name: str) -> Path:
    """Write the store down under a name that is free."""
    kept = KEPT / name
    kept.mkdir(parents=True)
    (kept / DESCRIPTION).write_bytes((store / DESCRIPTION).read_bytes())
    (kept / f"{MASTER_KEY}.hex").write_text(f"{(store / MASTER_KEY).read_bytes().hex()}\n")
    for database in (FACTS, KEYS):
        with closing(sqlite3.connect(store / database)) as source:
            text = "\n".join(source.iterdump())
        (kept / f"{database}.sql").write_text(f"{text}\n", encoding="utf-8")
    with open_store(store, settings=SETTINGS) as opened:
        export_facts(opened.facts, kept / EXPORT, personal=True)
    return kept


def deliveries(folder: Path) -> tuple[Path, Path]:
    """The bank's data in two folders: what the kept stores hold, and what came after."""
    made = bank(PAYMENTS, seed=SEED, days=DAYS)
    early, late = cut(made, 2, day_of=lambda row: row["received_at"][:10] > LAST_EARLY_DAY)
    return delivered(early, folder / "early"), delivered(late, folder / "late")


def main() -> None:
    """Reconcile a small bank with this release and keep its store."""
    with tempfile.TemporaryDirectory() as place:
        early, _ = deliveries(Path(place))
        store = Path(place) / "store"
        reconciled(early, Path(place) / "out", store=store)
        sys.stdout.write(f"{keep(store, sys.argv[1])}\n")


if __name__ == "__main__":
    main()
