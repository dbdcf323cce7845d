"""Importing statements: whole or not at all, nothing twice, nothing before its seal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from adapters.statements.model import Charge, Detail, Party
from application.import_terms import Terms
from application.imported import FileOutcome
from application.parking import Parked
from conciliar.composition import Embedded, open_embedded
from conciliar.importing_statements import StatementsImported, Wanted, import_statements
from conciliar.parked import parking_lot
from conciliar.settings import Settings
from domain.settlement import SettlementRecorded, SettlementRepeated
from domain.statement import StatementRefused, StatementSealed
from tests.fixtures.statement_files import ACCOUNT, DAY, Written, entry, opened, statement, write

SETTINGS = Settings(actor="tester")
NEXT_DAY = DAY + timedelta(days=1)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Embedded]:
    with open_embedded(tmp_path / "store", settings=SETTINGS, create=True) as made:
        yield made


def imported(
    store: Embedded, *files: Written, wanted: Wanted | None = None
) -> tuple[FileOutcome, ...]:
    return _import(store, [each.path for each in files], wanted).files


def _import(store: Embedded, paths: Sequence[Path], wanted: Wanted | None) -> StatementsImported:
    return import_statements(store, paths, wanted=wanted, open_as=opened)


def topics(store: Embedded) -> list[str]:
    return [recorded.fact.TOPIC for recorded in store.facts.facts()]


def lines(store: Embedded) -> dict[str, SettlementRecorded]:
    return {
        recorded.stream: recorded.fact
        for recorded in store.facts.facts()
        if isinstance(recorded.fact, SettlementRecorded)
    }


def repeated(store: Embedded) -> list[str]:
    return [
        recorded.stream
        for recorded in store.facts.facts()
        if isinstance(recorded.fact, SettlementRepeated)
    ]


def sealed(store: Embedded) -> list[str]:
    return [
        recorded.stream
        for recorded in store.facts.facts()
        if isinstance(recorded.fact, StatementSealed)
    ]


def waiting(store: Embedded) -> list[Parked]:
    with parking_lot(store) as lot:
        return list(lot.all())


def test_a_statement_is_received_its_lines_recorded_and_sealed_last(
    store: Embedded, tmp_path: Path
):
    """The seal stands after every line, so nothing can be seen before all of it is there."""
    file = write(
        tmp_path / "a", statement(100, entry(50, bank_reference="R1"), entry(-20), statement_id="S")
    )

    (outcome,) = imported(store, file)

    assert outcome.outcome == "imported"
    assert outcome.sha256 == file.sha256
    assert [(each.state, each.lines) for each in outcome.statements] == [("sealed", 2)]
    assert topics(store)[1:7] == [
        "statement.received",
        "settlement.recorded",
        "settlement.recorded",
        "statement.verified",
        "feed.watermark_advanced",
        "statement.sealed",
    ]


def test_the_ids_of_lines_are_the_banks_else_the_day_and_a_number(store: Embedded, tmp_path: Path):
    """Source, account and the bank's entry id name a line; without one its place on the day."""
    file = write(tmp_path / "a", statement(None, entry(1, bank_reference="R1"), entry(2), entry(2)))

    imported(store, file)

    assert sorted(lines(store)) == [
        f"set:bank:011:{ACCOUNT}:2026-11-16#1",
        f"set:bank:011:{ACCOUNT}:2026-11-16#2",
        f"set:bank:011:{ACCOUNT}:R1",
    ]


def test_one_bank_reference_on_two_entries_leaves_two_lines(store: Embedded, tmp_path: Path):
    """A fee often carries the number of what it was taken from: neither is lost."""
    file = write(
        tmp_path / "a",
        statement(None, entry(100, bank_reference="R1"), entry(-1, bank_reference="R1")),
    )

    imported(store, file)

    assert {
        stream.rpartition(":")[2]: line.amount.minor for stream, line in lines(store).items()
    } == {"R1": 100, "R1#2": -1}


def test_the_same_bytes_under_another_name_are_answered_with_the_first_result(
    store: Embedded, tmp_path: Path
):
    """Nothing is recorded the second time, and the sender is told what there is."""
    content = statement(0, entry(5), statement_id="S")
    imported(store, write(tmp_path / "a", content))
    before = store.facts.head()

    (outcome,) = imported(store, write(tmp_path / "b", content))

    assert outcome.outcome == "known"
    assert [(each.statement_id, each.state, each.lines) for each in outcome.statements] == [
        ("S", "sealed", 1)
    ]
    assert store.facts.head() == before


