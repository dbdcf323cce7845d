"""Read models that several projectors share: each has a handle, and a gate between them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from application.ports import VersionConflict
from tests.projections.memory_views import MemoryViews

Documents = Mapping[str, Mapping[str, Mapping[str, object] | None]]


@dataclass
class Handle:
    """A ViewStore of one process: what it puts counts at the end, if nobody was faster.

    Without its `gate` it writes whatever position the views stand at: a mistake, for tests.
    """

    shared: MemoryViews
    meanwhile: Callable[[str], None]
    gate: bool = True
    _after: int | None = None
    _put: dict[str, dict[str, Mapping[str, object] | None]] = field(
        default_factory=dict[str, dict[str, Mapping[str, object] | None]]
    )

    def position(self) -> int:
        return self.shared.position()

    def get_many(self, model: str, keys: Iterable[str]) -> dict[str, dict[str, object]]:
        wanted = list(keys)
        own = self._put.get(model, {})
        found = self.shared.get_many(model, (key for key in wanted if key not in own))
        return found | {
            key: dict(document)
            for key in wanted
            if key in own and (document := own[key]) is not None
        }

    def apply(self, *, after: int, position: int, documents: Documents) -> None:
        self.begin(after=after)
        self.put(documents)
        self.finish(position=position)

    def begin(self, *, after: int) -> None:
        self._demand(after)
        self._after = after
        self._put = {}

    def put(self, documents: Documents) -> None:
        for model, changed in documents.items():
            self._put.setdefault(model, {}).update(changed)

    def finish(self, *, position: int) -> None:
        assert self._after is not None, "it was begun"
        self.meanwhile("before_project")
        self._demand(self._after)
        after = self._after if self.gate else self.shared.position()
        self.shared.apply(after=after, position=position, documents=self._put)
        self.abandon()
        self.meanwhile("after_project")

    def _demand(self, after: int) -> None:
        if self.gate and self.shared.position() != after:
            raise VersionConflict(stream="views", expected_version=after)

    def abandon(self) -> None:
        self._after, self._put = None, {}

    def all(self, model: str) -> Iterator[tuple[str, dict[str, object]]]:
        return self.shared.all(model)

    def clear(self) -> None:
        self.shared.clear()

    def digest(self) -> str:
        return self.shared.digest()
