"""camt.052, 053 and 054: what is read of an entry, a statement and the message around them."""

from __future__ import annotations

from datetime import date

import pytest

from adapters.statements import camt
from adapters.statements.model import Charge, Entry, Party, Statement
from tests.adapters.statements.camt_files import (
    ACCOUNT,
    MESSAGES,
    NS,
    balance_xml,
    entry_xml,
    file_xml,
    one_entry,
    one_statement,
    read_all,
)

DETAIL = """<NtryDtls><TxDtls><Refs><AcctSvcrRef>B-9</AcctSvcrRef><InstrId>I-1</InstrId>
  <EndToEndId> E2E-1 </EndToEndId><UETR>255ae394-9965-4438-ac86-f406feada396</UETR>
  <Prtry><Tp>COELSA</Tp><Ref>ABCDEFGHIJ0123456789KL</Ref></Prtry></Refs>
  <Amt Ccy="ARS">100</Amt><CdtDbtInd>CRDT</CdtDbtInd>
  <RltdPties><Dbtr><Pty><Nm>Fondue &amp; Hijos</Nm><Id><OrgId><Othr><Id>30-71234567-1</Id></Othr>
  </OrgId></Id></Pty></Dbtr><DbtrAcct><Id><Othr><Id>2850590940090418135201</Id></Othr></Id></DbtrAcct>
  <Cdtr><Pty><Nm>Nosotros</Nm></Pty></Cdtr></RltdPties>
  <RltdAgts><DbtrAgt><FinInstnId><BICFI>GALIARBA</BICFI></FinInstnId></DbtrAgt></RltdAgts>
  <RmtInf><Ustrd>Factura 1</Ustrd><Ustrd>y 2</Ustrd>
  <Strd><CdtrRefInf><Ref>RF18539007547034</Ref></CdtrRefInf></Strd></RmtInf>
  <RtrInf><Rsn><Cd>AC04</Cd></Rsn></RtrInf></TxDtls></NtryDtls>"""


def test_an_entry_with_one_detail_has_what_the_detail_says() -> None:
    """Ids, parties, texts and codes of the only TxDtls stand in the entry and in its detail."""
    more = (
        "<AcctSvcrRef>BANK-1</AcctSvcrRef><BkTxCd><Domn><Cd>PMNT</Cd><Fmly><Cd>RCDT</Cd>"
        f"<SubFmlyCd>ESCT</SubFmlyCd></Fmly></Domn></BkTxCd>{DETAIL}"
    )
    entry = one_entry(file_xml(entry_xml(more=more)))
    assert (entry.amount_minor, entry.currency, entry.status) == (10_000, "ARS", "BOOK")
    assert (entry.booking_date, entry.value_date) == (date(2026, 11, 20), date(2026, 11, 23))
    assert (entry.end_to_end_id, entry.bank_reference) == ("E2E-1", "BANK-1")
    assert entry.uetr == "255ae394-9965-4438-ac86-f406feada396"
    assert entry.coelsa_id == "ABCDEFGHIJ0123456789KL"
    assert entry.transaction_code == "PMNT/RCDT/ESCT"
    assert (entry.remittance, entry.structured_remittance) == ("Factura 1 y 2", "RF18539007547034")
    assert entry.return_reason == "AC04"
    assert entry.counterparty == Party(
        name="Fondue & Hijos",
        account="2850590940090418135201",
        tax_id="30-71234567-1",
        bank="GALIARBA",
    )
    assert dict(entry.references)["instr"] == "I-1"
    assert (entry.details, entry.detail_lines[0].amount_minor) == (1, 10_000)


def test_several_details_keep_their_own_ids_and_amounts() -> None:
    """With several TxDtls the entry has no id of its own, and each detail has its own."""
    details = "".join(
        f'<TxDtls><Refs><EndToEndId>E{n}</EndToEndId></Refs><AmtDtls><TxAmt><Amt Ccy="ARS">{n}0'
        f"</Amt></TxAmt></AmtDtls></TxDtls>"
        for n in (1, 2, 7)
    )
    batch = '<Btch><NbOfTxs>3</NbOfTxs><TtlAmt Ccy="ARS">100.00</TtlAmt></Btch>'
    more = f"<NtryDtls>{batch}{details}</NtryDtls>"
    entry, statement = read_all(
        file_xml(entry_xml(side="<CdtDbtInd>DBIT</CdtDbtInd>", more=more), version="02")
    )
    assert isinstance(entry, Entry)
    assert isinstance(statement, Statement)
    assert (entry.end_to_end_id, entry.details, entry.batch) == (None, 3, 3)
    assert [(line.end_to_end_id, line.amount_minor) for line in entry.detail_lines] == [
        ("E1", -1_000),
        ("E2", -2_000),
        ("E7", -7_000),
    ]
    assert statement.controls_match is True


