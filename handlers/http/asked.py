"""A request as an edge hands it over: an event of an HTTP API, version 2.0.

Who asks stands in the event's `requestContext.authorizer.lambda`: on AWS the authoriser wrote it
there, on our own server the server did. Nothing that a client sends reaches that place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard, get_args
from urllib.parse import parse_qsl, quote, unquote

from application.access import (
    AccessRefusal,
    Caller,
    InvalidReason,
    TokenInvalid,
    TokenMissing,
    TokenNotBound,
    made_caller,
)
from application.queries import Role
from handlers.http.problems import Problem

ADDRESS_LENGTH_MAX = 16_000
"""Characters of path and parameters: a cursor may have half of them."""

Event = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What was asked: `parameters` decoded, in the order of their first coming."""

    method: str
    path: str
    parameters: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    trace_id: str
    authorised: Mapping[str, object]

    @property
    def caller(self) -> Caller:
        """Who asks. Raises TokenMissing, TokenInvalid, TokenNotBound."""
        return _caller(self.authorised)


def asked(event: Event) -> Asked:
    """The request in an event. Raises Problem for an address that is too long."""
    context = _object(event.get("requestContext"))
    query = _text(event.get("rawQueryString"))
    path = path_of(event)
    if len(path) + len(query) > ADDRESS_LENGTH_MAX:
        raise Problem("address-too-long", f"more than {ADDRESS_LENGTH_MAX} characters")
    headers = {name.lower(): _text(text) for name, text in _object(event.get("headers")).items()}
    return Asked(
        method=_text(_object(context.get("http")).get("method")).upper(),
        path=path,
        parameters=tuple(parse_qsl(query, keep_blank_values=True)),
        headers=headers,
        trace_id=_text(context.get("requestId")),
        authorised=_object(_object(context.get("authorizer")).get("lambda")),
    )


def tenant_of(event: Event) -> str:
    """The tenant that whoever asks belongs to; empty where nobody is known."""
    context = _object(event.get("requestContext"))
    return _text(_object(_object(context.get("authorizer")).get("lambda")).get("tenant"))


def path_of(event: Event) -> str:
    """The path, each segment in the one form of percent-encoding that routes are written for.

    An HTTP API decodes `rawPath`, so that the slash of an id would look like two segments; where it
    says which route it found, the path is made of that. Whether a path parameter comes decoded is
    not promised: it is decoded again, which changes only ids that hold a per cent sign.
    """
    _, _, route = _text(event.get("routeKey")).partition(" ")
    values = _object(event.get("pathParameters"))
    if route.startswith("/") and values:
        segments = [
            _text(values.get(each[1:-1])) if each.startswith("{") else each
            for each in route.split("/")
        ]
        return "/".join(quote(unquote(each), safe="") for each in segments)
    raw = _text(event.get("rawPath"))
    return "/".join(quote(unquote(each), safe="") for each in raw.split("/")) or "/"


def authorised(caller: Caller) -> dict[str, str]:
    """A caller in the form in which an edge hands it on: texts alone."""
    made = {
        "principalId": caller.subject,
        "tenant": caller.tenant,
        "role": caller.role,
        "scope": " ".join(sorted(caller.scopes)),
    }
    return made if caller.partner is None else {**made, "partner": caller.partner}


def refused(refusal: AccessRefusal) -> dict[str, str]:
    """Why nobody is authorised, in the same form."""
    match refusal:
        case TokenInvalid():
            return {"refused": refusal.reason}
        case TokenNotBound():
            return {"refused": "not-bound"}
        case _:
            return {}


def _caller(said: Mapping[str, object]) -> Caller:
    why = said.get("refused")
    if why == "not-bound":
        raise TokenNotBound
    if _is_reason(why):
        raise TokenInvalid(reason=why)
    role, subject, tenant = (said.get(name) for name in ("role", "principalId", "tenant"))
    if not (_is_role(role) and isinstance(subject, str) and isinstance(tenant, str)):
        raise TokenMissing
    partner = said.get("partner")
    return made_caller(
        tenant=tenant,
        subject=subject,
        role=role,
        scopes=_text(said.get("scope")).split(),
        partner=partner if isinstance(partner, str) else None,
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _object(value: object) -> Mapping[str, object]:
    return value if _is_object(value) else {}


def _is_object(value: object) -> TypeGuard[Mapping[str, object]]:
    return isinstance(value, Mapping)


def _is_reason(value: object) -> TypeGuard[InvalidReason]:
    return isinstance(value, str) and value in get_args(InvalidReason)


def _is_role(value: object) -> TypeGuard[Role]:
    return isinstance(value, str) and value in get_args(Role)
