"""Who asks: an HTTP API's authoriser. It lets through what a token proves, and says who that is.

Payload 2.0, simple answers. What it says in `context` is all that the functions behind it know of
the caller; a refusal is answered by the HTTP API itself, its reason is in the log.
"""

from __future__ import annotations

import logging
from base64 import b64decode
from binascii import Error as NotBase64
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from application.access import AccessRefusal
from conciliar.aws_reading import here
from handlers.http.asked import authorised, refused

if TYPE_CHECKING:
    from aws_lambda_powertools.utilities.typing import LambdaContext

log = logging.getLogger(__name__)
log.setLevel(logging.INFO)

BEARER = "bearer "


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Whether a request may pass, and who makes it."""
    del context
    try:
        caller = here().caller(_token(event), certificate=_certificate(event))
    except AccessRefusal as refusal:
        log.info("refused: %s", refused(refusal).get("refused", "no token"))
        return {"isAuthorized": False, "context": {}}
    return {"isAuthorized": True, "context": authorised(caller)}


def _token(event: Mapping[str, Any]) -> str | None:
    headers: Mapping[str, str] = event.get("headers") or {}
    said = next((text for name, text in headers.items() if name.lower() == "authorization"), "")
    return said[len(BEARER) :].strip() if said.lower().startswith(BEARER) else None


def _certificate(event: Mapping[str, Any]) -> str | None:
    """The thumbprint of the client certificate that the connection was made with."""
    from adapters.tokens import thumbprint

    context: Any = event.get("requestContext") or {}
    shown: Any = context.get("authentication") or {}
    found: Any = shown.get("clientCert") or {}
    lines = str(found.get("clientCertPem", "")).strip().splitlines()
    if len(lines) < 3:
        return None
    try:
        return thumbprint(b64decode("".join(lines[1:-1]), validate=True))
    except NotBase64:
        return None
