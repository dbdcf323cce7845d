"""A statement arrives once, or in pieces; the same id with other rows is refused."""

from dataclasses import asdict, replace
from datetime import date

import pytest

from domain import statement as s
from domain.delivery import Delivery, delivery_of
from domain.errors import BadValue
from domain.settlement import DeliveredLine
from tests.domain.controls import LINE, MONDAY, TUESDAY, WEDNESDAY, row
from tests.domain.spec import given

FIRST = (row(1, 100_00), row(2, -30_00))
MORE = (row(3, 5_00, day=WEDNESDAY),)
ALL = (*FIRST, *MORE)


def delivery(
    lines: tuple[DeliveredLine, ...],
    *,
    known: tuple[DeliveredLine, ...] = (),
    opening: int | None = None,
    closing: int | None = None,
) -> Delivery:
    return delivery_of(
        source="bank:017",
        account=LINE.account,
        statement_id="ST1",
        lines=lines,
        known_lines=known,
        opening_minor=opening,
        closing_minor=closing,
    )


def received(of: Delivery) -> s.StatementReceived:
    return s.StatementReceived(
        statement_id="ST1", source_kind="bank", account=LINE.account, **asdict(of.content)
    )


def extended(of: Delivery) -> s.StatementExtended:
    return s.StatementExtended(**asdict(of.content))


VERIFIED = s.StatementVerified(balance_closes=None, controls_match=None)
SEALED = (received(delivery(FIRST)), VERIFIED, s.StatementSealed())
REFUSED = s.StatementRefused(content_hash="ff" * 32, place="line 3", reason="amount")


def reused(known: Delivery, other: Delivery) -> s.StatementIdReused:
    return s.StatementIdReused(
        statement_id="ST1",
        known_hash=known.content.content_hash,
        other_hash=other.content.content_hash,
    )


def test_summed_up():
    """Rows are counted and summed by direction, between their first and last booking day."""
    content = delivery(ALL, opening=1_00, closing=76_00).content
    assert (content.first_day, content.last_day) == (TUESDAY, WEDNESDAY)
    assert (content.lines, content.credit_minor, content.debit_minor) == (3, 105_00, 30_00)
    assert (content.currency, content.opening_minor, content.closing_minor) == ("ARS", 1_00, 76_00)


def test_first():
    """What was not known is received, with the sums of its rows."""
    given(s.evolve).when(s.receive, delivery=delivery(FIRST)).then(received(delivery(FIRST)))


def test_not_twice():
    """The same rows again, in whatever order, are nothing new, before and after the seal."""
    again = delivery(FIRST[::-1], known=FIRST)
    given(s.evolve, received(delivery(FIRST))).when(s.receive, delivery=again).then()
    given(s.evolve, *SEALED).when(s.receive, delivery=again).then()


def test_in_pieces():
    """More rows of a sealed statement open it again, with the sums of all its rows."""
    more = delivery(ALL, known=FIRST)
    given(s.evolve, *SEALED).when(s.receive, delivery=more).then(extended(more))


def test_in_pieces_that_are_then_nothing_new():
    """After its extension all rows together are known."""
    more = delivery(ALL, known=FIRST)
    again = delivery(ALL, known=ALL)
    given(s.evolve, *SEALED, extended(more)).when(s.receive, delivery=again).then()


def test_in_pieces_and_sealed_again():
    """An extended statement is verified and sealed like a new one."""
    history = (*SEALED, extended(delivery(ALL, known=FIRST)))
    given(s.evolve, *history).when(s.verify).then(VERIFIED)
    given(s.evolve, *history, VERIFIED).when(s.seal).then(s.StatementSealed())


def test_refused_with_other_rows():
    """Other rows under a sealed id are refused with both hashes: they do not hold what is known."""
    other = delivery((row(1, 99_99), row(2, -30_00), row(3, 1)))
    given(s.evolve, *SEALED).when(s.receive, delivery=other).refuses(reused(delivery(FIRST), other))


def test_refused_with_fewer_rows():
    """A part of a sealed statement is not the statement, though its rows are known."""
    part = delivery(FIRST[:1], known=FIRST[:1])
    given(s.evolve, *SEALED).when(s.receive, delivery=part).refuses(reused(delivery(FIRST), part))


