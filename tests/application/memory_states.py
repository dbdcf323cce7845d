"""MatchStates in memory, held by the same contract as the others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from application.ports import Entry, FiledItem, Reminder
from domain.match_keys import Key, Place, Span


@dataclass
class MemoryStates:
    """Everything in dicts."""

    places: dict[Key, dict[tuple[str, str], tuple[int, Place]]] = field(
        default_factory=dict[Key, dict[tuple[str, str], tuple[int, Place]]]
    )
    items: dict[str, FiledItem] = field(default_factory=dict[str, FiledItem])
    reminded: set[Reminder] = field(default_factory=set[Reminder])

    def put(self, items: Sequence[FiledItem]) -> int:
        return sum([self._put(item) for item in items])

    def _put(self, item: FiledItem) -> bool:
        known = self.items.get(item.item)
        if known is not None and known.version >= item.version:
            return False
        self._replace(item)
        return True

    def _replace(self, item: FiledItem) -> None:
        known = self.items.get(item.item)
        for place in () if known is None else known.places:
            self.places[place.key].pop((place.rank, item.item), None)
        for name, places in ((item.item, item.places), ("", item.shared)):
            for place in places:
                version = item.version if name else 0
                self.places.setdefault(place.key, {})[place.rank, name] = version, place
        self.items[item.item] = item

    def remove(self, item: str, *, version: int) -> None:
        known = self.items.get(item)
        if known is None or known.version <= version:
            self._replace(FiledItem(item=item, version=version, places=()))

    def find(self, spans: Sequence[Span]) -> list[list[Entry]]:
        return [self._found(span) for span in spans]

    def _found(self, span: Span) -> list[Entry]:
        found = [
            Entry(rank, item, version)
            for (rank, item), (version, place) in sorted(self.places.get(span.key, {}).items())
            if span.first <= rank
            and (span.last is None or rank <= span.last)
            and (span.mark is None or span.mark in place.marks)
        ]
        return found[:1] if span.one else found

    def remind(self, reminders: Sequence[Reminder]) -> None:
        self.reminded.update(reminders)

    def reminders(
        self, why: str, *, through: int, at_most: int, after: Reminder | None = None
    ) -> list[Reminder]:
        due = [one for one in sorted(self.reminded) if one.why == why and one.day <= through]
        return [one for one in due if after is None or one > after][:at_most]

    def forget(self, reminders: Sequence[Reminder]) -> None:
        self.reminded.difference_update(reminders)

    def clear(self) -> None:
        self.places.clear()
        self.items.clear()
        self.reminded.clear()
