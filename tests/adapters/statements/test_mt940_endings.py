"""How an MT940 file ends: what banks leave behind its last message, and what is cut off or lost."""

from __future__ import annotations

import io

import pytest

from adapters.statements.mt940 import read
from tests.adapters.statements.processor_files import reading, refusal

HEAD = ":20:REF1\n:25:12345678/0001\n:28C:12/3\n:60F:C260102EUR100,00\n"
TAIL = ":62F:C260102EUR100,00\n-\n"


@pytest.mark.parametrize(
    "after", ["Total 2", "01,A,B,260102,1200,1,,,2/", "<Document/>", "XXX\n16,195,1,Z,,,/"]
)
def test_text_behind_the_last_message_is_no_banner(after: str) -> None:
    """What is left after the end, in no message, is content of something that is not read here."""
    number = len(f"{HEAD}{TAIL}".splitlines()) + after.count("\n") + 1
    place, reason = refusal(read, f"{HEAD}{TAIL}{after}\n".encode())
    assert (place, "belongs to no " in reason) == (f"line {number}", True)


@pytest.mark.parametrize("end", ["-\nXXX\n", "-\n\x1a", "-}{5:{CHK:12}}", "\xadXXX", "-\n \n"])
def test_what_banks_leave_behind_the_last_message_is_left_out(end: str) -> None:
    """Dashes, XXX, trailers and control characters are the end of a file."""
    _, statement = reading(read, f"{HEAD}{TAIL[:-2]}{end}".encode())
    assert statement.balance_closes is True


@pytest.mark.parametrize("told", ["1", "12", "123", "123,", "123,4"])
def test_a_closing_balance_that_is_cut_off_is_refused(told: str) -> None:
    """Its digits are the first ones of what the lines make, and no line end follows."""
    head, end = HEAD.replace("EUR100,00", "EUR123,45"), f":62F:C260102EUR{told}"
    place, reason = refusal(read, f"{head}{end}".encode())
    assert (place, "cut off in its closing balance" in reason) == ("line 5", True)
    for other in (f"{end}\n", ":62F:C260102EUR9", ":62F:C260102EUR123,45"):
        assert list(read(io.BytesIO(f"{head}{other}".encode())))


@pytest.mark.parametrize("tag", ["64", "65"])
def test_a_balance_that_nobody_is_told_has_to_be_one(tag: str) -> None:
    """An available balance without an amount is as unreadable as any other."""
    place, reason = refusal(read, f"{HEAD}{TAIL[:-2]}:{tag}:C260102EUR1x,00\n-\n".encode())
    assert (place, f":{tag}:" in reason) == ("line 6", True)


def test_a_blank_before_the_second_colon_of_a_tag_is_read_over() -> None:
    """The last text is one of the account, then, and no content that belongs to nothing."""
    _, statement = reading(read, f"{HEAD}{TAIL[:-2]}:86 :SUM\nING\n-XXX\n".encode())
    assert statement.balance_closes is True


def test_a_balance_that_does_not_say_of_what_is_that_of_a_whole_statement() -> None:
    """Some banks write :60: and :62: alone."""
    text = (
        ":20:REF1\n:25:12345678/0001\n:28C:12/3\n:60:C260102EUR100,00\n"
        ":61:2601020102C10,5NTRFNONREF\n:62:C260102EUR100,00\n-\n"
    )
    ((entry,), said) = reading(read, text.encode())
    assert (entry.amount_minor, said.opening_minor, said.closing_minor) == (1050, 10000, 10000)
    assert (said.balance_closes, said.last_page, said.completeness) == (False, True, "stated")
