"""A delivered line is recorded once; the same entry under another row id is a repeat."""

from dataclasses import fields, replace
from datetime import date

from domain import settlement as s
from domain.facts import personal_fields
from tests.domain.controls import LINE, ars
from tests.domain.spec import fold, given


def repeated(line: s.SettlementRecorded) -> s.SettlementRepeated:
    names = (field.name for field in fields(s.DeliveredLine))
    return s.SettlementRepeated(**{name: getattr(line, name) for name in names})


AGAIN = replace(LINE, settlement_id="S9", statement_id="ST9")


def test_when_it_comes_first():
    """A line that nothing is known of is recorded as it was delivered."""
    given(s.evolve).when(s.record, line=LINE).then(LINE)


def test_not_twice():
    """The same row is nothing new, whenever it is received again."""
    later = replace(LINE, received_at="2026-04-01T00:00:00Z")
    given(s.evolve, LINE).when(s.record, line=LINE).then()
    given(s.evolve, LINE).when(s.record, line=later).then()


def test_not_when_what_is_personal_was_shredded():
    """What reads as None may have been shredded: told again, it contradicts nothing."""
    shredded = replace(LINE, **dict.fromkeys(personal_fields(s.SettlementRecorded)))
    given(s.evolve, shredded).when(s.record, line=LINE).then()


def test_as_a_repeat_under_another_row_id():
    """The bank's entry delivered with another row id is the same entry again (rule U1)."""
    given(s.evolve, LINE).when(s.record, line=AGAIN).then(repeated(AGAIN))


def test_as_a_repeat_only_once():
    """Both rows, delivered again, are nothing new."""
    known = given(s.evolve, LINE, repeated(AGAIN))
    known.when(s.record, line=AGAIN).then()
    known.when(s.record, line=LINE).then()


def test_refused_when_the_row_id_has_another_content():
    """A row id stands for one content, of first deliveries and repeats; what differs is named."""
    other = replace(LINE, amount=ars(1), remittance_information=None)
    (
        given(s.evolve, LINE)
        .when(s.record, line=other)
        .refuses(
            s.SettlementIdReused(settlement_id="S1", fields=("amount", "remittance_information"))
        )
    )
    (
        given(s.evolve, LINE, repeated(AGAIN))
        .when(s.record, line=replace(AGAIN, merchant_id="M1"))
        .refuses(s.SettlementIdReused(settlement_id="S9", fields=("merchant_id",)))
    )


def test_with_the_first_delivery_as_its_line():
    """What is matched is the first delivery; repeats are kept beside it."""
    state = fold(s.evolve, (LINE, repeated(AGAIN)))
    assert state is not None
    assert state.line == LINE
    assert [line.settlement_id for line in state.deliveries] == ["S1", "S9"]


def test_under_a_stream_named_by_the_banks_entry_id_or_by_its_place():
    """The bank's entry id names the stream, else the booking day with the ordinal on it."""
    where = {"source": "bank:017", "account": "285", "booking_date": date(2026, 3, 3)}
    by_id = s.stream_of(**where, bank_entry_id="E1", ordinal="7")
    by_place = s.stream_of(**where, bank_entry_id=None, ordinal="7")
    assert (by_id, by_place) == ("set:bank:017:285:E1", "set:bank:017:285:2026-03-03#7")
