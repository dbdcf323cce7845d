"""Why a payment, a line or a match is what it is: as data, and as sentences in two languages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from adapters.sqlite_facts import SqliteFactStore
from application.explaining import (
    Explanation,
    LineExplained,
    MatchExplained,
    PaymentExplained,
    explain,
)
from application.lookup import Target, resolve, target_of
from application.undoing import MatchUnknown, cancel_payment, cancel_settlement, unmatch
from application.wording.explained import sentences
from application.wording.phrases import LANGUAGES
from domain.money import Money
from domain.payment import PaymentUnknown
from domain.settlement import SettlementUnknown
from tests.application.small_bank import (
    LINES,
    NET_MINOR,
    ORDER,
    PAYMENTS,
    PEOPLE,
    judge_again,
    line,
    opened,
    paid,
    reconcile,
    rival,
    stream_of,
)

MATCH_1 = f"mat:{stream_of(1).removeprefix('set:')}:1"


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SqliteFactStore]:
    """A day that nobody changes any more."""
    with opened(tmp_path_factory.mktemp("explaining")) as store:
        reconcile(store, PAYMENTS, LINES)
        yield store


@pytest.fixture
def facts(tmp_path: Path) -> Iterator[SqliteFactStore]:
    with opened(tmp_path) as store:
        yield store


def of_payment(facts: SqliteFactStore, typed: str, as_of: date | None = None) -> PaymentExplained:
    found = explain(facts, resolve(facts, typed), as_of=as_of)
    assert isinstance(found, PaymentExplained)
    return found


def of_line(facts: SqliteFactStore, typed: str) -> LineExplained:
    found = explain(facts, resolve(facts, typed))
    assert isinstance(found, LineExplained)
    return found


def said(explanation: Explanation) -> tuple[str, str]:
    """The first sentence in English and in Spanish."""
    return sentences(explanation, "en")[0], sentences(explanation, "es")[0]


# What settles.


def test_the_first_sentence_says_it_all(bank: SqliteFactStore):
    """Amount, line, day, what it shows, what went back, and what was ruled out."""
    assert said(of_payment(bank, "P2")) == (
        "Payment P2 of ARS 100.00 was settled by line S2 of 2026-03-03: the line shows its "
        "complete reference FAC-000002, the amount is exact, and nothing else could be meant "
        "(1 alternative was ruled out: other id).",
        "El pago P2 de ARS 100,00 quedó saldado por la línea S2 del 2026-03-03: la línea muestra "
        "su referencia completa FAC-000002, el importe es exacto, y no podía tratarse de otra "
        "cosa (se descartó 1 alternativa: otro id).",
    )


def test_a_settled_payment_names_its_match_and_its_proof(bank: SqliteFactStore):
    """The match, its equation, evidence, window and the alternative that was ruled out are data."""
    told = of_payment(bank, "P1")
    assert (told.status, told.open, told.returned) == (
        "settled",
        Money(0, "ARS"),
        Money(30_00, "ARS"),
    )
    (match,) = told.settled_by
    assert match.match_id == MATCH_1
    assert match.fact_id == f"{stream_of(1)}@2"
    assert [one.settlement_id for one in match.lines] == ["S1"]
    assert match.alternatives == 1
    assert [
        (match.names[one.payment], one.contradictions) for one in match.posted.proof.eliminated
    ] == [("P2", ("X5",))]
    assert match.posted.proof.window.value_date == date(2026, 3, 3)
    assert [one.posted.rule for one in told.returns] == ["refund@1"]


def test_details_follow_the_first_sentence(bank: SqliteFactStore):
    """Equation, evidence, alternatives, window, rule, fact and history get a sentence each."""
    told = sentences(of_payment(bank, "P1"), "en")
    assert "The amounts: ARS 100.00 (line S1) = ARS 100.00 (payment P1)." in told
    assert "Evidence: line S1 shows the payer's account, in its counterparty account." in told
    assert "Ruled out: payment P2 (X5 other id)." in told
    assert (
        "Days: value days from 2026-03-01 to 2026-03-15 were possible, the line has 2026-03-03."
        in told
    )
    assert (
        "Rule identity@1 (an id of the payment, exact amount), class I (identity), final." in told
    )
    assert any(text.startswith(f"Recorded as {stream_of(1)}@2, over 2 candidates") for text in told)
    assert any(text.startswith("ARS 30.00 went back with line S8") for text in told)
    assert told[-1] == "Every step: conciliar history P1"


def test_what_went_back_is_in_the_first_sentence(bank: SqliteFactStore):
    """A refunded payment says so at once."""
    english, spanish = said(of_payment(bank, "P1"))
    assert ", and ARS 30.00 of it went back since: " in english
    assert ", y después se devolvieron ARS 30,00: " in spanish


def test_a_residual_is_named(bank: SqliteFactStore):
    """A centavo less is named as rounding, and the equation closes with it."""
    told = of_payment(bank, "P5")
    assert "the amount differs by ARS -0.01 (rounding) only" in said(told)[0]
    assert (
        "Los importes: ARS 70,00 (la línea S5) = ARS 70,01 (pago P5) − ARS 0,01 (redondeo)."
        in sentences(told, "es")
    )


def test_a_payout_names_its_charges_and_its_payments(bank: SqliteFactStore):
    """The line says what it settles; each charge is a term of the equation."""
    told = of_line(bank, "S11")
    assert told.match is not None
    assert said(told)[0].startswith(
        f"Line S11 of ARS {NET_MINOR // 100}.{NET_MINOR % 100:02} of 2026-03-03 settles 2 payments "
        "(P11 and P12): the line shows the merchant M1 and the value day of a group of its payments"
    )
    (equation,) = (text for text in sentences(told, "en") if text.startswith("The amounts"))
    assert "(acquirer's fee)" in equation
    assert "Priced by the schedules in force from 2026-01-01." in sentences(told, "en")


def test_a_line_among_several_says_so(bank: SqliteFactStore):
    """One of two parts settles the payment together with the other."""
    english, spanish = said(of_line(bank, "S6"))
    assert "settles payment P6 together with 1 other line: the lines show" in english
    assert "salda el pago P6 junto con 1 línea más: las líneas muestran" in spanish


def test_a_converted_amount_names_its_rate(bank: SqliteFactStore):
    """The day of the published rate is said, and the rate as it was published."""
    told = of_payment(bank, "P10")
    assert "the amount is what the rate published for 2026-03-03 gives" in said(told)[0]
    assert (
        "Converted at the rate published for 2026-03-03: 11945370, scaled as published."
        in sentences(told, "en")
    )


def test_a_sealed_window_says_what_closed_it(bank: SqliteFactStore):
    """Evidence without an id waits for a seal; the sentence says how far both sides had come."""
    told = of_payment(bank, "P3")
    assert (
        "No podía llegar nada más: pagos hasta el 2026-03-03 y extractos hasta el 2026-03-03."
        in sentences(told, "es")
    )


def test_a_match_explains_itself(bank: SqliteFactStore):
    """Asked for by its id, a match says what it settles by which line, and why."""
    told = explain(bank, target_of(MATCH_1))
    assert isinstance(told, MatchExplained)
    assert said(told)[0] == (
        f"Match {MATCH_1} settles payment P1 by line S1 of 2026-03-03: the line shows its complete "
        "reference FAC-000001, the amount is exact, and nothing else could be meant "
        "(1 alternative was ruled out: other id)."
    )


# What is open.


def test_an_open_line_says_why_and_names_its_candidates(bank: SqliteFactStore):
    """Reason, rule and each candidate, with what contradicts it."""
    told = of_line(bank, "S9")
    assert said(told) == (
        "Line S9 of ARS 33.00 of 2026-03-03 is open: more than one answer is possible (E5: more "
        "than one payment could be meant, and nothing tells them apart).",
        "La línea S9 de ARS 33,00 del 2026-03-03 está abierta: hay más de una respuesta posible "
        "(E5: podría tratarse de más de un pago, y nada los distingue).",
    )
    assert sentences(told, "en")[1:3] == (
        "Candidate: payment P8 (nothing contradicts it).",
        "Candidate: payment P9 (nothing contradicts it).",
    )


def test_a_line_that_nothing_explains_says_so(bank: SqliteFactStore):
    """No candidate, no guess."""
    assert said(of_line(bank, "S12"))[0].endswith(
        "is open: no payment explains it (8: nothing that it shows leads to a payment)."
    )


def test_an_open_payment_names_the_lines_that_contend(bank: SqliteFactStore):
    """Lines whose verdict holds the payment as a candidate are found and named."""
    told = of_payment(bank, "P8")
    assert [(one.line.settlement_id, one.reason) for one in told.contenders] == [
        ("S9", "ambiguous")
    ]
    assert "Candidate: line S9 of 2026-03-03 (nothing contradicts it)." in sentences(told, "en")


def test_contenders_may_come_from_an_index(bank: SqliteFactStore):
    """An index that is out of date does no harm: each line is read again."""
    target = resolve(bank, "P8")
    stale = [stream_of(9), stream_of(1), stream_of(99)]
    told = explain(bank, target, contenders=lambda _: stale)
    assert isinstance(told, PaymentExplained)
    assert [one.line.settlement_id for one in told.contenders] == ["S9"]


@pytest.mark.parametrize(
    "day, reason, words",
    [
        (None, "pending", "one of a value day up to 2026-03-15 may"),
        (date(2026, 3, 15), "pending", "one of a value day up to 2026-03-15 may"),
        (date(2026, 3, 16), "missing", "2026-03-15 was the last value day for one"),
    ],
)
def test_an_open_payment_is_pending_until_its_last_day(
    bank: SqliteFactStore, day: date | None, reason: str, words: str
):
    """The day that is asked about decides; without one, it is not late."""
    told = of_payment(bank, "P7", as_of=day)
    assert told.reason == reason
    assert words in said(told)[0]


def test_a_line_that_was_not_judged_says_so(facts: SqliteFactStore):
    """After an unmatch, and before anything is judged again, there is nothing to tell yet."""
    reconcile(facts, PAYMENTS, LINES)
    unmatch(facts, match_id=MATCH_1, order=ORDER)
    told = of_line(facts, "S1")
    assert told.status == "unjudged"
    assert said(told)[0] == "Line S1 of ARS 100.00 of 2026-03-03 has not been judged yet."


# What repeats, what is void, what was undone.


def test_a_duplicate_says_what_it_repeats(facts: SqliteFactStore):
    """The original, and the rule that says so."""
    copy = line(2, 100_00, reference="FAC-000001")
    reconcile(facts, [paid(1, 100_00)], [line(1, 100_00, reference="FAC-000001"), copy])
    told = of_line(facts, "S2")
    assert told.repeats is not None
    assert (told.repeats.of.settlement_id, told.repeats.rule) == ("S1", "U3")
    assert said(told)[0].startswith("Line S2 of ARS 100.00 of 2026-03-03 repeats line S1 and")


def test_what_was_cancelled_says_since_when_and_why(facts: SqliteFactStore):
    """A payment no longer expected and a line declared void quote the person's reason."""
    reconcile(facts, [paid(7, 41_00)], [line(1, 9_00)])
    cancel_payment(facts, target=target_of("pay:core:P7"), order=ORDER)
    cancel_settlement(facts, target=target_of(stream_of(1)), order=ORDER)
    assert said(of_payment(facts, "P7"))[0] == (
        'Payment P7 of ARS 41.00 has not been expected since 2026-03-04: "paid by somebody else".'
    )
    assert said(of_line(facts, "S1"))[1] == (
        "La línea S1 de ARS 9,00 del 2026-03-03 fue declarada nula el 2026-03-04 y no salda nada: "
        "«paid by somebody else»."
    )


