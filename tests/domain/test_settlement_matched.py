"""A match explains its lines to the centavo and stands on one of them, until a fact undoes it."""

from dataclasses import replace

import pytest

from domain import settlement as s
from domain.errors import CurrencyMismatch
from tests.domain.controls import HOME, LINE, OTHER, allocated, terms
from tests.domain.spec import given

MATCH = allocated(terms(100_00))
MATCH_ID = MATCH.match_id
JOINED = s.SettlementJoined(match_id="mat:x:1", home=OTHER)
RELEASED = s.SettlementAllocationReleased(match_id=MATCH_ID, reason="wrong", cause="person")
DUPLICATE = s.SettlementMarkedDuplicate(of=OTHER, rule="U3")


def test_when_allocations_and_residuals_make_its_amount():
    """A payment of 103.50 less a fee of 3.50 is a line of 100.00."""
    (
        given(s.evolve, LINE)
        .when(s.allocate, stream=HOME, lines_minor=100_00, terms=terms(103_50, fee=-3_50))
        .then(allocated(terms(103_50, fee=-3_50)))
    )


def test_with_several_payments_and_lines():
    """The lines of a match are summed up before they are compared."""
    (
        given(s.evolve, LINE)
        .when(s.allocate, stream=HOME, lines_minor=250_00, terms=terms(100_00, 150_00))
        .then(allocated(terms(100_00, 150_00)))
    )


def test_when_money_goes_back():
    """A line below zero is explained by allocations below zero."""
    (
        given(s.evolve, LINE)
        .when(s.allocate, stream=HOME, lines_minor=-30_00, terms=terms(-30_00))
        .then(allocated(terms(-30_00)))
    )


@pytest.mark.parametrize("unexplained", [-1, 1, 5_000])
def test_refused_with_a_centavo_unexplained(unexplained: int):
    """What is not on a payment or on a named residual line is refused, however small."""
    (
        given(s.evolve, LINE)
        .when(s.allocate, stream=HOME, lines_minor=100_00 + unexplained, terms=terms(100_00))
        .refuses(s.ResidualUnexplained(lines_minor=100_00 + unexplained, explained_minor=100_00))
    )


@pytest.mark.parametrize(
    "mixed", [terms(100_00, currency="USD"), terms(103_50, fee=-3_50, currency="USD")]
)
def test_refused_when_a_part_is_in_another_currency(mixed: s.MatchTerms):
    """Dollars never make up pesos, though the numbers agree."""
    (
        given(s.evolve, LINE)
        .when(s.allocate, stream=HOME, lines_minor=100_00, terms=mixed)
        .refuses(CurrencyMismatch(left="ARS", right="USD"))
    )


def test_not_twice():
    """The same match posted again is nothing new."""
    (
        given(s.evolve, LINE, MATCH)
        .when(s.allocate, stream=HOME, lines_minor=100_00, terms=terms(100_00))
        .then()
    )


@pytest.mark.parametrize("earlier, match_id", [(MATCH, MATCH_ID), (JOINED, "mat:x:1")])
def test_refused_while_it_is_in_another_match(earlier: s.SettlementFact, match_id: str):
    """A line is in one match at most, whether that stands on it or on another line."""
    refusal = s.SettlementIsMatched(settlement_id="S1", match_id=match_id)
    known = given(s.evolve, LINE, earlier)
    known.when(s.allocate, stream=HOME, lines_minor=100_00, terms=terms(60_00, 40_00)).refuses(
        refusal
    )
    known.when(s.join, match_id="mat:y:1", home=OTHER).refuses(refusal)


def test_refused_for_a_duplicate():
    """A line that repeats another one settles nothing."""
    refusal = s.SettlementIsDuplicate(settlement_id="S1", of=OTHER)
    known = given(s.evolve, LINE, DUPLICATE)
    known.when(s.allocate, stream=HOME, lines_minor=100_00, terms=terms(100_00)).refuses(refusal)
    known.when(s.join, match_id="mat:y:1", home=OTHER).refuses(refusal)


def test_refused_for_an_unknown_line():
    """Nothing is matched, joined or released before it is recorded."""
    unknown = given(s.evolve)
    wanted = {"stream": HOME, "lines_minor": 1, "terms": terms(1)}
    unknown.when(s.allocate, **wanted).refuses(s.SettlementUnknown())
    unknown.when(s.join, match_id="mat:x:1", home=OTHER).refuses(s.SettlementUnknown())
    unknown.when(s.release, match_id="mat:x:1", reason="x").refuses(s.SettlementUnknown())


def test_by_joining_a_match_of_another_line():
    """The further lines of a match point to the one it stands on, once."""
    given(s.evolve, LINE).when(s.join, match_id="mat:x:1", home=OTHER).then(JOINED)
    given(s.evolve, LINE, JOINED).when(s.join, match_id="mat:x:1", home=OTHER).then()


