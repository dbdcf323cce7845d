"""Tokens: what passes, and the many ways in which one does not."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from hypothesis import given
from hypothesis import strategies as st
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from adapters.tokens import SKEW_S, KeysUnusable, LocalIssuer, TokenVerifier, thumbprint
from application.access import TokenInvalid, TokenMissing, TokenNotBound

ISSUER, AUDIENCE, NOW_S = "https://id.bank.example", "conciliar", 1_780_000_000
RSA = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
EC = ec.generate_private_key(ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.generate()
PRIVATE: Mapping[str, Any] = {"rsa": RSA, "ec": EC, "ed": ED}
ALGORITHMS = {"rsa": "RS256", "ec": "ES256", "ed": "EdDSA"}
MAKERS: Mapping[str, Any] = {"rsa": RSAAlgorithm, "ec": ECAlgorithm, "ed": OKPAlgorithm}
CLAIMS: dict[str, Any] = {
    "iss": ISSUER,
    "aud": AUDIENCE,
    "sub": "client",
    "iat": NOW_S,
    "exp": NOW_S + 600,
    "role": "operator",
    "tenant": "bank",
}


def public(kid: str, **more: Any) -> dict[str, Any]:
    """A public key as a key set holds it."""
    made = json.loads(MAKERS[kid].to_jwk(PRIVATE[kid].public_key()))
    made.pop("key_ops", None)
    return {**made, "kid": kid, **more}


def key_set(*keys: Mapping[str, Any]) -> bytes:
    return json.dumps({"keys": list(keys or map(public, PRIVATE))}).encode()


def verifier(**more: Any) -> TokenVerifier:
    return TokenVerifier(**{"issuer": ISSUER, "audience": AUDIENCE, "keys": key_set(), **more})


def signed(kid: str = "rsa", *, header: Mapping[str, Any] | None = None, **claims: Any) -> str:
    """A token made by another library."""
    headers = {"kid": kid, "typ": "at+jwt", **(header or {})}
    payload = {name: v for name, v in {**CLAIMS, **claims}.items() if v is not None}
    return jwt.encode(payload, PRIVATE[kid], algorithm=ALGORITHMS[kid], headers=headers)


def reason(token: str, judge: TokenVerifier | None = None, **more: Any) -> str:
    """Why it is refused."""
    with pytest.raises(TokenInvalid) as refused:
        (judge or verifier()).verify(token, now_s=NOW_S, **more)
    return refused.value.reason


@pytest.mark.parametrize("kid", PRIVATE)
def test_a_token_of_another_library_passes(kid: str):
    """RS256, ES256 and EdDSA, as PyJWT signs them."""
    assert verifier().verify(signed(kid), now_s=NOW_S) == CLAIMS


def test_an_audience_may_be_one_of_several():
    """A list that holds ours is as good as ours alone."""
    assert verifier().verify(signed(aud=["x", AUDIENCE]), now_s=NOW_S)["aud"] == ["x", AUDIENCE]


@pytest.mark.parametrize(
    "claims, why",
    [
        ({"iss": "https://else.example"}, "issuer"),
        ({"iss": None}, "issuer"),
        ({"aud": "other"}, "audience"),
        ({"aud": None}, "audience"),
        ({"exp": NOW_S - SKEW_S}, "expired"),
        ({"exp": None}, "claims"),
        ({"exp": "2099"}, "claims"),
        ({"exp": True}, "claims"),
        ({"iat": NOW_S + SKEW_S + 1}, "not-yet-valid"),
        ({"iat": None}, "claims"),
        ({"nbf": NOW_S + SKEW_S + 1}, "not-yet-valid"),
    ],
)
def test_claims_must_hold(claims: dict[str, Any], why: str):
    """Issuer, audience and times are checked, with a little for clocks that differ."""
    assert reason(signed(**claims) if claims.get("exp") != "2099" else _raw(claims)) == why


def _raw(claims: Mapping[str, Any]) -> str:
    payload = json.dumps({**CLAIMS, **claims}).encode()
    return jwt.api_jws.encode(
        payload, RSA, algorithm="RS256", headers={"kid": "rsa", "typ": "at+jwt"}
    )


def test_clocks_may_differ_a_little():
    """Half a minute past its end a token still passes."""
    assert verifier().verify(signed(exp=NOW_S - SKEW_S + 1), now_s=NOW_S)


def test_no_algorithm_is_no_proof():
    """`none` is refused, whatever else the header says."""
    parts = [{"alg": "none", "typ": "at+jwt", "kid": "rsa"}, CLAIMS]
    token = ".".join(_encoded(part) for part in parts) + "."
    assert reason(token) == "algorithm"


def test_a_public_key_is_no_shared_secret():
    """A token signed by HMAC with the bytes of the public key is refused."""
    pem = RSA.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head, body = _encoded({"alg": "HS256", "typ": "at+jwt", "kid": "rsa"}), _encoded(CLAIMS)
    import hashlib
    import hmac

    mac = hmac.digest(pem, f"{head}.{body}".encode(), hashlib.sha256)
    assert reason(f"{head}.{body}.{_b64(mac)}") == "algorithm"


def test_a_key_is_used_in_its_one_way():
    """The header's algorithm has to be that of the key it names, not of another one."""
    token = signed("ec", header={"kid": "rsa"})
    assert reason(token) == "algorithm"


def test_a_key_that_names_its_algorithm_is_used_in_no_other():
    """RS256 by a key that is for PS256 is refused."""
    assert reason(signed(), verifier(keys=key_set(public("rsa", alg="PS256")))) == "algorithm"


