"""Declared layouts of tables: a YAML file that says what the columns of a bank's file mean.

A profile is data, checked when it is read: an unknown key, a wrong value or a pattern of unbounded
work is refused with its line. The keys are documented at `Profile`; `adapters/statements/profiles/`
holds those that are built in.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal, Self, TypeAlias, cast

import yaml
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PrivateAttr,
    ValidationError,
    model_validator,
)

from adapters.statements.cells import day_reader
from adapters.statements.model import Unreadable
from adapters.statements.patterns import bounded_pattern
from adapters.statements.table import normalised
from domain.errors import BadValue
from domain.money import exponent

PROFILE_BYTES_MAX = 65_536
"""Size of a profile's file."""

PROFILE_DEPTH_MAX = 8
"""Levels of nesting in a profile's file."""

ENCODINGS = {
    "utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "cp1252", "iso8859-1", "iso8859-15",
    "cp850", "cp437", "mac-roman",
}  # fmt: skip
"""Encodings that a profile may name, under any of their names."""


DEBIT_WORDS = (
    "D", "DB", "DR", "DEB", "DEBE", "DEBITO", "DEBITOS", "DEBITADO", "DEUDOR", "DEBIT", "DEBITS",
    "DBIT", "CARGO", "CARGOS", "EGRESO", "EGRESOS", "EGRESA", "SALIDA", "SALIDAS", "SAIDA",
    "SAIDAS", "RETIRO", "RETIROS", "EXTRACCION", "WITHDRAWAL", "WITHDRAWALS", "OUTFLOW", "OUTGOING",
    "OUTBOUND", "PAID OUT", "MONEY OUT", "NEGATIVO", "NOTA DE DEBITO", "NOTA DEBITO",
)  # fmt: skip
CREDIT_WORDS = (
    "C", "CR", "H", "CRED", "HABER", "CREDITO", "CREDITOS", "ACREDITADO", "ACREEDOR", "CREDIT",
    "CREDITS", "CRDT", "ABONO", "ABONOS", "INGRESO", "INGRESOS", "INGRESA", "ENTRADA", "ENTRADAS",
    "DEPOSITO", "DEPOSITOS", "DEPOSIT", "DEPOSITS", "INFLOW", "INCOMING", "INBOUND", "PAID IN",
    "MONEY IN", "POSITIVO", "NOTA DE CREDITO", "NOTA CREDITO",
)  # fmt: skip
"""What a column of debits and credits says in Spanish, English and Portuguese."""


def _encoding(name: str) -> str:
    try:
        known = codecs.lookup(name).name
    except LookupError:
        known = ""
    if known not in ENCODINGS:
        raise ValueError("the encoding is unknown")
    return known


def _date(pattern: str) -> str:
    day_reader(pattern)
    return pattern


def _pattern(text: str) -> str:
    bounded_pattern(text)
    return text


def _currency(code: str) -> str:
    try:
        exponent(code, withdrawn=True)
    except BadValue:
        raise ValueError("the currency is unknown") from None
    return code


def _names(value: object) -> object:
    if isinstance(value, str):
        return (value,)  # one name may stand bare
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value


