"""What one arriving item costs live matching: CPU beside SQLite, and calls and units on DynamoDB.

    python -m benchmarks.live_matching --payments 50000 [--json]

A demo bank is recorded in memory, judged as a batch and filed in match states, but for the last
payments and lines: these arrive one by one, on a day that no source has told the end of. Calls and
units are computed from what is put, asked for and read, by the sizes that AWS publishes: reads are
consistent, 4 KiB a unit.
"""

from __future__ import annotations

import argparse
import gc
import json
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import timedelta
from pathlib import Path

from adapters.blinding import KEY_BYTES, MARK_BYTES, Blinding
from adapters.data_folder import read_folder
from adapters.dynamodb.match_states import BATCH_WRITES_MAX, SHARDS, WIDE
from adapters.holidays_ar import ArgentineHolidays
from adapters.rule_files import read_rules
from adapters.sqlite_match_states import SqliteMatchStates
from application.intake import Intake
from application.live_matching import LiveMatching
from application.ports import NO_POSITION_YET, Commit, Entry, FiledItem, Reminder
from application.reconciling import Reconciler
from application.registry import Registry, kind_of
from benchmarks.matching_speed import DAYS, FIRST_DAY
from conciliar.composition import write_demo_bank
from conciliar.refusals import reason_of
from domain.facts import Recorded
from domain.feed import FeedWatermarkAdvanced
from domain.match_keys import Place, Span

ARRIVING = 200
"""Payments, and lines, that arrive."""

DAYS_OPEN = 5
"""Days at the end whose windows are open."""

UNIT_BYTES_READ = 4_096
ENTRY_BYTES = 90
"""Of a place: its keys, an item's id and its version; marks come on top."""


