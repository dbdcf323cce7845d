"""From one position to the next: everything that belongs to a step, once, or nothing of it.

OpenSearch knows no transactions, so a step is written in this order:

    1  its head, under the id of the position that it begins at, if nobody has: with all its items
    2  the items, each under a version, so that none is applied twice and none over a newer one
    3  a refresh; then the edition can be read, and the standing moves

Law: nobody begins a step before the one before it is done. Whoever finds a head at the standing
does steps 2 and 3 again, whosever it is. So a death anywhere costs nothing but time, and a writer
that slept finds its place taken.
"""

from __future__ import annotations

import zlib
from base64 import b64decode, b64encode
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from adapters.opensearch import bulk
from adapters.opensearch.calls import CONFLICT, NOT_FOUND, Calls
from adapters.opensearch.indices import CONTROL, Generation
from application.cursors import LIFE_MS
from application.ports import Entropy, VersionConflict

PART_CHARACTERS = 2_500_000
"""Of a step's items in one document."""

STREAM = "views"
"""What a VersionConflict calls the read models."""

STANDING = "standing"

_encode = msgspec.json.Encoder().encode


class Standing(NamedTuple):
    """The last position, and the newest recorded time up to there."""

    position: int
    at_ms: int


class Steps:
    """The steps of one generation."""

    def __init__(self, calls: Calls, generation: Generation, *, entropy: Entropy) -> None:
        self._calls = calls
        self._entropy = entropy
        self.generation = generation
        self._control = generation.index(CONTROL)
        self.parked = 0
        """Documents parked since this was made."""

    def standing(self) -> Standing:
        """Where it stands, when every step that was begun is done. Raises StoreBusy."""
        while True:
            stands = read_standing(self._calls, self._control)
            head = self._head(stands.position)
            if head is None or head["kind"] != "step":
                return stands
            self._do(stands, head, self._items(head))

    def is_closed(self, position: int) -> bool:
        """Whether nobody may go on from here: another generation does."""
        head = self._head(position)
        return head is not None and head["kind"] == "closed"

    def take(self, *, after: Standing, reach: Standing, items: Sequence[bytes]) -> None:
        """A step from `after` to `reach`. Raises VersionConflict where somebody else took it."""
        write = self._entropy.token_bytes(12).hex()
        text = b64encode(zlib.compress(b"".join(items), level=1)).decode()
        parts = [
            text[at : at + PART_CHARACTERS] for at in range(0, len(text), PART_CHARACTERS)
        ] or [""]
        head: dict[str, Any] = {
            "kind": "step",
            "position": reach.position,
            "at_ms": reach.at_ms,
            "write": write,
            "parts": len(parts),
        }
        if len(parts) == 1:
            head["lines"] = parts[0]
        else:
            for number, part in enumerate(parts):
                path = f"{self._control}/_doc/{_part(write, number)}"
                part_of = {"kind": "part", "position": reach.position, "lines": part}
                self._calls.ask("PUT", path, part_of)
        self._claim(after.position, head)
        self._do(after, head, items)

    def close(self, position: int, *, successor: str) -> None:
        """Nobody goes on from here any more. Raises VersionConflict where somebody did already."""
        self._claim(position, {"kind": "closed", "write": successor, "successor": successor})

    def open_again(self, position: int) -> None:
        """Take back what `close` said."""
        head = self._head(position)
        if head is not None and head["kind"] == "closed":
            place = {"_index": self._control, "_id": _step(position)}
            self._calls.lines("_bulk", [_encode({"delete": place}), b"\n"])

    def _claim(self, position: int, head: dict[str, Any]) -> None:
        path = f"{self._control}/_create/{_step(position)}"
        if self._calls.ask("PUT", path, head, allowed=(CONFLICT,)).status == CONFLICT:
            found = self._head(position)
            # The answer to our own may have been lost: then it is there already.
            if found is None or found.get("write") != head["write"]:
                raise VersionConflict(stream=STREAM, expected_version=position)

    def _do(self, after: Standing, head: dict[str, Any], items: Sequence[bytes]) -> None:
        reach = Standing(head["position"], head["at_ms"])
        self.parked += bulk.write(
            self._calls, items, space=self.generation.space, position=reach.position
        )
        touched = sorted({_index_of(item) for item in items})
        searched = [each for each in touched if not each.endswith("-documents")]
        if searched:
            self._calls.ask("POST", f"{','.join(searched)}/_refresh")
        done = {"kind": "done", "position": reach.position, "write": head["write"]}
        control = [
            _document(self._control, _edition(reach.position), reach.position, _edition_of(reach)),
            b"%b\n%b\n"
            % (
                _encode({"index": {"_index": self._control, "_id": _step(after.position)}}),
                _encode(done),
            ),
            _document(
                self._control,
                STANDING,
                reach.position,
                {"kind": STANDING, "position": reach.position, "at_ms": reach.at_ms},
            ),
        ]
        if after.position:
            ended = {**_edition_of(after), "next_ms": reach.at_ms}
            control.insert(
                0, _document(self._control, _edition(after.position), reach.position, ended)
            )
        if bulk.write(self._calls, control, space=self.generation.space, position=reach.position):
            raise AssertionError("control takes what is written for it")

    def _items(self, head: dict[str, Any]) -> list[bytes]:
        if head["parts"] == 1:
            text = head["lines"]
        else:
            ids = [_part(head["write"], number) for number in range(head["parts"])]
            answer = self._calls.ask("POST", f"{self._control}/_mget", {"ids": ids})
            text = "".join(each["_source"]["lines"] for each in answer.body["docs"])
        return bulk.items_of(zlib.decompress(b64decode(text)))

    def _head(self, position: int) -> dict[str, Any] | None:
        path = f"{self._control}/_doc/{_step(position)}"
        answer = self._calls.ask("GET", path, allowed=(NOT_FOUND,))
        return answer.body["_source"] if answer.status < 400 else None


def read_standing(calls: Calls, control: str) -> Standing:
    """Where a generation stands, as far as it can be read."""
    answer = calls.ask("GET", f"{control}/_doc/{STANDING}", allowed=(NOT_FOUND,))
    return standing_of(answer.body)


def standing_of(got: dict[str, Any]) -> Standing:
    """The standing as a get gives it."""
    if not got.get("found"):
        return Standing(0, 0)
    return Standing(got["_source"]["position"], got["_source"]["at_ms"])


def can_be_read(edition: dict[str, Any], standing: Standing) -> bool:
    """Whether a position, by what a get gives of its edition, is not let go of yet."""
    if not edition.get("found"):
        return False
    next_ms = edition["_source"].get("next_ms")
    return next_ms is None or next_ms > standing.at_ms - LIFE_MS


def edition_id(position: int) -> str:
    """The id of an edition in control."""
    return _edition(position)


def _edition_of(standing: Standing) -> dict[str, Any]:
    return {"kind": "edition", "position": standing.position, "at_ms": standing.at_ms}


def _document(index: str, id_: str, version: int, content: dict[str, Any]) -> bytes:
    return bulk.indexed(index, id_, version, _encode(content))


def _edition(position: int) -> str:
    return f"edition-{position}"


def _step(position: int) -> str:
    return f"step-{position}"


def _part(write: str, number: int) -> str:
    return f"part-{write}-{number}"


def _index_of(item: bytes) -> str:
    # The head of an item is ours: `{"index":{"_index":"…",` or `{"update":{"_index":"…",`.
    return item.split(b'"', 6)[5].decode()
