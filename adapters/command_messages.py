"""A message from a queue: one command, in the strict form that files of commands have.

Commands about payments are read as lines of a file are (adapters/payment_files/json_lines.py). The
others stand here: docs/aws.md, "Commands". Models are typed; each field goes through the same
reader as in a file, so what is refused there is refused here, under the same names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from hashlib import sha256
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, TypeAdapter, ValidationError
from pydantic_core import PydanticCustomError

from adapters.data_folder.cards import masked, may_hold_card_number
from adapters.data_folder.faults import Unusable
from adapters.payment_files import fields
from adapters.payment_files.fields import Faults
from adapters.payment_files.json_lines import LINE_BYTES_MAX, holds_card_number, read_one
from adapters.payment_files.json_text import Json, Number, load
from adapters.payment_files.model import Setting, instant_ms
from adapters.statements.model import TEXT_LENGTH_MAX
from application.commanding import (
    Body,
    CancelLine,
    Complete,
    Message,
    RecordLine,
    RegisterMerchant,
    Told,
    Unmatch,
    Unreadable,
)
from application.payment_orders import Fault
from domain.errors import BadValue

_OURS: Final = "_ours"
"""The kind of a fault that a field's own reader found."""

_CODES: Final = {"missing": "missing", "extra_forbidden": "unknown-field"}
"""Machine names of what pydantic finds by itself; whatever else it finds is the wrong type."""

T = TypeVar("T")


class Everybody:
    """The merchants that a line may name: whoever. What is unknown is found when it is matched."""

    def __contains__(self, code: object) -> bool:
        return True


def read_message(text: str, *, source: str, now_ms: int) -> Message:
    """The command that a message is, or what is wrong with it.

    `source` is the system that it comes from where it does not say so, `now_ms` the present.
    """
    body = text.encode("utf-8", "surrogatepass")
    digest = sha256(body).hexdigest()
    setting = Setting(
        source=source, sha256=digest, zone="Z", payee=_no_payee, now=instant_ms(now_ms)
    )
    try:
        if len(body) > LINE_BYTES_MAX:
            raise Unusable(f"body-too-large: more than {LINE_BYTES_MAX} bytes")
        raw = load(body)
        command = _command(body, raw, setting)
    except Unusable as fault:
        reason, _, words = fault.reason.partition(": ")
        said = Unreadable(command_id=None, reason=reason, words=words or reason)
        # Nobody knows which of its fields are ids, so whatever looks like a card number goes.
        kept = masked(text[:LINE_BYTES_MAX], known=()).encode("utf-8", "replace")
        return Message(sha256=digest, content=kept, command=said)
    return Message(sha256=digest, content=None if holds_card_number(raw) else body, command=command)


def _no_payee(account: str | None, tax_id: str | None) -> str:
    del account, tax_id
    return "merchant-unknown"  # a command names its merchant


def _command(body: bytes, raw: Json, setting: Setting) -> Any:  # what read_message says
    name = raw.get("command") if isinstance(raw, dict) else None
    if not isinstance(name, str) or name not in _MODELS:
        return read_one(body, setting)
    try:
        model = _MODELS[name].validate_python(raw)
        told = Told(
            command_id=model.command_id,
            actor=getattr(model, "actor", None),
            body=model.body(json.loads(body), setting),
        )
    except ValidationError as error:
        return _unreadable(raw, list(_faults(error)))
    except BadValue as refusal:
        return _unreadable(raw, [Fault(f"/{refusal.field}", refusal.reason)])
    except Unusable as fault:
        field, _, code = fault.reason.partition(": ")
        place = (fault.place or f"$.{field}").removeprefix("$").replace(".", "/")
        return _unreadable(raw, [Fault(place, (code or field).partition(" ")[0])])
    return told


def _unreadable(raw: Json, faults: list[Fault]) -> Unreadable:
    said = raw.get("command_id") if isinstance(raw, dict) else None
    try:
        command_id = fields.command_id(said)
    except BadValue:
        command_id = None
    first = next((each.code for each in faults if each.code == "card-number-in-text"), None)
    return Unreadable(
        command_id=command_id,
        reason=first or "invalid-request",
        words="; ".join(f"{each.pointer or '/'} {each.code}" for each in faults),
        faults=tuple(faults),
    )


def _faults(error: ValidationError) -> Iterator[Fault]:
    for each in error.errors(include_url=False, include_input=False):
        pointer = "".join(f"/{step}" for step in each["loc"])
        if each["type"] != _OURS:
            yield Fault(pointer, _CODES.get(each["type"], "wrong-type"))
            continue
        for at, code in each.get("ctx", {}).get("parts", ()):
            yield Fault(f"{pointer}{at}", code)


def _by(read: Callable[[Json], T | Faults]) -> BeforeValidator:
    """A field that this reader reads."""

    def validate(value: Json) -> T:
        try:
            found = read(value)
        except BadValue as refusal:
            parts = (("", refusal.reason),)
        else:
            if not isinstance(found, Faults):
                return found
            parts = found.parts
        raise PydanticCustomError(_OURS, "unusable", {"parts": parts})

    return BeforeValidator(validate)


def _free(value: Json) -> str:
    read = fields.text(value, most=TEXT_LENGTH_MAX)
    if may_hold_card_number(read) and masked(read, known=()) != read:
        raise fields.bad("card-number-in-text")
    return read