@pytest.mark.parametrize(
    "header, why",
    [
        ({"typ": "JWT"}, "not-an-access-token"),
        ({"typ": "id+jwt"}, "not-an-access-token"),
        ({"kid": "other"}, "unknown-key"),
        ({"kid": ""}, "unknown-key"),
        ({"kid": "ec"}, "algorithm"),
        ({"crit": ["exp"], "exp": 1}, "signature"),
    ],
)
def test_the_header_must_say_what_it_is(header: dict[str, Any], why: str):
    """An access token, of a key that is known, without demands that nobody understands."""
    assert reason(signed(header=header)) == why


def test_a_key_that_the_token_brings_is_not_looked_at():
    """`jwk` in a header gives its signer nothing."""
    stranger = rsa.generate_private_key(public_exponent=65_537, key_size=2_048)
    own = json.loads(RSAAlgorithm.to_jwk(stranger.public_key()))
    headers = {"kid": "rsa", "typ": "at+jwt", "jwk": own}
    token = jwt.encode(CLAIMS, stranger, algorithm="RS256", headers=headers)
    assert reason(token) in {"malformed", "signature"}


def test_without_a_token_there_is_no_caller():
    """None is told apart from a bad one."""
    with pytest.raises(TokenMissing):
        verifier().verify(None, now_s=NOW_S)


@given(text=st.text(max_size=200) | st.text("abc.ABC_-=", max_size=60))
def test_law_noise_is_refused(text: str):
    """Whatever is not a token is refused, and nothing else happens."""
    assert reason(text) in {"malformed", "not-an-access-token", "unknown-key"}


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_law_a_changed_token_is_refused(at: int, bit: int):
    """A token with any character changed does not pass, or says what it said."""
    token = signed("ed")
    place = at % len(token)
    changed = token[:place] + chr(ord(token[place]) ^ (1 << bit)) + token[place + 1 :]
    try:
        claims = verifier().verify(changed, now_s=NOW_S)
    except TokenInvalid:
        return
    assert claims == CLAIMS  # bits of base64 that stand for nothing


# Bound to a certificate.


def test_a_bound_token_needs_its_certificate():
    """With the certificate that it names it passes, without one or with another it does not."""
    own, other = thumbprint(b"certificate"), thumbprint(b"another")
    token = signed(cnf={"x5t#S256": own})
    assert verifier().verify(token, now_s=NOW_S, certificate=own)
    for certificate in (None, other):
        with pytest.raises(TokenNotBound):
            verifier().verify(token, now_s=NOW_S, certificate=certificate)
    with pytest.raises(TokenNotBound):
        verifier().verify(signed(cnf={"jkt": "x"}), now_s=NOW_S, certificate=own)


def test_where_certificates_are_asked_for_partners_need_bound_tokens():
    """A partner's token without one is refused; the bank's own people need none."""
    judge = verifier(bound=True)
    assert judge.verify(signed(), now_s=NOW_S)
    with pytest.raises(TokenNotBound):
        judge.verify(signed(role="partner"), now_s=NOW_S, certificate=thumbprint(b"c"))


# Key sets.


@pytest.mark.parametrize(
    "keys, why",
    [
        (b"no", "not-json"),
        (b"[]", "not-1-to-100-keys"),
        (b'{"keys": []}', "not-1-to-100-keys"),
        (key_set({**public("rsa"), "kid": ""}), "key-without-kid"),
        (key_set(public("rsa"), public("rsa")), "kid-twice"),
        (key_set(public("rsa", use="enc")), "key-not-for-signatures"),
        (key_set({"kty": "oct", "k": "c2VjcmV0", "kid": "s"}), "key-not-public"),
        (key_set({"kty": "new", "kid": "n"}), "key-unreadable"),
    ],
)
def test_a_key_set_that_proves_nothing_is_refused(keys: bytes, why: str):
    """Named by reason; a shared secret and a nameless key are among them."""
    with pytest.raises(KeysUnusable) as refused:
        verifier(keys=keys)
    assert refused.value.reason == why


def test_a_private_key_does_not_belong_here():
    """A set with a private half, or with a short key, is refused."""
    private = json.loads(OKPAlgorithm.to_jwk(ED))
    short = rsa.generate_private_key(public_exponent=65_537, key_size=1_024)
    weak = json.loads(RSAAlgorithm.to_jwk(short.public_key()))
    weak.pop("key_ops", None)
    private.pop("key_ops", None)
    for key, why in ((private, "key-is-private"), (weak, "key-too-weak-or-of-no-use")):
        with pytest.raises(KeysUnusable) as refused:
            verifier(keys=key_set({**key, "kid": "k"}))
        assert refused.value.reason == why


def test_what_this_process_issues_another_library_reads():
    """A token of our own is one for PyJWT too, and not for the keys of another run."""
    issuer = LocalIssuer(issuer=ISSUER, audience=AUDIENCE, seed=b"1" * 32)
    token = issuer.issue({"sub": "x"}, now_s=NOW_S, life_s=60)
    assert verifier(keys=issuer.keys).verify(token, now_s=NOW_S)["sub"] == "x"
    other = LocalIssuer(issuer=ISSUER, audience=AUDIENCE, seed=b"2" * 32)
    assert reason(token, verifier(keys=other.keys)) == "unknown-key"


def _encoded(part: Mapping[str, Any]) -> str:
    return _b64(json.dumps(part).encode())


def _b64(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")
