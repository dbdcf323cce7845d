"""Credit transfers of ISO 20022: pacs.008, in every envelope."""

from __future__ import annotations

from datetime import date

import pytest

from application.payment_orders import Order
from domain.money import Money
from tests.adapters.payment_files.made import (
    OURS,
    PAYER,
    SPACE,
    UETR,
    message,
    orders,
    payments,
    refusal,
    transfer,
)

AMOUNT = '<IntrBkSttlmAmt Ccy="{}">{}</IntrBkSttlmAmt>'


# pacs.008


def test_a_transfer_is_a_payment_with_what_the_message_says_of_it():
    """Amount, ids, days, payer and merchant are read; what is not said is None."""
    (made,) = payments(message(transfer()))
    assert (made.payment_id, made.source, made.merchant_id) == ("T1", "core", "M1")
    assert (made.amount, made.method) == (Money(100_50, "ARS"), "transfer")
    assert (made.created_at, made.local_day) == ("2026-03-02T10:00:00Z", date(2026, 3, 2))
    assert made.expected_value_date == date(2026, 3, 3)
    assert (made.end_to_end_id, made.reference) == ("E2E-1", None)
    assert (made.payer_name, made.payer_account) == ("Ana Gómez", PAYER)
    assert (made.payer_tax_id, made.received_at) == (None, None)


PLAIN = message(transfer())
PREFIXED = PLAIN.replace("xmlns=", "xmlns:p=").replace("<", "<p:").replace("<p:/", "</p:")
HEADER = f'<AppHdr xmlns="{SPACE}head.001.001.02"><MsgDefIdr>pacs.008.001.08</MsgDefIdr></AppHdr>'


@pytest.mark.parametrize(
    "content",
    [
        PREFIXED,
        f"<BusinessMessage>{HEADER}{PLAIN}</BusinessMessage>",
        f'<x:Env xmlns:x="urn:a:b"><x:Any><x:More/></x:Any><x:Body>{PLAIN}</x:Body></x:Env>',
        PLAIN.replace(f' xmlns="{SPACE}pacs.008.001.08"', ""),
        PLAIN.replace("<TxId>", "<!-- one --><?two three?><TxId><!-- four -->"),
        f'<?xml version="1.0" encoding="UTF-8"?>\n<!-- first -->\n{PLAIN}\n',
        PLAIN.replace("T1</TxId>", "\n  T1\n </TxId>"),
        PLAIN.replace("100.50<", "100.50000<"),
        PLAIN.replace("Ana Gómez", "<![CDATA[Ana Gómez]]>"),
        PLAIN.replace("pacs.008.001.08", "pacs.008.001.13"),
        PLAIN.replace(".08", ".01").replace("FIToFICstmrCdtTrf", "pacs.008.001.01"),
    ],
    ids=["prefix", "header", "wrapper", "no namespace", "comments", "declaration", "blanks",
         "decimals", "cdata", "version 13", "version 1"],
)  # fmt: skip
def test_a_message_reads_the_same_in_any_envelope(content: str):
    """Envelope, prefix, comments, white space and version make no difference."""
    assert payments(content) == payments(PLAIN)


@pytest.mark.parametrize(
    "content, same",
    [
        (PLAIN.encode("utf-16"), True),
        (b"\xef\xbb\xbf" + PLAIN.encode(), True),
        (f'<?xml version="1.0" encoding="ISO-8859-1"?>{PLAIN}'.encode("latin-1"), True),
    ],
    ids=["utf-16", "mark", "latin-1"],
)
def test_an_encoding_that_is_declared_is_read(content: bytes, same: bool):
    """The file says how it is encoded, and is believed."""
    assert (payments(content) == payments(PLAIN)) is same


@pytest.mark.parametrize(
    "ids, expected",
    [
        (f"<EndToEndId>E</EndToEndId><TxId>T</TxId><UETR>{UETR.upper()}</UETR>", UETR),
        ("<EndToEndId>E</EndToEndId><TxId>T</TxId>", "T"),
        ("<EndToEndId>E</EndToEndId>", "E"),
        ("<EndToEndId>E</EndToEndId><TxId>NOTPROVIDED</TxId>", "E"),
    ],
)
def test_a_payment_bears_the_id_that_most_banks_share(ids: str, expected: str):
    """The UETR in small letters, else the TxId, else the EndToEndId."""
    (made,) = payments(message(transfer(PmtId=ids)))
    assert made.payment_id == expected


def test_an_end_to_end_id_that_was_not_provided_is_none():
    """NOTPROVIDED is no id of anything."""
    ids = "<EndToEndId>NOTPROVIDED</EndToEndId><TxId>T</TxId>"
    assert payments(message(transfer(PmtId=ids)))[0].end_to_end_id is None
    ids = "<EndToEndId>NOTPROVIDED</EndToEndId>"
    place, reason = refusal(message(transfer(PmtId=ids)))
    assert (place, "neither UETR" in reason) == ("CdtTrfTxInf[1]", True)


