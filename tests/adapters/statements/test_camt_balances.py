"""The balances of a camt statement, and texts of which there are many."""

from __future__ import annotations

from tests.adapters.statements.camt_files import (
    balance_xml,
    entry_xml,
    file_xml,
    one_entry,
    one_statement,
    refusal_of,
)


def test_balances_fall_back_to_the_previous_closing_and_to_nothing() -> None:
    """Opening is OPBD, else PRCD; other types and other currencies are no balance for us."""
    parts = (
        balance_xml("PRCD", "7"),
        balance_xml("ITBD", "9"),
        balance_xml("CLBD", "107", currency="USD"),
    )
    statement = one_statement(file_xml(*parts, entry_xml()))
    assert (statement.opening_minor, statement.closing_minor) == (700, None)
    assert statement.balance_closes is None


def test_a_balance_that_does_not_close_says_both_values() -> None:
    """balance_closes is False, and the disagreement names what was computed and what is told."""
    parts = (balance_xml("OPBD", "7"), balance_xml("CLBD", "108"))
    statement = one_statement(file_xml(*parts, entry_xml()))
    assert statement.balance_closes is False
    assert "10700" in (statement.disagreement or "")
    assert "10800" in (statement.disagreement or "")


def test_two_closing_balances_that_differ_refuse_the_file() -> None:
    """Of one day and type, one of them is wrong; repeated, of another day, or a part, none is."""
    parts = [balance_xml("OPBD", "7"), balance_xml("CLBD", "107")]
    refusal = refusal_of(file_xml(*parts, balance_xml("CLBD", "109"), entry_xml()))
    assert refusal.place == "/camt.053/Stmt[1]/Bal"
    assert refusal.reason == "two balances CLBD differ: 10700 and 10900"
    earlier = balance_xml("CLBD", "9").replace("2026-11-20", "2026-11-19")
    page = balance_xml("CLBD", "8").replace("</Tp>", "<SubTp><Cd>INTM</Cd></SubTp></Tp>")
    for other in (balance_xml("CLBD", "107.00"), earlier, page):
        for balances in ([*parts, other], [parts[0], other, parts[1]]):
            statement = one_statement(file_xml(*balances, entry_xml()))
            assert (statement.closing_minor, statement.balance_closes) == (10700, True)


def test_many_texts_of_a_transaction_are_all_kept() -> None:
    """ISO 20022 allows any number of 140 characters each; 64 of them are read."""
    more = "<NtryDtls><TxDtls><RmtInf>{}</RmtInf></TxDtls></NtryDtls>"
    texts = [f"{n:03}{'x' * 137}" for n in range(63)]
    entry = one_entry(
        file_xml(entry_xml(more=more.format("".join(f"<Ustrd>{t}</Ustrd>" for t in texts))))
    )
    assert entry.remittance == " ".join(texts)
    too_many = more.format(f"<Ustrd>{texts[0]}</Ustrd>" * 65)
    assert "over 9000" in refusal_of(file_xml(entry_xml(more=too_many))).reason
    too_long = more.format(f"<Ustrd>{'x' * 2001}</Ustrd>")
    assert "2001 characters" in refusal_of(file_xml(entry_xml(more=too_long))).reason
