"""What the text of an MT940 line says, in the structures that banks use."""

from __future__ import annotations

import pytest

from adapters.statements.model import Entry, Party
from adapters.statements.mt940 import read
from tests.adapters.statements.processor_files import reading


def entry_with(*texts: str, line: str = "NTRFNONREF", currency: str = "EUR") -> Entry:
    """The entry whose fields after the :61: are these."""
    head = f":20:R\n:25:1\n:60F:C260102{currency}0,\n:61:260102C0,{line}\n"
    data = f"{head}{''.join(f'{text}{chr(10)}' for text in texts)}:62F:C260102{currency}0,\n"
    ((entry,), _) = reading(read, data.encode())
    return entry


# Subfields.


@pytest.mark.parametrize("mark", "?>~^")
def test_subfields_follow_the_mark_after_the_code(mark: str) -> None:
    """Purpose, bank, account and name, over folded lines, whichever mark the bank uses."""
    text = (
        ":86:166~00GUTSCHRIFT~109310~20EREF+ORDER 4711-~21A~22KREF+K9~23SVWZ+Rechnung 12 vom Ja~\n"
        "24nuar~30MARKDEF1100~31DE02120300000000202051~32Muster Handels~33 GmbH~34000\n"
        "~60mit Gruss"
    )
    entry = entry_with(text.replace("~", mark))
    assert entry.end_to_end_id == "ORDER 4711-A"
    assert entry.counterparty == Party(
        name="Muster Handels GmbH", account="DE02120300000000202051", bank="MARKDEF1100"
    )
    assert entry.transaction_code == "NTRF/166"
    assert entry.references == (("payment_information", "K9"),)
    assert entry.remittance == (
        "GUTSCHRIFT EREF+ORDER 4711-AKREF+K9SVWZ+Rechnung 12 vom Januar mit Gruss"
    )


@pytest.mark.parametrize(
    "text, expected",
    [
        (":86:166?20EREF+A1?21MREF+M1", "A1"),
        (":86:166?20EREF+A?\n211?22CRED+X", "A1"),
        (":86:166?20EREF+A1?60B2?61C3", "A1"),
        (":86:166?20SVWZ+X EREF+ A1 ?22MREF+M", "A1"),
        (":86:166?20EREF+NOTPROVIDED?21SVWZ+X", None),
        (":86:166?20EREF+NONREF", None),
        (":86:166?20SVWZ+EREF: A1", None),
        (":86:166?32EREF+A1", None),
        (":86:835?20/EREF/A1/REMI/T", "A1"),
        (":86:/EREF/01-01-2026 12:00 77/ORDP//NAME/N/REMI/T", "01-01-2026 12:00 77"),
        (":86:/EREF/A/1/DEC- 16//CNTP/NL/B/N/", "A/1/DEC- 16"),
        (":86:/TRTP/SEPA/REMI/T/EREF/NOTPROVIDED", None),
        (":86:/TRTP/SEPA/REMI/T/ER\nEF/A\n1", "A1"),
        (":86:EREF+A1 SVWZ+T", "A1"),
        (":86:166?20SVWZ+T?21EREF+A1?22Gracias por su pago", "A1"),
        (":86:166?20EREF+?21A1?22Pago", "A1"),
        (f":86:166?20EREF+{'A' * 22}?21B1?22Pago", f"{'A' * 22}B1"),
        (":86:EREF+A 1\nPago de la factura", "A 1"),
        (f":86:SVWZ+T EREF+A1 {'x' * 40}", "A1"),
        (":86:166?20EREF+A1?21IBAN+DE02?22BIC+X", "A1"),
        (":86:166?20EREF+A1 BIC+X", "A1"),
        (":86:HREF/A1", None),
        (":86:091", None),
        (":86:", None),
    ],
)
def test_the_end_to_end_id_stands_in_two_places_only(text: str, expected: str | None) -> None:
    """After EREF+ up to the next word of four capitals and a plus, or after /EREF/."""
    assert entry_with(text).end_to_end_id == expected


def test_the_customer_reference_is_no_end_to_end_id() -> None:
    """Sub-field 7 is kept apart, under its own name."""
    entry = entry_with(":86:TEXT", line="NTRFORDER4711//B")
    assert entry.end_to_end_id is None
    assert entry.references == (("account_owner_tx", "ORDER4711"),)


# Words between slashes.


def test_words_between_slashes_are_read() -> None:
    """Name, account, bank, reason of a return, mandate and the creditor's reference."""
    entry = entry_with(
        ":86:/MARF/M-1/EREF/E-1/RTRN/MS03/IBAN/NL02ABNA0123456789/BIC/ABNANL2A/NAME/J. Deckers/"
        "REMI/STRD/CUR/9001123412341234/"
    )
    assert entry.counterparty == Party(
        name="J. Deckers", account="NL02ABNA0123456789", bank="ABNANL2A"
    )
    assert (entry.return_reason, entry.structured_remittance) == ("MS03", "9001123412341234")
    assert entry.references == (("mandate", "M-1"),)


def test_empty_words_hide_no_other() -> None:
    """/BENM/ stands before a name without a text of its own."""
    entry = entry_with(":86:/EREF/E-1/BENM//NAME/ACME B.V./REMI//ISDT/2026-01-02")
    assert (entry.end_to_end_id, entry.counterparty) == ("E-1", Party(name="ACME B.V."))


