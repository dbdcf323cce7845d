"""Event stores of the same library side by side in one run: throughput, price, conformance.

    python -m benchmarks.stores [COMMANDS]

SQLite, PostgreSQL (Debian's package, started here as an unprivileged user), the peer
eventsourcing-dynamodb and ours. Both on DynamoDB run against the same emulator. Each store runs in
a process of its own, peers in .venv-peers; what is not there is named and left out.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adapters.dynamodb.items import CommitItem, StoredFact, encode_commit
from adapters.dynamodb.sizes import write_units
from tests.architecture.source import ROOT
from tests.fixtures.emulator import emulator, free_port, settings

COMMANDS = 300
WORKER = ROOT / "benchmarks" / "peers" / "stores.py"
PEERS = ROOT / ".venv-peers" / "bin" / "python"
POSTGRES = Path("/usr/lib/postgresql")
READY_S = 60
WORK_S = 900

Row = dict[str, Any]


def main(commands: int) -> None:
    """Print the table."""
    one = write_units(_commit(position=None), transaction=False)
    inline = write_units(_commit(position=1), transaction=True) + 2  # and the page
    print("| store | commands/s | client CPU, µs | write units | cases | not kept |")
    print("|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        library = {"PERSISTENCE_MODULE": "eventsourcing.sqlite"}
        show("SQLite, the library's", run(sys.executable, "sqlite", commands, library))
        own = {"PERSISTENCE_MODULE": "adapters.sqlite_recorder:Factory"}
        show("SQLite, ours (durable)", run(sys.executable, "sqlite", commands, own))
        with postgres(Path(folder)) as where:
            show("PostgreSQL", run(PEERS, "postgres", commands, where))
    with emulator() as url:
        peer = settings(url) | {
            "PERSISTENCE_MODULE": "eventsourcing_dynamodb",
            "DYNAMO_ENDPOINT_URL": url,
        }
        show("eventsourcing-dynamodb", run(PEERS, "dynamodb-peer", commands, peer), units=2)
        ours = settings(url) | {"PERSISTENCE_MODULE": "adapters.dynamodb", "DYNAMODB_TABLE": "b"}
        found = run(sys.executable, "dynamodb-ours", commands, ours)
        show("ours on DynamoDB, inline", found, units=inline)
        stream = ours | {"DYNAMODB_NUMBERING": "stream"}
        found = run(sys.executable, "dynamodb-ours", commands, stream, measure_only=True)
        show("ours on DynamoDB, stream", found, units=one)


def _commit(*, position: int | None) -> dict[str, Any]:
    """Two facts of 300 bytes, as the item of a commit."""
    fact = StoredFact("payment.registered", b"x" * 300)
    key = "t1234-1#" + "0" * 32
    return encode_commit(
        CommitItem(
            key=key,
            version=1,
            write_id=b"w" * 16,
            recorded_at_ms=10**12,
            facts=(fact, fact),
            position=position,
        )
    )


def show(name: str, found: Row | None, *, units: int | None = None) -> None:
    """Print one row."""
    if found is None:
        print(f"| {name} | not here | | | | |", flush=True)
        return
    broken = ", ".join(law for law, kept in found["laws"].items() if not kept) or "–"
    cases = f"{found['passed']} of {found['cases']}" if found["cases"] else "as inline"
    price = "–" if units is None else units
    print(
        f"| {name} | {found['rate']:,} | {found['cpu_us']:,} | {price} | {cases} | {broken} |",
        flush=True,
    )


def run(
    python: Path | str,
    kind: str,
    commands: int,
    where: Mapping[str, str] | None,
    *,
    measure_only: bool = False,
) -> Row | None:
    """What a worker says of one store; None where it, or its environment, is not here."""
    if where is None or not Path(python).exists():
        return None
    more = ["measure-only"] if measure_only else []
    done = subprocess.run(
        [str(python), str(WORKER), kind, str(commands), *more],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), **where},
        capture_output=True,
        text=True,
        timeout=WORK_S,
        check=False,
    )
    if done.returncode:
        raise SystemExit(f"{kind}: {done.stderr[-2_000:]}")
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def postgres(folder: Path) -> Generator[dict[str, str] | None]:
    """The settings of a PostgreSQL that lives as long as the block; None where there is none."""
    releases = sorted(POSTGRES.glob("*/bin"), key=lambda each: int(each.parent.name))
    if not releases:
        yield None
        return
    bin_, data, port = releases[-1], folder / "postgres", str(free_port())
    user = "postgres" if os.geteuid() == 0 else None  # it refuses to be run by root
    data.mkdir()
    if user is not None:
        folder.chmod(0o755)
        shutil.chown(data, user, user)
    given: Any = {"user": user, "group": user, "extra_groups": []} if user else {}
    quiet: Any = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    init = [bin_ / "initdb", "-D", data, "-U", "bench", "-A", "trust", "-E", "UTF8", "--locale=C"]
    subprocess.run(init, check=True, cwd=data, **given, **quiet)
    serve = [bin_ / "postgres", "-D", data, "-p", port, "-h", "127.0.0.1", "-k", str(data)]
    server = subprocess.Popen(serve, cwd=data, **given, **quiet)
    try:
        deadline = time.monotonic() + READY_S
        ready = [bin_ / "pg_isready", "-q", "-h", "127.0.0.1", "-p", port]
        while subprocess.run(ready, check=False).returncode and time.monotonic() < deadline:
            time.sleep(0.1)
        yield {
            "PERSISTENCE_MODULE": "eventsourcing.postgres",
            "POSTGRES_HOST": "127.0.0.1",
            "POSTGRES_PORT": port,
            "POSTGRES_USER": "bench",
            "POSTGRES_PASSWORD": "none",
            "POSTGRES_DBNAME": "postgres",
        }
    finally:
        server.terminate()
        server.wait(timeout=READY_S)


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else COMMANDS)