def test_a_statement_id_used_before_by_other_bytes_is_refused_with_both_hashes(
    store: Embedded, tmp_path: Path
):
    """Another file cannot take the place of a statement, whatever it says."""
    first = write(tmp_path / "a", statement(0, entry(5), statement_id="S"))
    second = write(tmp_path / "b", statement(0, entry(6), statement_id="S"))
    imported(store, first)

    (outcome,) = imported(store, second)

    assert outcome.outcome == "refused"
    assert first.sha256 in (outcome.reason or "")
    assert second.sha256 in (outcome.reason or "")
    assert len(lines(store)) == 1


@pytest.mark.parametrize(
    "said, words",
    [
        ({"closing_minor": 7}, "opening balance 0 and movements 5 do not make the closing"),
        ({"controls_match": False, "disagreement": "it states 3, there are 2"}, "it states 3"),
        ({"balance_closes": False, "disagreement": "row 4: 9, not 8"}, "row 4: 9, not 8"),
    ],
)
def test_a_statement_that_disagrees_with_itself_is_refused_whole(
    store: Embedded, tmp_path: Path, said: dict[str, object], words: str
):
    """Only hash, place and reason are kept of it; and people see it among what was set aside."""
    file = write(
        tmp_path / "a",
        statement(0, entry(4), statement_id="good"),
        statement(0, entry(5), place="statement 2", **said),
    )

    (outcome,) = imported(store, file)

    assert (outcome.outcome, outcome.place) == ("refused", "statement 2")
    assert words in (outcome.reason or "")
    (recorded,) = store.facts.facts()
    assert isinstance(recorded.fact, StatementRefused)
    assert recorded.stream == f"stm:file::{file.sha256}"
    assert [(each.reason, each.place) for each in waiting(store)] == [("refused", "statement 2")]


def test_what_cannot_be_read_is_refused_and_does_not_stop_the_next_file(
    store: Embedded, tmp_path: Path
):
    """One bad file of three: the others are imported."""
    bad = tmp_path / "bad"
    bad.write_bytes(b"what is this")
    good = write(tmp_path / "good", statement(0, entry(5)))

    found = _import(store, [bad, tmp_path / "missing", good.path], None).files

    assert [each.outcome for each in found] == ["refused", "refused", "imported"]
    assert (found[0].place, found[0].reason) == ("line 1", "not a statement at all")
    assert found[1].reason == "No such file or directory"


def test_a_refused_file_that_was_mended_is_imported_by_the_same_name(
    store: Embedded, tmp_path: Path
):
    """The old bytes stay refused; the new ones are a file of their own."""
    imported(store, write(tmp_path / "a", statement(0, entry(5), closing_minor=7)))

    (outcome,) = imported(store, write(tmp_path / "a", statement(0, entry(5))))

    assert outcome.outcome == "imported"


def test_a_day_in_two_files_is_matched_by_bank_reference_and_identical_rows_survive(
    store: Embedded, tmp_path: Path
):
    """A longer extract of the same day adds what is new, and nothing twice."""
    first = write(
        tmp_path / "a", statement(None, entry(1, bank_reference="R1"), entry(2), entry(2))
    )
    longer = write(
        tmp_path / "b",
        statement(
            None,
            entry(1, bank_reference="R1", remittance="now with a text"),
            entry(2),
            entry(2),
            entry(2),
            entry(9, bank_reference="R2"),
        ),
    )
    imported(store, first)

    (outcome,) = imported(store, longer)

    assert (outcome.statements[0].lines, outcome.statements[0].repeated) == (5, 3)
    assert len(repeated(store)) == 3
    assert sorted(line.amount.minor for line in lines(store).values()) == [1, 2, 2, 2, 9]


def test_entries_that_are_not_booked_are_no_lines(store: Embedded, tmp_path: Path):
    """What is pending may never happen: it is counted, and waits for its booking."""
    file = write(tmp_path / "a", statement(0, entry(5), entry(7, status="PDNG")))

    (outcome,) = imported(store, file)

    assert (outcome.statements[0].lines, outcome.statements[0].not_booked) == (1, 1)
    assert [line.amount.minor for line in lines(store).values()] == [5]


def test_a_notice_is_recorded_only_where_its_statement_can_be_told_to_repeat_it(
    store: Embedded, tmp_path: Path
):
    """Reports during the day: entries with a bank reference count, the others wait."""
    notice = write(
        tmp_path / "notice",
        statement(None, entry(1, bank_reference="R1"), entry(2)),
        form="camt.052.001.08",
    )
    day = write(tmp_path / "day", statement(0, entry(1, bank_reference="R1"), entry(2)))

    (first, second) = imported(store, notice, day)

    assert (first.statements[0].lines, first.statements[0].waiting) == (1, 1)
    assert (second.statements[0].lines, second.statements[0].repeated) == (2, 1)
    assert sorted(line.amount.minor for line in lines(store).values()) == [1, 2]


