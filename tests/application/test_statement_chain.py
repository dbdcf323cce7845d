"""Statements follow one another by number, page and balance; what does not is held."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from application.imported import FileOutcome
from application.statement_chain import Link, gap_before
from conciliar.composition import Embedded, open_embedded
from conciliar.importing_statements import import_statements
from conciliar.parked import parking_lot
from conciliar.settings import Settings
from domain.delivery import StatementContent
from domain.statement import StatementSealed
from tests.fixtures.statement_files import DAY, Written, entry, opened, statement, write

NEXT_DAY = DAY + timedelta(days=1)


# The rule.


def link(name: str, /, day: int | date, *, family: str = "mt940", **said: Any) -> Link:
    """A statement of one day in November, or on a date."""
    when = day if isinstance(day, date) else date(2026, 11, day)
    values: dict[str, Any] = {
        "first_day": when,
        "last_day": when,
        "lines": 1,
        "credit_minor": 0,
        "debit_minor": 0,
        "currency": "ARS",
        "opening_minor": None,
        "closing_minor": None,
        "content_hash": name,
    }
    return Link(stream=name, family=family, content=StatementContent(**{**values, **said}))


@pytest.mark.parametrize(
    "last, this, gap",
    [
        pytest.param({"sequence": 4}, {"sequence": 5}, None, id="the next number"),
        pytest.param({"sequence": 4}, {"sequence": 6}, "statement 5 is missing", id="one missing"),
        pytest.param(
            {"sequence": 4}, {"sequence": 8}, "statements 5 to 7 are missing", id="some missing"
        ),
        pytest.param(
            {"sequence": 4, "page": 1, "more_pages": True},
            {"sequence": 4, "page": 2},
            None,
            id="the next page",
        ),
        pytest.param(
            {"sequence": 4, "page": 1, "more_pages": True},
            {"sequence": 4, "page": 3},
            "page 2 of statement 4 is missing",
            id="a page missing",
        ),
        pytest.param(
            {"sequence": 4, "page": 1, "more_pages": True},
            {"sequence": 5, "page": 1},
            "page 2 of statement 4 is missing",
            id="the last page missing",
        ),
        pytest.param(
            {"sequence": 4},
            {"sequence": 5, "page": 2},
            "page 1 of statement 5 is missing",
            id="the first page missing",
        ),
        pytest.param({"closing_minor": 7}, {"opening_minor": 7}, None, id="balances meet"),
        pytest.param(
            {"closing_minor": 7},
            {"opening_minor": 8},
            "it opens with 8, the one before it closed with 7 (minor units)",
            id="balances do not meet",
        ),
        pytest.param(
            {"closing_minor": 7, "sequence": 4},
            {"opening_minor": 8, "sequence": 5},
            "it opens with 8, the one before it closed with 7 (minor units)",
            id="the next number with another balance",
        ),
        pytest.param({"closing_minor": 7}, {}, None, id="nothing said"),
        pytest.param(
            {"closing_minor": 7, "currency": "USD"},
            {"opening_minor": 8},
            None,
            id="another currency of the account",
        ),
        pytest.param(
            {"closing_minor": 7},
            {"opening_minor": 8, "first_day": date(2026, 11, 16)},
            None,
            id="days that overlap",
        ),
    ],
)
def test_a_gap_is_told_by_number_page_and_balance(
    last: dict[str, Any], this: dict[str, Any], gap: str | None
):
    """What is missing is named; what says nothing is no gap."""
    assert gap_before(link("this", 17, **this), [link("last", 16, **last)]) == gap


@pytest.mark.parametrize("sequence, gap", [(1, None), (2, "statement 1 is missing"), (253, None)])
def test_numbers_begin_again_with_the_year_or_go_on(sequence: int, gap: str | None):
    """Most banks count from 1 each year; some count on."""
    last = link("last", date(2026, 12, 30), sequence=252)
    assert gap_before(link("this", date(2027, 1, 4), sequence=sequence), [last]) == gap


def test_the_first_an_older_and_a_notice_follow_nothing():
    """Only what comes after something can miss something; notices have no chain."""
    this = link("this", 17, sequence=9, opening_minor=5)
    known = link("known", 18, sequence=11)
    assert gap_before(this, []) is None
    assert gap_before(this, [known]) is None
    assert gap_before(link("this", 19, sequence=30, family="camt.052"), [known]) is None
    assert gap_before(link("this", 19, sequence=30, family="camt.053"), [known]) is None


# The life of a statement that is held.


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Embedded]:
    settings = Settings(actor="tester")
    with open_embedded(tmp_path / "store", settings=settings, create=True) as made:
        yield made


def imported(store: Embedded, *files: Written) -> tuple[FileOutcome, ...]:
    return import_statements(store, [each.path for each in files], open_as=opened).files


def sealed(store: Embedded) -> int:
    return sum(isinstance(each.fact, StatementSealed) for each in store.facts.facts())


def waiting(store: Embedded) -> list[tuple[str, str]]:
    with parking_lot(store) as lot:
        return [(each.reason, each.words) for each in lot.all()]


def numbered(folder: Path, *numbers: int) -> list[Written]:
    """Files of one statement each: every day ten more."""
    return [
        write(
            folder / f"{n}",
            statement(n * 10, entry(10, day=DAY + timedelta(days=n)), sequence=f"{n}"),
        )
        for n in numbers
    ]


def test_a_gap_holds_a_statement_until_the_missing_one_arrives(store: Embedded, tmp_path: Path):
    """Held means recorded and unseen; the missing one releases it without another command."""
    one, two, three = numbered(tmp_path, 1, 2, 3)
    imported(store, one)

    (held,) = imported(store, three)

    assert (held.outcome, held.statements[0].gap) == ("held", "statement 2 is missing")
    assert waiting(store) == [("gap", "statement 2 is missing")]
    assert sealed(store) == 1

    (released,) = imported(store, two)

    assert released.outcome == "imported"
    assert released.released == (held.statements[0].stream,)
    assert sealed(store) == 3
    assert waiting(store) == []


def test_a_long_row_of_held_statements_is_released_together(store: Embedded, tmp_path: Path):
    """Each of them follows the one before it, whatever order they came in."""
    first, missing, *rest = numbered(tmp_path, 1, 2, 3, 4, 5)
    imported(store, first, *reversed(rest))
    assert [reason for reason, _ in waiting(store)] == ["gap", "gap", "gap"]

    (released,) = imported(store, missing)

    assert len(released.released) == 3
    assert (sealed(store), waiting(store)) == (5, [])


def test_a_held_statement_that_comes_again_stays_held_once(store: Embedded, tmp_path: Path):
    """The same bytes again record nothing, and are told what they wait for."""
    one, three = numbered(tmp_path, 1, 3)
    imported(store, one, three)
    head = store.facts.head()

    (again,) = imported(store, three)

    assert (again.outcome, again.statements[0].gap) == ("held", "statement 2 is missing")
    assert store.facts.head() == head
    assert waiting(store) == [("gap", "statement 2 is missing")]


def test_pages_of_one_file_follow_each_other(store: Embedded, tmp_path: Path):
    """A statement in pages is sealed page by page, in order."""
    file = write(
        tmp_path / "pages",
        statement(0, entry(5), statement_id="S", sequence="7", page=1, last_page=False),
        statement(5, entry(6), statement_id="S", sequence="7", page=2),
    )

    (outcome,) = imported(store, file)

    assert [each.state for each in outcome.statements] == ["sealed", "sealed"]
    assert len({each.statement_id for each in outcome.statements}) == 2


def test_another_account_and_an_older_statement_are_no_gap(store: Embedded, tmp_path: Path):
    """Chains are kept for each account; what was drawn up before all that is known may come."""
    imported(store, write(tmp_path / "5", statement(0, entry(10, day=NEXT_DAY), sequence="5")))

    older = write(tmp_path / "3", statement(0, entry(10), sequence="3"))
    other = write(tmp_path / "9", statement(0, entry(1), sequence="9", account="other"))

    assert [each.outcome for each in imported(store, older, other)] == ["imported", "imported"]
