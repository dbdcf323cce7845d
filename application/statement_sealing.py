"""Sealing statements in the order of their account's chain, and holding those before a gap."""

from __future__ import annotations

from collections.abc import Collection

from application.import_store import ImportStore, account_of
from application.parking import ParkingLot, id_of
from application.ports import Commit
from application.statement_chain import Link, family_of, gap_before
from domain import feed, statement


class Sealing:
    """Decides which statements may be seen; what is held is in the parking lot, by its stream."""

    def __init__(self, store: ImportStore, lot: ParkingLot) -> None:
        self._store = store
        self._lot = lot

    def gap(self, stream: str) -> str | None:
        """What is missing before a statement, in words; None where nothing is."""
        sealed = self._links(account_of(stream), statement.Sealed)
        return gap_before(self._link(stream), sealed)

    def seal_what_follows(
        self, *, ready: Collection[str], accounts: Collection[str], source: str | None
    ) -> set[str]:
        """Seal what is `ready`, or was held on these accounts, and follows what is sealed.

        All in one transaction, so that a file is seen whole. The streams that were sealed.
        """
        commits: list[Commit] = []
        sealed: set[str] = set()
        for account in sorted(set(accounts)):
            waiting = [
                link
                for link in self._links(account, statement.Verified)
                if link.stream in ready or self._is_held(link.stream)
            ]
            for link in self._in_turn(waiting):
                commits += self._seal(link, source=source, authority="import")
                sealed.add(link.stream)
        self._write(commits, sealed)
        return sealed

    def accept_gap(self, stream: str) -> None:
        """Seal a held statement although something is missing before it."""
        commits = self._seal(self._link(stream), source=None, authority="gap-accepted")
        self._write(commits, {stream})

    def _in_turn(self, waiting: list[Link]) -> list[Link]:
        """Those that follow what is sealed, or another one of them that does, in that order."""
        sealed = self._links(account_of(waiting[0].stream), statement.Sealed) if waiting else []
        found: list[Link] = []
        left = sorted(waiting, key=lambda link: link.order)
        while True:
            following = next((link for link in left if gap_before(link, sealed) is None), None)
            if following is None:
                return found
            left.remove(following)
            sealed.append(following)
            found.append(following)

    def _seal(self, link: Link, *, source: str | None, authority: str) -> list[Commit]:
        """The statement's seal, and that of its account through its last day."""
        stream, day = link.stream, link.content.last_day
        kind, _, account = account_of(stream).partition(":")
        watermark = feed.stream_of(kind=kind, source=account)
        through = feed.advance(self._store.registry.of(watermark, feed.Feed), through=day)
        seal = statement.seal(self._store.statement(stream))
        at = day.isoformat()
        return [
            # First, since a statement that is sealed is not looked at again.
            *self._store.commit(
                watermark, through, at=at, source=source, command=f"{stream} through"
            ),
            *self._store.commit(
                stream, seal, at=at, source=source, command=f"{stream} sealed", authority=authority
            ),
        ]

    def _write(self, commits: list[Commit], sealed: set[str]) -> None:
        self._store.write(commits)
        for stream in sealed:
            self._lot.resolve(id_of("files", stream), outcome="sealed")

    def _is_held(self, stream: str) -> bool:
        parked = self._lot.get(id_of("files", stream))
        return parked is not None and parked.is_waiting

    def _links(
        self, account: str, kind: type[statement.Sealed] | type[statement.Verified]
    ) -> list[Link]:
        return [
            self._link(stream)
            for stream in self._store.of_account(account)
            if isinstance(self._store.statement(stream), kind)
        ]

    def _link(self, stream: str) -> Link:
        state = self._store.statement(stream)
        assert isinstance(state, statement.Verified | statement.Sealed), "it was verified"
        family = family_of(state.content.format)
        return Link(stream=stream, family=family, content=state.content)