def test_a_batch_without_details_is_one_entry() -> None:
    """NbOfTxs of 20 without a TxDtls is one entry of 20, and nothing to check."""
    more = "<NtryDtls><Btch><NbOfTxs>20</NbOfTxs></Btch></NtryDtls>"
    entry, statement = read_all(file_xml(entry_xml(more=more)))
    assert isinstance(entry, Entry)
    assert isinstance(statement, Statement)
    assert (entry.batch, entry.details, statement.controls_match) == (20, 0, None)


@pytest.mark.parametrize(
    "told, listed, matches",
    [
        (2, ["40", "60"], True),
        (3, ["40", "60"], False),
        (1, ["40", "60"], False),
        (0, [""], False),
        (20, [""], None),
        (20, ["100"], None),
        (20, ["40", "50"], None),
        (20, ["40", ""], None),
        (1, ["100"], True),
    ],
)
def test_a_batch_disagrees_where_its_list_is_whole_or_too_long(
    told: int, listed: list[str], matches: bool | None
) -> None:
    """A bank may list some of a batch, or one that stands for all: this is nothing to check."""
    amounts = [f'<Amt Ccy="ARS">{amount}</Amt>' if amount else "" for amount in listed]
    details = "".join(f"<TxDtls><Refs/>{amount}</TxDtls>" for amount in amounts)
    more = f"<NtryDtls><Btch><NbOfTxs>{told}</NbOfTxs></Btch>{details}</NtryDtls>"

    statement = one_statement(file_xml(entry_xml(more=more)))

    assert statement.controls_match is matches
    words = f"says {told}, the entries {len(listed)}"
    assert (words in (statement.disagreement or "")) is (matches is False)


@pytest.mark.parametrize("total, matches", [("97", True), ("100", True), ("99", False)])
def test_the_total_of_a_batch_may_be_before_its_charges(total: str, matches: bool) -> None:
    """An entry of 97 after a charge of 3 books a batch of 100, whether or not it lists it."""
    more = (
        '<Chrgs><Rcrd><Amt Ccy="ARS">3.00</Amt></Rcrd></Chrgs>'
        f'<NtryDtls><Btch><NbOfTxs>2</NbOfTxs><TtlAmt Ccy="ARS">{total}</TtlAmt></Btch></NtryDtls>'
    )
    statement = one_statement(file_xml(entry_xml(amount='<Amt Ccy="ARS">97</Amt>', more=more)))
    assert statement.controls_match is matches


def test_a_detail_has_the_amount_in_the_currency_of_its_entry() -> None:
    """Where Amt is what was instructed in another currency, TxAmt is what was booked."""
    details = (
        '<TxDtls><Amt Ccy="USD">1.00</Amt>'
        '<AmtDtls><TxAmt><Amt Ccy="ARS">60.00</Amt></TxAmt></AmtDtls></TxDtls>'
        '<TxDtls><Amt Ccy="ARS">40.00</Amt>'
        '<AmtDtls><TxAmt><Amt Ccy="USD">0.66</Amt></TxAmt></AmtDtls></TxDtls>'
    )
    entry = one_entry(file_xml(entry_xml(more=f"<NtryDtls>{details}</NtryDtls>")))
    assert [line.amount_minor for line in entry.detail_lines] == [6_000, 4_000]


@pytest.mark.parametrize("name", camt.FORMATS)
@pytest.mark.parametrize("version", [f"{number:02d}" for number in range(1, 14)])
def test_every_version_of_every_message_is_read(name: str, version: str) -> None:
    """Versions 01 to 13 of the three messages are read and named alike."""
    xml = file_xml(entry_xml(), name=name, version=version)
    assert one_entry(xml).amount_minor == 10_000
    assert camt.format_of(xml.encode()) == name