def test_refused_with_fewer_rows_whatever_it_claims_to_extend():
    """A delivery that says it extends all that is known, and holds less, is not believed."""
    part = delivery(FIRST[:1], known=FIRST)
    given(s.evolve, *SEALED).when(s.receive, delivery=part).refuses(reused(delivery(FIRST), part))


def test_whatever_came_of_an_import_that_died():
    """Rows that were received and never sealed may be replaced: nothing rests on them."""
    other = delivery((row(1, 100_00), row(7, 1)), known=FIRST[:1])
    given(s.evolve, received(delivery(FIRST))).when(s.receive, delivery=other).then(extended(other))


def test_not_less_than_what_was_sealed_when_an_extension_died():
    """After an extension that died, the sealed rows or more are accepted, fewer are not."""
    died = (*SEALED, extended(delivery(ALL, known=FIRST)))
    sealed_again = delivery(FIRST, known=FIRST)
    given(s.evolve, *died).when(s.receive, delivery=sealed_again).then(extended(sealed_again))
    still_more = delivery((*ALL, row(4, 1)), known=FIRST)
    given(s.evolve, *died).when(s.receive, delivery=still_more).then(extended(still_more))
    fewer = delivery(FIRST[:1], known=FIRST[:1])
    (given(s.evolve, *died).when(s.receive, delivery=fewer).refuses(reused(delivery(ALL), fewer)))


def test_anew_after_it_was_refused():
    """A corrected file of a refused statement is received as if it were the first."""
    first = delivery(FIRST)
    given(s.evolve, REFUSED).when(s.receive, delivery=first).then(received(first))


def test_without_any_row():
    """A statement without entries is a statement, of the days that it states."""
    empty = delivery_of(
        source="bank", account="285", statement_id="ST0", lines=(), days=(MONDAY, TUESDAY)
    )
    assert (empty.content.lines, empty.content.currency, empty.extends) == (0, None, None)
    assert (empty.content.first_day, empty.content.last_day) == (MONDAY, TUESDAY)


def test_refused_without_rows_and_days():
    """A statement that says neither a row nor a day cannot be placed."""
    with pytest.raises(BadValue) as refused:
        delivery_of(source="bank", account="285", statement_id="ST0", lines=())
    assert refused.value == BadValue(field="booking_date", reason="missing")


def test_without_one_currency_where_several_meet():
    """Rows of two currencies, or of another one than the statement's, leave it without one."""
    assert delivery((row(1, 1), row(2, 1, currency="USD"))).content.currency is None
    stated = delivery_of(
        source="bank", account="285", statement_id="ST0", lines=FIRST, currency="USD"
    )
    assert stated.content.currency is None


@pytest.mark.parametrize(
    "change",
    [
        {"settlement_id": "S2"},
        {"source": "bank:018"},
        {"account": "286"},
        {"amount": row(1, 1).amount},
        {"amount": row(1, 100_00, currency="USD").amount},
        {"booking_date": date(2026, 3, 9)},
        {"value_date": date(2026, 3, 9)},
        {"bank_entry_id": None},
        {"reference": ""},
        {"end_to_end_id": "X"},
        {"reversal": True},
        {"merchant_id": "M1"},
        {"statement_id": "ST2"},
    ],
)
def test_hashed_over_all_that_is_public(change: dict[str, object]):
    """Each public field of a row changes the hash of its statement."""
    changed = replace(FIRST[0], **change)
    one, other = delivery((changed, FIRST[1])), delivery(FIRST)
    assert one.content.content_hash != other.content.content_hash


def test_hashed_alike_when_what_is_personal_was_shredded():
    """The hash comes out the same from rows whose personal fields can no longer be read."""
    shredded = tuple(
        replace(
            line,
            remittance_information=None,
            counterparty_name=None,
            counterparty_account=None,
            counterparty_tax_id=None,
            received_at=None,
        )
        for line in FIRST
    )
    assert delivery(shredded) == delivery(FIRST)


def test_under_a_stream_named_by_kind_account_and_id():
    """Rows of several sources of a kind may stand in one statement."""
    for source in ("bank", "bank:017", "bank:072"):
        assert s.stream_of(source=source, account="285", statement_id="ST1") == "stm:bank:285:ST1"
