"""The seeded and fixed forms repeat themselves; the machine's own forms do not."""

from __future__ import annotations

from adapters.system import Clock, Entropy, FixedClock, SeededEntropy, seeded_random


def test_a_fixed_clock_moves_by_its_step():
    """Each reading is a step later than the one before; without a step time stands still."""
    clock = FixedClock(1_000, 5)
    assert [clock.now_ms(), clock.now_ms(), clock.monotonic_ns()] == [1_000, 1_005, 1_010_000_000]
    standing = FixedClock(1_000)
    assert standing.now_ms() == standing.now_ms() == 1_000


def test_the_machine_clocks_move_forward():
    """Recorded time lies in this century, and the measuring clock is never set back."""
    clock = Clock()
    assert 1_700_000_000_000 < clock.now_ms() < 4_100_000_000_000
    assert clock.monotonic_ns() <= clock.monotonic_ns()


def test_seeded_entropy_repeats_itself():
    """One seed gives one sequence of bytes, another seed another; two draws differ."""
    one, same, other = SeededEntropy("a"), SeededEntropy("a"), SeededEntropy("b")
    first, second = one.token_bytes(16), one.token_bytes(16)
    assert [first, second] == [same.token_bytes(16), same.token_bytes(16)]
    assert len({first, second, other.token_bytes(16)}) == 3


def test_entropy_gives_as_many_bytes_as_asked():
    """Thirty-two bytes are thirty-two, and no two draws are alike."""
    entropy = Entropy()
    assert len(entropy.token_bytes(32)) == 32
    assert entropy.token_bytes(32) != entropy.token_bytes(32)


def test_a_seeded_source_is_the_same_on_every_python():
    """The sequence of `random()` is the one that this seed has always had."""
    source = seeded_random("conciliar")
    assert [int(source.random() * 1_000) for _ in range(5)] == [692, 659, 58, 498, 996]
