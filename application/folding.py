"""Folding facts into documents in memory: each document is read once and written once.

A fact changes a document, and with it what is chosen from it and what it adds to totals. So many
facts touch one document that most of the cost of read models is reading and writing; here both
happen once, however many facts were folded in between.

Law: what is written depends on the facts that were folded, not on how they were cut into chunks.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from application.ports import ViewStore
from domain.facts import Recorded
from projections.catalogue import PROJECTIONS, SELECTIONS, TOTALS
from projections.document import Choice, Document, Projection, with_added

Documents = dict[str, Document | None]

Sums = defaultdict[str, defaultdict[str, int]]
"""What is added to a total: key → name → amount."""


class Folding:
    """Documents after the facts of positions `after` < p ≤ `through`, as far as not written yet.

    A document that was begun waits here for what follows; one that was touched after that is ripe:
    it is seldom touched again.
    """

    def __init__(self, views: ViewStore) -> None:
        """Begins where the views stand."""
        self._views = views
        self.after = self.through = views.position()
        self._documents: dict[str, Documents] = {each.MODEL: {} for each in PROJECTIONS}
        self._touched: dict[str, set[str]] = {each.MODEL: set() for each in PROJECTIONS}
        self._written: defaultdict[str, Documents] = defaultdict(dict)
        self._added: defaultdict[str, Sums] = defaultdict(_sums)

    @property
    def documents(self) -> int:
        """How many documents are held."""
        return sum(map(len, self._documents.values()))

    def fold(self, facts: Sequence[Recorded]) -> None:
        """Fold facts, in order; those that came before change nothing."""
        facts = [recorded for recorded in facts if recorded.position > self.through]
        if not facts:
            return
        for projection in PROJECTIONS:
            steps = _steps(projection, facts)
            if not steps:
                continue
            documents = self._documents[projection.MODEL]
            self._fetch(projection, steps, documents)
            apply, known = projection.apply, documents.get
            for key, recorded in steps:
                documents[key] = apply(known(key), recorded, key)
            begins = projection.BEGINS
            self._touched[projection.MODEL].update(
                key for key, recorded in steps if type(recorded.fact) not in begins
            )
        self.through = facts[-1].position

    def _fetch(
        self, projection: Projection, steps: Iterable[tuple[str, Recorded]], documents: Documents
    ) -> None:
        """Read what is stored of documents that were not met yet, and take it out of the sums."""
        begins, met = projection.BEGINS, set[str]()
        asked: list[str] = []
        for key, recorded in steps:
            if key in documents or key in met:
                continue
            met.add(key)
            if type(recorded.fact) not in begins:
                asked.append(key)
        if asked:
            found = self._views.get_many(projection.MODEL, asked)
            self._forget(projection.MODEL, found)
            documents.update(found)

    def ripe(self) -> Mapping[str, Documents]:
        """Documents that are ripe and what is chosen from them, to be written; let go of here."""
        for model, touched in self._touched.items():
            documents = self._documents[model]
            self._release(model, {key: documents.pop(key) for key in touched})
            touched.clear()
        written, self._written = self._written, defaultdict(dict)
        return written

    def rest(self) -> Mapping[str, Documents]:
        """All that is not written yet, totals too: model → key → document, None where it is gone.

        To be called once, at the end.
        """
        for model, documents in self._documents.items():
            self._release(model, documents)
        for total in TOTALS:
            sums = self._added[total.MODEL]
            known = self._views.get_many(total.MODEL, sums)
            changed: Documents = {}
            for key, amounts in sums.items():
                document = with_added(known.get(key), total.heading(key), amounts)
                if document is not None or key in known:
                    changed[key] = document
            self._forget(total.MODEL, known)
            self._release(total.MODEL, changed)
        return self._written

    def _release(self, model: str, documents: Documents) -> None:
        if documents:
            self._remember(model, documents)
            self._written[model].update(documents)

    # What follows from documents: taken out as they were, put in as they are.

    def _forget(self, model: str, documents: Mapping[str, Document]) -> None:
        for choice, written in self._choices(model):
            for key, document in documents.items():
                chosen = choice.key(key, document)
                if chosen is not None:
                    written[chosen] = None
        self._sum(model, documents.items(), sign=-1)

    def _remember(self, model: str, documents: Mapping[str, Document | None]) -> None:
        there = [(key, document) for key, document in documents.items() if document is not None]
        for choice, written in self._choices(model):
            for key, document in there:
                chosen = choice.key(key, document)
                if chosen is not None:
                    written[chosen] = choice.document(key, document)
        self._sum(model, there, sign=1)

    def _choices(self, model: str) -> list[tuple[Choice, Documents]]:
        return [
            (each.SOURCES[model], self._written[each.MODEL])
            for each in SELECTIONS
            if model in each.SOURCES
        ]

    def _sum(self, model: str, documents: Iterable[tuple[str, Document]], *, sign: int) -> None:
        adds = [(t.SOURCES[model], self._added[t.MODEL]) for t in TOTALS if model in t.SOURCES]
        for key, document in documents:
            for add, sums in adds:
                for there, amounts in add(key, document):
                    cell = sums[there]
                    for name, amount in amounts.items():
                        cell[name] += sign * amount


def _steps(projection: Projection, facts: Iterable[Recorded]) -> list[tuple[str, Recorded]]:
    reads, keys = projection.READS, projection.keys
    return [
        (key, recorded)
        for recorded in facts
        if type(recorded.fact) in reads
        for key in keys(recorded)
    ]


def _sums() -> Sums:
    return defaultdict(_amounts)


def _amounts() -> defaultdict[str, int]:
    return defaultdict(int)
