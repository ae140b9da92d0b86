"""The documents that other servers send: each is read as a typed shape, and any other shape is a clear refusal.

Nothing of a document is used but the fields named here. Whoever fetches one converts it here, once.
"""

from __future__ import annotations

from typing import Annotated, TypeVar

import msgspec
from msgspec import Meta, Struct

from entrant.scim.wire import Json

from .fetch import FetchError, require_address

WELL_KNOWN = "/.well-known/openid-configuration"  # OpenID Connect Discovery 1.0 §4
MAX_ADDRESS = 2_000  # characters of an issuer or an endpoint
MAX_TOKEN = 16_384  # characters of an identity or access token; one of Entra has some 1,500

Address = Annotated[str, Meta(min_length=1, max_length=MAX_ADDRESS)]
TokenText = Annotated[str, Meta(min_length=1, max_length=MAX_TOKEN)]
T = TypeVar("T", bound=Struct)


class Configuration(Struct, frozen=True):
    """What an issuer says of itself (OpenID Connect Discovery 1.0 §3)."""

    issuer: Address
    jwks_uri: Address
    authorization_endpoint: Address | None = None
    token_endpoint: Address | None = None
    userinfo_endpoint: Address | None = None


class TokenAnswer(Struct, frozen=True):
    """What a token endpoint gives for a code (OpenID Connect Core 1.0 §3.1.3.3)."""

    id_token: TokenText
    access_token: TokenText | None = None


class UserInfo(Struct, frozen=True):
    """What is read of the claims of a UserInfo endpoint (OpenID Connect Core 1.0 §5.3.2)."""

    sub: str
    email: str | None = None
    email_verified: bool | str | None = None
    """Some providers write the Boolean as text; only true itself is proof, see `service.identities`."""


def read_document(document: Json, shape: type[T], what: str) -> T:
    """A document as that shape; raises FetchError, which says where it differs and repeats nothing of it."""
    try:
        return msgspec.convert(document, shape)
    except (msgspec.ValidationError, RecursionError) as exc:
        raise FetchError(f"{what} has not the form that it must have: {exc}") from exc


def read_configuration(document: Json, issuer: str, *, private: bool) -> Configuration:
    """The configuration of that issuer, whose every address may be used; raises FetchError."""
    found = read_document(document, Configuration, f"the configuration of {issuer}")
    if found.issuer.rstrip("/") != issuer.rstrip("/"):
        raise FetchError(f"the configuration of {issuer} is of another issuer, {found.issuer[:200]}")
    for address in (found.jwks_uri, found.authorization_endpoint, found.token_endpoint, found.userinfo_endpoint):
        if address is not None:
            require_address(address, private=private)
    return found


def well_known(issuer: str) -> str:
    """Where an issuer's configuration is."""
    return issuer.rstrip("/") + WELL_KNOWN
