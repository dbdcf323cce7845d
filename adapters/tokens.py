"""Access tokens: RFC 9068 (`at+jwt`), checked against a set of public keys (RFC 7517).

The key decides the algorithm, never the token: `kid` names one key of the set, and that key is used
in the one way it is made for. So neither `none`, nor a public key taken for a secret, nor a key
that the token brings along can pass. A token may be bound to a client certificate (RFC 8705).
"""

from __future__ import annotations

import hashlib
import json
import warnings
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard, cast

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from joserfc import jws
from joserfc.errors import JoseError, SecurityWarning
from joserfc.jwk import ECKey, JWKRegistry, OKPKey, RSAKey

from application.access import TokenInvalid, TokenMissing, TokenNotBound
from domain.errors import Refusal

TYPES = frozenset(("at+jwt", "application/at+jwt"))
TOKEN_LENGTH_MAX = 8_000
"""Characters of a token that are looked at."""

# An issuer may go on calling Ed25519 by its old name; the key decides what it means.
warnings.filterwarnings("ignore", message="EdDSA is deprecated", category=SecurityWarning)

KEYS_MAX = 100
"""Keys of a set."""

RSA_BITS_MIN = 2_048
SKEW_S = 30
"""Seconds by which the issuer's clock and ours may differ."""

Key = ECKey | OKPKey | RSAKey

