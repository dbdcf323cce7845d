"""Commands about payments, one JSON object a line, in a strict form (docs/payment-files.md).

    {"command_id": "c-1", "command": "register", "payment_id": "P1", "amount": {…}, …}
    {"command_id": "c-2", "command": "cancel", "payment_id": "P1", "reason": …, "business_date": …}
    {"command_id": "c-3", "command": "report", "original": {"uetr": …}, "status": "RJCT", …}
    {"command_id": "c-4", "command": "return", "original": {"tx_id": …}, "amount": {…}, …}

A line that is no JSON refuses the file. A line that can be read stands alone: what is wrong with
it is named, all of it, and the others go on.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, BinaryIO, Final

from adapters.data_folder.cards import masked, may_hold_card_number
from adapters.data_folder.faults import Unusable
from adapters.payment_files import fields
from adapters.payment_files.fields import Days, Faults, Read
from adapters.payment_files.json_text import Json, load
from adapters.payment_files.model import Setting
from adapters.statements.model import Unreadable
from application.payment_orders import (
    Body,
    Cancel,
    Fault,
    Faulty,
    Order,
    Original,
    Register,
    Report,
    Return,
)
from domain.calendar import local_day
from domain.errors import BadValue
from domain.identity import is_valid_cbu, looks_like_cvu
from domain.payment import PaymentRegistered

LINE_BYTES_MAX: Final = 262_144
"""Bytes of a command; no more of a longer one is read."""

_PLAIN_IDS = frozenset(
    ("command_id", "payment_id", "merchant_id", "source", "reference", "end_to_end_id", "tx_id",
     "return_id", "uetr", "payer_account", "payer_tax_id", "minor")
)  # fmt: skip
"""Fields that are declared ids: what looks like a card number in them is none."""


def read(stream: BinaryIO, setting: Setting) -> Iterator[Order]:
    """The orders of all lines, in file order. Raises Unreadable."""
    number, found = 0, False
    reading = _Commands(setting)
    while line := stream.readline(LINE_BYTES_MAX + 2):
        number += 1
        place = f"line {number}"
        text = line.rstrip(b"\r\n")
        if len(text) > LINE_BYTES_MAX:
            raise Unreadable(place, f"body-too-large: more than {LINE_BYTES_MAX} bytes")
        if not text or text.isspace():
            continue
        found = True
        try:
            yield reading.order(text, place)
        except Unusable as fault:
            raise Unreadable(place, fault.reason) from None
    if not found:
        raise Unreadable("line 1", "malformed-json: empty")


def read_one(text: bytes, setting: Setting) -> Order:
    """The order that a message is. Raises Unusable where it is no JSON that may be read."""
    return _Commands(setting).order(text, "message")


# What is kept of an order that was set aside.


def with_content(order: Order, setting: Setting) -> Order:
    """The order with what is kept of it: a command with the same meaning."""
    return replace(order, content=lambda: _kept(_command(order), order.source, setting.sha256))


def read_kept(content: bytes, setting: Setting) -> Order:
    """The order that was kept, of the source and file that it came from. Raises Unusable."""
    kept = load(content)
    assert isinstance(kept, dict), "we wrote it ourselves"
    line, source, sha256 = (str(kept[key]) for key in ("line", "source", "sha256"))
    commands = _Commands(replace(setting, source=source, sha256=sha256))
    return commands.order(line.encode("utf-8"), str(kept.get("place", "")))


def sha256_of(content: bytes) -> str:
    """The hash of the file from which something was set aside."""
    kept = load(content)
    assert isinstance(kept, dict), "we wrote it ourselves"
    return str(kept["sha256"])


def _kept(line: str, source: str, sha256: str) -> bytes:
    document = {"source": source, "sha256": sha256, "line": line}
    return json.dumps(document, ensure_ascii=False).encode("utf-8")


def _command(order: Order) -> str:
    match order.body:
        case Report(original=original, status=status, reason=reason, business_date=day):
            said = {"command": "report", "original": _ids(original), "status": status}
        case Return(original=original, amount=amount, reason=reason, business_date=day):
            money = {"minor": str(amount.minor), "currency": amount.currency}
            said = {"command": "return", "original": _ids(original), "amount": money}
            said |= {} if order.body.return_id is None else {"return_id": order.body.return_id}
        case _:
            raise AssertionError("only what waits for its payment is kept in this form")
    said |= {"command_id": order.command_id, "reason": reason, "business_date": day.isoformat()}
    return json.dumps(said, ensure_ascii=False)


def _ids(original: Original) -> dict[str, str | None]:
    return {
        "uetr": original.uetr,
        "tx_id": original.tx_id,
        "end_to_end_id": original.end_to_end_id,
    }


# Reading.


@dataclass(frozen=True, slots=True)
class _Form:
    """A command's fields, and what it is once they are read."""

    required: Mapping[str, Read]
    optional: Mapping[str, Read]
    body: Callable[[Mapping[str, object], str], Body]


