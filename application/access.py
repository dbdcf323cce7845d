"""Who asks, as a verified token says it: tenant, role, scopes; nothing of it from what is asked.

AccessRefusal
  TokenMissing · TokenInvalid · TokenNotBound
  ScopeMissing
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, Protocol, TypeAlias, TypeGuard, get_args

from application.queries import Role
from domain.errors import Refusal
from projections.resources import Resource

ReadScope: TypeAlias = Literal[
    "payments:read", "settlements:read", "matches:read", "exceptions:read", "statements:read"
]
READ_SCOPES: Final[Mapping[Resource, ReadScope]] = {
    "payments": "payments:read",
    "settlements": "settlements:read",
    "matches": "matches:read",
    "exceptions": "exceptions:read",
    "statements": "statements:read",
}
"""What a token must hold so that a resource may be read."""

AUDIT_READ: Final = "audit:read"
"""What it must hold so that facts may be read."""

CASES_APPROVE: Final = "cases:approve"
"""What it must hold so that what somebody else proposed may be approved."""

SCOPES: Final = (*get_args(ReadScope), AUDIT_READ)
"""Scopes that something asks for that only reads."""

SCOPES_OF_ROLE: Final[Mapping[Role, frozenset[str]]] = {
    "partner": frozenset(get_args(ReadScope)),
    "operator": frozenset((*SCOPES, CASES_APPROVE)),
    "auditor": frozenset(SCOPES),
}
"""What a role can hold at all: whatever else a token says, it counts for nothing."""

TEXT_LENGTH_MAX: Final = 200
"""Characters of a tenant, a caller, a partner."""

InvalidReason: TypeAlias = Literal[
    "malformed", "not-an-access-token", "algorithm", "unknown-key", "signature", "issuer",
    "audience", "expired", "not-yet-valid", "claims", "tenant",
]  # fmt: skip


@dataclass(unsafe_hash=True, kw_only=True)
class AccessRefusal(Refusal):
    """Nobody who may ask this."""


@dataclass(unsafe_hash=True, kw_only=True)
class TokenMissing(AccessRefusal):
    """No token came along."""


@dataclass(unsafe_hash=True, kw_only=True)
class TokenInvalid(AccessRefusal):
    """The token is no proof; `reason` is a machine name."""

    reason: InvalidReason


@dataclass(unsafe_hash=True, kw_only=True)
class TokenNotBound(AccessRefusal):
    """The token belongs to a client certificate that did not come with it, or to another one."""


@dataclass(unsafe_hash=True, kw_only=True)
class ScopeMissing(AccessRefusal):
    """The token does not hold the `scope` that this asks for."""

    scope: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """Who asks. `subject` is the client or person; `partner` whose grant holds, for a partner."""

    tenant: str
    subject: str
    role: Role
    scopes: frozenset[str]
    partner: str | None = None

    def require(self, scope: str) -> None:
        """Raises ScopeMissing."""
        if scope not in self.scopes:
            raise ScopeMissing(scope=scope)


class Grants(Protocol):
    """The grants of one tenant."""

    def merchants_of(self, partner: str) -> frozenset[str]:
        """The merchants that were given and not withdrawn; none for a partner nobody knows."""
        ...


def caller_of(claims: Mapping[str, object]) -> Caller:
    """The caller of a token's verified claims: tenant, sub, role, scope, and a partner's partner.

    Raises TokenInvalid for a claim that is missing or cannot be read.
    """
    role = claims.get("role")
    if not _is_role(role):
        raise TokenInvalid(reason="claims")
    scope = claims.get("scope", "")
    if not isinstance(scope, str):
        raise TokenInvalid(reason="claims")
    return made_caller(
        tenant=_text(claims.get("tenant")),
        subject=_text(claims.get("sub")),
        role=role,
        scopes=scope.split(),
        partner=_text(claims.get("partner")) if role == "partner" else None,
    )


def made_caller(
    *, tenant: str, subject: str, role: Role, scopes: Iterable[str], partner: str | None
) -> Caller:
    """A caller with those scopes that the role can hold."""
    held = frozenset(scopes) & SCOPES_OF_ROLE[role]
    return Caller(tenant=tenant, subject=subject, role=role, scopes=held, partner=partner)


def _text(value: object) -> str:
    if isinstance(value, str) and 0 < len(value) <= TEXT_LENGTH_MAX and value.isprintable():
        return value
    raise TokenInvalid(reason="claims")


def _is_role(value: object) -> TypeGuard[Role]:
    return isinstance(value, str) and value in get_args(Role)