# One curve, one algorithm; Ed25519 goes by an old name and a new one (RFC 9864).
_OF_CURVE: Mapping[str, tuple[str, ...]] = {
    "P-256": ("ES256",),
    "P-384": ("ES384",),
    "Ed25519": ("EdDSA", "Ed25519"),
}
_OF_RSA = ("RS256", "PS256")
_REGISTRY = jws.JWSRegistry(algorithms=["RS256", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"])


@dataclass(unsafe_hash=True, kw_only=True)
class KeysUnusable(Refusal):
    """A set of keys that nobody's token can be checked with; `reason` is a machine name."""

    reason: str


class TokenVerifier:
    """Checks tokens of one issuer for one audience."""

    def __init__(self, *, issuer: str, audience: str, keys: bytes, bound: bool = False) -> None:
        """`keys` is a JSON Web Key Set; with `bound`, a partner's token needs a certificate.

        Raises KeysUnusable.
        """
        self._issuer = issuer
        self._audience = audience
        self._keys = _read_keys(keys)
        self._bound = bound

    def verify(
        self, token: str | None, *, now_s: int, certificate: str | None = None
    ) -> Mapping[str, object]:
        """The claims of a token that is good now.

        `now_s` is seconds since 1970 UTC, `certificate` the thumbprint of the connection's client
        certificate. Raises TokenMissing, TokenInvalid, TokenNotBound.
        """
        if token is None:
            raise TokenMissing
        claims = self._signed(token)
        self._check(claims, now_s)
        self._check_bound(claims, certificate)
        return claims

    def _signed(self, token: str) -> Mapping[str, object]:
        """The claims, signed by one of the keys."""
        if len(token) > TOKEN_LENGTH_MAX or not token.isascii():
            raise TokenInvalid(reason="malformed")
        try:
            header: object = jws.extract_compact(token.encode()).headers()
        except (JoseError, ValueError):
            raise TokenInvalid(reason="malformed") from None
        if not _is_object(header):
            raise TokenInvalid(reason="malformed")
        if str(header.get("typ", "")).lower() not in TYPES:
            raise TokenInvalid(reason="not-an-access-token")
        kid = header.get("kid")
        key = self._keys.get(kid) if isinstance(kid, str) else None
        if key is None:
            raise TokenInvalid(reason="unknown-key")
        algorithms = _algorithms(key)
        if header.get("alg") not in algorithms:
            raise TokenInvalid(reason="algorithm")
        try:
            signed = jws.deserialize_compact(token, key, list(algorithms), _REGISTRY)
            claims: object = json.loads(signed.payload or b"")
        except (JoseError, ValueError):
            raise TokenInvalid(reason="signature") from None
        if not _is_object(claims):
            raise TokenInvalid(reason="claims")
        return claims

    def _check(self, claims: Mapping[str, object], now_s: int) -> None:
        if claims.get("iss") != self._issuer:
            raise TokenInvalid(reason="issuer")
        audience = claims.get("aud")
        if self._audience not in (audience if _is_list(audience) else [audience]):
            raise TokenInvalid(reason="audience")
        if _seconds(claims, "exp") + SKEW_S <= now_s:
            raise TokenInvalid(reason="expired")
        begun = [_seconds(claims, "iat"), *([_seconds(claims, "nbf")] if "nbf" in claims else ())]
        if max(begun) - SKEW_S > now_s:
            raise TokenInvalid(reason="not-yet-valid")

    def _check_bound(self, claims: Mapping[str, object], certificate: str | None) -> None:
        confirmation = claims.get("cnf")
        if confirmation is None:
            if self._bound and claims.get("role") == "partner":
                raise TokenNotBound
            return
        wanted = confirmation.get("x5t#S256") if _is_object(confirmation) else None
        # Another kind of confirmation is one that we cannot check: it does not pass for none.
        if not isinstance(wanted, str) or wanted != certificate:
            raise TokenNotBound


def thumbprint(certificate_der: bytes) -> str:
    """A certificate's thumbprint as tokens hold it (RFC 8705): SHA-256, base64url."""
    return urlsafe_b64encode(hashlib.sha256(certificate_der).digest()).decode().rstrip("=")


class LocalIssuer:
    """An issuer for one process on one machine: its key is drawn at the start and never kept."""

    def __init__(self, *, issuer: str, audience: str, seed: bytes) -> None:
        """`seed` is 32 unpredictable bytes."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

        private = Ed25519PrivateKey.from_private_bytes(seed)
        self._issuer = issuer
        self._audience = audience
        self._key = OKPKey.import_key(private)
        self._kid = self._key.thumbprint()

    @property
    def keys(self) -> bytes:
        """The public key, as a JSON Web Key Set."""
        public = self._key.as_dict(private=False, kid=self._kid)
        return json.dumps({"keys": [public]}).encode()

    def issue(self, claims: Mapping[str, object], *, now_s: int, life_s: int) -> str:
        """A token with these claims, good from now on for `life_s` seconds."""
        payload = {
            "iss": self._issuer,
            "aud": self._audience,
            "iat": now_s,
            "exp": now_s + life_s,
            **claims,
        }
        header = {"typ": "at+jwt", "alg": "Ed25519", "kid": self._kid}
        content = json.dumps(payload).encode()
        return jws.serialize_compact(header, content, self._key, ["Ed25519"], _REGISTRY)


def _read_keys(content: bytes) -> dict[str, Key]:
    try:
        found: object = json.loads(content)
    except ValueError:
        raise KeysUnusable(reason="not-json") from None
    listed = found.get("keys") if _is_object(found) else None
    if not _is_list(listed) or not 0 < len(listed) <= KEYS_MAX:
        raise KeysUnusable(reason=f"not-1-to-{KEYS_MAX}-keys")
    keys: dict[str, Key] = {}
    for each in listed:
        kid, key = _read_key(each)
        if kid in keys:
            raise KeysUnusable(reason="kid-twice")
        keys[kid] = key
    return keys


def _read_key(found: object) -> tuple[str, Key]:
    if not _is_object(found) or not isinstance(kid := found.get("kid"), str) or not kid:
        raise KeysUnusable(reason="key-without-kid")
    if found.get("use", "sig") != "sig":
        raise KeysUnusable(reason="key-not-for-signatures")
    try:
        key = JWKRegistry.import_key(cast(dict[str, str | list[str]], found))
    except (JoseError, ValueError, TypeError):
        raise KeysUnusable(reason="key-unreadable") from None
    if not isinstance(key, Key):  # a secret that issuer and reader share proves nothing
        raise KeysUnusable(reason="key-not-public")
    if key.is_private:
        raise KeysUnusable(reason="key-is-private")
    if not _algorithms(key) or (isinstance(key, RSAKey) and _bits(key) < RSA_BITS_MIN):
        raise KeysUnusable(reason="key-too-weak-or-of-no-use")
    return kid, key


def _algorithms(key: Key) -> tuple[str, ...]:
    """How the key may be used; of several ways, the one that the key itself names."""
    possible = _OF_RSA if isinstance(key, RSAKey) else _OF_CURVE.get(str(key.curve_name), ())
    named = key.alg
    return tuple(each for each in possible if named is None or each == named)


def _bits(key: RSAKey) -> int:
    public = key.public_key
    assert isinstance(public, RSAPublicKey)
    return public.key_size


def _seconds(claims: Mapping[str, object], name: str) -> int:
    value = claims.get(name)
    if not isinstance(value, int) or isinstance(value, bool):
        raise TokenInvalid(reason="claims")
    return value


def _is_object(value: object) -> TypeGuard[dict[str, object]]:
    return isinstance(value, dict)


def _is_list(value: object) -> TypeGuard[list[object]]:
    return isinstance(value, list)