@dataclass
class Cost:
    """What was asked of DynamoDB, by match states and by the facts."""

    write_units: int = 0
    read_units: int = 0
    calls: int = 0

    def wrote(self, places: Sequence[Place]) -> None:
        """Puts of places in batches."""
        self.write_units += len(places)
        self.calls += -(-len(places) // BATCH_WRITES_MAX)

    def asked(self, span: Span, found: int) -> None:
        """A query of each partition of a key."""
        partitions = SHARDS if span.key.family in WIDE else 1
        size = found * (ENTRY_BYTES + 4 * MARK_BYTES)
        self.calls += partitions
        self.read_units += max(partitions, -(-size // UNIT_BYTES_READ))


class Facts:
    """Facts in memory, each stream a list."""

    commits_max = 100
    numbers_at_once = True

    def __init__(self, commits: Iterable[Commit], cost: Cost) -> None:
        self.by_stream: dict[str, list[Recorded]] = {}
        self._cost = cost
        self._head = 0
        for commit in commits:
            self._add(commit)

    def _add(self, commit: Commit) -> tuple[Recorded, ...]:
        known = self.by_stream.setdefault(commit.stream, [])
        made = [
            Recorded(
                stream=commit.stream,
                version=commit.expected_version + n,
                position=NO_POSITION_YET,
                business_time=commit.business_time,
                recorded_at_ms=0,
                context=commit.context,
                nonce=b"",
                fact=fact,
            )
            for n, fact in enumerate(commit.facts, start=1)
        ]
        known += made
        self._head += len(made)
        return tuple(made)

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        """As the port says; its price is that of the facts, told elsewhere."""
        return tuple(one for commit in commits for one in self._add(commit))

    def stream(self, stream: str, *, through_version: int | None = None) -> tuple[Recorded, ...]:
        """As the port says."""
        return tuple(self.by_stream.get(stream, ())[:through_version])

    def streams(self, streams: Iterable[str]) -> Mapping[str, tuple[Recorded, ...]]:
        """As the port says; a query each."""
        wanted = set(streams)
        self._cost.calls += len(wanted)
        self._cost.read_units += len(wanted)
        found = {one: tuple(self.by_stream.get(one, ())) for one in sorted(wanted)}
        return {stream: facts for stream, facts in found.items() if facts}

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        """As the port says; nothing has a position here."""
        del after
        return self.written(sealed=sealed)

    def written(self, *, sealed: bool = False) -> Iterator[Recorded]:
        """As the port says."""
        del sealed
        return (one for facts in self.by_stream.values() for one in facts)

    def head(self) -> int:
        """As the port says."""
        return self._head


class Counted:
    """Match states that count what they are asked."""

    def __init__(self, states: SqliteMatchStates, cost: Cost) -> None:
        self._states = states
        self._cost = cost
        self._shared: set[Place] = set()

    def put(self, items: Sequence[FiledItem]) -> int:
        """As the port says: a look at each item's record, its places, and the record."""
        for item in items:
            fresh = [one for one in item.shared if one not in self._shared]
            self._shared.update(fresh)
            self._cost.wrote([*item.places, *fresh])
            size = len(item.item) + len(item.places) * (KEY_BYTES + 20)
            self._cost.write_units += -(-size // 1_024)
            self._cost.read_units += 1
            self._cost.calls += 2
        return self._states.put(items)

    def remove(self, item: str, *, version: int) -> None:
        """As the port says."""
        self._states.remove(item, version=version)

    def find(self, spans: Sequence[Span]) -> list[list[Entry]]:
        """As the port says."""
        found = self._states.find(spans)
        for span, entries in zip(spans, found, strict=True):
            self._cost.asked(span, len(entries))
        return found

    def remind(self, reminders: Sequence[Reminder]) -> None:
        """As the port says."""
        self._cost.write_units += len(reminders)
        self._cost.calls += -(-len(reminders) // BATCH_WRITES_MAX)
        self._states.remind(reminders)

    def reminders(
        self, why: str, *, through: int, at_most: int, after: Reminder | None = None
    ) -> list[Reminder]:
        """As the port says."""
        return self._states.reminders(why, through=through, at_most=at_most, after=after)

    def forget(self, reminders: Sequence[Reminder]) -> None:
        """As the port says."""
        self._states.forget(reminders)

    def clear(self) -> None:
        """As the port says."""
        self._states.clear()


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """One kind of item: milliseconds of CPU, and calls and units of one on average, in tenths."""

    kind: str
    filed: int
    arrived: int
    matches: int
    left: int
    cpu_us: tuple[int, ...] = field(default=())
    calls_tenths: int
    read_tenths: int
    write_tenths: int


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.live_matching")
    parser.add_argument("--payments", type=int, default=20_000)
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        for measured in arrivals(Path(folder), payments=asked.payments):
            if asked.json:
                print(json.dumps(asdict(measured)))
            else:
                print(in_words(measured))


def arrivals(folder: Path, *, payments: int) -> Iterator[Arrivals]:
    """Each kind of item, arriving one by one at a bank of so many payments."""
    cost = Cost()
    commits = recorded(folder / "data", payments=payments)
    late = {
        kind: list(dict.fromkeys(one.stream for one in commits if kind_of(one.stream) == kind))[
            -ARRIVING:
        ]
        for kind in ("pay", "set")
    }
    facts = Facts(commits, cost)
    blinding = Blinding(master_key=bytes(32), tenant="bench")
    with SqliteMatchStates.open(folder / "matching.sqlite", blinding=blinding) as states:
        matching = LiveMatching(
            facts,
            Counted(states, cost),
            actor="bench",
            holidays=ArgentineHolidays(),
            read_rules=read_rules,
        )
        held = {stream: facts.by_stream.pop(stream) for some in late.values() for stream in some}
        Reconciler(
            facts,
            actor="bench",
            reason_of=reason_of,
            holidays=ArgentineHolidays(),
            read_rules=read_rules,
        ).judge_again(correlation="bench")
        filed = matching.rebuild()
        gc.collect()
        gc.freeze()
        for kind, streams in late.items():
            some = {stream: held[stream] for stream in streams}
            yield arrived(matching, facts, cost, held=some, kind=kind, filed=filed)


def arrived(
    matching: LiveMatching,
    facts: Facts,
    cost: Cost,
    *,
    held: Mapping[str, list[Recorded]],
    kind: str,
    filed: int,
) -> Arrivals:
    """So many items of a kind arrive."""
    times: list[int] = []
    matches = left = 0
    cost.calls = cost.read_units = cost.write_units = 0
    for stream, some in held.items():
        facts.by_stream[stream] = some
        before = time.process_time_ns()
        handled = matching.handle([stream])
        times.append((time.process_time_ns() - before) // 1_000)
        matches += len(handled.matched)
        left += len(handled.for_batch)
    times.sort()
    count = len(times)
    return Arrivals(
        kind={"pay": "payments", "set": "lines"}[kind],
        filed=filed,
        arrived=count,
        matches=matches,
        left=left,
        cpu_us=(times[count // 2], times[count * 99 // 100]),
        calls_tenths=10 * cost.calls // count,
        read_tenths=10 * cost.read_units // count,
        write_tenths=10 * cost.write_units // count,
    )


def recorded(folder: Path, *, payments: int) -> list[Commit]:
    """What a demo bank's files record."""
    write_demo_bank(folder, payments=payments, days=DAYS, seed="live", first_day=FIRST_DAY)
    intake = Intake(Registry(), actor="bench", correlation="bench", reason_of=reason_of)
    return [_open(commit) for commit in intake.commits(read_folder(folder, source="core"))]


def _open(commit: Commit) -> Commit:
    """Days that are still going on are not told to be complete."""
    ended = FIRST_DAY + timedelta(days=DAYS - DAYS_OPEN)
    facts = tuple(
        replace(fact, through=min(fact.through, ended))
        if isinstance(fact, FeedWatermarkAdvanced)
        else fact
        for fact in commit.facts
    )
    return replace(commit, facts=facts)


def in_words(one: Arrivals) -> str:
    """A line of the table."""
    return (
        f"{one.arrived} {one.kind} at {one.filed} filed streams: {one.matches} matches,"
        f" {one.left} left to a batch; CPU {one.cpu_us[0]} µs half, {one.cpu_us[1]} µs 99 %;"
        f" DynamoDB {one.calls_tenths / 10} calls, {one.read_tenths / 10} read units,"
        f" {one.write_tenths / 10} write units each"
    )


if __name__ == "__main__":
    main()
