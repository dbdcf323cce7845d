"""A file of rules is read whole, or refused with the place and reason of every fault."""

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.rule_files import read_rules
from domain.rules.faults import RULES_BYTES_MAX, RuleFault, RulesUnreadable
from domain.rules.language import (
    AsShown,
    Budget,
    BusinessDays,
    Compare,
    Days,
    DigitsLast,
    Exact,
    Key,
    Rule,
    RuleSetText,
    Scope,
)
from tests.adapters.rule_files.texts import GOOD, bad, changed


def faults(text: str | bytes) -> list[str]:
    """The faults in the form `line:column field: reason`."""
    content = text.encode() if isinstance(text, str) else text
    with pytest.raises(RulesUnreadable) as refused:
        read_rules(content)
    return [f"{one.line}:{one.column} {one.field}: {one.reason}" for one in refused.value.faults]


def test_read_into_its_types():
    """Every field of the language arrives as what it means."""
    assert read_rules(GOOD.encode()) == RuleSetText(
        language=1,
        name="transfers",
        version=1,
        rules=(
            Rule(
                id="invoice-end",
                scope=Scope(payments="core", lines="bank:017", currency="ARS"),
                stage=1,
                keys=(
                    Key(namespace="reference", normaliser=DigitsLast(8)),
                    Key(namespace="merchant", normaliser=AsShown()),
                ),
                compare=Compare(
                    amount=Exact(), date=BusinessDays(Days(calendar="AR", min=0, max=5))
                ),
                contradictions=("reference_refuted",),
                action="post",
                budget=Budget(max_false_ppm=1000, min_support=3000, review_sample=50),
                effective_from=date(2026, 1, 1),
            ),
        ),
    )


def test_named_in_full_by_set_id_and_version():
    """What matches call a rule is its set, id and version."""
    read = read_rules(GOOD.encode())
    assert read.name_of(read.rules[0]) == "transfers.invoice-end@1"


def test_the_example_of_the_documentation_is_read():
    """What docs/rules.md shows is a rule set without a fault."""
    page = (Path(__file__).resolve().parents[3] / "docs" / "rules.md").read_text(encoding="utf-8")
    example = page.split("```yaml\n")[1].split("```")[0]
    assert read_rules(example.encode()).name == "invoices"


def test_every_fault_at_once_with_line_and_column():
    """One reading tells all that is wrong, in the order of the file."""
    text = bad(
        ("language: 1", "language: 2"),
        ("stage: 1", "stage: 12"),
        ("namespace: reference", "namespace: referense"),
        ("max_false_ppm: 1000", "max_false_ppm: 0.1"),
        ("2026-01-01", "2026-02-30"),
    )
    assert faults(text) == [
        "1:11 language: unknown value 2; known are 1",
        "7:12 rules[0].stage: 12 is not from 1 to 9",
        "9:21 rules[0].keys[0].namespace: unknown value referense; did you mean reference?",
        "18:29 rules[0].budget.max_false_ppm: 0.1 is not a whole number",
        "19:21 rules[0].effective_from: 2026-02-30 is no day: write YYYY-MM-DD",
    ]


def test_misspelt_keys_with_what_was_meant():
    """A key that is nearly another one is told so, and the other is not called missing."""
    assert faults(changed("scope:", "scop:")) == [
        "6:5 rules[0].scop: unknown key scop; did you mean scope?"
    ]
    assert "known are calendar, min, max" in faults(changed("min:", "zzz:"))[1]


@pytest.mark.parametrize(
    "change, expected",
    [
        (("name: transfers", "name: Transfers"), "2:7 name: Transfers is not written as"),
        (("name: transfers", "name: core"), "2:1 name: core is the built-in set's name"),
        (("name: transfers", "name:"), "2:6 name: is empty"),
        (("payments: core", "payments: 7"), "rules[0].scope.payments: write 7 in quotes"),
        (("payments: core", "payments: yes"), "rules[0].scope.payments: write yes in quotes"),
        (("version: 1", 'version: "1"'), "3:10 version: 1 in quotes it is no number"),
        (("version: 1", "version: 1e3"), "3:10 version: 1e3 is not a whole number"),
        (("currency: ARS", "currency: ZZZ"), "6:48 rules[0].scope.currency: the currency is unk"),
        (("digits_last: 8", "digits_last: 3"), "normaliser.digits_last: 3 is not from 6 to 30"),
        (("{digits_last: 8}", "digits_last"), "9:44 rules[0].keys[0].normaliser: write digits_las"),
        (("{digits_last: 8}", "{alnum: 8}"), "9:44 rules[0].keys[0].normaliser: write alnum"),
        (("{digits_last: 8}", "as_shown"), "an id needs a form"),
        (("normaliser: as_shown", "normaliser: alnum"), "merchant is compared as_shown only"),
        (("namespace: merchant", "namespace: reference"), "reference is in more than one key"),
        (("amount: exact", "amount: {band: 500}"), "a band only suggests: it explains no diff"),
        (("amount: exact", "amount: net"), "unknown form net; did you mean net_of?"),
        (("on_tie: ambiguous", "on_tie: all"), "16:5 rules[0].on_tie: only ambiguous may post"),
        (("min: 0", "min: 9"), "13:44 rules[0].compare.date.business_days.min: min is after max"),
        (("min_support: 3000", "min_support: 30"), "cannot be shown before 2995 matches"),
        (("[reference_refuted]", "reference_refuted"), "a list is expected here"),
        (("exact", "[exact]"), "one of these is expected here: exact, net_of, band"),
        (
            ("  amount: exact", "  amount: exact\n      amount: exact"),
            "13:7 rules[0].compare.amount",
        ),
    ],
)
def test_each_kind_of_fault_in_its_own_words(change: tuple[str, str], expected: str):
    """A fault says where it is, which field, and why."""
    assert any(expected in one for one in faults(bad(change))), faults(bad(change))


