"""Powertools' resolver of an HTTP API, for both edges.

It keeps the event of a request on a class, which threads would share: here each thread, or task,
has its own. An address that nobody knows, a method that an address does not know, a refusal and a
fault of ours are answered as problems, where Powertools says `{"statusCode": 404}` or nothing.
"""

# Powertools types its own parts loosely, and keeps as attributes what are properties here; its own
# ASGI resolver does the same.
# pyright: reportUnknownMemberType=false, reportIncompatibleVariableOverride=false

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast

from aws_lambda_powertools.event_handler import APIGatewayHttpResolver, Response
from aws_lambda_powertools.event_handler.api_gateway import Router
from aws_lambda_powertools.utilities.data_classes import APIGatewayProxyEventV2

from domain.errors import Refusal
from handlers.http.answers import ALWAYS, PROBLEM, Answer, written
from handlers.http.asked import asked, path_of
from handlers.http.problems import Problem, problem_of

log = logging.getLogger(__name__)


@dataclass
class _Request:
    """What Powertools keeps of a request."""

    event: APIGatewayProxyEventV2 | None = None
    lambda_context: Any = None  # Powertools' own, and nothing of ours looks at it
    context: dict[str, Any] = field(default_factory=dict[str, Any])
    frames: list[str] = field(default_factory=list[str])


class Resolver(APIGatewayHttpResolver):
    """Events of an HTTP API to answers. One may serve many threads."""

    def __init__(self, router: Router) -> None:
        """A resolver of these routes."""
        self._request: ContextVar[_Request | None] = ContextVar("request", default=None)
        self._between = _Request()
        super().__init__(debug=False)
        self.include_router(router)
        self.not_found(self._nothing_there)
        self.exception_handler(Problem)(self._problem)
        self.exception_handler(Refusal)(self._refusal)
        self.exception_handler(Exception)(self._fault)

    def answer(self, event: Mapping[str, object]) -> dict[str, Any]:
        """The answer to an event, as an HTTP API takes it (payload 2.0)."""
        token = self._request.set(_Request())
        try:
            made = {**event, "rawPath": path_of(event)}
            self._state.event = APIGatewayProxyEventV2(made)
            return self._build_response(self._resolve())
        finally:
            self._request.reset(token)

    # What follows stands on the class in Powertools.

    @property
    def _state(self) -> _Request:
        return self._request.get() or self._between

    @property
    def current_event(self) -> APIGatewayProxyEventV2:
        """The event that is being answered."""
        return cast(APIGatewayProxyEventV2, self._state.event)

    @current_event.setter
    def current_event(self, value: APIGatewayProxyEventV2) -> None:
        self._state.event = value

    @property
    def lambda_context(self) -> Any:
        """What Lambda says of the call."""
        return self._state.lambda_context

    @lambda_context.setter
    def lambda_context(self, value: Any) -> None:
        self._state.lambda_context = value

    @property
    def context(self) -> dict[str, Any]:
        """What Powertools hands on within a request."""
        return self._state.context

    @context.setter
    def context(self, value: dict[str, Any]) -> None:
        self._state.context = value

    @property
    def processed_stack_frames(self) -> list[str]:
        """Powertools' notes for debugging."""
        return self._state.frames

    @processed_stack_frames.setter
    def processed_stack_frames(self, value: list[str]) -> None:
        self._state.frames = value

    # Answers.

    def _nothing_there(self, _error: Exception) -> Response[str]:
        path = path_of(self.current_event.raw_event)
        allowed = sorted(
            {
                route.method
                for route in (*self._static_routes, *self._dynamic_routes)
                if cast("re.Pattern[str]", route.rule).match(path)
            }
        )
        if not allowed:
            return self._problem(Problem("not-found", "no such address"))
        detail = f"this address knows {', '.join(allowed)}"
        headers = {"Allow": ", ".join(allowed)}
        return self._problem(Problem("method-not-allowed", detail, headers=headers))

    def _refusal(self, refusal: Refusal) -> Response[str]:
        problem = problem_of(refusal)
        return self._fault(refusal) if problem is None else self._problem(problem)

    def _fault(self, error: Exception) -> Response[str]:
        # Said once, here; outside only the name under which it was noted.
        event = self.current_event.raw_event
        trace_id = event.get("requestContext", {}).get("requestId", "")
        log.error("unexpected failure, trace %s", trace_id, exc_info=error)
        return self._problem(Problem("unexpected", "noted under trace_id"))

    def _problem(self, problem: Problem) -> Response[str]:
        return response(problem_answer(problem, self.current_event.raw_event))


def problem_answer(problem: Problem, event: Mapping[str, object]) -> Answer:
    """A problem as the answer to an event."""
    context = cast(Mapping[str, object], event.get("requestContext") or {})
    body = problem.body(
        instance=path_of(event)[:INSTANCE_LENGTH_MAX], trace_id=str(context.get("requestId", ""))
    )
    return Answer(
        body=written(body),
        status=problem.kind.status,
        content_type=PROBLEM,
        headers=problem.headers,
    )


INSTANCE_LENGTH_MAX = 500
"""Characters of an address that a problem repeats."""


def response(answer: Answer) -> Response[str]:
    """An answer in Powertools' form."""
    return Response(
        status_code=answer.status,
        content_type=None if answer.status == NOT_MODIFIED else answer.content_type,
        body=answer.body,
        headers={**ALWAYS, **answer.headers},
    )


NOT_MODIFIED = 304


def routed(made: Callable[..., Answer], *, router: Router) -> Callable[..., Response[str]]:
    """A route's function: `made` is called with what was asked, and what the address holds."""

    def route(**named: str) -> Response[str]:
        event: Mapping[str, object] = router.current_event.raw_event
        return response(made(asked(event), **named))

    return route
