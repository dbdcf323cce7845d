"""Keeps the read models up with the facts: each fact once, whole transactions, a kept position.

Law: the read models after a position are the same whatever the size of the chunks, however often it
was interrupted, and whether they were kept up or rebuilt.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol

from application.folding import Documents, Folding
from application.ports import VersionConflict, ViewStore
from domain.errors import Refusal
from domain.facts import Recorded

CHUNK_FACTS = 10_000
"""Facts that are folded at once."""

DOCUMENTS_MAX = 300_000
"""Documents that are held before they are written: some hundreds of megabytes."""

TRANSACTION_FACTS_MAX = 20_000
"""Facts by which a chunk grows at most so that it ends where a transaction ends."""

CONFLICTS_MAX = 100
"""Times that somebody else may be faster before we give up; each time, somebody got on."""

Progress = Callable[[int, int], None]
"""Told the position that was reached, and the last one known to exist."""


class FactLog(Protocol):
    """Facts in one order, as far as a projector has to know them."""

    def facts(self, *, after: int = 0, sealed: bool = False) -> Iterator[Recorded]:
        """All facts after a position, in order."""
        ...

    def head(self) -> int:
        """The last position."""
        ...


class Projector:
    """Applies facts to read models.

    Several may run at once on the same views: the slower one goes on from where they are.
    """

    def __init__(
        self,
        *,
        facts: FactLog,
        views: ViewStore,
        chunk_facts: int = CHUNK_FACTS,
        documents_max: int = DOCUMENTS_MAX,
        step_facts: int | None = None,
    ) -> None:
        """`step_facts`: facts after which is written, for views that keep a step in memory."""
        self._facts = facts
        self._views = views
        self._chunk_facts = chunk_facts
        self._documents_max = documents_max
        self._step_facts = step_facts or sys.maxsize
        self._folding: Folding | None = None
        self._writing = False

    def catch_up(self, progress: Progress | None = None) -> int:
        """Apply all facts that the views do not hold yet; how many were applied.

        Raises ViewsAheadOfFacts, and VersionConflict after CONFLICTS_MAX others were faster.
        """
        applied = 0
        for _ in range(CONFLICTS_MAX):
            try:
                with self._whole():
                    for count in self._folded(progress):
                        applied += count
                    applied += self._write()
            except VersionConflict:
                continue
            return applied
        raise VersionConflict(stream="views", expected_version=self._views.position())

    def rebuild(self, progress: Progress | None = None) -> int:
        """Forget the read models and make them again from the facts; how many were applied."""
        self._drop()
        self._views.clear()
        return self.catch_up(progress)

    def take(self, recorded: Sequence[Recorded]) -> None:
        """Fold facts that the caller has just recorded, if they come next; written by `catch_up`.

        It saves reading them again. What is not taken here is read there.
        """
        folding = self._begun()
        if recorded and recorded[0].position == folding.through + 1:
            folding.fold(recorded)

    def look_ahead(self, progress: Progress | None = None) -> None:
        """Fold what is new, as far as memory allows, and leave the end of writing to `catch_up`.

        Nobody else can write to the views until then. Raises as `catch_up` does.
        """
        with self._whole():
            for _ in self._folded(progress):
                pass

    def _folded(self, progress: Progress | None) -> Iterator[int]:
        """Fold what is new; what had to be written meanwhile, for want of memory."""
        folding, head = self._begun(), self._facts.head()
        if folding.through > head:
            raise ViewsAheadOfFacts(position=folding.through, head=head)
        facts = self._facts.facts(after=folding.through, sealed=True)
        for chunk in chunks(facts, size=self._chunk_facts):
            folding.fold(chunk)
            self._put(folding, folding.ripe())
            if progress is not None:
                progress(folding.through, max(folding.through, head))
            step_facts = folding.through - folding.after
            if folding.documents >= self._documents_max or step_facts >= self._step_facts:
                yield self._write()
                folding = self._begun()

    def _begun(self) -> Folding:
        if self._folding is None:
            self._folding = Folding(self._views)
        return self._folding

    def _put(self, folding: Folding, documents: Mapping[str, Documents]) -> None:
        if not self._writing:
            self._views.begin(after=folding.after)
            self._writing = True
        self._views.put(documents)

    def _write(self) -> int:
        """Write all that was folded; how many facts that was."""
        folding = self._begun()
        count = folding.through - folding.after
        if count:
            self._put(folding, folding.rest())
            self._views.finish(position=folding.through)
        self._folding, self._writing = None, False
        return count

    @contextmanager
    def _whole(self) -> Generator[None]:
        """Nothing of what was folded counts when something goes wrong."""
        try:
            yield
        except BaseException:
            self._drop()
            raise

    def _drop(self) -> None:
        writing, self._folding, self._writing = self._writing, None, False
        if writing:
            self._views.abandon()


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


@dataclass(unsafe_hash=True, kw_only=True)
class ViewsAheadOfFacts(Refusal):
    """The read models stand at `position`, the facts end at `head`: rebuild."""

    position: int
    head: int
