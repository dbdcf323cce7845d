"""A version of rules lives from proposal to retirement, and two people stand behind what posts."""

from dataclasses import replace
from datetime import date

import pytest

from domain import rule_set as r
from tests.domain.spec import fold, given

TEXT = "language: 1\nname: mine\nversion: 1\n"
HASH = r.hash_of(TEXT)
ID = {"name": "mine", "version": 1}
PROPOSED = r.RuleSetProposed(**ID, text=TEXT, text_hash=HASH, author="ana")
SHADOWED = r.RuleSetShadowed(
    **ID,
    text_hash=HASH,
    since=date(2026, 3, 2),
    through=77,
    newly=3,
    lost=0,
    moved=0,
    contradicted=0,
    replayed_by="ana",
)
APPROVED = r.RuleSetApproved(**ID, text_hash=HASH, approved_by="bea")
ACTIVATED = r.RuleSetActivated(**ID, text=TEXT, text_hash=HASH, activated_by="bea")
DEMOTED = r.RuleSetDemoted(**ID, rules=(), reason="over budget", demoted_by="policy")
RETIRED = r.RuleSetRetired(**ID, reason="bank changed", retired_by="ana")
LIFE = (PROPOSED, SHADOWED, APPROVED, ACTIVATED, DEMOTED, RETIRED)


def phase(*facts: r.RuleSetFact) -> str:
    state = fold(r.evolve, facts)
    assert state is not None
    return state.versions[1].phase


def test_phases_in_their_order():
    """Each step of the life is a fact of its own."""
    phases = [phase(*LIFE[: n + 1]) for n in range(len(LIFE))]
    assert phases == ["proposed", "shadow", "approved", "active", "demoted", "retired"]


def test_proposed_with_its_text_once():
    """The text is kept whole with its hash; the same again is nothing new."""
    given(r.evolve).when(r.propose, **ID, text=TEXT, author="ana").then(PROPOSED)
    given(r.evolve, PROPOSED).when(r.propose, **ID, text=TEXT, author="bea").then()


def test_not_proposed_with_another_text_nor_out_of_order_nor_as_core():
    """A version has one text for ever, and versions only go up."""
    other = {**ID, "text": TEXT + "#\n", "author": "ana"}
    replaced = r.RuleTextReplaced(**ID, known_hash=HASH, other_hash=r.hash_of(TEXT + "#\n"))
    given(r.evolve, PROPOSED).when(r.propose, **other).refuses(replaced)
    second = replace(PROPOSED, version=2)
    given(r.evolve, second).when(r.propose, **ID, text=TEXT, author="ana").refuses(
        r.RuleVersionNotLater(**ID, latest=2)
    )
    core = {"name": "core", "version": 2}
    given(r.evolve).when(r.propose, **core, text=TEXT, author="ana").refuses(
        r.RuleNameReserved(**core)
    )


def test_shadowed_before_it_is_approved():
    """What nobody replayed over history cannot be approved."""
    given(r.evolve, PROPOSED).when(r.shadow, replayed=SHADOWED).then(SHADOWED)
    approving = {**ID, "text_hash": HASH, "approved_by": "bea"}
    given(r.evolve, PROPOSED).when(r.approve, **approving).refuses(
        r.RulePhaseWrong(**ID, phase="proposed", needed="shadow")
    )
    given(r.evolve, PROPOSED, SHADOWED).when(r.approve, **approving).then(APPROVED)
    later = replace(SHADOWED, through=99)
    given(r.evolve, *LIFE[:3]).when(r.shadow, replayed=later).refuses(
        r.RulePhaseWrong(**ID, phase="approved", needed="proposed")
    )


@pytest.mark.parametrize("person", ["ana", "ANA", " An a"])
def test_approved_by_somebody_else_only(person: str):
    """The author does not approve, however the name is written."""
    given(r.evolve, PROPOSED, SHADOWED).when(
        r.approve, **ID, text_hash=HASH, approved_by=person
    ).refuses(r.RuleAuthorApproves(**ID, person=person))


