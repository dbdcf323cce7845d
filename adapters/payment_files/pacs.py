"""ISO 20022: credit transfers (pacs.008), status reports (pacs.002), returns (pacs.004).

    pacs.008   each transaction a payment; its id is the UETR, else the TxId, else the EndToEndId
    pacs.002   each transaction a report, of its own status or the group's
    pacs.004   each transaction a return

The controls of a message (NbOfTxs, CtrlSum, the total) are held against its transactions; one that
differs refuses the file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Context, Decimal
from typing import BinaryIO, Final

from adapters.data_folder.faults import Unusable
from adapters.data_folder.values import day_of, local_day_of
from adapters.payment_files import fields
from adapters.payment_files.json_lines import with_content
from adapters.payment_files.messages import End, Message, Part, parts
from adapters.payment_files.model import (
    Said,
    Setting,
    amount_of,
    joined_once,
    registered,
    unreadable,
    with_zone,
)
from adapters.statements.model import Unreadable
from adapters.statements.values import known, quoted
from application.payees import Payee
from application.payment_orders import Body, Order, Original, Register, Report, Return
from domain.errors import BadValue
from domain.identity import is_valid_cuit, normalise_tax_id
from domain.money import Money

TRANSACTIONS: Final = {
    "pacs.008": "CdtTrfTxInf",
    "pacs.002": "TxInfAndSts",
    "pacs.004": "TxInf",
}
TOTALS: Final = {"pacs.008": "TtlIntrBkSttlmAmt", "pacs.004": "TtlRtrdIntrBkSttlmAmt"}
GROUP_STATUS: Final = "OrgnlGrpInfAndSts"

_NUMBER = re.compile(r"[0-9]{1,15}")
_DECIMAL = re.compile(r"[+-]?[0-9]{1,18}(\.[0-9]{0,17})?")
_STATUS = re.compile(r"[A-Z]{4}")
_REASON = re.compile(r"[A-Za-z0-9 ._/-]{1,35}")
_EXACT = Context(prec=60)
"""What a control sum is computed with: enough digits that none is ever rounded."""


def read(stream: BinaryIO, setting: Setting) -> Iterator[Order]:
    """The orders of all messages, in file order. Raises Unreadable."""
    reading: _Reading | None = None
    for each in parts(stream):
        match each:
            case Message():
                reading = _Reading(each, setting)
            case Part():
                assert reading is not None, "parts stand inside a message"
                yield from reading.part(each)
            case End():
                assert reading is not None, "an end has a beginning"
                yield from reading.end()


@dataclass(slots=True)
class _Reading:
    """One message so far."""

    message: Message
    setting: Setting
    header: Part = field(default_factory=lambda: Part("GrpHdr", {}))
    groups: list[Part] = field(default_factory=list[Part])
    count: int = 0
    total: Decimal = Decimal()
    currencies: set[str] = field(default_factory=set[str])

    def part(self, part: Part) -> Iterator[Order]:
        """The order that a part of the message is, if it is one."""
        if part.name == "GrpHdr":
            self.header = part
        elif part.name == GROUP_STATUS:
            self.groups.append(part)
        elif part.name == TRANSACTIONS[self.message.kind]:
            self.count += 1
            place = self._place(f"{part.name}[{self.count}]")
            try:
                yield self._order(part, place)
            except Unusable as fault:
                raise unreadable(fault, place) from None

    def end(self) -> Iterator[Order]:
        """What the message says as a whole, once its controls were held against it."""
        if self.message.kind == "pacs.002":
            yield from self._whole_group()
        elif not self.count:
            raise Unreadable(self._place(""), f"the {self.message.kind} has no transactions")
        self._check_count()
        self._check_sums()

    def _place(self, path: str) -> str:
        if self.message.number == 1:
            return path or "Document"
        return f"Document[{self.message.number}]/{path}".removesuffix("/")

    def _order(self, part: Part, place: str) -> Order:
        command_id = self.setting.command_id(f"{self.message.number}.{self.count}")
        match self.message.kind:
            case "pacs.008":
                body, oddities = self._transfer(part)
                return Order(
                    place=place,
                    command_id=command_id,
                    source=self.setting.source,
                    body=body,
                    stands_alone=False,
                    oddities=oddities,
                )
            case "pacs.002":
                return self._alone(self._report(part), place, command_id)
            case "pacs.004":
                return self._alone(self._return(part), place, command_id)

    def _alone(self, body: Body, place: str, command_id: str) -> Order:
        """An order about a payment that may not have come yet: it can wait by itself."""
        order = Order(
            place=place,
            command_id=command_id,
            source=self.setting.source,
            body=body,
            stands_alone=True,
        )
        return with_content(order, self.setting)

    # pacs.008

    def _transfer(self, part: Part) -> tuple[Register, tuple[tuple[str, str], ...]]:
        uetr, tx_id = part.text("PmtId/UETR"), known(part.text("PmtId/TxId"))
        end_to_end_id = known(part.text("PmtId/EndToEndId"))
        payment_id = (uetr.lower() if uetr else None) or tx_id or end_to_end_id
        if payment_id is None:
            raise Unusable("PmtId: neither UETR nor TxId nor EndToEndId")
        payee = self._payee(part)
        amount = part.leaf("IntrBkSttlmAmt")
        said = Said(
            payment_id=payment_id,
            merchant_id=payee.merchant_id,
            method=payee.method,
            amount=amount.text if amount else None,
            currency=amount.currency if amount else None,
            created_at=self._instant(part),
            expected_value_date=part.text("IntrBkSttlmDt") or self.header.text("IntrBkSttlmDt"),
            reference=_reference(part),
            end_to_end_id=end_to_end_id,
            payer_name=part.text("Dbtr/Nm", "Dbtr/Pty/Nm"),
            payer_account=part.text("DbtrAcct/Id/IBAN", "DbtrAcct/Id/Othr/Id"),
            payer_tax_id=_tax_id(part, "Dbtr"),
        )
        made = registered(said, source=self.setting.source)
        self._add(made.registration.amount, amount.text if amount else "0")
        return made, tuple(said.oddities)

    def _payee(self, part: Part) -> Payee:
        account = part.text("CdtrAcct/Id/IBAN", "CdtrAcct/Id/Othr/Id")
        found = self.setting.payee(account, _tax_id(part, "Cdtr"))
        if isinstance(found, Payee):
            return found
        what = "CdtrAcct" if account else "CdtrAcct (which is not there)"
        raise Unusable(f"{what}: {found} (map the account in a profile)")

    def _instant(self, part: Part) -> str:
        said = part.text("AccptncDtTm") or self.header.text("CreDtTm", "CreDt")
        if said is None:
            raise Unusable("GrpHdr/CreDtTm: missing")
        return with_zone(said, self.setting.zone)

    # pacs.002

    def _report(self, part: Part) -> Report:
        status = part.text("TxSts") or self._group_status()
        if status is None:
            raise Unusable("TxSts: missing")
        return Report(
            original=_original(part),
            status=_demanded_status(status),
            reason=_reason(part, "StsRsnInf/Rsn/Cd", "StsRsnInf/Rsn/Prtry", "StsRsnInf/StsRsn/Cd"),
            business_date=local_day_of(self._instant(part), name="AccptncDtTm"),
        )

    def _group_status(self) -> str | None:
        """The status that all transactions of the only group have, unless it says "in part"."""
        status = self.groups[0].text("GrpSts") if len(self.groups) == 1 else None
        return None if status == "PART" else status

    def _whole_group(self) -> Iterator[Order]:
        """A status for a whole message of before, of which no transaction is named.

        One that would change something is set aside: no payment keeps the id of its message.
        """
        for number, group in enumerate(self.groups, start=1):
            place = self._place(f"{GROUP_STATUS}[{number}]")
            named = group.text("OrgnlNbOfTxs")
            if named is not None and len(self.groups) == 1 and self.count > _count(named, place):
                reason = f"OrgnlNbOfTxs is {quoted(named)}, the transactions are {self.count}"
                raise Unreadable(place, reason)
            if self.count:
                continue
            status = group.text("GrpSts")
            if status is None or _STATUS.fullmatch(status) is None:
                raise Unreadable(place, "neither a status nor transactions")
            day = local_day_of(self._instant(group), name="CreDtTm")
            body = Report(original=Original(), status=status, reason=None, business_date=day)
            yield self._alone(
                body, place, self.setting.command_id(f"{self.message.number}.g{number}")
            )
        if not self.count and not self.groups:
            raise Unreadable(self._place(""), "the pacs.002 reports no status")

    # pacs.004

    def _return(self, part: Part) -> Return:
        leaf = part.leaf("RtrdIntrBkSttlmAmt")
        amount = amount_of(leaf.text if leaf else None, leaf.currency if leaf else None)
        self._add(amount, leaf.text if leaf else "0")
        day = part.text("IntrBkSttlmDt") or self.header.text("IntrBkSttlmDt")
        return Return(
            original=_original(part),
            amount=amount,
            reason=_reason(part, "RtrRsnInf/Rsn/Cd", "RtrRsnInf/Rsn/Prtry", "RtrRsnInf/RtrRsn/Cd"),
            business_date=(
                day_of(day, name="IntrBkSttlmDt")
                if day
                else local_day_of(self._instant(part), name="CreDtTm")
            ),
            return_id=_checked(known(part.text("RtrId")), fields.identifier, "RtrId"),
        )

    # Controls

    def _add(self, amount: Money, text: str) -> None:
        self.total = _EXACT.add(self.total, Decimal(text))
        self.currencies.add(amount.currency)

    def _check_count(self) -> None:
        said = self.header.text("NbOfTxs")
        if said is None or self.message.kind == "pacs.002":
            return
        place = self._place("GrpHdr/NbOfTxs")
        if _count(said, place) != self.count:
            raise Unreadable(place, f"NbOfTxs is {quoted(said)}, the transactions are {self.count}")

    def _check_sums(self) -> None:
        kind = self.message.kind
        if kind == "pacs.002":
            return
        for name in ("CtrlSum", TOTALS[kind]):
            leaf = self.header.leaf(name)
            if leaf is None:
                continue
            place = self._place(f"GrpHdr/{name}")
            if _DECIMAL.fullmatch(leaf.text) is None:
                raise Unreadable(place, f"{name} {quoted(leaf.text)} is not a number")
            other = leaf.currency is not None and self.currencies != {leaf.currency}
            if other or Decimal(leaf.text) != self.total:
                code = f" {leaf.currency}" if leaf.currency in self.currencies else ""
                reason = f"{name} is {quoted(leaf.text)}, the transactions come to {self.total}"
                raise Unreadable(place, f"{reason}{code if not other else ' in another currency'}")


def _original(part: Part) -> Original:
    found = Original(
        uetr=_checked(part.text("OrgnlUETR", "UETR"), fields.uetr, "OrgnlUETR"),
        tx_id=_checked(known(part.text("OrgnlTxId")), fields.identifier, "OrgnlTxId"),
        end_to_end_id=_checked(
            known(part.text("OrgnlEndToEndId")), fields.identifier, "OrgnlEndToEndId"
        ),
    )
    if found == Original():
        raise Unusable("names no payment: neither OrgnlUETR nor OrgnlTxId nor OrgnlEndToEndId")
    return found


def _checked(text: str | None, read: Callable[[str], str], name: str) -> str | None:
    """The id as a command may name it, since this may wait in the form of one."""
    try:
        return None if text is None else read(text)
    except BadValue as refusal:
        raise Unusable(f"{name}: {refusal.reason}") from None


def _demanded_status(text: str) -> str:
    if _STATUS.fullmatch(text) is None:
        raise Unusable("TxSts: not a status code")
    return text


def _reason(part: Part, *paths: str) -> str | None:
    """The code, or the sender's own word if it is a short one: it is shown to everybody."""
    found = part.text(*paths)
    return found if found is not None and _REASON.fullmatch(found) else None


def _reference(part: Part) -> str | None:
    """The creditor's reference, else the number of the document that is paid; never one of two."""
    references = part.texts("RmtInf/Strd/CdtrRefInf/Ref", "RmtInf/Strd/CdtrRefInf/CdtrRef")
    if references:
        return joined_once(references)
    return joined_once(part.texts("RmtInf/Strd/RfrdDocInf/Nb", "RmtInf/Strd/RfrdDocInf/RfrdDocNb"))


def _tax_id(part: Part, party: str) -> str | None:
    """The CUIT among the party's ids."""
    kinds = ("OrgId", "PrvtId")
    ids = part.texts(*(f"{party}/Id/{kind}/{other}/Id" for kind in kinds for other in _OTHER_IDS))
    return next((each for each in map(normalise_tax_id, ids) if is_valid_cuit(each)), None)


_OTHER_IDS = ("Othr", "PrtryId", "OthrId")
"""How ids without a scheme of their own were called over the versions."""


def _count(text: str, place: str) -> int:
    if _NUMBER.fullmatch(text) is None:
        raise Unreadable(place, f"{quoted(text)} is not a number of transactions")
    return int(text)
