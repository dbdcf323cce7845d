"""Read models in an OpenSearch for tests: a space of its own for each, taken away at its end."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

from adapters.opensearch import indices
from adapters.opensearch.calls import Calls
from adapters.opensearch.views import OpenSearchViewStore, next_generation
from adapters.system import Clock, Entropy, SeededEntropy


def calls_to(url: str) -> Calls:
    """Calls as production makes them."""
    return Calls(url, waiting=Clock(), entropy=Entropy())


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
