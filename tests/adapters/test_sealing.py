"""A box opens at its own place with its own key, and nowhere else."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st

from adapters.sealing import (
    SHREDDED,
    KeyStore,
    Place,
    Salts,
    SealBroken,
    Vault,
    missing_salts,
)

MASTER, SALT, NONCE = b"m" * 32, b"s" * 16, b"n" * 12
VAULT = Vault(master_key=MASTER, tenant="bank-01")
PLACE = Place("pay:core:P1", 3, "payment.registered")
PLAIN = b'{"payer_name":"Ana"}'
BOX = VAULT.seal(PLAIN, place=PLACE, salt=SALT, nonce=NONCE)


@pytest.fixture
def keys(tmp_path: Path) -> Iterator[KeyStore]:
    store = KeyStore(tmp_path / "keys.sqlite", lock_timeout_s=1)
    yield store
    store.close()


@given(plain=st.binary(min_size=1), stream=st.text(min_size=1), version=st.integers(1, 2**63 - 1))
def test_law_opening_undoes_sealing(plain: bytes, stream: str, version: int):
    """Whatever is sealed, wherever, opens there."""
    place = Place(stream, version, "payment.registered")
    box = VAULT.seal(plain, place=place, salt=SALT, nonce=NONCE)
    assert plain not in box or len(plain) < 4
    assert VAULT.open(box, place=place, salt=SALT) == plain


def test_a_box_can_be_opened_from_its_description():
    """The format is what the module says: anybody with the keys can open a box without our code."""
    key = hmac.digest(MASTER, b"conciliar/data-key/1|pay:core:P1|" + SALT, "sha256")
    bound_to = b'["bank-01","pay:core:P1",3,"payment.registered"]'
    assert AESGCM(key).decrypt(BOX[:12], BOX[12:], bound_to) == PLAIN


@dataclass(frozen=True)
class Elsewhere:
    """A place, tenant or key that the box was not sealed for."""

    vault: Vault = VAULT
    place: Place = PLACE
    salt: bytes = SALT


@pytest.mark.parametrize(
    "there",
    [
        Elsewhere(place=msgspec.structs.replace(PLACE, stream="pay:core:P2")),
        Elsewhere(place=msgspec.structs.replace(PLACE, version=4)),
        Elsewhere(place=msgspec.structs.replace(PLACE, topic="payment.registered.2")),
        Elsewhere(vault=Vault(master_key=MASTER, tenant="bank-02")),
        Elsewhere(vault=Vault(master_key=b"w" * 32, tenant="bank-01")),
        Elsewhere(salt=b"t" * 16),
    ],
    ids=["stream", "version", "topic", "tenant", "master key", "salt"],
)
def test_a_box_opens_nowhere_else(there: Elsewhere):
    """Another stream, version, topic, tenant, master key or salt: refused, with the fact's id."""
    with pytest.raises(SealBroken) as broken:
        there.vault.open(BOX, place=there.place, salt=there.salt)
    assert broken.value.fact_id == there.place.fact_id


@pytest.mark.parametrize("box", [b"", BOX[:12], BOX[:27], BOX[:-1], BOX[:-1] + b"\0", b"\0" + BOX])
def test_a_box_that_was_changed(box: bytes):
    """Cut, altered or shifted boxes are refused."""
    with pytest.raises(SealBroken):
        VAULT.open(box, place=PLACE, salt=SALT)


def test_shredded_lost_and_kept_keys_read_differently():
    """A salt opens the box, an emptied one says shredded, none at all is a fault."""
    stream = PLACE.stream
    assert Salts([(stream, 1, SALT)]).opened(BOX, place=PLACE, vault=VAULT) == PLAIN
    assert Salts([(stream, 1, None)]).opened(BOX, place=PLACE, vault=VAULT) is SHREDDED
    with pytest.raises(SealBroken, match="key is missing"):
        Salts([]).opened(BOX, place=PLACE, vault=VAULT)


def test_a_salt_is_good_from_its_version_on():
    """The latest salt at or before a version counts for it."""
    salts = Salts([("a", 1, None), ("a", 4, SALT)])
    assert [salts.of(Place("a", version, "t")) for version in (1, 3)] == [SHREDDED, SHREDDED]
    assert [salts.of(Place("a", version, "t")) for version in (4, 9)] == [SALT, SALT]
    assert Salts([("a", 4, SALT)]).of(Place("a", 3, "t")) is None


def test_new_salts_are_needed_where_there_is_none_or_it_was_shredded():
    """Each stream that needs one is named once, with the first version that needs it."""
    salts = Salts([("kept", 1, SALT), ("shredded", 1, None)])
    places = [Place(stream, n, "t") for stream in ("kept", "shredded", "new") for n in (7, 6)]
    assert missing_salts(salts, places) == {"shredded": 6, "new": 6}


def test_salts_are_kept(keys: KeyStore, tmp_path: Path):
    """What was provided is there for everyone who opens the file."""
    keys.provide([("a", 1, b"1" * 16), ("b", 1, b"2" * 16), ("a", 5, b"3" * 16)])
    again = KeyStore(tmp_path / "keys.sqlite", lock_timeout_s=1)
    salts = again.salts(["a", "b", "none"])
    again.close()
    found = [salts.of(Place(*place, "t")) for place in (("a", 1), ("a", 5), ("b", 9), ("none", 1))]
    assert found == [b"1" * 16, b"3" * 16, b"2" * 16, None]


def test_shredding_empties_all_salts_of_a_stream_and_no_other(keys: KeyStore):
    """Every salt of the streams is destroyed, those of other streams stay."""
    keys.provide([("a", 1, b"1" * 16), ("a", 5, b"3" * 16), ("b", 1, b"2" * 16)])
    assert keys.shred(["a", "none"]) == 2
    salts = keys.salts(["a", "b"])
    assert salts.of(Place("a", 1, "t")) is SHREDDED
    assert salts.of(Place("a", 5, "t")) is SHREDDED
    assert salts.of(Place("b", 1, "t")) == b"2" * 16


def test_a_salt_can_be_given_again_where_it_was_shredded_before_use(keys: KeyStore):
    """A key that was made for an append that failed, and shredded, does not stand in the way."""
    keys.provide([("a", 6, b"1" * 16)])
    keys.shred(["a"])
    keys.provide([("a", 6, b"2" * 16)])
    assert keys.salts(["a"]).of(Place("a", 6, "t")) == b"2" * 16