class _Commands:
    """Reads lines of one file."""

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._forms = _forms(Days(setting.now))

    def order(self, line: bytes, place: str) -> Order:
        """The order on a line. Raises Unusable where it is no JSON that may be read."""
        raw = load(line)
        if not isinstance(raw, dict):
            return self._order(Faulty(faults=(Fault("", "not-an-object"),)), place, {}, line)
        form = self._forms.get(str(raw.get("command")))
        if form is None or not isinstance(raw.get("command"), str):
            code = "command-unknown" if "command" in raw else "missing"
            values, faults = self._read(raw, _ANY_FORM, others=True)
            faults = [*faults, Fault("/command", code)]
        else:
            values, faults = self._read(raw, form, others=False)
        if form is None or faults:
            return self._order(Faulty(faults=tuple(faults)), place, values, line)
        source = str(values.get("source", self._setting.source))
        return self._order(form.body(values, source), place, values, line)

    def _order(self, body: Body, place: str, values: Mapping[str, object], line: bytes) -> Order:
        command_id, source = values.get("command_id"), self._setting.source

        def content() -> bytes | None:
            # A card number is kept nowhere: whoever sent it sends the line again without it.
            if holds_card_number(load(line)):
                return None
            return _kept(line.decode("utf-8"), source, self._setting.sha256)

        return Order(
            place=place,
            command_id=str(command_id) if command_id is not None else None,
            source=str(values.get("source", source)),
            body=body,
            stands_alone=True,
            content=content,
            oddities=_oddities(values),
        )

    def _read(
        self, raw: dict[str, Json], form: _Form, *, others: bool
    ) -> tuple[dict[str, object], list[Fault]]:
        values: dict[str, object] = {}
        faults: list[Fault] = []
        for key, value in raw.items():
            read = form.required.get(key) or form.optional.get(key)
            if key == "command" or (read is None and others):
                continue
            if read is None:
                faults.append(Fault(f"/{_pointed(key)}", "unknown-field"))
            elif value is not None or key in form.required:
                faults += _into(values, key, value, read)
        faults += [Fault(f"/{key}", "missing") for key in form.required if key not in raw]
        return values, faults


def _into(values: dict[str, object], key: str, value: Json, read: Read) -> list[Fault]:
    try:
        found = read(value)
    except BadValue as refusal:
        return [Fault(f"/{key}", refusal.reason)]
    if isinstance(found, Faults):
        return [Fault(f"/{key}{_pointed_path(at)}", code) for at, code in found.parts]
    values[key] = found
    return []


def _pointed(key: str) -> str:
    """A key as it may be quoted: one that is no plain name may be a value in a wrong place."""
    return key if key.isascii() and key.replace("_", "").replace("$", "").isalpha() else "?"


def _pointed_path(at: str) -> str:
    return f"/{_pointed(at.removeprefix('/'))}"


def holds_card_number(value: Json, key: str = "") -> bool:
    """Whether a text in there, other than a declared id, holds a card number."""
    match value:
        case str():
            return (
                key not in _PLAIN_IDS
                and may_hold_card_number(value)
                and masked(value, known=()) != value
            )
        case list():
            return any(holds_card_number(each) for each in value)
        case dict():
            return any(
                holds_card_number(name) or holds_card_number(each, name)
                for name, each in value.items()
            )
        case _:
            return False


def _oddities(values: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    account = values.get("payer_account")
    odd = isinstance(account, str) and looks_like_cvu(account) and not is_valid_cbu(account)
    return (("payer_account", "cvu-check-digit"),) if odd else ()


# The commands.

_ANY_FORM = _Form(
    {"command_id": fields.command_id}, {"source": fields.source}, lambda _, __: Faulty(faults=())
)
"""What every command has: enough to answer one that is not known."""


def _forms(days: Days) -> dict[str, _Form]:
    every, source = _ANY_FORM.required, _ANY_FORM.optional
    told: dict[str, Read] = {**source, "reason": fields.reason}
    return {
        "register": _Form(
            {
                **every,
                "payment_id": fields.identifier,
                "merchant_id": fields.identifier,
                "amount": fields.amount,
                "method": fields.method,
                "created_at": days.instant,
            },
            {
                **source,
                "expected_value_date": days.value_date,
                "reference": fields.identifier,
                "end_to_end_id": fields.identifier,
                "payer_name": fields.name,
                "payer_account": fields.account,
                "payer_tax_id": fields.tax_id,
                "received_at": days.instant,
            },
            _register,
        ),
        "cancel": _Form(
            {
                **every,
                "payment_id": fields.identifier,
                "reason": fields.reason,
                "business_date": days.business_date,
            },
            source,
            lambda values, _: Cancel(**_pick(values, "payment_id", "reason", "business_date")),
        ),
        "report": _Form(
            {
                **every,
                "original": fields.original,
                "status": fields.status,
                "business_date": days.business_date,
            },
            told,
            lambda values, _: Report(
                **_pick(values, "original", "status", "reason", "business_date")
            ),
        ),
        "return": _Form(
            {
                **every,
                "original": fields.original,
                "amount": fields.amount,
                "business_date": days.value_date,
            },
            {**told, "return_id": fields.identifier},
            lambda values, _: Return(
                **_pick(values, "original", "amount", "reason", "business_date", "return_id")
            ),
        ),
    }


def _pick(values: Mapping[str, object], *names: str) -> dict[str, Any]:
    # Any: each was read by the reader that its form names, which makes what its field holds.
    return {name: values.get(name) for name in names}


def _register(values: Mapping[str, object], source: str) -> Register:
    created_at = str(values["created_at"])
    day = local_day(created_at)
    names = (
        "payment_id", "merchant_id", "amount", "method", "reference", "end_to_end_id",
        "payer_name", "payer_account", "payer_tax_id", "received_at",
    )  # fmt: skip
    expected = values.get("expected_value_date")
    return Register(
        registration=PaymentRegistered(
            **_pick(values, *names),
            source=source,
            created_at=created_at,
            local_day=day,
            expected_value_date=expected if isinstance(expected, date) else day,
        ),
        value_date_said=expected is not None,
    )