def test_until_it_is_released():
    """A match is undone by a fact that says why and on whose account."""
    (
        given(s.evolve, LINE, MATCH)
        .when(s.release, match_id=MATCH_ID, reason="wrong", cause="person")
        .then(RELEASED)
    )


def test_anew_under_a_new_id():
    """A match id is used once: the next match on the line counts on."""
    (
        given(s.evolve, LINE, MATCH, RELEASED)
        .when(s.allocate, stream=HOME, lines_minor=100_00, terms=terms(100_00))
        .then(allocated(terms(100_00), number=2))
    )


def test_still_when_another_match_is_released():
    """Releasing a match that the line is not in is nothing new."""
    given(s.evolve, LINE, MATCH).when(s.release, match_id="mat:x:1", reason="wrong").then()


def test_still_when_a_later_fact_contradicts_it():
    """A contradiction is noted once, on the match that it speaks against, and releases nothing."""
    against = {"reason": "X5", "against": (OTHER,)}
    noted = s.SettlementContradictionDetected(match_id=MATCH_ID, reason="X5", against=(OTHER,))
    given(s.evolve, LINE, MATCH).when(s.contradict, match_id=MATCH_ID, **against).then(noted)
    given(s.evolve, LINE, MATCH).when(s.contradict, match_id="mat:x:1", **against).then()
    (
        given(s.evolve, LINE, MATCH, noted)
        .when(s.release, match_id=MATCH_ID, reason="wrong", cause="person")
        .then(RELEASED)
    )


def test_naming_each_of_its_lines_and_payments_once():
    """A match knows its lines and payments, in order of appearance."""
    match = allocated(terms(1, 2, 3))
    assert match.settlements == (HOME,)
    assert match.payments == ("pay:core:P1", "pay:core:P2", "pay:core:P3")


# Provisional matches

PROVISIONAL = replace(terms(100_00), status=s.PROVISIONAL, rule="payout-held@2")
SUM = allocated(PROVISIONAL)
CONFIRMED = replace(PROVISIONAL, status=s.FINAL)


def finalised(of: s.MatchTerms) -> s.SettlementFinalised:
    return s.SettlementFinalised(
        match_id=SUM.match_id,
        rule=of.rule,
        evidence=of.evidence,
        allocations=of.allocations,
        residuals=of.residuals,
        proof=of.proof,
    )


def test_provisional_until_something_confirms_it():
    """The match keeps its id and is final from then on."""
    known = given(s.evolve, LINE, SUM)
    known.when(s.finalise, match_id=SUM.match_id, lines_minor=100_00, terms=CONFIRMED).then(
        finalised(CONFIRMED)
    )
    state = s.evolve(s.evolve(s.evolve(None, LINE), SUM), finalised(CONFIRMED))
    assert state.match is not None
    assert (state.match.status, state.match_id) == (s.FINAL, SUM.match_id)


def test_final_once():
    """A match that is final by the rule already is nothing new."""
    known = given(s.evolve, LINE, SUM, finalised(CONFIRMED))
    known.when(s.finalise, match_id=SUM.match_id, lines_minor=100_00, terms=CONFIRMED).then()


def test_final_by_another_rule():
    """A final match may turn out to be so for another reason; that is said, nothing is moved."""
    other = replace(CONFIRMED, rule="payout@1")
    known = given(s.evolve, LINE, SUM, finalised(CONFIRMED))
    known.when(s.finalise, match_id=SUM.match_id, lines_minor=100_00, terms=other).then(
        finalised(other)
    )


@pytest.mark.parametrize("earlier", [(), (JOINED,)])
def test_not_final_without_the_match(earlier: tuple[s.SettlementFact, ...]):
    """Only the match that stands on the line's own stream can become final."""
    refusal = s.MatchNotStanding(settlement_id="S1", match_id=SUM.match_id)
    known = given(s.evolve, LINE, *earlier)
    known.when(s.finalise, match_id=SUM.match_id, lines_minor=100_00, terms=CONFIRMED).refuses(
        refusal
    )


def test_not_final_with_a_centavo_unexplained():
    """Final terms explain the line as any match does."""
    refusal = s.ResidualUnexplained(lines_minor=100_01, explained_minor=100_00)
    known = given(s.evolve, LINE, SUM)
    known.when(s.finalise, match_id=SUM.match_id, lines_minor=100_01, terms=CONFIRMED).refuses(
        refusal
    )


def test_provisional_frees_its_payments_when_it_falls():
    """The fact names the payments, whose own streams know nothing of it."""
    fallen = s.SettlementAllocationReleased(
        match_id=SUM.match_id, reason="why", cause="fallen", freed=SUM.payments
    )
    known = given(s.evolve, LINE, SUM)
    known.when(s.release, match_id=SUM.match_id, reason="why", cause="fallen").then(fallen)
    final = given(s.evolve, LINE, SUM, finalised(CONFIRMED))
    final.when(s.release, match_id=SUM.match_id, reason="why").then(
        s.SettlementAllocationReleased(match_id=SUM.match_id, reason="why")
    )
