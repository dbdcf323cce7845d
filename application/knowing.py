"""What a judgement of a few items has to know: the items, and what all judgements go by.

Items are read from their streams each time. Reference data, feeds and rules are the same for all;
a directory of their streams stands in match states, with the version that each is known to have,
so that a process reads anew only what changed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from application.filing import filed_items
from application.items import is_visible, line_items, payment_item, statement_stream_of
from application.ports import FactStore, FiledItem, MatchStates
from application.registry import RULES_KIND, Registry, kind_of
from application.windows import Windows
from domain.facts import Recorded
from domain.match_keys import Key, Place, Span
from domain.matching.items import LineItem, PaymentItem
from domain.payment import Cancelled, Expected, PaymentRegistered
from domain.settlement import Settlement, SettlementJoined

PAYMENT, LINE, STATEMENT, FEED = "pay", "set", "stm", "feed"

REFERENCE_KINDS: Final = frozenset(("mer", "cal", "fx", RULES_KIND))
"""Aggregates on which all verdicts depend."""

_REFERENCE, _SOURCES = Key("reference", ""), Key("sources", "")

Item = PaymentItem | LineItem


class Directory:
    """What all judgements go by, as far as match states know of it."""

    def __init__(self, facts: FactStore, states: MatchStates) -> None:
        """Nothing is read until somebody asks."""
        self._facts = facts
        self._states = states
        self._known = Registry()

    def note(self, streams: Iterable[str]) -> None:
        """File streams of reference data, feeds and rules, as they stand."""
        found = self._facts.streams(streams)
        self._states.put(
            [
                FiledItem(item=stream, version=facts[-1].version, places=(Place(_REFERENCE),))
                for stream, facts in found.items()
            ]
        )

    def current(self) -> tuple[Registry, frozenset[str]]:
        """A registry of its own for whoever asks, and all sources that ever told of a payment."""
        streams, sources = self._states.find([Span(_REFERENCE), Span(_SOURCES)])
        versions = self._known.versions
        changed = [one.item for one in streams if one.version > versions.get(one.item, 0)]
        for stream, facts in sorted(self._facts.streams(changed).items()):
            known = versions.get(stream, 0)
            self._known.apply_all([one for one in facts if one.version > known])
        registry = Registry(
            states=dict(self._known.states),
            versions=dict(versions),
            rule_streams=set(self._known.rule_streams),
            feed_streams=set(self._known.feed_streams),
        )
        return registry, frozenset(entry.rank for entry in sources)


class Known:
    """The items of one judgement, read into a registry that its matches are posted from."""

    def __init__(
        self, facts: FactStore, registry: Registry, sources: frozenset[str], *, ruled: bool
    ) -> None:
        """`ruled`: configured rules are in force, so that open lines are left to a batch."""
        self.registry = registry
        self.windows = Windows(registry, sources=sources)
        self.lines: dict[str, LineItem] = {}
        self.payments: dict[str, PaymentItem] = {}
        self._facts = facts
        self.ruled = ruled
        self._read: set[str] = set()

    def read(self, streams: Iterable[str]) -> Mapping[str, Sequence[Item]]:
        """The items of these streams that may be matched.

        With them, what stands between them is read: the matches that they are in or were in, with
        all their items, and the statements that lines came with.
        """
        wanted, items = set(streams), dict[str, Sequence[Item]]()
        for found in self._rounds(wanted):
            for stream in sorted(found):
                self.registry.apply_all(found[stream])
        for stream in sorted(wanted):
            items[stream] = tuple(self._items(stream))
        return items

    def _rounds(self, wanted: Iterable[str]) -> Iterator[Mapping[str, Sequence[Recorded]]]:
        streams = set(wanted) - self._read
        while streams:
            self._read |= streams
            found = self._facts.streams(streams)
            yield found
            related = {other for facts in found.values() for other in self._related(facts)}
            streams = related - self._read

    def _related(self, facts: Sequence[Recorded]) -> Iterator[str]:
        for recorded in facts:
            if isinstance(recorded.fact, SettlementJoined):
                yield recorded.fact.home
        state = self.registry.states.get(facts[0].stream)
        if isinstance(state, Settlement):
            yield from filter(None, map(statement_stream_of, state.deliveries))
            if state.match is not None:
                yield from state.match.settlements
                yield from state.match.payments

    def _items(self, stream: str) -> Iterator[Item]:
        state = self.registry.states.get(stream)
        version = self.registry.judged_versions.get(stream, 0)
        if isinstance(state, Expected | Cancelled):
            self.payments[stream] = payment_item(stream, state, version)
            yield self.payments[stream]
        elif isinstance(state, Settlement) and is_visible(self.registry, state):
            waits = self.ruled and state.match_id is None
            sealed = self.windows.closed(state) and not waits
            for item in line_items(stream, state, version, sealed=sealed):
                self.lines[item.id] = item
                yield item


def filed(facts: Mapping[str, Sequence[Recorded]]) -> Iterator[FiledItem]:
    """Payments and settlements as match states file them, hidden lines too."""
    registry = Registry()
    for stream, some in facts.items():
        registry.apply_all(some)
        state, version = registry.states[stream], registry.judged_versions.get(stream, 0)
        if isinstance(state, Settlement):
            yield from filed_items(line_items(stream, state, version))
        elif isinstance(state, Expected | Cancelled):
            (item,) = filed_items([payment_item(stream, state, version)])
            yield FiledItem(
                item=item.item,
                version=item.version,
                places=item.places,
                shared=(Place(_SOURCES, rank=source_of(some)),),
            )


def source_of(facts: Sequence[Recorded]) -> str:
    """The source that told of a payment."""
    return next(one.fact.source for one in facts if isinstance(one.fact, PaymentRegistered))


def kinds(streams: Iterable[str]) -> dict[str, list[str]]:
    """Streams by the aggregate that they belong to, each once, in order."""
    found: dict[str, list[str]] = {}
    for stream in dict.fromkeys(streams):
        found.setdefault(kind_of(stream), []).append(stream)
    return found