def test_subfields_may_begin_without_a_code() -> None:
    """A mark and two digits at the start are enough."""
    entry = entry_with(":86:>20Rechnung>32Muster")
    assert (entry.remittance, entry.counterparty) == ("Rechnung", Party(name="Muster"))
    assert entry.transaction_code == "NTRF"


def test_a_counterparty_between_slashes_is_read() -> None:
    """/CNTP/ holds account, bank and name in this order."""
    entry = entry_with(":86:/EREF/E//CNTP/NL02INGB0123456789/INGBNL2A/A. B.///REMI/USTD//Betaling/")
    assert entry.counterparty == Party(name="A. B.", account="NL02INGB0123456789", bank="INGBNL2A")
    assert entry.end_to_end_id == "E"
    assert entry.structured_remittance is None


def test_an_account_in_the_reference_is_the_counterpartys() -> None:
    """Some banks put the account into sub-field 7 and the name below it."""
    entry = entry_with(":86:T", line="NIONL02ABNA0123456789\nj. deckers")
    assert entry.counterparty is None
    entry = entry_with(":86:T", line="NIOBNL20INGB0001234567\nj. deckers")
    assert entry.counterparty == Party(name="j. deckers", account="NL20INGB0001234567")


# Other texts.


def test_numbered_notes_are_read() -> None:
    """:NS: holds numbered lines: purpose, name, kind of posting, bank and account."""
    entry = entry_with(
        ":NS:01Rechnung 12\n02vom Januar\n15Muster\n16GmbH\n17LAST\n3310020030\n3477"
    )
    assert entry.counterparty == Party(name="Muster GmbH", account="77", bank="10020030")
    assert entry.remittance == "LAST Rechnung 12 vom Januar"


def test_repeated_texts_are_one_text() -> None:
    """Each further :86: goes on where the one before ended."""
    assert entry_with(":86:KOSTEN  ", ":86:JUNI").remittance == "KOSTEN JUNI"


def test_a_full_line_goes_on_in_the_next_one() -> None:
    """A line of 65 was folded inside a word; a short one ended with its word."""
    full = "x" * 65
    assert entry_with(f":86:{full}\ny\nz").remittance == f"{full}y z"


def test_a_text_under_a_wrong_tag_is_kept() -> None:
    """A :25: after a line is its text; nothing is read from it, and the account stays."""
    entry = entry_with(":25:166?20EREF+A1")
    assert (entry.remittance, entry.end_to_end_id) == ("166?20EREF+A1", None)


@pytest.mark.parametrize(
    "texts, expected",
    [
        ((":86:DEBIN 86VRPQ2GVJEQE70M2GLY0M VARIOS",), "86VRPQ2GVJEQE70M2GLY0M"),
        ((":86:ID 86VRPQ2GVJEQE7\n0M2GLY0M",), "86VRPQ2GVJEQE70M2GLY0M"),
        ((":86:86VRPQ2GVJEQE70M2GLY0M\nVARIOS",), "86VRPQ2GVJEQE70M2GLY0M"),
        ((":86:166?2086VRPQ2GVJEQE70M2GLY0M?21VARIOS",), "86VRPQ2GVJEQE70M2GLY0M"),
        ((":86:DE02120300000000202051",), None),
        ((":86:DE99700500000000012345 GB00MIDL99999999999999",), None),
        ((":86:166?31A6VRPQ2GVJEQE70M2GLY0M",), None),
        ((":86:166?20EREF+VZ0000000000000000?21MREF+1",), None),
        ((":86:2850590940090418135201",), None),
        ((":86:166?20EREF+ZV01002841909493000000?2102?22MREF+1",), None),
        ((":86:166?60x 86VRPQ2GVJEQE70M2GLY0M?61VARIOS",), "86VRPQ2GVJEQE70M2GLY0M"),
        ((":86:TRF AR20261120000000001234",), "AR20261120000000001234"),
    ],
)
def test_a_coelsa_id_is_found_whole(texts: tuple[str, ...], expected: str | None) -> None:
    """In one line or over two; accounts, CBU and words that touch are none."""
    assert entry_with(*texts).coelsa_id == expected


def test_argentine_numbers_name_the_other_side() -> None:
    """In pesos, a CUIT and a CBU with right check digits are the counterparty's."""
    text = ":86:CR.TRANF.INT.DIST 30-71744907-6 ACME SA 2850590940090418135201 20111111111"
    entry = entry_with(text, currency="ARS")
    assert entry.counterparty == Party(tax_id="30717449076", account="2850590940090418135201")
    assert entry_with(text).counterparty is None


def test_a_gpi_reference_is_read_where_it_is_named() -> None:
    """A UETR stands after /UETR/ only, and only in its form."""
    uetr = "eb6305c9-1f7f-49de-aed0-16487c27b42d"
    assert entry_with(f":86:/UETR/{uetr.upper()}/REMI/T").uetr == uetr
    assert entry_with(f":86:{uetr} /UETR/12").uetr is None


@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
def test_text_is_read_in_either_encoding(encoding: str) -> None:
    """UTF-8, else Windows-1252: what is no UTF-8 is not lost."""
    head = ":20:R\n:25:1\n:60F:C260102EUR0,\n:61:260102C0,NTRFX\n:86:166?32Müller € Peña"
    ((entry,), _) = reading(read, f"{head}\n:62F:C260102EUR0,\n".encode(encoding))
    assert entry.counterparty == Party(name="Müller € Peña")
