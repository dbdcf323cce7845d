"""Entries that are read by a pattern and not parsed: exactly as the parser would have them."""

from __future__ import annotations

import io
from unittest import mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from adapters.statements import camt, camt_alike
from adapters.statements.camt_feed import Feed
from adapters.statements.model import Entry, Statement, Unreadable
from tests.adapters.statements.camt_files import entry_xml, file_xml, refusal_of
from tests.fixtures.fuzzing import FUZZED

NEVER = 1_000_000
DETAIL = (
    "<NtryDtls><TxDtls><Refs><EndToEndId>E-{n}</EndToEndId></Refs><RltdPties><Dbtr><Nm>{text}</Nm>"
    "</Dbtr></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls></NtryDtls>"
)
DATE = "<BookgDt><Dt>{day}</Dt><DtTm>2026-11-22T10:00:00</DtTm></BookgDt>"


def plain(n: int, text: str = "Comercio") -> str:
    return entry_xml(amount=f'<Amt Ccy="ARS">{n}.50</Amt>', more=DETAIL.format(n=n, text=text))


def answer(data: bytes, *, after: int) -> list[Entry | Statement] | tuple[str, str]:
    """What the file gives, or why not, if a pattern is made after so many entries of a form."""
    with mock.patch.object(camt, "PATTERN_AFTER", after):
        try:
            return list(camt.read(io.BytesIO(data)))
        except Unreadable as refusal:
            return refusal.place, refusal.reason


def skipped(data: bytes) -> int:
    """How many entries of the file were read by a pattern."""
    with mock.patch.object(Feed, "skip", autospec=True) as skip:
        answer(data, after=1)
    return skip.call_count


def agree(data: bytes) -> bool:
    return answer(data, after=1) == answer(data, after=NEVER)


HOSTILE = [
    "A &amp; B",
    "A &#65; B",
    "A &unknown; B",
    "A > B",
    "A ]]> B",
    "<![CDATA[A <Ntry> B]]>",
    "<!-- </Ntry> -->A",
    "<!-- </Ntry><Ntry>",
    "<?p </Ntry> ?>A",
    "A\r\nB\rC",
    "A\nB\tC",
    "\x07",
    "\x7f\x85\u2028",
    "\ufffe",
    "\U0001f600 ñ",
    "",
    " ",
    "NOTPROVIDED",
    "</Nm><Nm>",
    "<x>A</x>",
    "A<x/>B",
    "<Nm",
    "</Ntry >",
    "</Ntry><Ntry>",
    "Q" * 141,
]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("line", ["", "\n", "\r\n"])
def test_a_text_that_is_more_than_a_text_goes_to_the_parser(text: str, line: str) -> None:
    """Markup, references, line ends and forbidden signs among plain entries change nothing."""
    data = file_xml(*[line + plain(n) for n in range(3)], plain(4, text), plain(5)).encode()
    assert agree(data)


@pytest.mark.parametrize(
    "between",
    [
        "<!-- comment -->",
        "<!--" + plain(8) + plain(9) + "-->",
        "<![CDATA[" + plain(8) + "]]>",
        "<?p " + plain(8) + "?>",
        "text",
        "&#32;",
        "\f",
        "<x>" + plain(8) + plain(9) + "</x>",
        "<TxsSummry><TtlNtries><NbOfNtries>9</NbOfNtries></TtlNtries></TxsSummry>",
        "<Ntry/>",
        "</Stmt><Stmt>",
        "</Stmt>" + plain(8) + "<Stmt>",
        plain(8).replace("</Ntry>", "</Ntry >"),
        plain(8).replace("<Ntry>", "<Ntry a='>'>"),
        plain(8).replace("<Ntry>", "<Ntry xmlns='urn:x'>"),
        plain(8).replace("<Ntry>", "<p:Ntry xmlns:p='urn:x'>").replace("</Ntry>", "</p:Ntry>"),
        plain(8).replace("<TxDtls>", "<TxDtls><Chrgs><Amt Ccy='ARS'>1</Amt></Chrgs>"),
        plain(8).replace("<TxDtls>", "<TxDtls/><TxDtls>"),
        plain(8).replace("</NtryDtls>", ""),
        plain(8).replace("<Nm>", "<Nm a='</Ntry>'>"),
        plain(8).replace("8.50", "8.505"),
        plain(8) * 200,
        "<!--" + "x" * 70_000 + plain(8) + "-->",
    ],
)
def test_what_stands_between_entries_is_never_passed_over(between: str) -> None:
    """Comments, other elements, new statements and other namespaces are seen by the parser."""
    entries = "".join(plain(n) for n in range(3))
    assert agree(file_xml(entries, between, entries).encode())


