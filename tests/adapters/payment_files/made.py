"""Files of payments, made here; and a reader's setting under which all of them read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.payment_files import PaymentFormat, Setting, format_of, read
from adapters.payment_files.profile import CsvForm
from adapters.statements.model import Unreadable
from application.payees import Payee
from application.payment_orders import Order, Register
from domain.payment import PaymentRegistered

NOW = datetime(2026, 3, 6, 15, 0, tzinfo=UTC)
SHA = "0123456789abcdef" * 4
OURS = "0726229088934687001217"
PAYER = "0177792125336137481863"
UETR = "7a562c67-ca16-48ba-b074-65581be6f001"
SPACE = "urn:iso:std:iso:20022:tech:xsd:"


def payee_of(account: str | None, tax_id: str | None) -> Payee | str:
    """M1 has our account and one tax id."""
    return Payee("M1") if account == OURS or tax_id == "33385432890" else "merchant-unknown"


def setting(**changes: Any) -> Setting:
    values: dict[str, Any] = {
        "source": "core",
        "sha256": SHA,
        "zone": "-03:00",
        "payee": payee_of,
        "now": NOW,
    }
    return Setting(**{**values, **changes})


def orders(
    content: str | bytes,
    *,
    kind: PaymentFormat | None = None,
    form: CsvForm | None = None,
    **changes: Any,
) -> list[Order]:
    """The orders of a file, by the format that its content has."""
    stream = io.BytesIO(content.encode() if isinstance(content, str) else content)
    kind = kind or format_of(stream)
    return list(read(stream, setting(**changes), kind=kind, form=form))


def refusal(content: str | bytes, **changes: Any) -> tuple[str, str]:
    """Place and reason for which the file is refused."""
    with pytest.raises(Unreadable) as refused:
        orders(content, **changes)
    return refused.value.place, refused.value.reason


def payments(content: str | bytes, **changes: Any) -> list[PaymentRegistered]:
    """The payments that a file registers."""
    return list(_registrations(orders(content, **changes)))


def _registrations(some: list[Order]) -> Iterator[PaymentRegistered]:
    for each in some:
        assert isinstance(each.body, Register)
        yield each.body.registration


# ISO 20022.


def transfer(number: int = 1, **changes: str) -> str:
    """A transaction of a pacs.008; each keyword replaces an element by its content."""
    parts = {
        "PmtId": f"<EndToEndId>E2E-{number}</EndToEndId><TxId>T{number}</TxId>",
        "amount": '<IntrBkSttlmAmt Ccy="ARS">100.50</IntrBkSttlmAmt>',
        "IntrBkSttlmDt": "2026-03-03",
        "Dbtr": "<Nm>Ana Gómez</Nm>",
        "DbtrAcct": f"<Id><Othr><Id>{PAYER}</Id></Othr></Id>",
        "CdtrAcct": f"<Id><Othr><Id>{OURS}</Id></Othr></Id>",
    } | changes
    return f"<CdtTrfTxInf>{_elements(parts)}</CdtTrfTxInf>"


def report(status: str = "RJCT", **changes: str) -> str:
    """A transaction of a pacs.002."""
    parts = {
        "OrgnlEndToEndId": "E2E-1",
        "TxSts": status,
        "StsRsnInf": "<Rsn><Cd>AC04</Cd></Rsn>",
    } | changes
    return f"<TxInfAndSts>{_elements(parts)}</TxInfAndSts>"


def giving_back(**changes: str) -> str:
    """A transaction of a pacs.004."""
    parts = {
        "RtrId": "R1",
        "OrgnlEndToEndId": "E2E-1",
        "amount": '<RtrdIntrBkSttlmAmt Ccy="ARS">100.50</RtrdIntrBkSttlmAmt>',
        "IntrBkSttlmDt": "2026-03-05",
        "RtrRsnInf": "<Rsn><Cd>AC04</Cd></Rsn>",
    } | changes
    return f"<TxInf>{_elements(parts)}</TxInf>"


def _elements(parts: dict[str, str]) -> str:
    # An element with an attribute is written whole.
    return "".join(
        text if name == "amount" else f"<{name}>{text}</{name}>"
        for name, text in parts.items()
        if text
    )


ROOTS = {"pacs.008": "FIToFICstmrCdtTrf", "pacs.002": "FIToFIPmtStsRpt", "pacs.004": "PmtRtr"}


def message(*parts: str, kind: str = "pacs.008", version: str = "08", header: str = "") -> str:
    """A message with its group header."""
    root = ROOTS[kind]
    head = f"<GrpHdr><MsgId>M1</MsgId><CreDtTm>2026-03-02T10:00:00Z</CreDtTm>{header}</GrpHdr>"
    space = f"{SPACE}{kind}.001.{version}"
    return f'<Document xmlns="{space}"><{root}>{head}{"".join(parts)}</{root}></Document>'


# Commands.

REGISTER: dict[str, Any] = {
    "command_id": "c-1",
    "command": "register",
    "payment_id": "J1",
    "merchant_id": "M1",
    "amount": {"minor": "1050", "currency": "ARS"},
    "method": "transfer",
    "created_at": "2026-03-02T10:00:00-03:00",
}
CANCEL: dict[str, Any] = {
    "command_id": "c-2",
    "command": "cancel",
    "payment_id": "J1",
    "reason": "withdrawn",
    "business_date": "2026-03-03",
}

REPORT: dict[str, Any] = {
    "command_id": "c-3",
    "command": "report",
    "original": {"uetr": UETR, "end_to_end_id": "E1"},
    "status": "RJCT",
    "reason": "AC04",
    "business_date": "2026-03-03",
}
RETURN: dict[str, Any] = {
    "command_id": "c-4",
    "command": "return",
    "original": {"tx_id": "T1"},
    "amount": {"minor": "1050", "currency": "ARS"},
    "business_date": "2026-03-09",
}


def line(command: dict[str, Any] | None = None, /, **changes: Any) -> str:
    """A command as a line; a change to `...` takes the field away."""
    fields = {**(REGISTER if command is None else command), **changes}
    return json.dumps({key: value for key, value in fields.items() if value is not ...})


def read_line(text: str | bytes) -> Order:
    """The order of the only line."""
    (order,) = orders(text, kind="json")
    return order
