"""Many documents at once: what was not taken is sent again, what cannot be taken is parked.

A bulk answers 200 and may still have failed in part. Each item is looked at by itself:

    written, or there already in this or a newer version   done
    pressed (429, 503)                                     sent again, after a pause
    not what the mapping takes (400)                       parked with its reason; others go on
    anything else, as an index that is gone or blocked     the bulk is refused: no fault of items

A parked document lies in an index of its own with what was to be written, until the read models are
made again; where it should stand, the older one stands. That is told as a count, and alarms.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, NamedTuple

import msgspec

from adapters.opensearch.calls import CONFLICT, NOT_FOUND, PRESSED, Answer, Calls, reason_of
from adapters.opensearch.indices import document_id, parked_index
from adapters.opensearch_refusals import SearchRefused
from application.ports import StoreBusy

ITEMS_MAX, BYTES_MAX = 2_000, 4_000_000
"""Of one bulk. AWS takes 10 MB on its small machines."""

SENDERS = 2
"""Bulks that are sent at the same time."""

ROUNDS_MAX = 8
"""Times that pressed items of one bulk are sent."""

UNREADABLE = 400
CLOSED, ABSENT = "index_closed_exception", "document_missing_exception"

PATH = "_bulk?filter_path=errors,items.*.status,items.*.error.type"

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder().decode


class Refused(NamedTuple):
    """An item that OpenSearch will never take, and the kind of its error."""

    item: bytes
    reason: str


def indexed(index: str, id_: str, version: int, source: bytes) -> bytes:
    """An item that puts a document in place of any older one; two lines."""
    head = {"_index": index, "_id": id_, "version": version, "version_type": "external"}
    return b"%b\n%b\n" % (_encode({"index": head}), source)


def changed(index: str, id_: str, fields: Mapping[str, Any]) -> bytes:
    """An item that sets fields of a document that is there; two lines."""
    return b"%b\n%b\n" % (
        _encode({"update": {"_index": index, "_id": id_}}),
        _encode({"doc": fields}),
    )


def items_of(lines: bytes) -> list[bytes]:
    """The items of lines that were joined."""
    found = lines.split(b"\n")
    return [b"%b\n%b\n" % (found[at], found[at + 1]) for at in range(0, len(found) - 1, 2)]


def write(calls: Calls, items: Sequence[bytes], *, space: str, position: int) -> int:
    """Send items until each is written or parked; how many were parked. Order does not matter.

    `position` is what they are of. Raises StoreBusy and SearchRefused: some are written, all may be
    sent again.
    """
    bulks = list(_bulks(items))
    if len(bulks) <= 1:
        refused = [each for bulk in bulks for each in _sent(calls, bulk)]
    else:
        with ThreadPoolExecutor(SENDERS) as senders:
            found = senders.map(partial(_sent, calls), bulks)
            refused = [each for some in found for each in some]
    _park(calls, refused, space=space, position=position)
    return len(refused)


def _bulks(items: Iterable[bytes]) -> Iterator[list[bytes]]:
    bulk: list[bytes] = []
    size = 0
    for item in items:
        if bulk and (len(bulk) == ITEMS_MAX or size + len(item) > BYTES_MAX):
            yield bulk
            bulk, size = [], 0
        bulk.append(item)
        size += len(item)
    if bulk:
        yield bulk


def _sent(calls: Calls, bulk: list[bytes]) -> list[Refused]:
    refused: list[Refused] = []
    for attempt in range(ROUNDS_MAX):
        if attempt:
            calls.pause(attempt)
        answer = calls.lines(PATH, bulk).body
        if not answer["errors"]:
            return refused
        pressed: list[bytes] = []
        for item, said in zip(bulk, answer["items"], strict=True):
            ((action, result),) = said.items()
            status = result["status"]
            if status in PRESSED:
                pressed.append(item)
            elif not _is_done(action, result):
                refused.append(_refused(item, Answer(status, result)))
        if not pressed:
            return refused
        bulk = pressed
    raise StoreBusy(place="_bulk", reason=f"{len(bulk)} items pressed")


def _refused(item: bytes, answer: Answer) -> Refused:
    reason = reason_of(answer)
    if answer.status != UNREADABLE or reason.endswith(CLOSED):
        raise SearchRefused(place="_bulk", reason=reason)
    return Refused(item, reason)


def _is_done(action: str, result: Mapping[str, Any]) -> bool:
    status = result["status"]
    # What is to be changed and is not there was parked when it was to be put there.
    absent = action == "update" and status == NOT_FOUND and ABSENT in str(result)
    return status < 300 or status == CONFLICT or absent


def _park(calls: Calls, refused: Iterable[Refused], *, space: str, position: int) -> None:
    for item, reason in refused:
        ((_, head),) = _decode(item.partition(b"\n")[0]).items()
        index, id_ = head["_index"], head["_id"]
        content = {
            "index": index,
            "id": id_,
            "reason": reason,
            "position": position,
            "content": b64encode(item).decode(),
        }
        place = parked_id(index, id_)
        calls.ask("PUT", f"{parked_index(space)}/_doc/{place}?refresh=true", content)


def parked_id(index: str, id_: str) -> str:
    """The id under which a refused document is parked: one for each place."""
    return b64encode(document_id(index, id_).encode(), altchars=b"-_").decode()[:ID_LENGTH_MAX]


ID_LENGTH_MAX = 500
