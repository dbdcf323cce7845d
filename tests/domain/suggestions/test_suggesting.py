"""What is suggested for an open line: bounded, ranked, with everything for and against it."""

from __future__ import annotations

from datetime import date
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from domain.fees import net
from domain.matching.items import LineItem, PaymentItem
from domain.suggestions.model import SUGGESTIONS_MAX
from domain.suggestions.pool import FOUND_BY_KEY_MAX
from domain.suggestions.suggesting import Suggester, suggestions
from domain.suggestions.weights import RULE
from tests.domain.matching.table import (
    PAYER,
    SCHEDULE,
    STRANGER,
    Item,
    card,
    day,
    line,
    merchant,
    payment,
    reference_data,
)
from tests.domain.matching.worlds import any_world
from tests.domain.suggestions.world import pool, suggest

CONTRADICTIONS = {f"X{n}" for n in range(1, 9)}


def test_a_name_and_the_amount_suggest_a_payment():
    """Nothing identifies, so nothing was posted; the likeliest payment is said with its reasons."""
    known = pool(
        payment("P1", 123_45), payment("P2", 123_45), names={"P1": "Inés Romero", "P2": "Ana Sosa"}
    )
    first, *_ = suggest(line(amount=123_45, counterparty_name="ROMERO INES"), known)
    assert first.payments == ("P1",)
    assert first.rule == RULE
    assert first.reasons == ("name", "amount", "day")
    assert first.lacks == ("id", "merchant")
    assert first.contradictions == ()
    assert first.difference_minor == 0


def test_alike_payments_are_equally_likely_and_lack_being_the_only_one():
    """Three payments alike in everything: each is one in three, and has rivals."""
    known = pool(*(payment(f"P{n}", 123_45) for n in (3, 1, 2)))
    found = suggest(line(amount=123_45, merchant="M1"), known)
    assert [one.payments for one in found] == [("P1",), ("P2",), ("P3",)]
    assert len({one.score_permille for one in found}) == 1
    assert all("only-one" in one.lacks for one in found)
    assert 300 <= found[0].score_permille <= 333


def test_a_contradicted_payment_is_less_likely_and_says_why():
    """A payer that is another one speaks against the payment, and is told."""
    one = payment("P1", 123_45, account=PAYER)
    plain, *_ = suggest(line(amount=123_45), pool(one))
    against, *_ = suggest(line(amount=123_45, counterparty_account=STRANGER), pool(one))
    assert against.contradictions == ("X4",)
    assert against.score_permille < plain.score_permille


def test_a_charge_taken_on_the_way_is_named_as_the_difference():
    """The reference is the payment's, the amount is not: the difference is what to ask for."""
    known = pool(payment("P1", 1000_00, reference="FACTURA-00000042"))
    found = suggest(line(amount=985_00, reference="FACTURA-00000042"), known)
    assert found[0].difference_minor == -15_00
    assert found[0].contradictions == ("X6",)
    assert "amount" in found[0].lacks
    assert found[0].reasons[0] == "reference"


def test_the_number_of_a_reference_leads_to_its_payment():
    """People quote a number alone; it suggests, though it identifies nothing."""
    known = pool(payment("P1", 123_45, reference="FAC-A-0012-00043210"))
    found = suggest(line(amount=120_00, text="pago factura 43210"), known)
    assert "number" in found[0].reasons


def test_a_payout_with_a_payment_held_back_is_suggested_as_a_sum():
    """The group without one payment is the line to the centavo; a found sum stays a suggestion."""
    cards = [card(f"P{n}", amount) for n, amount in ((1, 700_11), (2, 350_07), (3, 99_95))]
    paid = sum(net(SCHEDULE, one.amount) for one in cards[:2])
    reference = reference_data(merchant("M1", max_held=3))
    found = suggest(
        line(amount=paid, source="acquirer:A", merchant="M1"), pool(*cards, reference=reference)
    )
    assert found[0].payments == ("P1", "P2")
    assert found[0].reasons == ("sum-held", "net-exact")
    assert found[0].lacks == ("list",)


def test_a_payout_of_another_amount_is_suggested_whole_with_its_difference():
    """An unexplained deduction: the group is meant, and the difference is said."""
    cards = [card(f"P{n}", amount) for n, amount in ((1, 70_000_11), (2, 35_000_07))]
    expected = sum(net(SCHEDULE, one.amount) for one in cards)
    found = suggest(line(amount=expected - 99_99, source="acquirer:A", merchant="M1"), pool(*cards))
    assert found[0].payments == ("P1", "P2")
    assert found[0].difference_minor == -99_99
    assert found[0].contradictions == ("X6",)


