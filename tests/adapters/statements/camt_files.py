"""Small camt files, in parts that a test can exchange, and what is read of them."""

from __future__ import annotations

import io

import pytest

from adapters.statements import camt
from adapters.statements.model import Entry, Statement, Unreadable

NS = "urn:iso:std:iso:20022:tech:xsd:camt.053.001."
MESSAGES = {
    "camt.052": ("BkToCstmrAcctRpt", "Rpt"),
    "camt.053": ("BkToCstmrStmt", "Stmt"),
    "camt.054": ("BkToCstmrDbtCdtNtfctn", "Ntfctn"),
}
ACCOUNT = "0110599520000001234569"


def entry_xml(
    *,
    amount: str = '<Amt Ccy="ARS">100.00</Amt>',
    side: str = "<CdtDbtInd>CRDT</CdtDbtInd>",
    status: str = "<Sts><Cd>BOOK</Cd></Sts>",
    dates: str = "<BookgDt><Dt>2026-11-20</Dt></BookgDt><ValDt><Dt>2026-11-23</Dt></ValDt>",
    more: str = "",
) -> str:
    return f"<Ntry>{amount}{side}{status}{dates}{more}</Ntry>"


def balance_xml(kind: str, amount: str, *, side: str = "CRDT", currency: str = "ARS") -> str:
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
        f'<Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{side}</CdtDbtInd>'
        "<Dt><Dt>2026-11-20</Dt></Dt></Bal>"
    )


def file_xml(*parts: str, name: str = "camt.053", version: str = "08", header: str = "") -> str:
    """A file with one statement of these parts."""
    message, container = MESSAGES[name]
    account = f"<Acct><Id><Othr><Id>{ACCOUNT}</Id></Othr></Id><Ccy>ARS</Ccy></Acct>"
    return (
        f'<Document xmlns="{NS.replace("camt.053", name)}{version}"><{message}>{header}'
        f"<{container}><Id>S1</Id>{account}{''.join(parts)}</{container}></{message}></Document>"
    )


def read_all(xml: str | bytes) -> list[Entry | Statement]:
    data = xml.encode() if isinstance(xml, str) else xml
    return list(camt.read(io.BytesIO(data)))


def one_entry(xml: str) -> Entry:
    (entry,) = [each for each in read_all(xml) if isinstance(each, Entry)]
    return entry


def one_statement(xml: str) -> Statement:
    (statement,) = [each for each in read_all(xml) if isinstance(each, Statement)]
    return statement


def refusal_of(xml: str | bytes) -> Unreadable:
    with pytest.raises(Unreadable) as refused:
        read_all(xml)
    return refused.value
