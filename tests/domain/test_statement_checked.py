"""A statement is sealed when it agrees with itself, and refused whole when it does not."""

import pytest

from domain import statement as s
from tests.domain.spec import given
from tests.domain.test_statement_delivered import (
    ALL,
    FIRST,
    REFUSED,
    SEALED,
    VERIFIED,
    delivery,
    extended,
    received,
)

CLOSES = received(delivery(FIRST, opening=-20_00, closing=50_00))
BOTH = s.StatementVerified(balance_closes=True, controls_match=True)
REFUSING = {"content_hash": "ff" * 32, "place": "line 3", "reason": "amount"}
KNOWN_HASH = delivery(FIRST).content.content_hash


def test_when_opening_and_rows_make_closing():
    """-20.00 and 100.00 less 30.00 are 50.00; the file's own totals agree too."""
    given(s.evolve, CLOSES).when(s.verify, controls_match=True).then(BOTH)


@pytest.mark.parametrize("opening, closing", [(None, None), (0, None), (None, 0)])
def test_without_a_check_that_its_source_does_not_allow(opening: int | None, closing: int | None):
    """Without balances and totals a statement passes, and says that nothing was checked."""
    history = received(delivery(FIRST, opening=opening, closing=closing))
    given(s.evolve, history).when(s.verify).then(VERIFIED)


def test_not_twice():
    """What was verified or sealed is not verified again; another check is."""
    given(s.evolve, CLOSES, BOTH).when(s.verify, controls_match=True).then()
    given(s.evolve, CLOSES, BOTH, s.StatementSealed()).when(s.verify).then()
    (
        given(s.evolve, CLOSES, s.StatementVerified(balance_closes=True, controls_match=None))
        .when(s.verify, controls_match=True)
        .then(BOTH)
    )


@pytest.mark.parametrize("off", [-1, 1, 70_00])
def test_refused_when_it_does_not_close(off: int):
    """A centavo between the rows and the closing balance refuses the statement."""
    (
        given(s.evolve, received(delivery(FIRST, opening=-20_00, closing=50_00 + off)))
        .when(s.verify)
        .refuses(
            s.StatementDoesNotClose(
                opening_minor=-20_00, moved_minor=70_00, closing_minor=50_00 + off
            )
        )
    )


def test_refused_when_its_totals_differ():
    """A file whose counts or sums are not those of its rows is refused."""
    (
        given(s.evolve, CLOSES)
        .when(s.verify, controls_match=False)
        .refuses(s.StatementControlsDiffer())
    )


def test_sealed_once():
    """A verified statement is sealed, and stays so."""
    given(s.evolve, CLOSES, BOTH).when(s.seal).then(s.StatementSealed())
    given(s.evolve, *SEALED).when(s.seal).then()


def test_never_sealed_unverified():
    """Rows that nobody checked are not sealed, neither the first ones nor those that came later."""
    first = received(delivery(FIRST))
    more = delivery(ALL, known=FIRST)
    for history, rows in (((first,), delivery(FIRST)), ((*SEALED, extended(more)), more)):
        (
            given(s.evolve, *history)
            .when(s.seal)
            .refuses(s.StatementNotVerified(content_hash=rows.content.content_hash))
        )


def test_refused_with_a_trace():
    """A refused import leaves its hash, the place and the reason, once for each other reason."""
    given(s.evolve).when(s.refuse, **REFUSING).then(REFUSED)
    given(s.evolve, CLOSES).when(s.refuse, **REFUSING).then(REFUSED)
    given(s.evolve, CLOSES, BOTH).when(s.refuse, **REFUSING).then(REFUSED)
    given(s.evolve, REFUSED).when(s.refuse, **REFUSING).then()
    other = s.StatementRefused(content_hash="ff" * 32, place="line 4", reason="amount")
    given(s.evolve, REFUSED).when(s.refuse, **{**REFUSING, "place": "line 4"}).then(other)


def test_not_refused_any_more_once_it_is_sealed():
    """What is sealed cannot be refused by another file."""
    (
        given(s.evolve, *SEALED)
        .when(s.refuse, **REFUSING)
        .refuses(s.StatementIsSealed(content_hash=KNOWN_HASH))
    )


def test_still_sealed_when_its_extension_is_refused():
    """A refused extension falls away; the statement stands as it was sealed, and may grow."""
    more = delivery(ALL, known=FIRST)
    known = given(s.evolve, *SEALED, extended(more))
    known.when(s.refuse, **REFUSING).then(REFUSED)
    after = given(s.evolve, *SEALED, extended(more), VERIFIED, REFUSED)
    after.when(s.seal).then()
    after.when(s.receive, delivery=delivery(FIRST, known=FIRST)).then()
    after.when(s.receive, delivery=more).then(extended(more))
    with_stored_rows = delivery(ALL, known=ALL)
    after.when(s.receive, delivery=with_stored_rows).then(extended(with_stored_rows))


def test_never_before_it_is_received():
    """Nothing is verified or sealed of a statement that is unknown or was refused."""
    for decision in (s.verify, s.seal):
        given(s.evolve).when(decision).refuses(s.StatementUnknown())
        (
            given(s.evolve, REFUSED)
            .when(decision)
            .refuses(s.StatementWasRefused(place="line 3", reason="amount"))
        )


def test_with_a_trace_by_file_where_no_statement_could_be_read():
    """An unreadable file has no statement id: its hash names the stream of its trace."""
    assert s.stream_of_refused_file(content_hash="ff") == "stm:file::ff"