def test_days_and_times_fall_back_on_the_header():
    """The settlement date of the header holds for all; without any, the local day of creation."""
    header = "<IntrBkSttlmDt>2026-03-04</IntrBkSttlmDt>"
    made = payments(message(transfer(1, IntrBkSttlmDt=""), transfer(2), header=header))
    assert [each.expected_value_date.day for each in made] == [4, 3]
    (made,) = payments(message(transfer(IntrBkSttlmDt="")).replace("10:00:00Z", "01:00:00Z"))
    assert (made.local_day, made.expected_value_date) == (date(2026, 3, 1), date(2026, 3, 1))


def test_a_time_without_a_zone_has_the_profiles():
    """A local time is read at the offset that the profile names."""
    content = PLAIN.replace("10:00:00Z", "23:30:00")
    assert payments(content)[0].created_at == "2026-03-02T23:30:00-03:00"
    (made,) = payments(content, zone="Z")
    assert (made.created_at, made.local_day) == ("2026-03-02T23:30:00Z", date(2026, 3, 2))


def test_a_time_of_acceptance_is_nearer_than_that_of_the_message():
    """AccptncDtTm says when the payment was made."""
    content = message(transfer(AccptncDtTm="2026-03-02T09:59:58.123-03:00"))
    assert payments(content)[0].created_at == "2026-03-02T09:59:58.123-03:00"


def test_one_structured_reference_is_the_reference_and_two_are_none():
    """Nobody can say which of two invoices the payment is called by."""
    one = "<Strd><CdtrRefInf><Ref>FAC-1</Ref></CdtrRefInf></Strd>"
    two = "<Strd><CdtrRefInf><Ref>FAC-2</Ref></CdtrRefInf></Strd>"
    invoice = "<Strd><RfrdDocInf><Nb>INV-9</Nb></RfrdDocInf></Strd>"
    content = message(
        *(transfer(n, RmtInf=text) for n, text in enumerate((one, one + two, invoice)))
    )
    assert [each.reference for each in payments(content)] == ["FAC-1", None, "INV-9"]


def test_a_payers_tax_id_is_the_one_that_is_a_cuit():
    """Other ids of a party are passed over."""
    ids = "<Othr><Id>12345</Id></Othr><Othr><Id>24-66764921-4</Id></Othr>"
    content = message(transfer(Dbtr=f"<Nm>Ana</Nm><Id><PrvtId>{ids}</PrvtId></Id>"))
    assert payments(content)[0].payer_tax_id == "24667649214"


def test_a_creditor_is_found_by_account_or_by_tax_id_and_else_refused():
    """Nobody's account refuses the file, with the place and without the account."""
    tax_id = "<Nm>X</Nm><Id><OrgId><Othr><Id>33-38543289-0</Id></Othr></OrgId></Id>"
    assert payments(message(transfer(CdtrAcct="", Cdtr=tax_id)))[0].merchant_id == "M1"
    other = f"<Id><Othr><Id>{PAYER}</Id></Othr></Id>"
    place, reason = refusal(message(transfer(1), transfer(2, CdtrAcct=other)))
    assert place == "CdtTrfTxInf[2]"
    assert reason.startswith("CdtrAcct: merchant-unknown")
    assert PAYER not in reason


def test_a_card_number_in_a_name_is_masked_and_noted():
    """Its first six and last four digits remain."""
    (order,) = orders(message(transfer(Dbtr="<Nm>ANA 4111 1111 1111 1111</Nm>")))
    (made,) = payments(message(transfer(Dbtr="<Nm>ANA 4111 1111 1111 1111</Nm>")))
    assert made.payer_name == "ANA 411111****1111"
    assert ("payer_name", "card-number-masked") in order.oddities


def test_a_bad_account_of_the_payer_is_noted_and_no_more():
    """What a bank's file says is accepted and flagged."""
    (order,) = orders(message(transfer(DbtrAcct="<Id><Othr><Id>123</Id></Othr></Id>")))
    assert order.oddities == (("payer_account", "cbu-length"),)


def test_several_messages_in_one_file_are_all_read():
    """Each has its own header, controls and numbering."""
    header = "<NbOfTxs>1</NbOfTxs>"
    content = (
        f"<All>{message(transfer(1), header=header)}{message(transfer(2), header=header)}</All>"
    )
    found = orders(content)
    assert [each.place for each in found] == ["CdtTrfTxInf[1]", "Document[2]/CdtTrfTxInf[1]"]
    assert [each.command_id for each in found] == [f"0123456789abcdef:{n}.1" for n in (1, 2)]


