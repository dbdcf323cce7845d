"""What the rows of a release report say of each other, where they disagree or stand alone."""

from __future__ import annotations

from adapters.statements.mercado_pago import read
from tests.adapters.statements.processor_files import reading, refusal, table

HEADER = "DATE,RECORD_TYPE,DESCRIPTION,NET_CREDIT_AMOUNT,NET_DEBIT_AMOUNT,BALANCE_AMOUNT"
FIRST = "2026-03-02,release,payment,9.00,0.00,9.00"
WRONG = "2026-03-03,release,payment,1.00,0.00,10.01"


def test_the_last_balance_of_a_broken_chain_is_that_of_the_last_day() -> None:
    """Balances that follow in no direction do not turn the file round; its days tell."""
    for rows in ((FIRST, WRONG), (WRONG, FIRST)):
        _, statement = reading(read, table(HEADER, *rows))
        assert (statement.closing_minor, statement.balance_closes) == (1001, False)
        assert statement.controls_match is False


def test_a_subtotal_that_agrees_is_a_control_that_matches() -> None:
    """Where the only control of a file is a subtotal, it is compared all the same."""
    header = "DATE,RECORD_TYPE,DESCRIPTION,NET_CREDIT_AMOUNT,NET_DEBIT_AMOUNT"
    rows = ("2026-03-02,block,payment,9.00,0.00", "2026-03-02,subtotal,block,9.00,0.00")
    assert reading(read, table(header, *rows))[1].controls_match is True
    wrong = rows[1].replace("9.00", "9.01")
    assert reading(read, table(header, rows[0], wrong))[1].controls_match is False


def test_a_report_that_was_cut_inside_its_last_balance_is_refused() -> None:
    """Without its line end, an amount of fewer decimals than the row's others is no amount."""
    data = table(HEADER, FIRST).removesuffix(b"\n")
    assert reading(read, data)[1].closing_minor == 900
    assert refusal(read, data[:-1]) == ("line 2", "the file ends inside a row")
