"""A configured rule posts class C after the built-in ones, where nothing else is possible."""

from dataclasses import replace
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from domain.matching.verdicts import Judgement
from domain.rules.language import (
    Alnum,
    AsShown,
    Band,
    BusinessDays,
    Compare,
    Days,
    Digits,
    DigitsLast,
    Exact,
    Key,
    Last,
    NetOf,
    Scope,
    ZeroStripped,
)
from tests.domain.matching.ruled import NAME, active, judged, rule, ruled_matcher
from tests.domain.matching.table import (
    PAYER,
    SHOP,
    STRANGER,
    Item,
    card,
    day,
    judge,
    line,
    matches,
    merchant,
    payment,
    reference_data,
)
from tests.domain.matching.worlds import REFERENCE, any_world

INVOICE = payment("pay:core:P1", reference="FAC-A-0007-12345678")
"""Its last eight digits are 12345678."""
LINE = line("L1", text="PAGO FACTURA 12345678")


INVOICE_RULE = (active(),)


def posted(*items: Item, rules=INVOICE_RULE) -> set[str]:
    return matches(judged(*items, rules=rules))


def test_posted_by_a_key_that_no_built_in_rule_reads():
    """What only the bank's own way of writing shows is posted, under the rule's full name."""
    assert matches(judge(INVOICE, LINE)) == set()
    (found,) = judged(INVOICE, LINE).matches
    assert (found.rule, found.evidence, found.key) == (NAME, "C", (("L1",), ("pay:core:P1",)))
    assert found.proof.sealed == "the end"


def test_proven_with_the_keys_raw_and_normalised():
    """The proof names the key, its place, and both forms; a text is named and not repeated."""
    shown = line("L1", reference="0700-12345678")
    (evidence,) = judged(INVOICE, shown).matches[0].proof.evidence
    assert (evidence.kind, evidence.place) == ("key:reference", "reference")
    assert (evidence.value, evidence.normalised) == ("0700-12345678", "12345678")
    (in_text,) = judged(INVOICE, LINE).matches[0].proof.evidence
    assert (in_text.place, in_text.value, in_text.normalised) == (
        "remittance_information",
        None,
        "12345678",
    )


def test_proven_with_what_the_keys_reached_and_x_ruled_out():
    """An alternative that only the rule's keys reached is eliminated by name."""
    dearer = payment("pay:core:P2", 200_00, reference="FAC-B-12345678")
    by_net = active(rule(compare=Compare(amount=NetOf("schedule"))))
    (found,) = judged(INVOICE, dearer, LINE, rules=(by_net,)).matches
    (eliminated,) = found.proof.eliminated
    assert (eliminated.payment, eliminated.contradictions) == ("pay:core:P2", ("X6",))
    assert found.proof.candidates == 2


def test_e1_ambiguous_with_a_second_payment_or_line():
    """A rival at either end refuses both, and the line says why it is open."""
    other = payment("pay:core:P2", reference="FAC-B-12345678")
    assert posted(INVOICE, other, LINE) == set()
    open_ = judged(INVOICE, other, LINE).left_open["L1"]
    assert (open_.reason, open_.candidates_total) == ("ambiguous", 2)
    assert posted(INVOICE, LINE, line("L2", text="12345678")) == set()


def test_e1_refused_by_what_the_built_in_rules_left_open():
    """A payment that its payer id shows stands against the one that the rule shows."""
    known = replace_item(INVOICE, account=None)
    by_payer = payment("pay:core:P2", account=PAYER)
    shown = line("L1", text="12345678", counterparty_account=PAYER)
    assert posted(known, by_payer, shown, line("L2", counterparty_account=PAYER)) == set()


def test_e9_not_without_a_seal():
    """A rule is composite evidence: it waits for the sealed window."""
    engine = ruled_matcher(active(), items=(INVOICE, LINE))
    assert engine.judge(seal=None).matches == ()


def test_x1_to_x8_contradicted_as_always():
    """Currency, merchant, payer, another id, amount, days, undone pairs: no rule goes past them."""
    against = {
        "X1": (INVOICE, line("L1", text="12345678", currency="USD")),
        "X2": (INVOICE, line("L1", -100_00, text="12345678")),
        "X3": (INVOICE, line("L1", text="12345678", merchant="M2")),
        "X4": (replace_item(INVOICE, account=PAYER), line("L1", text=f"12345678 {STRANGER}")),
        "X5": (INVOICE, line("L1", text="12345678", reference="ORD-77-UNKNOWN")),
        "X6": (INVOICE, line("L1", 100_01, text="12345678")),
        "X7": (INVOICE, line("L1", text="12345678", value=day(1))),
    }
    assert {code for code, items in against.items() if posted(*items)} == set()


