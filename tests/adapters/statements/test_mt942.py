"""MT942 of banks that state neither totals nor an end: what of it is whole, and what was cut."""

from __future__ import annotations

from adapters.statements.mt940 import read
from tests.adapters.statements.processor_files import readings, refusal

HEAD_942 = ":20:REF2\n:25:12345678/0001\n:34F:EURD0,\n:34F:EURC0,\n:13D:2601021730+0100\n"
LINES_942 = ":61:260102C1,NTRFA\n:86:x\n:61:260102D2,NTRFB\n:86:y\n"


def test_a_report_that_has_neither_totals_nor_a_dash_is_read_where_none_of_its_file_has() -> None:
    """Some banks end a report with its last line, and the next one begins."""
    for end in ("", "-\n", ":90D:1EUR2,\n"):
        each = f"{HEAD_942}{LINES_942}{end}"
        found = readings(read, f"{each}{each}".encode())
        assert [[entry.amount_minor for entry in entries] for entries, _ in found] == [
            [100, -200],
            [100, -200],
        ]


def test_a_report_that_was_cut_is_refused() -> None:
    """Inside a line, before the text that all its lines have, or without the end of the others."""
    whole = f"{HEAD_942}{LINES_942}"
    assert "ends inside a line" in refusal(read, whole[:-1].encode())[1]
    assert "without a text" in refusal(read, whole.removesuffix(":86:y\n").encode())[1]
    for end in ("-\n", ":90C:1EUR1,\n"):
        said = "ends without a total :90D:, :90C: or a dash"
        assert said in refusal(read, f"{whole}{end}{whole}".encode())[1]
        assert said in refusal(read, f"{whole}{whole}{end}".encode())[1]
