"""What a step writes, from the documents that changed: documents, rows of lists, sums by day.

A row is written once when it begins to hold and changed once when it ends; under its id and the
position from which it holds there is never another one. A document says from which position its row
holds, so that the next one can end it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import msgspec

from adapters.opensearch.bulk import changed, indexed
from adapters.opensearch.indices import (
    DOCUMENTS,
    FOR_EVER,
    POSITION_AMOUNTS,
    POSITIONS,
    Generation,
    document_id,
)
from application.list_rows import RESOURCES, found_words
from application.query_conditions import can_slip
from projections import daily_position, daily_total
from projections.document import Document, amounts_of
from projections.listed import Listed, id_of
from projections.resources import Resource

_encode = msgspec.json.Encoder().encode

POSITION_MODELS = frozenset((daily_position.MODEL, daily_total.MODEL))
"""Models whose documents are sums of a day."""


class Change(NamedTuple):
    """A document as it is now, its JSON too; None where it is gone."""

    document: Document | None
    text: bytes


@dataclass(frozen=True, kw_only=True)
class Writing:
    """Items of the step that ends at `position`."""

    generation: Generation
    position: int

    def of_model(
        self,
        model: str,
        changes: Mapping[str, Change],
        *,
        rows: Mapping[str, Listed],
        since: Mapping[str, int],
    ) -> Iterator[bytes]:
        """Items for changed documents of a model.

        `rows` are theirs, `since` the positions from which their rows of until now hold, by key.
        """
        resource = RESOURCES.get(model)
        for key, change in changes.items():
            row = rows.get(key)
            yield self._document(model, key, change, has_row=row is not None)
            if resource is not None:
                yield from self._ended(resource, key, since.get(key))
                if row is not None:
                    yield self._begun(resource, row)
            elif model in POSITION_MODELS:
                yield self._sums(model, key, change.document)

    def _document(self, model: str, key: str, change: Change, *, has_row: bool) -> bytes:
        head: dict[str, object] = {"model": model, "key": key, "at": self.position}
        if change.document is None:
            head["gone"] = True
        else:
            head["body"] = msgspec.Raw(change.text)
            if has_row:
                head["since"] = self.position
        index = self.generation.index(DOCUMENTS)
        return indexed(index, document_id(model, key), self.position, _encode(head))

    def _ended(self, resource: Resource, key: str, since: int | None) -> Iterable[bytes]:
        if since is None:
            return
        place = row_id(id_of(resource, key), since)
        yield changed(self.generation.index(resource), place, {"until": self.position})

    def _begun(self, resource: Resource, row: Listed) -> bytes:
        source = _encode(row_source(resource, row, since=self.position))
        place = row_id(row.id, self.position)
        return indexed(self.generation.index(resource), place, self.position, source)

    def _sums(self, model: str, key: str, document: Document | None) -> bytes:
        parts = key.split("|", 2)
        source: dict[str, object] = {"model": model, "day": parts[0], "currency": parts[1]}
        if len(parts) > 2:
            source["merchant"] = parts[2]
        if document is None:
            source["gone"] = True
        amounts = dict(amounts_of(document))
        source |= {name: amounts.pop(name) for name in POSITION_AMOUNTS if name in amounts}
        source["rest"] = amounts
        index = self.generation.index(POSITIONS)
        return indexed(index, document_id(model, key), self.position, _encode(source))


def row_id(id_: str, since: int) -> str:
    """The `_id` of a row that holds from a position on."""
    return document_id(id_, str(since))


def row_source(resource: Resource, row: Listed, *, since: int) -> dict[str, object]:
    """A row as OpenSearch keeps it: what is shown is what is searched."""
    runs = found_words(row, resource)
    return {
        "since": since,
        "until": FOR_EVER,
        "merchants": row.merchants,
        "merchants_total": len(row.merchants),
        "words": [" ".join(run) for run in runs],
        "slips": sorted({word for run in runs for word in run if can_slip(word)}),
        "body": row.body,
    }
