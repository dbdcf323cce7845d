"""Read models made again beside the ones that live, compared, and put in their place.

    1  a new generation is filled up to where the old one stands; the old one goes on meanwhile
    2  both are compared, document by document, but for what changed in the old one since
    3  the old one is closed: whoever writes waits, seconds; the new one takes the rest
    4  what changed since is compared too
    5  every alias points to the new one, at once

Where they differ and nobody said that they may, the old one is opened again and goes on. The old
generation stays until somebody takes it away; `back_to` brings it back.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from adapters.opensearch import indices
from adapters.opensearch.calls import Calls
from adapters.opensearch.indices import Generation
from adapters.opensearch.views import (
    STEP_FACTS,
    OpenSearchViewStore,
    next_generation,
    shards_of,
)
from application.ports import Entropy, VersionConflict
from application.projecting import FactLog, Progress, Projector
from domain.facts import Recorded

SHOWN_MAX = 20
"""Documents that differ and are named."""

CLOSES_MAX = 100
"""Times that a writer may be faster than who closes; each time, it got on."""

_encode = msgspec.json.Encoder(order="sorted").encode


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """Two generations beside each other: documents by model, and one hash over them each.

    `differing` counts documents that are not the same or not in both; `shown` names some.
    """

    old: Mapping[str, int]
    new: Mapping[str, int]
    old_hash: str
    new_hash: str
    differing: int
    shown: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Rebuilt:
    """What came of it: `position` that the new ones stand at, and whether they live now."""

    generation: Generation
    position: int
    lives: bool
    compared: tuple[Comparison, ...]


class FactsThrough:
    """Facts up to a position."""

    def __init__(self, facts: FactLog, position: int) -> None:
        self._facts = facts
        self._position = position

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        """Facts after a position, in order."""
        for recorded in self._facts.facts(after=after, sealed=sealed):
            if recorded.position > self._position:
                return
            yield recorded

    def head(self) -> int:
        """The last position."""
        return min(self._position, self._facts.head())


class Rebuilding:
    """Makes the read models of a space again."""

    def __init__(self, calls: Calls, space: str, facts: FactLog, *, entropy: Entropy) -> None:
        self._calls = calls
        self._space = space
        self._facts = facts
        self._entropy = entropy

    def anew(self, progress: Progress | None = None, *, shards: int = 1) -> Rebuilt:
        """A generation up to the last fact, which lives then: where nothing of the old is left."""
        made = self._views(next_generation(self._calls, self._space, shards=shards))
        self._fill(made, self._facts.head(), progress)
        indices.go_live(self._calls, made.generation)
        return self._rebuilt(made, lives=True)

    def beside(self, progress: Progress | None = None, *, may_differ: bool = False) -> Rebuilt:
        """A generation that takes the place of the one that lives, if both say the same.

        `may_differ`: or else, as after a change of a model. Raises VersionConflict where writers
        were faster CLOSES_MAX times, SearchRefused, StoreBusy.
        """
        alive = indices.live(self._calls, self._space)
        if alive is None:
            return self.anew(progress)
        old = self._views(alive)
        shards = shards_of(self._calls, alive)
        new = self._views(next_generation(self._calls, self._space, shards=shards))
        first = old.position()
        self._fill(new, first, progress)
        before = compared(old, new, through=first)
        if before.differing and not may_differ:
            return self._rebuilt(new, before, lives=False)
        last = self._close(old, successor=new.generation)
        try:
            self._fill(new, last, None)
            since = compared(old, new, after=first, through=None)
            if since.differing and not may_differ:
                old.steps.open_again(last)
                return self._rebuilt(new, before, since, lives=False)
            indices.go_live(self._calls, new.generation)
        except BaseException:
            old.steps.open_again(last)
            raise
        return self._rebuilt(new, before, since, lives=True)

    def back_to(self, generation: Generation) -> None:
        """An older generation lives again and takes what came since. Raises as `beside` does."""
        again = self._views(generation)
        alive = indices.live(self._calls, self._space)
        if alive is not None and alive != generation:
            self._close(self._views(alive), successor=generation)
        again.steps.open_again(again.steps.standing().position)
        indices.go_live(self._calls, generation)

    def _views(self, generation: Generation) -> OpenSearchViewStore:
        return OpenSearchViewStore(self._calls, generation, entropy=self._entropy)

    def _fill(self, views: OpenSearchViewStore, position: int, progress: Progress | None) -> None:
        Projector(
            facts=FactsThrough(self._facts, position),
            views=views,
            chunk_facts=STEP_FACTS,
            step_facts=STEP_FACTS,
        ).catch_up(progress)

    def _close(self, old: OpenSearchViewStore, *, successor: Generation) -> int:
        for _ in range(CLOSES_MAX):
            last = old.position()
            try:
                old.steps.close(last, successor=successor.index(indices.CONTROL))
            except VersionConflict:
                continue
            return last
        raise VersionConflict(stream="views", expected_version=old.position())

    def _rebuilt(self, new: OpenSearchViewStore, *found: Comparison, lives: bool) -> Rebuilt:
        return Rebuilt(
            generation=new.generation, position=new.position(), lives=lives, compared=found
        )


class _Count:
    """Documents of one side."""

    def __init__(self) -> None:
        self.by_model: Counter[str] = Counter()
        self._hash = hashlib.sha256()

    def add(self, place: _Place, text: bytes | None) -> None:
        if text is not None:
            self.by_model[place[0]] += 1
            self._hash.update(b"%b\n%b\n" % (_encode(place), text))

    @property
    def hash(self) -> str:
        return self._hash.hexdigest()


def compared(
    old: OpenSearchViewStore, new: OpenSearchViewStore, *, after: int = 0, through: int | None
) -> Comparison:
    """Two generations beside each other, of which the new one stands where the old one stood.

    Only what changed behind `after` is looked at. What changed in the old one behind `through`,
    while it went on, is left out on both sides.
    """
    one, other = _Count(), _Count()
    shown: list[str] = []
    differing = 0
    chosen = {"range": {"at": {"gt": after}}}
    order = ("model", "key")
    for place, left, right in _beside(old.scan(chosen, order), new.scan(chosen, order)):
        if through is not None and left is not None and left["at"] > through:
            continue
        texts = _text(left), _text(right)
        one.add(place, texts[0])
        other.add(place, texts[1])
        if texts[0] != texts[1]:
            differing += 1
            if len(shown) < SHOWN_MAX:
                shown.append("/".join(place))
    return Comparison(
        old=one.by_model,
        new=other.by_model,
        old_hash=one.hash,
        new_hash=other.hash,
        differing=differing,
        shown=tuple(shown),
    )


_Source = Mapping[str, Any]
_Place = tuple[str, str]


def _beside(
    left: Iterator[_Source], right: Iterator[_Source]
) -> Iterator[tuple[_Place, _Source | None, _Source | None]]:
    """What stands in two orders, side by side; None where one has nothing."""
    one, other = next(left, None), next(right, None)
    while one is not None or other is not None:
        places = [_place(each) for each in (one, other) if each is not None]
        # As OpenSearch orders them: by the bytes of UTF-8, which is the order of Python's text.
        place = min(places)
        here = one if one is not None and _place(one) == place else None
        there = other if other is not None and _place(other) == place else None
        yield place, here, there
        one = next(left, None) if here is not None else one
        other = next(right, None) if there is not None else other


def _place(source: _Source) -> _Place:
    return source["model"], source["key"]


def _text(source: _Source | None) -> bytes | None:
    return None if source is None or source.get("gone") else _encode(source["body"])
