"""A payment profile: a YAML file that a bank's analyst writes (docs/payment-files.md).

source: core                            the system that the payments come from
zone: "-03:00"                          of times that have none
accounts:                               whose the creditor's account is
  "0110599520000001234569": {merchant: M1, method: transfer}
csv:                                    how rows are read
  columns: {payment_id: Operación, amount: Importe, …}
"""

from __future__ import annotations

import re
from collections.abc import Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from application.batch import InputRefused
from application.payees import METHOD, Payee
from domain.payment import Method

PROFILE_BYTES_MAX = 1 << 20
"""Bytes of a profile."""

Column = Literal[
    "payment_id", "merchant_id", "method", "amount", "currency", "created_at", "created_time",
    "expected_value_date", "reference", "end_to_end_id", "payer_name", "payer_account",
    "payer_tax_id", "creditor_account", "creditor_tax_id",
]  # fmt: skip
"""What a column may be; those of the creditor find the merchant where no column names it."""

Named = Annotated[str, Field(min_length=1, max_length=140)]
_STRICT = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)
_OFFSET = r"[+-](0[0-9]|1[0-4]):[0-5][0-9]|Z"


class CsvForm(BaseModel):
    """How the rows of a file are read.

    `day` is a pattern of DD, MM and YYYY or YY. Every column that is not named here is passed over,
    unless `others` refuses it.
    """

    model_config = _STRICT

    columns: dict[Column, Named]
    constants: dict[Column, Named] = {}
    encoding: Literal["utf-8", "windows-1252"] = "utf-8"
    delimiter: Literal[",", ";", "|", "\t"] = ","
    decimal: Literal[".", ","] = "."
    thousands: Literal["", ".", ",", " "] = ""
    day: Annotated[str, Field(max_length=12)] = "YYYY-MM-DD"
    others: Literal["pass", "refuse"] = "pass"

    @field_validator("day")
    @classmethod
    def _names_a_day_once(cls, value: str) -> str:
        pieces = re.findall(r"YYYY|YY|MM|DD", value)
        if sorted(pieces) not in (["DD", "MM", "YYYY"], ["DD", "MM", "YY"]) or not re.fullmatch(
            r"(?:YYYY|YY|MM|DD)(?:[-/. ]?(?:YYYY|YY|MM|DD)){2}", value
        ):
            raise ValueError("not of DD, MM and YYYY or YY")
        return value

    @model_validator(mode="after")
    def _separates(self) -> Self:
        if self.decimal == self.thousands:
            raise ValueError("decimal and thousands are the same sign")
        if set(self.columns) & set(self.constants):
            raise ValueError("a field is a column and a constant")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a profile says; None where it leaves it to others."""

    source: str | None = None
    zone: str = "-03:00"
    accounts: dict[str, Payee] = field(default_factory=dict[str, Payee])
    csv: CsvForm | None = None


class _Payee(BaseModel):
    model_config = _STRICT

    merchant: Named
    method: Method = METHOD


class _File(BaseModel):
    model_config = _STRICT

    source: Named | None = None
    zone: Annotated[str, Field(pattern=f"^({_OFFSET})$")] = "-03:00"
    accounts: dict[Annotated[str, Field(min_length=1, max_length=140)], _Payee] = {}
    csv: CsvForm | None = None


class _Loader(yaml.BaseLoader):
    """Everything is a text, a list or a mapping: an account never becomes a number."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:  # noqa: FBT001, FBT002  (as the library calls it)
        """A mapping, in which no key stands twice."""
        keys = [key.value for key, _ in node.value]
        if len(keys) != len(set(map(str, keys))):
            raise yaml.MarkedYAMLError(problem="a key stands twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep=deep)


def read_profile(path: Path) -> Profile:
    """The profile in a file. Raises InputRefused."""
    try:
        with path.open("rb") as file:
            content = file.read(PROFILE_BYTES_MAX + 1)
    except OSError as error:
        reason = f"not readable: {error.strerror or type(error).__name__}"
        raise InputRefused(file=str(path), place="file", reason=reason) from None
    if len(content) > PROFILE_BYTES_MAX:
        reason = f"larger than {PROFILE_BYTES_MAX} bytes"
        raise InputRefused(file=str(path), place="file", reason=reason)
    try:
        said = _File.model_validate(_loaded(path, content))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(step) for step in first["loc"]) or "file"
        raise InputRefused(file=str(path), place=place, reason=first["msg"]) from None
    accounts = {key: Payee(each.merchant, each.method) for key, each in said.accounts.items()}
    return Profile(source=said.source, zone=said.zone, accounts=accounts, csv=said.csv)


def _loaded(path: Path, content: bytes) -> object:
    try:
        loaded: object = yaml.load(content, Loader=_Loader)  # noqa: S506  (it constructs texts only)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        place = "file" if mark is None else f"line {mark.line + 1}"
        reason = f"no YAML: {re.sub(r'[^a-z ]', '', error.problem or 'malformed')}"
        raise InputRefused(file=str(path), place=place, reason=reason) from None
    except (yaml.YAMLError, ValueError, RecursionError):
        raise InputRefused(file=str(path), place="file", reason="no YAML") from None
    return {} if loaded is None else loaded


PLAIN = CsvForm(
    columns={
        name: name
        for name in (
            "payment_id", "merchant_id", "method", "amount", "currency", "created_at",
            "expected_value_date", "reference", "end_to_end_id", "payer_name", "payer_account",
            "payer_tax_id",
        )
    },
    others="refuse",
)  # fmt: skip
"""Without a profile: our own names, in a header; a separator of any kind that the form knows."""