def test_approved_by_the_hash_that_was_read():
    """Who approves names what was read: another hash is refused."""
    given(r.evolve, PROPOSED, SHADOWED).when(
        r.approve, **ID, text_hash="f" * 64, approved_by="bea"
    ).refuses(r.RuleTextReplaced(**ID, known_hash=HASH, other_hash="f" * 64))


def test_activated_once_it_is_approved():
    """Only what was approved posts; the version before it is retired by that."""
    activating = {**ID, "activated_by": "bea"}
    given(r.evolve, *LIFE[:2]).when(r.activate_approved, **activating).refuses(
        r.RulePhaseWrong(**ID, phase="shadow", needed="approved")
    )
    given(r.evolve, *LIFE[:3]).when(r.activate_approved, **activating).then(ACTIVATED)
    given(r.evolve, *LIFE[:4]).when(r.activate_approved, **activating).then()
    later = replace(ACTIVATED, version=2, text="x", text_hash=r.hash_of("x"))
    state = fold(r.evolve, (*LIFE[:4], later))
    assert state is not None
    assert (state.active_version, state.versions[1].phase) == (2, "retired")


def test_demoted_whole_or_rule_by_rule():
    """A demotion names rules, or means all; what suggests already is nothing new."""
    given(r.evolve, *LIFE[:4]).when(r.demote, demoted=DEMOTED).then(DEMOTED)
    given(r.evolve, *LIFE[:5]).when(r.demote, demoted=DEMOTED).then()
    one = replace(DEMOTED, rules=("a",))
    both = replace(DEMOTED, rules=("a", "b"))
    given(r.evolve, *LIFE[:4], one).when(r.demote, demoted=one).then()
    given(r.evolve, *LIFE[:4], one).when(r.demote, demoted=both).then(replace(both, rules=("b",)))
    state = fold(r.evolve, (*LIFE[:4], one))
    assert state is not None
    assert (state.versions[1].phase, state.versions[1].suggesting) == ("active", {"a"})
    given(r.evolve, *LIFE[:3]).when(r.demote, demoted=DEMOTED).refuses(
        r.RulePhaseWrong(**ID, phase="approved", needed="active")
    )


def test_not_active_again_once_it_was_demoted_or_retired():
    """What lost its right to post needs a new version, and two people again."""
    for end in (5, 6):
        given(r.evolve, *LIFE[:end]).when(r.activate_approved, **ID, activated_by="bea").refuses(
            r.RulePhaseWrong(**ID, phase=phase(*LIFE[:end]), needed="approved")
        )


def test_retired_in_any_phase_and_no_longer_active():
    """A version may go whenever; none is active then."""
    retiring = {**ID, "reason": "bank changed", "retired_by": "ana"}
    for end in range(1, 6):
        given(r.evolve, *LIFE[:end]).when(r.retire, **retiring).then(RETIRED)
    given(r.evolve, *LIFE).when(r.retire, **retiring).then()
    state = fold(r.evolve, LIFE)
    assert state is not None
    assert state.active_version == 0
    core = {**retiring, "name": "core"}
    given(r.evolve).when(r.retire, **core).refuses(r.RuleNameReserved(name="core", version=1))


def test_reviewed_and_reviewed_otherwise():
    """The last word about a match counts; the same word again is nothing new."""
    said = r.RuleSetMatchReviewed(**ID, rule="a", match_id="mat:1", correct=True, reviewed_by="bea")
    given(r.evolve, *LIFE[:4]).when(r.review, reviewed=said).then(said)
    given(r.evolve, *LIFE[:4], said).when(r.review, reviewed=said).then()
    other = replace(said, correct=False)
    given(r.evolve, *LIFE[:4], said).when(r.review, reviewed=other).then(other)


def test_unknown_versions_are_refused():
    """Nothing is decided about a version that nobody proposed."""
    given(r.evolve).when(r.activate_approved, **ID, activated_by="bea").refuses(
        r.RuleVersionUnknown(**ID)
    )
    given(r.evolve).when(r.demote, demoted=DEMOTED).refuses(r.RuleVersionUnknown(**ID))
