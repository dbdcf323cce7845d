"""What is known of statements."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from application.projecting import Projector
from domain import statement as t
from domain.delivery import StatementContent
from tests.projections.memory_facts import MemoryFacts
from tests.projections.memory_views import MemoryViews

CONTENT = StatementContent(
    first_day=date(2026, 3, 2),
    last_day=date(2026, 3, 2),
    lines=1,
    credit_minor=100,
    debit_minor=0,
    currency="ARS",
    opening_minor=50,
    closing_minor=150,
    content_hash="ab" * 32,
)
RECEIVED = t.StatementReceived(
    statement_id="ST1", source_kind="bank", account="1", **asdict(CONTENT)
)
EXTENDED = t.StatementExtended(**{**asdict(CONTENT), "lines": 2})
VERIFIED = t.StatementVerified(balance_closes=True, controls_match=None)
REFUSED = t.StatementRefused(content_hash="cd" * 32, place="line 3", reason="amount-pattern")
STREAM = "stm:bank:1:ST1"


def after(*facts: t.StatementFact) -> dict[str, object]:
    store, views = MemoryFacts(), MemoryViews()
    store.record((STREAM, facts))
    Projector(facts=store, views=views).catch_up()
    return views.one("statements", STREAM)


def test_a_sealed_statement_says_its_balances():
    """The document holds days and balances, and how far the statement came."""
    document = after(RECEIVED, VERIFIED, t.StatementSealed())
    content = document["content"]
    assert isinstance(content, dict)
    assert document["state"] == "sealed"
    assert (content["first_day"], content["opening_minor"], content["closing_minor"]) == (
        "2026-03-02",
        50,
        150,
    )


def test_an_extension_opens_it_again():
    """More rows make a sealed statement a received one, with the content of all rows."""
    document = after(RECEIVED, VERIFIED, t.StatementSealed(), EXTENDED)
    content = document["content"]
    assert isinstance(content, dict)
    assert (document["state"], content["lines"]) == ("received", 2)


def test_a_refused_extension_leaves_it_as_it_was():
    """What was sealed stays sealed; the refusal is shown beside it."""
    document = after(RECEIVED, VERIFIED, t.StatementSealed(), EXTENDED, REFUSED)
    content = document["content"]
    assert isinstance(content, dict)
    assert (document["state"], content["lines"]) == ("sealed", 1)
    assert document["refused_because"] == "amount-pattern"


def test_a_refused_file_leaves_its_place_and_reason():
    """Of a file in which no statement could be read, place and reason are all there is."""
    document = after(REFUSED)
    assert (document["state"], document["content"]) == ("refused", None)
    assert (document["refused_place"], document["statement_id"]) == ("line 3", None)
