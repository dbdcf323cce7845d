"""What lies in the tables: attribute names, and each item to and from an object.

    events      key `<tenant>/<stream>` and the version of the first fact: one commit, with all its
                facts. Commits of one append carry the same write id.
    log         key `<tenant>/<lane>/<bucket>` and the position of the first fact: one page, which
                lists commits in the order of the log. A page is never changed.

Items are those of the low-level client: `{"S": …}`, `{"N": …}`, `{"B": …}`. Keys whose stream is a
UUID have `#` in place of the first `/`, so that a text that looks like a UUID stays a text. The
tenant stands first, so that a role can be confined to it (`dynamodb:LeadingKeys`).

Attributes that a reader does not know are passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any
from uuid import UUID

import msgspec

from adapters.dynamodb_refusals import ItemBroken, KeyUnusable
from domain.facts import Context

Item = dict[str, Any]  # a value is a dict of one type letter; its content depends on that letter
"""An item as the client takes and gives it."""

KEY, SORT = "pk", "sk"
"""Names of the two parts of each table's key."""

WRITE_ID_BYTES = 16

PAGE_POSITIONS_MAX = 100_000
"""Positions in one page. Smaller than a bucket, so that no bucket is without a page."""

BUCKET_POSITIONS = 1_000_000
"""Positions whose pages share a partition key."""

LANES_MAX = 100
"""Lanes that two digits can name."""

KEY_BYTES_MAX = 2_048
"""Of a partition key; what DynamoDB takes."""

_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_HASH = re.compile(r"[0-9a-f]{64}")


class StoredFact(msgspec.Struct, frozen=True, gc=False):
    """One fact of a commit. What belongs to our fact store is None for the plain recorders.

    `state` is what a recorder was given, or the public fields alone (`domain` facts); `box` are the
    sealed personal fields; `uuid` and `metadata` are for eventsourcing 10.
    """

    topic: str
    state: bytes
    nonce: bytes | None = None
    box: bytes | None = None
    uuid: bytes | None = None
    metadata: Mapping[str, str] | None = None


class Authorship(msgspec.Struct, frozen=True, gc=False):
    """When and on whose word the facts of a commit were recorded; the same for all of them."""

    business_time: str
    context: Context


