"""What every store of salts promises. An adapter's test gives it a new one."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import Protocol

import pytest

from adapters.fact_sealing import Keys
from adapters.sealing import SHREDDED, Place

STREAM, OTHER = "pay:core:P1", "pay:core:ñ"
ONE, TWO = b"1" * 16, b"2" * 16


class KeyStore(Keys, Protocol):
    """A store of salts whose salts can be destroyed."""

    def shred(self, streams: Sequence[str]) -> int: ...


def at(version: int, stream: str = STREAM) -> Place:
    return Place(stream, version, "payment.registered")


class KeysContract:
    """The laws of the port."""

    @abstractmethod
    @pytest.fixture
    def open_keys(self) -> Callable[[], KeyStore]:
        """Opens the test's one store, as often as wanted: each time as another process would."""
        raise NotImplementedError

    @pytest.fixture
    def keys(self, open_keys: Callable[[], KeyStore]) -> KeyStore:
        return open_keys()

    def test_a_salt_is_good_from_its_version_on(
        self, keys: KeyStore, open_keys: Callable[[], KeyStore]
    ):
        """What was provided is read by everybody, for its own stream and no earlier version."""
        assert list(keys.provide([(STREAM, 3, ONE), (OTHER, 1, TWO)])) == [
            (STREAM, 3, ONE),
            (OTHER, 1, TWO),
        ]
        for each in (keys, open_keys()):
            salts = each.salts([STREAM, OTHER, "pay:core:none"])
            assert [salts.of(at(version)) for version in (2, 3, 9)] == [None, ONE, ONE]
            assert salts.of(at(1, OTHER)) == TWO
            assert salts.of(at(1, "pay:core:none")) is None

    def test_what_was_shredded_is_gone_for_everybody(
        self, keys: KeyStore, open_keys: Callable[[], KeyStore]
    ):
        """Whoever has read a salt before finds it destroyed, and so does a process that begins."""
        there = open_keys()
        keys.provide([(STREAM, 1, ONE), (OTHER, 1, TWO)])
        assert there.salts([STREAM]).of(at(1)) == ONE
        assert keys.shred([STREAM, "pay:core:none"]) == 1
        for each in (keys, there, open_keys()):
            assert each.salts([STREAM]).of(at(1)) is SHREDDED
            assert each.salts([OTHER]).of(at(1, OTHER)) == TWO
        assert there.shred([STREAM]) == 0

    def test_a_later_salt_opens_what_comes_later_and_nothing_before(self, keys: KeyStore):
        """After shredding a stream may have a new salt; what was shredded stays so."""
        keys.provide([(STREAM, 1, ONE)])
        keys.shred([STREAM])
        keys.provide([(STREAM, 4, TWO)])
        salts = keys.salts([STREAM])
        assert [salts.of(at(version)) for version in (1, 3, 4)] == [SHREDDED, SHREDDED, TWO]
        assert keys.shred([STREAM]) == 1
        assert keys.salts([STREAM]).of(at(4)) is SHREDDED
