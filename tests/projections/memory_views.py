"""A ViewStore in memory: documents as bytes, so that nobody can change what was handed over."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from application.ports import VersionConflict

_encode = msgspec.json.Encoder(order="sorted").encode
_decode = msgspec.json.Decoder(dict[str, object]).decode


class MemoryViews:
    """What the port asks for, and no more."""

    def __init__(self) -> None:
        self._position = 0
        self._bodies: dict[str, dict[str, bytes]] = {}
        self._before = self._bodies

    def position(self) -> int:
        return self._position

    def get_many(self, model: str, keys: Iterable[str]) -> dict[str, dict[str, object]]:
        bodies = self._bodies.get(model, {})
        return {key: _decode(bodies[key]) for key in keys if key in bodies}

    def apply(
        self,
        *,
        after: int,
        position: int,
        documents: Mapping[str, Mapping[str, Mapping[str, object] | None]],
    ) -> None:
        self.begin(after=after)
        self.put(documents)
        self.finish(position=position)

    def begin(self, *, after: int) -> None:
        if self._position != after:
            raise VersionConflict(stream="views", expected_version=after)
        self._before = {model: dict(bodies) for model, bodies in self._bodies.items()}

    def put(self, documents: Mapping[str, Mapping[str, Mapping[str, object] | None]]) -> None:
        for model, changed in documents.items():
            bodies = self._bodies.setdefault(model, {})
            for key, document in changed.items():
                if document is None:
                    bodies.pop(key, None)
                else:
                    bodies[key] = _encode(document)

    def finish(self, *, position: int) -> None:
        self._position = position

    def abandon(self) -> None:
        self._bodies = self._before

    def all(self, model: str) -> Iterator[tuple[str, dict[str, object]]]:
        for key, body in sorted(self._bodies.get(model, {}).items()):
            yield key, _decode(body)

    def clear(self) -> None:
        self._position = 0
        self._bodies.clear()

    def digest(self) -> str:
        digest = hashlib.sha256(b"%d" % self._position)
        for model in sorted(self._bodies):
            for key, body in sorted(self._bodies[model].items()):
                digest.update(_encode((model, key)) + body)
        return digest.hexdigest()

    def one(self, model: str, key: str) -> dict[str, object]:
        """The one document under a key, which is there."""
        return self.get_many(model, (key,))[key]
