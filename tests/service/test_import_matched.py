"""From a bank's file to matches in one command, by the readers of the program itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.fixtures.folders import PAYMENT, SETTLEMENT, write_folder
from tests.handlers.terminal import conciliar

ACCOUNT = "2856344207377634584363"

ENTRY = """
<Ntry><Amt Ccy="ARS">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd><Sts>BOOK</Sts>
 <BookgDt><Dt>2026-03-04</Dt></BookgDt><ValDt><Dt>2026-03-04</Dt></ValDt>
 <AcctSvcrRef>{reference}</AcctSvcrRef>{details}</Ntry>"""
DETAIL = """
<TxDtls><Refs><EndToEndId>{id}</EndToEndId></Refs>
 <AmtDtls><TxAmt><Amt Ccy="ARS">{amount}</Amt></TxAmt></AmtDtls></TxDtls>"""
CAMT = """<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.02"><BkToCstmrStmt>
<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-04T20:00:00-03:00</CreDtTm></GrpHdr>
<Stmt><Id>ST-1</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2026-03-04T20:00:00-03:00</CreDtTm>
<Acct><Id><Othr><Id>{account}</Id></Othr></Id><Ccy>ARS</Ccy></Acct>
{balances}{entries}</Stmt></BkToCstmrStmt></Document>"""
BALANCE = """
<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy="ARS">{amount}</Amt>
<CdtDbtInd>CRDT</CdtDbtInd><Dt><Dt>2026-03-04</Dt></Dt></Bal>"""


def pesos(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02}"


def camt(path: Path, *entries: str, moved: int) -> Path:
    """A camt.053 of one statement that opens with a thousand pesos."""
    balances = BALANCE.format(kind="OPBD", amount=pesos(100_000))
    balances += BALANCE.format(kind="CLBD", amount=pesos(100_000 + moved))
    text = CAMT.format(account=ACCOUNT, balances=balances, entries="".join(entries))
    path.write_text(text, "utf-8")
    return path


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store that expects three payments, and has a line that pays none of them."""
    payments = [
        PAYMENT,
        {**PAYMENT, "payment_id": "P2", "amount": 60_00, "reference": "F-2", "method": "card",
         "end_to_end_id": "E2E-CARD-000002"},
        {**PAYMENT, "payment_id": "P3", "amount": 40_00, "reference": "F-3", "method": "card",
         "end_to_end_id": "E2E-CARD-000003"},
    ]  # fmt: skip
    other = {**SETTLEMENT, "amount": 1, "remittance_information": None, "account": "elsewhere"}
    data = write_folder(tmp_path / "data", payments=payments, settlements=[other])
    assert conciliar("reconcile", data, "--out", tmp_path / "out").code == 0
    return tmp_path / "out"


def test_a_file_of_a_bank_is_matched_by_the_command_that_imports_it(store: Path, tmp_path: Path):
    """An end-to-end id finds its payment, and a batch entry those that it books together."""
    amount = int(str(PAYMENT["amount"]))
    single = ENTRY.format(
        amount=pesos(amount),
        reference="B1",
        details="<NtryDtls>"
        + DETAIL.format(id=PAYMENT["end_to_end_id"], amount=pesos(amount))
        + "</NtryDtls>",
    )
    batch = ENTRY.format(
        amount="100.00",
        reference="B2",
        details="<NtryDtls>"
        + DETAIL.format(id="E2E-CARD-000002", amount="60.00")
        + DETAIL.format(id="E2E-CARD-000003", amount="40.00")
        + "</NtryDtls>",
    )
    file = camt(tmp_path / "day.xml", single, batch, moved=amount + 100_00)

    said = conciliar("statement", "import", file, "--store", store, "--json").json

    assert (said["lines"], said["matched"]) == (2, 2)
    first, second, third = (
        conciliar("payment", "show", payment, "--store", store, "--json").json["matches"]
        for payment in ("P1", "P2", "P3")
    )
    assert second[0]["match_id"] == third[0]["match_id"] != first[0]["match_id"]
    assert "identity@1" in conciliar("explain", "P1", "--store", store).out
    for language in ("en", "es"):
        explained = conciliar("explain", "P2", "--lang", language, "--store", store).out
        assert "declared@1" in explained
        assert "E2E-CARD-000002" in explained


def test_a_file_that_does_not_close_is_refused_with_both_values(store: Path, tmp_path: Path):
    """The reader says what disagrees, the command says it in one line, and nothing is matched."""
    entry = ENTRY.format(amount="5.00", reference="B1", details="")
    file = camt(tmp_path / "day.xml", entry, moved=6_00)

    said = conciliar("statement", "import", file, "--store", store)

    assert "100600" in said.refusal
    assert "100500" in said.refusal
    (parked,) = conciliar("parked", "list", "--store", store, "--json").json["parked"]
    assert parked["reason"] == "refused"