def test_several_payments_of_one_payer_are_summed():
    """One transfer for two invoices: no list says so, their sum suggests it."""
    known = pool(payment("P1", 70_10, account=PAYER), payment("P2", 52_35, account=PAYER))
    found = suggest(line(amount=122_45, counterparty_account=PAYER), known)
    assert found[0].payments == ("P1", "P2")
    assert "sum-payer" in found[0].reasons


def test_what_a_person_undid_is_not_suggested_again():
    """A pair that somebody took apart is no suggestion, alone or in a sum."""
    one = payment("P1", 123_45)
    assert suggest(line(amount=123_45), pool(one))
    assert suggest(line(amount=123_45), pool(one, barred=[("L1", "P1")])) == ()


def test_cancelled_and_settled_payments_are_not_suggested():
    """What is no longer expected, and what is paid, has nothing open; an id of it is told as X8."""
    gone = payment("P1", 123_45, cancelled=True)
    paid = payment("P2", 123_45, reference="FACTURA-00000042")
    known = pool(gone, paid, settled=["P2"])
    assert suggest(line(amount=123_45), known) == ()
    again = Suggester(known).consider(line(amount=123_45, reference="FACTURA-00000042"))[0]
    assert [one.contradictions for one in again] == [("X8",)]


def test_a_crowd_of_alike_payments_is_not_looked_through_and_makes_each_unlikely():
    """Of thousands of one amount the nearest in days are looked at, and each is one of them all."""
    crowd = [payment(f"P{n:05d}", 9_999_00) for n in range(20 * FOUND_BY_KEY_MAX)]
    considered, unseen = Suggester(pool(*crowd)).consider(line(amount=9_999_00))
    assert len(considered) == FOUND_BY_KEY_MAX
    assert unseen == 19 * FOUND_BY_KEY_MAX
    assert suggest(line(amount=9_999_00), pool(*crowd)) == ()


def test_money_that_goes_out_suggests_only_what_its_ids_name():
    """A charge of the bank's own is no payment's; a return shows the payment that it undoes."""
    known = pool(payment("P1", 123_45, reference="FACTURA-00000042"))
    assert suggest(line(amount=-123_45), known) == ()
    considered, _ = Suggester(known).consider(line(amount=-123_45, reference="FACTURA-00000042"))
    assert [one.key for one in considered] == [("P1",)]


def test_a_payment_is_told_the_lines_that_may_pay_it():
    """The same suggestions, seen from the payment: the likeliest line first."""
    known = pool(payment("P1", 123_45, account=PAYER, created=day(2)), names={"P1": "Inés Romero"})
    lines = [
        line("L2", 123_45, counterparty_account=STRANGER),
        line("L1", 123_45, counterparty_name="INES ROMERO"),
    ]
    found = suggestions(known, lines)
    assert [one.line for one in found.of_payment["P1"]] == ["L1", "L2"]
    assert found.of_payment["P1"][0] == found.of_line["L1"][0]


@given(any_world, st.randoms(use_true_random=False))
def test_suggestions_do_not_depend_on_any_order(world: list[Item], chance: Random):
    """Items in another order give the same suggestions, bounded, ranked, and within one whole."""
    payments = [one for one in world if isinstance(one, PaymentItem)]
    lines = [one for one in world if isinstance(one, LineItem)]
    reference = reference_data()
    found = suggestions(pool(*payments, reference=reference), lines)
    chance.shuffle(payments)
    chance.shuffle(lines)
    assert suggestions(pool(*payments, reference=reference), lines) == found
    for some in found.of_line.values():
        assert 0 < len(some) <= SUGGESTIONS_MAX
        assert sum(one.score_permille for one in some) <= 1_000
        assert [one.score_permille for one in some] == sorted(
            (one.score_permille for one in some), reverse=True
        )
        assert all(set(one.contradictions) <= CONTRADICTIONS for one in some)


def test_a_day_outside_the_window_is_said():
    """Money three weeks late may still be the payment's; X7 says what speaks against it."""
    late = line(amount=123_45, value=date(2026, 3, 31).toordinal(), counterparty_account=PAYER)
    found = suggest(late, pool(payment("P1", 123_45, account=PAYER)))
    assert found[0].contradictions == ("X7",)
