"""The laws of a statement, in whatever pieces and order its rows come."""

from hypothesis import given as for_all
from hypothesis import strategies as st

from domain import statement as s
from domain.settlement import DeliveredLine
from tests.domain.controls import row
from tests.domain.spec import History
from tests.domain.test_statement_delivered import delivery

sets_of_rows = st.dictionaries(st.integers(1, 9), st.integers(-100, 100), min_size=1).map(
    lambda amounts: tuple(row(number, minor) for number, minor in amounts.items())
)
steps = st.lists(
    st.one_of(
        st.tuples(st.just("deliver"), sets_of_rows),
        st.tuples(st.sampled_from(["verify", "seal", "refuse", "lose"]), st.just(())),
    ),
    max_size=12,
)


def together(*some: tuple[DeliveredLine, ...]) -> tuple[DeliveredLine, ...]:
    """All rows that are known, each once: as a use case puts a piece to what it has."""
    return tuple({line.settlement_id: line for rows in some for line in rows}.values())


@for_all(st.permutations([row(number, number * 7 - 20) for number in range(1, 7)]), st.data())
def test_pieces_come_to_the_same_as_the_whole(rows: list[DeliveredLine], data: st.DataObject):
    """Cut anywhere, delivered in any order and sealed piece by piece, rows end as at once."""
    history: History[s.Statement] = History(s.evolve)
    at_once: History[s.Statement] = History(s.evolve)
    known: tuple[DeliveredLine, ...] = ()
    cuts = sorted(data.draw(st.sets(st.integers(1, len(rows) - 1), max_size=3)))
    for start, end in zip([0, *cuts], [*cuts, len(rows)], strict=True):
        piece = together(known, tuple(rows[start:end]))
        assert history.decide(s.receive, delivery=delivery(piece, known=known))
        history.decide(s.verify)
        history.decide(s.seal)
        known = piece
    at_once.decide(s.receive, delivery=delivery(tuple(sorted(rows, key=lambda r: r.settlement_id))))
    at_once.decide(s.verify)
    at_once.decide(s.seal)
    one, other = history.state, at_once.state
    assert isinstance(one, s.Sealed)
    assert isinstance(other, s.Sealed)
    assert one.content.content_hash == other.content.content_hash
    assert (one.content.lines, one.content.credit_minor, one.content.debit_minor) == (
        other.content.lines,
        other.content.credit_minor,
        other.content.debit_minor,
    )


@for_all(steps)
def test_whatever_happens_what_is_sealed_only_grows(
    happened: list[tuple[str, tuple[DeliveredLine, ...]]],
):
    """Repeat and replay hold throughout, and no step ever loses a sealed row."""
    history: History[s.Statement] = History(s.evolve)
    stored: tuple[DeliveredLine, ...] = ()
    sealed_lines = 0
    for what, rows in happened:
        match what:
            case "deliver":
                every = together(rows, stored)  # a row that is known keeps its content
                if history.decide(s.receive, delivery=delivery(every, known=stored)) is not None:
                    stored = every
            case "lose":
                # A run that died between its statement and its rows has recorded some of them. All
                # are written before the statement is verified, so nothing is lost after that.
                if isinstance(history.state, s.Received):
                    stored = stored[:sealed_lines]
            case "verify" if isinstance(history.state, s.Received) and (
                len(stored) < history.state.content.lines
            ):
                pass  # the run that goes on delivers again before it verifies
            case "verify":
                history.decide(s.verify)
            case "seal":
                history.decide(s.seal)
            case _:
                history.decide(s.refuse, content_hash="ff", place="line 1", reason="amount")
        if isinstance(history.state, s.Sealed):
            assert history.state.content.lines >= sealed_lines
            sealed_lines = history.state.content.lines
            assert sealed_lines <= len(stored)
