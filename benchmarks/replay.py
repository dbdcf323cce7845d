"""How many facts a second become state again: read, decoded, evolved, in one process.

    python -m benchmarks.replay STORE       a store folder, for example demo-out/store

CPU time, the best of several runs. `yardstick` decodes small flat dataclasses with the same library
and says how quick the machine was meanwhile: compare ratios to it, not rates of two days.
"""

from __future__ import annotations

import gc
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

import msgspec

from adapters.codec import Row, open_envelope
from adapters.sqlite_facts import SqliteFactStore
from adapters.store_folder import read_info
from adapters.system import Clock, Entropy
from adapters.topics import REGISTRY
from application.ports import Move
from application.registry import EVOLVES, kind_of

RUNS = 5
YARDSTICK_FACTS = 20_000


@dataclass(frozen=True)
class Flat:
    """Eleven fields of text and whole numbers, as the reference measured them."""

    a: str
    b: str
    c: str
    d: str
    e: str
    f: str
    g: int
    h: int
    i: int
    j: int
    k: str


def main(folder: Path) -> None:
    """Print the rates."""
    tenant = read_info(folder).tenant
    with SqliteFactStore.open(
        folder, tenant=tenant, clock=Clock(), entropy=Entropy(), create=False
    ) as store:
        rows = [row for page in store.pages(through=store.head()) for row in page]
        payments = [row for row in rows if kind_of(row.stream) == "pay"]
        mean = sum(len(row.state) for row in rows) // len(rows)
        print(f"{len(rows):,} facts, {mean} bytes each; {len(payments):,} of payments")
        said("yardstick", YARDSTICK_FACTS, yardstick())
        for name, some in (("all", rows), ("payments", payments)):
            said(f"{name}: decode with envelopes", len(some), lambda some=some: enveloped(some))
            said(f"{name}: decode in one pass", len(some), lambda some=some: decoded(some))
            said(f"{name}: decode and evolve", len(some), lambda some=some: replayed(some))
        said("all: from SQLite, sealed", len(rows), lambda: evolved(store.written(sealed=True)))
        said("all: from SQLite, boxes opened", len(rows), lambda: evolved(store.written()))


def said(name: str, count: int, run: Callable[[], object]) -> None:
    """Print the best rate of several runs."""
    best = min(cpu_s(run) for _ in range(RUNS))
    print(f"{name:36} {count / best:12,.0f} facts/s", flush=True)


def cpu_s(run: Callable[[], object]) -> float:
    """The CPU time of a run, without the search for garbage that an earlier one left."""
    gc.collect()
    started = time.process_time()
    run()
    return time.process_time() - started


def yardstick() -> Callable[[], object]:
    """Decodes flat dataclasses."""
    text = "some text"
    flat = msgspec.json.encode(Flat(text, text, text, text, text, text, 1, 2, 3, 4, text))
    states = [bytes(bytearray(flat)) for _ in range(YARDSTICK_FACTS)]
    decode = msgspec.json.Decoder(Flat).decode
    return lambda: [None for state in states if decode(state) is None]


def enveloped(rows: Iterable[Row]) -> None:
    """Facts with everything around them."""
    for row in rows:
        REGISTRY.recorded(row, open_envelope(row), personal=None)


def decoded(rows: Iterable[Row]) -> None:
    """Facts alone."""
    for _ in REGISTRY.moves(rows):
        pass


def replayed(rows: Iterable[Row]) -> dict[str, object]:
    """The state of every stream, from rows in memory."""
    return evolved(REGISTRY.moves(rows))


def evolved(moves: Iterable[Move]) -> dict[str, object]:
    """The state of every stream."""
    states: dict[str, object] = {}
    known, evolves = states.get, EVOLVES
    for move in moves:
        stream = move.stream
        states[stream] = evolves[kind_of(stream)](known(stream), move.fact)
    return states


if __name__ == "__main__":
    main(Path(sys.argv[1]))
