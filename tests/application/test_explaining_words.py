"""Both languages have words for everything that the engine and the facts can say."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from string import Formatter
from typing import Any, get_args

import pytest

from adapters.topics import REGISTRY
from application.history import Standing, standing_of
from application.lookup import PREFIXES
from application.wording import changes, phrases
from application.wording.phrases import LANGUAGES, Language, Phrases
from domain.facts import personal_fields
from domain.fees import ChargeKind
from domain.matching import contradictions, residue
from domain.matching.contradictions import DECISION
from domain.matching.proof import EvidenceClass
from domain.matching.proving import WEAKER
from domain.payment import Method, ReturnKind
from domain.settlement import PROVISIONAL, ReleaseCause
from tests.architecture.source import Module, modules
from tests.golden.example import example

ENGINE = modules("domain/matching")
EN, ES = phrases.of("en"), phrases.of("es")
TABLES = [field.name for field in fields(Phrases) if field.name not in {"language", "conjunction"}]


def strings(sources: Iterable[Module]) -> set[str]:
    """Every text in the code of the modules."""
    return {
        node.value
        for source in sources
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }


def rules() -> set[str]:
    """Every posting rule: those written whole, and those put together from evidence and FX."""
    whole = {text for text in strings(ENGINE) if re.fullmatch(r"[a-z-]+@[0-9]+", text)}
    by = edges_by(ENGINE) - {"identity"}
    return {rule.partition("@")[0] for rule in whole} | by | {"payer-fx"}


def edges_by(sources: Iterable[Module]) -> set[str]:
    """What an edge can rest on: the last argument of each `Edge(…)`."""
    return {
        call.args[3].value
        for source in sources
        for call in ast.walk(source.tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "Edge" and len(call.args) == 4
        if isinstance(call.args[3], ast.Constant) and isinstance(call.args[3].value, str)
    }


def evidence_kinds() -> set[str]:
    """The kinds of evidence: `Evidence(kind=…)`, and the first argument of `note(…)`."""
    found: set[str] = set()
    for source in ENGINE:
        for call in (node for node in ast.walk(source.tree) if isinstance(node, ast.Call)):
            values = [word.value for word in call.keywords if word.arg == "kind"]
            if ast.unparse(call.func) == "note":
                values = call.args[:1]
            elif ast.unparse(call.func) != "Evidence":
                continue
            for value in values:
                if isinstance(value, ast.Constant) and isinstance(value.value, str):
                    found.add(value.value)
    return found


def open_rules() -> set[str]:
    """Every text of the residue that looks like a rule."""
    found = strings(source for source in ENGINE if source.path.endswith("residue.py"))
    return {text for text in found if re.fullmatch(r"[A-Z]?[0-9]{1,2}[a-c]?|C", text)}


def open_reasons() -> set[str]:
    refused = {residue.AMBIGUOUS, residue.CONTRADICTED, residue.AMOUNT_BREAK}
    return refused | {residue.UNEXPECTED, residue.SEARCH_EXHAUSTED}


def numbered() -> set[str]:
    """The rules of matching, by letter and number."""
    count = {"X": 8, "E": 10, "R": 6, "F": 6, "U": 3, "L": 3}
    return {f"{letter}{n}" for letter, last in count.items() for n in range(1, last + 1)}


CASES: dict[str, tuple[set[str], str]] = {
    "rules": (rules(), "rules"),
    "why": (rules(), "why"),
    "return kinds": (set(get_args(ReturnKind)), "rules"),
    "classes": (set(get_args(EvidenceClass)), "classes"),
    "evidence": (evidence_kinds(), "evidence"),
    "places": (
        {"reference", "remittance_information", "end_to_end_id", "counterparty_account"}
        | {"counterparty_tax_id", "merchant_id", "counterparty", "value_date"},
        "places",
    ),
    "codes": (numbered() | open_rules() | {DECISION, WEAKER}, "codes"),
    "reasons": (open_reasons() | {"pending", "missing", PROVISIONAL}, "reasons"),
    "residuals": (set(get_args(ChargeKind)), "residuals"),
    "methods": (set(get_args(Method)), "methods"),
    "groups": ({"expected value date", "local day"}, "groups"),
    "causes": (set(get_args(ReleaseCause)), "causes"),
    "topics": (set(REGISTRY.current), "topics"),
}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("case", CASES)
def test_there_are_words_for_everything_that_can_be_said(case: str, language: Language):
    """Each name that the engine or a fact can hold has its phrase."""
    wanted, table = CASES[case]
    assert wanted
    assert wanted - set(getattr(phrases.of(language), table)) == set()


def test_the_walk_over_the_engine_sees_what_it_looks_for():
    """The rules, evidence and reasons found in the code are the ones known to be there."""
    assert {"identity", "payout", "payer", "payer-fx", "merchant", "refund", "twins"} <= rules()
    assert {"reference", "payer_account", "merchant", "group"} <= evidence_kinds()
    assert {
        "2a",
        "2b",
        "2c",
        "E1",
        "E5",
        "E6",
        "E7",
        "E9",
        "R5",
        "X6",
        "C",
        "5",
        "6",
        "8",
        "L2",
    } == open_rules()
    assert contradictions.CURRENCY in numbered()


@pytest.mark.parametrize("table", TABLES)
def test_both_languages_say_the_same_things(table: str):
    """The same names in each table, and the same blanks in each text."""
    english, spanish = texts(EN, table), texts(ES, table)
    assert set(english) == set(spanish)
    assert {name: blanks(text) for name, text in english.items()} == {
        name: blanks(text) for name, text in spanish.items()
    }


def texts(words: Phrases, table: str) -> dict[str, str]:
    found: Mapping[str, Any] = getattr(words, table)
    if table == "counted":
        return {f"{name}/{n}": text for name, pair in found.items() for n, text in enumerate(pair)}
    return dict(found)


def blanks(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_the_rule_sees_a_missing_blank():
    """A text that forgets a value differs from one that says it."""
    assert blanks("{amount} of {day}") == {"amount", "day"} != blanks("{amount}")


@pytest.mark.parametrize("topic", sorted(REGISTRY.current))
def test_each_fact_is_told_in_one_line_of_its_public_fields(topic: str):
    """Every fact that can be stored has its line in both languages, without what is personal."""
    fact = example(REGISTRY.current[topic])
    hidden = [str(getattr(fact, name)) for name in personal_fields(type(fact))]
    for words in (EN, ES):
        told = changes.change(fact, words)
        assert told
        assert "\n" not in told
        assert "{" not in told
        assert not any(value in told for value in hidden)


def test_an_unknown_name_is_said_as_it_is():
    """What a newer program recorded is told by its name rather than not at all."""
    assert EN.code("Z9") == "Z9"
    assert ES.rule("clairvoyance@7") == "clairvoyance"


def test_each_standing_has_a_word():
    """What anything can be known to be is said in both languages."""
    statuses = {"expected", "partly_settled", "settled", "cancelled"}
    statuses |= {"unjudged", "open", "matched", "duplicate", "cancelled"}
    statuses |= {"provisional", "stands", "contradicted", "released"}
    statuses |= {"received", "verified", "sealed", "refused"}
    assert statuses | {standing_of(object(), version=1).status} == set(EN.standings)
    assert standing_of(object(), version=1) == Standing(status="known", version=1)
    assert len(PREFIXES) == len(set(PREFIXES.values()))


@pytest.mark.parametrize(
    "count, english, spanish",
    [
        (1, "1 candidate", "1 candidato"),
        (2, "2 candidates", "2 candidatos"),
        (0, "0 candidates", "0 candidatos"),
    ],
)
def test_one_and_many_differ(count: int, english: str, spanish: str):
    """A number takes its form."""
    assert EN.count("candidates", count) == english
    assert ES.count("candidates", count) == spanish


def test_enumerations_read_as_one_does():
    """Commas, and the word before the last."""
    assert [EN.joined(some) for some in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == [
        "",
        "a",
        "a and b",
        "a, b and c",
    ]
    assert ES.joined(["a", "b"]) == "a y b"
