"""What is asked where. One table: the resolvers of both edges and the document are made of it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from aws_lambda_powertools.event_handler.api_gateway import Router

from application.access import AUDIT_READ, READ_SCOPES, Caller
from application.rate_limits import Kind
from handlers.http import reading
from handlers.http.answers import JSON, Answer
from handlers.http.asked import Asked
from handlers.http.problems import Problem
from handlers.http.resolver import routed
from handlers.http.served import Served
from projections.resources import NAMES, Resource

RECALLED: Final[tuple[Resource, ...]] = ("payments", "settlements", "matches")
"""What has facts and an explanation of its own."""

Made = Callable[..., Answer]


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """An address that answers GET. `scope` is what a token must hold; None: any good token.

    `public` ones are answered without a token. Those with `recalled` need facts at hand: they are
    there on our own server, not on AWS.
    """

    path: str
    name: str
    summary: str
    made: Made
    resource: Resource | None = None
    scope: str | None = None
    public: bool = False
    recalled: bool = False
    kind: Kind = "read"
    content_types: tuple[str, ...] = (JSON,)


def operations() -> Iterator[Operation]:
    """Every operation of the interface, in the order of the document."""
    for resource in NAMES:
        yield from _of_resource(resource)
    yield Operation(
        path="/v1/changes",
        name="listChanges",
        summary="What changed since a position, each thing once, as it is now",
        made=reading.changed,
        kind="changes",
    )
    yield Operation(
        path="/v1/me",
        name="showMe",
        summary="Who the token says is asking, and what may be read",
        made=reading.me,
    )
    yield Operation(
        path="/v1/health",
        name="showHealth",
        summary="Whether lists can be read",
        made=reading.health,
        public=True,
    )
    yield Operation(
        path="/v1/problems/{type}",
        name="showProblem",
        summary="What a type of problem means, in English and Spanish",
        made=reading.problem_page,
        public=True,
        content_types=(JSON, "text/html"),
    )
    yield Operation(
        path="/v1/openapi.json",
        name="showDocument",
        summary="This document",
        made=reading.document,
        public=True,
    )


def _of_resource(resource: Resource) -> Iterator[Operation]:
    one = NAMES[resource]
    scope = READ_SCOPES[resource]
    title = one.capitalize()
    yield Operation(
        path=f"/v1/{resource}",
        name=f"list{resource.capitalize()}",
        summary=f"{resource.capitalize()}: filters, search, order, pages",
        made=partial(reading.listed, resource),
        resource=resource,
        scope=scope,
    )
    yield Operation(
        path=f"/v1/{resource}/{{id}}",
        name=f"show{title}",
        summary=f"One {one}",
        made=partial(reading.item, resource),
        resource=resource,
        scope=scope,
    )
    if resource in RECALLED:
        yield Operation(
            path=f"/v1/{resource}/{{id}}/facts",
            name=f"list{title}Facts",
            summary=f"Every fact about a {one}, and its state after each",
            made=partial(reading.facts, resource),
            resource=resource,
            scope=AUDIT_READ,
            recalled=True,
        )
        yield Operation(
            path=f"/v1/{resource}/{{id}}/explanation",
            name=f"explain{title}",
            summary=f"Why a {one} is what it is, in English and Spanish",
            made=partial(reading.explanation, resource),
            resource=resource,
            scope=AUDIT_READ,
            recalled=True,
        )


def router(served: Served) -> Router:
    """The routes, for a resolver."""
    made = Router()
    for operation in operations():
        if operation.recalled and served.recollection is None:
            continue
        rule = re.sub(r"\{(\w+)\}", r"<\1>", operation.path)
        made.get(rule)(routed(_guarded(operation, served), router=made))
    return made


def _guarded(operation: Operation, served: Served) -> Made:
    """What an operation answers, once it is settled that it may."""

    def answer(asked: Asked, **named: str) -> Answer:
        _check_form(operation, asked)
        if operation.public:
            return operation.made(served, asked, **named)
        caller = asked.caller
        limits = _limit(operation, served, asked, caller)
        if operation.scope is not None:
            caller.require(operation.scope)
        made = operation.made(served, asked, caller, **named)
        return made.with_headers(limits)

    return answer


def _check_form(operation: Operation, asked: Asked) -> None:
    accepted = asked.headers.get("accept", "")
    if accepted and not any(_accepts(accepted, each) for each in operation.content_types):
        raise Problem("not-acceptable", f"answers are {', '.join(operation.content_types)}")


def _accepts(accepted: str, content_type: str) -> bool:
    """Whether a header of RFC 9110 accepts a type, its worth aside unless that is nothing."""
    main = content_type.partition("/")[0]
    for each in accepted.lower().split(","):
        wanted, *parameters = (part.strip() for part in each.split(";"))
        worthless = any(re.fullmatch(r"q=0(\.0*)?", one) for one in parameters)
        if wanted in {content_type, f"{main}/*", "*/*"} and not worthless:
            return True
    return False


def _limit(operation: Operation, served: Served, asked: Asked, caller: Caller) -> dict[str, str]:
    """Count the question; what a caller is told about it. Raises Problem."""
    searched = any(name == "q" for name, _ in asked.parameters)
    kind: Kind = "search" if searched else operation.kind
    name = f"{caller.tenant} {caller.subject}"
    left = served.limits.take(name, kind, now_ms=served.timing.now_ms())
    headers = {
        "RateLimit-Policy": f'"{kind}";q={left.rate.burst};w={left.rate.window_s}',
        "RateLimit": f'"{kind}";r={left.remaining}',
    }
    if left.wait_s:
        detail = f"{left.rate.per_second} a second, {left.rate.burst} at once"
        raise Problem("rate-limited", detail, headers={**headers, "Retry-After": str(left.wait_s)})
    return headers
