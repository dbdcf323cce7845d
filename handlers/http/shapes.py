"""Forms of answers, as pydantic models: the document is made of them, answers are held to them.

Rows are made from the table of fields (application/query_fields.py), so that a field cannot be in
one and not in the other. Nothing here runs when a question is answered.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model

from application.changes import CHANGING
from application.query_fields import FIELDS
from application.query_fields import Field as RowField
from projections.resources import NAMES, Resource

MINOR = r"^(0|-?[1-9][0-9]{0,17})$"
POSITION = r"^(0|[1-9][0-9]{0,17})$"
DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"


class Shape(BaseModel):
    """Whatever is not named is not there; values are what they seem."""

    model_config = ConfigDict(extra="forbid", strict=True)


Position = Annotated[str, Field(pattern=POSITION, description="A place in the order of all facts.")]


class Amount(Shape):
    """An amount in minor units, as text: no reader makes a fraction of it."""

    minor: Annotated[str, Field(pattern=MINOR, examples=["125000050"])]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$", examples=["ARS"])]
    exponent: Annotated[int, Field(ge=0, le=4, description="Decimals of the currency.")]


class Candidate(Shape):
    """A payment that a line may settle, and what speaks against it."""

    payment_id: str
    merchant_id: str
    contradictions: list[str]


class Candidates(Shape):
    """How many there are; those that are shown, for a partner only its own."""

    count: Annotated[int, Field(ge=0)]
    shown: list[Candidate]


class Allocation(Shape):
    """What of a line settles what of a payment."""

    payment_id: str
    settlement_id: str
    amount: Amount
    payment_amount: Amount


class Residual(Shape):
    """A named difference inside a match."""

    kind: str
    amount: Amount


class AsOf(Shape):
    """The position whose state an answer shows."""

    position: Position


class Meta(Shape):
    """About a list as a whole, on its first page."""

    total: Annotated[int, Field(ge=0)] = 0
    total_is: Annotated[
        Literal["exact", "at_least"], Field(json_schema_extra={"x-extensible-enum": True})
    ] = "exact"
    query: Annotated[
        list[dict[str, Any]], Field(description="The terms of `q`, as they were understood.")
    ] = []


class ProblemError(Shape):
    """One thing that was wrong."""

    parameter: str
    code: str
    nearest: str = ""


class Problem(BaseModel):
    """A problem (RFC 9457)."""

    model_config = ConfigDict(extra="allow", strict=True)

    type: Annotated[str, Field(description="Address of a page that says what it means.")]
    title: str
    status: Annotated[int, Field(ge=400, le=599)]
    detail: str
    instance: str
    trace_id: Annotated[str, Field(description="Under this name it was noted here.")]
    errors: list[ProblemError] = []
    reason: str = ""
    scope: str = ""


class Interval(Shape):
    """How changes are waited for."""

    mode: Annotated[Literal["poll"], Field(json_schema_extra={"x-extensible-enum": True})]
    interval_s: Annotated[int, Field(ge=1)]


class Me(Shape):
    """Who the token says is asking."""

    tenant: str
    subject: str
    role: Literal["partner", "operator", "auditor"]
    partner: str | None
    scopes: list[str]
    merchants: Annotated[
        list[str] | None, Field(description="A partner's grant, as it is now; else null.")
    ]
    changes: Interval


class Health(Shape):
    """Lists can be read."""

    status: Literal["ok"]


class InTwoLanguages(Shape):
    """A text in English and Spanish."""

    en: str
    es: str


class ProblemType(Shape):
    """What a type of problem means."""

    type: str
    status: int
    title: InTwoLanguages
    meaning: InTwoLanguages


class Sentences(Shape):
    """Sentences in English and Spanish; the first one says it all."""

    en: list[str]
    es: list[str]


class Explanation(Shape):
    """Why something is what it is."""

    id: str
    kind: str
    sentences: Sentences


class Fact(BaseModel):
    """A fact, what it changed, and what its thing was after it."""

    model_config = ConfigDict(extra="allow", strict=True)

    fact_id: str
    topic: str
    version: int
    position: int
    effective: str
    recorded_at_ms: int
    actor: str
    fields: dict[str, Any]
    after: dict[str, Any]


class Facts(Shape):
    """Every fact about something, in the order in which they were recorded."""

    id: str
    kind: str
    facts: list[Fact]


_SHOWN: Final[Mapping[str, Any]] = {  # types, which have no type of their own
    "object": str,
    "allocated": Amount,
    "returned": Amount,
    "initiated_at": str,
    "match_ids": list[str],
    "settlement_ids": list[str],
    "reserved_by": str | None,
    "cancelled_because": str | None,
    "payments": list[str],
    "settlements": list[str],
    "candidates": Candidates,
    "cancelled_on": str | None,
    "rows": list[str],
    "allocations": list[Allocation],
    "residuals": list[Residual],
    "contradictions": list[Any],
    "released_because": str | None,
    "fact_id": str,
    "credits": Amount | None,
    "debits": Amount | None,
    "opening": Amount | None,
    "closing": Amount | None,
    "refused_place": str | None,
    "refused_because": str | None,
}
_Day = Annotated[str | None, Field(pattern=DAY)]
_Instant = Annotated[str | None, Field(description="UTC, to the millisecond.")]
_TYPES: Final[Mapping[str, Any]] = {
    "id": str | None,
    "word": str | None,
    "day": _Day,
    "instant": _Instant,
    "amount": Amount,
    "count": int | None,
    "flag": bool,
}


def _row(resource: Resource) -> type[Shape]:
    """The model of a resource's rows. Only `object` and `id` are always there."""
    made: dict[str, Any] = {}
    for field in FIELDS[resource].values():
        made[field.name] = (_type_of(resource, field), _field(field))
    name = NAMES[resource].capitalize()
    return create_model(name, __base__=Shape, __doc__=f"A {NAMES[resource]}.", **made)


