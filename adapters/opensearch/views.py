"""Read models in OpenSearch: a ViewStore, so that the projector keeps them as it keeps the others.

Between `begin` and the end, what is put waits in memory; `finish` makes one step of it (steps.py),
with the rows of lists and the sums by day that follow from the documents. So documents, lists, sums
and position move together, although OpenSearch knows no transaction. Whoever writes many facts at
once bounds a step by the projector's `step_facts`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import contextmanager
from itertools import islice
from typing import Any

import msgspec

from adapters.closing import Closing
from adapters.document_text import text_of
from adapters.opensearch import indices
from adapters.opensearch.calls import Calls
from adapters.opensearch.indices import DOCUMENTS, Generation, document_id
from adapters.opensearch.steps import STREAM, Standing, Steps
from adapters.opensearch.writing import Change, Writing
from adapters.opensearch_refusals import IndicesUnfit
from application.list_rows import RESOURCES, recorded_ms, rows
from application.ports import Entropy, VersionConflict
from projections import payment_status
from projections.document import Document
from projections.listed import Listed

KEYS_PER_READ = 1_000
"""Documents that one call looks up."""

ROWS_PER_READ = 2_000
"""Documents of one page, where all are read."""

STEP_FACTS = 5_000
"""Facts of a step, for the projector: its head holds all that it writes."""

PIT_MINUTES = 5

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(dict[str, object]).decode


class OpenSearchViewStore(Closing):
    """A ViewStore over one generation of indices. One writer at a time; a second one is refused."""

    def __init__(self, calls: Calls, generation: Generation, *, entropy: Entropy) -> None:
        """Of one generation, alive or not; `open` takes the one that lives."""
        self.calls = calls
        self._entropy = entropy
        self._parked = 0
        self._on(generation)

    @classmethod
    def open(cls, calls: Calls, space: str, *, entropy: Entropy) -> OpenSearchViewStore:
        """The read models of a space. Raises IndicesUnfit, StoreBusy."""
        generation = indices.live(calls, space)
        if generation is None:
            raise IndicesUnfit(space=space, reason="nothing was made yet")
        indices.demand_fit(calls, generation)
        return cls(calls, generation, entropy=entropy)

    def _on(self, generation: Generation) -> None:
        self.generation = generation
        self.steps = Steps(self.calls, generation, entropy=self._entropy)
        self._index = generation.index(DOCUMENTS)
        self._pending: dict[str, dict[str, Change]] = {}
        self._since: dict[tuple[str, str], int | None] = {}
        self._after: Standing | None = None

    # The port.

    @property
    def parked(self) -> int:
        """Documents that were parked since this was opened."""
        return self._parked + self.steps.parked

    def position(self) -> int:
        """The last position that was applied; a step that somebody began and left is done first."""
        return self._standing().position

    def _standing(self) -> Standing:
        stands = self.steps.standing()
        if self.steps.is_closed(stands.position):
            follows = indices.live(self.calls, self.generation.space)
            if follows is not None and follows != self.generation:
                self._parked = self.parked
                self._on(follows)
                return self._standing()
        return stands

    def get_many(self, model: str, keys: Iterable[str]) -> dict[str, dict[str, object]]:
        """The documents that exist under these keys."""
        waiting = self._pending.get(model, {})
        found: dict[str, dict[str, object]] = {}
        stored: list[str] = []
        for key in keys:
            change = waiting.get(key)
            if change is None:
                stored.append(key)
            elif change.document is not None:
                found[key] = _decode(change.text)
        for key, source in self._read(model, stored, "since,gone,body"):
            if model in RESOURCES:
                self._since[model, key] = source.get("since")
            if not source.get("gone"):
                found[key] = source["body"]
        return found

    def _read(
        self, model: str, keys: Iterable[str], wanted: str
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        path, waiting = f"{self._index}/_mget?_source_includes={wanted}", iter(keys)
        while chunk := list(islice(waiting, KEYS_PER_READ)):
            ids = [document_id(model, key) for key in chunk]
            answer = self.calls.ask("POST", path, {"ids": ids})
            for key, got in zip(chunk, answer.body["docs"], strict=True):
                if got.get("found"):
                    yield key, got["_source"]

    def apply(
        self,
        *,
        after: int,
        position: int,
        documents: Mapping[str, Mapping[str, Document | None]],
    ) -> None:
        """Write documents and move the position, at once. Raises as the port says, StoreBusy."""
        self.begin(after=after)
        try:
            self.put(documents)
            self.finish(position=position)
        except BaseException:
            self.abandon()
            raise

    def begin(self, *, after: int) -> None:
        """Begin a step. Raises VersionConflict, StoreBusy."""
        stands = self._standing()
        if stands.position != after or self.steps.is_closed(after):
            raise VersionConflict(stream=STREAM, expected_version=after)
        self._after = stands

    def put(self, documents: Mapping[str, Mapping[str, Document | None]]) -> None:
        """Keep documents for the end of the step. Raises TypeError for one with a float."""
        for model, changes in documents.items():
            kept = self._pending.setdefault(model, {})
            for key, document in changes.items():
                text = b"" if document is None else text_of(model, key, document)
                kept[key] = Change(document, text)

    def finish(self, *, position: int) -> None:
        """Write all that was put. Raises VersionConflict where somebody else was faster."""
        assert self._after is not None, "a step was begun"
        made = Writing(generation=self.generation, position=position)
        items: list[bytes] = []
        newest_ms = self._after.at_ms
        for model, changes in self._pending.items():
            shown: dict[str, Listed] = {}
            since: Mapping[str, int] = {}
            if model in RESOURCES:
                there = {k: c.document for k, c in changes.items() if c.document is not None}
                newest_ms = max(newest_ms, *map(recorded_ms, there.values()), 0)
                shown, since = rows(RESOURCES[model], there, self), self._rows_since(model, changes)
            items += made.of_model(model, changes, rows=shown, since=since)
        self.steps.take(after=self._after, reach=Standing(position, newest_ms), items=items)
        self.abandon()

    def _rows_since(self, model: str, keys: Iterable[str]) -> dict[str, int]:
        unknown = [key for key in keys if (model, key) not in self._since]
        for key, source in self._read(model, unknown, "since"):
            self._since[model, key] = source.get("since")
        found = ((key, self._since.get((model, key))) for key in keys)
        return {key: since for key, since in found if since is not None}

    def abandon(self) -> None:
        """Forget what was put."""
        self._pending, self._since, self._after = {}, {}, None

    def all(self, model: str) -> Iterator[tuple[str, dict[str, object]]]:
        """All documents of a model, ordered by key, as of the first one read."""
        chosen = {"bool": {"filter": [{"term": {"model": model}}], "must_not": [GONE]}}
        for source in self.scan(chosen, ("key",)):
            yield source["key"], source["body"]

    def clear(self) -> None:
        """Forget everything and stand at position 0: a generation of its own, which lives at once.

        Whoever must go on answering meanwhile uses rebuilding.py.
        """
        old = self.generation
        self._parked = self.parked
        self._on(next_generation(self.calls, old.space, shards=shards_of(self.calls, old)))
        indices.go_live(self.calls, self.generation)
        indices.drop(self.calls, old)

    def digest(self) -> str:
        """SHA-256 (hex) over position and documents: that of every other store with the same."""
        digest = hashlib.sha256(b"%d\n" % self.position())
        for source in self.scan({"bool": {"must_not": [GONE]}}, ("model", "key")):
            place = _encode((source["model"], source["key"]))
            digest.update(b"%b\n%b\n" % (place, _encode(source["body"])))
        return digest.hexdigest()

    # Documents of other rows (application/list_rows.py).

    def documents(self, model: str, keys: Iterable[str]) -> Mapping[str, Document]:
        """The documents that exist under these keys, as they will stand."""
        return self.get_many(model, keys)

    def merchants(self, payments: Iterable[str]) -> dict[str, str]:
        """Whose payments they are, as they will stand."""
        waiting = self._pending.get(payment_status.MODEL, {})
        found: dict[str, str] = {}
        stored: list[str] = []
        for key in payments:
            change = waiting.get(key)
            if change is None:
                stored.append(key)
            elif change.document is not None:
                found[key] = str(change.document["merchant"])
        for key, source in self._read(payment_status.MODEL, stored, "body.merchant"):
            if "body" in source:
                found[key] = source["body"]["merchant"]
        return found

    # All of it.

    def scan(self, chosen: Mapping[str, Any], order: tuple[str, ...]) -> Iterator[dict[str, Any]]:
        """What is stored of documents that are chosen, in order of fields, as of the first."""
        self.calls.ask("POST", f"{self._index}/_refresh")
        with self._as_of_now() as pit:
            behind: list[Any] | None = None
            while True:
                asked: dict[str, Any] = {
                    "size": ROWS_PER_READ,
                    "pit": {"id": pit, "keep_alive": f"{PIT_MINUTES}m"},
                    "query": chosen,
                    "sort": [{name: "asc"} for name in order],
                    "track_total_hits": False,
                }
                if behind is not None:
                    asked["search_after"] = behind
                hits = self.calls.ask("POST", "_search", asked).body["hits"]["hits"]
                for hit in hits:
                    yield hit["_source"]
                if len(hits) < ROWS_PER_READ:
                    return
                behind = hits[-1]["sort"]

    @contextmanager
    def _as_of_now(self) -> Generator[str]:
        path = f"{self._index}/_search/point_in_time?keep_alive={PIT_MINUTES}m"
        pit: str = self.calls.ask("POST", path).body["pit_id"]
        try:
            yield pit
        finally:
            # On AWS nobody may delete; there it ends by itself.
            self.calls.ask("DELETE", "_search/point_in_time", {"pit_id": [pit]}, allowed=(403, 404))

    def close(self) -> None:
        """Let the connections go."""
        self.calls.close()


GONE = {"term": {"gone": True}}
"""Chooses marks of documents that are gone."""


def next_generation(calls: Calls, space: str, *, shards: int = 1) -> Generation:
    """Indices of a new generation, empty."""
    known = indices.generations(calls, space)
    number = known[-1].number + 1 if known else 1
    made = Generation(space=space, number=number)
    indices.create(calls, made, shards=shards)
    return made


def shards_of(calls: Calls, generation: Generation) -> int:
    """Into how many shards a generation's indices are cut."""
    index = generation.index(DOCUMENTS)
    found = calls.ask("GET", f"{index}/_settings").body[index]["settings"]["index"]
    return int(found["number_of_shards"])