def test_the_first_version_is_read_by_its_own_names() -> None:
    """V01 in the message's name, PrtryAcct, Tp/Cd of a balance, Btch and TxDtls in the Ntry."""
    xml = (
        f'<Document xmlns="{NS}01"><BkToCstmrStmtV01><Stmt><Id>1</Id><Acct><Id><PrtryAcct><Id>77'
        "</Id></PrtryAcct></Id></Acct><Bal><Tp><Cd>OPBD</Cd></Tp><Amt Ccy='ARS'>1.00</Amt>"
        "<CdtDbtInd>DBIT</CdtDbtInd><Dt><Dt>2026-11-19</Dt></Dt></Bal>"
        + entry_xml(
            status="<Sts> BOOK </Sts>",
            more="<Btch><NbOfTxs>1</NbOfTxs></Btch><TxDtls><Refs><EndToEndId>E</EndToEndId></Refs>"
            "<RmtInf><Strd><CdtrRefInf><CdtrRef>R7</CdtrRef></CdtrRefInf></Strd></RmtInf>"
            "<RtrInf><RtrRsn><Cd>AC01</Cd></RtrRsn></RtrInf></TxDtls>",
        )
        + "</Stmt></BkToCstmrStmtV01></Document>"
    )
    entry, statement = read_all(xml)
    assert isinstance(entry, Entry)
    assert isinstance(statement, Statement)
    assert (entry.end_to_end_id, entry.batch, entry.status) == ("E", 1, "BOOK")
    assert (entry.structured_remittance, entry.return_reason) == ("R7", "AC01")
    assert (statement.account, statement.currency) == ("77", "ARS")
    assert (statement.opening_minor, statement.closing_minor) == (-100, None)


@pytest.mark.parametrize(
    "xml",
    [
        file_xml(entry_xml()).replace(f' xmlns="{NS}08"', ""),
        f'<Env><AppHdr xmlns="urn:iso:std:iso:20022:tech:xsd:head.001.001.02"><Fr/></AppHdr>'
        f"{file_xml(entry_xml())}</Env>",
        f'<?xml version="1.0"?><!-- a --><?p i?>{file_xml(entry_xml())}<!-- z -->',
        "\n \n<?xml version='1.0'?>" + file_xml(entry_xml()),
        "\ufeff" + file_xml(entry_xml()),
        f'<c:Document xmlns:c="{NS}04"><c:BkToCstmrStmt><c:Stmt><c:Id>1</c:Id>'
        "<c:Acct><c:Id><c:IBAN>1</c:IBAN></c:Id></c:Acct><c:Ntry>"
        '<c:Amt Ccy="ARS">1<!-- a -->00<?p i?>.0<![CDATA[0]]></c:Amt><c:CdtDbtInd>CRDT'
        "</c:CdtDbtInd><c:Sts>BOOK</c:Sts></c:Ntry></c:Stmt></c:BkToCstmrStmt></c:Document>",
    ],
    ids=["no-namespace", "envelope", "comments", "blank-lines", "mark", "prefix-and-comments"],
)
def test_a_message_is_found_in_any_dress(xml: str) -> None:
    """Envelopes, prefixes, no namespace, comments inside texts, a byte order mark: the same."""
    assert one_entry(xml).amount_minor == 10_000


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-1", "windows-1252"])
def test_a_declared_encoding_is_followed(encoding: str) -> None:
    """The text of a file in another encoding is read as its declaration says."""
    more = "<AddtlNtryInf>Peña</AddtlNtryInf>"
    xml = f'<?xml version="1.0" encoding="{encoding}"?>' + file_xml(entry_xml(more=more))
    (entry, _) = read_all(xml.encode(encoding))
    assert isinstance(entry, Entry)
    assert entry.remittance == "Peña"


def test_a_reversal_keeps_the_sign_of_its_indicator() -> None:
    """RvslInd says what an entry is and never turns its sign."""
    entry = one_entry(
        file_xml(entry_xml(side="<CdtDbtInd>DBIT</CdtDbtInd><RvslInd> true </RvslInd>"))
    )
    assert (entry.amount_minor, entry.reversal) == (-10_000, True)


@pytest.mark.parametrize("sts, status", [("PDNG", "PDNG"), ("INFO", "INFO"), ("FUTR", "PDNG")])
def test_entries_that_are_not_booked_do_not_move_the_balance(sts: str, status: str) -> None:
    """A pending entry is an entry, and the balance closes without it."""
    waiting = entry_xml(status=f"<Sts>\n <Cd> {sts} </Cd></Sts>")
    entry, _, statement = read_all(
        file_xml(balance_xml("OPBD", "5"), balance_xml("CLBD", "105.000"), waiting, entry_xml())
    )
    assert isinstance(entry, Entry)
    assert isinstance(statement, Statement)
    assert (entry.status, statement.balance_closes) == (status, True)


