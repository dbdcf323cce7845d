"""A FactStore in memory, filled by hand; personal fields read as None, as for projections."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import fields, replace
from itertools import groupby
from typing import Any, get_type_hints

from application.ports import Commit, VersionConflict
from domain.facts import Context, Fact, FieldClass, Recorded

CONTEXT = Context(command_id="c", correlation_id="r", actor="test", authority="test")
MONDAY_NOON_MS = 1_772_463_600_000
"""2 March 2026, 12:00 at −03:00."""

HOUR_MS = 3_600_000


class MemoryFacts:
    """Facts in one list; `now_ms` is recorded time, moved by hand."""

    commits_max = 10_000
    numbers_at_once = True

    def __init__(self, *, sealed: bool = True) -> None:
        self._sealed = sealed
        self.now_ms = MONDAY_NOON_MS
        self.recorded: list[Recorded] = []
        self._versions: dict[str, int] = {}

    def record(self, *commits: tuple[str, Sequence[Fact]]) -> None:
        """Append facts to streams, in one transaction."""
        self.now_ms += 1
        for stream, facts in commits:
            for fact in facts:
                self._versions[stream] = self._versions.get(stream, 0) + 1
                self.recorded.append(self._enveloped(stream, fact))

    def _enveloped(self, stream: str, fact: Fact) -> Recorded:
        return Recorded(
            stream=stream,
            version=self._versions[stream],
            position=len(self.recorded) + 1,
            business_time="2026-03-02",
            recorded_at_ms=self.now_ms,
            context=CONTEXT,
            nonce=b"",
            fact=without_personal(fact) if self._sealed else fact,
        )

    def append(self, commits: Sequence[Commit]) -> tuple[Recorded, ...]:
        for commit in commits:
            if self._versions.get(commit.stream, 0) != commit.expected_version:
                raise VersionConflict(
                    stream=commit.stream, expected_version=commit.expected_version
                )
        first = len(self.recorded)
        self.record(*((commit.stream, commit.facts) for commit in commits))
        return tuple(self.recorded[first:])

    def stream(self, stream: str, *, through_version: int | None = None) -> tuple[Recorded, ...]:
        last = through_version or len(self.recorded)
        return tuple(one for one in self.recorded if one.stream == stream and one.version <= last)

    def streams(self, streams: Iterable[str]) -> Mapping[str, tuple[Recorded, ...]]:
        wanted = set(streams)
        found = sorted((one for one in self.recorded if one.stream in wanted), key=_stream)
        return {stream: tuple(some) for stream, some in groupby(found, key=_stream)}

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        return iter(self.recorded[after:])

    def written(self, *, sealed: bool = False) -> Iterator[Recorded]:
        return self.facts(sealed=sealed)

    def head(self) -> int:
        return len(self.recorded)


def _stream(recorded: Recorded) -> str:
    return recorded.stream


def without_personal(fact: Any) -> Any:
    """The fact as it reads while its box is sealed."""
    personal = personal_fields(type(fact))
    return replace(fact, **dict.fromkeys(personal)) if personal else fact


def personal_fields(kind: type[Any]) -> tuple[str, ...]:
    """Names of the fields that the fact declares personal."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(
        field.name
        for field in fields(kind)
        if FieldClass.PERSONAL in getattr(hints[field.name], "__metadata__", ())
    )
