"""What was set aside: kept once, seen, sent again, and forgotten when it is done."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from adapters.backup import backup
from adapters.sealing import MASTER_KEY_BYTES, Vault
from adapters.sqlite_facts import SqliteFactStore
from adapters.sqlite_parking import SqliteParkingLot
from adapters.store_folder import PARKED
from adapters.system import FixedClock, SeededEntropy
from application.parking import Aside, ParkedUnknown, ParkingLot, Resent, id_of, replay
from conciliar.refusals import reason_of
from domain.errors import BadValue

COMMAND = Aside(
    queue="commands",
    key="cmd-1",
    reason="merchant-unknown",
    file="day.jsonl",
    place="line 17",
    words="merchant_id: not known",
    content=b'{"payment_id": "P1"}',
)
FILE = Aside(
    queue="files", key="ab12", reason="gap", file="a.xml", place="statement 7", words="6 is missing"
)


def lot_in(folder: Path) -> SqliteParkingLot:
    vault = Vault(master_key=bytes(MASTER_KEY_BYTES), tenant="bank")
    clock = FixedClock(1_000, step_ms=10)
    return SqliteParkingLot(folder, vault=vault, clock=clock, entropy=SeededEntropy("parking"))


@pytest.fixture
def lot(tmp_path: Path) -> Iterator[ParkingLot]:
    with lot_in(tmp_path) as made:
        yield made


def test_what_is_parked_is_found_again_by_its_key_in_another_process(tmp_path: Path) -> None:
    """A thing outlives the process that set it aside, with all that was said of it."""
    with lot_in(tmp_path) as first:
        parked = first.park(COMMAND)

    with lot_in(tmp_path) as second:
        found = second.get(id_of("commands", "cmd-1"))
        content = second.content(parked.id)

    assert found == parked
    assert (parked.queue, parked.reason, parked.place) == (
        "commands",
        "merchant-unknown",
        "line 17",
    )
    assert (parked.tries, parked.is_waiting) == (1, True)
    assert content == COMMAND.content


def test_parking_the_same_key_again_leaves_one_thing_with_two_tries(lot: ParkingLot) -> None:
    """A second try brings its own reason and content, and no second thing."""
    first = lot.park(COMMAND)
    again = lot.park(
        Aside(
            queue="commands",
            key="cmd-1",
            reason="currency-unknown",
            file="day.jsonl",
            place="line 17",
            words="currency: not known",
            content=b"{}",
        )
    )

    assert list(lot.all()) == [again]
    assert (again.id, again.tries, again.reason) == (first.id, 2, "currency-unknown")
    assert again.first_at_ms == first.first_at_ms < again.last_at_ms
    assert lot.content(again.id) == b"{}"


def test_a_done_thing_is_out_of_the_list_without_content_and_may_come_again(
    lot: ParkingLot,
) -> None:
    """Done means forgotten but for the outcome; the same trouble later opens it again."""
    parked = lot.park(COMMAND)
    lot.resolve(parked.id, outcome="recorded")

    assert list(lot.all()) == []
    assert [each.outcome for each in lot.all(waiting=False)] == ["recorded"]
    assert lot.content(parked.id) is None

    lot.park(COMMAND)
    assert [each.tries for each in lot.all()] == [2]


def test_the_list_keeps_the_order_of_arrival_and_can_be_one_queue(lot: ParkingLot) -> None:
    """People see the oldest first, and may look at one queue alone."""
    file, command = lot.park(FILE), lot.park(COMMAND)

    assert [each.id for each in lot.all()] == [file.id, command.id]
    assert [each.id for each in lot.all(queue="commands")] == [command.id]


def test_content_lies_sealed_on_the_disk(tmp_path: Path) -> None:
    """Nothing of a kept message can be read from the file without the master key."""
    with lot_in(tmp_path) as lot:
        lot.park(COMMAND)

    stored = b"".join(each.read_bytes() for each in tmp_path.glob(f"{PARKED}*"))
    assert b"merchant-unknown" in stored
    assert b"payment_id" not in stored


def test_a_replay_ends_each_thing_as_done_or_waiting_with_a_fresh_reason(lot: ParkingLot) -> None:
    """Each thing is sent with what was kept of it; a refusal keeps it with the new words."""
    file, command = lot.park(FILE), lot.park(COMMAND)
    sent: list[tuple[str, bytes | None]] = []

    def send_file(parked: object, content: bytes | None) -> Resent:
        sent.append(("file", content))
        return Resent(done=True, words="imported")

    def send_command(parked: object, content: bytes | None) -> Resent:
        sent.append(("command", content))
        raise BadValue(field="amount", reason="amount-zero")

    came = list(
        replay(lot, resend={"files": send_file, "commands": send_command}, reason_of=reason_of)
    )

    assert sent == [("file", None), ("command", COMMAND.content)]
    assert [(each.id, each.outcome) for each, _ in came] == [
        (file.id, "imported"),
        (command.id, None),
    ]
    waiting = lot.get(command.id)
    assert waiting is not None
    assert (waiting.words, waiting.tries) == ("amount: amount-zero", 2)
    assert lot.content(command.id) == COMMAND.content


def test_a_replay_passes_over_what_another_one_resolved(lot: ParkingLot) -> None:
    """A statement that was waiting may have come in with the one it waited for."""
    first, second = lot.park(FILE), lot.park(COMMAND)

    def both(parked: object, content: bytes | None) -> Resent:
        lot.resolve(second.id, outcome="came along")
        return Resent(done=True, words="imported")

    came = list(replay(lot, resend={"files": both, "commands": both}, reason_of=reason_of))

    assert [each.id for each, _ in came] == [first.id]


def test_an_unknown_id_is_refused_before_anything_is_sent(lot: ParkingLot) -> None:
    """One wrong id among several must not leave half of them sent."""
    known = lot.park(FILE)

    def never(parked: object, content: bytes | None) -> Resent:
        raise AssertionError(parked)

    with pytest.raises(ParkedUnknown, match="f-000000000000"):
        list(
            replay(
                lot, resend={"files": never}, reason_of=reason_of, ids=[known.id, "f-000000000000"]
            )
        )


def test_a_backup_takes_along_what_was_set_aside(tmp_path: Path) -> None:
    """What waits for people waits in the copy too."""
    store, copy = tmp_path / "store", tmp_path / "copy"
    clock, entropy = FixedClock(1_000), SeededEntropy("backup")
    with (
        SqliteFactStore.open(store, tenant="bank", clock=clock, entropy=entropy) as facts,
        SqliteParkingLot(store, vault=facts.vault, clock=clock, entropy=entropy) as lot,
    ):
        parked = lot.park(COMMAND)
        backup(store, copy)

    with sqlite3.connect(copy / PARKED) as connection:
        assert connection.execute("SELECT id FROM parked").fetchall() == [(parked.id,)]
    connection.close()
