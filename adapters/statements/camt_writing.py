"""Writes camt.053.001.08, for tests and for the demonstration.

Law: what `write` writes, `camt.read` reads back the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from html import escape
from typing import BinaryIO, Final

from adapters.statements.model import Charge, Detail, Entry, Party, Statement
from domain.money import Money, format_decimal

NAMESPACE: Final = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"

_NOT_KNOWN: Final = "NOTPROVIDED"
"""What stands for an id or an account that a statement does not have: it has to name both."""


def write(records: Iterable[Entry | Statement], stream: BinaryIO) -> None:
    """Write entries, each group followed by the statement that closes it, as `camt.read` yields.

    What camt.053 has no place for, or only under another name, is left out: `balance_after_minor`,
    `references` and `coelsa_id`. The entries of a statement are held until it comes, for its header
    stands before them.
    """
    stream.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<Document xmlns="{NAMESPACE}">'.encode())
    stream.write(b"<BkToCstmrStmt>\n")
    entries: list[Entry] = []
    for record in records:
        if isinstance(record, Entry):
            entries.append(record)
            continue
        stream.write("".join(_statement(record, entries)).encode())
        entries.clear()
    stream.write(b"</BkToCstmrStmt></Document>\n")


def _statement(statement: Statement, entries: list[Entry]) -> Iterator[str]:
    yield "<Stmt>" + _text("Id", statement.statement_id or _NOT_KNOWN)
    if statement.page is not None:
        last = "true" if statement.last_page else "false"
        yield f"<StmtPgntn><PgNb>{statement.page}</PgNb><LastPgInd>{last}</LastPgInd></StmtPgntn>"
    yield _text("ElctrncSeqNb", statement.sequence)
    first, last = statement.first_day, statement.last_day
    if first is not None or last is not None:
        yield "<FrToDt>"
        yield _text("FrDtTm", first and f"{first}T00:00:00")
        yield _text("ToDtTm", last and f"{last}T23:59:59")
        yield "</FrToDt>"
    account = _account_id(statement.account or _NOT_KNOWN)
    yield f"<Acct>{account}{_text('Ccy', statement.currency)}</Acct>"
    for kind, minor in (("OPBD", statement.opening_minor), ("CLBD", statement.closing_minor)):
        if minor is not None and statement.currency is not None:
            yield f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp>"
            yield f"{_amount(minor, statement.currency)}{_side(minor)}</Bal>"
    for entry in entries:
        yield from _entry(entry)
    yield "</Stmt>\n"


def _entry(entry: Entry) -> Iterator[str]:
    currency = entry.currency or ""
    yield f"<Ntry>{_amount(entry.amount_minor, currency)}{_side(entry.amount_minor)}"
    yield f"<RvslInd>{str(entry.reversal).lower()}</RvslInd><Sts><Cd>{entry.status}</Cd></Sts>"
    if entry.timestamp is not None:
        yield f"<BookgDt>{_text('DtTm', entry.timestamp)}</BookgDt>"
    elif entry.booking_date is not None:
        yield f"<BookgDt><Dt>{entry.booking_date}</Dt></BookgDt>"
    if entry.value_date is not None:
        yield f"<ValDt><Dt>{entry.value_date}</Dt></ValDt>"
    yield _text("AcctSvcrRef", entry.bank_reference)
    yield f"<BkTxCd><Prtry>{_text('Cd', entry.transaction_code)}</Prtry></BkTxCd>"
    if entry.gross_minor is not None:
        yield f"<AmtDtls><TxAmt>{_amount(entry.gross_minor, currency)}</TxAmt></AmtDtls>"
    if entry.charges:
        yield f"<Chrgs>{''.join(_charge(charge, currency) for charge in entry.charges)}</Chrgs>"
    yield "<NtryDtls>"
    if entry.batch is not None:
        yield f"<Btch><NbOfTxs>{entry.batch}</NbOfTxs></Btch>"
    structured = entry.structured_remittance
    for detail in entry.detail_lines:
        yield from _detail(detail, entry, structured)
    yield "</NtryDtls>"
    if len(entry.detail_lines) != 1 or entry.detail_lines[0].remittance is None:
        yield _text("AddtlNtryInf", entry.remittance)
    yield "</Ntry>"


def _detail(detail: Detail, entry: Entry, structured: str | None) -> Iterator[str]:
    end_to_end, uetr = _text("EndToEndId", detail.end_to_end_id), _text("UETR", detail.uetr)
    yield f"<TxDtls><Refs>{end_to_end}{uetr}</Refs>"
    sign = entry.amount_minor
    if detail.amount_minor is not None:
        sign = detail.amount_minor or sign
        yield _amount(detail.amount_minor, entry.currency or "")
        yield _side(sign)
    if detail.counterparty is not None:
        # The other side of a credit is the debtor; parties of a reversal keep their places.
        yield from _party(detail.counterparty, "Cdtr" if (sign < 0) != entry.reversal else "Dbtr")
    yield f"<RmtInf>{_text('Ustrd', detail.remittance)}"
    if structured is not None:
        yield f"<Strd><CdtrRefInf>{_text('Ref', structured)}</CdtrRefInf></Strd>"
    yield "</RmtInf>"
    if detail.return_reason is not None:
        yield f"<RtrInf><Rsn>{_text('Cd', detail.return_reason)}</Rsn></RtrInf>"
    yield "</TxDtls>"


def _party(party: Party, side: str) -> Iterator[str]:
    identity = ""
    if party.tax_id is not None:
        identity = f"<Id><OrgId><Othr>{_text('Id', party.tax_id)}</Othr></OrgId></Id>"
    yield f"<RltdPties><{side}><Pty>{_text('Nm', party.name)}{identity}</Pty></{side}>"
    yield f"<{side}Acct>{_account_id(party.account)}</{side}Acct></RltdPties>"
    bank = _text("BICFI", party.bank)
    yield f"<RltdAgts><{side}Agt><FinInstnId>{bank}</FinInstnId></{side}Agt></RltdAgts>"


def _charge(charge: Charge, currency: str) -> str:
    name = _text("Id", charge.source_text or charge.kind)
    rate = None
    if charge.rate_ppm is not None:
        rate = f"{charge.rate_ppm // 10_000}.{charge.rate_ppm % 10_000:04d}"
    return (
        f"<Rcrd>{_amount(charge.amount_minor, currency)}{_side(charge.amount_minor)}"
        f"<ChrgInclInd>{str(charge.included).lower()}</ChrgInclInd>"
        f"<Tp><Prtry>{name}</Prtry></Tp>{_text('Rate', rate)}</Rcrd>"
    )


def _amount(minor: int, currency: str) -> str:
    return f'<Amt Ccy="{currency}">{format_decimal(Money(abs(minor), currency))}</Amt>'


def _side(minor: int) -> str:
    return f"<CdtDbtInd>{'DBIT' if minor < 0 else 'CRDT'}</CdtDbtInd>"


def _account_id(account: str | None) -> str:
    return f"<Id><Othr>{_text('Id', account)}</Othr></Id>" if account else ""


def _text(name: str, text: str | None) -> str:
    return f"<{name}>{escape(text, quote=False)}</{name}>" if text else ""
