"""Items read as what was written, in the form that lies in the tables."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.dynamodb.items import (
    BUCKET_POSITIONS,
    PAGE_POSITIONS_MAX,
    Authorship,
    CommitItem,
    CommitRef,
    Page,
    StoredFact,
    bucket_of,
    decode_commit,
    decode_page,
    demand_tenant,
    encode_commit,
    encode_page,
    page_key,
    stream_key,
    stream_of,
    tenant_of,
)
from adapters.dynamodb_refusals import ItemBroken, KeyUnusable
from domain.facts import Context

SHA256 = "5f" * 32

text = st.text(max_size=12)
blob = st.binary(max_size=20)
streams = text | st.uuids()
keys = st.builds(stream_key, st.sampled_from(["bank-01", "b"]), streams)
positions = st.integers(min_value=1, max_value=10**15)

stored_facts = st.builds(
    StoredFact,
    text,
    blob,
    st.none() | blob,
    st.none() | blob,
    st.none() | blob,
    st.none() | st.dictionaries(text, text, min_size=1, max_size=2),
)
authorships = st.builds(
    Authorship,
    text,
    st.builds(
        Context,
        command_id=text,
        correlation_id=text,
        causation_id=st.none() | text,
        actor=text,
        authority=text,
        sources=st.lists(text | st.just(SHA256), max_size=3).map(tuple),
    ),
)
commits = st.builds(
    CommitItem,
    key=keys,
    version=positions,
    write_id=blob,
    recorded_at_ms=positions,
    facts=st.lists(stored_facts, min_size=1, max_size=3).map(tuple),
    commits=st.integers(min_value=1, max_value=99),
    position=st.none() | positions,
    authorship=st.none() | authorships,
)
pages = st.builds(
    Page,
    tenant=st.just("bank-01"),
    lane=st.integers(min_value=0, max_value=99),
    position=positions,
    recorded_at_ms=positions,
    commits=st.lists(
        st.builds(
            CommitRef,
            st.builds(stream_key, st.just("bank-01"), streams),
            positions,
            st.integers(min_value=1, max_value=PAGE_POSITIONS_MAX // 3),
        ),
        min_size=1,
        max_size=3,
    ).map(tuple),
)


@given(commit=commits)
def test_a_commit_reads_as_it_was_written(commit: CommitItem):
    """Whatever a commit holds, its item holds."""
    assert decode_commit(encode_commit(commit)) == commit


@given(page=pages)
def test_a_page_reads_as_it_was_written(page: Page):
    """Whatever a page lists, its item lists, in order."""
    assert decode_page(encode_page(page)) == page


@given(tenant=st.sampled_from(["bank-01", "b"]), stream=streams)
def test_a_key_gives_tenant_and_stream_back(tenant: str, stream: str | UUID):
    """A text stays a text and a UUID a UUID; no two streams share a key."""
    key = stream_key(tenant, stream)
    assert (tenant_of(key), stream_of(key)) == (tenant, stream)
    if isinstance(stream, UUID):
        assert key != stream_key(tenant, stream.hex)


COMMIT = CommitItem(
    key="bank-01/pay:core:P1",
    version=3,
    write_id=b"w" * 16,
    recorded_at_ms=1_794_835_230_000,
    facts=(StoredFact("payment.registered", b"{}", nonce=b"n" * 16, box=b"box"),),
    commits=2,
    position=41,
    authorship=Authorship(
        "2026-11-16",
        Context(
            command_id="c-1",
            correlation_id="run-1",
            causation_id="set:bank:A:E1@1",
            actor="svc:test",
            authority="role/test",
            sources=(SHA256, "not a hash"),
        ),
    ),
)

COMMIT_STORED = {
    "pk": {"S": "bank-01/pay:core:P1"},
    "sk": {"N": "3"},
    "n": {"N": "1"},
    "of": {"N": "2"},
    "pos": {"N": "41"},
    "w": {"B": b"w" * 16},
    "ts": {"N": "1794835230000"},
    "e": {
        "L": [
            {
                "M": {
                    "t": {"S": "payment.registered"},
                    "d": {"B": b"{}"},
                    "x": {"B": b"n" * 16},
                    "p": {"B": b"box"},
                }
            }
        ]
    },
    "m": {
        "M": {
            "b": {"S": "2026-11-16"},
            "c": {"S": "c-1"},
            "o": {"S": "run-1"},
            "k": {"S": "set:bank:A:E1@1"},
            "a": {"S": "svc:test"},
            "r": {"S": "role/test"},
            "s": {"L": [{"B": bytes.fromhex(SHA256)}, {"S": "not a hash"}]},
        }
    },
}

PAGE = Page(
    tenant="bank-01",
    lane=7,
    position=1_000_001,
    recorded_at_ms=1_794_835_230_000,
    commits=(
        CommitRef("bank-01/pay:core:P 1", 3, 2),
        CommitRef("bank-01#00000000000000000000000000000001", 1, 1),
    ),
)

PAGE_STORED = {
    "pk": {"S": "bank-01/07/00000001"},
    "sk": {"N": "1000001"},
    "n": {"N": "3"},
    "ts": {"N": "1794835230000"},
    "c": {"L": [{"S": "3 2 /pay:core:P 1"}, {"S": "1 1 #00000000000000000000000000000001"}]},
}


def test_the_stored_forms_are_these():
    """Stored items are for ever: a change of these two is a change of every table there is."""
    assert encode_commit(COMMIT) == COMMIT_STORED
    assert encode_page(PAGE) == PAGE_STORED


def test_what_a_reader_does_not_know_is_passed_over():
    """A newer program may add attributes; an older one reads on."""
    newer = {"h": {"B": b"leaf"}}
    assert decode_commit(COMMIT_STORED | newer) == COMMIT
    assert decode_page(PAGE_STORED | newer) == PAGE


def test_a_correlation_that_is_the_command_is_stored_once():
    """The commonest commands start a correlation, and its id is theirs."""
    context = Context(command_id="c-1", correlation_id="c-1", actor="a", authority="r")
    alone = CommitItem(
        key="b/s",
        version=1,
        write_id=b"w",
        recorded_at_ms=1,
        facts=(StoredFact("t", b""),),
        authorship=Authorship("2026-11-16", context),
    )
    stored = encode_commit(alone)
    assert set(stored["m"]["M"]) == {"a", "b", "c", "r"}
    assert set(stored) == {"pk", "sk", "n", "w", "ts", "e", "m"}
    assert decode_commit(stored) == alone


def test_versions_and_positions_follow_each_other():
    """A commit ends where its last fact stands, a page where the next one begins."""
    assert COMMIT.last_version == 3
    assert (PAGE.count, PAGE.next_position) == (3, 1_000_004)


@pytest.mark.parametrize("missing", ["w", "ts", "e", "sk"])
def test_an_item_that_lacks_something_is_named(missing: str):
    """Half an item is a fault with its place, never a guess."""
    broken = {name: value for name, value in COMMIT_STORED.items() if name != missing}
    with pytest.raises(ItemBroken, match="bank-01/pay:core:P1"):
        decode_commit(broken)


@pytest.mark.parametrize(
    "change",
    [{"n": {"N": "4"}}, {"c": {"L": [{"S": "3 2"}]}}, {"pk": {"S": "bank-01"}}],
    ids=["count", "commit", "key"],
)
def test_a_page_that_contradicts_itself_is_named(change: dict[str, object]):
    """A page says twice how much it covers, and both must agree."""
    with pytest.raises(ItemBroken, match="bank-01"):
        decode_page(PAGE_STORED | change)


@pytest.mark.parametrize("tenant", ["", "Bank", "a/b", "a#b", "-a", "a" * 64])
def test_what_is_no_tenant_is_refused(tenant: str):
    """A tenant ends at the first separator of a key, so it can hold none."""
    with pytest.raises(KeyUnusable):
        demand_tenant(tenant)
    demand_tenant("bank-01")


def test_a_stream_longer_than_a_key_is_refused():
    """What DynamoDB would not take is refused before anything is sent; letters count as bytes."""
    longest = "á" * 1_020
    assert stream_of(stream_key("bank-01", longest)) == longest
    with pytest.raises(KeyUnusable):
        stream_key("bank-01", longest + "á")


def test_buckets_are_wider_than_pages():
    """No bucket is skipped, so a reader finds the last one by halving."""
    assert PAGE_POSITIONS_MAX < BUCKET_POSITIONS
    assert [bucket_of(p) for p in (1, BUCKET_POSITIONS, BUCKET_POSITIONS + 1)] == [0, 0, 1]
    assert page_key("b", 3, 12) == "b/03/00000012"
