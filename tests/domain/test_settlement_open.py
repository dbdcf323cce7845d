"""A line that nothing is proven for says why, and a duplicate says of what."""

from domain import settlement as s
from tests.domain.controls import LINE, OTHER, PAID, allocated, terms
from tests.domain.spec import fold, given

AMBIGUOUS = s.SettlementLeftOpen(
    reason="ambiguous",
    rule="E1",
    candidates=(s.Candidate(payment=PAID), s.Candidate(payment="pay:core:P2")),
    candidates_total=2,
    candidates_hash="ab" * 32,
)
UNEXPECTED = s.SettlementLeftOpen(
    reason="unexpected", rule="8", candidates=(), candidates_total=0, candidates_hash="cd" * 32
)
DUPLICATE = s.SettlementMarkedDuplicate(of=OTHER, rule="U2")
CLEARED = s.SettlementDuplicateCleared(reason="contradicted")
MATCH = allocated(terms(100_00))


def test_with_its_candidates():
    """A verdict is kept with what was looked at."""
    given(s.evolve, LINE).when(s.leave_open, verdict=AMBIGUOUS).then(AMBIGUOUS)


def test_not_twice_for_the_same_reason():
    """The same verdict again is nothing new; another one is."""
    given(s.evolve, LINE, AMBIGUOUS).when(s.leave_open, verdict=AMBIGUOUS).then()
    given(s.evolve, LINE, AMBIGUOUS).when(s.leave_open, verdict=UNEXPECTED).then(UNEXPECTED)


def test_no_longer_once_it_is_matched_or_a_duplicate():
    """What a line was open for ends with a match, a joined match, or its being a repeat."""
    joined = s.SettlementJoined(match_id="mat:x:1", home=OTHER)
    for settled in (MATCH, joined, DUPLICATE):
        state = fold(s.evolve, (LINE, AMBIGUOUS, settled))
        assert state is not None
        assert state.left_open is None


def test_refused_while_it_is_matched_or_a_duplicate():
    """A settled line is not open; a duplicate is no exception."""
    (
        given(s.evolve, LINE, MATCH)
        .when(s.leave_open, verdict=AMBIGUOUS)
        .refuses(s.SettlementIsMatched(settlement_id="S1", match_id=MATCH.match_id))
    )
    (
        given(s.evolve, LINE, DUPLICATE)
        .when(s.leave_open, verdict=AMBIGUOUS)
        .refuses(s.SettlementIsDuplicate(settlement_id="S1", of=OTHER))
    )


def test_as_a_duplicate_of_another_line():
    """A repeated line is recorded with what it repeats, once."""
    given(s.evolve, LINE).when(s.mark_duplicate, of=OTHER, rule="U2").then(DUPLICATE)
    given(s.evolve, LINE, DUPLICATE).when(s.mark_duplicate, of=OTHER, rule="U2").then()


def test_as_a_duplicate_of_an_earlier_original_that_came_late():
    """When a late file brings an earlier original, the line repeats that one."""
    late = s.SettlementMarkedDuplicate(of="set:bank:017:285:E0", rule="U2")
    (
        given(s.evolve, LINE, DUPLICATE)
        .when(s.mark_duplicate, of="set:bank:017:285:E0", rule="U2")
        .then(late)
    )


def test_not_as_a_duplicate_while_it_is_matched():
    """A posted match is released before its line is taken for a repeat."""
    (
        given(s.evolve, LINE, MATCH)
        .when(s.mark_duplicate, of=OTHER, rule="U2")
        .refuses(s.SettlementIsMatched(settlement_id="S1", match_id=MATCH.match_id))
    )


def test_again_once_it_is_found_to_be_an_entry_of_its_own():
    """A cleared duplicate is open to every decision; clearing what is none is nothing new."""
    given(s.evolve, LINE, DUPLICATE).when(s.clear_duplicate, reason="contradicted").then(CLEARED)
    given(s.evolve, LINE).when(s.clear_duplicate, reason="contradicted").then()
    given(s.evolve, LINE, DUPLICATE, CLEARED).when(s.leave_open, verdict=AMBIGUOUS).then(AMBIGUOUS)


def test_never_before_it_is_recorded():
    """An unknown line is neither open, nor a duplicate, nor contradicted."""
    unknown = given(s.evolve)
    unknown.when(s.leave_open, verdict=AMBIGUOUS).refuses(s.SettlementUnknown())
    unknown.when(s.mark_duplicate, of=OTHER, rule="U2").refuses(s.SettlementUnknown())
    unknown.when(s.clear_duplicate, reason="x").refuses(s.SettlementUnknown())
    against = {"match_id": "mat:x:1", "reason": "X5", "against": ()}
    unknown.when(s.contradict, **against).refuses(s.SettlementUnknown())
