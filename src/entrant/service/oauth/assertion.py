"""Assertions: signed statements of another issuer that stand for a client secret (RFC 7523 §3; entra-client 3.6)."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from joserfc import jwt
from joserfc.errors import JoseError

from entrant.scim.wire import Json
from entrant.workspace.model import Federation

from .key_set import Key

ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Signatures by a private key alone: `none`, and a secret used as a key, never count."""
MAX_ASSERTION = 16_384  # characters; one of Entra has some 1,500
LEEWAY = timedelta(seconds=60)  # by which the issuer's clock may differ from ours
MAX_LIFETIME = timedelta(hours=24)  # that an assertion may still have; Entra's have at most that (entra-client 3.6)


class BadAssertion(Exception):
    """An assertion that cannot be accepted. The message is for the workspace's log."""


@dataclass(frozen=True, slots=True)
class Unverified:
    """What an assertion says before its signature has been checked: enough to find whose it would be."""

    text: str
    issuer: str
    subject: str
    key_id: str | None
    algorithm: str


@dataclass(frozen=True, slots=True)
class Verified:
    """An assertion that holds. `digest` names it among all of its issuer."""

    digest: str
    expires: datetime


def parse_assertion(text: str) -> Unverified:
    """Read an assertion without believing it; raises BadAssertion."""
    parts = text.split(".")
    if len(text) > MAX_ASSERTION or len(parts) != 3:  # noqa: PLR2004  a JWS has three parts, RFC 7515 §7.1
        raise BadAssertion("the assertion is no signed JWT")
    header, claims = _part(parts[0]), _part(parts[1])
    algorithm, key_id = header.get("alg"), header.get("kid")
    if algorithm not in ALGORITHMS or "crit" in header:
        raise BadAssertion("the assertion is signed by an algorithm that is not accepted")
    if not (key_id is None or isinstance(key_id, str)):
        raise BadAssertion("the kid of the assertion is no text")
    subject, issuer = claims.get("sub"), claims.get("iss")
    if not isinstance(issuer, str) or not isinstance(subject, str) or "\0" in issuer + subject:
        raise BadAssertion("the assertion has no iss, or no sub")
    return Unverified(text, issuer, subject, key_id, algorithm)


def verify(assertion: Unverified, key: Key, federation: Federation, now: datetime) -> Verified:
    """Check the signature and every claim against what the connection trusts; raises BadAssertion."""
    claims = signed_claims(assertion, key)
    expected = {"iss": federation.issuer, "sub": federation.subject}
    if federation.tenant is not None:
        expected["tid"] = federation.tenant
    for name, value in expected.items():
        if claims.get(name) != value:
            raise BadAssertion(f"the {name} of the assertion is {_shown(claims.get(name))}, not the one configured")
    audience = claims.get("aud")
    if federation.audience not in (audience if isinstance(audience, list) else [audience]):
        raise BadAssertion(f"the aud of the assertion is {_shown(audience)}, not the one configured")
    return Verified(_digest(assertion, claims.get("jti")), _end(claims, now) + LEEWAY)


def signed_claims(assertion: Unverified, key: Key) -> dict[str, Json]:
    """The claims of an assertion that this key has signed, of which nothing else is checked; raises BadAssertion."""
    try:
        return jwt.decode(assertion.text, key, algorithms=[assertion.algorithm]).claims
    except (JoseError, ValueError, RecursionError) as exc:
        raise BadAssertion("the signature of the assertion is not of its issuer's key") from exc


def _end(claims: dict[str, Json], now: datetime) -> datetime:
    """When an assertion that is valid now expires; raises BadAssertion if it is not valid now."""
    expires = _time(claims, "exp")
    if expires is None:
        raise BadAssertion("the assertion has no exp")
    if expires + LEEWAY <= now:
        raise BadAssertion("the assertion has expired")
    if expires > now + MAX_LIFETIME + LEEWAY:
        raise BadAssertion(f"the assertion lives for more than {MAX_LIFETIME // timedelta(hours=1)} hours")
    for name in ("nbf", "iat"):
        begins = _time(claims, name)
        if begins is not None and begins > now + LEEWAY:
            raise BadAssertion(f"the {name} of the assertion is in the future")
    return expires


def _digest(assertion: Unverified, jti: Json) -> str:
    """What names an assertion: its `jti`, or all that is signed if it has none.

    Not its signature: of some algorithms anybody can make another that is as good (RFC 7518 §3.4).
    """
    if jti is None:
        return hashlib.sha256(f"\0{assertion.text.rpartition('.')[0]}".encode()).hexdigest()
    if not isinstance(jti, str):
        raise BadAssertion("the jti of the assertion is no text")
    return hashlib.sha256(f"{assertion.issuer}\0{jti}".encode()).hexdigest()


def _time(claims: dict[str, Json], name: str) -> datetime | None:
    """A NumericDate (RFC 7519 §2)."""
    value = claims.get(name)
    if value is None:
        return None
    try:
        return datetime.fromtimestamp(value, UTC)
    except (TypeError, ValueError, OverflowError, OSError) as exc:
        raise BadAssertion(f"the {name} of the assertion is no time") from exc


def _part(text: str) -> dict[str, Json]:
    """A part of a compact JWS as a JSON object."""
    try:
        value = msgspec.json.decode(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, RecursionError) as exc:
        raise BadAssertion("the assertion is no signed JWT") from exc
    if not isinstance(value, dict):
        raise BadAssertion("the assertion is no signed JWT")
    return value


def _shown(value: Json) -> str:
    return f'"{value[:200]}"' if isinstance(value, str) else "not one text"