def test_dates_are_those_written_and_may_be_absent() -> None:
    """A date-time gives the date as written, whatever its zone; no date is None."""
    dates = "<BookgDt><DtTm>2026-11-20T23:30:00-05:00</DtTm></BookgDt>"
    entry = one_entry(file_xml(entry_xml(dates=dates)))
    assert (entry.booking_date, entry.value_date) == (date(2026, 11, 20), None)
    assert entry.timestamp == "2026-11-20T23:30:00-05:00"


def test_notprovided_and_empty_are_none() -> None:
    """NOTPROVIDED, an empty element and white space say nothing."""
    more = (
        "<AcctSvcrRef> NOTPROVIDED </AcctSvcrRef><NtryDtls><TxDtls><Refs><EndToEndId>NOTPROVIDED"
        "</EndToEndId><UETR/></Refs><RltdPties><Dbtr><Nm> </Nm></Dbtr></RltdPties></TxDtls>"
        "</NtryDtls>"
    )
    entry = one_entry(file_xml(entry_xml(more=more)))
    assert (entry.bank_reference, entry.end_to_end_id, entry.uetr) == (None, None, None)
    assert entry.counterparty is None


def test_charges_explain_the_gross_amount() -> None:
    """Rcrd become signed charges; a told amount that they explain is the gross one."""
    more = (
        '<NtryDtls><TxDtls><AmtDtls><TxAmt><Amt Ccy="ARS">103.63</Amt></TxAmt></AmtDtls><Chrgs>'
        '<TtlChrgsAndTaxAmt Ccy="ARS">3.63</TtlChrgsAndTaxAmt><Rcrd><Amt Ccy="ARS">3.00</Amt>'
        "<CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd><Tp><Prtry><Id>Arancel</Id>"
        '</Prtry></Tp><Rate>3.5</Rate><Tax><Id>IVA</Id><Amt Ccy="ARS">0.63</Amt></Tax></Rcrd>'
        "</Chrgs></TxDtls></NtryDtls>"
    )
    entry = one_entry(file_xml(entry_xml(more=more)))
    assert entry.gross_minor == 10_363
    assert [(each.kind, each.amount_minor, each.rate_ppm) for each in entry.charges] == [
        ("ACQ_FEE", -300, 35_000),
        ("OTHER", -63, None),
    ]


def test_charges_of_an_early_version_and_a_lacking_total_are_told() -> None:
    """A Chrgs is itself a charge before version 04; what a total exceeds is UNEXPLAINED."""
    more = (
        '<Chrgs><TtlChrgsAndTaxAmt Ccy="ARS">9.00</TtlChrgsAndTaxAmt><Amt Ccy="ARS">5.00</Amt>'
        "<CdtDbtInd>DBIT</CdtDbtInd></Chrgs>"
    )
    entry = one_entry(file_xml(entry_xml(more=more), version="02"))
    assert [(each.kind, each.amount_minor) for each in entry.charges] == [
        ("OTHER", -500),
        ("UNEXPLAINED", -400),
    ]
    assert entry.gross_minor is None


def test_a_charge_in_another_currency_is_kept_as_text() -> None:
    """A foreign charge is none of the amount's parts and is not lost."""
    more = '<Chrgs><Rcrd><Amt Ccy="USD">1.50</Amt></Rcrd></Chrgs>'
    entry = one_entry(file_xml(entry_xml(more=more)))
    assert entry.charges == ()
    assert ("charge", "USD 1.50") in entry.references


def test_a_charge_not_included_stands_apart() -> None:
    """ChrgInclInd false makes a charge that was not taken from the amount."""
    more = (
        '<Chrgs><Rcrd><Amt Ccy="ARS">2</Amt><ChrgInclInd>0</ChrgInclInd><Tp><Cd>COMM</Cd></Tp>'
        "</Rcrd></Chrgs>"
    )
    entry = one_entry(file_xml(entry_xml(more=more)))
    assert entry.charges == (
        Charge(kind="OTHER", amount_minor=-200, source_text="COMM", included=False),
    )


