"""The lines that are known, by what tells an entry from another: for files that overlap.

An entry is known if a line of its source and account has the same bank reference, booking day and
amount, or, where the bank gives no reference, the same content. Each line answers for one entry of
a file, the first for the first: identical rows are distinct entries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import replace

from application.registry import Registry
from domain import settlement
from domain.settlement import DeliveredLine, Settlement, SettlementRecorded

Key = tuple[object, ...]


class KnownLines:
    """Streams of settlements, by row and by content; one file at a time claims them."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._by_row: dict[str, str] = {}
        self._by_key: defaultdict[Key, list[str]] = defaultdict(list)
        self._unfiled: defaultdict[Key, list[tuple[str, DeliveredLine]]] = defaultdict(list)
        self._ordinals: defaultdict[Key, int] = defaultdict(int)
        self._claimed: set[str] = set()
        for stream, state in registry.states.items():
            if isinstance(state, Settlement):
                line = state.line
                self._unfiled[line.source, line.account].append((stream, line))
                self._by_row.update((each.settlement_id, stream) for each in state.deliveries)

    def begin(self, row_ids: Iterable[str]) -> None:
        """Begin a file; rows of it that are recorded already keep the streams they have."""
        self._claimed = {self._by_row[each] for each in row_ids if each in self._by_row}

    def stream_for(self, line: SettlementRecorded) -> str:
        """The stream of the line: its own, that of the same entry from another file, or a new one.

        Each answer is given once a file.
        """
        own = self._by_row.get(line.settlement_id)
        if own is not None:
            return own
        self._file(line)
        same = self._by_key[key_of(line)]
        known = next((each for each in same if each not in self._claimed), None)
        stream = known or self._new(line)
        if known is None:
            same.append(stream)
        self._by_row[line.settlement_id] = stream
        self._claimed.add(stream)
        return stream

    def _file(self, line: DeliveredLine) -> None:
        """File the lines of an account by what tells them apart, once somebody asks for one."""
        for stream, known in self._unfiled.pop((line.source, line.account), ()):
            self._by_key[key_of(known)].append(stream)

    def _new(self, line: SettlementRecorded) -> str:
        """A stream that nothing stands on: the bank's entry id, else the day and a number.

        An entry id that another entry has already gets a number too.
        """
        if line.bank_entry_id is not None:
            stream, number = _stream_of(line, line.bank_entry_id, ""), 1
            while stream in self._registry.states or stream in self._claimed:
                number += 1
                stream = _stream_of(line, f"{line.bank_entry_id}#{number}", "")
            return stream
        day = (line.source, line.account, line.booking_date)
        while True:
            self._ordinals[day] += 1
            stream = _stream_of(line, None, str(self._ordinals[day]))
            if stream not in self._registry.states and stream not in self._claimed:
                return stream


def _stream_of(line: DeliveredLine, bank_entry_id: str | None, ordinal: str) -> str:
    return settlement.stream_of(
        source=line.source,
        account=line.account,
        bank_entry_id=bank_entry_id,
        booking_date=line.booking_date,
        ordinal=ordinal,
    )


def key_of(line: DeliveredLine) -> Key:
    """What tells the entry from others of its account."""
    if line.bank_entry_id is not None:
        return (line.source, line.account, line.bank_entry_id, line.booking_date, line.amount)
    return (
        line.source,
        line.account,
        None,
        replace(line, settlement_id="", statement_id=None, received_at=None, merchant_id=None),
    )
