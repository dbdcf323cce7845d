"""Read models in OpenSearch: the wiring, for the functions on AWS and for tools.

    set_up           indices where there are none; who may see which; run after each deployment
    open_search      what keeps and answers, of one tenant             Search
        .projection  applies facts: catch_up() → Projected
        .queries     lists and items, a QueryStore
        .positions   sums by day
        .rebuilding  read models made again beside the ones that live
        .sweep       what is let go of, once a day

An address that begins with `https` is asked with AWS's signature.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from adapters.opensearch import indices
from adapters.opensearch.calls import Calls, Signing
from adapters.opensearch.queries import OpenSearchQueryStore
from adapters.system import Clock, Entropy

if TYPE_CHECKING:  # whoever only answers questions pays for nothing that writes
    from adapters.opensearch.positions import OpenSearchPositions
    from adapters.opensearch.rebuilding import Rebuilding
    from adapters.opensearch.views import OpenSearchViewStore
    from application.projecting import FactLog, Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Projected:
    """Facts that were applied, where the read models stand now, documents that were parked."""

    facts: int
    position: int
    parked: int


class Projection:
    """Keeps the read models of one tenant up with its facts."""

    def __init__(self, views: OpenSearchViewStore, facts: FactLog) -> None:
        """`facts` are those of the whole tenant, in one order."""
        from adapters.opensearch.views import STEP_FACTS
        from application.projecting import Projector

        self._views = views
        self._projector = Projector(
            facts=facts, views=views, chunk_facts=STEP_FACTS, step_facts=STEP_FACTS
        )

    def catch_up(self, progress: Progress | None = None) -> Projected:
        """Apply what is not applied yet, each fact once, whoever else does it or died doing it.

        Raises StoreBusy and VersionConflict, come again; SearchRefused, IndicesUnfit, and
        ViewsAheadOfFacts, where read models and facts are not of one store.
        """
        before = self._views.parked
        facts = self._projector.catch_up(progress)
        return Projected(
            facts=facts, position=self._views.position(), parked=self._views.parked - before
        )


@dataclass(kw_only=True)
class Search:
    """A tenant's read models in one OpenSearch."""

    calls: Calls
    space: str

    @cached_property
    def views(self) -> OpenSearchViewStore:
        """The documents. Raises IndicesUnfit where `set_up` never ran, or for another program."""
        from adapters.opensearch.views import OpenSearchViewStore

        return OpenSearchViewStore.open(self.calls, self.space, entropy=Entropy())

    @cached_property
    def queries(self) -> OpenSearchQueryStore:
        """The lists."""
        return OpenSearchQueryStore(self.calls, self.space)

    @cached_property
    def positions(self) -> OpenSearchPositions:
        """The sums by day."""
        from adapters.opensearch.positions import OpenSearchPositions

        return OpenSearchPositions(self.calls, self.space)

    def rebuilding(self, facts: FactLog) -> Rebuilding:
        """What makes the read models again, beside the ones that live."""
        from adapters.opensearch.rebuilding import Rebuilding

        return Rebuilding(self.calls, self.space, facts, entropy=Entropy())

    def sweep(self) -> int:
        """Take away what no cursor can reach any more; how much that was."""
        from adapters.opensearch.sweeping import sweep

        return sweep(self.views)

    def projection(self, facts: FactLog) -> Projection:
        """What applies these facts."""
        return Projection(self.views, facts)


@contextmanager
def open_search(url: str, *, tenant: str) -> Generator[Search]:
    """The read models of a tenant; asks nothing before they are used. Raises IndicesUnfit."""
    with Calls(url, waiting=Clock(), entropy=Entropy(), signing=_signing(url)) as calls:
        yield Search(calls=calls, space=indices.space_of(tenant))


def set_up(
    search: Search, *, shards: int = 1, reader: str | None = None, writer: str | None = None
) -> bool:
    """Make indices where there are none; whether there were none.

    `reader` and `writer` are ARNs of roles of AWS, for a domain with access control.

    Raises IndicesUnfit where they are of another program: those are made again beside
    (adapters/opensearch/rebuilding.py), never changed.
    """
    from adapters.opensearch import access
    from adapters.opensearch.views import next_generation

    if reader is not None and writer is not None:
        access.grant(search.calls, space=search.space, reader=reader, writer=writer)
    alive = indices.live(search.calls, search.space)
    if alive is not None:
        indices.demand_fit(search.calls, alive)
        return False
    made = next_generation(search.calls, search.space, shards=shards)
    indices.go_live(search.calls, made)
    return True


def _signing(url: str) -> Signing | None:
    if not url.startswith("https"):
        return None
    from botocore.session import Session

    from adapters.opensearch.signing import Signature

    return Signature(Session())