def test_x5_forgives_the_field_that_the_rule_reads():
    """What the reference field shows is the payment's reference, if the rule's form says so."""
    assert posted(INVOICE, line("L1", reference="0700-12345678")) == {"L1 = pay:core:P1"}
    other = payment("pay:core:P2", 1_00, reference="0700-12345678")
    assert posted(INVOICE, other, line("L1", reference="0700-12345678")) == set()


def test_r5_not_by_less_than_a_payer_where_a_reference_is_refuted():
    """A line that shows a refuted reference is matched by its payer or not at all."""
    refuted = payment("pay:core:P2", 7_00, reference="ORDER-REFUTED")
    shown = {"text": "12345678 ORDER-REFUTED"}
    assert posted(INVOICE, refuted, line("L1", **shown)) == set()


def test_not_of_card_payments():
    """Card and QR payments are credited in groups only."""
    assert posted(card("pay:core:P1", 100_00, reference="FAC-12345678"), LINE) == set()


def test_net_of_the_schedule():
    """A rule may compare net of the merchant's schedule, with the charges as residuals."""
    by_net = active(rule(compare=Compare(amount=NetOf("schedule"))))
    net = 100_00 - 80 - 17 - 150 - 50
    (found,) = judged(INVOICE, line("L1", net, text="12345678"), rules=(by_net,)).matches
    assert sum(one.amount.minor for one in found.residuals) == net - 100_00
    assert found.proof.basis.schedules == (date(2026, 1, 1),)
    assert posted(INVOICE, line("L1", net + 1, text="12345678"), rules=(by_net,)) == set()


def test_twins_as_a_set_only_where_the_rule_says_so():
    """Payments alike without ids are posted as one match, under the rule's name."""
    pair = (payment("pay:core:P1", merchant="M1"), payment("pay:core:P2", merchant="M1"))
    lines = (line("L1", 97_03, merchant="M1"), line("L2", 97_03, merchant="M1"))
    keys = (Key(namespace="merchant", normaliser=AsShown()),)
    by_net = rule(keys=keys, compare=Compare(amount=NetOf("schedule")))
    assert posted(*pair, *lines, rules=(active(by_net),)) == set()
    twins = active(rule(keys=keys, compare=by_net.compare, cardinality="twins"))
    (found,) = judged(*pair, *lines, rules=(twins,)).matches
    assert (found.rule, len(found.payments)) == (NAME, 2)


def test_suggested_and_never_posted():
    """A rule that suggests changes no decision; what it would have matched is told."""
    suggesting = active(rule(action="suggest"))
    found = judged(INVOICE, LINE, rules=(suggesting,))
    assert without_suggestions(found) == without_suggestions(judge(INVOICE, LINE))
    (suggested,) = found.suggested
    assert (suggested.rule, suggested.line, suggested.payment) == (NAME, "L1", "pay:core:P1")


def test_suggested_within_a_band_with_the_difference():
    """A band is no explanation (X6): its candidates are suggested with what they lack."""
    band = rule(action="suggest", compare=Compare(amount=Band(5_00)))
    found = judged(INVOICE, line("L1", 98_00, text="12345678"), rules=(active(band),))
    assert [one.difference for one in found.suggested] == [-2_00]
    assert (
        judged(INVOICE, line("L1", 94_00, text="12345678"), rules=(active(band),)).suggested == ()
    )


def test_suggested_on_a_tie_only_where_the_rule_says_all():
    """Of several candidates a rule suggests none, or all."""
    items = (INVOICE, payment("pay:core:P2", reference="FAC-B-12345678"), LINE)
    assert judged(*items, rules=(active(rule(action="suggest")),)).suggested == ()
    every = active(rule(action="suggest", on_tie="all"))
    assert [one.payment for one in judged(*items, rules=(every,)).suggested] == [
        "pay:core:P1",
        "pay:core:P2",
    ]