def test_what_a_person_undid_stays_in_the_story(facts: SqliteFactStore):
    """Payment, line and match tell of the match that stood, and why it does not."""
    reconcile(facts, PAYMENTS, LINES)
    unmatch(facts, match_id=MATCH_1, order=ORDER)
    judge_again(facts)
    before = (
        f"Before, match {MATCH_1} (payment P1; line S1 of 2026-03-03) stood: "
        'a person undid it ("paid by somebody else").'
    )
    payment = of_payment(facts, "P1")
    assert [one.match_id for one in payment.former] == [MATCH_1]
    assert before in sentences(payment, "en")
    assert before in sentences(of_line(facts, "S1"), "en")
    told = explain(facts, target_of(MATCH_1))
    first, second, *_ = sentences(told, "en")
    assert first == (
        f"Match {MATCH_1} (payment P1; line S1 of 2026-03-03) no longer stands: "
        'a person undid it ("paid by somebody else").'
    )
    assert second.startswith("By what was known then it settled payment P1 by line S1")


def test_what_a_later_fact_contradicted_says_so(facts: SqliteFactStore):
    """A second line with the same id ends the match, and both lines say why they are open."""
    reconcile(facts, PAYMENTS, LINES)
    reconcile(facts, [], [rival(20)])
    assert any(
        text.endswith("stood: something that arrived later contradicts it.")
        for text in sentences(of_line(facts, "S1"), "en")
    )
    assert "(E7: more than one line shows the same identity)" in said(of_line(facts, "S20"))[0]