Text: TypeAlias = Annotated[str, Field(min_length=1, max_length=100)]
Names: TypeAlias = Annotated[tuple[Text, ...], BeforeValidator(_names)]
Pattern: TypeAlias = Annotated[str, AfterValidator(_pattern)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Columns(_Strict):
    """The names under which a header may show each field; the first one found counts.

    Names are compared without case, accents, punctuation and a currency at their end. `text` is
    joined from all that are found. Columns named nowhere are kept beside the entry.
    """

    booking_date: Names
    value_date: Names = ()
    text: Names = ()
    amount: Names = ()
    debit: Names = ()
    credit: Names = ()
    indicator: Names = ()
    balance: Names = ()
    currency: Names = ()
    account: Names = ()
    bank_reference: Names = ()
    end_to_end_id: Names = ()
    uetr: Names = ()
    coelsa_id: Names = ()
    status: Names = ()
    reversal: Names = ()
    counterparty_name: Names = ()
    counterparty_account: Names = ()
    counterparty_tax_id: Names = ()
    counterparty_bank: Names = ()
    ignored: Names = ()


class Patterns(_Strict):
    """Where in the text an id stands: the group `id` of a match, else the whole match."""

    tax_id: Pattern | None = None
    account: Pattern | None = None
    coelsa_id: Pattern | None = None
    end_to_end_id: Pattern | None = None


class Marks(_Strict):
    """Texts with which a row begins that is no movement.

    `opening` and `closing` state a balance, `balance` that of its place, which is one of both if no
    movement stands before or after it; `totals` state the sums of both columns; `ignored` is left
    out.
    """

    opening: Names = ()
    closing: Names = ()
    balance: Names = ()
    totals: Names = ()
    ignored: Names = ()


class Profile(_Strict):
    """The layout of one kind of table.

    A file is of this profile if all names of `header` stand in its header. `sign`: "amount" has
    its own sign; "sides" are a debit and a credit column; "indicator" is a column with one of the
    `debit_words` or `credit_words`; "balance" is the difference to the balance before; "auto" finds
    out. `order` tells in which direction time runs; "auto" asks the running balance. `currency`
    counts where no column says one, `account` finds the account before the header. `ends_with` is
    what no whole file is without: totals, or a stated balance where its rows end.
    """

    name: Text
    format: Literal["ar-extract", "csv"] = "csv"
    ends_with: Literal["balance", "totals"] | None = None
    header: Names = ()
    encoding: Annotated[str, AfterValidator(_encoding)] | None = None
    separator: Annotated[str, Field(min_length=1, max_length=1)] | None = None
    decimal: Literal["auto", "comma", "point"] = "auto"
    parentheses_are_negative: bool = False
    debits_are_negative: bool | None = None
    date: Annotated[str, AfterValidator(_date)] | None = None
    currency: Annotated[str, AfterValidator(_currency)] | None = None
    columns: Columns
    sign: Literal["auto", "amount", "sides", "indicator", "balance"] = "auto"
    debit_words: Names = DEBIT_WORDS
    credit_words: Names = CREDIT_WORDS
    order: Literal["auto", "oldest-first", "newest-first"] = "auto"
    account: Pattern | None = r"(?<![0-9])[0-9]{22}(?![0-9])"
    patterns: Patterns = Patterns()
    rows: Marks = Marks()
    _sha256: str | None = PrivateAttr(default=None)

    @property
    def sha256(self) -> str | None:
        """SHA-256 (hex) of the text that the profile was read from: its version."""
        return self._sha256

    @classmethod
    def of(cls, value: object, text: bytes) -> Self:
        """The profile that a text says. Raises ValidationError."""
        made = cls.model_validate(value)
        made._sha256 = sha256(text).hexdigest()
        return made

    @model_validator(mode="after")
    def _has_amounts(self) -> Profile:
        columns = self.columns
        if not columns.amount and not (columns.debit and columns.credit):
            raise ValueError("columns name neither an amount nor both a debit and a credit")
        needs = {
            "indicator": columns.indicator,
            "balance": columns.balance,
            "amount": columns.amount,
        }
        if self.sign in needs and not needs[self.sign]:
            raise ValueError(f"the sign is to come from the {self.sign}, but no column is named so")
        if self.sign == "sides" and not (columns.debit and columns.credit):
            raise ValueError("the sign is to come from two sides, but their columns are not named")
        return self

    def knows(self, names: frozenset[str]) -> bool:
        """Whether all names of `header` stand among normalised names."""
        return all(normalised(name) in names for name in self.header)


def profile_in(path: Path) -> Profile:
    """The profile in a file. Raises InputRefused with the line of what is wrong."""
    from application.batch import InputRefused  # only here: readers of tables do without it

    try:
        with path.open("rb") as file:
            return load_profile(file.read(PROFILE_BYTES_MAX + 1))
    except Unreadable as fault:
        raise InputRefused(file=str(path), place=fault.place, reason=fault.reason) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise InputRefused(file=str(path), place="file", reason=reason) from None


def load_profile(text: bytes) -> Profile:
    """The profile in a YAML file. Raises Unreadable with the line of what is wrong."""
    if len(text) > PROFILE_BYTES_MAX:
        raise Unreadable("file", f"a profile has at most {PROFILE_BYTES_MAX} bytes")
    value, lines = _parsed(text)
    if not isinstance(value, Mapping):
        raise Unreadable("line 1", "a profile is a list of keys with their values")
    try:
        return Profile.of(cast("object", value), text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        path = tuple(str(part) for part in first["loc"])
        known = next((path[:end] for end in range(len(path), -1, -1) if path[:end] in lines), ())
        said = str(first["msg"]).removeprefix("Value error, ")
        named = ".".join(path)
        raise Unreadable(f"line {lines[known]}", f"{named}: {said}" if named else said) from None


def _parsed(text: bytes) -> tuple[object, dict[tuple[str, ...], int]]:
    """What the YAML says, and the line of each key by its path; () is the first line."""
    try:
        _refuse_what_grows(text)
        found: dict[tuple[str, ...], int] = {(): 1}
        root = yaml.compose(text, Loader=yaml.SafeLoader)
        if root is not None:
            _collect(root, (), found)
        return yaml.safe_load(text), found
    except yaml.MarkedYAMLError as error:
        place = "file" if error.problem_mark is None else f"line {error.problem_mark.line + 1}"
        raise Unreadable(place, "the profile is not YAML") from None
    except (yaml.YAMLError, ValueError):  # ValueError: a number or a day that is none
        raise Unreadable("file", "the profile is not YAML") from None


def _refuse_what_grows(text: bytes) -> None:
    """Aliases could grow without bound and are of no use here; depth costs stack."""
    depth = 0
    for event in yaml.parse(text, Loader=yaml.SafeLoader):
        place = f"line {event.start_mark.line + 1}" if event.start_mark else "file"
        if isinstance(event, yaml.AliasEvent):
            raise Unreadable(place, "a profile may not refer to another part of itself")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > PROFILE_DEPTH_MAX:
            raise Unreadable(place, f"more than {PROFILE_DEPTH_MAX} levels")


def _collect(node: yaml.Node, path: tuple[str, ...], found: dict[tuple[str, ...], int]) -> None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            below = (*path, str(key.value))
            line = key.start_mark.line + 1
            if below in found:
                raise Unreadable(f"line {line}", "the same key twice")
            found[below] = line
            _collect(value, below, found)
    elif isinstance(node, yaml.SequenceNode):
        for index, value in enumerate(node.value):
            found[(*path, str(index))] = value.start_mark.line + 1
            _collect(value, (*path, str(index)), found)


@cache
def built_in_profile(name: str) -> Profile:
    """The profile of this name that comes with the program."""
    folder = files("adapters.statements").joinpath("profiles")
    return load_profile(folder.joinpath(f"{name}.yaml").read_bytes())
