"""Keeps the read models up with the facts: each fact once, whole transactions, a kept position.

Law: the read models after a position are the same whatever the size of the chunks, however often it
was interrupted, and whether they were kept up or rebuilt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from application.ports import FactStore, VersionConflict, ViewStore
from domain.errors import Refusal
from domain.facts import Recorded
from projections import PROJECTIONS, SELECTIONS, TOTALS
from projections.document import Document, Projection, with_added

CHUNK_FACTS = 30_000
"""Facts that are folded and written at once."""

TRANSACTION_FACTS_MAX = 20_000
"""Facts by which a chunk grows at most so that it ends where a transaction ends."""

CONFLICTS_MAX = 100
"""Times that somebody else may be faster before we give up; each time, somebody got on."""

Progress = Callable[[int, int], None]
"""Told the position that was reached, and the last one known to exist."""

Documents = dict[str, Document | None]


class Projector:
    """Applies facts to read models.

    Several may run at once on the same views: the slower one goes on from where they are.
    """

    def __init__(
        self, *, facts: FactStore, views: ViewStore, chunk_facts: int = CHUNK_FACTS
    ) -> None:
        self._facts = facts
        self._views = views
        self._chunk_facts = chunk_facts

    def catch_up(self, progress: Progress | None = None) -> int:
        """Apply all facts that the views do not hold yet; how many were applied.

        Raises ViewsAheadOfFacts, and VersionConflict after CONFLICTS_MAX others were faster.
        """
        applied = 0
        for _ in range(CONFLICTS_MAX):
            try:
                for count in self._chunks_applied(progress):
                    applied += count
            except VersionConflict:
                continue
            return applied
        raise VersionConflict(stream="views", expected_version=self._views.position())

    def rebuild(self, progress: Progress | None = None) -> int:
        """Forget the read models and make them again from the facts; how many were applied."""
        self._views.clear()
        return self.catch_up(progress)

    def _chunks_applied(self, progress: Progress | None) -> Iterator[int]:
        after, head = self._views.position(), self._facts.head()
        if after > head:
            raise ViewsAheadOfFacts(position=after, head=head)
        for chunk in chunks(self._facts.facts(after=after, sealed=True), size=self._chunk_facts):
            position = chunk[-1].position
            documents = changes(chunk, self._views)
            self._views.apply(after=after, position=position, documents=documents)
            after = position
            if progress is not None:
                progress(position, max(position, head))
            yield len(chunk)


def chunks(facts: Iterable[Recorded], *, size: int) -> Iterator[list[Recorded]]:
    """Facts in lists of `size`, each prolonged to the end of a transaction.

    All facts of a transaction have one recorded time, so a chunk may end where that changes. A
    transaction beyond TRANSACTION_FACTS_MAX is cut all the same.
    """
    chunk: list[Recorded] = []
    for recorded in facts:
        whole = bool(chunk) and recorded.recorded_at_ms != chunk[-1].recorded_at_ms
        if len(chunk) >= size and (whole or len(chunk) >= size + TRANSACTION_FACTS_MAX):
            yield chunk
            chunk = []
        chunk.append(recorded)
    if chunk:
        yield chunk


def changes(chunk: Sequence[Recorded], views: ViewStore) -> Mapping[str, Documents]:
    """What a chunk of facts changes: model → key → document, None where it is gone."""
    written: defaultdict[str, Documents] = defaultdict(dict)
    added: defaultdict[str, Sums] = defaultdict(_sums)
    for projection in PROJECTIONS:
        steps = _steps(projection, chunk)
        if not steps:
            continue
        documents = _read(views, projection.MODEL, dict.fromkeys(key for key, _ in steps))
        derived = _Derived(projection.MODEL, written, added)
        derived.forget(documents)
        apply = projection.apply
        for key, recorded in steps:
            documents[key] = apply(documents.get(key), recorded, key)
        derived.remember(documents)
        written[projection.MODEL] = documents
    for total in TOTALS:
        sums = added[total.MODEL]
        known = views.get_many(total.MODEL, sums)
        for key, amounts in sums.items():
            document = with_added(known.get(key), total.heading(key), amounts)
            if document is not None or key in known:
                written[total.MODEL][key] = document
    return written


def _steps(projection: Projection, chunk: Sequence[Recorded]) -> list[tuple[str, Recorded]]:
    reads, keys = projection.READS, projection.keys
    return [
        (key, recorded)
        for recorded in chunk
        if type(recorded.fact) in reads
        for key in keys(recorded)
    ]


def _read(views: ViewStore, model: str, keys: Iterable[str]) -> Documents:
    return {**views.get_many(model, keys)}


Sums = defaultdict[str, defaultdict[str, int]]
"""What is added to a total: key → name → amount."""


def _sums() -> Sums:
    return defaultdict(_amounts)


def _amounts() -> defaultdict[str, int]:
    return defaultdict(int)


class _Derived:
    """What follows from one model's documents: taken out as they were, put in as they are."""

    def __init__(
        self, model: str, written: defaultdict[str, Documents], added: Mapping[str, Sums]
    ) -> None:
        self._selections = [
            (selection.SOURCES[model], written[selection.MODEL])
            for selection in SELECTIONS
            if model in selection.SOURCES
        ]
        self._totals = [
            (total.SOURCES[model], added[total.MODEL]) for total in TOTALS if model in total.SOURCES
        ]

    def forget(self, documents: Documents) -> None:
        """Note what followed from the documents, before they change."""
        for choice, written in self._selections:
            for key, document in documents.items():
                chosen = None if document is None else choice.key(key, document)
                if chosen is not None:
                    written[chosen] = None
        for add, sums in self._totals:
            for key, document in documents.items():
                for there, amounts in () if document is None else add(key, document):
                    cell = sums[there]
                    for name, amount in amounts.items():
                        cell[name] -= amount

    def remember(self, documents: Documents) -> None:
        """Note what follows from them now."""
        for choice, written in self._selections:
            for key, document in documents.items():
                chosen = None if document is None else choice.key(key, document)
                if document is not None and chosen is not None:
                    written[chosen] = choice.document(key, document)
        for add, sums in self._totals:
            for key, document in documents.items():
                for there, amounts in () if document is None else add(key, document):
                    cell = sums[there]
                    for name, amount in amounts.items():
                        cell[name] += amount


@dataclass(unsafe_hash=True, kw_only=True)
class ViewsAheadOfFacts(Refusal):
    """The read models stand at `position`, the facts end at `head`: rebuild."""

    position: int
    head: int
