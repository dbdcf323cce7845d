"""What answers a transfer: status reports, pacs.002, and returns, pacs.004."""

from __future__ import annotations

from datetime import date

import pytest

from application.payment_orders import Original, Report, Return
from domain.money import Money
from tests.adapters.payment_files.made import (
    UETR,
    giving_back,
    message,
    orders,
    refusal,
    report,
    transfer,
)

PLAIN = message(transfer())


def reports(content: str) -> list[Report]:
    found = [each.body for each in orders(content)]
    assert all(isinstance(each, Report) for each in found)
    return [each for each in found if isinstance(each, Report)]


# pacs.002


def test_a_report_names_its_payment_its_status_and_why():
    """The original ids, the code of the reason and the day of the report."""
    content = message(
        report(OrgnlTxId="T1", OrgnlUETR=UETR.upper(), AccptncDtTm="2026-03-03T01:00:00Z"),
        kind="pacs.002",
        version="10",
    )
    original = Original(uetr=UETR, tx_id="T1", end_to_end_id="E2E-1")
    assert reports(content) == [
        Report(original=original, status="RJCT", reason="AC04", business_date=date(2026, 3, 2))
    ]


def test_a_transaction_without_a_status_has_that_of_its_group():
    """One group speaks for all of its transactions, unless it says "in part"."""
    group = "<OrgnlGrpInfAndSts><GrpSts>{}</GrpSts></OrgnlGrpInfAndSts>"
    parts = group.format("RJCT"), report(""), report("ACSC")
    assert [each.status for each in reports(message(*parts, kind="pacs.002"))] == ["RJCT", "ACSC"]
    parts = group.format("PART"), report("")
    assert refusal(message(*parts, kind="pacs.002"))[1] == "TxSts: missing"
    parts = group.format("RJCT"), group.format("ACSC"), report("")
    assert refusal(message(*parts, kind="pacs.002"))[1] == "TxSts: missing"


def test_a_status_of_a_whole_message_is_one_order_without_ids():
    """What it comes to is decided where payments are known; without a status it is none."""
    group = "<OrgnlGrpInfAndSts><OrgnlMsgId>M</OrgnlMsgId><GrpSts>{}</GrpSts></OrgnlGrpInfAndSts>"
    for status in ("ACCP", "RJCT", "PART"):
        (told,) = reports(message(group.format(status), kind="pacs.002"))
        assert (told.status, told.original) == (status, Original())
    assert refusal(message(group.format(""), kind="pacs.002"))[1] == (
        "neither a status nor transactions"
    )


def test_more_transactions_than_the_original_message_had_refuse_the_file():
    """The report contradicts what it says of the message of before."""
    group = "<OrgnlGrpInfAndSts><OrgnlNbOfTxs>1</OrgnlNbOfTxs></OrgnlGrpInfAndSts>"
    assert refusal(message(group, report(), report(), kind="pacs.002"))[1] == (
        "OrgnlNbOfTxs is '1', the transactions are 2"
    )
    assert len(reports(message(group, report(), kind="pacs.002"))) == 1


@pytest.mark.parametrize(
    "part, reason",
    [
        (report("rejected"), "TxSts: not a status code"),
        (report(OrgnlUETR="no-uetr"), "OrgnlUETR: uetr-format"),
        (report(OrgnlTxId="T\u0410"), "OrgnlTxId: unsafe-text"),
    ],
)
def test_a_report_that_cannot_be_used_refuses_the_file(part: str, reason: str):
    """The transaction is named."""
    assert refusal(message(part, kind="pacs.002")) == ("TxInfAndSts[1]", reason)


def test_a_report_of_no_payment_is_refused():
    """Without an id it could be about anything."""
    place, reason = refusal(message(report(OrgnlEndToEndId="NOTPROVIDED"), kind="pacs.002"))
    assert (place, reason.partition(":")[0]) == ("TxInfAndSts[1]", "names no payment")


def test_a_message_quoted_in_a_report_is_not_read():
    """A whole pacs.008 in CDATA is a text like any other."""
    quoted = f"<Envlp><![CDATA[{PLAIN}]]></Envlp>"
    content = message(report(), f"<SplmtryData>{quoted}</SplmtryData>", kind="pacs.002")
    assert len(reports(content)) == 1


# pacs.004


def test_a_return_names_its_payment_the_amount_and_why():
    """The returned amount, not the original one."""
    other = '<OrgnlIntrBkSttlmAmt Ccy="ARS">900</OrgnlIntrBkSttlmAmt>'
    header = "<NbOfTxs>1</NbOfTxs><CtrlSum>100.5</CtrlSum>"
    content = message(
        giving_back().replace("<RtrdIntr", f"{other}<RtrdIntr"),
        kind="pacs.004",
        version="09",
        header=header,
    )
    (order,) = orders(content)
    assert order.body == Return(
        original=Original(end_to_end_id="E2E-1"),
        amount=Money(100_50, "ARS"),
        reason="AC04",
        business_date=date(2026, 3, 5),
        return_id="R1",
    )


@pytest.mark.parametrize(
    "content, reason",
    [
        (message(giving_back(amount=""), kind="pacs.004"), "currency: missing"),
        (message(kind="pacs.004"), "the pacs.004 has no transactions"),
        (
            message(giving_back(), kind="pacs.004", header="<NbOfTxs>2</NbOfTxs>"),
            "NbOfTxs is '2', the transactions are 1",
        ),
    ],
)
def test_a_return_that_cannot_be_used_refuses_the_file(content: str, reason: str):
    """Also one of a whole group, which names no payment."""
    assert refusal(content)[1] == reason


def test_what_may_have_to_wait_stands_alone_and_a_transfer_does_not():
    """A report or return may come before its payment; a transfer is taken in or refused."""

    def alone(content: str) -> list[bool]:
        return [each.stands_alone for each in orders(content)]

    assert alone(message(transfer())) == [False]
    assert alone(message(report(), kind="pacs.002")) == [True]
    assert alone(message(giving_back(), kind="pacs.004")) == [True]
