"""A process that appends and says what was acknowledged, for tests that kill it or race it.

    python -m tests.adapters.contract_appender FOLDER NAME COMMITS STREAMS

Each commit holds two facts, with the writer's name and a running number in the command id, on one
of STREAMS streams (as many as COMMITS: each has its own). A line of standard output is an
acknowledged pair of positions; a conflict is read again and tried again.
"""

from __future__ import annotations

import sys
from pathlib import Path

from adapters.sqlite_facts import SqliteFactStore
from adapters.system import Clock, Entropy
from application.ports import VersionConflict
from tests.adapters.contract_samples import REGISTERED, allocated, commit

CONFLICTS_MAX = 1_000


def main(folder: str, name: str, commits: str, streams: str) -> None:
    with SqliteFactStore.open(
        Path(folder), tenant="bank-01", clock=Clock(), entropy=Entropy()
    ) as store:
        for number in range(int(commits)):
            stream = f"pay:{'shared' if int(streams) < int(commits) else name}"
            first, second = append(
                store, f"{stream}:{number % int(streams)}", command=f"{name}-{number}"
            )
            sys.stdout.write(f"{first} {second}\n")
            sys.stdout.flush()


def append(store: SqliteFactStore, stream: str, *, command: str) -> tuple[int, int]:
    for _ in range(CONFLICTS_MAX):
        expected = len(store.stream(stream))
        facts = (REGISTERED, allocated(expected))
        try:
            one, two = store.append(
                [commit(*facts, stream=stream, expected=expected, command=command)]
            )
        except VersionConflict:
            continue
        return one.position, two.position
    raise AssertionError("other writers always come first")


if __name__ == "__main__":
    main(*sys.argv[1:])