def test_narrowed_by_scope_days_and_signs():
    """Outside its scope, days, first day, or against its own signs, a rule posts nothing."""
    narrow = [
        {"scope": Scope(payments="other", lines="bank:017", currency="ARS")},
        {"scope": Scope(payments="core", lines="bank:018", currency="ARS")},
        {"scope": Scope(payments="core", lines="bank:017", currency="USD")},
        {"effective_from": date(2026, 3, 4)},
        {"contradictions": ("merchant_not_shown",)},
        {"contradictions": ("payer_not_shown",)},
        {"compare": within(0, 0)},
        {"compare": within(2, 5)},
    ]
    assert [posted(INVOICE, LINE, rules=(active(rule(**one)),)) for one in narrow] == [set()] * 8
    assert posted(INVOICE, LINE, rules=(active(rule(compare=within(1, 1))),)) != set()


def within(least: int, most: int) -> Compare:
    days = BusinessDays(Days(calendar="AR", min=least, max=most))
    return Compare(amount=Exact(), date=days)


def test_e2_what_a_narrowed_rule_may_not_post_still_stands_against_it():
    """A payment outside the rule's days is a rival: only X1 to X8 take candidates away."""
    later = payment("pay:core:P2", reference="FAC-B-12345678", created=day(3), expected=day(4))
    narrowed = active(rule(compare=within(1, 1)))
    assert posted(INVOICE, LINE, rules=(narrowed,)) == {"L1 = pay:core:P1"}
    assert posted(INVOICE, later, LINE, rules=(narrowed,)) == set()


def test_open_as_without_rules_where_none_could_post():
    """A rule that may not post what it found does not make a line ambiguous."""
    elsewhere = active(rule(scope=Scope(payments="core", lines="bank:018", currency="ARS")))
    assert judged(INVOICE, LINE, rules=(elsewhere,)).left_open == judge(INVOICE, LINE).left_open


def test_standing_matches_only_where_the_rule_is_active_no_more():
    """A demoted rule holds what it matched until a rival comes, and matches nothing new."""
    held = active(posts=False, standing=frozenset({("L1", "pay:core:P1")}))
    new = (payment("pay:core:P2", reference="FAC-87654321"), line("L2", text="87654321"))
    assert posted(INVOICE, LINE, *new, rules=(held,)) == {"L1 = pay:core:P1"}
    rival = payment("pay:core:P3", reference="FAC-B-12345678")
    assert posted(INVOICE, LINE, rival, rules=(held,)) == set()


def test_later_stage_sees_what_the_earlier_left():
    """The sub-stage of the better evidence posts first; the later one competes with the rest."""
    by_net = rule(compare=Compare(amount=NetOf("schedule")))
    merchant_too = (*by_net.keys, Key(namespace="merchant", normaliser=AsShown()))
    first = active(replace(by_net, keys=merchant_too))
    second = active(replace(by_net, id="loose", stage=2), name="mine.loose@1")
    other = payment("pay:core:P2", merchant="M2", reference="FAC-B-12345678")
    named = line("L1", 97_03, text="12345678", merchant="M1")
    found = judged(INVOICE, other, named, LINE2, rules=(second, first)).matches
    assert [(one.rule, one.key) for one in found] == [
        (NAME, (("L1",), ("pay:core:P1",))),
        ("mine.loose@1", (("L2",), ("pay:core:P2",))),
    ]


LINE2 = line("L2", 97_03, text="FACTURA 12345678")


def test_normalised_in_every_declared_form():
    """Each form of a key finds the spelling that it is for, and not another one."""
    spelling = {
        Alnum(): "FAC A/0007 12345678",
        ZeroStripped(): "FAC-A-7-12345678",
        Digits(): "000712345678",
        Last(10): "0712345678",
        DigitsLast(8): "12345678",
    }
    for form, text in spelling.items():
        one = active(rule(keys=(Key(namespace="payment_id", normaliser=form),)))
        known = payment("pay:core:FAC-A-0007-12345678")
        assert posted(known, line("L1", text=f"PAGO {text}"), rules=(one,)) != set(), form
        assert posted(known, line("L1", text=f"PAGO {text}9"), rules=(one,)) == set(), form


def test_merchant_shown_by_its_account():
    """A merchant key reads what the built-in rules read: code, payout account, tax id."""
    key = Key(namespace="merchant", normaliser=AsShown())
    by_net = active(rule(keys=(key,), compare=Compare(amount=NetOf("schedule"))))
    shown = line("L1", 97_03, counterparty_account=SHOP)
    assert posted(INVOICE, shown, rules=(by_net,)) == {"L1 = pay:core:P1"}


# Laws.

