"""Identity tokens: what an OpenID provider says of whoever has signed in there (OpenID Connect Core 1.0 §2)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from msgspec import Meta, Struct

from entrant.scim.wire import Json

from .assertion import LEEWAY, BadAssertion, parse_assertion, signed_claims
from .documents import read_document
from .fetch import FetchError
from .key_set import NoKey, choose, read_key_set


class BadIdentity(Exception):
    """An identity token that is not for us, not for this sign-in, or not the provider's. The message is a sentence."""


@dataclass(frozen=True, slots=True)
class Expected:
    """What an identity token must say."""

    issuer: str
    client_id: str
    nonce: str


class Identity(Struct, frozen=True):
    """The claims that are read. Issuer and subject name the person; an address is theirs only if it is verified."""

    iss: str
    sub: Annotated[str, Meta(pattern=r"^[ -~]{1,255}$")]
    """At most 255 ASCII characters (OpenID Connect Core 1.0 §2)."""
    aud: str | list[str]
    exp: int | float
    nonce: str
    azp: str | None = None
    auth_time: int | float | None = None
    email: str | None = None
    email_verified: bool | str | None = None
    """Some providers write the Boolean as text; only true itself is proof, see `service.identities`."""


def read_identity(token: str, keys: Json, expected: Expected, now: datetime) -> Identity:
    """The claims of a token that one of these keys has signed and that is as expected (§3.1.3.7).

    Raises BadIdentity.
    """
    try:
        unverified = parse_assertion(token)
        key = choose(read_key_set(keys), unverified.key_id, unverified.algorithm)
        claims = read_document(signed_claims(unverified, key), Identity, "the identity token")
    except (BadAssertion, NoKey, FetchError) as exc:
        raise BadIdentity("The identity token is not valid; check the provider's keys") from exc
    audience = claims.aud if isinstance(claims.aud, list) else [claims.aud]
    if claims.iss != expected.issuer or expected.client_id not in audience or claims.nonce != expected.nonce:
        raise BadIdentity("The identity token is not valid; check issuer and client id in the settings.")
    # Written so that NaN, which JSON from Python may hold, is no time in the future.
    if not claims.exp + LEEWAY.total_seconds() > now.timestamp():
        raise BadIdentity("The identity token has expired.")
    if len(audience) > 1 and claims.azp != expected.client_id:
        raise BadIdentity("The identity token is for another application.")
    return claims
