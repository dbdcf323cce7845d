"""One persistence module of the eventsourcing library: how quick it is, which cases it passes.

    python benchmarks/peers/stores.py KIND COMMANDS [measure-only]

with the module's settings in the environment

KIND says how a case gets an empty store: sqlite, postgres, dynamodb-peer, dynamodb-ours. It runs
under whatever release of the library is there, so nothing of ours is imported. Prints JSON.
"""

import json
import os
import sys
import time
import unittest
from itertools import count
from pathlib import Path
from tempfile import mkdtemp
from uuid import uuid4

from eventsourcing.persistence import InfrastructureFactory, StoredEvent
from eventsourcing.tests import persistence as cases
from eventsourcing.utils import Environment

STATE = b"x" * 300
TIMED = ("performance", "throughput")
"""Cases that measure and demand nothing."""

_numbers = count(1)
_open = []
"""Factories, for a recorder does not keep its own alive."""


def new_factory(kind):
    """A factory on a store that is empty."""
    number, env = next(_numbers), dict(os.environ)
    if kind == "sqlite":
        env["SQLITE_DBNAME"] = str(Path(mkdtemp()) / "facts.sqlite")
    elif kind == "postgres":
        env["POSTGRES_DBNAME"] = new_database(number)
    elif kind == "dynamodb-peer":
        env["DYNAMO_TABLE"] = new_table(number)
    else:
        env["DYNAMODB_TENANT"] = f"t{os.getpid()}-{number}"
    _open.append(InfrastructureFactory.construct(Environment("bench", env)))
    return _open[-1]


def new_database(number):
    """A database of PostgreSQL."""
    import psycopg

    name = f"bench_{os.getpid()}_{number}"
    where = {"host": os.environ["POSTGRES_HOST"], "port": os.environ["POSTGRES_PORT"]}
    with psycopg.connect(
        dbname="postgres", user=os.environ["POSTGRES_USER"], autocommit=True, **where
    ) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return name


def new_table(number):
    """A table as the peer wants it."""
    import boto3

    name = f"peer-{os.getpid()}-{number}"
    boto3.client("dynamodb", endpoint_url=os.environ["DYNAMO_ENDPOINT_URL"]).create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[
            {"AttributeName": "originator_id", "KeyType": "HASH"},
            {"AttributeName": "originator_version", "KeyType": "RANGE"},
        ],
        AttributeDefinitions=[
            {"AttributeName": "originator_id", "AttributeType": "S"},
            {"AttributeName": "originator_version", "AttributeType": "N"},
        ],
    )
    return name


def event(stream, version):
    """An event of 300 bytes."""
    return StoredEvent(
        originator_id=stream, originator_version=version, topic="payment.registered", state=STATE
    )


def measured(kind, commands):
    """Commands a second by one client, and its CPU for each, in microseconds."""
    recorder = new_factory(kind).application_recorder()
    recorder.insert_events([event(uuid4(), 1)])  # connected, and whatever is made once is made
    pairs = [[event(stream, 1), event(stream, 2)] for stream in (uuid4() for _ in range(commands))]
    wall, cpu = time.perf_counter(), time.process_time()
    for pair in pairs:
        recorder.insert_events(pair)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    return round(commands / wall), round(cpu / commands * 1e6)


def conformance(kind):
    """Cases that pass, and how many there are."""
    makes = {
        "AggregateRecorderTestCase": "aggregate_recorder",
        "ApplicationRecorderTestCase": "application_recorder",
        "NonInterleavingNotificationIDsBaseCase": "application_recorder",
        "ProcessRecorderTestCase": "process_recorder",
    }
    suite = unittest.TestSuite()
    for name, make in makes.items():
        given = {"create_recorder": lambda _, make=make: getattr(new_factory(kind), make)()}
        case = type(name, (getattr(cases, name),), given)
        for test in unittest.defaultTestLoader.loadTestsFromTestCase(case):
            if not any(word in str(test) for word in TIMED):
                suite.addTest(test)
    with Path(os.devnull).open("w", encoding="utf-8") as nowhere:
        sys.stdout, out = nowhere, sys.stdout
        result = unittest.TextTestRunner(stream=nowhere, verbosity=0).run(suite)
        sys.stdout = out
    failed = len({str(test) for test, _ in (*result.failures, *result.errors)})
    return result.testsRun - failed, result.testsRun


def laws(kind):
    """What we ask beyond the cases: which of these a store keeps."""
    recorder = new_factory(kind).aggregate_recorder()
    stream = uuid4()
    recorder.insert_events([event(stream, 1), event(stream, 2)])

    def refused(version):
        try:
            recorder.insert_events([event(stream, version)])
        except Exception:  # noqa: BLE001  (whatever a peer raises, it was refused)
            return True
        return False

    return {
        "a taken version is refused": refused(1),
        "a gap is refused": refused(9),
        "a limit is kept": len(recorder.select_events(stream, limit=1)) == 1,
    }


if __name__ == "__main__":
    kind, commands = sys.argv[1], int(sys.argv[2])
    rate, cpu = measured(kind, commands)
    passed, total = conformance(kind) if len(sys.argv) < 4 else (0, 0)
    said = {"rate": rate, "cpu_us": cpu, "passed": passed, "cases": total, "laws": laws(kind)}
    print(json.dumps(said))