def test_an_entry_with_a_field_nobody_can_use_is_set_aside_and_named(
    store: Embedded, tmp_path: Path
):
    """The rest of the statement is imported; the entry is kept for people."""
    bad = entry(3, booking_date=None, value_date=None, place="line 9")
    file = write(tmp_path / "a", statement(0, entry(5), bad))

    (outcome,) = imported(store, file)

    assert (outcome.outcome, outcome.statements[0].set_aside) == ("imported", 1)
    assert [(each.queue, each.reason, each.place) for each in waiting(store)] == [
        ("lines", "date-missing", "line 9")
    ]


def test_card_numbers_in_free_text_are_masked_before_anything_is_stored(
    store: Embedded, tmp_path: Path
):
    """First six and last four digits are left, and the place is told."""
    file = write(
        tmp_path / "a",
        statement(0, entry(5, place="line 3", remittance="PAGO 4111111111111111 GRACIAS")),
    )

    (outcome,) = imported(store, file)

    (line,) = lines(store).values()
    assert line.remittance_information == "PAGO 411111****1111 GRACIAS"
    assert outcome.masked == ("line 3",)


def test_what_an_entry_says_goes_into_the_fields_of_its_line(store: Embedded, tmp_path: Path):
    """The bank's own number is never the reference; other ids count beside it."""
    file = write(
        tmp_path / "a",
        statement(
            None,
            entry(
                900,
                bank_reference="BANK-1",
                end_to_end_id="E2E-1",
                uetr="eb6305c9-1f7f-49de-aed0-16487c27b42d",
                structured_remittance="FACTURA-0001",
                references=(("instr", "INSTR-77"), ("lote", "0001")),
                counterparty=Party(name="Ana", account="cbu", tax_id="27-1"),
                gross_minor=1_000,
                charges=(Charge(kind="ACQ_FEE", amount_minor=-90),),
                detail_lines=(
                    Detail(amount_minor=600, end_to_end_id="M1"),
                    Detail(amount_minor=400, end_to_end_id="M2"),
                ),
            ),
        ),
    )

    imported(store, file)

    (line,) = lines(store).values()
    assert (line.bank_entry_id, line.reference, line.end_to_end_id) == (
        "BANK-1",
        "FACTURA-0001",
        "E2E-1",
    )
    assert line.other_ids == ("eb6305c9-1f7f-49de-aed0-16487c27b42d", "INSTR-77")
    assert (line.counterparty_name, line.counterparty_account) == ("Ana", "cbu")
    assert line.breakdown is not None
    assert [(each.kind, each.amount_minor) for each in line.breakdown.charges] == [
        ("ACQ_FEE", -90),
        ("UNEXPLAINED", -10),
    ]
    assert [each.ids for each in line.breakdown.members] == [("M1",), ("M2",)]


def test_a_file_without_an_account_asks_for_one(store: Embedded, tmp_path: Path):
    """Lines are named by their account: it is said, and never guessed."""
    file = write(tmp_path / "a", statement(None, entry(5), account=None), form="csv")

    (refused,) = imported(store, file)
    assert refused.reason == "no account: the file names none, say it with --account"

    (outcome,) = imported(
        store, file, wanted=Wanted(terms=Terms(account="ours", source="bank:017"))
    )
    assert outcome.outcome == "imported"
    assert list(lines(store)) == ["set:bank:017:ours:2026-11-16#1"]
    assert waiting(store) == []


def test_what_is_odd_is_accepted_and_flagged_with_its_place(store: Embedded, tmp_path: Path):
    """A wrong check digit or an id that comes twice is the bank's word: kept, and shown."""
    wrong = Party(account="0110599520000001234560", tax_id="20-12345678-0")
    file = write(
        tmp_path / "a",
        statement(
            0,
            entry(1, place="line 2", counterparty=wrong, end_to_end_id="E-1"),
            entry(2, place="line 3", counterparty=Party(account="DE-foreign"), end_to_end_id="E-1"),
        ),
    )

    (outcome,) = imported(store, file)

    assert outcome.outcome == "imported"
    assert [(each.place, each.kind) for each in outcome.flags] == [
        ("line 2", "cbu-check-digit"),
        ("line 2", "cuit-check-digit"),
        ("line 3", "end-to-end-id-repeated"),
    ]


def test_a_control_file_before_its_data_waits_for_it(store: Embedded, tmp_path: Path):
    """What was announced and has not come is seen; the data, when it comes, ends the waiting."""
    data = write(tmp_path / "data", statement(0, entry(1)))
    control = tmp_path / "data.sha256"
    control.write_text(f"{data.sha256}  data\n")

    (awaiting,) = _import(store, [control], None).files

    assert (awaiting.outcome, awaiting.parked) == ("held", waiting(store)[0].id)
    assert [each.reason for each in waiting(store)] == ["awaiting-data"]

    imported(store, data)

    assert waiting(store) == []
    (after,) = _import(store, [control], None).files
    assert (after.outcome, len(after.statements)) == ("known", 1)
