"""Read models in an OpenSearch for tests: a space of its own for each, taken away at its end."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from typing import Self

from adapters.opensearch import indices
from adapters.opensearch.calls import Calls
from adapters.opensearch.views import OpenSearchViewStore, next_generation
from adapters.system import Clock, Entropy, SeededEntropy


def calls_to(url: str) -> Calls:
    """Calls as production makes them."""
    return Calls(url, waiting=Clock(), entropy=Entropy())


class Pool:
    """Spaces that are emptied and used again: making indices takes longer than most tests."""

    def __init__(self, url: str, new_space: Callable[[], str]) -> None:
        self._url = url
        self._new_space = new_space
        self._free: list[OpenSearchViewStore] = []
        self._closing = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.close()

    @contextmanager
    def empty(self) -> Generator[OpenSearchViewStore]:
        """Read models, empty."""
        views = self._free.pop() if self._free else self._made()
        try:
            yield views
        finally:
            self._free.append(_emptied(views))

    def _made(self) -> OpenSearchViewStore:
        return self._closing.enter_context(space(self._url, self._new_space()))


def _emptied(views: OpenSearchViewStore) -> OpenSearchViewStore:
    calls, name = views.calls, views.generation.space
    every = f"{name}-*"
    # Versions of what is deleted are forgotten at once, so that positions may begin anew.
    calls.ask("PUT", f"{every}/_settings", {"index": {"gc_deletes": "0s"}})
    calls.ask("POST", f"{every}/_refresh")
    everything = {"query": {"match_all": {}}}
    calls.ask("POST", f"{every}/_delete_by_query?refresh=true&conflicts=proceed", everything)
    return OpenSearchViewStore.open(calls, name, entropy=SeededEntropy(name))


@contextmanager
def space(url: str, name: str) -> Generator[OpenSearchViewStore]:
    """Read models, empty, under a name that nobody else has."""
    with calls_to(url) as calls:
        made = next_generation(calls, name)
        indices.go_live(calls, made)
        try:
            yield OpenSearchViewStore.open(calls, name, entropy=SeededEntropy(name))
        finally:
            calls.ask("DELETE", f"{name}-*")