class CommitItem(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One item of the events table: consecutive facts of one stream, recorded together.

    `version` is that of the first fact; `commits` how many items the append wrote in all, which is
    how a reader of the stream knows that one of them is still to come. `position` is that of the
    first fact, where whoever wrote it numbered it too; None where a sequencer does.
    """

    key: str
    version: int
    write_id: bytes
    recorded_at_ms: int
    facts: tuple[StoredFact, ...]
    commits: int = 1
    position: int | None = None
    authorship: Authorship | None = None

    @property
    def last_version(self) -> int:
        """The version of the last fact."""
        return self.version + len(self.facts) - 1


class CommitRef(msgspec.Struct, frozen=True, gc=False):
    """A commit as a page names it: its key in the events table, and how many facts it has."""

    key: str
    version: int
    count: int


class Page(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One item of the log: commits from `position` on. `recorded_at_ms` is that of the last one."""

    tenant: str
    lane: int
    position: int
    recorded_at_ms: int
    commits: tuple[CommitRef, ...]

    @property
    def count(self) -> int:
        """How many positions it covers."""
        return sum(each.count for each in self.commits)

    @property
    def next_position(self) -> int:
        """The first position after it."""
        return self.position + self.count

    @property
    def is_closed(self) -> bool:
        """Whether it holds nothing, and ends its lane for ever."""
        return not self.commits


# Keys.


def demand_tenant(tenant: str) -> None:
    """Raises KeyUnusable: a tenant is small letters, digits and hyphens, 63 at most."""
    if not _TENANT.fullmatch(tenant):
        raise KeyUnusable(
            key=tenant, reason="a tenant is small letters, digits, hyphens, 63 at most"
        )


def stream_key(tenant: str, stream: str | UUID) -> str:
    """The partition key of a stream. Raises KeyUnusable where DynamoDB would not take it."""
    key = f"{tenant}#{stream.hex}" if isinstance(stream, UUID) else f"{tenant}/{stream}"
    if len(key.encode()) > KEY_BYTES_MAX:
        raise KeyUnusable(key=key[:80], reason=f"a key has {KEY_BYTES_MAX} bytes at most")
    return key


def tenant_of(key: str) -> str:
    """The tenant that a stream's key begins with."""
    return _divided(key)[0]


def stream_of(key: str) -> str | UUID:
    """The stream of a key, as it was given."""
    _, kind, stream = _divided(key)
    return UUID(hex=stream) if kind == "#" else stream


def name_of(key: str) -> str:
    """What the log calls a stream: its id, with `#` before it where that is a UUID."""
    rest = _rest_of(key)
    return rest if rest.startswith("#") else rest[1:]


def key_of_name(tenant: str, name: str) -> str:
    """The key of a stream by its name in the log."""
    return f"{tenant}{name}" if name.startswith("#") else f"{tenant}/{name}"


def _divided(key: str) -> tuple[str, str, str]:
    end = next(place for place, sign in enumerate(key) if sign in "/#")
    return key[:end], key[end], key[end + 1 :]


def bucket_of(position: int) -> int:
    """The bucket that a page of this first position lies in."""
    return (position - 1) // BUCKET_POSITIONS


def page_key(tenant: str, lane: int, bucket: int) -> str:
    """The partition key of a lane's bucket."""
    return f"{tenant}/{lane:02d}/{bucket:08d}"


def key_of(key: str, sort: int) -> Item:
    """The whole key of an item."""
    return {KEY: {"S": key}, SORT: {"N": str(sort)}}


# Commits.


def encode_commit(commit: CommitItem) -> Item:
    """The item of a commit."""
    item = key_of(commit.key, commit.version) | {
        "n": {"N": str(len(commit.facts))},
        "w": {"B": commit.write_id},
        "ts": {"N": str(commit.recorded_at_ms)},
        "e": {"L": [{"M": _fact_map(fact)} for fact in commit.facts]},
    }
    if commit.commits > 1:
        item["of"] = {"N": str(commit.commits)}
    if commit.position is not None:
        item["pos"] = {"N": str(commit.position)}
    if commit.authorship is not None:
        item["m"] = {"M": _authorship_map(commit.authorship)}
    return item


def decode_commit(item: Mapping[str, Any]) -> CommitItem:
    """The commit of an item. Raises ItemBroken."""
    try:
        return CommitItem(
            key=item[KEY]["S"],
            version=int(item[SORT]["N"]),
            write_id=item["w"]["B"],
            recorded_at_ms=int(item["ts"]["N"]),
            facts=tuple([_fact(each["M"]) for each in item["e"]["L"]]),
            commits=int(item["of"]["N"]) if "of" in item else 1,
            position=int(item["pos"]["N"]) if "pos" in item else None,
            authorship=_authorship(item["m"]["M"]) if "m" in item else None,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise _broken(item, error) from error


def _fact_map(fact: StoredFact) -> Item:
    stored: Item = {"t": {"S": fact.topic}, "d": {"B": fact.state}}
    if fact.nonce is not None:
        stored["x"] = {"B": fact.nonce}
    if fact.box is not None:
        stored["p"] = {"B": fact.box}
    if fact.uuid is not None:
        stored["u"] = {"B": fact.uuid}
    if fact.metadata is not None:
        stored["m"] = {"M": {name: {"S": value} for name, value in fact.metadata.items()}}
    return stored


def _fact(stored: Item) -> StoredFact:
    get = stored.get
    metadata = get("m")
    return StoredFact(
        stored["t"]["S"],
        stored["d"]["B"],
        x["B"] if (x := get("x")) else None,
        p["B"] if (p := get("p")) else None,
        u["B"] if (u := get("u")) else None,
        {name: each["S"] for name, each in metadata["M"].items()} if metadata else None,
    )


def _authorship_map(authorship: Authorship) -> Item:
    context = authorship.context
    stored: Item = {
        "b": {"S": authorship.business_time},
        "c": {"S": context.command_id},
        "a": {"S": context.actor},
        "r": {"S": context.authority},
    }
    if context.correlation_id != context.command_id:
        stored["o"] = {"S": context.correlation_id}
    if context.causation_id is not None:
        stored["k"] = {"S": context.causation_id}
    if context.sources:
        stored["s"] = {"L": [_source_value(each) for each in context.sources]}
    return stored


def _authorship(stored: Item) -> Authorship:
    command_id = stored["c"]["S"]
    return Authorship(
        stored["b"]["S"],
        Context(
            command_id=command_id,
            correlation_id=stored["o"]["S"] if "o" in stored else command_id,
            causation_id=stored["k"]["S"] if "k" in stored else None,
            actor=stored["a"]["S"],
            authority=stored["r"]["S"],
            sources=tuple(_source(each) for each in stored["s"]["L"]) if "s" in stored else (),
        ),
    )


def _source_value(source: str) -> Item:
    """A SHA-256 takes half the room as bytes; anything else stays the text that it is."""
    return {"B": bytes.fromhex(source)} if _HASH.fullmatch(source) else {"S": source}


def _source(value: Item) -> str:
    return value["B"].hex() if "B" in value else value["S"]


# Writes of several commits: the first of them names all, each other names the first.


def mark_write(items: Iterable[Item], refs: Sequence[CommitRef]) -> None:
    """Say on the items of one append which they are; a commit that is alone says nothing."""
    for number, item in enumerate(items):
        if number:
            item["g"] = {"S": f"{refs[0].version} {_rest_of(refs[0].key)}"}
        elif len(refs) > 1:
            texts = [f"{each.version} {each.count} {_rest_of(each.key)}" for each in refs]
            item["g"] = {"L": [{"S": text} for text in texts]}


def write_of(item: Mapping[str, Any]) -> tuple[CommitRef, ...]:
    """All commits of the append, by the item of its first one; none where that was alone."""
    if "g" not in item:
        return ()
    return tuple(_refs(tenant_of(item[KEY]["S"]), item["g"]["L"]))


def first_of_write(item: Mapping[str, Any]) -> tuple[str, int] | None:
    """Key and version of the first commit of the append; None where this is it."""
    if "S" not in item.get("g", {}):
        return None
    version, rest = item["g"]["S"].split(" ", 1)
    return tenant_of(item[KEY]["S"]) + rest, int(version)


def _rest_of(key: str) -> str:
    return key[len(tenant_of(key)) :]


# Pages.


def encode_page(page: Page) -> Item:
    """The item of a page."""
    assert 0 < page.count <= PAGE_POSITIONS_MAX, "whoever makes a page keeps to its limit"
    skip = len(page.tenant)
    return key_of(page_key(page.tenant, page.lane, bucket_of(page.position)), page.position) | {
        "n": {"N": str(page.count)},
        "ts": {"N": str(page.recorded_at_ms)},
        "c": {"L": [{"S": f"{c.version} {c.count} {c.key[skip:]}"} for c in page.commits]},
    }


def decode_page(item: Mapping[str, Any]) -> Page:
    """The page of an item. Raises ItemBroken."""
    try:
        tenant, lane, _ = item[KEY]["S"].split("/")
        page = Page(
            tenant=tenant,
            lane=int(lane),
            position=int(item[SORT]["N"]),
            recorded_at_ms=int(item["ts"]["N"]),
            commits=tuple(_refs(tenant, item["c"]["L"])),
        )
        if page.count != int(item["n"]["N"]):
            raise ValueError(f"it covers {page.count} positions and says {item['n']['N']}")
    except (KeyError, TypeError, ValueError) as error:
        raise _broken(item, error) from error
    return page


def _refs(tenant: str, values: list[Item]) -> Iterator[CommitRef]:
    for value in values:
        version, count, rest = value["S"].split(" ", 2)
        yield CommitRef(tenant + rest, int(version), int(count))


def _broken(item: Mapping[str, Any], error: Exception) -> ItemBroken:
    place = "/".join(str(part) for name in (KEY, SORT) for part in item.get(name, {}).values())
    return ItemBroken(place=place, reason=f"{type(error).__name__}: {error}")