def _type_of(resource: Resource, field: RowField) -> Any:
    match field.name:
        case "object":
            return Annotated[str, Field(pattern=f"^{NAMES[resource]}$")]
        case "id":
            return str
        case "position":
            return Position
        case _:
            return _SHOWN[field.name] if field.kind == "shown" else _TYPES[field.kind]


def _field(field: RowField) -> Any:
    if field.name in {"object", "id"}:
        return ...
    said = None if field.partner else "Not shown to partners."
    return Field(default=None, description=said)


ROWS: Final[Mapping[Resource, type[Shape]]] = {resource: _row(resource) for resource in NAMES}
"""The model of each resource's rows."""


def _list_of(*models: Any) -> Any:
    """The type of a list of these models, which are made as the program starts."""
    either: Any = models[0]
    for other in models[1:]:
        either = either | other
    return list[either]


def _page(resource: Resource) -> type[Shape]:
    return create_model(
        f"{NAMES[resource].capitalize()}Page",
        __base__=Shape,
        __doc__=f"A page of {resource}.",
        data=(_list_of(ROWS[resource]), ...),
        next=(
            str | None,
            Field(description="The cursor of the next page; null on the last one."),
        ),
        as_of=(AsOf, ...),
        meta=(Meta, ...),
    )


PAGES: Final[Mapping[Resource, type[Shape]]] = {resource: _page(resource) for resource in NAMES}
"""The model of each resource's pages."""


Changes: Final[type[Shape]] = create_model(
    "Changes",
    __base__=Shape,
    __doc__="What changed, in the order of last changes.",
    data=(_list_of(*(ROWS[resource] for resource in CHANGING)), ...),
    next=(str, Field(description="`after` of the next question.")),
    more=(bool, Field(description="Whether there is something behind `next` already.")),
    as_of=(AsOf, ...),
)