KEYS = st.sampled_from(
    [
        *(
            Key(namespace=name, normaliser=form)
            for name in ("reference", "end_to_end_id", "payment_id")
            for form in (Alnum(), ZeroStripped(), Digits(), Last(6), DigitsLast(6))
        ),
        *(
            Key(namespace=name, normaliser=AsShown())
            for name in ("payer_account", "payer_tax_id", "merchant")
        ),
    ]
)
COMPARES = st.sampled_from(
    [Compare(amount=Exact()), Compare(amount=NetOf("schedule")), within(0, 2)]
)
ANY_RULE = st.builds(
    rule,
    keys=st.lists(KEYS, min_size=1, max_size=2).map(tuple),
    compare=COMPARES,
    stage=st.integers(1, 2),
    cardinality=st.sampled_from(("one_to_one", "twins")),
    contradictions=st.sampled_from(((), ("payer_not_shown",), ("merchant_not_shown",))),
    scope=st.builds(
        Scope,
        payments=st.just(""),
        lines=st.sampled_from(("bank:017", "acquirer:A")),
        currency=st.just("ARS"),
    ),
)
ANY_RULES = st.lists(ANY_RULE, min_size=1, max_size=2).map(
    lambda some: tuple(active(one, name=f"r{at}@1") for at, one in enumerate(some))
)


def by_rules(world: list[Item], rules) -> Judgement:
    return ruled_matcher(*rules, items=tuple(world), reference=REFERENCE).judge(seal="the end")


@given(any_world, ANY_RULES)
def test_law_total_and_whatever_the_built_in_rules_post_stays(world, rules):
    """Whatever the rules and items, judging ends, and every built-in match of I and C stays."""
    built_in = judge(*world, reference=REFERENCE).matches
    kept = {(one.rule, one.key) for one in by_rules(world, rules).matches}
    assert {(one.rule, one.key) for one in built_in if one.evidence in {"I", "C"}} <= kept


@given(any_world, ANY_RULES, st.permutations(range(16)))
def test_law_independent_of_the_order_of_items(world, rules, order):
    """The order in which items become known changes nothing, proofs included."""
    shuffled = [world[at] for at in order if at < len(world)]
    assert by_rules(world, rules) == by_rules(shuffled, tuple(reversed(rules)))


@given(any_world, ANY_RULES)
def test_law_incremental_is_batch(world, rules):
    """Judging what one item touches gives the verdict on those lines that judging all gives."""
    whole = by_rules(world, rules)
    engine = ruled_matcher(*rules, items=tuple(world), reference=REFERENCE)
    part = engine.judge(seal="the end", touched=[world[-1].id])
    assert set(part.matches) <= set(whole.matches)
    assert {m for m in whole.matches if {one.id for one in m.lines} & part.lines} == set(
        part.matches
    )


@given(any_world, ANY_RULE)
def test_law_narrowing_only_takes_matches_away(world, one):
    """A rule that is narrowed posts a part of what it posted, never anything else."""
    wide = {found.key for found in by_rules(world, (active(rule_without_narrowing(one)),)).matches}
    narrow = by_rules(world, (active(one),)).matches
    assert {found.key for found in narrow if found.rule == NAME} <= wide


def rule_without_narrowing(one):
    compare = replace(one.compare, date=None)
    return replace(one, compare=compare, contradictions=())


@given(any_world, ANY_RULE)
def test_law_suggesting_changes_nothing(world, one):
    """A rule that suggests leaves every match and every reason as it was."""
    suggesting = by_rules(world, (active(replace(one, action="suggest")),))
    assert without_suggestions(suggesting) == judge(*world, reference=REFERENCE)


def without_suggestions(judgement: Judgement) -> Judgement:
    return replace(judgement, suggested=())


def replace_item(item, **changes):
    fields = ("reference", "amount", "merchant", "account", "tax_id")
    return payment(item.id, **{**{name: getattr(item, name) for name in fields}, **changes})


def test_merchants_of_two_shops_are_both_rivals():
    """An account of two merchants shows both: their payments stand against each other."""
    shops = reference_data(merchant("M1"), merchant("M2", account=SHOP))
    key = Key(namespace="merchant", normaliser=AsShown())
    by_net = active(rule(keys=(key,), compare=Compare(amount=NetOf("schedule"))))
    items = (
        payment("pay:core:P1", merchant="M1"),
        payment("pay:core:P2", merchant="M2"),
        line("L1", 97_03, counterparty_account=SHOP),
    )
    engine = ruled_matcher(by_net, items=items, reference=shops)
    assert matches(engine.judge(seal="the end")) == set()