@pytest.mark.parametrize(
    "header, reason",
    [
        ("<NbOfTxs>3</NbOfTxs>", "NbOfTxs is '3', the transactions are 2"),
        ("<CtrlSum>200</CtrlSum>", "CtrlSum is '200', the transactions come to 201.00"),
        (
            '<TtlIntrBkSttlmAmt Ccy="ARS">202</TtlIntrBkSttlmAmt>',
            "TtlIntrBkSttlmAmt is '202', the transactions come to 201.00 ARS",
        ),
        (
            '<TtlIntrBkSttlmAmt Ccy="USD">201</TtlIntrBkSttlmAmt>',
            "TtlIntrBkSttlmAmt is '201', the transactions come to 201.00 in another currency",
        ),
        ("<CtrlSum>many</CtrlSum>", "CtrlSum 'many' is not a number"),
        ("<NbOfTxs>two</NbOfTxs>", "'two' is not a number of transactions"),
    ],
)
def test_controls_that_differ_refuse_the_file_with_both_values(header: str, reason: str):
    """A message that contradicts itself is not taken in."""
    place, said = refusal(message(transfer(1), transfer(2), header=header))
    assert (place.partition("/")[0], said) == ("GrpHdr", reason)


def test_controls_that_agree_are_no_obstacle():
    """Zeros at the end make no difference to a sum."""
    header = (
        "<NbOfTxs>2</NbOfTxs><CtrlSum>201.0</CtrlSum>"
        '<TtlIntrBkSttlmAmt Ccy="ARS">201.00</TtlIntrBkSttlmAmt>'
    )
    assert len(payments(message(transfer(1), transfer(2), header=header))) == 2


@pytest.mark.parametrize(
    "amount, reason",
    [
        (AMOUNT.format("ARS", "10.005"), "amount: amount-precision (10.005)"),
        (AMOUNT.format("ARS", "-1"), "amount: amount-sign (-1)"),
        (AMOUNT.format("ARS", "0.00"), "amount: amount-zero (0.00)"),
        (AMOUNT.format("ARS", "1.234,56"), "amount: amount-pattern (1.234,56)"),
        (AMOUNT.format("ARS", "1e3"), "amount: amount-pattern (1e3)"),
        (AMOUNT.format("ars", "1"), "currency: currency-unknown (ars)"),
        (AMOUNT.format("XXX", "1"), "currency: currency-unknown (XXX)"),
        ("<IntrBkSttlmAmt>1</IntrBkSttlmAmt>", "currency: missing"),
        ("", "currency: missing"),
    ],
)
def test_an_amount_that_does_not_fit_refuses_the_file(amount: str, reason: str):
    """Nothing is rounded, folded or guessed."""
    assert refusal(message(transfer(amount=amount))) == ("CdtTrfTxInf[1]", reason)


@pytest.mark.parametrize(
    "changes, reason",
    [
        ({"IntrBkSttlmDt": "2026-02-30"}, "expected_value_date: date (2026-02-30)"),
        ({"AccptncDtTm": "2026-03-02T24:00:00Z"}, "created_at: time"),
        ({"AccptncDtTm": "2026-03-02T10:00:60Z"}, "created_at: time"),
        ({"Dbtr": f"<Nm>{'x' * 10_000}</Nm>"}, "payer_name: too-long"),
        ({"PmtId": f"<TxId>{'x' * 141}</TxId>"}, "payment_id: too-long"),
        ({"PmtId": "<TxId>a\u200bb</TxId>"}, "payment_id: unsafe-text"),
    ],
)
def test_a_field_that_cannot_be_used_refuses_the_file(changes: dict[str, str], reason: str):
    """The transaction and the field are named, a text never quoted."""
    assert refusal(message(transfer(1, **changes))) == ("CdtTrfTxInf[1]", reason)


@pytest.mark.parametrize(
    "content, reason",
    [
        (
            f'<Document xmlns="{SPACE}camt.053.001.08"><BkToCstmrStmt/></Document>',
            "camt.053 is a statement: `conciliar statement import` reads it",
        ),
        (
            f'<Document xmlns="{SPACE}pacs.009.001.08"><FICdtTrf/></Document>',
            "pacs.009 is not read here: only pacs.008, pacs.002 and pacs.004 are",
        ),
        (
            "<Document><CstmrCdtTrfInitn/></Document>",
            "pain.001 is not read here: only pacs.008, pacs.002 and pacs.004 are",
        ),
        (
            message(transfer(), version="99"),
            "unsupported version pacs.008.001.99 (read are 01 to 13)",
        ),
        ("<Document><Unheard/></Document>", "the message Unheard is not read here"),
        ("<a><b/></a>", "holds no message about payments"),
        (message(), "the pacs.008 has no transactions"),
        (message(kind="pacs.002", version="10"), "the pacs.002 reports no status"),
    ],
)
def test_what_is_no_message_about_payments_is_refused_by_name(content: str, reason: str):
    """Whoever sent it learns what it is, and what would be read."""
    assert refusal(content)[1] == reason


def test_the_creditors_account_may_be_an_iban():
    """Then it is found as it is written."""
    seen: list[Order] = orders(
        message(transfer(CdtrAcct="<Id><IBAN>DE89370400440532013000</IBAN></Id>")),
        payee=lambda account, tax_id: _payee_of_iban(account),
    )
    assert len(seen) == 1


def _payee_of_iban(account: str | None):
    from application.payees import Payee

    assert account == "DE89370400440532013000" != OURS
    return Payee("M1")