SUMMARY = (
    "<TxsSummry><TtlNtries><NbOfNtries>{n}</NbOfNtries><Sum>130</Sum>{net}</TtlNtries>"
    "<TtlCdtNtries><NbOfNtries>1</NbOfNtries><Sum>{credit}</Sum></TtlCdtNtries>"
    "<TtlDbtNtries><NbOfNtries>1</NbOfNtries><Sum>-30.00</Sum></TtlDbtNtries></TxsSummry>"
)
NET = "<TtlNetNtry><Amt>70</Amt><CdtDbtInd>CRDT</CdtDbtInd></TtlNetNtry>"
OLD_NET = "<TtlNetNtryAmt>70</TtlNetNtryAmt><CdtDbtInd>CRDT</CdtDbtInd>"


@pytest.mark.parametrize(
    "summary, matches",
    [
        (SUMMARY.format(n=2, credit="100", net=NET), True),
        (SUMMARY.format(n=2, credit="100.00000", net=OLD_NET), True),
        (SUMMARY.format(n=3, credit="100", net=NET), False),
        (SUMMARY.format(n=2, credit="100.01", net=NET), False),
        (SUMMARY.format(n=2, credit="100", net=NET.replace("70", "71")), False),
        (SUMMARY.format(n=2, credit="100", net=OLD_NET.replace("CRDT", "DBIT")), False),
        ("", None),
    ],
)
def test_a_summary_is_compared_with_the_entries(summary: str, matches: bool | None) -> None:
    """Counts, sums and the net of TxsSummry, in both of its forms; None where there is none."""
    debit = entry_xml(
        amount='<Amt Ccy="ARS">30</Amt>',
        side="<CdtDbtInd>DBIT</CdtDbtInd>",
        status="<Sts>BOOK</Sts>",
    )
    statement = one_statement(file_xml(summary, entry_xml(), debit))
    assert statement.controls_match is matches
    assert (statement.disagreement is not None) == (matches is False)


def test_sequence_pages_and_period_are_told() -> None:
    """ElctrncSeqNb before LglSeqNb, the statement's page before the message's, and FrToDt."""
    parts = (
        "<StmtPgntn><PgNb>2</PgNb><LastPgInd>false</LastPgInd></StmtPgntn><LglSeqNb>9</LglSeqNb>"
        "<FrToDt><FrDtTm>2026-11-20T00:00:00</FrDtTm><ToDtTm>2026-11-21T00:00:00</ToDtTm></FrToDt>"
    )
    header = "<GrpHdr><MsgPgntn><PgNb>1</PgNb><LastPgInd>true</LastPgInd></MsgPgntn></GrpHdr>"
    statement = one_statement(file_xml(parts, header=header))
    assert (statement.sequence, statement.page, statement.last_page) == ("9", 2, False)
    assert (statement.first_day, statement.last_day) == (date(2026, 11, 20), date(2026, 11, 21))
    assert one_statement(file_xml(header=header)).page == 1


def test_several_statements_follow_each_other() -> None:
    """Each Stmt closes its own entries, with its own account; an empty one is valid."""
    message = MESSAGES["camt.053"][0]
    stmts = (
        "<Stmt><Id>A</Id><Acct><Id><IBAN>X1</IBAN></Id></Acct>" + entry_xml() + entry_xml(),
        "<Stmt><Id>B</Id><Acct><Id><IBAN>X2</IBAN></Id></Acct>",
        "<Stmt><Id>C</Id><Acct><Id><IBAN>X3</IBAN></Id></Acct>" + entry_xml(),
    )
    body = "\n".join(each + "</Stmt>" for each in stmts)
    records = read_all(f"<Document><{message}>{body}</{message}></Document>")
    assert [
        each.account if isinstance(each, Statement) else each.place.split("/")[-1]
        for each in records
    ] == ["Ntry[1]", "Ntry[2]", "X1", "X2", "Ntry[1]", "X3"]


def test_the_own_account_is_never_the_other_side() -> None:
    """Where the debtor of a credit has the statement's account, the creditor is the other side."""
    parties = (
        f"<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>We</Nm></Dbtr><DbtrAcct><Id><Othr><Id>{ACCOUNT}"
        "</Id></Othr></Id></DbtrAcct><Cdtr><Nm>They</Nm></Cdtr></RltdPties></TxDtls></NtryDtls>"
    )
    entry = one_entry(file_xml(entry_xml(more=parties), version="02"))
    assert entry.counterparty == Party(name="They")