def test_a_large_match_is_told_in_few_words(facts: SqliteFactStore):
    """Three names, then a number; one term instead of a hundred."""
    payments = [paid(n, 1_00, method="card", reference=f"CARD-{n:05}") for n in range(1, 121)]
    payout = line(1, 120 * 95, source="acquirer:A", merchant_id="M1", counterparty_account=None)
    payout = replace(payout, amount=Money(120 * _net_of_a_peso(), "ARS"))
    reconcile(facts, payments, [payout])
    told = of_line(facts, "S1")
    assert told.match is not None
    english = sentences(told, "en")
    assert "settles 120 payments (P1, P10, P100 and 117 more)" in english[0]
    assert "ARS 120.00 (120 payments (P1, P10, P100 and 117 more))" in english[1]


def _net_of_a_peso() -> int:
    # fee 2 (1.8 → 2), VAT on it 0, gross income 3 (2.5 → 3), VAT withheld 1 (0.5 → 1)
    return 100 - 2 - 0 - 3 - 1


# What is never said, and what is refused.


def test_nothing_personal_is_said(bank: SqliteFactStore):
    """Neither the data nor a sentence about anything holds an account, a tax id or a name."""
    matches = [
        Target(kind="match", id=getattr(one.fact, "match_id", ""), stream=one.stream)
        for one in bank.facts()
        if one.fact.TOPIC == "settlement.allocated"
    ]
    items = [target_of(one.stream) for one in bank.facts() if one.version == 1]
    told = [
        explain(bank, target)
        for target in (*matches, *items)
        if target.kind in {"payment", "settlement", "match"}
    ]
    assert len(told) > len(PAYMENTS) + len(LINES)
    for explanation in told:
        spoken = [text for language in LANGUAGES for text in sentences(explanation, language)]
        for personal in PEOPLE:
            assert personal not in "\n".join((*spoken, repr(explanation)))


def test_what_is_unknown_is_refused(bank: SqliteFactStore):
    """There is nothing to explain about what was never recorded."""
    with pytest.raises(PaymentUnknown):
        explain(bank, target_of("pay:core:P99"))
    with pytest.raises(SettlementUnknown):
        explain(bank, target_of(stream_of(99)))
    with pytest.raises(MatchUnknown):
        explain(bank, target_of("mat:nowhere:1"))


def test_only_items_and_matches_are_explained(bank: SqliteFactStore):
    """Reference data have a history, and no reasons."""
    with pytest.raises(ValueError, match="its history says it all"):
        explain(bank, target_of("mer:core:M1"))
