"""Matching goes by the version that was activated last, and a version's text never changes."""

import re

from domain import rule_set as r
from tests.domain.spec import fold, given

FIRST_TEXT, SECOND_TEXT = "mine@1\nX1 currency\n", "mine@2\nX1 currency\nX2 direction\n"
FIRST = {"name": "mine", "version": 1, "text": FIRST_TEXT, "activated_by": "ana"}
SECOND = {"name": "mine", "version": 2, "text": SECOND_TEXT, "activated_by": "ana"}


def activated(**given_to: object) -> r.RuleSetActivated:
    text = str(given_to["text"])
    return r.RuleSetActivated(**{**given_to, "text_hash": r.hash_of(text)})


def test_with_its_text_and_hash():
    """An activation keeps the whole text, so that it can be read for ever."""
    given(r.evolve).when(r.activate, **FIRST).then(activated(**FIRST))


def test_not_twice():
    """The active version is not activated again, whoever asks."""
    given(r.evolve, activated(**FIRST)).when(r.activate, **FIRST).then()
    somebody = {**FIRST, "activated_by": "bea"}
    given(r.evolve, activated(**FIRST)).when(r.activate, **somebody).then()


def test_in_another_version_and_back():
    """A later version takes over; going back to an earlier one is an activation too."""
    known = (activated(**FIRST), activated(**SECOND))
    given(r.evolve, known[0]).when(r.activate, **SECOND).then(known[1])
    given(r.evolve, *known).when(r.activate, **FIRST).then(known[0])
    state = fold(r.evolve, (*known, known[0]))
    assert state is not None
    assert state.active_version == 1
    assert state.text_hashes == {1: r.hash_of(FIRST_TEXT), 2: r.hash_of(SECOND_TEXT)}


def test_refused_when_the_version_has_another_text():
    """A changed text needs a new version, whether or not its version is active."""
    changed = {**FIRST, "text": FIRST_TEXT + "X2 direction\n"}
    refusal = r.RuleTextReplaced(
        name="mine",
        version=1,
        known_hash=r.hash_of(FIRST_TEXT),
        other_hash=r.hash_of(str(changed["text"])),
    )
    given(r.evolve, activated(**FIRST)).when(r.activate, **changed).refuses(refusal)
    known = (activated(**FIRST), activated(**SECOND))
    given(r.evolve, *known).when(r.activate, **changed).refuses(refusal)


def test_built_in_at_the_start():
    """The built-in rules are activated by the first fact of a store, once."""
    core = {
        "name": r.CORE_NAME,
        "version": r.CORE_VERSION,
        "text": r.CORE_2,
        "activated_by": "built-in",
    }
    given(r.evolve).when(r.activate_core, activated_by="built-in").then(activated(**core))


def test_not_built_in_where_a_later_version_is_active():
    """A store that goes by later rules is not taken back to the built-in ones."""
    later = {**SECOND, "name": r.CORE_NAME, "version": r.CORE_VERSION + 1}
    given(r.evolve, activated(**later)).when(r.activate_core, activated_by="built-in").then()


def test_built_in_with_every_rule_that_proofs_cite():
    """The text names each contradiction, rule and stage once: a citation can be looked up."""
    cited = [line.split()[0] for line in r.CORE_2.splitlines() if re.match(r"[A-Z]\d|\d", line)]
    numbered = {"X": 8, "E": 10, "R": 6, "F": 6, "L": 3, "U": 3}
    rules = [f"{kind}{n}" for kind, count in numbered.items() for n in range(1, count + 1)]
    assert sorted(cited) == sorted([*rules, "0", "1", "2", "3", "4", "5", "6", "8"])
    assert r.CORE_2.startswith("core@2\n")


def test_built_in_with_the_text_that_was_published():
    """The text of core@2 is for ever: a change is core@3, never another hash here."""
    assert r.hash_of(r.CORE_2) == "d9013a875d0264589ae3708d0c026f77406f823351d9d2b842a089d84cf5046d"


def test_under_a_stream_named_by_its_name():
    """All versions of a rule set stand on one stream."""
    assert r.stream_of(name="core") == "rul:core"
