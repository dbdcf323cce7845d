"""camt files that are refused: with their place, in bounded time and memory, and never a trace."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.statements import camt
from adapters.statements.camt_messages import HEAD_BYTES_MAX
from adapters.statements.model import Entry, Statement, Unreadable
from tests.adapters.statements.camt_files import (
    ACCOUNT,
    NS,
    balance_xml,
    entry_xml,
    file_xml,
    one_statement,
    refusal_of,
)
from tests.fixtures.fuzzing import FUZZED

SAMPLES = Path(__file__).parents[4] / "shared" / "data" / "statements" / "camt"


@pytest.mark.parametrize(
    "entry, place, reason",
    [
        ({"amount": '<Amt Ccy="ARS">-1</Amt>'}, "Ntry[1]/Amt", "'-1' is negative"),
        ({"amount": '<Amt Ccy="ARS">1.005</Amt>'}, "Ntry[1]/Amt", "more decimals"),
        ({"amount": '<Amt Ccy="ARS">1,00</Amt>'}, "Ntry[1]/Amt", "'1,00' is not a number"),
        ({"amount": '<Amt Ccy="XQX">1</Amt>'}, "Ntry[1]/Amt", "'XQX' is unknown"),
        ({"amount": "<Amt>1</Amt>"}, "Ntry[1]/Amt", "has no Ccy"),
        ({"amount": '<Amt Ccy="ARS">1<b/>2</Amt>'}, "Ntry[1]", "has no Amt"),
        ({"amount": ""}, "Ntry[1]", "has no Amt"),
        ({"side": ""}, "Ntry[1]", "has no CdtDbtInd"),
        ({"side": "<CdtDbtInd>CRED</CdtDbtInd>"}, "Ntry[1]/CdtDbtInd", "'CRED' is neither"),
        ({"status": ""}, "Ntry[1]", "has no Sts"),
        ({"status": "<Sts>DONE</Sts>"}, "Ntry[1]/Sts", "'DONE' is unknown"),
        ({"dates": "<ValDt><Dt>2026-02-30</Dt></ValDt>"}, "Ntry[1]/ValDt", "not a day"),
        ({"dates": "<BookgDt><Dt>2026-11-201</Dt></BookgDt>"}, "Ntry[1]/BookgDt", "not a date"),
        ({"dates": "<BookgDt><Dt>0001-01-01</Dt></BookgDt>"}, "Ntry[1]/BookgDt", "not between"),
        ({"more": "<RvslInd>maybe</RvslInd>"}, "Ntry[1]/RvslInd", "neither true nor false"),
        ({"dates": "<ValDt><DtTm>2026-11-20T25:00:00</DtTm></ValDt>"}, "Ntry[1]/ValDt", "not a d"),
        ({"dates": "<ValDt><DtTm>2026-11-20T10:75:00</DtTm></ValDt>"}, "Ntry[1]/ValDt", "not a d"),
        ({"amount": '<Amt Ccy="ARS">1</Amt><Amt Ccy="ARS">2</Amt>'}, "Ntry[1]", "amount twice"),
        ({"side": "<CdtDbtInd>CRDT</CdtDbtInd>" * 2}, "Ntry[1]", "sign twice"),
        ({"dates": "<ValDt><Dt>2026-11-20</Dt></ValDt>" * 2}, "Ntry[1]", "valued twice"),
        (
            {
                "more": "<NtryDtls><TxDtls><Refs><EndToEndId>A</EndToEndId>"
                "<EndToEndId>B</EndToEndId></Refs></TxDtls></NtryDtls>"
            },
            "Ntry[1]/TxDtls",
            "end to end twice",
        ),
        ({"more": f"<AddtlNtryInf>{'x' * 2001}</AddtlNtryInf>"}, "Ntry[1]", "2001 characters"),
    ],
)
def test_a_bad_entry_refuses_the_file_with_its_place(
    entry: dict[str, str], place: str, reason: str
) -> None:
    """Amounts, signs, states and dates that cannot be read name the entry and the value."""
    refusal = refusal_of(file_xml(entry_xml(**entry)))
    assert refusal.place == f"/camt.053/Stmt[1]/{place}"
    assert reason in refusal.reason


def test_a_name_of_ten_thousand_characters_is_refused_without_being_shown() -> None:
    """The refusal tells the length of a name, never the name."""
    name = "<NtryDtls><TxDtls><RltdPties><Dbtr><Nm>" + "Q" * 10_000
    xml = file_xml(entry_xml(more=name + "</Nm></Dbtr></RltdPties></TxDtls></NtryDtls>"))
    refusal = refusal_of(xml)
    assert "10000 characters" in refusal.reason
    assert "QQ" not in str(refusal)


@pytest.mark.parametrize(
    "namespace, named",
    [(f"{NS}14", "camt.053.001.14"), (f"{NS}00", "camt.053.001.00"), ("urn:else", "urn:else")],
)
def test_an_unknown_version_is_refused_by_name(namespace: str, named: str) -> None:
    """The refusal names the version that was found and those that are read."""
    refusal = refusal_of(file_xml(entry_xml()).replace(f"{NS}08", namespace))
    assert "unsupported version" in refusal.reason
    assert named in refusal.reason
    assert "001.01 to 001.13" in refusal.reason


@pytest.mark.parametrize(
    "element, name, words",
    [
        ("FIToFICstmrCdtTrf", "pacs.008", "payment import"),
        ("PmtRtr", "pacs.004", "payment import"),
        ("GetAcct", "camt.003", "not a statement"),
        ("CstmrCdtTrfInitn", "pain.001", "not a statement"),
    ],
)
@pytest.mark.parametrize("namespaced", [True, False])
def test_another_message_is_refused_by_its_name(
    element: str, name: str, words: str, namespaced: bool
) -> None:
    """pacs, pain and account queries are named, with or without their namespace."""
    space = f' xmlns="urn:iso:std:iso:20022:tech:xsd:{name}.001.08"' if namespaced else ""
    refusal = refusal_of(f"<Document{space}><{element}><GrpHdr/></{element}></Document>")
    assert name in refusal.reason
    assert words in refusal.reason


def test_a_message_without_a_statement_is_refused() -> None:
    """A message that holds no Stmt is a bad file, and so is one that holds no message."""
    refusal = refusal_of(
        f'<Document xmlns="{NS}02"><BkToCstmrStmt><GrpHdr/></BkToCstmrStmt></Document>'
    )
    assert (refusal.place, refusal.reason) == ("/Document/BkToCstmrStmt", "holds no Stmt")
    assert "holds no message" in refusal_of("<html><body/></html>").reason


@pytest.mark.parametrize(
    "old, new, place, reason",
    [
        ("<Id>S1</Id>", "", "", "has no Id"),
        ("<Id>S1</Id>", "<Id> </Id>", "", "has no Id"),
        ("<Tp><CdOrPrtry><Cd>CLAV</Cd></CdOrPrtry></Tp>", "<Tp/>", "/Bal[1]/Tp", "is missing"),
        ("<Acct>", "<Acct><Id><IBAN>1</IBAN></Id></Acct><Acct>", "", "has two Acct"),
        (f"<Othr><Id>{ACCOUNT}</Id></Othr>", "", "", "has no Acct"),
        ("<Ccy>ARS</Ccy>", "<Ccy>QQQ</Ccy>", "/Acct/Ccy", "'QQQ' is unknown"),
        ("CLAV", "CLAV", "/Bal[1]/Amt", "'1..0' is not a number"),
        ("<Acct>", "<CreDtTm>2026-11-31T10:00:00</CreDtTm><Acct>", "/CreDtTm", "not a day"),
        (
            "<Stmt>",
            "<GrpHdr><CreDtTm>20261120</CreDtTm></GrpHdr><Stmt>",
            "/../GrpHdr/CreDtTm",
            "not a date",
        ),
    ],
)
def test_a_statement_that_lacks_what_it_must_have_is_refused(
    old: str, new: str, place: str, reason: str
) -> None:
    """Its id and one account, a currency that exists, and an amount also in other balances."""
    xml = file_xml(balance_xml("CLAV", "1..0" if new == "CLAV" else "1.0"), entry_xml())
    refusal = refusal_of(xml.replace(old, new, 1))
    assert refusal.place == f"/camt.053/Stmt[1]{place}"
    assert reason in refusal.reason


def test_an_account_that_is_not_provided_is_none() -> None:
    """A bank that says so has told an account: the file is read."""
    statement = one_statement(file_xml(entry_xml()).replace(ACCOUNT, "NOTPROVIDED"))
    assert (statement.statement_id, statement.account) == ("S1", None)


def test_an_entry_outside_a_statement_is_not_lost_in_silence() -> None:
    """An Ntry that no statement holds, or one of another namespace, refuses the file."""
    loose = f"<Document><BkToCstmrStmt>{entry_xml()}<Stmt/></BkToCstmrStmt></Document>"
    assert "outside a statement" in refusal_of(loose).reason
    other = file_xml(entry_xml().replace("<Ntry>", '<Ntry xmlns="urn:x">'))
    assert "another namespace" in refusal_of(other).reason


HEAD = f'<Document xmlns="{NS}08"><BkToCstmrStmt>'
BOMB = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "ha"}">' for n in range(12))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32"])
@pytest.mark.parametrize(
    "doctype",
    [
        f"<!DOCTYPE Document [{BOMB}]>",
        '<!DOCTYPE Document [<!ENTITY x SYSTEM "file:secret.txt">]>',
        '<!DOCTYPE Document SYSTEM "http://localhost:1/x.dtd">',
        "<!-- c --><?p?>\n<!DOCTYPE Document>",
    ],
    ids=["bomb", "external-entity", "external-subset", "after-a-comment"],
)
def test_any_doctype_is_refused(doctype: str, encoding: str) -> None:
    """Entity bombs, external entities and harmless DOCTYPEs are refused, in any encoding."""
    xml = f'<?xml version="1.0" encoding="{encoding}"?>{doctype}{file_xml(entry_xml())}'
    assert "DOCTYPE" in refusal_of(xml.encode(encoding)).reason


def test_a_doctype_beyond_the_head_is_refused() -> None:
    """A prolog longer than what is looked at first hides no DOCTYPE."""
    xml = "<!--" + "x" * 200_000 + f"--><!DOCTYPE Document>{file_xml(entry_xml())}"
    assert "DOCTYPE" in refusal_of(xml).reason


@pytest.mark.parametrize(
    "data",
    [
        (HEAD + "<a>" * 10_000).encode(),
        (HEAD + "<Stmt><Ntry><AddtlNtryInf>" + "x" * 12_000_000).encode(),
        (HEAD + "<Stmt>" + "<a/>" * 3_000_000).encode(),
        (HEAD + "<a" + "".join(f" a{n}=''" for n in range(400_000)) + "/>").encode(),
        ("<!--" + "x" * 20_000_000).encode(),
        (" " * 20_000_000).encode(),
        ("<" * 5_000_000).encode(),
        b"<!--x--><?p?>" * 5_000 + b"<!-",
    ],
    ids=["depth", "text", "elements", "attributes", "comment", "blanks", "openings", "prolog"],
)
def test_what_never_ends_is_refused_before_it_is_read(data: bytes) -> None:
    """Depth, a long text, elements without an entry: refused after a bounded part of the file."""
    stream = io.BytesIO(data)
    with pytest.raises(Unreadable):
        list(camt.read(stream))
    assert stream.tell() <= camt.UNREAD_BYTES_MAX + 2 * HEAD_BYTES_MAX


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"   ",
        b":20:STARTUMSE",
        file_xml(entry_xml()).encode()[:-30],
        file_xml(entry_xml()).encode() + b"<x/>",
        file_xml(entry_xml()).encode().replace(b"BOOK", b"BO\0OK"),
        file_xml(entry_xml(more="<AddtlNtryInf>\xf1</AddtlNtryInf>")).encode("latin-1"),
        b'<?xml version="1.0" encoding="klingon"?>' + file_xml(entry_xml()).encode(),
        file_xml(entry_xml())
        .replace("<Ntry>", "<x:Ntry>")
        .replace("</Ntry>", "</x:Ntry>")
        .encode(),
        file_xml(entry_xml(more="&nbsp;")).encode(),
    ],
    ids=[
        *("empty", "blank", "no-xml", "truncated", "trailing", "nul", "latin-1"),
        *("unknown-encoding", "unbound-prefix", "unknown-entity"),
    ],
)
def test_what_is_not_xml_is_refused_with_its_line(data: bytes) -> None:
    """Truncation, NUL, a wrong encoding and text after the end are refused with a line."""
    refusal = refusal_of(data)
    assert refusal.place.startswith("line ")
    assert "XML" in refusal.reason or "encoding" in refusal.reason


@pytest.mark.parametrize("inside", ["<TxDtls/>", "<Stmt><Ntry/></Stmt>", f"<x>{entry_xml()}</x>"])
def test_elements_out_of_place_are_refused(inside: str) -> None:
    """A TxDtls, Stmt or Ntry where none can stand is refused, not skipped."""
    assert refusal_of(file_xml(inside)).reason


def read_or_refuse(data: bytes) -> list[Entry | Statement] | Unreadable:
    """What a fuzzer runs: any bytes give records or a refusal; any other exception is a defect."""
    camt.format_of(data)
    try:
        return list(camt.read(io.BytesIO(data)))
    except Unreadable as refusal:
        return refusal


SEED = file_xml(
    balance_xml("OPBD", "5"),
    entry_xml(
        more="<AcctSvcrRef>B</AcctSvcrRef><NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch><TxDtls><Refs>"
        "<EndToEndId>E</EndToEndId></Refs><Chrgs><Rcrd><Amt Ccy='ARS'>1</Amt></Rcrd></Chrgs>"
        "</TxDtls><TxDtls/></NtryDtls>"
    ),
    "<TxsSummry><TtlNtries><NbOfNtries>1</NbOfNtries></TtlNtries></TxsSummry>",
).encode()


@settings(max_examples=FUZZED, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, len(SEED) - 1), st.integers(0, 255)), max_size=4), st.data()
)
@example([], None)
def test_flipped_and_cut_bytes_are_read_or_refused(
    flips: list[tuple[int, int]], data: st.DataObject | None
) -> None:
    """Whatever happens to the bytes of a file, it is read or refused; a cut one is refused."""
    end = len(SEED) if data is None else data.draw(st.integers(0, len(SEED)))
    bad = bytearray(SEED)
    for at, byte in flips:
        bad[at] = byte
    answer = read_or_refuse(bytes(bad[:end]))
    if not flips and end < len(SEED):
        assert isinstance(answer, Unreadable)
    if not flips and end == len(SEED):
        assert not isinstance(answer, Unreadable)


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the shared samples are not beside this clone")
def test_the_shared_samples_are_read_as_expected() -> None:
    """Each sample gives the statements and entries of EXPECTED.json, or is refused as it says."""
    for expected in json.loads((SAMPLES / "EXPECTED.json").read_text())["files"]:
        answer = read_or_refuse((SAMPLES / expected["file"]).read_bytes())
        if expected["outcome"] == "error":
            assert isinstance(answer, Unreadable), expected["file"]
            assert any(words in answer.reason for words in expected["error_contains"])
            continue
        assert not isinstance(answer, Unreadable), expected["file"]
        entries = [each for each in answer if isinstance(each, Entry)]
        statements = [each for each in answer if isinstance(each, Statement)]
        told = [line for each in expected["statements"] for line in each["entries"]]
        assert sum(each.amount_minor for each in entries) == expected["sum_minor"]
        for found, wanted in [
            *zip(statements, expected["statements"], strict=True),
            *zip(entries, told, strict=True),
        ]:
            _agrees(found, wanted, where=expected["file"])


def _agrees(found: Entry | Statement, wanted: dict[str, object], *, where: str) -> None:
    for name in wanted.keys() - {"entries", "detail_lines"}:
        value = getattr(found, name)
        shown = value.isoformat() if name.endswith("_date") and value else value
        assert shown == wanted[name], (where, name)
