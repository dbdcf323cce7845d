"""Entries of files that overlap: which are known, which are new, and that none is lost."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from application.known_lines import KnownLines
from application.registry import Registry
from domain import settlement
from domain.facts import Context
from domain.money import Money
from domain.settlement import SettlementRecorded

Row = tuple[int, str | None, int]
"""Day, bank reference and amount of an entry."""

ROWS = st.tuples(st.integers(1, 2), st.sampled_from((None, "R1", "R2")), st.integers(1, 2))
FILES = st.lists(st.lists(ROWS, max_size=6), min_size=1, max_size=4)

CONTEXT = Context(command_id="c", correlation_id="c", actor="tester", authority="import")


def line(row: Row, *, row_id: str) -> SettlementRecorded:
    day, reference, amount = row
    when = date(2026, 11, 15) + timedelta(days=day)
    return SettlementRecorded(
        settlement_id=row_id,
        source="bank:011",
        account="ours",
        amount=Money(amount, "ARS"),
        booking_date=when,
        value_date=when,
        bank_entry_id=reference,
        reference=None,
        end_to_end_id=None,
        remittance_information=None,
        counterparty_name=None,
        counterparty_account=None,
        counterparty_tax_id=None,
        reversal=False,
        merchant_id=None,
        statement_id=row_id.partition("-")[0],
        received_at=None,
    )


def imported(
    files: list[list[Row]], registry: Registry, *, afresh: bool, dies_after: int | None = None
) -> Counter[Row]:
    """Import files one after the other; how often each row is a settlement of its own.

    With `dies_after` only so many rows of each file are recorded, the first ones.
    """
    known = KnownLines(registry)
    for number, rows in enumerate(files):
        if afresh:
            known = KnownLines(registry)
        ids = [f"{number}-{at}" for at in range(len(rows))]
        known.begin(ids)
        streams: list[str] = []
        for row, row_id in list(zip(rows, ids, strict=True))[:dies_after]:
            made = line(row, row_id=row_id)
            stream = known.stream_for(made)
            facts = settlement.record(registry.settlement(stream), line=made)
            if facts:
                registry.commit(stream, facts, business_time="", context=CONTEXT)
            streams.append(stream)
        assert len(set(streams)) == len(streams), "two entries of a file are two lines"
    found: Counter[Row] = Counter()
    for state in registry.states.values():
        assert isinstance(state, settlement.Settlement)
        day = (state.line.booking_date - date(2026, 11, 15)).days
        found[day, state.line.bank_entry_id, state.line.amount.minor] += 1
    return found


def at_most(files: list[list[Row]]) -> Counter[Row]:
    """Each row as often as the file that has it most often."""
    most: Counter[Row] = Counter()
    for rows in files:
        most |= Counter(rows)
    return most


@given(FILES)
def test_each_row_is_kept_as_often_as_the_file_that_has_it_most_often(files: list[list[Row]]):
    """Overlap adds nothing twice, identical rows of one file all survive, no row is lost."""
    assert imported(files, Registry(), afresh=False) == at_most(files)


@given(FILES)
def test_importing_everything_again_changes_nothing(files: list[list[Row]]):
    """Also where the store is read anew for each file, as separate commands do."""
    registry = Registry()
    assert imported(files, registry, afresh=True) == at_most(files)
    before = dict(registry.versions)
    imported(files, registry, afresh=True)
    assert registry.versions == before


@given(st.lists(ROWS, max_size=6), st.integers(0, 6))
def test_an_import_that_died_among_its_rows_is_finished_with_all_of_them(
    rows: list[Row], recorded: int
):
    """Rows that are recorded keep their lines, and identical ones get lines of their own."""
    registry = Registry()
    imported([rows], registry, afresh=True, dies_after=recorded)
    assert imported([rows], registry, afresh=True) == Counter(rows)