def test_a_field_is_the_first_that_has_a_text_in_both_ways() -> None:
    """An element without text leaves its field to the next one, also in a form that is known."""
    days = ["2026-11-20", "2026-11-21", "", "2026-11-23"]
    data = file_xml(*[entry_xml(dates=DATE.format(day=day)) for day in days]).encode()
    assert skipped(data) == 1
    assert agree(data)


def test_entries_of_a_known_form_are_not_parsed() -> None:
    """Of a hundred like entries the parser has the first two, in each usual encoding."""
    xml = file_xml(*[plain(n, "Muñoz") for n in range(100)])
    latin = '<?xml version="1.0" encoding="ISO-8859-1"?>' + xml
    assert skipped(xml.encode()) == skipped(b"\xef\xbb\xbf" + xml.encode()) == 98
    assert skipped(latin.encode("latin-1")) == 98
    assert agree(latin.encode("latin-1"))


@pytest.mark.parametrize(
    "data",
    [
        b"\xef\xbb\xbf<?xml version='1.0' encoding='ISO-8859-1'?>"
        + file_xml(*[plain(n, "ñ") for n in range(9)]).encode(),
        ("<?xml version='1.0' encoding='UTF-16'?>" + file_xml(*map(plain, range(9)))).encode(
            "utf-16"
        ),
        ("<?xml version='1.0' encoding='cp1252'?>" + file_xml(*map(plain, range(9)))).encode(),
    ],
)
def test_an_encoding_that_is_not_sure_is_left_to_the_parser(data: bytes) -> None:
    """Where mark and declaration differ, or Python might read it otherwise, nothing is skipped."""
    assert skipped(data) == 0
    assert agree(data)


def test_the_line_of_a_fault_counts_what_was_not_parsed() -> None:
    """A fault after many entries that the parser never had is told with its line in the file."""
    xml = file_xml(*[plain(n) + "\n" for n in range(500)], "<broken")
    assert refusal_of(xml).place == "line 501"


def test_no_more_patterns_are_made_than_are_worth_it() -> None:
    """A file in which every entry is of another form costs a bounded number of patterns."""
    more = [f"<x a='{n}'/>" for n in range(200) for _ in range(2)]
    data = file_xml(*[entry_xml(more=each) for each in more]).encode()
    with mock.patch.object(camt_alike, "shape_of", wraps=camt_alike.shape_of) as made:
        assert agree(data)
    assert made.call_count == camt_alike.LEARNT_MAX


FILE = file_xml(*[f"\n {plain(n)}" for n in range(5)], "<TxsSummry/>").encode()


@settings(max_examples=FUZZED, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(0, len(FILE)),
            st.integers(0, 12),
            st.sampled_from([each.encode() for each in HOSTILE]) | st.binary(max_size=2),
        ),
        max_size=3,
    )
)
def test_a_damaged_file_is_read_or_refused_alike_in_both_ways(
    damages: list[tuple[int, int, bytes]],
) -> None:
    """Whatever is cut out of a file and put into it, patterns give what the parser gives."""
    data = FILE
    for at, cut, put in damages:
        data = data[:at] + put + data[at + cut :]
    assert agree(data)