@pytest.mark.parametrize(
    "text, expected",
    [
        ("", "1:1 file: the file is empty"),
        ("- 1\n", "1:1 file: a mapping is expected here: language, name, version, rules"),
        ("a: &x 1\nb: *x\n", "1:4 file: anchors are not allowed"),
        ("a: *x\n", "1:4 file: aliases are not allowed"),
        ("name: !!python/object:os.system x\n", "1:7 file: tags are not allowed"),
        ("name: !!str x\n", "1:7 file: tags are not allowed"),
        ("a: 1\n---\nb: 2\n", "2:1 file: a second document in the file"),
        ("[" * 30, "1:13 file: more than 12 levels"),
        ("a: [1\n", "2:1 file: not YAML"),
        ("a: 'x\n", "2:1 file: not YAML"),
        (b"\xff\xfe\xfa", "1:1 file: not YAML"),
        ("a: \x00", "1:1 file: not YAML"),
        ("#" * (RULES_BYTES_MAX + 1), f"1:1 file: larger than {RULES_BYTES_MAX} bytes"),
    ],
    ids=lambda value: None,
)
def test_what_could_grow_run_or_surprise_is_refused(text: str | bytes, expected: str):
    """Aliases, anchors, tags, further documents, depth and size are refused first."""
    (only,) = faults(text)
    assert only.startswith(expected)


def test_a_bomb_of_aliases_ends_at_once():
    """What would expand to billions is refused at its first anchor."""
    lines = ["a0: &a0 [x, x]"]
    lines += [f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40)]
    assert faults("\n".join(lines)) == ["1:5 file: anchors are not allowed"]


def test_a_merge_key_is_an_unknown_key():
    """YAML's `<<` merges nothing here."""
    assert "unknown key <<" in "".join(faults(GOOD + "<<: {name: x}\n"))


def test_wrong_values_are_cut_and_harmless():
    """What is quoted of a file breaks no line and no terminal."""
    (only,) = faults(changed("name: transfers", '"name": "\\e[31m' + "x" * 100 + '"'))
    assert "\x1b" not in only
    assert len(only) < 200


SCALARS = st.sampled_from(
    ["", "1", "exact", "post", "AR", "core", "null", "~", "2026-01-01", "1.5", "'x'", "é", "<<"]
)
WORDS = st.text(alphabet="abnx01:-[]{},&*!|>'\"#% \n\té\u2028", max_size=60)
KEYS = st.sampled_from(
    ["language", "name", "version", "rules", "id", "scope", "keys", "compare", "amount", "date"]
)


@st.composite
def nested(draw: st.DrawFn, depth: int = 4) -> str:
    """Flow YAML that is often valid and rarely a rule set."""
    match draw(st.integers(0, 3)) if depth else 0:
        case 1:
            some = draw(st.lists(nested(depth - 1), max_size=3))
            return f"[{', '.join(some)}]"
        case 2:
            pairs = draw(st.lists(st.tuples(KEYS, nested(depth - 1)), max_size=5))
            return "{" + ", ".join(f"{key}: {value}" for key, value in pairs) + "}"
        case _:
            return draw(SCALARS)


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """The good file with a piece cut out and another put in."""
    content = GOOD.encode()
    start = draw(st.integers(0, len(content)))
    end = min(len(content), start + draw(st.integers(0, 30)))
    return content[:start] + draw(st.binary(max_size=8) | WORDS.map(str.encode)) + content[end:]


@given(damaged() | nested().map(str.encode) | st.binary(max_size=80) | WORDS.map(str.encode))
def test_law_any_bytes_are_read_or_refused_with_places(content: bytes):
    """Nothing but the typed refusal is ever raised, and each of its faults has place and words."""
    for one in faults_in(content):
        assert one.line >= 1
        assert one.column >= 1
        assert one.field
        assert one.reason
        assert "\n" not in one.reason


def faults_in(content: bytes) -> tuple[RuleFault, ...]:
    """The faults of a file that is refused; none of one that is read."""
    try:
        read = read_rules(content)
    except RulesUnreadable as refusal:
        return refusal.faults or (RuleFault(line=0, column=0, field="", reason=""),)
    assert isinstance(read, RuleSetText)
    return ()