def _signed(value: Json) -> dict[str, str] | Faults:
    """An amount that may be negative: {"minor": "-1050", "currency": "ARS"}."""
    minor = value.get("minor") if isinstance(value, dict) else None
    if isinstance(value, dict) and isinstance(minor, str) and not isinstance(minor, Number):
        value = {**value, "minor": minor.removeprefix("-")}
    money = fields.amount(value)
    if isinstance(money, Faults):
        return money
    return {"minor": str(minor), "currency": money.currency}


def _day(value: Json) -> date:
    from adapters.data_folder.values import checked_day

    try:
        return checked_day(fields.text(value))
    except BadValue as refusal:
        raise fields.bad(refusal.reason) from None


_CommandId = Annotated[str, _by(fields.command_id)]
_Id = Annotated[str, _by(fields.identifier)]
_Text = Annotated[str, _by(_free)]
_Reason = Annotated[str, _by(fields.reason)]
_Day = Annotated[date, _by(_day)]
_Amount = Annotated[dict[str, str], _by(_signed)]


class _Model(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", hide_input_in_errors=True)

    command_id: _CommandId
    source: _Id | None = None


class _RecordLine(_Model):
    command: Literal["record_line"]
    source: _Id  # pyright: ignore[reportGeneralTypeIssues, reportIncompatibleVariableOverride]  (of a line it has to be said: whose account it is)
    settlement_id: _Id
    account: _Id
    amount: _Amount
    booking_date: _Day
    value_date: _Day | None = None
    bank_entry_id: _Id | None = None
    reference: _Id | None = None
    end_to_end_id: _Id | None = None
    remittance_information: _Text | None = None
    counterparty_name: _Text | None = None
    counterparty_account: _Id | None = None
    counterparty_tax_id: _Id | None = None
    reversal: bool = False
    merchant_id: _Id | None = None
    received_at: _Id | None = None

    def body(self, raw: dict[str, Any], setting: Setting) -> Body:
        """The line, read as a row of settlements is. Raises Unusable."""
        from adapters.data_folder.rows import settlement_of

        del setting
        row = {
            **{key: raw.get(key) for key in raw if key not in {"command", "command_id"}},
            "amount": int(self.amount["minor"]),
            "currency": self.amount["currency"],
            "reversal": self.reversal,
        }
        text = json.dumps(row, ensure_ascii=False).encode()
        return RecordLine(line=settlement_of(text, merchants=Everybody(), flag=_unflagged))


def _unflagged(name: str, kind: str) -> None:
    """A bank's line is taken with its oddities: an answer has no place for them."""
    del name, kind


class _CancelLine(_Model):
    command: Literal["cancel_line"]
    settlement: _Id
    reason: _Reason
    business_date: _Day
    actor: _Id | None = None

    def body(self, raw: dict[str, Any], setting: Setting) -> Body:
        """The order."""
        del raw
        _demand_past(self.business_date, setting)
        _demand_prefix(self.settlement, "set:", name="settlement")
        return CancelLine(
            settlement=self.settlement, reason=self.reason, business_date=self.business_date
        )


class _Unmatch(_Model):
    command: Literal["unmatch"]
    match_id: _Id
    reason: _Reason
    business_date: _Day
    actor: _Id | None = None

    def body(self, raw: dict[str, Any], setting: Setting) -> Body:
        """The order."""
        del raw
        _demand_past(self.business_date, setting)
        _demand_prefix(self.match_id, "mat:", name="match_id")
        return Unmatch(match_id=self.match_id, reason=self.reason, business_date=self.business_date)


class _RegisterMerchant(_Model):
    command: Literal["register_merchant"]
    merchant: dict[str, Any]

    def body(self, raw: dict[str, Any], setting: Setting) -> Body:
        """The merchant, read as one of merchants.json is. Raises Unusable."""
        from adapters.data_folder.reference import merchant_of

        text = json.dumps(raw["merchant"], ensure_ascii=False).encode()
        try:
            row = merchant_of(text, source=self.source or setting.source)
        except Unusable as fault:
            place = (fault.place or "$").removeprefix("$").removeprefix("[0]")
            raise Unusable(fault.reason, place=f"$.merchant{place}") from None
        return RegisterMerchant(row=row)


class _Complete(_Model):
    command: Literal["complete_through"]
    through: _Day

    def body(self, raw: dict[str, Any], setting: Setting) -> Body:
        """The seal."""
        del raw
        _demand_past(self.through, setting, name="through")
        return Complete(source=self.source or setting.source, through=self.through)


def _demand_past(day: date, setting: Setting, *, name: str = "business_date") -> None:
    try:
        fields.Days(setting.now).business_date(day.isoformat())
    except BadValue as refusal:
        raise BadValue(field=name, reason=refusal.reason) from None


def _demand_prefix(text: str, prefix: str, *, name: str) -> None:
    if not text.startswith(prefix):
        raise BadValue(field=name, reason="id-of-other-kind")


_MODELS: Final[dict[str, TypeAdapter[Any]]] = {  # Any: a model has the fields of its command
    "record_line": TypeAdapter(_RecordLine),
    "cancel_line": TypeAdapter(_CancelLine),
    "unmatch": TypeAdapter(_Unmatch),
    "register_merchant": TypeAdapter(_RegisterMerchant),
    "complete_through": TypeAdapter(_Complete),
}
